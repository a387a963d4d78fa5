//! The plainest rows whose columns come in any order, or not all: each key is looked up among those met before.

use std::rc::Rc;

use super::json::{Scanner, first_special};
use super::plain::{Asked, Plan, Values};
use super::quick::Lead;
use super::resolver::Column;
use super::row::RowRules;
use super::template::unread;

/// The keys of the rows of a log, outside of objects in them.
#[derive(Default)]
pub(super) struct Keys {
    known: Vec<Key>,
    /// One more than the number of the key that was learned last of those whose first letters have this place, or zero.
    places: Vec<u16>,
    /// The columns that are read, in the order in which they were met.
    columns: Vec<Rc<Column>>,
    /// How rows of these columns are read.
    plan: Option<Plan>,
}

struct Key {
    /// The key with the quote after it.
    name: Lead,
    /// Which of the columns that are read it is.
    read: Option<usize>,
}

/// Most keys remembered.
const MOST: usize = 256;
/// Places of keys, and the bits that tell them apart.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 8;
/// First letters by which keys are found.
const FIRST: usize = size_of::<u64>();

impl Keys {
    /// Remembers the key of a value that is no object.
    pub(super) fn learn(&mut self, name: &str, column: &Rc<Column>) {
        let written = format!("{name}\"");
        let plain = !name
            .bytes()
            .any(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
        if !plain || self.known.len() == MOST || self.number(written.as_bytes()).is_some() {
            return;
        }
        let read = column.is_read().then_some(self.columns.len());
        if read.is_some() {
            self.columns.push(Rc::clone(column));
        }
        let name = Lead::of(&written);
        self.known.push(Key { name, read });
        self.places.resize(PLACES, 0);
        let mut first = [0; FIRST];
        for (first, byte) in first.iter_mut().zip(written.bytes()) {
            *first = byte;
        }
        if let Some(place) = self.places.get_mut(place(first)) {
            *place = self.known.len() as u16;
        }
    }

    /// Makes the plan anew once keys were learned.
    pub(super) fn settle(&mut self, rules: &RowRules) {
        let read = self.columns.iter().map(|column| column.targets());
        let told_apart = self.columns.len() <= u64::BITS as usize;
        self.plan = Plan::of(read, rules).filter(|_| told_apart);
    }

    /// The number of the key that begins these bytes, with the quote after it, and what follows.
    #[inline]
    fn number<'a>(&self, bytes: &'a [u8]) -> Option<(usize, &'a [u8])> {
        let passed = |at: usize| Some((at, self.known.get(at)?.name.passed(bytes)?));
        // None close to the end of a row.
        let place = bytes
            .first_chunk()
            .and_then(|first| self.places.get(place(*first)));
        let likely = place.and_then(|number| passed(usize::from(*number).wrapping_sub(1)));
        likely.or_else(|| (0..self.known.len()).find_map(passed))
    }

    /// Reads a row of the plainest kind: the values of its `--by` fields; none, and nothing noted, where it is another.
    pub(super) fn read(&mut self, row: &str, asked: &mut Asked<'_>) -> Option<&[String]> {
        self.plan.as_mut()?.forget_group();
        let mut values = Values::default();
        let mut seen = 0_u64;
        let mut rest = after(spaced(row.as_bytes()), b'{')?;
        loop {
            let (at, value) = self.number(after(spaced(rest), b'"')?)?;
            let value = spaced(after(spaced(value), b':')?);
            rest = match self.known.get(at)?.read {
                Some(column) if seen >> column & 1 == 0 => {
                    seen |= 1 << column;
                    let plan = self.plan.as_mut()?;
                    plan.take_json(column, row, value, &mut values)?
                }
                // A key that comes twice is for the scanner to tell of.
                Some(_) => return None,
                None => unread(row, value)?,
            };
            rest = spaced(rest);
            match rest {
                [b',', after @ ..] => rest = after,
                _ => break,
            }
        }
        Scanner::before(row, after(rest, b'}')?).end().ok()?;
        let plan = self.plan.as_mut()?;
        plan.record(&values, asked)?;
        Some(plan.group())
    }
}

/// The place of a key by its first letters, of which those up to the quote after it count.
#[inline]
fn place(first: [u8; FIRST]) -> usize {
    /// The fractional part of the golden ratio: its multiples are spread evenly over the upper bits.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let letters = first_special(first).unwrap_or(FIRST) as u32;
    let others = u64::BITS - u8::BITS * letters;
    let letters = u64::from_le_bytes(first).checked_shl(others).unwrap_or(0);
    (letters.wrapping_mul(SPREAD) >> (u64::BITS - PLACE_BITS)) as usize
}

/// What follows this byte.
#[inline]
fn after(rest: &[u8], byte: u8) -> Option<&[u8]> {
    match rest {
        [first, rest @ ..] if *first == byte => Some(rest),
        _ => None,
    }
}

/// What follows white space.
#[inline]
fn spaced(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', after @ ..] = rest {
        rest = after;
    }
    rest
}
