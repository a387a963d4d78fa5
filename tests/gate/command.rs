//! The command: endings, precedence, and who is compared with whom.

use std::fs;
use std::path::Path;

use super::{SAME, WORSE, folder, gate, log};
use crate::common::{audit, calib, skipped};

/// The arguments and how they end, in a folder with base, same and worse.
type Ending = (&'static [&'static str], i32, &'static str);

const ENDINGS: &[Ending] = &[
    (&["base.jsonl", "--rule", "brier.max=0.9"], 0, ""),
    (&["same.jsonl", "--baseline", "base.jsonl"], 0, ""),
    (&["worse.jsonl", "--baseline", "base.jsonl"], 1, ""),
    (
        &["worse.jsonl", "--baseline", "base.jsonl", "--exit-zero"],
        0,
        "",
    ),
    (
        &[
            "same.jsonl",
            "--baseline",
            "base.jsonl",
            "--on-inconclusive",
            "fail",
        ],
        4,
        "",
    ),
    (
        &[
            "same.jsonl",
            "--baseline",
            "base.jsonl",
            "--on-inconclusive",
            "fail",
            "--exit-zero",
        ],
        0,
        "",
    ),
    (
        &[
            "same.jsonl",
            "--baseline",
            "base.jsonl",
            "--on-inconclusive",
            "pass",
        ],
        0,
        "",
    ),
    (
        &[
            "worse.jsonl",
            "--baseline",
            "base.jsonl",
            "--on-inconclusive",
            "fail",
        ],
        1,
        "",
    ),
    (
        &[
            "worse.jsonl",
            "--baseline",
            "base.jsonl",
            "--min-rows",
            "100000",
        ],
        0,
        "",
    ),
    (
        &[
            "worse.jsonl",
            "--baseline",
            "base.jsonl",
            "--alpha",
            "1e-300",
        ],
        2,
        "0.000001 to 0.5",
    ),
    // Usage.
    (&["base.jsonl"], 2, "pass --baseline LOG"),
    (
        &["base.jsonl", "--rule", "brier"],
        2,
        "expected [KIND.]METRIC.max",
    ),
    (
        &["base.jsonl", "--rule", "brier.most=1"],
        2,
        "`most` is no limit",
    ),
    (
        &["base.jsonl", "--rule", "brier.max=NaN"],
        2,
        "is not a number",
    ),
    (
        &["base.jsonl", "--rule", "dark.brier.max=1"],
        2,
        "`dark` is no kind of prompt",
    ),
    (
        &["base.jsonl", "--rule", "brir.max=1"],
        2,
        "did you mean `brier`?",
    ),
    (
        &["base.jsonl", "--rule", "brier.max_increase=0"],
        2,
        "needs a baseline",
    ),
    (
        &["base.jsonl", "--rule", "mce.max=1"],
        2,
        "no valid interval",
    ),
    (&["base.jsonl", "--alpha", "1"], 2, "from 0.000001 to 0.5"),
    (
        &["base.jsonl", "--rule", "brier.max=1", "-f", "html"],
        2,
        "invalid value 'html'",
    ),
    (
        &[
            "worse.jsonl",
            "--baseline",
            "base.jsonl",
            "--rule",
            "ece.max_increase=0.1",
        ],
        2,
        "18 to 35 %",
    ),
    (&["-", "--baseline", "-"], 2, "two logs"),
    // --exit-zero turns none of these into 0.
    (&["base.jsonl", "--exit-zero"], 2, ""),
    (
        &["nothing.jsonl", "--rule", "brier.max=1", "--exit-zero"],
        3,
        "nothing.jsonl",
    ),
    (
        &["same.jsonl", "--baseline", "nothing.calib", "--exit-zero"],
        3,
        "nothing.calib",
    ),
    (
        &["short.jsonl", "--baseline", "base.jsonl"],
        3,
        "500 shared, 100 in base.jsonl only",
    ),
    (
        &[
            "short.jsonl",
            "--baseline",
            "base.jsonl",
            "--allow-unshared",
        ],
        0,
        "",
    ),
    (
        &["nameless.jsonl", "--baseline", "base.jsonl"],
        3,
        "--id FIELD",
    ),
    (&["torn.calib", "--rule", "brier.max=1"], 3, "E302"),
    (&["same.jsonl", "--baseline", "torn.calib"], 3, "E302"),
    // A filter that was forgotten shows in the ids.
    (
        &["same.jsonl", "--baseline", "filtered.calib"],
        3,
        "in same.jsonl only",
    ),
    (
        &["base.jsonl", "--rule", "brier.max=1", "--alpha", "5"],
        2,
        "expected a number from 0.000001 to 0.5; for 5 %, write 0.05",
    ),
    (
        &["base.jsonl", "--rule", "brier.max=1", "--alpha", "0.5%"],
        2,
        "for 0.5 %, write 0.005",
    ),
];

/// A folder with logs that cannot be compared as well.
fn prepared() -> tempfile::TempDir {
    let folder = folder();
    let path = folder.path();
    let write = |name: &str, text: &str| fs::write(path.join(name), text).unwrap();
    write("short.jsonl", &log(SAME, 500));
    write(
        "nameless.jsonl",
        &log(SAME, 600).replace("\"id\"", "\"number\""),
    );
    let save = |log: &str, to: &str, flags: &[&str]| {
        audit([log, "--save", to, "-q"])
            .args(flags)
            .within(path)
            .run()
            .report();
    };
    save("base.jsonl", "base.calib", &[]);
    save("worse.jsonl", "worse.calib", &[]);
    save("base.jsonl", "filtered.calib", &["--where", "task=alpha"]);
    let whole = fs::read(path.join("base.calib")).unwrap();
    fs::write(path.join("torn.calib"), &whole[..whole.len() / 2]).unwrap();
    folder
}

#[test]
fn every_ending_has_its_code() {
    let folder = prepared();
    for (arguments, status, words) in ENDINGS {
        let run = gate(folder.path(), *arguments).run();
        assert_eq!(run.status, Some(*status), "{arguments:?} {run:?}");
        assert!(run.said().contains(words), "{arguments:?} {run:?}");
        // A verdict is printed whatever it is; an error prints none.
        assert_eq!(
            run.stdout.is_empty(),
            matches!(status, 2 | 3),
            "{arguments:?}"
        );
    }
}

#[test]
fn states_and_logs_give_the_same_verdict() {
    let folder = prepared();
    let verdict = |log: &str, base: &str| {
        let logs = [
            &format!("new={log}"),
            "--baseline",
            &format!("base={base}"),
            "-f",
            "json",
        ];
        let run = gate(folder.path(), logs).run();
        assert_eq!(run.status, Some(1), "{run:?}");
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        report["gate"].clone()
    };
    let logs = verdict("worse.jsonl", "base.jsonl");
    assert_eq!(verdict("worse.jsonl", "base.calib"), logs);
    assert_eq!(verdict("worse.calib", "base.calib"), logs);
}

#[test]
fn a_closed_pipe_or_a_full_disk_hides_no_failure() {
    let folder = prepared();
    let ending = |arguments: &[&str], stdout: fs::File| {
        gate(folder.path(), arguments).stdout_to(stdout).status
    };
    let full = || fs::OpenOptions::new().write(true).open("/dev/full");
    if full().is_err() {
        skipped("there is no /dev/full");
        return;
    }
    let worse: &[&str] = &["worse.jsonl", "--baseline", "base.jsonl"];
    let same: &[&str] = &["same.jsonl", "--baseline", "base.jsonl"];
    assert_eq!(ending(worse, full().unwrap()), Some(1));
    assert_eq!(ending(same, full().unwrap()), Some(5));
    let asked = [same, &["--on-inconclusive", "fail"]].concat();
    assert_eq!(ending(&asked, full().unwrap()), Some(5));
    let zero = [worse, &["--exit-zero"]].concat();
    assert_eq!(ending(&zero, full().unwrap()), Some(5));
    let file = [worse, &["-o", "json=/dev/full"]].concat();
    let run = gate(folder.path(), &file).run();
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("E410"), "{run:?}");
}

#[test]
fn a_reader_that_leaves_early_does_not_change_the_verdict() {
    let folder = prepared();
    let command = gate(
        folder.path(),
        ["worse.jsonl", "--baseline", "base.jsonl", "-f", "json"],
    );
    let (mut child, _, _) = command.start(std::process::Stdio::piped());
    drop(child.stdin.take());
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_file_says_what_flags_do_not() {
    let folder = prepared();
    let write = |text: &str| {
        fs::write(
            folder.path().join("calib.toml"),
            format!("version = 1\n{text}"),
        )
        .unwrap();
    };
    let ending = |arguments: &[&str]| gate(folder.path(), arguments).run().status;
    write("[gate]\nbaseline = \"base.calib\"\n");
    assert_eq!(ending(&["worse.jsonl"]), Some(1));
    assert_eq!(
        ending(&["worse.jsonl", "--baseline", "worse.calib"]),
        Some(0)
    );
    assert_eq!(ending(&["worse.jsonl", "--no-config"]), Some(2));
    let rules =
        "[gate]\non_inconclusive = \"fail\"\n[[gate.rule]]\nmetric = \"brier\"\nmax = 0.01\n";
    write(rules);
    assert_eq!(ending(&["worse.jsonl"]), Some(1));
    // A flag takes the place of the file's rule about the same figure, and stands beside others.
    assert_eq!(ending(&["worse.jsonl", "--rule", "brier.max=0.9"]), Some(0));
    assert_eq!(
        ending(&["worse.jsonl", "--rule", "accuracy.min=0.1"]),
        Some(1)
    );
    write(&format!("{rules}level = \"warn\"\n"));
    let run = gate(folder.path(), ["worse.jsonl"]).run();
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(run.stdout.contains("does not fail the gate"), "{run:?}");
    write(&rules.replace("max = 0.01", "min_rows = 9999\nmax = 0.01"));
    assert_eq!(ending(&["worse.jsonl"]), Some(4));
    assert_eq!(
        ending(&["worse.jsonl", "--on-inconclusive", "warn"]),
        Some(0)
    );
    write(&rules.replace("brier", "brir"));
    let run = gate(folder.path(), ["worse.jsonl"]).run();
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("--> calib.toml:5:10"), "{run:?}");
    assert!(run.stderr.contains("did you mean `brier`?"), "{run:?}");
}

#[test]
fn rules_on_groups_follow_by() {
    let folder = prepared();
    fs::write(
        folder.path().join("calib.toml"),
        "version = 1\n[[gate.rule]]\nmetric = \"safety.over_answer\"\nmax = 0.3\ngroup = { task = \"alpha\" }\n",
    )
    .unwrap();
    let run = |by: &[&str]| gate(folder.path(), ["worse.jsonl"]).args(by).run();
    let grouped = run(&["--by", "task"]);
    assert_eq!(grouped.status, Some(1), "{grouped:?}");
    assert!(grouped.stdout.contains("task alpha") && !grouped.stdout.contains("task beta"));
    let without = run(&[]);
    assert_eq!(without.status, Some(0));
    assert!(without.stdout.contains("no such group"), "{without:?}");
}

#[test]
fn a_group_that_is_gone_is_not_passed_over() {
    let folder = prepared();
    let text = log(SAME, 600).replace("\"beta\"", "\"gamma\"");
    fs::write(folder.path().join("renamed.jsonl"), text).unwrap();
    let arguments = ["renamed.jsonl", "--baseline", "base.jsonl", "--by", "task"];
    let run = gate(folder.path(), arguments)
        .args(["--rule", "brier.max_increase=0.9"])
        .run();
    assert!(
        run.stdout.contains("the baseline has no such rows"),
        "{run:?}"
    );
    assert!(
        run.stdout
            .contains("in the baseline only, not judged: task=beta"),
        "{run:?}"
    );
    assert!(run.stdout.contains("INCONCLUSIVE"), "{run:?}");
}

#[test]
fn rows_in_another_order_give_the_same_bytes() {
    let folder = prepared();
    let text = log(WORSE, 600);
    let mut rows: Vec<&str> = text.lines().collect();
    rows.reverse();
    rows.rotate_left(217);
    fs::create_dir(folder.path().join("other")).unwrap();
    for name in ["base.jsonl", "worse.jsonl"] {
        fs::copy(
            folder.path().join(name),
            folder.path().join("other").join(name),
        )
        .unwrap();
    }
    fs::write(
        folder.path().join("other/worse.jsonl"),
        rows.join("\n") + "\n",
    )
    .unwrap();
    let run = |within: &Path, threads: &str| {
        let arguments = [
            "worse.jsonl",
            "--baseline",
            "base.jsonl",
            "--by",
            "task",
            "-f",
            "json",
        ];
        let run = gate(within, arguments).args(["-j", threads]).run();
        assert_eq!(run.status, Some(1));
        run.stdout
    };
    assert_eq!(
        run(folder.path(), "1"),
        run(&folder.path().join("other"), "4")
    );
}

#[test]
fn the_gate_explains_itself() {
    insta::assert_snapshot!(
        "explained",
        calib().args(["explain", "gate"]).run().report()
    );
}
