//! The program as a person or a script meets it: exit codes, streams, files, colour, width, whole pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use calib::exit::Exit;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::common::{Calib, Output, audit, calib, root};

const DEMO: &str = "fixtures/demo.jsonl";
const TINY: &str = r#"{"id":"a","confidence":0.9,"correct":true,"should_abstain":false,"abstained":false}
{"id":"b","confidence":0.6,"correct":false,"should_abstain":false,"abstained":false}
{"id":"c","should_abstain":true,"abstained":true}
{"id":"d","confidence":0.5,"correct":0.5,"should_abstain":true,"abstained":false}
"#;

/// A folder that holds `tiny.jsonl`.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tiny.jsonl"), TINY).unwrap();
    folder
}

fn demo(flags: &[&str]) -> Calib {
    audit([DEMO]).args(flags)
}

/// The command line, what standard input holds, how it ends, and what standard error says.
type Ending = (&'static [&'static str], &'static str, i32, &'static str);

const ENDINGS: &[Ending] = &[
    (&["audit", DEMO], "", 0, ""),
    (&["audit", "-"], TINY, 0, ""),
    (&["audit", DEMO, "run=-"], TINY, 0, ""),
    (&["explain"], "", 0, ""),
    (&["--help"], "", 0, ""),
    (&["--version"], "", 0, ""),
    (&["audit", "--help"], "", 0, ""),
    // Usage.
    (&[], "", 2, "Usage: calib"),
    (&["audit"], "", 2, "required arguments"),
    (
        &["audit", DEMO, "--nonsense"],
        "",
        2,
        "unexpected argument '--nonsense'",
    ),
    (
        &["audit", DEMO, "--bins", "0"],
        "",
        2,
        "0 is not in 1..=1000",
    ),
    (
        &["audit", DEMO, "--level", "95"],
        "",
        2,
        "expected a number between 0 and 1; for 95 %, write 0.95",
    ),
    (
        &["audit", DEMO, "--level", "0"],
        "",
        2,
        "expected a number between 0 and 1, for example 0.95",
    ),
    (
        &["audit", DEMO, "--max-bad-rows", "1.5"],
        "",
        2,
        "expected a number of rows",
    ),
    (
        &["audit", DEMO, "--width", "3"],
        "",
        2,
        "3 is not in 40..=400",
    ),
    (
        &["audit", DEMO, "-o", "json=-"],
        "",
        2,
        "for standard output, use --format",
    ),
    (
        &["audit", DEMO, "-j", "5000"],
        "",
        2,
        "5000 is not in 0..=1024",
    ),
    (
        &["audit", DEMO, "-o", "report.json"],
        "",
        2,
        "expected FORMAT=PATH",
    ),
    (&["audit", DEMO, "--by", "tusk"], "", 2, "error[E202]"),
    (&["audit", DEMO, "--by", "tusk"], "", 2, "`tusk`"),
    (
        &["audit", DEMO, "--where", "tusk=law"],
        "",
        2,
        "error[E202]",
    ),
    (&["audit", DEMO, "--cluster", "tusk"], "", 2, "error[E202]"),
    (
        &["audit", DEMO, "--map", "confidence=tusk"],
        "",
        2,
        "error[E202]",
    ),
    (&["audit", DEMO, "--map", "tusk=confidence"], "", 2, "tusk"),
    (
        &["audit", DEMO, "--map", "id=task", "--id", "task"],
        "",
        2,
        "mapped twice",
    ),
    (
        &["audit", "-", "run=-"],
        TINY,
        2,
        "standard input is named twice",
    ),
    (&["explain", "breir"], "", 2, "did you mean `brier`?"),
    // Commands and formats that are not built are no more than usage errors.
    (&["tune", DEMO], "", 2, "unrecognized subcommand 'tune'"),
    (&["gate", DEMO], "", 2, "there is nothing to judge by"),
    // Verdicts have their own tests: they are printed, whatever they are.
    (&["gate", DEMO, "--rule", "brier.max=0.9"], "", 0, ""),
    (
        &["audit", DEMO, "-f", "html"],
        "",
        2,
        "possible values: text, json",
    ),
    (
        &["audit", DEMO, "-o", "html=report.html"],
        "",
        2,
        "`html` is not a format",
    ),
    // Input.
    (&["audit", "nothing.jsonl"], "", 3, "error[E401]"),
    (&["audit", "nothing*.jsonl"], "", 3, "error[E401]"),
    (&["audit", "-"], "", 3, "error[E404]"),
    (
        &["audit", "-"],
        "{\"confidence\":1.5,\"correct\":true}\n",
        3,
        "-:1:",
    ),
    (
        &["audit", "-"],
        "{\"confidence\":1.5,\"correct\":true}\n",
        3,
        "error[E103]",
    ),
    (
        &["audit", "-"],
        "{\"confidence\":0.5,\"correct\":true}\n{\"conf",
        3,
        "-:2",
    ),
    (
        &["audit", "-", "--max-bad-rows", "1"],
        "{\"confidence\":2,\"correct\":1}\n",
        3,
        "rows read 1 = 0 used",
    ),
    (&["audit", "-"], "{\"name\":\"x\"}\n", 3, "error[E409]"),
    (
        &["audit", DEMO, "--where", "task=none of them"],
        "",
        3,
        "no row has the value that --where asks for",
    ),
];

#[test]
fn every_exit_code_means_what_is_documented() {
    for &(arguments, stdin, status, says) in ENDINGS {
        let run = calib().args(arguments).stdin(stdin).run();
        assert_eq!(run.status, Some(status), "{arguments:?} {run:?}");
        assert!(
            run.stderr.contains(says),
            "{arguments:?} does not say {says:?}: {run:?}"
        );
        // Reports go to standard output, everything else to standard error.
        assert_eq!(run.stdout.is_empty(), status != 0, "{arguments:?} {run:?}");
        assert_eq!(run.stderr.is_empty(), status == 0, "{arguments:?} {run:?}");
    }
}

#[test]
fn every_exit_code_is_documented() {
    let page = fs::read_to_string(root().join("docs/exit-codes.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| code"));
    let documented: Vec<_> = rows
        .map(|row| row.split('|').nth(1).unwrap().trim())
        .collect();
    let codes = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Input,
        Exit::Undecided,
        Exit::Output,
        Exit::Bug,
    ]
    .map(Exit::code);
    assert_eq!(documented, codes.map(|code| code.to_string()));
}

#[test]
fn tolerated_bad_rows_are_listed_beside_the_report() {
    let rows = format!("{TINY}{{\"confidence\":7,\"correct\":true}}\n");
    let run = audit(["-", "-f", "json", "--max-bad-rows", "1"])
        .stdin(rows)
        .run();
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(
        run.stderr.contains("error[E103]") && run.stderr.contains("-:5:"),
        "{run:?}"
    );
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["inputs"][0]["rows"]["skipped"]["out_of_range"], 1);
    assert_eq!(report["inputs"][0]["rows"]["read"], 5);
}

#[cfg(unix)]
#[test]
fn a_reader_that_closed_the_pipe_changes_nothing() {
    for arguments in [
        &["audit", DEMO][..],
        &["audit", DEMO, "-f", "json"],
        &["explain"],
        &["explain", "brier"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = calib().args(arguments).stdout_to(writer);
        assert_eq!(
            (run.status, run.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_neither_double_nor_lose_rows() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    symlink(".", folder.path().join("again")).unwrap();
    let report = audit([".", "-f", "json"])
        .within(folder.path())
        .run()
        .json();
    let paths: Vec<_> = report["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["path"])
        .collect();
    assert_eq!(paths, ["./tiny.jsonl"]);
    // A shard that is gone must not be missed in silence.
    symlink("nowhere", folder.path().join("gone.jsonl")).unwrap();
    for log in [".", "*.jsonl"] {
        let run = audit([log]).within(folder.path()).run();
        assert_eq!(run.status, Some(3), "{log} {run:?}");
        assert!(run.stderr.contains("gone.jsonl"), "{log} {run:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for arguments in [
        &["audit", DEMO][..],
        &["audit", DEMO, "-f", "json"],
        &["explain"],
        &["explain", "E103"],
        &["--help"],
        &["--version"],
    ] {
        let run = calib().args(arguments).stdout_to(full());
        assert_eq!(run.status, Some(5), "{arguments:?} {run:?}");
        assert!(run.stderr.contains("error[E410]"), "{arguments:?} {run:?}");
    }
    let run = demo(&["-o", "json=/dev/full"]).run();
    assert_eq!((run.status, run.stdout.as_str()), (Some(5), ""), "{run:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_output_that_has_no_place_is_said() {
    let folder = folder();
    fs::create_dir(folder.path().join("taken")).unwrap();
    for place in ["missing/report.json", "tiny.jsonl/report.json", "taken"] {
        let run = audit(["tiny.jsonl", "-o", &format!("json={place}")])
            .within(folder.path())
            .run();
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (Some(5), ""),
            "{place} {run:?}"
        );
        assert!(
            run.stderr.contains("error[E410]") && run.stderr.contains(place),
            "{run:?}"
        );
    }
    assert_eq!(names(folder.path()), ["taken", "tiny.jsonl"]);
}

#[test]
fn several_reports_are_written_in_one_pass() {
    let folder = folder();
    let flags = ["tiny.jsonl", "-o", "json=a.json", "-o", "text=b.txt"];
    let stdout = audit(flags).within(folder.path()).run().report();
    let written = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(names(folder.path()), ["a.json", "b.txt", "tiny.jsonl"]);
    assert_eq!(written("b.txt"), stdout);
    assert_eq!(
        written("a.json"),
        audit(["tiny.jsonl", "-f", "json"])
            .within(folder.path())
            .run()
            .report()
    );
}

/// Runs with files limited to no bytes at all, so that writing fails after the file was made.
#[cfg(unix)]
fn without_room(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new("sh")
        .args([
            "-c",
            r#"trap '' XFSZ; ulimit -f 0; exec "$0" "$@""#,
            env!("CARGO_BIN_EXE_calib"),
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    Output {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let folder = folder();
    fs::write(folder.path().join("report.json"), "yesterday's").unwrap();
    let run = without_room(
        folder.path(),
        &["audit", "tiny.jsonl", "-o", "json=report.json"],
    );
    assert_eq!(run.status, Some(5), "{run:?}");
    assert!(run.stderr.contains("error[E410]"), "{run:?}");
    assert_eq!(names(folder.path()), ["report.json", "tiny.jsonl"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("report.json")).unwrap(),
        "yesterday's"
    );
}

#[cfg(unix)]
#[test]
fn a_report_keeps_its_readers_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let (report, link) = ("report.json", "latest.json");
    let place = |name| folder.path().join(name);
    fs::write(place(report), "yesterday's").unwrap();
    fs::set_permissions(place(report), fs::Permissions::from_mode(0o600)).unwrap();
    symlink(report, place(link)).unwrap();
    audit(["tiny.jsonl", "-o", "json=latest.json"])
        .within(folder.path())
        .run()
        .report();
    assert!(fs::symlink_metadata(place(link)).unwrap().is_symlink());
    assert!(
        fs::read_to_string(place(report))
            .unwrap()
            .contains("calib.report/1")
    );
    assert_eq!(
        fs::metadata(place(report)).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(names(folder.path()), [link, report, "tiny.jsonl"]);
}

#[test]
fn a_refused_log_leaves_the_previous_report_alone() {
    let folder = folder();
    fs::write(folder.path().join("report.json"), "yesterday's").unwrap();
    fs::write(
        folder.path().join("bad.jsonl"),
        "{\"confidence\":7,\"correct\":true}\n",
    )
    .unwrap();
    let run = audit(["bad.jsonl", "-o", "json=report.json"])
        .within(folder.path())
        .run();
    assert_eq!(run.status, Some(3), "{run:?}");
    assert_eq!(
        fs::read_to_string(folder.path().join("report.json")).unwrap(),
        "yesterday's"
    );
}

#[test]
fn a_report_never_overwrites_a_log() {
    let folder = folder();
    #[cfg(unix)]
    std::os::unix::fs::symlink("tiny.jsonl", folder.path().join("link.jsonl")).unwrap();
    let unix: &[(&str, &str)] = &[("tiny.jsonl", "link.jsonl"), ("link.jsonl", "tiny.jsonl")];
    let everywhere = [
        ("tiny.jsonl", "tiny.jsonl"),
        ("tiny.jsonl", "./tiny.jsonl"),
        ("a=t*y.jsonl", "tiny.jsonl"),
        (".", "tiny.jsonl"),
    ];
    for (log, output) in everywhere.iter().chain(unix.iter().filter(|_| cfg!(unix))) {
        // The report that could be written before the one refused must not be there either.
        let output = format!("json={output}");
        let run = audit([log, "-o", "text=first.txt", "-o", &output])
            .within(folder.path())
            .run();
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (Some(2), ""),
            "{log} {output} {run:?}"
        );
        assert!(run.stderr.contains("would overwrite the log"), "{run:?}");
        assert_eq!(
            fs::read_to_string(folder.path().join("tiny.jsonl")).unwrap(),
            TINY
        );
        assert!(!folder.path().join("first.txt").exists(), "{log} {output}");
    }
}

/// Text without the sequences that colour it.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').unwrap().1)
}

/// The environment, flags, and whether a report that goes to no terminal is coloured.
type Colouring = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    bool,
);

#[test]
fn colour_follows_flags_and_environment() {
    let table: &[Colouring] = &[
        (&[], &[], false),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("NO_COLOR", "1")], &[], false),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[], false),
        (&[("TERM", "dumb")], &[], false),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false),
        (&[], &["--color", "always"], true),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("CLICOLOR_FORCE", "1")], &["-f", "json"], false),
    ];
    let uncoloured = demo(&[]).run().report();
    for (variables, flags, coloured) in table {
        let run = variables
            .iter()
            .fold(demo(flags), |run, (name, value)| run.env(name, value));
        let report = run.run().report();
        assert_eq!(
            report.contains('\u{1b}'),
            *coloured,
            "{variables:?} {flags:?}"
        );
        // Colour never says what words do not.
        assert!(
            !*coloured || plain(&report) == uncoloured,
            "{variables:?} {flags:?}"
        );
    }
}

#[test]
fn a_page_keeps_to_its_width() {
    for width in [40, 60, 72, 80, 100, 120, 200] {
        let text = width.to_string();
        let page = demo(&["--by", "task", "--width", &text]).run().report();
        let widest = page.lines().max_by_key(|line| line.width()).unwrap();
        assert!(widest.width() <= width, "{widest:?} is wider than {width}");
        let columns = demo(&["--by", "task"]).env("COLUMNS", &text).run().report();
        assert_eq!(page, columns, "COLUMNS={text}");
        let flag_wins = demo(&["--by", "task", "--width", &text])
            .env("COLUMNS", "90")
            .run();
        assert_eq!(page, flag_wins.report(), "{text}");
    }
}

#[test]
fn nonsense_in_the_environment_is_no_error() {
    let page = demo(&[]).run().report();
    for columns in ["", "wide", "-5", "99999999"] {
        assert_eq!(
            demo(&[]).env("COLUMNS", columns).run().report(),
            page,
            "{columns:?}"
        );
    }
    for columns in ["0", "1", "39", "65535"] {
        assert_eq!(
            demo(&[]).env("COLUMNS", columns).run().status,
            Some(0),
            "{columns:?}"
        );
    }
}

#[test]
fn ascii_is_ascii() {
    let ascii = demo(&["--ascii", "--by", "task", "--all"]).run().report();
    assert!(ascii.is_ascii(), "{ascii}");
    let table: &[(&[(&str, &str)], bool)] = &[
        (&[("LC_ALL", "C")], true),
        (&[("LANG", "POSIX")], true),
        (&[("LC_CTYPE", "C"), ("LANG", "de_CH.UTF-8")], true),
        (&[("LC_ALL", "C.UTF-8"), ("LANG", "C")], false),
        (&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")], false),
        (&[], false),
    ];
    for (variables, expected) in table {
        let run = demo(&["--by", "task", "--all"]);
        let report = variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
            .run()
            .report();
        assert_eq!(report.is_ascii(), *expected, "{variables:?}");
        assert!(!*expected || report == ascii, "{variables:?}");
    }
}

#[test]
fn names_in_other_scripts_become_ascii_too() {
    let rows = "{\"task\":\"物理\",\"confidence\":0.9,\"correct\":true}\n".repeat(3);
    let report = audit(["naïve=-", "--ascii", "--by", "task"])
        .stdin(rows)
        .run()
        .report();
    assert!(report.is_ascii(), "{report}");
}

/// Text without what a release changes.
fn steady(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

#[test]
fn whole_pages_look_like_this() {
    let pages: &[(&str, &[&str])] = &[
        ("help", &["--help"]),
        ("audit_help", &["audit", "--help"]),
        ("explain", &["explain"]),
        ("explain_brier", &["explain", "brier"]),
        ("explain_e103", &["explain", "E103"]),
        ("demo_60", &["audit", DEMO, "--width", "60"]),
        ("demo_80", &["audit", DEMO]),
        ("demo_120", &["audit", DEMO, "--width", "120"]),
        ("demo_ascii", &["audit", DEMO, "--ascii"]),
        ("demo_by_task", &["audit", DEMO, "--by", "task"]),
        ("tiny_json", &["audit", "tiny=-", "-f", "json"]),
    ];
    for (name, arguments) in pages {
        let page = calib().args(*arguments).stdin(TINY).run().report();
        insta::assert_snapshot!(*name, steady(&page));
    }
}

#[test]
fn whole_errors_look_like_this() {
    let errors: &[(&str, &[&str], &str)] = &[
        (
            "error_bad_rows",
            &["audit", "-"],
            "{\"confidence\":87,\"correct\":true}\n[1]\n",
        ),
        ("error_no_file", &["audit", "nothing.jsonl"], ""),
        ("error_unknown_field", &["audit", DEMO, "--by", "tsk"], ""),
        (
            "error_no_role",
            &["audit", "-"],
            "{\"confidnce\":0.5,\"name\":\"x\"}\n",
        ),
        ("error_usage", &["audit", DEMO, "--bin", "3"], ""),
    ];
    for (name, arguments, stdin) in errors {
        let run = calib().args(*arguments).stdin(*stdin).run();
        insta::assert_snapshot!(*name, run.stderr);
    }
}

/// A log in the shape of a safety evaluation: labels and refusals, no confidence.
fn refusals() -> String {
    let rows = (0..60).map(|row| {
        let label = ["1_full_compliance", "2_full_refusal", "3_partial_refusal"][row % 3];
        format!("v{row},{},{label}\n", row.is_multiple_of(2))
    });
    "id,should_refuse,final_label\n".to_owned() + &rows.collect::<String>()
}

/// A log in the shape of a question set: confidences in a few values, no labels.
fn answers() -> String {
    let row = |row: usize| {
        let confidence = [0.5, 0.8, 0.95, 1.0][row % 4];
        format!(
            "{{\"id\":\"{row}\",\"confidence\":{confidence},\"correct\":{},\"conf_format_ok\":true}}\n",
            !row.is_multiple_of(3)
        )
    };
    (0..120).map(row).collect()
}

#[test]
fn json_reports_follow_their_schema() {
    let schema = fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let demo_rows = fs::read_to_string(root().join(DEMO)).unwrap();
    let constant = "{\"confidence\":1,\"correct\":false}\n";
    let logs: &[(&str, &[&str])] = &[
        (
            &demo_rows,
            &["--by", "task,kind", "--where", "kind=epistemic"],
        ),
        (
            &demo_rows,
            &[
                "--all",
                "--cluster",
                "task",
                "--confidence-scale",
                "0,2",
                "--bins",
                "1",
            ],
        ),
        (&refusals(), &["--partial", "answer"]),
        (&answers(), &["--edges", "left", "--bins", "10"]),
        (TINY, &["--level", "0.9", "--seed", "18446744073709551615"]),
        (constant, &["--binning", "equal-mass", "--resamples", "10"]),
        (TINY, &["--rates", "clopper-pearson"]),
    ];
    for (log, flags) in logs {
        let report = audit(["-", "-f", "json"])
            .args(*flags)
            .stdin(*log)
            .run()
            .json();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{flags:?}: {errors:#?}");
    }
    let mut broken = audit(["-", "-f", "json"]).stdin(TINY).run().json();
    broken["runs"][0]["groups"][0]["metrics"]["brier"]["value"] = "high".into();
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

#[test]
fn the_same_bytes_in_give_the_same_bytes_out() {
    for format in ["text", "json"] {
        let run = || demo(&["--by", "task", "-f", format]).run().report();
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn quiet_drops_the_hints_and_nothing_else() {
    let page = demo(&[]).run().report();
    let quiet = demo(&["--quiet"]).run().report();
    let (figures, hints) = page.split_at(quiet.trim_end().len());
    assert_eq!(figures, quiet.trim_end());
    assert!(hints.trim_start().starts_with("next"), "{hints}");
}

#[test]
fn proportions_carry_the_interval_asked_for() {
    let report = |flags: &[&str]| {
        audit(["-", "-f", "json"])
            .args(flags)
            .stdin(TINY)
            .run()
            .json()
    };
    let (usual, exact) = (report(&[]), report(&["--rates", "clopper-pearson"]));
    assert_eq!(usual["settings"]["rates"], "wilson");
    assert_eq!(exact["settings"]["rates"], "clopper-pearson");
    let coverage = |report: &serde_json::Value| {
        let estimate = &report["runs"][0]["groups"][0]["metrics"]["coverage"];
        let width = estimate["high"].as_f64().unwrap() - estimate["low"].as_f64().unwrap();
        (estimate["method"].as_str().unwrap().to_owned(), width)
    };
    let ((wilson, narrow), (beta, wide)) = (coverage(&usual), coverage(&exact));
    assert_eq!(
        (wilson.as_str(), beta.as_str()),
        ("Wilson", "Clopper-Pearson")
    );
    assert!(wide > narrow, "{wide} {narrow}");
    // The bins of the reliability table follow.
    let high = |report: &serde_json::Value| {
        let bins = &report["runs"][0]["groups"][0]["reliability"];
        bins.as_array().unwrap().last().unwrap()["low"].clone()
    };
    assert!(high(&exact).as_f64() < high(&usual).as_f64());
}
