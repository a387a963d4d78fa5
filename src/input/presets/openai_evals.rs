//! OpenAI evals: an event log, of which the matches are rows.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;

use super::said::{self, Found, Said};
use super::{PLAIN, Preset};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::head::Head;
use crate::input::rows::{Element, Rows};
use crate::input::value::{Number, Raw};

pub(super) const PRESET: Preset = Preset {
    name: "openai_evals",
    title: "OpenAI evals: event logs",
    about: "One row an event `match`; samples of one sample_id are a cluster. An event `error` is an answer that nobody graded. Where events `cond_logp` of the same sample came before its match, and exactly one of them is of the completion that was picked, the confidence is the exponential of its logp. Events of other types, the line `spec` and the final report are not read. Samples may interleave: what is kept of a sample until its match is the completions and logps alone, and a log whose samples wait for more than 64 MiB of them is refused. The model and task are those of `spec`. What was read stands in `calib.*`.",
    source: "OpenAI, evals, evals/record.py",
    fits: |head| {
        let events = head.has("sample_id") && head.has("event_id") && head.has("type");
        events && head.has("data") || head.has("spec.base_eval") && head.has("spec.eval_name")
    },
    flags: &[
        ("map", "id=sample_id"),
        ("map", "model=calib.model"),
        ("map", "task=calib.task"),
        ("map", "correct=data.correct"),
        ("map", "confidence=calib.confidence"),
        ("map", "abstained="),
        ("map", "should_abstain="),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "target="),
        ("map", "sample="),
        ("map", "choice_logprobs="),
    ],
    ungraded: true,
    rewrite: Some(|rows, head| Box::new(Events::new(rows, head))),
    ..PLAIN
};

/// Most bytes of completions that wait for the match of their sample.
const WAITING: usize = 64 << 20;
/// Bytes that a waiting completion takes besides its text and the id of its sample, about.
const OVERHEAD: usize = 64;

/// Completions of a sample with their log-probabilities.
type Completions = Vec<(String, f64)>;

/// The rows of an event log.
struct Events {
    events: Box<dyn Rows>,
    model: Option<String>,
    task: Option<String>,
    /// By sample.
    waiting: HashMap<String, Completions>,
    bytes: usize,
    /// Types of events that are not read.
    others: BTreeSet<String>,
    any: bool,
    file: String,
}

impl Events {
    /// Most types that a message lists.
    const LISTED: usize = 20;

    fn new(events: Box<dyn Rows>, head: &Head) -> Self {
        let text = |path| head.text(path).map(str::to_owned);
        Self {
            events,
            model: text("spec.completion_fns.*").or_else(|| text("spec.model_name")),
            task: text("spec.eval_name"),
            waiting: HashMap::new(),
            bytes: 0,
            others: BTreeSet::new(),
            any: false,
            file: head.name.clone(),
        }
    }

    /// What is said of an event that is a row; none of another.
    fn said(&mut self, event: &Element) -> Result<Option<Said>, Error> {
        let wanted = &[
            "sample_id",
            "type",
            "data.picked",
            "data.completion",
            "data.logp",
        ];
        // What is no object is a row that its reader will refuse.
        let Some(found) = Found::read(event, wanted) else {
            return Ok(Some(Said::new()));
        };
        let id = found.text("sample_id").unwrap_or_default();
        let confidence = match found.text("type") {
            Some("match") => self.confidence(id, found.text("data.picked")),
            Some("error") => None,
            Some("cond_logp") => {
                self.wait(id, &found)?;
                return Ok(None);
            }
            other => {
                let other = other.filter(|_| self.others.len() < Self::LISTED);
                self.others.extend(other.map(str::to_owned));
                return Ok(None);
            }
        };
        let values = [
            ("model", self.model.as_ref().map(|model| json!(model))),
            ("task", self.task.as_ref().map(|task| json!(task))),
            ("confidence", confidence.map(|confidence| json!(confidence))),
        ];
        let said = values
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(Some(said.collect()))
    }

    /// Keeps the log-probability of a completion until its sample is matched.
    fn wait(&mut self, id: &str, found: &Found<'_>) -> Result<(), Error> {
        let logp = match found.at("data.logp").map(Raw::number) {
            Some(Number::Plain(logp)) => logp,
            _ => return Ok(()),
        };
        let Some(completion) = found.text("data.completion").map(str::trim) else {
            return Ok(());
        };
        self.bytes += OVERHEAD + id.len() + completion.len();
        if self.bytes > WAITING {
            let detail = "more than 64 MiB of events cond_logp wait for the match of their sample";
            let help = "leave these events out of the log: they are only read for confidences";
            let error = Error::new(&codes::LINE_TOO_LONG, detail).at(Place::file(&self.file));
            return Err(error.help(help));
        }
        let waiting = self.waiting.entry(id.to_owned()).or_default();
        waiting.push((completion.to_owned(), logp));
        Ok(())
    }

    /// The probability of the completion that was picked, if exactly one event tells it.
    fn confidence(&mut self, id: &str, picked: Option<&str>) -> Option<f64> {
        let completions = self.waiting.remove(id)?;
        for (completion, _) in &completions {
            let bytes = OVERHEAD + id.len() + completion.len();
            self.bytes = self.bytes.saturating_sub(bytes);
        }
        let picked = picked?.trim();
        let mut of_picked = completions
            .iter()
            .filter(|(completion, _)| completion == picked);
        match (of_picked.next(), of_picked.next()) {
            (Some((_, logp)), None) => Some(logp.exp()),
            _ => None,
        }
    }

    fn no_matches(&self) -> Error {
        let detail =
            "no event is a match, which is where this tool says whether an answer was right";
        let others: Vec<_> = self.others.iter().map(String::as_str).collect();
        let error = Error::new(&codes::NO_RECORDS, detail).at(Place::file(&self.file));
        match others.as_slice() {
            [] => error.help("the log ends before its first sample"),
            others => error
                .help(format!("the events are {}", others.join(", ")))
                .help("to read such events as rows, pass --preset none with --where type=TYPE and --map"),
        }
    }
}

impl Rows for Events {
    fn next(&mut self) -> Result<Option<Element>, Error> {
        while let Some(mut event) = self.events.next()? {
            if let Some(said) = self.said(&event)? {
                self.any = true;
                said::add(&mut event, said);
                return Ok(Some(event));
            }
        }
        match self.any {
            true => Ok(None),
            false => Err(self.no_matches()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events from a list.
    struct Listed(std::vec::IntoIter<String>);

    impl Rows for Listed {
        fn next(&mut self) -> Result<Option<Element>, Error> {
            Ok(self.0.next().map(|text| Element {
                text: text.into_bytes(),
                ..Element::default()
            }))
        }
    }

    fn events(lines: &[&str]) -> Events {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        let head = Head::of_json("events.jsonl", b"");
        Events::new(Box::new(Listed(lines.into_iter())), &head)
    }

    const WAITS: &str =
        r#"{"sample_id": "a", "type": "cond_logp", "data": {"completion": " x", "logp": -1}}"#;
    const TWICE: &str =
        r#"{"sample_id": "a", "type": "cond_logp", "data": {"completion": "x", "logp": -2}}"#;
    const MATCH: &str =
        r#"{"sample_id": "a", "type": "match", "data": {"correct": true, "picked": "x"}}"#;

    #[test]
    fn what_waits_is_forgotten_with_its_match() {
        let mut rows = events(&[WAITS, MATCH, MATCH]);
        let said = |row: Option<Element>| String::from_utf8(row.unwrap().text).unwrap();
        assert!(said(rows.next().unwrap()).contains("\"confidence\":0.3678794"));
        assert_eq!((rows.bytes, rows.waiting.len()), (0, 0));
        assert!(said(rows.next().unwrap()).ends_with("\"calib\": {}}"));
        assert_eq!(rows.next().unwrap(), None);
    }

    #[test]
    fn two_probabilities_of_one_completion_are_none() {
        let mut rows = events(&[WAITS, TWICE, MATCH]);
        let row = rows.next().unwrap().unwrap();
        assert!(row.text.ends_with(b"\"calib\": {}}"));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut rows = events(&[WAITS, MATCH]);
        rows.bytes = WAITING;
        let error = rows.next().unwrap_err();
        assert_eq!(*error.code, codes::LINE_TOO_LONG);
    }
}
