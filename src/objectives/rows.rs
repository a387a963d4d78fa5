//! Where the rows of a log went in a section: used, or left out for a reason.

use super::section::Subject;
use crate::record::Field;
use crate::report::objective::{Evidence, Measure};

/// Rows by what became of them. Used and left out add up to the rows of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) used: u64,
    /// Name of the reason, the reason in words, and the rows.
    skipped: Vec<(&'static str, &'static str, u64)>,
}

impl Rows {
    /// Of the rows of a panel, of each why it is left out, if it is; what the panel does not hold for want of any such
    /// value counts under the first reason.
    pub(super) fn of(
        subject: &Subject<'_>,
        reasons: &[(&'static str, &'static str)],
        why: impl Fn(&crate::evidence::PanelRow) -> Option<usize>,
    ) -> Self {
        let panel = subject.panel();
        let mut counts = vec![0; reasons.len()];
        let mut used = 0;
        for (row, times) in panel.iter() {
            match why(row).and_then(|reason| counts.get_mut(reason)) {
                Some(count) => *count += times,
                None => used += times,
            }
        }
        // Every row that says whether it was answered is counted, and most stand in no panel.
        let beyond = subject.view.rows(|_| true) - panel.seen_with(Field::Conduct);
        if let Some(count) = counts.first_mut() {
            *count += beyond;
        }
        let mut skipped: Vec<_> = reasons
            .iter()
            .zip(counts)
            .map(|((name, words), count)| (*name, *words, count))
            .collect();
        skipped.push(("not_kept", "not kept", panel.seen() - panel.rows()));
        Self { used, skipped }
    }

    /// Rows that were counted.
    pub(super) fn counted(used: u64, skipped: Vec<(&'static str, &'static str, u64)>) -> Self {
        Self { used, skipped }
    }

    /// The figures: those left out by reason, shown where there are any.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let number = |name: String, label: String, rows: u64| {
            Evidence::number(name, label, Measure::Count, rows as f64)
        };
        let used = number("rows".to_owned(), "rows used".to_owned(), self.used);
        let skipped = self.skipped.iter().map(|(name, words, rows)| {
            let label = match rows {
                0 => String::new(),
                _ => format!("  left out: {words}"),
            };
            number(format!("skipped.{name}"), label, *rows)
        });
        std::iter::once(used).chain(skipped).collect()
    }
}
