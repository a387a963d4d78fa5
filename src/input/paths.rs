//! Paths into lists: `choices[0].p` and `scores[*].value`, in JSON rows and in fields of CSV that hold JSON.

use super::json::{Scan, Scanner};
use super::value::Raw;

/// One step of a path, from its first bracket on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `[i]`, counted from 0.
    Index(usize),
    /// `[*]`.
    All,
    /// `.name`.
    Key(String),
}

/// A path: the column it begins in, and the way from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// The dotted path before the first bracket.
    pub(super) column: String,
    /// The rest; empty for a plain column.
    pub(super) steps: Vec<Step>,
}

impl Path {
    /// Takes a path apart. Brackets that hold neither a number nor `*` are part of a name.
    pub(super) fn parse(text: &str) -> Self {
        let plain = || Self {
            column: text.to_owned(),
            steps: Vec::new(),
        };
        let starts = text.match_indices('[').map(|(at, _)| at);
        let first = starts
            .into_iter()
            .find(|at| bracket(&text[*at..]).is_some());
        let Some(at) = first.filter(|at| *at > 0) else {
            return plain();
        };
        match steps(&text[at..]) {
            Some(steps) => Self {
                column: text[..at].to_owned(),
                steps,
            },
            None => plain(),
        }
    }
}

/// The step a bracket says, and what follows it.
fn bracket(text: &str) -> Option<(Step, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let step = match inside {
        "*" => Step::All,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Step::Index(digits.parse().ok()?)
        }
        _ => return None,
    };
    Some((step, rest))
}

fn steps(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (step, rest) = match text.strip_prefix('.') {
            Some(name) => {
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (key, rest) = name.split_at(end);
                (!key.is_empty()).then(|| (Step::Key(key.to_owned()), rest))?
            }
            None => bracket(text)?,
        };
        steps.push(step);
        text = rest;
    }
    Some(steps)
}

/// The values that the steps lead to; none where the way ends early.
///
/// # Errors
/// In words, when the value is no list that can be followed.
pub(super) fn follow<'a>(raw: &Raw<'a>, steps: &[Step]) -> Result<Vec<Raw<'a>>, &'static str> {
    let found = match raw {
        _ if raw.is_missing() => Vec::new(),
        Raw::List(std::borrow::Cow::Borrowed(text)) => read_all(text, steps)?,
        Raw::Text(std::borrow::Cow::Borrowed(text)) if text.trim_start().starts_with('[') => {
            read_all(text, steps)?
        }
        Raw::List(text) | Raw::Text(text) if text.trim_start().starts_with('[') => {
            let found = read_all(text, steps)?;
            found.into_iter().map(Raw::into_owned).collect()
        }
        Raw::Composite(_) => return Err("an object, expected a list"),
        // A list of one is that value, and the other way round.
        scalar => match steps {
            [Step::Index(0) | Step::All] => vec![scalar.clone()],
            _ => Vec::new(),
        },
    };
    Ok(found.into_iter().filter(|raw| *raw != Raw::Null).collect())
}

fn read_all<'a>(text: &'a str, steps: &[Step]) -> Result<Vec<Raw<'a>>, &'static str> {
    let read = || -> Scan<Vec<Raw<'a>>> {
        let mut found = Vec::new();
        walk(text.trim(), steps, &mut found)?;
        found
            .into_iter()
            .map(|text| Scanner::new(text).value())
            .collect()
    };
    read().map_err(|_| "a list that is not valid JSON")
}

/// The texts of the values that the steps lead to.
fn walk<'a>(text: &'a str, steps: &[Step], found: &mut Vec<&'a str>) -> Scan<()> {
    let Some((step, rest)) = steps.split_first() else {
        found.push(text);
        return Ok(());
    };
    match step {
        Step::Key(key) => member(text, key)?.map_or(Ok(()), |value| walk(value, rest, found)),
        Step::Index(at) => {
            let elements = elements(text)?;
            let element = elements.get(*at);
            element.map_or(Ok(()), |element| walk(element, rest, found))
        }
        Step::All => elements(text)?
            .into_iter()
            .try_for_each(|element| walk(element, rest, found)),
    }
}

/// The elements of a list as they are written; a value that is no list has itself only.
pub(super) fn elements(text: &str) -> Scan<Vec<&str>> {
    let mut scanner = Scanner::new(text);
    let mut elements = Vec::new();
    scanner.space();
    if scanner.peek() != Some(b'[') {
        return Ok(vec![text]);
    }
    scanner.at += 1;
    scanner.space();
    if scanner.peek() == Some(b']') {
        scanner.at += 1;
        return scanner.end().map(|()| elements);
    }
    loop {
        scanner.space();
        let start = scanner.at;
        scanner.skip()?;
        elements.push(&text[start..scanner.at]);
        scanner.space();
        match scanner.peek() {
            Some(b',') => scanner.at += 1,
            _ => break,
        }
    }
    scanner.expect(b']', "a comma or a closing bracket")?;
    scanner.end().map(|()| elements)
}

/// The value of a key as it is written, where the text is an object that has it.
fn member<'a>(text: &'a str, name: &str) -> Scan<Option<&'a str>> {
    let mut scanner = Scanner::new(text);
    if scanner.peek() != Some(b'{') {
        return Ok(None);
    }
    scanner.at += 1;
    scanner.space();
    while scanner.peek() == Some(b'"') {
        let key = scanner.key()?;
        let start = scanner.at;
        scanner.skip()?;
        if key == name {
            return Ok(Some(&text[start..scanner.at]));
        }
        scanner.space();
        if scanner.peek() == Some(b',') {
            scanner.at += 1;
            scanner.space();
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow_in(list: &str, path: &str) -> Result<Vec<String>, &'static str> {
        let path = Path::parse(&format!("x{path}"));
        let found = follow(&Raw::List(list.into()), &path.steps)?;
        Ok(found.iter().map(|raw| raw.shown().into_owned()).collect())
    }

    #[test]
    fn a_path_begins_in_a_column() {
        let path = Path::parse("a.b[0].c[*]");
        assert_eq!(path.column, "a.b");
        assert_eq!(
            path.steps,
            [Step::Index(0), Step::Key("c".to_owned()), Step::All]
        );
        for name in ["plain", "p[x]", "[0]", "p[0", "p[0]x", "p[-1]"] {
            let plain = Path::parse(name);
            assert_eq!((plain.column.as_str(), plain.steps.len()), (name, 0));
        }
    }

    #[test]
    fn steps_lead_to_values() {
        let list = r#"[{"p": 0.1, "q": [1, 2]}, {"p": 0.2}, {"q": "a]\""}]"#;
        assert_eq!(follow_in(list, "[1].p").unwrap(), ["0.2"]);
        assert_eq!(follow_in(list, "[*].p").unwrap(), ["0.1", "0.2"]);
        assert_eq!(follow_in(list, "[0].q[1]").unwrap(), ["2"]);
        assert_eq!(follow_in(list, "[2].q").unwrap(), [r#""a]\"""#]);
        assert!(follow_in(list, "[9].p").unwrap().is_empty());
        assert!(follow_in("[1, 2", "[0]").is_err());
    }

    #[test]
    fn a_value_is_a_list_of_itself() {
        let one = Raw::Number("0.5");
        assert_eq!(
            follow(&one, &[Step::All]).unwrap(),
            std::slice::from_ref(&one)
        );
        assert!(follow(&one, &[Step::Index(1)]).unwrap().is_empty());
    }
}
