//! Logistic regression on one variable, with model-based and robust standard errors.
//!
//! With credit between right and wrong the same equations are quasi-likelihood: still consistent, but only the robust
//! errors are valid (Papke and Wooldridge 1996, Journal of Applied Econometrics 11, 619–632).

use crate::maths::sums::{Sums, sum};

/// Newton steps before giving up; a dozen suffice unless the optimum is at infinity.
const STEPS: u32 = 200;
/// Twice the likelihood that a step may still win when it counts as the last.
const DECREMENT: f64 = 1e-12;
/// Longest step of the linear predictor, which flat likelihoods need.
const LONGEST: f64 = 16.0;

/// Rows with one value of the variable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Point {
    /// The variable.
    pub x: f64,
    /// Σ w.
    pub weight: f64,
    /// Σ w·y.
    pub moment: f64,
}

/// What is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// Intercept and slope.
    Both,
    /// The intercept, with slope 1.
    Intercept,
}

/// A fitted line on the logit scale.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fit {
    /// Its value at x = 0.
    pub intercept: f64,
    /// Its slope.
    pub slope: f64,
    /// Σ w p(1 − p).
    pub information: f64,
    /// Mean of x under those weights, around which both parameters are uncorrelated.
    pub centre: f64,
    /// Σ w p(1 − p)(x − centre)².
    pub spread: f64,
    /// Its likelihood, as [`log_likelihood`] has it, after that of the line that was begun with: p = ½, or y = x where the
    /// slope is 1.
    pub likelihoods: [f64; 2],
}

/// The covariance of (value at the centre, slope).
#[derive(Clone, Copy, Debug, Default)]
pub struct Covariance {
    centre: f64,
    value: f64,
    mixed: f64,
    slope: f64,
}

/// ln(c / (1 − c)) with c clipped to [clip, 1 − clip].
///
/// ```
/// assert!((calib::inference::logistic::logit(0.75, 1e-6) - 3f64.ln()).abs() < 1e-12);
/// ```
#[must_use]
pub fn logit(confidence: f64, clip: f64) -> f64 {
    let c = confidence.clamp(clip, 1.0 - clip);
    c.ln() - (-c).ln_1p()
}

/// 1 / (1 + exp(−x)), to full relative precision on both sides.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 {
        small / (1.0 + small)
    } else {
        1.0 / (1.0 + small)
    }
}

/// logistic(x) and logistic(−x), from exp(−|x|).
fn both_logistic(x: f64, small: f64) -> [f64; 2] {
    let (least, most) = (small / (1.0 + small), 1.0 / (1.0 + small));
    [x, -x].map(|x| if x < 0.0 { least } else { most })
}

/// ln logistic(x).
pub(super) fn log_logistic(x: f64) -> f64 {
    both_log_logistic(x, (-x.abs()).exp())[0]
}

/// ln logistic(x) and ln logistic(−x), from exp(−|x|).
fn both_log_logistic(x: f64, small: f64) -> [f64; 2] {
    let rest = small.ln_1p();
    [x, -x].map(|x| x.min(0.0) - rest)
}

/// Σ w [y ln p + (1 − y) ln(1 − p)] with logit p = intercept + slope·x.
#[must_use]
pub fn log_likelihood(points: &[Point], intercept: f64, slope: f64) -> f64 {
    likelihood(points, [intercept, slope], |_, _| {})
}

/// The same; `see` is shown the place of each point and exp(−|logit p|) there.
fn likelihood(
    points: &[Point],
    [intercept, slope]: [f64; 2],
    mut see: impl FnMut(usize, f64),
) -> f64 {
    sum(points.iter().enumerate().map(|(at, point)| {
        let eta = intercept + slope * point.x;
        let small = (-eta.abs()).exp();
        see(at, small);
        let [right, wrong] = both_log_logistic(eta, small);
        point.moment * right + (point.weight - point.moment) * wrong
    }))
}

/// The line of greatest likelihood.
///
/// # Errors
/// Why there is none: one class, one value of x, or classes that some x separates, so that a steeper line is always
/// likelier (Albert and Anderson 1984, Biometrika 71, 1–10).
///
/// ```
/// use calib::inference::logistic::{Free, Point, fit};
/// let point = |x, right: f64| Point { x, weight: 4.0, moment: right };
/// let line = fit(&[point(0.0, 1.0), point(1.0, 3.0)], Free::Both).unwrap();
/// assert!((line.intercept + 3f64.ln()).abs() < 1e-12 && (line.slope - 9f64.ln()).abs() < 1e-12);
/// ```
pub fn fit(points: &[Point], free: Free) -> Result<Fit, &'static str> {
    identified(points, free)?;
    let slope = if free == Free::Both { 0.0 } else { 1.0 };
    let mut climb = Climb::from(points, slope);
    for _ in 0..STEPS {
        let gradient = climb.look();
        let fit = &climb.fit;
        let rise = match free {
            Free::Both => gradient[1] / fit.spread,
            Free::Intercept => 0.0,
        };
        let shift = (gradient[0] / fit.information).clamp(-LONGEST, LONGEST);
        let decrement = gradient[0] * shift + gradient[1] * rise;
        if !decrement.is_finite() {
            break;
        }
        climb.step([shift - fit.centre * rise, rise]);
        if decrement <= DECREMENT {
            climb.look();
            return Ok(climb.fit);
        }
    }
    Err("no finite optimum")
}

/// Whether the likelihood has a finite optimum.
fn identified(points: &[Point], free: Free) -> Result<(), &'static str> {
    let range = |weight: fn(&Point) -> f64| {
        let of_class = points.iter().filter(|point| weight(point) > 0.0);
        of_class.fold(None, |range: Option<(f64, f64)>, point| {
            let (low, high) = range.unwrap_or((point.x, point.x));
            Some((low.min(point.x), high.max(point.x)))
        })
    };
    let right = range(|point| point.moment).ok_or("one class only")?;
    let wrong = range(|point| point.weight - point.moment).ok_or("one class only")?;
    if free == Free::Intercept {
        return Ok(());
    }
    if right.0.min(wrong.0) == right.1.max(wrong.1) {
        return Err("constant confidence");
    }
    if right.0 >= wrong.1 || wrong.0 >= right.1 {
        return Err("no finite optimum: right and wrong answers are separated");
    }
    Ok(())
}

/// A line on its way to the greatest likelihood.
struct Climb<'a> {
    points: &'a [Point],
    fit: Fit,
    /// exp(−|logit p|) of each point, which chances and their logarithms are made of.
    smalls: Vec<f64>,
    /// The same of a line on trial.
    tried: Vec<f64>,
}

impl<'a> Climb<'a> {
    /// From a line through 0.
    fn from(points: &'a [Point], slope: f64) -> Self {
        let mut climb = Self {
            points,
            fit: Fit {
                slope,
                ..Fit::default()
            },
            smalls: vec![0.0; points.len()],
            tried: vec![0.0; points.len()],
        };
        let first = climb.try_on([0.0, slope]);
        climb.accept(first);
        climb.fit.likelihoods = [first; 2];
        climb
    }

    /// The likelihood of another line.
    fn try_on(&mut self, line: [f64; 2]) -> f64 {
        let tried = &mut self.tried;
        likelihood(self.points, line, |at, small| {
            if let Some(place) = tried.get_mut(at) {
                *place = small;
            }
        })
    }

    /// Stands where the last line on trial does, with its likelihood.
    fn accept(&mut self, likelihood: f64) {
        std::mem::swap(&mut self.smalls, &mut self.tried);
        self.fit.likelihoods[1] = likelihood;
    }

    /// Information at the present line; the gradient for (value at the centre, slope).
    fn look(&mut self) -> [f64; 2] {
        let fit = &mut self.fit;
        let seen = |(point, small): (&Point, &f64)| {
            let [right, wrong] = both_logistic(fit.intercept + fit.slope * point.x, *small);
            // The smaller of p and 1 − p is the one that is known to its last digit.
            let score = point.moment * wrong - (point.weight - point.moment) * right;
            (point.x, point.weight * right * wrong, score)
        };
        let seen: Vec<(f64, f64, f64)> = self.points.iter().zip(&self.smalls).map(seen).collect();
        let mut sums = Sums::default();
        for (x, v, _) in &seen {
            sums.add([*v, v * x]);
        }
        let [information, weighted] = sums.values();
        let centre = weighted / information;
        let mut sums = Sums::default();
        for (x, v, score) in &seen {
            let off = x - centre;
            sums.add([v * off.powi(2), *score, score * off]);
        }
        let [spread, value, slope] = sums.values();
        (fit.information, fit.centre, fit.spread) = (information, centre, spread);
        [value, slope]
    }

    /// A step, halved until the likelihood no longer falls.
    fn step(&mut self, [mut shift, mut rise]: [f64; 2]) {
        let [_, before] = self.fit.likelihoods;
        let slack = 1e-12 * before.abs();
        for _ in 0..60 {
            let line = [self.fit.intercept + shift, self.fit.slope + rise];
            let there = self.try_on(line);
            if there >= before - slack {
                [self.fit.intercept, self.fit.slope] = line;
                self.accept(there);
                return;
            }
            shift /= 2.0;
            rise /= 2.0;
        }
    }
}

impl Fit {
    /// The fitted probability.
    #[must_use]
    pub fn probability(&self, x: f64) -> f64 {
        logistic(self.intercept + self.slope * x)
    }

    /// The covariance that the model implies, for independent rows right or wrong.
    #[must_use]
    pub fn covariance(&self) -> Covariance {
        Covariance {
            centre: self.centre,
            value: 1.0 / self.information,
            mixed: 0.0,
            slope: 1.0 / self.spread,
        }
    }

    /// The robust covariance from Σ s sᵀ, s the score `Σ w(y − p)·(1, x − centre)` of a row or cluster; `scale`
    /// corrects for their number. White (1982), Econometrica 50, 1–25; Liang and Zeger (1986), Biometrika 73, 13–22.
    #[must_use]
    pub fn sandwich(&self, scores: [f64; 3], scale: f64) -> Covariance {
        let [value, mixed, slope] = scores.map(|score| score * scale);
        Covariance {
            centre: self.centre,
            value: value / self.information.powi(2),
            mixed: mixed / (self.information * self.spread),
            slope: slope / self.spread.powi(2),
        }
    }

    /// Wald's distance of the line from logit p = x.
    #[must_use]
    pub fn wald(&self, covariance: &Covariance) -> Option<f64> {
        let Covariance {
            centre,
            value,
            mixed,
            slope,
        } = covariance;
        let rise = self.slope - 1.0;
        let shift = self.intercept + rise * centre;
        let determinant = value * slope - mixed * mixed;
        let square = shift * shift * slope - 2.0 * shift * rise * mixed + rise * rise * value;
        // Two clusters leave one direction without any variance.
        (determinant > 1e-9 * value * slope).then(|| square / determinant)
    }
}

impl Covariance {
    /// The standard errors of intercept and slope.
    #[must_use]
    pub fn errors(&self) -> [f64; 2] {
        let intercept =
            self.value - 2.0 * self.centre * self.mixed + self.centre.powi(2) * self.slope;
        [intercept, self.slope].map(|variance| variance.max(0.0).sqrt())
    }
}
