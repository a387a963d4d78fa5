//! What a reader of an Inspect log should know of its run and its scorers.

use super::scores::UNFINISHED;
use crate::codes;
use crate::input::columns::Columns;
use crate::input::finding::{Again, Finding};
use crate::input::roles::Role;
use crate::input::row::RowRules;

/// What is remarked, by the columns of the samples.
pub(super) fn of(rules: &RowRules, columns: &Columns) -> Vec<Finding> {
    vec![unfinished(columns), scorers(rules, columns)]
}

fn unfinished(columns: &Columns) -> Finding {
    let column = format!("calib.{UNFINISHED}");
    Finding {
        code: &codes::UNFINISHED_RUN,
        message: "the log says that its run did not end with success: it holds the samples that were done by then"
            .to_owned(),
        count: u64::from(columns.paths.contains_key(&column)),
        when_found_again: Again::Once,
    }
}

fn scorers(rules: &RowRules, columns: &Columns) -> Finding {
    let scorers = names(columns.paths.keys().map(String::as_str));
    let chosen = [Role::Correct, Role::Grade].iter().any(|role| {
        let mapping = rules.fields.mappings.get(role);
        mapping.is_some_and(|mapping| mapping.path.starts_with(SCORES))
    });
    let several = scorers.len() > 1 && !chosen;
    let message = format!(
        "samples have scores by {}, and the first of each counts: for another, pass --map correct=scores.NAME.value --map abstained=",
        scorers.join(", ")
    );
    Finding {
        code: &codes::SEVERAL_SCORERS,
        message,
        count: u64::try_from(scorers.len()).unwrap_or(u64::MAX) * u64::from(several),
        when_found_again: Again::Once,
    }
}

const SCORES: &str = "scores.";

/// The scorers that paths such as `scores.NAME.value` name, in order.
fn names<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<&'p str> {
    let mut names: Vec<&str> = paths
        .filter_map(|path| path.strip_prefix(SCORES)?.split_once(".value"))
        .filter(|(_, rest)| rest.is_empty() || rest.starts_with('.'))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.dedup();
    // What a scorer notes beside its value may have a field `value` too.
    let is_inside = |name: &&str| {
        let outer = |other: &&str| {
            let rest = name.strip_prefix(*other);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        names.iter().any(outer)
    };
    let outermost = names.iter().copied().filter(|name| !is_inside(name));
    outermost.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scorers_are_named_by_their_values() {
        let paths = [
            "scores.b/match.value",
            "scores.a.value.score",
            "scores.a.value.confidence",
            "scores.a.metadata.value",
            "scores.a.values",
            "metadata.scores.c.value",
        ];
        assert_eq!(names(paths.into_iter()), ["a", "b/match"]);
    }
}
