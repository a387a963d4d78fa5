//! Where the rows went: nothing is read without being counted here.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::Columns;
use super::finding::{Named, remember};
use super::join::Asked;
use super::pairs::Met;
use crate::codes::{self, Code};
use crate::error::Error;
use crate::record::{Names, Record};

/// The rows of one file: `read = used + Σ skipped`. Merges exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    used: [u64; 3],
    skipped: BTreeMap<&'static str, Skipped>,
    /// Blank lines, which are not rows.
    pub(crate) blank: u64,
}

/// Rows left out for one reason, with the first places.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Skipped {
    code: &'static Code,
    count: u64,
    examples: Vec<Error>,
}

impl Account {
    /// Most examples shown of each reason.
    pub(crate) const EXAMPLES: usize = 5;

    /// Counts a row that entered the figures.
    pub(crate) fn used(&mut self, record: &Record) {
        self.used[record.abstained as usize] += 1;
    }

    /// Counts a row left out; `example` is only called while few are known of this code.
    pub(crate) fn skip(&mut self, code: &'static Code, example: impl FnOnce() -> Option<Error>) {
        let skipped = self.skipped.entry(code.id).or_insert(Skipped {
            code,
            count: 0,
            examples: Vec::new(),
        });
        skipped.count += 1;
        if skipped.examples.len() < Self::EXAMPLES {
            skipped.examples.extend(example());
        }
    }

    /// Adds the account of other rows of the file; the first places stay.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self {
            used,
            skipped,
            blank,
        } = other;
        for (count, more) in self.used.iter_mut().zip(used) {
            *count += more;
        }
        self.blank += blank;
        for (id, theirs) in skipped {
            match self.skipped.get_mut(id) {
                Some(ours) => ours.merge(theirs),
                None => drop(self.skipped.insert(id, theirs)),
            }
        }
    }

    /// Rows that entered the figures, by how far the model declined.
    pub(crate) fn used_by_conduct(&self) -> [u64; 3] {
        self.used
    }

    /// Rows that entered the figures.
    pub(crate) fn rows_used(&self) -> u64 {
        self.used.iter().sum()
    }

    /// Rows read.
    pub(crate) fn rows_read(&self) -> u64 {
        self.rows_used()
            + self
                .skipped
                .values()
                .map(|skipped| skipped.count)
                .sum::<u64>()
    }

    /// Rows left out, by reason.
    pub fn skipped(&self) -> BTreeMap<String, u64> {
        self.skipped
            .values()
            .map(|skipped| (skipped.code.reason.to_owned(), skipped.count))
            .collect()
    }

    /// Bad rows: those skipped for any reason but a filter.
    pub(crate) fn bad(&self) -> u64 {
        self.skipped
            .values()
            .filter(|skipped| skipped.code.id.starts_with('E'))
            .map(|skipped| skipped.count)
            .sum()
    }

    /// Rows left out by a filter.
    pub(crate) fn filtered(&self) -> u64 {
        self.left_out(&codes::FILTERED)
    }

    /// Rows left out for one reason.
    pub(crate) fn left_out(&self, code: &Code) -> u64 {
        self.skipped.get(code.id).map_or(0, |skipped| skipped.count)
    }

    /// Whether every bad row is bad because it says nothing that could be audited.
    pub(crate) fn lacks_outcome(&self) -> bool {
        self.skipped.values().all(|skipped| {
            [
                codes::NOTHING_TO_AUDIT,
                codes::FILTERED,
                codes::NO_ANSWER,
                codes::EMPTY_PAIR,
            ]
            .contains(skipped.code)
        })
    }

    /// For each reason in order of code: its code, count and first places.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (&'static Code, u64, &[Error])> {
        self.skipped
            .values()
            .map(|skipped| (skipped.code, skipped.count, skipped.examples.as_slice()))
    }
}

impl Skipped {
    fn merge(&mut self, other: Self) {
        let Self {
            code: _,
            count,
            examples,
        } = other;
        self.count += count;
        self.examples.extend(examples);
        self.examples.sort_by(|a, b| a.place.cmp(&b.place));
        self.examples.truncate(Account::EXAMPLES);
    }
}

/// What was seen on the way that a reader should know of. Merges exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Columns met.
    pub(crate) columns: Columns,
    /// Answered rows whose `correct` came from comparing answer and target.
    pub(crate) derived: u64,
    /// Of these, rows whose answer was the whole response.
    pub(crate) derived_from_response: u64,
    /// Graded rows in which the column of `abstained` is empty, so that they count as answered.
    pub(crate) taken_as_answered: u64,
    /// What rows say beyond their answers.
    pub(crate) beyond: Beyond,
    /// Rows of weight zero.
    pub(crate) weightless: u64,
    /// Whether a grade was heard in some row.
    pub(crate) grade_heard: bool,
    /// Whether a grade was passed over in some row, as long as no flag maps it.
    pub(crate) grade_unheard: bool,
    /// Rows graded by the bare letter C.
    pub(crate) letters_c: u64,
    /// Rows graded by another bare letter, or by a bare yes or no.
    pub(crate) letters_other: u64,
    /// Answered rows without a confidence.
    pub(crate) confidence_missing: u64,
    /// Answered rows whose confidence is text that is no number.
    pub(crate) confidence_unreadable: u64,
    /// Answers with the confidence that the tool writes where the response states none, as theirs does.
    pub(crate) placeholders: u64,
    /// Answered rows without a grade.
    pub(crate) ungraded: u64,
    /// Answered rows with one.
    pub(crate) graded: u64,
    /// Confidences in (0, 1] before scaling.
    pub(crate) at_most_one: u64,
    /// Confidences above 1 before scaling.
    pub(crate) above_one: u64,
    /// Files whose last CSV record had no newline.
    pub(crate) no_final_newline: u64,
    /// Some of the values of the `model` column: the first few in order.
    pub(crate) models: BTreeSet<String>,
    /// What tells readings of one answer apart, likewise.
    pub(crate) readings: BTreeSet<String>,
    /// Rows whose confidence is the softmax of the options' log-likelihoods.
    pub(crate) softmaxed: u64,
    /// Rows whose `correct` is whether the likeliest option is the target.
    pub(crate) chosen: u64,
    /// Of these, rows whose target is the column `target`.
    pub(crate) chosen_by_target: u64,
    /// Columns of pairs, by what `*` matched.
    pub(crate) pairs: Met,
    /// Rows for which `--join` had nothing.
    pub(crate) unjoined: u64,
    /// Rows of the file of `--join` that were asked for.
    pub(crate) joined: Asked,
    /// Columns that stand in the log and in that file.
    pub(crate) clashes: BTreeSet<String>,
}

/// What rows say beyond their answers. Merges exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beyond {
    /// Rows without an outcome, which only the objectives look at.
    pub(crate) silent: u64,
    /// Rows without a weight.
    pub(crate) unweighted: u64,
    /// Answered rows whose forced answer is graded otherwise.
    pub(crate) forced_apart: u64,
    /// Rows of other counts of tokens than their lists have.
    pub(crate) tokens_apart: u64,
    /// Names of tasks and formats.
    pub(crate) names: Names,
}

impl Beyond {
    fn merge(&mut self, other: Self) {
        let Self {
            silent,
            unweighted,
            forced_apart,
            tokens_apart,
            names,
        } = other;
        self.silent += silent;
        self.unweighted += unweighted;
        self.forced_apart += forced_apart;
        self.tokens_apart += tokens_apart;
        self.names.merge(names);
    }
}

impl Notes {
    /// Most readings remembered.
    const READINGS: usize = 4;

    pub(crate) fn model(&mut self, model: &str) {
        remember(&mut self.models, model, Named::MOST);
    }

    pub(crate) fn reading(&mut self, reading: &str) {
        remember(&mut self.readings, reading, Self::READINGS);
    }

    /// Adds what was seen in other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self {
            columns,
            derived,
            derived_from_response,
            taken_as_answered,
            beyond,
            weightless,
            grade_heard,
            grade_unheard,
            letters_c,
            letters_other,
            confidence_missing,
            confidence_unreadable,
            placeholders,
            ungraded,
            graded,
            at_most_one,
            above_one,
            no_final_newline,
            models,
            readings,
            softmaxed,
            chosen,
            chosen_by_target,
            pairs,
            unjoined,
            joined,
            clashes,
        } = other;
        self.columns.merge(columns);
        self.derived += derived;
        self.derived_from_response += derived_from_response;
        self.taken_as_answered += taken_as_answered;
        self.beyond.merge(beyond);
        self.weightless += weightless;
        self.grade_heard |= grade_heard;
        self.grade_unheard |= grade_unheard;
        self.letters_c += letters_c;
        self.letters_other += letters_other;
        self.confidence_missing += confidence_missing;
        self.confidence_unreadable += confidence_unreadable;
        self.placeholders += placeholders;
        self.ungraded += ungraded;
        self.graded += graded;
        self.at_most_one += at_most_one;
        self.above_one += above_one;
        self.no_final_newline += no_final_newline;
        models.iter().for_each(|model| self.model(model));
        readings.iter().for_each(|reading| self.reading(reading));
        self.softmaxed += softmaxed;
        self.chosen += chosen;
        self.chosen_by_target += chosen_by_target;
        for (name, sides) in pairs {
            self.pairs.entry(name).or_default().merge(sides);
        }
        self.unjoined += unjoined;
        self.joined.merge(&joined);
        self.clashes.extend(clashes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use proptest::prelude::*;

    /// What happens to one row: its line, and whether it is used, filtered or bad.
    fn rows() -> impl Strategy<Value = Vec<(u64, u8)>> {
        prop::collection::vec((1u64..1_000, 0u8..4), 0..40)
    }

    fn account(rows: &[(u64, u8)]) -> Account {
        let mut account = Account::default();
        for &(line, fate) in rows {
            let code = match fate {
                0 => {
                    account.used(&Record::default());
                    continue;
                }
                1 => &codes::FILTERED,
                2 => &codes::INVALID_JSON,
                _ => &codes::OUT_OF_RANGE,
            };
            let place = Place {
                line: Some(line),
                ..Place::file("log")
            };
            account.skip(code, || Some(Error::new(code, "bad").at(place)));
        }
        account
    }

    fn merged(mut a: Account, b: Account) -> Account {
        a.merge(b);
        a
    }

    proptest! {
        #[test]
        fn accounts_merge_like_the_rows_they_count(a in rows(), b in rows(), c in rows()) {
            let [x, y, z] = [&a, &b, &c].map(|rows| {
                // Within a block rows come in order of their lines.
                let mut rows = rows.clone();
                rows.sort_unstable();
                account(&rows)
            });
            prop_assert_eq!(merged(x.clone(), Account::default()), merged(Account::default(), x.clone()));
            prop_assert_eq!(merged(x.clone(), y.clone()), merged(y.clone(), x.clone()));
            let left = merged(merged(x.clone(), y.clone()), z.clone());
            prop_assert_eq!(&left, &merged(x, merged(y, z)));
            let mut whole = [a, b, c].concat();
            whole.sort_unstable();
            prop_assert_eq!(&left, &account(&whole));
            prop_assert_eq!(left.rows_read(), whole.len() as u64);
        }
    }
}
