//! What is said on standard error once the rows are written.

use std::io::{self, Write};

use crate::codes::{self, Code};
use crate::commands::model;
use crate::commands::reading::{self, Rows};
use crate::input::Account;
use crate::recalibrate::Model;
use crate::recalibrate::rewrite::Applied;
use crate::render::escape::{Charset, Untrusted};
use crate::report::Warning;

/// What is told of how rows were read; the others are about figures, and none are shown here.
const TOLD: [&Code; 10] = [
    &codes::NO_FINAL_NEWLINE,
    &codes::BLANK_LINES,
    &codes::IGNORED_FILES,
    &codes::LOOKS_LOGARITHMIC,
    &codes::SOFTMAX,
    &codes::UNJOINED,
    &codes::PLACEHOLDER_CONFIDENCE,
    &codes::MADE_UP_CONFIDENCE,
    &codes::UNFINISHED_RUN,
    &codes::ALREADY_RECALIBRATED,
];

/// What a reader should know of how the rows were read, and that they may be others than the model is about.
pub(super) fn warn(
    rows: &Rows,
    model: &Model,
    applied: &Applied,
    err: &mut dyn Write,
) -> io::Result<()> {
    let findings = rows.findings();
    let told = |code: &Code| TOLD.iter().any(|one| one.id == code.id);
    let read = findings.iter().filter(|finding| told(finding.code));
    let apart = model::filtered_apart(model, &rows.definition());
    let outside = model::outside(model, applied.outside, applied.recalibrated);
    for Warning { code, message, .. } in read.map(Warning::from).chain(apart).chain(outside) {
        let message = Untrusted(&message).escaped(Charset::Unicode);
        writeln!(err, "warning[{code}]: {message}")?;
    }
    Ok(())
}

/// What became of the rows.
pub(super) fn account(
    rows: &Rows,
    model: &Model,
    applied: &Applied,
    err: &mut dyn Write,
) -> io::Result<()> {
    let accounts = &rows.gathered.accounts;
    let read: u64 = accounts.values().map(Account::rows_read).sum();
    let skipped = reading::skipped(accounts);
    let reasons: Vec<_> = skipped
        .iter()
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    let reasons = match reasons.as_slice() {
        [] => String::new(),
        reasons => format!(" ({})", reasons.join(", ")),
    };
    let left: u64 = skipped.values().sum();
    writeln!(
        err,
        "rows read {read} = {} written + {left} skipped{reasons}",
        applied.rows
    )?;
    let without = applied.rows - applied.recalibrated;
    writeln!(
        err,
        "{} confidences recalibrated ({}), {without} rows without one",
        applied.recalibrated,
        model.curve.method()
    )?;
    if applied.ungrouped > 0 {
        writeln!(
            err,
            "{}",
            model::of_unknown_groups(model, applied.ungrouped)
        )?;
    }
    match (model.threshold, &model.guarantee) {
        (None, None) => Ok(()),
        (Some(threshold), _) => writeln!(
            err,
            "{} rows abstain, {} of them for a confidence below {threshold} or none",
            applied.abstained,
            applied.abstained - applied.abstained_before
        ),
        (None, Some(_)) if model.has_group_thresholds() => writeln!(
            err,
            "{} rows abstain, {} of them for a confidence below the threshold of their group, or a group without one",
            applied.abstained,
            applied.abstained - applied.abstained_before
        ),
        (None, Some(_)) => writeln!(
            err,
            "every row abstains: the model has no threshold that keeps its guarantee"
        ),
    }
}
