//! One JSON document is read like its rows as JSON Lines, and every fault in it has a place.

use serde_json::{Value, json};

use crate::common::{Output, audit};

/// Rows with which a report has something to say.
fn rows(count: u32) -> Vec<Value> {
    (0..count)
        .map(|row| {
            let confidence = f64::from(row % 10) / 10.0;
            json!({"id": format!("q{row}"), "confidence": confidence, "correct": row % 3 == 0,
                   "text": "a {\"b\": [}] \\ é\n"})
        })
        .collect()
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// The report on a text from standard input, but for its inputs.
fn report(text: &str, arguments: &[&str]) -> Value {
    let arguments = [&["-", "--format", "json"], arguments].concat();
    let mut report = audit(arguments).stdin(text).run().json();
    report["inputs"] = report["inputs"][0]["rows"].clone();
    report
}

/// The runs of a report but for the synthesis, whose folds follow the ids.
fn without_synthesis(report: &Value) -> Value {
    let mut runs = report["runs"].clone();
    let objectives = runs[0]["groups"][0]["objectives"].as_object_mut();
    objectives.map(|objectives| objectives.remove("synthesis"));
    runs
}

fn refused(text: &str, arguments: &[&str]) -> Output {
    let output = audit([&["-"], arguments].concat()).stdin(text).run();
    assert_eq!(output.status, Some(3), "{output:?}");
    output
}

#[test]
fn every_form_of_a_document_is_read_like_json_lines() {
    let rows = rows(3_000);
    let expected = report(&lines(&rows), &[]);
    let list = Value::from(rows.clone());
    let pretty: String = rows.iter().map(|row| format!("{row:#}\n")).collect();
    let within = json!({"version": 2, "note": "]}", "results": {"n": [1, {"a": {}}], "results": list}, "z": null});
    let forms = [
        (list.to_string(), None),
        (format!("{list:#}"), None),
        (pretty, None),
        (format!("\u{feff}{list:#}\n\n"), None),
        (within.to_string(), Some("results.results")),
        (format!("{within:#}"), Some("results.results")),
    ];
    for (text, records) in &forms {
        let flag = records.map(|path| ["--records", path]);
        for threads in ["1", "3"] {
            let arguments = [flag.as_ref().map_or(&[][..], |flag| flag), &["-j", threads]].concat();
            assert_eq!(report(text, &arguments), expected, "{}", &text[..40]);
        }
    }
}

#[test]
fn the_keys_of_an_object_of_rows_are_ids_unless_a_column_is() {
    let keyed = |rows: &[Value]| -> Value {
        let pairs = rows.iter().enumerate();
        pairs
            .map(|(at, row)| (format!("k{at:05}"), row.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut rows = rows(400);
    let expected = report(&lines(&rows), &[]);
    assert_eq!(report(&keyed(&rows).to_string(), &[]), expected);
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("id");
    }
    let anonymous = keyed(&rows);
    let read = report(&format!("{anonymous:#}"), &[]);
    assert_eq!(without_synthesis(&read), without_synthesis(&expected));
    let within = json!({"about": "x", "rows": anonymous}).to_string();
    let read = report(&within, &["--records", "rows"]);
    assert_eq!(without_synthesis(&read), without_synthesis(&expected));
}

#[test]
fn a_bad_row_is_named_with_its_line_and_column() {
    let text = "[\n  {\"id\": 1, \"correct\": true, \"confidence\": 0.5}, {\"correct\": true,\n   \"confidence\": 1.5},\n 7]";
    let said = refused(text, &[]).stderr;
    assert!(said.contains("--> -:3:18"), "{said}");
    assert!(
        said.contains("--> -:4:2") && said.contains("E102"),
        "{said}"
    );
    let one_line = text.replace('\n', "");
    let said = refused(&one_line, &[]).stderr;
    let column = one_line.find("1.5").unwrap() + 1;
    assert!(said.contains(&format!("--> -:1:{column}")), "{said}");
}

/// A form feed is space to some and not to JSON: between rows it once was a row without a byte, again and again.
#[test]
fn a_form_feed_between_rows_is_a_bad_row() {
    let row = "{\"correct\": true,\n \"confidence\": 0.5}";
    let said = refused(&format!("{row}\n\u{c} {row}\n"), &[]).stderr;
    assert!(said.contains("--> -:3:") && said.contains("E102"), "{said}");
    let said = refused(&format!("[{row},\u{c}{row}]"), &[]).stderr;
    assert!(said.contains("E421") && said.contains(":2:"), "{said}");
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let whole = format!("{:#}", Value::from(rows(3)));
    for end in 20..whole.len() - 1 {
        let Some(cut) = whole.get(..end) else {
            continue;
        };
        let said = refused(cut, &[]).stderr;
        assert!(said.contains("E424"), "{end}: {said}");
    }
}

#[test]
fn what_breaks_a_document_is_named() {
    let row = r#"{"correct": true, "confidence": 0.5}"#;
    for (text, code, place) in [
        (format!("[{row}] x"), "E421", ":1:"),
        (format!("[{row}\n{row}]"), "E421", ":2:1"),
        (format!("[{row},\n{row}}}"), "E421", ":2:37"),
        (format!("{{\n\"a\": {row},\n\"a\": {row}}}"), "E105", ":3:"),
        (format!("{{\n\"a\": {row},\n{row}}}"), "E421", ":3:1"),
        (
            format!("{{\n\"meta\": {{}},\n\"rows\": [{row}]}}"),
            "--records rows",
            ":",
        ),
        (
            format!("{{\n\"n\": 1, \"a\": {{\"b\": [{row}]}}}}"),
            "--records a.b",
            ":",
        ),
    ] {
        let said = refused(&text, &[]).stderr;
        assert!(
            said.contains(code) && said.contains(place),
            "{text}: {said}"
        );
    }
    let text = format!("{{\n\"n\": 1, \"rows\": [{row}]}}");
    let said = refused(&text, &["--records", "row"]).stderr;
    assert!(said.contains("E422") && said.contains("n, rows"), "{said}");
}

#[test]
fn an_element_longer_than_a_row_may_be_is_refused() {
    let text = format!("[\n{{\"a\": \"{}\"}}]", "x".repeat(5_000));
    let said = refused(&text, &["--max-line", "4KiB"]).stderr;
    assert!(said.contains("E114") && said.contains(":2\n"), "{said}");
}

#[test]
fn depth_needs_no_stack() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let text = format!(
        "{{\"x\": {deep}, \"rows\": [{{\"correct\": 1, \"confidence\": NaN, \"y\": {deep}}}]}}"
    );
    assert_eq!(report(&text, &["--records", "rows"])["inputs"]["used"], 1);
}

#[test]
fn of_a_folder_the_json_files_that_hold_rows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.json", Value::from(rows(30)).to_string());
    write("b.jsonl", lines(&rows(30)));
    write(
        "results.json",
        json!({"results": {"t": {"acc": 1}}, "git": "x"}).to_string(),
    );
    write(
        "config.json",
        format!("{:#}", json!({"model": "m", "score": 0.5})),
    );
    let report = audit([folder.path().as_os_str(), "--format=json".as_ref()])
        .run()
        .json();
    assert_eq!(report["inputs"].as_array().unwrap().len(), 2);
    let warnings = report["warnings"].as_array().unwrap();
    let ignored = warnings.iter().find(|warning| warning["code"] == "W113");
    assert_eq!(ignored.unwrap()["count"], 2);
}
