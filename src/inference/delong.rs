//! The area under the ROC curve over cells of tied confidences, and its standard error.
//!
//! DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837–845, by mid-ranks as in Sun and Xu (2014), IEEE
//! Signal Processing Letters 21; with clusters Obuchowski (1997), Biometrics 53, 567–578.

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
        Some(Self {
            area,
            placements,
            total,
        })
    }

    /// The standard error for independent rows; `None` when a class has one row only.
    #[must_use]
    pub fn standard_error(&self, cells: &[Pair]) -> Option<f64> {
        let mut variance = 0.0;
        for class in [0, 1] {
            let n = self.total.rows[class];
            if n < 2 {
                return None;
            }
            let squares = self.squares(cells, class);
            variance += n as f64 / (n - 1) as f64 * squares / self.total.weight[class].powi(2);
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
            if n < 2 {
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

/// The root of a variance, zero where it is of the size of rounding errors.
fn proper(variance: f64) -> f64 {
    let error = variance.max(0.0).sqrt();
    if error > 1e-12 { error } else { 0.0 }
}
