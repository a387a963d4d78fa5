//! Tables of a configuration file: their keys, and values of the type that is asked for.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::document::Document;
use crate::codes;
use crate::error::{Error, Place};
use crate::input::nearest;

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Section<'t> {
    pub(super) document: &'t Document<'t>,
    /// As it is headed: `[gate]`; empty for the file itself.
    pub(super) name: String,
    pub(super) span: Range<usize>,
    table: &'t DeTable<'t>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    pub(super) document: &'t Document<'t>,
    pub(super) key: &'t str,
    pub(super) span: Range<usize>,
    pub(super) value: &'t DeValue<'t>,
}

impl<'t> Section<'t> {
    /// The whole file.
    pub(super) fn root(document: &'t Document<'t>, tree: &'t Spanned<DeTable<'t>>) -> Self {
        Self {
            document,
            name: String::new(),
            span: 0..0,
            table: tree.get_ref(),
        }
    }

    /// What the key holds, if it stands here.
    pub(super) fn get(&self, key: &str) -> Option<Entry<'t>> {
        self.entries().find(|entry| entry.key == key)
    }

    /// All keys, in the order of their names.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'t>> {
        let document = self.document;
        self.table.iter().map(move |(key, value)| Entry {
            document,
            key: key.get_ref(),
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// The table under a key, if it stands here.
    pub(super) fn section(&self, key: &str) -> Result<Option<Self>, Error> {
        self.get(key).map(|entry| entry.section()).transpose()
    }

    pub(super) fn place(&self) -> Place {
        self.document.place(&self.span)
    }

    /// Refuses the first key of the file that is not among those known; `elsewhere` names the section it belongs to.
    pub(super) fn refuse_unknown(
        &self,
        known: &[&str],
        elsewhere: impl Fn(&str) -> Option<String>,
    ) -> Result<(), Error> {
        let unknown = self
            .table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let (name, home) = (key.get_ref(), self.home());
        let detail = format!("`{name}` is no key of {home}");
        let error = self
            .document
            .error(&codes::UNKNOWN_KEY, &key.span(), detail);
        Err(
            match (nearest(name, known.iter().copied()), elsewhere(name)) {
                (_, Some(section)) => error.help(format!("it belongs in {section}")),
                (Some(near), None) => error.help(format!("did you mean `{near}`?")),
                (None, None) => error.help(format!("the keys of {home} are {}", known.join(", "))),
            },
        )
    }

    /// The error of a key that must stand here.
    pub(super) fn missing(&self, key: &str) -> Error {
        let detail = format!("{} has no `{key}`", self.home());
        self.document.error(&codes::BAD_SETTING, &self.span, detail)
    }

    fn home(&self) -> &str {
        match self.name.as_str() {
            "" => "the file",
            name => name,
        }
    }
}

impl<'t> Entry<'t> {
    pub(super) fn place(&self) -> Place {
        self.document.place(&self.span)
    }

    /// The error of a value that does not fit its key: what it is instead.
    pub(super) fn unfit(&self, is: &str) -> Error {
        let detail = format!("`{}` {is}", self.key);
        self.document.error(&codes::BAD_SETTING, &self.span, detail)
    }

    fn expected(&self, what: &str) -> Error {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.unfit(&format!("is {found}, expected {what}"))
    }

    pub(super) fn text(&self) -> Result<&'t str, Error> {
        self.text_or("a string, in quotes")
    }

    /// A string, where what else it may be was ruled out; `expected` names all of it.
    pub(super) fn text_or(&self, expected: &str) -> Result<&'t str, Error> {
        match self.value {
            DeValue::String(text) => Ok(text),
            _ => Err(self.expected(expected)),
        }
    }

    pub(super) fn truth(&self) -> Result<bool, Error> {
        match self.value {
            DeValue::Boolean(truth) => Ok(*truth),
            _ => Err(self.expected("true or false")),
        }
    }

    /// A number, as a flag would have it.
    pub(super) fn digits(&self) -> Result<String, Error> {
        match self.value {
            DeValue::Integer(integer) => decimal(integer).ok_or_else(|| self.too_large()),
            DeValue::Float(float) => Ok(float.as_str().to_owned()),
            _ => Err(self.expected("a number")),
        }
    }

    /// A finite number.
    pub(super) fn number(&self) -> Result<f64, Error> {
        let number = self.digits()?.parse::<f64>().ok();
        number
            .filter(|number| number.is_finite())
            .ok_or_else(|| self.too_large())
    }

    /// A number of rows.
    pub(super) fn count(&self) -> Result<u64, Error> {
        let whole = self.digits()?.parse().ok();
        whole.ok_or_else(|| self.unfit("is not a whole number from 0 on"))
    }

    /// One of the words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text()?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(*meaning);
        }
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let error = self.unfit(&format!("is `{text}`, expected {}", names.join(", ")));
        Err(match nearest(text, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    /// The elements of a list; anything else is a list of one.
    pub(super) fn elements(&self) -> Vec<Self> {
        let of = |value: &'t Spanned<DeValue<'t>>| Self {
            span: value.span(),
            value: value.get_ref(),
            ..self.clone()
        };
        match self.value {
            DeValue::Array(elements) => elements.iter().map(of).collect(),
            _ => vec![self.clone()],
        }
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// The table under the key.
    pub(super) fn section(&self) -> Result<Section<'t>, Error> {
        self.section_named(format!("[{}]", self.key))
    }

    pub(super) fn section_named(&self, name: String) -> Result<Section<'t>, Error> {
        match self.value {
            DeValue::Table(table) => Ok(Section {
                document: self.document,
                name,
                span: self.span.clone(),
                table,
            }),
            _ => Err(self.expected("a table")),
        }
    }

    fn too_large(&self) -> Error {
        self.unfit("is not a finite number")
    }
}

/// The digits of an integer, whatever base it is written in.
fn decimal(integer: &DeInteger<'_>) -> Option<String> {
    match integer.radix() {
        10 => Some(integer.as_str().trim_start_matches('+').to_owned()),
        radix => i128::from_str_radix(integer.as_str(), radix)
            .ok()
            .map(|number| number.to_string()),
    }
}
