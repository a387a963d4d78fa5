//! Logs that hold one bad row at a known place, in every way a log can be written down.

use super::command::gzip;
use super::table::Case;

/// Good rows before and after the bad one: enough that the first bytes say what the file is.
const BEFORE: u64 = 12;
const AFTER: u64 = 2;

/// A log with one bad row.
pub(crate) struct Log {
    /// How it is written down.
    pub(crate) name: &'static str,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) argument: String,
    pub(crate) stdin: Vec<u8>,
    /// The file as messages name it.
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) good: u64,
}

/// The text of a log around a bad row.
struct Text {
    bytes: Vec<u8>,
    line: usize,
    column: usize,
    good: u64,
}

impl Text {
    /// Good rows, the row, good rows; lines end in `end`.
    fn around(case: &Case, before: u64, end: &str) -> Self {
        let setting = &case.setting;
        let after = if setting.last { 0 } else { AFTER };
        let mut bytes = Vec::new();
        let good = |bytes: &mut Vec<u8>, count: u64| {
            for _ in 0..count {
                bytes.extend_from_slice(&setting.good);
                bytes.extend_from_slice(end.as_bytes());
            }
        };
        if let Some(header) = &setting.header {
            bytes.extend_from_slice(header);
            bytes.extend_from_slice(end.as_bytes());
        }
        good(&mut bytes, before);
        let at = bytes.len() + case.at;
        bytes.extend_from_slice(&case.row);
        if !setting.last {
            bytes.extend_from_slice(end.as_bytes());
        }
        let (line, column) = place(&bytes[..at]);
        good(&mut bytes, after);
        Self {
            bytes,
            line,
            column,
            good: before + after,
        }
    }

    /// With a byte order mark, which takes no column.
    fn marked(self) -> Self {
        let mut bytes = b"\xEF\xBB\xBF".to_vec();
        bytes.extend(self.bytes);
        Self { bytes, ..self }
    }

    /// After blank lines.
    fn lowered(self, blank: &str) -> Self {
        let bytes = [blank.as_bytes(), &self.bytes].concat();
        let line = self.line + blank.matches('\n').count();
        Self {
            bytes,
            line,
            ..self
        }
    }

    fn in_file(self, name: &'static str, path: String) -> Log {
        Log {
            name,
            argument: path.clone(),
            stdin: Vec::new(),
            line: self.line,
            column: self.column,
            good: self.good,
            files: vec![(path.clone(), self.bytes)],
            path,
        }
    }
}

/// Line and column of the byte after these, counted in characters.
fn place(before: &[u8]) -> (usize, usize) {
    let line = before.split(|byte| *byte == b'\n').next_back().unwrap();
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    (lines + 1, String::from_utf8_lossy(line).chars().count() + 1)
}

/// The row in all surroundings, the plain one first.
pub(crate) fn of(case: &Case) -> Vec<Log> {
    let format = &case.setting.format;
    let text = |end| Text::around(case, BEFORE, end);
    let file = || format!("log.{format}");
    let first = Text::around(case, u64::from(case.setting.header.is_some()), "\n");
    let mut logs = vec![
        text("\n").in_file("plain", file()),
        text("\r\n").in_file("crlf", file()),
        text("\n\n").in_file("blank lines between", file()),
        text("\n")
            .lowered("\n\r\n\n")
            .in_file("blank lines above", file()),
        first.marked().in_file("byte order mark", file()),
        second_file(case, text("\n")),
        compressed(
            text("\r\n").in_file("gzip", format!("log.{format}.gz")),
            gzip,
        ),
        standard_input(text("\n")),
    ];
    #[cfg(feature = "zstd")]
    logs.push(compressed(
        text("\n").in_file("zstandard", format!("log.{format}.zst")),
        super::command::zstandard,
    ));
    logs.retain(|log| log.name != "byte order mark" || !case.row.contains(&0));
    logs
}

/// The row after more good rows than are read at once.
pub(crate) fn long(case: &Case) -> [Log; 3] {
    const MANY: u64 = 70_000;
    let format = &case.setting.format;
    let text = |end| Text::around(case, MANY, end);
    [
        text("\r\n").in_file("plain", format!("log.{format}")),
        compressed(text("\n").in_file("gzip", format!("log.{format}.gz")), gzip),
        standard_input(text("\n")),
    ]
}

/// In the second of two files; the first has good rows only.
fn second_file(case: &Case, text: Text) -> Log {
    let format = &case.setting.format;
    let mut log = text.in_file("second file", format!("run/b.{format}"));
    let header = case.setting.header.iter().chain([&case.setting.good]);
    let other = header
        .flat_map(|line| [line, &b"\n"[..]].concat())
        .collect();
    log.files.push((format!("run/a.{format}"), other));
    log.good += 1;
    "run".clone_into(&mut log.argument);
    log
}

fn compressed(log: Log, compress: fn(&[u8]) -> Vec<u8>) -> Log {
    let files = log.files.into_iter();
    Log {
        files: files
            .map(|(name, bytes)| (name, compress(&bytes)))
            .collect(),
        ..log
    }
}

fn standard_input(text: Text) -> Log {
    let mut log = text.in_file("standard input", "-".to_owned());
    log.stdin = log.files.pop().unwrap().1;
    log
}
