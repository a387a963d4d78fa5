//! `--map`, `--extract` and `--softmax`: which column plays a role, and what its values mean.

use std::collections::BTreeMap;

use regex::Regex;

use super::paths::{Path, Step};
use super::roles::{ROLES, Role, nearest};

/// Which column plays a role, and how it is read. An empty path unmaps the role.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The role.
    pub role: Role,
    /// The column, as the flag names it.
    pub path: String,
    /// What values of the column mean.
    pub values: BTreeMap<String, String>,
    /// The flag that says so.
    pub(super) flag: &'static str,
    /// What the flag says.
    pub(super) text: String,
    /// The path, taken apart.
    pub(super) way: Path,
    /// What is taken out of a text.
    pub(super) pattern: Option<Regex>,
}

impl Mapping {
    /// Parses the argument of `--map`: `ROLE=PATH[:value=meaning,…]`.
    ///
    /// # Errors
    /// When the role is not known or the form is another.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (role, rest) = text
            .split_once('=')
            .ok_or("expected ROLE=PATH, for example correct=judge.ok")?;
        let role = Self::role(role)?;
        let (path, values) = match rest
            .split_once(':')
            .filter(|(_, values)| values.contains('='))
        {
            Some((path, values)) => (path, parse_values(values)?),
            None => (rest, BTreeMap::new()),
        };
        Ok(Self {
            values,
            text: text.to_owned(),
            ..Self::column("--map", role, path)
        })
    }

    /// Parses the argument of `--extract`: `ROLE=REGEX@PATH`. The last `@` ends the pattern.
    ///
    /// # Errors
    /// When the role is not known, the form is another, or the pattern has no meaning.
    pub fn extract(text: &str) -> Result<Self, String> {
        let form =
            "expected ROLE=REGEX@PATH, for example 'confidence=Confidence: ([0-9.]+)@response'";
        let (role, rest) = text.split_once('=').ok_or(form)?;
        let role = Self::role(role)?;
        let (pattern, path) = rest
            .rsplit_once('@')
            .filter(|(pattern, path)| !pattern.is_empty() && !path.is_empty())
            .ok_or(form)?;
        let regex = Regex::new(pattern).map_err(|error| misread(pattern, &error))?;
        Ok(Self {
            pattern: Some(regex),
            text: text.to_owned(),
            ..Self::column("--extract", role, path)
        })
    }

    /// Parses the argument of `--softmax`: the path of the options' log-likelihoods.
    ///
    /// # Errors
    /// When it is empty.
    pub fn softmax(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("expected the path of a list of log-likelihoods".to_owned()),
            _ => Ok(Self::column("--softmax", Role::ChoiceLogprobs, text)),
        }
    }

    /// A role played by a column as it is.
    #[must_use]
    pub fn column(flag: &'static str, role: Role, path: &str) -> Self {
        Self {
            role,
            path: path.to_owned(),
            values: BTreeMap::new(),
            flag,
            text: path.to_owned(),
            way: Path::parse(path),
            pattern: None,
        }
    }

    /// What the flag says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The flag.
    #[must_use]
    pub fn flag(&self) -> &'static str {
        self.flag
    }

    /// Whether the role is played by exactly this column, as it is.
    #[must_use]
    pub fn is_column(&self, column: &str) -> bool {
        self.path == column && self.values.is_empty() && !self.is_derived()
    }

    /// The role with this name.
    pub(super) fn role(name: &str) -> Result<Role, String> {
        Role::named(name).ok_or_else(|| unknown_role(name))
    }

    /// The way from its column into a list; empty where the column is the value.
    pub(super) fn steps(&self) -> &[Step] {
        &self.way.steps
    }

    /// Whether the value of the column becomes another before it is read.
    pub(super) fn is_derived(&self) -> bool {
        self.pattern.is_some() || !self.way.steps.is_empty()
    }
}

fn parse_values(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for pair in text.split(',') {
        let (value, meaning) = pair
            .split_once('=')
            .ok_or_else(|| format!("expected VALUE=MEANING, found `{pair}`"))?;
        if values
            .insert(value.to_owned(), meaning.to_owned())
            .is_some()
        {
            return Err(format!("the value `{value}` is given two meanings"));
        }
    }
    Ok(values)
}

/// What is wrong with a pattern, and at which character.
fn misread(pattern: &str, error: &regex::Error) -> String {
    let said = error.to_string();
    let line = |start: char| {
        said.lines()
            .find(|line| line.trim_start().starts_with(start))
    };
    // The crate shows the place as a caret below the pattern, both indented by four.
    let place = line('^').map(|caret| caret.len() - caret.trim_start().len());
    let why = said.lines().last().unwrap_or_default();
    let why = why.strip_prefix("error: ").unwrap_or(why);
    match place.and_then(|indent| indent.checked_sub(4)) {
        Some(before) if !pattern.contains('\n') => {
            format!("the pattern is wrong at character {}: {why}", before + 1)
        }
        _ => format!("the pattern is wrong: {why}"),
    }
}

fn unknown_role(name: &str) -> String {
    let names: Vec<_> = ROLES.iter().map(|names| names.name).collect();
    let nearest = nearest(name, names.iter().copied())
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    format!(
        "`{name}` is not a role; {nearest}the roles are {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_parsed() {
        let mapping = Mapping::parse("correct=judge_response.correct:yes=1,no=0").unwrap();
        assert_eq!(
            (mapping.role, mapping.path.as_str(), mapping.values.len()),
            (Role::Correct, "judge_response.correct", 2)
        );
        assert_eq!(Mapping::parse("weight=").unwrap().path, "");
        assert!(
            Mapping::parse("confidnce=x")
                .unwrap_err()
                .contains("did you mean `confidence`?")
        );
    }

    #[test]
    fn extractions_are_parsed() {
        let mapping = Mapping::extract("confidence=a=(.)@b@c[0]").unwrap();
        assert_eq!(mapping.pattern.as_ref().unwrap().as_str(), "a=(.)@b");
        assert_eq!((mapping.path.as_str(), mapping.steps().len()), ("c[0]", 1));
        for (text, says) in [
            ("confidence", "expected ROLE=REGEX@PATH"),
            ("confidence=x", "expected ROLE=REGEX@PATH"),
            ("confidence=@x", "expected ROLE=REGEX@PATH"),
            ("conf=x@y", "did you mean `confidence`"),
            ("confidence=ab(c@y", "at character 3: unclosed group"),
        ] {
            let error = Mapping::extract(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
