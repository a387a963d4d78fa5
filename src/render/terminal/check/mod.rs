//! The page of `calib check`: the judgement, who plays which role with the values that were met, and what is missing.

mod values;

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::command;
use super::header::words;
use super::line::{Line, paragraph, prose};
use super::{Options, charset};
use crate::chart::term::Ink;
use crate::render::escape::{Charset, Untrusted};
use crate::render::number::count;
use crate::render::shell;
use crate::report::check::{
    BadRow, BadRows, Check, CheckedFile, Pinned, RoleColumn, RowsRead, UnusedColumn,
};

/// Files listed one by one.
const FILES: usize = 6;
/// Columns listed that play no role.
const UNUSED: usize = 20;
/// Most columns of the name of a role, and of a table's column.
const ROLE: usize = 14;
const COLUMN: usize = 24;

/// Writes the page.
///
/// # Errors
/// When the stream fails.
pub fn write(check: &Check, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let charset = charset(options);
    let width = options.columns();
    let sheet = Sheet { charset, width };
    let parts = [
        sheet.files(check),
        sheet.judgement(check),
        sheet.roles(check),
        sheet.unused(&check.unused),
        sheet.bad_rows(&check.bad_rows),
        sheet.figures(check),
        sheet.warnings(check),
        sheet.command(check.command.as_ref().filter(|_| options.hints)),
    ];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    for (at, part) in parts.enumerate() {
        if at > 0 {
            Line::default().write(options, out)?;
        }
        for line in part {
            line.write(options, out)?;
        }
    }
    Ok(())
}

/// What every part of the page is laid out on.
struct Sheet {
    charset: Charset,
    width: usize,
}

impl Sheet {
    fn outside(&self, text: &str, width: usize) -> String {
        Untrusted(text).truncated(width, self.charset)
    }

    fn prose(&self, start: Line, ink: Ink, text: &str) -> Vec<Line> {
        paragraph(start, ink, &prose(text, self.charset), self.width)
    }

    fn files(&self, check: &Check) -> Vec<Line> {
        let mut lines: Vec<_> = check
            .files
            .iter()
            .take(FILES)
            .flat_map(|file| self.account(&name(file), &kind(file), &file.rows))
            .collect();
        if check.files.len() > 1 {
            let hidden = check.files.len().saturating_sub(FILES);
            let label = match hidden {
                0 => "all files".to_owned(),
                _ => format!("and {hidden} more; all files"),
            };
            lines.extend(self.account(&label, "", &check.rows));
        }
        if let Some(config) = &check.config {
            let text = format!("with the flags of {}", self.outside(config, 40));
            lines.extend(paragraph(Line::indented(2), Ink::Plain, &text, self.width));
        }
        lines
    }

    fn account(&self, name: &str, kind: &str, rows: &RowsRead) -> Vec<Line> {
        let gap = if kind.is_empty() { "" } else { "   " };
        let account = words(rows.read, rows.used, &rows.skipped, str::to_owned);
        let text = format!("{kind}{gap}{account}");
        let line = Line::default().ink(Ink::Strong, self.outside(name, self.width - 1));
        if line.width() + 3 + text.width() <= self.width {
            return vec![line.plain("   ").plain(text)];
        }
        let mut lines = vec![line];
        lines.extend(self.prose(Line::indented(2), Ink::Plain, &text));
        lines
    }

    fn judgement(&self, check: &Check) -> Vec<Line> {
        let Some(refusal) = &check.refusal else {
            return vec![Line::indented(2).ink(Ink::Strong, "CAN BE AUDITED")];
        };
        let mut lines = vec![Line::indented(2).ink(Ink::Strong, "CANNOT BE AUDITED")];
        let start = Line::indented(2).ink(Ink::Orange, refusal.code).plain("  ");
        let text = format!("{}: {}", refusal.title, refusal.message);
        lines.extend(self.prose(start, Ink::Plain, &text));
        lines.extend(self.help(8, &refusal.help));
        lines
    }

    fn help(&self, indent: usize, help: &[String]) -> Vec<Line> {
        help.iter()
            .flat_map(|help| {
                let start = Line::indented(indent).ink(Ink::Faint, "help  ");
                self.prose(start, Ink::Plain, help)
            })
            .collect()
    }

    fn roles(&self, check: &Check) -> Vec<Line> {
        if check.roles.is_empty() {
            return vec![Line::indented(2).plain("no column plays a role")];
        }
        let widest = |text: &dyn Fn(&RoleColumn) -> usize, least: usize, most: usize| {
            let widest = check.roles.iter().map(text).max().unwrap_or(0);
            widest.clamp(least, most)
        };
        let role = 2 + widest(&|role| role.role.len(), 4, ROLE) + 2;
        let shown = widest(
            &|role| self.outside(&role.column, COLUMN).width(),
            6,
            COLUMN,
        );
        let shown = shown.min((self.width - role) / 2);
        let stop = role + shown + 2;
        let heading = Line::indented(2).ink(Ink::Faint, "role").to(role);
        let heading = heading.ink(Ink::Faint, "column").to(stop);
        let words = "first values, and how often";
        let words = if stop + words.len() <= self.width {
            words
        } else {
            "values"
        };
        let mut lines = vec![heading.ink(Ink::Faint, words)];
        for found in &check.roles {
            let start = Line::indented(2).plain(found.role).to(role);
            let start = start.ink(Ink::Blue, self.outside(&found.column, shown));
            let start = start.to(stop);
            let samples = match found.samples.is_empty() {
                true => "no value".to_owned(),
                false => found.samples.join(", "),
            };
            lines.extend(self.prose(start, Ink::Plain, &samples));
            if let Some(histogram) = &found.histogram {
                let bars = values::drawn(histogram);
                let start = stop.min(self.width.saturating_sub(bars.width()));
                lines.push(Line::indented(start).ink(Ink::Blue, bars));
            }
            for aside in values::asides(found) {
                lines.extend(self.prose(Line::indented(stop), Ink::Faint, &aside));
            }
        }
        lines
    }

    fn unused(&self, unused: &[UnusedColumn]) -> Vec<Line> {
        let mut lines = Vec::new();
        let (near, plain): (Vec<_>, Vec<_>) =
            unused.iter().partition(|column| column.perhaps.is_some());
        if !plain.is_empty() {
            let mut names: Vec<_> = plain
                .iter()
                .take(UNUSED)
                .map(|column| {
                    let read = if column.read_by_flag {
                        " (read by a flag)"
                    } else {
                        ""
                    };
                    format!("{}{read}", self.outside(&column.column, 40))
                })
                .collect();
            if plain.len() > UNUSED {
                names.push(format!("and {} more", plain.len() - UNUSED));
            }
            let start = Line::indented(2).ink(Ink::Faint, "no role  ");
            lines.extend(self.prose(start, Ink::Plain, &names.join(", ")));
        }
        for column in near {
            let role = column.perhaps.unwrap_or_default();
            let start = Line::indented(2).ink(Ink::Orange, "no role  ");
            let flag = shell::quote(&format!("{role}={}", column.column), self.charset);
            let name = self.outside(&column.column, 40);
            let text = format!("{name}: if it is {role}, pass --map {flag}");
            lines.extend(paragraph(start, Ink::Plain, &text, self.width));
        }
        lines
    }

    fn bad_rows(&self, reasons: &[BadRows]) -> Vec<Line> {
        let mut lines = Vec::new();
        for bad in reasons {
            let ink = match bad.code.starts_with('E') {
                true => Ink::Orange,
                false => Ink::Faint,
            };
            let start = Line::indented(2).ink(ink, bad.code).plain("  ");
            let rows = if bad.count == 1 { "row" } else { "rows" };
            let text = format!("{}: {} {rows}", bad.title, count(bad.count));
            lines.extend(self.prose(start, Ink::Plain, &text));
            let mut helped: Option<&[String]> = None;
            for row in &bad.examples {
                lines.extend(self.bad_row(row));
                // The same advice five times would hide the rows.
                if helped != Some(&row.help) {
                    lines.extend(self.help(10, &row.help));
                }
                helped = Some(&row.help);
            }
        }
        lines
    }

    fn bad_row(&self, row: &BadRow) -> Vec<Line> {
        let numbers = [row.line, row.column].into_iter().flatten();
        let place: String = match row.cell() {
            Some(cell) => format!(": {}", self.outside(&cell, self.width / 2)),
            None => numbers.map(|number| format!(":{number}")).collect(),
        };
        let path = self.outside(&row.path, self.width - 8 - place.width());
        let mut lines = vec![Line::indented(8).ink(Ink::Strong, format!("{path}{place}"))];
        if let Some(excerpt) = &row.excerpt {
            let shown = self.outside(excerpt, self.width - 10);
            lines.push(Line::indented(10).ink(Ink::Faint, shown));
        }
        lines.extend(self.prose(Line::indented(10), Ink::Plain, &row.message));
        lines
    }

    fn figures(&self, check: &Check) -> Vec<Line> {
        let names = check.figures.iter().map(|ability| ability.figures.len());
        let widest = names.max().unwrap_or(0);
        let heading = match (&check.refusal, check.rows.used) {
            (None, _) => "an audit tells",
            // Where no row could be used, the refusal says what is missing.
            (Some(_), 0) => return Vec::new(),
            (Some(_), _) => "an audit of the usable rows would tell",
        };
        let mut lines = vec![Line::indented(2).ink(Ink::Faint, heading)];
        for ability in &check.figures {
            let (word, ink) = match ability.told {
                true => ("yes  ", Ink::Plain),
                false => ("no   ", Ink::Orange),
            };
            let start = Line::indented(2).ink(ink, word).plain(ability.figures);
            if self.width >= 80 {
                let start = start.to(7 + widest + 3);
                lines.extend(self.prose(start, Ink::Plain, &ability.message));
            } else {
                lines.push(start);
                lines.extend(self.prose(Line::indented(9), Ink::Plain, &ability.message));
            }
        }
        lines
    }

    fn warnings(&self, check: &Check) -> Vec<Line> {
        let warnings = check.warnings.iter();
        warnings
            .flat_map(|warning| {
                let start = Line::indented(2).ink(Ink::Orange, warning.code).plain("  ");
                self.prose(start, Ink::Plain, &warning.message)
            })
            .collect()
    }

    /// The command in lines that a shell joins again. A word is never cut, however narrow the page.
    fn command(&self, command: Option<&Pinned>) -> Vec<Line> {
        let Some(Pinned {
            arguments,
            unpinned,
            line: _,
        }) = command
        else {
            return Vec::new();
        };
        let mut lines = vec![Line::indented(2).ink(Ink::Faint, "for CI, with every role pinned")];
        let rows = command::rows(arguments, self.charset, self.width.saturating_sub(4));
        lines.extend(
            rows.into_iter()
                .map(|row| Line::indented(4).ink(Ink::Blue, row)),
        );
        if !unpinned.is_empty() {
            let text = format!(
                "{} cannot be pinned without being read otherwise, and goes by the name of its column",
                unpinned.join(", ")
            );
            lines.extend(self.prose(Line::indented(2), Ink::Faint, &text));
        }
        lines
    }
}

fn name(file: &CheckedFile) -> String {
    match file.path.as_str() {
        "-" => "standard input".to_owned(),
        path => path.to_owned(),
    }
}

/// Format, codec and preset of a file.
fn kind(file: &CheckedFile) -> String {
    let parts = [
        Some(&file.format),
        file.codec.as_ref(),
        file.preset.as_ref(),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(", ")
}
