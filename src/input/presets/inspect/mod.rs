//! Logs of Inspect AI, as `.eval` archives and as `.json`: one row a sample and epoch.

mod archive;
mod remarks;
mod scores;

use std::collections::VecDeque;

use super::{PLAIN, Preset, Unpack};
use crate::codes;
use crate::error::Error;
use crate::input::head::Head;
use crate::input::rows::{Element, Rows};

pub(super) const PRESET: Preset = Preset {
    name: "inspect",
    title: "Inspect AI: evaluation logs",
    about: "An .eval archive or a .json log, one row a sample and epoch; samples of one id are a cluster. Of an archive the summaries are read, and the samples only where the summaries lack a score or a label; a run that crashed is read from its journal. The first scorer of a sample counts: where there are several, a warning lists them, and --map correct=scores.NAME.value names another. That the run did not end with success is a warning as well. C, P and I are credit 1, 0.5 and 0, and N is an abstention, except where the task says otherwise: xstest (C complies, P refuses in part, I refuses; the label says whether it should), coconot, abstention_bench, hle and simpleqa. A sample that was not scored, or scored NaN, is an answer that nobody graded. What was read of a score stands in `calib.*`.",
    source: "UK AI Security Institute, inspect_ai, log/_recorders/eval.py and log/_log.py; tasks: inspect_evals",
    fits: |head| {
        let archive = head.has("header.json") || head.has("_journal/start.json");
        let json = head.has("eval.task") && head.has("eval.model") && head.has("eval.dataset");
        archive || json
    },
    records: Some("samples"),
    flags: &[
        ("map", "id=id"),
        ("map", "sample=epoch"),
        ("map", "model=calib.model"),
        ("map", "task=calib.task"),
        ("map", "correct=calib.correct"),
        ("map", "abstained=calib.abstained"),
        ("map", "should_abstain=calib.should_abstain"),
        ("map", "kind=calib.kind"),
        ("map", "confidence=calib.confidence"),
        ("map", "grade=calib.grade"),
        ("map", "answer="),
        ("map", "target="),
        ("map", "weight="),
        ("map", "cluster="),
        ("map", "prompt_id="),
    ],
    ungraded: true,
    rewrite: Some(|rows, head| Box::new(Samples::new(rows, Task::of(head)))),
    unpack: Some(Unpack {
        format: "eval",
        folder: &[],
        open: archive::open,
    }),
    remarks: remarks::of,
    ..PLAIN
};

/// What the header says of all samples.
#[derive(Clone, Debug, Default)]
struct Task {
    name: String,
    model: String,
    /// Whether the log says that the run did not end with success.
    unfinished: bool,
}

impl Task {
    fn of(head: &Head) -> Self {
        let text = |path| head.text(path).unwrap_or_default().to_owned();
        Self {
            name: text("eval.task"),
            model: text("eval.model"),
            unfinished: head
                .text("status")
                .is_some_and(|status| status != "success"),
        }
    }
}

/// The samples of a log, each with what its score means.
struct Samples {
    rows: Box<dyn Rows>,
    /// Samples that were looked at already.
    seen: VecDeque<Element>,
    task: Task,
    any: bool,
}

impl Samples {
    fn new(rows: Box<dyn Rows>, task: Task) -> Self {
        Self {
            rows,
            seen: VecDeque::new(),
            task,
            any: false,
        }
    }
}

fn no_samples() -> Error {
    let detail = "no samples were logged: the log holds only its header";
    Error::new(&codes::NO_SAMPLES, detail).help(codes::NO_SAMPLES.remedy)
}

impl Rows for Samples {
    fn next(&mut self) -> Result<Option<Element>, Error> {
        let next = match self.seen.pop_front() {
            Some(element) => Ok(Some(element)),
            None => self.rows.next(),
        };
        match next {
            Ok(Some(element)) => {
                self.any = true;
                Ok(Some(scores::explained(element, &self.task)))
            }
            Err(error) if *error.code == codes::NO_RECORDS => Err(match error.place.clone() {
                Some(place) => no_samples().at(crate::error::Place::file(&place.path)),
                None => no_samples(),
            }),
            Ok(None) if !self.any => Err(no_samples()),
            other => other,
        }
    }
}
