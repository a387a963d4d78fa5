//! Proper scores, ranking, CORP and the interval of accuracy.

use super::{Ledger, audit, beside, value};
use calib::settings::{Rates, Settings};

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    let group = audit(&evidence, &Settings::default(), 1);
    for id in ["accuracy", "mean_confidence", "signed_gap"] {
        ledger.check(id, None, value(&group, id));
    }
    ledger.check("ref.brier", None, value(&group, "brier"));
    ledger.check(
        "ref.brier_se",
        None,
        beside(&group, "brier", "standard_error"),
    );
    ledger.check("ref.brier_skill", None, value(&group, "brier_skill"));
    ledger.check("ref.log_loss.clip1e-06", None, value(&group, "log_loss"));
    let infinite = beside(&group, "log_loss", "infinite_rows");
    ledger.check("ref.n_infinite_log_loss_rows", None, infinite);
    for part in ["mcb", "dsc", "unc"] {
        let ours = value(&group, &format!("corp_{part}"));
        ledger.check("ref.corp.brier", Some(part), ours);
    }
    ledger.check("lib.sklearn.auroc", None, value(&group, "auroc"));
    ledger.check("ref.auroc", None, value(&group, "auroc"));
    ledger.check(
        "ref.auroc_delong_se",
        None,
        beside(&group, "auroc", "standard_error"),
    );
    if let Some((wilson, tolerance)) = ledger.entry("lib.statsmodels.accuracy_ci95.wilson") {
        let accuracy = &group.metrics["accuracy"];
        ledger.close("Wilson", wilson[0].as_f64(), accuracy.low, tolerance);
        ledger.close("Wilson", wilson[1].as_f64(), accuracy.high, tolerance);
    }
    let exact = Settings {
        rates: Rates::ClopperPearson,
        ..Settings::default()
    };
    let accuracy = audit(&evidence, &exact, 1).metrics["accuracy"].clone();
    if let Some((beta, tolerance)) = ledger.entry("lib.statsmodels.accuracy_ci95.beta") {
        ledger.close("exact", beta[0].as_f64(), accuracy.low, tolerance);
        ledger.close("exact", beta[1].as_f64(), accuracy.high, tolerance);
    }
}
