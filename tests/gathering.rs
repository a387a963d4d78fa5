//! Rows counted in tables, batch by batch, make the same evidence as rows counted one by one.

use calib::evidence::{Batch, Gathering, Groups, Partial};
use calib::record::{Abstained, Confidence, Field, Kind, Record, Trace};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::laws::records;

fn key(record: &Record, grouped: bool) -> Vec<String> {
    match grouped {
        true => vec![format!("{:?}", record.kind)],
        false => Vec::new(),
    }
}

fn one_by_one(rows: &[Record], grouped: bool) -> Groups {
    let mut groups = Groups::default();
    for row in rows {
        let key = key(row, grouped);
        groups.add(grouped.then_some(&key), row).unwrap();
    }
    groups
}

fn in_batches(rows: &[Record], grouped: bool, size: usize) -> Groups {
    let mut gathering = Gathering::default();
    for block in rows.chunks(size) {
        let mut batch = Batch::default();
        for row in block {
            batch.add(&key(row, grouped), row);
        }
        gathering.add(&batch).unwrap();
    }
    gathering.groups()
}

proptest! {
    #[test]
    fn any_rows_in_any_batches_are_counted_as_one_by_one(rows in records(60), size in 1_usize..40, grouped: bool) {
        prop_assert_eq!(in_batches(&rows, grouped, size), one_by_one(&rows, grouped));
    }
}

/// Rows of so many prompts and tasks that no store of a group can hold them all.
fn many(rows: u64) -> Vec<Record> {
    let row = |at: u64| {
        let hash = |salt: u64| xxh3_64(&(at ^ salt << 40).to_le_bytes());
        let named = !at.is_multiple_of(11);
        let trace = Trace::default()
            .with_code(Field::Prompt, hash(1) % 20_000)
            .with(Field::Reward, (at % 7) as f64);
        Record {
            kind: [Kind::Epistemic, Kind::Safety][usize::from(at.is_multiple_of(2))],
            should_abstain: [Some(true), Some(false), None][hash(2) as usize % 3],
            confidence: Confidence::new((hash(3) % 10_001) as f64 / 10_000.0),
            credit: [Some(0.0), Some(1.0), Some(0.25), None][hash(4) as usize % 4],
            weight: [1.0, 1.0, 1.0, 2.5, 0.0][hash(5) as usize % 5],
            item: named.then(|| hash(6) >> (at % 3) << (at % 3)),
            task: Some(hash(7) % (1 + at % 50)),
            trace: if at.is_multiple_of(2) {
                trace
            } else {
                Trace::default()
            },
            ..Record::default()
        }
    };
    (0..rows).map(row).collect()
}

#[test]
fn rows_that_no_longer_fit_are_let_go_as_one_by_one() {
    let rows = many(40_000);
    assert_eq!(in_batches(&rows, true, 1_500), one_by_one(&rows, true));
}

/// All rows of a log have more room, so that it takes more to fill it.
#[test]
fn a_log_of_many_prompts_is_folded_as_one_by_one() {
    let rows = many(160_000);
    let gathered = in_batches(&rows, false, 4_000);
    let (items, panel) = (gathered.all().items(), gathered.all().panel());
    assert!(items.is_folded() && !items.kept().is_whole() && panel.rows() > 1_000);
    assert_eq!(gathered, one_by_one(&rows, false));
}

/// Rows of one prompt, more often than an item counts in place, some of them of conducts and credits that it does not; beside
/// them rows of many prompts.
fn repeated(rows: u64) -> Vec<Record> {
    let row = |at: u64| {
        let hash = xxh3_64(&at.to_le_bytes());
        let rare = at.is_multiple_of(97);
        let states = [Abstained::No, Abstained::Full, Abstained::Partial];
        Record {
            kind: [Kind::Epistemic, Kind::Safety][usize::from(rare && hash.is_multiple_of(3))],
            should_abstain: (!rare || hash.is_multiple_of(5)).then_some(at.is_multiple_of(2)),
            abstained: states[usize::from(rare) * (hash >> 8) as usize % 3],
            confidence: Confidence::new((hash % 101) as f64 / 100.0),
            credit: Some(if rare { 0.25 } else { (hash % 2) as f64 }),
            item: Some(if at.is_multiple_of(8) { hash } else { 7 }),
            ..Record::default()
        }
    };
    (0..rows).map(row).collect()
}

#[test]
fn a_prompt_of_more_rows_than_it_has_room_for_is_counted_as_one_by_one() {
    let rows = repeated(200_000);
    let gathered = in_batches(&rows, true, 1_600);
    let most = gathered.all().items().iter().map(|item| item.rows()).max();
    assert!(most > Some(2 * u64::from(u16::MAX)));
    assert_eq!(gathered, one_by_one(&rows, true));
}

/// Rows without ids whose confidences are all distinct, and another group of few.
fn continuous(rows: u64) -> Vec<Record> {
    let row = |at: u64| Record {
        kind: [Kind::Epistemic, Kind::Safety][usize::from(at.is_multiple_of(64))],
        confidence: Confidence::new(
            (xxh3_64(&at.to_le_bytes()) >> 11) as f64 / (1_u64 << 53) as f64,
        ),
        credit: Some([0.0, 1.0, 0.25][at as usize % 3]),
        ..Record::default()
    };
    (0..rows).map(row).collect()
}

#[test]
fn confidences_that_are_too_many_are_rounded_as_one_by_one() {
    let rounded = |groups: &Groups| -> Vec<bool> {
        let all = [groups.all()].into_iter();
        let each = all.chain(groups.iter().map(|(_, group)| group));
        each.map(|one| one.tally(Partial::default()).rounding().is_some())
            .collect()
    };
    let rows = continuous(120_000);
    let gathered = in_batches(&rows, true, 1_500);
    assert_eq!(rounded(&gathered), [false, true, false]);
    assert_eq!(gathered, one_by_one(&rows, true));
    assert_eq!(gathered.check(1), Ok(()));
    let rows = continuous(1_001_000);
    let gathered = in_batches(&rows, false, 5_000);
    assert_eq!(rounded(&gathered), [true]);
    assert_eq!(gathered, one_by_one(&rows, false));
    assert_eq!(gathered.check(0), Ok(()));
}

/// Groups round coarsely while all rows do not, or less: what both count must still agree.
#[test]
fn groups_agree_with_all_rows_whatever_either_rounds() {
    for (rows, all_rounded) in [(150_000, false), (1_100_000, true)] {
        let groups = in_batches(&continuous(rows), true, 5_000);
        let rounding = groups.all().tally(Partial::default()).rounding();
        assert_eq!(rounding.is_some(), all_rounded);
        assert_eq!(groups.check(1), Ok(()));
    }
}
