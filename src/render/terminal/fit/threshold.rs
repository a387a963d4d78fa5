//! What a threshold answers, over all rows or group by group.

use std::collections::BTreeMap;

use super::{NAME, interval, number, percent, signed};
use crate::chart::term::Ink;
use crate::render::escape::Untrusted;
use crate::render::number::{count, level};
use crate::render::terminal::grid::{self, Column};
use crate::render::terminal::line::{Line, sentence};
use crate::render::terminal::{Options, charset};
use crate::report::fit::{Answered, Fit, FittedGroup, Threshold};

/// What is answered, and what that is worth.
pub(super) fn goal(fit: &Fit, threshold: &Threshold) -> String {
    let Threshold {
        asked,
        answered,
        utility,
        ..
    } = threshold;
    if has_group_thresholds(fit) && promises_nothing(fit) {
        return format!(
            "thresholds for {asked}, all at once with a confidence of {}: no group has one, so calib apply abstains on every row",
            level(answered.confidence)
        );
    }
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

/// Whether a threshold was asked for and there is none.
pub(super) fn promises_nothing(fit: &Fit) -> bool {
    let found = |answered: &Answered| answered.threshold.is_some();
    let groups = || {
        fit.groups
            .iter()
            .filter_map(|group| group.threshold.as_ref())
    };
    fit.threshold
        .as_ref()
        .is_some_and(|all| match has_group_thresholds(fit) {
            true => !groups().any(found),
            false => !found(&all.answered),
        })
}

pub(super) fn has_group_thresholds(fit: &Fit) -> bool {
    fit.groups.iter().any(|group| group.threshold.is_some())
}

/// What is answered in each group, where each has a threshold of its own.
pub(super) fn group_thresholds(fit: &Fit, options: &Options) -> Vec<Line> {
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
    let column = |title: &str, cell: &dyn Fn(&FittedGroup, &Answered) -> String| {
        let cells = rows
            .iter()
            .map(|(group, answered)| (Ink::Plain, cell(group, answered)));
        Column::of(title, cells)
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
    let named = |group: &FittedGroup| {
        let values = fit.by.iter().filter_map(|field| group.by.get(field));
        names(values.collect())
    };
    let mut lines = grid::within(
        options.columns(),
        vec![
            column(&names(fit.by.iter().collect()), &|group, _| named(group)).left(),
            column("answered", &|_, answered| match answered.threshold {
                None => "nothing".to_owned(),
                Some(_) => percent(answered.coverage),
            }),
            column("from", &|_, answered| number(answered.threshold)),
            column(bad, &|_, answered| percent(answered.observed)).rank(1),
            column("bound", &|_, answered| percent(answered.bound)),
        ],
    );
    for (reason, groups) in refused(&rows) {
        let groups: Vec<_> = groups.into_iter().map(named).collect();
        let text = format!("nothing in {}: {reason}", groups.join("; "));
        lines.extend(sentence(&text, Ink::Faint, options));
    }
    lines
}

/// Why groups answer nothing, each reason once with its groups.
fn refused<'f>(
    rows: &[(&'f FittedGroup, &'f Answered)],
) -> BTreeMap<&'f str, Vec<&'f FittedGroup>> {
    let mut reasons: BTreeMap<&str, Vec<&FittedGroup>> = BTreeMap::new();
    for (group, answered) in rows
        .iter()
        .filter(|(_, answered)| answered.threshold.is_none())
    {
        let reason = answered.reason.as_deref().unwrap_or("no threshold does");
        reasons.entry(reason).or_default().push(group);
    }
    reasons
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
