//! Text from outside (labels, paths, field names, group values, flags) must not act on whoever reads the output.

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::common::{Output, audit, calib};

/// Strings that retitle terminals, fill clipboards, reorder or hide text, or command a CI runner.
const HOSTILE: &[&str] = &[
    "\u{1b}[31mred",
    "\u{1b}[2J\u{1b}[1;1H",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://x.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}]52;c;c2VjcmV0\u{7}",
    "\u{1b}Pq#0;2;0;0;0\u{1b}\\",
    "\u{1b}c",
    "\u{9b}31mC1 CSI",
    "\u{9d}52;c;c2VjcmV0\u{9c}",
    "\u{90}DCS\u{9c}",
    "\u{85}next line",
    "back\u{8}\u{8}\u{8}space",
    "carriage\rreturn",
    "new\nline",
    "tab\tstop",
    "bell\u{7}",
    "form\u{c}feed\u{b}",
    "delete\u{7f}",
    "\u{202e}gnp.exe",
    "\u{202a}\u{202b}\u{202d}embedded\u{202c}",
    "\u{2066}iso\u{2067}lat\u{2068}ed\u{2069}",
    "\u{200e}\u{200f}marks\u{61c}",
    "zero\u{200b}\u{200c}\u{200d}width\u{feff}",
    "line\u{2028}para\u{2029}graph",
    "tag\u{e0041}\u{e007f}",
    "Z\u{336}\u{321}\u{30a}\u{35b}\u{345}\u{316}\u{301}a\u{300}\u{301}\u{302}\u{303}\u{304}lgo",
    "::error file=a.py,line=1::fake",
    "::stop-commands::x",
    "  ::set-output name=a::b",
    "x\n::error::second line",
    "x\r::error::after return",
    "##[error]fake",
    "%0A::error::encoded",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x.invalid\")",
    "$(touch pwned)`touch pwned`",
    "../../etc/passwd",
    "{{7*7}} %s %n \\u001b",
    "'\"\\",
    " ",
    "田中さんにあげて下さい 👩‍👩‍👧",
];

/// What may reach no output. Written here anew, so that it is not the program that judges itself.
fn acts(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[track_caller]
fn assert_harmless(run: &Output, source: &str) {
    let said = run.said();
    assert!(!said.contains("panicked"), "{source:?}: {said}");
    let acting = said.chars().find(|c| acts(*c));
    assert_eq!(acting, None, "from {source:?} in {said:?}");
    let command = said
        .lines()
        .map(str::trim_start)
        .find(|line| line.starts_with("::") || line.starts_with("##["));
    assert_eq!(command, None, "from {source:?}");
}

fn row(group: &str) -> String {
    json!({"task": group, "confidence": 0.75, "correct": true}).to_string() + "\n"
}

/// Places where a string from outside enters a command line: arguments and standard input.
type Door = fn(&str) -> (Vec<String>, String);

/// Each with the exit codes it may end in.
const DOORS: &[(&str, &[i32], Door)] = &[
    ("label", &[0], |text| {
        (
            arguments(&[&format!("{}=-", text.replace('=', ":"))]),
            row("a"),
        )
    }),
    ("group value", &[0], |text| {
        (arguments(&["-", "--by", "task"]), row(text) + &row("b"))
    }),
    // A comma separates the fields of --by.
    ("group field", &[0, 2], |text| {
        let row = json!({text: "x", "confidence": 0.75, "correct": true}).to_string() + "\n";
        (arguments(&["-", &format!("--by={text}")]), row)
    }),
    ("mapped field", &[0, 2], |text| {
        let row = json!({text: 0.75, "correct": true}).to_string() + "\n";
        (
            arguments(&["-", "--map", &format!("confidence={text}")]),
            row,
        )
    }),
    ("filter", &[0], |text| {
        (
            arguments(&["-", "--where", &format!("task={text}")]),
            row(text),
        )
    }),
    ("unknown field", &[2], |text| {
        (
            arguments(&["-", "--cluster", &format!("no {text}")]),
            row("a"),
        )
    }),
    ("fields there", &[2], |text| {
        let row = json!({text: 1, "confidence": 0.75, "correct": true}).to_string() + "\n";
        (arguments(&["-", "--by", "nowhere"]), row)
    }),
    ("text for a number", &[0], |text| {
        (
            arguments(&["-"]),
            json!({"confidence": text, "correct": true}).to_string() + "\n",
        )
    }),
    ("bad label", &[0, 3], |text| {
        (
            arguments(&["-"]),
            json!({"correct": true, "abstained": text}).to_string() + "\n",
        )
    }),
    ("bad line", &[3], |text| {
        (arguments(&["-"]), format!("{}\n", text.replace('\n', " ")))
    }),
    ("bad scale", &[2], |text| {
        (
            arguments(&["-", &format!("--confidence-scale={text}")]),
            row("a"),
        )
    }),
    ("bad role", &[2], |text| {
        (arguments(&["-", "--map", &format!("{text}=a")]), row("a"))
    }),
    ("bad flag", &[2], |text| {
        (arguments(&["-", &format!("--no-such-{text}")]), row("a"))
    }),
    ("missing file", &[2, 3], |text| {
        (arguments(&[&format!("./no such {text}")]), String::new())
    }),
    ("unknown name", &[2], |text| {
        (
            vec!["explain".to_owned(), format!("no {text}")],
            String::new(),
        )
    }),
    ("unknown command", &[2], |text| {
        (vec![format!("no {text}")], String::new())
    }),
    ("output place", &[5], |text| {
        (
            arguments(&["-", "-o", &format!("json=/no such/{text}")]),
            row("a"),
        )
    }),
];

fn arguments(more: &[&str]) -> Vec<String> {
    ["audit"]
        .iter()
        .chain(more)
        .map(|argument| (*argument).to_owned())
        .collect()
}

#[test]
fn no_string_from_outside_acts_on_the_reader() {
    for (door, endings, enter) in DOORS {
        for text in HOSTILE {
            let (arguments, stdin) = enter(text);
            let formats: &[&[&str]] = match arguments[0].as_str() {
                "audit" => &[&[], &["-f", "json"]],
                _ => &[&[]],
            };
            for format in formats {
                let run = calib()
                    .args(&arguments)
                    .args(*format)
                    .stdin(stdin.clone())
                    .run();
                assert_harmless(&run, &format!("{door} {text}"));
                let ended = run.status.is_some_and(|status| endings.contains(&status));
                assert!(ended, "{door} {text:?} {run:?}");
            }
        }
    }
}

#[test]
fn json_keeps_what_was_said() {
    for text in HOSTILE {
        let label = text.replace('=', ":");
        let report = audit([&format!("{label}=-"), "-f", "json", "--by", "task"])
            .stdin(row(text))
            .run()
            .json();
        assert_eq!(report["runs"][0]["label"], label.as_str());
        assert_eq!(report["runs"][0]["groups"][1]["by"]["task"], *text);
    }
}

#[cfg(unix)]
#[test]
fn no_file_name_acts_on_the_reader() {
    let folder = TempDir::new().unwrap();
    for (number, text) in HOSTILE.iter().enumerate() {
        let name = format!("{number}{}.jsonl", text.replace('/', "_"));
        let path = folder.path().join(&name);
        fs::write(&path, row("a")).unwrap();
        for format in ["text", "json"] {
            let run = audit([Path::new("x=-"), &path])
                .args(["-f", format])
                .stdin(row("b"))
                .run();
            assert_harmless(&run, &name);
        }
        fs::write(&path, "{\"confidence\":7}\n").unwrap();
        let run = audit([&path]).run();
        assert_harmless(&run, &name);
        assert_eq!(run.status, Some(3), "{name:?} {run:?}");
    }
    let run = audit([folder.path()]).run();
    assert_harmless(&run, "a directory of them");
}
