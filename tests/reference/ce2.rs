//! The squared calibration error and its interval, with and without clusters (`ce_interval.py`).

use serde_json::Value;

use super::{Columns, Ledger, audit, evidence, read};
use calib::settings::Settings;

/// Both root finders end within rounding.
const TOLERANCE: f64 = 1e-9;

pub(super) fn compare(ledger: &mut Ledger) {
    let expected: Value = serde_json::from_str(&read("ce_interval.expected.json")).unwrap();
    let expected = &expected[ledger.dataset];
    assert_eq!(expected["bins"], "right15");
    for (prefix, cluster) in [("", false), ("clustered_", true)] {
        if expected.get(format!("{prefix}point")).is_none() {
            continue;
        }
        let columns = Columns {
            weight: false,
            cluster,
        };
        let group = audit(&evidence(ledger.dataset, columns), &Settings::default(), 1);
        let ce2 = &group.metrics["ce2"];
        let theirs = |name: &str| expected[format!("{prefix}{name}")].as_f64();
        ledger.close("ce2", theirs("point"), ce2.value, TOLERANCE);
        ledger.close("ce2 low", theirs("low"), ce2.low, TOLERANCE);
        ledger.close("ce2 high", theirs("high"), ce2.high, TOLERANCE);
        assert_eq!(
            ce2.beside["root_high"],
            ce2.high.map(f64::sqrt),
            "{}",
            ledger.dataset
        );
    }
}
