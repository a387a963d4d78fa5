//! Every figure against other implementations' values on the same rows (`fixtures/reference`).
//!
//! A topic compares the keys it knows on one dataset. The ledger counts the comparisons, so that a test can't pass by
//! comparing nothing, and remembers the keys, so that none is left out without a reason.

mod binned;
mod bootstrap;
mod ce2;
mod compat;
mod corp;
mod cox;
mod cumulative;
mod curves;
mod kernels;
mod murphy;
mod null;
mod rebinned;
mod recalibration;
mod scores;
mod selective;
mod tests;
mod weighted;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use calib::evidence::Evidence;
use calib::metrics::Budget;
use calib::record::{Confidence, Multiclass, Record};
use calib::report::{Group, group};
use calib::settings::{Binning, Edges, Resamples, Settings};
use serde_json::Value;

/// Compares the keys of one subject on one dataset.
type Topic = fn(&mut Ledger);

/// Every topic, by name, with the comparisons it makes over all datasets.
const TOPICS: &[(&str, Topic, usize)] = &[
    ("scores", scores::compare, 266),
    ("bins", binned::compare, 1606),
    ("other bins", rebinned::compare, 105),
    ("murphy and debiased", murphy::compare, 361),
    ("ce2", ce2::compare, 33),
    ("null", null::compare, 40),
    ("cumulative errors", cumulative::compare, 50),
    ("CORP", corp::compare, 388),
    ("Cox", cox::compare, 136),
    ("kernels", kernels::compare, 80),
    ("tests", tests::compare, 50),
    ("weights and clusters", weighted::compare, 10),
    ("other tools", compat::compare, 487),
    ("selective prediction", selective::compare, 237),
    ("bootstrap", bootstrap::compare, 22),
    ("recalibration", recalibration::compare, 960),
];

/// Keys that no figure answers to, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("ref.*.rank*", "splits ties by file order"),
    ("ref.ece_sweep_caltrain.*", "splits ties by file order"),
    (
        "lib.fd_shifts.*aurc*",
        "trapezoids between tie blocks, or asymptotic optimum",
    ),
    (
        "lib.kumar.get_ece_em*",
        "HELM, whose ECE this is, uses 10 bins and 1",
    ),
    (
        "lib.kumar.l2_debiased_mass*",
        "bins of equal mass that are cut elsewhere",
    ),
    (
        "lib.netcal.mmce",
        "takes the confidence for that of the other answer below one half",
    ),
    (
        "lib.relplot.binnedECE*",
        "edges off by rounding, and a bin of its own for confidence 1",
    ),
    (
        "lib.statsmodels.accuracy_ci95.agresti_coull",
        "an interval that is not offered",
    ),
    (
        "lib.statsmodels.ici_lowess",
        "lowess of degree 1, where ours is loess of degree 2",
    ),
];

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
        // The same rows as questions of two options, of which the one that was chosen has this probability.
        record.multiclass = record
            .graded_confidence()
            .map(|(confidence, credit)| Multiclass {
                classes: 2,
                square: 2.0 * (confidence.get() - credit).powi(2),
            });
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

/// Rows of (confidence, credit), each its own item.
pub(crate) fn plain_evidence(rows: impl Iterator<Item = (f64, f64)>) -> Evidence {
    let mut evidence = Evidence::default();
    for (at, (confidence, credit)) in (0u64..).zip(rows) {
        evidence.add(&Record {
            confidence: Confidence::new(confidence),
            credit: Some(credit),
            item: Some(at.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            ..Record::default()
        });
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
    keys: BTreeSet<String>,
}

impl Ledger {
    /// The rows of the dataset, without weights and clusters.
    fn evidence(&self) -> Evidence {
        evidence(self.dataset, Columns::default())
    }

    fn new(dataset: &'static str) -> Self {
        let expected = serde_json::from_str(&read(&format!("{dataset}.expected.json"))).unwrap();
        Self {
            dataset,
            expected,
            compared: 0,
            keys: BTreeSet::new(),
        }
    }

    /// The expected value under a key, with its tolerance, if this dataset has it.
    fn entry(&mut self, key: &str) -> Option<(Value, f64)> {
        let entry = self.expected["metrics"].get(key)?;
        self.keys.insert(key.to_owned());
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

    /// Both ends of an interval.
    fn ends(&mut self, key: &str, ours: Option<(f64, f64)>) {
        if let Some((theirs, tolerance)) = self.entry(key) {
            let (low, high) = ours.unzip();
            self.close(key, theirs[0].as_f64(), low, tolerance);
            self.close(key, theirs[1].as_f64(), high, tolerance);
        }
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

/// What a topic compared, dataset by dataset.
fn ledgers(topic: Topic) -> Vec<Ledger> {
    let ledger = |dataset| {
        let mut ledger = Ledger::new(dataset);
        topic(&mut ledger);
        ledger
    };
    DATASETS.map(ledger).into()
}

/// Whether a key is of this pattern, in which `*` stands for anything.
fn fits(pattern: &str, key: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == key;
    };
    key.strip_prefix(start)
        .is_some_and(|tail| (0..=tail.len()).any(|at| fits(rest, &tail[at..])))
}

#[test]
fn every_topic_agrees_and_compares_as_much_as_it_should() {
    for (name, topic, comparisons) in TOPICS {
        let compared: usize = ledgers(*topic).iter().map(|ledger| ledger.compared).sum();
        assert_eq!(compared, *comparisons, "{name}");
    }
}

#[test]
fn no_reference_key_is_left_out_without_a_reason() {
    let (mut all, mut compared) = (BTreeSet::new(), BTreeSet::new());
    for ledger in TOPICS.iter().flat_map(|(_, topic, _)| ledgers(*topic)) {
        let keys = ledger.expected["metrics"].as_object().unwrap().keys();
        let counted = |key: &&String| key.starts_with("ref.") || key.starts_with("lib.");
        all.extend(keys.filter(counted).cloned());
        compared.extend(ledger.keys);
    }
    let missing: Vec<_> = all.difference(&compared).collect();

    let reason_for = |key: &&&String| LEFT_OUT.iter().any(|(pattern, _)| fits(pattern, key));
    let (left_out, forgotten): (Vec<&String>, Vec<&String>) = missing.iter().partition(reason_for);
    assert!(
        forgotten.is_empty(),
        "neither compared nor left out: {forgotten:#?}"
    );
    for (pattern, reason) in LEFT_OUT {
        let used = left_out.iter().any(|key| fits(pattern, key));
        assert!(used && !reason.is_empty(), "strike {pattern}");
    }
    assert_eq!((all.len(), left_out.len()), (233, 31));
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, key, fit) in [
        ("ref.*.rank*", "ref.ece.rank10", true),
        ("ref.*.rank*", "ref.ece.mass10", false),
        ("ref.brier", "ref.brier_se", false),
        ("lib.*", "lib.", true),
        ("lib.*", "my.lib.x", false),
    ] {
        assert_eq!(fits(pattern, key), fit, "{pattern} {key}");
    }
}
