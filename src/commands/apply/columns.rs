//! Rows as the columns of a table: members of objects by their dotted paths, in the order in which they are first met.

use std::collections::{HashMap, HashSet};

use crate::input::{Tree, tree};

/// The columns of all rows.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Their names in order.
    pub(super) names: Vec<String>,
    places: HashMap<String, usize>,
    rows: u64,
    /// Whether the table has no objects: members of objects are columns.
    flat: bool,
    lost: Option<(u64, String)>,
    /// What they hold.
    #[cfg(feature = "parquet")]
    pub(super) shape: super::parquet::Shape,
}

impl Columns {
    /// Most columns of a table: rows whose keys are values of their own have no end of them.
    pub(super) const MOST: usize = 10_000;

    /// None yet, of a table with or without objects.
    pub(super) fn of_table(flat: bool) -> Self {
        Self {
            flat,
            ..Self::default()
        }
    }

    /// Whether they are more than a table holds.
    pub(super) fn are_too_many(&self) -> bool {
        #[cfg(feature = "parquet")]
        let leaves = self.shape.leaves();
        #[cfg(not(feature = "parquet"))]
        let leaves = 0;
        self.names.len() > Self::MOST || leaves > Self::MOST
    }

    /// The first row, counted from 1, with two values for one place, and its name: a column of a flat table, else a key of
    /// an object.
    pub(super) fn lost(&self) -> Option<&(u64, String)> {
        self.lost.as_ref()
    }

    /// Adds the columns of a row.
    pub(super) fn add(&mut self, row: &str) {
        let Some(tree) = tree(row).filter(|_| self.names.len() <= Self::MOST) else {
            return;
        };
        self.rows += 1;
        let mut here = HashSet::new();
        flatten(None, &tree, &mut |path, _| {
            let next = self.names.len();
            let place = *self.places.entry(path.to_owned()).or_insert(next);
            if place == next {
                self.names.push(path.to_owned());
            }
            if self.flat && !here.insert(place) && self.lost.is_none() {
                self.lost = Some((self.rows, path.to_owned()));
            }
        });
        if !self.flat && self.lost.is_none() {
            self.lost = repeated(&tree).map(|key| (self.rows, key.to_owned()));
        }
        #[cfg(feature = "parquet")]
        self.shape.widen(&tree);
    }

    /// The cells of a row.
    pub(super) fn cells(&self, row: &str) -> Vec<String> {
        let mut cells = vec![String::new(); self.names.len()];
        let Some(tree) = tree(row) else { return cells };
        flatten(None, &tree, &mut |path, leaf| {
            let place = self.places.get(path).and_then(|at| cells.get_mut(*at));
            if let Some(cell) = place {
                *cell = text(leaf);
            }
        });
        cells
    }
}

/// A key that an object inside has twice.
fn repeated<'t>(tree: &'t Tree<'_>) -> Option<&'t str> {
    match tree {
        Tree::Object(members, _) => {
            let mut known = HashSet::new();
            let twice = members.iter().find(|(key, _)| !known.insert(key.as_str()));
            let inside = || members.iter().find_map(|(_, member)| repeated(member));
            twice.map(|(key, _)| key.as_str()).or_else(inside)
        }
        Tree::List(items, _) => items.iter().find_map(repeated),
        _ => None,
    }
}

/// Shows every leaf with its path.
fn flatten(path: Option<&str>, tree: &Tree<'_>, leaf: &mut dyn FnMut(&str, &Tree<'_>)) {
    match tree {
        Tree::Object(members, _) if !members.is_empty() => {
            for (key, member) in members {
                // An empty key is a key: what it holds has a dot before it.
                let path = path.map_or_else(|| key.clone(), |path| format!("{path}.{key}"));
                flatten(Some(&path), member, leaf);
            }
        }
        tree => leaf(path.unwrap_or_default(), tree),
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
