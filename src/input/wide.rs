//! Wide tables that were given without `--pairs`: which patterns would pair their columns.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::{Met, Pairs, Sides};
use super::roles::{Role, role_of};

/// What stands between the parts of a name.
const SEPARATORS: [char; 3] = ['-', '_', ' '];
/// Fewest pairs that make a table wide.
const FEWEST: usize = 2;

/// The help that gives the patterns, if the columns come in pairs.
pub(super) fn hint(columns: &BTreeSet<&str>) -> Option<String> {
    let patterns = patterns(columns)?;
    let quoted = patterns.replace('\'', "'\\''");
    let apart = match patterns.starts_with("*=") {
        true => "",
        false => " (where * stands for a model, with --as model --by model)",
    };
    Some(format!(
        "if each pair of columns is a confidence and its outcome, pass --pairs '{quoted}'{apart}"
    ))
}

/// The patterns that pair most columns, and that `--pairs` takes on a log with these columns.
fn patterns(columns: &BTreeSet<&str>) -> Option<String> {
    let mut stems: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    let confidences = confidences(columns);
    for (stem, outcome) in columns.iter().flat_map(|name| affixes(name, Role::Correct)) {
        let partners = confidences.get(stem).into_iter().flatten();
        let plain = columns.contains(stem).then(|| "*".to_owned());
        for partner in partners.cloned().chain(plain) {
            let found = stems.entry((partner, outcome.clone())).or_default();
            found.insert(stem);
        }
    }
    let mut wide: Vec<_> = stems
        .into_iter()
        .filter(|(_, stems)| stems.len() >= FEWEST)
        .collect();
    // Most pairs first; of as many, those whose names say more.
    wide.sort_by_key(|((partner, _), stems)| std::cmp::Reverse((stems.len(), partner.len())));
    let narrowed = wide.iter().flat_map(|((partner, outcome), stems)| {
        let prefix = Some(common(stems)).filter(|prefix| partner == "*" && !prefix.is_empty());
        let narrow = prefix
            .map(|prefix| format!("{prefix}*={}", outcome.replace('*', &format!("{prefix}*"))));
        narrow.into_iter().chain([format!("{partner}={outcome}")])
    });
    narrowed.into_iter().find(|text| fit(text, columns))
}

/// The patterns of columns that are named like confidences, by what is left of their names.
fn confidences<'c>(columns: &BTreeSet<&'c str>) -> BTreeMap<&'c str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (stem, pattern) in columns
        .iter()
        .flat_map(|name| affixes(name, Role::Confidence))
    {
        found.entry(stem).or_default().push(pattern);
    }
    found
}

/// The ways to take a name of the role off a column's name: the rest, and the pattern with `*` for it.
fn affixes(name: &str, role: Role) -> Vec<(&str, String)> {
    let says = |part: &str| role_of(part) == Some((role, false)) && !part.contains('.');
    let places = name.match_indices(SEPARATORS);
    let mut found = Vec::new();
    for (at, separator) in places {
        let (before, behind) = (&name[..at], &name[at + separator.len()..]);
        if says(behind) && !before.is_empty() {
            found.push((before, format!("*{separator}{behind}")));
        }
        if says(before) && !behind.is_empty() {
            found.push((behind, format!("{before}{separator}*")));
        }
    }
    found
}

/// What all of these begin with, short of the whole of any.
fn common<'c>(stems: &BTreeSet<&'c str>) -> &'c str {
    let (Some(first), Some(last)) = (stems.first(), stems.last()) else {
        return "";
    };
    // The first and the last in order differ earliest.
    let alike = first.chars().zip(last.chars()).take_while(|(a, b)| a == b);
    let length = alike.map(|(c, _)| c.len_utf8()).sum();
    Some(&first[..length])
        .filter(|_| length < first.len())
        .unwrap_or_default()
}

/// Whether `--pairs` takes these patterns on a log with these columns.
fn fit(text: &str, columns: &BTreeSet<&str>) -> bool {
    let Ok(pairs) = Pairs::parse(text) else {
        return false;
    };
    let mut met = Met::new();
    for side in columns.iter().filter_map(|column| pairs.side(column)) {
        let sides = met.entry(side.name.to_string()).or_default();
        sides.merge(Sides::of(&side));
    }
    pairs.check(&met).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(columns: &[&str]) -> Option<String> {
        patterns(&columns.iter().copied().collect())
    }

    #[test]
    fn an_outcome_is_named_after_its_forecast() {
        let forecasts = ["win", "win_outcome", "draw", "draw_outcome", "team"];
        assert_eq!(found(&forecasts).as_deref(), Some("*=*_outcome"));
        let alike = ["prob1", "prob1_outcome", "prob2", "prob2_outcome", "team"];
        assert_eq!(found(&alike).as_deref(), Some("prob*=prob*_outcome"));
        // Here the narrower pattern would match a column that has no partner.
        let more = [&alike[..], &["problem"]].concat();
        assert_eq!(found(&more).as_deref(), Some("*=*_outcome"));
    }

    #[test]
    fn both_sides_are_named_after_a_model() {
        let behind = ["a-b-conf", "a-b-evals", "b-conf", "b-evals", "id"];
        assert_eq!(found(&behind).as_deref(), Some("*-conf=*-evals"));
        let before = ["confidence_a", "correct_a", "confidence_b", "correct_b"];
        assert_eq!(found(&before).as_deref(), Some("confidence_*=correct_*"));
    }

    #[test]
    fn other_tables_are_not_wide() {
        for columns in [
            &["confidence", "correct"][..],
            &["a_conf", "a_correct"],
            &["a_outcome", "b_outcome", "id"],
        ] {
            assert_eq!(found(columns), None, "{columns:?}");
        }
        // A column without its partner.
        let unpaired = ["a_conf", "a_correct", "b_conf", "b_correct", "c_conf"];
        assert_eq!(found(&unpaired), None);
    }

    #[test]
    fn patterns_are_quoted_for_a_shell() {
        let columns = ["it's", "it's_outcome", "b", "b_outcome"];
        let hint = hint(&columns.into_iter().collect()).unwrap();
        assert!(hint.ends_with("--pairs '*=*_outcome'"), "{hint}");
    }
}
