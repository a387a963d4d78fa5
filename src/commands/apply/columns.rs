//! Rows as the columns of a table: members of objects by their dotted paths, in the order in which they are first met.

use std::collections::HashMap;

use crate::input::{Tree, tree};

/// The columns of all rows.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Their names in order.
    pub(super) names: Vec<String>,
    places: HashMap<String, usize>,
    /// What they hold.
    #[cfg(feature = "parquet")]
    pub(super) shape: super::parquet::Shape,
}

impl Columns {
    /// Most columns of a table: rows whose keys are values of their own have no end of them.
    pub(super) const MOST: usize = 10_000;

    /// Whether they are more than a table holds.
    pub(super) fn are_too_many(&self) -> bool {
        #[cfg(feature = "parquet")]
        let leaves = self.shape.leaves();
        #[cfg(not(feature = "parquet"))]
        let leaves = 0;
        self.names.len() > Self::MOST || leaves > Self::MOST
    }

    /// Adds the columns of a row.
    pub(super) fn add(&mut self, row: &str) {
        let Some(tree) = tree(row).filter(|_| self.names.len() <= Self::MOST) else {
            return;
        };
        flatten("", &tree, &mut |path, _| {
            if !self.places.contains_key(path) {
                self.places.insert(path.to_owned(), self.names.len());
                self.names.push(path.to_owned());
            }
        });
        #[cfg(feature = "parquet")]
        self.shape.widen(&tree);
    }

    /// The cells of a row.
    pub(super) fn cells(&self, row: &str) -> Vec<String> {
        let mut cells = vec![String::new(); self.names.len()];
        let Some(tree) = tree(row) else { return cells };
        flatten("", &tree, &mut |path, leaf| {
            let place = self.places.get(path).and_then(|at| cells.get_mut(*at));
            if let Some(cell) = place {
                *cell = text(leaf);
            }
        });
        cells
    }
}

/// Shows every leaf with its path.
fn flatten(path: &str, tree: &Tree<'_>, leaf: &mut dyn FnMut(&str, &Tree<'_>)) {
    match tree {
        Tree::Object(members, _) if !members.is_empty() => {
            for (key, member) in members {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                flatten(&path, member, leaf);
            }
        }
        tree => leaf(path, tree),
    }
}

/// A value as the cell of a table.
pub(super) fn text(leaf: &Tree<'_>) -> String {
    match leaf {
        Tree::Null => String::new(),
        Tree::Bool(truth) => truth.to_string(),
        Tree::Text(text) => text.clone(),
        Tree::Number(text) | Tree::List(_, text) | Tree::Object(_, text) | Tree::Deep(text) => {
            (*text).to_owned()
        }
    }
}
