//! Which column plays which role: names, aliases, `--map`, and the fields that other flags name.

use std::collections::BTreeMap;

use crate::codes;
use crate::error::Error;

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Identity of the row; repeated ids are samples of one item.
    Id,
    /// Which model answered.
    Model,
    /// Which task the prompt belongs to.
    Task,
    /// Identity of the prompt.
    PromptId,
    /// Which sample of the prompt.
    Sample,
    /// Probability that the answer is correct.
    Confidence,
    /// Whether the answer was correct, or its share of credit.
    Correct,
    /// Whether the model declined.
    Abstained,
    /// Whether it should have declined.
    ShouldAbstain,
    /// Why it should have: epistemic or safety.
    Kind,
    /// A label that says both: correct, incorrect, not attempted, refused.
    Grade,
    /// The answer given.
    Answer,
    /// The whole text of the model; stands in for the answer where no row has one.
    Response,
    /// The answer wanted.
    Target,
    /// Weight of the row.
    Weight,
    /// Cluster of dependent rows.
    Cluster,
}

/// A role with its names.
pub(crate) struct RoleNames {
    pub(crate) role: Role,
    /// Name in flags and reports.
    pub(crate) name: &'static str,
    /// Other names of a column, compared without case and separators.
    aliases: &'static [&'static str],
    /// Names of columns that say the opposite.
    inverses: &'static [&'static str],
}

const fn role(role: Role, name: &'static str, aliases: &'static [&'static str]) -> RoleNames {
    RoleNames {
        role,
        name,
        aliases,
        inverses: &[],
    }
}

/// Every role, in the order of [`Role`].
pub(crate) const ROLES: &[RoleNames] = &[
    role(
        Role::Id,
        "id",
        &[
            "sample_id",
            "question_id",
            "doc_id",
            "instance_id",
            "example_id",
            "uid",
            "qid",
            "unique_id",
            "task_id",
        ],
    ),
    role(
        Role::Model,
        "model",
        &["model_id", "model_name", "checkpoint"],
    ),
    role(
        Role::Task,
        "task",
        &[
            "dataset",
            "dataset_name",
            "benchmark",
            "evaluation_name",
            "subset",
            "scenario_label",
        ],
    ),
    role(Role::PromptId, "prompt_id", &[]),
    role(Role::Sample, "sample", &["epoch"]),
    role(
        Role::Confidence,
        "confidence",
        &[
            "conf",
            "prob",
            "probability",
            "forecast",
            "max_prob",
            "verbalized_confidence",
            "stated_confidence",
            "confidence_level",
            "confidence_levels",
            "predicted_conf",
            "p_correct",
            "probwin",
        ],
    ),
    role(
        Role::Correct,
        "correct",
        &[
            "is_correct",
            "is_response_correct",
            "evals",
            "acc",
            "exact_match",
            "quasi_exact_match",
            "outcome",
            "resolved_to",
            "success",
            "pass",
        ],
    ),
    role(
        Role::Abstained,
        "abstained",
        &[
            "abstain",
            "abstention",
            "is_abstention",
            "refused",
            "refusal",
            "is_refusal",
            "is_rejected",
            "not_attempted",
            "is_not_attempted",
        ],
    ),
    RoleNames {
        role: Role::ShouldAbstain,
        name: "should_abstain",
        aliases: &[
            "abstention_label",
            "should_refuse",
            "unanswerable",
            "is_impossible",
            "is_unsafe",
            "harmful",
        ],
        inverses: &["answerable", "is_answerable"],
    },
    role(Role::Kind, "kind", &[]),
    role(
        Role::Grade,
        "grade",
        &["label", "final_label", "answer_category", "score", "value"],
    ),
    role(
        Role::Answer,
        "answer",
        &["prediction", "pred", "output", "model_answer"],
    ),
    role(Role::Response, "response", &[]),
    role(
        Role::Target,
        "target",
        &["gold", "expected", "reference", "correct_answer"],
    ),
    role(Role::Weight, "weight", &[]),
    role(Role::Cluster, "cluster", &["group_id"]),
];

impl Role {
    /// Its name in flags and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        ROLES[self as usize].name
    }

    /// The role with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROLES
            .iter()
            .find(|names| fold(names.name) == fold(name))
            .map(|names| names.role)
    }

    /// Whether nothing is computed from the role, so that two columns for it do no harm.
    fn is_passive(self) -> bool {
        matches!(
            self,
            Self::Model | Self::Task | Self::Sample | Self::Response
        )
    }
}

/// A name without case and separators: `Is-Correct`, `is_correct` and `isCorrect` are one.
pub(crate) fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The role a column's name says, and whether it says the opposite.
fn role_of(path: &str) -> Option<(Role, bool)> {
    let name = fold(path.rsplit('.').next().unwrap_or(path));
    let is = |other: &&str| fold(other) == name;
    ROLES.iter().find_map(|names| {
        if fold(names.name) == name || names.aliases.iter().any(is) {
            Some((names.role, false))
        } else if names.inverses.iter().any(is) {
            Some((names.role, true))
        } else {
            None
        }
    })
}

/// `--map ROLE=PATH[:v1=x,v2=y]`, parsed; an empty path unmaps the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The role.
    pub role: Role,
    /// The column.
    pub path: String,
    /// What values of the column mean.
    pub values: BTreeMap<String, String>,
}

impl Mapping {
    /// Parses the argument of `--map`.
    ///
    /// # Errors
    /// When the role is not known or the form is not `ROLE=PATH[:value=meaning,…]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (role, rest) = text
            .split_once('=')
            .ok_or("expected ROLE=PATH, for example correct=judge.ok")?;
        let role = Role::named(role).ok_or_else(|| unknown_role(role))?;
        let (path, values) = match rest
            .split_once(':')
            .filter(|(_, values)| values.contains('='))
        {
            Some((path, values)) => (path, parse_values(values)?),
            None => (rest, BTreeMap::new()),
        };
        Ok(Self {
            role,
            path: path.to_owned(),
            values,
        })
    }
}

fn parse_values(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for pair in text.split(',') {
        let (value, meaning) = pair
            .split_once('=')
            .ok_or_else(|| format!("expected VALUE=MEANING, found `{pair}`"))?;
        if values
            .insert(value.to_owned(), meaning.to_owned())
            .is_some()
        {
            return Err(format!("the value `{value}` is given two meanings"));
        }
    }
    Ok(values)
}

fn unknown_role(name: &str) -> String {
    let names: Vec<_> = ROLES.iter().map(|names| names.name).collect();
    let nearest = nearest(name, names.iter().copied())
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    format!(
        "`{name}` is not a role; {nearest}the roles are {}",
        names.join(", ")
    )
}

/// The candidate most like a name, if any is alike.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = fold(name);
    candidates
        .map(|candidate| (strsim::jaro_winkler(&name, &fold(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

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
    /// `--by`.
    pub(crate) by: Vec<String>,
    /// `--where`.
    pub(crate) filters: Vec<(String, String)>,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
}

impl Fields {
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
        if let Some(mapping) = self.mappings.values().find(|mapping| mapping.path == path) {
            return Some((mapping.role, mapping.values.is_empty() && opposite()));
        }
        role_of(path).filter(|(role, _)| !self.mappings.contains_key(role))
    }

    /// Checks the columns that were met against the flags.
    ///
    /// # Errors
    /// A flag that names a field no row has, or two columns for one role.
    pub(crate) fn check(&self, columns: &Columns) -> Result<(), Error> {
        self.check_named(columns)?;
        for names in ROLES {
            let served = columns.serving(names.role);
            if served.len() > 1 && !names.role.is_passive() {
                return Err(ambiguous(names, &served));
            }
        }
        Ok(())
    }

    fn check_named(&self, columns: &Columns) -> Result<(), Error> {
        let mapped = self.mappings.values().map(|mapping| {
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
    // There are at most 255 slots: roles and a handful of flags; more flags than that share the last slot.
    Target {
        slot: u8::try_from(slot).unwrap_or(u8::MAX),
        inverted,
    }
}

fn ambiguous(names: &RoleNames, columns: &[&str]) -> Error {
    let mut error = Error::new(
        &codes::AMBIGUOUS_COLUMNS,
        format!(
            "the columns {} could each be `{}`",
            columns.join(", "),
            names.name
        ),
    );
    for column in columns {
        error = error.help(format!(
            "to use {column}, pass --map {}={column}",
            names.name
        ));
    }
    error
}

/// The columns met in a log. Merges as a set; beyond 4,096 only those that matter are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Path → who reads it.
    pub(crate) paths: BTreeMap<String, Claim>,
}

/// Who reads a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The role it serves.
    pub(crate) role: Option<Role>,
    /// Whether a flag names it.
    pub(crate) named: bool,
}

impl Columns {
    /// Most columns that nobody reads that are remembered, for hints.
    const LIMIT: usize = 4_096;

    pub(crate) fn insert(&mut self, path: &str, claim: Claim) {
        if claim != Claim::default() || self.paths.len() < Self::LIMIT {
            self.paths.insert(path.to_owned(), claim);
        }
    }

    /// Adds the columns of other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { paths } = other;
        for (path, claim) in paths {
            self.insert(&path, claim);
        }
    }

    /// The columns that serve a role.
    pub(crate) fn serving(&self, role: Role) -> Vec<&str> {
        self.paths
            .iter()
            .filter(|(_, claim)| claim.role == Some(role))
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
            .filter(|(_, claim)| claim.role.is_none())
            .map(|(path, _)| path.as_str())
    }

    /// A role that nobody fills, and the unclaimed column one typo away from its name.
    pub(crate) fn near_misses(&self) -> Vec<(&'static str, &str)> {
        ROLES
            .iter()
            .filter(|names| self.serving(names.role).is_empty())
            .filter_map(|names| {
                self.unclaimed()
                    .find(|path| one_typo_away(path, names))
                    .map(|path| (names.name, path))
            })
            .collect()
    }

    fn no_such_field(&self, flag: &str, field: &str) -> Error {
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
        const SHOWN: usize = 20;
        let mut shown: Vec<_> = self.paths.keys().take(SHOWN).map(String::as_str).collect();
        if self.paths.len() > SHOWN {
            shown.push("…");
        }
        shown.join(", ")
    }
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
    fn roles_stand_at_their_own_index() {
        for (index, names) in ROLES.iter().enumerate() {
            assert_eq!(names.role as usize, index, "{}", names.name);
        }
    }

    #[test]
    fn a_name_belongs_to_one_role() {
        let mut names: Vec<_> = ROLES
            .iter()
            .flat_map(|names| {
                std::iter::once(&names.name)
                    .chain(names.aliases)
                    .chain(names.inverses)
            })
            .map(|name| fold(name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_whole_last_segment_counts() {
        assert_eq!(role_of("judge.Is-Correct"), Some((Role::Correct, false)));
        assert_eq!(role_of("isCorrect"), Some((Role::Correct, false)));
        assert_eq!(role_of("answerable"), Some((Role::ShouldAbstain, true)));
        assert_eq!(role_of("label_confidence"), None);
        assert_eq!(role_of("confidence.interval"), None);
    }

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

    #[test]
    fn mappings_are_parsed() {
        let mapping = Mapping::parse("correct=judge_response.correct:yes=1,no=0").unwrap();
        assert_eq!(
            (mapping.role, mapping.path.as_str(), mapping.values.len()),
            (Role::Correct, "judge_response.correct", 2)
        );
        assert_eq!(Mapping::parse("weight=").unwrap().path, "");
        assert!(
            Mapping::parse("confidnce=x")
                .unwrap_err()
                .contains("did you mean `confidence`?")
        );
    }

    #[test]
    fn a_typo_is_seen() {
        let mut columns = Columns::default();
        columns.insert("confidnce", Claim::default());
        columns.insert(
            "correct",
            Claim {
                role: Some(Role::Correct),
                named: false,
            },
        );
        assert_eq!(columns.near_misses(), [("confidence", "confidnce")]);
    }
}
