//! Flags as words of a command that is offered, so that it reads a log as this command did.

use std::collections::BTreeSet;

use crate::cli::InputArgs;
use crate::evidence::Partial;
use crate::input::{Bytes, Limits, PresetChoice};
use crate::state::{Flags, State};

/// A flag and its value; one that could pass for a flag itself is joined to it.
pub(super) fn flag(name: &str, value: &str) -> Vec<String> {
    if value.starts_with('-') {
        vec![format!("{name}={value}")]
    } else {
        vec![name.to_owned(), value.to_owned()]
    }
}

/// How much may be read, where that is not the default.
pub(super) fn limits(args: &InputArgs) -> Vec<String> {
    let limits = Limits::default();
    let given = |name, limit: Bytes, usual: Bytes| {
        let limit = (limit != usual).then(|| flag(name, &limit.to_string()));
        limit.unwrap_or_default()
    };
    let mut flags = given("--max-line", args.max_line, limits.row);
    flags.extend(given("--max-bytes", args.max_bytes, limits.bytes));
    flags
}

/// Flags that a state keeps although they say what is so without them.
const USUAL: [(&str, &str); 2] = [("max-bad-rows", "0"), ("missing-confidence", "drop")];

/// Whether a state is of logs that were read with other flags, each by its own: no command repeats them all.
pub(super) fn are_apart(flags: &Flags) -> bool {
    flags.iter().any(|(name, values)| {
        // What these flags may say again, of another role or field.
        let about = |value: &String| match name.as_str() {
            "map" | "extract" | "const" => value.split('=').next().unwrap_or_default().to_owned(),
            "not" | "where" => value.clone(),
            _ => String::new(),
        };
        let about: BTreeSet<_> = values.iter().map(about).collect();
        about.len() < values.len()
    })
}

/// The flags that a log was read with, or its state was saved with, as far as they differ from the defaults.
pub(super) fn reading(args: &InputArgs, state: &State, is_saved: bool) -> Vec<String> {
    let mut flags = Vec::new();
    match args.preset {
        Some(PresetChoice::Forced(preset)) => flags.extend(flag("--preset", preset.name)),
        Some(PresetChoice::None) => flags.extend(flag("--preset", "none")),
        Some(PresetChoice::Content) | None => {}
    }
    let records = args.records.iter();
    flags.extend(records.flat_map(|records| flag("--records", records)));
    for (name, values) in &state.flags {
        let usual = USUAL.contains(&(name.as_str(), values.join(" ").as_str()));
        let values = values.iter().filter(|_| !usual);
        flags.extend(values.flat_map(|value| flag(&format!("--{name}"), value)));
    }
    flags.extend(args.id.iter().flat_map(|field| flag("--id", field)));
    let scale = match is_saved {
        true => Some(state.definition.scale.clone()).filter(|scale| scale != "unit"),
        false => args.confidence_scale.map(|scale| scale.to_string()),
    };
    flags.extend(
        scale
            .iter()
            .flat_map(|scale| flag("--confidence-scale", scale)),
    );
    flags.extend(limits(args));
    let config = args.config.config.iter();
    flags.extend(config.flat_map(|path| flag("--config", &path.to_string_lossy())));
    if args.config.no_config {
        flags.push("--no-config".to_owned());
    }
    flags
}

/// `--partial`, where it is not the default.
pub(super) fn partial(partial: Partial) -> Vec<String> {
    match partial == Partial::default() {
        true => Vec::new(),
        false => flag("--partial", &partial.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_like_a_flag_stays_a_value() {
        assert_eq!(flag("--id", "-x"), ["--id=-x"]);
        assert_eq!(flag("--id", "x"), ["--id", "x"]);
    }

    #[test]
    fn flags_that_no_command_can_have_together_are_seen() {
        let flags = |name: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned());
            Flags::from([(name.to_owned(), values.collect())])
        };
        assert!(!are_apart(&flags("map", &["correct=a", "confidence=b"])));
        assert!(are_apart(&flags("map", &["correct=a", "correct=b"])));
        assert!(!are_apart(&flags("where", &["split=a", "task=b"])));
        assert!(are_apart(&flags("max-bad-rows", &["0", "5"])));
    }
}
