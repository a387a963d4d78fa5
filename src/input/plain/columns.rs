//! The plainest rows of a table, read column by column.

use super::values::{Part, Said, Task};
use super::{Asked, Plan, Served, Values};
use crate::input::scalar::Scalar;

/// Values in a list.
pub(in crate::input) trait Listed {
    /// How many there are.
    fn count(&self) -> usize;

    /// A value as it stands; none of one that is read another way.
    fn scalar(&self, at: usize) -> Option<Scalar<'_>>;
}

/// The values of a column in some rows.
#[derive(Clone)]
pub(in crate::input) enum Cells<'v> {
    /// As they stand; none for each that is read another way.
    Each(Vec<Option<Scalar<'v>>>),
    /// By their places in a list, of which a column has one.
    Coded {
        listed: &'v dyn Listed,
        codes: &'v [u32],
    },
}

impl Default for Cells<'_> {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl<'v> Cells<'v> {
    /// The value in this row.
    pub(in crate::input) fn scalar(&self, row: usize) -> Option<Scalar<'v>> {
        match self {
            Self::Each(scalars) => *scalars.get(row)?,
            Self::Coded { listed, codes } => listed.scalar(*codes.get(row)? as usize),
        }
    }
}

/// What the listed values of a column say.
#[derive(Debug, Default)]
pub(in crate::input) struct Known {
    /// None of one that is read another way.
    said: Vec<Option<Said>>,
    /// Whether nothing that is listed is read another way.
    all: bool,
}

impl Known {
    fn of(part: Part, listed: &dyn Listed) -> Self {
        let said = (0..listed.count()).map(|at| Said::of(part, listed.scalar(at)?));
        let said: Vec<_> = said.collect();
        let all = said.iter().all(Option::is_some);
        Self { said, all }
    }
}

/// The values of rows of a table.
pub(in crate::input) struct Columns<'v> {
    /// Those of the rows before the first that has a value that is not as plain as this.
    values: Vec<Values<'v>>,
    /// The names that tell groups apart, by their place among the fields of `--by`.
    named: Vec<(usize, Cells<'v>)>,
}

impl<'v> Columns<'v> {
    /// Takes the values of a column that is this part.
    fn take(&mut self, plan: &Plan, part: Part, cells: &Cells<'v>, known: &mut Known) {
        match cells {
            Cells::Each(scalars) => {
                let scalars = scalars.iter().copied();
                self.fill(scalars, |row, scalar| row.take(part, scalar?));
            }
            Cells::Coded { listed, codes } => {
                if known.said.is_empty() {
                    *known = Known::of(part, *listed);
                }
                match part {
                    Part::Idle if known.all => {}
                    Part::Model => self.take_model(*listed, codes),
                    _ => self.take_known(plan, part, (*listed, codes), known),
                }
            }
        }
    }

    /// Takes models that are not those of the rows before.
    fn take_model(&mut self, listed: &'v dyn Listed, codes: &[u32]) {
        let mut last = None;
        self.fill(codes.iter().copied(), |row, code| {
            if last.replace(code) == Some(code) {
                return Some(());
            }
            row.take(Part::Model, listed.scalar(code as usize)?)
        });
    }

    /// Takes values by what is known of them.
    fn take_known(
        &mut self,
        plan: &Plan,
        part: Part,
        (listed, codes): (&'v dyn Listed, &[u32]),
        known: &Known,
    ) {
        let scalar = |code: u32| listed.scalar(code as usize);
        self.fill(codes.iter().copied(), |row, code| {
            match (*known.said.get(code as usize)?)? {
                Said::Item(item) => row.item = item,
                Said::Stated(stated) => row.stated = stated,
                Said::Correct(correct) => row.correct = Some(correct),
                Said::Abstained(truth) => row.abstained = Some(truth),
                Said::ShouldAbstain(truth) => row.should_abstain = Some(truth),
                Said::Task(hash) if plan.knows(hash) => row.task = Task::Known(hash),
                Said::Task(_) | Said::Itself => return row.take(part, scalar(code)?),
            }
            Some(())
        });
    }

    /// Takes a value in each row, up to the first that is not read here.
    fn fill<T>(
        &mut self,
        cells: impl Iterator<Item = T>,
        mut take: impl FnMut(&mut Values<'v>, T) -> Option<()>,
    ) {
        let mut rows = self.values.iter_mut().zip(cells);
        if let Some(other) = rows.position(|(row, cell)| take(row, cell).is_none()) {
            self.values.truncate(other);
        }
    }
}

impl Plan {
    /// The values of so many rows of a table, `told` giving those of each column that is read, and `known` what is known
    /// of these columns.
    pub(in crate::input) fn columns_of<'v>(
        &self,
        rows: usize,
        told: impl Fn(usize) -> Cells<'v>,
        known: &mut Vec<Known>,
    ) -> Columns<'v> {
        let mut columns = Columns {
            values: vec![Values::default(); rows],
            named: Vec::new(),
        };
        known.resize_with(self.columns.len(), Known::default);
        let served = self.columns.iter().zip(known);
        for (at, (Served { part, groups }, known)) in served.enumerate() {
            let cells = told(at);
            columns.take(self, *part, &cells, known);
            let named = groups.iter().map(|by| (*by, cells.clone()));
            columns.named.extend(named);
        }
        columns
    }

    /// Fills in the record of one of these rows; none, and no notes, where a value of it is not as plain as this.
    pub(in crate::input) fn record_in(
        &mut self,
        Columns { values, named }: &Columns<'_>,
        row: usize,
        asked: &mut Asked<'_>,
    ) -> Option<()> {
        let values = values.get(row)?;
        for (by, names) in named {
            names.scalar(row)?.name(self.group.get_mut(*by)?)?;
        }
        self.record(values, asked)
    }
}
