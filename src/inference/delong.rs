//! The area under the ROC curve over cells of tied confidences, and its standard error.
//!
//! DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837–845, by mid-ranks as in Sun and Xu (2014), IEEE
//! Signal Processing Letters 21; with clusters Obuchowski (1997), Biometrics 53, 567–578.

use std::collections::BTreeMap;

use super::paired::{Difference, Law};
use crate::maths::kish;
use crate::maths::sums::{Sum, sum};

/// Rows of one confidence, right (positive) and wrong (negative): `[wrong, right]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair {
    /// Numbers of rows.
    pub rows: [u64; 2],
    /// Σ w.
    pub weight: [f64; 2],
    /// Σ w².
    pub squares: [f64; 2],
}

/// The curve's area and, for each cell, the placement of a wrong and a right row among the other class.
#[derive(Clone, Debug)]
pub struct Roc {
    /// The area; ties count one half.
    pub area: f64,
    placements: Vec<[f64; 2]>,
    total: Pair,
}

/// One cluster: Σ w of its wrong and right rows, and Σ w·placement of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClusterPlacement {
    weight: [f64; 2],
    placement: [f64; 2],
}

impl Roc {
    /// The curve over cells in order of confidence; `None` when a class is empty.
    #[must_use]
    pub fn new(cells: &[Pair]) -> Option<Self> {
        let total = cells.iter().fold(Pair::default(), |mut total, cell| {
            for class in [0, 1] {
                total.rows[class] += cell.rows[class];
                total.weight[class] += cell.weight[class];
                total.squares[class] += cell.squares[class];
            }
            total
        });
        let [wrong, right] = total.weight;
        if wrong <= 0.0 || right <= 0.0 {
            return None;
        }
        let mut below = [Sum::default(), Sum::default()];
        let mut placements = Vec::with_capacity(cells.len());
        for cell in cells {
            let [w, r] = cell.weight;
            let wrong_below = below[0].value() + w / 2.0;
            let right_above = right - below[1].value() - r / 2.0;
            placements.push([right_above / right, wrong_below / wrong]);
            below[0].add(w);
            below[1].add(r);
        }
        let ordered = cells.iter().zip(&placements);
        let area = sum(ordered.map(|(cell, placed)| cell.weight[1] * placed[1])) / right;
        // Weights may carry it past its range by a rounding.
        let area = area.clamp(0.0, 1.0);
        Some(Self {
            area,
            placements,
            total,
        })
    }

    /// Rows of a class that weigh the same and tell as much, by Kish.
    fn effective(&self, class: usize) -> f64 {
        kish::effective_number(self.total.weight[class], self.total.squares[class])
    }

    /// The standard error for independent rows; `None` when a class has one row only, or one that holds nearly all of
    /// its weight.
    #[must_use]
    pub fn standard_error(&self, cells: &[Pair]) -> Option<f64> {
        let mut variance = 0.0;
        for class in [0, 1] {
            let n = self.effective(class);
            if self.total.rows[class] < 2 || kish::is_lopsided(n) {
                return None;
            }
            let squares = self.squares(cells, class);
            variance += n / (n - 1.0) * squares / self.total.weight[class].powi(2);
        }
        Some(proper(variance))
    }

    /// The standard error with clusters, and the number of clusters; rows in `single` are clusters of their own.
    #[must_use]
    pub fn cluster_error(
        &self,
        clusters: &[ClusterPlacement],
        single: &[Pair],
    ) -> Option<(f64, u64)> {
        let rows = |class: usize| single.iter().map(|cell| cell.rows[class]).sum::<u64>();
        let count = clusters.len() as u64 + rows(0) + rows(1);
        let mut variance = 0.0;
        for class in [0, 1] {
            let with = clusters.iter().filter(|c| c.weight[class] > 0.0).count() as u64;
            let n = with + rows(class);
            if n < 2 || kish::is_lopsided(self.effective(class)) {
                return None;
            }
            let keyed = sum(clusters.iter().map(|c| self.deviation(c, class).powi(2)));
            let squares = keyed + self.squares(single, class);
            variance += n as f64 / (n - 1) as f64 * squares / self.total.weight[class].powi(2);
        }
        let cross = sum(clusters
            .iter()
            .map(|c| self.deviation(c, 0) * self.deviation(c, 1)));
        let scale = count as f64 / (count - 1) as f64;
        variance += 2.0 * scale * cross / (self.total.weight[0] * self.total.weight[1]);
        Some((proper(variance), count))
    }

    /// Adds a row of cell `at` to its cluster.
    pub fn place(&self, cluster: &mut ClusterPlacement, at: usize, right: bool, weight: f64) {
        let class = usize::from(right);
        if let Some(placement) = self.placements.get(at) {
            cluster.weight[class] += weight;
            cluster.placement[class] += weight * placement[class];
        }
    }

    fn deviation(&self, cluster: &ClusterPlacement, class: usize) -> f64 {
        cluster.placement[class] - cluster.weight[class] * self.area
    }

    fn squares(&self, cells: &[Pair], class: usize) -> f64 {
        sum(cells
            .iter()
            .zip(&self.placements)
            .map(|(cell, placed)| cell.squares[class] * (placed[class] - self.area).powi(2)))
    }
}

/// A scored row of one measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Its score.
    pub score: f64,
    /// Whether it is right.
    pub right: bool,
    /// Its weight.
    pub weight: f64,
    /// The unit it belongs to, the same number in both measurements.
    pub cluster: u64,
}

/// The difference of two areas under the curve, the first minus the second, over the same units; `None` when a class
/// is empty on either side, or has one unit only, or one that holds nearly all the weight.
///
/// With V the placements and δ = Σ over a cluster of w(V − A), the areas A₁ and A₂ covary by
/// `Σ_{j,k} f_jk Σ_g δ₁_gj δ₂_gk / (w₁_j w₂_k)` over the classes j and k, f = m/(m − 1) for m clusters with the class
/// (j = k) or all clusters (j ≠ k), w the weight of a class; the variance is var A₁ + var A₂ − 2 cov. For independent
/// units with one set of labels that is DeLong's estimator, for clusters Obuchowski's.
///
/// ```
/// use calib::inference::delong::{Scored, compare};
/// let rows = |scores: [f64; 4]| -> Vec<Scored> {
///     let labelled = scores.into_iter().zip([true, true, false, false]).zip(0..);
///     labelled.map(|((score, right), cluster)| Scored { score, right, weight: 1.0, cluster }).collect()
/// };
/// let (first, second) = (rows([0.9, 0.7, 0.5, 0.2]), rows([0.4, 0.8, 0.6, 0.3]));
/// assert_eq!(compare(&first, &second).unwrap().value, 1.0 - 0.75);
/// ```
#[must_use]
pub fn compare(first: &[Scored], second: &[Scored]) -> Option<Difference> {
    let [a, b] = [Curve::new(first)?, Curve::new(second)?];
    let covary = |one: &Curve, other: &Curve| covariance(one, other);
    let variance = covary(&a, &a)? + covary(&b, &b)? - 2.0 * covary(&a, &b)?;
    let clusters = a.clusters.len().max(b.clusters.len());
    Some(Difference {
        value: a.area - b.area,
        standard_error: proper(variance),
        law: if clusters < first.len().max(second.len()) {
            Law::Clusters(clusters as u64)
        } else {
            Law::Normal
        },
    })
}

/// The curve of one measurement, with the summed deviations of wrong and right rows of every cluster.
struct Curve {
    area: f64,
    weights: [f64; 2],
    clusters: BTreeMap<u64, [Option<f64>; 2]>,
}

impl Curve {
    fn new(rows: &[Scored]) -> Option<Self> {
        // Adding zero makes negative zero zero, so that equal scores are one cell.
        let score = |row: &Scored| row.score + 0.0;
        let mut scores: Vec<f64> = rows.iter().map(score).collect();
        scores.sort_by(f64::total_cmp);
        scores.dedup();
        let place = |row: &Scored| scores.binary_search_by(|s| s.total_cmp(&score(row)));
        let mut cells = vec![Pair::default(); scores.len()];
        for row in rows {
            if let Some(cell) = place(row).ok().and_then(|at| cells.get_mut(at)) {
                let class = usize::from(row.right);
                cell.rows[class] += 1;
                cell.weight[class] += row.weight;
                cell.squares[class] += row.weight * row.weight;
            }
        }
        let roc = Roc::new(&cells)?;
        if [0, 1]
            .iter()
            .any(|class| kish::is_lopsided(roc.effective(*class)))
        {
            return None;
        }
        let mut placed: BTreeMap<u64, ClusterPlacement> = BTreeMap::new();
        for row in rows {
            if let Ok(at) = place(row) {
                let cluster = placed.entry(row.cluster).or_default();
                roc.place(cluster, at, row.right, row.weight);
            }
        }
        let deviations = |c: &ClusterPlacement| {
            [0, 1].map(|class| (c.weight[class] > 0.0).then(|| roc.deviation(c, class)))
        };
        Some(Self {
            area: roc.area,
            weights: roc.total.weight,
            clusters: placed.iter().map(|(id, c)| (*id, deviations(c))).collect(),
        })
    }
}

/// The covariance of two areas; `None` when a class has one cluster only.
fn covariance(one: &Curve, other: &Curve) -> Option<f64> {
    let mut total = 0.0;
    for j in [0, 1] {
        for k in [0, 1] {
            let product = |(id, a): (&u64, &[Option<f64>; 2])| {
                let b = other.clusters.get(id)?;
                Some(a[j]? * b[k]?)
            };
            let products: Vec<f64> = one.clusters.iter().filter_map(product).collect();
            let units = if j == k {
                products.len()
            } else {
                one.clusters.len()
            };
            if units < 2 {
                return None;
            }
            let factor = units as f64 / (units - 1) as f64;
            total += factor * sum(products) / (one.weights[j] * other.weights[k]);
        }
    }
    Some(total)
}

/// The root of a variance, zero where it is of the size of rounding errors.
fn proper(variance: f64) -> f64 {
    let error = variance.max(0.0).sqrt();
    if error > 1e-12 { error } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::paired::Alternative;
    use crate::maths::rng::Rng;

    /// One unit measured twice.
    struct Twice {
        score: [f64; 2],
        right: [bool; 2],
        cluster: u64,
    }

    fn side(rows: &[Twice], side: usize) -> Vec<Scored> {
        let scored = |row: &Twice| Scored {
            score: row.score[side],
            right: row.right[side],
            weight: 1.0,
            cluster: row.cluster,
        };
        rows.iter().map(scored).collect()
    }

    fn compare_both(rows: &[Twice]) -> Option<Difference> {
        compare(&side(rows, 0), &side(rows, 1))
    }

    /// Units with tied scores; the second measurement follows the first.
    fn rows(n: u64, clusters: u64, same_labels: bool) -> Vec<Twice> {
        let mut rng = Rng::stream(5, n);
        (0..n)
            .map(|at| {
                let first = (rng.uniform() * 10.0).floor() / 10.0;
                let second = (first + (rng.uniform() * 6.0).floor() / 10.0) / 1.5;
                let right = rng.uniform() < first;
                let again = rng.uniform() < second;
                Twice {
                    score: [first, second],
                    right: [right, if same_labels { right } else { again }],
                    cluster: at % clusters,
                }
            })
            .collect()
    }

    /// Whether a right row beats a wrong one: 1, ½ or 0.
    fn kernel(right: f64, wrong: f64) -> f64 {
        if right > wrong {
            1.0
        } else if right == wrong {
            0.5
        } else {
            0.0
        }
    }

    /// The placement of every row by comparing it with every row of the other class.
    fn placements(rows: &[Twice], side: usize) -> (f64, Vec<f64>) {
        let score = |at: usize| rows[at].score[side];
        let place = |at: usize| {
            let others = (0..rows.len()).filter(|o| rows[*o].right[side] != rows[at].right[side]);
            let wins = others.clone().map(|other| match rows[at].right[side] {
                true => kernel(score(at), score(other)),
                false => kernel(score(other), score(at)),
            });
            wins.sum::<f64>() / others.count() as f64
        };
        let placed: Vec<f64> = (0..rows.len()).map(place).collect();
        let right = (0..rows.len()).filter(|at| rows[*at].right[side]);
        let area = right.clone().map(|at| placed[at]).sum::<f64>() / right.count() as f64;
        (area, placed)
    }

    #[test]
    fn independent_rows_agree_with_the_covariance_written_out() {
        for n in [20, 57, 300] {
            let rows = rows(n, n, true);
            let ((a, first), (b, second)) = (placements(&rows, 0), placements(&rows, 1));
            let mut variance = 0.0;
            for class in [false, true] {
                let of = (0..rows.len()).filter(|at| rows[*at].right[0] == class);
                let m = of.clone().count() as f64;
                let deviation = |at: usize| first[at] - a - (second[at] - b);
                variance += of.map(|at| deviation(at).powi(2)).sum::<f64>() / (m * (m - 1.0));
            }
            let ours = compare_both(&rows).unwrap();
            assert!((ours.value - (a - b)).abs() < 1e-12);
            assert!((ours.standard_error - variance.sqrt()).abs() < 1e-12);
            assert_eq!(ours.law, Law::Normal);
        }
    }

    #[test]
    fn clusters_and_labels_of_their_own_agree_with_the_sums_written_out() {
        let rows = rows(120, 6, false);
        let placed = [placements(&rows, 0), placements(&rows, 1)];
        // The share of a row in the area of a side, by class.
        let share = |at: usize, side: usize, class: usize| {
            let here = usize::from(rows[at].right[side]) == class;
            let of = rows
                .iter()
                .filter(|row| usize::from(row.right[side]) == class);
            let (area, placements) = &placed[side];
            if here {
                (placements[at] - area) / of.count() as f64
            } else {
                0.0
            }
        };
        let mut variance = 0.0;
        for (i, j) in (0..120).flat_map(|i| (0..120).map(move |j| (i, j))) {
            if rows[i].cluster == rows[j].cluster {
                for (one, other, sign) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, -2.0)] {
                    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                        variance += sign * share(i, one, a) * share(j, other, b);
                    }
                }
            }
        }
        // Every cluster holds rows of either class on either side, so the factors are the same.
        let theirs = (variance * 6.0 / 5.0).sqrt();
        let ours = compare_both(&rows).unwrap();
        assert!((ours.standard_error / theirs - 1.0).abs() < 1e-12);
        assert_eq!(ours.law, Law::Clusters(6));
    }

    #[test]
    fn one_measurement_against_itself_is_no_difference() {
        let mut rows = rows(60, 60, true);
        rows.iter_mut().for_each(|row| row.score[1] = row.score[0]);
        let ours = compare_both(&rows).unwrap();
        assert_eq!((ours.value, ours.standard_error), (0.0, 0.0));
        assert_eq!(ours.p_value(Alternative::TwoSided, 0.0), None);
    }

    #[test]
    fn two_unrelated_measurements_add_their_variances() {
        let mut rng = Rng::stream(9, 0);
        let mut error = |n: u64| {
            let row = |cluster| {
                let right = [rng.uniform() < 0.5, rng.uniform() < 0.5];
                let score = right.map(|r| rng.normal() + f64::from(u8::from(r)));
                Twice {
                    score,
                    right,
                    cluster,
                }
            };
            let rows: Vec<Twice> = (0..n).map(row).collect();
            let alone = [0, 1].map(|side| {
                let curve = Curve::new(&super::tests::side(&rows, side)).unwrap();
                covariance(&curve, &curve).unwrap()
            });
            compare_both(&rows).unwrap().standard_error / (alone[0] + alone[1]).sqrt()
        };
        assert!((error(4_000) - 1.0).abs() < 0.05);
    }
}
