//! How answers can be rewarded, and from which probability to be right on each scheme pays for answering.

use crate::evidence::LOG_CLIP;
use crate::maths::root;

/// A scheme: what a wrong and a right answer earn at a stated confidence q; silence earns a.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// 1 if right, else 0.
    Binary,
    /// 1 and −1: index of AA-Omniscience, ternary reward of TruthRL.
    Negative,
    /// 1 and −t / (1 − t), with a confidence target t.
    Target(f64),
    /// 1 and −λ.
    Penalty(f64),
    /// SimpleQA's F, 2C / (1 + A), with the shares C of right answers and A of attempts among all rows.
    SimpleQa,
    /// 1_y − (q − 1_y)²: RLCR.
    Brier,
    /// The same with q forced to 1.
    BrierForced,
    /// 1_y + ln of the probability that q gives to what happened.
    Log,
}

impl Scheme {
    /// Its name in JSON.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Negative => "negative",
            Self::Target(_) => "target",
            Self::Penalty(_) => "penalty",
            Self::SimpleQa => "simpleqa_f",
            Self::Brier => "brier",
            Self::BrierForced => "brier_forced",
            Self::Log => "log",
        }
    }

    /// Its name in words.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Binary => "binary".to_owned(),
            Self::Negative => "negative".to_owned(),
            Self::Target(t) => format!("target t = {t}"),
            Self::Penalty(penalty) => format!("penalty {penalty}"),
            Self::SimpleQa => "SimpleQA F".to_owned(),
            Self::Brier => "RLCR (Brier)".to_owned(),
            Self::BrierForced => "RLCR, q = 1".to_owned(),
            Self::Log => "log score".to_owned(),
        }
    }

    /// What a wrong and a right answer earn that state this confidence. Of SimpleQA's F, what they add to 2C.
    ///
    /// ```
    /// use calib::objectives::incentives::Scheme;
    /// assert_eq!(Scheme::Target(0.75).earns(0.9), [-3.0, 1.0]);
    /// assert_eq!(Scheme::Brier.earns(0.5), [-0.25, 0.75]);
    /// ```
    #[must_use]
    pub fn earns(self, q: f64) -> [f64; 2] {
        match self {
            Self::Binary => [0.0, 1.0],
            Self::Negative | Self::BrierForced => [-1.0, 1.0],
            Self::Target(t) => [-t / (1.0 - t), 1.0],
            Self::Penalty(penalty) => [-penalty, 1.0],
            Self::SimpleQa => [0.0, 2.0],
            Self::Brier => [-q * q, 1.0 - (1.0 - q) * (1.0 - q)],
            Self::Log => {
                let q = q.clamp(LOG_CLIP, 1.0 - LOG_CLIP);
                [(-q).ln_1p(), 1.0 + q.ln()]
            }
        }
    }

    /// The same where it does not depend on the confidence.
    pub(super) fn fixed(self) -> Option<[f64; 2]> {
        let scored = matches!(self, Self::Brier | Self::Log);
        (!scored).then(|| self.earns(1.0))
    }

    /// The least and the most that a row can earn, where silence earns `a`; of SimpleQA's F, where it lies.
    #[must_use]
    pub fn range(self, a: f64) -> (f64, f64) {
        let [least, most] = match self {
            Self::Binary | Self::SimpleQa => [0.0, 1.0],
            Self::Negative | Self::BrierForced | Self::Brier => [-1.0, 1.0],
            Self::Target(t) => [-t / (1.0 - t), 1.0],
            Self::Penalty(penalty) => [-penalty, 1.0],
            Self::Log => [LOG_CLIP.ln(), 1.0],
        };
        match self {
            Self::SimpleQa => (least, most),
            _ => (a.min(least), a.max(most)),
        }
    }

    /// The expected reward of an answer that is right with probability p and states what pays best: of the proper scores p
    /// itself.
    #[must_use]
    pub fn expects(self, p: f64) -> f64 {
        expected(p, self.earns(p))
    }

    /// The probability to be right from which on an answer earns more than silence that earns `a`, within 0 to 1; `f` is the
    /// F that is reached, of which silence takes nothing.
    ///
    /// ```
    /// use calib::objectives::incentives::Scheme;
    /// let at = |scheme: Scheme| scheme.breaks_even(0.0, 0.6);
    /// assert_eq!([Scheme::Binary, Scheme::Negative, Scheme::Target(0.75), Scheme::Brier].map(at), [0.0, 0.5, 0.75, 0.0]);
    /// assert_eq!([Scheme::Penalty(9.0), Scheme::SimpleQa, Scheme::BrierForced].map(at), [0.9, 0.3, 0.5]);
    /// assert!((at(Scheme::Log) - 0.6485).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn breaks_even(self, a: f64, f: f64) -> f64 {
        let from = match self {
            Self::Binary => a,
            Self::Negative | Self::BrierForced => (1.0 + a) / 2.0,
            Self::Target(t) => t + a * (1.0 - t),
            Self::Penalty(penalty) => (penalty + a) / (1.0 + penalty),
            Self::SimpleQa => f / 2.0,
            Self::Brier => a.max(0.0).sqrt(),
            Self::Log => return log_break_even(a),
        };
        from.clamp(0.0, 1.0)
    }

    /// Whether it pays for every answer what another pays.
    pub(super) fn is_like(self, other: Self) -> bool {
        let plain = |scheme| match scheme {
            // A q of 1 is squared away.
            Self::BrierForced => Self::Negative,
            other => other,
        };
        plain(self) == plain(other)
    }

    /// Whether an answer that is right with probability p pays, where silence earns `a` and `f` is reached.
    #[must_use]
    pub fn pays(self, p: f64, a: f64, f: f64) -> bool {
        self.bar(a, f).clears(p, self.earns(p))
    }

    /// What an answer must clear to pay, where silence earns `a` and `f` is reached.
    pub(super) fn bar(self, a: f64, f: f64) -> Bar {
        match self {
            // Below 1 / (1 + e) the log score prefers the surer wrong answer, so that it has no single break-even.
            Self::Log => Bar::Reward(a),
            _ => Bar::Probability(self.breaks_even(a, f)),
        }
    }
}

/// What an answer must clear to pay.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bar {
    /// A probability to be right.
    Probability(f64),
    /// An expected reward.
    Reward(f64),
}

impl Bar {
    /// Whether an answer does that is right with probability p and earns so much if wrong and if right.
    pub(super) fn clears(self, p: f64, earned: [f64; 2]) -> bool {
        match self {
            Self::Probability(least) => p > least,
            Self::Reward(least) => expected(p, earned) > least,
        }
    }
}

fn expected(p: f64, [wrong, right]: [f64; 2]) -> f64 {
    p * right + (1.0 - p) * wrong
}

/// Where p + p ln p + (1 − p) ln(1 − p), which rises from p = 1 / (1 + e) on, reaches `a`.
fn log_break_even(a: f64) -> f64 {
    let lowest = 1.0 / (1.0 + std::f64::consts::E);
    let short = |p: f64| a - Scheme::Log.expects(p);
    if short(lowest) <= 0.0 {
        return 0.0;
    }
    root::falling(lowest, 1.0, short)
}

/// The penalty of a wrong answer from which on the second of two models, given by their shares of right and wrong answers,
/// scores below the first, or the other way round: where C₁ − λW₁ = C₂ − λW₂. `None` where one is ahead at any penalty.
///
/// ```
/// use calib::objectives::incentives::flips_at;
/// // SimpleQA: gpt-5-thinking-mini is right in 22 % and wrong in 26 %, o4-mini in 24 % and 75 %. Kalai et al. (2025).
/// assert_eq!(flips_at([0.22, 0.26], [0.24, 0.75]), Some((0.24 - 0.22) / (0.75 - 0.26)));
/// assert_eq!(flips_at([0.3, 0.2], [0.2, 0.3]), None);
/// ```
#[must_use]
pub fn flips_at([right, wrong]: [f64; 2], [other_right, other_wrong]: [f64; 2]) -> Option<f64> {
    let penalty = (other_right - right) / (other_wrong - wrong);
    (penalty.is_finite() && penalty > 0.0).then_some(penalty)
}
