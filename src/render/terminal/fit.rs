//! A fit as a page: the methods, the choice, the fault, and what may be answered.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::grid::{self, Column};
use super::header::words;
use super::line::{Line, sentence};
use super::{Options, charset};
use crate::chart::term::Ink;
use crate::render::escape::Untrusted;
use crate::render::number::{count, level};
use crate::report::fit::{Answered, Automation, Fit, FittedGroup, Threshold, Tried};
use crate::report::{Estimate, Warning};

/// Columns of a name.
const NAME: usize = 40;

/// Writes the page.
///
/// # Errors
/// When the stream fails.
pub fn write(fit: &Fit, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let width = options.columns();
    let say = |text: &str, ink: Ink| sentence(text, ink, options);
    let mut lines = say(&heading(fit), Ink::Strong);
    let account = &fit.account;
    let escaped = |reason: &str| Untrusted(reason).truncated(NAME, charset(options));
    lines.extend(say(
        &words(account.read, account.used, &account.skipped, escaped),
        Ink::Plain,
    ));
    lines.push(Line::default());
    lines.extend(methods(fit, width));
    for reason in missing(fit).into_iter().chain(no_interval(fit)) {
        lines.extend(say(&reason, Ink::Faint));
    }
    lines.push(Line::default());
    lines.extend(say(
        &format!("chosen: {}, {}", fit.method, fit.why),
        Ink::Plain,
    ));
    if !fit.by.is_empty() {
        lines.extend(say(&by_groups(fit), Ink::Plain));
    }
    lines.extend(say(&fit.fault.sentence, Ink::Plain));
    if fit.stated[0] == fit.stated[1] {
        lines.extend(say(&one_confidence(fit), Ink::Plain));
    }
    // Thresholds of groups say what one for all rows cannot.
    if !has_group_thresholds(fit) {
        lines.push(Line::default());
        lines.extend(say(&automation_heading(fit), Ink::Strong));
        lines.extend(automation(fit, width));
        if let Some(reason) = one_reason(fit) {
            lines.extend(say(&format!("nothing: {reason}"), Ink::Faint));
        }
    }
    if let Some(threshold) = &fit.threshold {
        lines.push(Line::default());
        lines.extend(say(&goal(fit, threshold), Ink::Plain));
        lines.extend(group_thresholds(fit, options));
        if let Some(note) = &threshold.note {
            lines.extend(say(note, Ink::Plain));
        }
    }
    if !fit.warnings.is_empty() {
        lines.push(Line::default());
    }
    for Warning { code, message, .. } in &fit.warnings {
        let message = Untrusted(message).escaped(charset(options));
        lines.extend(say(&format!("{code}  {message}"), Ink::Plain));
    }
    if options.hints {
        lines.push(Line::default());
        let next = format!("next: calib apply {} LOG", fit.model);
        lines.extend(say(&next, Ink::Faint));
    }
    lines
        .into_iter()
        .try_for_each(|line| line.write(options, out))
}

fn heading(fit: &Fit) -> String {
    let brier = number(fit.brier);
    let rows = match fit.graded > fit.rows {
        true => format!(
            "{} of {} graded answers with a confidence, those of a sample of prompts",
            count(fit.rows),
            count(fit.graded)
        ),
        false => format!("{} graded answers with a confidence", count(fit.rows)),
    };
    format!("{}: {rows}, Brier score {brier} as stated", fit.label)
}

fn methods(fit: &Fit, width: usize) -> Vec<Line> {
    let column = |title: &str, left: bool, rank: u8, cell: &dyn Fn(&Tried) -> String| Column {
        title: title.to_owned(),
        left,
        rank,
        cells: fit
            .methods
            .iter()
            .map(|one| {
                let chosen = one.method == fit.method;
                (if chosen { Ink::Strong } else { Ink::Plain }, cell(one))
            })
            .collect(),
    };
    let about = fit
        .methods
        .iter()
        .find_map(|one| one.brier.level)
        .map_or_else(
            || "interval".to_owned(),
            |of| format!("{} interval", level(of)),
        );
    grid::within(
        width,
        vec![
            column("method", true, 0, &|one| one.method.to_owned()),
            column("Brier gain", false, 0, &|one| signed(one.brier.value)),
            column(&about, false, 0, &|one| interval(&one.brier)),
            column("log gain", false, 1, &|one| signed(one.log.value)),
        ],
    )
}

/// Why methods have no curve, one reason a line.
fn missing(fit: &Fit) -> Vec<String> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in fit.methods.iter().filter(|one| one.brier.value.is_none()) {
        let reason = one.brier.reason.as_deref().unwrap_or("no curve");
        reasons.entry(reason).or_default().push(one.method);
    }
    let line = |(reason, methods): (&str, Vec<&str>)| format!("{}: {reason}", methods.join(", "));
    reasons.into_iter().map(line).collect()
}

/// Why gains have no interval, where none has one.
fn no_interval(fit: &Fit) -> Option<String> {
    let changes = |one: &&Tried| one.method != "identity" && one.brier.value.is_some();
    let mut tried = fit.methods.iter().filter(changes);
    let reason = tried.clone().find_map(|one| one.brier.reason.as_deref())?;
    let none = tried.all(|one| one.brier.interval().is_none());
    none.then(|| format!("no interval: {reason}"))
}

fn by_groups(fit: &Fit) -> String {
    let shrinkages = fit.groups.iter().map(|group| group.shrinkage);
    let (least, most) = shrinkages.fold((1.0, 0.0), |(low, high): (f64, f64), s| {
        (low.min(s), high.max(s))
    });
    let (least, most) = (
        format!("{:.0}", least * 100.0),
        format!("{:.0}", most * 100.0),
    );
    let drawn = match least == most {
        true => most,
        false => format!("{least} to {most}"),
    };
    let groups = match fit.groups.len() {
        1 => "1 group with a curve of its".to_owned(),
        more => format!("{} groups with a curve of their", count(more as u64)),
    };
    format!(
        "by {}: {groups} own, drawn towards that of all rows by {drawn} %; gain out of fold {} {}",
        fit.by.join(", "),
        signed(fit.gain.value),
        interval(&fit.gain)
    )
}

/// That the curve is known at one confidence only.
fn one_confidence(fit: &Fit) -> String {
    format!(
        "Every one of these answers has a confidence of {}: the curve rests on that one value, and what it gives elsewhere rests on nothing.",
        fit.stated[0]
    )
}

fn automation_heading(fit: &Fit) -> String {
    let confidence = fit
        .automation
        .first()
        .map_or(0.95, |row| row.answered.confidence);
    format!(
        "what may be answered of the graded answers with a confidence, each bound with a confidence of {}",
        level(confidence)
    )
}

fn automation(fit: &Fit, width: usize) -> Vec<Line> {
    let column = |title: &str, left: bool, rank: u8, cell: &dyn Fn(&Automation) -> String| Column {
        title: title.to_owned(),
        left,
        rank,
        cells: fit
            .automation
            .iter()
            .map(|row| (Ink::Plain, cell(row)))
            .collect(),
    };
    grid::within(
        width,
        vec![
            column("wrong at most", false, 0, &|row| percent(Some(row.risk))),
            column("answered", false, 0, &|row| match row.answered.coverage {
                None => "nothing".to_owned(),
                share => percent(share),
            }),
            column("from", false, 0, &|row| number(row.answered.threshold)),
            column("wrong", false, 1, &|row| percent(row.answered.observed)),
            column("bound", false, 0, &|row| percent(row.answered.bound)),
            column("", true, 2, &|row| match one_reason(fit) {
                None => row.answered.reason.clone().unwrap_or_default(),
                Some(_) => String::new(),
            }),
        ],
    )
}

/// Why nothing may be answered, where that is the same at every risk.
fn one_reason(fit: &Fit) -> Option<&str> {
    let (first, others) = fit.automation.split_first()?;
    let reason = first.answered.reason.as_deref()?;
    let same = |row: &Automation| row.answered.reason.as_deref() == Some(reason);
    others.iter().all(same).then_some(reason)
}

fn goal(fit: &Fit, threshold: &Threshold) -> String {
    let Threshold {
        asked,
        answered,
        utility,
        ..
    } = threshold;
    if has_group_thresholds(fit) {
        return format!(
            "thresholds for {asked}, all at once with a confidence of {}: {}; calib apply abstains on rows of other groups",
            level(answered.confidence),
            shares(fit, threshold)
        );
    }
    let Some(from) = answered.threshold else {
        let reason = answered.reason.as_deref().unwrap_or("no threshold does");
        return format!(
            "threshold for {asked}: none, so calib apply abstains on every row ({reason})"
        );
    };
    let gained = utility.as_ref().map_or_else(String::new, |gain| {
        format!(
            "; gain in utility over answering all, out of fold, {} {}",
            signed(gain.value),
            interval(gain)
        )
    });
    format!(
        "threshold for {asked}: answer from {from:.4} on, which is {}{}{gained}",
        shares(fit, threshold),
        bound(threshold),
    )
}

/// How much is answered, and how much of that is not as it should be.
fn shares(fit: &Fit, threshold: &Threshold) -> String {
    let of = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |_| percent(value));
    let (coverage, observed) = (of(threshold.answered.coverage), threshold.answered.observed);
    match threshold.is_of_over_answering() {
        true => format!(
            "{coverage} of the rows that should be answered and {} of those that should be declined",
            of(observed)
        ),
        false => {
            let all = threshold.of_all_rows.map_or_else(String::new, |share| {
                format!(" and {} of all rows", percent(Some(share)))
            });
            let unseen = match threshold.kind {
                "cost" | "coverage" => " out of fold",
                _ => "",
            };
            format!(
                "{coverage} of the {} graded answers with a confidence{all}, {} of them wrong{unseen}",
                count(fit.rows),
                of(observed)
            )
        }
    }
}

fn has_group_thresholds(fit: &Fit) -> bool {
    fit.groups.iter().any(|group| group.threshold.is_some())
}

/// What is answered in each group, where each has a threshold of its own.
fn group_thresholds(fit: &Fit, options: &Options) -> Vec<Line> {
    let outside = |text: &str| Untrusted(text).truncated(NAME, charset(options));
    let threshold = fit.threshold.as_ref();
    let over_answering = threshold.is_some_and(Threshold::is_of_over_answering);
    let groups = fit.groups.iter();
    let rows: Vec<(&FittedGroup, &Answered)> = groups
        .filter_map(|group| Some((group, group.threshold.as_ref()?)))
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let column =
        |title: &str, left: bool, rank: u8, cell: &dyn Fn(&FittedGroup, &Answered) -> String| {
            Column {
                title: title.to_owned(),
                left,
                rank,
                cells: rows
                    .iter()
                    .map(|(group, answered)| (Ink::Plain, cell(group, answered)))
                    .collect(),
            }
        };
    let bad = if over_answering {
        "over-answered"
    } else {
        "wrong"
    };
    let names = |names: Vec<&String>| {
        let names: Vec<_> = names.into_iter().map(|name| outside(name)).collect();
        names.join(", ")
    };
    grid::within(
        options.columns(),
        vec![
            column(&names(fit.by.iter().collect()), true, 0, &|group, _| {
                let values = fit.by.iter().filter_map(|field| group.by.get(field));
                names(values.collect())
            }),
            column(
                "answered",
                false,
                0,
                &|_, answered| match answered.threshold {
                    None => "nothing".to_owned(),
                    Some(_) => percent(answered.coverage),
                },
            ),
            column("from", false, 0, &|_, answered| number(answered.threshold)),
            column(bad, false, 1, &|_, answered| percent(answered.observed)),
            column("bound", false, 0, &|_, answered| percent(answered.bound)),
            column("", true, 2, &|_, answered| {
                answered.reason.clone().unwrap_or_default()
            }),
        ],
    )
}

fn bound(threshold: &Threshold) -> String {
    let answered = &threshold.answered;
    let rows = match threshold.is_of_over_answering() {
        true => "rows",
        false => "answers",
    };
    match answered.bound {
        Some(bound) => format!(
            ", at most {} with a confidence of {} ({} {rows})",
            percent(Some(bound)),
            level(answered.confidence),
            count(answered.rows)
        ),
        None => answered
            .reason
            .as_deref()
            .map_or_else(String::new, |reason| format!(" ({reason})")),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

fn signed(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:+.4}"))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{:.1} %", value * 100.0))
}

fn interval(estimate: &Estimate) -> String {
    estimate.interval().map_or_else(String::new, |(low, high)| {
        format!("{low:+.4} to {high:+.4}")
    })
}
