//! The plainest rows, read straight from the text: an identity, a confidence, what was right, declined and to be
//! declined, each written in the commonest way.
//!
//! [`RowRules::read`] says what a row means. Most logs need little of it, and most rows of these write every value in one
//! way; such rows are read here, to the same record and the same notes. Whatever is written in any other way is left to
//! it, before anything was noted. `tests/plain_rows.rs` holds both ways of reading against each other.

#[cfg(feature = "parquet")]
mod columns;
mod values;

use std::collections::BTreeSet;
use std::rc::Rc;

#[cfg(feature = "parquet")]
pub(super) use self::columns::{Cells, Known, Listed};
pub(super) use self::values::Values;
use self::values::{Part, Task};
use super::account::Notes;
use super::confidence::MissingConfidence;
use super::fields::Target;
use super::json::Scanner;
use super::quick;
use super::resolver::Column;
use super::roles::{ROLES, Role};
use super::row::RowRules;
use super::scalar::{MISSING, Scalar, begins_as_said, hashed};
use super::scale::ConfidenceScale;
use crate::record::{Abstained, Confidence, Names, Record};

/// What is asked of whoever reads a row.
pub(super) struct Asked<'a> {
    pub(super) missing: MissingConfidence,
    pub(super) notes: &'a mut Notes,
    /// Where its values go: a record that says nothing, or that of another such row.
    pub(super) record: &'a mut Record,
}

/// Where the values of a row go whose columns are known.
#[derive(Debug)]
pub(super) struct Plan {
    /// The values that are read, in the order of the row.
    columns: Vec<Served>,
    /// Whether the column of `should_abstain` says the opposite.
    inverted: bool,
    /// The groups of the last row, kept for their room.
    group: Vec<String>,
    /// Tasks met lately whose names are known, each at the place that its hash gives it.
    tasks: [u64; TASKS],
    /// The model of the last row.
    model: String,
}

/// Tasks whose names are taken for known without a look at the names.
const TASKS: usize = 64;

/// What a column is for.
#[derive(Debug)]
struct Served {
    part: Part,
    /// The fields of `--by` that it is.
    groups: Vec<usize>,
}

impl RowRules {
    /// Whether rows may mean no more than their plainest values say.
    fn are_plain(&self) -> bool {
        let fields = &self.fields;
        self.preset.is_none()
            && !self.sampled
            && !self.unhurried
            && !self.ungraded
            && self.scale == ConfidenceScale::Unit
            && fields
                .mappings
                .values()
                .all(|mapping| mapping.values.is_empty())
            && fields.filters.is_empty()
            && fields.opposites.is_empty()
            && fields.cluster.is_none()
            && !fields.extended
    }
}

impl Plan {
    /// The plan of rows with these columns, each with its targets; none where they may say more than is read here.
    pub(super) fn of<'t>(
        columns: impl Iterator<Item = &'t [Target]>,
        rules: &RowRules,
    ) -> Option<Self> {
        let fields = Some(&rules.fields).filter(|_| rules.are_plain())?;
        let mut plan = Self {
            columns: Vec::new(),
            inverted: false,
            group: vec![MISSING.to_owned(); fields.by.len()],
            tasks: [0; TASKS],
            model: String::new(),
        };
        for targets in columns {
            plan.serve(targets)?;
        }
        plan.serves(Part::Correct).then_some(plan)
    }

    /// Adds a column.
    fn serve(&mut self, targets: &[Target]) -> Option<()> {
        let mut served = Served {
            part: Part::Idle,
            groups: Vec::new(),
        };
        for target in targets {
            let slot = usize::from(target.slot);
            if let Some(by) = slot.checked_sub(ROLES.len()) {
                // Which of two columns tells groups apart is not for each way of reading to choose.
                if self
                    .columns
                    .iter()
                    .any(|column| column.groups.contains(&by))
                {
                    return None;
                }
                served.groups.push(by);
                continue;
            }
            let role = ROLES.get(slot)?.role;
            if target.derived || (target.inverted && role != Role::ShouldAbstain) {
                return None;
            }
            let part = match role {
                Role::Id => Part::Id,
                Role::Confidence => Part::Confidence,
                Role::Correct => Part::Correct,
                Role::Abstained => Part::Abstained,
                Role::ShouldAbstain => Part::ShouldAbstain,
                Role::Task => Part::Task,
                Role::Model => Part::Model,
                // Only a row that does not say whether it is right asks for them.
                Role::Answer | Role::Target | Role::Response => Part::Idle,
                _ => return None,
            };
            self.inverted |= target.inverted;
            if part != Part::Idle {
                if served.part != Part::Idle || self.serves(part) {
                    return None;
                }
                served.part = part;
            }
        }
        self.columns.push(served);
        Some(())
    }

    /// Whether a column is read as this part.
    fn serves(&self, part: Part) -> bool {
        self.columns.iter().any(|column| column.part == part)
    }

    /// The plan of the rows of a table with these columns; none also where two of them have one name.
    pub(super) fn of_header(columns: &[Rc<Column>], rules: &RowRules) -> Option<Self> {
        let read = || columns.iter().filter(|column| column.is_read());
        let names: BTreeSet<u64> = read().map(|column| column.id()).collect();
        let told_apart = names.len() == read().count();
        Self::of(read().map(|column| column.targets()), rules).filter(|_| told_apart)
    }

    /// Fills in the record of a row of a table with these values of the columns that are read; none, and no notes, where
    /// one is not as plain as this.
    pub(super) fn record_of<'a>(
        &mut self,
        scalars: impl Iterator<Item = Option<Scalar<'a>>>,
        asked: &mut Asked<'_>,
    ) -> Option<()> {
        let mut values = Values::default();
        for (at, value) in scalars.enumerate() {
            self.take(at, value?, &mut values)?;
        }
        self.record(&values, asked)
    }

    /// The groups of the row that was read last.
    pub(super) fn group(&self) -> &[String] {
        &self.group
    }

    /// Takes the next row for one that has none of the fields of `--by`, until it shows them.
    pub(super) fn forget_group(&mut self) {
        for group in &mut self.group {
            MISSING.clone_into(group);
        }
    }

    /// Takes the value of the column that is read as this one in the order of the row; none of one that is not read here.
    #[inline]
    fn take<'a>(&mut self, at: usize, value: Scalar<'a>, values: &mut Values<'a>) -> Option<()> {
        let Served { part, groups } = self.columns.get(at)?;
        for by in groups {
            value.name(self.group.get_mut(*by)?)?;
        }
        values.take(*part, value)
    }

    /// Takes the value of that column from the front of what is left of a row of JSON; what follows.
    #[inline(always)]
    pub(super) fn take_json<'a>(
        &mut self,
        at: usize,
        row: &'a str,
        rest: &'a [u8],
        values: &mut Values<'a>,
    ) -> Option<&'a [u8]> {
        match self.take_quick(at, rest, values) {
            None => self.take_any(at, row, rest, values),
            rest => rest,
        }
    }

    /// Takes a value however it is written.
    #[inline(never)]
    fn take_any<'a>(
        &mut self,
        at: usize,
        row: &'a str,
        rest: &'a [u8],
        values: &mut Values<'a>,
    ) -> Option<&'a [u8]> {
        let mut scanner = Scanner::before(row, rest);
        self.take(at, scanner.plain_scalar()?, values)?;
        Some(scanner.rest())
    }

    /// Takes a value that is written in the commonest way, and no name that is new; none where it is another.
    #[inline(always)]
    fn take_quick<'a>(
        &mut self,
        at: usize,
        rest: &'a [u8],
        values: &mut Values<'a>,
    ) -> Option<&'a [u8]> {
        if !self.takes_text(at) {
            return self.take_bare(at, rest, values);
        }
        let (text, rest) = quick::string(rest)?;
        self.take_text(at, text, values)?;
        Some(rest)
    }

    /// Whether the value of that column is a text.
    #[inline(always)]
    pub(super) fn takes_text(&self, at: usize) -> bool {
        self.columns
            .get(at)
            .is_some_and(|column| column.part.is_text())
    }

    /// Takes a text without escapes and no name that is new; none where it is another.
    #[inline(always)]
    pub(super) fn take_text(
        &mut self,
        at: usize,
        text: &[u8],
        values: &mut Values<'_>,
    ) -> Option<()> {
        let Served { part, groups } = self.columns.get(at)?;
        match part {
            Part::Id => {
                begins_as_said(text).then_some(())?;
                values.item = Some(hashed(text));
            }
            Part::Task => {
                let hash = Names::hash_bytes(text);
                // A name that is known begins and ends with no space.
                self.knows(hash).then_some(())?;
                values.task = Task::Known(hash);
            }
            Part::Model => (text == self.model.as_bytes()).then_some(())?,
            _ => {}
        }
        for by in groups {
            let group = self.group.get_mut(*by)?;
            if group.as_bytes() != text {
                Scalar::Text(std::str::from_utf8(text).ok()?).name(group)?;
            }
        }
        Some(())
    }

    /// Takes a fraction or truth value from the front of what is left of a row; what follows.
    #[inline(always)]
    pub(super) fn take_bare<'a>(
        &mut self,
        at: usize,
        rest: &'a [u8],
        values: &mut Values<'_>,
    ) -> Option<&'a [u8]> {
        let Served { part, groups } = self.columns.get(at)?;
        groups.is_empty().then_some(())?;
        if *part == Part::Confidence {
            let (stated, rest) = quick::fraction(rest)?;
            values.stated = Some(Confidence::new(stated)?);
            return Some(rest);
        }
        let (truth, rest) = quick::truth(rest)?;
        match part {
            Part::Correct => values.correct = Some(Some(truth)),
            Part::Abstained => values.abstained = Some(truth),
            _ => values.should_abstain = Some(truth),
        }
        Some(rest)
    }

    /// Fills in the record of a row with these values; none, and no notes, where one is not as plain as this.
    pub(super) fn record(&mut self, values: &Values<'_>, asked: &mut Asked<'_>) -> Option<()> {
        let Asked {
            missing,
            notes,
            record,
        } = asked;
        let Values {
            item,
            stated,
            correct,
            abstained,
            should_abstain,
            task,
            model,
        } = *values;
        let full = abstained == Some(true);
        let correct = correct?;
        if (correct.is_none() || (stated.is_none() && *missing == MissingConfidence::Error))
            && !full
        {
            return None;
        }
        let task = match (should_abstain, task) {
            (None, _) | (_, Task::None | Task::Said(Scalar::Null)) => None,
            (_, Task::Known(hash)) => Some(hash),
            (_, Task::Said(Scalar::Text(task))) if Scalar::is_said(task) => {
                Some(self.task(task, &mut notes.beyond.names))
            }
            _ => return None,
        };
        if let Some(model) = model.filter(|model| *model != self.model && !model.is_empty()) {
            self.model.clear();
            self.model.push_str(model);
            notes.model(model);
        }
        notes.plain(stated, abstained);
        // Of all else that a record says such rows say nothing, so that it stays as it was.
        record.should_abstain = should_abstain.map(|should| should != self.inverted);
        record.abstained = match full {
            true => Abstained::Full,
            false => Abstained::No,
        };
        record.confidence = stated.filter(|_| !full);
        record.credit = correct
            .filter(|_| !full)
            .map(|right| f64::from(u8::from(right)));
        record.item = item;
        record.task = task;
        Some(())
    }

    /// Whether the name of a task with this hash is known.
    #[inline]
    fn knows(&self, hash: u64) -> bool {
        self.tasks.get(hash as usize % TASKS) == Some(&hash)
    }

    /// The hash of the name of a task, which is remembered.
    fn task(&mut self, task: &str, names: &mut Names) -> u64 {
        let task = task.trim();
        let hash = Names::hash(task);
        if let Some(known) = self.tasks.get_mut(hash as usize % TASKS)
            && *known != hash
        {
            names.learn(task);
            *known = hash;
        }
        hash
    }
}

impl Notes {
    /// Notes what is noted of every row of the plainest kind.
    fn plain(&mut self, stated: Option<Confidence>, abstained: Option<bool>) {
        let full = abstained == Some(true);
        self.at_most_one += u64::from(stated.is_some_and(|stated| stated.get() > 0.0));
        self.confidence_missing += u64::from(stated.is_none() && !full);
        self.taken_as_answered += u64::from(abstained.is_none());
        self.graded += u64::from(!full);
        self.beyond.unweighted += 1;
    }
}
