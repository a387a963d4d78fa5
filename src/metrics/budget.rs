//! How many resamples a report takes: from counts only, never from time.

use crate::evidence::Groups;
use crate::settings::{Resamples, Settings};

/// Steps that all null distributions of a report may take.
const STEPS: u64 = 20_000_000;
/// Fewest and most replicates of a null distribution.
const RANGE: (u64, u64) = (199, 1999);
/// Bins up to here cost nothing beside the cells.
const USUAL_BINS: usize = 100;

/// Replicates within the budget when each takes `width` steps in every group.
fn affordable(groups: usize, width: usize) -> u64 {
    STEPS / (groups.max(1) as u64).saturating_mul(width.max(1) as u64)
}

/// How many replicates a null distribution may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Replicates.
    pub replicates: u32,
    /// Whether that many full resamples are affordable; else bins are drawn as normal numbers.
    pub full: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self::resolve(Resamples::Auto, 1, 1)
    }
}

impl Budget {
    /// The budget of a report over all rows and every group.
    #[must_use]
    pub fn of(groups: &Groups, settings: &Settings) -> Self {
        let cells = groups.all().tally(settings.partial).len();
        let groups = 1 + groups.iter().count();
        let budget = Self::resolve(settings.resamples, groups, cells);
        if settings.resamples != Resamples::Auto || settings.bins <= USUAL_BINS {
            return budget;
        }
        // A replicate walks the bins as well as the cells, which tells when there are unusually many.
        let replicates = affordable(groups, settings.bins).clamp(RANGE.0, RANGE.1) as u32;
        Self {
            replicates: budget.replicates.min(replicates),
            ..budget
        }
    }

    /// Replicates for a report of `groups` groups over `cells` distinct confidences:
    /// clamp(2·10⁷ / (groups × cells), 199, 1999), from counts only, never from time.
    ///
    /// ```
    /// use calib::{metrics::Budget, settings::Resamples};
    /// assert_eq!(Budget::resolve(Resamples::Auto, 1, 101).replicates, 1999);
    /// assert_eq!(Budget::resolve(Resamples::Auto, 1, 50_000).replicates, 400);
    /// assert!(!Budget::resolve(Resamples::Auto, 100, 50_000).full);
    /// ```
    #[must_use]
    pub fn resolve(resamples: Resamples, groups: usize, cells: usize) -> Self {
        match resamples {
            Resamples::Fixed(replicates) => Self {
                replicates: replicates.max(1),
                full: true,
            },
            Resamples::Auto => {
                let affordable = affordable(groups, cells);
                let full = affordable >= RANGE.0;
                // Normal numbers for a few bins cost nothing, so they need not be few.
                let replicates = if full {
                    affordable.min(RANGE.1)
                } else {
                    RANGE.1
                };
                Self {
                    replicates: replicates as u32,
                    full,
                }
            }
        }
    }
}
