//! The one way for text we did not write (labels, paths, field names, group values, excerpts) to reach a screen.
//!
//! A log can hold escape sequences that retitle a terminal or fill the clipboard, and invisible characters that make
//! one name look like another. Whatever could act, hide or reorder is shown as `\u{..}`, also when output is piped,
//! because CI logs interpret the same sequences.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The characters an output may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Anything printable.
    #[default]
    Unicode,
    /// Nothing above U+007E.
    Ascii,
}

/// Text from outside. It has no `Display` on purpose: it can be shown through its methods only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untrusted<'a>(pub &'a str);

impl<'a> Untrusted<'a> {
    /// The text with everything that could act, hide or reorder made visible.
    #[must_use]
    pub fn escaped(self, charset: Charset) -> Cow<'a, str> {
        let mut marks = 0;
        let harmless = |c| !needs_escape(c, &mut marks, charset);
        if self.0.chars().all(harmless) {
            return Cow::Borrowed(self.0);
        }
        let mut marks = 0;
        let mut out = String::with_capacity(self.0.len() + 16);
        for c in self.0.chars() {
            push(&mut out, c, &mut marks, charset);
        }
        Cow::Owned(out)
    }

    /// The same, cut to `width` columns with an ellipsis. Reads no more of the text than it shows.
    #[must_use]
    pub fn truncated(self, width: usize, charset: Charset) -> String {
        let ellipsis = match charset {
            Charset::Unicode => "…",
            Charset::Ascii => "...",
        };
        let room = width.saturating_sub(ellipsis.width());
        let (mut out, mut used, mut marks, mut keep) = (String::new(), 0, 0, 0);
        for c in self.0.chars() {
            let before = out.len();
            push(&mut out, c, &mut marks, charset);
            used += out[before..]
                .chars()
                .filter_map(UnicodeWidthChar::width)
                .sum::<usize>();
            if used > width {
                out.truncate(keep);
                out.extend(ellipsis.chars().take(width));
                return out;
            }
            if used <= room {
                keep = out.len();
            }
        }
        out
    }
}

/// Whether a character may reach no output in its raw form: controls, bidirectional and invisible characters.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a CI runner would obey a line instead of showing it.
#[must_use]
pub fn is_runner_command(line: &str) -> bool {
    let words = line.trim_start();
    words.starts_with("::") || words.starts_with("##[")
}

/// Format characters (general category Cf) and others that draw nothing.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Marks that combine with the letter before them; a taller stack would spill over the lines above and below.
const MARKS_PER_LETTER: usize = 2;

/// `marks` is 0 until there was a letter, then one more than the combining marks since the last one: a mark with no
/// letter of its own would attach to text of ours.
fn needs_escape(c: char, marks: &mut usize, charset: Charset) -> bool {
    let combining = c.width() == Some(0) && !is_forbidden(c);
    let stacked = combining && (*marks == 0 || *marks > MARKS_PER_LETTER);
    *marks = match (combining, *marks) {
        (true, 0) => 0,
        (true, seen) => seen + 1,
        (false, _) => 1,
    };
    is_forbidden(c) || stacked || (charset == Charset::Ascii && !c.is_ascii())
}

fn push(out: &mut String, c: char, marks: &mut usize, charset: Charset) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        _ if needs_escape(c, marks, charset) => out.extend(c.escape_unicode()),
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Untrusted(text).escaped(Charset::Unicode).into_owned()
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "",
            "gpt-4o",
            "naïve café",
            "cafe\u{301}",
            "模型",
            "हिन्दी",
            "C:\\logs\\a.jsonl",
            "📈",
        ] {
            assert!(
                matches!(Untrusted(text).escaped(Charset::Unicode), Cow::Borrowed(t) if t == text),
                "{text}"
            );
        }
    }

    #[test]
    fn sequences_that_drive_a_terminal_become_visible() {
        assert_eq!(shown("\u{1b}[2J"), "\\u{1b}[2J");
        assert_eq!(
            shown("\u{1b}]8;;http://x\u{7}a\u{1b}]8;;\u{7}"),
            "\\u{1b}]8;;http://x\\u{7}a\\u{1b}]8;;\\u{7}"
        );
        assert_eq!(
            shown("\u{1b}]52;c;aGk=\u{1b}\\"),
            "\\u{1b}]52;c;aGk=\\u{1b}\\"
        );
        assert_eq!(
            shown("\u{9b}31m\u{9d}0;t\u{9c}\u{90}q"),
            "\\u{9b}31m\\u{9d}0;t\\u{9c}\\u{90}q"
        );
        assert_eq!(
            shown("a\0b\u{8}\u{7f}\r\n\t"),
            "a\\u{0}b\\u{8}\\u{7f}\\r\\n\\t"
        );
    }

    #[test]
    fn nothing_hides_or_reorders() {
        assert_eq!(
            shown("a\u{202e}txt.exe\u{2066}\u{200f}"),
            "a\\u{202e}txt.exe\\u{2066}\\u{200f}"
        );
        assert_eq!(
            shown("a\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}b"),
            "a\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\u{ad}b"
        );
        assert_eq!(
            shown("a\u{2028}b\u{2029}\u{e0041}"),
            "a\\u{2028}b\\u{2029}\\u{e0041}"
        );
    }

    #[test]
    fn every_forbidden_character_is_escaped() {
        let forbidden = (0..=0x10_ffff_u32)
            .filter_map(char::from_u32)
            .filter(|&c| is_forbidden(c));
        for c in forbidden {
            let text = format!("x{c}");
            assert!(!shown(&text).contains(c), "{c:?}");
        }
    }

    #[test]
    fn marks_need_a_letter_and_do_not_pile_up() {
        assert_eq!(shown("\u{301}a"), "\\u{301}a");
        assert_eq!(
            shown("a\u{301}\u{302}\u{303}\u{304}"),
            "a\u{301}\u{302}\\u{303}\\u{304}"
        );
    }

    #[test]
    fn ascii_has_no_byte_above_127() {
        assert_eq!(
            Untrusted("é\u{1b}模").escaped(Charset::Ascii),
            "\\u{e9}\\u{1b}\\u{6a21}"
        );
        assert_eq!(
            Untrusted("日本語のラベル").truncated(12, Charset::Ascii),
            "\\u{65e5}..."
        );
    }

    #[test]
    fn truncation_counts_columns_and_keeps_escapes_whole() {
        assert_eq!(Untrusted("日本語").truncated(6, Charset::Unicode), "日本語");
        assert_eq!(Untrusted("日本語").truncated(5, Charset::Unicode), "日本…");
        assert_eq!(Untrusted("日本語").truncated(4, Charset::Unicode), "日…");
        assert_eq!(
            Untrusted("ab\u{1b}cd").truncated(6, Charset::Unicode),
            "ab…"
        );
        for width in 0..20 {
            for charset in [Charset::Unicode, Charset::Ascii] {
                assert!(
                    Untrusted("a日\u{1b}\u{301}b語c")
                        .truncated(width, charset)
                        .width()
                        <= width,
                    "{width}"
                );
            }
        }
    }
}
