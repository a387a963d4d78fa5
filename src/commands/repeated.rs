//! Flags as words of a command that is offered, so that it reads a log as this command did.

use crate::cli::InputArgs;
use crate::evidence::Partial;
use crate::input::{Bytes, Limits, PresetChoice};
use crate::state::State;

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
        let usual = matches!(
            (name.as_str(), values.as_slice()),
            ("max-bad-rows", [value]) if value == "0"
        ) || matches!(
            (name.as_str(), values.as_slice()),
            ("missing-confidence", [value]) if value == "drop"
        );
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
}
