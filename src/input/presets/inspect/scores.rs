//! What the score of a sample means, which depends on its task.

use serde_json::{Map, Value as Json, json};

use super::super::{coconot, said};
use super::Task;
use crate::input::json::{self, Visitor};
use crate::input::rows::Element;
use crate::input::value::{Raw, Value, fold_word};

/// What is said of samples whose run did not end with success.
pub(super) const UNFINISHED: &str = "unfinished";

/// The fields of a sample that say what its score means.
#[derive(Default)]
struct Sample<'a> {
    /// Path of the first scorer's value.
    scorer: Option<String>,
    /// The value is an object: its members are wanted.
    parts: bool,
    /// The path that was wanted last.
    path: String,
    found: Vec<(String, Raw<'a>)>,
}

impl<'a> Visitor<'a> for Sample<'a> {
    fn wants(&mut self, path: &str) -> bool {
        let is_score = |path: &str| path.starts_with("scores.") && path.ends_with(".value");
        let wanted = match &self.scorer {
            _ if path.starts_with("metadata.") => true,
            None => is_score(path),
            Some(scorer) if self.parts => path
                .strip_prefix(scorer.as_str())
                .is_some_and(|rest| rest.starts_with('.')),
            Some(scorer) => path == scorer,
        };
        if wanted && self.scorer.is_none() && is_score(path) {
            self.scorer = Some(path.to_owned());
        }
        if wanted {
            path.clone_into(&mut self.path);
        }
        wanted
    }

    // A value is taken right after its path was wanted.
    fn take(&mut self, value: Value<'a>, _key_at: usize) {
        self.found.push((std::mem::take(&mut self.path), value.raw));
    }
}

impl<'a> Sample<'a> {
    /// Reads the fields of a sample; none if it is no object, which its row will say.
    fn read(text: &'a str) -> Option<Self> {
        let first = Self::scan(text, Self::default())?;
        match first.score() {
            Some(Raw::Composite("an object")) => {
                let again = Self {
                    scorer: first.scorer,
                    parts: true,
                    ..Self::default()
                };
                Self::scan(text, again)
            }
            _ => Some(first),
        }
    }

    fn scan(text: &'a str, mut sample: Self) -> Option<Self> {
        json::read_object(text, &mut sample).ok()?;
        Some(sample)
    }

    fn at(&self, path: &str) -> Option<&Raw<'a>> {
        let found = self.found.iter().find(|(known, _)| known == path);
        found.map(|(_, raw)| raw)
    }

    /// The value of the first scorer.
    fn score(&self) -> Option<&Raw<'a>> {
        self.at(self.scorer.as_deref()?)
    }

    /// A member of the value, where it is an object.
    fn part(&self, name: &str) -> Option<&Raw<'a>> {
        self.at(&format!("{}.{name}", self.scorer.as_deref()?))
    }

    fn metadata(&self, name: &str) -> Option<&Raw<'a>> {
        self.at(&format!("metadata.{name}"))
    }
}

/// Tasks whose scores mean something of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Grade,
    XsTest,
    CocoNot,
    AbstentionBench,
}

impl Meaning {
    fn of(task: &Task) -> Self {
        let name = task.name.rsplit('/').next().unwrap_or_default();
        match fold_word(name).replace('-', "_").as_str() {
            "xstest" => Self::XsTest,
            "coconot" => Self::CocoNot,
            "abstention_bench" => Self::AbstentionBench,
            _ => Self::Grade,
        }
    }

    /// The metadata without which a score says nothing.
    fn label(self) -> Option<&'static str> {
        match self {
            Self::XsTest => Some("label"),
            Self::AbstentionBench => Some("abstention_label"),
            Self::Grade | Self::CocoNot => None,
        }
    }
}

/// Whether a summary says all that a row needs.
pub(super) fn suffices(element: &Element, task: &Task) -> bool {
    let sample = std::str::from_utf8(&element.text)
        .ok()
        .and_then(Sample::read);
    sample.is_some_and(|sample| {
        let label = Meaning::of(task).label();
        let labelled = label.is_none_or(|label| sample.metadata(label).is_some());
        sample.scorer.is_some() && labelled
    })
}

/// A sample with its meaning in the member `calib`; one that is no object stays as it is.
pub(super) fn explained(mut element: Element, task: &Task) -> Element {
    let meaning = std::str::from_utf8(&element.text)
        .ok()
        .and_then(Sample::read)
        .map(|sample| meaning(&sample, task));
    if let Some(meaning) = meaning {
        said::add(&mut element, meaning);
    }
    element
}

fn meaning(sample: &Sample<'_>, task: &Task) -> Map<String, Json> {
    let mut row = Map::new();
    let mut say = |name: &str, value: Json| drop(row.insert(name.to_owned(), value));
    say("task", json!(task.name));
    say("model", json!(task.model));
    if task.unfinished {
        say(UNFINISHED, json!(true));
    }
    let word = sample.score().and_then(Raw::text).map(fold_word);
    let word = word.as_deref().unwrap_or_default();
    match Meaning::of(task) {
        Meaning::XsTest => {
            match word {
                "c" => say("abstained", json!("none")),
                "p" => say("abstained", json!("partial")),
                "i" => say("abstained", json!("full")),
                "" | "nan" => {}
                other => say("abstained", json!(other)),
            }
            if let Some(label) = sample.metadata("label").and_then(Raw::text) {
                say("should_abstain", json!(fold_word(label) == "unsafe"));
            }
            say("kind", json!("safety"));
        }
        Meaning::CocoNot => match (coconot::meaning(word), word) {
            (Some((abstained, should_abstain)), _) => {
                say("abstained", json!(abstained));
                say("should_abstain", json!(should_abstain));
            }
            (None, "" | "nan" | "neither") => {}
            (None, other) => say("abstained", json!(other)),
        },
        Meaning::AbstentionBench => {
            let label = sample.metadata("abstention_label").and_then(Raw::truth);
            if let Some(label) = label {
                say("should_abstain", json!(label));
            }
            match (word, label) {
                // Right is to do what the label says.
                ("c", Some(label)) => say("abstained", json!(label)),
                ("i", Some(label)) => say("abstained", json!(!label)),
                ("", _) | ("nan", _) => {}
                (other, _) => say("abstained", json!(other)),
            }
            say("kind", json!("epistemic"));
        }
        Meaning::Grade => grade(sample, &mut say),
    }
    row
}

/// The score of any other task: a letter, a number, a truth value, or an object of these.
fn grade(sample: &Sample<'_>, say: &mut impl FnMut(&str, Json)) {
    if let Some(score) = sample.part("score") {
        scalar(score, say);
        if let Some(confidence) = sample.part("confidence").and_then(Raw::text) {
            // The task hle asks for whole percentages; with the sign they are that on any scale.
            say("confidence", json!(format!("{confidence}%")));
        }
    } else if let Some(declined) = sample.part("not_attempted").and_then(Raw::truth) {
        say("abstained", json!(declined));
        if let Some(correct) = sample.part("correct").filter(|_| !declined) {
            scalar(correct, say);
        }
    } else if let Some(score) = sample.score() {
        scalar(score, say);
    }
}

fn scalar(score: &Raw<'_>, say: &mut impl FnMut(&str, Json)) {
    let credit = |word: &str| match word {
        "c" => Some(json!(1)),
        "p" => Some(json!(0.5)),
        "i" => Some(json!(0)),
        _ => None,
    };
    let text = score.text().unwrap_or_default();
    match (score, fold_word(text).as_str()) {
        _ if score.is_missing() => {}
        (Raw::Bool(truth), _) => say("correct", json!(truth)),
        (Raw::Text(_), "n") => say("abstained", json!(true)),
        (Raw::Text(_), word) => match credit(word) {
            Some(credit) => {
                say("correct", credit);
                say("abstained", json!(false));
            }
            None if word.parse::<f64>().is_ok() => say("correct", json!(text)),
            None => say("grade", json!(text)),
        },
        (Raw::Number(_) | Raw::NonFinite(_), _) => say("correct", json!(text)),
        (Raw::Null | Raw::List(_) | Raw::Composite(_), _) => {}
    }
}
