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
    let test = "lib.model_diagnostics.bias_t_test";
    ledger.check(test, Some("bias_mean"), value(&group, "signed_gap"));
    let error = beside(&group, "signed_gap", "standard_error");
    // For a single row theirs is 0, ours undefined.
    if evidence.rows() > 1 {
        ledger.check(test, Some("bias_stderr"), error);
    }
    let p = beside(&group, "signed_gap", "p_value");
    ledger.check(test, Some("p_value"), p);
    let accuracy = &group.metrics["accuracy"];
    let wilson = accuracy.low.zip(accuracy.high);
    ledger.ends("lib.statsmodels.accuracy_ci95.wilson", wilson);
    let exact = Settings {
        rates: Rates::ClopperPearson,
        ..Settings::default()
    };
    let accuracy = audit(&evidence, &exact, 1).metrics["accuracy"].clone();
    ledger.ends(
        "lib.statsmodels.accuracy_ci95.beta",
        accuracy.low.zip(accuracy.high),
    );
}
