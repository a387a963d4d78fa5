//! The plainest rows of a table, read column by column.

use super::values::Part;
use super::{Asked, Plan, Served, Values};
use crate::input::scalar::Scalar;

/// The values of rows of a table.
pub(in crate::input) struct Columns<'v> {
    /// None of a row with a value that is not as plain as this.
    values: Vec<Option<Values<'v>>>,
    /// The names that tell groups apart, by their place among the fields of `--by`.
    named: Vec<(usize, Vec<Option<Scalar<'v>>>)>,
}

impl<'v> Columns<'v> {
    /// Takes the values of a column that is this part.
    fn take(&mut self, part: Part, scalars: &[Option<Scalar<'v>>]) {
        for (row, scalar) in self.values.iter_mut().zip(scalars) {
            let taken = row.as_mut().zip(*scalar);
            if taken
                .and_then(|(row, scalar)| row.take(part, scalar))
                .is_none()
            {
                *row = None;
            }
        }
    }
}

impl Plan {
    /// The values of so many rows of a table, `told` giving those of each column that is read.
    pub(in crate::input) fn columns_of<'v>(
        &self,
        rows: usize,
        told: impl Fn(usize, &mut Vec<Option<Scalar<'v>>>),
    ) -> Columns<'v> {
        let mut columns = Columns {
            values: vec![Some(Values::default()); rows],
            named: Vec::new(),
        };
        let mut scalars = Vec::with_capacity(rows);
        for (at, Served { part, groups }) in self.columns.iter().enumerate() {
            told(at, &mut scalars);
            columns.take(*part, &scalars);
            let named = groups.iter().map(|by| (*by, scalars.clone()));
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
        let values = values.get(row)?.as_ref()?;
        for (by, names) in named {
            (*names.get(row)?)?.name(self.group.get_mut(*by)?)?;
        }
        self.record(values, asked)
    }
}
