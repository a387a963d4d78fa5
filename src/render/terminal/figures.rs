//! Which figures lead the report, in which order, with what beside them.

use super::line::{Line, paragraph};
use super::table::{Figure, table};
use super::{Page, caveats, judge};
use crate::chart::map::{FailureMap, Kind, Unplaced, kinds};
use crate::chart::term::Ink;
use crate::render::number::{Unit, count, level, p_value};
use crate::report::{AbstentionFigures, Estimate, Group, JudgeError, Side};

/// The figures of one group, and what a reader must know about them.
pub(super) fn figures(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let (kept, undefined) = set_apart(page, leading(page, group));
    let mut lines = if kept.is_empty() {
        Vec::new()
    } else {
        table(page, &kept, &heading(page, &kept))
    };
    lines.extend(undefined);
    lines.extend(caveats::weights(page));
    lines.extend(caveats::clusters(page, &kept));
    lines.extend(caveats::smaller_base(page, group));
    lines.extend(judge::judge(page, group));
    lines
}

fn leading<'a>(page: &Page<'_>, group: &'a Group) -> Vec<Figure<'a>> {
    let mut list = List {
        group,
        figures: Vec::new(),
    };
    let bins = format!("ECE, {} bins", page.report.settings.bins);
    list.add("accuracy", "accuracy", Unit::Percent, |e| {
        base(page, e, " answered")
    });
    if group
        .metrics
        .get("coverage")
        .is_none_or(|coverage| coverage.value != Some(1.0))
    {
        list.add("coverage", "coverage", Unit::Percent, |e| {
            base(page, e, " rows")
        });
    }
    list.add("signed_gap", gap_label(page), Unit::Signed(3), |_| {
        confidence_word(group).to_owned()
    });
    if let Some(gap) = list.figures.last_mut() {
        gap.loud = matches!(gap.note.as_str(), "overconfident" | "underconfident");
    }
    list.add("brier", "Brier score", Unit::Plain(4), |_| skill(group));
    list.add("corp_mcb", "  miscalibration", Unit::Plain(4), beside);
    list.add("corp_dsc", "  discrimination", Unit::Plain(4), beside);
    list.add("ece", &bins, Unit::Plain(4), beside);
    list.add("auroc", "AUROC", Unit::Plain(3), beside);
    // Without labels the verdict has said so already.
    let labelled = FailureMap::new(&group.abstention) != Err(Unplaced::NoLabels);
    for (kind, figures) in kinds(&group.abstention).into_iter().filter(|_| labelled) {
        list.add_kind(kind, figures);
    }
    list.figures
}

struct List<'a> {
    group: &'a Group,
    figures: Vec<Figure<'a>>,
}

impl<'a> List<'a> {
    fn add(&mut self, id: &str, label: &str, unit: Unit, note: impl Fn(&'a Estimate) -> String) {
        if let Some(estimate) = self.group.metrics.get(id) {
            let note = estimate.value.map_or_else(String::new, |_| note(estimate));
            let note = if note.is_empty() {
                no_interval(label, estimate)
            } else {
                note
            };
            self.figures.push(Figure {
                section: None,
                label: label.to_owned(),
                unit,
                estimate,
                note,
                loud: false,
            });
        }
    }

    fn add_kind(&mut self, kind: Kind, figures: &'a AbstentionFigures) {
        let mark = match kind {
            Kind::All => "",
            Kind::Epistemic => " E",
            Kind::Safety => " S",
        };
        let Side {
            abstained,
            answered,
        } = figures.should_abstain;
        let should_abstain = ratio(answered, answered.saturating_add(abstained));
        let Side {
            abstained,
            answered,
        } = figures.should_answer;
        let should_answer = ratio(abstained, answered.saturating_add(abstained));
        let mut rate = |name: &str, unit, estimate: &'a Estimate, note: String| {
            let note = estimate.value.map_or_else(String::new, |_| note);
            self.figures.push(Figure {
                section: None,
                label: format!("{name}{mark}"),
                unit,
                estimate,
                note,
                loud: false,
            });
        };
        rate(
            "over-answer",
            Unit::Percent,
            &figures.over_answer,
            should_abstain,
        );
        corrected(&mut rate, figures.judge.as_ref(), |judge| {
            &judge.over_answer
        });
        rate(
            "over-abstain",
            Unit::Percent,
            &figures.over_abstain,
            should_answer,
        );
        corrected(&mut rate, figures.judge.as_ref(), |judge| {
            &judge.over_abstain
        });
        if figures.dprime.value.is_some() {
            rate("  d′", Unit::Plain(2), &figures.dprime, String::new());
        }
    }
}

/// A rate corrected for judge error, below the one it corrects.
fn corrected<'a>(
    rate: &mut impl FnMut(&str, Unit, &'a Estimate, String),
    judge: Option<&'a JudgeError>,
    which: impl Fn(&'a JudgeError) -> &'a Estimate,
) {
    if let Some(estimate) = judge.map(which) {
        let clipped = estimate.beside.contains_key("unclipped");
        let note = match (&estimate.reason, clipped) {
            (Some(reason), _) => reason.clone(),
            (None, true) => "clipped".to_owned(),
            (None, false) => String::new(),
        };
        rate("  judge-corrected", Unit::Percent, estimate, note);
    }
}

/// What a share is a share of.
fn base(page: &Page<'_>, estimate: &Estimate, of: &str) -> String {
    format!(
        "of {}{}",
        count(estimate.n),
        if page.is_wide() { of } else { "" }
    )
}

fn ratio(part: u64, whole: u64) -> String {
    format!("{} / {}", count(part), count(whole))
}

/// Undefined figures that share a reason are said once, below the table, in the lines returned.
pub(super) fn set_apart<'a>(
    page: &Page<'_>,
    figures: Vec<Figure<'a>>,
) -> (Vec<Figure<'a>>, Vec<Line>) {
    let undefined = |figure: &Figure<'_>| figure.estimate.value.is_none();
    let mut shared: Vec<(String, Vec<String>)> = Vec::new();
    for figure in figures.iter().filter(|figure| undefined(figure)) {
        let label = figure
            .label
            .trim()
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned();
        match shared
            .iter_mut()
            .find(|(known, _)| *known == reason(figure.estimate))
        {
            Some((_, labels)) => labels.push(label),
            None => shared.push((reason(figure.estimate), vec![label])),
        }
    }
    shared.retain(|(_, labels)| labels.len() > 1);
    let told = |figure: &Figure<'_>| {
        undefined(figure)
            && shared
                .iter()
                .any(|(known, _)| *known == reason(figure.estimate))
    };
    let mut kept: Vec<_> = figures.into_iter().filter(|figure| !told(figure)).collect();
    for figure in &mut kept {
        if undefined(figure) {
            figure.note = reason(figure.estimate);
        }
        figure.note = page.prose(&figure.note);
    }
    let mut lines = Vec::new();
    for (reason, labels) in shared {
        let text = format!("{}: {}", labels.join(", "), page.prose(&reason));
        let start = Line::indented(2).ink(Ink::Faint, "n/a  ");
        lines.extend(paragraph(start, Ink::Plain, &text, page.width));
    }
    (kept, lines)
}

/// Why a leading figure has no interval; those under it and ECE never have one.
fn no_interval(label: &str, estimate: &Estimate) -> String {
    let expected = estimate.value.is_some() && estimate.low.is_none() && !label.starts_with(' ');
    let reason = estimate.reason.as_deref().filter(|_| expected);
    let told = |reason: &str| {
        format!(
            "no interval: {}",
            reason.trim_start_matches("no interval: ")
        )
    };
    reason.map_or_else(String::new, told)
}

/// Why a figure is undefined; a code like `too_many_cells` in words.
fn reason(estimate: &Estimate) -> String {
    let reason = estimate.reason.as_deref().unwrap_or("undefined");
    if reason.contains(' ') {
        reason.to_owned()
    } else {
        reason.replace('_', " ")
    }
}

pub(super) fn heading(page: &Page<'_>, figures: &[Figure<'_>]) -> String {
    let first = figures
        .iter()
        .find_map(|figure| figure.estimate.low.and(figure.estimate.level));
    format!(
        "{} interval",
        level(first.unwrap_or(page.report.settings.level))
    )
}

fn gap_label(page: &Page<'_>) -> &'static str {
    if page.is_wide() {
        "confidence − accuracy"
    } else {
        "conf. − accuracy"
    }
}

/// The word for a direction of confidence.
pub(super) fn confidence_word(group: &Group) -> &'static str {
    match group.verdict.confidence {
        Some("over") => "overconfident",
        Some("under") => "underconfident",
        Some("calibrated") => "calibrated",
        Some("inconclusive") => "inconclusive",
        _ => "",
    }
}

fn skill(group: &Group) -> String {
    let skill = group
        .metrics
        .get("brier_skill")
        .and_then(|skill| skill.value);
    let percent = |skill: f64| format!("skill {} %", Unit::Signed(1).digits(skill * 100.0, 1));
    skill.map_or_else(String::new, percent)
}

/// What stands beside a value without changing it.
pub(super) fn beside(estimate: &Estimate) -> String {
    let known = |name| estimate.beside.get(name).copied().flatten();
    let floor =
        known("noise_floor").map(|floor| format!("noise floor {}", Unit::Plain(4).show(floor)));
    let p = known("p_value").map(p_value);
    floor.into_iter().chain(p).collect::<Vec<_>>().join(", ")
}
