//! The command that makes the same report whatever names the next log's columns have: every role that was detected is
//! mapped by a flag.

use super::super::repeated::{flag, limits};
use super::super::rules;
use crate::cli::{InputArgs, Missing};
use crate::config::Setting;
use crate::input::{Mapping, Notes, PresetChoice, ROLES, Role, RowRules};
use crate::render::escape::Charset;
use crate::render::shell;
use crate::report::check::Pinned;

/// `calib audit LOG` with every detected role mapped, and the flags that were given.
pub(super) fn command(log: &str, args: &InputArgs, rules: &RowRules, notes: &Notes) -> Pinned {
    let mut flags = Vec::new();
    let mut unpinned = Vec::new();
    for names in ROLES {
        match pin(names.role, rules, notes) {
            Pin::Flag(name, value) => flags.extend(flag(name, &value)),
            Pin::Impossible => unpinned.push(names.name),
            Pin::Needless => {}
        }
    }
    flags.extend(others(args, rules));
    flags.extend(figures(args));
    let mut arguments = vec!["calib".to_owned(), "audit".to_owned()];
    if log.starts_with('-') && log != "-" {
        arguments.extend(flags);
        arguments.extend(["--".to_owned(), log.to_owned()]);
    } else {
        arguments.push(log.to_owned());
        arguments.extend(flags);
    }
    let words: Vec<_> = arguments
        .iter()
        .map(|word| shell::quote(word, Charset::Unicode))
        .collect();
    Pinned {
        line: words.join(" "),
        arguments,
        unpinned,
    }
}

/// How a role is held to its column.
enum Pin {
    /// By this flag.
    Flag(&'static str, String),
    /// No column plays it, or nothing is read from it.
    Needless,
    /// A flag would change how it is read, or cannot name the column.
    Impossible,
}

fn pin(role: Role, rules: &RowRules, notes: &Notes) -> Pin {
    if rules.fields.may_be_absent(role) && notes.columns.serving(role).is_empty() {
        // The preset, which is pinned itself, looks for it where it is.
        return Pin::Needless;
    }
    if let Some(mapping) = rules.fields.mappings.get(&role) {
        return match mapping.text() {
            // What --softmax or --pairs leaves no column for.
            "" => Pin::Needless,
            text => Pin::Flag(mapping.flag(), text.to_owned()),
        };
    }
    match notes.columns.serving(role)[..] {
        [] => Pin::Needless,
        [column] if !changes_once_named(role, notes) => name(role, column),
        // Several columns are allowed only where nothing is computed from the role.
        _ => Pin::Impossible,
    }
}

/// Whether values that are passed over would be read, or be bad, once a flag names their column.
fn changes_once_named(role: Role, notes: &Notes) -> bool {
    match role {
        Role::Grade => notes.grade_unheard,
        Role::ChoiceLogprobs => true,
        _ => false,
    }
}

/// The flag that lets a column play a role as it is.
fn name(role: Role, column: &str) -> Pin {
    let text = format!("{}={column}", role.name());
    let by_id = || Mapping::column("--id", Role::Id, column).is_column(column);
    match Mapping::parse(&text) {
        Ok(mapping) if mapping.is_column(column) => Pin::Flag("--map", text),
        _ if role == Role::Id && by_id() => Pin::Flag("--id", column.to_owned()),
        _ => Pin::Impossible,
    }
}

/// The other flags of reading that shape the report.
fn others(args: &InputArgs, rules: &RowRules) -> Vec<String> {
    let scale = rules.scale.to_string();
    let mut flags = flag("--confidence-scale", &scale);
    match rules.preset {
        Some(preset) => flags.extend(flag("--preset", preset.name)),
        None if args.preset == Some(PresetChoice::None) => flags.extend(flag("--preset", "none")),
        None => {}
    }
    if let Some(records) = &args.records {
        flags.extend(flag("--records", records));
    }
    if args.missing_confidence == Missing::Error {
        flags.extend(flag("--missing-confidence", "error"));
    }
    for (field, value) in &args.filters {
        flags.extend(flag("--where", &format!("{field}={value}")));
    }
    if let Some(field) = &args.cluster {
        flags.extend(flag("--cluster", field));
    }
    let used = rules::used(&rules::flags(args, rules));
    let named = [
        ("--not", used.opposites),
        ("--const", used.constants),
        ("--pairs", used.pairs.into_iter().collect()),
        ("--as", used.pairs_role.into_iter().collect()),
        ("--join", used.join.into_iter().collect()),
    ];
    for (name, values) in named {
        flags.extend(values.iter().flat_map(|value| flag(name, value)));
    }
    let limit = args.max_bad_rows.to_string();
    if limit != "0" {
        flags.extend(flag("--max-bad-rows", &limit));
    }
    flags.extend(limits(args));
    flags
}

/// How the configuration file says that figures are computed; the line holds all of the file that an audit would take.
fn figures(args: &InputArgs) -> Vec<String> {
    let Some(config) = args.config_file() else {
        return Vec::new();
    };
    let mut flags: Vec<_> = config.metrics.iter().map(Setting::argument).collect();
    flags.push("--no-config".to_owned());
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_no_flag_can_name_is_not_named() {
        let named = |role, column| match name(role, column) {
            Pin::Flag(flag, value) => Some((flag, value)),
            Pin::Needless | Pin::Impossible => None,
        };
        let map = |value: &str| Some(("--map", value.to_owned()));
        assert_eq!(named(Role::Correct, "a.b"), map("correct=a.b"));
        assert_eq!(named(Role::Id, "a:b"), map("id=a:b"));
        assert_eq!(named(Role::Id, "a:b=c"), Some(("--id", "a:b=c".to_owned())));
        assert_eq!(named(Role::Correct, "a:b=c"), None);
        assert_eq!(named(Role::Id, "a[0]"), None, "this is a path into a list");
    }
}
