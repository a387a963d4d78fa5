//! What the tests and curves of calibration say where they have no number.

use std::collections::BTreeMap;

use calib::evidence::Evidence;
use calib::metrics::Budget;
use calib::record::{Confidence, Record};
use calib::report::{Estimate, Group, group};
use calib::settings::{Resamples, Settings};

fn audit(rows: impl IntoIterator<Item = Record>) -> Group {
    let mut evidence = Evidence::default();
    rows.into_iter().for_each(|row| evidence.add(&row));
    let budget = Budget::resolve(Resamples::Fixed(99), 1, 1);
    group(BTreeMap::new(), &evidence, &Settings::default(), budget)
}

fn answer(confidence: f64, credit: f64) -> Record {
    Record {
        confidence: Confidence::new(confidence),
        credit: Some(credit),
        ..Record::default()
    }
}

fn answers(rows: &[(f64, f64)]) -> Group {
    audit(rows.iter().map(|(c, y)| answer(*c, *y)))
}

/// The reason of a figure without a value.
fn reason(estimate: &Estimate) -> Option<&str> {
    assert_eq!(estimate.value, None);
    estimate.reason.as_deref()
}

#[test]
fn certain_answers_leave_nothing_to_chance() {
    let right = answers(&[(1.0, 1.0), (0.0, 0.0), (1.0, 1.0)]);
    let wrong = answers(&[(1.0, 1.0), (0.0, 0.0), (1.0, 0.0)]);
    for id in ["ks", "ecce_r"] {
        assert_eq!(right.metrics[id].value, Some(0.0));
        assert_eq!(right.metrics[id].beside["p_value"], Some(1.0));
        assert_eq!(wrong.metrics[id].beside["p_value"], None);
        let said = wrong.metrics[id].reason.as_deref().unwrap();
        assert!(said.contains("every confidence is 0 or 1"), "{said}");
    }
    let z = &wrong.metrics["spiegelhalter_z"];
    assert_eq!(reason(z), Some("every confidence is 0, 0.5 or 1"));
    assert_eq!(z.beside["impossible_rows"], Some(1.0));
    let test = &wrong.metrics["hosmer_lemeshow"];
    assert_eq!(
        reason(test),
        Some("a bin holds only confidences of 0 or only of 1")
    );
}

#[test]
fn a_line_needs_two_classes_that_overlap() {
    let line = |rows: &[(f64, f64)]| {
        let group = answers(rows);
        let slope = &group.metrics["cox_slope"];
        let said = reason(slope).map(str::to_owned);
        assert_eq!(slope.beside["p_value"], None);
        (said.unwrap(), group.metrics["cox_intercept"].beside["citl"])
    };
    assert_eq!(
        line(&[(0.3, 1.0), (0.8, 1.0)]),
        ("one class only".to_owned(), None)
    );
    let (said, large) = line(&[(0.7, 1.0), (0.7, 0.0)]);
    assert_eq!(said, "constant confidence");
    // With slope 1 the intercept moves 0.7 to the accuracy of one half.
    assert!((large.unwrap() + (0.7f64 / 0.3).ln()).abs() < 1e-9);
    for separated in [
        [(0.3, 0.0), (0.5, 0.0), (0.6, 1.0), (0.9, 1.0)],
        // A tie at the border is no overlap, nor is the wrong order.
        [(0.3, 0.0), (0.5, 0.0), (0.5, 1.0), (0.9, 1.0)],
        [(0.3, 1.0), (0.5, 1.0), (0.6, 0.0), (0.9, 0.0)],
    ] {
        let (said, _) = line(&separated);
        assert_eq!(
            said,
            "no finite optimum: right and wrong answers are separated"
        );
    }
}

#[test]
fn a_curve_needs_enough_confidences_within_reach() {
    let crowded = (0..100).map(|at| match at {
        0 => (0.2, 0.0),
        1 => (0.5, 1.0),
        2 => (0.6, 0.0),
        _ => (0.9, f64::from(at % 4).min(1.0)),
    });
    let group = answers(&crowded.collect::<Vec<_>>());
    for id in ["ici", "e50", "e90", "emax"] {
        let said = reason(&group.metrics[id]).unwrap();
        assert!(said.starts_with("local quadratic not identified"), "{said}");
    }
    let one_class = answers(&[(0.1, 1.0), (0.4, 1.0), (0.6, 1.0), (0.8, 1.0)]);
    assert_eq!(reason(&one_class.metrics["ici"]), Some("one class only"));
}

#[test]
fn pairs_and_clusters_need_two() {
    let one = answers(&[(0.8, 1.0)]);
    assert_eq!(reason(&one.metrics["skce"]), Some("n = 1"));
    let row = |at: u32| Record {
        item: Some(7),
        ..answer(0.1 + 0.2 * f64::from(at), f64::from(at % 2))
    };
    let prompt = audit((0..5).map(row));
    for id in ["skce", "spiegelhalter_z"] {
        assert_eq!(reason(&prompt.metrics[id]), Some("one cluster"), "{id}");
    }
    let slope = &prompt.metrics["cox_slope"];
    assert!(slope.value.is_some() && slope.low.is_none());
    assert_eq!(slope.reason.as_deref(), Some("one cluster"));
    let test = &prompt.metrics["hosmer_lemeshow"];
    assert!(test.value.is_some() && test.beside["p_value"].is_none());
}

#[test]
fn graded_rows_use_what_does_not_assume_right_or_wrong() {
    let row = |at: u32| Record {
        item: Some(u64::from(at) << 40),
        ..answer(f64::from(at % 19 + 1) / 20.0, f64::from(at * 7 % 5) / 4.0)
    };
    let group = audit((0..200).map(row));
    let method = |id: &str| group.metrics[id].method.as_deref().unwrap().to_owned();
    assert_eq!(method("ks"), "sign flips by cluster, B = 99");
    assert_eq!(method("spiegelhalter_z"), "row sums around 0");
    assert_eq!(method("cox_slope"), "robust Wald");
    assert_eq!(group.metrics["ecce_r"].beside["sigma"], None);
}
