//! The model as JSON: written in one way, read strictly.
//!
//! A model decides what is answered, so nothing of it is passed over: an unknown key, a key that comes twice, another
//! schema or a value that no fit gives is refused with its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::made::Made;
use super::{Figure, Fitted, GroupCurve, Guarantee, Model};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::Definition;
use crate::recalibrate::curve::Curve;

/// Format of the file.
pub const SCHEMA: &str = "calib.model/1";

/// What the name of every format of models begins with.
const FAMILY: &str = "calib.model/";

/// Largest file that is read.
pub const MOST_BYTES: u64 = 64 << 20;

/// The file, key by key. What may be null must still be there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    calib_version: String,
    method: String,
    params: Value,
    #[serde(deserialize_with = "Option::deserialize")]
    clip: Option<f64>,
    by: Vec<String>,
    groups: Vec<Group>,
    #[serde(deserialize_with = "Option::deserialize")]
    threshold: Option<f64>,
    #[serde(deserialize_with = "Option::deserialize")]
    guarantee: Option<Guarantee>,
    fitted: Fitted,
    definition: Made,
}

/// A group of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    by: BTreeMap<String, String>,
    method: String,
    params: Value,
    #[serde(deserialize_with = "Option::deserialize")]
    clip: Option<f64>,
    rows: u64,
    shrinkage: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guarantee: Option<Guarantee>,
}

/// The name of the format, whatever stands beside it.
#[derive(Deserialize)]
struct Head {
    schema: Option<Value>,
}

/// What a value of the file is, and what was expected.
type Checked<T = ()> = Result<T, String>;

impl Model {
    /// The model in the text of a file.
    ///
    /// # Errors
    /// When it is no model, one of another version, or holds what no fit gives.
    pub fn parse(text: &str, path: &str) -> Result<Self, Error> {
        let syntax = |error: serde_json::Error| at(&codes::BAD_MODEL, path, text, &error);
        if text.len() as u64 > MOST_BYTES {
            return Err(too_large(path));
        }
        if let Err(error) = serde_json::from_str::<Once>(text) {
            if text.contains(FAMILY) {
                return Err(syntax(error));
            }
            // A log, or anything else that only looks like JSON where it begins.
            let mut other = at(&codes::NOT_A_MODEL, path, text, &error);
            other.detail = format!("it is not one JSON object: {}", other.detail);
            return Err(other);
        }
        check_schema(text, path)?;
        let file: File = serde_json::from_str(text).map_err(syntax)?;
        file.model().map_err(|detail| {
            Error::new(&codes::BAD_MODEL, detail)
                .at(Place::file(path))
                .help(codes::BAD_MODEL.remedy)
        })
    }

    /// The model as it is written, key by key.
    ///
    /// # Errors
    /// When a parameter cannot be written.
    pub fn to_file(&self) -> Result<impl Serialize + use<>, serde_json::Error> {
        let group = |(values, group): (&Vec<String>, &GroupCurve)| {
            Ok(Group {
                by: self
                    .by
                    .iter()
                    .cloned()
                    .zip(values.iter().cloned())
                    .collect(),
                method: group.curve.method().to_owned(),
                params: group.curve.params()?,
                clip: group.curve.clip(),
                rows: group.rows,
                shrinkage: group.shrinkage,
                threshold: group.threshold,
                guarantee: group.guarantee.clone(),
            })
        };
        Ok(File {
            schema: SCHEMA.to_owned(),
            calib_version: self.calib_version.clone(),
            method: self.curve.method().to_owned(),
            params: self.curve.params()?,
            clip: self.curve.clip(),
            by: self.by.clone(),
            groups: self.groups.iter().map(group).collect::<Result<_, _>>()?,
            threshold: self.threshold,
            guarantee: self.guarantee.clone(),
            fitted: self.fitted.clone(),
            definition: Made {
                definition: self.definition.clone(),
                partial: self.definition.partial.clone(),
            },
        })
    }
}

/// A file larger than any that is read.
#[must_use]
pub fn too_large(path: &str) -> Error {
    let detail = format!("it has more than {MOST_BYTES} bytes");
    Error::new(&codes::BAD_MODEL, detail)
        .at(Place::file(path))
        .help(codes::BAD_MODEL.remedy)
}

/// An error where the text stops being a model.
fn at(code: &'static codes::Code, path: &str, text: &str, error: &serde_json::Error) -> Error {
    // A column counts bytes; a message counts characters.
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    let bytes = line.map(|line| line.len().min(error.column()));
    let before = line.zip(bytes).and_then(|(line, bytes)| line.get(..bytes));
    let column = before.map_or(error.column(), |before| before.chars().count());
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or_default();
    let place = Place {
        line: u64::try_from(error.line()).ok(),
        column: u64::try_from(column).ok(),
        ..Place::file(path)
    };
    Error::new(code, detail).at(place).help(code.remedy)
}

fn check_schema(text: &str, path: &str) -> Result<(), Error> {
    let refuse = |code: &'static codes::Code, detail: String| {
        Err(Error::new(code, detail)
            .at(Place::file(path))
            .help(code.remedy))
    };
    let head = serde_json::from_str::<Head>(text)
        .ok()
        .and_then(|head| head.schema);
    match head.as_ref().and_then(Value::as_str) {
        Some(SCHEMA) => Ok(()),
        Some(other) if other.starts_with(FAMILY) => refuse(
            &codes::NEWER_MODEL,
            format!("its format is {other}, and this calib reads {SCHEMA}"),
        ),
        Some(other) => refuse(
            &codes::NOT_A_MODEL,
            format!("its schema is {other:?}, expected {SCHEMA:?}"),
        ),
        None => refuse(
            &codes::NOT_A_MODEL,
            format!("it has no schema, expected {SCHEMA:?}"),
        ),
    }
}

impl File {
    fn model(self) -> Checked<Model> {
        let curve = curve(&self.method, self.params, self.clip)?;
        let mut groups = BTreeMap::new();
        for (group, at) in self.groups.into_iter().zip(0_u64..) {
            let named = |detail| format!("groups[{at}].{detail}");
            let (values, group) = group.parse(&self.by).map_err(named)?;
            if groups.insert(values, group).is_some() {
                return Err(named("by is that of another group".to_owned()));
            }
        }
        share("threshold", self.threshold)?;
        self.guarantee.as_ref().map_or(Ok(()), Guarantee::check)?;
        self.fitted.check()?;
        let model = Model {
            calib_version: self.calib_version,
            curve,
            by: self.by,
            groups,
            threshold: self.threshold,
            guarantee: self.guarantee,
            fitted: self.fitted,
            definition: Definition {
                partial: self.definition.partial,
                ..self.definition.definition
            },
        };
        model.sound()?;
        Ok(model)
    }
}

impl Group {
    fn parse(self, by: &[String]) -> Checked<(Vec<String>, GroupCurve)> {
        share("shrinkage", Some(self.shrinkage))?;
        share("threshold", self.threshold)?;
        self.guarantee.as_ref().map_or(Ok(()), Guarantee::check)?;
        if self.threshold.is_some() && self.guarantee.is_none() {
            return Err("threshold has no guarantee beside it".to_owned());
        }
        if by.is_empty() {
            return Err("by parts rows, and the model does not".to_owned());
        }
        let values: Option<Vec<_>> = by.iter().map(|field| self.by.get(field).cloned()).collect();
        let values = values.filter(|values| values.len() == self.by.len());
        let values = values.ok_or_else(|| format!("by has other fields than {}", by.join(", ")))?;
        let group = GroupCurve {
            curve: curve(&self.method, self.params, self.clip)?,
            rows: self.rows,
            shrinkage: self.shrinkage,
            threshold: self.threshold,
            guarantee: self.guarantee,
        };
        Ok((values, group))
    }
}

fn curve(method: &str, params: Value, clip: Option<f64>) -> Checked<Curve> {
    let curve = Curve::parse(method, params).map_err(|detail| match detail {
        detail if detail.starts_with("there is no method") => {
            format!("method is {method:?}: {detail}")
        }
        detail => format!("params of {method}: {detail}"),
    })?;
    match clip == curve.clip() {
        true => Ok(curve),
        false => Err(format!(
            "clip is {}, expected {}",
            said(clip),
            said(curve.clip())
        )),
    }
}

fn said(number: Option<f64>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| number.to_string())
}

/// A share is from 0 to 1.
fn share(name: &str, value: Option<f64>) -> Checked {
    match value {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(format!("{name} is {value}, expected a number from 0 to 1"))
        }
        _ => Ok(()),
    }
}

impl Guarantee {
    fn check(&self) -> Checked {
        share("guarantee.risk", self.risk)?;
        share("guarantee.confidence", self.confidence)?;
        share("guarantee.coverage", self.coverage)?;
        share("guarantee.bound", self.bound)?;
        share("guarantee.observed", self.observed)?;
        share("guarantee.target_coverage", self.target_coverage)?;
        share("guarantee.target_over_answer", self.target_over_answer)
    }
}

impl Fitted {
    fn check(&self) -> Checked {
        share("fitted.brier", self.brier)?;
        for stated in self.stated.into_iter().flatten() {
            share("fitted.stated", Some(stated))?;
        }
        self.gain.check("fitted.gain")?;
        for candidate in &self.candidates {
            candidate.gain.check(&candidate.method)?;
        }
        let hexadecimal = |sum: &String| {
            sum.len() == 64
                && sum
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        match self.sha256.as_ref().is_none_or(hexadecimal) {
            true => Ok(()),
            false => Err("fitted.sha256 is no SHA-256 in hexadecimal".to_owned()),
        }
    }
}

impl Figure {
    fn check(&self, name: &str) -> Checked {
        let differences = [self.value, self.low, self.high];
        let fits = |value: &f64| (-1.0..=1.0).contains(value);
        match differences.iter().flatten().find(|value| !fits(value)) {
            Some(value) => Err(format!(
                "{name} holds {value}, expected a number from -1 to 1"
            )),
            None if self.low > self.high && self.high.is_some() => {
                Err(format!("{name} holds a low end above its high end"))
            }
            None => share(name, self.level),
        }
    }
}

/// A JSON value in which no key comes twice.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

macro_rules! scalars {
    ($($visit:ident: $kind:ty),*) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Once, E> {
            Ok(Once)
        })*
    };
}

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
        while items.next_element::<Once>()?.is_some() {}
        Ok(Once)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
        let mut keys = std::collections::BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("the key {key:?} comes twice")));
            }
            keys.insert(key);
            members.next_value::<Once>()?;
        }
        Ok(Once)
    }
}
