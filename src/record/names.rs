//! The names of tasks and formats behind their hashes: counts and rows hold the hash, which has one size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Names by their hash. Merges exactly: of too many names, those with the smallest hashes stay.
///
/// ```
/// use calib::record::Names;
/// let mut names = Names::default();
/// let task = names.learn("gsm8k");
/// assert_eq!(names.get(task), Some("gsm8k"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(BTreeMap<u64, String>);

impl Names {
    /// Most names kept.
    pub const LIMIT: usize = 4_096;
    /// Longest name kept, in bytes; of a longer one the beginning stays.
    pub const LONGEST: usize = 256;
    /// Keeps these hashes apart from those of clusters.
    const SEED: u64 = 0x6e61_6d65;

    /// The hash of a name.
    #[must_use]
    pub fn hash(name: &str) -> u64 {
        Self::hash_bytes(name.as_bytes())
    }

    /// [`hash`](Self::hash) of a name by its bytes.
    #[must_use]
    #[inline]
    pub(crate) fn hash_bytes(name: &[u8]) -> u64 {
        xxh3_64_with_seed(name, Self::SEED)
    }

    /// The hash of a name, which is remembered.
    pub fn learn(&mut self, name: &str) -> u64 {
        let hash = Self::hash(name);
        if !self.0.contains_key(&hash) {
            self.insert(hash, kept(name).to_owned());
        }
        hash
    }

    /// The name with this hash, as far as it was kept.
    #[must_use]
    pub fn get(&self, hash: u64) -> Option<&str> {
        self.0.get(&hash).map(String::as_str)
    }

    /// Adds the names of other rows.
    pub fn merge(&mut self, other: Self) {
        let Self(names) = other;
        for (hash, name) in names {
            self.insert(hash, name);
        }
    }

    /// Whether these are names with their hashes, and no more than are kept.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let own = |(hash, name): (&u64, &String)| {
            // The hash of a name that was cut is that of the whole.
            *hash == Self::hash(name) || Self::LONGEST - name.len().min(Self::LONGEST) < 4
        };
        self.0.len() <= Self::LIMIT
            && self.0.values().all(|name| name.len() <= Self::LONGEST)
            && self.0.iter().all(own)
    }

    fn insert(&mut self, hash: u64, name: String) {
        self.0.insert(hash, name);
        if self.0.len() > Self::LIMIT {
            self.0.pop_last();
        }
    }
}

/// As much of a name as is kept.
fn kept(name: &str) -> &str {
    let mut end = name.len().min(Names::LONGEST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters_and_bounded_in_number() {
        let long = "ä".repeat(200);
        let mut names = Names::default();
        let hash = names.learn(&long);
        assert_eq!(names.get(hash), Some("ä".repeat(128).as_str()));
        let (mut forward, mut backward) = (Names::default(), Names::default());
        for at in 0..Names::LIMIT + 50 {
            forward.learn(&at.to_string());
            backward.learn(&(Names::LIMIT + 49 - at).to_string());
        }
        assert_eq!(forward, backward);
        assert!(names.is_sound() && forward.is_sound());
    }

    #[test]
    fn a_name_with_the_hash_of_another_is_not_sound() {
        let names = Names([(Names::hash("a"), "b".to_owned())].into());
        assert!(!names.is_sound());
    }
}
