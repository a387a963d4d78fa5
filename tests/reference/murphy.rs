//! Murphy's decomposition and the debiased errors.

use std::collections::BTreeMap;

use super::{Ledger, audit, beside, settings, value};
use calib::metrics::{Bins, Cut, Murphy};
use calib::settings::{Binning, Edges};

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    for bins in [10, 15] {
        let group = audit(
            &evidence,
            &settings(bins, Binning::EqualWidth, Edges::Right),
            1,
        );
        let (brier, [rel, res, unc]) = (
            value(&group, "brier").unwrap(),
            ["murphy_rel", "murphy_res", "murphy_unc"].map(|id| value(&group, id)),
        );
        let gres = beside(&group, "murphy_res", "generalised");
        let corrected = |id| beside(&group, id, "bias_corrected");
        let error = brier - (rel.unwrap() - gres.unwrap() + unc.unwrap());
        let parts = BTreeMap::from([
            ("rel", rel),
            ("res", res),
            ("unc", unc),
            ("wbv", beside(&group, "murphy_rel", "within_variance")),
            ("wbc", beside(&group, "murphy_res", "within_covariance")),
            ("gres", gres),
            ("brier_identity_error", Some(error)),
            ("rel_bias_corrected", corrected("murphy_rel")),
            ("res_bias_corrected", corrected("murphy_res")),
            ("unc_bias_corrected", corrected("murphy_unc")),
        ]);
        check(ledger, &format!("right{bins}"), &parts);
        debiased(ledger, &format!("right{bins}"), &group);
        ledger.check(
            &format!("lib.kumar.l2_debiased_width{bins}"),
            None,
            value(&group, "ce_debiased"),
        );
        let group = audit(
            &evidence,
            &settings(bins, Binning::EqualMass, Edges::Right),
            1,
        );
        debiased(ledger, &format!("mass{bins}"), &group);
    }

    let tally = evidence.tally(calib::evidence::Partial::default());
    let cells: Vec<_> = tally.cells().collect();
    let by_value = Murphy::new(&cells, &Bins::new(&cells, Cut::Values)).unwrap();
    let corrected = |at: usize| by_value.bias_corrected.map(|parts| parts[at]);
    let group = audit(
        &evidence,
        &settings(15, Binning::EqualWidth, Edges::Right),
        1,
    );
    let parts = BTreeMap::from([
        ("rel", Some(by_value.reliability)),
        ("res", Some(by_value.resolution)),
        ("unc", Some(by_value.uncertainty)),
        ("wbv", Some(by_value.within_variance)),
        ("wbc", Some(by_value.within_covariance)),
        ("gres", Some(by_value.generalised())),
        (
            "brier_identity_error",
            value(&group, "brier").map(|brier| brier - by_value.brier()),
        ),
        ("rel_bias_corrected", corrected(0)),
        ("res_bias_corrected", corrected(1)),
        ("unc_bias_corrected", corrected(2)),
    ]);
    check(ledger, "unique", &parts);
}

fn check(ledger: &mut Ledger, bins: &str, parts: &BTreeMap<&str, Option<f64>>) {
    for (part, ours) in parts {
        ledger.check(&format!("ref.murphy.{bins}.{part}"), None, *ours);
    }
}

fn debiased(ledger: &mut Ledger, bins: &str, group: &calib::report::Group) {
    let key = format!("ref.l2_debiased.{bins}");
    ledger.check(&key, None, value(group, "ce_debiased"));
    let key = format!("ref.l2_debiased_signed_square.{bins}");
    ledger.check(&key, None, beside(group, "ce_debiased", "signed_square"));
}
