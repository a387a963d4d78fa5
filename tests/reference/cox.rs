//! Cox's recalibration line.

use super::{Ledger, audit, beside, value};
use calib::evidence::Partial;
use calib::inference::logistic::{Free, Point, fit, log_likelihood, logit};
use calib::maths::tails;
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    let group = audit(&evidence, &Settings::default(), 1);
    let key = "lib.statsmodels.cox.clip1e-06";
    ledger.check(key, Some("intercept"), value(&group, "cox_intercept"));
    ledger.check(key, Some("slope"), value(&group, "cox_slope"));
    let error = |id| beside(&group, id, "standard_error");
    ledger.check(key, Some("intercept_se"), error("cox_intercept"));
    ledger.check(key, Some("slope_se"), error("cox_slope"));
    let p_value = beside(&group, "cox_slope", "p_value");
    ledger.check(key, Some("lr_p"), p_value);
    if let Some((expected, tolerance)) = ledger.entry(key) {
        let slope = &group.metrics["cox_slope"];
        let ends = &expected["slope_ci95"];
        ledger.close("slope", ends[0].as_f64(), slope.low, tolerance);
        ledger.close("slope", ends[1].as_f64(), slope.high, tolerance);
        // The library leaves it out with one confidence, where it exists all the same.
        if let Some(large) = expected["calibration_in_the_large"].as_f64() {
            let ours = beside(&group, "cox_intercept", "citl");
            ledger.close("citl", Some(large), ours, tolerance);
        }
    }
    with_other_clip(ledger);
}

fn with_other_clip(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    let tally = evidence.tally(Partial::Abstain);
    let point = |cell: calib::evidence::Cell| Point {
        x: logit(cell.confidence, 1e-12),
        weight: cell.w,
        moment: cell.wy,
    };
    let points: Vec<Point> = tally.cells().map(point).collect();
    let line = fit(&points, Free::Both).ok();
    let errors = line.map(|line| line.covariance().errors());
    let ratio = line.map(|line| {
        let fitted = log_likelihood(&points, line.intercept, line.slope);
        2.0 * (fitted - log_likelihood(&points, 0.0, 1.0))
    });
    let key = "lib.statsmodels.cox.clip1e-12";
    ledger.check(key, Some("intercept"), line.map(|line| line.intercept));
    ledger.check(key, Some("slope"), line.map(|line| line.slope));
    ledger.check(key, Some("intercept_se"), errors.map(|errors| errors[0]));
    ledger.check(key, Some("slope_se"), errors.map(|errors| errors[1]));
    ledger.check(key, Some("lr_chi2_2df"), ratio);
    let p_value = ratio.and_then(|ratio| tails::chi_square(ratio, 2));
    ledger.check(key, Some("lr_p"), p_value);
}
