//! A model as a page: what it does to a confidence, what it still answers, and what speaks for it.

use std::io::{self, Write};

use crate::recalibrate::model::{Figure, Guarantee, Kind};
use crate::recalibrate::{CALIBRATORS, Curve, Model};
use crate::record::Confidence;
use crate::render::escape::{Charset, Untrusted};
use crate::render::explain;
use crate::report::Entry;

/// Groups that have a column in the table.
const COLUMNS: usize = 4;

/// Writes the page, wrapped to `width` columns.
///
/// # Errors
/// When the stream fails.
pub fn write(model: &Model, path: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let entry = Entry {
        id: shown(path),
        title: format!(
            "{}, fitted by calib {}",
            title(&model.curve),
            shown(&model.calib_version)
        ),
        parts: vec![
            ("does", formula(&model.curve)?),
            ("abstains", policy(model)),
            ("groups", groups(model)?),
            ("gain", gain(model)),
            ("fitted on", fitted(model)),
            ("holds for", holds(model)),
            ("does not", caveats(model)),
        ],
    };
    explain::entry(&entry, width, out)?;
    table(model, out)?;
    writeln!(
        out,
        "\n  next   calib apply {0} LOG -o OUT\n         calib audit LOG --with {0}\n         calib explain {0} --python",
        shown(path)
    )
}

/// Text from outside, safe to print.
fn shown(text: &str) -> String {
    Untrusted(text).escaped(Charset::Unicode).into_owned()
}

fn about(curve: &Curve) -> Option<crate::recalibrate::About> {
    let method = CALIBRATORS.iter().find(|one| one.id == curve.method())?;
    Some((method.about)())
}

fn title(curve: &Curve) -> &'static str {
    about(curve).map_or("Recalibration", |about| about.title)
}

/// The formula with its numbers.
fn formula(curve: &Curve) -> io::Result<String> {
    let params = curve.params()?;
    let named = params.as_object().into_iter().flatten();
    let numbers: Vec<_> = named
        .map(|(name, value)| match value {
            serde_json::Value::Array(items) => format!("{name}: {} numbers", items.len()),
            number => format!("{name} = {number}"),
        })
        .collect();
    let formula = about(curve).map_or("", |about| about.formula);
    let mut text = formula.to_owned();
    if !numbers.is_empty() {
        text.push_str(&format!("\nwith {}", numbers.join(", ")));
    }
    if let Some(clip) = curve.clip() {
        text.push_str(&format!(
            "\nconfidences within {clip:e} of 0 or 1 count as that far from them"
        ));
    }
    Ok(text)
}

fn policy(model: &Model) -> String {
    let Some(guarantee) = &model.guarantee else {
        return match model.threshold {
            Some(threshold) => format!("below a recalibrated confidence of {threshold}"),
            None => "never: there is no threshold".to_owned(),
        };
    };
    let purpose = purpose(guarantee);
    if model.has_group_thresholds() {
        return format!(
            "below the threshold of its group, chosen for {purpose}; of other groups always{}",
            kept(guarantee, model.fitted.rows)
        );
    }
    let Some(threshold) = model.threshold else {
        let reason = guarantee
            .reason
            .as_deref()
            .map_or("too few rows", |reason| reason);
        return format!("always: {purpose} cannot be kept ({})", shown(reason));
    };
    format!(
        "below a recalibrated confidence of {threshold}, chosen for {purpose}{}",
        kept(guarantee, model.fitted.rows)
    )
}

/// What is known about a threshold's purpose being met, each in a line.
fn kept(guarantee: &Guarantee, graded: u64) -> String {
    let over_answer = guarantee.kind == Kind::OverAnswer;
    let mut text = String::new();
    if let Some(coverage) = guarantee.coverage {
        let coverage = percent(coverage);
        text.push_str(&match over_answer {
            true => format!("\nanswers {coverage} of the rows that should be answered"),
            false => format!(
                "\nanswers {coverage} of the {graded} graded answers with a confidence that it was fitted on"
            ),
        });
    }
    if let Some(observed) = guarantee.observed {
        let observed = percent(observed);
        text.push_str(&match over_answer {
            true => format!(
                "\nanswers {observed} of the {} rows that should be declined",
                guarantee.rows
            ),
            false => format!(
                "\n{observed} of these answers are wrong{}",
                out_of_fold(guarantee)
            ),
        });
    }
    if let Some((bound, confidence)) = guarantee.bound.zip(guarantee.confidence) {
        text.push_str(&format!(
            "\nin new rows of the same kind at most {}, with a confidence of {}",
            percent(bound),
            percent(confidence)
        ));
    }
    text
}

/// Whether what is observed is so on rows that the curve was not fitted on, because nothing bounds it.
fn out_of_fold(guarantee: &Guarantee) -> String {
    let asked_for = matches!(guarantee.kind, Kind::Cost | Kind::Coverage);
    match (guarantee.bound, &guarantee.reason) {
        (None, Some(reason)) if asked_for => format!(", out of fold\n{}", shown(reason)),
        _ => String::new(),
    }
}

fn purpose(guarantee: &Guarantee) -> String {
    let or_unknown = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), percent);
    let number =
        |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| value.to_string());
    match guarantee.kind {
        Kind::Cost => format!(
            "the least expected cost, {} for a wrong answer and {} for an abstention",
            number(guarantee.cost_wrong),
            number(guarantee.cost_abstain)
        ),
        Kind::Risk => format!("a risk of at most {}", or_unknown(guarantee.risk)),
        Kind::Coverage => format!(
            "answering at least {} of the graded answers with a confidence",
            or_unknown(guarantee.target_coverage)
        ),
        Kind::OverAnswer => format!(
            "over-answering of at most {}",
            or_unknown(guarantee.target_over_answer)
        ),
    }
}

fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

fn groups(model: &Model) -> io::Result<String> {
    if model.by.is_empty() {
        return Ok("none: one curve for all rows".to_owned());
    }
    let fields: Vec<_> = model.by.iter().map(|field| shown(field)).collect();
    let mut text = format!(
        "by {}; rows of other groups take the curve of all rows",
        fields.join(", ")
    );
    for (values, group) in &model.groups {
        let values: Vec<_> = values.iter().map(|value| shown(value)).collect();
        text.push_str(&format!(
            "\n{}: {} of {} rows, drawn {} of the way to the curve of all rows",
            values.join(", "),
            group.curve.method(),
            group.rows,
            percent(group.shrinkage)
        ));
        if let Some(guarantee) = &group.guarantee {
            text.push_str(&match group.threshold {
                Some(threshold) => format!("; answers from {threshold}"),
                None => format!(
                    "; abstains always ({})",
                    shown(guarantee.reason.as_deref().unwrap_or("too few rows"))
                ),
            });
        }
    }
    Ok(text)
}

fn gain(model: &Model) -> String {
    let mut text = match (model.fitted.brier, model.fitted.gain.value) {
        (_, None) => {
            let reason = model
                .fitted
                .gain
                .reason
                .as_deref()
                .unwrap_or("not measured");
            format!("not known: {}", shown(reason))
        }
        (brier, Some(_)) => {
            let before = brier.map_or_else(String::new, |brier| format!(", from {brier:.4}"));
            format!(
                "Brier score lower by {}{before}, on rows that the curve was not fitted on ({} folds)",
                figure(&model.fitted.gain),
                model.fitted.folds
            )
        }
    };
    for candidate in &model.fitted.candidates {
        text.push_str(&format!(
            "\n{}: {}",
            shown(&candidate.method),
            match candidate.gain.value {
                Some(_) => figure(&candidate.gain),
                None => shown(candidate.gain.reason.as_deref().unwrap_or("no fit")),
            }
        ));
    }
    text
}

/// A figure with its interval.
fn figure(figure: &Figure) -> String {
    let value = figure.value.unwrap_or_default();
    match (figure.low, figure.high, figure.level) {
        (Some(low), Some(high), Some(level)) => {
            format!(
                "{value:.4} ({} interval {low:.4} to {high:.4})",
                percent(level)
            )
        }
        _ => match &figure.reason {
            Some(reason) if value != 0.0 => format!("{value:.4} (no interval: {})", shown(reason)),
            _ => format!("{value:.4}"),
        },
    }
}

fn fitted(model: &Model) -> String {
    let fitted = &model.fitted;
    let mut text = format!(
        "{}: {} graded answers with a confidence, in {} clusters",
        shown(&fitted.label),
        fitted.rows,
        fitted.clusters
    );
    match fitted.stated {
        Some([low, high]) if low == high => text.push_str(&format!(
            "\nall of them of the one confidence {low}: what the curve gives elsewhere rests on nothing"
        )),
        Some([low, high]) => text.push_str(&format!("\nconfidences from {low} to {high}")),
        None => {}
    }
    if let Some(sum) = &fitted.sha256 {
        text.push_str(&format!("\nSHA-256 {sum}"));
    }
    text
}

fn holds(model: &Model) -> String {
    let made = &model.definition;
    let mut text = format!(
        "confidences that are made as there: --confidence-scale {}",
        shown(&made.scale)
    );
    if made.softmax {
        text.push_str(", the softmax of the options");
    }
    if let Some(pattern) = made.extracts.get("confidence") {
        text.push_str(&format!(", --extract confidence={}", shown(pattern)));
    }
    for (field, value) in &made.filters {
        text.push_str(&format!(", rows with {}={}", shown(field), shown(value)));
    }
    match made.partial.as_deref() {
        Some("answer") => text.push_str("\npartial refusals counted as answers: --partial answer"),
        Some(_) => text.push_str("\npartial refusals counted as abstentions: --partial abstain"),
        None => {}
    }
    text
}

fn caveats(model: &Model) -> String {
    let pitfalls = about(&model.curve).map_or("", |about| about.pitfalls);
    format!(
        "apply to another model, another way to ask for confidence, or prompts of another kind: fit it again there. It moves numbers, and teaches the model nothing.\n{pitfalls}"
    )
}

/// Confidences as stated, and what becomes of them.
fn table(model: &Model, out: &mut dyn Write) -> io::Result<()> {
    let named = model.groups.iter().take(COLUMNS);
    let mut columns = vec![("recalibrated".to_owned(), &model.curve)];
    columns.extend(named.map(|(values, group)| {
        let name: String = shown(&values.join(", ")).chars().take(12).collect();
        (name, &group.curve)
    }));
    write!(out, "\n  {:>8}", "stated")?;
    for (name, _) in &columns {
        write!(out, "  {name:>12}")?;
    }
    let tenths = || (0..=10).filter_map(|tenth| Confidence::new(f64::from(tenth) / 10.0));
    if tenths().any(|stated| model.curve.interval(stated).is_some()) {
        write!(out, "  {:>15}", "p0 to p1")?;
    }
    writeln!(out)?;
    for stated in tenths() {
        write!(out, "  {:>8.1}", stated.get())?;
        for (_, curve) in &columns {
            write!(out, "  {:>12.4}", curve.apply(stated).get())?;
        }
        if let Some((low, high)) = model.curve.interval(stated) {
            write!(out, "  {:>15}", format!("{low:.4} to {high:.4}"))?;
        }
        writeln!(out)?;
    }
    match model.groups.len().saturating_sub(COLUMNS) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more groups"),
    }
}
