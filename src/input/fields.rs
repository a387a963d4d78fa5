//! Which column plays which role: names, aliases, `--map`, and the fields that other flags name.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Notes;
use super::columns::{Claim, Columns};
use super::constant::Constant;
use super::join::Join;
use super::mapping::Mapping;
use super::pairs::{Pairs, Side};
use super::roles::{ROLES, Role, RoleNames, map_flag, role_of};
use crate::codes::{self, Code};
use crate::error::Error;

/// Where a column's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) slot: u8,
    /// The column says the opposite of its role.
    pub(crate) inverted: bool,
    /// The value is still to be taken out of this one.
    pub(crate) derived: bool,
}

/// Who reads a column.
pub(super) struct Readers {
    pub(super) targets: Vec<Target>,
    pub(super) claim: Claim,
    /// Its side of a pair.
    pub(super) side: Option<Side>,
}

/// What the flags say about columns, and the rule that follows for any column met.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// `--map`, `--extract` and `--softmax`.
    pub(crate) mappings: BTreeMap<Role, Mapping>,
    /// Roles that the flags of a preset are about: their columns may be absent.
    pub(crate) assumed: BTreeSet<Role>,
    /// `--by`.
    pub(crate) by: Vec<String>,
    /// `--where`.
    pub(crate) filters: Vec<(String, String)>,
    /// How many of them, the last, are those of a preset.
    pub(crate) presumed: usize,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
    /// `--not`.
    pub(crate) opposites: BTreeSet<Role>,
    /// `--const`.
    pub(crate) constants: BTreeMap<Role, Constant>,
    /// `--pairs`.
    pub(crate) pairs: Option<Pairs>,
    /// `--join`.
    pub(crate) join: Option<Join>,
    /// The slots of flags that name a role instead of a column.
    pub(crate) followers: Vec<(Role, usize)>,
    /// Whether rows hold more than their columns say as they stand.
    pub(crate) extended: bool,
}

impl Fields {
    /// Every column by its name, and these as fields of `--by`.
    #[must_use]
    pub fn by(fields: &[&str]) -> Self {
        let by = fields.iter().map(|field| (*field).to_owned()).collect();
        let fields = Self {
            by,
            ..Self::default()
        };
        fields.ready()
    }

    /// Whether only a preset maps the role, whose column need not be there.
    pub(crate) fn may_be_absent(&self, role: Role) -> bool {
        self.assumed.contains(&role)
    }

    /// What the user's own flags say of a role, rather than a preset.
    pub(crate) fn asked(&self, role: Role) -> Option<&Mapping> {
        let mapping = self.mappings.get(&role);
        mapping.filter(|_| !self.assumed.contains(&role))
    }

    /// Most slots that a column's targets can name.
    pub(crate) const SLOTS: usize = 255;

    /// The same fields, made ready: what follows from the flags is found once.
    #[must_use]
    pub(crate) fn ready(mut self) -> Self {
        let named = self.named().map(|(_, field)| Role::named(field));
        let slots = named.zip(ROLES.len()..);
        self.followers = slots
            .filter_map(|(role, slot)| Some((role?, slot)))
            .collect();
        self.extended = self.pairs.is_some()
            || self.join.is_some()
            || !self.constants.is_empty()
            || self.mappings.values().any(Mapping::is_derived);
        self
    }

    /// Slots: one for each role, then the fields of `--by`, of `--where`, `--cluster`, and `--join`.
    pub(crate) fn slots(&self) -> usize {
        ROLES.len() + self.named().count()
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
        let key = self.join.iter().filter_map(Join::field);
        by.chain(filters)
            .chain(cluster)
            .chain(key.map(|field| ("--join", field)))
    }

    pub(crate) fn by_slots(&self) -> std::ops::Range<usize> {
        ROLES.len()..ROLES.len() + self.by.len()
    }

    /// The slots of the filters, with the values they ask for, and why a row with another is left out.
    pub(crate) fn filter_slots(&self) -> impl Iterator<Item = (usize, &str, &'static Code)> {
        let own = self.filters.len().saturating_sub(self.presumed);
        let filters = (self.by_slots().end..).zip(&self.filters).enumerate();
        filters.map(move |(at, (slot, (_, value)))| {
            let code = match at < own {
                true => &codes::FILTERED,
                false => &codes::NO_ANSWER,
            };
            (slot, value.as_str(), code)
        })
    }

    pub(crate) fn cluster_slot(&self) -> Option<usize> {
        let before = self.by_slots().end + self.filters.len();
        self.cluster.as_ref().map(|_| before)
    }

    /// The slot of the value that `--join` looks up.
    pub(super) fn key_slot(&self) -> usize {
        match self.join.as_ref().and_then(Join::field) {
            Some(_) => self.slots() - 1,
            None => Role::Id as usize,
        }
    }

    /// Who reads this column: the flags that name it, the roles it plays, and pairs.
    pub(super) fn readers(&self, path: &str) -> Readers {
        let side = self.pairs.as_ref().and_then(|pairs| pairs.side(path));
        let derived: Vec<_> = self.derived_from(path).collect();
        let played = self.played(path, side.as_ref(), !derived.is_empty());
        let is_played = |field| {
            played
                .iter()
                .any(|(role, _)| Role::named(field) == Some(*role))
        };
        let named = self.named().enumerate().filter(|(_, (_, field))| {
            is_played(field) || (*field == path && !self.is_mapped(field))
        });
        let mut targets: Vec<_> = named
            .map(|(index, _)| target(ROLES.len() + index, false, false))
            .collect();
        // A column inside which a path goes on is met as such; the path is, once a row follows it to its end.
        let own = derived.iter().filter(|mapping| mapping.steps().is_empty());
        let claim = Claim {
            roles: played
                .iter()
                .map(|(role, _)| *role)
                .chain(own.map(|mapping| mapping.role))
                .collect(),
            named: !targets.is_empty() || !derived.is_empty() || side.is_some(),
        };
        let slots = derived
            .iter()
            .map(|mapping| target(mapping.role as usize, false, true));
        targets.extend(slots);
        let slots = played
            .iter()
            .map(|(role, inverted)| target(*role as usize, *inverted, false));
        targets.extend(slots);
        Readers {
            targets,
            claim,
            side,
        }
    }

    /// Whether a field names a role whose column the flags name: then that is meant, not one that happens to have the name.
    fn is_mapped(&self, field: &str) -> bool {
        let mapping = Role::named(field).and_then(|role| self.mappings.get(&role));
        mapping.is_some_and(|mapping| !mapping.is_derived())
    }

    /// The mappings that take their value out of this column.
    fn derived_from(&self, path: &str) -> impl Iterator<Item = &Mapping> {
        self.mappings.values().filter(move |mapping| {
            mapping.is_derived() && mapping.way.column == path && !Self::is_plain(mapping, path)
        })
    }

    /// Whether a mapping means the column with exactly this name.
    fn is_plain(mapping: &Mapping, path: &str) -> bool {
        mapping.path == path && !path.is_empty() && mapping.pattern.is_none()
    }

    /// The roles of a column as it is: by `--map`, else by its name unless flags took the column or the role.
    fn played(&self, path: &str, side: Option<&Side>, taken: bool) -> Vec<(Role, bool)> {
        let opposite = || role_of(path).is_some_and(|(_, inverted)| inverted);
        let mapped = self
            .mappings
            .values()
            .filter(|mapping| Self::is_plain(mapping, path));
        let mapped: Vec<_> = mapped
            .map(|mapping| (mapping.role, mapping.values.is_empty() && opposite()))
            .collect();
        // Every column matches an open pattern: that alone does not make it one of a pair.
        let open = self.pairs.as_ref().is_some_and(Pairs::is_open);
        let paired = side.is_some_and(|side| side.role == Role::Correct || !open);
        if !mapped.is_empty() || taken || paired {
            return mapped;
        }
        let named = role_of(path).filter(|(role, _)| !self.mappings.contains_key(role));
        named.into_iter().collect()
    }

    /// Checks the columns that were met against the flags; roles that nothing was computed from are `idle`.
    ///
    /// # Errors
    /// A flag that names a field no row has, or two columns for one role.
    pub(crate) fn check(&self, notes: &Notes, idle: &[Role]) -> Result<(), Error> {
        let columns = &notes.columns;
        self.check_named(columns)?;
        self.check_given(columns)?;
        if let Some(pairs) = &self.pairs {
            pairs.check(&notes.pairs)?;
        }
        if let Some((join, column)) = self.join.as_ref().zip(notes.clashes.first()) {
            return Err(join.clash(column));
        }
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

    /// Whether a column says the opposite of a role that it plays, by its name or by `--not`.
    pub(crate) fn is_inverted(&self, role: Role, column: &str) -> bool {
        let mut targets = self.readers(column).targets.into_iter();
        let by_name =
            targets.any(|target| usize::from(target.slot) == role as usize && target.inverted);
        by_name || self.opposites.contains(&role)
    }

    /// The roles that flags fill in every row, with these flags.
    pub(crate) fn given(&self) -> impl Iterator<Item = (Role, &'static str)> {
        let as_role = self.pairs.iter().filter_map(|pairs| pairs.role);
        self.constants
            .keys()
            .map(|role| (*role, "--const"))
            .chain(as_role.map(|role| (role, "--as")))
    }

    /// Checks that no column serves what a flag says, and that one serves what a flag turns round.
    fn check_given(&self, columns: &Columns) -> Result<(), Error> {
        for (role, flag) in self.given() {
            if let Some(column) = columns.serving(role).first() {
                let name = role.name();
                let detail =
                    format!("{flag} says {name} for every row, and the column {column} serves it");
                return Err(Error::new(&codes::AMBIGUOUS_COLUMNS, detail)
                    .help(format!("to leave the column out, pass --map {name}=")));
            }
        }
        let by_id = self
            .join
            .as_ref()
            .is_some_and(|join| join.field().is_none());
        if by_id && columns.serving(Role::Id).is_empty() {
            let detail = "--join finds rows by their id, and no column of the log serves it";
            let help = "name the field of both files that holds the key: --join 'FILE on FIELD'";
            return Err(Error::new(&codes::NO_SUCH_FIELD, detail).help(help));
        }
        let idle = |role: &&Role| {
            let served = !columns.serving(**role).is_empty() || self.pairs.is_some();
            !served && !self.assumed.contains(*role)
        };
        match self.opposites.iter().find(idle) {
            Some(role) => {
                let detail = format!("--not names {}, and no column serves it", role.name());
                let help = format!("map the column: --map {}=PATH", role.name());
                Err(Error::new(&codes::NO_SUCH_FIELD, detail).help(help))
            }
            None => Ok(()),
        }
    }

    fn check_named(&self, columns: &Columns) -> Result<(), Error> {
        let own = |mapping: &&Mapping| !self.assumed.contains(&mapping.role);
        let mapped = self.mappings.values().filter(own);
        let mapped = mapped.map(|mapping| (mapping.flag, mapping.path.as_str()));
        let presumed = self.filters.iter().rev().take(self.presumed);
        let presumed: BTreeSet<_> = presumed.map(|(field, _)| field.as_str()).collect();
        let named = self
            .named()
            .filter(|(flag, field)| *flag != "--where" || !presumed.contains(field));
        for (flag, field) in named.chain(mapped) {
            let by_role = Role::named(field).is_some_and(|role| {
                !columns.serving(role).is_empty() || self.given().any(|(given, _)| given == role)
            });
            if !field.is_empty() && !columns.paths.contains_key(field) && !by_role {
                return Err(columns.no_such_field(flag, field));
            }
        }
        Ok(())
    }
}

fn target(slot: usize, inverted: bool, derived: bool) -> Target {
    // `Fields::SLOTS` is checked before any row is read.
    Target {
        slot: u8::try_from(slot).unwrap_or(u8::MAX),
        inverted,
        derived,
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
        let played = |path| fields.played(path, None, false);
        assert_eq!(played("final_label"), [(Role::Abstained, false)]);
        assert_eq!(played("refused"), [], "the role is taken");
    }
}
