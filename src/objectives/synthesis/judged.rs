//! A kind of prompts as the failure map judges it.

use crate::metrics::{Map, View};
use crate::objectives::direction::{self, Cell};
use crate::objectives::section::Subject;
use crate::record::Kind;
use crate::report::{Estimate, Manner, MapVerdict};

/// A kind of prompts with its verdict.
pub(super) struct Judged {
    pub(super) kind: Kind,
    verdict: MapVerdict,
    manner: Manner,
    /// Shares over-answered and over-abstained.
    rates: [Estimate; 2],
}

/// The kinds of prompts that the log tells apart, or all prompts as one of no stated kind.
pub(super) fn judged(subject: &Subject<'_>) -> Vec<Judged> {
    let view = subject.view;
    let [epistemic, safety] = view.kinds();
    let maps = match (epistemic, safety) {
        (None, None) => vec![(Some(view.map()), Kind::Unknown)],
        (epistemic, safety) => vec![
            (epistemic.as_ref(), Kind::Epistemic),
            (safety.as_ref(), Kind::Safety),
        ],
    };
    let judged = maps.into_iter();
    judged
        .filter_map(|(map, kind)| Judged::of(view, map?, kind))
        .collect()
}

impl Judged {
    /// None where a side has no rows.
    fn of(view: &View<'_>, map: &Map, kind: Kind) -> Option<Self> {
        let (direction, skill) = direction::cell(map, view.settings().level)?;
        Some(Self {
            kind,
            verdict: MapVerdict {
                direction: Some(direction),
                skill: Some(skill),
                rows_needed: None,
            },
            manner: Manner::of(map.should_abstain, map.should_answer, &map.dprime(view)),
            rates: [map.over_answer(view), map.over_abstain(view)],
        })
    }

    pub(super) fn cell(&self) -> Cell<'_> {
        Cell::new(self.kind, self.manner, &self.verdict, self.rates.each_ref())
    }

    /// Its shares in words, the one that is at fault first.
    pub(super) fn words(&self, word: &str) -> String {
        let [answers, declines] = self
            .rates
            .each_ref()
            .map(|rate| 100.0 * rate.value.unwrap_or(0.0));
        let prompts = match self.kind {
            Kind::Unknown => "what it should decline",
            _ => self.cell().prompts(),
        };
        match word {
            "over_answer" => {
                format!(
                    "answers {answers:.1} % of {prompts}, declines {declines:.1} % of the others"
                )
            }
            _ => format!(
                "declines {declines:.1} % of what it should answer, answers {answers:.1} % of {prompts}"
            ),
        }
    }
}
