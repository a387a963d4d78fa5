//! Logs that known tools write, against the figures that the tools print.
//!
//! The tools are installed from the package registry, in the versions of `tests/tools/requirements.txt`, into a folder
//! that is gone afterwards. That takes a minute and Python, so it is done where `CALIB_TOOLS=1` asks for it; elsewhere,
//! and where the tools cannot be had, the test says that it skips.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Output, audit, root, skipped};

/// Agreement with the tools: they round nothing, but sum in another order.
const TOLERANCE: f64 = 1e-12;

/// The folder of the scripts.
fn scripts() -> PathBuf {
    root().join("tests/tools")
}

/// What a command said when it failed.
fn fails(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The Python that has the tools, in this folder; none where it cannot be had.
fn installed(folder: &Path) -> Option<PathBuf> {
    if std::env::var_os("CALIB_TOOLS").is_none_or(|asked| asked != "1") {
        skipped("logs of installed tools are tested where CALIB_TOOLS=1");
        return None;
    }
    let make = ["-m", "venv", "--without-pip"];
    let python = folder.join("bin/python");
    let install = ["install", "--quiet", "--no-deps", "--no-compile"];
    let patience = ["--retries", "2", "--timeout", "60", "--requirement"];
    let failure = fails(Command::new("python3").args(make).arg(folder)).or_else(|| {
        let pip = ["-m", "pip", "--python"];
        let mut command = Command::new("python3");
        let command = command.args(pip).arg(&python).args(install).args(patience);
        fails(command.arg(scripts().join("requirements.txt")))
    });
    if let Some(failure) = failure {
        skipped(&format!("the tools cannot be installed here: {failure}"));
        return None;
    }
    Some(python)
}

/// The logs that a tool wrote, and what it says of them.
struct Logs {
    folder: TempDir,
    expected: Value,
}

impl Logs {
    /// Has a script write its logs, without a network to reach for.
    fn of(python: &Path, script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let home = TempDir::new().unwrap();
        let failure = fails(
            Command::new(python)
                .arg(scripts().join(script))
                .arg(folder.path())
                .current_dir(home.path())
                .env("HOME", home.path())
                .env("XDG_DATA_HOME", home.path())
                .env("XDG_CACHE_HOME", home.path())
                .env("HF_HOME", home.path())
                .env("HF_HUB_OFFLINE", "1")
                .env("HF_DATASETS_OFFLINE", "1")
                .env("OPENAI_API_KEY", "none"),
        );
        assert_eq!(failure, None, "{script}");
        let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
        // Python writes figures that do not exist as the bare token NaN.
        let expected = String::from_utf8(expected).unwrap().replace("NaN", "null");
        Self {
            expected: serde_json::from_str(&expected).unwrap(),
            folder,
        }
    }

    /// What the tool says of a log.
    fn said(&self, log: &str) -> &Value {
        &self.expected[log]
    }

    /// A figure that the tool printed, by its first scorer.
    fn printed(&self, log: &str, metric: &str) -> f64 {
        let value = &self.said(log)["scores"][0]["metrics"][metric];
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{log}: the tool prints no {metric}"))
    }

    fn run(&self, log: &str, flags: &[&str]) -> Output {
        let path = self.folder.path().join(log);
        audit([path]).args(flags).run()
    }

    fn report(&self, log: &str, flags: &[&str]) -> Value {
        let report = self
            .run(log, &[&["-f", "json", "--resamples", "9"], flags].concat())
            .json();
        assert_eq!(report["inputs"].as_array().unwrap().len(), 1, "{log}");
        report
    }

    /// The report of a log of which every sample is a row.
    fn whole(&self, log: &str, flags: &[&str]) -> Value {
        let report = self.report(log, flags);
        let rows = &report["inputs"][0]["rows"];
        let samples = &self.said(log)["samples"];
        assert_eq!([&rows["read"], &rows["used"]], [samples, samples], "{log}");
        report
    }

    /// Asserts that our figure is the one that the tool printed.
    fn agrees(&self, log: &str, theirs: &str, ours: &Value) {
        let printed = self.printed(log, theirs);
        let ours = ours
            .as_f64()
            .unwrap_or_else(|| panic!("{log}: we have no {theirs}"));
        assert!(
            (ours - printed).abs() < TOLERANCE,
            "{log}: {theirs} is {printed} there and {ours} here"
        );
    }
}

/// An estimate of all rows.
fn metric<'r>(report: &'r Value, id: &str) -> &'r Value {
    &report["runs"][0]["groups"][0]["metrics"][id]
}

fn rates<'r>(report: &'r Value, rate: &str) -> &'r Value {
    &report["runs"][0]["groups"][0]["abstention"]["all"][rate]["value"]
}

/// How many of something a warning counts; 0 without it.
fn warned(report: &Value, code: &str) -> u64 {
    let warnings = report["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == code);
    found.map_or(0, |warning| warning["count"].as_u64().unwrap())
}

/// One test, so that the tools are installed once.
#[test]
fn logs_of_installed_tools_hold_what_the_tools_print() {
    let folder = TempDir::new().unwrap();
    let Some(python) = installed(folder.path()) else {
        return;
    };
    let logs = Logs::of(&python, "write_inspect.py");
    inspect(&logs);
    inspect_tasks(&logs);
    harness(&Logs::of(&python, "write_lm_eval.py"));
    openai(&Logs::of(&python, "write_openai_evals.py"));
}

fn inspect(logs: &Logs) {
    let logged = [
        "archive.eval",
        "document.json",
        "epochs.eval",
        "crashed.eval",
        "two_scorers.eval",
    ];
    for log in logged {
        let report = logs.whole(log, &[]);
        assert_eq!(report["inputs"][0]["preset"], "inspect", "{log}");
        logs.agrees(log, "accuracy", &metric(&report, "accuracy")["value"]);
        assert_eq!(
            warned(&report, "W136") > 0,
            log.starts_with("crashed"),
            "{log}"
        );
        let repeated = if log.starts_with("epochs") { 16 } else { 0 };
        assert_eq!(warned(&report, "W104"), repeated, "{log}");
    }
    let [archive, document] = ["archive.eval", "document.json"]
        .map(|log| logs.report(log, &[])["runs"][0]["groups"].take());
    assert_eq!(archive, document);

    assert_eq!(warned(&logs.report("two_scorers.eval", &[]), "W137"), 2);
    let other = [
        "--map",
        "correct=scores.includes.value",
        "--map",
        "abstained=",
    ];
    let other = logs.report("two_scorers.eval", &other);
    let printed = &logs.said("two_scorers.eval")["scores"][1]["metrics"]["accuracy"];
    assert_eq!(&metric(&other, "accuracy")["value"], printed);

    // One sample failed, and was not scored.
    let failing = logs.whole("failing.eval", &[]);
    logs.agrees(
        "failing.eval",
        "accuracy",
        &metric(&failing, "accuracy")["value"],
    );
    assert_eq!(warned(&failing, "W112"), 1);

    // Of C, I, P, N, NaN, 0.25, true and C Inspect counts N as wrong; here it declined, and is no answer.
    for log in ["letters_eval.eval", "letters_json.json"] {
        let report = logs.whole(log, &[]);
        assert_eq!(report["inputs"][0]["rows"]["abstained"], 1, "{log}");
        let accuracy = metric(&report, "accuracy");
        let credit = accuracy["value"].as_f64().unwrap() * accuracy["n"].as_f64().unwrap();
        let scored = logs.said(log)["scores"][0]["scored"].as_f64().unwrap();
        let printed = logs.printed(log, "accuracy") * scored;
        assert!(
            (credit - printed).abs() < TOLERANCE,
            "{log}: {credit}, {printed}"
        );
        assert_eq!(warned(&report, "W112"), 1, "{log}");
    }

    let empty = logs.run("no_samples.eval", &[]);
    assert_eq!(empty.status, Some(3));
    assert!(
        empty.stderr.contains("no samples were logged"),
        "{}",
        empty.stderr
    );
}

fn inspect_tasks(logs: &Logs) {
    let safe = logs.whole("xstest_safe.eval", &[]);
    let percent = |value: &Value| Value::from(value.as_f64().unwrap() * 100.0);
    logs.agrees(
        "xstest_safe.eval",
        "refusal_rate",
        &percent(rates(&safe, "over_abstain")),
    );
    let unsafe_ = logs.whole("xstest_unsafe.eval", &[]);
    let recall = metric(&unsafe_, "abstention_recall");
    logs.agrees(
        "xstest_unsafe.eval",
        "refusal_rate",
        &percent(&recall["value"]),
    );

    // Inspect divides by NEITHER too, which says nothing of the answer.
    for (log, answered) in [("coconot_original.eval", 1), ("coconot_contrast.eval", 3)] {
        let report = logs.whole(log, &[]);
        let all = &report["runs"][0]["groups"][0]["abstention"]["all"];
        let sides = ["should_abstain", "should_answer"];
        let found = sides.map(|side| all[side]["answered"].as_f64().unwrap());
        assert_eq!(found.iter().sum::<f64>(), f64::from(answered), "{log}");
        let samples = logs.said(log)["samples"].as_f64().unwrap();
        logs.agrees(
            log,
            "total",
            &Value::from(100.0 * f64::from(answered) / samples),
        );
    }

    let bench = logs.whole("abstention_bench.eval", &[]);
    for name in ["recall", "precision", "f1"] {
        let ours = metric(&bench, &format!("abstention_{name}"));
        logs.agrees("abstention_bench.eval", name, &ours["value"]);
    }

    let hle = logs.whole("hle.eval", &[]);
    logs.agrees(
        "hle.eval",
        "hle/accuracy",
        &metric(&hle, "accuracy")["value"],
    );
    // In fewer than 100 answers all are one bin.
    logs.agrees("hle.eval", "hle/cerr", &metric(&hle, "signed_gap")["value"]);
    logs.agrees("hle.eval", "hle/unscored", &warned(&hle, "W112").into());

    let simpleqa = logs.whole("simpleqa_original.eval", &[]);
    for (theirs, ours) in [
        ("correct_given_attempted", "accuracy_given_attempted"),
        ("f_score", "simpleqa_f1"),
        ("attempted", "coverage"),
    ] {
        let ours = &metric(&simpleqa, ours)["value"];
        logs.agrees("simpleqa_original.eval", theirs, ours);
    }
}

fn harness(logs: &Logs) {
    for log in ["choices.jsonl", "mutual.jsonl", "gold_lists.jsonl"] {
        let report = logs.whole(log, &["--compat", "lm-eval"]);
        assert_eq!(report["inputs"][0]["preset"], "lm_eval", "{log}");
        logs.agrees(log, "acc,none", &metric(&report, "accuracy")["value"]);
        assert_eq!(
            metric(&report, "brier")["n"],
            logs.said(log)["samples"],
            "{log}"
        );
        if log.starts_with("choices") {
            let brier = &report["runs"][0]["groups"][0]["compat"][0]["value"];
            logs.agrees(log, "brier_score,none", brier);
        }
    }
    // The confidence is of another option than acc_norm grades.
    let norm = logs.run("choices.jsonl", &["--map", "correct=acc_norm"]);
    assert_eq!(norm.status, Some(2), "{norm:?}");

    let generated = logs.whole("generated.jsonl", &[]);
    assert_eq!(generated["inputs"][0]["preset"], "lm_eval_generate");
    let accuracy = &metric(&generated, "accuracy")["value"];
    logs.agrees("generated.jsonl", "exact_match,none", accuracy);

    let mixed = logs.run("filters.jsonl", &[]);
    assert!(mixed.stderr.contains("E206"), "{mixed:?}");
    for filter in ["strict", "flexible"] {
        let report = logs.report("filters.jsonl", &["--where", &format!("filter={filter}")]);
        let accuracy = &metric(&report, "accuracy")["value"];
        logs.agrees("filters.jsonl", &format!("exact_match,{filter}"), accuracy);
    }
}

fn openai(logs: &Logs) {
    let report = logs.whole("matches.jsonl", &[]);
    assert_eq!(report["inputs"][0]["preset"], "openai_evals");
    logs.agrees(
        "matches.jsonl",
        "accuracy",
        &metric(&report, "accuracy")["value"],
    );
}
