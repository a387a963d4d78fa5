//! How a metric's difference between two logs is judged, pair by pair.

use super::map::Scope;
use crate::evidence::{Cell, Conduct, Item, ItemSums, Partial};
use crate::settings::Settings;

/// How the difference of a metric between two logs is judged.
///
/// Everything a comparison or a gate needs to know of a metric is here, so that a new metric joins both by saying which.
#[derive(Clone, Copy, Debug)]
pub enum Contrast {
    /// A function of weighted means over rows: by the differences of its units' influences.
    Means(Means),
    /// The area under the ROC curve: by DeLong's covariance.
    Area,
    /// A statistic of cells that answers smoothly to every row: by a bootstrap of pairs.
    Drawn(OfCells),
    /// A statistic of cells that is biased upward: by swapping the logs pair by pair. It has a p-value and no interval.
    Swapped(OfCells),
    /// None, for this reason.
    None(&'static str),
}

/// A statistic of cells in order of confidence, none of them empty.
pub type OfCells = fn(&[Cell], &Settings) -> Option<f64>;

/// (Σ w·score, Σ w) of the rows of one item.
pub type Part = fn(&Item, &Lens) -> (f64, f64);

/// A function of weighted means.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// The means.
    pub parts: &'static [Part],
    /// The function; `None` where it is undefined.
    pub of: fn(&[f64]) -> Option<f64>,
    /// Whether it is a share of rows, so that pairs that differ can be counted.
    pub share: bool,
}

/// Which rows of an item a part looks at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lens {
    /// How partial refusals count.
    pub partial: Partial,
    /// Which labelled prompts are meant.
    pub scope: Scope,
}

impl Contrast {
    /// A mean of scores.
    #[must_use]
    pub const fn mean(parts: &'static [Part; 1]) -> Self {
        Self::means(parts, only, false)
    }

    /// A share of rows.
    #[must_use]
    pub const fn share(parts: &'static [Part; 1]) -> Self {
        Self::means(parts, only, true)
    }

    /// A function of means.
    #[must_use]
    pub const fn of(parts: &'static [Part], of: fn(&[f64]) -> Option<f64>) -> Self {
        Self::means(parts, of, false)
    }

    const fn means(parts: &'static [Part], of: fn(&[f64]) -> Option<f64>, share: bool) -> Self {
        Self::Means(Means { parts, of, share })
    }
}

fn only(means: &[f64]) -> Option<f64> {
    means.first().copied()
}

impl Lens {
    /// Whether the row counts as answered.
    #[must_use]
    pub fn answered(&self, conduct: &Conduct) -> bool {
        !self.partial.abstains(conduct.abstained)
    }

    /// The sums over the item's graded answers.
    #[must_use]
    pub fn sums(&self, item: &Item) -> ItemSums {
        item.sums(self.partial)
    }

    /// Σ w of the rows to decline, or to answer, that were `declined` or answered.
    #[must_use]
    pub fn side(&self, item: &Item, should_abstain: bool, declined: bool) -> f64 {
        item.weight(|c| self.answered(c) != declined && self.scope.of_side(c, should_abstain))
    }
}

/// Share correct of graded answers.
pub(super) fn credit(item: &Item, lens: &Lens) -> (f64, f64) {
    let sums = lens.sums(item);
    (sums.credit, sums.graded)
}

/// Mean squared distance of confidence from correctness.
pub(super) fn square(item: &Item, lens: &Lens) -> (f64, f64) {
    let sums = lens.sums(item);
    (sums.square, sums.weight)
}

/// Share of prompts to decline that are answered.
pub(super) fn over_answer(item: &Item, lens: &Lens) -> (f64, f64) {
    let answered = lens.side(item, true, false);
    (answered, answered + lens.side(item, true, true))
}

/// Share of prompts to answer that are declined.
pub(super) fn over_abstain(item: &Item, lens: &Lens) -> (f64, f64) {
    let declined = lens.side(item, false, true);
    (declined, declined + lens.side(item, false, false))
}

/// The two rates of the map.
pub(super) const RATES: &[Part] = &[over_answer, over_abstain];

/// A function of the shares declined of both sides; `None` where a rate is 0 or 1 and the function infinite.
pub(super) fn signal(rates: &[f64], of: fn(f64, f64) -> f64) -> Option<f64> {
    let [over_answer, over_abstain] = rates else {
        return None;
    };
    let inside = |rate: &&f64| **rate > 0.0 && **rate < 1.0;
    (rates.iter().filter(inside).count() == 2).then(|| of(1.0 - over_answer, *over_abstain))
}
