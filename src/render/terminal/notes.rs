//! What ends the page: warnings, and commands to try next.

use super::Page;
use super::line::{Line, paragraph};
use crate::chart::map::FailureMap;
use crate::chart::term::Ink;
use crate::codes;
use crate::report::{Group, InputUsed, SettingsUsed, Warning};

/// Warnings that figures after recalibration must be read with.
const FIRST: [&codes::Code; 6] = [
    &codes::FITTED_HERE,
    &codes::PERHAPS_FITTED_HERE,
    &codes::THRESHOLD_NOT_SHOWN,
    &codes::FITTED_APART,
    &codes::UNKNOWN_GROUPS,
    &codes::OUTSIDE_FITTED,
];

fn goes_first(warning: &Warning) -> bool {
    FIRST.iter().any(|code| code.id == warning.code)
}

/// Every warning with its code, but for those that go before the figures; the message says how often.
pub(super) fn warnings(page: &Page<'_>) -> Vec<Line> {
    let last = page.report.warnings.iter().filter(|one| !goes_first(one));
    list(page, last.map(|warning| (warning, 0)))
}

/// Those that go before the figures.
pub(super) fn caveats(page: &Page<'_>) -> Vec<Line> {
    let first = page.report.warnings.iter().filter(|one| goes_first(one));
    list(page, first.map(|warning| (warning, 0)))
}

/// The first warning of each code, and how many more there are; for reports on many logs, of which each may have all.
pub(super) fn gathered(page: &Page<'_>) -> Vec<Line> {
    let mut firsts: Vec<(&Warning, usize)> = Vec::new();
    for warning in &page.report.warnings {
        match firsts
            .iter_mut()
            .find(|(first, _)| first.code == warning.code)
        {
            Some((_, more)) => *more += 1,
            None => firsts.push((warning, 0)),
        }
    }
    list(page, firsts.into_iter())
}

fn list<'w>(page: &Page<'_>, warnings: impl Iterator<Item = (&'w Warning, usize)>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (warning, more) in warnings {
        let more = match more {
            0 => String::new(),
            more => format!(" (and {more} more of this code)"),
        };
        let text = page.prose(&warning.message) + &more;
        let start = Line::indented(2)
            .ink(Ink::Orange, page.untrusted(warning.code, 12))
            .plain("  ");
        lines.extend(paragraph(start, Ink::Plain, &text, page.width));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// Commands that take the reader further.
pub(super) fn next(page: &Page<'_>) -> Vec<Line> {
    if !page.options.hints {
        return Vec::new();
    }
    let asked = page.report.settings.sections.first().copied();
    let first = page.report.runs.first().and_then(|run| run.groups.first());
    let subject = asked.or_else(|| first.and_then(subject));
    let explain = subject.map(|metric| format!("calib explain {metric}"));
    let json = format!("calib audit {} -f json", log(page));
    let json = reads_as_it_is(&page.report.settings).then_some(json);
    let commands: Vec<String> = explain.into_iter().chain(json).collect();
    if commands.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::indented(2).ink(Ink::Faint, "next   ")];
    for command in commands {
        let Some(line) = lines.last_mut() else { break };
        if line.width() == 9 {
            *line = std::mem::take(line).ink(Ink::Blue, command);
        } else if line.width() + 4 + command.len() <= page.width {
            *line = std::mem::take(line).plain("    ").ink(Ink::Blue, command);
        } else {
            lines.push(Line::indented(9).ink(Ink::Blue, command));
        }
    }
    lines
}

/// What a reader of this verdict will want explained.
fn subject(group: &Group) -> Option<&'static str> {
    let known = |id: &'static str| {
        group
            .metrics
            .get(id)
            .filter(|estimate| estimate.value.is_some())
            .map(|_| id)
    };
    if FailureMap::new(&group.abstention).is_ok() {
        return Some("verdict");
    }
    known("signed_gap").or_else(|| known("accuracy"))
}

/// Whether the log is read without flags: a command that leaves them out would read it otherwise, or not at all.
fn reads_as_it_is(settings: &SettingsUsed) -> bool {
    let (scales, bad_rows) = (["unit", ""], ["0", ""]);
    settings.input == InputUsed::default()
        && settings.filters.is_empty()
        && settings.cluster.is_none()
        && scales.contains(&settings.confidence_scale.as_str())
        && bad_rows.contains(&settings.max_bad_rows.as_str())
}

/// The one log, if it can be pasted into any shell as it is and fits; else a stand-in.
fn log<'a>(page: &Page<'a>) -> &'a str {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    match page.report.inputs.as_slice() {
        [input]
            if input.path.chars().all(harmless)
                && !input.path.starts_with('-')
                && (1..=page.width - 32).contains(&input.path.len()) =>
        {
            &input.path
        }
        _ => "LOG",
    }
}
