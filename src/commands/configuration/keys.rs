//! The keys of a configuration file, made of the flags of the command line: one grammar, one validation.

use std::any::TypeId;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args};

use crate::cli::{BadRows, CostArgs, InputArgs, ViewArgs};
use crate::config::{Config, Key, Keys, Scalar, Setting, Shape};
use crate::error::Error;
use crate::inference::misclassification::Rating;
use crate::input::{Bytes, PRESETS, nearest};
use crate::settings::Resamples;

/// Flags of reading that are no keys: a file is of a project, these are of a machine, or name the file.
const NO_KEYS: [&str; 4] = ["threads", "no-progress", "config", "no-config"];
/// Keys that decide how a file is opened, which is before its preset is known.
const OPENING: [&str; 4] = ["preset", "records", "max-line", "max-bytes"];

/// The keys that are flags.
#[must_use]
pub fn keys() -> Keys {
    let input: Vec<_> = arguments::<InputArgs>()
        .iter()
        .filter_map(key)
        .filter(|key| !NO_KEYS.contains(&key.flag.as_str()))
        .collect();
    let opens = |key: &&Key| OPENING.contains(&key.flag.as_str());
    Keys {
        preset: input.iter().filter(|key| !opens(key)).cloned().collect(),
        input,
        metrics: metrics().iter().filter_map(key).collect(),
        presets: PRESETS.iter().map(|preset| preset.name).collect(),
    }
}

/// The long flags that a command knows.
pub(super) fn flags(matches: &ArgMatches) -> Vec<String> {
    let has = |id: &str| matches.try_contains_id(id).is_ok();
    let mut all = arguments::<InputArgs>();
    all.extend(arguments::<ViewArgs>());
    // Where costs are a goal, as of a fit, a file does not set it.
    if has("CostArgs") {
        all.extend(arguments::<CostArgs>());
    }
    all.iter()
        .filter(|arg| has(arg.get_id().as_str()))
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .collect()
}

/// The flags that are keys of `[metrics]`.
fn metrics() -> Vec<Arg> {
    [arguments::<ViewArgs>(), arguments::<CostArgs>()].concat()
}

fn arguments<A: Args>() -> Vec<Arg> {
    let command = A::augment_args(clap::Command::new("calib"));
    command.get_arguments().cloned().collect()
}

fn key(arg: &Arg) -> Option<Key> {
    let value = arg.get_value_names().and_then(|names| names.first());
    let value = value.map_or("", |name| name.as_str());
    Some(Key {
        flag: arg.get_long()?.to_owned(),
        shape: shape(arg, value),
        is_path: value.starts_with("FILE"),
        words: words(arg),
        about: arg.get_help().map(ToString::to_string).unwrap_or_default(),
    })
}

fn shape(arg: &Arg, value: &str) -> Shape {
    let scalar = scalar(arg.get_value_parser());
    match (arg.get_action(), value.split_once('=')) {
        (ArgAction::SetTrue, _) => Shape::Switch,
        (ArgAction::Append, Some((_, "VALUE"))) => Shape::Table(Scalar::Any),
        (ArgAction::Append, Some(_)) => Shape::Table(scalar),
        (ArgAction::Append, None) => Shape::Many(scalar),
        _ => Shape::One(scalar),
    }
}

fn scalar(parser: &ValueParser) -> Scalar {
    let parsed = parser.type_id();
    let is = |types: &[TypeId]| types.iter().any(|one| parsed == *one);
    if is(&[
        TypeId::of::<u16>(),
        TypeId::of::<u64>(),
        TypeId::of::<f64>(),
    ]) {
        return Scalar::Number;
    }
    let wide = [
        TypeId::of::<Resamples>(),
        TypeId::of::<BadRows>(),
        TypeId::of::<Bytes>(),
        TypeId::of::<Rating>(),
    ];
    match is(&wide) {
        true => Scalar::NumberOrText,
        false => Scalar::Text,
    }
}

fn words(arg: &Arg) -> Vec<String> {
    let values = arg.get_possible_values();
    let names = values.iter().map(|value| value.get_name().to_owned());
    match arg.get_action() {
        ArgAction::SetTrue => Vec::new(),
        _ => names.collect(),
    }
}

/// Checks every value of a file as its flag would, but with its place.
pub(super) fn check(config: &Config) -> Result<(), Error> {
    let input = arguments::<InputArgs>();
    let metrics = metrics();
    let sections = config.presets.values().flatten().chain(&config.input);
    let input = sections.map(|setting| (&input, setting));
    for (known, setting) in input.chain(config.metrics.iter().map(|setting| (&metrics, setting))) {
        let arg = known
            .iter()
            .find(|arg| arg.get_long() == Some(&setting.flag));
        if let Some(arg) = arg.filter(|_| setting.value.is_some()) {
            accepts(arg, setting)?;
        }
    }
    Ok(())
}

fn accepts(arg: &Arg, setting: &Setting) -> Result<(), Error> {
    let mut alone = Arg::new("value")
        .long(setting.flag.clone())
        .value_parser(arg.get_value_parser().clone());
    if let Some(delimiter) = arg.get_value_delimiter() {
        alone = alone.value_delimiter(delimiter);
    }
    let command = clap::Command::new("calib")
        .no_binary_name(true)
        .disable_help_flag(true)
        .arg(alone);
    let Err(error) = command.try_get_matches_from([setting.argument()]) else {
        return Ok(());
    };
    let (key, value) = (
        setting.flag.replace('-', "_"),
        setting.value.as_deref().unwrap_or_default(),
    );
    let words = words(arg);
    let why = match (error.kind(), std::error::Error::source(&error)) {
        (ErrorKind::ValueValidation, Some(why)) => why.to_string(),
        _ if value.is_empty() => "expected a value".to_owned(),
        _ => format!("expected {}", words.join(", ")),
    };
    let error = setting.error(format!("`{key}` cannot be `{value}`: {why}"));
    Err(match nearest(value, words.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    })
}
