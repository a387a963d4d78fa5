//! The groups of a block by number.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::GroupKey;

/// Groups in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: Vec<GroupKey>,
    numbers: BTreeMap<GroupKey, usize>,
    /// The group that came last of those with such a hash: rows of few groups need no search.
    recent: Vec<usize>,
}

/// Groups that are found without a search.
const RECENT: usize = 64;

impl Keys {
    /// The number of a group, a new one if it has none.
    pub(super) fn number(&mut self, key: &[String]) -> usize {
        if self.recent.is_empty() {
            self.recent = vec![0; RECENT];
        }
        let hash = |seed, part: &String| xxh3_64_with_seed(part.as_bytes(), seed);
        let place = key.iter().fold(0, hash) as usize % RECENT;
        let recent = self.recent.get(place).copied().unwrap_or_default();
        if self.keys.get(recent).is_some_and(|known| known == key) {
            return recent;
        }
        let number = self.search(key);
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = number;
        }
        number
    }

    fn search(&mut self, key: &[String]) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.keys.len();
        self.keys.push(key.to_vec());
        self.numbers.insert(key.to_vec(), number);
        number
    }

    /// The groups in the order of their numbers.
    pub(super) fn into_keys(self) -> Vec<GroupKey> {
        self.keys
    }
}
