//! Lines and parabolas of least squares through points, and how surely they rise.

use super::clustered::Clustered;
use super::{Interval, clustered};
use crate::maths::quantile;
use crate::maths::sums::sum;

/// The leading coefficient of a polynomial of least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leading {
    /// The coefficient of x for a line, of x² for a parabola.
    pub value: f64,
    /// Its standard error from how the points stray about the curve; `None` where they determine it.
    pub standard_error: Option<f64>,
    /// Points beyond those that determine the curve.
    pub degrees: u64,
}

impl Leading {
    /// Of the polynomial of this degree through points (x, y); `None` where too few x differ.
    ///
    /// ```
    /// use calib::inference::trend::Leading;
    /// let line = Leading::of(1, &[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).unwrap();
    /// assert!((line.value - 2.0).abs() < 1e-12 && line.degrees == 1);
    /// let parabola = Leading::of(2, &[(0.0, 0.0), (1.0, 1.0), (3.0, 9.0)]).unwrap();
    /// assert!((parabola.value - 1.0).abs() < 1e-12 && parabola.degrees == 0);
    /// ```
    #[must_use]
    pub fn of(degree: u32, points: &[(f64, f64)]) -> Option<Self> {
        let columns = columns(degree, points)?;
        let on = |column: &[f64], rest: &[f64]| {
            let products = column.iter().zip(rest).map(|(z, y)| z * y);
            sum(products) / sum(column.iter().map(|z| z * z))
        };
        let mut rest: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
        let mut value = 0.0;
        for column in &columns {
            value = on(column, &rest);
            for (y, z) in rest.iter_mut().zip(column) {
                *y -= value * z;
            }
        }
        let degrees = (points.len() as u64).saturating_sub(u64::from(degree) + 1);
        let squares = sum(rest.iter().map(|y| y * y)) / degrees as f64;
        let leading = sum(columns.last()?.iter().map(|z| z * z));
        Some(Self {
            value,
            standard_error: (degrees > 0).then(|| (squares / leading).sqrt()),
            degrees,
        })
    }

    /// The interval by Student's t.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        let method = format!("least squares, t with {} degrees", self.degrees);
        match self.standard_error {
            Some(error) => {
                let quantile = quantile::student(0.5 + level / 2.0, self.degrees as f64);
                Interval::around(self.value, error, quantile, method)
            }
            None => Interval::missing(method, "no more points than the curve needs"),
        }
    }
}

/// Powers of x, each with what those below explain taken off; `None` where nothing is left of one.
fn columns(degree: u32, points: &[(f64, f64)]) -> Option<Vec<Vec<f64>>> {
    let most = points.iter().map(|(x, _)| x.abs()).fold(0.0, f64::max);
    // In units of the largest x, so that "nothing" does not depend on how x is measured.
    let unit = if most > 0.0 && most.is_finite() {
        most
    } else {
        1.0
    };
    let mut found: Vec<Vec<f64>> = Vec::new();
    for power in 0..=degree {
        let mut column: Vec<f64> = points
            .iter()
            .map(|(x, _)| (x / unit).powi(power as i32))
            .collect();
        // Twice, for what rounding leaves of the first time.
        for earlier in found.iter().chain(&found.clone()) {
            let along = sum(earlier.iter().zip(&column).map(|(z, y)| z * y));
            let share = along / sum(earlier.iter().map(|z| z * z));
            for (y, z) in column.iter_mut().zip(earlier) {
                *y -= share * z;
            }
        }
        let left = sum(column.iter().map(|z| z * z));
        if points.len() <= degree as usize || left.is_nan() || left <= 1e-18 {
            return None;
        }
        let back = unit.powi(power as i32);
        // The coefficient is that of x, not of x in units of the largest.
        found.push(column.iter().map(|z| z * back).collect());
    }
    Some(found)
}

/// The same through points of which both coordinates stray: their clusters say how far.
#[must_use]
pub fn clustered_leading(degree: u32, points: &[(Clustered, Clustered)]) -> Option<Clustered> {
    let parts: Vec<&Clustered> = points.iter().flat_map(|(x, y)| [x, y]).collect();
    clustered::through(&parts, |values| {
        let pairs = values.chunks_exact(2).map(|pair| (pair[0], pair[1]));
        Leading::of(degree, &pairs.collect::<Vec<_>>()).map(|fit| fit.value)
    })
}

#[cfg(test)]
mod tests {
    use super::super::clustered::Unit;
    use super::*;

    #[test]
    fn a_line_has_its_textbook_error() {
        let points = [(1.0, 2.1), (2.0, 3.9), (3.0, 6.2), (4.0, 7.8)];
        let line = Leading::of(1, &points).unwrap();
        // Σ (x − x̄)(y − ȳ) = 9.7 and Σ (x − x̄)² = 5; residuals −0.01, −0.15, 0.21, −0.13 … from y = 0.15 + 1.94 x.
        assert!((line.value - 1.94).abs() < 1e-12);
        let squares: f64 = points
            .iter()
            .map(|(x, y)| (y - 0.15 - 1.94 * x) * (y - 0.15 - 1.94 * x))
            .sum();
        let error = (squares / 2.0 / 5.0).sqrt();
        assert!((line.standard_error.unwrap() - error).abs() < 1e-12);
        assert!(line.interval(0.95).bounds.is_some());
        assert_eq!(Leading::of(1, &[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(Leading::of(2, &points[..2]), None);
    }

    #[test]
    fn scale_does_not_matter() {
        let points = |unit: f64| -> Vec<(f64, f64)> {
            (0..5)
                .map(|at| {
                    (
                        unit * f64::from(at),
                        f64::from(at * at) + 0.1 * f64::from(at % 2),
                    )
                })
                .collect()
        };
        for degree in [1, 2] {
            let plain = Leading::of(degree, &points(1.0)).unwrap();
            let small = Leading::of(degree, &points(1e-6)).unwrap();
            let factor = 1e-6_f64.powi(degree as i32);
            assert!((small.value * factor / plain.value - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_clustered_slope_agrees_with_its_jackknife() {
        // Three points, each a mean over eight clusters.
        let value = |g: u64, at: u64| (g as f64 * 0.7 + at as f64).sin() + at as f64;
        let mean = |at: u64, without: Option<u64>| {
            let rows = (0..8).filter(|g| Some(*g) != without);
            Clustered::mean(rows.map(|g| (Unit::single(g), value(g, at)))).unwrap()
        };
        let points = |without| -> Vec<(Clustered, Clustered)> {
            (0..3)
                .map(|at| (mean(at, without), mean(at * at, without)))
                .collect()
        };
        let ours = clustered_leading(1, &points(None)).unwrap();
        let left_out: Vec<f64> = (0..8)
            .map(|g| clustered_leading(1, &points(Some(g))).unwrap().value)
            .collect();
        let center = left_out.iter().sum::<f64>() / 8.0;
        let jackknife =
            (left_out.iter().map(|b| (b - center).powi(2)).sum::<f64>() * 7.0 / 8.0).sqrt();
        let error = ours.standard_error().unwrap();
        assert!((error / jackknife - 1.0).abs() < 0.1, "{error} {jackknife}");
        // Steps are numbers without error.
        let fixed = |at: u64| (Clustered::fixed(at as f64), mean(at, None));
        let slope = clustered_leading(1, &[fixed(0), fixed(2)]).unwrap();
        let difference = mean(2, None).less(&mean(0, None));
        let expected = difference.standard_error().unwrap() / 2.0;
        assert!((slope.standard_error().unwrap() / expected - 1.0).abs() < 1e-6);
    }
}
