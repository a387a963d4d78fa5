//! Documents that are made, or can be run, agree with the program.

use std::path::Path;

use calib::commands::explain::{
    codes_chapter, compat_chapter, metrics_chapter, objectives_chapter, page, presets_chapter,
    verdict_chapter,
};
use calib::commands::fit;
use calib::commands::schema;

/// Compares a page with its file; with `CALIB_UPDATE=1` writes it.
fn check(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("CALIB_UPDATE").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == made,
        "docs/{name} is out of date: run CALIB_UPDATE=1 cargo test docs"
    );
}

#[test]
fn the_reference_of_metrics_is_made_from_the_registry() {
    check("metrics.md", &page(&metrics_chapter()));
}

#[test]
fn the_reference_of_objectives_is_made_from_the_registry() {
    check("objectives.md", &page(&objectives_chapter()));
}

#[test]
fn the_rules_of_the_verdict_are_those_of_the_program() {
    check("verdict.md", &page(&verdict_chapter()));
}

#[test]
fn the_reference_of_other_tools_is_made_from_the_registry() {
    check("compat.md", &page(&compat_chapter()));
}

#[test]
fn the_reference_of_presets_is_made_from_the_registry() {
    check("presets.md", &page(&presets_chapter()));
}

#[test]
fn the_reference_of_recalibration_is_made_from_the_registry() {
    check("recalibration.md", &page(&fit::about::chapter()));
}

#[test]
fn the_reference_of_codes_is_made_from_the_registry() {
    check("codes.md", &page(&codes_chapter()));
}

#[test]
fn the_schema_of_the_configuration_file_is_made_of_the_flags() {
    check("config.schema.json", &schema::of_config().unwrap());
}

#[test]
fn the_screens_of_the_readme_are_what_the_program_prints() {
    trycmd::TestCases::new()
        .case("README.md")
        .env("COLUMNS", "80")
        .env("LC_ALL", "C.UTF-8");
}

#[test]
fn every_file_the_documents_link_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for (folder, document) in [
        ("", "README.md"),
        ("docs", "docs/exit-codes.md"),
        ("docs", "docs/design.md"),
    ] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if !link.starts_with("http") {
                assert!(
                    root.join(folder).join(link).exists(),
                    "{document} links to {link}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 5, "only {checked} links were checked");
}
