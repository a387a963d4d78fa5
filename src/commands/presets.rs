//! The flags of a preset, as far as the user's own leave them to it.

use std::collections::BTreeSet;

use clap::Parser;

use crate::cli::{InputArgs, PresetFlags};
use crate::codes;
use crate::error::Error;
use crate::input::{Constant, Preset, Role};

/// The flags of a preset for the roles that the user's flags are silent about.
pub(super) fn flags(preset: &Preset, own: &InputArgs) -> Result<InputArgs, Error> {
    let taken = roles(own);
    let free = |(flag, value): &&(&str, &str)| {
        let about = roles_of(flag, value);
        let filters = own.filters.iter();
        let filtered = filters
            .map(|(field, _)| field)
            .any(|field| *flag == "where" && value.split('=').next() == Some(field.as_str()));
        !filtered && about.iter().all(|role| !taken.contains(role))
    };
    let arguments = preset
        .flags
        .iter()
        .filter(free)
        .map(|(flag, value)| format!("--{flag}={value}"));
    PresetFlags::try_parse_from(arguments)
        .map(|flags| flags.input)
        .map_err(|error| {
            let detail = format!("preset {}: {}", preset.name, error.render());
            Error::new(&codes::BAD_FLAG, detail)
        })
}

/// The user's flags, and those of a preset behind them.
pub(super) fn merged(own: &InputArgs, defaults: InputArgs) -> InputArgs {
    let mut all = own.clone();
    all.mappings.extend(defaults.mappings);
    all.filters.extend(defaults.filters);
    all.opposites.extend(defaults.opposites);
    all.constants.extend(defaults.constants);
    all.extracts.extend(defaults.extracts);
    all.softmax = all.softmax.or(defaults.softmax);
    all.pairs = all.pairs.or(defaults.pairs);
    all.pairs_role = all.pairs_role.or(defaults.pairs_role);
    all.confidence_scale = all.confidence_scale.or(defaults.confidence_scale);
    all
}

/// The roles that flags are about. One that a user names is wholly the user's.
pub(super) fn roles(flags: &InputArgs) -> BTreeSet<Role> {
    let mut roles: BTreeSet<_> = flags.opposites.iter().copied().collect();
    let mapped = flags.mappings.iter().chain(&flags.extracts);
    roles.extend(mapped.map(|mapping| mapping.role));
    roles.extend(flags.constants.iter().map(|constant| constant.role));
    roles.extend(flags.id.iter().map(|_| Role::Id));
    roles.extend(flags.softmax.iter().flat_map(|_| SOFTMAX));
    roles.extend(flags.pairs.iter().flat_map(|_| PAIRS));
    roles.extend(flags.pairs_role);
    roles
}

/// The roles that `--softmax` is about.
const SOFTMAX: [Role; 2] = [Role::Confidence, Role::ChoiceLogprobs];
/// The roles that `--pairs` is about.
const PAIRS: [Role; 2] = [Role::Confidence, Role::Correct];

/// The roles that a flag of a preset or a configuration file is about.
pub(super) fn roles_of(flag: &str, value: &str) -> Vec<Role> {
    let named = || value.split('=').next().and_then(Role::named);
    match flag {
        "softmax" => SOFTMAX.to_vec(),
        "pairs" => PAIRS.to_vec(),
        // Without its pairs it has no meaning.
        "as" => named().into_iter().chain(PAIRS).collect(),
        "id" => vec![Role::Id],
        // The name may be one that says the opposite of a role.
        "const" => Constant::parse(value)
            .map(|constant| constant.role)
            .into_iter()
            .collect(),
        "map" | "not" | "extract" => named().into_iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::PRESETS;

    #[test]
    fn the_flags_of_every_preset_are_those_of_the_command_line() {
        let own = PresetFlags::try_parse_from([""; 0]).unwrap().input;
        for preset in PRESETS {
            flags(preset, &own).unwrap();
        }
    }
}
