//! Risk-coverage curves, average precision and points on them.

use super::{Ledger, audit, beside, value};
use calib::metrics::{AccuracyAtCoverage, Budget, CoverageAtRisk, Metric, View};
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let (evidence, settings) = (ledger.evidence(), Settings::default());
    let group = audit(&evidence, &settings, 1);
    for (key, ours) in [
        ("ref.aurc", value(&group, "aurc")),
        ("ref.aurc_opt", beside(&group, "aurc", "oracle")),
        ("ref.eaurc", value(&group, "e_aurc")),
        ("ref.augrc", value(&group, "augrc")),
        ("ref.augrc_step", beside(&group, "augrc", "step")),
        ("lib.fd_shifts.augrc", value(&group, "augrc")),
        (
            "lib.fd_shifts.augrc_optimal",
            beside(&group, "augrc", "optimum"),
        ),
        (
            "lib.fd_shifts.eaugrc",
            value(&group, "augrc")
                .zip(beside(&group, "augrc", "optimum"))
                .map(|(area, optimum)| area - optimum),
        ),
        ("ref.prr_tie_expected", value(&group, "prr")),
        ("lib.sklearn.average_precision_correct", value(&group, "ap")),
        (
            "lib.sklearn.average_precision_error",
            beside(&group, "ap", "error_ap"),
        ),
    ] {
        ledger.check(key, None, ours);
    }
    // With one class the library scales all credit to one half.
    if value(&group, "prr").is_some() {
        let best = beside(&group, "aurc", "oracle").map(|oracle| 1.0 - oracle);
        ledger.check("ref.prr_oracle_raw_1.0", None, best);
    }
    let view = View::new(&evidence, &settings, Budget::default());
    for percent in [50, 80, 90, 95] {
        let key = format!("ref.accuracy_at_coverage.{}", f64::from(percent) / 100.0);
        let ours = AccuracyAtCoverage { percent }.estimate(&view);
        ledger.check(&key, None, ours.value);
    }
    for percent in [1, 5, 10, 20] {
        let key = format!("ref.coverage_at_risk.{}", f64::from(percent) / 100.0);
        let ours = CoverageAtRisk { percent }.estimate(&view);
        ledger.check(&key, Some("coverage"), ours.value);
        ledger.check(&key, Some("threshold"), ours.beside["threshold"]);
    }
}
