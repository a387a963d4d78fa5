//! Which entries of an `.eval` archive hold its samples.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Samples, Task, no_samples, scores};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::document::{Document, Records};
use crate::input::head::Head;
use crate::input::limits::Bytes;
use crate::input::opening::{Container, Opening};
use crate::input::rows::{Element, Rows};
use crate::input::window::Within;
use crate::input::zip::Archive;

/// Bytes of the header that are looked at.
const HEADER: usize = 256 << 10;
/// Where the header of a run that ended stands.
const HEADER_NAME: &str = "header.json";

/// Opens the samples of an archive.
pub(super) fn open(container: Container, opening: &Opening) -> Result<Box<dyn Rows>, Error> {
    let archive = match container {
        Container::Archive(archive) => Arc::new(archive),
        Container::Folder(path) => {
            let error = Error::new(&codes::CANNOT_OPEN, "this is a directory");
            return Err(error.at(Place::file(&path)).help("check the path"));
        }
    };
    let task = Task::of(&header(&archive)?);
    let task = Task {
        // The header is written last.
        unfinished: !archive.names().any(|name| name == HEADER_NAME) || task.unfinished,
        ..task
    };
    let members = |names, records| Members {
        archive: Arc::clone(&archive),
        names,
        records,
        current: None,
        longest: opening.limits.row,
    };
    let mut rows = members(summaries(&archive), Records::Top);
    let first = rows.next()?;
    let enough = first
        .as_ref()
        .is_some_and(|first| scores::suffices(first, &task));
    let samples = samples(&archive);
    if !enough && !samples.is_empty() {
        let rows = members(samples, Records::Sequence);
        return Ok(Box::new(Samples::new(Box::new(rows), task)));
    }
    let first = first.ok_or_else(|| no_samples().at(Place::file(&archive.path)))?;
    let mut samples = Samples::new(Box::new(rows), task);
    samples.seen.push_back(first);
    Ok(Box::new(samples))
}

/// The head of the header, or of what stands for it where the run did not end.
fn header(archive: &Archive) -> Result<Head, Error> {
    let names = [HEADER_NAME, "_journal/start.json"];
    let found = names
        .into_iter()
        .find(|name| archive.names().any(|known| known == *name));
    let Some(name) = found else {
        return Ok(Head::default());
    };
    let mut bytes = Vec::new();
    archive.stream(name)?.fill(&mut bytes, HEADER)?;
    Ok(Head::of_json(name, &bytes))
}

/// The summaries of the whole run, else of its journal in order.
fn summaries(archive: &Archive) -> VecDeque<String> {
    const WHOLE: &str = "summaries.json";
    if archive.names().any(|name| name == WHOLE) {
        return [WHOLE.to_owned()].into();
    }
    let number = |name: &str| -> Option<u64> {
        let name = name.strip_prefix("_journal/summaries/")?;
        name.strip_suffix(".json")?.parse().ok()
    };
    let mut found: Vec<_> = archive
        .names()
        .filter_map(|name| Some((number(name)?, name.to_owned())))
        .collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

fn samples(archive: &Archive) -> VecDeque<String> {
    let sample = |name: &&str| name.starts_with("samples/") && name.ends_with(".json");
    archive.names().filter(sample).map(str::to_owned).collect()
}

/// The elements of entries, one entry after another.
struct Members {
    archive: Arc<Archive>,
    names: VecDeque<String>,
    records: Records,
    current: Option<Document>,
    longest: Bytes,
}

impl Rows for Members {
    fn next(&mut self) -> Result<Option<Element>, Error> {
        loop {
            if let Some(document) = &mut self.current
                && let Some(element) = document.next()?
            {
                return Ok(Some(element));
            }
            let Some(name) = self.names.pop_front() else {
                return Ok(None);
            };
            let within = Within {
                path: self.archive.path.clone(),
                member: Some(name.as_str().into()),
                longest: self.longest,
            };
            let stream = self.archive.stream(&name)?;
            let records = self.records.clone();
            self.current = Some(Document::new(stream, Vec::new(), records, within));
        }
    }
}
