//! Model files: opened for the commands that use one, and held against the log they are used on.

use std::fs::File;
use std::io::Read;

use super::reading::Rows;
use crate::codes;
use crate::error::{Error, Place};
use crate::evidence::Partial;
use crate::input::{Definition, Difference, Notes, Own, RowRules};
use crate::recalibrate::Model;
use crate::recalibrate::model::{MOST_BYTES, too_large};
use crate::report::Warning;

/// Opens a model.
///
/// # Errors
/// When it cannot be read, or is none.
pub(super) fn open(path: &str) -> Result<Model, Error> {
    let cannot_open = |error: std::io::Error| {
        Error::new(&codes::CANNOT_OPEN, error.to_string())
            .at(Place::file(path))
            .help("name a model that calib fit wrote")
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(cannot_open)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large(path));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::new(&codes::NOT_A_MODEL, "it is no text in UTF-8")
            .at(Place::file(path))
            .help(codes::NOT_A_MODEL.remedy)
    })?;
    Model::parse(&text, path)
}

/// Refuses a model whose confidences were made in another way than flags say that those of a log are, before any row of
/// the log is read: by the wrong scale every row would be a bad one.
///
/// # Errors
/// As [`refuse_unfit`].
pub(super) fn refuse_unfit_flags(
    model: &Model,
    path: &str,
    rules: &RowRules,
    partial: Partial,
) -> Result<(), Error> {
    let said = Definition {
        // Only the rows say it.
        softmax: model.definition.softmax,
        ..rules.definition(&Notes::default())
    };
    refuse_unfit(model, path, &said, partial)
}

/// Refuses a model whose confidences were made in another way than those of the log.
///
/// # Errors
/// The differences, and the flags that would undo them.
pub(super) fn refuse_unfit(
    model: &Model,
    path: &str,
    log: &Definition,
    partial: Partial,
) -> Result<(), Error> {
    let log = Definition {
        partial: Some(partial.to_string()),
        ..log.clone()
    };
    let differences = model.definition.differences_in_confidence(&log);
    if differences.is_empty() {
        return Ok(());
    }
    let said = |Difference { what, ours, theirs }: &Difference| {
        format!("{what}: {ours} where it was fitted, {theirs} here")
    };
    let all: Vec<_> = differences.iter().map(said).collect();
    let mut error = Error::new(&codes::MODEL_DOES_NOT_FIT, all.join("; ")).at(Place::file(path));
    let flags = differences.iter();
    let flags: Vec<_> = flags
        .filter(|found| ["--confidence-scale", "--partial"].contains(&found.what))
        .map(|found| format!("{} {}", found.what, found.ours))
        .collect();
    if !flags.is_empty() {
        let flags = flags.join(" ");
        error = error.help(format!(
            "to read the log as the model was fitted, pass {flags}"
        ));
    }
    Err(error.help(codes::MODEL_DOES_NOT_FIT.remedy))
}

/// Refuses a log that a model was applied to before.
///
/// # Errors
/// The column that says so.
pub(super) fn refuse_recalibrated(rows: &Rows) -> Result<(), Error> {
    let own = [Own::ConfidenceRaw, Own::AbstainedRaw];
    let Some(own) = own.into_iter().find(|own| rows.has_other(*own)) else {
        return Ok(());
    };
    let detail = format!(
        "the log has `{}`, as calib apply writes it: its confidences would be recalibrated twice",
        own.name()
    );
    Err(Error::new(&codes::COLUMN_TAKEN, detail)
        .at(Place::file(&rows.log.label))
        .help("audit the log as it was before it was recalibrated, or without --with, or rename the column"))
}

/// That the rows were chosen in another way than those it was fitted on: what it promises is of those.
pub(super) fn filtered_apart(model: &Model, log: &Definition) -> Option<Warning> {
    let Difference { ours, theirs, .. } = model.definition.difference_in_filters(log)?;
    Some(Warning {
        code: codes::FITTED_APART.id,
        message: format!(
            "--where was {ours} where the model was fitted and is {theirs} here: its curve and what it promises are of the rows it was fitted on"
        ),
        count: 1,
    })
}

/// Refuses a log in which nothing serves as a confidence.
///
/// # Errors
/// That nothing does, and the columns that could.
pub(super) fn refuse_without_confidence(rows: &Rows) -> Result<(), Error> {
    if rows.has_confidence() {
        return Ok(());
    }
    let detail = "no column serves confidence, so there is nothing to recalibrate";
    Err(Error::new(&codes::NO_USABLE_ROWS, detail)
        .at(Place::file(&rows.log.label))
        .help(format!(
            "map one of {}: --map confidence=PATH",
            rows.columns()
        )))
}

/// What is said of rows of groups that the model was not fitted on.
pub(super) fn of_unknown_groups(model: &Model, rows: u64) -> String {
    let what = match rows {
        1 => "1 row of a group".to_owned(),
        rows => format!("{rows} rows of groups"),
    };
    let becomes = match model.has_group_thresholds() {
        true => "abstained on, as each group has a threshold of its own",
        false => "the curve of all rows",
    };
    format!("{what} that the model does not know: {becomes}")
}

/// That more of so many confidences than a few are outside of those that the curve was fitted to. A new log of the same kind
/// has a few: its lowest and highest are as likely to be lower and higher.
pub(super) fn outside(model: &Model, outside: u64, of: u64) -> Option<Warning> {
    /// One in so many is passed over.
    const FEW: u64 = 100;
    let [low, high] = model.fitted.stated?;
    let share = outside as f64 / of.max(1) as f64 * 100.0;
    let fitted = match low == high {
        true => format!("was fitted on confidences of {low} alone"),
        false => format!("was fitted on confidences from {low} to {high}"),
    };
    (outside.saturating_mul(FEW) > of).then(|| Warning {
        code: codes::OUTSIDE_FITTED.id,
        message: format!(
            "the model {fitted}, and {share:.1} % of the confidences here ({outside} of {of}) are outside: what it gives there follows from its shape alone"
        ),
        count: outside,
    })
}
