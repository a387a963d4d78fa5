//! What a check found as annotations of a GitHub workflow.
//!
//! A runner obeys every line that starts with `::`. Each line here is one command of ours, in which everything from
//! outside is encoded as the runner decodes it: `%`, CR and LF in messages, and `:` and `,` as well in properties.

use std::io::{self, Write};

use super::escape::{Charset, Untrusted};
use crate::report::check::{BadRow, BadRows, Check};

/// One annotation.
pub(super) struct Annotation<'a> {
    /// `error`, `warning` or `notice`.
    pub(super) level: &'static str,
    /// `-` for none.
    pub(super) path: &'a str,
    pub(super) line: Option<u64>,
    pub(super) column: Option<u64>,
    pub(super) title: String,
    /// Its lines.
    pub(super) message: Vec<String>,
}

/// Writes an annotation for every bad row that is shown, every warning, and the judgement.
///
/// # Errors
/// When the stream fails.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let level = if check.auditable { "warning" } else { "error" };
    let path = log(check);
    for bad in check
        .bad_rows
        .iter()
        .filter(|bad| bad.code.starts_with('E'))
    {
        for row in &bad.examples {
            bad_row(level, bad, row).write(out)?;
        }
        let shown = u64::try_from(bad.examples.len()).unwrap_or(bad.count);
        if bad.count > shown {
            let message = vec![format!("{} more rows of this kind", bad.count - shown)];
            whole(level, path, format!("{} {}", bad.code, bad.title), message).write(out)?;
        }
    }
    for warning in &check.warnings {
        whole(
            "warning",
            path,
            warning.code.to_owned(),
            vec![warning.message.clone()],
        )
        .write(out)?;
    }
    judgement(check, path).write(out)
}

/// The one file, if there is just one.
fn log(check: &Check) -> &str {
    match check.files.as_slice() {
        [file] => &file.path,
        _ => "-",
    }
}

fn bad_row<'a>(level: &'static str, bad: &BadRows, row: &'a BadRow) -> Annotation<'a> {
    Annotation {
        level,
        path: &row.path,
        line: row.line,
        column: row.column,
        title: format!("{} {}", bad.code, bad.title),
        message: advised(&placed(row), &row.help),
    }
}

/// The message of a bad row, with what no property says of its place.
fn placed(row: &BadRow) -> String {
    let line = row.line.filter(|_| row.path == "-");
    let place = row
        .cell()
        .or_else(|| line.map(|line| format!("line {line}")));
    match (place, row.path.as_str()) {
        (Some(place), "-") => format!("standard input, {place}: {}", row.message),
        (Some(place), _) => format!("{place}: {}", row.message),
        (None, _) => row.message.clone(),
    }
}

fn whole<'a>(
    level: &'static str,
    path: &'a str,
    title: String,
    message: Vec<String>,
) -> Annotation<'a> {
    Annotation {
        level,
        path,
        line: None,
        column: None,
        title,
        message,
    }
}

fn judgement<'a>(check: &Check, path: &'a str) -> Annotation<'a> {
    match (&check.refusal, &check.command) {
        (Some(refusal), _) => whole(
            "error",
            path,
            format!("{} {}", refusal.code, refusal.title),
            advised(&refusal.message, &refusal.help),
        ),
        (None, command) => {
            let line = command.as_ref().map_or("", |command| command.line.as_str());
            let rows = &check.rows;
            let used = format!("{} of {} rows would be used", rows.used, rows.read);
            let message = vec![used, line.to_owned()];
            whole("notice", path, "log can be audited".to_owned(), message)
        }
    }
}

impl Annotation<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut properties = Vec::new();
        if self.path != "-" {
            properties.push(format!("file={}", property(self.path)));
            let numbers = [("line", self.line), ("col", self.column)];
            let known = numbers
                .into_iter()
                .filter_map(|(name, number)| number.map(|number| format!("{name}={number}")));
            properties.extend(known);
        }
        properties.push(format!("title={}", property(&self.title)));
        writeln!(
            out,
            "::{} {}::{}",
            self.level,
            properties.join(","),
            message(&self.message)
        )
    }
}

/// A message and what to do about it, line by line.
fn advised(message: &str, help: &[String]) -> Vec<String> {
    let help = help.iter().map(|help| format!("help: {help}"));
    std::iter::once(message.to_owned()).chain(help).collect()
}

/// The lines of a message: line breaks between ours stay line breaks, those from outside are made visible.
fn message(lines: &[String]) -> String {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            Untrusted(line)
                .escaped(Charset::Unicode)
                .replace('%', "%25")
        })
        .collect();
    lines.join("%0A")
}

/// Text in a property.
fn property(text: &str) -> String {
    Untrusted(text)
        .escaped(Charset::Unicode)
        .replace('%', "%25")
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_a_message() {
        assert_eq!(
            property("a,line=9::x%0A\r\n"),
            "a%2Cline=9%3A%3Ax%250A\\r\\n"
        );
        assert_eq!(
            message(&["50 %\n::x".to_owned(), "y".to_owned()]),
            "50 %25\\n::x%0Ay"
        );
    }
}
