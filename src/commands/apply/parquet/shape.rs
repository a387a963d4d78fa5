//! What the columns of a table hold, found in all its rows.

use std::collections::HashMap;

use crate::input::Tree;

/// Most members of an object inside a row: objects keyed by ids have no end of them, and stay text.
const MEMBERS: usize = 1_000;
/// Integers beyond this are no doubles.
const EXACT: u64 = 1 << 53;

/// What the values of a column are.
#[derive(Debug, Default)]
pub(in super::super) enum Shape {
    /// Nothing but null.
    #[default]
    Null,
    Bool,
    /// Integers that a double holds as well.
    Int,
    /// Integers of 64 bits.
    Long,
    Double,
    Text,
    List(Box<Self>),
    Group(Members),
}

/// The members of an object, in the order in which they are first met.
#[derive(Debug, Default)]
pub(in super::super) struct Members {
    pub(super) list: Vec<(String, Shape)>,
    places: HashMap<String, usize>,
}

impl Members {
    fn widen(&mut self, key: &str, shape: Shape) {
        let known = self.places.get(key).and_then(|at| self.list.get_mut(*at));
        if let Some((_, known)) = known {
            *known = std::mem::take(known).join(shape);
        } else {
            self.places.insert(key.to_owned(), self.list.len());
            self.list.push((key.to_owned(), shape));
        }
    }
}

impl Shape {
    /// Takes in the values of one more row.
    pub(in super::super) fn widen(&mut self, row: &Tree<'_>) {
        if let Self::Null = self {
            *self = Self::Group(Members::default());
        }
        if let (Self::Group(all), Tree::Object(members, _)) = (self, row) {
            for (key, member) in members {
                all.widen(key, Self::of(member));
            }
        }
    }

    /// Columns that it takes.
    pub(in super::super) fn leaves(&self) -> usize {
        match self {
            Self::List(inner) => inner.leaves(),
            Self::Group(members) => {
                let inner = members.list.iter().map(|(_, shape)| shape.leaves());
                inner.sum::<usize>().max(1)
            }
            _ => 1,
        }
    }

    fn of(tree: &Tree<'_>) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(_) => Self::Bool,
            Tree::Text(_) | Tree::Deep(_) => Self::Text,
            Tree::Number(number) => Self::of_number(number),
            Tree::List(items, _) => {
                let inner = items.iter().map(Self::of);
                Self::List(Box::new(inner.fold(Self::Null, Self::join)))
            }
            Tree::Object(members, _) => {
                let mut all = Members::default();
                for (key, member) in members {
                    all.widen(key, Self::of(member));
                }
                Self::group(all)
            }
        }
    }

    fn group(members: Members) -> Self {
        match members.list.len() > MEMBERS {
            true => Self::Text,
            false => Self::Group(members),
        }
    }

    fn of_number(number: &str) -> Self {
        let digits = number.trim_start_matches('-');
        let integer = digits.bytes().all(|byte| byte.is_ascii_digit());
        match (integer, number.parse::<i64>(), number.parse::<f64>()) {
            (true, Ok(value), _) if value.unsigned_abs() <= EXACT => Self::Int,
            (true, Ok(_), _) => Self::Long,
            (false, _, Ok(value)) if value.is_finite() || !has_digits(number) => Self::Double,
            _ => Self::Text,
        }
    }

    /// What holds both.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, shape) | (shape, Self::Null) => shape,
            (Self::Bool, Self::Bool) => Self::Bool,
            (Self::Int, Self::Int) => Self::Int,
            (Self::Int | Self::Long, Self::Int | Self::Long) => Self::Long,
            (Self::Int | Self::Double, Self::Int | Self::Double) => Self::Double,
            (Self::List(one), Self::List(two)) => Self::List(Box::new(one.join(*two))),
            (Self::Group(mut one), Self::Group(two)) => {
                for (key, shape) in two.list {
                    one.widen(&key, shape);
                }
                Self::group(one)
            }
            _ => Self::Text,
        }
    }
}

fn has_digits(number: &str) -> bool {
    number.bytes().any(|byte| byte.is_ascii_digit())
}
