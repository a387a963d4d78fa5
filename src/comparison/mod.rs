//! Two logs of the same prompts, compared pair by pair: what changed, how sure that is, and what it came from.
//!
//! Rows meet by the hash of their identity, so two saved states compare as well as two logs. Differences are taken over
//! the prompts that enter a metric on both sides; what else moved the figures is composition, and shown apart.

mod arrow;
mod cells;
mod closure;
mod grid;
mod judgement;
mod means;
mod pairing;
mod planning;

pub use arrow::{Arrow, Move, Split, arrow};
pub use closure::{Stand, Trio, stand};
pub use judgement::{Judgement, detectable};
pub use pairing::{Overlap, Pairing};
pub use planning::{Deviation, worst_deviation};

use crate::metrics::{Contrast, Lens, Metric};
use crate::record::Kind;
use crate::settings::Settings;

/// What is compared: a metric, over all prompts or over those of one kind.
#[derive(Clone, Copy)]
pub struct Target {
    /// The metric.
    pub metric: &'static dyn Metric,
    /// Only prompts of this kind; it tells apart the metrics of the failure map, and no others.
    pub kind: Option<Kind>,
}

/// Judges the difference, new less base, of every target.
///
/// ```
/// use calib::comparison::{Pairing, Target, judge};
/// use calib::{evidence::Evidence, metrics, record::{Confidence, Record}, settings::Settings};
/// let log = |confidence: f64| {
///     let mut evidence = Evidence::default();
///     for id in 0..40u64 {
///         let credit = f64::from(u8::from(id % 4 > 0));
///         evidence.add(&Record {
///             confidence: Confidence::new(confidence), credit: Some(credit), item: Some(id << 40), ..Record::default()
///         });
///     }
///     evidence
/// };
/// let (base, new) = (log(1.0), log(0.75));
/// let settings = Settings::default();
/// let pairing = Pairing::new(&base, &new, &settings);
/// let brier = Target { metric: metrics::find("brier").unwrap(), kind: None };
/// let judged = judge(&pairing, &[brier], &settings);
/// assert_eq!(judged[0].delta, Some(0.1875 - 0.25));
/// ```
#[must_use]
pub fn judge(pairing: &Pairing, targets: &[Target], settings: &Settings) -> Vec<Judgement> {
    let contrasts: Vec<Contrast> = targets.iter().map(|one| one.metric.contrast()).collect();
    let mut of_cells = cells::judge(pairing, &contrasts, settings).into_iter();
    let judged = targets.iter().zip(contrasts).map(|(target, contrast)| {
        let better = target.metric.about().better;
        match contrast {
            Contrast::Means(contrast) => {
                means::judge(pairing, &contrast, &pairing.lens(target.kind), better)
            }
            Contrast::Area => cells::area(pairing, settings),
            Contrast::Drawn(_) | Contrast::Swapped(_) => of_cells.next().unwrap_or_default(),
            Contrast::None(reason) => Judgement::missing(reason),
        }
    });
    judged.collect()
}

impl Pairing<'_> {
    /// The rows that a target of this kind looks at.
    pub(super) fn lens(&self, kind: Option<Kind>) -> Lens {
        Lens {
            partial: self.partial,
            scope: self.scope(kind),
        }
    }
}
