//! How many rows stand in one place, how much they weigh, and how much of that was correct.

use serde::{Deserialize, Serialize};

use super::sound::{MOST_ROWS, Sound, WEIGHTS, ensure};
use crate::maths::fixed::Fixed;
use crate::maths::kish;

/// Rows in one cell: plain rows (weight 1, right or wrong) as two integers, all others as exact power sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mass {
    plain: u64,
    correct: u64,
    graded: Option<Box<Moments>>,
}

/// Power sums of rows with a weight w or a fractional credit y, kept to fixed point so that merging is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Moments {
    rows: u64,
    right: u64,
    wrong: u64,
    /// Σ w, Σ w·y, Σ w·y².
    linear: [Fixed; 3],
    /// Σ w²·yʲ for j = 0..4: what the variance of a weighted quadratic score needs.
    squared: [Fixed; 5],
}

/// A [`Mass`] as numbers: the sums every estimator is built from.
///
/// For plain rows `w = n`, `wy = wy2 = correct` and `w2y = [n, correct, correct, correct, correct]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Number of rows.
    pub rows: u64,
    /// Σ w, the summed weight.
    pub w: f64,
    /// Σ w·y, the weighted credit.
    pub wy: f64,
    /// Σ w·y².
    pub wy2: f64,
    /// Σ w²·yʲ for j = 0, 1, 2, 3, 4.
    pub w2y: [f64; 5],
    /// Rows of weight 1 graded right or wrong, among `rows`.
    pub plain: u64,
    /// Right answers among the plain rows.
    pub plain_correct: u64,
    /// Rows with full credit, whatever their weight.
    pub right: u64,
    /// Rows without any credit, whatever their weight.
    pub wrong: u64,
}

impl Mass {
    /// Counts one row.
    #[inline]
    pub fn add(&mut self, credit: f64, weight: f64) {
        if weight == 1.0 && (credit == 0.0 || credit == 1.0) {
            self.add_plain(credit == 1.0);
        } else {
            self.graded.get_or_insert_default().add(credit, weight);
        }
    }

    /// Counts one row of weight 1 that is right or wrong.
    #[inline]
    pub(super) fn add_plain(&mut self, right: bool) {
        self.plain += 1;
        self.correct += u64::from(right);
    }

    /// So many rows of weight 1, and right ones among them; the others are wrong.
    pub(super) fn of_plain([plain, correct]: [u64; 2]) -> Self {
        Self {
            plain,
            correct,
            graded: None,
        }
    }

    /// Adds the rows of another mass.
    pub fn merge(&mut self, other: Self) {
        let Self {
            plain,
            correct,
            graded,
        } = other;
        self.plain += plain;
        self.correct += correct;
        if let Some(theirs) = graded {
            match &mut self.graded {
                Some(ours) => ours.merge(*theirs),
                none => *none = Some(theirs),
            }
        }
    }

    /// Σ w, in fixed point.
    pub(super) fn weight(&self) -> Fixed {
        let mut weight = Fixed::from(self.plain);
        if let Some(moments) = &self.graded {
            let [w, _, _] = moments.linear;
            weight += w;
        }
        weight
    }

    /// Checks that rows can add up to this.
    pub(super) fn check(&self) -> Sound {
        ensure(self.correct <= self.plain, "more correct rows than rows")?;
        let graded = self.graded.as_ref();
        let rows = graded.map_or(Some(0), |moments| {
            Some(moments.rows).filter(|rows| *rows > 0)
        });
        let rows = rows.and_then(|rows| rows.checked_add(self.plain));
        ensure(
            rows.is_some_and(|rows| (1..=MOST_ROWS).contains(&rows)),
            "a place with no rows, or too many",
        )?;
        graded.map_or(Ok(()), |moments| moments.check())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.plain + self.graded.as_ref().map_or(0, |moments| moments.rows)
    }

    /// Rows and right ones among them, where all are plain.
    pub(super) fn plain(&self) -> Option<[u64; 2]> {
        let counts = [self.plain, self.correct];
        self.graded.is_none().then_some(counts)
    }

    /// The sums as numbers.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::plain(self.plain, self.correct);
        totals.rows = self.rows();
        if let Some(moments) = &self.graded {
            totals.right += moments.right;
            totals.wrong += moments.wrong;
            totals.w += moments.linear[0].to_f64();
            totals.wy += moments.linear[1].to_f64();
            totals.wy2 += moments.linear[2].to_f64();
            for (sum, moment) in totals.w2y.iter_mut().zip(moments.squared) {
                *sum += moment.to_f64();
            }
        }
        totals
    }
}

impl Moments {
    fn add(&mut self, credit: f64, weight: f64) {
        self.rows += 1;
        self.right += u64::from(credit == 1.0);
        self.wrong += u64::from(credit == 0.0);
        let mut term = weight;
        for sum in &mut self.linear {
            *sum += Fixed::from(term);
            term *= credit;
        }
        let mut term = weight * weight;
        for sum in &mut self.squared {
            *sum += Fixed::from(term);
            term *= credit;
        }
    }

    fn merge(&mut self, other: Self) {
        let Self {
            rows,
            right,
            wrong,
            linear,
            squared,
        } = other;
        self.rows += rows;
        self.right += right;
        self.wrong += wrong;
        for (sum, theirs) in self.linear.iter_mut().zip(linear) {
            *sum += theirs;
        }
        for (sum, theirs) in self.squared.iter_mut().zip(squared) {
            *sum += theirs;
        }
    }
}

impl Moments {
    /// Checks that rows can add up to this: each has a weight in bounds, and a credit of at most one.
    fn check(&self) -> Sound {
        let decided = self.right.checked_add(self.wrong);
        ensure(
            decided.is_some_and(|decided| decided <= self.rows),
            "more rows right or wrong than rows",
        )?;
        let sums = [
            (&self.linear[..], WEIGHTS),
            (&self.squared[..], WEIGHTS.map(|w| w * w)),
        ];
        for (sums, [least, most]) in sums {
            let bounds = [least, most].map(|weight| Fixed::from(weight).times(self.rows));
            let falling = sums.is_sorted_by(|a, b| a >= b);
            let credits = sums.get(1..).unwrap_or_default();
            let graded = match (decided == Some(self.rows), self.wrong == self.rows) {
                (true, true) => credits.iter().all(|sum| *sum == Fixed::default()),
                (true, false) => credits.windows(2).all(|pair| pair[0] == pair[1]),
                (false, _) => true,
            };
            let first = sums.first().copied().unwrap_or_default();
            let last = sums.last().copied().unwrap_or_default();
            let bounded = (bounds[0]..=bounds[1]).contains(&first) && last >= Fixed::default();
            ensure(
                falling && bounded && graded,
                "weights or credits out of bounds",
            )?;
        }
        self.check_spread()
    }

    /// By Cauchy and Schwarz, (Σ w)² ≤ n Σ w²; and Σ w² ≤ (Σ w)².
    #[expect(clippy::cast_precision_loss, reason = "rounding is allowed for")]
    fn check_spread(&self) -> Sound {
        /// More than the sums lose by rounding.
        const ROUNDING: f64 = 1e-4;
        let [w, _, _] = self.linear.map(Fixed::to_f64);
        let [w2, ..] = self.squared.map(Fixed::to_f64);
        let most = self.rows as f64 * w2 * (1.0 + ROUNDING);
        let fits = w2 <= w * w * (1.0 + ROUNDING) && w * w <= most;
        // Beyond its range a sum has stopped.
        ensure(fits || w2 >= Fixed::END, "squared weights out of bounds")
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        let Self {
            rows,
            w,
            wy,
            wy2,
            w2y,
            plain,
            plain_correct,
            right,
            wrong,
        } = other;
        self.rows += rows;
        self.w += w;
        self.wy += wy;
        self.wy2 += wy2;
        for (sum, term) in self.w2y.iter_mut().zip(w2y) {
            *sum += term;
        }
        self.plain += plain;
        self.plain_correct += plain_correct;
        self.right += right;
        self.wrong += wrong;
    }
}

impl Totals {
    /// The sums of so many rows of weight 1 that are right or wrong.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    pub(crate) fn plain(rows: u64, right: u64) -> Self {
        let (n, k) = (rows as f64, right as f64);
        Self {
            rows,
            w: n,
            wy: k,
            wy2: k,
            w2y: [n, k, k, k, k],
            plain: rows,
            plain_correct: right,
            right,
            wrong: rows - right,
        }
    }

    /// The sums of `count` rows of this credit and weight.
    ///
    /// ```
    /// use calib::evidence::Totals;
    /// let totals = Totals::of(3, 1.0, 0.5);
    /// assert_eq!((totals.w, totals.wy, totals.w2y[0], totals.right), (1.5, 1.5, 0.75, 3));
    /// ```
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    pub fn of(count: u64, credit: f64, weight: f64) -> Self {
        let (right, wrong) = (credit == 1.0, credit == 0.0);
        let plain = weight == 1.0 && (right || wrong);
        let among = |yes: bool| if yes { count } else { 0 };
        let n = count as f64;
        let power = |power: i32| credit.powi(power);
        Self {
            rows: count,
            w: n * weight,
            wy: n * weight * credit,
            wy2: n * weight * power(2),
            w2y: [0, 1, 2, 3, 4].map(|j| n * weight * weight * power(j)),
            plain: among(plain),
            plain_correct: among(plain && right),
            right: among(right),
            wrong: among(wrong),
        }
    }

    /// Whether every row has weight 1 and is graded right or wrong, so that binomial methods apply.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.plain == self.rows
    }

    /// Whether some row is graded between right and wrong.
    #[must_use]
    pub fn is_fractional(&self) -> bool {
        self.right + self.wrong < self.rows
    }

    /// Σ w·(y − ȳ)² / W, which is `ȳ(1 − ȳ)` for rows right or wrong.
    #[must_use]
    pub fn credit_variance(&self) -> f64 {
        let rate = self.wy / self.w;
        if self.is_fractional() {
            self.wy2 / self.w - rate * rate
        } else {
            rate * (1.0 - rate)
        }
    }

    /// Kish's effective number of rows, (Σ w)² / Σ w², which is their number for equal weights. Kish (1965), Survey
    /// Sampling.
    #[must_use]
    pub fn effective_rows(&self) -> f64 {
        kish::effective_number(self.w, self.w2y[0])
    }

    /// The variance of ȳ that chance explains, `ȳ(1 − ȳ) / (n − 1)` for plain rows; `None` where a single
    /// row, or one that outweighs all others, does not show it.
    ///
    /// For weighted rows n is Kish's effective number: E Σ w(y − ȳ)²/W = σ²(1 − 1/n), and ȳ has variance σ²/n.
    #[must_use]
    pub fn mean_variance(&self) -> Option<f64> {
        let degrees = self.effective_rows() - 1.0;
        // Below this the degrees of freedom are rounding errors of a row that outweighs all others.
        (self.rows > 1 && degrees > 1e-9).then(|| self.credit_variance().max(0.0) / degrees)
    }
}
