//! Natural cubic splines given by their values at knots. Green and Silverman (1994), chapter 2.

use super::spline::Spline;
use crate::maths::cholesky::Cholesky;

/// A natural cubic spline: its knots, values and second derivatives there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Natural<'k> {
    pub(super) knots: &'k [f64],
    pub(super) values: &'k [f64],
    pub(super) curvatures: &'k [f64],
}

impl Natural<'_> {
    /// The value at x.
    pub(super) fn at(&self, x: f64) -> f64 {
        let (first, last) = (0, self.knots.len() - 1);
        if x <= self.knots[first] {
            return self.values[first] + (x - self.knots[first]) * self.slopes(first)[0];
        }
        if x >= self.knots[last] {
            return self.values[last] + (x - self.knots[last]) * self.slopes(last - 1)[1];
        }
        let at = self.knots.partition_point(|knot| *knot <= x) - 1;
        let [value, next] = [self.values[at], self.values[at + 1]];
        let [curve, next_curve] = [self.curvatures[at], self.curvatures[at + 1]];
        let (u, v) = (x - self.knots[at], self.knots[at + 1] - x);
        let h = u + v;
        (u * next + v * value) / h
            - u * v * ((1.0 + u / h) * next_curve + (1.0 + v / h) * curve) / 6.0
    }

    /// The slopes at both ends of a segment.
    fn slopes(&self, at: usize) -> [f64; 2] {
        let h = self.knots[at + 1] - self.knots[at];
        let chord = (self.values[at + 1] - self.values[at]) / h;
        let [a, b] = [self.curvatures[at], self.curvatures[at + 1]];
        [
            chord - h * (2.0 * a + b) / 6.0,
            chord + h * (a + 2.0 * b) / 6.0,
        ]
    }

    /// Whether it falls anywhere.
    pub(super) fn falls(&self) -> bool {
        (0..self.knots.len() - 1).any(|at| {
            let [left, right] = self.slopes(at);
            let [a, b] = [self.curvatures[at], self.curvatures[at + 1]];
            // The slope is a parabola; it has its least value inside where the curvature goes from − to +.
            let inside = if a < 0.0 && b > 0.0 {
                let u = (self.knots[at + 1] - self.knots[at]) * a / (a - b);
                left + u * a / 2.0
            } else {
                left
            };
            left.min(right).min(inside) < 0.0
        })
    }
}

/// What splines over some knots share: how curvatures and the roughness ∫f''² follow from values.
pub(super) struct Basis {
    knots: Vec<f64>,
    /// Row k gives γ_k from the values.
    curvatures: Vec<Vec<f64>>,
    /// ∫f''² = values'·K·values.
    roughness: Vec<Vec<f64>>,
}

impl Basis {
    /// The basis over at least three knots; none over fewer, where every spline is a line.
    pub(super) fn of(knots: &[f64]) -> Option<Self> {
        let size = knots.len();
        let inner = size.checked_sub(2).filter(|inner| *inner > 0)?;
        let h: Vec<f64> = knots.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // Q'values are the changes of slope at inner knots, and R γ = Q'values.
        let mut q = vec![vec![0.0; size]; inner];
        let mut r = vec![vec![0.0; inner]; inner];
        for at in 0..inner {
            q[at][at] = 1.0 / h[at];
            q[at][at + 1] = -1.0 / h[at] - 1.0 / h[at + 1];
            q[at][at + 2] = 1.0 / h[at + 1];
            r[at][at] = (h[at] + h[at + 1]) / 3.0;
            if at + 1 < inner {
                r[at][at + 1] = h[at + 1] / 6.0;
                r[at + 1][at] = h[at + 1] / 6.0;
            }
        }
        let solver = Cholesky::of(&r)?;
        let mut curvatures = vec![vec![0.0; size]; size];
        let mut roughness = vec![vec![0.0; size]; size];
        for column in 0..size {
            let changes: Vec<f64> = q.iter().map(|row| row[column]).collect();
            let solved = solver.solve(&changes);
            for (at, value) in solved.iter().enumerate() {
                curvatures[at + 1][column] = *value;
            }
            for (row, out) in roughness.iter_mut().enumerate() {
                out[column] = q.iter().zip(&solved).map(|(q, s)| q[row] * s).sum();
            }
        }
        Some(Self {
            knots: knots.to_vec(),
            curvatures,
            roughness,
        })
    }

    /// The weights of the values in the spline at x.
    pub(super) fn row(&self, x: f64) -> Vec<f64> {
        let unit = |at: usize| {
            let mut values = vec![0.0; self.knots.len()];
            values[at] = 1.0;
            let curvatures: Vec<f64> = self.curvatures.iter().map(|row| row[at]).collect();
            Natural {
                knots: &self.knots,
                values: &values,
                curvatures: &curvatures,
            }
            .at(x)
        };
        (0..self.knots.len()).map(unit).collect()
    }

    /// λ·K.
    pub(super) fn penalty(&self, lambda: f64) -> Vec<Vec<f64>> {
        let scaled = |row: &Vec<f64>| row.iter().map(|entry| lambda * entry).collect();
        self.roughness.iter().map(scaled).collect()
    }

    /// The spline with these values.
    pub(super) fn curve(&self, values: Vec<f64>) -> Spline {
        let weighted = |row: &Vec<f64>| row.iter().zip(&values).map(|(a, b)| a * b).sum();
        let curvatures = self.curvatures.iter().map(weighted).collect();
        Spline {
            knots: self.knots.clone(),
            values,
            curvatures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spline_passes_through_its_values_with_smooth_slopes() {
        let knots = [0.0, 0.2, 0.5, 1.0];
        let values = vec![-1.0, 0.3, 0.1, 2.0];
        let curve = Basis::of(&knots).unwrap().curve(values.clone());
        let natural = curve.natural();
        for (knot, value) in knots.iter().zip(&values) {
            assert!((natural.at(*knot) - value).abs() < 1e-12);
        }
        for at in 0..2 {
            assert!((natural.slopes(at)[1] - natural.slopes(at + 1)[0]).abs() < 1e-12);
        }
        assert!(natural.falls());
        assert_eq!((natural.curvatures[0], natural.curvatures[3]), (0.0, 0.0));
        // Beyond the knots it is straight.
        let steps = [-0.1, -0.2, -0.3].map(|x| natural.at(x));
        assert!((steps[0] - 2.0 * steps[1] + steps[2]).abs() < 1e-12);
    }

    #[test]
    fn the_weights_at_a_place_and_the_roughness_are_those_of_the_curve() {
        let knots = [0.1, 0.3, 0.4, 0.9];
        let values = [0.5, -0.2, 1.0, 0.7];
        let basis = Basis::of(&knots).unwrap();
        let curve = basis.curve(values.to_vec());
        for x in [0.0, 0.1, 0.35, 0.7, 1.0] {
            let row = basis.row(x);
            let product: f64 = row.iter().zip(values).map(|(a, b)| a * b).sum();
            assert!((product - curve.natural().at(x)).abs() < 1e-12);
        }
        // γ is linear between knots: ∫f''² = Σ h (a² + ab + b²)/3.
        let g = curve.natural().curvatures;
        let integral: f64 = (0..3)
            .map(|at| {
                (knots[at + 1] - knots[at])
                    * (g[at] * g[at] + g[at] * g[at + 1] + g[at + 1] * g[at + 1])
                    / 3.0
            })
            .sum();
        let form: f64 = basis
            .roughness
            .iter()
            .zip(values)
            .map(|(row, value)| value * row.iter().zip(values).map(|(a, b)| a * b).sum::<f64>())
            .sum();
        assert!((form / integral - 1.0).abs() < 1e-12);
    }
}
