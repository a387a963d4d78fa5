//! A log before it is read: which of its files are logs, and the one preset that reads them all.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::head::Head;
use super::opening::{Found, Opened, Opening, Source};
use super::presets::{Preset, PresetChoice};
use super::roles::{Role, role_of};
use super::sniff::Layout;
use super::source::{Log, Stream, is_json, is_special};
use crate::codes;
use crate::error::{Error, Place};

/// What is known of a log before its rows are read.
pub struct Survey {
    /// How its files are opened from here on: with the preset that was found.
    pub(crate) opening: Opening,
    /// Files that are open already, by path: standard input and pipes cannot be opened twice.
    pub(crate) held: BTreeMap<String, Opened>,
    /// Files that are saved states, with their bytes: they have no rows to read.
    pub(crate) states: Vec<(String, Vec<u8>)>,
    /// Counts compressed bytes read.
    pub bytes: Arc<AtomicU64>,
}

impl Survey {
    /// Looks at every file of a log; files of a folder that hold no rows leave it, and are counted.
    ///
    /// # Errors
    /// When a file cannot be opened, is of no format that is read, or two files are of different presets.
    pub fn of(log: &mut Log, opening: &Opening) -> Result<Self, Error> {
        let mut survey = Self {
            opening: opening.clone(),
            held: BTreeMap::new(),
            states: Vec::new(),
            bytes: Arc::default(),
        };
        let mut first: Option<(String, Option<&'static Preset>)> = None;
        let mut kept = Vec::new();
        let single = log.paths.len() == 1;
        for path in std::mem::take(&mut log.paths) {
            let doubtful = log.folder && is_json(&path);
            let hold = single || is_special(&path);
            let preset = match survey.look(&path, [hold, doubtful, log.folder])? {
                Look::Rows(preset) => preset,
                Look::NoRows => {
                    log.ignored.push(path);
                    continue;
                }
                Look::State(bytes) => {
                    survey.states.push((path, bytes));
                    continue;
                }
            };
            match &first {
                Some((before, known)) if *known != preset => {
                    return Err(differ([(before, *known), (&path, preset)]));
                }
                Some(_) => {}
                None => first = Some((path.clone(), preset)),
            }
            kept.push(path);
        }
        if let (Some(rows), Some((state, _))) = (kept.first(), survey.states.first()) {
            return Err(mixed(rows, state));
        }
        if kept.is_empty() && survey.states.is_empty() {
            let detail = "no file of the directory holds rows";
            let error = Error::new(&codes::CANNOT_OPEN, detail).at(Place::file(&log.label));
            return Err(error.help("name the file, with --records where its rows are in a member"));
        }
        log.paths = kept;
        log.ignored.sort();
        survey.opening.preset = match first.and_then(|(_, preset)| preset) {
            Some(preset) => PresetChoice::Forced(preset),
            None => PresetChoice::None,
        };
        Ok(survey)
    }

    /// The survey of a log whose only file has these bytes, wherever they are from: nothing is opened at its path.
    ///
    /// # Errors
    /// When they are of no format of rows that is read.
    ///
    /// ```
    /// use calib::ingest::gather_in_turn;
    /// use calib::input::{Log, Opening, RowRules, Survey};
    /// let log = Log::find("log.jsonl")?;
    /// let bytes = br#"{"confidence": 0.9, "correct": true}"#.to_vec();
    /// let survey = Survey::of_bytes(&log.label, bytes, &Opening::default())?;
    /// let gathered = gather_in_turn(&log, survey, &RowRules::default(), 1 << 18)?;
    /// assert_eq!(gathered.groups.all().rows(), 1);
    /// # Ok::<(), calib::error::Error>(())
    /// ```
    pub fn of_bytes(path: &str, bytes: Vec<u8>, opening: &Opening) -> Result<Self, Error> {
        let counted = Arc::default();
        let stream = Stream::member(path.to_owned(), Box::new(Cursor::new(bytes)));
        let opened = match Found::of(path, stream, opening, &counted)? {
            Found::Rows(opened) => *opened,
            Found::State(_) => return Err(Opened::no_rows(path)),
        };
        Ok(Self {
            opening: opening.clone(),
            held: [(path.to_owned(), opened)].into(),
            states: Vec::new(),
            bytes: counted,
        })
    }

    /// The preset that reads the log.
    #[must_use]
    pub fn preset(&self) -> Option<&'static Preset> {
        match self.opening.preset {
            PresetChoice::Forced(preset) => Some(preset),
            PresetChoice::Content | PresetChoice::None => None,
        }
    }

    /// What a file is; a doubtful one may hold no rows, and the log of a known tool in a folder no samples.
    fn look(&mut self, path: &str, [hold, doubtful, in_folder]: [bool; 3]) -> Result<Look, Error> {
        // What is read here and again later is no progress yet.
        let bytes = if hold {
            Arc::clone(&self.bytes)
        } else {
            Arc::default()
        };
        let mut opened = match Found::open(path, &self.opening, &bytes) {
            Ok(Found::Rows(opened)) => *opened,
            Ok(Found::State(bytes)) => return Ok(Look::State(bytes)),
            Err(error) if in_folder && !hold && *error.code == codes::NO_SAMPLES => {
                return Ok(Look::NoRows);
            }
            Err(_) if doubtful => return Ok(Look::NoRows),
            Err(error) => return Err(error),
        };
        let preset = opened.preset;
        if doubtful && preset.is_none() && self.opening.records.is_none() && !has_rows(&opened) {
            return Ok(Look::NoRows);
        }
        if hold {
            self.held.insert(path.to_owned(), opened);
        } else if in_folder && lacks_samples(&mut opened) {
            return Ok(Look::NoRows);
        }
        Ok(Look::Rows(preset))
    }
}

/// What a file of a log is.
enum Look {
    /// Rows, and the preset that reads them.
    Rows(Option<&'static Preset>),
    /// No rows, though its name might be that of a log.
    NoRows,
    /// A saved state.
    State(Vec<u8>),
}

/// Whether a file of JSON holds rows that say how a model did, rather than a summary.
fn has_rows(Opened { head, layout, .. }: &Opened) -> bool {
    let rows = head.is_list() || head.holds_objects() || *layout == Layout::JsonLines;
    rows && !head.is_single() && says_outcome(head)
}

/// Whether a file, which is opened again to be read, holds only the header of a log.
fn lacks_samples(opened: &mut Opened) -> bool {
    let first = match &mut opened.source {
        Source::Rows(rows) => rows.next(),
        _ => return false,
    };
    first.is_err_and(|error| *error.code == codes::NO_SAMPLES)
}

fn says_outcome(head: &Head) -> bool {
    head.fields().any(|path| {
        let role = role_of(path).map(|(role, _)| role);
        role.is_some_and(|role| matches!(role, Role::Correct | Role::Abstained | Role::Grade))
    })
}

fn mixed(rows: &str, state: &str) -> Error {
    let detail = format!("{rows} holds rows, and {state} is a state that was saved of rows");
    Error::new(&codes::ROWS_AND_STATES, detail).help(codes::ROWS_AND_STATES.remedy)
}

fn differ(files: [(&str, Option<&'static Preset>); 2]) -> Error {
    let [first, second] = files.map(|(path, preset)| {
        let name = preset.map_or("of no preset", |preset| preset.name);
        format!("{path} is {name}")
    });
    let error = Error::new(&codes::PRESETS_DIFFER, format!("{first}, and {second}"));
    error.help(codes::PRESETS_DIFFER.remedy)
}
