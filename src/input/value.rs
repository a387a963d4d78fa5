//! One value of a row as it stands in the file, and its readings as a number, a truth value or a text.

use std::borrow::Cow;

/// A scalar as written, before any role gives it a meaning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw<'a> {
    /// `null`, or an empty CSV field.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number literal, unparsed: identifiers keep all their digits.
    Number(&'a str),
    /// A string, or a CSV field.
    Text(Cow<'a, str>),
    /// The bare tokens `NaN`, `Infinity`, `-Infinity`.
    NonFinite(&'a str),
    /// A list that is not a single scalar, as JSON writes it.
    List(Cow<'a, str>),
    /// An object, in the words of a message.
    Composite(&'static str),
}

/// A value and its byte offset in the row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value<'a> {
    pub(crate) raw: Raw<'a>,
    pub(crate) at: usize,
}

/// What a text or number means as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// A finite number.
    Plain(f64),
    /// A number that says `%` by its own word, divided by 100.
    Percent(f64),
    /// Infinity, with its sign.
    Infinite(f64),
    /// No value: null, empty, NaN or a word for it.
    Missing,
    /// Text that is no number.
    Unreadable,
    /// A number beyond the range of `f64`, or that would underflow to 0.
    DoesNotFit,
    /// Not a scalar, or a truth value.
    WrongType,
}

/// Words for "no value".
const MISSING_WORDS: [&str; 7] = ["", "nan", "na", "n/a", "null", "none", "-"];

/// Words for yes and no.
const TRUE_WORDS: [&str; 6] = ["true", "yes", "t", "y", "1", "1.0"];
const FALSE_WORDS: [&str; 6] = ["false", "no", "f", "n", "0", "0.0"];

impl Raw<'_> {
    /// The same value, holding its own text.
    pub(super) fn into_owned(self) -> Raw<'static> {
        match self {
            Raw::Null => Raw::Null,
            Raw::Bool(truth) => Raw::Bool(truth),
            // A text that is a number is read like one everywhere.
            Raw::Number(text) | Raw::NonFinite(text) => Raw::Text(text.to_owned().into()),
            Raw::Text(text) => Raw::Text(text.into_owned().into()),
            Raw::List(text) => Raw::List(text.into_owned().into()),
            Raw::Composite(what) => Raw::Composite(what),
        }
    }

    /// The same value, on the same text.
    pub(super) fn borrowed(&self) -> Raw<'_> {
        match self {
            Raw::Null => Raw::Null,
            Raw::Bool(truth) => Raw::Bool(*truth),
            Raw::Number(text) => Raw::Number(text),
            Raw::Text(text) => Raw::Text(Cow::Borrowed(text)),
            Raw::NonFinite(text) => Raw::NonFinite(text),
            Raw::List(text) => Raw::List(Cow::Borrowed(text)),
            Raw::Composite(what) => Raw::Composite(what),
        }
    }

    /// The scalar as text, as written; `None` for null and composites.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Raw::Bool(true) => Some("true"),
            Raw::Bool(false) => Some("false"),
            Raw::Number(text) | Raw::NonFinite(text) => Some(text),
            Raw::Text(text) => Some(text),
            Raw::Null | Raw::List(_) | Raw::Composite(_) => None,
        }
    }

    /// Whether nothing is written: null, or a text without a character.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Raw::Null => true,
            Raw::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The scalar as a name: none where nothing is written, and for NaN. A word such as `none` is a name.
    pub(crate) fn named(&self) -> Option<&str> {
        let nan = matches!(self, Raw::NonFinite("NaN"));
        self.text().filter(|text| !nan && !text.is_empty())
    }

    /// The value as a message shows it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Raw::Null => "null".into(),
            // A field of CSV has no type: a number is shown as one.
            Raw::Text(text) if text.parse::<f64>().is_ok() => clipped(text),
            Raw::Text(text) => format!("{:?}", clipped(text)).into(),
            Raw::List(_) => "a list".into(),
            Raw::Composite(what) => (*what).into(),
            other => clipped(other.text().unwrap_or_default()),
        }
    }

    /// Whether the value says that there is none.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Raw::Null => true,
            Raw::NonFinite(token) => *token == "NaN",
            Raw::Text(text) => is_one_of(text, &MISSING_WORDS),
            Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Composite(_) => false,
        }
    }

    /// The value as a number.
    pub(crate) fn number(&self) -> Number {
        match self {
            _ if self.is_missing() => Number::Missing,
            Raw::Number(text) => parse_number(text),
            Raw::NonFinite(token) => parse_number(token),
            Raw::Text(text) => parse_text(text.trim()),
            Raw::Null | Raw::Bool(_) | Raw::List(_) | Raw::Composite(_) => Number::WrongType,
        }
    }

    /// The value as yes or no.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Raw::Bool(truth) => Some(*truth),
            Raw::Number(text) => match parse_number(text) {
                Number::Plain(1.0) => Some(true),
                Number::Plain(0.0) => Some(false),
                _ => None,
            },
            Raw::Text(text) => word_truth(text),
            Raw::Null | Raw::NonFinite(_) | Raw::List(_) | Raw::Composite(_) => None,
        }
    }
}

/// Trimmed and in lower case: how words are compared.
pub(crate) fn fold_word(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether a text is one of these words, space around it and case apart. Every value of a CSV file is asked.
fn is_one_of(text: &str, words: &[&str]) -> bool {
    let text = text.trim();
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn word_truth(text: &str) -> Option<bool> {
    if is_one_of(text, &TRUE_WORDS) {
        Some(true)
    } else if is_one_of(text, &FALSE_WORDS) {
        Some(false)
    } else {
        None
    }
}

fn parse_text(text: &str) -> Number {
    match text.strip_suffix('%').map(str::trim_end) {
        Some(percent) => match parse_number(percent) {
            Number::Plain(value) => Number::Percent(value / 100.0),
            other => other,
        },
        None => parse_number(text),
    }
}

/// Reads a decimal correctly rounded, and says so when it does not fit.
fn parse_number(text: &str) -> Number {
    if let Some(value) = short_decimal(text.as_bytes()) {
        return Number::Plain(value);
    }
    let Ok(value) = text.parse::<f64>() else {
        return Number::Unreadable;
    };
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    if value.is_nan() {
        Number::Missing
    } else if value.is_infinite() {
        if has_digits {
            Number::DoesNotFit
        } else {
            Number::Infinite(value)
        }
    } else if value == 0.0 && has_nonzero_mantissa(text) {
        Number::DoesNotFit
    } else {
        Number::Plain(value)
    }
}

/// Any whole number of so many digits is a float.
const MOST_DIGITS: usize = 15;
const POWERS: [f64; MOST_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A decimal of few digits without an exponent: both its digits as a whole number and the power of ten are floats, so
/// that one division rounds correctly. Clinger (1990), How to read floating point numbers accurately.
fn short_decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    let (mut whole, mut count, mut point) = (0_u64, 0, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    if count == 0 || count > MOST_DIGITS {
        return None;
    }
    let places = point.map_or(0, |point| digits.len() - 1 - point);
    let value = whole as f64 / POWERS.get(places)?;
    Some(if negative { -value } else { value })
}

/// The value of the digits after the point of a number that has none before it, as [`short_decimal`] reads it, and what
/// follows; none where there are no digits or too many, or more of the number follows.
#[inline]
pub(super) fn fraction(digits: &[u8]) -> Option<(f64, &[u8])> {
    let (mut whole, mut places) = leading(digits)?;
    let mut rest = digits.get(places..)?;
    if places == EIGHT {
        let (more, count) = leading(rest)?;
        (whole, places) = (whole * 10_u64.pow(count as u32) + more, places + count);
        rest = rest.get(count..)?;
    }
    if let [] | [b'0'..=b'9' | b'e' | b'E', ..] = rest {
        return None;
    }
    let power = POWERS.get(places).filter(|_| places > 0)?;
    Some((whole as f64 / power, rest))
}

/// Digits that are looked at together.
const EIGHT: usize = size_of::<u64>();

/// The number that the first of these digits are, at most eight, and how many they are; none close to the end.
#[inline]
fn leading(digits: &[u8]) -> Option<(u64, usize)> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    /// What takes any byte above nine to its highest bit.
    const BEYOND: u64 = 0x7676_7676_7676_7676;
    let word = u64::from_le_bytes(*digits.first_chunk()?) ^ ZEROS;
    // Exact up to the first byte that is no digit: until then nothing is carried.
    let others = (word.wrapping_add(BEYOND) | word) & HIGHS;
    let count = others.trailing_zeros() / u8::BITS;
    // As the last of eight digits: two by two, then four by four, then all of them become one number.
    let last = word.checked_shl(u64::BITS - u8::BITS * count).unwrap_or(0);
    let pairs = last.wrapping_mul(10 << 8 | 1) >> 8;
    let fours = (pairs & 0x00FF_00FF_00FF_00FF).wrapping_mul(100 << 16 | 1) >> 16;
    let whole = (fours & 0x0000_FFFF_0000_FFFF).wrapping_mul(10_000 << 32 | 1) >> 32;
    Some((whole, count as usize))
}

fn has_nonzero_mantissa(text: &str) -> bool {
    text.bytes()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .any(|byte| matches!(byte, b'1'..=b'9'))
}

/// At most 40 characters of a value, for messages.
fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Raw::Text(text.into()).number()
    }

    #[test]
    fn numbers_in_the_spellings_of_real_logs() {
        assert_eq!(number("0.85"), Number::Plain(0.85));
        assert_eq!(number(" 85 % "), Number::Percent(0.85));
        assert_eq!(number(".5"), Number::Plain(0.5));
        assert_eq!(number("1e-3"), Number::Plain(0.001));
        assert_eq!(number("N/A"), Number::Missing);
        assert_eq!(number("-inf"), Number::Infinite(f64::NEG_INFINITY));
        assert_eq!(number("high"), Number::Unreadable);
        assert_eq!(number("0,85"), Number::Unreadable);
    }

    #[test]
    fn numbers_that_do_not_fit_are_not_rounded_away() {
        assert_eq!(Raw::Number("1e999").number(), Number::DoesNotFit);
        assert_eq!(Raw::Number("1e-999").number(), Number::DoesNotFit);
        assert_eq!(Raw::Number("0e-999").number(), Number::Plain(0.0));
    }

    proptest! {
        /// With an exponent a number is read by the standard library alone.
        #[test]
        fn short_decimals_are_those_of_the_standard_library(text in r"-?[0-9]{0,9}\.?[0-9]{0,9}") {
            if let Some(value) = short_decimal(text.as_bytes()) {
                let theirs: f64 = text.parse().unwrap();
                prop_assert_eq!(value.to_bits(), theirs.to_bits());
            }
        }
    }

    proptest! {
        #[test]
        fn fractions_are_numbers_without_their_beginning(digits in "[0-9]{0,17}", after in "[,}eE \n]x{8}") {
            let text = format!("{digits}{after}");
            let few = (1..=MOST_DIGITS).contains(&digits.len()) && !after.starts_with(['e', 'E']);
            let number = || (format!("0.{digits}").parse().unwrap(), after.as_bytes());
            prop_assert_eq!(fraction(text.as_bytes()), few.then(number));
        }
    }

    #[test]
    fn truth_in_the_spellings_of_real_logs() {
        for yes in ["true", "True", "YES", "1", "1.0", "y"] {
            assert_eq!(Raw::Text(yes.into()).truth(), Some(true), "{yes}");
        }
        for no in ["false", "FALSE", "no", "0", "0.0", "N"] {
            assert_eq!(Raw::Text(no.into()).truth(), Some(false), "{no}");
        }
        assert_eq!(Raw::Number("1.0").truth(), Some(true));
        assert_eq!(Raw::Number("2").truth(), None);
        assert_eq!(Raw::Text("maybe".into()).truth(), None);
    }
}
