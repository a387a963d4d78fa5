//! Runs of HELM: `per_instance_stats.json`, alone or in the folder of its run.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::{PLAIN, Preset, Unpack};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::columns::Columns;
use crate::input::document::{Document, Records};
use crate::input::finding::{Again, Finding};
use crate::input::json::{self, Visitor};
use crate::input::opening::{Container, Opening};
use crate::input::paths::elements;
use crate::input::rows::Rows;
use crate::input::source::Stream;
use crate::input::value::{Number, Raw, Value};
use crate::input::window::Within;

/// The file of a run that has its rows.
const STATS: &str = "per_instance_stats.json";

pub(super) const PRESET: Preset = Preset {
    name: "helm",
    title: "HELM: per-instance statistics of a run",
    about: "per_instance_stats.json, or the folder of a run that holds it. Confidence is max_prob. correct is exact_match, or quasi_exact_match in a run without it; HELM rounds its shares down, here they stay. Another statistic is named with --map correct=stats.NAME.mean. Rows with a perturbation, and rows of statistics that neither grade nor state a confidence, are left out and counted. The instances of all splits are read together: --where split=test keeps one, --by split reports each. Several train trials of an instance are a cluster. Where every logprob is 0, the model gave none, and max_prob is no confidence of it: that is warned of (W134).",
    source: "Stanford CRFM, HELM, helm/benchmark/metrics/metric.py PerInstanceStats and basic_metrics.py",
    fits: |head| head.has("*.instance_id") && head.has("*.stats.*.name.name"),
    flags: &[
        ("map", "id=instance_id"),
        ("map", "sample=train_trial_index"),
        ("map", "confidence=calib.max_prob"),
        ("where", "calib.row=answer"),
    ],
    explain: Some(explain),
    remarks: |_, columns| vec![made_up(columns)],
    unpack: Some(Unpack {
        format: "helm",
        folder: &[STATS, "run_spec.json"],
        open,
    }),
    ..PLAIN
};

/// Columns of the log-probabilities of answers: those that are 0, and the others.
const LOGPROB_ZERO: &str = "calib.logprob_zero";
const LOGPROB: &str = "calib.logprob";

/// That max_prob follows from log-probabilities which no model gave.
fn made_up(columns: &Columns) -> Finding {
    let has = |column: &str| columns.paths.contains_key(column);
    let made_up = has(LOGPROB_ZERO) && !has(LOGPROB);
    Finding {
        code: &codes::MADE_UP_CONFIDENCE,
        message: "every log-probability in the run is 0, which is what HELM writes for a model that gives none: max_prob follows from it, is 1 throughout, and is no confidence of the model".to_owned(),
        count: u64::from(made_up),
        when_found_again: Again::Once,
    }
}

/// Opens the rows of a run.
fn open(container: Container, opening: &Opening) -> Result<Box<dyn Rows>, Error> {
    let folder = match container {
        Container::Folder(path) => path,
        Container::Archive(archive) => {
            let error = Error::new(&codes::CANNOT_OPEN, "this is an archive");
            return Err(error.at(Place::file(&archive.path)).help("unpack it first"));
        }
    };
    let file = Path::new(&folder).join(STATS);
    let stream = Stream::open(&file.to_string_lossy(), &Arc::default(), opening.limits)?;
    let within = Within {
        path: folder,
        member: Some(STATS.into()),
        longest: opening.limits.row,
    };
    let rows = Document::new(stream, Vec::new(), Records::Top, within);
    Ok(Box::new(rows))
}

/// The fields of an instance, and those of a statistic.
#[derive(Default)]
struct Found<'a> {
    values: Vec<(String, Value<'a>)>,
    path: String,
}

impl<'a> Visitor<'a> for Found<'a> {
    fn wants(&mut self, path: &str) -> bool {
        path.clone_into(&mut self.path);
        matches!(
            path,
            "stats" | "perturbation" | "name.name" | "name.split" | "mean"
        )
    }

    // A value is taken right after its path was wanted.
    fn take(&mut self, value: Value<'a>, _key_at: usize) {
        self.values.push((std::mem::take(&mut self.path), value));
    }
}

impl<'a> Found<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut found = Self::default();
        json::read_object(text, &mut found).ok()?;
        Some(found)
    }

    fn name(&self) -> Option<&str> {
        self.at("name.name")?.raw.text()
    }

    fn at(&self, path: &str) -> Option<&Value<'a>> {
        let found = self.values.iter().find(|(known, _)| known == path);
        found.map(|(_, value)| value)
    }
}

/// The statistics of an instance as columns, its split, and whether it is an answer of its own.
fn explain(text: &str) -> Vec<(Cow<'static, str>, Value<'_>)> {
    let Some(instance) = Found::of(text) else {
        return Vec::new();
    };
    let Some(stats) = instance.at("stats") else {
        return Vec::new();
    };
    let Raw::List(Cow::Borrowed(list)) = stats.raw else {
        return Vec::new();
    };
    let stats_at = |raw| Value { raw, at: stats.at };
    let found: Vec<_> = elements(list)
        .unwrap_or_default()
        .into_iter()
        .filter_map(Found::of)
        .collect();
    let mean = |wanted: &str| {
        let is = |stat: &&Found<'_>| stat.name() == Some(wanted);
        found.iter().find(is)?.at("mean")
    };
    let grade = ["exact_match", "quasi_exact_match"]
        .into_iter()
        .find_map(|name| Some((name, mean(name)?)));
    let sure = mean("max_prob").map(|mean| ("max_prob", mean));
    let perturbed = instance
        .at("perturbation")
        .is_some_and(|perturbation| perturbation.raw != Raw::Null);
    let row = match (perturbed, grade.or(sure)) {
        (true, _) => "perturbed",
        (false, Some(_)) => "answer",
        (false, None) => "other",
    };
    let mut columns = vec![("calib.row".into(), stats_at(Raw::Text(row.into())))];
    if let Some(split) = found.iter().find_map(|stat| stat.at("name.split")) {
        columns.push(("split".into(), stats_at(split.raw.clone())));
    }
    if let Some(logprob) = mean("logprob") {
        let nought = matches!(logprob.raw.number(), Number::Plain(number) if number == 0.0);
        let column = if nought { LOGPROB_ZERO } else { LOGPROB };
        columns.push((column.into(), stats_at(logprob.raw.clone())));
    }
    for (name, mean) in grade.into_iter().chain(sure) {
        columns.push((format!("calib.{name}").into(), stats_at(mean.raw.clone())));
    }
    for stat in &found {
        if let Some((name, mean)) = stat.name().zip(stat.at("mean")) {
            let path = format!("stats.{name}.mean");
            columns.push((path.into(), stats_at(mean.raw.clone())));
        }
    }
    columns
}
