//! Models whose truth is known: how they spread their confidences, how often they are right at each, and how the
//! samples of one prompt hang together.

use calib::evidence::Evidence;
use calib::maths::quantile;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View, find};
use calib::record::{Confidence, Record};
use calib::report::Estimate;
use calib::settings::{Resamples, Settings};

/// How confidences are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// Evenly over (0, 1).
    Even,
    /// Evenly over (½, 1).
    Upper,
    /// Spoken in steps: .50, .55, …, 1.
    Verbal,
    /// Sure of most answers: Beta(8, 1.5), mean .84.
    Sure,
}

pub(crate) const LAWS: [Law; 3] = [Law::Even, Law::Verbal, Law::Sure];

impl Law {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Even => "U(0, 1)",
            Self::Upper => "U(½, 1)",
            Self::Verbal => "steps .50 to 1",
            Self::Sure => "Beta(8, 1.5)",
        }
    }

    pub(crate) fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Self::Even => rng.uniform(),
            Self::Upper => 0.5 + rng.uniform() / 2.0,
            Self::Verbal => step(rng.below(11)),
            Self::Sure => rng.beta(8.0, 1.5),
        }
    }

    /// The mean of a function of the confidence, over the quantiles of the law.
    pub(crate) fn mean_of(self, f: impl Fn(f64) -> f64) -> f64 {
        let points = self.quantiles(4_000);
        let sum: f64 = points.iter().map(|c| f(*c)).sum();
        sum / points.len() as f64
    }

    /// Evenly spaced quantiles, so many where there is no end of them.
    pub(crate) fn quantiles(self, points: u32) -> Vec<f64> {
        let points = if self == Self::Verbal { 11 } else { points };
        let at = |point: u32| (f64::from(point) + 0.5) / f64::from(points);
        let quantile = |point: u32| match self {
            Self::Even => at(point),
            Self::Upper => 0.5 + at(point) / 2.0,
            Self::Verbal => step(point as usize),
            Self::Sure => quantile::beta(at(point), 8.0, 1.5).unwrap(),
        };
        (0..points).map(quantile).collect()
    }
}

fn step(at: usize) -> f64 {
    (50 + 5 * at) as f64 / 100.0
}

/// How often answers of a confidence are right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Truth {
    /// As often as stated.
    Calibrated,
    /// Less often by this much, where that is possible.
    Over(f64),
    /// With the logit of the confidence times this.
    Slope(f64),
    /// Too sure both ways: less often by this much above ½, more often below it.
    Extreme(f64),
}

impl Truth {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Calibrated => "calibrated".to_owned(),
            Self::Over(by) => format!("right {by:.3} less often than stated"),
            Self::Slope(slope) => format!("true logit {slope:.2} of the stated"),
            Self::Extreme(by) => format!("{by:.3} too extreme"),
        }
    }

    pub(crate) fn chance(self, confidence: f64) -> f64 {
        let chance = match self {
            Self::Calibrated => confidence,
            Self::Over(by) => confidence - by,
            Self::Slope(slope) => {
                let odds = (confidence / (1.0 - confidence)).powf(slope);
                if odds.is_finite() {
                    odds / (1.0 + odds)
                } else {
                    1.0
                }
            }
            Self::Extreme(by) if confidence > 0.5 => confidence - by,
            Self::Extreme(by) => confidence + by,
        };
        chance.clamp(0.0, 1.0)
    }
}

/// How the samples of one prompt hang together; they share its confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tie {
    /// All right or all wrong.
    Same,
    /// Right with a chance of their own, Beta(cκ, (1 − c)κ) with κ = 4, whose mean is the confidence c.
    Latent,
    /// Right with the odds of the truth times exp(u), u normal with this standard deviation.
    Effect(f64),
}

/// Spread of latent chances.
const KAPPA: f64 = 4.0;

/// A log of prompts that are asked several times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated {
    pub(crate) law: Law,
    pub(crate) truth: Truth,
    pub(crate) tie: Tie,
    pub(crate) prompts: u64,
    pub(crate) times: u64,
}

impl Tie {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Same => "all samples of a prompt right or wrong".to_owned(),
            Self::Latent => "samples share a chance".to_owned(),
            Self::Effect(sd) => format!("effect sd {sd}"),
        }
    }

    /// The chance that samples of one prompt are right.
    pub(crate) fn chance(self, chance: f64, rng: &mut Rng) -> f64 {
        match self {
            Self::Same => f64::from(u8::from(rng.uniform() < chance)),
            Self::Latent if chance <= 0.0 || chance >= 1.0 => chance,
            Self::Latent => rng.beta(chance * KAPPA, (1.0 - chance) * KAPPA),
            Self::Effect(sd) => shifted(chance, sd * rng.normal()),
        }
    }

    /// Its mean over prompts.
    pub(crate) fn mean_chance(self, chance: f64) -> f64 {
        const POINTS: u32 = 400;
        let Self::Effect(sd) = self else {
            return chance;
        };
        let at = |point: u32| (f64::from(point) + 0.5) / f64::from(POINTS);
        let moved = |point| shifted(chance, sd * quantile::normal(at(point)));
        (0..POINTS).map(moved).sum::<f64>() / f64::from(POINTS)
    }
}

/// The chance with odds times exp(by).
fn shifted(chance: f64, by: f64) -> f64 {
    let odds = chance / (1.0 - chance) * by.exp();
    if odds.is_finite() {
        odds / (1.0 + odds)
    } else {
        1.0
    }
}

impl Repeated {
    pub(crate) fn name(&self) -> String {
        format!("{} × {}, {}", self.prompts, self.times, self.tie.name())
    }

    /// The rows: prompt, confidence, whether right.
    pub(crate) fn rows(&self, rng: &mut Rng) -> Vec<(u64, f64, bool)> {
        let mut rows = Vec::with_capacity((self.prompts * self.times) as usize);
        for prompt in 0..self.prompts {
            let confidence = self.law.draw(rng);
            let chance = self.tie.chance(self.truth.chance(confidence), rng);
            rows.extend((0..self.times).map(|_| (prompt, confidence, rng.uniform() < chance)));
        }
        rows
    }

    /// The log, its prompts with or without names.
    pub(crate) fn log(&self, named: bool, rng: &mut Rng) -> Evidence {
        let mut evidence = Evidence::default();
        for (prompt, confidence, right) in self.rows(rng) {
            let item = named.then_some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            evidence.add(&answer(confidence, right, item));
        }
        evidence
    }
}

/// A log of independent rows.
pub(crate) fn independent(law: Law, truth: Truth, rows: u64, rng: &mut Rng) -> Evidence {
    let mut evidence = Evidence::default();
    for _ in 0..rows {
        let confidence = law.draw(rng);
        let right = rng.uniform() < truth.chance(confidence);
        evidence.add(&answer(confidence, right, None));
    }
    evidence
}

fn answer(confidence: f64, right: bool, item: Option<u64>) -> Record {
    Record {
        confidence: Confidence::new(confidence),
        credit: Some(f64::from(u8::from(right))),
        item,
        ..Record::default()
    }
}

/// Hands the view of a log, with so many resamples, to what looks at it. The seed of the resamples is drawn for each log:
/// under one seed all logs would be judged by the same draws, whose chance would be that of every log.
pub(crate) fn with_view<T>(
    evidence: &Evidence,
    resamples: u32,
    rng: &mut Rng,
    look: impl Fn(&View) -> T,
) -> T {
    let settings = Settings {
        seed: rng.bits(),
        ..Settings::default()
    };
    let budget = Budget::resolve(Resamples::Fixed(resamples), 1, 1);
    look(&View::new(evidence, &settings, budget))
}

/// One figure of a log.
pub(crate) fn estimate(view: &View, id: &str) -> Estimate {
    find(id).unwrap().estimate(view)
}
