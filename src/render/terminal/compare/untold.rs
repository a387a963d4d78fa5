//! Differences that are not told, with the reason.

use crate::chart::term::Ink;
use crate::render::terminal::Page;
use crate::render::terminal::line::{Line, paragraph};
use crate::report::Comparison;
use crate::report::comparing::title;

/// A paragraph for each reason, with the metrics that it holds for.
pub(super) fn lines(page: &Page<'_>, comparisons: &[&Comparison]) -> Vec<Line> {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in comparisons.iter().filter(|one| one.delta.is_none()) {
        let Some(reason) = one.reason.as_deref() else {
            continue;
        };
        match said.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, metrics)) => metrics.push(title(&one.metric)),
            None => said.push((reason, vec![title(&one.metric)])),
        }
    }
    let mut lines = Vec::new();
    for (reason, metrics) in said {
        let text = format!("n/a {}: {reason}", metrics.join(", "));
        lines.push(Line::default());
        lines.extend(paragraph(
            Line::indented(2),
            Ink::Faint,
            &page.prose(&text),
            page.width,
        ));
    }
    lines
}
