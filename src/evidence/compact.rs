//! Sums over rows in little room.

use super::Totals;

/// [`Totals`] in a tenth of their room where all rows have weight 1 and are right or wrong: two counts.
///
/// ```
/// use calib::evidence::{Compact, Totals};
/// let totals = Totals::of(3, 1.0, 1.0);
/// let compact = Compact::from(totals);
/// assert_eq!((compact.rows(), compact.w(), compact.wy()), (3, 3.0, 3.0));
/// assert_eq!(compact.totals(), totals);
/// assert!(Compact::from(Totals::of(1 << 40, 1.0, 1.0)).is_plain());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Compact(Sums);

#[derive(Clone, Debug, PartialEq)]
enum Sums {
    /// So many rows, and so many right ones among them.
    Plain {
        rows: u32,
        right: u32,
    },
    Any(Box<Totals>),
}

impl Default for Compact {
    fn default() -> Self {
        Self(Sums::Plain { rows: 0, right: 0 })
    }
}

impl From<Totals> for Compact {
    fn from(totals: Totals) -> Self {
        let counts = (u32::try_from(totals.rows), u32::try_from(totals.right));
        Self(match counts {
            (Ok(rows), Ok(right)) if totals.is_plain() => Sums::Plain { rows, right },
            _ => Sums::Any(Box::new(totals)),
        })
    }
}

impl Compact {
    /// All sums.
    #[must_use]
    #[inline]
    pub fn totals(&self) -> Totals {
        match &self.0 {
            Sums::Plain { rows, right } => Totals::plain(u64::from(*rows), u64::from(*right)),
            Sums::Any(totals) => **totals,
        }
    }

    /// The rows and the right ones among them, where all have weight 1 and are right or wrong, and are no more than fit.
    #[must_use]
    #[inline]
    pub fn counts(&self) -> Option<[f64; 2]> {
        match &self.0 {
            Sums::Plain { rows, right } => Some([*rows, *right].map(f64::from)),
            Sums::Any(_) => None,
        }
    }

    /// Whether all rows have weight 1 and are right or wrong, however many they are.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match &self.0 {
            Sums::Plain { .. } => true,
            Sums::Any(totals) => totals.is_plain(),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        match &self.0 {
            Sums::Plain { rows, .. } => u64::from(*rows),
            Sums::Any(totals) => totals.rows,
        }
    }

    /// Σ w.
    #[must_use]
    #[inline]
    pub fn w(&self) -> f64 {
        match &self.0 {
            Sums::Plain { rows, .. } => f64::from(*rows),
            Sums::Any(totals) => totals.w,
        }
    }

    /// Σ w·y.
    #[must_use]
    #[inline]
    pub fn wy(&self) -> f64 {
        match &self.0 {
            Sums::Plain { right, .. } => f64::from(*right),
            Sums::Any(totals) => totals.wy,
        }
    }

    /// Σ w².
    #[must_use]
    #[inline]
    pub fn w2(&self) -> f64 {
        match &self.0 {
            Sums::Plain { rows, .. } => f64::from(*rows),
            Sums::Any(totals) => totals.w2y[0],
        }
    }

    /// Adds the sums of other rows.
    #[inline]
    pub fn add(&mut self, other: &Self) {
        if let (
            Sums::Plain { rows, right },
            Sums::Plain {
                rows: more,
                right: also,
            },
        ) = (&mut self.0, &other.0)
            && let Some(sum) = rows.checked_add(*more)
        {
            (*rows, *right) = (sum, *right + also);
            return;
        }
        let mut sum = self.totals();
        sum += other.totals();
        *self = sum.into();
    }
}
