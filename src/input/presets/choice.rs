//! Which preset reads a log, as `--preset` says.

use std::str::FromStr;

use super::Preset;

/// Which preset reads a log.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PresetChoice {
    /// The one that fits the content, if one does.
    #[default]
    Content,
    /// None.
    None,
    /// This one, whatever the content.
    Forced(&'static Preset),
}

impl FromStr for PresetChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "none" => Ok(Self::None),
            _ => super::named(name).map(Self::Forced),
        }
    }
}
