//! The laws everything else relies on: merging of evidence, and identities between figures.

use std::collections::BTreeMap;

use calib::evidence::{
    Agreement, Behaviour, Evidence, Grid, Groups, Items, Labelled, Panel, Squares, Strata, Tally,
};
use calib::metrics::Budget;
use calib::record::{Abstained, Confidence, Field, Kind, Multiclass, Names, Record, Trace};
use calib::report::{Group, group};
use calib::settings::{Binning, Edges, Resamples, Settings};
use proptest::prelude::*;

fn record() -> impl Strategy<Value = Record> {
    let confidence = prop_oneof![
        1 => Just(None),
        4 => (0u32..=20).prop_map(|step| Confidence::new(f64::from(step) / 20.0)),
        3 => (0.0..=1.0).prop_map(Confidence::new),
    ];
    let credit = prop_oneof![
        1 => Just(None),
        3 => Just(Some(0.0)),
        3 => Just(Some(1.0)),
        1 => (0.0..=1.0).prop_map(Some),
    ];
    let weight = prop_oneof![4 => Just(1.0), 1 => 0.1..5.0];
    let item = prop_oneof![1 => Just(None), 2 => any::<u64>().prop_map(Some), 2 => (0u64..6).prop_map(|i| Some(i << 60))];
    let kind = prop_oneof![
        Just(Kind::Epistemic),
        Just(Kind::Safety),
        Just(Kind::Unknown)
    ];
    let abstained = prop_oneof![3 => Just(Abstained::No), 1 => Just(Abstained::Partial), 1 => Just(Abstained::Full)];
    let human = prop::option::of(prop_oneof![
        Just(Abstained::No),
        Just(Abstained::Partial),
        Just(Abstained::Full)
    ]);
    let labels = (kind, any::<Option<bool>>(), abstained, human);
    let multiclass = prop::option::of(
        (2u64..5, 0.0..=2.0).prop_map(|(classes, square)| Multiclass { classes, square }),
    );
    let beyond = (
        trace(),
        prop::option::of(0u64..5),
        prop::bool::weighted(0.2),
    );
    (confidence, credit, weight, item, labels, multiclass, beyond).prop_map(
        |(confidence, credit, weight, item, labels, multiclass, beyond)| {
            let (kind, should_abstain, abstained, human) = labels;
            let (trace, task, silent) = beyond;
            Record {
                kind,
                should_abstain,
                abstained,
                human,
                confidence,
                credit,
                multiclass,
                weight,
                item,
                task,
                silent: silent && !trace.is_empty(),
                trace,
            }
        },
    )
}

/// Nothing, or some values of a sample of one of a few prompts, or of none.
fn trace() -> impl Strategy<Value = Trace> {
    let prompt = prop::option::of((0u64..6).prop_map(|prompt| prompt << 60));
    let some = (
        prompt,
        prop::option::of(-2i32..3),
        prop::option::of(0.0..9.0),
    );
    let some = some.prop_map(|(prompt, reward, step)| {
        Trace::default()
            .with_some_code(Field::Prompt, prompt)
            .with_some(Field::Reward, reward.map(f64::from))
            .with_some(Field::Step, step)
    });
    prop_oneof![1 => Just(Trace::default()), 2 => some]
}

pub(crate) fn records(most: usize) -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(record(), 0..most)
}

/// Rows right or wrong, of weight 1, each its own cluster.
pub(crate) fn answers(most: usize) -> impl Strategy<Value = Vec<(f64, bool)>> {
    let confidence = prop_oneof![
        (0u32..=20).prop_map(|step| f64::from(step) / 20.0),
        0.0..=1.0
    ];
    prop::collection::vec((confidence, any::<bool>()), 1..most)
}

pub(crate) fn plain(pairs: &[(f64, bool)]) -> Vec<Record> {
    let row = |&(confidence, correct): &(f64, bool)| Record {
        confidence: Confidence::new(confidence),
        credit: Some(f64::from(u8::from(correct))),
        ..Record::default()
    };
    pairs.iter().map(row).collect()
}

/// Something that counts records and merges.
trait Accumulator: Clone + PartialEq + std::fmt::Debug {
    fn empty() -> Self;
    fn count(&mut self, record: &Record);
    fn join(&mut self, other: Self);

    fn of(records: &[Record]) -> Self {
        let mut all = Self::empty();
        records.iter().for_each(|record| all.count(record));
        all
    }

    fn and(mut self, other: &Self) -> Self {
        self.join(other.clone());
        self
    }
}

impl Accumulator for Tally {
    fn empty() -> Self {
        Self::default()
    }
    fn count(&mut self, record: &Record) {
        if let Some((confidence, credit)) = record.graded_confidence() {
            self.add(confidence, credit, record.weight);
        }
    }
    fn join(&mut self, other: Self) {
        self.merge(other);
    }
}

/// A tally that rounds when there are more than a few confidences.
#[derive(Clone, Debug, PartialEq)]
struct Coarse<const DIGITS: u32>(Tally);

impl<const DIGITS: u32> Accumulator for Coarse<DIGITS> {
    fn empty() -> Self {
        Self(Tally::with_grid(Grid::of_digits(DIGITS)))
    }
    fn count(&mut self, record: &Record) {
        self.0.count(record);
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// Evidence with tallies that do.
#[derive(Clone, Debug, PartialEq)]
struct CoarseEvidence(Evidence);

impl Accumulator for CoarseEvidence {
    fn empty() -> Self {
        Self(Evidence::with_grid(Grid::of_digits(0)))
    }
    fn count(&mut self, record: &Record) {
        self.0.add(record);
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

impl Accumulator for Behaviour {
    fn empty() -> Self {
        Self::default()
    }
    fn count(&mut self, record: &Record) {
        self.add(record);
    }
    fn join(&mut self, other: Self) {
        self.merge(other);
    }
}

impl Accumulator for Squares {
    fn empty() -> Self {
        Self::default()
    }
    fn count(&mut self, record: &Record) {
        self.add(record);
    }
    fn join(&mut self, other: Self) {
        self.merge(other);
    }
}

impl Accumulator for Agreement {
    fn empty() -> Self {
        Self::default()
    }
    fn count(&mut self, record: &Record) {
        self.add(record);
    }
    fn join(&mut self, other: Self) {
        self.merge(other);
    }
}

/// Items of a capacity so small that they fold.
#[derive(Clone, Debug, PartialEq)]
struct Few<const CAPACITY: usize>(Items);

impl<const CAPACITY: usize> Accumulator for Few<CAPACITY> {
    fn empty() -> Self {
        Self(Items::with_capacity(CAPACITY))
    }
    fn count(&mut self, record: &Record) {
        if let Some(item) = record.item {
            self.0.add(item, record);
        }
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// A panel so small that it leaves prompts out.
#[derive(Clone, Debug, PartialEq)]
struct Small<const CAPACITY: usize>(Panel);

impl<const CAPACITY: usize> Accumulator for Small<CAPACITY> {
    fn empty() -> Self {
        Self(Panel::with_capacity(CAPACITY))
    }
    fn count(&mut self, record: &Record) {
        self.0.add(record);
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// Labelled rows so few that clusters are left out.
#[derive(Clone, Debug, PartialEq)]
struct FewLabelled<const CAPACITY: usize>(Labelled);

impl<const CAPACITY: usize> Accumulator for FewLabelled<CAPACITY> {
    fn empty() -> Self {
        Self(Labelled::with_capacity(CAPACITY))
    }
    fn count(&mut self, record: &Record) {
        self.0.add(record);
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// So few tasks that there are too many.
#[derive(Clone, Debug, PartialEq)]
struct FewTasks<const TASKS: usize>(Strata);

impl<const TASKS: usize> Accumulator for FewTasks<TASKS> {
    fn empty() -> Self {
        Self(Strata::with_capacity(TASKS, 2))
    }
    fn count(&mut self, record: &Record) {
        self.0.add(record);
    }
    fn join(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

impl Accumulator for Evidence {
    fn empty() -> Self {
        Self::with_capacity(5)
    }
    fn count(&mut self, record: &Record) {
        self.add(record);
    }
    fn join(&mut self, other: Self) {
        self.merge(other);
    }
}

impl Accumulator for Groups {
    fn empty() -> Self {
        Self::default()
    }
    fn count(&mut self, record: &Record) {
        let key = [format!("{:?}", record.kind)];
        self.add(Some(&key), record).unwrap();
    }
    fn join(&mut self, other: Self) {
        self.merge(other).unwrap();
    }
}

fn obeys_merge_laws<A: Accumulator>(a: &[Record], b: &[Record], c: &[Record]) {
    let whole: Vec<Record> = [a, b, c].concat();
    let (x, y, z) = (A::of(a), A::of(b), A::of(c));
    assert_eq!(x.clone().and(&A::empty()), x);
    assert_eq!(A::empty().and(&x), x);
    assert_eq!(x.clone().and(&y), y.clone().and(&x));
    let left = x.clone().and(&y).and(&z);
    assert_eq!(left, x.and(&y.and(&z)));
    assert_eq!(left, A::of(&whole));
    let backward: Vec<Record> = whole.into_iter().rev().collect();
    assert_eq!(left, A::of(&backward));
}

pub(crate) fn settings(bins: usize, binning: Binning, edges: Edges) -> Settings {
    Settings {
        bins,
        binning,
        edges,
        ..Settings::default()
    }
}

pub(crate) fn audit_with(records: &[Record], settings: &Settings) -> Group {
    let mut evidence = Evidence::default();
    records.iter().for_each(|record| evidence.add(record));
    let budget = Budget::resolve(Resamples::Fixed(19), 1, 1);
    group(BTreeMap::new(), &evidence, settings, budget)
}

pub(crate) fn audit(records: &[Record]) -> Group {
    audit_with(records, &Settings::default())
}

pub(crate) fn value(group: &Group, id: &str) -> Option<f64> {
    group.metrics[id].value
}

pub(crate) fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        // Lines through a handful of rows may be steep beyond bounds, and no float tells their last digits.
        (Some(a), Some(b)) => (a - b).abs() < 1e-9 * a.abs().max(1.0),
        (a, b) => a == b,
    }
}

/// What weighted rows say of these depends on how many rows they are: they correct for the number of rows, choose bins
/// by it, take pairs of rows, or say how much the rows tell.
const ABOUT_ROWS: [&str; 6] = [
    "ce2",
    "ce_debiased",
    "ece_sweep",
    "skce",
    "spiegelhalter_z",
    "hosmer_lemeshow",
];

/// Every null has a reason, every number is finite, every interval has a width and holds a level.
fn is_defensible(group: &Group) -> Result<(), TestCaseError> {
    let sides = [
        Some(&group.abstention.all),
        group.abstention.epistemic.as_ref(),
        group.abstention.safety.as_ref(),
    ];
    let judged = sides.into_iter().flatten().filter_map(|f| f.judge.as_ref());
    let corrected = judged.flat_map(|judge| {
        [
            &judge.sensitivity,
            &judge.specificity,
            &judge.over_answer,
            &judge.over_abstain,
        ]
    });
    let figures = sides.into_iter().flatten().flat_map(|f| {
        [
            &f.over_answer,
            &f.over_abstain,
            &f.dprime,
            &f.criterion,
            &f.youden,
            &f.recall,
            &f.precision,
            &f.f1,
        ]
    });
    let figures = figures.chain(corrected);
    for estimate in group.metrics.values().chain(figures) {
        let numbers = [estimate.value, estimate.low, estimate.high, estimate.level];
        let all = numbers.iter().chain(estimate.beside.values()).flatten();
        prop_assert!(
            all.into_iter().all(|number| number.is_finite()),
            "{estimate:?}"
        );
        prop_assert!(
            estimate.value.is_some() || estimate.reason.is_some(),
            "{estimate:?}"
        );
        prop_assert!(
            estimate.low.is_some() || estimate.reason.is_some(),
            "{estimate:?}"
        );
        prop_assert_eq!(estimate.low.is_some(), estimate.high.is_some());
        prop_assert_eq!(estimate.low.is_some(), estimate.level.is_some());
        prop_assert!(
            estimate
                .low
                .zip(estimate.high)
                .is_none_or(|(low, high)| low < high),
            "{estimate:?}"
        );
    }
    for bin in &group.reliability {
        let ends = [bin.low, bin.high, bin.band_low, bin.band_high];
        prop_assert!(
            ends.iter().flatten().all(|end| (0.0..=1.0).contains(end)),
            "{bin:?}"
        );
    }
    prop_assert!(!group.verdict.sentence.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn names_merge_exactly(a in prop::collection::vec("[a-d]{1,3}", 0..9), b in prop::collection::vec("[a-d]{1,3}", 0..9)) {
        let of = |names: &[String]| {
            let mut all = Names::default();
            for name in names {
                all.learn(name);
            }
            all
        };
        let (mut forward, mut backward) = (of(&a), of(&b));
        forward.merge(of(&b));
        backward.merge(of(&a));
        prop_assert_eq!(&forward, &backward);
        prop_assert_eq!(&forward, &of(&[a, b].concat()));
        prop_assert!(forward.is_sound());
    }

    #[test]
    fn evidence_merges_exactly(a in records(24), b in records(24), c in records(24)) {
        obeys_merge_laws::<Tally>(&a, &b, &c);
        obeys_merge_laws::<Coarse<0>>(&a, &b, &c);
        obeys_merge_laws::<CoarseEvidence>(&a, &b, &c);
        obeys_merge_laws::<Behaviour>(&a, &b, &c);
        obeys_merge_laws::<Agreement>(&a, &b, &c);
        obeys_merge_laws::<Squares>(&a, &b, &c);
        obeys_merge_laws::<Few<1>>(&a, &b, &c);
        obeys_merge_laws::<Few<2>>(&a, &b, &c);
        obeys_merge_laws::<Few<7>>(&a, &b, &c);
        obeys_merge_laws::<Few<60_000>>(&a, &b, &c);
        obeys_merge_laws::<Small<1>>(&a, &b, &c);
        obeys_merge_laws::<Small<9>>(&a, &b, &c);
        obeys_merge_laws::<Small<60_000>>(&a, &b, &c);
        obeys_merge_laws::<FewLabelled<2>>(&a, &b, &c);
        obeys_merge_laws::<FewLabelled<12>>(&a, &b, &c);
        obeys_merge_laws::<FewTasks<3>>(&a, &b, &c);
        obeys_merge_laws::<FewTasks<60>>(&a, &b, &c);
        obeys_merge_laws::<Evidence>(&a, &b, &c);
        obeys_merge_laws::<Groups>(&a, &b, &c);
    }

    #[test]
    fn small_logs_have_a_reason_for_every_null(rows in records(6)) {
        is_defensible(&audit(&rows))?;
    }

    #[test]
    fn larger_logs_do_too(rows in records(80)) {
        is_defensible(&audit(&rows))?;
    }

    #[test]
    fn calibration_error_splits_exactly(rows in records(60), bins in 1usize..30) {
        for (binning, edges) in [
            (Binning::EqualWidth, Edges::Right),
            (Binning::EqualWidth, Edges::Left),
            (Binning::EqualMass, Edges::Right),
        ] {
            let group = audit_with(&rows, &settings(bins, binning, edges));
            let of = |id| value(&group, id);
            if let (Some(over), Some(under)) = (of("over"), of("under")) {
                prop_assert!(close(Some(over + under), of("ece")));
                prop_assert!(close(Some(over - under), of("signed_gap")));
            }
        }
    }

    #[test]
    fn brier_is_miscalibration_less_discrimination_plus_uncertainty(rows in records(60)) {
        let group = audit(&rows);
        let of = |id| value(&group, id);
        if let (Some(mcb), Some(dsc), Some(unc)) = (of("corp_mcb"), of("corp_dsc"), of("corp_unc")) {
            prop_assert!(close(Some(mcb - dsc + unc), of("brier")));
            prop_assert!(mcb >= 0.0 && dsc >= 0.0);
        }
    }

    #[test]
    fn the_parts_over_bins_make_up_the_brier_score(rows in records(60), bins in 1usize..30) {
        for binning in [Binning::EqualWidth, Binning::EqualMass] {
            let group = audit_with(&rows, &settings(bins, binning, Edges::Right));
            let of = |id| value(&group, id);
            let resolution = group.metrics["murphy_res"].beside["generalised"];
            if let (Some(rel), Some(res), Some(unc)) = (of("murphy_rel"), resolution, of("murphy_unc")) {
                prop_assert!(close(Some(rel - res + unc), of("brier")));
                prop_assert!(close(of("corp_unc"), Some(unc)));
                prop_assert!(close(of("rmsce"), Some(rel.sqrt())));
            }
            prop_assert_eq!(of("murphy_rel").is_some(), of("brier").is_some());
        }
    }

    #[test]
    fn the_mean_gap_is_at_most_its_root_mean_square_and_that_at_most_the_largest(rows in records(60)) {
        let group = audit(&rows);
        if let [Some(ece), Some(rmsce), Some(mce)] = ["ece", "rmsce", "mce"].map(|id| value(&group, id)) {
            prop_assert!(ece <= rmsce + 1e-12 && rmsce <= mce + 1e-12);
        }
    }

    #[test]
    fn risk_coverage_areas_are_what_ranking_and_accuracy_make_them(pairs in answers(40)) {
        let group = audit(&plain(&pairs));
        let of = |id| value(&group, id);
        if let (Some(auroc), Some(a)) = (of("auroc"), of("accuracy")) {
            let area = (1.0 - auroc) * a * (1.0 - a) + (1.0 - a).powi(2) / 2.0;
            prop_assert!(close(Some(area), of("augrc")));
            prop_assert!(close(Some(2.0 * auroc - 1.0), of("prr")));
        }
        prop_assert!(of("e_aurc").is_none_or(|excess| excess > -1e-12));
    }

    #[test]
    fn turning_right_and_wrong_around_negates_the_gap(pairs in answers(40)) {
        let turned: Vec<(f64, bool)> = pairs.iter().map(|(c, y)| (1.0 - c, !y)).collect();
        let (one, other) = (audit(&plain(&pairs)), audit(&plain(&turned)));
        prop_assert!(close(value(&one, "brier"), value(&other, "brier")));
        prop_assert!(close(value(&one, "signed_gap").map(|gap| -gap), value(&other, "signed_gap")));
    }

    #[test]
    fn monotone_transforms_keep_ranking_and_discrimination(pairs in answers(40)) {
        let squeezed: Vec<(f64, bool)> = pairs.iter().map(|&(c, y)| (c / 2.0 + 0.25, y)).collect();
        // Halving may round two neighbours into one only below the resolution of numbers drawn here.
        let (one, other) = (audit(&plain(&pairs)), audit(&plain(&squeezed)));
        for id in ["auroc", "corp_dsc", "corp_unc", "ap", "aurc", "augrc", "prr", "coverage_at_risk_5"] {
            prop_assert!(close(value(&one, id), value(&other, id)), "{}", id);
        }
    }

    #[test]
    fn a_weight_is_a_number_of_rows(pairs in answers(20), weights in prop::collection::vec(1u8..5, 20)) {
        let mut weighted = plain(&pairs);
        let mut repeated = Vec::new();
        for (row, &times) in weighted.iter_mut().zip(&weights) {
            repeated.extend(std::iter::repeat_n(*row, usize::from(times)));
            row.weight = f64::from(times);
        }
        let (one, other) = (audit(&weighted), audit(&repeated));
        for (id, estimate) in &one.metrics {
            if !ABOUT_ROWS.contains(id) {
                prop_assert!(close(estimate.value, value(&other, id)), "{}", id);
            }
        }
    }

    #[test]
    fn doubling_a_log_keeps_every_value(rows in records(30)) {
        let doubled = [rows.clone(), rows.clone()].concat();
        let (one, other) = (audit(&rows), audit(&doubled));
        for (id, estimate) in &one.metrics {
            // The correction by half a row is about rows, so d' and c move; means over the first k rows have more k.
            let by_rows = ["dprime", "criterion", "aurc", "e_aurc", "accuracy_at_coverage_80"];
            if !by_rows.contains(id) && !ABOUT_ROWS.contains(id) {
                prop_assert!(close(estimate.value, value(&other, id)), "{}", id);
            }
        }
    }

    #[test]
    fn order_changes_nothing(rows in records(40)) {
        let backward: Vec<Record> = rows.iter().rev().copied().collect();
        prop_assert_eq!(audit(&rows), audit(&backward));
    }
}

#[test]
fn threads_change_nothing() {
    let rows: Vec<(f64, bool)> = (0..500u32)
        .map(|at| (f64::from(at * 37 % 101) / 100.0, at % 3 == 0))
        .collect();
    let rows = plain(&rows);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| audit(&rows))
    };
    assert_eq!(with(1), with(4));
}
