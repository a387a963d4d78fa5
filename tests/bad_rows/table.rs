//! The tables of `fixtures/bad`: what they say is in the README there.

/// A row and what must be said of it.
#[derive(Clone, Default)]
pub(crate) struct Case {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) row: Vec<u8>,
    /// Byte of the row that is pointed at.
    pub(crate) at: usize,
    pub(crate) setting: Setting,
}

/// What holds for the cases below a directive.
#[derive(Clone, Default)]
pub(crate) struct Setting {
    pub(crate) flags: Vec<String>,
    pub(crate) good: Vec<u8>,
    pub(crate) header: Option<Vec<u8>>,
    pub(crate) format: String,
    pub(crate) last: bool,
}

/// The cases of a table.
pub(crate) fn cases(text: &str) -> Vec<Case> {
    let mut setting = Setting {
        good: br#"{"confidence": 0.75, "correct": true}"#.to_vec(),
        format: "jsonl".to_owned(),
        ..Setting::default()
    };
    let (mut cases, mut title) = (Vec::new(), ("", ""));
    for line in text.lines() {
        if let Some(row) = line.strip_prefix("    ") {
            cases.push(case(title, row, &setting));
        } else if let Some(directive) = line.strip_prefix("= ") {
            setting.change(directive);
        } else if !line.starts_with('#') && !line.is_empty() {
            title = line.split_once(' ').unwrap();
        }
    }
    cases
}

fn case((code, name): (&str, &str), row: &str, setting: &Setting) -> Case {
    let (before, after) = row.split_once('▶').unwrap_or((row, ""));
    let mut row = bytes(before);
    let at = row.len();
    row.extend(bytes(after));
    Case {
        code: code.to_owned(),
        name: name.to_owned(),
        row,
        at,
        setting: setting.clone(),
    }
}

impl Setting {
    fn change(&mut self, directive: &str) {
        let (what, value) = directive.split_once(':').unwrap_or((directive, ""));
        let value = value.trim_start();
        match what {
            "flags" => self.flags = value.split_whitespace().map(str::to_owned).collect(),
            "good" => self.good = bytes(value),
            "header" => self.header = Some(bytes(value)),
            "format" => value.clone_into(&mut self.format),
            "last" | "within" => self.last = what == "last",
            other => panic!("{other} is no directive"),
        }
    }
}

/// The text with `⟪1B⟫` as that byte.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('⟪');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (byte, rest) = part.split_once('⟫').unwrap();
        bytes.push(u8::from_str_radix(byte, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    bytes
}
