//! What a reader of the figures must know: which rows belong together, and which rows a figure rests on.

use super::Page;
use super::line::{Line, paragraph};
use super::table::Figure;
use crate::chart::term::Ink;
use crate::render::number::count;
use crate::report::Group;

/// Says which intervals allow for rows that belong together.
pub(super) fn clusters(page: &Page<'_>, figures: &[Figure<'_>]) -> Vec<Line> {
    let clustered = |figure: &&Figure<'_>| {
        figure
            .estimate
            .method
            .as_deref()
            .is_some_and(|method| method.contains("cluster"))
    };
    let with_interval = figures
        .iter()
        .filter(|figure| figure.estimate.low.is_some());
    let (robust, others): (Vec<_>, Vec<_>) = with_interval.partition(clustered);
    if robust.is_empty() {
        return Vec::new();
    }
    let field = page.report.settings.cluster.as_ref();
    let by = field.map_or_else(String::new, |field| {
        format!(" by {}", page.untrusted(field, 30))
    });
    let which: Vec<_> = robust
        .iter()
        .map(|figure| figure.label.trim().replace(' ', "\u{a0}"))
        .collect();
    let text = match others.is_empty() {
        true => format!("intervals are cluster-robust{by}"),
        false => format!("cluster-robust intervals{by}: {}", which.join(", ")),
    };
    paragraph(Line::indented(2), Ink::Faint, &text, page.width)
}

/// Says when rows count by their weight.
pub(super) fn weights(page: &Page<'_>) -> Vec<Line> {
    let weighted = page
        .report
        .inputs
        .iter()
        .find_map(|input| input.mapping.get("weight"));
    weighted.map_or_else(Vec::new, |column| {
        let text = format!(
            "rows count by their weight in {}",
            page.untrusted(column, 30)
        );
        paragraph(Line::indented(2), Ink::Faint, &text, page.width)
    })
}

/// Says when confidence figures rest on fewer rows than accuracy does.
pub(super) fn smaller_base(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let rows = |id| {
        group
            .metrics
            .get(id)
            .filter(|estimate| estimate.value.is_some())
            .map(|estimate| estimate.n)
    };
    match (rows("accuracy"), rows("brier")) {
        (Some(graded), Some(confident)) if graded != confident => {
            let text = format!(
                "confidence figures rest on {} of {} answered rows",
                count(confident),
                count(graded)
            );
            paragraph(Line::indented(2), Ink::Faint, &text, page.width)
        }
        _ => Vec::new(),
    }
}
