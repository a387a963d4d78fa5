//! Reference entries as text for a terminal, and as the Markdown of `docs/`.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::report::{Chapter, Entry};

/// Columns of the headings of an entry, where none is longer.
const HEADING: usize = 12;

/// One entry, wrapped to `width` columns.
///
/// # Errors
/// When the stream fails.
pub fn entry(entry: &Entry, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (mut id, indent) = (entry.id.as_str(), entry.id.width() + 2);
    for line in wrap(&entry.title, width.saturating_sub(indent).max(20)) {
        writeln!(out, "{}", format!("{id:<indent$}{line}").trim_end())?;
        id = "";
    }
    writeln!(out)?;
    let widest = entry
        .parts
        .iter()
        .map(|(heading, _)| heading.width() + 2)
        .max();
    let column = widest.unwrap_or(0).max(HEADING);
    for (heading, text) in &entry.parts {
        let mut heading = *heading;
        for paragraph in text.lines() {
            for line in wrap(paragraph, width.saturating_sub(column + 2).max(20)) {
                writeln!(out, "{}", format!("  {heading:<column$}{line}").trim_end())?;
                heading = "";
            }
        }
    }
    Ok(())
}

/// All ids with their titles.
///
/// # Errors
/// When the stream fails.
pub fn index(chapters: &[Chapter], out: &mut dyn Write) -> io::Result<()> {
    for chapter in chapters {
        writeln!(out, "{}", chapter.title)?;
        let widest = chapter
            .entries
            .iter()
            .map(|entry| entry.id.len())
            .max()
            .unwrap_or(0);
        for entry in &chapter.entries {
            writeln!(out, "  {:<widest$}  {}", entry.id, entry.title)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "calib explain NAME shows one of them")
}

/// A chapter as a page of Markdown.
///
/// # Errors
/// When the stream fails.
pub fn markdown(chapter: &Chapter, preface: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n\n{preface}", chapter.title)?;
    for entry in &chapter.entries {
        writeln!(out, "\n## `{}`: {}\n", entry.id, entry.title)?;
        for (heading, text) in &entry.parts {
            writeln!(out, "- **{heading}**: {}", text.replace('\n', "\n  "))?;
        }
    }
    Ok(())
}

/// Words in lines of at most `width` columns; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = |line: &String| line.is_empty() || line.width() + 1 + word.width() <= width;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
