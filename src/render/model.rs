//! The model file: keys one a line in a fixed order, lists on one line, numbers in their shortest spelling that reads
//! back as the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::json::Inert;
use crate::recalibrate::Model;

pub mod page;
pub mod python;

/// Writes the model and a final newline.
///
/// # Errors
/// When the stream fails.
pub fn write(model: &Model, out: &mut dyn Write) -> io::Result<()> {
    let file = model.to_file()?;
    file.serialize(&mut Serializer::with_formatter(
        &mut *out,
        Inert(Lines::default()),
    ))?;
    out.write_all(b"\n")
}

/// Members of objects on lines of their own.
#[derive(Default)]
struct Lines {
    /// Objects that are open.
    depth: usize,
    /// Whether the innermost has no member yet.
    empty: bool,
}

impl Lines {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        write!(out, "\n{:1$}", "", self.depth * 2)
    }
}

impl Formatter for Lines {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        out.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        out.write_all(if first { b"" } else { b"," })?;
        self.line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if !std::mem::take(&mut self.empty) {
            self.line(out)?;
        }
        out.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_written_as_it_was_read() {
        let text = include_str!("../../fixtures/model.json");
        let model = Model::parse(text, "model.json").unwrap();
        let mut written = Vec::new();
        write(&model, &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), text);
    }
}
