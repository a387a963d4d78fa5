//! Distance of confidences from a smooth curve of how often they are right: mean, median, 90th percentile, largest.

use super::{About, Better, Example, Metric, View};
use crate::inference::loess::{self, Point};
use crate::maths::sums::{Sum, sum};
use crate::report::Estimate;

/// Integrated calibration index: the mean distance of confidence from a smooth curve of accuracy.
///
/// `Σ w |c − ĉ| / Σ w`, ĉ by loess of y on c: at each confidence a parabola through the nearest 75 % of the rows,
/// ties whole, with tricube weights. The curve is not cut to [0, 1]. With more than 500 distinct confidences it is
/// fitted at about 128 of them and straight between. Austin and Steyerberg (2019), Statistics in Medicine 38, 4051–4065.
///
/// ```
/// use calib::metrics::{E50, E90, Emax, Ici, worked_example};
/// let of = [&Ici as _, &E50 as _, &E90 as _, &Emax as _].map(|metric| worked_example(metric).value.unwrap());
/// assert!(of[1] <= of[2] && of[2] <= of[3] && of[0] < of[3]);
/// ```
pub struct Ici;

/// Median distance of confidence from the curve of [`Ici`]: half of the rows lie nearer.
///
/// ```
/// use calib::metrics::{E50, worked_example};
/// assert!(worked_example(&E50).value.unwrap() >= 0.0);
/// ```
pub struct E50;

/// 90th percentile of the distance of confidence from the curve of [`Ici`].
///
/// ```
/// use calib::metrics::{E50, E90, worked_example};
/// assert!(worked_example(&E90).value > worked_example(&E50).value);
/// ```
pub struct E90;

/// Largest distance of a stated confidence from the curve of [`Ici`].
///
/// ```
/// use calib::metrics::{E90, Emax, worked_example};
/// assert!(worked_example(&Emax).value >= worked_example(&E90).value);
/// ```
pub struct Emax;

/// Enough distinct confidences for a curve.
const CURVED: Example = Example::Answers(&[
    (0.1, false),
    (0.2, false),
    (0.3, true),
    (0.4, false),
    (0.5, false),
    (0.6, true),
    (0.7, false),
    (0.8, true),
    (0.9, false),
    (0.95, true),
]);

/// A confidence's distance from the curve and Σ w of its rows.
type Distance = (f64, f64);

/// What is told of the distances of all confidences from the curve.
pub(crate) struct Distances {
    mean: f64,
    median: f64,
    nine_tenths: f64,
    largest: f64,
}

/// The distances of all cells from the curve, or why there are none.
pub(super) fn distances(view: &View) -> Result<Distances, &'static str> {
    if let Some(reason) = view.no_confidence() {
        return Err(reason);
    }
    if view.total.wy <= 0.0 || view.total.wy >= view.total.w {
        return Err("one class only");
    }
    let point = |cell: &crate::evidence::Cell| Point {
        x: cell.confidence,
        weight: cell.w,
        moment: cell.wy,
    };
    let points: Vec<Point> = view.cells.iter().map(point).collect();
    let fitted = loess::curve(&points)
        .ok_or("local quadratic not identified: too few distinct confidences within reach")?;
    // A local parabola may leave the range of a share where rows are few.
    let distance =
        |(point, fitted): (&Point, f64)| ((point.x - fitted.clamp(0.0, 1.0)).abs(), point.weight);
    let mut distances: Vec<Distance> = points.iter().zip(fitted).map(distance).collect();
    distances.sort_by(|one, other| one.0.total_cmp(&other.0));
    Ok(Distances {
        mean: mean(&distances),
        median: percentile(&distances, 0.5),
        nine_tenths: percentile(&distances, 0.9),
        largest: largest(&distances),
    })
}

fn mean(distances: &[Distance]) -> f64 {
    let weight = sum(distances.iter().map(|(_, weight)| *weight));
    sum(distances.iter().map(|(distance, weight)| distance * weight)) / weight
}

/// The distance below which a share `p` of the weight lies; where the share ends between two rows, their mean
/// (definition 2 of Hyndman and Fan 1996), so that a weight of two is two rows.
fn percentile(distances: &[Distance], p: f64) -> f64 {
    let total = sum(distances.iter().map(|(_, weight)| *weight));
    // Sums of weights that are equal on paper may differ in their last digits.
    let (from, to) = (p * total * (1.0 - 1e-12), p * total * (1.0 + 1e-12));
    let mut below = Sum::default();
    let mut low = None;
    for (distance, weight) in distances {
        below.add(*weight);
        if below.value() >= from && low.is_none() {
            low = Some(*distance);
        }
        if below.value() > to {
            return (low.unwrap_or(*distance) + distance) / 2.0;
        }
    }
    largest(distances)
}

fn largest(distances: &[Distance]) -> f64 {
    distances.last().map_or(f64::NAN, |(distance, _)| *distance)
}

fn estimate(view: &View, of: impl Fn(&Distances) -> f64) -> Estimate {
    let n = view.total.rows;
    match view.distances() {
        Ok(distances) => {
            let method = if view.cells.len() <= loess::DIRECT {
                "loess, degree 2, span 0.75".to_owned()
            } else {
                let knots = loess::KNOTS;
                format!("loess, degree 2, span 0.75, straight between {knots} knots")
            };
            let reason = "no interval: biased upward, so a bootstrap would miss the truth";
            Estimate::bare(of(distances), n, reason).by(method)
        }
        Err(reason) => Estimate::undefined(n, reason),
    }
}

/// What all four share.
fn about(title: &'static str, formula: &'static str, pitfalls: &'static str) -> About {
    About {
        title,
        formula,
        range: "0 to 1: the curve is cut to [0, 1]",
        better: Better::Lower,
        undefined: "all answers right or all wrong; too few distinct confidences for a local parabola, as when most rows share one",
        interval: "none: biased upward, so a bootstrap would miss the truth; ks has a p-value without bins",
        pitfalls,
        source: "Austin and Steyerberg (2019), Statistics in Medicine 38, 4051-4065; rms::val.prob fits straight lines instead of parabolas",
        example: CURVED,
    }
}

impl Metric for Ici {
    fn id(&self) -> &'static str {
        "ici"
    }

    fn about(&self) -> About {
        about(
            "Integrated calibration index",
            "sum(w |c - chat|) / sum(w), chat = loess of y on c (degree 2, span 0.75)",
            "Needs no bins, but is biased upward like ece; the curve is least sure at its ends.",
        )
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, |distances| distances.mean)
    }
}

impl Metric for E50 {
    fn id(&self) -> &'static str {
        "e50"
    }

    fn about(&self) -> About {
        about(
            "Median calibration error",
            "weighted median of |c - chat|, chat as for ici",
            "Half of the rows are worse: read it with e90.",
        )
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, |distances| distances.median)
    }
}

impl Metric for E90 {
    fn id(&self) -> &'static str {
        "e90"
    }

    fn about(&self) -> About {
        about(
            "90th percentile of the calibration error",
            "weighted 90th percentile of |c - chat|, chat as for ici",
            "Rests on the tenth of the rows where the curve is least sure.",
        )
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, |distances| distances.nine_tenths)
    }
}

impl Metric for Emax {
    fn id(&self) -> &'static str {
        "emax"
    }

    fn about(&self) -> About {
        about(
            "Largest calibration error",
            "max |c - chat| over stated confidences, chat as for ici",
            "One row at the edge decides it: never a goal.",
        )
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, |distances| distances.largest)
    }
}
