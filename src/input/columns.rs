//! The columns met in a log, and who reads them.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::roles::{ROLES, Role, RoleNames, ends_like, fold, nearest};
use crate::codes;
use crate::error::Error;

/// The columns met in a log. Merges as a set; of those that nobody reads, the first 4,096 by name are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Path → who reads it.
    pub(crate) paths: BTreeMap<String, Claim>,
    /// How many of them nobody reads.
    unread: usize,
}

/// Who reads a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The roles it serves.
    pub(crate) roles: Roles,
    /// Whether a flag names it.
    pub(crate) named: bool,
}

impl Claim {
    /// That of a role which a flag gives.
    pub(super) fn of(role: Role) -> Self {
        Self {
            roles: Roles::from_iter([role]),
            named: true,
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles(u64);

impl Roles {
    /// Whether a role is among them.
    pub(crate) fn contains(self, role: Role) -> bool {
        self.0 & Self::from_iter([role]).0 != 0
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(
            roles
                .into_iter()
                .fold(0, |all, role| all | 1 << role as u64),
        )
    }
}

impl Columns {
    /// Most columns that nobody reads that are remembered, for hints: the first ones by name, whatever their order.
    const LIMIT: usize = 4_096;
    /// Longest name of a column that nobody reads.
    const LONGEST: usize = 256;

    pub(crate) fn insert(&mut self, path: &str, claim: Claim) {
        let unread = claim == Claim::default();
        if unread && path.len() > Self::LONGEST {
            return;
        }
        let known = self.paths.insert(path.to_owned(), claim);
        self.unread += usize::from(unread && known.is_none());
        if self.unread > Self::LIMIT {
            let last = self
                .paths
                .iter()
                .rev()
                .find(|(_, claim)| **claim == Claim::default());
            if let Some(path) = last.map(|(path, _)| path.clone()) {
                self.paths.remove(&path);
                self.unread -= 1;
            }
        }
    }

    /// Adds a column that one of many rows has.
    pub(super) fn meet(&mut self, path: &str, claim: Claim) {
        if !self.paths.contains_key(path) {
            self.insert(path, claim);
        }
    }

    /// Those that something reads and that pass.
    pub(super) fn read_for(&self, passes: impl Fn(&str, Claim) -> bool) -> Self {
        let mut read = Self::default();
        for (path, claim) in &self.paths {
            if *claim != Claim::default() && passes(path, *claim) {
                read.insert(path, *claim);
            }
        }
        read
    }

    /// Adds the columns of other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { paths, unread: _ } = other;
        for (path, claim) in paths {
            self.insert(&path, claim);
        }
    }

    /// The columns that serve a role.
    pub(crate) fn serving(&self, role: Role) -> Vec<&str> {
        self.paths
            .iter()
            .filter(|(_, claim)| claim.roles.contains(role))
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// Role → column, for the report; a role that two columns could serve is left out.
    pub(crate) fn mapping(&self) -> BTreeMap<String, String> {
        ROLES
            .iter()
            .filter_map(|names| match self.serving(names.role)[..] {
                [column] => Some((names.name.to_owned(), column.to_owned())),
                _ => None,
            })
            .collect()
    }

    /// The columns that play no role.
    pub(crate) fn unclaimed(&self) -> impl Iterator<Item = &str> {
        self.paths
            .iter()
            .filter(|(_, claim)| claim.roles == Roles::default())
            .map(|(path, _)| path.as_str())
    }

    /// A role that nobody fills, and the unclaimed column one typo away from its name.
    pub(crate) fn near_misses(&self) -> Vec<(&'static str, &str)> {
        let near = |names: &'static RoleNames| {
            let path = self.unclaimed().find(|path| one_typo_away(path, names))?;
            Some((names.name, path))
        };
        self.open_roles().into_iter().filter_map(near).collect()
    }

    /// The roles that no column serves.
    pub(crate) fn open_roles(&self) -> Vec<&'static RoleNames> {
        let served = self
            .paths
            .values()
            .fold(0, |all, claim| all | claim.roles.0);
        let open = ROLES
            .iter()
            .filter(|names| !Roles(served).contains(names.role));
        open.collect()
    }

    /// The error of a flag that names a field no row has.
    pub(super) fn no_such_field(&self, flag: &str, field: &str) -> Error {
        let error = Error::new(
            &codes::NO_SUCH_FIELD,
            format!("{flag} names `{field}`, and no row has it"),
        );
        match nearest(field, self.paths.keys().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
        .help(format!("the fields are {}", self.list()))
    }

    /// The first columns, for messages.
    pub(crate) fn list(&self) -> String {
        listed(self.paths.keys())
    }

    /// The first of those that play no role.
    pub(crate) fn idle(&self) -> String {
        let idle = self.paths.iter();
        listed(
            idle.filter(|(_, claim)| claim.roles == Roles::default())
                .map(|(path, _)| path),
        )
    }
}

/// The first of some columns.
fn listed<'p>(mut paths: impl Iterator<Item = &'p String>) -> String {
    const SHOWN: usize = 20;
    let mut shown: Vec<&str> = paths.by_ref().take(SHOWN).map(String::as_str).collect();
    if paths.next().is_some() {
        shown.push("…");
    }
    shown.join(", ")
}

/// Stands for the column of a value that a flag gives.
pub(super) const NO_COLUMN: u64 = 0;

/// The hash that stands for a column.
pub(crate) fn hash(path: &str) -> u64 {
    xxh3_64(path.as_bytes())
}

/// Which of some roles a column that plays none may be meant for, by a typo in its name or by its last words.
pub(crate) fn meant_for(path: &str, open: &[&RoleNames]) -> Option<Role> {
    let close = open.iter().find(|names| one_typo_away(path, names));
    let close = close.or_else(|| open.iter().find(|names| ends_like(path, names.role)));
    close.map(|names| names.role)
}

fn one_typo_away(path: &str, names: &RoleNames) -> bool {
    let column = fold(path.rsplit('.').next().unwrap_or(path));
    // Short names are one letter from half the dictionary.
    let close = |name: &&str| name.len() >= 5 && strsim::osa_distance(&column, &fold(name)) == 1;
    std::iter::once(&names.name)
        .chain(names.aliases)
        .chain(names.inverses)
        .any(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_seen() {
        let mut columns = Columns::default();
        columns.insert("confidnce", Claim::default());
        columns.insert(
            "correct",
            Claim {
                roles: Roles::from_iter([Role::Correct]),
                named: false,
            },
        );
        assert_eq!(columns.near_misses(), [("confidence", "confidnce")]);
    }
}
