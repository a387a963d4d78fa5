//! The groups of a block by number.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::GroupKey;

/// Groups in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: Vec<GroupKey>,
    numbers: BTreeMap<GroupKey, u32>,
    /// The group that came last of those with such a hash: rows of few groups need no search.
    recent: Vec<u32>,
}

/// Groups that are found without a search.
const RECENT: usize = 64;
/// More groups than that are not worth keeping for the next block.
const MANY: usize = 1_024;

impl Keys {
    /// The number of a group, a new one if it has none.
    pub(super) fn number(&mut self, key: &[String]) -> u32 {
        if self.recent.is_empty() {
            self.recent = vec![0; RECENT];
        }
        let hash = |seed, part: &String| xxh3_64_with_seed(part.as_bytes(), seed);
        let place = key.iter().fold(0, hash) as usize % RECENT;
        let recent = self.recent.get(place).copied().unwrap_or_default();
        if self
            .keys
            .get(recent as usize)
            .is_some_and(|known| known == key)
        {
            return recent;
        }
        let number = self.search(key);
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = number;
        }
        number
    }

    fn search(&mut self, key: &[String]) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        // There are no more groups than rows of a block.
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.to_vec());
        self.numbers.insert(key.to_vec(), number);
        number
    }

    /// The groups in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &GroupKey> {
        self.keys.iter()
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Forgets the groups where they are many.
    pub(super) fn forget_many(&mut self) {
        if self.keys.len() > MANY {
            *self = Self::default();
        }
    }
}
