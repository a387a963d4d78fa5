//! Venn–Abers prediction: isotonic regression twice, as if the answer were wrong and as if it were right.

use serde::{Deserialize, Serialize};

use super::curve::{About, Calibrator, Fitting, rising, strictly_rising, units};
use super::graded::Graded;

/// What isotonic regression gives an answer once it joins the others as a wrong one (p₀) and as a right one (p₁);
/// `p' = p₁ / (1 − p₀ + p₁)`.
///
/// p₀ is that of the last score not above p, 0 before the first; p₁ that of the first score not below p, 1 after the
/// last.
///
/// ```
/// use calib::recalibrate::{Calibrator, venn_abers::VennAbers};
/// let curve = VennAbers { scores: vec![0.4, 0.8], p0: vec![0.2, 0.5], p1: vec![0.3, 0.6] };
/// assert_eq!(curve.interval(0.5), Some((0.2, 0.6)));
/// assert!((curve.apply(0.5) - 0.6 / 1.4).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VennAbers {
    /// Confidences at which something changes, rising.
    pub scores: Vec<f64>,
    /// p₀ there, not falling.
    pub p0: Vec<f64>,
    /// p₁ there, not falling.
    pub p1: Vec<f64>,
}

impl Calibrator for VennAbers {
    const METHOD: &'static str = "venn_abers";

    fn about() -> About {
        About {
            title: "Venn-Abers prediction",
            formula: "p' = p₁ / (1 − p₀ + p₁); p₀ and p₁ are isotonic regression with the answer added as wrong and as right",
            fit: "both regressions at every confidence, in linear time",
            monotone: "yes, with new ties",
            undefined: "no answers",
            pitfalls: "[p₀, p₁] holds the calibrated probability for answers drawn as these were; it is wide where there are few of them, and says nothing about a log from elsewhere. The file holds up to three numbers for each confidence.",
            source: "Vovk and Petej (2014), UAI; Vovk, Petej and Fedorova (2015), NeurIPS",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        if rows.is_empty() {
            return Err("no answers");
        }
        let p1 = joined_as_right(rows.iter().map(|row| (row.weight, row.credit)));
        // Right and wrong trade places when both axes are turned around.
        let mirrored = rows.iter().rev();
        let p0 = joined_as_right(mirrored.map(|row| (row.weight, row.weight - row.credit)));
        let p0 = p0.iter().rev().map(|p| 1.0 - p).collect();
        let scores = rows.iter().map(|row| row.confidence).collect();
        Ok(Self { scores, p0, p1 }.thinned())
    }

    fn check(&self) -> Result<(), String> {
        strictly_rising("scores", &self.scores)?;
        units("scores", &self.scores)?;
        for (name, values) in [("p0", &self.p0), ("p1", &self.p1)] {
            rising(name, values)?;
            units(name, values)?;
            if values.len() != self.scores.len() {
                return Err(format!("scores and {name} differ in length"));
            }
        }
        match self.p0.iter().zip(&self.p1).all(|(p0, p1)| p0 <= p1) {
            true => Ok(()),
            false => Err("p0 is above p1".to_owned()),
        }
    }

    fn apply(&self, confidence: f64) -> f64 {
        let (p0, p1) = self.both(confidence);
        p1 / (1.0 - p0 + p1)
    }

    fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        Some(self.both(confidence))
    }
}

impl VennAbers {
    /// p₀ and p₁.
    fn both(&self, confidence: f64) -> (f64, f64) {
        let not_above = self.scores.partition_point(|score| *score <= confidence);
        let p0 = not_above.checked_sub(1).and_then(|last| self.p0.get(last));
        let first = self.scores.partition_point(|score| *score < confidence);
        let p1 = self.p1.get(first);
        (p0.copied().unwrap_or(0.0), p1.copied().unwrap_or(1.0))
    }

    /// The same curve without scores in the middle of a run in which nothing changes.
    fn thinned(self) -> Self {
        let alike = |at: usize, other: usize| {
            self.p0.get(at) == self.p0.get(other) && self.p1.get(at) == self.p1.get(other)
        };
        let last = self.scores.len() - 1;
        let kept =
            |at: &usize| *at == 0 || *at == last || !(alike(*at - 1, *at) && alike(*at, *at + 1));
        let places: Vec<usize> = (0..=last).filter(kept).collect();
        let pick = |values: &[f64]| places.iter().map(|at| values[*at]).collect();
        Self {
            scores: pick(&self.scores),
            p0: pick(&self.p0),
            p1: pick(&self.p1),
        }
    }
}

/// A place on the path of cumulated (weight, credit).
type Place = (f64, f64);

/// What isotonic regression gives a right answer of weight 1 that joins each of the (weight, credit) cells in turn: the
/// slope of the greatest convex minorant of the cumulated path where it stands. Moving it past a cell moves one corner
/// of the path, so all of them take linear time: algorithms 1 and 2 of Vovk, Petej and Fedorova (2015).
fn joined_as_right(cells: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut path: Vec<Place> = vec![(-1.0, -1.0), (0.0, 0.0)];
    for (weight, credit) in cells {
        let (x, y) = path[path.len() - 1];
        path.push((x + weight, y + credit));
    }
    // Corners of the minorant, the leftmost on top.
    let mut corners: Vec<Place> = Vec::new();
    for place in path.iter().rev() {
        push_corner(&mut corners, *place);
    }
    let mut values: Vec<f64> = Vec::with_capacity(path.len() - 2);
    for at in 1..path.len() - 1 {
        values.push(slope(&corners).clamp(0.0, 1.0));
        let (before, here, after) = (path[at - 1], path[at], path[at + 1]);
        let moved = (before.0 + after.0 - here.0, before.1 + after.1 - here.1);
        path[at] = moved;
        if let [.., next, top] = corners[..]
            && turn(top, moved, next) < 0.0
        {
            continue;
        }
        corners.pop();
        push_corner(&mut corners, moved);
    }
    // Rounding must not let it fall.
    let mut highest: f64 = 0.0;
    for value in &mut values {
        highest = highest.max(*value);
        *value = highest;
    }
    values
}

/// Puts a place to the left of the others, and drops corners that no longer are any.
fn push_corner(corners: &mut Vec<Place>, place: Place) {
    while let [.., next, top] = corners[..]
        && turn(place, top, next) <= 0.0
    {
        corners.pop();
    }
    corners.push(place);
}

/// Above zero where the way from a over b to c turns left.
fn turn(a: Place, b: Place, c: Place) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Slope of the first segment.
fn slope(corners: &[Place]) -> f64 {
    match corners {
        [.., next, top] => (next.1 - top.1) / (next.0 - top.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::pava;
    use crate::maths::rng::Rng;

    /// Isotonic regression with one answer of weight 1 added at a confidence.
    fn refitted(rows: &[Graded], confidence: f64, credit: f64) -> f64 {
        let mut cells: Vec<(f64, f64, f64)> = rows
            .iter()
            .map(|row| (row.confidence, row.weight, row.credit))
            .collect();
        match cells.iter_mut().find(|cell| cell.0 == confidence) {
            Some(cell) => {
                cell.1 += 1.0;
                cell.2 += credit;
            }
            None => cells.push((confidence, 1.0, credit)),
        }
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = cells.iter().position(|cell| cell.0 == confidence).unwrap();
        let mut start = 0;
        for block in pava::pool(cells.iter().map(|cell| (cell.1, cell.2))) {
            start += block.points;
            if place < start {
                return block.value();
            }
        }
        unreachable!()
    }

    #[test]
    fn linear_time_equals_fitting_again_for_every_answer() {
        for seed in 0..200 {
            let mut rng = Rng::stream(seed, 7);
            let size = 1 + rng.below(25);
            let rows: Vec<Graded> = (0..size)
                .map(|at| {
                    let weight = 1.0 + rng.below(4) as f64;
                    let credit = rng.below(weight as usize + 1) as f64;
                    let confidence = (at as f64 + 0.5) / size as f64;
                    Graded {
                        confidence,
                        weight,
                        credit,
                    }
                })
                .collect();
            let curve = VennAbers::fit(&rows, &Fitting::default()).unwrap();
            curve.check().unwrap();
            for step in 0..=4 * size {
                let p = step as f64 / (4 * size) as f64;
                let (p0, p1) = curve.interval(p).unwrap();
                assert!(
                    (p0 - refitted(&rows, p, 0.0)).abs() < 1e-12,
                    "{seed} {p} {rows:?}"
                );
                assert!(
                    (p1 - refitted(&rows, p, 1.0)).abs() < 1e-12,
                    "{seed} {p} {rows:?}"
                );
            }
        }
    }
}
