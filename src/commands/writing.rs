//! Writing reports: to standard output in one piece, to files whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::paths::refuse_input;
use super::{Streams, replacing};
use crate::cli::{ColorArg, Export, Format, LookArgs, OutputArgs};
use crate::codes;
use crate::error::{Error, Place};
use crate::render::terminal::Options;

/// Columns of a text report where the terminal does not say.
const WIDTH: u16 = 80;

/// What can be written in several formats.
pub(super) trait Document {
    /// The formats it comes in.
    type Format: Copy;

    /// The files it is about.
    fn inputs(&self) -> Vec<&str>;

    /// Writes it to memory.
    ///
    /// # Errors
    /// When it cannot be written in this format.
    fn write(&self, format: Self::Format, options: &Options, out: &mut Vec<u8>) -> io::Result<()>;
}

/// Where a document goes and what it looks like.
pub(super) struct Destination<'d, F> {
    /// The format on standard output.
    pub(super) format: F,
    /// The files.
    pub(super) outputs: &'d [Export<F>],
    /// Colour, width and characters.
    pub(super) look: &'d LookArgs,
    /// Every figure, not only the leading ones.
    pub(super) all: bool,
    /// Commands to try next.
    pub(super) hints: bool,
}

impl<'d> Destination<'d, Format> {
    /// Where the flags say.
    pub(super) fn of(output: &'d OutputArgs) -> Self {
        Self {
            format: output.format,
            outputs: &output.outputs,
            look: &output.look,
            all: output.all,
            hints: !output.quiet,
        }
    }
}

/// Writes the document to every file asked for, then to standard output.
///
/// # Errors
/// When a file or standard output cannot be written; a reader that closed the pipe is none.
pub(super) fn write<D: Document>(
    document: &D,
    to: &Destination<'_, D::Format>,
    streams: &mut Streams<'_>,
) -> Result<(), Error> {
    for output in to.outputs {
        refuse_input(&document.inputs(), &output.path)?;
    }
    for Export { format, path } in to.outputs {
        let bytes = bytes(document, *format, &file_options(to))?;
        to_file(&bytes, &document.inputs(), path)?;
    }
    let bytes = bytes(document, to.format, &stream_options(to, streams))?;
    to_stdout(&bytes, streams)
}

/// Writes finished bytes to a file, which is none of the inputs.
///
/// # Errors
/// When it is one, or cannot be written.
pub(super) fn to_file(bytes: &[u8], inputs: &[&str], path: &Path) -> Result<(), Error> {
    refuse_input(inputs, path)?;
    replacing::replace(path, bytes).map_err(|error| cannot_write(&path.to_string_lossy(), &error))
}

/// Writes finished bytes to standard output.
///
/// # Errors
/// When that fails; a reader that closed the pipe has seen enough.
pub(super) fn to_stdout(bytes: &[u8], streams: &mut Streams<'_>) -> Result<(), Error> {
    match streams
        .out
        .write_all(bytes)
        .and_then(|()| streams.out.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write("-", &error)),
        _ => Ok(()),
    }
}

pub(super) fn cannot_write(path: &str, error: &io::Error) -> Error {
    Error::new(&codes::CANNOT_WRITE, error.to_string())
        .at(Place::file(path))
        .help(codes::CANNOT_WRITE.remedy)
}

fn bytes<D: Document>(
    document: &D,
    format: D::Format,
    options: &Options,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    document
        .write(format, options, &mut bytes)
        .map_err(|error| cannot_write("-", &error))?;
    Ok(bytes)
}

fn stream_options<F>(to: &Destination<'_, F>, streams: &Streams<'_>) -> Options {
    let colour = match to.look.color {
        ColorArg::Auto => streams.terminal.out_colour,
        ColorArg::Always => true,
        ColorArg::Never => false,
    };
    let width = to.look.width.or(streams.terminal.columns).unwrap_or(WIDTH);
    Options {
        width: usize::from(width),
        ascii: to.look.ascii || streams.terminal.ascii,
        colour,
        ..file_options(to)
    }
}

fn file_options<F>(to: &Destination<'_, F>) -> Options {
    Options {
        width: usize::from(to.look.width.unwrap_or(WIDTH)),
        ascii: to.look.ascii,
        colour: to.look.color == ColorArg::Always,
        all: to.all,
        hints: to.hints,
    }
}

/// Files that were not asked to be replaced must not be there. A link that leads nowhere is there as well.
pub(super) fn refuse_present<'p>(paths: impl Iterator<Item = &'p Path>) -> Result<(), Error> {
    let names: Vec<_> = paths
        .filter(|path| fs::symlink_metadata(path).is_ok())
        .map(Path::to_string_lossy)
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let detail = format!("already there: {}; nothing was written", names.join(", "));
    Err(Error::new(&codes::BAD_FLAG, detail).help("pass --force to replace"))
}

/// Adds to a file that others write to as well.
pub(super) fn append(bytes: &[u8], inputs: &[&str], path: &Path) -> Result<(), Error> {
    refuse_input(inputs, path)?;
    let file = fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|error| cannot_write(&path.to_string_lossy(), &error))
}
