//! A command in lines that a shell joins again.

use unicode_width::UnicodeWidthStr;

use crate::render::escape::Charset;
use crate::render::shell;

/// The lines of a command, each but the last ending in a backslash, within this many columns where its words allow: a
/// word is never cut, and a flag stays with its value.
pub(super) fn rows(arguments: &[String], charset: Charset, room: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    for phrase in phrases(arguments, charset) {
        if !row.is_empty() && row.width() + 1 + phrase.width() + 2 > room {
            rows.push(format!("{row} \\"));
            row = "  ".to_owned();
        } else if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(&phrase);
    }
    rows.push(row);
    rows
}

/// The words of a command, each flag with its value.
fn phrases(arguments: &[String], charset: Charset) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    let mut open = false;
    for (at, word) in arguments.iter().enumerate() {
        let quoted = shell::quote(word, charset);
        match phrases.last_mut() {
            // The program, its command and what follows stand together.
            Some(last) if open || at == 1 => {
                last.push(' ');
                last.push_str(&quoted);
                open = false;
            }
            _ => {
                open = word.starts_with("--") && !word.contains('=');
                phrases.push(quoted);
            }
        }
    }
    phrases
}
