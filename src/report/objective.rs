//! What the audit of one claim about a training objective found.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Estimate;

/// The outcome of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objective {
    /// One word; null where the rows do not let it be said.
    pub verdict: Option<&'static str>,
    /// How much it matters.
    pub level: Level,
    /// The verdict in words, with the figures it rests on.
    pub sentence: String,
    /// What to do; null where there is nothing to be done.
    pub advice: Option<String>,
    /// The figures, in the order they are to be read.
    #[serde(serialize_with = "by_name")]
    pub evidence: Vec<Evidence>,
    /// Figures by step, format, scheme or the like; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Roles that would let the audit say more.
    pub missing: Vec<&'static str>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing is wrong.
    Ok,
    /// Worth knowing.
    Note,
    /// Something is wrong.
    Fail,
    /// The rows do not tell.
    Inconclusive,
}

/// A figure of an audit.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Its name in JSON.
    pub name: String,
    /// Its name in words; empty where only tables show it.
    pub label: String,
    /// How it is written.
    pub unit: Measure,
    /// The figure.
    pub figure: Figure,
}

/// A number, or one with what defends it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A count, or a number that is exact for these rows.
    Number(f64),
    /// An estimate.
    Estimate(Estimate),
}

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// A share, in percent.
    Share,
    /// A whole number.
    Count,
    /// Yes for 1, no for 0.
    Flag,
    /// A number with this many decimals.
    Number(u8),
    /// A difference, with its sign.
    Signed(u8),
}

/// Rows of a label and figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Its name in JSON, and what stands above it.
    pub name: &'static str,
    /// What the labels are.
    pub of: &'static str,
    /// What its columns are.
    pub columns: Vec<Column>,
    /// Its rows, in order.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// How its figures are written.
    #[serde(skip)]
    pub unit: Measure,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// A figure for each column; null where there is none.
    pub cells: Vec<Option<Figure>>,
}

impl Column {
    /// A column under this heading.
    #[must_use]
    pub fn new(title: &str, unit: Measure) -> Self {
        Self {
            title: title.to_owned(),
            unit,
        }
    }
}

impl Objective {
    /// An audit that cannot be made, for the reason in this sentence; without these roles, if it is for want of any.
    #[must_use]
    pub fn untold(sentence: String, missing: Vec<&'static str>) -> Self {
        Self {
            verdict: None,
            level: Level::Inconclusive,
            sentence,
            advice: None,
            evidence: Vec::new(),
            tables: Vec::new(),
            missing,
        }
    }

    /// The figure of this name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        let found = self.evidence.iter().find(|one| one.name == name);
        found.map(|one| &one.figure)
    }

    /// The value of the figure of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.figure(name)?.value()
    }

    /// Every figure it holds.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        let evidence = self.evidence.iter().map(|one| &one.figure);
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        evidence.chain(rows.flat_map(|row| row.cells.iter().flatten()))
    }
}

impl Evidence {
    /// A number.
    #[must_use]
    pub fn number(
        name: impl Into<String>,
        label: impl Into<String>,
        unit: Measure,
        number: f64,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            unit,
            figure: Figure::number(number),
        }
    }

    /// An estimate.
    #[must_use]
    pub fn estimate(
        name: impl Into<String>,
        label: impl Into<String>,
        unit: Measure,
        estimate: Estimate,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            unit,
            figure: Figure::Estimate(estimate),
        }
    }
}

impl Figure {
    /// A number; one that is not finite is undefined.
    #[must_use]
    pub fn number(number: f64) -> Self {
        match number.is_finite() {
            true => Self::Number(number),
            false => Self::Estimate(Estimate::undefined(0, "no finite value")),
        }
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Estimate(estimate) => estimate.value,
        }
    }
}

fn by_name<S: Serializer>(evidence: &[Evidence], serializer: S) -> Result<S::Ok, S::Error> {
    let named: BTreeMap<_, _> = evidence
        .iter()
        .map(|one| (&one.name, &one.figure))
        .collect();
    named.serialize(serializer)
}
