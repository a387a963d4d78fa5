//! Draws of the two abstention rates, for everything that is a function of both.

use std::sync::OnceLock;

use crate::maths::binomial::Binomial;
use crate::maths::quantile;
use crate::maths::rng::Rng;

/// Number of draws; fixed, so that a verdict never depends on the machine.
pub const DRAWS: u64 = 4_000;
/// Most groups of items a bootstrap resamples; more are joined at random.
const MOST_GROUPS: usize = 1_024;
/// Streams of the draws, apart from those of null distributions.
const STREAM: u64 = 1 << 40;

/// How often a prompt of one side was declined and answered; effective numbers when rows are weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SideCount {
    /// Declined.
    pub abstained: f64,
    /// Answered.
    pub answered: f64,
}

/// Both sides of the failure map.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sides {
    /// Prompts that should be declined.
    pub should_abstain: SideCount,
    /// Prompts that should be answered.
    pub should_answer: SideCount,
}

/// Draws of h = P(declined | should be) and f = P(declined | should be answered).
#[derive(Clone, Debug, Default)]
pub struct Draws {
    /// Hit rates.
    pub h: Vec<f64>,
    /// False-alarm rates.
    pub f: Vec<f64>,
    /// How they were drawn.
    pub method: String,
    /// Normal quantiles of both rates, once they are asked for.
    signals: OnceLock<Vec<[f64; 2]>>,
}

impl SideCount {
    /// Rows.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.abstained + self.answered
    }

    /// Share declined; `None` without rows.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.total() > 0.0).then(|| self.abstained / self.total())
    }

    /// The same share in `factor` times as many rows.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            abstained: self.abstained * factor,
            answered: self.answered * factor,
        }
    }

    /// A quantile of the Jeffreys posterior Beta(abstained + ½, answered + ½) of the rate declined.
    #[must_use]
    pub fn jeffreys(&self, p: f64) -> Option<f64> {
        quantile::beta(p, self.abstained + 0.5, self.answered + 0.5)
    }

    fn draw(&self, rng: &mut Rng) -> f64 {
        rng.beta(self.abstained + 0.5, self.answered + 0.5)
    }

    fn is_degenerate(&self) -> bool {
        self.abstained <= 0.0 || self.answered <= 0.0
    }
}

impl Sides {
    /// All four counts times a factor.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            should_abstain: self.should_abstain.scaled(factor),
            should_answer: self.should_answer.scaled(factor),
        }
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let add = |a: &SideCount, b: &SideCount| SideCount {
            abstained: a.abstained + b.abstained,
            answered: a.answered + b.answered,
        };
        Self {
            should_abstain: add(&self.should_abstain, &other.should_abstain),
            should_answer: add(&self.should_answer, &other.should_answer),
        }
    }
}

impl Draws {
    /// Jeffreys draws, for independent rows. Brown, Cai and DasGupta (2001), Statistical Science 16, 101–133.
    #[must_use]
    pub fn jeffreys(sides: &Sides, seed: u64) -> Self {
        let mut draws = Self {
            method: format!("Jeffreys, {DRAWS} draws"),
            ..Self::default()
        };
        for index in 0..DRAWS {
            let mut rng = Rng::stream(seed, STREAM + index);
            draws.h.push(sides.should_abstain.draw(&mut rng));
            draws.f.push(sides.should_answer.draw(&mut rng));
        }
        draws
    }

    /// Bootstrap draws over clusters, for prompts asked several times. `single` rows are clusters of their own.
    ///
    /// A side whose rate is 0 or 1 cannot vary under resampling: Beta(½, G + ½) stands in, G its clusters.
    #[must_use]
    pub fn bootstrap(clusters: &[Sides], single: &Sides, seed: u64) -> Self {
        let groups = join(clusters);
        let whole = clusters
            .iter()
            .fold(*single, |sum, cluster| sum.plus(cluster));
        let units = [
            independent(clusters, single, |s| &s.should_abstain),
            independent(clusters, single, |s| &s.should_answer),
        ];
        let mut draws = Self {
            method: format!(
                "cluster bootstrap, {} clusters, {DRAWS} draws",
                clusters.len() as f64
                    + single.should_abstain.total()
                    + single.should_answer.total()
            ),
            ..Self::default()
        };
        for index in 0..DRAWS {
            let mut rng = Rng::stream(seed, STREAM + index);
            let sample = resample(&groups, &mut rng).plus(&resample_rows(single, &mut rng));
            let h = drawn_rate(
                &sample.should_abstain,
                &whole.should_abstain,
                units[0],
                &mut rng,
            );
            let f = drawn_rate(
                &sample.should_answer,
                &whole.should_answer,
                units[1],
                &mut rng,
            );
            draws.h.push(h);
            draws.f.push(f);
        }
        draws
    }

    /// The central interval, at this level, of a function of both rates; `None` without draws, and where they are all
    /// alike: no width is no evidence.
    #[must_use]
    pub fn interval(&self, level: f64, of: impl Fn(f64, f64) -> f64) -> Option<(f64, f64)> {
        let rates = self.h.iter().zip(&self.f);
        central(rates.map(|(h, f)| of(*h, *f)).collect(), level)
    }

    /// The same of a function of z(h) and z(f), the normal quantiles of both rates, kept finite.
    #[must_use]
    pub fn signal_interval(&self, level: f64, of: impl Fn(f64, f64) -> f64) -> Option<(f64, f64)> {
        let signals = self.signals.get_or_init(|| {
            let rates = self.h.iter().zip(&self.f);
            let signals = rates.map(|(h, f)| [*h, *f].map(quantile::finite_normal));
            signals.collect()
        });
        central(signals.iter().map(|[h, f]| of(*h, *f)).collect(), level)
    }
}

/// The central range of some values at this level; `None` where there are none, or all are alike.
fn central(mut values: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    let low = quantile::unsorted(&mut values, 0.5 - level / 2.0)?;
    let high = quantile::unsorted(&mut values, 0.5 + level / 2.0)?;
    (high - low > 1e-12 * high.abs().max(1.0)).then_some((low, high))
}

/// Clusters with rows on this side, single rows included.
fn independent(clusters: &[Sides], single: &Sides, side: fn(&Sides) -> &SideCount) -> f64 {
    let with = clusters.iter().filter(|one| side(one).total() > 0.0);
    with.count() as f64 + side(single).total()
}

/// Clusters joined to at most [`MOST_GROUPS`]; they come in the order of their hashes, so that neighbours are random.
fn join(clusters: &[Sides]) -> Vec<Sides> {
    let size = clusters.len().div_ceil(MOST_GROUPS).max(1);
    clusters
        .chunks(size)
        .map(|chunk| {
            chunk
                .iter()
                .fold(Sides::default(), |sum, one| sum.plus(one))
        })
        .collect()
}

fn resample(groups: &[Sides], rng: &mut Rng) -> Sides {
    (0..groups.len())
        .filter_map(|_| groups.get(rng.below(groups.len())))
        .fold(Sides::default(), |sum, group| sum.plus(group))
}

/// Independent rows resampled with both sides held at their size.
fn resample_rows(single: &Sides, rng: &mut Rng) -> Sides {
    let mut side = |count: &SideCount| {
        let rows = count.total().round() as u64;
        let abstained = Binomial::new(rows, count.rate().unwrap_or(0.0)).draw(rng) as f64;
        SideCount {
            abstained,
            answered: rows as f64 - abstained,
        }
    };
    Sides {
        should_abstain: side(&single.should_abstain),
        should_answer: side(&single.should_answer),
    }
}

fn drawn_rate(sample: &SideCount, whole: &SideCount, clusters: f64, rng: &mut Rng) -> f64 {
    let rate = whole.rate().unwrap_or(0.5);
    if whole.is_degenerate() {
        return SideCount {
            abstained: rate * clusters,
            answered: (1.0 - rate) * clusters,
        }
        .draw(rng);
    }
    // A resample at 0 or 1 is pulled in by half a cluster, else its normal quantile would be infinite.
    let least = 0.5 / (clusters + 1.0);
    sample.rate().unwrap_or(rate).clamp(least, 1.0 - least)
}
