//! `docs/validation.md`: one section for each scenario, made of its cells.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use super::SCENARIOS;
use super::suite::{Cell, NONE, SEED, Scenario, Tier};

/// Scenarios run side by side, but each rewrites the whole page.
static WRITING: Mutex<()> = Mutex::new(());

/// The page's opening.
fn opening() -> String {
    format!(
        "# Simulated validation\n\n\
        What the intervals, tests, estimates and verdicts of `calib` do on logs whose truth is known. Made by\n\n\
        ```console\n$ CALIB_UPDATE=1 CALIB_TIER=long cargo test --release --test validation\n```\n\n\
        with seed {SEED}; without `CALIB_UPDATE` the same command checks every figure below, and plain `cargo test` checks a \
        tenth of the logs. Log r is drawn from stream r of the seed, so the figures do not depend on threads.\n\n\
        *R* is the number of logs drawn; without one the figure is computed exactly. *Claimed* is what is claimed of the true value, \
        *accepted* the same widened by what chance may add on R logs, once in a thousand cells: 3.29 √(p(1 − p)/R) for shares, \
        3.29 standard errors for means. A cell outside fails the tests. Rows without a claim are there for comparison.\n"
    )
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/validation.md")
}

fn heading(scenario: &Scenario) -> String {
    format!("\n## {}\n\n{}\n\n", scenario.title, scenario.text)
}

/// The section of a scenario on the page; empty where it is not there.
fn found(scenario: &Scenario) -> String {
    let page = fs::read_to_string(path()).unwrap_or_default();
    let heading = format!("\n## {}\n", scenario.title);
    let Some(from) = page.find(&heading) else {
        return String::new();
    };
    let rest = &page[from..];
    let length = rest[1..].find("\n## ").map_or(rest.len(), |at| at + 1);
    rest[..length].to_owned()
}

fn section(scenario: &Scenario, cells: &[Cell]) -> String {
    let mut section = heading(scenario);
    section +=
        "| measured | on | R | found | claimed | accepted | |\n|---|---|--:|--:|--:|--:|---|\n";
    for cell in cells {
        let (low, high) = cell.accepted();
        let runs = cell
            .runs
            .map_or("exact".to_owned(), |runs| runs.to_string());
        let verdict = match (cell.claim == NONE, cell.holds()) {
            (true, _) => "",
            (false, true) => "holds",
            (false, false) => "**FAILS**",
        };
        writeln!(
            section,
            "{} {runs} | {} | {} | {} | {verdict} |",
            key(cell),
            number(cell.value, digits(cell.claim)),
            between(cell.claim, digits(cell.claim)),
            between((low, high), digits(cell.claim)),
        )
        .unwrap();
    }
    section
}

/// What tells a row of the table from the others.
fn key(cell: &Cell) -> String {
    format!("| {} | {} |", cell.what, cell.design)
}

/// Decimals that tell the ends of a claim apart.
fn digits((low, high): (f64, f64)) -> usize {
    if high - low < 0.002 && low < high {
        6
    } else {
        4
    }
}

fn number(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

fn between((low, high): (f64, f64), digits: usize) -> String {
    let (from, to) = (number(low, digits), number(high, digits));
    match (low == 0.0, high == 1.0) {
        _ if low.is_infinite() => String::new(),
        _ if low == high => from,
        (true, _) => format!("≤ {to}"),
        (_, true) => format!("≥ {from}"),
        _ => format!("{from} to {to}"),
    }
}

/// In the long tier the section must be what was found; in the quick one it must hold the same rows and claims.
pub(crate) fn check(scenario: &Scenario, cells: &[Cell], tier: Tier) {
    let _guard = WRITING.lock().unwrap_or_else(|broken| broken.into_inner());
    let stale = format!(
        "docs/validation.md is out of date on {}: run the command at its top",
        scenario.title
    );
    if tier == Tier::Quick {
        let found = found(scenario);
        assert!(found.starts_with(&heading(scenario)), "{stale}");
        for cell in cells {
            let claim = format!(" {} |", between(cell.claim, digits(cell.claim)));
            let mut rows = found.lines().filter(|row| row.starts_with(&key(cell)));
            assert!(rows.any(|row| row.contains(&claim)), "{stale}: {cell}");
        }
        return;
    }
    let made = section(scenario, cells);
    if std::env::var_os("CALIB_UPDATE").is_some() {
        let replace = |other: &&Scenario| match other.title == scenario.title {
            true => made.clone(),
            false => found(other),
        };
        let sections: String = SCENARIOS.iter().map(replace).collect();
        fs::write(path(), opening() + &sections).unwrap();
    }
    assert!(found(scenario) == made, "{stale}");
}

/// Whether the page has these sections in this order and nothing else.
pub(crate) fn holds_sections_of(scenarios: &[&Scenario]) {
    let _guard = WRITING.lock().unwrap_or_else(|broken| broken.into_inner());
    let page = fs::read_to_string(path()).unwrap_or_default();
    if std::env::var_os("CALIB_UPDATE").is_some() {
        return;
    }
    assert!(page.starts_with(&opening()), "the page opens otherwise");
    let found = page.lines().filter_map(|line| line.strip_prefix("## "));
    let titles = scenarios.iter().map(|scenario| scenario.title);
    assert!(found.eq(titles), "the page has other sections");
    assert!(!page.contains("**FAILS**"));
}
