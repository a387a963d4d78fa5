//! Lines of styled text: measuring, wrapping, setting side by side, and the bytes they become.

use std::io::{self, Write};

use anstyle::{Ansi256Color, Style};
use unicode_width::UnicodeWidthStr;

use super::{Options, charset};
use crate::chart::term::{Ink, LEVELS};
use crate::render::escape::{Charset, Untrusted, is_runner_command};

/// One line of the page, in pieces of one ink each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line(Vec<(Ink, String)>);

impl From<Vec<(Ink, String)>> for Line {
    fn from(pieces: Vec<(Ink, String)>) -> Self {
        Self(pieces)
    }
}

impl Line {
    /// A line that starts with `columns` spaces.
    pub(super) fn indented(columns: usize) -> Self {
        Self::default().to(columns)
    }

    /// Adds text.
    pub(super) fn ink(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// Adds plain text.
    pub(super) fn plain(self, text: impl Into<String>) -> Self {
        self.ink(Ink::Plain, text)
    }

    /// Adds spaces up to a column; nothing if the line is there already.
    pub(super) fn to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        if missing == 0 {
            self
        } else {
            self.plain(" ".repeat(missing))
        }
    }

    /// Adds the pieces of another line.
    pub(super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, text)| text.trim().is_empty())
    }

    /// CI runners obey lines that start with these, wherever they stand in a name: a backslash takes the place of a
    /// space before them.
    fn disarmed(self) -> Self {
        let text: String = self.0.iter().map(|(_, text)| text.as_str()).collect();
        let words = text.trim_start();
        if !is_runner_command(words) {
            return self;
        }
        let mut spaces = text.chars().count() - words.chars().count();
        let mut line = Self::indented(spaces.saturating_sub(1)).plain("\\");
        for (ink, text) in self.0 {
            let skip = text
                .chars()
                .take_while(|&c| c.is_whitespace())
                .count()
                .min(spaces);
            spaces -= skip;
            line = line.ink(ink, text.chars().skip(skip).collect::<String>());
        }
        line
    }

    /// Writes the line without trailing spaces.
    pub(super) fn write(self, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        self.disarmed().write_pieces(options, out)
    }

    fn write_pieces(&self, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let last = self.0.iter().rposition(|(_, text)| !text.trim().is_empty());
        let kept = last.map_or(0, |last| last + 1);
        for (at, (ink, text)) in self.0[..kept].iter().enumerate() {
            let text = if at + 1 == kept {
                text.trim_end()
            } else {
                text
            };
            write_piece(*ink, &finished(text, options.ascii), options.colour, out)?;
        }
        out.write_all(b"\n")
    }
}

fn write_piece(ink: Ink, text: &str, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    if !colour || ink == Ink::Plain || text.trim().is_empty() {
        return out.write_all(text.as_bytes());
    }
    let style = style(ink);
    write!(out, "{style}{text}{style:#}")
}

/// Blue and orange are told apart by nearly everyone who sees colours differently, on light and dark grounds.
fn style(ink: Ink) -> Style {
    match ink {
        Ink::Plain => Style::new(),
        Ink::Strong => Style::new().bold(),
        Ink::Faint => Style::new().dimmed(),
        Ink::Blue => Style::new().fg_color(Some(Ansi256Color(32).into())),
        Ink::Orange => Style::new().fg_color(Some(Ansi256Color(172).into())),
    }
}

/// Text as it is sent: glue becomes spaces and, in ASCII, each glyph of ours its stand-in of the same width.
fn finished(text: &str, plain: bool) -> String {
    let stand_in = |c: char| {
        if c.is_ascii() {
            c
        } else {
            ascii(c).unwrap_or('?')
        }
    };
    let glued = text.chars().map(|c| if c == '\u{a0}' { ' ' } else { c });
    if plain {
        glued.map(stand_in).collect()
    } else {
        glued.collect()
    }
}

/// The ASCII stand-in of a glyph we use.
pub(super) fn ascii(glyph: char) -> Option<char> {
    const BARS: [char; 8] = ['.', ':', '-', '=', '+', '*', '%', '#'];
    if let Some(level) = LEVELS.iter().position(|&bar| bar == glyph) {
        return BARS.get(level).copied();
    }
    Some(match glyph {
        '−' | '–' | '─' => '-',
        '│' => '|',
        '┤' | '└' | '┘' | '┌' | '┐' => '+',
        '·' | '…' => '.',
        '░' => ':',
        '▫' => '+',
        '▪' | '●' => 'o',
        '○' => '0',
        '◇' => 'X',
        '∙' => '*',
        '■' => 'O',
        '◆' => 'x',
        '′' | '’' => '\'',
        '“' | '”' => '"',
        '↑' => '^',
        '→' => '>',
        '×' => 'x',
        '\u{a0}' => ' ',
        _ => return None,
    })
}

/// A sentence of ours that may quote text from outside.
pub(super) fn prose(text: &str, charset: Charset) -> String {
    let glued = text.replace(" %", "\u{a0}%");
    let ours: String = match charset {
        Charset::Unicode => glued,
        Charset::Ascii => glued.chars().map(|c| ascii(c).unwrap_or(c)).collect(),
    };
    Untrusted(&ours).escaped(charset).into_owned()
}

/// Text wrapped to the page, its first line after `start`, the others under the text of the first.
pub(super) fn paragraph(start: Line, ink: Ink, text: &str, width: usize) -> Vec<Line> {
    let indent = start.width();
    let mut first = Some(start);
    wrap(text, width.saturating_sub(indent).max(1))
        .into_iter()
        .map(|piece| {
            first
                .take()
                .unwrap_or_else(|| Line::indented(indent))
                .ink(ink, piece)
        })
        .collect()
}

/// What calib says, as a paragraph of the page two columns in.
pub(super) fn sentence(text: &str, ink: Ink, options: &Options) -> Vec<Line> {
    let text = prose(text, charset(options));
    paragraph(Line::indented(2), ink, &text, options.columns())
}

/// Words filled into lines of `width` columns; a word that is too long is cut.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let size = word.width();
        if used > 0 && used + 1 + size > width {
            lines.push(String::new());
            used = 0;
        }
        for c in (used > 0).then_some(' ').into_iter().chain(word.chars()) {
            let size = c.to_string().width();
            if used + size > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
                used += size;
            }
        }
    }
    lines
}

/// Blocks side by side, each starting at its column.
pub(super) fn beside(blocks: Vec<(usize, Vec<Line>)>) -> Vec<Line> {
    let height = blocks
        .iter()
        .map(|(_, lines)| lines.len())
        .max()
        .unwrap_or(0);
    let mut rows = vec![Line::default(); height];
    for (column, lines) in blocks {
        for (row, line) in rows.iter_mut().zip(lines) {
            *row = std::mem::take(row).to(column).then(line);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_words_and_cuts_only_what_cannot_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("日本語 x", 4), ["日本", "語 x"]);
        assert_eq!(wrap("39.8\u{a0}% of", 4), ["39.8", "\u{a0}%", "of"]);
    }
}
