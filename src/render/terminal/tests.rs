//! The whole page, as a person sees it, and the laws every page keeps.

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::render::escape::is_forbidden;
use crate::render::samples;
use crate::report::Warning;

pub(super) fn text(report: &Report, options: Options) -> String {
    let mut out = Vec::new();
    write(report, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(super) fn at(width: usize) -> Options {
    Options {
        width,
        ..Options::default()
    }
}

#[test]
fn nothing_is_wider_than_the_page() {
    for (name, report) in samples::every() {
        for width in 40..=130 {
            for ascii in [false, true] {
                let page = text(
                    &report,
                    Options {
                        ascii,
                        all: true,
                        ..at(width)
                    },
                );
                let wide: Vec<_> = page.lines().filter(|line| line.width() > width).collect();
                assert!(
                    wide.is_empty(),
                    "{name} at {width}, ascii {ascii}:\n{}",
                    wide.join("\n")
                );
            }
        }
    }
}

#[test]
fn no_page_can_act_on_a_terminal() {
    for (name, report) in samples::every() {
        for (width, ascii) in [(40, true), (80, false), (120, false)] {
            let page = text(
                &report,
                Options {
                    ascii,
                    all: true,
                    ..at(width)
                },
            );
            assert!(
                !page.chars().any(|c| is_forbidden(c) && c != '\n'),
                "{name}"
            );
            assert!(
                !page
                    .lines()
                    .map(str::trim_start)
                    .any(|line| line.starts_with("::") || line.starts_with("##[")),
                "{name}"
            );
            assert!(!ascii || page.is_ascii(), "{name}");
        }
    }
}

#[test]
fn every_page_accounts_for_its_rows() {
    for (name, report) in samples::every() {
        assert!(text(&report, at(80)).contains(" read = "), "{name}");
    }
}

#[test]
fn colour_adds_no_words() {
    for (name, report) in samples::every() {
        let coloured = text(
            &report,
            Options {
                colour: true,
                ..at(80)
            },
        );
        let stripped = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(stripped, text(&report, at(80)), "{name}");
        assert!(coloured.contains("\u{1b}["), "{name}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    #[test]
    fn no_name_breaks_a_page(name in "\\PC{0,80}|.{0,80}|[\\x00-\\x7f:#\u{301}\u{200d}\u{fe0f}❤👩模]{0,60}", width in 40_usize..125, ascii: bool) {
        let mut report = samples::groups();
        report.inputs[0].path.clone_from(&name);
        report.runs[0].label.clone_from(&name);
        report.inputs[0].label.clone_from(&name);
        report.inputs[0].rows.skipped.insert(name.clone(), 1);
        report.runs[0].groups[1].by.insert("task".to_owned(), name.clone());
        report.runs[0].groups[0].verdict.sentence.clone_from(&name);
        report.warnings = vec![Warning { code: "W105", message: name, count: 1 }];
        let page = text(&report, Options { ascii, ..at(width) });
        proptest::prop_assert!(page.lines().all(|line| line.width() <= width), "{page}");
        proptest::prop_assert!(!page.chars().any(|c| is_forbidden(c) && c != '\n'));
        proptest::prop_assert!(!page.lines().any(|line| line.trim_start().starts_with("::")));
        proptest::prop_assert!(!ascii || page.is_ascii());
    }
}
