//! Presets: what the logs of known tools look like, and the flags that read them.
//!
//! A preset is one file and one line in [`PRESETS`]. It says which content it fits, and which flags a user would pass;
//! the user's own flags go before, role by role.

mod abstention_bench;
mod choice;
mod coconot;
mod every_eval_ever;
mod helm;
mod hle;
mod inspect;
mod lighteval;
mod lm_eval;
mod openai_evals;
mod or_bench;
mod promptfoo;
mod said;
mod self_aware;
mod simple_evals;
mod xstest;

pub use choice::PresetChoice;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::columns::Columns;
use super::finding::Finding;
use super::head::Head;
use super::opening::{Container, Opening};
use super::roles::{Role, nearest};
use super::row::RowRules;
use super::rows::Rows;
use super::value::Value;
use crate::codes;
use crate::error::Error;

/// How the logs of one tool are read.
#[derive(Debug)]
pub struct Preset {
    /// Its name in `--preset` and reports.
    pub name: &'static str,
    /// Whose logs these are.
    pub title: &'static str,
    /// What a user should know of how they are read.
    pub about: &'static str,
    /// Where the format is defined.
    pub source: &'static str,
    /// Whether a file is such a log, by its content.
    pub fits: fn(&Head) -> bool,
    /// The member of a JSON document that holds the rows.
    pub records: Option<&'static str>,
    /// Flags with their values, without the dashes: `("map", "correct=judge.ok")`.
    pub flags: &'static [(&'static str, &'static str)],
    /// Whether a row without any outcome is an answer that nobody graded, rather than a bad row.
    pub ungraded: bool,
    /// What the tool writes as confidence where the model stated none.
    pub placeholder: Option<f64>,
    /// The role that tells several readings of one answer apart, which must not count as answers of their own.
    pub readings: Option<Role>,
    /// Columns that grade another answer than the one whose confidence is read.
    pub grades_another: &'static [&'static str],
    /// What a row says that none of its columns does, as columns more.
    pub(crate) explain: Option<Explain>,
    /// What is made of the rows of a JSON document, or of JSON Lines, where flags do not say it.
    pub(crate) rewrite: Option<Rewrite>,
    /// How rows are taken out of an archive or a folder.
    pub unpack: Option<Unpack>,
    /// What a reader should know, by the columns that were met.
    pub(crate) remarks: fn(&RowRules, &Columns) -> Vec<Finding>,
}

impl PartialEq for Preset {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The columns that a row has beside its own: path and value, with the place of what it is taken from.
type Explain = for<'a> fn(&'a str) -> Vec<(Cow<'static, str>, Value<'a>)>;
/// Makes other rows of the rows of a document, whose head is known.
type Rewrite = fn(Box<dyn Rows>, &Head) -> Box<dyn Rows>;
/// Opens a container as a stream of rows.
type Open = fn(Container, &Opening) -> Opened;
type Opened = Result<Box<dyn Rows>, Error>;

/// How rows are taken out of a container.
#[derive(Clone, Copy, Debug)]
pub struct Unpack {
    /// What such a file is called in reports.
    pub format: &'static str,
    /// Names of files that a folder holds when it is one log; none when a file is unpacked.
    pub folder: &'static [&'static str],
    /// Opens the folder or archive as a stream of rows.
    pub(crate) open: Open,
}

/// A preset without anything but names: what the fields of a preset are unless it says otherwise.
const PLAIN: Preset = Preset {
    name: "",
    title: "",
    about: "",
    source: "",
    fits: |_| false,
    records: None,
    flags: &[],
    ungraded: false,
    placeholder: None,
    readings: None,
    grades_another: &[],
    explain: None,
    rewrite: None,
    unpack: None,
    remarks: |_, _| Vec::new(),
};

/// Every preset, in the order of the reference.
pub const PRESETS: &[&Preset] = &[
    &abstention_bench::PRESET,
    &coconot::PRESET,
    &every_eval_ever::PRESET,
    &helm::PRESET,
    &hle::PRESET,
    &inspect::PRESET,
    &lighteval::PRESET,
    &lighteval::UNDERSCORED,
    &lm_eval::GENERATE,
    &lm_eval::PRESET,
    &openai_evals::PRESET,
    &or_bench::PRESET,
    &or_bench::TOXIC,
    &promptfoo::PRESET,
    &self_aware::PRESET,
    &simple_evals::PRESET,
    &xstest::PRESET,
];

/// The preset with this name.
///
/// # Errors
/// What to say when there is none.
pub(super) fn named(name: &str) -> Result<&'static Preset, String> {
    let mut presets = PRESETS.iter().copied();
    if let Some(preset) = presets.find(|preset| preset.name.eq_ignore_ascii_case(name)) {
        return Ok(preset);
    }
    let names = || PRESETS.iter().map(|preset| preset.name);
    let near = nearest(name, names()).map(|near| format!("did you mean `{near}`? "));
    Err(format!(
        "`{name}` is not a preset; {}the presets are {}, and none",
        near.unwrap_or_default(),
        names().collect::<Vec<_>>().join(", ")
    ))
}

/// The one preset that fits a file.
///
/// # Errors
/// When several fit: calib does not choose.
pub(super) fn of_content(head: &Head) -> Result<Option<&'static Preset>, Error> {
    let fitting: Vec<_> = PRESETS
        .iter()
        .copied()
        .filter(|preset| (preset.fits)(head))
        .collect();
    match fitting.as_slice() {
        [] => Ok(None),
        [preset] => Ok(Some(preset)),
        several => {
            let names: Vec<_> = several.iter().map(|preset| preset.name).collect();
            let detail = format!("the presets {} fit this file", names.join(", "));
            let mut error = Error::new(&codes::PRESETS_DIFFER, detail);
            for name in names {
                error = error.help(format!("if it is {name}, pass --preset {name}"));
            }
            Err(error.help("to read it without a preset, pass --preset none"))
        }
    }
}

/// The preset that takes a folder as one log.
pub(super) fn of_folder(folder: &Path) -> Option<&'static Preset> {
    let holds = |preset: &&Preset| {
        let files = preset.unpack.map(|unpack| unpack.folder);
        files.is_some_and(|files| {
            !files.is_empty() && files.iter().all(|file| folder.join(file).is_file())
        })
    };
    PRESETS.iter().copied().find(holds)
}

/// The files of a log that is a folder by [`of_folder`]; none of any other.
pub(super) fn files_of(folder: &Path) -> Vec<PathBuf> {
    let unpack = of_folder(folder).and_then(|preset| preset.unpack);
    let names = unpack.map_or(&[][..], |unpack| unpack.folder);
    names.iter().map(|name| folder.join(name)).collect()
}
