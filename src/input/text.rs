//! Features of a response, found when its row is read: its length, how much of it is new, whether it breaks off, and the
//! class of its format. The text itself is not kept.

use memchr::memmem;
use xxhash_rust::xxh3::xxh3_64;

use super::roles::Role;
use super::slots::Slots;
use crate::record::{Class, Field, Trace};

/// Words of a response that are looked at for repetition: the last ones, where loops are.
const WORDS: usize = 512;
/// Words in a run.
const RUN: usize = 4;

/// Adds the features of the response, if the row has one.
pub(super) fn features(slots: &Slots<'_>, values: Trace) -> Trace {
    let response = slots.role(Role::Response);
    // A table cannot tell an empty response from none.
    let text = response.and_then(|value| value.raw.text());
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return values;
    };
    values
        .with(Field::Length, text.chars().count() as f64)
        .with_some(Field::Distinct, distinct(text))
        .with(Field::Cut, f64::from(u8::from(breaks_off(text))))
        .with_code(Field::Class, class(text) as u64)
}

/// Share of the runs of four words that are distinct, among the last 512 words; none of fewer than four words.
fn distinct(text: &str) -> Option<f64> {
    let mut words: Vec<u64> = Vec::with_capacity(WORDS);
    let backward = text.as_bytes().rsplit(u8::is_ascii_whitespace);
    words.extend(
        backward
            .filter(|word| !word.is_empty())
            .take(WORDS)
            .map(xxh3_64),
    );
    let runs = words.len().checked_sub(RUN - 1).filter(|runs| *runs > 0)?;
    let mut seen = Seen::default();
    let new = words.windows(RUN).filter(|run| {
        let mixed = run.iter().fold(0_u64, |mixed, word| {
            (mixed ^ word)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        });
        seen.is_new(mixed)
    });
    Some(new.count() as f64 / runs as f64)
}

/// A table of hashes twice as large as the runs that can be asked for.
struct Seen([u64; 2 * WORDS]);

impl Default for Seen {
    fn default() -> Self {
        Self([0; 2 * WORDS])
    }
}

impl Seen {
    fn is_new(&mut self, hash: u64) -> bool {
        // Zero stands for an empty place.
        let hash = hash | 1;
        let mut at = (hash >> 32) as usize % self.0.len();
        while let Some(place) = self.0.get_mut(at) {
            match *place {
                0 => {
                    *place = hash;
                    return true;
                }
                known if known == hash => return false,
                _ => at = (at + 1) % (2 * WORDS),
            }
        }
        false
    }
}

/// Whether a response breaks off: a fence, a thought or a box that is not closed, or an end on `,` `;` `:` `-` or an
/// open bracket.
fn breaks_off(text: &str) -> bool {
    let bytes = text.as_bytes();
    let count = |pattern: &str| memmem::find_iter(bytes, pattern).count();
    let last = text.trim_end().chars().last();
    let dangling = matches!(last, Some(',' | ';' | ':' | '-' | '(' | '[' | '{'));
    dangling || count("```") % 2 == 1 || count("<think>") > count("</think>") || open_box(text)
}

/// Whether the last `\boxed{` has no end.
fn open_box(text: &str) -> bool {
    let Some((_, inside)) = text.rsplit_once("\\boxed{") else {
        return false;
    };
    let mut open = 1_usize;
    for byte in inside.bytes() {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return false;
        }
    }
    true
}

/// The class of a response's format: the first whose mark it bears.
fn class(text: &str) -> Class {
    let bytes = text.as_bytes();
    let has = |pattern: &str| memmem::find(bytes, pattern.as_bytes()).is_some();
    let trimmed = text.trim();
    let lines = || text.lines().map(str::trim_start);
    if has("<think>") || has("</think>") {
        Class::Thought
    } else if has("```") {
        Class::Fenced
    } else if lines().any(|line| line.starts_with("def ") || line.starts_with("import ")) {
        Class::Code
    } else if has("\\boxed{") {
        Class::Boxed
    } else if has("####") {
        Class::Hashes
    } else if (trimmed.starts_with('{') && trimmed.ends_with('}'))
        || (trimmed.starts_with('[') && trimmed.ends_with(']'))
    {
        Class::Json
    } else if has("</") {
        Class::Xml
    } else if has("\\frac") || has("\\begin{") || has("$$") || has("\\(") || has("\\[") {
        Class::Latex
    } else if lines().filter(|line| is_bullet(line)).nth(1).is_some() {
        Class::Bullets
    } else if lines().filter(|line| is_numbered(line)).nth(1).is_some() {
        Class::Numbered
    } else if other_script(text) {
        Class::Script
    } else {
        Class::Prose
    }
}

fn is_bullet(line: &str) -> bool {
    ["- ", "* ", "• "].iter().any(|mark| line.starts_with(mark))
}

fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "))
}

/// Whether most letters are outside of ASCII.
fn other_script(text: &str) -> bool {
    // Found out without decoding, and so it is with most.
    if text.is_ascii() {
        return false;
    }
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (ascii, other) = letters.fold((0_usize, 0_usize), |(ascii, other), c| match c.is_ascii() {
        true => (ascii + 1, other),
        false => (ascii, other + 1),
    });
    other > ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_seen_and_prose_is_new() {
        assert_eq!(distinct("one two three"), None);
        assert_eq!(distinct("one two three four five"), Some(1.0));
        let looped = "so the answer is ".repeat(100);
        // Four distinct runs of 397.
        assert_eq!(distinct(&looped), Some(4.0 / 397.0));
    }

    #[test]
    fn what_is_open_breaks_off() {
        for cut in [
            "a,",
            "```\ncode",
            "<think> hm",
            "\\boxed{\\frac{1}{2}",
            "f(",
        ] {
            assert!(breaks_off(cut), "{cut}");
        }
        for whole in [
            "a.",
            "```\ncode\n```",
            "\\boxed{\\frac{1}{2}} done",
            "<think>x</think> y",
            "",
        ] {
            assert!(!breaks_off(whole), "{whole}");
        }
    }

    #[test]
    fn formats_are_known_by_their_marks() {
        for (text, found) in [
            ("<think>x</think> 4", Class::Thought),
            ("```python\nx\n```", Class::Fenced),
            ("def f():\n  return 4", Class::Code),
            ("so \\boxed{4}", Class::Boxed),
            ("2 + 2 = 4\n#### 4", Class::Hashes),
            ("{\"answer\": 4}", Class::Json),
            ("<answer>4</answer>", Class::Xml),
            ("it is \\frac{1}{2}", Class::Latex),
            ("- a\n- b", Class::Bullets),
            ("1. a\n2. b", Class::Numbered),
            ("答えは四です", Class::Script),
            ("The answer is four.", Class::Prose),
        ] {
            assert_eq!(class(text), found, "{text}");
        }
    }
}
