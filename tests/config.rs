//! `calib.toml`: what it says reaches the report, flags go before it, and what it cannot mean is said with its place.

use std::ffi::OsString;
use std::fs;

use calib::cli::{Cli, Command, CostArgs, InputArgs, ViewArgs};
use calib::commands::configuration;
use calib::config::{Config, Key, Setting};
use clap::{Args, CommandFactory};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Output, calib, root};

const ROWS: &str = "{\"p\":90,\"ok\":\"yes\",\"task\":\"a\",\"confidence\":0.5,\"correct\":false}\n{\"p\":20,\"ok\":\"no\",\"task\":\"b\",\"confidence\":0.5,\"correct\":true}\n";

/// A folder with a log and a configuration file.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.jsonl"), ROWS).unwrap();
    fs::write(folder.path().join("calib.toml"), config).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    calib().args(arguments).within(folder.path()).run()
}

fn report(config: &str, arguments: &[&str]) -> Value {
    let all = [&["audit", "log.jsonl", "-f", "json"], arguments].concat();
    run(&folder(config), &all).json()
}

fn accuracy(report: &Value) -> f64 {
    let metrics = &report["runs"][0]["groups"][0]["metrics"];
    metrics["accuracy"]["value"].as_f64().unwrap()
}

const MAPPED: &str = "version = 1
[input]
map = { confidence = 'p', correct = 'ok:yes=1,no=0' }
confidence_scale = 'percent'
where = { task = 'a' }
[metrics]
bins = 7
by = ['task']
";

#[test]
fn the_file_stands_for_flags_and_the_report_names_it() {
    let report = report(MAPPED, &[]);
    assert_eq!(report["settings"]["config"], "calib.toml");
    assert_eq!(report["settings"]["bins"], 7);
    assert_eq!(report["settings"]["by"], serde_json::json!(["task"]));
    assert_eq!(report["settings"]["where"], serde_json::json!(["task=a"]));
    assert_eq!(report["inputs"][0]["mapping"]["confidence"], "p");
    assert_eq!(accuracy(&report), 1.0);
    let text = run(&folder(MAPPED), &["audit", "log.jsonl", "-q"]).report();
    assert!(text.contains("with the flags of calib.toml"), "{text}");
}

#[test]
fn the_report_is_that_of_the_flags_themselves() {
    let flags = [
        "audit",
        "log.jsonl",
        "-f",
        "json",
        "--map=confidence=p",
        "--map=correct=ok:yes=1,no=0",
        "--confidence-scale=percent",
        "--where=task=a",
        "--bins=7",
        "--by=task",
        "--no-config",
    ];
    let by_flags = run(&folder(MAPPED), &flags).json();
    let mut by_file = report(MAPPED, &[]);
    assert_eq!(by_flags["settings"]["config"], Value::Null);
    by_file["settings"]
        .as_object_mut()
        .unwrap()
        .remove("config");
    assert_eq!(by_flags, by_file);
}

#[test]
fn flags_go_before_the_file_role_by_role() {
    let scaled = report(MAPPED, &["--bins", "3", "--by", "ok"]);
    assert_eq!(scaled["settings"]["bins"], 3);
    assert_eq!(scaled["settings"]["by"], serde_json::json!(["ok"]));
    let mapped = report(MAPPED, &["--map", "correct=correct"]);
    assert_eq!(mapped["inputs"][0]["mapping"]["correct"], "correct");
    assert_eq!(mapped["inputs"][0]["mapping"]["confidence"], "p");
    assert_eq!(accuracy(&mapped), 0.0);
    let moved = report(MAPPED, &["--where", "task=b"]);
    assert_eq!(moved["settings"]["where"], serde_json::json!(["task=b"]));
    let none = report(MAPPED, &["--no-config"]);
    assert_eq!(none["settings"]["config"], Value::Null);
    assert_eq!(none["settings"]["bins"], 15);
}

#[test]
fn a_flag_and_the_one_it_needs_may_stand_apart() {
    let judge = "version = 1\n[metrics]\njudge_spec = 0.9\n";
    let report = report(judge, &["--judge-sens", "0.8:100"]);
    assert_eq!(report["settings"]["judge_sens"], "0.8:100");
    assert_eq!(report["settings"]["judge_spec"], "0.9");
    let alone = run(&folder(judge), &["audit", "log.jsonl"]);
    assert_eq!(alone.status, Some(2));
    assert!(alone.stderr.contains("E212"), "{}", alone.stderr);
    assert!(alone.stderr.contains("calib.toml"), "{}", alone.stderr);
}

#[test]
fn pairs_that_give_way_take_their_role_with_them() {
    let folder = folder("version = 1\n[input]\npairs = 'p*=ok*'\nas = 'task'\n");
    let path = folder.path().join("calib.toml");
    let file = ["--config", path.to_str().unwrap()];
    let mapped = understood(&[&file[..], &["--map=confidence=p"]].concat());
    assert_eq!(mapped, understood(&["--no-config", "--map=confidence=p"]));
    let other = understood(&[&file[..], &["--pairs=a*=b*"]].concat());
    assert_eq!(
        other,
        understood(&["--no-config", "--pairs=a*=b*", "--as=task"])
    );
}

#[test]
fn a_named_file_is_used_and_its_paths_begin_in_its_folder() {
    let folder = folder("version = 2\n");
    fs::create_dir(folder.path().join("ci")).unwrap();
    fs::write(
        folder.path().join("ci/labels.csv"),
        "task,kind\na,safety\nb,safety\n",
    )
    .unwrap();
    let text = "version = 1\n[input]\njoin = 'labels.csv on task'\n";
    fs::write(folder.path().join("ci/mine.toml"), text).unwrap();
    let arguments = [
        "audit",
        "log.jsonl",
        "-f",
        "json",
        "--config",
        "ci/mine.toml",
    ];
    let report = run(&folder, &arguments).json();
    assert_eq!(report["settings"]["config"], "ci/mine.toml");
    assert_eq!(report["settings"]["join"], "ci/labels.csv on task");
    let missing = run(&folder, &["audit", "log.jsonl", "--config", "none.toml"]);
    assert_eq!(missing.status, Some(2));
    assert!(missing.stderr.contains("error[E210]"), "{}", missing.stderr);
    let both = run(
        &folder,
        &["audit", "log.jsonl", "--config", "x", "--no-config"],
    );
    assert_eq!(both.status, Some(2));
    // Commands that read no log need no file either.
    assert_eq!(run(&folder, &["explain", "brier"]).status, Some(0));
}

#[test]
fn a_preset_has_its_own_section_once_it_is_recognised() {
    let log = root().join("fixtures/presets/hle.json");
    let log = log.to_str().unwrap();
    let config = "version = 1
[input]
confidence_scale = 'percent'
max_bad_rows = 1
[input.hle]
map = { confidence = '' }
confidence_scale = '0,200'
[input.inspect]
confidence_scale = 'unit'
";
    let folder = folder(config);
    let read = |arguments: &[&str]| {
        run(
            &folder,
            &[&["audit", log, "-f", "json"], arguments].concat(),
        )
        .json()
    };
    let own = read(&[]);
    assert_eq!(own["inputs"][0]["preset"], "hle");
    assert_eq!(own["settings"]["confidence_scale"], "0,200");
    assert_eq!(own["settings"]["max_bad_rows"], "1");
    let mapping = &own["inputs"][0]["mapping"];
    assert_eq!(mapping["confidence"], Value::Null);
    // What the section is silent about stays the preset's.
    assert_eq!(mapping["correct"], "judge_response.correct");
    let flagged = read(&["--confidence-scale", "0,100"]);
    assert_eq!(flagged["settings"]["confidence_scale"], "0,100");
}

#[test]
fn check_pins_the_flags_of_the_file() {
    let folder = folder(&MAPPED.replace("[metrics]", "max_line = '1MiB'\n[metrics]"));
    let check = run(&folder, &["check", "log.jsonl", "-f", "json"]).json();
    assert_eq!(check["config"], "calib.toml");
    let text = run(&folder, &["check", "log.jsonl"]).report();
    assert!(text.contains("with the flags of calib.toml"), "{text}");
    let arguments = check["command"]["arguments"].as_array().unwrap();
    let mut arguments: Vec<_> = arguments.iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(arguments.remove(0), "calib");
    assert!(arguments.contains(&"--max-line"), "{arguments:?}");
    arguments.extend(["-f", "json"]);
    let mut pinned = run(&folder, &arguments).json();
    let mut own = run(&folder, &["audit", "log.jsonl", "-f", "json"]).json();
    for report in [&mut pinned, &mut own] {
        // The same is said in other words: by whom, and of columns that have names of their own.
        for word in ["config", "map"] {
            report["settings"].as_object_mut().unwrap().remove(word);
        }
    }
    assert_eq!(pinned, own);
}

/// What is said of a file that cannot be used.
fn refusal(config: &str) -> String {
    let output = run(&folder(config), &["audit", "log.jsonl"]);
    assert_eq!(output.status, Some(2), "{output:?}");
    assert_eq!(output.stdout, "");
    output.stderr
}

#[test]
fn what_a_file_cannot_mean_is_said_with_its_place() {
    let cases = [
        "",
        "version = 2\n",
        "version = 1\n[input]\nmap = { confidence = 'a', confidence = 'b' }\n",
        "version = 1\n[inputs]\n",
        "version = 1\n[metrics]\n  bin = 3\n",
        "version = 1\n[metrics]\nconfidence_scale = 'unit'\n",
        "version = 1\n[metrics]\nbins = '15'\n",
        "version = 1\n[metrics]\nbins = 0\n",
        "version = 1\n[metrics]\nbinning = 'equal-with'\n",
        "version = 1\n[metrics]\ncompat = ['hle', 'netcl']\n",
        "version = 1\n[input]\nmap = { confidnce = 'p' }\n",
        "version = 1\n[input]\nwhere = { task = ['a'] }\n",
        "version = 1\n[input.hel]\nmap = {}\n",
        "version = 1\n[input.hle]\nrecords = 'rows'\n",
        "version = 1\n[gate]\nalpha = 1.5\n",
        "version = 1\n[gate]\nmax = 0.1\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\n",
        "version = 1\n[[gate.rule]]\nmax = 1\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax = 1\nmin = 0\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax_incraese = 0.01\n",
        "version = 1\n[[gate.rule]]\nmetric = 'harm.brier'\nmax = nan\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax = nan\n",
        "version = 1\n[gate]\ncorrection = 'hom'\n",
    ];
    let said = cases.map(|config| format!("{config}---\n{}", refusal(config)));
    insta::assert_snapshot!(said.join("\n==========\n"));
}

#[test]
fn costs_of_a_project_are_those_of_its_audits_and_no_goal_of_its_fits() {
    let config = "version = 1\n[metrics]\ncost_wrong = 3\ncost_abstain = -0.5\n";
    let settings = report(config, &[])["settings"].clone();
    assert_eq!(settings["cost_wrong"], 3.0);
    assert_eq!(settings["cost_abstain"], -0.5);
    let settings = report(config, &["--cost-wrong", "9"])["settings"].clone();
    assert_eq!(settings["cost_wrong"], 9.0);
    let fit = |flags: &[&str]| {
        let folder = folder(config);
        let log = root().join("fixtures/demo.jsonl");
        let args = [&["fit", log.to_str().unwrap(), "-o", "m.json", "-q"], flags].concat();
        let output = run(&folder, &args);
        assert_eq!(output.status, Some(0), "{output:?}");
        let model = fs::read_to_string(folder.path().join("m.json")).unwrap();
        serde_json::from_str::<Value>(&model).unwrap()["threshold"].clone()
    };
    assert_eq!(fit(&[]), Value::Null);
    assert!(fit(&["--target-coverage", "0.8"]).is_number());
    let alone = refusal("version = 1\n[metrics]\ncost_abstain = 1\n");
    assert!(alone.contains("--cost-wrong"), "{alone}");
    let below = refusal("version = 1\n[metrics]\ncost_wrong = -1\n");
    assert!(
        below.contains("E204") || below.contains("cost_wrong"),
        "{below}"
    );
    assert!(below.contains("calib.toml:3"), "{below}");
}

/// The long flags of a group of arguments.
fn flags<A: Args>() -> Vec<String> {
    let command = A::augment_args(clap::Command::new("calib"));
    let flags = command.get_arguments().filter_map(|arg| arg.get_long());
    flags.map(str::to_owned).collect()
}

#[test]
fn every_flag_of_reading_and_of_figures_is_a_key() {
    let keys = configuration::keys();
    let names = |keys: &[Key]| -> Vec<String> { keys.iter().map(|key| key.flag.clone()).collect() };
    // Of the machine, not of the project; or they name the file itself.
    let apart = ["threads", "no-progress", "config", "no-config"];
    let mut input = flags::<InputArgs>();
    for flag in apart {
        assert!(input.iter().any(|known| known == flag), "{flag}");
    }
    input.retain(|flag| !apart.contains(&flag.as_str()));
    assert_eq!(names(&keys.input), input);
    let metrics = [flags::<ViewArgs>(), flags::<CostArgs>()].concat();
    assert_eq!(names(&keys.metrics), metrics);
    // A section of [input] is a preset or a key, never both.
    for name in &keys.presets {
        assert!(!keys.input.iter().any(|key| key.name() == *name), "{name}");
    }
    for command in Cli::command().get_subcommands() {
        let reads = command
            .get_arguments()
            .any(|arg| arg.get_id() == "mappings");
        let finds = command.get_arguments().any(|arg| arg.get_id() == "config");
        assert_eq!(reads, finds, "{}", command.get_name());
    }
}

/// A value for every key that changes what the report, or the reading, says.
const EVERY: &str = "version = 1
[input]
map = { confidence = 'p' }
preset = 'none'
records = 'rows'
not = ['correct']
const = { kind = 'safety' }
extract = { grade = '(.)@ok' }
join = 'labels.csv'
confidence_scale = 'percent'
missing_confidence = 'error'
where = { task = 'a' }
id = 'task'
cluster = 'task'
max_bad_rows = '1%'
max_line = '2MiB'
max_bytes = '3MiB'
softmax = 'lp'
pairs = 'a*=b*'
as = 'task'
[metrics]
by = ['task']
bins = 3
binning = 'equal-mass'
edges = 'left'
level = 0.5
resamples = 200
seed = 3
partial = 'answer'
compat = ['hle']
rates = 'clopper-pearson'
judge_sens = 0.9
judge_spec = '0.9:10'
cost_wrong = 3
cost_abstain = 0.5
";

#[test]
fn every_key_reaches_its_flag() {
    let keys = configuration::keys();
    let config = Config::parse("calib.toml", EVERY, &keys).unwrap();
    let given = |settings: &[Setting]| -> Vec<String> {
        settings
            .iter()
            .map(|setting| setting.flag.clone())
            .collect()
    };
    let known = |keys: &[Key]| -> Vec<String> { keys.iter().map(|key| key.flag.clone()).collect() };
    assert_eq!(given(&config.input), known(&keys.input), "no key untested");
    assert_eq!(given(&config.metrics), known(&keys.metrics));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calib.toml");
    for (section, settings) in [("input", &config.input), ("metrics", &config.metrics)] {
        for Setting { flag, line, .. } in settings {
            // Some contradict each other, so each stands by itself, with the flag that it needs.
            let needed = match flag.as_str() {
                "as" => vec!["--pairs=a*=b*"],
                "judge-sens" => vec!["--judge-spec=0.9"],
                "judge-spec" => vec!["--judge-sens=0.9"],
                "cost-abstain" => vec!["--cost-wrong=1"],
                _ => vec![],
            };
            let text = format!("version = 1\n[{section}]\n{line}\n");
            fs::write(&file, &text).unwrap();
            let path = file.to_str().unwrap();
            let alone = Config::parse(path, &text, &keys).unwrap();
            let argument = alone.input.iter().chain(&alone.metrics).next();
            let argument = argument.unwrap().argument();
            let by_file = understood(&[&["--config", path], &needed[..]].concat());
            let by_flag = understood(&[&["--no-config", &argument], &needed[..]].concat());
            assert_eq!(by_file, by_flag, "{flag}");
            // Those of a judge need each other: neither can be left out alone.
            let left = match flag.starts_with("judge") {
                true => vec![],
                false => needed,
            };
            let silent = understood(&[&["--no-config"], &left[..]].concat());
            assert_ne!(by_file, silent, "{flag} changes nothing");
        }
    }
}

/// What `calib audit x` with these flags is taken to mean, whatever says so.
fn understood(flags: &[&str]) -> String {
    let line = [&["calib", "audit", "x"], flags].concat();
    let line = line.into_iter().map(OsString::from).collect();
    let mut cli = configuration::parse(line).unwrap();
    if let Command::Audit(args) = &mut cli.command {
        args.input.config.config = None;
        args.input.config.no_config = false;
        args.input.config.used = None;
    }
    format!("{cli:?}")
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let schema = calib().args(["schema", "config"]).run().json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let takes = |text: &str| {
        let tree: toml::Table = toml::from_str(text).unwrap();
        validator.is_valid(&serde_json::to_value(tree).unwrap())
    };
    let gate =
        "[gate]\nalpha = 0.05\ncorrection = 'holm'\n[[gate.rule]]\nmetric = 'brier'\nmax = 1\n";
    assert!(takes(&format!("{EVERY}{gate}")));
    assert!(takes(MAPPED));
    for refused in [
        "[input]\n",
        "version = 1\n[metrics]\nbin = 3\n",
        "version = 1\n[metrics]\nbins = '15'\n",
        "version = 1\n[metrics]\nbinning = 'equal-with'\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\n",
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax = 1\nmin = 0\n",
    ] {
        assert!(!takes(refused), "{refused}");
        refusal(refused);
    }
}
