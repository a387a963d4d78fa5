//! `calib init` and the files for CI: what a newcomer is given runs as it stands, as far as a machine without a network can.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::common::{calib, root};

/// Runs a script in a folder, with the program on the path and a stand-in for the installer.
fn bash(folder: &Path, script: &str, variables: &[(&str, &str)]) -> Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_calib"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut command = Command::new("bash");
    command
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env("PATH", path);
    command
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("COLUMNS", "80");
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The script of the step with this name: what is indented below its `run:`.
fn script(yaml: &str, step: &str) -> String {
    let rest = yaml.split_once(&format!("name: {step}\n")).unwrap().1;
    let rest = rest.split_once("run: ").unwrap().1;
    let (first, rest) = rest.split_once('\n').unwrap();
    if first != "|" {
        return first.to_owned();
    }
    let indent = rest.len() - rest.trim_start().len();
    let lines = rest.lines().take_while(|line| {
        line.trim().is_empty() || line.len() - line.trim_start().len() >= indent
    });
    lines
        .map(|line| line.trim_start().to_owned() + "\n")
        .collect()
}

#[test]
fn what_a_newcomer_is_given_runs_as_it_stands_and_gates_the_demo_log() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let page = calib()
        .within(folder)
        .args(["init", "--demo"])
        .run()
        .report();
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert!(commands.len() > 3, "{page}");
    for command in &commands {
        let output = bash(folder, command, &[]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{command}: {}",
            text(&output)
        );
    }
    let workflow = fs::read_to_string(folder.join(".github/workflows/calib.yml")).unwrap();
    let log = workflow
        .lines()
        .find_map(|line| line.trim().strip_prefix("LOG: "))
        .unwrap();
    let gate = script(&workflow, "Gate");
    let good = bash(folder, &gate, &[("LOG", log)]);
    assert_eq!(good.status.code(), Some(0), "{gate}: {}", text(&good));
    // The gate is no decoration: a limit that the log breaks fails the job.
    let settings = fs::read_to_string(folder.join("calib.toml")).unwrap();
    fs::write(
        folder.join("calib.toml"),
        settings.replace("max = 0.3", "max = 0.1"),
    )
    .unwrap();
    let bad = bash(folder, &gate, &[("LOG", log)]);
    assert_eq!(bad.status.code(), Some(1), "{}", text(&bad));
    assert!(
        text(&bad).contains("::error file=calib.toml"),
        "{}",
        text(&bad)
    );
}

#[test]
fn files_that_are_there_are_not_replaced_unless_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let run = |flags: &[&str]| {
        calib()
            .within(folder.path())
            .args(["init"])
            .args(flags)
            .run()
    };
    fs::write(folder.path().join("calib.toml"), "mine").unwrap();
    let refused = run(&[]);
    assert_eq!(refused.status, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("already there: calib.toml"),
        "{refused:?}"
    );
    assert!(!folder.path().join(".github").exists());
    assert_eq!(
        fs::read_to_string(folder.path().join("calib.toml")).unwrap(),
        "mine"
    );
    assert_eq!(run(&["--force"]).status, Some(0));
    assert!(
        fs::read_to_string(folder.path().join("calib.toml"))
            .unwrap()
            .contains("[[gate.rule]]")
    );
}

#[test]
fn the_action_gates_and_takes_its_inputs_for_text() {
    let yaml = fs::read_to_string(root().join("action.yml")).unwrap();
    let folder = TempDir::new().unwrap();
    fs::copy(
        root().join("fixtures/demo.jsonl"),
        folder.path().join("-log $(touch oops).jsonl"),
    )
    .unwrap();
    let install = bash(
        folder.path(),
        &script(&yaml, "Install calib"),
        &[("VERSION", "")],
    );
    assert_eq!(install.status.code(), Some(0), "{}", text(&install));
    let gate = script(&yaml, "Gate");
    assert!(
        !gate.contains("${{"),
        "an input is part of the script: {gate}"
    );
    for (limit, status) in [("0.9", 0), ("0.01", 1)] {
        let arguments = format!("--rule brier.max={limit} --no-config");
        let inputs = [
            ("LOG", "-log $(touch oops).jsonl"),
            ("BASELINE", ""),
            ("CONFIG", ""),
            ("ARGS", &*arguments),
        ];
        let output = bash(folder.path(), &gate, &inputs);
        assert_eq!(output.status.code(), Some(status), "{}", text(&output));
    }
    assert!(!folder.path().join("oops").exists());
}

#[test]
fn the_hook_and_the_gitlab_job_run_the_gate() {
    let folder = TempDir::new().unwrap();
    fs::copy(
        root().join("fixtures/demo.jsonl"),
        folder.path().join("predictions.jsonl"),
    )
    .unwrap();
    fs::write(
        folder.path().join("calib.toml"),
        "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax = 0.5\n",
    )
    .unwrap();
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entry = hooks
        .lines()
        .find_map(|line| line.trim().strip_prefix("entry: "))
        .unwrap();
    let hook = bash(folder.path(), &format!("{entry} predictions.jsonl"), &[]);
    assert_eq!(hook.status.code(), Some(0), "{}", text(&hook));
    let job = fs::read_to_string(root().join("docs/ci/gitlab.yml")).unwrap();
    let lines: Vec<&str> = job
        .lines()
        .filter_map(|line| line.strip_prefix("    - "))
        .collect();
    let job = bash(
        folder.path(),
        &lines.join("\n"),
        &[("LOG", "predictions.jsonl")],
    );
    assert_eq!(job.status.code(), Some(0), "{}", text(&job));
    let report = fs::read(folder.path().join("gl-code-quality-report.json")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&report).unwrap();
    assert!(folder.path().join("calib.xml").exists());
}
