//! Local quadratic regression: the curve of how often answers at a confidence are right, without a formula for it.
//!
//! Cleveland and Devlin (1988), Journal of the American Statistical Association 83, 596–610.

use crate::maths::sums::is_whole;

/// Share of the rows that a local fit looks at.
pub const SPAN: f64 = 0.75;
/// Distinct values up to here are all fitted.
pub const DIRECT: usize = 500;
/// Beyond, the curve is fitted at about so many values and is straight between them.
pub const KNOTS: usize = 128;
/// A polynomial term that others explain but for this share is not identified.
const UNEXPLAINED: f64 = 1e-10;

/// Rows at one value of the variable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Point {
    /// The variable.
    pub x: f64,
    /// Σ w.
    pub weight: f64,
    /// Σ w·y.
    pub moment: f64,
}

/// The fitted curve at every point, in order of x; `None` where too few distinct values lie in reach of some point.
///
/// At each point a parabola is fitted to the nearest [`SPAN`] of the rows, Σ w of them, ties whole, with weights
/// `w (1 − (d/h)³)³`, d the distance and h the largest one. With more than [`DIRECT`] points the fits are made at
/// about [`KNOTS`] of them, evenly spaced by the mean of rank and value, and the curve is straight between.
///
/// ```
/// use calib::inference::loess::{Point, curve};
/// // A parabola is its own local fit.
/// let points: Vec<Point> = (0..9).map(|i| f64::from(i) / 8.0).map(|x| Point { x, weight: 3.0, moment: 3.0 * x * x }).collect();
/// let fitted = curve(&points).unwrap();
/// assert!(fitted.iter().zip(&points).all(|(y, point)| (y - point.x * point.x).abs() < 1e-9));
/// ```
#[must_use]
pub fn curve(points: &[Point]) -> Option<Vec<f64>> {
    let field = Field::of(points);
    if points.len() <= DIRECT {
        return (0..points.len()).map(|at| field.local(at)).collect();
    }
    let knots: Option<Vec<(f64, f64)>> = knots(points, field.total)
        .into_iter()
        .map(|at| Some((points.get(at)?.x, field.local(at)?)))
        .collect();
    Some(between(points, &knots?))
}

/// Places of the points to fit at: first, last, and wherever the mean of rank and value passes another step.
fn knots(points: &[Point], total: f64) -> Vec<usize> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let mut knots = Vec::with_capacity(KNOTS + 2);
    let (mut below, mut step) = (0.0, 0.0);
    for (at, point) in points.iter().enumerate() {
        let value = (point.x - first.x) / (last.x - first.x);
        let place = (below / total + value) / 2.0 * KNOTS as f64;
        if at == 0 || at + 1 == points.len() || place.floor() > step {
            knots.push(at);
            step = place.floor();
        }
        below += point.weight;
    }
    knots
}

/// The values at all points of straight lines between knots.
fn between(points: &[Point], knots: &[(f64, f64)]) -> Vec<f64> {
    let mut spans = knots.windows(2).peekable();
    let mut fitted = Vec::with_capacity(points.len());
    for point in points {
        while spans.len() > 1
            && spans
                .peek()
                .is_some_and(|span| span.last().is_some_and(|end| end.0 < point.x))
        {
            spans.next();
        }
        if let Some([(left, low), (right, high)]) = spans.peek() {
            fitted.push(low + (high - low) * (point.x - left) / (right - left));
        }
    }
    fitted
}

/// Points among which neighbours are sought.
struct Field<'a> {
    points: &'a [Point],
    /// Σ w.
    total: f64,
    /// Σ w of the points before each, and of all, where no order of adding them rounds: whole numbers are not rounded.
    before: Option<Vec<f64>>,
}

/// Points whose weights in a local fit are found side by side.
const BESIDE: usize = 16;

impl<'a> Field<'a> {
    fn of(points: &'a [Point]) -> Self {
        let mut total = 0.0;
        let mut before = vec![0.0];
        before.extend(points.iter().map(|point| {
            total += point.weight;
            total
        }));
        let whole = points.iter().all(|point| is_whole(point.weight));
        Self {
            points,
            total,
            before: (whole && total < 2f64.powi(f64::MANTISSA_DIGITS as i32)).then_some(before),
        }
    }

    /// The parabola around one point, at that point.
    fn local(&self, at: usize) -> Option<f64> {
        let x = self.points.get(at)?.x;
        let (window, reach) = self.neighbourhood(at)?;
        // Σ k·uʲ and Σ k·y·uʲ side by side.
        let mut sums = [[0.0; 2]; 5];
        for points in window.chunks(BESIDE) {
            let (mut off, mut near) = ([0.0; BESIDE], [0.0; BESIDE]);
            for ((u, near), point) in off.iter_mut().zip(&mut near).zip(points) {
                *u = (point.x - x) / reach;
                *near = (1.0 - u.abs().powi(3)).max(0.0).powi(3);
            }
            for ((u, near), point) in off.iter().zip(&near).zip(points) {
                let mut terms = [near * point.weight, near * point.moment];
                for sums in &mut sums {
                    for (sum, term) in sums.iter_mut().zip(&mut terms) {
                        *sum += *term;
                        *term *= u;
                    }
                }
            }
        }
        let [zeroth, first, second, ..] = sums.map(|[_, moment]| moment);
        at_centre(sums.map(|[power, _]| power), [zeroth, first, second])
    }

    /// The points nearest to the one at `at` that hold [`SPAN`] of the rows, and the distance of the furthest.
    fn neighbourhood(&self, at: usize) -> Option<(&'a [Point], f64)> {
        // Sums of weights that are equal on paper may differ in their last digits.
        let wanted = SPAN * self.total * (1.0 - 1e-12);
        let (from, to) = match &self.before {
            Some(before) => self.found(at, wanted, before),
            None => self.walked(at, wanted)?,
        };
        let ends = [self.points.get(from)?, self.points.get(to - 1)?];
        let [left, right] = ends.map(|end| self.distance(at, end));
        let reach = left.max(right);
        (reach > 0.0).then_some((self.points.get(from..to)?, reach))
    }

    /// Where the least number of nearest points that hold so much begins and ends, by halving what it lies between.
    fn found(&self, at: usize, wanted: f64, before: &[f64]) -> (usize, usize) {
        let (mut few, mut enough) = (0, self.points.len());
        while enough - few > 1 {
            let middle = usize::midpoint(few, enough);
            let from = self.nearest(at, middle);
            match before[from + middle] - before[from] < wanted {
                true => few = middle,
                false => enough = middle,
            }
        }
        let from = self.nearest(at, enough);
        (from, from + enough)
    }

    /// The first of so many nearest points, of which that to the left is nearer of two as near.
    fn nearest(&self, at: usize, count: usize) -> usize {
        let last = at.min(self.points.len() - count);
        let (mut low, mut high) = ((at + 1).saturating_sub(count), last);
        while low < high {
            let middle = usize::midpoint(low, high);
            let [first, beyond] = [middle, middle + count].map(|end| &self.points[end]);
            match self.distance(at, first) <= self.distance(at, beyond) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    }

    /// The same by adding the nearest one after the other.
    fn walked(&self, at: usize, wanted: f64) -> Option<(usize, usize)> {
        let (mut from, mut to, mut held) = (at, at + 1, self.points.get(at)?.weight);
        while held < wanted {
            let left = from.checked_sub(1).and_then(|at| self.points.get(at));
            let right = self.points.get(to);
            let goes_left = match (left, right) {
                (Some(left), Some(right)) => self.distance(at, left) <= self.distance(at, right),
                (left, _) => left.is_some(),
            };
            held += if goes_left {
                from -= 1;
                left?.weight
            } else {
                to += 1;
                right?.weight
            };
        }
        Some((from, to))
    }

    fn distance(&self, at: usize, point: &Point) -> f64 {
        (point.x - self.points[at].x).abs()
    }
}

/// The constant of the least-squares parabola, from Σ k·uʲ and Σ k·y·uʲ.
fn at_centre(powers: [f64; 5], moments: [f64; 3]) -> Option<f64> {
    let [s0, s1, s2, s3, s4] = powers;
    let [t0, t1, t2] = moments;
    let (linear, mixed, square) = (s2 - s1 * s1 / s0, s3 - s1 * s2 / s0, s4 - s2 * s2 / s0);
    let (t1, t2) = (t1 - t0 * s1 / s0, t2 - t0 * s2 / s0);
    let rest = square - mixed * mixed / linear;
    if !(linear > UNEXPLAINED * s2 && rest > UNEXPLAINED * s4) {
        return None;
    }
    let quadratic = (t2 - t1 * mixed / linear) / rest;
    let slope = (t1 - mixed * quadratic) / linear;
    Some((t0 - s1 * slope - s2 * quadratic) / s0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_change_little() {
        let shape = |x: f64| 0.15 + 0.7 * x * x * (1.5 - 0.5 * x) + 0.05 * (9.0 * x).sin();
        let point = |i: u32| {
            // Crowded at the upper end, as confidences are.
            let x = (f64::from(i) / 2000.0).sqrt();
            Point {
                x,
                weight: 1.0 + f64::from(i % 3),
                moment: (1.0 + f64::from(i % 3)) * shape(x),
            }
        };
        let points: Vec<Point> = (0..=2000).map(point).collect();
        let field = Field::of(&points);
        let fitted = curve(&points).unwrap();
        assert_eq!(fitted.len(), points.len());
        for (at, fitted) in fitted.iter().enumerate().step_by(13) {
            let direct = field.local(at).unwrap();
            assert!((fitted - direct).abs() < 2e-4, "{at}: {fitted} {direct}");
        }
        assert!(knots(&points, field.total).len() <= KNOTS + 2);
    }

    #[test]
    fn neighbours_found_are_those_walked_to() {
        let mut rng = crate::maths::rng::Rng::stream(3, 0);
        for count in [1, 2, 3, 10, 57, 300] {
            // Multiples of a 64th, so that distances tie, and weights of 0 among others.
            let mut places: Vec<f64> = (0..count).map(|_| rng.below(900) as f64 / 64.0).collect();
            places.sort_by(f64::total_cmp);
            places.dedup();
            let point = |x| Point {
                x,
                weight: (rng.below(6) * rng.below(4)) as f64,
                moment: 0.0,
            };
            let points: Vec<Point> = places.into_iter().map(point).collect();
            let field = Field::of(&points);
            let before = field.before.as_ref().unwrap();
            for at in 0..points.len() {
                for share in [0.0, 0.001, 0.3, SPAN, 1.0] {
                    let wanted = share * field.total;
                    let found = field.found(at, wanted, before);
                    assert_eq!(
                        Some(found),
                        field.walked(at, wanted),
                        "{count} {at} {share}"
                    );
                }
            }
        }
    }

    #[test]
    fn weights_that_are_not_whole_are_walked_along() {
        let point = |i: u32| Point {
            x: f64::from(i) / 40.0,
            weight: 1.5,
            moment: 0.5,
        };
        let points: Vec<Point> = (0..40).map(point).collect();
        assert!(Field::of(&points).before.is_none());
        let fitted = curve(&points).unwrap();
        assert!(fitted.iter().all(|y| (y - 1.0 / 3.0).abs() < 1e-9));
    }

    #[test]
    fn too_few_values_have_no_parabola() {
        let at = |x, weight| Point {
            x,
            weight,
            moment: 0.5 * weight,
        };
        assert_eq!(curve(&[at(0.2, 1.0), at(0.8, 1.0)]), None);
        // Most rows at one value: there is nothing within its reach.
        let crowded = [at(0.1, 1.0), at(0.5, 1.0), at(0.7, 1.0), at(0.9, 50.0)];
        assert_eq!(curve(&crowded), None);
    }
}
