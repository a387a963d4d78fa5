//! Weighted means of rows that come in clusters, with every cluster's influence, so that functions of several means over
//! the same clusters have a standard error too.
//!
//! A mean m = Σ s / Σ w moves by (s_g − m w_g) / Σ w when cluster g weighs a little more; a linear form of means moves by
//! that form of their influences ψ, and its standard error is √(G / (G − 1) Σ_g ψ_g²). Liang and Zeger (1986),
//! Biometrika 73, 13–22.

use super::paired::{Difference, Law};
use super::{Interval, cluster_quantile};
use crate::evidence::PanelRow;
use crate::maths::kish;
use crate::maths::sums::{Sum, sum};

/// A row, or several that say the same: what it belongs to and what it weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// The cluster.
    pub cluster: u64,
    /// Clusters of which each holds just this; one where the row is part of a cluster with a name.
    pub copies: u64,
    /// Weight within one of them.
    pub weight: f64,
}

impl Unit {
    /// A single row that weighs one.
    #[must_use]
    pub fn single(cluster: u64) -> Self {
        Self {
            cluster,
            copies: 1,
            weight: 1.0,
        }
    }

    /// Of a row that occurs so often: rows without identity are clusters of their own, though they say the same.
    #[must_use]
    pub fn of(row: &PanelRow, times: u64) -> Self {
        match row.cluster() {
            Some(cluster) => Self {
                cluster,
                copies: 1,
                weight: row.weight() * times as f64,
            },
            None => Self {
                cluster: row.place(),
                copies: times,
                weight: row.weight(),
            },
        }
    }

    /// The weight of all copies.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.weight * self.copies as f64
    }

    /// The same row where it weighs so many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            weight: self.weight * factor,
            ..self
        }
    }
}

/// What a cluster, and each of its copies, adds to an estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Influence {
    cluster: u64,
    copies: u64,
    value: f64,
}

/// A mean, or a function of means, with the influence of each cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clustered {
    /// The value.
    pub value: f64,
    /// In order of clusters.
    influences: Vec<Influence>,
    /// As how many clusters that weigh the same it is known at most, by Kish.
    worth: f64,
}

impl Clustered {
    /// The weighted mean of scores; `None` without weight.
    ///
    /// ```
    /// use calib::inference::clustered::{Clustered, Unit};
    /// let mean = Clustered::mean([(Unit::single(1), 2.0), (Unit::single(2), 4.0)]).unwrap();
    /// assert_eq!(mean.value, 3.0);
    /// // As √(Σ (x − 3)² / (n (n − 1))).
    /// assert!((mean.standard_error().unwrap() - 1.0).abs() < 1e-12);
    /// ```
    pub fn mean(rows: impl IntoIterator<Item = (Unit, f64)>) -> Option<Self> {
        let mut rows: Vec<(Unit, f64)> = rows.into_iter().collect();
        // Stable, so that terms are added in the order of the rows.
        rows.sort_by_key(|(unit, _)| unit.cluster);
        let clusters = rows.chunk_by(|a, b| a.0.cluster == b.0.cluster);
        let sums: Vec<(Unit, f64)> = clusters.filter_map(total).collect();
        let weight = sum(sums.iter().map(|(unit, _)| unit.mass()));
        if weight <= 0.0 {
            return None;
        }
        let moments = sums
            .iter()
            .map(|(unit, moment)| moment * unit.copies as f64);
        let value = sum(moments) / weight;
        let influence = |(unit, moment): (Unit, f64)| Influence {
            cluster: unit.cluster,
            copies: unit.copies,
            value: (moment - value * unit.weight) / weight,
        };
        let weights = sums
            .iter()
            .map(|(unit, _)| (unit.weight, unit.copies as f64));
        Some(Self {
            value,
            worth: kish::effective_number_of(weights)?,
            influences: sums.into_iter().map(influence).collect(),
        })
    }

    /// A value that moves with these estimates by these slopes.
    #[must_use]
    pub fn of<'m>(value: f64, parts: impl IntoIterator<Item = (f64, &'m Self)>) -> Self {
        let parts: Vec<(f64, &Self)> = parts.into_iter().collect();
        let worths = parts.iter().map(|(_, part)| part.worth);
        let worth = worths.fold(f64::INFINITY, f64::min);
        let moved = parts.into_iter().flat_map(|(slope, part)| {
            part.influences.iter().map(move |influence| Influence {
                value: slope * influence.value,
                ..*influence
            })
        });
        let mut moved: Vec<Influence> = moved.collect();
        moved.sort_by_key(|influence| influence.cluster);
        let clusters = moved.chunk_by(|a, b| a.cluster == b.cluster);
        let whole = |parts: &[Influence]| {
            let first = parts.first()?;
            Some(Influence {
                value: sum(parts.iter().map(|part| part.value)),
                ..*first
            })
        };
        Self {
            value,
            influences: clusters.filter_map(whole).collect(),
            worth,
        }
    }

    /// A number that does not stray.
    #[must_use]
    pub fn fixed(value: f64) -> Self {
        Self::of(value, [])
    }

    /// This less another.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        Self::of(self.value - other.value, [(1.0, self), (-1.0, other)])
    }

    /// Number of clusters.
    #[must_use]
    pub fn clusters(&self) -> u64 {
        self.influences.iter().map(|one| one.copies).sum()
    }

    /// The standard error; `None` for fewer than two clusters, and where one holds nearly all the weight.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        let clusters = self.clusters() as f64;
        let sizes = self.influences.iter().map(|one| one.value.abs());
        // In units of the largest, whose square may be more than a float holds.
        let most = sizes.fold(f64::MIN_POSITIVE, f64::max);
        let square = |one: &Influence| (one.value / most).powi(2) * one.copies as f64;
        let squares = sum(self.influences.iter().map(square));
        let error = most * (squares * clusters / (clusters - 1.0)).sqrt();
        // What is left of equal scores is rounding.
        let least = 1e-13 * self.value.abs().max(1.0);
        (clusters > 1.0 && !kish::is_lopsided(self.worth)).then_some(if error > least {
            error
        } else {
            0.0
        })
    }

    /// Ends to hold against a line: those of the interval; where nothing strays over several clusters, the value is both.
    #[must_use]
    pub fn ends(&self, level: f64) -> Option<(f64, f64)> {
        match self.standard_error() {
            Some(0.0) => Some((self.value, self.value)),
            _ => self.interval(level).bounds,
        }
    }

    /// value ± quantile × standard error.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        let (quantile, method) = cluster_quantile(level, self.clusters());
        match self.standard_error() {
            Some(error) => Interval::around(self.value, error, quantile, method),
            None if self.clusters() > 1 => {
                Interval::missing(method, "one cluster holds nearly all the weight")
            }
            None => Interval::missing(method, "one cluster"),
        }
    }

    /// The value as a difference to be tested; `None` where there is no standard error.
    #[must_use]
    pub fn difference(&self) -> Option<Difference> {
        Some(Difference {
            value: self.value,
            standard_error: self.standard_error()?,
            law: Law::Clusters(self.clusters()),
        })
    }
}

/// A smooth function of estimates over the same clusters, by its slopes at their values; `None` where it has no value.
///
/// ```
/// use calib::inference::clustered::{Clustered, Unit, through};
/// let mean = |scores: [f64; 2]| Clustered::mean((0..).map(Unit::single).zip(scores)).unwrap();
/// let (one, other) = (mean([1.0, 3.0]), mean([2.0, 6.0]));
/// let product = through(&[&one, &other], |values| Some(values[0] * values[1])).unwrap();
/// let linear = Clustered::of(8.0, [(4.0, &one), (2.0, &other)]);
/// assert!((product.standard_error().unwrap() / linear.standard_error().unwrap() - 1.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn through(parts: &[&Clustered], f: impl Fn(&[f64]) -> Option<f64>) -> Option<Clustered> {
    let values: Vec<f64> = parts.iter().map(|part| part.value).collect();
    let value = f(&values)?;
    let slope = |at: usize| {
        // A step much smaller than chance makes, and much larger than rounding.
        let step = 1e-3 * parts[at].standard_error().filter(|error| *error > 0.0)?;
        let moved = |by: f64| {
            let mut values = values.clone();
            values[at] += by;
            f(&values)
        };
        Some((moved(step)? - moved(-step)?) / (2.0 * step))
    };
    let slopes = (0..parts.len()).map(|at| slope(at).unwrap_or(0.0));
    Some(Clustered::of(value, slopes.zip(parts.iter().copied())))
}

/// The weight of a cluster and the sum of its weighted scores.
fn total(rows: &[(Unit, f64)]) -> Option<(Unit, f64)> {
    let (mut weights, mut moments) = (Sum::default(), Sum::default());
    for (unit, score) in rows {
        weights.add(unit.weight);
        moments.add(unit.weight * score);
    }
    let (first, _) = rows.first()?;
    let unit = Unit {
        weight: weights.value(),
        ..*first
    };
    Some((unit, moments.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn singles(scores: impl Iterator<Item = f64>) -> Clustered {
        let rows = scores.enumerate();
        Clustered::mean(rows.map(|(at, score)| (Unit::single(at as u64), score))).unwrap()
    }

    fn error(one: &Clustered) -> f64 {
        one.standard_error().unwrap()
    }

    #[test]
    fn clusters_count_once_and_differences_keep_what_is_shared() {
        let once = singles((0..6).map(f64::from));
        let rows = (0..12_u32).map(|row| (Unit::single(u64::from(row / 2)), f64::from(row / 2)));
        let twice = Clustered::mean(rows).unwrap();
        assert_eq!(once.value, twice.value);
        assert!((error(&once) - error(&twice)).abs() < 1e-12);
        let shifted = singles((1..7).map(f64::from));
        let difference = shifted.less(&once);
        assert_eq!((difference.value, error(&difference)), (1.0, 0.0));
        assert_eq!(Clustered::mean([]), None);
        assert!(singles([1.0].into_iter()).interval(0.95).bounds.is_none());
    }

    #[test]
    fn copies_are_clusters_that_say_the_same() {
        let scores = [1.0, 1.0, 1.0, 4.0, 4.0, 7.0];
        let apart = singles(scores.into_iter());
        let copies = |cluster, copies| Unit {
            copies,
            ..Unit::single(cluster)
        };
        let together = Clustered::mean([
            (copies(1, 3), 1.0),
            (copies(2, 2), 4.0),
            (copies(3, 1), 7.0),
        ]);
        let together = together.unwrap();
        assert_eq!(apart.value, together.value);
        assert_eq!(together.clusters(), 6);
        assert!((error(&apart) - error(&together)).abs() < 1e-14);
    }
}
