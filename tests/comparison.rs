//! Paired comparisons against their formulas written out row by row.

use calib::comparison::{Judgement, Pairing, Target, arrow, judge};
use calib::evidence::{Evidence, Partial};
use calib::inference::delong::{Scored, compare};
use calib::inference::paired::{Alternative, Difference, Magnitude, mcnemar};
use calib::maths::rng::Rng;
use calib::metrics::{self, Better};
use calib::record::{Abstained, Confidence, Kind, Record};
use calib::settings::Settings;

/// A row of one model: confidence, and whether it was right.
type Row = (f64, bool);

/// A hash that spreads like those of real ids.
fn hash(id: u64) -> u64 {
    Rng::stream(id, 99).bits()
}

fn log(rows: impl IntoIterator<Item = (u64, Row)>) -> Evidence {
    let mut evidence = Evidence::default();
    for (id, (confidence, right)) in rows {
        evidence.add(&Record {
            confidence: Confidence::new(confidence),
            credit: Some(f64::from(u8::from(right))),
            item: Some(hash(id)),
            ..Record::default()
        });
    }
    evidence
}

/// Two models on the same questions, `m` samples of each.
fn models(questions: u64, m: u64, seed: u64) -> [Vec<(u64, Row)>; 2] {
    let mut rng = Rng::stream(seed, questions);
    let (mut base, mut new) = (Vec::new(), Vec::new());
    for at in 0..questions * m {
        let p = rng.uniform();
        let mut row = |sharper: f64| {
            let c = (p.powf(sharper) * 20.0).round() / 20.0;
            (at / m, (c, rng.uniform() < p))
        };
        base.push(row(1.0));
        new.push(row(0.6));
    }
    [base, new]
}

fn judged(base: &Evidence, new: &Evidence, id: &str) -> Judgement {
    let settings = Settings::default();
    let metric = metrics::find(id).unwrap();
    let pairing = Pairing::new(base, new, &settings);
    judge(&pairing, &[Target { metric, kind: None }], &settings).remove(0)
}

fn close(ours: f64, theirs: f64) {
    assert!(
        (ours - theirs).abs() < 1e-12 * theirs.abs().max(1.0),
        "{ours} {theirs}"
    );
}

fn square((c, right): Row) -> f64 {
    (c - f64::from(u8::from(right))).powi(2)
}

#[test]
fn single_rows_give_the_paired_t_test_and_mcnemar() {
    let [base, new] = models(200, 1, 1);
    let pairs = || base.iter().zip(&new).map(|((_, a), (_, b))| (*a, *b));
    let (a, b) = (log(base.clone()), log(new.clone()));
    let brier: Vec<f64> = pairs().map(|(a, b)| square(b) - square(a)).collect();
    let theirs = Difference::of_rows(&brier).unwrap();
    let ours = judged(&a, &b, "brier");
    close(ours.delta.unwrap(), theirs.value);
    close(
        ours.difference.unwrap().standard_error,
        theirs.standard_error,
    );
    assert_eq!(ours.difference.unwrap().law, theirs.law);
    assert_eq!(ours.units, 200);

    let only = |new: bool| pairs().filter(|(a, b)| a.1 != b.1 && b.1 == new).count() as u64;
    let accuracy = judged(&a, &b, "accuracy");
    assert_eq!(accuracy.discordant, Some([only(true), only(false)]));
    let p = |alternative| accuracy.p_value(alternative, 0.0);
    for alternative in [
        Alternative::TwoSided,
        Alternative::Greater,
        Alternative::Less,
    ] {
        assert_eq!(
            p(alternative),
            mcnemar(only(true), only(false), alternative)
        );
    }
}

#[test]
fn the_gap_is_judged_by_its_distance_from_zero() {
    let [base, new] = models(150, 1, 2);
    let gaps = |rows: &[(u64, Row)]| -> Vec<f64> {
        rows.iter()
            .map(|(_, (c, right))| c - f64::from(u8::from(*right)))
            .collect()
    };
    let theirs = Magnitude::of_rows(&gaps(&new), &gaps(&base)).unwrap();
    let ours = judged(&log(base), &log(new), "signed_gap");
    let (value, interval) = ours.worsening(Better::NearerZero, 0.9).unwrap();
    close(value, theirs.value());
    let bounds = (
        interval.bounds.unwrap(),
        theirs.interval(0.9).bounds.unwrap(),
    );
    close(bounds.0.0, bounds.1.0);
    close(bounds.0.1, bounds.1.1);
    close(
        ours.p_worse(Better::NearerZero, 0.0).unwrap(),
        theirs.p_value(0.0).unwrap(),
    );
}

#[test]
fn repeated_samples_are_clusters() {
    let [base, new] = models(60, 5, 3);
    let mut sums = vec![(0.0, 0.0); 60];
    for ((id, a), (_, b)) in base.iter().zip(&new) {
        sums[*id as usize].0 += square(*b) - square(*a);
        sums[*id as usize].1 += 1.0;
    }
    let theirs = Difference::of_clusters(&sums).unwrap();
    let ours = judged(&log(base), &log(new), "brier").difference.unwrap();
    close(ours.value, theirs.value);
    close(ours.standard_error, theirs.standard_error);
    assert_eq!(ours.law, theirs.law);
}

#[test]
fn areas_are_compared_by_delong_in_either_case() {
    for m in [1, 4] {
        let [base, new] = models(80, m, 4);
        let scored = |rows: &[(u64, Row)]| -> Vec<Scored> {
            let one = |(cluster, (score, right)): &(u64, Row)| Scored {
                score: *score,
                right: *right,
                weight: 1.0,
                cluster: *cluster,
            };
            rows.iter().map(one).collect()
        };
        let theirs = compare(&scored(&new), &scored(&base)).unwrap();
        let ours = judged(&log(base), &log(new), "auroc");
        close(ours.delta.unwrap(), theirs.value);
        close(
            ours.difference.unwrap().standard_error,
            theirs.standard_error,
        );
        let [a, b] = ours.shared.map(Option::unwrap);
        close(b - a, theirs.value);
    }
}

#[test]
fn every_statistic_of_cells_is_that_of_the_report() {
    let [base, new] = models(120, 1, 5).map(log);
    let settings = Settings::default();
    let mut seen = 0;
    for metric in metrics::METRICS {
        let ours = judged(&base, &new, metric.id());
        let Some(delta) = ours.delta else { continue };
        let value = |side| {
            let view = metrics::View::new(side, &settings, metrics::Budget::default());
            metric.estimate(&view).value.unwrap()
        };
        close(delta, value(&new) - value(&base));
        seen += 1;
    }
    assert_eq!(
        seen, 28,
        "metrics with a paired difference on a log without abstentions"
    );
}

#[test]
fn what_differs_nowhere_has_neither_interval_nor_p_value() {
    let [base, _] = models(50, 1, 6);
    let evidence = log(base);
    for id in ["brier", "accuracy", "signed_gap", "auroc", "aurc"] {
        let ours = judged(&evidence, &evidence, id);
        assert_eq!((ours.delta, ours.unchanged), (Some(0.0), true), "{id}");
        assert_eq!(ours.interval(0.95).bounds, None, "{id}");
        assert_eq!(ours.p_value(Alternative::TwoSided, 0.0), None, "{id}");
        assert!(ours.reason.is_some(), "{id}");
    }
    // Swapping equal sides gives no difference, every time.
    let ece = judged(&evidence, &evidence, "ece");
    assert_eq!((ece.delta, ece.swaps), (Some(0.0), Some(1.0)));
}

#[test]
fn only_prompts_answered_on_both_sides_enter() {
    let [base, new] = models(100, 1, 7);
    let silent = |id: u64| Record {
        abstained: Abstained::Full,
        item: Some(hash(id)),
        ..Record::default()
    };
    let mut quieter = log(new[30..].to_vec());
    (0..30).for_each(|id| quieter.add(&silent(id)));
    let whole = log(base.clone());
    let theirs = judged(&log(base[30..].to_vec()), &log(new[30..].to_vec()), "brier");
    let ours = judged(&whole, &quieter, "brier");
    assert_eq!((ours.units, ours.delta), (70, theirs.delta));
    let settings = Settings::default();
    assert!(
        Pairing::new(&whole, &quieter, &settings)
            .overlap()
            .is_full()
    );
    // Coverage fell on all of them.
    let coverage = judged(&whole, &quieter, "coverage");
    close(coverage.delta.unwrap(), -0.3);
    assert_eq!(coverage.discordant, Some([0, 30]));
}

#[test]
fn overlap_is_counted() {
    let [base, new] = models(100, 1, 8);
    let (a, b) = (log(base[..90].to_vec()), log(new[20..].to_vec()));
    let settings = Settings::default();
    let overlap = Pairing::new(&a, &b, &settings).overlap();
    assert_eq!(
        (overlap.shared, overlap.base_only, overlap.new_only),
        (70, 20, 10)
    );
    assert!(!overlap.is_full());
}

/// Prompts of a kind with the share of each side declined.
fn prompts(kind: Kind, declined: [f64; 2], seed: u64) -> Vec<Record> {
    let mut rng = Rng::stream(seed, 1);
    (0..400)
        .map(|id| {
            let should = id % 2 == 0;
            let declines = rng.uniform() < declined[usize::from(!should)];
            Record {
                kind,
                should_abstain: Some(should),
                abstained: if declines {
                    Abstained::Full
                } else {
                    Abstained::No
                },
                item: Some(hash(id + 1_000 * kind as u64)),
                ..Record::default()
            }
        })
        .collect()
}

fn evidence(rows: &[Record]) -> Evidence {
    let mut evidence = Evidence::default();
    rows.iter().for_each(|row| evidence.add(row));
    evidence
}

#[test]
fn a_move_on_the_map_is_the_sum_of_its_two_causes() {
    let base = evidence(&prompts(Kind::Unknown, [0.8, 0.2], 1));
    let new = evidence(&prompts(Kind::Unknown, [0.5, 0.1], 2));
    let settings = Settings {
        partial: Partial::Abstain,
        ..Settings::default()
    };
    let arrow = arrow(&Pairing::new(&base, &new, &settings), None, &settings).unwrap();
    for rate in [arrow.over_answer, arrow.over_abstain] {
        let split = rate.split.unwrap();
        close(split.criterion + split.discrimination, rate.new - rate.base);
    }
    // It answers more of either side: the criterion is laxer.
    assert!(arrow.over_answer.split.unwrap().criterion > 0.0);
    assert!(arrow.over_abstain.split.unwrap().criterion < 0.0);
    assert!(arrow.criterion.p_value(Alternative::Greater, 0.0).unwrap() < 0.01);
}

#[test]
fn kinds_are_compared_apart() {
    let both = |safety: [f64; 2]| {
        let mut rows = prompts(Kind::Epistemic, [0.7, 0.2], 3);
        rows.extend(prompts(Kind::Safety, safety, 4));
        evidence(&rows)
    };
    let (base, new) = (both([0.9, 0.1]), both([0.9, 0.6]));
    let settings = Settings::default();
    let pairing = Pairing::new(&base, &new, &settings);
    let metric = metrics::find("over_abstain").unwrap();
    let of = |kind| judge(&pairing, &[Target { metric, kind }], &settings).remove(0);
    assert!(of(Some(Kind::Epistemic)).unchanged);
    let safety = of(Some(Kind::Safety));
    assert!(safety.delta.unwrap() > 0.4 && safety.p_worse(Better::Lower, 0.0).unwrap() < 1e-6);
}

/// Logs too large to keep every id: their rows fall into the same random groups on both sides.
#[test]
fn groups_of_ids_give_the_error_that_the_ids_give() {
    for (questions, m) in [(100_000, 1), (70_000, 2)] {
        let [base, new] = models(questions, m, 9);
        let mut sums = vec![(0.0, 0.0); questions as usize];
        for ((id, a), (_, b)) in base.iter().zip(&new) {
            sums[*id as usize].0 += square(*b) - square(*a);
            sums[*id as usize].1 += 1.0;
        }
        let theirs = Difference::of_clusters(&sums).unwrap();
        let (base, new) = (log(base), log(new));
        let ours = judged(&base, &new, "brier").difference.unwrap();
        assert!((ours.value / theirs.value - 1.0).abs() < 1e-9);
        let ratio = ours.standard_error / theirs.standard_error;
        assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
        let overlap = Pairing::new(&base, &new, &Settings::default()).overlap();
        assert!(overlap.folded && overlap.is_full());
        // The rows themselves are not kept, and that is said.
        assert!(
            judged(&base, &new, "auroc")
                .reason
                .unwrap()
                .contains("too many rows")
        );
    }
}
