//! Rates of labels that a judge gave, corrected for the judge's errors.
//!
//! With a judge of sensitivity s and specificity t a true rate π shows as q = πs + (1 − π)(1 − t). Two ways back:
//! s and t are known, or were measured elsewhere ([`rogan_gladen`], [`lang_reiczigel`]); or some of the rows at hand
//! have a second, human label ([`DoubleSample`]).

use std::fmt;

use super::wilson;

/// How often a judge is right about one kind of row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// The share it gets right.
    pub value: f64,
    /// Rows in which that was measured; `None` when it counts as exact.
    pub rows: Option<u32>,
}

/// A judge's errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judge {
    /// P(judged abstained | abstained).
    pub sensitivity: Rating,
    /// P(judged answered | answered).
    pub specificity: Rating,
}

/// A true rate as a linear function of the rate seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// The true rate where none is seen.
    pub intercept: f64,
    /// What the true rate gains with the rate seen.
    pub slope: f64,
}

impl Rating {
    /// The rating towards ½ by two rows, as Lang and Reiczigel count it, and the variance of its estimate.
    fn adjusted(self) -> (f64, f64) {
        let Some(rows) = self.rows.map(f64::from) else {
            return (self.value, 0.0);
        };
        let value = (rows * self.value + 1.0) / (rows + 2.0);
        (value, value * (1.0 - value) / (rows + 2.0))
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(rows) => write!(f, "{}:{rows}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

impl Correction {
    /// Nothing to correct.
    pub const NONE: Self = Self {
        intercept: 0.0,
        slope: 1.0,
    };

    /// Rogan and Gladen's correction; `None` for a judge no better than chance, s + t ≤ 1.
    #[must_use]
    pub fn of(sensitivity: f64, specificity: f64) -> Option<Self> {
        let youden = sensitivity + specificity - 1.0;
        // At the size of rounding errors it is 0.
        (youden > 1e-12).then(|| Self {
            intercept: (specificity - 1.0) / youden,
            slope: 1.0 / youden,
        })
    }

    /// The true rate, which sampling may put outside [0, 1].
    #[must_use]
    pub fn raw(&self, seen: f64) -> f64 {
        self.intercept + self.slope * seen
    }

    /// The true rate within [0, 1].
    #[must_use]
    pub fn clipped(&self, seen: f64) -> f64 {
        self.raw(seen).clamp(0.0, 1.0)
    }

    /// An interval of the rate seen as one of the true rate, within [0, 1].
    #[must_use]
    pub fn interval(&self, (low, high): (f64, f64)) -> (f64, f64) {
        let ends = [low, high].map(|end| self.clipped(end));
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    }
}

/// The true rate behind a rate seen by a judge, (q + t − 1) / (s + t − 1); `None` for a judge no better than chance.
///
/// Outside [0, 1] when chance, or wrong s and t, put q outside [1 − t, s]. Rogan and Gladen (1978), American Journal of
/// Epidemiology 107, 71–76.
///
/// ```
/// use calib::inference::misclassification::{apparent, rogan_gladen};
/// // 100 abstentions and 400 answers, judged with s = 0.9 and t = 0.95: 90 + 20 of 500 are called abstentions.
/// assert!((apparent(0.2, 0.9, 0.95) - 110.0 / 500.0).abs() < 1e-12);
/// assert!((rogan_gladen(110.0 / 500.0, 0.9, 0.95).unwrap() - 0.2).abs() < 1e-12);
/// assert!(rogan_gladen(0.01, 0.9, 0.95).unwrap() < 0.0);
/// assert_eq!(rogan_gladen(0.2, 0.5, 0.5), None);
/// ```
#[must_use]
pub fn rogan_gladen(apparent: f64, sensitivity: f64, specificity: f64) -> Option<f64> {
    Correction::of(sensitivity, specificity).map(|correction| correction.raw(apparent))
}

/// The rate that a judge sees of a true rate, πs + (1 − π)(1 − t).
///
/// ```
/// use calib::inference::misclassification::apparent;
/// assert_eq!(apparent(0.0, 0.9, 0.75), 0.25);
/// assert_eq!(apparent(1.0, 0.9, 0.75), 0.9);
/// ```
#[must_use]
pub fn apparent(rate: f64, sensitivity: f64, specificity: f64) -> f64 {
    rate * sensitivity + (1.0 - rate) * (1.0 - specificity)
}

/// The interval of the true rate behind a rate `apparent` seen in `n` rows, effective ones or whole, when the errors of
/// the judge were measured in rows of their own; `z` is the quantile. Within [0, 1].
///
/// With q′ = (nq + z²/2)/(n + z²), s′ and t′ one right and one wrong row more each, π′ from these, it is
/// π′ + δ ± z √(V(q′) + π′² V(s′) + (1 − π′)² V(t′)) / (s′ + t′ − 1) with δ = 2z² (π′ V(s′) − (1 − π′) V(t′)) and V the
/// binomial variances. Lang and Reiczigel (2014), Preventive Veterinary Medicine 113, 13–22. `None` without rows, and
/// where s′ + t′ ≤ 1: too few rows to tell the judge from chance.
///
/// ```
/// use calib::inference::misclassification::{Judge, Rating, lang_reiczigel};
/// let measured = |value| Rating { value, rows: Some(50) };
/// let judge = Judge { sensitivity: measured(0.9), specificity: measured(0.8) };
/// let (low, high) = lang_reiczigel(0.5, 100.0, &judge, 1.959963984540054).unwrap();
/// // q' = 0.5, s' = 46/52, t' = 41/52.
/// assert!((low - 0.241085243067).abs() < 1e-9 && (high - 0.600820668367).abs() < 1e-9);
/// ```
#[must_use]
pub fn lang_reiczigel(apparent: f64, n: f64, judge: &Judge, z: f64) -> Option<(f64, f64)> {
    if n.is_nan() || n <= 0.0 || !(0.0..=1.0).contains(&apparent) {
        return None;
    }
    let zz = z * z;
    let q = (n * apparent + zz / 2.0) / (n + zz);
    let (s, error_s) = judge.sensitivity.adjusted();
    let (t, error_t) = judge.specificity.adjusted();
    let correction = Correction::of(s, t)?;
    let rate = correction.raw(q);
    let shift = 2.0 * zz * (rate * error_s - (1.0 - rate) * error_t);
    let variance =
        q * (1.0 - q) / (n + zz) + rate * rate * error_s + (1.0 - rate).powi(2) * error_t;
    let half = z * correction.slope * variance.sqrt();
    let end = |x: f64| x.clamp(0.0, 1.0);
    Some((end(rate + shift - half), end(rate + shift + half)))
}

/// Rows that the judge put into one class, and what humans said of those they looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Checked {
    /// Share of them that abstained according to humans.
    pub share: f64,
    /// Rows humans looked at, effective ones or whole.
    pub rows: f64,
}

/// Rows that a judge labelled, some of them looked at by humans too.
///
/// The true rate is q·P + (1 − q)·R, with q the share judged abstained of all rows and P, R the shares that humans
/// call abstained among the checked rows of both classes: the maximum-likelihood estimate of Tenenbein (1970), Journal
/// of the American Statistical Association 65, 1350–1361. For labels of two values it is the prediction-powered
/// estimate with its weight tuned (Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453), q·b + (mean human label) −
/// b·(share judged abstained of the checked), b = P − R. It holds whatever the judge's errors, also where the choice of rows
/// to check went by the judge's label, but not by anything else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoubleSample {
    /// Share of all rows judged abstained.
    pub apparent: f64,
    /// Its interval.
    pub bounds: Option<(f64, f64)>,
    /// Those judged abstained.
    pub abstained: Checked,
    /// Those judged answered.
    pub answered: Checked,
}

impl DoubleSample {
    /// The true rate as a function of the rate seen.
    #[must_use]
    pub fn correction(&self) -> Correction {
        let [p, r] = [self.abstained.share, self.answered.share];
        Correction {
            intercept: r,
            slope: p - r,
        }
    }

    /// The true rate.
    ///
    /// ```
    /// use calib::inference::misclassification::{Checked, DoubleSample};
    /// // 30 % judged abstained; humans agree with 18 of 20 of these, and find 4 of 40 among the others.
    /// let (abstained, answered) = (Checked { share: 0.9, rows: 20.0 }, Checked { share: 0.1, rows: 40.0 });
    /// let sample = DoubleSample { apparent: 0.3, bounds: Some((0.25, 0.35)), abstained, answered };
    /// assert!((sample.rate() - (0.3 * 0.9 + 0.7 * 0.1)).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.correction().clipped(self.apparent)
    }

    /// Its interval: to either side the root of the summed squares of what the ends of the three intervals, of q and
    /// Wilson's of P and R, do to it. Zou and Donner (2008), Statistics in Medicine 27, 1693–1702. A class without a
    /// checked row may be all or nothing.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<(f64, f64)> {
        let q = self.apparent;
        let seen = self.bounds?;
        let wilson = |class: &Checked| {
            wilson::interval(class.share, class.rows, level).unwrap_or((0.0, 1.0))
        };
        let (p, r) = (wilson(&self.abstained), wilson(&self.answered));
        let unknown = |class: &Checked| class.rows <= 0.0;
        // How far q carries the rate: with a class nobody checked, as far as that class allows.
        let slopes = if unknown(&self.abstained) || unknown(&self.answered) {
            (p.0 - r.1, p.1 - r.0)
        } else {
            let slope = self.correction().slope;
            (slope, slope)
        };
        let moves = [
            slopes.0 * (seen.0 - q),
            slopes.0 * (seen.1 - q),
            slopes.1 * (seen.0 - q),
            slopes.1 * (seen.1 - q),
        ];
        let down = moves.into_iter().fold(0.0, f64::min);
        let up = moves.into_iter().fold(0.0, f64::max);
        let part = |weight: f64, share: f64, end: f64| weight * (end - share);
        let root = |parts: [f64; 3]| parts.iter().map(|part| part * part).sum::<f64>().sqrt();
        let low = root([
            down,
            part(q, self.abstained.share, p.0),
            part(1.0 - q, self.answered.share, r.0),
        ]);
        let high = root([
            up,
            part(q, self.abstained.share, p.1),
            part(1.0 - q, self.answered.share, r.1),
        ]);
        let rate = self.rate();
        Some(((rate - low).max(0.0), (rate + high).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::binomial::Binomial;
    use crate::maths::quantile;
    use crate::maths::rng::Rng;

    const LOGS: u64 = 3_000;

    fn rated(value: f64, rows: u32) -> Rating {
        Rating {
            value,
            rows: Some(rows),
        }
    }

    fn drawn(rng: &mut Rng, n: u32, p: f64) -> f64 {
        Binomial::new(u64::from(n), p).draw(rng) as f64 / f64::from(n)
    }

    /// Share of simulated logs whose interval holds the truth.
    fn coverage(truth: f64, interval: impl Fn(&mut Rng) -> Option<(f64, f64)>) -> f64 {
        let held = (0..LOGS).filter(|log| {
            let (low, high) = interval(&mut Rng::stream(11, *log)).unwrap();
            low <= truth && truth <= high
        });
        held.count() as f64 / LOGS as f64
    }

    #[test]
    fn the_correction_undoes_the_judge_wherever_that_can_be_done() {
        for s in 1..=20 {
            for t in 1..=20 {
                let [s, t] = [s, t].map(|k| f64::from(k) / 20.0);
                for k in 0..=10 {
                    let rate = f64::from(k) / 10.0;
                    let found = rogan_gladen(apparent(rate, s, t), s, t);
                    if s + t > 1.0 + 1e-9 {
                        assert!((found.unwrap() - rate).abs() < 1e-9, "{rate} {s} {t}");
                    } else {
                        assert_eq!(found, None, "{s} {t}");
                    }
                }
            }
        }
        let perfect = Correction::of(1.0, 1.0).unwrap();
        assert_eq!(perfect, Correction::NONE);
        assert_eq!(perfect.interval((0.1, 0.3)), (0.1, 0.3));
    }

    #[test]
    fn an_interval_is_carried_over_end_by_end_and_cut() {
        let correction = Correction::of(0.9, 0.9).unwrap();
        let (low, high) = correction.interval((0.05, 0.5));
        assert!(low == 0.0 && (high - 0.5).abs() < 1e-12);
        let turned = Correction {
            intercept: 0.9,
            slope: -0.5,
        };
        let (low, high) = turned.interval((0.2, 0.4));
        assert!((low - 0.7).abs() < 1e-12 && (high - 0.8).abs() < 1e-12);
    }

    #[test]
    fn an_exact_judge_leaves_the_interval_of_agresti_and_coull() {
        let exact = |value| Rating { value, rows: None };
        let judge = Judge {
            sensitivity: exact(1.0),
            specificity: exact(1.0),
        };
        let z = quantile::normal(0.975);
        let (low, high) = lang_reiczigel(0.3, 50.0, &judge, z).unwrap();
        // 15 of 50: (15 + z²/2) / (50 + z²) ± z √(p(1 − p) / (50 + z²)), about 17 of 54.
        assert!(
            (low - 0.190_270_703).abs() < 1e-8 && (high - 0.438_268_336).abs() < 1e-8,
            "{low} {high}"
        );
        let wide = Judge {
            sensitivity: rated(0.95, 40),
            ..judge
        };
        let (low_too, high_too) = lang_reiczigel(0.3, 50.0, &wide, z).unwrap();
        assert!(high_too - low_too > high - low);
        let unknown = Judge {
            sensitivity: rated(0.9, 1),
            specificity: rated(0.2, 1_000_000),
        };
        assert_eq!(lang_reiczigel(0.3, 50.0, &unknown, z), None);
    }

    #[test]
    fn intervals_of_measured_errors_hold_their_level() {
        let z = quantile::normal(0.975);
        for (truth, s, t, n, checks) in [
            (0.2, 0.85, 0.9, 150, 60),
            (0.02, 0.95, 0.98, 300, 100),
            (0.6, 0.7, 0.8, 200, 40),
        ] {
            let held = coverage(truth, |rng| {
                let judge = Judge {
                    sensitivity: rated(drawn(rng, checks, s), checks),
                    specificity: rated(drawn(rng, checks, t), checks),
                };
                let seen = drawn(rng, n, apparent(truth, s, t));
                lang_reiczigel(seen, f64::from(n), &judge, z)
            });
            assert!((0.935..0.995).contains(&held), "{truth} {s} {t}: {held}");
            // The same errors taken as exact are not honest.
            let short = coverage(truth, |rng| {
                let (s, t) = (drawn(rng, checks, s), drawn(rng, checks, t));
                let seen = drawn(rng, n, apparent(truth, 0.7, 0.8));
                let interval = wilson::interval(seen, f64::from(n), 0.95)?;
                Some(Correction::of(s, t)?.interval(interval))
            });
            assert!(truth != 0.6 || short < 0.9, "{short}");
        }
    }

    #[test]
    fn the_interval_seen_corrected_by_exact_errors_holds_its_level() {
        let (truth, s, t) = (0.1, 0.8, 0.95);
        let held = coverage(truth, |rng| {
            let seen = drawn(rng, 250, apparent(truth, s, t));
            let interval = wilson::interval(seen, 250.0, 0.95)?;
            Some(Correction::of(s, t)?.interval(interval))
        });
        assert!((0.935..0.97).contains(&held), "{held}");
    }

    /// Rows (judged, human), and whether a human looked.
    fn simulated(
        rng: &mut Rng,
        truth: f64,
        s: f64,
        t: f64,
        by_judge: bool,
    ) -> Vec<(bool, bool, bool)> {
        let row = |_| {
            let human = rng.uniform() < truth;
            let judged = rng.uniform() < if human { s } else { 1.0 - t };
            let share = if by_judge && judged { 0.6 } else { 0.15 };
            (judged, human, rng.uniform() < share)
        };
        (0..400).map(row).collect()
    }

    fn double_sample(rows: &[(bool, bool, bool)]) -> DoubleSample {
        let class = |wanted: bool| {
            let checked = || rows.iter().filter(move |row| row.2 && row.0 == wanted);
            let n = checked().count() as f64;
            Checked {
                share: checked().filter(|row| row.1).count() as f64 / n.max(1.0),
                rows: n,
            }
        };
        let n = rows.len() as f64;
        let apparent = rows.iter().filter(|row| row.0).count() as f64 / n;
        DoubleSample {
            apparent,
            bounds: wilson::interval(apparent, n, 0.95),
            abstained: class(true),
            answered: class(false),
        }
    }

    #[test]
    fn human_labels_give_the_tuned_prediction_powered_estimate() {
        let rows = simulated(&mut Rng::stream(3, 0), 0.3, 0.8, 0.9, false);
        let checked: Vec<_> = rows.iter().filter(|row| row.2).collect();
        let n = checked.len() as f64;
        let mean = |of: &dyn Fn(&(bool, bool, bool)) -> bool| {
            checked.iter().filter(|row| of(row)).count() as f64 / n
        };
        let (judged, human) = (mean(&|row| row.0), mean(&|row| row.1));
        let both = mean(&|row| row.0 && row.1);
        // The weight with least variance: the slope of the human label on the judge's.
        let weight = (both - judged * human) / (judged * (1.0 - judged));
        let sample = double_sample(&rows);
        let tuned = human + weight * (sample.apparent - judged);
        assert!((sample.rate() - tuned).abs() < 1e-12);
    }

    #[test]
    fn intervals_by_human_labels_hold_their_level_whoever_chose_the_rows() {
        for (truth, s, t, by_judge) in [
            (0.2, 0.8, 0.9, false),
            (0.2, 0.8, 0.9, true),
            (0.05, 0.6, 0.99, true),
            (0.7, 0.9, 0.5, false),
            // Worse than chance, which human labels make good.
            (0.4, 0.2, 0.3, false),
        ] {
            let held = coverage(truth, |rng| {
                double_sample(&simulated(rng, truth, s, t, by_judge)).interval(0.95)
            });
            assert!((0.93..0.985).contains(&held), "{truth} {s} {t}: {held}");
        }
    }

    #[test]
    fn a_class_without_a_check_may_be_all_or_nothing() {
        let rows = Checked {
            share: 0.1,
            rows: 50.0,
        };
        let sample = |abstained| DoubleSample {
            apparent: 0.0,
            bounds: wilson::interval(0.0, 100.0, 0.95),
            abstained,
            answered: rows,
        };
        let agreeing = Checked {
            share: 0.1,
            rows: 1e6,
        };
        let (none, known) = (sample(Checked::default()), sample(agreeing));
        assert_eq!((none.rate(), known.rate()), (0.1, 0.1));
        let (wide, narrow) = (none.interval(0.95).unwrap(), known.interval(0.95).unwrap());
        assert!(
            wide.1 > narrow.1 && wide.0 <= narrow.0,
            "{wide:?} {narrow:?}"
        );
    }
}
