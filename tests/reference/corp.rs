//! CORP decompositions of both scores, and the isotonic fit behind them.

use super::{Ledger, audit, beside, value};
use calib::evidence::Partial;
use calib::maths::pava;
use calib::metrics::LogParts;
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    let group = audit(&evidence, &Settings::default(), 1);
    let key = "ref.corp.mean_abs_iso_gap";
    ledger.check(key, None, beside(&group, "corp_mcb", "mean_gap"));

    let cells: Vec<_> = evidence.tally(Partial::Abstain).cells().collect();
    // Smaller clips than that of the audit.
    let log = LogParts::new(&cells, 1e-15);
    let key = "ref.corp.log_loss.clip1e-15";
    ledger.check(key, Some("mcb"), Some(log.miscalibration));
    ledger.check(key, Some("dsc"), Some(log.discrimination));
    ledger.check(key, Some("unc"), Some(log.uncertainty));
    ledger.check(key, Some("score"), Some(log.score));

    let squared = [
        ("miscalibration", value(&group, "corp_mcb")),
        ("discrimination", value(&group, "corp_dsc")),
        ("uncertainty", value(&group, "corp_unc")),
        ("score", value(&group, "brier")),
    ];
    library(
        ledger,
        "lib.model_diagnostics.decompose_squared_error",
        &squared,
    );
    let logarithmic = [
        ("miscalibration", Some(log.miscalibration)),
        ("discrimination", Some(log.discrimination)),
        ("uncertainty", Some(log.uncertainty)),
        ("score", Some(log.score)),
    ];
    library(
        ledger,
        "lib.model_diagnostics.decompose_log_loss",
        &logarithmic,
    );

    if let Some((expected, tolerance)) = ledger.entry("ref.corp.pav_blocks") {
        let blocks = pava::pool(cells.iter().map(|cell| (cell.w, cell.wy)));
        let expected = expected.as_array().unwrap();
        assert_eq!(blocks.len(), expected.len(), "{}", ledger.dataset);
        let mut rest = cells.iter().map(|cell| cell.confidence);
        for (block, expected) in blocks.iter().zip(expected) {
            let inside: Vec<f64> = rest.by_ref().take(block.points).collect();
            let ours = [
                inside[0],
                inside[inside.len() - 1],
                block.weight,
                block.value(),
            ];
            for (at, ours) in ours.into_iter().enumerate() {
                ledger.close("PAV block", expected[at].as_f64(), Some(ours), tolerance);
            }
        }
    }
}

/// What the library gives: nothing for one row, and no number where a certain answer is wrong.
fn library(ledger: &mut Ledger, key: &str, ours: &[(&str, Option<f64>)]) {
    let Some((expected, tolerance)) = ledger.entry(key) else {
        return;
    };
    for (part, ours) in ours {
        if let Some(theirs) = expected[part].as_f64() {
            ledger.close(&format!("{key} {part}"), Some(theirs), *ours, tolerance);
        }
    }
}
