//! The report for a person at a terminal: the verdict first, then the figures that defend it, then two pictures.
//!
//! Three layouts: below 80 columns everything is stacked, from 80 the pictures stand side by side, from 120 the
//! reliability table joins them. Colour repeats what words and glyphs say already.

mod all;
mod bins;
mod caveats;
mod charts;
pub mod check;
mod command;
pub mod compare;
mod compat;
mod figures;
pub mod fit;
pub mod gate;
mod grid;
mod groups;
mod header;
mod judge;
mod line;
mod notes;
mod objectives;
pub mod plan;
#[cfg(test)]
mod snapshots;
pub mod state;
mod table;
#[cfg(test)]
mod tests;
mod verdict;

use std::io::{self, Write};

use super::escape::{Charset, Untrusted};
use crate::report::{Group, Report, Run};
use line::Line;

/// How to print. Everything that depends on the environment is decided by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns to use, from [`Options::NARROWEST`] to [`Options::WIDEST`]; anything outside is brought inside.
    pub width: usize,
    /// Print no byte above 127.
    pub ascii: bool,
    /// Use ANSI colour and bold.
    pub colour: bool,
    /// List every metric of the report, not only the leading ones.
    pub all: bool,
    /// End with commands to try next.
    pub hints: bool,
}

impl Options {
    /// Fewer columns than this are not laid out for.
    pub const NARROWEST: usize = 40;
    /// More columns than this make lines too long to read.
    pub const WIDEST: usize = 120;

    /// Columns of the page.
    fn columns(&self) -> usize {
        self.width.clamp(Self::NARROWEST, Self::WIDEST)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 80,
            ascii: false,
            colour: false,
            all: false,
            hints: true,
        }
    }
}

/// Writes the report.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(report, options);
    for line in page.lines() {
        line.write(options, out)?;
    }
    Ok(())
}

/// The characters that may be used.
fn charset(options: &Options) -> Charset {
    match options.ascii {
        true => Charset::Ascii,
        false => Charset::Unicode,
    }
}

/// What every part of the page needs to lay itself out.
struct Page<'a> {
    report: &'a Report,
    options: &'a Options,
    width: usize,
    charset: Charset,
    /// What heads the column of the base, if not its label.
    base: Option<&'static str>,
    /// Whether a log stands beside what becomes of it.
    with_after: bool,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, options: &'a Options) -> Self {
        let width = options.columns();
        let charset = charset(options);
        Self {
            report,
            options,
            width,
            charset,
            base: None,
            with_after: false,
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for run in &self.report.runs {
            lines.extend(self.run(run));
        }
        if self.report.runs.is_empty() {
            lines.extend(header::inputs(self, self.report.inputs.iter().collect()));
            lines.push(Line::default());
        }
        lines.extend(notes::warnings(self));
        lines.extend(notes::next(self));
        while lines.last().is_some_and(Line::is_empty) {
            lines.pop();
        }
        lines
    }

    /// One run: its account, all rows, then its groups. Each part ends with an empty line.
    fn run(&self, run: &Run) -> Vec<Line> {
        let mut lines = header::run(self, run);
        lines.push(Line::default());
        let (all, groups): (Vec<&Group>, Vec<&Group>) =
            run.groups.iter().partition(|group| group.by.is_empty());
        let sections_only = !self.report.settings.sections.is_empty();
        for group in all {
            if sections_only {
                lines.extend(objectives::objectives(self, group));
                continue;
            }
            for part in [
                verdict::verdict(self, group),
                figures::figures(self, group),
                compat::compat(self, group),
                charts::charts(self, group),
                all::all(self, group),
            ] {
                let empty = part.is_empty();
                lines.extend(part);
                lines.extend((!empty).then(Line::default));
            }
            lines.extend(objectives::objectives(self, group));
        }
        if sections_only {
            lines.extend(objectives::of_groups(self, &groups));
        } else {
            lines.extend(groups::groups(self, &groups));
        }
        lines
    }

    /// Text from outside, on one line, cut to `width` columns.
    fn untrusted(&self, text: &str, width: usize) -> String {
        Untrusted(text).truncated(width, self.charset)
    }

    /// A sentence of ours that may quote text from outside.
    fn prose(&self, text: &str) -> String {
        line::prose(text, self.charset)
    }

    /// Whether there is room for figures side by side.
    fn is_wide(&self) -> bool {
        self.width >= 80
    }
}
