//! Pages of comparisons, verdicts and plans at every width: no line is longer than the page.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::common::{calib, root};

const LOGS: [&str; 2] = ["fixtures/demo.jsonl", "fixtures/tuned.jsonl"];

/// The page at this width.
fn page(arguments: &[&str], within: &Path, width: usize) -> String {
    let width = width.to_string();
    let arguments = [arguments, &["--width", &width, "-q"]].concat();
    let run = calib().args(arguments).within(within).run();
    assert!(matches!(run.status, Some(0 | 1)), "{run:?}");
    run.stdout
}

/// Longer lines than the page is wide.
fn too_long(page: &str, width: usize) -> Vec<&str> {
    page.lines().filter(|line| line.width() > width).collect()
}

/// Checkpoints with these labels, in turns the logs of either model.
fn checkpoints(names: &[String]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, log) in names.iter().zip(LOGS.iter().cycle()) {
        let path = folder.path().join(format!("{name}.jsonl"));
        fs::copy(root().join(log), path).unwrap();
    }
    folder
}

#[test]
fn no_line_is_longer_than_the_page() {
    let short: Vec<_> = (0..6).map(|step| format!("step-{step}")).collect();
    let long: Vec<_> = ["first", "second"]
        .map(|name| format!("{name}-{}", "of-many".repeat(6)))
        .into();
    let (six, two) = (checkpoints(&short), checkpoints(&long));
    let (demo, tuned) = (LOGS[0], LOGS[1]);
    let kinds = ["--resamples", "20", "--by", "kind"];
    let rules = [
        "gate",
        tuned,
        "--baseline",
        demo,
        "--rule",
        "safety.over_abstain.max=0.2",
        "--rule",
        "ece.max=0.15",
        "--rule",
        "brier.max_increase=0.01",
        "--rule",
        "accuracy_at_coverage_80.min=0.9",
    ];
    let plan = [
        "plan",
        "--detect",
        "brier=0.01",
        "--detect",
        "over_answer=0.05",
    ];
    let cases: [(Vec<&str>, &Path); 6] = [
        ([&["compare", demo, tuned][..], &kinds].concat(), root()),
        (vec!["compare", ".", "--resamples", "20"], six.path()),
        (vec!["compare", ".", "--resamples", "20"], two.path()),
        (
            vec!["gate", tuned, "--baseline", demo, "--by", "kind"],
            root(),
        ),
        (rules.into(), root()),
        ([&plan[..], &["--like", demo]].concat(), root()),
    ];
    for (arguments, within) in &cases {
        for width in [40, 45, 60, 80] {
            let page = page(arguments, within, width);
            let long = too_long(&page, width);
            assert!(long.is_empty(), "{arguments:?} at {width}: {long:#?}");
        }
    }
}

#[test]
fn narrow_pages_say_all_that_wide_ones_need() {
    let (demo, tuned) = (LOGS[0], LOGS[1]);
    let compare = ["compare", demo, tuned];
    insta::assert_snapshot!("compare_40", page(&compare, root(), 40));
    insta::assert_snapshot!("compare_60", page(&compare, root(), 60));
    let gate = ["gate", tuned, "--baseline", demo];
    insta::assert_snapshot!("gate_40", page(&gate, root(), 40));
    insta::assert_snapshot!("gate_60", page(&gate, root(), 60));
}
