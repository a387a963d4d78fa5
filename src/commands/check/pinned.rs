//! The command that makes the same report whatever names the next log's columns have: every role that was detected is
//! mapped by a flag.

use super::CheckArgs;
use crate::cli::{InputArgs, Missing};
use crate::input::{Mapping, Notes, ROLES, Role, RowRules};
use crate::render::escape::Charset;
use crate::render::shell;
use crate::report::check::Pinned;

/// `calib audit LOG` with every detected role mapped, and the flags that were given.
pub(super) fn command(args: &CheckArgs, rules: &RowRules, notes: &Notes) -> Pinned {
    let mut flags = Vec::new();
    let mut unpinned = Vec::new();
    for names in ROLES {
        match pin(names.role, args, rules, notes) {
            Pin::Flag(name, value) => flags.extend(flag(name, &value)),
            Pin::Impossible => unpinned.push(names.name),
            Pin::Needless => {}
        }
    }
    flags.extend(others(&args.input));
    let mut arguments = vec!["calib".to_owned(), "audit".to_owned()];
    if args.log.starts_with('-') && args.log != "-" {
        arguments.extend(flags);
        arguments.extend(["--".to_owned(), args.log.clone()]);
    } else {
        arguments.push(args.log.clone());
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

fn pin(role: Role, args: &CheckArgs, rules: &RowRules, notes: &Notes) -> Pin {
    if role == Role::Id
        && let Some(field) = &args.input.id
    {
        return Pin::Flag("--id", field.clone());
    }
    let mapping = match rules.fields.mappings.get(&role) {
        Some(mapping) => mapping.clone(),
        None => match notes.columns.serving(role)[..] {
            [] => return Pin::Needless,
            // A column whose grades were partly passed over would be heard in every row once a flag names it.
            [_] if role == Role::Grade && notes.grade_unheard => return Pin::Impossible,
            [column] => Mapping {
                role,
                path: column.to_owned(),
                values: std::collections::BTreeMap::new(),
            },
            // Several columns are allowed only where nothing is computed from the role.
            _ => return Pin::Impossible,
        },
    };
    let text = written(&mapping);
    match Mapping::parse(&text) {
        Ok(read) if read == mapping => Pin::Flag("--map", text),
        _ if role == Role::Id => Pin::Flag("--id", mapping.path),
        _ => Pin::Impossible,
    }
}

/// A mapping as `--map` takes it.
fn written(mapping: &Mapping) -> String {
    let values = mapping.values.iter();
    let values: Vec<_> = values
        .map(|(value, meaning)| format!("{value}={meaning}"))
        .collect();
    let colon = if values.is_empty() { "" } else { ":" };
    format!(
        "{}={}{colon}{}",
        mapping.role.name(),
        mapping.path,
        values.join(",")
    )
}

/// The other flags of reading that shape the report.
fn others(args: &InputArgs) -> Vec<String> {
    let scale = args.confidence_scale.to_string();
    let mut flags = flag("--confidence-scale", &scale);
    if args.missing_confidence == Missing::Error {
        flags.extend(flag("--missing-confidence", "error"));
    }
    for (field, value) in &args.filters {
        flags.extend(flag("--where", &format!("{field}={value}")));
    }
    if let Some(field) = &args.cluster {
        flags.extend(flag("--cluster", field));
    }
    let limit = args.max_bad_rows.to_string();
    if limit != "0" {
        flags.extend(flag("--max-bad-rows", &limit));
    }
    flags
}

/// A flag and its value; one that could pass for a flag itself is joined to it.
fn flag(name: &str, value: &str) -> Vec<String> {
    if value.starts_with('-') {
        vec![format!("{name}={value}")]
    } else {
        vec![name.to_owned(), value.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_written_as_it_is_parsed() {
        for text in [
            "weight=",
            "id=a:b",
            "correct=judge.ok:no=0,yes=1",
            "correct=x:=0,a=b=c",
        ] {
            assert_eq!(written(&Mapping::parse(text).unwrap()), text);
        }
    }

    #[test]
    fn a_value_like_a_flag_stays_a_value() {
        assert_eq!(flag("--id", "-x"), ["--id=-x"]);
        assert_eq!(flag("--id", "x"), ["--id", "x"]);
    }
}
