//! How much of a gap is closed: a line for each metric, and under the leading ones the domains and what they come to.

use crate::chart::term::Ink;
use crate::render::closure::{change, closed, differs, ends, figure, notes, parts, subject};
use crate::render::number::level;
use crate::render::terminal::Page;
use crate::render::terminal::grid::{self, Column};
use crate::render::terminal::line::{Line, paragraph};
use crate::report::{Closure, Pair};

/// Metrics whose domains are shown.
const APART: [&str; 4] = ["accuracy", "brier", "ece", "over_answer"];

/// The sentence and the table of one log; nothing without `--toward`.
pub(super) fn section(page: &Page<'_>, pair: &Pair) -> Vec<Line> {
    let own = page.report.gap.iter().filter(|one| one.proxy == pair.new);
    let own: Vec<&Closure> = own.filter(|one| is_shown(one)).collect();
    let Some(first) = own.first() else {
        return Vec::new();
    };
    let mut lines = vec![Line::default()];
    if let Some(sentence) = &pair.toward {
        let text = page.prose(sentence);
        lines.extend(paragraph(Line::indented(2), Ink::Strong, &text, page.width));
        lines.push(Line::default());
    }
    lines.extend(table(page, first, &own));
    for reason in reasons(&own) {
        lines.extend(paragraph(
            Line::indented(2),
            Ink::Faint,
            &reason,
            page.width,
        ));
    }
    lines
}

/// The leading metrics, and of the others what stands for all rows; nothing of what does not differ.
fn is_shown(one: &Closure) -> bool {
    let (metric, over) = parts(one);
    if one.domain.is_none() && !differs(one) {
        return false;
    }
    let leads = APART.iter().any(|id| metric.rsplit('.').next() == Some(id));
    leads || (over.is_none() && one.domain.is_none())
}

fn table(page: &Page<'_>, first: &Closure, own: &[&Closure]) -> Vec<Line> {
    let column = |title: &str, cell: &dyn Fn(&Closure) -> String| {
        let cells = own.iter().map(|one| (ink(one), cell(one)));
        Column::of(page.untrusted(title, 16), cells)
    };
    let named = |one: &Closure| {
        let indent = if is_whole(one) { "" } else { "  " };
        indent.to_owned() + &page.untrusted(&subject(one), 30)
    };
    grid::lines(
        page,
        vec![
            column("", &named).left(),
            column(&first.base, &|one| figure(one, one.base_value)).rank(2),
            column(&first.proxy, &|one| figure(one, one.proxy_value)).rank(2),
            column(&first.tuned, &|one| figure(one, one.tuned_value)).rank(2),
            column("closed", &|one| closed(one, one.value)),
            column(&level(first.level), &ends).left(),
            column("past tuned", &|one| {
                change(one, one.proxy_less_tuned.as_ref())
            })
            .left()
            .rank(3),
            column("", &notes).left().rank(1).named("remarks"),
        ],
    )
}

fn is_whole(one: &Closure) -> bool {
    one.domain.is_none() && parts(one).1.is_none()
}

fn ink(one: &Closure) -> Ink {
    if is_whole(one) {
        Ink::Plain
    } else {
        Ink::Faint
    }
}

/// Why values are missing, each reason once; and that logs enter with other prompts.
fn reasons(own: &[&Closure]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    let missing = own.iter().filter(|one| one.value.is_none());
    let missing = missing.filter_map(|one| Some(format!("n/a: {}", one.reason.as_ref()?)));
    let apart = own
        .iter()
        .any(|one| one.flags.iter().any(|flag| flag == "other_prompts"));
    let apart = apart.then(|| {
        "each log over all its own answers: some prompts enter in one and not in another".to_owned()
    });
    for reason in missing.chain(apart) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}
