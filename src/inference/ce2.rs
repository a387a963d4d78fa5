//! The squared calibration error θ = Σ_k π_k E[c − y | bin k]² and its interval by inverting three cumulants.
//!
//! The plug-in T = Σ_k w_k m_k² is a quadratic form in the bin means m_k of c − y: about normal when far from
//! calibrated, a weighted sum of χ² when near. A shifted gamma with its mean, variance and third cumulant follows it
//! through both (Pearson's approximation, extended by Imhof 1961, Biometrika 48, 419–426), and both ends of the interval
//! are the θ under which the T seen would be too large or too small. The reference is `fixtures/reference/ce_interval.py`;
//! `tests/inference.rs` checks coverage.

use super::Interval;
use crate::maths::symmetric::{Symmetric, dot};
use crate::maths::{gamma, root, sums::sum};

/// More bins than this share clusters in too many ways to be looked at.
const MOST_BINS: usize = 250;

/// A residual c − y whose size, next to its weight, lies below this is a rounding error.
const ROUNDING: f64 = 1e-12;

/// The rows of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinRows {
    /// Σ w.
    pub weight: f64,
    /// m, the mean of c − y.
    pub mean: f64,
    /// Rows that are clusters of their own.
    pub single: u64,
    /// Σ w²(c − y − m)² over those.
    pub squares: f64,
    /// Σ w² over those.
    pub square_weights: f64,
}

/// What a cluster adds to one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The bin.
    pub bin: usize,
    /// Σ w of the cluster's rows in it.
    pub weight: f64,
    /// Σ w·(c − y) of them.
    pub residual: f64,
}

/// The bins, ready to be judged.
#[derive(Clone, Debug)]
pub struct SquaredError {
    /// √w_k · m_k of each bin.
    means: Vec<f64>,
    /// w_k, the share of the weight.
    shares: Vec<f64>,
    /// A, the covariance of the means above.
    covariance: Symmetric,
    /// tr A, tr A², tr A³.
    traces: [f64; 3],
    /// Kish's effective number of rows.
    rows: f64,
}

/// T, tr A, tr A², tr A³ and what else the cumulants need.
struct Cumulants {
    plug_in: f64,
    traces: [f64; 3],
    /// u'Au/T and u'A²u/T, or their limits at T = 0.
    slopes: (f64, f64),
    /// (Σ w m⁴ − T²)/n, what the random shares of the bins add.
    shares: f64,
}

impl SquaredError {
    /// The error of these bins and of the clusters with several rows, from so many effective rows.
    ///
    /// `A_kl = f_k f_l Σ_g S_gk S_gl / (W √(W_k W_l))`, S_gk the sum of w(c − y − m_k) over cluster g in bin k,
    /// `f_k = √(G_k/(G_k − 1))` with G_k the clusters in the bin; bins with fewer than two are left out. With unit
    /// weights and c − y uncorrelated between clusters T − tr A is unbiased; with others it is so to the order 1/n, as
    /// the cluster-robust variance of a weighted mean is.
    ///
    /// # Errors
    /// More than 250 bins that share clusters.
    pub fn new(bins: &[BinRows], clusters: &[Vec<Share>], rows: f64) -> Result<Self, &'static str> {
        let mut counts: Vec<u64> = bins.iter().map(|bin| bin.single).collect();
        for share in clusters.iter().flatten() {
            if let Some(count) = counts.get_mut(share.bin) {
                *count += 1;
            }
        }
        let all = sum(bins.iter().map(|bin| bin.weight));
        let mut place = vec![None; bins.len()];
        let (mut kept, mut scales) = (Vec::new(), Vec::new());
        for ((bin, &count), place) in bins.iter().zip(&counts).zip(&mut place) {
            if count >= 2 && bin.weight > 0.0 {
                let g = count as f64;
                *place = Some(kept.len());
                scales.push((g / (g - 1.0) / (all * bin.weight)).sqrt());
                kept.push(bin);
            }
        }
        if !clusters.is_empty() && kept.len() > MOST_BINS {
            return Err("too many bins for repeated prompts");
        }
        let single = |(bin, scale): (&&BinRows, &f64)| scale * scale * bin.spread();
        let diagonal: Vec<f64> = kept.iter().zip(&scales).map(single).collect();
        let scaled = |share: &Share| {
            let at = (*place.get(share.bin)?)?;
            let residual = share.residual - kept.get(at)?.mean * share.weight;
            let seen = residual.abs() > ROUNDING * share.weight;
            seen.then_some((at, scales.get(at)? * residual))
        };
        let shares: Vec<f64> = kept.iter().map(|bin| bin.weight / all).collect();
        let means = kept.iter().zip(&shares);
        let covariance = covariance(diagonal, clusters, scaled);
        Ok(Self {
            means: means.map(|(bin, share)| share.sqrt() * bin.mean).collect(),
            traces: covariance.trace_of_powers(),
            covariance,
            shares,
            rows,
        })
    }

    /// T − tr A, signed.
    ///
    /// ```
    /// use calib::inference::ce2::{BinRows, SquaredError};
    /// // Four answers at 0.9, three of them right.
    /// let squares = 3.0 * 0.25f64.powi(2) + 0.75f64.powi(2);
    /// let bin = BinRows { weight: 4.0, mean: 0.15, single: 4, squares, square_weights: 4.0 };
    /// let error = SquaredError::new(&[bin], &[], 4.0).unwrap();
    /// assert!((error.point() - (0.15f64.powi(2) - 0.75 * 0.25 / 3.0)).abs() < 1e-12);
    /// let (low, high) = error.interval(0.95).bounds.unwrap();
    /// assert!(low == 0.0 && high > 0.1);
    /// ```
    #[must_use]
    pub fn point(&self) -> f64 {
        dot(&self.means, &self.means) - self.traces[0]
    }

    /// The interval of θ at this level, or why there is none.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        const METHOD: &str = "three-cumulant inversion";
        let cumulants = self.cumulants();
        if cumulants.traces[1] <= 0.0 {
            return Interval::missing(METHOD, "no spread in any bin");
        }
        let Some(bounds) = cumulants.invert((1.0 - level) / 2.0) else {
            return Interval::missing(METHOD, "no finite end");
        };
        Interval {
            bounds: Some(bounds),
            method: METHOD.to_owned(),
            ..Interval::default()
        }
        .within(0.0, 1.0)
    }

    fn cumulants(&self) -> Cumulants {
        let plug_in = dot(&self.means, &self.means);
        let traces = self.traces;
        let slopes = if plug_in > 0.0 {
            let along = self.covariance.times(&self.means);
            let slope = dot(&self.means, &along) / plug_in;
            (slope, dot(&along, &along) / plug_in)
        } else {
            (traces[1] / traces[0], traces[2] / traces[0])
        };
        let fourths = self.means.iter().zip(&self.shares);
        let fourths = sum(fourths.map(|(mean, share)| mean.powi(4) / share));
        Cumulants {
            plug_in,
            traces,
            slopes,
            shares: (fourths - plug_in * plug_in).max(0.0) / self.rows,
        }
    }
}

impl BinRows {
    /// Σ w²(c − y − m)² of the rows that are clusters of their own, or 0 where it is a rounding error.
    fn spread(&self) -> f64 {
        let seen = self.squares > ROUNDING * ROUNDING * self.square_weights;
        if seen { self.squares } else { 0.0 }
    }
}

/// A from what rows of their own add to its diagonal and clusters to every pair of their bins.
fn covariance(
    diagonal: Vec<f64>,
    clusters: &[Vec<Share>],
    scaled: impl Fn(&Share) -> Option<(usize, f64)>,
) -> Symmetric {
    if clusters.is_empty() {
        return Symmetric::Diagonal(diagonal);
    }
    let mut matrix = Symmetric::zero(diagonal.len());
    for (at, entry) in diagonal.iter().enumerate() {
        matrix.add_square(&[(at, entry.sqrt())]);
    }
    for cluster in clusters {
        let entries: Vec<_> = cluster.iter().filter_map(&scaled).collect();
        matrix.add_square(&entries);
    }
    matrix
}

impl Cumulants {
    /// Both ends: the θ under which a T as large, and as small, as the one seen has probability `tail`.
    fn invert(&self, tail: f64) -> Option<(f64, f64)> {
        let seen = self.plug_in;
        // A T below what noise alone would show says no more than that amount itself.
        let most = seen.max(self.traces[0]);
        let mut top = 4.0 * most + 20.0 * (2.0 * self.traces[1]).sqrt();
        let mut doublings = 0;
        while self.below(most, top) > tail {
            (top, doublings) = (2.0 * top, doublings + 1);
            if doublings > 100 {
                return None;
            }
        }
        let low = root::falling(0.0, top, |theta| self.below(seen, theta) - (1.0 - tail));
        let low = if self.below(seen, 0.0) <= 1.0 - tail {
            0.0
        } else {
            low
        };
        let high = root::falling(0.0, top, |theta| self.below(most, theta) - tail);
        (low < high && high.is_finite()).then_some((low, high))
    }

    /// P(T ≤ `limit`) under θ.
    fn below(&self, limit: f64, theta: f64) -> f64 {
        let [first, second, third] = self.traces;
        let (rho, rho_third) = self.slopes;
        let mean = theta + first;
        let moved = if self.plug_in > 0.0 {
            (theta / self.plug_in).powi(2).min(1.0)
        } else {
            0.0
        };
        let variance = 2.0 * second + 4.0 * rho * theta + self.shares * moved;
        let skew = 8.0 * third + 24.0 * rho_third * theta;
        // A gamma variable of shape a, scaled and shifted, has variance κ₂ and third cumulant κ₃ when a = 4κ₂³/κ₃².
        let shape = 4.0 * variance.powi(3) / (skew * skew);
        gamma::cdf(shape, (limit - mean) * (shape / variance).sqrt() + shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of weight `w` in one bin with these values of c − y.
    fn bin(w: f64, residuals: &[f64]) -> BinRows {
        let n = residuals.len() as f64;
        let mean = residuals.iter().sum::<f64>() / n;
        let squares = residuals.iter().map(|r| (w * (r - mean)).powi(2)).sum();
        BinRows {
            weight: w * n,
            mean,
            single: residuals.len() as u64,
            squares,
            square_weights: w * w * n,
        }
    }

    fn interval(bins: &[BinRows], rows: f64) -> Interval {
        SquaredError::new(bins, &[], rows).unwrap().interval(0.95)
    }

    #[test]
    fn where_nothing_varies_there_is_no_interval_but_a_reason() {
        let level = |residual: f64, rows: usize| bin(1.0, &vec![residual; rows]);
        for bins in [
            vec![],
            vec![level(0.1, 1)],
            vec![level(0.1, 7)],
            vec![level(0.3, 1); 1000],
        ] {
            let found = interval(&bins, 7.0);
            assert_eq!(found.reason, Some("no spread in any bin"), "{bins:?}");
        }
    }

    #[test]
    fn equal_weights_of_any_size_change_nothing() {
        let with = |w| {
            let bins = [bin(w, &[0.1, -0.9, 0.1, 0.1]), bin(w, &[0.6, -0.4, 0.6])];
            let error = SquaredError::new(&bins, &[], 7.0).unwrap();
            (error.point(), error.interval(0.95).bounds.unwrap())
        };
        let (point, (low, high)) = with(1.0);
        for w in [1e-6, 3.0, 1e9] {
            let (scaled, ends) = with(w);
            assert!((scaled - point).abs() < 1e-12, "{w}");
            assert!((ends.0 - low).abs() + (ends.1 - high).abs() < 1e-9, "{w}");
        }
    }

    #[test]
    fn clusters_of_one_row_are_rows() {
        let rows = [vec![0.1, -0.9, 0.1, 0.1], vec![0.6, -0.4, 0.6, 0.5]];
        let bins = rows.each_ref().map(|rows| bin(1.0, rows));
        let bare = bins.map(|bin| BinRows {
            single: 0,
            squares: 0.0,
            square_weights: 0.0,
            ..bin
        });
        let share = |bin, residual| {
            vec![Share {
                bin,
                weight: 1.0,
                residual,
            }]
        };
        let clusters: Vec<_> = (0..2)
            .flat_map(|at| rows[at].iter().map(move |residual| share(at, *residual)))
            .collect();
        let alone = SquaredError::new(&bins, &[], 8.0).unwrap();
        let keyed = SquaredError::new(&bare, &clusters, 8.0).unwrap();
        assert!((alone.point() - keyed.point()).abs() < 1e-12);
        let ends = |error: &SquaredError| error.interval(0.95).bounds.unwrap();
        assert!((ends(&alone).1 - ends(&keyed).1).abs() < 1e-12);
        let many = vec![bin(1.0, &[0.1, -0.9]); MOST_BINS + 1];
        let refused = SquaredError::new(&many, &clusters, 502.0);
        assert_eq!(refused.err(), Some("too many bins for repeated prompts"));
    }

    #[test]
    fn ten_million_rows_in_a_thousand_bins_end_near_the_normal_law() {
        let n = 1e4;
        let bins = vec![
            BinRows {
                weight: n,
                mean: 0.1,
                single: 10_000,
                squares: n * 0.24,
                square_weights: n,
            };
            1000
        ];
        let error = SquaredError::new(&bins, &[], 1e7).unwrap();
        assert!((error.point() - (0.01 - 0.24 / (n - 1.0))).abs() < 1e-12);
        let (low, high) = error.interval(0.95).bounds.unwrap();
        // Var T ≈ 4 θ σ²/n for one true gap in all bins.
        let half = 1.96 * (4.0 * 0.01 * 0.24 / 1e7f64).sqrt();
        assert!((high - low) / (2.0 * half) > 0.99 && (high - low) / (2.0 * half) < 1.02);
    }
}
