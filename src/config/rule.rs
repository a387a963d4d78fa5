//! Rules of `--rule`: `[KIND.]METRIC.max|min|max_increase=NUMBER`.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::gate::{BOUNDS, KINDS, Limit, Rule, Severity};
use crate::record::Kind;

/// The grammar, for messages.
const FORM: &str = "expected [KIND.]METRIC.max, .min or .max_increase, then =NUMBER, for example brier.max_increase=0.01";

impl Rule {
    /// A rule that stands in no file, on all rows and all groups.
    #[must_use]
    pub fn new(kind: Option<Kind>, metric: &str, limit: Limit) -> Self {
        Self {
            place: None,
            named: None,
            kind,
            metric: metric.to_owned(),
            limit,
            prove: false,
            min_rows: None,
            severity: Severity::Error,
            by: None,
            group: BTreeMap::new(),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    /// ```
    /// use calib::config::Rule;
    /// let rule: Rule = "safety.over_abstain.max=0.1".parse().unwrap();
    /// assert_eq!(rule.to_string(), "safety.over_abstain.max=0.1");
    /// assert!("brier.max_rise=0.1".parse::<Rule>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once('=').ok_or(FORM)?;
        let (subject, bound) = name.rsplit_once('.').ok_or(FORM)?;
        let known = BOUNDS.iter().find(|(key, _)| *key == bound);
        let (_, bound) = known.ok_or_else(|| format!("`{bound}` is no limit; {FORM}"))?;
        let value = number.parse().ok().filter(|value: &f64| value.is_finite());
        let value = value.ok_or_else(|| format!("`{number}` is not a number; {FORM}"))?;
        let (kind, metric) = match subject.split_once('.') {
            None => (None, subject),
            Some((kind, metric)) => {
                let known = KINDS.iter().find(|(name, _)| *name == kind);
                let (_, known) = known.ok_or_else(|| {
                    format!("`{kind}` is no kind of prompt: those are epistemic and safety")
                })?;
                (Some(*known), metric)
            }
        };
        let limit = Limit {
            bound: *bound,
            value,
        };
        Ok(Self::new(kind, metric, limit))
    }
}
