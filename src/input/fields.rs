//! Which column plays which role: names, aliases, `--map`, and the fields that other flags name.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Claim, Columns};
use super::mapping::Mapping;
use super::roles::{ROLES, Role, RoleNames, map_flag, role_of};
use crate::codes;
use crate::error::Error;

/// Where a column's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) slot: u8,
    /// The column says the opposite of its role.
    pub(crate) inverted: bool,
}

/// What the flags say about columns, and the rule that follows for any column met.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// `--map`, the later one winning.
    pub(crate) mappings: BTreeMap<Role, Mapping>,
    /// Roles that a preset maps: its columns may be absent.
    pub(crate) assumed: BTreeSet<Role>,
    /// `--by`.
    pub(crate) by: Vec<String>,
    /// `--where`.
    pub(crate) filters: Vec<(String, String)>,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
}

impl Fields {
    /// Most slots that a column's targets can name.
    pub(crate) const SLOTS: usize = 255;

    /// Slots: one for each role, then the fields of `--by`, of `--where`, and `--cluster`.
    pub(crate) fn slots(&self) -> usize {
        ROLES.len() + self.by.len() + self.filters.len() + usize::from(self.cluster.is_some())
    }

    /// The flag and field that claim each slot beyond the roles.
    fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let by = self.by.iter().map(|field| ("--by", field.as_str()));
        let filters = self
            .filters
            .iter()
            .map(|(field, _)| ("--where", field.as_str()));
        let cluster = self
            .cluster
            .iter()
            .map(|field| ("--cluster", field.as_str()));
        by.chain(filters).chain(cluster)
    }

    pub(crate) fn by_slots(&self) -> std::ops::Range<usize> {
        ROLES.len()..ROLES.len() + self.by.len()
    }

    /// The slots of the filters, with the values they ask for.
    pub(crate) fn filter_slots(&self) -> impl Iterator<Item = (usize, &str)> {
        (self.by_slots().end..).zip(self.filters.iter().map(|(_, value)| value.as_str()))
    }

    pub(crate) fn cluster_slot(&self) -> Option<usize> {
        self.cluster.as_ref().map(|_| self.slots() - 1)
    }

    /// Where the values of this column go, to the flags that name it and to the role it plays, and who that is.
    pub(crate) fn targets(&self, path: &str) -> (Vec<Target>, Claim) {
        let role = self.role(path);
        let named = self.named().enumerate().filter(|(_, (_, field))| {
            *field == path || role.is_some_and(|(role, _)| Role::named(field) == Some(role))
        });
        let mut targets: Vec<_> = named
            .map(|(index, _)| target(ROLES.len() + index, false))
            .collect();
        let claim = Claim {
            role: role.map(|(role, _)| role),
            named: !targets.is_empty(),
        };
        targets.extend(role.map(|(role, inverted)| target(role as usize, inverted)));
        (targets, claim)
    }

    /// The role of a column: by `--map`, else by its name unless flags took the column or the role.
    fn role(&self, path: &str) -> Option<(Role, bool)> {
        let opposite = || role_of(path).is_some_and(|(_, inverted)| inverted);
        if let Some(mapping) = self
            .mappings
            .values()
            .find(|mapping| mapping.path == path && !path.is_empty())
        {
            return Some((mapping.role, mapping.values.is_empty() && opposite()));
        }
        role_of(path).filter(|(role, _)| !self.mappings.contains_key(role))
    }

    /// Checks the columns that were met against the flags; roles that nothing was computed from are `idle`.
    ///
    /// # Errors
    /// A flag that names a field no row has, or two columns for one role.
    pub(crate) fn check(&self, columns: &Columns, idle: &[Role]) -> Result<(), Error> {
        self.check_named(columns)?;
        let mut error: Option<Error> = None;
        // A role that is only described matters once a flag names it.
        let named = |role| {
            self.named()
                .any(|(_, field)| Role::named(field) == Some(role))
        };
        let matters = |role: Role| (!role.is_passive() && !idle.contains(&role)) || named(role);
        for names in ROLES.iter().filter(|names| matters(names.role)) {
            let served = columns.serving(names.role);
            if served.len() > 1 {
                error = Some(ambiguous(error, names, &served));
            }
        }
        error.map_or(Ok(()), Err)
    }

    fn check_named(&self, columns: &Columns) -> Result<(), Error> {
        let own = |mapping: &&Mapping| !self.assumed.contains(&mapping.role);
        let mapped = self.mappings.values().filter(own).map(|mapping| {
            let flag = match mapping.role {
                Role::Id => "--id",
                _ => "--map",
            };
            (flag, mapping.path.as_str())
        });
        for (flag, field) in self.named().chain(mapped) {
            let by_role = Role::named(field).is_some_and(|role| !columns.serving(role).is_empty());
            if !field.is_empty() && !columns.paths.contains_key(field) && !by_role {
                return Err(columns.no_such_field(flag, field));
            }
        }
        Ok(())
    }
}

fn target(slot: usize, inverted: bool) -> Target {
    // `Fields::SLOTS` is checked before any row is read.
    Target {
        slot: u8::try_from(slot).unwrap_or(u8::MAX),
        inverted,
    }
}

/// Adds a role that several columns could serve to what is wrong already.
fn ambiguous(error: Option<Error>, names: &RoleNames, columns: &[&str]) -> Error {
    let detail = format!(
        "the columns {} could each be `{}`",
        columns.join(", "),
        names.name
    );
    let mut error = match error {
        None => Error::new(&codes::AMBIGUOUS_COLUMNS, detail),
        Some(mut error) => {
            error.detail = format!("{}; {detail}", error.detail);
            error
        }
    };
    for column in columns {
        error = error.help(format!(
            "to use {column}, pass {}",
            map_flag(names.role, column)
        ));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_column_serves_no_other_role() {
        let mapping =
            Mapping::parse("abstained=final_label:2_full_refusal=true,1_full_compliance=false")
                .unwrap();
        let fields = Fields {
            mappings: [(Role::Abstained, mapping)].into(),
            ..Fields::default()
        };
        assert_eq!(fields.role("final_label"), Some((Role::Abstained, false)));
        assert_eq!(fields.role("refused"), None, "the role is taken");
    }
}
