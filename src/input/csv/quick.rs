//! Records as most are written: fields without quotes, each value in the commonest way.

use super::split::length;
use crate::input::plain::{Asked, Plan, Values};

/// Reads the record in front of some bytes, of which `wanted` says which fields are read; how long it is, with the first byte
/// of its line end. None, and nothing noted, where it is written in another way.
#[inline]
pub(super) fn read(
    bytes: &[u8],
    wanted: &[bool],
    delimiter: u8,
    plan: &mut Plan,
    asked: &mut Asked<'_>,
) -> Option<usize> {
    let mut values = Values::default();
    let (mut rest, mut served) = (bytes, 0);
    let (last, others) = wanted.split_last()?;
    for wanted in others {
        rest = field(rest, wanted.then_some(served), delimiter, plan, &mut values)?;
        served += usize::from(*wanted);
        match rest {
            [byte, after @ ..] if *byte == delimiter => rest = after,
            _ => return None,
        }
    }
    rest = field(rest, last.then_some(served), delimiter, plan, &mut values)?;
    let ([b'\n', ..] | [b'\r', b'\n', ..]) = rest else {
        return None;
    };
    plan.record(&values, asked)?;
    Some(bytes.len() - rest.len() + 1)
}

/// Takes the field in front of some bytes, which has this place among those that are read if it is; what follows.
#[inline(always)]
fn field<'b>(
    rest: &'b [u8],
    served: Option<usize>,
    delimiter: u8,
    plan: &mut Plan,
    values: &mut Values<'_>,
) -> Option<&'b [u8]> {
    if let Some(at) = served
        && !plan.takes_text(at)
    {
        return plan.take_bare(at, rest, values);
    }
    if let [b'"', ..] = rest {
        return None;
    }
    let (mut text, mut after) = rest.split_at_checked(length(rest, delimiter))?;
    if let [within @ .., b'\r'] = text {
        (text, after) = (within, rest.get(within.len()..)?);
    }
    if let Some(at) = served {
        plan.take_text(at, text, values)?;
    }
    Some(after)
}
