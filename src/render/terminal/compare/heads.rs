//! Labels of two logs above their columns, no longer than leaves room for what stands beside them.

use unicode_width::UnicodeWidthStr;

use crate::render::terminal::Page;

/// Columns that the change, its word and its p-value take, and what stands between.
const REST: usize = 32;

/// Both labels, beside names of metrics of at most `names` columns; by their ends where their beginnings are the same.
pub(super) fn heads(page: &Page<'_>, names: usize, labels: [&str; 2]) -> [String; 2] {
    let room = page.width.saturating_sub(REST + names);
    // One that is short leaves room to the other.
    let [base, new] = labels.map(UnicodeWidthStr::width);
    let most = |other: usize| (room / 2).max(room.saturating_sub(other)).clamp(8, 20);
    let heads = [
        page.untrusted(labels[0], most(new)),
        page.untrusted(labels[1], most(base)),
    ];
    if heads[0] != heads[1] {
        return heads;
    }
    let most = (room / 2).clamp(8, 20);
    labels.map(|label| {
        let count = label.chars().count();
        let end: String = label
            .chars()
            .skip((count + 2).saturating_sub(most))
            .collect();
        match count > most {
            true => page.untrusted(&format!("..{end}"), most),
            false => page.untrusted(label, most),
        }
    })
}
