//! Small whole numbers as pages pack them: runs of one number, and runs of bits one after the other. None of what is
//! read here says why it could not be: whoever asks has another reader, which does.

use bytes::Bytes;

/// Bits of the largest number.
const WIDEST: u8 = 32;

/// Numbers of so many bits, up to the one that was read last.
pub(super) struct Hybrid {
    bytes: Bytes,
    width: usize,
    /// Where the next run begins.
    next: usize,
    run: Run,
}

/// What is left of a run.
enum Run {
    /// One number, so many times.
    Same(u32, usize),
    /// From this bit on, so many numbers.
    Packed(usize, usize),
}

impl Hybrid {
    /// Numbers in runs; none of more bits than any has, nor where the first run is none.
    pub(super) fn new(bytes: Bytes, width: u8) -> Option<Self> {
        let mut hybrid = Self {
            bytes,
            width: usize::from(width),
            next: 0,
            run: Run::Same(0, 0),
        };
        let begun = width <= WIDEST && (hybrid.bytes.is_empty() || hybrid.turn().is_some());
        begun.then_some(hybrid)
    }

    /// Bits and nothing else.
    pub(super) fn bits(bytes: Bytes) -> Self {
        Self {
            bytes,
            width: 1,
            next: usize::MAX,
            run: Run::Packed(0, usize::MAX),
        }
    }

    /// Appends the next so many numbers; none where there are fewer.
    pub(super) fn read(&mut self, count: usize, out: &mut Vec<u32>) -> Option<()> {
        let mut missing = count;
        while missing > 0 {
            let taken = missing.min(self.left()?);
            match &mut self.run {
                Run::Same(number, left) => {
                    out.extend(std::iter::repeat_n(*number, taken));
                    *left -= taken;
                }
                Run::Packed(bit, left) => {
                    unpack(&self.bytes, (*bit, self.width), taken, out)?;
                    *bit += taken * self.width;
                    *left -= taken;
                }
            }
            missing -= taken;
        }
        Some(())
    }

    /// Passes so many numbers where one run says that all of them are this one, and else none of them.
    pub(super) fn pass_all(&mut self, number: u32, count: usize) -> bool {
        if self.left().is_none() {
            return false;
        }
        match &mut self.run {
            Run::Same(same, left) if *same == number && *left >= count => {
                *left -= count;
                true
            }
            _ => false,
        }
    }

    /// What is left of the run, of the next one where this has ended.
    fn left(&mut self) -> Option<usize> {
        loop {
            match self.run {
                Run::Same(_, left) | Run::Packed(_, left) if left > 0 => return Some(left),
                _ => self.turn()?,
            }
        }
    }

    /// Turns to the next run.
    fn turn(&mut self) -> Option<()> {
        // Some writers pad pages with zeros.
        let said = self.varint().filter(|said| *said > 0)?;
        let count = usize::try_from(said >> 1).ok()?;
        if said & 1 == 0 {
            let mut number = 0;
            for at in 0..self.width.div_ceil(8) {
                number |= u32::from(*self.bytes.get(self.next + at)?) << (8 * at);
            }
            self.next += self.width.div_ceil(8);
            number
                .checked_shr(self.width as u32)
                .is_none_or(|over| over == 0)
                .then_some(())?;
            self.run = Run::Same(number, count);
        } else {
            // Numbers without bits have no use for them.
            let bytes = count.checked_mul(self.width).filter(|bytes| *bytes > 0)?;
            self.run = Run::Packed(8 * self.next, count.checked_mul(8)?);
            self.next = self.next.checked_add(bytes)?;
        }
        Some(())
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in (0..28).step_by(7) {
            let byte = *self.bytes.get(self.next)?;
            self.next += 1;
            value |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Appends so many numbers from this bit on, of so many bits each.
fn unpack(
    bytes: &[u8],
    (bit, width): (usize, usize),
    count: usize,
    out: &mut Vec<u32>,
) -> Option<()> {
    let end = bit.checked_add(count.checked_mul(width)?)?;
    let bytes = bytes.get(bit / 8..end.div_ceil(8))?;
    let mask = u32::MAX >> (usize::from(WIDEST) - width);
    let number = |at: usize| {
        let from = bytes.get(at / 8..).unwrap_or_default();
        let word = from
            .first_chunk()
            .map_or_else(|| short(from), |word| u64::from_le_bytes(*word));
        (word >> (at % 8)) as u32 & mask
    };
    let first = bit % 8;
    out.extend((0..count).map(|at| number(first + at * width)));
    Some(())
}

/// The last bytes, with nothing after them.
#[cold]
fn short(bytes: &[u8]) -> u64 {
    let place = |(at, byte): (usize, &u8)| u64::from(*byte) << (8 * at);
    bytes.iter().take(8).enumerate().map(place).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], width: u8, counts: &[usize]) -> Option<Vec<u32>> {
        let mut numbers = Vec::new();
        let mut hybrid = Hybrid::new(Bytes::copy_from_slice(bytes), width)?;
        for count in counts {
            hybrid.read(*count, &mut numbers)?;
        }
        Some(numbers)
    }

    #[test]
    fn runs_are_those_of_the_format() {
        // Parquet, Encodings.md: 0 to 7 in three bits each.
        let packed = [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        for counts in [&[8][..], &[3, 5], &[1; 8]] {
            assert_eq!(read(&packed, 3, counts).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        }
        // Three times 258, and 511 once.
        let same = [6, 2, 1, 2, 0xFF, 1];
        assert_eq!(read(&same, 9, &[2, 2]).unwrap(), [258, 258, 258, 511]);
        assert_eq!(read(&[10], 0, &[5]).unwrap(), [0; 5]);
        let wide = [&[3][..], &[0xFF; 32]].concat();
        assert_eq!(read(&wide, 32, &[8]).unwrap(), [u32::MAX; 8]);
    }

    #[test]
    fn what_is_cut_short_is_not_read() {
        let packed = [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(read(&packed[..3], 3, &[5]).unwrap(), [0, 1, 2, 3, 4]);
        for (bytes, width, count) in [
            (&packed[..3], 3, 6),
            (&packed, 3, 9),
            (&[6, 2], 9, 1),
            (&[6, 2, 2], 9, 1),
            (&[0, 2, 1], 1, 1),
            (&[], 1, 1),
            (&[0x80, 0x80, 0x80, 0x80, 1, 1], 1, 1),
            (&[3], 0, 1),
            (&[2, 0, 0, 0, 0, 0], 33, 1),
        ] {
            assert_eq!(read(bytes, width, &[count]), None, "{bytes:?}");
        }
    }

    #[test]
    fn numbers_that_are_all_one_are_passed() {
        let mut levels = Hybrid::new(Bytes::from_static(&[8, 1, 3, 0b101]), 1).unwrap();
        assert!(levels.pass_all(1, 3));
        assert!(!levels.pass_all(0, 1) && !levels.pass_all(1, 2));
        let mut rest = Vec::new();
        levels.read(4, &mut rest).unwrap();
        assert_eq!(rest, [1, 1, 0, 1]);
        let mut bits = Vec::new();
        Hybrid::bits(Bytes::from_static(&[0b10]))
            .read(8, &mut bits)
            .unwrap();
        assert_eq!(bits, [0, 1, 0, 0, 0, 0, 0, 0]);
    }
}
