//! Fitted curves: parameters, and what becomes of a grid of confidences.

use std::collections::BTreeSet;

use calib::evidence::Partial;
use calib::inference::logistic::{Free, Point, fit, logit};
use calib::recalibrate::{
    Calibrator, Fitting, Graded, beta::Beta, graded, histogram::Histogram, isotonic::Isotonic,
    platt::Platt, temperature::Temperature, venn_abers::VennAbers,
};
use serde_json::Value;

use super::{Ledger, ledgers};

/// Fits of other definitions, and why they are not compared.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "platt.sklearn.prob",
        "Platt's line on the probability itself; ours is on the logit",
    ),
    (
        "beta.ab.betacal",
        "m fixed at 1/2, and slopes that may be below 0",
    ),
    (
        "beta.am.betacal",
        "one slope for both sides: the line of platt.mle_logit.statsmodels by another optimiser",
    ),
];

/// What an exact computation may lose.
const EXACT: f64 = 1e-9;
/// What scikit-learn's optimisers leave open when they stop, beside the 1e-12 it adds to probabilities.
const SKLEARN: f64 = 2e-5;
/// What betacal's optimiser leaves open in predictions when it stops.
const BETACAL: f64 = 5e-4;

pub(super) fn compare(ledger: &mut Ledger) {
    let rows = graded(&ledger.evidence().tally(Partial::Abstain));
    temperature(ledger, &rows);
    platt(ledger, &rows);
    beta(ledger, &rows);
    isotonic(ledger, &rows);
    histogram(ledger, &rows);
    venn_abers(ledger, &rows);
}

impl Ledger {
    /// The expected fit of this name, if this dataset has it.
    fn expected_fit(&mut self, key: &str) -> Option<Value> {
        let fit = self.expected["recalibration"]["fits"].get(key)?.clone();
        self.keys.insert(key.to_owned());
        Some(fit)
    }

    /// What becomes of the grid, where it is `wanted`.
    fn grid(
        &mut self,
        key: &str,
        expected: &Value,
        tolerance: f64,
        wanted: fn(f64) -> bool,
        curve: impl Fn(f64) -> f64,
    ) {
        let inputs = self.expected["recalibration"]["grid_input"].clone();
        let pairs = inputs
            .as_array()
            .unwrap()
            .iter()
            .zip(expected.as_array().unwrap());
        let pairs = pairs.map(|(input, output)| (input.as_f64().unwrap(), output.as_f64()));
        for (input, output) in pairs.filter(|(input, _)| wanted(*input)) {
            let what = format!("{key} at {input}");
            self.close(&what, output, Some(curve(input)), tolerance);
        }
    }
}

fn everywhere(_: f64) -> bool {
    true
}

/// Where confidences of any clip are the same.
fn unclipped(input: f64) -> bool {
    input > 0.0 && input < 1.0
}

fn temperature(ledger: &mut Ledger, rows: &[Graded]) {
    for (key, tolerance) in [("temperature.own", 1e-6), ("temperature.sklearn", SKLEARN)] {
        let Some(expected) = ledger.expected_fit(key) else {
            continue;
        };
        let curve = Temperature::fit(rows, &Fitting::default()).unwrap();
        ledger.close(key, expected["T"].as_f64(), Some(curve.t), tolerance);
        ledger.grid(key, &expected["grid"], tolerance, everywhere, |p| {
            curve.apply(p)
        });
    }
}

fn platt(ledger: &mut Ledger, rows: &[Graded]) {
    let key = "platt.sklearn.logit";
    if let Some(expected) = ledger.expected_fit(key) {
        let curve = Platt::fit(rows, &Fitting::default()).unwrap();
        ledger.close(key, expected["a"].as_f64(), Some(curve.a), SKLEARN);
        ledger.close(key, expected["b"].as_f64(), Some(curve.b), SKLEARN);
        ledger.grid(key, &expected["grid"], SKLEARN, everywhere, |p| {
            curve.apply(p)
        });
    }
    let key = "platt.mle_logit.statsmodels";
    if let Some(expected) = ledger.expected_fit(key) {
        let point = |row: &Graded| Point {
            x: logit(row.confidence, 1e-12),
            weight: row.weight,
            moment: row.credit,
        };
        let line = fit(&rows.iter().map(point).collect::<Vec<_>>(), Free::Both).unwrap();
        let curve = Platt {
            a: -line.slope,
            b: -line.intercept,
        };
        ledger.close(key, expected["slope"].as_f64(), Some(line.slope), 1e-8);
        ledger.close(
            key,
            expected["intercept"].as_f64(),
            Some(line.intercept),
            1e-8,
        );
        ledger.grid(key, &expected["grid"], 1e-8, everywhere, |p| curve.apply(p));
    }
}

fn beta(ledger: &mut Ledger, rows: &[Graded]) {
    let key = "beta.abm.betacal";
    let Some(expected) = ledger.expected_fit(key) else {
        return;
    };
    // betacal clips at the spacing of numbers above 1, ours at 1e-12: the same unless a confidence is 0 or 1.
    let curve = Beta::clipped(rows, f64::EPSILON).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let theirs = Beta {
        a: number(&expected["map_a_b_m"][0]),
        b: number(&expected["map_a_b_m"][1]),
        m: number(&expected["lr_intercept"]),
    };
    let lead = likelihood(&curve, rows) - likelihood(&theirs, rows);
    assert!(
        lead > -1e-6,
        "{}: ours is less likely by {lead}",
        ledger.dataset
    );
    if ledger.dataset == "d11_imbalanced" {
        // Its optimiser stopped with b below 0, and left b at 0 where the likelihood has its greatest value at 2.3.
        assert!(lead > 0.1 && curve.b > 2.0, "{lead} {curve:?}");
    } else {
        ledger.grid(key, &expected["grid"], BETACAL, unclipped, |p| {
            curve.apply(p)
        });
    }
}

/// The log-likelihood of a curve, with the clip of betacal.
fn likelihood(curve: &Beta, rows: &[Graded]) -> f64 {
    let score = |row: &Graded| {
        let p = row.confidence.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        let eta = curve.a * p.ln() - curve.b * (-p).ln_1p() + curve.m;
        let lost = |eta: f64| (-eta).exp().ln_1p();
        row.credit * lost(eta) + (row.weight - row.credit) * lost(-eta)
    };
    -rows.iter().map(score).sum::<f64>()
}

fn isotonic(ledger: &mut Ledger, rows: &[Graded]) {
    let key = "isotonic.sklearn";
    let Some(expected) = ledger.expected_fit(key) else {
        return;
    };
    let curve = Isotonic::fit(rows, &Fitting::default()).unwrap();
    for (name, ours) in [("X_thresholds", &curve.x), ("y_thresholds", &curve.y)] {
        let theirs = expected[name].as_array().unwrap();
        assert_eq!(theirs.len(), ours.len(), "{} {name}", ledger.dataset);
        for (theirs, ours) in theirs.iter().zip(ours) {
            ledger.close(name, theirs.as_f64(), Some(*ours), EXACT);
        }
    }
    ledger.grid(key, &expected["grid"], EXACT, everywhere, |p| {
        curve.apply(p)
    });
}

fn histogram(ledger: &mut Ledger, rows: &[Graded]) {
    let key = "histogram.right10.own";
    let Some(mut expected) = ledger.expected_fit(key) else {
        return;
    };
    let curve = Histogram::fit(rows, &Fitting { bins: 10 }).unwrap();
    // A bin without answers is null there, and its midpoint here.
    let inputs = ledger.expected["recalibration"]["grid_input"].clone();
    let outputs = expected["grid"].as_array_mut().unwrap();
    for (input, output) in inputs.as_array().unwrap().iter().zip(outputs) {
        if output.is_null() {
            let bin = (input.as_f64().unwrap() * 10.0).ceil().max(1.0);
            *output = ((bin - 0.5) / 10.0).into();
        }
    }
    ledger.grid(key, &expected["grid"], EXACT, everywhere, |p| {
        curve.apply(p)
    });
}

fn venn_abers(ledger: &mut Ledger, rows: &[Graded]) {
    let curve = VennAbers::fit(rows, &Fitting::default()).unwrap();
    let both = |p: f64| curve.interval(p).unwrap();
    for key in ["venn_abers.lib", "venn_abers.brute_force"] {
        let Some(expected) = ledger.expected_fit(key) else {
            continue;
        };
        ledger.grid(key, &expected["p0"], EXACT, everywhere, |p| both(p).0);
        ledger.grid(key, &expected["p1"], EXACT, everywhere, |p| both(p).1);
        ledger.grid(key, &expected["p"], EXACT, everywhere, |p| curve.apply(p));
    }
}

#[test]
fn no_fit_is_left_out_without_a_reason() {
    let (mut all, mut compared) = (BTreeSet::new(), BTreeSet::new());
    for ledger in ledgers(compare) {
        let fits = ledger.expected["recalibration"]["fits"]
            .as_object()
            .unwrap();
        all.extend(fits.keys().cloned());
        compared.extend(ledger.keys);
    }
    let left_out = LEFT_OUT.iter().map(|(key, _)| (*key).to_owned());
    let missing: Vec<_> = all.difference(&compared).cloned().collect();
    let mut left_out: Vec<String> = left_out.collect();
    left_out.sort();
    assert_eq!(missing, left_out);
    assert_eq!((all.len(), compared.len()), (12, 9));
}
