//! What a log is, by its first bytes.

use crate::codes::{self, Code};
use crate::error::{Error, Place};

/// A format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One JSON object a line.
    JsonLines,
    /// Records of fields after a header.
    Delimited(u8),
    /// Elements of a JSON document, or what an unpacker makes of a container.
    Document,
    /// Columns in row groups.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Layout {
    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Delimited(b'\t') => "tsv",
            Self::Delimited(_) => "csv",
            Self::Document => "json",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

/// Why a file is refused: its code, what it is, and the way out.
type Refusal = (&'static Code, &'static str, &'static str);

/// The first bytes of a saved state. The last two show whether it was changed as text is.
pub const STATE_MAGIC: &[u8; 8] = b"\x89calib\r\n";

/// Whether a file is a saved state, or what is left of one.
pub(crate) fn is_state(head: &[u8]) -> bool {
    let (name, _) = STATE_MAGIC.split_at(6);
    head.starts_with(name) || (!head.is_empty() && name.starts_with(head))
}

/// The UTF-8 byte order mark.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Recognises the layout of a file from its first bytes; the name helps only where the content says nothing.
///
/// # Errors
/// When the file is empty, in another encoding, a Git LFS pointer, or in a format that is not read.
pub(crate) fn sniff(path: &str, head: &[u8]) -> Result<Layout, Error> {
    let refuse =
        |(code, detail, help): Refusal| Error::new(code, detail).at(Place::file(path)).help(help);
    #[cfg(feature = "parquet")]
    if head.starts_with(b"PAR1") {
        return Ok(Layout::Parquet);
    }
    if let Some(why) = foreign(head) {
        return Err(refuse(why));
    }
    let text = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    let line = text
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
        .trim_ascii_end();
    match text.first() {
        None => Err(refuse((
            &codes::EMPTY_FILE,
            "the file has only blank lines",
            codes::EMPTY_FILE.remedy,
        ))),
        // Whether it is one document rather than lines is for `document::records_of` to say.
        Some(b'{' | b'[') => Ok(Layout::JsonLines),
        Some(_) if names_json_lines(path) || goes_on_with_an_object(text) => Ok(Layout::JsonLines),
        Some(_) => delimited(line).map_err(refuse),
    }
}

/// Content that is certainly no log of ours.
fn foreign(head: &[u8]) -> Option<Refusal> {
    let (code, detail) = match head {
        [] => (&codes::EMPTY_FILE, "the file has no bytes"),
        [0xFF, 0xFE, ..] => (
            &codes::UTF16,
            "the file is encoded in UTF-16 (little endian)",
        ),
        [0xFE, 0xFF, ..] => (&codes::UTF16, "the file is encoded in UTF-16 (big endian)"),
        [1..=255, 0, 1..=255, 0, ..] => (
            &codes::UTF16,
            "the file is encoded in UTF-16 (little endian, without a byte order mark)",
        ),
        [0, 1..=255, 0, 1..=255, ..] => (
            &codes::UTF16,
            "the file is encoded in UTF-16 (big endian, without a byte order mark)",
        ),
        _ if head.starts_with(b"version https://git-lfs") => (
            &codes::LFS_POINTER,
            "the file holds a Git LFS pointer instead of the log",
        ),
        _ if head.starts_with(b"PAR1") => (
            &codes::UNKNOWN_FORMAT,
            "the file is in Parquet format, and this calib was built without it",
        ),
        _ if head.starts_with(b"PARE") => (&codes::UNKNOWN_FORMAT, "the file is encrypted Parquet"),
        _ if head.starts_with(b"PK\x03\x04") => {
            (&codes::UNKNOWN_FORMAT, "the file is a ZIP archive")
        }
        _ if head.starts_with(&[0x1F, 0x8B]) => {
            (&codes::UNKNOWN_FORMAT, "the file is compressed twice")
        }
        _ if head.iter().take(512).any(|byte| *byte == 0) => {
            (&codes::UNKNOWN_FORMAT, "the file holds binary data")
        }
        _ if head.contains(&b'\r')
            && !head.contains(&b'\n')
            && head.trim_ascii_end().contains(&b'\r') =>
        {
            (
                &codes::BARE_CR,
                "the file ends its lines with carriage returns alone",
            )
        }
        _ => return None,
    };
    Some((code, detail, code.remedy))
}

/// Whether a file is named as JSON Lines are.
pub(super) fn names_json_lines(path: &str) -> bool {
    let name = path.to_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    name.ends_with(".jsonl") || name.ends_with(".ndjson")
}

/// Whether an object stands below a first line that is none: a message of another tool, rather than a header.
fn goes_on_with_an_object(text: &[u8]) -> bool {
    let mut below = text.split(|byte| *byte == b'\n').skip(1);
    let second = below.find(|line| !line.trim_ascii().is_empty());
    second.is_some_and(|line| line.trim_ascii_start().starts_with(b"{\""))
}

fn delimited(header: &[u8]) -> Result<Layout, Refusal> {
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    let (commas, tabs) = (count(b','), count(b'\t'));
    if header.contains(&b'\r') {
        // A line feed further down would make all lines up to there the header.
        let detail = "the header ends in a bare carriage return";
        return Err((&codes::BARE_CR, detail, codes::BARE_CR.remedy));
    }
    if tabs > 0 && tabs >= commas {
        return Ok(Layout::Delimited(b'\t'));
    }
    let others = [
        (
            b';',
            "the fields look separated by semicolons, and calib reads commas and tabs",
        ),
        (
            b'|',
            "the fields look separated by vertical bars, and calib reads commas and tabs",
        ),
    ];
    let other = others
        .into_iter()
        .find(|(delimiter, _)| commas == 0 && count(*delimiter) > 0);
    match other {
        Some((_, detail)) => Err((
            &codes::UNKNOWN_FORMAT,
            detail,
            "export the table with commas or tabs",
        )),
        None => Ok(Layout::Delimited(b',')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(head: &[u8]) -> &'static str {
        sniff("log", head).unwrap_err().code.id
    }

    #[test]
    fn layouts_by_content() {
        assert_eq!(
            sniff("x", b"\xEF\xBB\xBF \n{\"a\":1}").unwrap(),
            Layout::JsonLines
        );
        assert_eq!(sniff("x", b"[0.5,true]\n").unwrap(), Layout::JsonLines);
        assert_eq!(sniff("x.jsonl.gz", b"oops\n").unwrap(), Layout::JsonLines);
        assert_eq!(
            sniff("x", b"INFO start\n\n{\"a\":1}\n").unwrap(),
            Layout::JsonLines
        );
        assert_eq!(
            sniff("x", b"id,correct\n").unwrap(),
            Layout::Delimited(b',')
        );
        assert_eq!(
            sniff("x", b"id\tcorrect\n").unwrap(),
            Layout::Delimited(b'\t')
        );
    }

    #[test]
    fn everything_else_is_named() {
        assert_eq!(code(b""), "E404");
        assert_eq!(code(b"\n \n"), "E404");
        assert_eq!(code(b"\xFF\xFE{\0"), "E406");
        assert_eq!(code(b"{\0\"\0"), "E406");
        assert_eq!(
            code(b"version https://git-lfs.github.com/spec/v1\noid"),
            "E405"
        );
        #[cfg(feature = "parquet")]
        assert_eq!(sniff("x.csv", b"PAR1....").unwrap(), Layout::Parquet);
        #[cfg(not(feature = "parquet"))]
        assert_eq!(code(b"PAR1...."), "E408");
        assert_eq!(code(b"PARE...."), "E408");
        assert_eq!(code(b"id;correct\n"), "E408");
        assert_eq!(code(b"id|correct\n"), "E408");
        assert_eq!(code(b"id,correct\ra,1\r"), "E412");
        assert_eq!(code(b"id,correct\ra,1\rb,0\n"), "E412");
    }
}
