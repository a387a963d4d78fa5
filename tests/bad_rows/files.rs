//! Files that cannot be read as a log, and flags that do not fit them.

use std::fmt::Write;

use super::command::{Ended, audit, folder, gzip};

/// Files, the arguments after `calib audit`, and the code and place of what must be said first.
struct Case {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    arguments: &'static str,
    said: &'static str,
}

const GOOD: &str = "{\"confidence\": 0.75, \"correct\": true}\n";

/// A case with one file, which is also the log unless there are more arguments than flags.
fn file(
    name: &'static str,
    path: &'static str,
    bytes: impl AsRef<[u8]>,
    said: &'static str,
) -> Case {
    flags(name, path, bytes, path, said)
}

fn flags(
    name: &'static str,
    path: &'static str,
    bytes: impl AsRef<[u8]>,
    arguments: &'static str,
    said: &'static str,
) -> Case {
    let files = vec![(path, bytes.as_ref().to_vec())];
    Case {
        name,
        files,
        arguments,
        said,
    }
}

fn none(name: &'static str, arguments: &'static str, said: &'static str) -> Case {
    Case {
        name,
        files: Vec::new(),
        arguments,
        said,
    }
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn damaged(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 0xFF;
    bytes
}

/// Content that is no log.
fn contents() -> Vec<Case> {
    let little = utf16(GOOD, u16::to_le_bytes);
    let big = utf16(GOOD, u16::to_be_bytes);
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    vec![
        file("empty", "a.jsonl", "", "E404 a.jsonl"),
        file("only blank lines", "a.jsonl", "\n\r\n  \n", "E404 a.jsonl"),
        file(
            "only a byte order mark",
            "a.jsonl",
            "\u{feff}",
            "E404 a.jsonl",
        ),
        file(
            "UTF-16 little endian",
            "a.jsonl",
            marked(b"\xFF\xFE", &little),
            "E406 a.jsonl",
        ),
        file(
            "UTF-16 big endian",
            "a.csv",
            marked(b"\xFE\xFF", &big),
            "E406 a.csv",
        ),
        file(
            "UTF-16 little endian without a mark",
            "a.jsonl",
            &little,
            "E406 a.jsonl",
        ),
        file(
            "UTF-16 big endian without a mark",
            "a.jsonl",
            &big,
            "E406 a.jsonl",
        ),
        file(
            "Git LFS pointer",
            "a.jsonl",
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "E405 a.jsonl",
        ),
        file("Parquet", "a.parquet", b"PAR1\x15\x04", "E416 a.parquet"),
        file("ZIP", "a.eval", b"PK\x03\x04\x14\0", "E408 a.eval"),
        file(
            "binary",
            "a.jsonl",
            b"\x7FELF\x02\x01\x01\0\0\0",
            "E408 a.jsonl",
        ),
        file("zero bytes", "a.jsonl", [0; 600], "E408 a.jsonl"),
        file(
            "carriage returns alone",
            "a.csv",
            "confidence,correct\r0.9,true\r",
            "E412 a.csv",
        ),
        file(
            "carriage returns and one line feed",
            "a.csv",
            "confidence,correct\r0.9,true\r0.8,false\n",
            "E412 a.csv",
        ),
        file(
            "JSON array",
            "a.json",
            "[\n{\"confidence\": 0.9}\n]\n",
            "E408 a.json",
        ),
        file(
            "pretty-printed JSON",
            "a.json",
            "{\n  \"confidence\": 0.9\n}\n",
            "E408 a.json",
        ),
        file(
            "semicolons",
            "a.csv",
            "confidence;correct\n0,9;true\n",
            "E408 a.csv",
        ),
        file(
            "header alone",
            "a.csv",
            "confidence,correct\n",
            "E409 a.csv",
        ),
        file("header cut", "a.csv", "confid", "E409 a.csv"),
        file(
            "header in Latin-1",
            "a.csv",
            b"\n\nid,caf\xE9,correct\n1,2,true\n",
            "E111 a.csv:3:7",
        ),
        file(
            "open quote in the header",
            "a.csv",
            "id,\"correct\n1,true\n",
            "E113 a.csv:1",
        ),
        file(
            "text after a closing quote in the header",
            "a.csv",
            "\n\"id\"s,correct\n1,true\n",
            "E113 a.csv:2",
        ),
        file(
            "stray quote that a later one closes",
            "a.csv",
            "confidence,correct,note\n0.9,true,\"a\n0.8,false,b\n0.7,true,\"c\"\n",
            "E113 a.csv:2:10",
        ),
        file(
            "header with a column twice",
            "a.csv",
            "confidence,correct,confidence\n0.9,true,0.8\n",
            "E105 a.csv:2:10",
        ),
        file(
            "message of another tool above the rows",
            "run.log",
            format!("INFO start, 2 workers\n{GOOD}"),
            "E102 run.log:1:1",
        ),
        file(
            "zeros after the rows",
            "a.jsonl",
            [GOOD.repeat(20).as_bytes(), &[0; 9]].concat(),
            "E102 a.jsonl:21:1",
        ),
        file(
            "zero in a row",
            "a.jsonl",
            [
                GOOD.repeat(20).as_bytes(),
                b"{\"correct\": true, \"id\": \"a\0\"}\n",
            ]
            .concat(),
            "E101 a.jsonl:21:27",
        ),
    ]
}

/// Compressed files that are damaged.
fn compressed() -> Vec<Case> {
    let whole = gzip(GOOD.repeat(50).as_bytes());
    let length = whole.len();
    vec![
        file(
            "gzip in gzip",
            "a.jsonl.gz",
            gzip(&whole),
            "E408 a.jsonl.gz",
        ),
        file(
            "gzip of nothing",
            "a.jsonl.gz",
            gzip(b""),
            "E404 a.jsonl.gz",
        ),
        file(
            "gzip without a trailer",
            "a.jsonl.gz",
            &whole[..length - 8],
            "E403 a.jsonl.gz",
        ),
        file(
            "gzip cut in the middle",
            "a.jsonl.gz",
            &whole[..length / 2],
            "E403 a.jsonl.gz",
        ),
        file(
            "gzip cut in its header",
            "a.jsonl.gz",
            &whole[..5],
            "E403 a.jsonl.gz",
        ),
        file(
            "gzip with a wrong checksum",
            "a.jsonl.gz",
            damaged(whole.clone(), length - 6),
            "E403 a.jsonl.gz",
        ),
        file(
            "garbage after gzip",
            "a.jsonl.gz",
            [&whole[..], b"garbage"].concat(),
            "E403 a.jsonl.gz",
        ),
        file(
            "bad row in the second member of gzip",
            "a.jsonl.gz",
            [whole, gzip(b"oops\n")].concat(),
            "E102 a.jsonl.gz:51:1",
        ),
    ]
}

#[cfg(feature = "zstd")]
fn zstandard() -> Vec<Case> {
    let whole = super::command::zstandard(GOOD.repeat(50).as_bytes());
    let cut = &whole[..whole.len() - 4];
    vec![
        file("Zstandard cut", "a.jsonl.zst", cut, "E403 a.jsonl.zst"),
        file(
            "garbage after Zstandard",
            "a.jsonl.zst",
            [&whole[..], b"garbage"].concat(),
            "E403 a.jsonl.zst",
        ),
    ]
}

/// Logs that are not there.
fn absent() -> Vec<Case> {
    vec![
        none("missing file", "no/such.jsonl", "E401 no/such.jsonl"),
        none("pattern without a match", "run-*.jsonl", "E401 run-*.jsonl"),
        none("missing file of a label", "base=no.jsonl", "E401 no.jsonl"),
        none("nothing on standard input", "-", "E404 -"),
        none("standard input twice", "- new=-", "E203"),
        flags(
            "directory without logs",
            "run/notes.md",
            "hello\n",
            "run",
            "E401 run",
        ),
        Case {
            name: "bad second file",
            files: vec![("run/a.jsonl", GOOD.into()), ("run/b.jsonl", Vec::new())],
            arguments: "run",
            said: "E404 run/b.jsonl",
        },
        Case {
            name: "no outcome in two files",
            files: vec![
                ("run/a.jsonl", b"{\"confidence\": 0.9}\n".to_vec()),
                ("run/b.jsonl", b"{\"confidence\": 0.8}\n".to_vec()),
            ],
            arguments: "run",
            said: "E409 run",
        },
    ]
}

/// What no single row shows.
fn columns() -> Vec<Case> {
    let row = "{\"confidence\": 0.75, \"correct\": true, \"subject\": \"law\"}\n";
    let percent =
        "{\"confidence\": 75, \"correct\": true}\n{\"confidence\": 0.9, \"correct\": true}\n";
    let both = "{\"conf\": 0.7, \"probability\": 0.8, \"correct\": true}\n";
    vec![
        flags(
            "mixed scales",
            "a.jsonl",
            percent,
            "a.jsonl --confidence-scale percent",
            "E104 a.jsonl",
        ),
        file("two columns for one role", "a.jsonl", both, "E201"),
        file(
            "two columns for one role in two rows",
            "a.jsonl",
            "{\"correct\": true, \"conf\": 0.7}\n{\"correct\": true, \"Confidence\": 0.8}\n",
            "E201",
        ),
        flags(
            "--by of no field",
            "a.jsonl",
            row,
            "a.jsonl --by sujbect",
            "E202",
        ),
        flags(
            "--where of no field",
            "a.jsonl",
            row,
            "a.jsonl --where topic=law",
            "E202",
        ),
        flags(
            "--cluster of no field",
            "a.jsonl",
            row,
            "a.jsonl --cluster prompt",
            "E202",
        ),
        flags(
            "--id of no field",
            "a.jsonl",
            row,
            "a.jsonl --id key",
            "E202",
        ),
        flags(
            "--map of no field",
            "a.jsonl",
            row,
            "a.jsonl --map correct=judge.ok",
            "E202",
        ),
        flags(
            "--by of no field, hostile",
            "a.jsonl",
            row,
            "a.jsonl --by \u{1b}[2J\u{202e}",
            "E202",
        ),
        file(
            "no outcome",
            "a.jsonl",
            "{\"confidence\": 0.9, \"corect\": true}\n",
            "E409 a.jsonl",
        ),
        file(
            "hostile field",
            "a.jsonl",
            "{\"\\u001b]0;x\\u0007\u{9b}2J\u{202e}\": 1}\n",
            "E409 a.jsonl",
        ),
        file(
            "hostile file name",
            "\u{1b}]0;x\u{7}\u{9b}\u{202e}.jsonl",
            "oops\n",
            "E102 \\u{1b}]0;x\\u{7}\\u{9b}\\u{202e}.jsonl:1:1",
        ),
        flags(
            "every row filtered",
            "a.jsonl",
            row,
            "a.jsonl --where subject=art",
            "E409 a.jsonl",
        ),
        flags(
            "every row bad",
            "a.jsonl",
            "oops\n{\"confidence\": 7, \"correct\": true}\n",
            "a.jsonl --max-bad-rows 100%",
            "E102 a.jsonl:1:1",
        ),
        flags(
            "filtered and bad",
            "a.jsonl",
            format!("{row}{{\"subject\": \"art\", \"correct\": true}}\noops\n"),
            "a.jsonl --where subject=law",
            "E102 a.jsonl:3:1",
        ),
        flags(
            "more bad rows than allowed",
            "a.jsonl",
            format!("{GOOD}{}", "oops\n".repeat(7)),
            "a.jsonl --max-bad-rows 6",
            "E102 a.jsonl:2:1",
        ),
    ]
}

fn run(case: &Case) -> Ended {
    let files = case.files.iter();
    let folder = folder(files.map(|(path, bytes)| (*path, bytes.as_slice())));
    let arguments: Vec<_> = case.arguments.split(' ').collect();
    audit(folder.path(), &arguments, b"")
}

/// Refuses every case and gives what is said.
fn refused(cases: &[Case]) -> String {
    let (mut said, mut wrong) = (String::new(), Vec::new());
    for case in cases {
        let ended = run(case);
        writeln!(said, "== {}\n{}", case.name, ended.err).unwrap();
        let (code, place) = case.said.split_once(' ').unwrap_or((case.said, ""));
        let exit = if code.starts_with("E2") { 2 } else { 3 };
        let first = ended.err.starts_with(&format!("error[{code}]: "));
        let placed = place.is_empty() || ended.err.contains(&format!("\n  --> {place}\n"));
        if ended.exit != exit || !first || !placed {
            wrong.push(format!("{}: {}\n{}", case.name, ended.exit, ended.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    said
}

#[test]
fn content_that_is_no_log() {
    insta::assert_snapshot!("contents", refused(&contents()));
}

#[test]
fn compressed_files_that_are_damaged() {
    insta::assert_snapshot!("compressed", refused(&compressed()));
}

#[cfg(feature = "zstd")]
#[test]
fn zstandard_files_that_are_damaged() {
    insta::assert_snapshot!("zstandard", refused(&zstandard()));
}

#[test]
fn logs_that_are_not_there() {
    insta::assert_snapshot!("absent", refused(&absent()));
}

#[test]
fn columns_that_do_not_fit_the_flags() {
    insta::assert_snapshot!("columns", refused(&columns()));
}
