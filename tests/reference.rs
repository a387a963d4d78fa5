//! Every figure against other implementations' values on the same rows (`fixtures/reference`).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use calib::evidence::Evidence;
use calib::inference::clopper_pearson;
use calib::metrics::{Budget, METRICS, View};
use calib::record::{Confidence, Record};
use calib::report::{Group, from_view, group};
use calib::settings::{Binning, Edges, Resamples, Settings};
use serde_json::Value;

const DATASETS: [&str; 10] = [
    "d01_one_row",
    "d02_edges",
    "d03_all_correct",
    "d04_all_wrong",
    "d05_zero_one",
    "d06_constant",
    "d07_verbal_ties",
    "d09_underconfident",
    "d11_imbalanced",
    "d13_weighted_clustered",
];

/// What is read of a reference log beside confidence and correctness.
#[derive(Clone, Copy, Default)]
struct Columns {
    weight: bool,
    cluster: bool,
}

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn evidence(dataset: &str, columns: Columns) -> Evidence {
    let mut evidence = Evidence::default();
    for (at, line) in read(&format!("{dataset}.jsonl")).lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let mut record = Record {
            confidence: Confidence::new(row["confidence"].as_f64().unwrap()),
            credit: Some(f64::from(u8::from(row["correct"].as_bool().unwrap()))),
            item: Some((at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            ..Record::default()
        };
        if columns.weight {
            record.weight = row["weight"].as_f64().unwrap();
        }
        if columns.cluster {
            record.item = row["cluster"].as_str().unwrap()[1..].parse().ok();
        }
        evidence.add(&record);
    }
    evidence
}

fn settings(bins: usize, binning: Binning, edges: Edges) -> Settings {
    Settings {
        bins,
        binning,
        edges,
        ..Settings::default()
    }
}

fn audit(evidence: &Evidence, settings: &Settings, replicates: u32) -> Group {
    let budget = Budget::resolve(Resamples::Fixed(replicates), 1, 1);
    group(BTreeMap::new(), evidence, settings, budget)
}

fn value(group: &Group, id: &str) -> Option<f64> {
    group.metrics[id].value
}

fn beside(group: &Group, id: &str, name: &str) -> Option<f64> {
    group.metrics[id].beside[name]
}

/// Compares figures with expected ones and counts the comparisons, so that a test can't pass by comparing nothing.
struct Ledger {
    dataset: &'static str,
    expected: Value,
    compared: usize,
}

impl Ledger {
    fn new(dataset: &'static str) -> Self {
        let expected = serde_json::from_str(&read(&format!("{dataset}.expected.json"))).unwrap();
        Self {
            dataset,
            expected,
            compared: 0,
        }
    }

    fn entry(&self, key: &str) -> Option<(Value, f64)> {
        let entry = self.expected["metrics"].get(key)?;
        Some((entry["value"].clone(), entry["tol"].as_f64().unwrap()))
    }

    /// The figure under this key, or that of one part of it; a key that is not there counts nothing.
    fn check(&mut self, key: &str, part: Option<&str>, ours: Option<f64>) {
        let Some((mut value, tolerance)) = self.entry(key) else {
            return;
        };
        if let Some(part) = part {
            value = value[part].clone();
        }
        self.close(&format!("{key} {part:?}"), value.as_f64(), ours, tolerance);
    }

    fn close(&mut self, what: &str, theirs: Option<f64>, ours: Option<f64>, tolerance: f64) {
        self.compared += 1;
        let same = match (theirs, ours) {
            (Some(theirs), Some(ours)) => {
                (theirs - ours).abs() <= tolerance * theirs.abs().max(1.0)
            }
            (theirs, ours) => theirs == ours,
        };
        assert!(
            same,
            "{} {what}: expected {theirs:?}, got {ours:?}",
            self.dataset
        );
    }

    fn bins(&mut self, key: &str, group: &Group, edges: Option<usize>) {
        let Some((Value::Array(rows), tolerance)) = self.entry(key) else {
            return;
        };
        assert_eq!(
            rows.len(),
            group.reliability.len(),
            "{} {key}",
            self.dataset
        );
        for (row, bin) in rows.iter().zip(&group.reliability) {
            if let (Some(count), Some(at)) = (edges, row[0].as_f64()) {
                self.close(
                    "bin edge",
                    Some(at / count as f64),
                    Some(bin.lower),
                    tolerance,
                );
            }
            self.close("bin rows", row[1].as_f64(), Some(bin.n as f64), 0.0);
            self.close(
                "bin confidence",
                row[3].as_f64(),
                Some(bin.mean_confidence),
                tolerance,
            );
            self.close(
                "bin accuracy",
                row[4].as_f64(),
                Some(bin.accuracy),
                tolerance,
            );
        }
    }
}

#[test]
fn scores_ranking_and_corp_agree() {
    let mut compared = 0;
    for dataset in DATASETS {
        let mut ledger = Ledger::new(dataset);
        let evidence = evidence(dataset, Columns::default());
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
        compared += ledger.compared;
    }
    assert_eq!(compared, 147);
}

#[test]
fn binned_errors_agree_under_every_convention() {
    let conventions = [
        ("right", Binning::EqualWidth, Edges::Right),
        ("left", Binning::EqualWidth, Edges::Left),
        ("mass", Binning::EqualMass, Edges::Right),
    ];
    let mut compared = 0;
    for dataset in DATASETS {
        let mut ledger = Ledger::new(dataset);
        let evidence = evidence(dataset, Columns::default());
        for (name, binning, edges) in conventions {
            for bins in [5, 10, 15, 20, 100] {
                let group = audit(&evidence, &settings(bins, binning, edges), 1);
                for id in ["ece", "over", "under"] {
                    ledger.check(&format!("ref.{id}.{name}{bins}"), None, value(&group, id));
                }
                let floor = beside(&group, "ece", "noise_floor");
                ledger.check(&format!("ref.ece_null_normal.{name}{bins}"), None, floor);
                let edges = (binning == Binning::EqualWidth).then_some(bins);
                ledger.bins(&format!("bins.{name}{bins}"), &group, edges);
            }
        }
        compared += ledger.compared;
    }
    assert_eq!(compared, 1336);
}

#[test]
fn calibrated_models_show_as_much_as_the_reference_says() {
    let mut compared = 0;
    for dataset in DATASETS {
        let mut ledger = Ledger::new(dataset);
        let evidence = evidence(dataset, Columns::default());
        for bins in [10, 15] {
            let group = audit(
                &evidence,
                &settings(bins, Binning::EqualWidth, Edges::Right),
                999,
            );
            let key = format!("mc.ece_null.right{bins}");
            ledger.check(&key, Some("q95"), beside(&group, "ece", "null_q95"));
            ledger.check(&key, Some("p_value"), beside(&group, "ece", "p_value"));
        }
        compared += ledger.compared;
    }
    assert_eq!(compared, 40);
}

#[test]
fn weights_and_clusters_agree() {
    let mut ledger = Ledger::new("d13_weighted_clustered");
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
    assert_eq!(ledger.compared, 10);
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

#[test]
fn exact_intervals_of_the_accuracy_agree() {
    let mut compared = 0;
    for dataset in DATASETS {
        let mut ledger = Ledger::new(dataset);
        let log = evidence(dataset, Columns::default());
        let right = log.counts().behaviour().total(|_| true).right;
        let (low, high) = clopper_pearson::interval(right, log.rows(), 0.95).unwrap();
        let key = "lib.statsmodels.accuracy_ci95.beta";
        let (theirs, tolerance) = ledger.entry(key).unwrap();
        ledger.close(key, theirs[0].as_f64(), Some(low), tolerance);
        ledger.close(key, theirs[1].as_f64(), Some(high), tolerance);
        compared += ledger.compared;
    }
    assert_eq!(compared, 20);
}
