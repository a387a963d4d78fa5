//! The audits of training objectives: the columns they need, and reports that depend on the rows alone.

use std::fs;

use calib::input::Role;
use calib::objectives::SECTIONS;

use crate::common::{audit, calib};
use crate::invariance::{Choices, outside_inputs};

/// A log of `calib synth`, as lines.
fn synth(line: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let made = calib().within(folder.path()).args(["synth"]);
    made.args(line.split(' ')).args(["-o", "."]).run().report();
    let files = fs::read_dir(folder.path()).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    paths.sort();
    let logs = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    let lines = logs.flat_map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.collect()
}

fn text(rows: &[String]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

#[test]
fn a_bad_value_is_a_bad_row_with_its_place_and_a_way_out() {
    for (column, value, code) in [
        ("reward", r#""high""#, "E120"),
        ("reward", "[1, 2]", "E107"),
        ("step", r#""first""#, "E120"),
        ("tokens", "-3", "E120"),
        ("format", "{\"a\": 1}", "E107"),
        ("logp_policy", "0.5", "E120"),
        ("logp_base", r#""-inf""#, "E120"),
        ("logp_policy_tokens", "[-1, null]", "E120"),
        ("logp_base_tokens", "\"-1 -2\"", "E107"),
        ("forced_correct", "\"perhaps\"", "E108"),
        ("cost_wrong", "-1", "E120"),
        ("cost_abstain", "1e999", "E106"),
        ("train_weight", "-0.5", "E120"),
        ("model_size", "\"large\"", "E120"),
    ] {
        let row = format!("{{\"correct\": 1, \"{column}\": {value}}}\n");
        let output = audit(["-"]).stdin(row).run();
        assert_eq!(output.status, Some(3), "{column}: {output:?}");
        for word in [code, "-:1:", column] {
            assert!(output.stderr.contains(word), "{column} {word}: {output:?}");
        }
        // Left out, it harms nothing; missing, it is missing.
        let row = format!("{{\"correct\": 1, \"{column}\": {value}}}\n");
        let without = format!("{column}=");
        assert_eq!(
            audit(["-", "--map", &without]).stdin(row).run().status,
            Some(0)
        );
        for nothing in ["null", "\"\"", "NaN"] {
            let row = format!("{{\"correct\": 1, \"{column}\": {nothing}}}\n");
            assert_eq!(
                audit(["-"]).stdin(row).run().status,
                Some(0),
                "{column} {nothing}"
            );
        }
    }
}

#[test]
fn log_probabilities_of_tokens_must_belong_together() {
    let of = |columns: &str| {
        let row = format!("{{\"correct\": 1, {columns}}}\n");
        audit(["-"]).stdin(row).run()
    };
    let longer = of(r#""logp_policy_tokens": [-1, -2], "logp_base_tokens": [-1]"#);
    assert!(
        longer
            .stderr
            .contains("has 2 numbers and logp_base_tokens 1"),
        "{longer:?}"
    );
    let mean = of(r#""logp_policy_tokens": [-1, -2], "logp_policy": -1.5"#);
    assert!(mean.stderr.contains("E117"), "{mean:?}");
    let sum = of(r#""logp_policy_tokens": [-1, -2], "logp_policy": -3.001"#);
    assert_eq!(sum.status, Some(0), "{sum:?}");
}

#[test]
fn rows_without_an_outcome_are_used_where_an_audit_can_rest_on_them() {
    for row in [
        r#"{"prompt_id": 1, "reward": 0.5}"#,
        r#"{"logp_policy": -3, "logp_base": -4}"#,
        r#"{"logp_policy_tokens": [-1], "logp_base_tokens": [-2]}"#,
        r#"{"step": 1, "format": "code"}"#,
        r#"{"step": 1, "response": "def f(): return 4"}"#,
    ] {
        let output = audit(["-", "-f", "json"])
            .stdin(row.to_owned() + "\n")
            .run();
        let report = output.json();
        assert_eq!(report["inputs"][0]["rows"]["used"], 1, "{row}");
        assert_eq!(report["warnings"][0]["code"], "W123", "{row}");
        let accuracy = &report["runs"][0]["groups"][0]["metrics"]["accuracy"];
        assert_eq!(accuracy["n"], 0, "{row}: no answer is counted");
    }
    for row in [
        r#"{"reward": 0.5}"#,
        r#"{"logp_policy": -3}"#,
        r#"{"step": 1}"#,
        r#"{"tokens": 8}"#,
    ] {
        let output = audit(["-"]).stdin(row.to_owned() + "\n").run();
        assert_eq!(output.status, Some(3), "{row}: {output:?}");
        assert!(
            output.stderr.contains("logp_policy with logp_base"),
            "{output:?}"
        );
    }
}

#[test]
fn the_report_depends_on_nothing_but_the_rows() {
    for (scenario, section, cut) in [
        ("rollouts -n 60", "rollouts", 100),
        ("formats -n 60", "formats", 250),
        ("drift -n 90 --steps 3", "drift", 101),
        (
            "incentives -n 300 --decline-below 0.3 --cost-wrong 3 --seed 2",
            "incentives",
            100,
        ),
        (
            "incentives -n 300 --decline-below 0.3 --cost-wrong 3 --seed 2",
            "utility",
            100,
        ),
    ] {
        depends_on_rows(&synth(scenario), section, cut);
    }
}

fn depends_on_rows(rows: &[String], section: &str, cut: usize) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let halves = rows.split_at(cut);
    for (name, rows) in [("log", rows), ("a", halves.0), ("b", halves.1)] {
        fs::write(at.join(format!("{name}.jsonl")), text(rows)).unwrap();
    }
    fs::write(at.join("shuffled.jsonl"), text(&Choices::shuffled(5, rows))).unwrap();
    let report = |arguments: &[&str]| {
        let arguments = [arguments, &["-f", "json"]].concat();
        outside_inputs(&audit(arguments).within(at).run().report())
    };
    let whole = report(&["run=log.jsonl", "-j", "1", "--save", "log.calib"]);
    assert!(whole.contains(&format!("\"{section}\"")), "{whole}");
    for other in [
        &["run=log.jsonl", "-j", "4"][..],
        &["run=shuffled.jsonl"],
        &["run=[ab].jsonl"],
        &["run=log.calib"],
    ] {
        assert_eq!(whole, report(other), "{other:?}");
    }
}

#[test]
fn a_section_that_is_asked_for_says_what_it_lacks() {
    let row = "{\"correct\": 1}\n";
    let lacking = audit(["-", "--section", "rollouts"])
        .stdin(row)
        .run()
        .report();
    assert!(
        lacking.contains("not told: the log has no prompt_id"),
        "{lacking}"
    );
    assert!(
        !lacking.contains("Brier"),
        "only the section is shown: {lacking}"
    );
    let silent = audit(["-"]).stdin(row).run().report();
    assert!(!silent.contains("rollouts"), "{silent}");
    let report = audit(["-", "-f", "json", "--section", "rollouts"])
        .stdin(row)
        .run()
        .json();
    let found = &report["runs"][0]["groups"][0]["objectives"]["rollouts"];
    assert_eq!(found["missing"][0], "prompt_id", "{found}");
    assert_eq!(report["settings"]["section"][0], "rollouts");
    let unknown = audit(["-", "--section", "rollout"]).stdin(row).run();
    assert_eq!(unknown.status, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains(", rollouts"), "{unknown:?}");
}

#[test]
fn sections_name_roles_that_there_are() {
    for section in SECTIONS {
        let needs = section.needs().iter().flat_map(|need| need.iter());
        for column in needs.chain(section.helps()) {
            assert!(Role::named(column.role).is_some(), "{}", column.role);
        }
        let about = section.about();
        for text in [
            about.claim,
            about.formula,
            about.test,
            about.verdicts,
            about.advice,
            about.pitfalls,
            about.source,
        ] {
            assert!(!text.is_empty(), "{}", section.name());
        }
    }
}

#[test]
fn the_rollouts_section_in_full() {
    let rows = text(&synth("rollouts -n 200 --seed 3"));
    let page = audit(["-", "--section", "rollouts", "--width", "80"])
        .stdin(rows.clone())
        .run()
        .report();
    insta::assert_snapshot!(page);
    let narrow = audit(["-", "--section", "rollouts", "--width", "60"])
        .stdin(rows)
        .run()
        .report();
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 60),
        "{narrow}"
    );
}
