//! The sections whose keys are flags.

use std::collections::BTreeMap;

use super::section::{Entry, Section};
use crate::codes;
use crate::error::{Error, Place};

/// What one value of a flag is in TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A number, or a string where the flag takes more than numbers: `"auto"`, `"64MiB"`, `"1%"`.
    NumberOrText,
    /// Whatever a column may say: a string, a number, true or false.
    Any,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// True or false: whether the flag stands there.
    Switch,
    /// One value.
    One(Scalar),
    /// A value, or a list of them.
    Many(Scalar),
    /// A table of names and values; or the pairs as the flag has them, one or a list.
    Table(Scalar),
}

/// A key that says what a flag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The flag, without its dashes.
    pub flag: String,
    /// What it holds.
    pub shape: Shape,
    /// Whether its value begins with the path of a file.
    pub is_path: bool,
    /// The words it may be, where these are all.
    pub words: Vec<String>,
    /// What it is for.
    pub about: String,
}

impl Key {
    /// Its name in the file.
    #[must_use]
    pub fn name(&self) -> String {
        self.flag.replace('-', "_")
    }
}

/// The keys that are flags, as the command line has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Of `[input]`.
    pub input: Vec<Key>,
    /// Of `[input.PRESET]`: those that do not decide how a file is opened.
    pub preset: Vec<Key>,
    /// Of `[metrics]`.
    pub metrics: Vec<Key>,
    /// The names that `[input.PRESET]` may have.
    pub presets: Vec<&'static str>,
}

/// A flag that a configuration file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The flag, without its dashes.
    pub flag: String,
    /// Its value; none for a flag that takes none.
    pub value: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// The line it stands on.
    pub line: String,
}

impl Setting {
    /// The setting as an argument of the command line.
    #[must_use]
    pub fn argument(&self) -> String {
        match &self.value {
            Some(value) => format!("--{}={value}", self.flag),
            None => format!("--{}", self.flag),
        }
    }

    /// The error of a value that the flag does not take.
    pub fn error(&self, detail: impl Into<String>) -> Error {
        let mut error = Error::new(&codes::BAD_SETTING, detail).at(self.place.clone());
        error.excerpt = Some(self.line.clone());
        error
    }
}

/// `[input]` and the sections of presets in it.
pub(super) type Input = (Vec<Setting>, BTreeMap<&'static str, Vec<Setting>>);

pub(super) fn input(section: &Section<'_>, keys: &Keys) -> Result<Input, Error> {
    let mut presets = BTreeMap::new();
    for name in &keys.presets {
        if let Some(entry) = section.get(name) {
            let own = entry.section_named(format!("[input.{name}]"))?;
            let opens = |key: &str| {
                let known = keys.input.iter().any(|known| known.name() == key);
                known.then(|| "[input]: it decides how a file is opened".to_owned())
            };
            presets.insert(*name, settings(&own, &keys.preset, &[], opens)?);
        }
    }
    let elsewhere = |key: &str| homed(key, &keys.metrics, "[metrics]");
    let own = settings(section, &keys.input, &keys.presets, elsewhere)?;
    Ok((own, presets))
}

pub(super) fn metrics(section: &Section<'_>, keys: &Keys) -> Result<Vec<Setting>, Error> {
    settings(section, &keys.metrics, &[], |key| {
        homed(key, &keys.input, "[input]")
    })
}

fn homed(key: &str, keys: &[Key], section: &str) -> Option<String> {
    let known = keys.iter().any(|known| known.name() == key);
    known.then(|| section.to_owned())
}

/// The settings of a section, in the order of the keys.
fn settings(
    section: &Section<'_>,
    keys: &[Key],
    sections: &[&str],
    elsewhere: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Setting>, Error> {
    let names: Vec<_> = keys.iter().map(Key::name).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    section.refuse_unknown(&[&names, sections].concat(), elsewhere)?;
    let mut settings = Vec::new();
    for key in keys {
        if let Some(entry) = section.get(&key.name()) {
            settings.extend(of_key(key, &entry)?);
        }
    }
    Ok(settings)
}

fn of_key(key: &Key, entry: &Entry<'_>) -> Result<Vec<Setting>, Error> {
    let one = |entry: &Entry<'_>, scalar| {
        let text = scalar_text(entry, scalar)?;
        let text = match key.is_path {
            true => entry.document.resolve(&text),
            false => text,
        };
        Ok(setting(key, entry, Some(text)))
    };
    match key.shape {
        Shape::Switch => Ok(entry
            .truth()?
            .then(|| setting(key, entry, None))
            .into_iter()
            .collect()),
        Shape::One(scalar) => Ok(vec![one(entry, scalar)?]),
        Shape::Table(scalar) if entry.is_table() => pairs(key, entry, scalar),
        // As flags have them, pairs are texts.
        Shape::Table(_) => {
            let elements = entry.elements();
            elements
                .iter()
                .map(|entry| one(entry, Scalar::Text))
                .collect()
        }
        Shape::Many(scalar) => {
            let elements = entry.elements();
            elements.iter().map(|entry| one(entry, scalar)).collect()
        }
    }
}

/// `{ confidence = "judge.conf" }` as `confidence=judge.conf`.
fn pairs(key: &Key, entry: &Entry<'_>, scalar: Scalar) -> Result<Vec<Setting>, Error> {
    let mut settings = Vec::new();
    for pair in entry.section()?.entries() {
        if pair.key.contains('=') {
            return Err(pair.unfit("has a = in its name, which ends the name in a flag"));
        }
        let value = scalar_text(&pair, scalar)?;
        settings.push(setting(key, &pair, Some(format!("{}={value}", pair.key))));
    }
    Ok(settings)
}

fn scalar_text(entry: &Entry<'_>, scalar: Scalar) -> Result<String, Error> {
    let is_number = entry.value.is_integer() || entry.value.is_float();
    match scalar {
        Scalar::Number => entry.digits(),
        Scalar::NumberOrText | Scalar::Any if is_number => entry.digits(),
        Scalar::Any if entry.value.is_bool() => Ok(entry.truth()?.to_string()),
        Scalar::Text => Ok(entry.text()?.to_owned()),
        Scalar::NumberOrText => Ok(entry.text_or("a number, or a string")?.to_owned()),
        Scalar::Any => {
            let text = entry.text_or("a string, a number, true or false")?;
            Ok(text.to_owned())
        }
    }
}

fn setting(key: &Key, entry: &Entry<'_>, value: Option<String>) -> Setting {
    Setting {
        flag: key.flag.clone(),
        value,
        place: entry.place(),
        line: entry.document.line(&entry.span).trim().to_owned(),
    }
}
