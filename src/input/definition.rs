//! What made the evidence of a log: evidence made differently must not be added up or compared as if it were alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::account::Notes;
use super::roles::Role;
use super::row::RowRules;

/// The choices that shape evidence, as the flags and the preset in force say them. Which columns play the roles is none
/// of them: logs name their columns as they like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Scale the confidences were read on.
    pub scale: String,
    /// What a missing confidence does.
    pub missing_confidence: String,
    /// Steps that confidences were rounded to.
    pub grid: String,
    /// Role → value → what it means.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Role → pattern of `--extract`.
    pub extracts: BTreeMap<String, String>,
    /// Whether confidence is the softmax of the options' log-likelihoods.
    pub softmax: bool,
    /// Roles of `--not`.
    pub opposites: BTreeSet<String>,
    /// `--const`: role → value.
    pub constants: BTreeMap<String, String>,
    /// `--where`: field and value.
    pub filters: BTreeSet<(String, String)>,
    /// What told the clusters apart: `--cluster FIELD`, a role, or nothing.
    pub cluster: Option<String>,
    /// Fields of `--by`.
    pub by: Vec<String>,
    /// `--partial`, where it decides which answers there are: evidence keeps both readings, a model is of one.
    #[serde(skip)]
    pub partial: Option<String>,
}

/// A choice that two definitions made differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The flag, or what it is about.
    pub what: &'static str,
    /// What the first says.
    pub ours: String,
    /// What the second says.
    pub theirs: String,
}

impl RowRules {
    /// What made the evidence of rows read by these rules.
    pub(crate) fn definition(&self, notes: &Notes) -> Definition {
        let fields = &self.fields;
        let mappings = || fields.mappings.values();
        let translated = mappings().filter(|mapping| !mapping.values.is_empty());
        let name = |role: Role| role.name().to_owned();
        Definition {
            scale: self.scale.to_string(),
            missing_confidence: self.missing_confidence.to_string(),
            grid: "exact".to_owned(),
            values: translated
                .map(|mapping| (name(mapping.role), mapping.values.clone()))
                .collect(),
            extracts: mappings()
                .filter_map(|mapping| {
                    let pattern = mapping.pattern.as_ref()?;
                    Some((name(mapping.role), pattern.as_str().to_owned()))
                })
                .collect(),
            softmax: notes.softmaxed > 0,
            opposites: fields.opposites.iter().copied().map(name).collect(),
            constants: fields
                .constants
                .values()
                .map(|constant| (name(constant.role), constant.value.clone()))
                .collect(),
            filters: fields.filters.iter().cloned().collect(),
            cluster: self.cluster(notes),
            by: fields.by.clone(),
            partial: None,
        }
    }

    fn cluster(&self, notes: &Notes) -> Option<String> {
        if let Some(field) = &self.fields.cluster {
            return Some(format!("--cluster {field}"));
        }
        let served = |role: &Role| !notes.columns.serving(*role).is_empty();
        let role = Role::IDENTITIES.into_iter().find(served)?;
        Some(role.name().to_owned())
    }
}

impl Definition {
    /// What two definitions say differently, apart from `--by`, which parts the same evidence in another way.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let Self {
            scale,
            missing_confidence,
            grid,
            values,
            extracts,
            softmax,
            opposites,
            constants,
            filters,
            cluster,
            by: _,
            partial: _,
        } = self;
        let found = [
            difference("--confidence-scale", scale, &other.scale),
            difference(
                "--missing-confidence",
                missing_confidence,
                &other.missing_confidence,
            ),
            difference("the grid of confidences", grid, &other.grid),
            difference("the values of --map", values, &other.values),
            difference("--extract", extracts, &other.extracts),
            difference("whether confidence is a softmax", softmax, &other.softmax),
            difference("--not", opposites, &other.opposites),
            difference("--const", constants, &other.constants),
            difference("--where", filters, &other.filters),
            difference("what tells clusters apart", cluster, &other.cluster),
        ];
        found.into_iter().flatten().collect()
    }

    /// What two definitions say differently of how a confidence is made, whatever they say of its answer.
    #[must_use]
    pub fn differences_in_confidence(&self, other: &Self) -> Vec<Difference> {
        let name = Role::Confidence.name();
        let values = |all: &BTreeMap<String, BTreeMap<String, String>>| {
            all.get(name).cloned().unwrap_or_default()
        };
        let one = |all: &BTreeMap<String, String>| all.get(name).cloned();
        let found = [
            difference("--confidence-scale", &self.scale, &other.scale),
            difference("the grid of confidences", &self.grid, &other.grid),
            difference(
                "the values of --map",
                &values(&self.values),
                &values(&other.values),
            ),
            difference("--extract", &one(&self.extracts), &one(&other.extracts)),
            difference(
                "whether confidence is a softmax",
                &self.softmax,
                &other.softmax,
            ),
            difference(
                "--not confidence",
                &self.opposites.contains(name),
                &other.opposites.contains(name),
            ),
            difference("--const", &one(&self.constants), &one(&other.constants)),
            self.difference_in_partial(other),
        ];
        found.into_iter().flatten().collect()
    }

    /// The difference in `--partial`, where both say it: a model of an older calib does not.
    fn difference_in_partial(&self, other: &Self) -> Option<Difference> {
        let (ours, theirs) = self.partial.as_ref().zip(other.partial.as_ref())?;
        difference("--partial", ours, theirs)
    }

    /// [`Self::differences`] in what the rows mean: all but `--where`, which says which rows there are.
    #[must_use]
    pub fn differences_in_meaning(&self, other: &Self) -> Vec<Difference> {
        let of_other = Self {
            filters: self.filters.clone(),
            ..other.clone()
        };
        self.differences(&of_other)
    }

    /// The difference in `--where`, if there is one.
    #[must_use]
    pub fn difference_in_filters(&self, other: &Self) -> Option<Difference> {
        difference("--where", &self.filters, &other.filters)
    }

    /// The difference in `--by`, if there is one.
    #[must_use]
    pub fn difference_in_groups(&self, other: &Self) -> Option<Difference> {
        difference("--by", &self.by, &other.by)
    }
}

fn difference<T: PartialEq + Shown>(
    what: &'static str,
    ours: &T,
    theirs: &T,
) -> Option<Difference> {
    (ours != theirs).then(|| Difference {
        what,
        ours: ours.shown(),
        theirs: theirs.shown(),
    })
}

/// A choice in words.
trait Shown {
    fn shown(&self) -> String;
}

/// The items, or that there are none.
fn listed(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    match items.as_slice() {
        [] => "none".to_owned(),
        items => items.join(", "),
    }
}

impl Shown for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Shown for bool {
    fn shown(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

impl Shown for Option<String> {
    fn shown(&self) -> String {
        listed(self.clone())
    }
}

impl Shown for Vec<String> {
    fn shown(&self) -> String {
        listed(self.clone())
    }
}

impl Shown for BTreeSet<String> {
    fn shown(&self) -> String {
        listed(self.clone())
    }
}

impl Shown for BTreeSet<(String, String)> {
    fn shown(&self) -> String {
        listed(self.iter().map(|(field, value)| format!("{field}={value}")))
    }
}

impl Shown for BTreeMap<String, String> {
    fn shown(&self) -> String {
        listed(self.iter().map(|(role, value)| format!("{role}={value}")))
    }
}

impl Shown for BTreeMap<String, BTreeMap<String, String>> {
    fn shown(&self) -> String {
        listed(
            self.iter()
                .map(|(role, values)| format!("{role}:{}", values.shown())),
        )
    }
}
