//! `calib synth`: the same rows for the same seed, and rows that agree with the truth beside them.

use std::collections::BTreeMap;

use calib::cli::{Cli, Command};
use calib::synth::{Log, Row};
use clap::Parser;
use serde_json::Value;

use crate::common::{audit, calib};

/// What a command line of `calib synth` makes.
struct Made {
    logs: Vec<Log>,
    truth: Value,
}

fn made(line: &str) -> Made {
    let words = ["calib", "synth"].into_iter().chain(line.split(' '));
    let Command::Synth(args) = Cli::try_parse_from(words).unwrap().command else {
        panic!("{line} is no synth");
    };
    Made {
        logs: args.scenario.logs(args.seed),
        truth: args.scenario.truth(args.seed),
    }
}

fn printed(line: &str) -> String {
    calib().args(["synth"]).args(line.split(' ')).run().report()
}

/// Every scenario, and every log from which nothing must be concluded.
const LINES: [&str; 18] = [
    "persona reasoner",
    "persona refuses-all --kind both",
    "persona answers-all --kind unknown",
    "persona random --samples 3 --tasks 4 --spread 0.4",
    "persona safety --kind safety --granularity 0.05",
    "persona bluffing --insight 0.5 --granularity 0.1",
    "persona balanced --control shuffled-labels",
    "persona balanced --control constant-confidence",
    "persona balanced --control one-class",
    "persona balanced --control duplicate-ids",
    "persona balanced --control single-row",
    "rollouts",
    "rollouts --samples 2 --answers 2 --pool 9 --shortcut 1",
    "formats --suboptimal",
    "drift --forgetting 0.3",
    "drift --sums --mismatch 0.1",
    "gap",
    "incentives --scheme target --decline-below 0.5 --cost-wrong 3",
];

#[test]
fn one_seed_is_one_log() {
    for line in LINES {
        let truth = made(line).truth;
        for (one, other) in made(line).logs.iter().zip(&made(line).logs) {
            assert_eq!((&one.name, &one.rows), (&other.name, &other.rows));
        }
        assert_eq!(truth, made(line).truth);
        let rows = |line: &str| made(line).logs.pop().unwrap().rows;
        let other = rows(&format!("{line} --seed 1"));
        // Who declines everything leaves nothing to chance.
        let fixed = line.contains("refuses-all");
        assert_eq!(rows(line) == other, fixed, "{line}");
    }
    let line = "persona edge -n 50";
    assert_eq!(printed(line), printed(line));
}

#[test]
fn more_prompts_leave_the_first_as_they_are() {
    let (few, many) = (made("persona random -n 20"), made("persona random -n 60"));
    assert_eq!(few.logs[0].rows[..], many.logs[0].rows[..20]);
    let (few, many) = (made("rollouts -n 5"), made("rollouts -n 9"));
    assert_eq!(few.logs[0].rows[..], many.logs[0].rows[..40]);
}

#[test]
fn every_log_is_read_without_a_bad_row() {
    let folder = tempfile::tempdir().unwrap();
    for (at, line) in LINES.iter().enumerate() {
        let output = folder.path().join(at.to_string());
        let run = calib()
            .args(["synth"])
            .args(line.split(' '))
            .args(["-o".as_ref(), output.as_os_str()])
            .run();
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{line}");
        for log in made(line).logs {
            let path = output.join(format!("{}.jsonl", log.name));
            let report = audit([path.as_os_str(), "-f".as_ref(), "json".as_ref()])
                .run()
                .json();
            let rows = &report["inputs"][0]["rows"];
            assert_eq!(rows["read"], log.rows.len(), "{line}");
            assert_eq!(rows["used"], log.rows.len(), "{line}");
        }
    }
}

#[test]
fn files_are_replaced_when_asked_and_several_logs_need_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = |flags: &[&str]| {
        let run = calib()
            .within(folder.path())
            .args(["synth", "gap", "-n", "3"]);
        let run = run.args(flags).run();
        format!(
            "$ calib synth gap -n 3 {}\n? {:?}\n{}",
            flags.join(" "),
            run.status,
            run.said()
        )
    };
    let said = [
        run(&[]),
        run(&["-o", "made"]),
        run(&["-o", "made"]),
        run(&["-o", "made", "--force"]),
        run(&["--closure", "much"]),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn rows_and_truth_look_like_this() {
    let rows = printed("persona safety -n 4 --kind both --insight 0.4 --granularity 0.05 --seed 2");
    let truth = printed(
        "persona safety -n 4 --kind both --insight 0.4 --granularity 0.05 --seed 2 --truth",
    );
    let drift = made("drift -n 1 --steps 1 --length 3");
    let drift: Vec<_> = drift
        .logs
        .iter()
        .map(|log| serde_json::to_string(&log.rows).unwrap())
        .collect();
    insta::assert_snapshot!(format!("{rows}\n{truth}\n{}", drift.join("\n")));
}

/// Whether a share seen in so many rows is one that the truth would show, five standard errors either way.
#[track_caller]
fn like(seen: f64, truth: &Value, spread: f64, rows: usize) {
    let truth = truth.as_f64().unwrap();
    let error = spread / (rows as f64).sqrt();
    assert!(
        (seen - truth).abs() < 5.0 * error + 1e-9,
        "{seen} {truth} ± {error}"
    );
}

fn mean(values: impl Iterator<Item = f64>) -> (f64, usize) {
    let values: Vec<f64> = values.collect();
    (
        values.iter().sum::<f64>() / values.len().max(1) as f64,
        values.len(),
    )
}

fn bit(of: bool) -> f64 {
    f64::from(u8::from(of))
}

/// The report on a log of so many prompts against its truth.
fn audited(line: &str, rows: usize) {
    let line = &format!("{line} -n {rows}");
    let log = printed(line);
    let report = audit(["-", "-f", "json"]).stdin(log).run().json();
    let truth: Value = serde_json::from_str(&printed(&format!("{line} --truth"))).unwrap();
    let metrics = &report["runs"][0]["groups"][0]["metrics"];
    let seen = |id: &str| metrics[id]["value"].as_f64().unwrap();
    let truth = &truth["truth"];
    for (id, spread) in [
        ("accuracy", 1.0),
        ("signed_gap", 1.0),
        ("brier", 0.7),
        ("corp_unc", 0.5),
        ("corp_dsc", 0.7),
        ("corp_mcb", 0.7),
    ] {
        like(seen(id), &truth["calibration"][id], spread, rows);
    }
    if truth["abstention"]["dprime"].is_number() {
        for (id, spread) in [
            ("over_answer", 1.0),
            ("over_abstain", 1.0),
            ("dprime", 6.0),
            ("criterion", 6.0),
            ("youden", 1.5),
        ] {
            like(seen(id), &truth["abstention"][id], spread, rows);
        }
    }
}

#[test]
fn a_persona_is_what_its_truth_says() {
    audited("persona mild-reasoner", 20_000);
    audited("persona under-confident --granularity 0.1", 20_000);
    audited("persona safety --insight 0.6 --slope 0.5", 20_000);
    audited(
        "persona random --control shuffled-labels --tasks 3 --spread 0.5",
        20_000,
    );
    audited("persona balanced --control constant-confidence", 20_000);
}

#[test]
fn insight_is_what_its_truth_says() {
    let made = made("persona safety --insight 0.6 -n 40000");
    let rows: Vec<&Row> = made.logs[0]
        .rows
        .iter()
        .filter(|row| row.forced_correct.is_some())
        .collect();
    let wrong = |row: &&&Row| row.forced_correct == Some(false);
    let declined = |row: &&&Row| row.abstained == Some(true);
    let truth = &made.truth["refusal"];
    let (error, n) = mean(rows.iter().map(|row| bit(wrong(&row))));
    like(error, &truth["base_error"], 0.5, n);
    let (precision, n) = mean(rows.iter().filter(declined).map(|row| bit(wrong(&row))));
    like(precision, &truth["abstention_precision"], 0.5, n);
    let (over, n) = mean(
        rows.iter()
            .filter(|row| !wrong(row))
            .map(|row| bit(declined(&row))),
    );
    like(over, &truth["over_abstain_if_right"], 0.5, n);
    // The latent correlation is that of evidence and doubt; prompts of unequal difficulty weaken it.
    let index = truth["refusal_index"].as_f64().unwrap();
    assert!(index > 0.3 && index < 0.6, "{index}");
}

#[test]
fn rollouts_are_what_their_truth_says() {
    rollouts_are("rollouts -n 20000 --shortcut 0.15");
    rollouts_are("rollouts -n 20000 --shortcut 0.15 --hopeless 0.5 --alpha 2 --beta 2");
}

fn rollouts_are(line: &str) {
    let made = made(line);
    let mut groups: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for row in &made.logs[0].rows {
        let group = groups.entry(row.prompt_id.as_deref().unwrap()).or_default();
        group.0 += u64::from(row.correct.unwrap());
        group.1 += 1.0;
    }
    let n = groups.len();
    let share = |k| mean(groups.values().map(|group| bit(group.0 == k))).0;
    for k in 0..=8 {
        like(share(k), &made.truth["passes"][k as usize], 0.5, n);
    }
    let mass = |k: u64| ((k * (8 - k)) as f64).sqrt();
    let rare: f64 = groups
        .values()
        .filter(|group| group.0 == 1)
        .map(|group| mass(group.0))
        .sum();
    let all: f64 = groups.values().map(|group| mass(group.0)).sum();
    like(rare / all, &made.truth["rare_success_mass"], 0.5, n);
    let hard = made.truth["hard_mass"].as_f64().unwrap();
    assert!(hard > 0.05 && hard < 0.5, "{hard}");
    // A share of the samples has a length of .3 times the others'.
    let length = |row: &Row| (row.tokens.unwrap() as f64).ln();
    let (length, n) = mean(made.logs[0].rows.iter().map(length));
    let typical = 400f64.ln() + 0.15 * made.truth["log_length_ratio"].as_f64().unwrap();
    like(length, &typical.into(), 0.6, n);
}

#[test]
fn groups_that_succeed_rarely_are_not_all_hard() {
    // By the beta-binomial distribution, and an integral over the hard part of the Beta distribution.
    for (shape, naive, hard) in [
        ("--alpha 4 --beta 4", 0.0579, 0.0030),
        ("--alpha 0.3 --beta 3", 0.3873, 0.3344),
    ] {
        let truth = made(&format!("rollouts --shortcut 0 {shape}")).truth;
        let seen = |name: &str| truth[name].as_f64().unwrap();
        assert!((seen("rare_success_mass") - naive).abs() < 1e-4, "{truth}");
        assert!((seen("hard_mass") - hard).abs() < 3e-4, "{truth}");
    }
}

#[test]
fn formats_are_what_their_truth_says() {
    for flags in ["--eta 12", "--eta 12 --suboptimal", "--eta 0"] {
        let made = made(&format!("formats -n 4000 {flags}"));
        let steps = made.truth["steps"].as_array().unwrap();
        for (step, truth) in steps.iter().enumerate() {
            let at = || {
                made.logs[0]
                    .rows
                    .iter()
                    .filter(|row| row.step == Some(step as u64))
            };
            let (code, n) = mean(at().map(|row| bit(row.format == Some("code"))));
            like(code, &truth["shares"]["code"], 0.5, n);
            let (right, n) = mean(at().map(|row| bit(row.correct.unwrap())));
            like(right, &truth["accuracy"], 0.5, n);
        }
        let best = if flags.contains("sub") {
            "latex"
        } else {
            "code"
        };
        assert_eq!(made.truth["best"], best);
        match made.truth["collapse_step"].as_u64() {
            Some(step) => {
                let share = |step: u64| steps[step as usize]["shares"]["code"].as_f64().unwrap();
                assert!(share(step) >= 0.9 && share(step - 1) < 0.9);
            }
            None => assert!(flags.contains("--eta 0")),
        }
    }
}

#[test]
fn drift_is_what_its_truth_says() {
    let made = made("drift -n 3000 --kl 0.03 --steps 2 --forgetting 0.4");
    for step in 1..=2 {
        let truth = &made.truth["steps"][step];
        let rows = &made.logs[step].rows;
        let ratios = || {
            rows.iter().flat_map(|row| {
                let [policy, base] = [&row.logp_policy_tokens, &row.logp_base_tokens];
                policy
                    .iter()
                    .flatten()
                    .zip(base.iter().flatten())
                    .map(|(policy, base)| policy - base)
            })
        };
        let (kl, n) = mean(ratios());
        like(kl, &truth["kl_per_token"], 0.3, n);
        let (one, n) = mean(ratios().map(|ratio| (-ratio).exp()));
        like(one, &1.0.into(), 0.3, n);
        assert!(ratios().all(f64::is_finite));
        let sums = rows
            .iter()
            .map(|row| row.logp_policy.unwrap() - row.logp_base.unwrap());
        let (kl, n) = mean(sums);
        like(kl, &truth["kl_per_sequence"], 2.0, n);
        for task in 0..2 {
            let name = format!("task{}", task + 1);
            let of = rows.iter().filter(|row| row.task.as_deref() == Some(&name));
            let (right, n) = mean(of.map(|row| bit(row.correct.unwrap())));
            like(right, &truth["accuracy"][task], 0.5, n);
        }
    }
    let tokens = made.logs.iter().flat_map(|log| &log.rows);
    let logs = tokens.flat_map(|row| row.logp_policy_tokens.iter().chain(&row.logp_base_tokens));
    assert!(logs.flatten().all(|log| *log <= 0.0));
}

#[test]
fn the_gap_is_what_its_truth_says() {
    let made = made("gap -n 8000 --closure 0.5,1.2");
    for (domain, truth) in (1..).zip(made.truth["domains"].as_array().unwrap()) {
        for log in &made.logs {
            let name = format!("domain{domain}");
            let rows = || {
                log.rows
                    .iter()
                    .filter(|row| row.task.as_deref() == Some(&name))
            };
            let truth = &truth[log.name.as_str()];
            let (right, n) = mean(rows().filter_map(|row| row.correct).map(bit));
            like(right, &truth["accuracy"], 0.5, n);
            let scored = || rows().filter_map(|row| row.confidence.zip(row.correct.map(bit)));
            like(
                mean(scored().map(|(c, y)| (c - y).powi(2))).0,
                &truth["brier"],
                0.4,
                n,
            );
            like(
                mean(scored().map(|(c, y)| c - y)).0,
                &truth["signed_gap"],
                0.5,
                n,
            );
            let declines = rows().filter(|row| row.should_abstain == Some(true));
            let (over, n) = mean(declines.map(|row| bit(row.abstained == Some(false))));
            like(over, &truth["over_answer"], 0.5, n);
        }
    }
    let closure = &made.truth["domains"][1]["closure"];
    assert!((closure["accuracy"].as_f64().unwrap() - 1.2).abs() < 1e-12);
    // Systems are right on the same prompts more often than by chance.
    let rights = |log: usize| {
        made.logs[log]
            .rows
            .iter()
            .filter_map(|row| row.correct)
            .map(bit)
    };
    let (both, n) = mean(rights(0).zip(rights(2)).map(|(a, b)| a * b));
    assert!(both > mean(rights(0)).0 * mean(rights(2)).0 + 5.0 * 0.5 / (n as f64).sqrt());
}

#[test]
fn rewards_are_what_their_truth_says() {
    for scheme in [
        "binary",
        "negative",
        "target --target 0.6",
        "penalty --penalty 2",
        "brier",
    ] {
        let line = format!(
            "incentives -n 20000 --bias 1 --decline-below 0.6 --abstain-reward 0.1 --cost-wrong 2 --cost-abstain 0.2 --scheme {scheme}"
        );
        let made = made(&line);
        let rows = &made.logs[0].rows;
        let (reward, n) = mean(rows.iter().map(|row| row.reward.unwrap()));
        like(reward, &made.truth["reward"]["now"], 1.5, n);
        let (covered, n) = mean(rows.iter().map(|row| bit(row.abstained == Some(false))));
        like(covered, &made.truth["coverage"], 0.5, n);
        let gained = rows.iter().map(|row| match row.correct {
            Some(true) => 1.0,
            Some(false) => -2.0,
            None => -0.2,
        });
        let (utility, n) = mean(gained);
        like(utility, &made.truth["utility"]["now"], 1.5, n);
    }
    // The closed form: with p uniform the best policy earns (1 − t) / 2 under the target t.
    let truth = made("incentives --alpha 1 --beta 1 --scheme target --target 0.75").truth;
    assert!((truth["reward"]["best"].as_f64().unwrap() - 0.125).abs() < 1e-6);
}

/// The report on a log of a persona with this control.
fn controlled(control: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("persona reasoner --control {control} --seed 3 -o made");
    let made = calib()
        .within(folder.path())
        .args(["synth"])
        .args(line.split(' '))
        .run();
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let rows = std::fs::read_dir(folder.path().join("made")).unwrap();
    let rows = rows
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"));
    calib()
        .args(["audit", "-f", "json"])
        .args([rows.unwrap()])
        .run()
        .json()
}

#[test]
fn of_a_control_nothing_is_concluded_that_it_does_not_hold() {
    let group = |report: &Value| report["runs"][0]["groups"][0].clone();
    let verdict = |report: &Value| group(report)["verdict"].clone();
    let shuffled = controlled("shuffled-labels");
    assert!(
        ["none", "unproven"].contains(&verdict(&shuffled)["skill"].as_str().unwrap()),
        "{shuffled}"
    );
    let constant = group(&controlled("constant-confidence"));
    assert_eq!(constant["metrics"]["auroc"]["value"], 0.5);
    assert_eq!(constant["metrics"]["corp_dsc"]["value"], 0.0);
    let one_class = controlled("one-class");
    assert_eq!(verdict(&one_class)["direction"], Value::Null);
    assert_eq!(group(&one_class)["metrics"]["auroc"]["value"], Value::Null);
    let single = controlled("single-row");
    assert_eq!(
        group(&single)["objectives"]["synthesis"]["verdict"],
        Value::Null
    );
    for id in ["brier", "signed_gap"] {
        assert_eq!(group(&single)["metrics"][id]["low"], Value::Null, "{id}");
    }
    // A row that stands twice is one cluster, so that nothing is surer than of the rows once.
    let twice = group(&controlled("duplicate-ids"));
    let width = |group: &Value| {
        let of = |end: &str| group["metrics"]["brier"][end].as_f64().unwrap();
        of("high") - of("low")
    };
    let folder = tempfile::tempdir().unwrap();
    let once = printed("persona reasoner --seed 3");
    let log = folder.path().join("once.jsonl");
    std::fs::write(&log, once).unwrap();
    let once = group(
        &calib()
            .args(["audit", "-f", "json"])
            .args([&log])
            .run()
            .json(),
    );
    assert!(
        width(&twice) > 0.9 * width(&once),
        "{} {}",
        width(&twice),
        width(&once)
    );
}
