//! Binomial numbers drawn exactly, with all that does not depend on the draw computed once.

use statrs::function::gamma::ln_gamma;

use super::rng::Rng;

/// Largest standard deviation for which walking away from the mode beats rejection.
const SHORT_WALK: f64 = 20.0;

/// The distribution of the number of successes in `n` trials of probability `p`.
///
/// ```
/// use calib::maths::{binomial::Binomial, rng::Rng};
/// assert_eq!(Binomial::new(12, 1.0).draw(&mut Rng::stream(1, 0)), 12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Binomial {
    n: u64,
    /// Whether failures are drawn in place of successes, so that `p` is at most one half.
    failures: bool,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// No success is possible.
    Never,
    /// One trial.
    Once(f64),
    /// Inversion, outcomes taken in order of their distance from the mode.
    Walk(Walk),
    /// Transformed rejection.
    Reject(Reject),
}

#[derive(Clone, Copy, Debug)]
struct Walk {
    mode: f64,
    at_mode: f64,
    odds: f64,
}

/// Constants of BTRS, Hörmann (1993), Journal of Statistical Computation and Simulation 46, 101–110.
#[derive(Clone, Copy, Debug)]
struct Reject {
    a: f64,
    b: f64,
    center: f64,
    v_r: f64,
    alpha: f64,
    mode: f64,
    ln_at_mode: f64,
    ln_odds: f64,
}

impl Binomial {
    /// The distribution for a probability in [0, 1].
    #[must_use]
    pub fn new(n: u64, p: f64) -> Self {
        let failures = p > 0.5;
        let p = if failures { 1.0 - p } else { p };
        let trials = n as f64;
        let how = if n == 0 || p <= 0.0 {
            How::Never
        } else if n == 1 {
            How::Once(p)
        } else if trials * p * (1.0 - p) <= SHORT_WALK * SHORT_WALK {
            How::Walk(Walk::new(trials, p))
        } else {
            How::Reject(Reject::new(trials, p))
        };
        Self { n, failures, how }
    }

    /// The next number.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        let n = self.n as f64;
        self.outcome(match &self.how {
            How::Never => 0,
            How::Once(p) => u64::from(rng.uniform() < *p),
            How::Walk(walk) => walk.reach(n, rng.uniform()),
            How::Reject(reject) => reject.draw(n, rng),
        })
    }

    /// The next number of a generator, and the generator after it: one that is lent out a processor keeps in memory.
    #[inline(never)]
    fn drawn(&self, mut rng: Rng) -> (f64, Rng) {
        (self.draw(&mut rng) as f64, rng)
    }

    /// The number of successes where so many of what is drawn were.
    fn outcome(&self, drawn: u64) -> u64 {
        match self.failures {
            true => self.n - drawn,
            false => drawn,
        }
    }

    /// What a short walk reaches by a uniform number.
    #[cold]
    fn walked(&self, uniform: f64) -> u64 {
        self.outcome(match &self.how {
            How::Walk(walk) => walk.reach(self.n as f64, uniform),
            _ => 0,
        })
    }
}

/// A law whose likeliest outcomes are laid out: its draws are those of [`Binomial::draw`], as numbers to compute with, and
/// quicker.
///
/// ```
/// use calib::maths::{binomial::{Binomial, Tabled}, rng::Rng};
/// let law = Binomial::new(40, 0.3);
/// let tabled = Tabled::new(law);
/// assert_eq!(tabled.draw(&mut Rng::stream(1, 0)), law.draw(&mut Rng::stream(1, 0)) as f64);
/// ```
#[derive(Clone, Debug)]
pub struct Tabled {
    law: Binomial,
    quick: Quick,
}

#[derive(Clone, Debug)]
enum Quick {
    /// Nothing is left to chance.
    Always(f64),
    /// One trial: the chance of a success, or of a failure where these are drawn, and the outcomes without and with it.
    Once { chance: f64, outcomes: [f64; 2] },
    /// A short walk.
    Table(Box<Table>),
    /// As without a table.
    Law,
}

/// The likeliest outcomes of a short walk.
#[derive(Clone, Debug)]
struct Table {
    /// The probability of the mode and its neighbours, in turn above and below it, summed up to each, as far as nearly
    /// every draw goes: in units of 2⁻³², rounded down, for tables of many laws fill what a processor has at hand.
    reached: Box<[u32]>,
    /// For each of equal parts of [0, 1), how many of the sums none of its numbers is below.
    passed: [u8; PARTS],
    /// The outcome at the mode, and by how much that one step above it is more.
    mode: f64,
    step: f64,
}

/// How many steps above the mode each outcome lies, in the order of the sums.
const STEPS_ABOVE: [f64; 256] = {
    let (mut steps, mut at) = ([0.0; 256], 1_usize);
    while at < 256 {
        let away = at.div_ceil(2) as f64;
        steps[at] = if at % 2 == 1 { away } else { -away };
        at += 1;
    }
    steps
};

/// Parts of [0, 1) for which it is known where to begin: so many that in few of them it is not known where to end.
const PARTS: usize = 256;
/// Share of draws that find their outcome in the table.
const NEARLY_ALL: f64 = 1023.0 / 1024.0;

impl Tabled {
    /// The table of a law.
    #[must_use]
    pub fn new(law: Binomial) -> Self {
        let quick = match &law.how {
            How::Never => Quick::Always(law.outcome(0) as f64),
            How::Once(chance) => Quick::Once {
                chance: *chance,
                outcomes: [0, 1].map(|drawn| law.outcome(drawn) as f64),
            },
            How::Walk(walk) => Quick::Table(Box::new(Table::new(&law, walk))),
            How::Reject(_) => Quick::Law,
        };
        Self { law, quick }
    }

    /// The next number.
    #[inline(always)]
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        match &self.quick {
            Quick::Always(outcome) => *outcome,
            // Looked up and not chosen, for a processor cannot guess which.
            Quick::Once { chance, outcomes } => outcomes[usize::from(rng.uniform() < *chance)],
            Quick::Table(table) => {
                let bits = rng.bits();
                match table.outcome(bits) {
                    Some(outcome) => outcome,
                    None => self.law.walked(Rng::unit(bits)) as f64,
                }
            }
            Quick::Law => {
                let (outcome, next) = self.law.drawn(rng.clone());
                *rng = next;
                outcome
            }
        }
    }
}

impl Table {
    fn new(law: &Binomial, walk: &Walk) -> Self {
        let mut sum = walk.at_mode;
        let mut reached = vec![sum];
        let mut terms = walk.steps(law.n as f64).flatten();
        while sum < NEARLY_ALL && reached.len() < usize::from(u8::MAX) {
            let Some(term) = terms.next() else { break };
            sum += term;
            reached.push(sum);
        }
        let (mut passed, mut so_far) = ([0; PARTS], 0);
        let mut sums = reached.iter().copied().peekable();
        for (part, passed) in passed.iter_mut().enumerate() {
            let least = part as f64 / PARTS as f64;
            while sums.next_if(|sum| *sum <= least).is_some() {
                so_far += 1;
            }
            *passed = so_far;
        }
        Self {
            reached: reached
                .iter()
                .map(|sum| (sum * 2f64.powi(32)) as u32)
                .collect(),
            passed,
            mode: law.outcome(walk.at(0)) as f64,
            step: if law.failures { -1.0 } else { 1.0 },
        }
    }

    /// The outcome for the uniform number of these bits, if it is among the likeliest, and the first half of the bits tell
    /// which.
    #[inline]
    fn outcome(&self, bits: u64) -> Option<f64> {
        let passed = usize::from(self.passed[(bits >> 56) as usize]);
        let half = (bits >> 32) as u32;
        let ahead = self.reached.get(passed..)?;
        let beyond = match ahead {
            // Nearly always one of two: counted and not chosen, for a processor cannot guess which.
            [first, second, ..] if half <= *second => usize::from(half > *first),
            _ => ahead.iter().position(|reached| half <= *reached)?,
        };
        // Below the whole units of a sum it is below the sum, and above them above it.
        let place = (ahead[beyond] != half).then_some(passed + beyond)?;
        Some(self.mode + self.step * STEPS_ABOVE.get(place)?)
    }
}

/// The probabilities of the neighbours of the mode, further and further away.
#[derive(Debug)]
struct Steps {
    n: f64,
    odds: f64,
    low: f64,
    high: f64,
    below: f64,
    above: f64,
}

impl Iterator for Steps {
    type Item = [f64; 2];

    /// Those of the next one above and the next one below; none where what is left of either tail is below rounding.
    fn next(&mut self) -> Option<[f64; 2]> {
        if self.below + self.above <= 1e-300 {
            return None;
        }
        self.above *= self.odds * (self.n - self.high) / (self.high + 1.0);
        self.high += 1.0;
        self.below *= self.low / (self.odds * (self.n - self.low + 1.0));
        self.low -= 1.0;
        Some([self.above, self.below])
    }
}

impl Walk {
    fn new(n: f64, p: f64) -> Self {
        let mode = ((n + 1.0) * p).floor();
        let odds = p / (1.0 - p);
        // A short walk has a mode of some hundreds at most; up to a few terms they are cheaper, too.
        let ln_choose = if mode <= 8.0 || n > 1e9 {
            ln_choose_few(n, mode)
        } else {
            ln_choose(n, mode)
        };
        let ln_at_mode = n * (-p).ln_1p() + ln_choose + mode * odds.ln();
        Self {
            mode,
            at_mode: ln_at_mode.exp(),
            odds,
        }
    }

    /// Adds the probabilities of the mode and its neighbours on either side until they exceed a uniform number.
    fn reach(&self, n: f64, uniform: f64) -> u64 {
        let mut reached = self.at_mode;
        if uniform < reached {
            return self.at(0);
        }
        for (steps, term) in self.steps(n).flatten().enumerate() {
            reached += term;
            if uniform < reached {
                return self.at(steps + 1);
            }
        }
        self.at(0)
    }

    fn steps(&self, n: f64) -> Steps {
        Steps {
            n,
            odds: self.odds,
            low: self.mode,
            high: self.mode,
            below: self.at_mode,
            above: self.at_mode,
        }
    }

    /// The number after so many steps from the mode, in turn above and below it.
    #[inline]
    fn at(&self, steps: usize) -> u64 {
        // A mode and its neighbours are whole numbers far below 2⁶³.
        let (mode, away) = (self.mode as i64, steps.div_ceil(2) as i64);
        let place = if steps.is_multiple_of(2) {
            mode - away
        } else {
            mode + away
        };
        place.unsigned_abs()
    }
}

impl Reject {
    fn new(n: f64, p: f64) -> Self {
        let spread = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let mode = ((n + 1.0) * p).floor();
        Self {
            a: -0.0873 + 0.0248 * b + 0.01 * p,
            b,
            center: n * p + 0.5,
            v_r: 0.92 - 4.2 / b,
            alpha: (2.83 + 5.1 / b) * spread,
            mode,
            ln_at_mode: ln_choose(n, mode),
            ln_odds: (p / (1.0 - p)).ln(),
        }
    }

    fn draw(&self, n: f64, rng: &mut Rng) -> u64 {
        loop {
            let u = rng.uniform() - 0.5;
            let v = rng.open();
            let us = 0.5 - u.abs();
            let k = ((2.0 * self.a / us + self.b) * u + self.center).floor();
            if !(0.0..=n).contains(&k) {
                continue;
            }
            if us >= 0.07 && v <= self.v_r {
                return k as u64;
            }
            let accepted = (v * self.alpha / (self.a / (us * us) + self.b)).ln();
            if accepted <= ln_choose(n, k) - self.ln_at_mode + (k - self.mode) * self.ln_odds {
                return k as u64;
            }
        }
    }
}

/// The logarithm of n over k.
fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// The same for a small `k`: exact where differences of ln Γ lose the digits that many trials with few successes need.
fn ln_choose_few(n: f64, k: f64) -> f64 {
    let term = |i: u32| ((n - f64::from(i)) / (f64::from(i) + 1.0)).ln();
    (0..k as u32).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_has_the_mean_and_variance_of_the_law() {
        const DRAWS: u32 = 40_000;
        for (n, p) in [(1, 0.3), (20, 0.1), (50, 0.9), (100, 0.4), (5_000, 0.73)] {
            let mut rng = Rng::stream(1, n);
            let law = Binomial::new(n, p);
            let draws: Vec<f64> = (0..DRAWS).map(|_| law.draw(&mut rng) as f64).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(DRAWS);
            let squares: f64 = draws.iter().map(|x| (x - mean).powi(2)).sum();
            let (np, npq) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - np).abs() < 5.0 * (npq / f64::from(DRAWS)).sqrt());
            assert!((squares / f64::from(DRAWS) / npq - 1.0).abs() < 0.04);
        }
    }

    #[test]
    fn numbers_from_a_table_are_those_drawn_without() {
        for (n, p) in [
            (0, 0.3),
            (1, 0.3),
            (1, 0.8),
            (4, 0.0),
            (3, 1.0),
            (20, 0.1),
            (50, 0.9),
            (700, 0.4),
            (5_000, 0.73),
            (9, 0.5),
        ] {
            let (mut alone, mut by_table) = (Rng::stream(4, n), Rng::stream(4, n));
            let law = Binomial::new(n, p);
            let tabled = Tabled::new(law);
            for _ in 0..5_000 {
                assert_eq!(tabled.draw(&mut by_table), law.draw(&mut alone) as f64);
            }
        }
    }

    #[test]
    fn bits_next_to_a_sum_are_told_by_walking() {
        let law = Binomial::new(50, 0.9);
        let Tabled {
            quick: Quick::Table(table),
            ..
        } = Tabled::new(law)
        else {
            panic!("a short walk has a table");
        };
        let last = *table.reached.last().unwrap();
        for reached in &table.reached {
            for half in reached - 1..=reached + 1 {
                for rest in [0, u64::from(u32::MAX)] {
                    let bits = (u64::from(half) << 32) + rest;
                    let drawn = law.walked(Rng::unit(bits)) as f64;
                    let told = table.outcome(bits);
                    let beyond = half == *reached || half > last;
                    assert_eq!(told.is_none(), beyond, "{half}");
                    assert!(told.is_none_or(|told| told == drawn), "{half}");
                }
            }
        }
    }

    #[test]
    fn frequencies_are_those_of_the_law() {
        const DRAWS: u32 = 100_000;
        let (n, p) = (6, 0.35f64);
        let mut rng = Rng::stream(2, 0);
        let law = Binomial::new(n, p);
        let mut seen = [0.0; 7];
        for _ in 0..DRAWS {
            seen[law.draw(&mut rng) as usize] += 1.0 / f64::from(DRAWS);
        }
        for (k, share) in (0i32..).zip(seen) {
            let choose = ln_choose(6.0, f64::from(k)).exp();
            let expected = choose * p.powi(k) * (1.0 - p).powi(6 - k);
            let error = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
            assert!(
                (share - expected).abs() < 4.5 * error,
                "{k} {share} {expected}"
            );
        }
    }

    #[test]
    fn extremes_end() {
        let mut rng = Rng::stream(3, 0);
        for n in [2, 1_000, u64::from(u32::MAX)] {
            for p in [0.0, 1e-300, 1e-12, 0.5, 1.0 - 1e-12, 1.0] {
                assert!(Binomial::new(n, p).draw(&mut rng) <= n);
            }
        }
    }
}
