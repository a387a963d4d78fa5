//! Sums whose rounding error does not grow with the number of terms.

/// A running sum with Neumaier's compensation: the error stays near one rounding of the result.
///
/// Neumaier (1974), Zeitschrift für Angewandte Mathematik und Mechanik 54, 39–51.
///
/// ```
/// use calib::maths::sums::Sum;
/// let mut sum = Sum::default();
/// for x in [1.0, 1e100, 1.0, -1e100] { sum.add(x); }
/// assert_eq!(sum.value(), 2.0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        // What the addition rounded away, exactly, whichever of the two operands is larger: Knuth's sum of two.
        let added = total - self.total;
        self.lost += (self.total - (total - added)) + (term - added);
        self.total = total;
    }

    /// The sum so far.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.total + self.lost
    }
}

/// Whether a number is whole, not negative and below 2³²: sums of such are not rounded, in whatever order, up to 2⁵³.
///
/// ```
/// use calib::maths::sums::is_whole;
/// assert!(is_whole(3.0) && is_whole(0.0));
/// assert!(!is_whole(0.5) && !is_whole(-1.0) && !is_whole(f64::NAN) && !is_whole(1e10));
/// ```
#[must_use]
#[inline]
pub fn is_whole(x: f64) -> bool {
    f64::from(x as u32) == x
}

/// The compensated sum of some terms, in the order given.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    for term in terms {
        sum.add(term);
    }
    sum.value()
}

/// Several running sums of the kind of [`Sum`], added to side by side.
///
/// ```
/// use calib::maths::sums::Sums;
/// let mut sums = Sums::default();
/// for x in [1.0, 1e100, 1.0, -1e100] { sums.add([x, -x]); }
/// assert_eq!(sums.values(), [2.0, -2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sums<const N: usize> {
    totals: [f64; N],
    lost: [f64; N],
}

impl<const N: usize> Default for Sums<N> {
    fn default() -> Self {
        Self {
            totals: [0.0; N],
            lost: [0.0; N],
        }
    }
}

impl<const N: usize> Sums<N> {
    /// Adds a term to each.
    #[inline]
    pub fn add(&mut self, terms: [f64; N]) {
        for ((total, lost), term) in self.totals.iter_mut().zip(&mut self.lost).zip(terms) {
            let mut sum = Sum {
                total: *total,
                lost: *lost,
            };
            sum.add(term);
            (*total, *lost) = (sum.total, sum.lost);
        }
    }

    /// The sums so far.
    #[must_use]
    pub fn values(&self) -> [f64; N] {
        std::array::from_fn(|at| self.totals[at] + self.lost[at])
    }
}
