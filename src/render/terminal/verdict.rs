//! The verdict in words: which way the model errs, how well it tells the prompts apart, and what cannot be said.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::line::{Line, paragraph};
use crate::chart::map::{FailureMap, Kind, Unplaced, kinds};
use crate::chart::term::Ink;
use crate::render::number::{Unit, count};
use crate::report::{AbstentionFigures, Group, Manner, MapVerdict};

/// The verdict of a group.
pub(super) fn verdict(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let mut lines = Vec::new();
    for (kind, figures) in kinds(&group.abstention) {
        if let Some(verdict) = spoken(kind, figures, group) {
            lines.extend(on_kind(page, kind, figures, &verdict));
        }
    }
    if lines.is_empty() {
        lines.extend(on_confidence(page, group));
    } else if let Some(side) = side(group) {
        lines = leaning(page, lines, side);
    }
    if let Err(why) = FailureMap::new(&group.abstention) {
        lines.extend(paragraph(
            Line::indented(2),
            Ink::Faint,
            missing(why),
            page.width,
        ));
    }
    lines
}

/// The verdict on a kind, when there is one. With no kinds it may stand on the group.
fn spoken(kind: Kind, figures: &AbstentionFigures, group: &Group) -> Option<MapVerdict> {
    let of_group = || MapVerdict {
        direction: group.verdict.direction,
        skill: group.verdict.skill,
        rows_needed: None,
    };
    let own = figures.verdict.clone();
    let verdict = if kind == Kind::All {
        own.unwrap_or_else(of_group)
    } else {
        own?
    };
    verdict.direction.is_some().then_some(verdict)
}

fn on_kind(
    page: &Page<'_>,
    kind: Kind,
    figures: &AbstentionFigures,
    verdict: &MapVerdict,
) -> Vec<Line> {
    let name = match kind {
        Kind::All => "",
        Kind::Epistemic => "E unanswerable  ",
        Kind::Safety => "S harmful       ",
    };
    let start = Line::indented(2).ink(Ink::Faint, name);
    let indent = start.width();
    let mut lines = paragraph(
        start,
        Ink::Strong,
        &headline(verdict, figures.manner()),
        page.width,
    );
    let rates = rates(figures);
    let whole = rates.join(", ");
    let told = if indent + whole.width() <= page.width {
        vec![whole]
    } else {
        rates
    };
    for rate in told.iter().filter(|rate| !rate.is_empty()) {
        lines.extend(paragraph(
            Line::indented(indent),
            Ink::Plain,
            rate,
            page.width,
        ));
    }
    lines
}

fn headline(verdict: &MapVerdict, manner: Manner) -> String {
    let direction = match verdict.direction {
        Some("over_answer") => "OVER-ANSWERS",
        Some("over_abstain") => "OVER-ABSTAINS",
        Some("both") => "OVER-ANSWERS AND OVER-ABSTAINS",
        Some("balanced") => "BALANCED",
        _ => "INCONCLUSIVE",
    };
    let skill = match verdict.skill {
        Some("strong") => "strong discrimination",
        Some("fair") => "fair discrimination",
        Some("weak") => "weak discrimination",
        Some("unproven") => "discrimination unproven",
        Some("none") => manner.words(),
        Some("inverted") => "inverted: declines the wrong ones",
        _ => "",
    };
    let skill = match skill {
        "" => String::new(),
        skill => format!(", {skill}"),
    };
    let random = manner.instead(verdict.skill);
    let direction = random.map_or_else(|| direction.to_owned(), str::to_uppercase);
    match (verdict.direction, verdict.rows_needed) {
        (Some("inconclusive"), Some(rows)) => format!(
            "{direction}{skill}; about {} labelled rows would likely settle it",
            count(rows)
        ),
        (Some("inconclusive"), None) => {
            format!("{direction}{skill}; at these rates no number of rows would settle it")
        }
        _ => format!("{direction}{skill}"),
    }
}

fn rates(figures: &AbstentionFigures) -> Vec<String> {
    let percent = |rate: f64| Unit::Percent.show(rate).replace(' ', "\u{a0}");
    let answers = figures
        .over_answer
        .value
        .map(|rate| format!("answers {} of what it should decline", percent(rate)));
    let declines = figures
        .over_abstain
        .value
        .map(|rate| format!("declines {} of what it should answer", percent(rate)));
    answers.into_iter().chain(declines).collect()
}

fn side(group: &Group) -> Option<&'static str> {
    match group.verdict.side {
        // Only the kind of prompt can tell a corner for sure.
        Some("reasoning") if !has_kinds(group) => Some("leans reasoning (kind not given)"),
        Some("safety") if !has_kinds(group) => Some("leans safety (kind not given)"),
        Some("reasoning") => Some("leans reasoning"),
        Some("safety") => Some("leans safety"),
        Some("split") => {
            Some("leans both ways: reasoning on unanswerable, safety on harmful prompts")
        }
        Some("both") => Some("errs both ways"),
        _ => None,
    }
}

fn has_kinds(group: &Group) -> bool {
    group.abstention.epistemic.is_some() || group.abstention.safety.is_some()
}

/// The side stands at the right of the first line, or below where there is no room.
fn leaning(page: &Page<'_>, mut lines: Vec<Line>, side: &'static str) -> Vec<Line> {
    match lines.first_mut() {
        Some(first) if first.width() + 3 + side.len() <= page.width => {
            let column = (first.width() + 10).min(page.width - side.len());
            *first = std::mem::take(first).to(column).ink(Ink::Orange, side);
        }
        _ => lines.extend(paragraph(Line::indented(2), Ink::Orange, side, page.width)),
    }
    lines
}

fn on_confidence(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let gap = group.metrics.get("signed_gap");
    let told = gap.is_some_and(|gap| gap.value.is_some());
    let headline = match group.verdict.confidence {
        None if told => "NO VERDICT ON THE MODEL: what serves as its confidence is not its own",
        Some("over") => "OVERCONFIDENT",
        Some("under") => "UNDERCONFIDENT",
        Some("calibrated") => "CALIBRATED on average",
        Some("inconclusive") => "INCONCLUSIVE: over- or underconfidence not shown",
        _ => "NO VERDICT",
    };
    let mut lines = paragraph(Line::indented(2), Ink::Strong, headline, page.width);
    let sentence = page.prose(&group.verdict.sentence);
    if !sentence.is_empty() {
        lines.extend(paragraph(
            Line::indented(2),
            Ink::Plain,
            &sentence,
            page.width,
        ));
    }
    lines
}

/// What would place a log on the map that has no place there.
fn missing(why: Unplaced) -> &'static str {
    match why {
        Unplaced::NoLabels => "a should_abstain column would place it on the failure map",
        Unplaced::NoShouldAbstain => {
            "rows that should be declined would place it on the failure map"
        }
        Unplaced::NoShouldAnswer => {
            "rows that should be answered would place it on the failure map"
        }
    }
}
