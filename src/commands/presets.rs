//! The flags of a preset, as far as the user's own leave them to it.

use std::collections::BTreeSet;

use clap::Parser;

use crate::cli::{InputArgs, PresetFlags};
use crate::codes;
use crate::error::Error;
use crate::input::{Preset, Role};

/// Flags whose value begins with the role they are about.
const ABOUT_A_ROLE: [&str; 4] = ["map", "const", "not", "extract"];

/// The flags of a preset for the roles that the user's flags are silent about.
pub(super) fn flags(preset: &Preset, own: &InputArgs) -> Result<InputArgs, Error> {
    let taken = taken(own);
    let free = |(flag, value): &&(&str, &str)| match role_of(flag, value) {
        Some(role) => !taken.contains(&role),
        None => true,
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

/// The role that a flag of a preset is about.
fn role_of(flag: &str, value: &str) -> Option<Role> {
    match flag {
        "softmax" => Some(Role::Confidence),
        _ if ABOUT_A_ROLE.contains(&flag) => Role::named(value.split('=').next()?),
        _ => None,
    }
}

/// The roles that the user's flags are about. One that a user maps is wholly the user's.
fn taken(own: &InputArgs) -> BTreeSet<Role> {
    let mut taken: BTreeSet<_> = own.mappings.iter().map(|mapping| mapping.role).collect();
    taken.extend(own.id.iter().map(|_| Role::Id));
    taken
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
