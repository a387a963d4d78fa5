//! Command lines that can be pasted into a shell.

use super::escape::{Charset, Untrusted};

/// A word as a POSIX shell reads it back: bare where it is harmless, else in single quotes.
///
/// What may not be shown as it is (a line break, an invisible character) is written in octal between `$'` and `'`,
/// which bash, zsh, ksh and POSIX.1-2024 read.
///
/// ```
/// use calib::render::{escape::Charset, shell::quote};
/// assert_eq!(quote("run.jsonl", Charset::Unicode), "run.jsonl");
/// assert_eq!(quote("it's", Charset::Unicode), r"'it'\''s'");
/// assert_eq!(quote("a\nb", Charset::Unicode), r"$'a\012b'");
/// ```
#[must_use]
pub fn quote(word: &str, charset: Charset) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._-=/,:+@%".contains(c);
    // Under some settings zsh expands a word that begins with one of these.
    let expands = word.starts_with(['=', '%']);
    if !word.is_empty() && !expands && word.chars().all(harmless) {
        return word.to_owned();
    }
    if Untrusted(word).escaped(charset) == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let byte = |byte: u8| match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    format!("$'{}'", word.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_every_word_back() {
        for word in [
            "",
            "plain.jsonl",
            "two words",
            "it's",
            "$(touch pwned) `x` \"y\" \\ !",
            "*.jsonl",
            "~/x",
            "=ls",
            "::error::x",
            "#no comment",
            "new\nline\ttab",
            "\u{1b}[2J",
            "\u{202e}gnp\u{200b}",
            "naïve 物理",
            "\u{301}a'\\\n",
        ] {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let quoted = quote(word, charset);
                assert_eq!(Untrusted(&quoted).escaped(charset), quoted, "{word:?}");
                let Ok(run) = Command::new("bash")
                    .args(["-c", &format!("printf %s {quoted}")])
                    .output()
                else {
                    // Not every system has bash.
                    return;
                };
                assert_eq!(String::from_utf8(run.stdout).unwrap(), word, "{quoted}");
            }
        }
    }
}
