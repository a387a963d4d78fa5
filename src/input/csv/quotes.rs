//! Quotes: where records end, and whether the quotes of one close where its fields end.

/// The state between two bytes of a record, by the rules of the `csv` crate: a quote opens a field only at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    RecordStart,
    FieldStart,
    Bare,
    Quoted,
    QuoteInQuoted,
}

impl State {
    pub(super) fn step(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (Self::Quoted, _) => Self::Quoted,
            (Self::RecordStart | Self::FieldStart | Self::QuoteInQuoted, b'"') => Self::Quoted,
            (_, b'\n' | b'\r') => Self::RecordStart,
            (_, other) if other == delimiter => Self::FieldStart,
            _ => Self::Bare,
        }
    }
}

/// Byte after the last complete record.
pub(crate) fn last_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let newline = |from: usize, to: usize| {
        let within = bytes.get(from..to).unwrap_or_default();
        memchr::memrchr(b'\n', within).map(|at| from + at + 1)
    };
    // Text outside of quotes begins here, and quotes are looked for from there.
    let (mut outside, mut from, mut end) = (0, 0, None);
    while let Some(quote) = find(bytes, from) {
        from = quote + 1;
        if !opens(bytes, quote, outside, delimiter) {
            continue;
        }
        end = newline(outside, quote).or(end);
        match closed(bytes, quote) {
            Some(after) => (outside, from) = (after, after),
            None => return end,
        }
    }
    newline(outside, bytes.len()).or(end)
}

/// Whether a quote opens a field; what is outside of the quotes before it begins at a byte.
fn opens(bytes: &[u8], quote: usize, outside: usize, delimiter: u8) -> bool {
    match quote.checked_sub(1).filter(|before| *before >= outside) {
        Some(before) => {
            let before = bytes.get(before).copied();
            before.is_some_and(|byte| byte == delimiter || matches!(byte, b'\n' | b'\r'))
        }
        // Behind the quotes of a field no other opens.
        None => outside == 0,
    }
}

/// Byte after the quote that closes the field which this one opens.
pub(super) fn closed(bytes: &[u8], quote: usize) -> Option<usize> {
    let mut close = find(bytes, quote + 1)?;
    while bytes.get(close + 1) == Some(&b'"') {
        close = find(bytes, close + 2)?;
    }
    Some(close + 1)
}

fn find(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'"', bytes.get(from..)?).map(|at| from + at)
}

/// Byte after the first record that is not blank; `None` while it is incomplete.
pub(crate) fn header_end(bytes: &[u8], delimiter: u8, ended: bool) -> Option<usize> {
    let start = bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut state = State::RecordStart;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        state = state.step(*byte, delimiter);
        if *byte == b'\n' && state == State::RecordStart {
            return Some(at + 1);
        }
    }
    ended.then_some(bytes.len())
}

/// Byte after the record that begins at one, by the first byte of its line end.
pub(super) fn record_end(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    let mut state = State::RecordStart;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        state = state.step(*byte, delimiter);
        if state == State::RecordStart {
            return at + 1;
        }
    }
    bytes.len()
}

/// Checks that the quotes of a record close where its fields end.
///
/// The `csv` crate reads on in both cases, and one stray quote could swallow any number of rows.
///
/// # Errors
/// The first field whose quotes do not, and how.
pub(super) fn check_quotes(record: &[u8], delimiter: u8) -> Result<(), (usize, &'static str)> {
    if memchr::memchr(b'"', record).is_none() {
        return Ok(());
    }
    let (mut state, mut field) = (State::RecordStart, 0);
    for byte in record {
        let next = state.step(*byte, delimiter);
        if (state, next) == (State::QuoteInQuoted, State::Bare) {
            let detail = "the double quote that closes this field stands before its end";
            return Err((field, detail));
        }
        field += usize::from(next == State::FieldStart);
        state = next;
    }
    match state {
        State::Quoted => Err((
            field,
            "the double quote that opens this field is never closed",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Byte by byte, as the states say.
        #[test]
        fn records_end_where_the_states_say(bytes in r#"[ab,"\n\r]{0,60}"#) {
            let (mut state, mut end) = (State::RecordStart, None);
            for (at, byte) in bytes.bytes().enumerate() {
                state = state.step(byte, b',');
                if byte == b'\n' && state == State::RecordStart {
                    end = Some(at + 1);
                }
            }
            prop_assert_eq!(last_record_end(bytes.as_bytes(), b','), end);
        }
    }
}
