//! Least squares with errors that hold where rows of a cluster are alike and where some rows stray more than others.

use super::{Interval, cluster_quantile};
use crate::maths::cholesky::Cholesky;
use crate::maths::quantile;

/// Most regressors.
pub const MOST: usize = 4;

/// Equal rows: `count` of them, each of this weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// What resampling would draw together; none where each row stands alone.
    pub cluster: Option<u64>,
    /// Number of rows.
    pub count: u64,
    /// Weight of each.
    pub weight: f64,
    /// Their regressors, as many as the fit is told of.
    pub x: [f64; MOST],
    /// Their response.
    pub y: f64,
}

/// A fitted line: `y = Σ β x`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// β, one for each regressor.
    pub coefficients: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    /// Rows.
    pub rows: u64,
    /// Clusters, where some row has one; rows without are one each.
    clusters: Option<u64>,
}

/// Weighted least squares, `β = (Σ w x xᵀ)⁻¹ Σ w x y`, with the covariance `A⁻¹ (Σ_g s_g s_gᵀ) A⁻¹ · G/(G − 1) ·
/// (n − 1)/(n − k)`, `s_g` the sum of `w x (y − xᵀβ)` over a cluster, of the first `width` regressors. `None` where the regressors are linearly dependent, or
/// there are not more clusters than regressors. White (1980), Econometrica 48, 817–838; Liang and Zeger (1986),
/// Biometrika 73, 13–22.
///
/// ```
/// use calib::inference::least_squares::{Observed, fit};
/// let row = |x: f64, y: f64| Observed { cluster: None, count: 1, weight: 1.0, x: [1.0, x, 0.0, 0.0], y };
/// let line = fit(&[row(0.0, 1.0), row(1.0, 3.0), row(2.0, 4.0), row(3.0, 7.0)], 2).unwrap();
/// assert!((line.coefficients[0] - 0.9).abs() < 1e-12 && (line.coefficients[1] - 1.9).abs() < 1e-12);
/// ```
#[must_use]
pub fn fit(rows: &[Observed], width: usize) -> Option<Line> {
    let width = width.min(MOST);
    if rows.is_empty() || width == 0 {
        return None;
    }
    let mut gram = vec![vec![0.0; width]; width];
    let mut moments = vec![0.0; width];
    for row in rows {
        let weight = row.weight * row.count as f64;
        for (i, (line, moment)) in gram.iter_mut().zip(&mut moments).enumerate() {
            *moment += weight * row.x[i] * row.y;
            for (entry, x) in line.iter_mut().zip(row.x) {
                *entry += weight * row.x[i] * x;
            }
        }
    }
    let gram = Cholesky::of(&gram)?;
    let coefficients = gram.solve(&moments);
    let (meat, clusters, clustered) = scores(rows, &coefficients);
    let count: u64 = rows.iter().map(|row| row.count).sum();
    let (n, g, k) = (count as f64, clusters as f64, width as f64);
    if g <= k {
        return None;
    }
    let small = g / (g - 1.0) * (n - 1.0) / (n - k);
    // A⁻¹ M A⁻¹ by columns: M and A are symmetric.
    let half: Vec<Vec<f64>> = meat.iter().map(|column| gram.solve(column)).collect();
    let turned = |i: usize| half.iter().map(|column| column[i]).collect::<Vec<f64>>();
    let covariance = (0..width).map(|i| {
        let row = gram.solve(&turned(i));
        row.into_iter().map(|entry| entry * small).collect()
    });
    Some(Line {
        covariance: covariance.collect(),
        coefficients,
        rows: count,
        clusters: clustered.then_some(clusters),
    })
}

/// Σ_g s_g s_gᵀ, the number of clusters, and whether any row has one.
fn scores(rows: &[Observed], coefficients: &[f64]) -> (Vec<Vec<f64>>, u64, bool) {
    let width = coefficients.len();
    let mut meat = vec![vec![0.0; width]; width];
    let mut add = |score: &[f64; MOST], times: f64| {
        for (line, one) in meat.iter_mut().zip(score) {
            for (entry, other) in line.iter_mut().zip(score) {
                *entry += times * one * other;
            }
        }
    };
    let mut named: Vec<(u64, [f64; MOST])> = Vec::new();
    let mut alone = 0;
    for row in rows {
        let fitted: f64 = row.x.iter().zip(coefficients).map(|(x, b)| x * b).sum();
        let score = row.x.map(|x| row.weight * x * (row.y - fitted));
        match row.cluster {
            Some(cluster) => named.push((cluster, score.map(|one| row.count as f64 * one))),
            None => {
                add(&score, row.count as f64);
                alone += row.count;
            }
        }
    }
    // Rows of a cluster keep their order, in which they are added.
    named.sort_by_key(|(cluster, _)| *cluster);
    let mut clusters = 0;
    for own in named.chunk_by(|one, other| one.0 == other.0) {
        let mut sum = [0.0; MOST];
        for (_, score) in own {
            for (sum, one) in sum.iter_mut().zip(score) {
                *sum += one;
            }
        }
        add(&sum, 1.0);
        clusters += 1;
    }
    (meat, alone + clusters, clusters > 0)
}

impl Line {
    /// A weighted sum of coefficients.
    #[must_use]
    pub fn value(&self, weights: &[f64]) -> f64 {
        self.coefficients
            .iter()
            .zip(weights)
            .map(|(b, w)| b * w)
            .sum()
    }

    /// Its interval: none where the response follows the line without any error.
    #[must_use]
    pub fn interval(&self, weights: &[f64], level: f64) -> Interval {
        let mut variance = 0.0;
        for (row, a) in self.covariance.iter().zip(weights) {
            variance += row
                .iter()
                .zip(weights)
                .map(|(entry, b)| a * entry * b)
                .sum::<f64>();
        }
        let value = self.value(weights);
        let size = self
            .coefficients
            .iter()
            .fold(1.0, |most: f64, b| most.max(b.abs()));
        let error = variance.max(0.0).sqrt();
        // What is left of a perfect fit is rounding.
        let error = if error > 1e-12 * size { error } else { 0.0 };
        let (reach, method) = match self.clusters {
            Some(clusters) => cluster_quantile(level, clusters),
            None => {
                let degrees = (self.rows - self.coefficients.len() as u64) as f64;
                let reach = quantile::student(0.5 + level / 2.0, degrees);
                (reach, format!("robust t, {degrees} degrees"))
            }
        };
        Interval::around(value, error, reach, method)
    }
}
