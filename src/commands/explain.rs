//! `calib explain`: what a metric or a code means, from the registries that the program itself uses.

use clap::Args;

use super::{Streams, model, writing};
use crate::codes::{self, Code};
use crate::error::Error;
use crate::gate;
use crate::input::{PRESETS, Preset};
use crate::metrics::{Better, COMPAT, Definition, Figure, METRICS, Metric, beside, worked_example};
use crate::objectives::{SECTIONS, Section, direction, flips};
use crate::render::{self, explain};
use crate::report::comparing::about_closure;
use crate::report::{Chapter, Entry, about_confidence};

/// Columns where the terminal does not say.
const WIDTH: u16 = 80;

/// The arguments of `calib explain`.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// A metric such as brier, a section such as rollouts, a code such as E103, `verdict`, `gate`, `judge`, `gap`,
    /// `compat` or `presets`, or a model that calib fit wrote; lists all without it
    #[arg(value_name = "METRIC|SECTION|CODE|verdict|gate|judge|gap|compat|presets|MODEL.json")]
    pub name: Option<String>,
    /// Of a model, the Python that applies it
    #[arg(long, requires = "name")]
    pub python: bool,
}

/// Explains one name, or lists all.
///
/// # Errors
/// When the name is not known, or standard output cannot be written.
pub fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let mut page = Vec::new();
    match &args.name {
        None => explain::index(&chapters(), &mut page)?,
        Some(name) if args.python || is_model(name) => {
            let model = model::open(name)?;
            match args.python {
                true => render::model::python::write(&model, &mut page)?,
                false => render::model::page::write(&model, name, width(streams), &mut page)?,
            }
        }
        Some(name) => explain::entry(&find(name)?, width(streams), &mut page)?,
    }
    writing::to_stdout(&page, streams)?;
    Ok(())
}

fn width(streams: &Streams<'_>) -> usize {
    usize::from(streams.terminal.columns.unwrap_or(WIDTH)).clamp(40, 100)
}

/// Whether a name is that of a file rather than of an entry.
fn is_model(name: &str) -> bool {
    let named = std::path::Path::new(name);
    named.extension().is_some_and(|ending| ending == "json")
        || (find(name).is_err() && named.is_file())
}

fn find(name: &str) -> Result<Entry, Error> {
    let chapters = chapters();
    let entries = || chapters.iter().flat_map(|chapter| &chapter.entries);
    if let Some(entry) = entries().find(|entry| entry.id.eq_ignore_ascii_case(name)) {
        return Ok(entry.clone());
    }
    let error = Error::new(&codes::BAD_FLAG, format!("there is no entry `{name}`"));
    Err(
        match crate::input::nearest(name, entries().map(|entry| entry.id.as_str())) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
        .help("calib explain lists them all"),
    )
}

fn chapters() -> [Chapter; 7] {
    [
        verdict_chapter(),
        metrics_chapter(),
        objectives_chapter(),
        compat_chapter(),
        presets_chapter(),
        super::fit::about::chapter(),
        codes_chapter(),
    ]
}

/// The rules of the verdict.
#[must_use]
pub fn verdict_chapter() -> Chapter {
    Chapter {
        title: "The verdict",
        entries: vec![verdict_entry(), gate_entry(), judge_entry(), gap_entry()],
    }
}

fn verdict_entry() -> Entry {
    let mut parts = direction::about();
    parts.insert(2, ("confidence", about_confidence()));
    Entry {
        id: "verdict".to_owned(),
        title: "Direction, skill and confidence".to_owned(),
        parts,
    }
}

fn gate_entry() -> Entry {
    Entry {
        id: "gate".to_owned(),
        title: "Limits, and what they come to".to_owned(),
        parts: gate::about(),
    }
}

fn judge_entry() -> Entry {
    Entry {
        id: "judge".to_owned(),
        title: "Abstention rates corrected for the errors of a judge".to_owned(),
        parts: flips::about(),
    }
}

fn gap_entry() -> Entry {
    Entry {
        id: "gap".to_owned(),
        title: "How much of a gap a proxy closes (calib compare --toward)".to_owned(),
        parts: about_closure(),
    }
}

/// The reference of all metrics.
#[must_use]
pub fn metrics_chapter() -> Chapter {
    Chapter {
        title: "Metrics",
        entries: METRICS.iter().map(|metric| metric_entry(*metric)).collect(),
    }
}

/// The reference of the audits of training objectives.
#[must_use]
pub fn objectives_chapter() -> Chapter {
    let entries = SECTIONS.iter().map(|section| section_entry(*section));
    Chapter {
        title: "Training objectives",
        entries: entries.collect(),
    }
}

fn section_entry(section: &dyn Section) -> Entry {
    let about = section.about();
    let needs = section.needs().iter().map(|need| {
        let roles: Vec<_> = need.iter().map(|column| column.role).collect();
        roles.join(" or ")
    });
    let needs: Vec<_> = needs.collect();
    let helps: Vec<_> = section.helps().iter().map(|column| column.role).collect();
    let needs = match helps.as_slice() {
        [] => needs.join(", "),
        _ => format!("{}; says more with {}", needs.join(", "), helps.join(", ")),
    };
    let parts = vec![
        ("claim", about.claim.to_owned()),
        ("needs", needs),
        ("formula", about.formula.to_owned()),
        ("test", about.test.to_owned()),
        ("verdicts", about.verdicts.to_owned()),
        ("advice", about.advice.to_owned()),
        ("pitfalls", about.pitfalls.to_owned()),
        ("source", about.source.to_owned()),
    ];
    Entry {
        id: section.name().to_owned(),
        title: about.title.to_owned(),
        parts,
    }
}

/// The reference of other tools' definitions.
#[must_use]
pub fn compat_chapter() -> Chapter {
    let mut entries = vec![compat_entry()];
    entries.extend(COMPAT.iter().map(definition_entry));
    Chapter {
        title: "Other tools' definitions",
        entries,
    }
}

fn compat_entry() -> Entry {
    let names: Vec<_> = COMPAT.iter().map(|one| one.tool.to_string()).collect();
    let parts = vec![
        (
            "what it is",
            "Numbers as another tool counts them, for those who must match one that is published; each with the metric of this report that corrects it. --compat NAME shows them, and they never enter a verdict.".to_owned(),
        ),
        ("names", names.join(", ")),
        (
            "undefined",
            "where that tool stops with an error or gives no finite number; where it does not take the weights or the graded credit of the log".to_owned(),
        ),
        (
            "pitfalls",
            "Reports here do not depend on the order of rows. Where that tool's number does, because confidences are tied, ties are spread evenly and the reason says so.".to_owned(),
        ),
    ];
    Entry {
        id: "compat".to_owned(),
        title: "What another tool would print".to_owned(),
        parts,
    }
}

fn definition_entry(definition: &Definition) -> Entry {
    let figure = |figure: &Figure| {
        let note = figure
            .note
            .replace("{bins} bins", "as many bins as --bins says");
        format!(
            "{}: {note} (read {} instead)",
            figure.metric, figure.corrected
        )
    };
    let figures: Vec<_> = definition.figures.iter().map(figure).collect();
    let parts = vec![
        ("differs", definition.differs.to_owned()),
        ("figures", figures.join("\n")),
        ("source", definition.source.to_owned()),
    ];
    Entry {
        id: format!("compat.{}", definition.tool),
        title: definition.title.to_owned(),
        parts,
    }
}

/// The reference of presets.
#[must_use]
pub fn presets_chapter() -> Chapter {
    let mut entries = vec![presets_entry()];
    entries.extend(PRESETS.iter().map(|preset| preset_entry(preset)));
    Chapter {
        title: "Presets",
        entries,
    }
}

fn presets_entry() -> Entry {
    let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    let parts = vec![
        (
            "what it is",
            "The flags that read the logs of a known tool. A log is recognised by its content, never by its name alone, and the report says which preset read it; --preset NAME forces one, --preset none forbids it.".to_owned(),
        ),
        ("names", names.join(", ")),
        (
            "own flags",
            "go before those of the preset, role by role: --map correct=PATH replaces what the preset says of correct, and nothing else.".to_owned(),
        ),
        (
            "several files",
            "of one run are of one preset, else the run is refused (E220).".to_owned(),
        ),
    ];
    Entry {
        id: "presets".to_owned(),
        title: "Logs of known tools".to_owned(),
        parts,
    }
}

fn preset_entry(preset: &Preset) -> Entry {
    let records = preset.records.map(|records| format!("--records {records}"));
    let flags = preset
        .flags
        .iter()
        .map(|(flag, value)| format!("--{flag} {value}"));
    let flags: Vec<_> = records.into_iter().chain(flags).collect();
    let parts = vec![
        ("reads", preset.about.to_owned()),
        ("flags", flags.join("\n")),
        ("source", preset.source.to_owned()),
    ];
    Entry {
        id: format!("preset.{}", preset.name),
        title: preset.title.to_owned(),
        parts,
    }
}

/// The reference of all codes.
#[must_use]
pub fn codes_chapter() -> Chapter {
    Chapter {
        title: "Errors and warnings",
        entries: codes::all().map(code_entry).collect(),
    }
}

/// The page of `docs/` made of a chapter.
#[must_use]
pub fn page(chapter: &Chapter) -> String {
    let mut page = Vec::new();
    let preface =
        "Made from the registry that the program uses; `calib explain NAME` shows the same.";
    // Writing to memory cannot fail.
    let _ = explain::markdown(chapter, preface, &mut page);
    String::from_utf8_lossy(&page).into_owned()
}

fn metric_entry(metric: &dyn Metric) -> Entry {
    let about = metric.about();
    let better = match about.better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::NearerZero => "nearer zero",
        Better::Neither => "neither way: it describes",
    };
    let worked = worked_example(metric);
    let named = worked
        .beside
        .keys()
        .filter_map(|name| Some(format!("{name}: {}", beside(name)?)));
    let named: Vec<_> = named.collect();
    let value = worked
        .value
        .map_or_else(|| "undefined".to_owned(), |value| format!("{value:.6}"));
    let mut parts = vec![
        ("formula", about.formula.to_owned()),
        ("range", about.range.to_owned()),
        ("better", better.to_owned()),
        ("undefined", about.undefined.to_owned()),
        ("interval", about.interval.to_owned()),
        ("pitfalls", about.pitfalls.to_owned()),
        ("source", about.source.to_owned()),
        ("example", format!("{} give {value}", about.example)),
    ];
    if !named.is_empty() {
        parts.insert(5, ("beside it", named.join("\n")));
    }
    Entry {
        id: metric.id().to_owned(),
        title: about.title.to_owned(),
        parts,
    }
}

fn code_entry(code: &Code) -> Entry {
    let mut parts = vec![
        ("means", code.about.to_owned()),
        ("way out", code.remedy.to_owned()),
    ];
    if !code.id.starts_with('W') {
        parts.push(("counted as", code.reason.to_owned()));
    }
    if code.id.starts_with('E') {
        parts.push(("exit code", code.exit().code().to_string()));
    }
    Entry {
        id: code.id.to_owned(),
        title: code.title.to_owned(),
        parts,
    }
}
