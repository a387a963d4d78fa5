//! The JSON Schema of a configuration file, made of the keys that are read.

use serde_json::{Map, Value, json};

use super::flags::{Key, Keys, Scalar, Shape};
use super::gate::{ALPHAS, BOUNDS, CORRECTIONS, ON_INCONCLUSIVE, SEVERITIES};

/// The schema of `calib.toml`, for editors that complete and check it.
#[must_use]
pub fn schema(keys: &Keys) -> Value {
    let preset = object(properties(&keys.preset), &[]);
    let sections = keys
        .presets
        .iter()
        .map(|name| ((*name).to_owned(), preset.clone()));
    let mut input = properties(&keys.input);
    input.extend(sections);
    let mut file = Map::new();
    file.insert("version".to_owned(), json!({ "const": 1 }));
    file.insert("input".to_owned(), object(input, &[]));
    file.insert("metrics".to_owned(), object(properties(&keys.metrics), &[]));
    file.insert("gate".to_owned(), gate());
    let mut schema = object(file, &["version"]);
    if let Value::Object(schema) = &mut schema {
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        schema.insert("$schema".to_owned(), dialect.into());
        schema.insert("title".to_owned(), super::FILE.into());
    }
    schema
}

/// A table in which every key is known.
fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    let property = |key: &Key| {
        let mut shape = of_key(key);
        if let Value::Object(shape) = &mut shape {
            shape.insert("description".to_owned(), key.about.clone().into());
        }
        (key.name(), shape)
    };
    keys.iter().map(property).collect()
}

fn of_key(key: &Key) -> Value {
    let one = |scalar| match (scalar, key.words.is_empty()) {
        (Scalar::Text, false) => json!({ "enum": key.words }),
        _ => of_scalar(scalar),
    };
    match key.shape {
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::One(scalar) => one(scalar),
        Shape::Many(scalar) => one_or_list(one(scalar)),
        Shape::Table(scalar) => json!({
            "anyOf": [
                { "type": "object", "additionalProperties": of_scalar(scalar) },
                one_or_list(json!({ "type": "string" })),
            ],
        }),
    }
}

fn one_or_list(one: Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

fn of_scalar(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Text => json!({ "type": "string" }),
        Scalar::Number => json!({ "type": "number" }),
        Scalar::NumberOrText => json!({ "type": ["number", "string"] }),
        Scalar::Any => json!({ "type": ["string", "number", "boolean"] }),
    }
}

fn gate() -> Value {
    let known = json!({
        "baseline": { "type": "string" },
        "alpha": { "type": "number", "minimum": ALPHAS.start(), "maximum": ALPHAS.end() },
        "correction": { "enum": words(&CORRECTIONS) },
        "on_inconclusive": { "enum": words(&ON_INCONCLUSIVE) },
        "min_rows": { "type": "integer", "minimum": 0 },
        "rule": { "type": "array", "items": rule() },
    });
    object(known.as_object().cloned().unwrap_or_default(), &[])
}

fn rule() -> Value {
    let known = json!({
        "metric": { "type": "string" },
        "max": { "type": "number" },
        "min": { "type": "number" },
        "max_increase": { "type": "number" },
        "prove": { "type": "boolean" },
        "min_rows": { "type": "integer", "minimum": 0 },
        "level": { "enum": words(&SEVERITIES) },
        "by": one_or_list(json!({ "type": "string" })),
        "group": { "type": "object", "additionalProperties": { "type": "string" } },
    });
    let mut rule = object(known.as_object().cloned().unwrap_or_default(), &["metric"]);
    if let Value::Object(rule) = &mut rule {
        let limits = BOUNDS.map(|(key, _)| json!({ "required": [key] }));
        rule.insert("oneOf".to_owned(), limits.to_vec().into());
    }
    rule
}

fn words<T>(words: &[(&str, T)]) -> Vec<String> {
    words.iter().map(|(word, _)| (*word).to_owned()).collect()
}
