//! Other tools' definitions against those tools.
//!
//! Some of them sort rows, and then the order of equal confidences in the file shows. Where the sort keeps that order,
//! the rows are told apart by it and the number must be theirs; where it does not, theirs must lie between the orders
//! that are best and worst for it.

use calib::evidence::Evidence;
use calib::metrics::{Budget, COMPAT, View, compat};
use calib::record::{Confidence, Record};
use calib::report::Compat;
use calib::settings::{Settings, Tool};
use serde_json::Value;

use super::{Columns, Ledger, evidence, read};

/// Figures with a number of bins: the key without it.
const BINNED: &[(Tool, &str, &str)] = &[
    (Tool::Netcal, "ECE", "lib.netcal.ece"),
    (Tool::Netcal, "MCE", "lib.netcal.mce"),
    (Tool::Netcal, "ACE", "lib.netcal.ace"),
    (
        Tool::Netcal,
        "ECE(equal_intervals=False)",
        "lib.netcal.ece_equal_mass",
    ),
    (Tool::Torchmetrics, "l1", "lib.torchmetrics.l1"),
    (Tool::Torchmetrics, "l2", "lib.torchmetrics.l2"),
    (Tool::Torchmetrics, "max", "lib.torchmetrics.max"),
    (
        Tool::Sklearn,
        "calibration_curve, uniform",
        "lib.sklearn.ece_from_calibration_curve.uniform",
    ),
    (
        Tool::Sklearn,
        "calibration_curve, quantile",
        "lib.sklearn.ece_from_calibration_curve.quantile",
    ),
    (Tool::LmPolygraph, "ece", "lib.lm_polygraph.ece"),
];

/// Figures without, that no order of rows can move.
const FIXED: &[(Tool, &str, &str)] = &[
    (Tool::Sklearn, "brier_score_loss", "lib.sklearn.brier"),
    (Tool::Sklearn, "d2_brier_score", "lib.sklearn.d2_brier"),
    (Tool::Sklearn, "log_loss", "lib.sklearn.log_loss"),
    (Tool::Sklearn, "roc_auc_score", "lib.sklearn.auroc"),
    (
        Tool::Sklearn,
        "average_precision_score",
        "lib.sklearn.average_precision_correct",
    ),
    (
        Tool::Sklearn,
        "average_precision_score, errors",
        "lib.sklearn.average_precision_error",
    ),
    (Tool::Helm, "ece_10_bin", "lib.kumar.get_ece_em10"),
    (
        Tool::Helm,
        "get_calibration_error",
        "lib.kumar.get_calibration_error_l2_debiased",
    ),
    (Tool::LmPolygraph, "prr oracle", "ref.prr_oracle_raw_1.0"),
    (
        Tool::LmPolygraph,
        "prr_0.5 oracle",
        "ref.prr_oracle_raw_0.5",
    ),
    (Tool::Rlcr, "ece", "ref.ece.left10"),
];

/// Figures of tools whose sort keeps ties in file order, with the order it puts them in.
const STABLE: &[(Tool, &str, &str, Tie)] = &[
    (
        Tool::Hle,
        "calib_err",
        "lib.hle.calib_err_rms_beta100",
        Tie::EarlierLower,
    ),
    (
        Tool::LmPolygraph,
        "rcc-auc",
        "lib.lm_polygraph.rcc_auc",
        Tie::EarlierHigher,
    ),
];

/// Figures of tools whose sort keeps no order: the key, and the place in it if it holds several numbers.
const UNSTABLE: &[(Tool, &str, &str, Option<usize>)] = &[
    (
        Tool::LmPolygraph,
        "prr",
        "lib.lm_polygraph.prr_raw_1.0",
        None,
    ),
    (
        Tool::LmPolygraph,
        "prr_0.5",
        "lib.lm_polygraph.prr_raw_0.5",
        None,
    ),
    (
        Tool::Helm,
        "selective_cov_acc_area",
        "lib.kumar.selective_stats",
        Some(0),
    ),
    (
        Tool::Helm,
        "selective_acc@10",
        "lib.kumar.selective_stats",
        Some(1),
    ),
];

/// Comparisons that are bounds only, by dataset, because right and wrong rows share a confidence where it matters.
const BOUNDED: &[(&str, &[&str])] = &[
    ("d02_edges", &UNTIL_THE_CUT),
    ("d05_zero_one", &EVERY),
    ("d06_constant", &EVERY),
    ("d07_verbal_ties", &EVERY),
    ("d09_underconfident", &UNTIL_THE_CUT),
    ("d11_imbalanced", &UNTIL_THE_CUT),
    ("d13_weighted_clustered", &UNTIL_THE_CUT),
];
const EVERY: [&str; 4] = [
    "prr",
    "prr_0.5",
    "selective_cov_acc_area",
    "selective_acc@10",
];
/// Where the cut after the first tenth parts no right row from a wrong one.
const UNTIL_THE_CUT: [&str; 3] = ["prr", "prr_0.5", "selective_cov_acc_area"];

/// How rows of one confidence are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tie {
    EarlierLower,
    EarlierHigher,
    RightHigher,
    RightLower,
}

const TIED: &str = "tied confidences: that tool's answer depends on file order";

fn every(evidence: &Evidence, bins: usize) -> Vec<Compat> {
    let settings = Settings {
        bins,
        compat: COMPAT.iter().map(|definition| definition.tool).collect(),
        ..Settings::default()
    };
    compat(&View::new(evidence, &settings, Budget::default()))
}

#[track_caller]
fn figure<'a>(figures: &'a [Compat], tool: Tool, metric: &str) -> &'a Compat {
    let wanted = |figure: &&Compat| figure.tool == tool.to_string() && figure.metric == metric;
    figures.iter().find(wanted).unwrap()
}

fn is_tied(figure: &Compat) -> bool {
    figure
        .reason
        .as_deref()
        .is_some_and(|reason| reason.starts_with(TIED))
}

/// The rows of a dataset with no two confidences equal, each moved by 10⁻⁹ at most.
fn untied(dataset: &str, tie: Tie) -> Evidence {
    let text = read(&format!("{dataset}.jsonl"));
    let row = |(at, line): (usize, &str)| {
        let row: Value = serde_json::from_str(line).unwrap();
        (
            row["confidence"].as_f64().unwrap(),
            row["correct"].as_bool().unwrap(),
            at,
        )
    };
    let mut rows: Vec<_> = text.lines().enumerate().map(row).collect();
    let key = |&(_, correct, at): &(f64, bool, usize)| {
        let at = at as i64;
        match tie {
            Tie::EarlierLower => at,
            Tie::EarlierHigher => -at,
            Tie::RightHigher => i64::from(correct),
            Tie::RightLower => -i64::from(correct),
        }
    };
    rows.sort_by(|one, other| one.0.total_cmp(&other.0).then(key(one).cmp(&key(other))));
    let spread = 1e-10 / rows.len() as f64;
    let mut evidence = Evidence::default();
    for (rank, (confidence, correct, _)) in rows.into_iter().enumerate() {
        let apart = 0.5 + (confidence - 0.5) * (1.0 - 4e-10) + (rank as f64 * spread - 5e-11);
        evidence.add(&Record {
            confidence: Confidence::new(apart),
            credit: Some(f64::from(u8::from(correct))),
            ..Record::default()
        });
    }
    evidence
}

pub(super) fn compare(ledger: &mut Ledger) {
    let rows = ledger.evidence();
    for bins in [10, 15, 20] {
        let figures = every(&rows, bins);
        for (tool, metric, key) in BINNED {
            let ours = figure(&figures, *tool, metric).value;
            ledger.check(&format!("{key}{bins}"), None, ours);
        }
    }
    let figures = every(&rows, 15);
    for (tool, metric, key) in FIXED {
        ledger.check(key, None, figure(&figures, *tool, metric).value);
    }
    let ours = figure(&figures, Tool::LmEval, "brier_score").value;
    ledger.check("ref.brier", None, ours.map(|sum| sum / 2.0));
    let gap = ledger.entry("signed_gap").and_then(|(gap, _)| gap.as_f64());
    let ours = figure(&figures, Tool::Helm, "ece_1_bin").value;
    ledger.close("one bin", gap.map(f64::abs), ours, 1e-9);

    let skill = figure(&figures, Tool::Sklearn, "d2_log_loss_score");
    match skill.reason.as_deref() {
        // Its number is that of a division by the clip, about -1e15.
        Some("one class only: that tool gives no usable number") => assert_eq!(skill.value, None),
        _ => ledger.check("lib.sklearn.d2_log_loss", None, skill.value),
    }
    sorted(ledger, &figures);
    weighted(ledger);
}

fn sorted(ledger: &mut Ledger, figures: &[Compat]) {
    for (tool, metric, key, tie) in STABLE {
        let apart = every(&untied(ledger.dataset, *tie), 15);
        let told_apart = figure(&apart, *tool, metric);
        assert!(!is_tied(told_apart), "{key}");
        ledger.check(key, None, told_apart.value);
        let even = figure(figures, *tool, metric);
        if !is_tied(even) {
            ledger.check(key, None, even.value);
        }
    }
    let orders =
        [Tie::RightLower, Tie::RightHigher].map(|tie| every(&untied(ledger.dataset, tie), 15));
    let mut bounded = Vec::new();
    for (tool, metric, key, place) in UNSTABLE {
        let (value, tolerance) = ledger.entry(key).unwrap();
        let theirs = place.map_or(&value, |place| &value[place]).as_f64();
        let even = figure(figures, *tool, metric);
        if is_tied(even) {
            let [worst, best] = orders
                .each_ref()
                .map(|order| figure(order, *tool, metric).value.unwrap());
            for between in [theirs.unwrap(), even.value.unwrap()] {
                assert!(
                    worst - tolerance <= between && between <= best + tolerance,
                    "{} {metric}: {worst} to {best}, {between}",
                    ledger.dataset
                );
            }
            bounded.push(*metric);
        } else {
            ledger.close(metric, theirs, even.value, tolerance);
        }
    }
    let expected = BOUNDED
        .iter()
        .find(|(dataset, _)| *dataset == ledger.dataset);
    assert_eq!(
        bounded,
        expected.map_or(&[][..], |(_, metrics)| metrics),
        "{}",
        ledger.dataset
    );
}

fn weighted(ledger: &mut Ledger) {
    if ledger.dataset != "d13_weighted_clustered" {
        return;
    }
    let columns = Columns {
        weight: true,
        cluster: false,
    };
    let figures = every(&evidence(ledger.dataset, columns), 15);
    for (metric, key) in [
        ("brier_score_loss", "weighted.lib.sklearn.brier"),
        ("log_loss", "weighted.lib.sklearn.log_loss"),
        ("roc_auc_score", "weighted.lib.sklearn.auroc"),
    ] {
        ledger.check(key, None, figure(&figures, Tool::Sklearn, metric).value);
    }
    let refusing = figures.iter().filter(|figure| figure.value.is_none());
    for figure in refusing.clone() {
        let reason = figure.reason.as_deref();
        assert_eq!(reason, Some("weighted rows, which that tool does not take"));
    }
    assert_eq!(
        refusing.count(),
        figures.len() - 7,
        "all but scikit-learn's scores"
    );
}
