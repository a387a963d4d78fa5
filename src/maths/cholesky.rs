//! Linear equations with a positive definite matrix.

/// The triangle L of `A = L·Lᵀ`, row by row; `None` unless A is positive definite beyond rounding. Only the lower
/// triangle of A is read.
///
/// ```
/// use calib::maths::cholesky::Cholesky;
/// let matrix = Cholesky::of(&[vec![4.0, 2.0], vec![2.0, 3.0]]).unwrap();
/// let x = matrix.solve(&[8.0, 8.0]);
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// assert!(Cholesky::of(&[vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Decomposes a square matrix.
    #[must_use]
    pub fn of(matrix: &[Vec<f64>]) -> Option<Self> {
        /// A pivot that lost all but so much of itself is zero up to rounding.
        const ROUNDING: f64 = 1e-14;
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
        for (at, source) in matrix.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(at + 1);
            for (column, earlier) in rows.iter().enumerate() {
                let known: f64 = row.iter().zip(earlier).map(|(a, b)| a * b).sum();
                row.push((source.get(column)? - known) / earlier.last()?);
            }
            let diagonal = *source.get(at)?;
            let left = diagonal - row.iter().map(|a| a * a).sum::<f64>();
            if left.is_nan() || left <= ROUNDING * diagonal.abs() || !left.is_finite() {
                return None;
            }
            row.push(left.sqrt());
            rows.push(row);
        }
        Some(Self { rows })
    }

    /// The x with `A·x = b`; b has as many entries as A has rows.
    #[must_use]
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(b.len());
        for (row, right) in self.rows.iter().zip(b) {
            let known: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            x.push((right - known) / row[x.len()]);
        }
        for at in (0..x.len()).rev() {
            x[at] /= self.rows[at][at];
            let (before, after) = x.split_at_mut(at);
            for (x, a) in before.iter_mut().zip(&self.rows[at]) {
                *x -= a * after[0];
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_solved_multiplies_back() {
        // A Hilbert matrix is as hard as its size.
        let matrix: Vec<Vec<f64>> = (0..5)
            .map(|i| (0..5).map(|j| 1.0 / f64::from(i + j + 1)).collect())
            .collect();
        let wanted = [1.0, -2.0, 3.0, -4.0, 5.0];
        let dot = |row: &Vec<f64>| row.iter().zip(wanted).map(|(a, x)| a * x).sum::<f64>();
        let right: Vec<f64> = matrix.iter().map(dot).collect();
        let found = Cholesky::of(&matrix).unwrap().solve(&right);
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }
    }
}
