//! Values by a 64-bit key: an array in the order in which keys came, and an index to find them.

/// Values by key.
#[derive(Clone, Debug)]
pub(super) struct Table<V> {
    /// One more than the position of the key that belongs here, or zero; a power of two of places, half of them empty.
    index: Vec<u32>,
    entries: Vec<(u64, V)>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self {
            index: Vec::new(),
            entries: Vec::new(),
        }
    }
}

/// Places of the first index: so many that few keys are seldom in each other's way.
const FIRST: usize = 64;

impl<V: Default> Table<V> {
    /// The value of a key, a new one if it has none.
    #[inline]
    pub(super) fn entry(&mut self, key: u64) -> &mut V {
        let at = self.position(key);
        &mut self.entries[at].1
    }

    /// Where in the order of the keys a key is, a new one if it was not there.
    #[inline]
    fn position(&mut self, key: u64) -> usize {
        if self.index.len() <= 2 * self.entries.len() {
            self.grow();
        }
        let place = self.place(key);
        if let Some(at) = (self.index[place] as usize).checked_sub(1) {
            return at;
        }
        self.entries.push((key, V::default()));
        self.point(place, self.entries.len());
        self.entries.len() - 1
    }

    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The keys and values in order of the keys.
    pub(super) fn into_sorted(mut self) -> impl Iterator<Item = (u64, V)> {
        self.entries.sort_unstable_by_key(|(key, _)| *key);
        self.entries.into_iter()
    }

    /// The keys and values in the order in which they came.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u64, &V)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }

    /// The keys and values in the order in which they came.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (u64, V)> {
        self.entries.into_iter()
    }

    /// The place of a key in the index, or the empty one where it would be.
    fn place(&self, key: u64) -> usize {
        /// The fractional part of the golden ratio: its multiples are spread evenly over the upper bits.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        // The index has at least two places, so that fewer bits than there are are shifted out.
        let mask = self.index.len() - 1;
        let mixed = (key ^ (key >> 32)).wrapping_mul(SPREAD);
        let mut place = (mixed >> (mask as u64).leading_zeros()) as usize & mask;
        loop {
            match self.index[place] {
                0 => return place,
                at if self.entries[at as usize - 1].0 == key => return place,
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        self.index = vec![0; (4 * self.entries.len()).next_power_of_two().max(FIRST)];
        for at in 0..self.entries.len() {
            let place = self.place(self.entries[at].0);
            self.point(place, at + 1);
        }
    }

    fn point(&mut self, place: usize, at: usize) {
        // A table of four thousand million keys is beyond any memory this runs in.
        self.index[place] = u32::try_from(at).unwrap_or(u32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_value() {
        let mut table: Table<u64> = Table::default();
        for round in 1..=3 {
            // Prefixes of hashes have no lower bits.
            for key in (0..1_000).map(|key: u64| key << 48) {
                *table.entry(key) += key + round;
            }
        }
        assert_eq!(table.len(), 1_000);
        let sums: Vec<_> = table.into_sorted().collect();
        assert!(sums.iter().all(|(key, sum)| *sum == 3 * key + 6));
        assert!(sums.is_sorted());
    }
}
