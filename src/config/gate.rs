//! `[gate]` and its rules, as the file says them: what it is silent about is `None`, and the gate's own default.

use std::collections::BTreeMap;
use std::fmt;

use super::section::{Entry, Section};
use crate::codes;
use crate::error::{Error, Place};
use crate::record::Kind;

/// `[gate]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Where the section begins.
    pub place: Place,
    /// The log or state that is compared with; a relative path begins in the folder of the file, and is resolved.
    pub baseline: Option<String>,
    /// Where the baseline is named.
    pub baseline_place: Option<Place>,
    /// Chance of a false failure, over all rules; above 0 and below 1.
    pub alpha: Option<f64>,
    /// How `alpha` is shared out among the rules.
    pub correction: Option<Correction>,
    /// What a rule that cannot be decided does.
    pub on_inconclusive: Option<OnInconclusive>,
    /// Least rows behind the figure of a rule that says nothing of its own.
    pub min_rows: Option<u64>,
    /// `[[gate.rule]]`, in the order of the file.
    pub rules: Vec<Rule>,
}

/// `correction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Holm's step-down method: no false failure at all, with a chance of 1 − `alpha`.
    Holm,
    /// Benjamini and Hochberg's: at most a share `alpha` of the failures is false.
    BenjaminiHochberg,
    /// Every rule at `alpha` by itself.
    None,
}

/// `on_inconclusive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInconclusive {
    /// Says so, and ends in 0.
    Warn,
    /// Ends in 4.
    Fail,
    /// Counts as passed.
    Pass,
}

/// `level` of a rule: what its failure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// The gate fails.
    #[default]
    Error,
    /// It is said, and the gate does not fail for it.
    Warn,
}

/// Which side of a limit is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The figure may be no more.
    Max,
    /// The figure may be no less.
    Min,
    /// The figure may be worse than the baseline's by no more.
    MaxIncrease,
}

/// A number and what it bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Which side of it is wrong.
    pub bound: Bound,
    /// The number, finite.
    pub value: f64,
}

/// `[[gate.rule]]`, or the rule of a flag. Displayed as the flag has it: `safety.over_abstain.max=0.1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Where it begins in the file, for annotations; none for the rule of a flag.
    pub place: Option<Place>,
    /// Where it names its metric, for errors, with the line that does.
    pub named: Option<(Place, String)>,
    /// The kind of prompt it is about: `safety.over_abstain`; none for all rows.
    pub kind: Option<Kind>,
    /// The id of the metric. Whether there is one by this name is for the gate to say: see [`Rule::error`].
    pub metric: String,
    /// Its limit.
    pub limit: Limit,
    /// Whether it must be shown to hold, not merely not refuted.
    pub prove: bool,
    /// Least rows behind the figure; else those of the gate.
    pub min_rows: Option<u64>,
    /// What its failure is.
    pub severity: Severity,
    /// Only the groups of exactly these fields of `--by`; an empty list means all rows together, and no group.
    pub by: Option<Vec<String>>,
    /// Only the groups that have these values: field → value. Empty means no such restriction.
    pub group: BTreeMap<String, String>,
}

impl Rule {
    /// An error about the rule: at its place in the file, or about the flag.
    pub fn error(&self, detail: impl Into<String>) -> Error {
        let Some((place, line)) = &self.named else {
            return Error::new(&codes::BAD_FLAG, detail);
        };
        let mut error = Error::new(&codes::BAD_SETTING, detail).at(place.clone());
        error.excerpt = Some(line.clone());
        error
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{}.", kind_name(kind))?;
        }
        write!(
            f,
            "{}.{}={}",
            self.metric, self.limit.bound, self.limit.value
        )
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = BOUNDS
            .iter()
            .find(|(_, bound)| bound == self)
            .unwrap_or(&("", Self::Max));
        f.write_str(name)
    }
}

/// Keys of `[gate]`.
pub(super) const GATE: &[&str] = &[
    "baseline",
    "alpha",
    "correction",
    "on_inconclusive",
    "min_rows",
    "rule",
];
/// Keys of `[[gate.rule]]`.
pub(super) const RULE: &[&str] = &[
    "metric",
    "max",
    "min",
    "max_increase",
    "prove",
    "min_rows",
    "level",
    "by",
    "group",
];
/// Keys of limits.
pub(super) const BOUNDS: [(&str, Bound); 3] = [
    ("max", Bound::Max),
    ("min", Bound::Min),
    ("max_increase", Bound::MaxIncrease),
];
/// Words of `correction`.
pub(super) const CORRECTIONS: [(&str, Correction); 3] = [
    ("holm", Correction::Holm),
    ("bh", Correction::BenjaminiHochberg),
    ("none", Correction::None),
];
/// Words of `on_inconclusive`.
pub(super) const ON_INCONCLUSIVE: [(&str, OnInconclusive); 3] = [
    ("warn", OnInconclusive::Warn),
    ("fail", OnInconclusive::Fail),
    ("pass", OnInconclusive::Pass),
];
/// Words of `level`.
pub(super) const SEVERITIES: [(&str, Severity); 2] =
    [("error", Severity::Error), ("warn", Severity::Warn)];
/// Kinds of prompt that a rule may be about.
pub(super) const KINDS: [(&str, Kind); 2] =
    [("epistemic", Kind::Epistemic), ("safety", Kind::Safety)];

fn kind_name(kind: Kind) -> &'static str {
    let named = KINDS.iter().find(|(_, named)| *named == kind);
    named.map_or("unknown", |(name, _)| name)
}

pub(super) fn gate(section: &Section<'_>) -> Result<Gate, Error> {
    section.refuse_unknown(GATE, |key| {
        RULE.contains(&key).then(|| "[[gate.rule]]".to_owned())
    })?;
    let baseline = section.get("baseline");
    let path = |entry: &Entry<'_>| Ok(entry.document.resolve(entry.text()?));
    Ok(Gate {
        place: section.place(),
        baseline_place: baseline.as_ref().map(Entry::place),
        baseline: baseline.as_ref().map(path).transpose()?,
        alpha: section
            .get("alpha")
            .map(|entry| alpha(&entry))
            .transpose()?,
        correction: section
            .get("correction")
            .map(|entry| entry.word(&CORRECTIONS))
            .transpose()?,
        on_inconclusive: section
            .get("on_inconclusive")
            .map(|entry| entry.word(&ON_INCONCLUSIVE))
            .transpose()?,
        min_rows: min_rows(section)?,
        rules: rules(section)?,
    })
}

fn min_rows(section: &Section<'_>) -> Result<Option<u64>, Error> {
    let entry = section.get("min_rows");
    entry.map(|entry| entry.count()).transpose()
}

/// Chances of a false failure that can be asked for: with more than half a figure would fail that is within its limit,
/// and to less than a millionth no interval is known.
pub const ALPHAS: std::ops::RangeInclusive<f64> = 1e-6..=0.5;

fn alpha(entry: &Entry<'_>) -> Result<f64, Error> {
    let alpha = entry.number()?;
    if ALPHAS.contains(&alpha) {
        return Ok(alpha);
    }
    let (least, most) = (ALPHAS.start(), ALPHAS.end());
    let hint = share_of_percent(&alpha.to_string()).unwrap_or_default();
    Err(entry.unfit(&format!(
        "is {alpha}, expected a number from {least} to {most}{hint}"
    )))
}

/// What is said to someone who gives a share in percent: `5`, `95` or `5%`.
#[must_use]
pub fn share_of_percent(text: &str) -> Option<String> {
    let digits = text.strip_suffix('%').unwrap_or(text).trim_end();
    let percent: f64 = digits.parse().ok()?;
    let meant = digits != text || percent >= 1.0;
    let whole = 0.0 < percent && percent < 100.0;
    (meant && whole).then(|| format!("; for {percent} %, write {}", percent / 100.0))
}

fn rules(section: &Section<'_>) -> Result<Vec<Rule>, Error> {
    let entries = section.get("rule").map(|entry| entry.elements());
    let entries = entries.unwrap_or_default();
    let sections = entries
        .iter()
        .map(|entry| entry.section_named("[[gate.rule]]".to_owned()));
    sections.map(|section| rule(&section?)).collect()
}

fn rule(section: &Section<'_>) -> Result<Rule, Error> {
    section.refuse_unknown(RULE, |key| {
        let known = GATE.contains(&key) && !RULE.contains(&key);
        known.then(|| "[gate]".to_owned())
    })?;
    let metric = section
        .get("metric")
        .ok_or_else(|| section.missing("metric"))?;
    let (kind, name) = kind_and_metric(&metric)?;
    let by = section.get("by").map(|entry| texts(&entry)).transpose()?;
    let prove = section
        .get("prove")
        .map(|entry| entry.truth())
        .transpose()?;
    let severity = section.get("level");
    let severity = severity.map(|entry| entry.word(&SEVERITIES)).transpose()?;
    Ok(Rule {
        place: Some(section.place()),
        named: Some((
            metric.place(),
            section.document.line(&metric.span).trim().to_owned(),
        )),
        kind,
        metric: name,
        limit: limit(section, &metric)?,
        prove: prove.unwrap_or(false),
        min_rows: min_rows(section)?,
        severity: severity.unwrap_or_default(),
        by,
        group: group(section)?,
    })
}

/// `safety.over_abstain` taken apart.
fn kind_and_metric(entry: &Entry<'_>) -> Result<(Option<Kind>, String), Error> {
    let text = entry.text()?;
    let Some((kind, metric)) = text.split_once('.') else {
        return Ok((None, text.to_owned()));
    };
    match KINDS.iter().find(|(name, _)| *name == kind) {
        Some((_, kind)) => Ok((Some(*kind), metric.to_owned())),
        None => Err(entry
            .unfit(&format!("begins with `{kind}`, which is no kind of prompt"))
            .help("the kinds are epistemic and safety, as in safety.over_abstain")),
    }
}

fn limit(section: &Section<'_>, metric: &Entry<'_>) -> Result<Limit, Error> {
    let given = BOUNDS.map(|(key, bound)| section.get(key).map(|entry| (entry, bound)));
    let given: Vec<_> = given.into_iter().flatten().collect();
    match given.as_slice() {
        [(entry, bound)] => Ok(Limit {
            bound: *bound,
            value: entry.number()?,
        }),
        [] => Err(metric
            .unfit("has no limit in this rule")
            .help("add one of max, min and max_increase")),
        [_, (entry, _), ..] => Err(entry
            .unfit("is the second limit of this rule")
            .help("write a [[gate.rule]] for each limit")),
    }
}

fn texts(entry: &Entry<'_>) -> Result<Vec<String>, Error> {
    let elements = entry.elements();
    let texts = elements.iter().map(|entry| Ok(entry.text()?.to_owned()));
    texts.collect()
}

fn group(section: &Section<'_>) -> Result<BTreeMap<String, String>, Error> {
    let Some(group) = section.section("group")? else {
        return Ok(BTreeMap::new());
    };
    let pair = |entry: Entry<'_>| Ok((entry.key.to_owned(), entry.text()?.to_owned()));
    group.entries().map(pair).collect()
}
