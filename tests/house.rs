//! The rules of the house, read from the sources: who may import whom, who touches the system, and how long things get.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::root;

/// Longest file, tests apart.
const FILE_LINES: usize = 400;
/// Longest function.
const FUNCTION_LINES: usize = 60;

/// A room, and the modules it may import. A row for a part of a room (`report::build`) goes before the room's own;
/// every room may import itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("exit", &[]),
    ("maths", &[]),
    ("record", &[]),
    ("codes", &["exit"]),
    ("render::escape", &[]),
    ("error", &["codes", "exit", "render::escape"]),
    ("evidence", &["maths", "record"]),
    (
        "settings",
        &[
            "evidence::Partial",
            "inference::misclassification::Judge",
            "inference::sample::Rates",
        ],
    ),
    (
        "config",
        &["codes", "error", "input::nearest", "record::Kind"],
    ),
    ("input", &["codes", "error", "record"]),
    ("ingest", &["codes", "error", "evidence", "input", "record"]),
    ("state", &["codes", "error", "evidence", "input", "record"]),
    ("synth", &["maths"]),
    ("inference", &["evidence", "maths"]),
    (
        "report::build",
        &["evidence", "metrics", "objectives", "report", "settings"],
    ),
    (
        "report::multiplicity",
        &[
            "inference",
            "metrics",
            "objectives",
            "record::Kind",
            "report",
        ],
    ),
    (
        "report::comparing",
        &[
            "comparison",
            "inference",
            "metrics",
            "record",
            "report",
            "settings",
        ],
    ),
    ("report", &["inference::Interval"]),
    (
        "metrics",
        &[
            "evidence",
            "inference",
            "maths",
            "record",
            "report",
            "settings",
        ],
    ),
    (
        "objectives",
        // Policies that go by recalibrated confidences are judged on curves fitted out of fold.
        &[
            "evidence",
            "inference",
            "maths",
            "metrics",
            "recalibrate",
            "record",
            "report",
            "settings",
        ],
    ),
    (
        "comparison",
        &[
            "evidence",
            "inference",
            "maths",
            "metrics",
            "record",
            "settings",
        ],
    ),
    (
        "gate",
        &[
            "comparison",
            "config",
            "error",
            "evidence",
            "input::nearest",
            "maths",
            "metrics",
            "record",
            "report",
            "settings",
        ],
    ),
    (
        "recalibrate",
        &[
            "codes",
            "error",
            "evidence",
            "inference",
            "input",
            "maths",
            "record",
            "report::Estimate",
        ],
    ),
    ("chart", &["report"]),
    (
        "render",
        // Some warnings, by their codes, stand before the figures.
        &[
            "chart",
            "codes",
            "recalibrate",
            "record::Confidence",
            "report",
        ],
    ),
    (
        "cli",
        &[
            "commands",
            "config",
            "inference::misclassification::Rating",
            "input",
            "settings",
        ],
    ),
    (
        "commands",
        &[
            "cli",
            "codes",
            "config",
            "comparison",
            "error",
            "evidence",
            "exit",
            "gate",
            "inference",
            "ingest",
            "input",
            "metrics",
            "objectives",
            "recalibrate",
            "record",
            "render",
            "report",
            "settings",
            "state",
            "synth",
        ],
    ),
];

/// What only some files may touch: the words, the paths that may hold them, and why.
const SYSTEM: &[(&[&str], &[&str], &str)] = &[
    (
        &["rayon::"],
        &["ingest.rs", "inference/"],
        "threads are ingest's, replicates inference's",
    ),
    (
        &["std::thread", "Mutex"],
        &["ingest.rs", "commands/progress.rs"],
        "threads are ingest's",
    ),
    (
        &["io::stdout", "io::stderr", "std::env::", "env::var"],
        &["commands/", "lib.rs", "main.rs"],
        "commands own the streams and the environment",
    ),
    (&["io::stdin"], &["input/source"], "bytes enter by one door"),
    (
        &["std::fs", "fs::", "File::"],
        &["input/source", "input/seekable.rs", "commands/"],
        "a metric never opens a file",
    ),
    (
        &["println!", "eprintln!", "print!(", "dbg!"],
        &[],
        "output is written where errors are seen",
    ),
    (&["anyhow"], &["commands/", "main.rs"], "errors have types"),
    (&["process::exit"], &[], "main returns its exit code"),
    (
        &["SystemTime", "Instant::"],
        &["commands/", "input/source", "input/seekable.rs"],
        "the same bytes in give the same bytes out",
    ),
];

/// A source file without its tests.
struct Source {
    /// Path below `src/`.
    path: String,
    /// Module path, empty for the crate's root.
    module: Vec<String>,
    /// Its lines, comments blanked.
    lines: Vec<String>,
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    found.sort();
    let texts: Vec<_> = found
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let test_modules = test_modules(&texts);
    let sources = found
        .iter()
        .zip(&texts)
        .map(|(path, text)| source(&src, path, text));
    sources
        .filter(|source| {
            let name = source.module.last().cloned().unwrap_or_default();
            !test_modules.contains(&name)
        })
        .collect()
}

/// Names of modules in files of their own that are compiled for tests only.
fn test_modules(texts: &[String]) -> Vec<String> {
    texts
        .iter()
        .flat_map(|text| text.lines().zip(text.lines().skip(1)))
        .filter(|(line, _)| line.trim() == "#[cfg(test)]")
        .filter_map(|(_, next)| next.strip_suffix(';')?.split_once("mod "))
        .map(|(_, name)| name.to_owned())
        .collect()
}

fn source(src: &Path, path: &Path, text: &str) -> Source {
    let path = path
        .strip_prefix(src)
        .unwrap()
        .to_str()
        .unwrap()
        .replace('\\', "/");
    let module = path.trim_end_matches(".rs").split('/').map(str::to_owned);
    let module = module
        .filter(|part| !["mod", "lib", "main"].contains(&part.as_str()))
        .collect();
    let mut lines: Vec<_> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].contains("mod ") && pair[1].ends_with('{')
    });
    lines.truncate(tests.unwrap_or(lines.len()));
    let code = |line: &&str| match line.trim_start().starts_with("//") {
        true => String::new(),
        false => (*line).to_owned(),
    };
    Source {
        path,
        module,
        lines: lines.iter().map(code).collect(),
    }
}

/// The module paths from the crate's root that a line names.
fn imports(source: &Source, line: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = line
        .split(|c| !is_path(c))
        .filter(|word| word.contains("::"));
    words
        .filter_map(|word| {
            let parts: Vec<_> = word.trim_end_matches(':').split("::").collect();
            let up = parts.iter().take_while(|part| **part == "super").count();
            let (base, rest) = match parts[0] {
                "crate" => (0, &parts[1..]),
                "super" => (source.module.len().saturating_sub(up), &parts[up..]),
                _ => return None,
            };
            let path = source.module[..base].iter().map(String::as_str);
            Some(
                path.chain(rest.iter().copied())
                    .collect::<Vec<_>>()
                    .join("::"),
            )
        })
        .collect()
}

/// Whether a path is a module or lies in it.
fn lies_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn room_of(module: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    ROOMS.iter().find(|(room, _)| lies_in(module, room))
}

/// Every line of every file that breaks a rule, with what the rule says about it.
fn offences(rule: impl Fn(&Source, &str) -> Option<String>) -> String {
    let mut offences = String::new();
    for source in sources() {
        for (number, line) in source.lines.iter().enumerate() {
            if let Some(offence) = rule(&source, line) {
                writeln!(offences, "src/{}:{}: {offence}", source.path, number + 1).unwrap();
            }
        }
    }
    offences
}

#[test]
fn every_room_imports_only_what_it_may() {
    let offences = offences(|source, line| {
        let module = source.module.join("::");
        if module.is_empty() {
            return None;
        }
        let Some((room, allowed)) = room_of(&module) else {
            return Some(format!("`{module}` is in no room: give it a line in ROOMS"));
        };
        let may = |path: &String| {
            lies_in(path, room) || allowed.iter().any(|module| lies_in(path, module))
        };
        let path = imports(source, line).into_iter().find(|path| !may(path))?;
        Some(format!("`{room}` may not import `{path}`"))
    });
    assert!(offences.is_empty(), "{offences}");
}

#[test]
fn no_room_may_import_what_it_does_not() {
    let used: Vec<_> = sources()
        .iter()
        .flat_map(|source| {
            let room = room_of(&source.module.join("::"));
            let paths = source.lines.iter().flat_map(|line| imports(source, line));
            let pair = |path| room.map(|(room, _)| (*room, path));
            paths.filter_map(pair).collect::<Vec<_>>()
        })
        .collect();
    for (room, allowed) in ROOMS {
        for module in *allowed {
            let uses = |(from, path): &(&str, String)| from == room && lies_in(path, module);
            assert!(
                used.iter().any(uses),
                "`{room}` does not import `{module}`: strike it"
            );
        }
    }
}

#[test]
fn only_the_rooms_that_should_touch_the_system() {
    let offences = offences(|source, line| {
        let (_, _, why) = SYSTEM.iter().find(|(words, places, _)| {
            let at_home = places.iter().any(|place| source.path.starts_with(place));
            !at_home && words.iter().any(|word| line.contains(word))
        })?;
        Some(format!("{why}: {}", line.trim()))
    });
    assert!(offences.is_empty(), "{offences}");
}

#[test]
fn files_and_functions_stay_short() {
    let mut offences = String::new();
    for Source { path, lines, .. } in sources() {
        let length = lines.len();
        if length > FILE_LINES {
            writeln!(offences, "src/{path}: {length} lines, at most {FILE_LINES}").unwrap();
        }
        for (name, length) in functions(&lines) {
            if length > FUNCTION_LINES {
                writeln!(
                    offences,
                    "src/{path}: {length} lines, at most {FUNCTION_LINES}: {name}"
                )
                .unwrap();
            }
        }
    }
    assert!(offences.is_empty(), "{offences}");
}

/// First lines of functions with their lengths: rustfmt closes a function where it opened it.
fn functions(lines: &[String]) -> Vec<(&str, usize)> {
    let starts = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let first = words.iter().position(|word| *word == "fn");
        first.is_some_and(|at| {
            words[..at]
                .iter()
                .all(|word| word.starts_with("pub") || *word == "const")
        })
    };
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| starts(line))
        .filter(|(at, _)| {
            // A signature without a body ends in a semicolon.
            let ends = lines[*at..]
                .iter()
                .find(|line| line.ends_with(['{', '}', ';']));
            ends.is_some_and(|line| !line.ends_with(';'))
        })
        .map(|(at, line)| {
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[at..]
                .iter()
                .position(|line| *line == end)
                .map_or(1, |end| end + 1);
            (line.trim(), length)
        })
        .collect()
}

#[test]
fn the_rules_see_what_breaks_them() {
    let source = Source {
        path: "metrics/mod.rs".to_owned(),
        module: vec!["metrics".to_owned()],
        lines: Vec::new(),
    };
    let seen = imports(
        &source,
        "use crate::input::Log; let x = super::ingest::gather(super::y);",
    );
    assert_eq!(seen, ["input::Log", "ingest::gather", "y"]);
    assert!(sources().iter().any(|source| source.path == "input/row.rs"));
    assert!(
        sources()
            .iter()
            .all(|source| !source.path.ends_with("tests.rs"))
    );
    let lines = [
        "    pub(crate) const fn f() {",
        "        {",
        "        }",
        "    }",
    ]
    .map(str::to_owned);
    assert_eq!(functions(&lines), [("pub(crate) const fn f() {", 4)]);
}
