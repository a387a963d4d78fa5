//! Cumulative calibration errors and their laws under calibration.

use super::{Ledger, audit, beside, value};
use calib::maths::brownian;
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let group = audit(&ledger.evidence(), &Settings::default(), 1);
    ledger.check("ref.ks_calibration_error", None, value(&group, "ks"));
    ledger.check("ref.ecce_r", None, value(&group, "ecce_r"));
    ledger.check("ref.ecce_sigma", None, beside(&group, "ecce_r", "sigma"));
    ledger.check("ref.ks_p_value", None, beside(&group, "ks", "p_value"));
    let p_value = beside(&group, "ecce_r", "p_value");
    ledger.check("ref.ecce_r_p_value", None, p_value);
}

#[test]
fn a_tiny_p_value_keeps_its_digits() {
    let expected = Ledger::new("d07_verbal_ties").expected;
    let of = |key: &str| expected["metrics"][key]["value"].as_f64().unwrap();
    let ours = brownian::range(of("ref.ecce_r") / of("ref.ecce_sigma"));
    let theirs = of("ref.ecce_r_p_value");
    assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours} {theirs}");
}
