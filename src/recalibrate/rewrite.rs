//! A model applied to a row: its confidence is replaced and the original kept beside it; a threshold says what is
//! still answered. Every other byte of the row stays.

use std::ops::Range;

use super::model::Model;
use crate::evidence::Partial;
use crate::input::{Own, Whole, with_member};
use crate::record::{Abstained, Confidence, Record};

/// A model, ready to be applied to rows.
#[derive(Clone, Copy, Debug)]
pub struct Rewriter<'m> {
    model: &'m Model,
    /// Whether an answer declined in part counts as declined.
    partial: Partial,
}

/// What was done to rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows written.
    pub rows: u64,
    /// Rows among them whose confidence was recalibrated.
    pub recalibrated: u64,
    /// Rows among these whose confidence is outside of those that the curve was fitted to.
    pub outside: u64,
    /// Rows of groups that the model does not know, which took the curve of all rows.
    pub ungrouped: u64,
    /// Rows that abstain by the threshold or did so before.
    pub abstained: u64,
    /// Rows that abstained before.
    pub abstained_before: u64,
}

impl Applied {
    /// Adds what was done to other rows.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            rows,
            recalibrated,
            outside,
            ungrouped,
            abstained,
            abstained_before,
        } = other;
        self.rows += rows;
        self.recalibrated += recalibrated;
        self.outside += outside;
        self.ungrouped += ungrouped;
        self.abstained += abstained;
        self.abstained_before += abstained_before;
    }
}

impl<'m> Rewriter<'m> {
    /// A model with what `--partial` says.
    #[must_use]
    pub fn new(model: &'m Model, partial: Partial) -> Self {
        Self { model, partial }
    }

    /// The members that it writes, in their order.
    pub fn members(&self) -> impl Iterator<Item = Own> + Clone {
        let (interval, threshold) = (self.model.has_intervals(), self.model.abstains());
        Own::ALL.into_iter().filter(move |own| match own {
            Own::Confidence | Own::ConfidenceRaw => true,
            Own::Abstained | Own::AbstainedRaw => threshold,
            Own::ConfidenceLow | Own::ConfidenceHigh => interval,
        })
    }

    /// What an audit sees of a row once it is written.
    #[must_use]
    pub fn record(&self, record: &Record, group: &[String]) -> Record {
        let curve = self.model.curve_of(group).0;
        let confidence = record.confidence.map(|confidence| curve.apply(confidence));
        let declines = match (
            self.model.policy(group).abstains(confidence),
            record.abstained,
        ) {
            (None, _) => false,
            (Some(declines), Abstained::Partial) => {
                declines || self.partial.abstains(Abstained::Partial)
            }
            (Some(declines), _) => declines,
        };
        match declines {
            false => Record {
                confidence,
                ..*record
            },
            true => Record {
                abstained: Abstained::Full,
                confidence: None,
                credit: None,
                multiclass: None,
                ..*record
            },
        }
    }

    /// The row as it is written, and what was done to it.
    #[must_use]
    pub fn row(&self, whole: &Whole<'_>, group: &[String]) -> (String, Applied) {
        let (curve, known) = self.model.curve_of(group);
        let outside = whole.confidence;
        let outside = outside.is_some_and(|stated| self.model.is_outside(stated.get()));
        let confidence = whole.confidence.map(|confidence| curve.apply(confidence));
        let before = self.partial.abstains(whole.abstained);
        let abstains = before || self.model.policy(group).abstains(confidence) == Some(true);
        let interval = whole.confidence.and_then(|stated| curve.interval(stated));
        let number = |value: Option<f64>| serde_json::Value::from(value).to_string();
        let value = |own: Own| match own {
            Own::Confidence => number(confidence.map(Confidence::get)),
            Own::ConfidenceLow => number(interval.map(|(low, _)| low)),
            Own::ConfidenceHigh => number(interval.map(|(_, high)| high)),
            Own::ConfidenceRaw => whole.confidence_raw.clone().into_owned(),
            Own::Abstained => abstains.to_string(),
            Own::AbstainedRaw => whole.abstained_raw.clone().into_owned(),
        };
        let applied = Applied {
            rows: 1,
            recalibrated: u64::from(confidence.is_some()),
            outside: u64::from(outside),
            ungrouped: u64::from(!known),
            abstained: u64::from(abstains),
            abstained_before: u64::from(before),
        };
        (written(whole, self.members(), value), applied)
    }
}

/// The row with these members written anew: in their place where they have one, else behind the others.
fn written(
    whole: &Whole<'_>,
    members: impl Iterator<Item = Own> + Clone,
    value: impl Fn(Own) -> String,
) -> String {
    let place = |own: Own| whole.members.get(own as usize).cloned().flatten();
    let mut placed: Vec<(Range<usize>, Own)> = members
        .clone()
        .filter_map(|own| Some((place(own)?, own)))
        .collect();
    placed.sort_by_key(|(range, _)| range.start);
    let (mut row, mut at) = (String::with_capacity(whole.json.len() + 64), 0);
    for (range, own) in placed {
        row.push_str(whole.json.get(at..range.start).unwrap_or_default());
        row.push_str(&value(own));
        at = range.end;
    }
    row.push_str(whole.json.get(at..).unwrap_or_default());
    let new = members.filter(|own| place(*own).is_none());
    new.fold(row, |row, own| with_member(&row, own.name(), &value(own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(edit: impl Fn(&str) -> String) -> Model {
        let text = include_str!("../../fixtures/model.json");
        Model::parse(&edit(text), "m.json").unwrap()
    }

    fn whole(json: &str) -> Whole<'_> {
        let at = json.find("0.90").unwrap();
        Whole {
            json: json.into(),
            confidence: Confidence::new(0.9),
            members: [Some(at..at + 4), None, None, None, None, None],
            confidence_raw: "0.90".into(),
            abstained_raw: "null".into(),
            ..Whole::default()
        }
    }

    #[test]
    fn a_row_keeps_every_other_byte() {
        let row = r#"{"id": 1e2,"confidence" : 0.90 , "x": "\u00e9"}"#;
        let model = model(str::to_owned);
        let rewriter = Rewriter::new(&model, Partial::Abstain);
        let (written, applied) = rewriter.row(&whole(row), &["gpqa".to_owned(), "m".to_owned()]);
        assert_eq!(
            written,
            r#"{"id": 1e2,"confidence" : 0.9 , "x": "\u00e9", "confidence_raw": 0.90, "abstained": false, "abstained_raw": null}"#
        );
        assert_eq!((applied.recalibrated, applied.ungrouped), (1, 1));
    }

    #[test]
    fn what_abstained_still_does_and_nothing_is_answered_without_a_guarantee() {
        let abstains = |threshold: &str, abstained, partial| {
            let model = model(|text| text.replace("\"threshold\": 0.7", threshold));
            let whole = Whole {
                abstained,
                ..whole(r#"{"confidence": 0.90}"#)
            };
            Rewriter::new(&model, partial).row(&whole, &[]).1.abstained == 1
        };
        let (low, high) = ("\"threshold\": 0.9", "\"threshold\": 0.91");
        assert!(!abstains(low, Abstained::No, Partial::Abstain));
        assert!(abstains(high, Abstained::No, Partial::Abstain));
        assert!(abstains(low, Abstained::Partial, Partial::Abstain));
        assert!(!abstains(low, Abstained::Partial, Partial::Answer));
        assert!(abstains(low, Abstained::Full, Partial::Answer));
        assert!(abstains(
            "\"threshold\": null",
            Abstained::No,
            Partial::Abstain
        ));
    }
}
