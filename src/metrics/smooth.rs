//! Intervals of statistics that have no formula for them but answer smoothly to every row.
//!
//! Small logs and few distinct confidences: BCa from one set of resamples for all of them. Larger ones, and weighted rows
//! that nobody can resample: the infinitesimal jackknife, whose normal interval is as good when there are many rows.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::View;
use super::curve::Curve;
use super::influence::{self, Influence};
use crate::evidence::{Cell, Totals};
use crate::inference::Interval;
use crate::inference::bootstrap::{Design, Draw, FEWEST, Tied, acceleration, bca};
use crate::inference::sample::{Clusters, Sample, Term};
use crate::settings::Resamples;

/// Fewest rows, or clusters, to resample: with less a bootstrap is too narrow, and Student's t is not.
const FEWEST_UNITS: u64 = 30;
/// Most steps of one replicate, one for each row or binomial drawn and some for each cell.
const MOST_STEPS: u64 = 16_000;
/// Steps that all statistics take for each cell.
const CELL_STEPS: u64 = 8;

/// A smooth statistic of the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Smooth {
    BrierSkill,
    AveragePrecision,
    Aurc,
    ExcessAurc,
    Augrc,
    /// Accuracy of this share of all rows, those of highest confidence.
    AccuracyOfTop(f64),
}

/// The cells as the statistics see them, and their resamples.
pub(crate) struct Curves {
    curve: Curve,
    confidences: Vec<f64>,
    /// The influences on AURC, which two statistics ask for.
    aurc: OnceCell<Vec<Influence>>,
    resamples: Option<Resampled>,
}

/// Every statistic in every replicate.
struct Resampled {
    draw: Draw,
    statistics: Vec<Smooth>,
    /// By statistic.
    draws: Vec<Vec<Option<f64>>>,
}

impl Smooth {
    /// Its value; `None` where undefined.
    pub(super) fn value(self, curve: &Curve, confidences: &[f64]) -> Option<f64> {
        match self {
            Self::BrierSkill => curve.brier_skill(confidences),
            Self::AveragePrecision => curve.average_precision(),
            Self::Aurc => Some(curve.aurc()),
            Self::ExcessAurc => Some((curve.aurc() - curve.oracle()).max(0.0)),
            Self::Augrc => Some(curve.augrc()),
            Self::AccuracyOfTop(share) => {
                // Whole numbers of rows must stay so: rounding errors must not add another row.
                let rows = (share * curve.weight * (1.0 - 1e-12)).ceil();
                curve.accuracy_of_top(rows.min(curve.weight))
            }
        }
    }

    /// Its value over cells; `None` where undefined.
    pub(super) fn of(self, cells: &[Cell]) -> Option<f64> {
        let ties: Vec<Tied> = cells.iter().map(|cell| tied(&cell.totals)).collect();
        let confidences: Vec<f64> = cells.iter().map(|cell| cell.confidence).collect();
        self.value(&Curve::new(&ties), &confidences)
    }
}

impl Curves {
    /// The curves of a view; `shared` are the statistics a report asks for, drawn together.
    pub(super) fn new(view: &View, shared: Vec<Smooth>) -> Self {
        let tied = |cell: &Cell| tied(&cell.totals);
        let cells: Vec<Tied> = view.cells.iter().map(tied).collect();
        let confidences: Vec<f64> = view.cells.iter().map(|cell| cell.confidence).collect();
        let mut curves = Self {
            curve: Curve::walked(&cells, &confidences),
            confidences,
            aurc: OnceCell::new(),
            resamples: None,
        };
        curves.resamples = curves.resample(view, shared);
        curves
    }

    /// The cells as blocks.
    pub(super) fn curve(&self) -> &Curve {
        &self.curve
    }

    /// The value of a statistic; `None` where undefined.
    pub(super) fn value(&self, statistic: Smooth) -> Option<f64> {
        statistic.value(&self.curve, &self.confidences)
    }

    fn influences(&self, statistic: Smooth) -> Option<Cow<'_, [Influence]>> {
        let curve = &self.curve;
        let aurc = || self.aurc.get_or_init(|| influence::aurc(curve));
        Some(Cow::Owned(match statistic {
            Smooth::BrierSkill => influence::brier_skill(curve, &self.confidences)?,
            Smooth::AveragePrecision => influence::average_precision(curve)?,
            Smooth::Aurc => return Some(Cow::Borrowed(aurc())),
            Smooth::ExcessAurc => influence::excess_aurc(curve, aurc()),
            Smooth::Augrc => influence::augrc(curve),
            Smooth::AccuracyOfTop(share) => influence::accuracy_of_top(curve, share)?,
        }))
    }

    fn resample(&self, view: &View, statistics: Vec<Smooth>) -> Option<Resampled> {
        let draw = affordable(view)?;
        let design = Design {
            cells: self.confidences.len(),
            draw,
            replicates: match view.settings.resamples {
                Resamples::Auto => view.budget.replicates.min(FEWEST),
                Resamples::Fixed(_) => view.budget.replicates,
            },
            seed: view.settings.seed,
        };
        let confidences = &self.confidences;
        let replicates = design.run(|cells| {
            let curve = Curve::walked(cells, confidences);
            let value = |one: &Smooth| one.value(&curve, confidences);
            statistics.iter().map(value).collect()
        });
        let of = |at: usize| {
            let value = |replicate: &Vec<Option<f64>>| replicate.get(at).copied().flatten();
            replicates.iter().map(value).collect()
        };
        Some(Resampled {
            draw: design.draw,
            draws: (0..statistics.len()).map(of).collect(),
            statistics,
        })
    }

    /// The interval of a statistic.
    pub(super) fn interval(&self, view: &View, statistic: Smooth) -> Interval {
        let influences = self.influences(statistic);
        let (Some(value), Some(influences)) = (self.value(statistic), influences) else {
            return Interval::missing("infinitesimal jackknife", "the value is undefined");
        };
        let resamples = self.resamples.as_ref().and_then(|resampled| {
            let at = resampled
                .statistics
                .iter()
                .position(|one| *one == statistic)?;
            Some((&resampled.draw, resampled.draws.get(at)?))
        });
        match resamples {
            Some((draw, draws)) => {
                let acceleration = acceleration(&by_unit(draw, &influences)).unwrap_or(0.0);
                let interval = bca(draws, value, acceleration, view.settings.level);
                let clusters = format!("{}, {} clusters", interval.method, draw.units());
                Interval {
                    method: if view.clustered {
                        clusters
                    } else {
                        interval.method
                    },
                    ..interval
                }
            }
            None => self.jackknife(view, value, &influences),
        }
    }

    /// The interval of the mean of pseudo-values `T + W·influence`, whose standard error is that of T.
    fn jackknife(&self, view: &View, value: f64, influences: &[Influence]) -> Interval {
        let weight = self.curve.weight;
        let cells = view.cells.iter().zip(influences);
        let moved = cells.map(|(cell, u)| apply(&tied(&cell.totals), u));
        let shift = crate::maths::sums::sum(moved);
        let score = |[a, b, c]: &Influence| [value + weight * a - shift, weight * b, weight * c];
        let scores: Vec<Influence> = influences.iter().map(score).collect();
        let term = |cell: &Cell, score: &Influence| Term {
            score: *score,
            totals: (*cell.totals).into(),
        };
        let single = |cell: &Cell| Some(term(cell, scores.get(view.place(cell.confidence)?)?));
        let clusters = match sums(view, &scores) {
            Ok(sums) => sums.map(|sums| Clusters {
                sums,
                single: view.single().iter().filter_map(single).collect(),
            }),
            Err(reason) => return Interval::missing("infinitesimal jackknife", reason),
        };
        let cells = view.cells.iter().zip(&scores);
        let sample = Sample {
            terms: cells.map(|(cell, score)| term(cell, score)).collect(),
            clusters,
        };
        let interval = sample.mean_interval(view.settings.level);
        Interval {
            method: format!("infinitesimal jackknife, {}", interval.method),
            ..interval
        }
    }
}

/// (Σ w·score, Σ w) of every cluster, where there are clusters.
fn sums(view: &View, scores: &[Influence]) -> Result<Option<Vec<(f64, f64)>>, &'static str> {
    if !view.clustered {
        return Ok(None);
    }
    let kept = view.kept().ok_or("too many rows to keep them by prompt")?;
    let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for row in kept {
        if let Some(score) = scores.get(row.cell) {
            let (moment, weight) = sums.entry(row.cluster).or_default();
            *moment += apply(&row.tied(), score);
            *weight += row.weight;
        }
    }
    Ok(Some(sums.into_values().collect()))
}

pub(super) fn tied(totals: &Totals) -> Tied {
    Tied {
        weight: totals.w,
        credit: totals.wy,
        square: totals.wy2,
    }
}

/// What these rows bring, each by its influence.
fn apply(tied: &Tied, [a, b, c]: &Influence) -> f64 {
    a * tied.weight + b * tied.credit + c * tied.square
}

/// The influence of each unit that is resampled, with the number of such units.
fn by_unit(draw: &Draw, influences: &[Influence]) -> Vec<(u64, f64)> {
    let of_rows = |rows: &[[u64; 2]]| -> Vec<(u64, f64)> {
        let pair = |(&[wrong, right], &[a, b, c]): (&[u64; 2], &Influence)| {
            [(wrong, a), (right, a + b + c)]
        };
        rows.iter().zip(influences).flat_map(pair).collect()
    };
    let of_cluster = |cluster: &Vec<(usize, Tied)>| {
        let part = |(at, tied): &(usize, Tied)| Some(apply(tied, influences.get(*at)?));
        (1, cluster.iter().filter_map(part).sum())
    };
    match draw {
        Draw::Rows(rows) => of_rows(rows),
        Draw::Clusters { clusters, single } => {
            let mut units = of_rows(single);
            units.extend(clusters.iter().map(of_cluster));
            units
        }
    }
}

/// What to resample, where it can be and is not too dear.
fn affordable(view: &View) -> Option<Draw> {
    if !view.budget.full || view.budget.replicates < FEWEST {
        return None;
    }
    let cells = CELL_STEPS * view.cells.len() as u64;
    let fits = |draw: &Draw| draw.units() >= FEWEST_UNITS && draw.steps() + cells <= MOST_STEPS;
    if cells > MOST_STEPS {
        return None;
    }
    let draw = if view.clustered {
        let mut single = vec![[0; 2]; view.cells.len()];
        for cell in view.single() {
            *single.get_mut(view.place(cell.confidence)?)? = classes(cell)?;
        }
        Draw::Clusters {
            clusters: clusters(view)?,
            single,
        }
    } else {
        Draw::Rows(view.cells.iter().map(classes).collect::<Option<_>>()?)
    };
    Some(draw).filter(fits)
}

/// Wrong and right rows of a cell; `None` where some are weighted or graded in between.
fn classes(cell: &Cell) -> Option<[u64; 2]> {
    cell.is_plain().then_some([cell.wrong, cell.right])
}

fn clusters(view: &View) -> Option<Vec<Vec<(usize, Tied)>>> {
    let mut clusters: BTreeMap<u64, BTreeMap<usize, Tied>> = BTreeMap::new();
    for row in view.kept()? {
        let cluster = clusters.entry(row.cluster).or_default();
        *cluster.entry(row.cell).or_default() += row.tied();
    }
    let rows = |cluster: BTreeMap<usize, Tied>| cluster.into_iter().collect();
    Some(clusters.into_values().map(rows).collect())
}
