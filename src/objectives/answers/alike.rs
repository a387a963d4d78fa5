//! Answers between which a policy makes no difference, as one.

use std::borrow::Cow;

use super::{Answer, Answers};

/// Kinds of answers that came last, among which those alike are looked for. Rows come in order of confidence, in which each
/// fold's curve rises step by step: an answer is mostly like the last ones of its fold.
const RECENT: usize = 16;

impl Answers {
    /// The same answers in fewer rows: most of those for which the curves give one probability, and which are of one `kind`,
    /// are one. What is asked of them may depend on nothing else; the confidence of the first stands for all.
    ///
    /// Rows of clusters that repeat, and those that are not right or wrong with weight 1, stay as they are: the sums of the
    /// others are whole numbers, which are added without rounding.
    pub(in crate::objectives) fn alike(&self, kind: impl Fn(&Answer) -> u64) -> Cow<'_, Self> {
        if self.clusters.is_some() {
            return Cow::Borrowed(self);
        }
        let mut rows: Vec<Answer> = Vec::new();
        let mut kinds: Vec<u64> = Vec::new();
        for row in &self.rows {
            let own = kind(row);
            let recent = rows.iter_mut().zip(&kinds).rev().take(RECENT);
            let mut recent = recent.filter(|(known, kind)| **kind == own && known.is_like(row));
            match recent.next() {
                Some((known, _)) => known.totals.add(&row.totals),
                None => {
                    rows.push(row.clone());
                    kinds.push(own);
                }
            }
        }
        Cow::Owned(Self {
            rows,
            declined: self.declined,
            clusters: None,
            ..*self
        })
    }
}

impl Answer {
    /// Whether it has all but the confidence and the number of rows of another.
    fn is_like(&self, other: &Self) -> bool {
        self.calibrated == other.calibrated
            && self.totals.counts().is_some()
            && other.totals.counts().is_some()
            && (self.silent, self.forced) == (other.silent, other.forced)
            && self.costs == other.costs
            && self.cluster == other.cluster
    }
}
