//! The one dataset with weights and clusters, read with them.

use std::collections::BTreeMap;

use super::{Columns, Ledger, audit, beside, evidence, settings, value};
use calib::metrics::{Budget, METRICS, View};
use calib::report::from_view;
use calib::settings::{Binning, Edges, Settings};

pub(super) fn compare(ledger: &mut Ledger) {
    if ledger.dataset != "d13_weighted_clustered" {
        return;
    }
    let weighted = evidence(
        ledger.dataset,
        Columns {
            weight: true,
            cluster: false,
        },
    );
    let group = audit(&weighted, &Settings::default(), 1);
    ledger.check("weighted.accuracy", None, value(&group, "accuracy"));
    ledger.check("weighted.lib.sklearn.brier", None, value(&group, "brier"));
    ledger.check(
        "weighted.lib.sklearn.log_loss",
        None,
        value(&group, "log_loss"),
    );
    ledger.check("weighted.lib.sklearn.auroc", None, value(&group, "auroc"));
    ledger.check("weighted.ref.ece.right15", None, value(&group, "ece"));
    let key = "weighted.lib.model_diagnostics.decompose";
    ledger.check(key, Some("miscalibration"), value(&group, "corp_mcb"));
    ledger.check(key, Some("discrimination"), value(&group, "corp_dsc"));
    ledger.check(key, Some("uncertainty"), value(&group, "corp_unc"));
    let tenths = settings(10, Binning::EqualWidth, Edges::Right);
    let group = audit(&weighted, &tenths, 1);
    ledger.check("weighted.ref.ece.right10", None, value(&group, "ece"));

    let clustered = evidence(
        ledger.dataset,
        Columns {
            weight: false,
            cluster: true,
        },
    );
    let group = audit(&clustered, &Settings::default(), 99);
    let error = beside(&group, "brier", "standard_error");
    ledger.check(
        "cluster.lib.statsmodels.brier_se.correction_True",
        None,
        error,
    );
    let method = group.metrics["brier"].method.as_deref();
    assert_eq!(method, Some("cluster-robust normal, 60 clusters"));
    let method = group.metrics["ece"].method.as_deref();
    assert_eq!(method, Some("sign flips by cluster, B = 99"));
}

#[test]
fn clusters_of_one_row_need_no_cluster_methods() {
    let evidence = evidence("d07_verbal_ties", Columns::default());
    let settings = Settings::default();
    let view = View::new(&evidence, &settings, Budget::default());
    let group = from_view(BTreeMap::new(), &view);
    assert_eq!(group.metrics["accuracy"].method.as_deref(), Some("Wilson"));
    assert_eq!(
        group.metrics["brier"].method.as_deref(),
        Some("t, 999 degrees")
    );
    assert_eq!(group.metrics.len(), METRICS.len());
}
