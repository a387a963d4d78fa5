//! Symmetric matrices, as far as traces of powers and products with vectors go.

use super::sums::sum;

/// A symmetric matrix.
///
/// ```
/// use calib::maths::symmetric::Symmetric;
/// let mut matrix = Symmetric::zero(2);
/// matrix.add_square(&[(0, 1.0), (1, 2.0)]);
/// assert_eq!(matrix.trace_of_powers(), [5.0, 25.0, 125.0]);
/// assert_eq!(matrix.times(&[1.0, 1.0]), [3.0, 6.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Symmetric {
    /// Zero but for these entries of the diagonal.
    Diagonal(Vec<f64>),
    /// Every row in full.
    Dense(Vec<Vec<f64>>),
}

impl Symmetric {
    /// The full matrix of zeros with so many rows.
    #[must_use]
    pub fn zero(size: usize) -> Self {
        Self::Dense(vec![vec![0.0; size]; size])
    }

    /// Adds s·sᵀ, where the vector s is zero but for these entries.
    pub fn add_square(&mut self, entries: &[(usize, f64)]) {
        match self {
            Self::Diagonal(diagonal) => {
                for &(at, value) in entries {
                    if let Some(sum) = diagonal.get_mut(at) {
                        *sum += value * value;
                    }
                }
            }
            Self::Dense(rows) => {
                for &(at, value) in entries {
                    let Some(row) = rows.get_mut(at) else {
                        continue;
                    };
                    for &(other, factor) in entries {
                        if let Some(sum) = row.get_mut(other) {
                            *sum += value * factor;
                        }
                    }
                }
            }
        }
    }

    /// The product with a vector; what the vector lacks counts as 0.
    #[must_use]
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        match self {
            Self::Diagonal(diagonal) => {
                let vector = vector.iter().copied().chain(std::iter::repeat(0.0));
                diagonal.iter().zip(vector).map(|(a, x)| a * x).collect()
            }
            Self::Dense(rows) => {
                // Row by row, as rows are columns: independent sums, and nothing to do where the vector is 0.
                let mut product = vec![0.0; rows.len()];
                for (row, x) in rows.iter().zip(vector).filter(|(_, x)| **x != 0.0) {
                    for (sum, a) in product.iter_mut().zip(row) {
                        *sum += a * x;
                    }
                }
                product
            }
        }
    }

    /// The traces of A, A² and A³.
    #[must_use]
    pub fn trace_of_powers(&self) -> [f64; 3] {
        match self {
            Self::Diagonal(diagonal) => {
                [1, 2, 3].map(|power| sum(diagonal.iter().map(|a: &f64| a.powi(power))))
            }
            Self::Dense(rows) => [
                sum(rows
                    .iter()
                    .enumerate()
                    .filter_map(|(at, row)| row.get(at).copied())),
                sum(rows.iter().map(|row| dot(row, row))),
                sum(rows.iter().map(|row| dot(row, &self.times(row)))),
            ],
        }
    }
}

/// The sum of products of two vectors of one length.
#[must_use]
pub fn dot(one: &[f64], other: &[f64]) -> f64 {
    sum(one.iter().zip(other).map(|(a, b)| a * b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_matrix_is_the_same_in_either_form() {
        let (mut dense, mut diagonal) = (Symmetric::zero(3), Symmetric::Diagonal(vec![0.0; 3]));
        for (at, value) in [(0, 0.5), (2, 3.0), (0, 2.0)] {
            dense.add_square(&[(at, value)]);
            diagonal.add_square(&[(at, value)]);
        }
        assert_eq!(dense.trace_of_powers(), diagonal.trace_of_powers());
        assert_eq!(
            dense.times(&[1.0, 2.0, 3.0]),
            diagonal.times(&[1.0, 2.0, 3.0])
        );
        assert_eq!(diagonal.times(&[1.0]), [4.25, 0.0, 0.0]);
    }
}
