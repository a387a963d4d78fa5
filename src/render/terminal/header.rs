//! Where the rows of a run went: `rows read = used + skipped`, for every input.

use std::collections::BTreeMap;

use super::Page;
use super::line::{Line, paragraph};
use crate::chart::term::Ink;
use crate::render::number::count;
use crate::report::{Input, Rows, Run};

/// Inputs listed one by one; a run in more shards shows the first and the sum.
const LISTED: usize = 6;

/// The account of a run's inputs.
pub(super) fn run(page: &Page<'_>, run: &Run) -> Vec<Line> {
    let own: Vec<_> = page
        .report
        .inputs
        .iter()
        .filter(|input| input.label == run.label)
        .collect();
    if own.is_empty() {
        return vec![Line::default().ink(Ink::Strong, page.untrusted(&run.label, page.width - 1))];
    }
    let mut lines = inputs(page, own);
    if let Some(config) = &page.report.settings.config {
        let text = format!("with the flags of {}", page.untrusted(config, 40));
        lines.extend(paragraph(Line::indented(2), Ink::Plain, &text, page.width));
    }
    lines
}

/// The account of these inputs.
pub(super) fn inputs(page: &Page<'_>, own: Vec<&Input>) -> Vec<Line> {
    let several = own.len() > 1;
    let total = several.then(|| Rows::sum(own.iter().map(|input| &input.rows)));
    let hidden = own.len().saturating_sub(LISTED);
    let mut lines: Vec<_> = own
        .into_iter()
        .take(LISTED)
        .flat_map(|input| account(page, &name(input), &input.rows, input.preset.as_deref()))
        .collect();
    if let Some(total) = total {
        let label = if hidden > 0 {
            format!("and {} more; all inputs", count(hidden as u64))
        } else {
            "all inputs".to_owned()
        };
        lines.extend(account(page, &label, &total, None));
    }
    lines
}

fn name(input: &Input) -> String {
    match input.saved.as_slice() {
        [] => file(input),
        [state] => format!("{state}, a state of {}", file(input)),
        states => format!("{} states, of {}", states.len(), file(input)),
    }
}

fn file(input: &Input) -> String {
    let Input { label, path, .. } = input;
    let file = path.rsplit('/').next().unwrap_or(path);
    let told =
        label.is_empty() || path == label || file.split('.').next() == Some(label) || file == label;
    match path.as_str() {
        "-" if told => "standard input".to_owned(),
        _ if told => path.clone(),
        _ => format!("{label}: {path}"),
    }
}

fn account(page: &Page<'_>, name: &str, rows: &Rows, preset: Option<&str>) -> Vec<Line> {
    let read_as = preset.map(|preset| format!(", read as {}", page.untrusted(preset, 40)));
    let text = words(rows.read, rows.used, &rows.skipped, |reason| {
        page.untrusted(reason, 40)
    }) + &read_as.unwrap_or_default();
    let name = page.untrusted(name, page.width - 1);
    let line = Line::default().ink(Ink::Strong, name).plain("   ");
    if line.width() + text.len() <= page.width {
        return vec![line.plain(text)];
    }
    let mut lines = vec![line];
    lines.extend(paragraph(Line::indented(2), Ink::Plain, &text, page.width));
    lines
}

/// The account in words; reasons may come from a file.
pub(super) fn words(
    read: u64,
    used: u64,
    skipped: &BTreeMap<String, u64>,
    escaped: impl Fn(&str) -> String,
) -> String {
    let reasons: Vec<_> = skipped.iter().filter(|&(_, &n)| n > 0).collect();
    let lost = reasons
        .iter()
        .fold(0_u64, |sum, &(_, &n)| sum.saturating_add(n));
    let listed: Vec<_> = reasons
        .iter()
        .map(|&(reason, &n)| format!("{} {}", escaped(reason), count(n)))
        .collect();
    let rows = if read == 1 { "row" } else { "rows" };
    let account = format!(
        "{} {rows} read = {} used + {} skipped",
        count(read),
        count(used),
        count(lost)
    );
    if listed.is_empty() {
        account
    } else {
        format!("{account} ({})", listed.join(", "))
    }
}
