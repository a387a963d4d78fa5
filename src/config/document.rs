//! The text of a configuration file, and the places in it that messages name.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use crate::codes::{self, Code};
use crate::error::{Error, Place};

/// A file and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'t> {
    pub(super) path: &'t str,
    pub(super) text: &'t str,
}

impl<'t> Document<'t> {
    /// The text as TOML.
    pub(super) fn tree(&self) -> Result<Spanned<DeTable<'t>>, Error> {
        DeTable::parse(self.text).map_err(|error| {
            let detail = format!("this is not TOML: {}", error.message());
            let span = error.span().unwrap_or_default();
            self.error(&codes::BAD_CONFIG, &span, detail)
                .help(codes::BAD_CONFIG.remedy)
        })
    }

    /// Where a stretch of the text begins.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        Place {
            line: u64::try_from(line).ok(),
            column: u64::try_from(column).ok(),
            ..Place::file(self.path)
        }
    }

    /// The line on which a stretch of the text begins, as far as a message shows it.
    pub(super) fn line(&self, span: &Range<usize>) -> &'t str {
        const SHOWN: usize = 160;
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(begin..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let end = line
            .char_indices()
            .nth(SHOWN)
            .map_or(line.len(), |(at, _)| at);
        line.get(..end).unwrap_or_default()
    }

    /// An error at a stretch of the text, with its line.
    pub(super) fn error(
        &self,
        code: &'static Code,
        span: &Range<usize>,
        detail: impl Into<String>,
    ) -> Error {
        let mut error = Error::new(code, detail).at(self.place(span));
        let line = self.line(span).trim();
        error.excerpt = Some(line.to_owned()).filter(|line| !line.is_empty());
        error
    }

    /// A path of the file: relative ones begin in its folder.
    pub(super) fn resolve(&self, path: &str) -> String {
        let folder = std::path::Path::new(self.path).parent();
        match folder.filter(|folder| !folder.as_os_str().is_empty()) {
            // An absolute path stays as it is.
            Some(folder) => folder.join(path).to_string_lossy().into_owned(),
            None => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters() {
        let document = Document {
            path: "calib.toml",
            text: "a = 1\nä = \"ö\" # x\n",
        };
        let at = document.text.find('#').unwrap();
        let place = document.place(&(at..at + 1));
        assert_eq!((place.line, place.column), (Some(2), Some(9)));
        assert_eq!(document.line(&(at..at)), "ä = \"ö\" # x");
        let end = document.text.len();
        assert_eq!(document.place(&(end..end)).line, Some(3));
        assert_eq!(document.line(&(end..end)), "");
    }

    #[test]
    fn paths_begin_in_the_folder_of_the_file() {
        let of = |path| Document { path, text: "" };
        assert_eq!(of("calib.toml").resolve("a/b.csv"), "a/b.csv");
        assert_eq!(of("ci/calib.toml").resolve("b.csv"), "ci/b.csv");
        assert_eq!(of("ci/calib.toml").resolve("/b.csv"), "/b.csv");
    }
}
