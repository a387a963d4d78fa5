//! A fit as a page: the methods, the choice, the fault, and what may be answered.

mod threshold;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::threshold::{goal, group_thresholds, has_group_thresholds, promises_nothing};

use super::command;
use super::grid::{self, Column};
use super::header::words;
use super::line::{Line, paragraph, prose, sentence};
use super::{Options, charset};
use crate::chart::term::Ink;
use crate::recalibrate::identity::Identity;
use crate::recalibrate::{Calibrator, METHODS};
use crate::render::escape::Untrusted;
use crate::render::number::{Unit, count, level};
use crate::report::fit::{Automation, Fit, Tried};
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
    let reasons = missing(fit).into_iter().chain(no_interval(fit));
    for reason in reasons.chain(left_out(fit)) {
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
    lines.extend(warnings(fit, options));
    if options.hints {
        lines.push(Line::default());
        lines.extend(next(fit, options));
    }
    lines
        .into_iter()
        .try_for_each(|line| line.write(options, out))
}

/// What to know of how the log was read and of what it can show, below an empty line.
fn warnings(fit: &Fit, options: &Options) -> Vec<Line> {
    let one = |Warning { code, message, .. }: &Warning| {
        let start = Line::indented(2).ink(Ink::Orange, *code).plain("  ");
        let message = prose(message, charset(options));
        paragraph(start, Ink::Plain, &message, options.columns())
    };
    let mut lines: Vec<Line> = fit.warnings.iter().flat_map(one).collect();
    if !lines.is_empty() {
        lines.insert(0, Line::default());
    }
    lines
}

/// What to do with it.
fn next(fit: &Fit, options: &Options) -> Vec<Line> {
    /// What stands before the command.
    const LEAD: &str = "next: ";
    let say = |text: &str| sentence(text, Ink::Faint, options);
    if promises_nothing(fit) {
        return say(
            "next: mend the reason above, or ask for a limit that these answers can show to hold; as it is, calib apply would abstain on every row",
        );
    }
    let command = match &fit.next {
        Ok(command) => command,
        Err(instead) => return say(&format!("{LEAD}{instead}")),
    };
    let room = options.columns().saturating_sub(2 + LEAD.len());
    let rows = command::rows(command, charset(options), room);
    let lines = rows
        .into_iter()
        .zip(std::iter::once(LEAD).chain(std::iter::repeat("")));
    lines
        .map(|(row, lead)| Line::indented(2).ink(Ink::Faint, format!("{lead}{row}")))
        .collect()
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
    let ink = |one: &Tried| match one.method == fit.method {
        true => Ink::Strong,
        false => Ink::Plain,
    };
    let column = |title: &str, cell: &dyn Fn(&Tried) -> String| {
        Column::of(title, fit.methods.iter().map(|one| (ink(one), cell(one))))
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
            column("method", &|one| one.method.to_owned()).left(),
            column("Brier gain", &|one| signed(one.brier.value)),
            column(&about, &|one| range(&one.brier)),
            column("log gain", &|one| signed(one.log.value)).rank(1),
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
    let changes = |one: &&Tried| one.method != Identity::METHOD && one.brier.value.is_some();
    let mut tried = fit.methods.iter().filter(changes);
    let reason = tried.clone().find_map(|one| one.brier.reason.as_deref())?;
    let none = tried.all(|one| one.brier.interval().is_none());
    none.then(|| format!("no interval: {reason}"))
}

/// Why methods that turn the order around were not taken.
fn left_out(fit: &Fit) -> Option<String> {
    let promise = fit.threshold.as_ref()?;
    let ordered = matches!(promise.kind, "risk" | "over_answer") && fit.methods.len() > 2;
    let tried = |name: &&str| fit.methods.iter().any(|one| one.method == *name);
    let left_out: Vec<&str> = METHODS
        .iter()
        .copied()
        .filter(|name| !tried(name))
        .collect();
    (ordered && !left_out.is_empty()).then(|| {
        format!(
            "{}: not taken, as a promise takes answers in order of confidence, which that turns around",
            left_out.join(", ")
        )
    })
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
        1 => "1 group".to_owned(),
        more => format!("{} groups", count(more as u64)),
    };
    let curves = if fit.method == Identity::METHOD {
        ", none of which is changed".to_owned()
    } else if fit.groups.len() == 1 {
        ", which has the curve of all rows".to_owned()
    } else if least == "100" {
        " that differ by no more than chance, so that each takes the curve of all rows".to_owned()
    } else {
        format!(" with curves of their own, drawn towards that of all rows by {drawn} %")
    };
    format!(
        "by {}: {groups}{curves}; gain out of fold {} {}",
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
    let column = |title: &str, cell: &dyn Fn(&Automation) -> String| {
        Column::of(
            title,
            fit.automation.iter().map(|row| (Ink::Plain, cell(row))),
        )
    };
    grid::within(
        width,
        vec![
            column("wrong at most", &|row| percent(Some(row.risk))),
            column("answered", &|row| match row.answered.coverage {
                None => "nothing".to_owned(),
                share => percent(share),
            }),
            column("from", &|row| number(row.answered.threshold)),
            column("wrong", &|row| percent(row.answered.observed)).rank(1),
            column("bound", &|row| percent(row.answered.bound)),
            column("", &|row| match one_reason(fit) {
                None => row.answered.reason.clone().unwrap_or_default(),
                Some(_) => String::new(),
            })
            .left()
            .rank(2)
            .named("why nothing"),
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

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

fn signed(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| Unit::Signed(4).show(value))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| match value * 100.0 {
        little if little > 0.0 && little < 0.05 => "under 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    })
}

/// An interval as a cell.
fn range(estimate: &Estimate) -> String {
    estimate.interval().map_or_else(String::new, |(low, high)| {
        let end = |value: f64| Unit::Signed(4).show(value);
        format!("{} – {}", end(low), end(high))
    })
}

/// An interval behind a number.
fn interval(estimate: &Estimate) -> String {
    estimate.interval().map_or_else(String::new, |(low, high)| {
        let end = |value: f64| Unit::Signed(4).show(value);
        format!("({} to {})", end(low), end(high))
    })
}
