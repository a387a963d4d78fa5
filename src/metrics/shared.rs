//! What two and more metrics of a view take their figures from, computed for the first that asks.

use std::cell::OnceCell;

use super::View;
use super::corp_log::LogParts;
use super::cox::Lines;
use super::ici::{self, Distances};
use super::murphy::Murphy;
use crate::evidence::LOG_CLIP;

/// What is known so far.
#[derive(Default)]
pub(super) struct Shared {
    lines: OnceCell<Lines>,
    distances: OnceCell<Result<Distances, &'static str>>,
    murphy: OnceCell<Option<Murphy>>,
    log_parts: OnceCell<LogParts>,
}

impl View<'_> {
    /// Cox's recalibration line, and that of slope 1.
    pub(super) fn lines(&self) -> &Lines {
        self.shared.lines.get_or_init(|| Lines::new(self))
    }

    /// Distances of confidences from the smooth curve of accuracy, or why there is none.
    pub(super) fn distances(&self) -> Result<&Distances, &'static str> {
        let distances = &self.shared.distances;
        let distances = distances.get_or_init(|| ici::distances(self));
        distances.as_ref().map_err(|reason| *reason)
    }

    /// The parts of the Brier score over the bins in force; none where nothing has weight.
    pub(super) fn murphy(&self) -> Option<Murphy> {
        let parts = || Murphy::new(&self.cells, self.bins());
        *self.shared.murphy.get_or_init(parts)
    }

    /// The parts of the logarithmic score, of cells that have weight.
    pub(super) fn log_parts(&self) -> &LogParts {
        let parts = || LogParts::new(&self.cells, LOG_CLIP);
        self.shared.log_parts.get_or_init(parts)
    }
}
