//! Parts of rows as most are written, each taken from the front of what is left of a row: the text before a value, and
//! truth values, fractions and strings as they commonly stand. Whatever stands there in another way is none of these, and
//! for the [`Scanner`](super::json::Scanner) to read.

use super::json::{plain, special_in};
use super::value;

/// A text that stands before a value, and its beginning as a number.
#[derive(Debug)]
pub(super) struct Lead {
    text: Box<[u8]>,
    head: u128,
    /// Ones where the text has bytes.
    mask: u128,
}

/// Bytes that are compared as one number.
const WIDE: usize = 16;

impl Lead {
    pub(super) fn of(text: &str) -> Self {
        let (mut head, mut mask) = ([0; WIDE], [0; WIDE]);
        for ((head, mask), byte) in head.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*head, *mask) = (byte, u8::MAX);
        }
        Self {
            text: text.as_bytes().into(),
            head: u128::from_le_bytes(head),
            mask: u128::from_le_bytes(mask),
        }
    }

    /// What follows this text.
    #[inline]
    pub(super) fn passed<'a>(&self, rest: &'a [u8]) -> Option<&'a [u8]> {
        match rest.first_chunk() {
            Some(wide) if self.text.len() <= WIDE => {
                (u128::from_le_bytes(*wide) & self.mask == self.head).then_some(())?;
                rest.get(self.text.len()..)
            }
            // Longer, or close to the end of the row.
            _ => rest.strip_prefix(&*self.text),
        }
    }
}

/// Letters of `false`.
const FIVE: usize = 5;

/// A truth value, and what follows it.
#[inline]
pub(super) fn truth(rest: &[u8]) -> Option<(bool, &[u8])> {
    const TRUE: u64 = u64::from_le_bytes(*b"true\0\0\0\0");
    const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
    let Some(word) = rest.first_chunk() else {
        // Close to the end of the row.
        let strip = |word: &[u8]| rest.strip_prefix(word);
        let yes = strip(b"true").map(|rest| (true, rest));
        return yes.or_else(|| Some((false, strip(b"false")?)));
    };
    // Which of the two it is, no processor can foresee: it is reckoned, not asked.
    let word = u64::from_le_bytes(*word);
    let (yes, no) = (word << 32 == TRUE << 32, word << 24 == FALSE << 24);
    (yes | no).then_some(())?;
    Some((yes, rest.get(FIVE - usize::from(yes)..)?))
}

/// A fraction of few digits, `0.25`, and what follows it.
#[inline]
pub(super) fn fraction(rest: &[u8]) -> Option<(f64, &[u8])> {
    let [b'0', b'.', digits @ ..] = rest else {
        return None;
    };
    value::fraction(digits)
}

/// The text of a string without escapes, and what follows it.
#[inline]
pub(super) fn string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', body @ ..] = rest else {
        return None;
    };
    let length = match body.split_first_chunk() {
        Some((lot, more)) => special_in(*lot).unwrap_or_else(|| lot.len() + plain(more)),
        None => plain(body),
    };
    let (text, rest) = body.split_at_checked(length)?;
    match rest {
        [b'"', rest @ ..] => Some((text, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_lead_is_passed_where_it_stands(row in "[ab]{0,40}", length in 0..24_usize, other in "[ab]{0,24}") {
            for lead in [&row[..row.len().min(length)], &other] {
                let passed = Lead::of(lead).passed(row.as_bytes());
                prop_assert_eq!(passed, row.strip_prefix(lead).map(str::as_bytes));
            }
        }

        /// What is found is what JSON finds, and nothing is found of what is no JSON.
        #[test]
        fn values_are_those_of_json(value in r#"(true|false|0\.[0-9]{1,16}|"[a-zé ]{0,40}"|0\.|fals|"a\\n"|"[\n]")"#, after in "[,} ]{12}") {
            let row = format!("{value}{after}");
            let rest = row.as_bytes();
            let (theirs, after) = (serde_json::from_str(&value).ok(), after.as_bytes());
            let of = |value| theirs == Some(value);
            prop_assert!(truth(rest).is_none_or(|found| of(serde_json::Value::from(found.0)) && found.1 == after));
            prop_assert!(fraction(rest).is_none_or(|found| of(serde_json::Value::from(found.0)) && found.1 == after));
            let text = |text| serde_json::Value::from(String::from_utf8_lossy(text));
            prop_assert!(string(rest).is_none_or(|found| of(text(found.0)) && found.1 == after));
            let found = truth(rest).is_some() || fraction(rest).is_some() || string(rest).is_some();
            // Of what is long, or has an escape, something may be left for another look.
            let short = value.len() <= 17 && !value.contains('\\');
            prop_assert!(found || !short || theirs.is_none());
        }
    }
}
