//! The page of `calib check` on a saved state: whose evidence it is, and what made it.

use std::io::{self, Write};

use super::line::{Line, paragraph};
use super::{Options, charset};
use crate::chart::term::Ink;
use crate::render::escape::Untrusted;
use crate::render::number::count;
use crate::report::Input;
use crate::report::state::SavedState;

/// Files listed one by one.
const FILES: usize = 20;
/// Where what was chosen stands.
const VALUE: usize = 34;

/// Writes the page.
///
/// # Errors
/// When the stream fails.
pub fn write(state: &SavedState, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let charset = charset(options);
    let width = options.columns();
    let outside = |text: &str| Untrusted(text).truncated(width.saturating_sub(4), charset);
    let files: Vec<_> = state.files.iter().map(|file| outside(file)).collect();
    let mut lines = vec![
        Line::default()
            .ink(Ink::Strong, files.join(", "))
            .plain(format!("   saved state, format {}", state.format)),
        Line::indented(2).ink(Ink::Strong, "CAN BE AUDITED"),
        Line::default(),
        Line::default().plain(format!("holds the evidence of {}", outside(&state.label))),
    ];
    for input in state.inputs.iter().take(FILES) {
        let account = Untrusted(&account(input)).escaped(charset).into_owned();
        let text = format!("{}: {account}", outside(&input.path));
        lines.extend(paragraph(Line::indented(2), Ink::Plain, &text, width));
    }
    if state.inputs.len() > FILES {
        let more = count((state.inputs.len() - FILES) as u64);
        lines.push(Line::indented(2).plain(format!("and {more} more")));
    }
    lines.push(Line::default());
    lines.push(Line::default().plain("made with"));
    let choices = state
        .made_with
        .iter()
        .map(|choice| (choice.what, choice.value.clone()));
    for (what, value) in choices.chain(held(state)) {
        let start = Line::indented(2)
            .ink(Ink::Faint, what)
            .plain(" ")
            .to(VALUE.min(width / 2));
        let text = Untrusted(&value).escaped(charset);
        lines.extend(paragraph(start, Ink::Plain, &text, width));
    }
    for warning in &state.warnings {
        let start = Line::indented(2).ink(Ink::Orange, warning.code).plain("  ");
        let text = Untrusted(&warning.message).escaped(charset);
        lines.extend(paragraph(start, Ink::Plain, &text, width));
    }
    lines
        .into_iter()
        .try_for_each(|line| line.write(options, out))
}

fn account(input: &Input) -> String {
    let rows = &input.rows;
    let format = match input.format.as_str() {
        "" => String::new(),
        format => format!("{format}, "),
    };
    format!(
        "{format}{} rows read = {} used + {} skipped",
        count(rows.read),
        count(rows.used),
        count(rows.read.saturating_sub(rows.used))
    )
}

/// What it tells apart.
fn held(state: &SavedState) -> [(&'static str, String); 2] {
    let groups = match state.by.as_slice() {
        [] => "none".to_owned(),
        by => format!("{} of {}", count(state.groups), by.join(", ")),
    };
    let items = match state.folded {
        true => format!("in {} random groups", count(state.items)),
        false => count(state.items),
    };
    [("groups of --by", groups), ("clusters of rows", items)]
}
