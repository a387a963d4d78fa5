//! Row accounts of several files in one.

use super::Rows;

impl Rows {
    /// The account of all the rows of these.
    pub fn sum<'r>(accounts: impl IntoIterator<Item = &'r Self>) -> Self {
        let mut total = Self::default();
        for Self {
            read,
            used,
            answered,
            abstained,
            skipped,
        } in accounts
        {
            total.read = total.read.saturating_add(*read);
            total.used = total.used.saturating_add(*used);
            total.answered = total.answered.saturating_add(*answered);
            total.abstained = total.abstained.saturating_add(*abstained);
            for (reason, n) in skipped {
                let entry = total.skipped.entry(reason.clone()).or_default();
                *entry = entry.saturating_add(*n);
            }
        }
        total
    }
}
