//! From a view to the design of its null distribution.

use std::collections::BTreeMap;

use super::View;
use super::bins::residual;
use crate::evidence::Cell;
use crate::inference::null::{Design, Draw, Null, Point, Rows, SingleRows};

/// Draws the null distribution, or says why it can't.
pub(super) fn draw(view: &View) -> Result<Null, &'static str> {
    if let Some(reason) = view.no_confidence() {
        return Err(reason);
    }
    let design = Design {
        points: points(view),
        bins: view.bins().bins.len(),
        draw: how(view)?,
        replicates: view.budget.replicates,
        seed: view.settings.seed,
    };
    Ok(design.run())
}

/// The distinct confidences with their residuals and bins.
pub(super) fn points(view: &View) -> Vec<Point> {
    let bins = &view.bins().of_cell;
    let placed = view.cells.iter().zip(bins);
    placed.map(|(cell, &bin)| point(cell, bin)).collect()
}

/// A cell as a point in a bin.
pub(super) fn point(cell: &Cell, bin: usize) -> Point {
    Point {
        confidence: cell.confidence,
        weight: cell.w,
        residual: residual(cell),
        bin,
    }
}

fn how(view: &View) -> Result<Draw, &'static str> {
    if view.clustered || !view.total.is_plain() {
        return flips(view);
    }
    if view.budget.full {
        let rows = |cell: &Cell| Rows::new(cell.rows, cell.confidence);
        return Ok(Draw::Consistency(view.cells.iter().map(rows).collect()));
    }
    let deviation = |bin: &super::BinSums| bin.variance.sqrt();
    Ok(Draw::Normal(
        view.bins().bins.iter().map(deviation).collect(),
    ))
}

fn flips(view: &View) -> Result<Draw, &'static str> {
    if !view.budget.full {
        return Err("too_many_cells");
    }
    if view.single().iter().any(|cell| !cell.is_plain()) {
        return Err("weighted or partly graded rows without an id cannot be resampled");
    }
    Ok(Draw::Flips {
        clusters: clusters(view)?,
        single: single(view),
    })
}

fn single(view: &View) -> Vec<SingleRows> {
    let mut rows = vec![SingleRows::new(0, 0); view.cells.len()];
    for cell in view.single() {
        if let Some(rows) = view.place(cell.confidence).and_then(|at| rows.get_mut(at)) {
            *rows = SingleRows::new(cell.right, cell.wrong);
        }
    }
    rows
}

fn clusters(view: &View) -> Result<Vec<Vec<(usize, f64)>>, &'static str> {
    let kept = view.kept().ok_or("too many rows to keep them by prompt")?;
    let mut clusters: BTreeMap<u64, BTreeMap<usize, f64>> = BTreeMap::new();
    for row in kept {
        let sum = row.weight * (row.confidence - row.credit);
        let cluster = clusters.entry(row.cluster).or_default();
        *cluster.entry(row.cell).or_default() += sum;
    }
    Ok(clusters
        .into_values()
        .map(|sums| sums.into_iter().collect())
        .collect())
}
