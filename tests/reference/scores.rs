//! Proper scores, ranking, CORP and the interval of accuracy.

use super::{Ledger, audit, beside, value};
use calib::evidence::{Cell, Partial};
use calib::inference::posterior::SideCount;
use calib::metrics::LogParts;
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
    let cells: Vec<Cell> = evidence.tally(Partial::Abstain).cells().collect();
    for clip in ["1e-15", "1e-12", "1e-07", "1e-06"] {
        let score = LogParts::new(&cells, clip.parse().unwrap()).score;
        ledger.check(&format!("ref.log_loss.clip{clip}"), None, Some(score));
    }
    // Without any clip: infinite as soon as a certain answer is wrong, else what the smallest clip gives.
    let finite = infinite == Some(0.0);
    let score = LogParts::new(&cells, 1e-15).score;
    ledger.check("ref.log_loss.noclip", None, finite.then_some(score));
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
    let correct = (accuracy.value.unwrap() * accuracy.n as f64).round();
    let posterior = SideCount {
        abstained: correct,
        answered: accuracy.n as f64 - correct,
    };
    let jeffreys = posterior.jeffreys(0.025).zip(posterior.jeffreys(0.975));
    ledger.ends("lib.statsmodels.accuracy_ci95.jeffreys", jeffreys);
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
