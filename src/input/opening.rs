//! A file as it is opened: what it is, which preset fits it, where its rows are; its first bytes are kept for the reader.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::csv;
use super::document::{Document, Records, records_of};
use super::head::Head;
use super::limits::Limits;
#[cfg(feature = "parquet")]
use super::parquet;
use super::presets::{self, Preset, PresetChoice};
use super::rows::Rows;
use super::sniff::{BOM, Layout, is_state, names_json_lines, sniff};
use super::source::{Stream, cannot_open};
use super::window::Within;
use super::zip::Archive;
use crate::codes;
use crate::error::{Error, Place};

/// How the files of a log are opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// `--records`: the member of a JSON document that holds the rows.
    pub records: Option<String>,
    /// `--preset`.
    pub preset: PresetChoice,
    /// What is allowed.
    pub limits: Limits,
    /// Files that hold what came from paths which cannot be read twice.
    pub copies: BTreeMap<String, PathBuf>,
}

/// Least bytes of a file that are looked at.
const HEAD: usize = 256 << 10;
/// Most bytes of a first line of JSON that are looked at to tell a document from lines.
const LONG_HEAD: usize = 4 << 20;

/// A file whose reading begins.
pub(crate) struct Opened {
    pub(crate) path: String,
    pub(crate) layout: Layout,
    /// Format and codec, as `csv.gz`.
    pub(crate) format: String,
    pub(crate) preset: Option<&'static Preset>,
    pub(crate) head: Head,
    /// Column names of a delimited file.
    pub(crate) header: Vec<String>,
    /// Physical line on which `carry` begins.
    pub(crate) line: u64,
    pub(crate) source: Source,
}

/// Where the rows of a file come from.
pub(crate) enum Source {
    /// Lines or records of text.
    Text {
        stream: Stream,
        /// Bytes read already.
        carry: Vec<u8>,
        /// Whether these are all.
        ended: bool,
    },
    /// Elements.
    Rows(Box<dyn Rows>),
    /// Row groups.
    #[cfg(feature = "parquet")]
    Table(parquet::Groups),
}

/// What a file turns out to be.
pub(crate) enum Found {
    /// A file of rows.
    Rows(Box<Opened>),
    /// A saved state: all its bytes.
    State(Vec<u8>),
}

impl Found {
    /// Opens a file and looks at its first bytes; `progress` counts compressed bytes read.
    pub(crate) fn open(
        path: &str,
        opening: &Opening,
        progress: &Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        if Path::new(path).is_dir() {
            return Opened::unpack_folder(path, opening).map(Self::rows);
        }
        let copy = opening.copies.get(path).map(PathBuf::as_path);
        let stream = Stream::open_copy(path, copy, progress, opening.limits)?;
        Self::of(path, stream, opening, progress)
    }

    /// Looks at the first bytes of what would be the file at this path.
    pub(super) fn of(
        path: &str,
        mut stream: Stream,
        opening: &Opening,
        progress: &Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        let mut carry = Vec::with_capacity(HEAD);
        let ended = stream.fill(&mut carry, HEAD)?;
        if is_state(&carry) {
            let limits = opening.limits.of_state();
            return stream.rest(carry, limits).map(Self::State);
        }
        Opened::of_rows(path, (stream, carry, ended), opening, progress).map(Self::rows)
    }

    fn rows(opened: Opened) -> Self {
        Self::Rows(Box::new(opened))
    }
}

impl Opened {
    /// Opens a file of rows, as [`Found::open`] does.
    pub(crate) fn open(
        path: &str,
        opening: &Opening,
        progress: &Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        match Found::open(path, opening, progress)? {
            Found::Rows(opened) => Ok(*opened),
            Found::State(_) => Err(Self::no_rows(path)),
        }
    }

    /// The error of a saved state where a file of rows is needed.
    pub(super) fn no_rows(path: &str) -> Error {
        let detail = "the file is a saved state, and rows are needed";
        let error = Error::new(&codes::UNKNOWN_FORMAT, detail).at(Place::file(path));
        error.help("name the log it was made from")
    }

    #[cfg_attr(
        not(feature = "parquet"),
        expect(unused_variables, reason = "for tables")
    )]
    fn of_rows(
        path: &str,
        (mut stream, mut carry, mut ended): (Stream, Vec<u8>, bool),
        opening: &Opening,
        progress: &Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        while !ended && carry.trim_ascii().is_empty() {
            let target = longer(carry.len(), path, 1, opening.limits)?;
            ended = stream.fill(&mut carry, target)?;
        }
        if carry.starts_with(b"PK\x03\x04") || carry.starts_with(b"PK\x05\x06") {
            let medium = stream.medium(carry, opening.limits)?;
            return Self::unpack(Archive::open(path, medium, opening.limits)?, opening);
        }
        let layout = sniff(path, &carry)?;
        if carry.starts_with(BOM) {
            carry.drain(..BOM.len());
        }
        if layout == Layout::JsonLines {
            while !ended && carry.len() < LONG_HEAD && !carry.trim_ascii_start().contains(&b'\n') {
                let target = HEAD + carry.len() * 2;
                ended = stream.fill(&mut carry, target)?;
            }
        }
        let text = Text {
            path,
            stream,
            carry,
            ended,
        };
        match layout {
            Layout::Delimited(delimiter) => text.table(delimiter, opening),
            Layout::JsonLines | Layout::Document => text.json(opening),
            #[cfg(feature = "parquet")]
            Layout::Parquet => text.columns(opening, progress),
        }
    }

    fn unpack_folder(path: &str, opening: &Opening) -> Result<Self, Error> {
        let fitting = presets::of_folder(Path::new(path));
        let preset = match opening.preset {
            PresetChoice::Forced(preset) => Some(preset),
            PresetChoice::Content => fitting,
            PresetChoice::None => None,
        };
        let error = || cannot_open(path, "this is a directory");
        Self::unpacked(Container::Folder(path.to_owned()), preset, opening, error)
    }

    fn unpack(archive: Archive, opening: &Opening) -> Result<Self, Error> {
        let path = archive.path.clone();
        let head = Head::of_columns(&path, archive.names());
        let preset = choose(&head, opening)?;
        let error = || {
            let detail = "the file is a ZIP archive of no tool whose logs are known";
            Error::new(&codes::UNKNOWN_FORMAT, detail)
                .at(Place::file(&path))
                .help(codes::UNKNOWN_FORMAT.remedy)
        };
        Self::unpacked(Container::Archive(archive), preset, opening, error)
    }

    fn unpacked(
        container: Container,
        preset: Option<&'static Preset>,
        opening: &Opening,
        error: impl Fn() -> Error,
    ) -> Result<Self, Error> {
        let preset = preset.ok_or_else(&error)?;
        let unpack = preset.unpack.ok_or_else(error)?;
        let path = match &container {
            Container::Folder(path) => path.clone(),
            Container::Archive(archive) => archive.path.clone(),
        };
        Ok(Self {
            path,
            layout: Layout::Document,
            format: unpack.format.to_owned(),
            preset: Some(preset),
            head: Head::default(),
            header: Vec::new(),
            line: 1,
            source: Source::Rows((unpack.open)(container, opening)?),
        })
    }
}

/// What a preset unpacks.
pub(crate) enum Container {
    /// A folder that is one log.
    Folder(String),
    /// A ZIP archive.
    Archive(Archive),
}

/// A file of text whose layout is known in the rough.
struct Text<'p> {
    path: &'p str,
    stream: Stream,
    carry: Vec<u8>,
    ended: bool,
}

impl Text<'_> {
    fn table(mut self, delimiter: u8, opening: &Opening) -> Result<Opened, Error> {
        let mut end = csv::header_end(&self.carry, delimiter, self.ended);
        while end.is_none() && !self.ended {
            let Self {
                stream,
                carry,
                ended,
                path,
            } = &mut self;
            let target = longer(carry.len(), path, 1, opening.limits)?;
            *ended = stream.fill(carry, target)?;
            end = csv::header_end(&self.carry, delimiter, self.ended);
        }
        let end = end.unwrap_or(self.carry.len());
        let text = self.carry.get(..end).unwrap_or_default();
        let header = csv::header(text, delimiter, self.path)?;
        let line = 1 + super::blocks::newlines(text);
        self.carry.drain(..end);
        let head = Head::of_columns(self.path, header.iter().map(String::as_str));
        let preset = choose(&head, opening)?;
        self.no_records(opening)?;
        Ok(Opened {
            header,
            line,
            ..self.lines(Layout::Delimited(delimiter), head, preset)
        })
    }

    /// A file in columns is recognised like a text, and read by its row groups.
    #[cfg(feature = "parquet")]
    fn columns(mut self, opening: &Opening, progress: &Arc<AtomicU64>) -> Result<Opened, Error> {
        self.no_records(opening)?;
        let carry = std::mem::take(&mut self.carry);
        let groups = parquet::open(&mut self.stream, carry, self.path, progress)?;
        let columns = groups.columns();
        let head = Head::of_columns(self.path, columns.iter().map(String::as_str));
        let preset = choose(&head, opening)?;
        Ok(Opened {
            source: Source::Table(groups),
            ..self.lines(Layout::Parquet, head, preset)
        })
    }

    fn json(self, opening: &Opening) -> Result<Opened, Error> {
        let text = self.carry.trim_ascii_start();
        let head = Head::of_json(self.path, text);
        let preset = choose(&head, opening)?;
        let records = opening
            .records
            .as_deref()
            .or(preset.and_then(|preset| preset.records));
        let found = records_of(text, &head, self.ended, names_json_lines(self.path));
        let layout = match found {
            Some(_) => Layout::Document,
            None => Layout::JsonLines,
        };
        let rewritten = preset.is_some_and(|preset| preset.rewrite.is_some());
        let records = match (records, text.first(), found) {
            (Some(path), Some(b'{'), _) => Some(Records::At(path.to_owned())),
            (None, Some(b'{'), None) if rewritten => Some(Records::Sequence),
            (_, _, found) => found,
        };
        let Some(records) = records else {
            self.no_records(opening)?;
            return Ok(self.lines(Layout::JsonLines, head, preset));
        };
        let file = Within {
            path: self.path.to_owned(),
            member: None,
            longest: opening.limits.row,
        };
        let format = self.format(layout);
        let rows: Box<dyn Rows> = Box::new(Document::new(self.stream, self.carry, records, file));
        let rows = match preset.and_then(|preset| preset.rewrite) {
            Some(rewrite) => rewrite(rows, &head),
            None => rows,
        };
        Ok(Opened {
            path: self.path.to_owned(),
            layout: Layout::Document,
            format,
            preset,
            head,
            header: Vec::new(),
            line: 1,
            source: Source::Rows(rows),
        })
    }

    fn no_records(&self, opening: &Opening) -> Result<(), Error> {
        match &opening.records {
            Some(path) => {
                let detail = format!("--records names `{path}`, and the file is no JSON document");
                let error = Error::new(&codes::NO_RECORDS, detail).at(Place::file(self.path));
                Err(error.help("leave --records out: every line is a row"))
            }
            None => Ok(()),
        }
    }

    fn format(&self, layout: Layout) -> String {
        format!("{}{}", layout.name(), self.stream.codec.ending())
    }

    fn lines(self, layout: Layout, head: Head, preset: Option<&'static Preset>) -> Opened {
        Opened {
            path: self.path.to_owned(),
            layout,
            format: self.format(layout),
            preset,
            head,
            header: Vec::new(),
            line: 1,
            source: Source::Text {
                stream: self.stream,
                carry: self.carry,
                ended: self.ended,
            },
        }
    }
}

/// The preset of a file.
fn choose(head: &Head, opening: &Opening) -> Result<Option<&'static Preset>, Error> {
    match opening.preset {
        PresetChoice::None => Ok(None),
        PresetChoice::Forced(preset) => Ok(Some(preset)),
        PresetChoice::Content => presets::of_content(head),
    }
}

/// How many bytes to read of a row that does not end within so many.
pub(super) fn longer(read: usize, path: &str, line: u64, limits: Limits) -> Result<usize, Error> {
    let longest = limits.row.size();
    if read >= longest {
        let place = Place {
            line: Some(line),
            ..Place::file(path)
        };
        let detail = format!("no row ends within {} from here", limits.row);
        return Err(Error::new(&codes::LINE_TOO_LONG, detail)
            .at(place)
            .help(codes::LINE_TOO_LONG.remedy));
    }
    Ok((read * 2).max(4096).min(longest))
}
