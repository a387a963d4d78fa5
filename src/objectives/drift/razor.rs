//! How accuracy, calibration and over-answering move with the divergence over several logs.

use super::divergence::Divergence;
use crate::evidence::Panel;
use crate::inference::trend::Leading;
use crate::objectives::section::signed;
use crate::report::{Distant, Estimate, Group, Moves, Razor};

/// Logs from which on a slope has an error, and a square.
const FEWEST: usize = 3;
const SQUARE: usize = 4;

/// A figure by its name and its value in a group.
type Figure = (&'static str, fn(&Group) -> Option<f64>);

const FIGURES: [Figure; 4] = [
    ("accuracy", |group| value(group, "accuracy")),
    ("corp_mcb", |group| value(group, "corp_mcb")),
    ("|signed_gap|", |group| {
        value(group, "signed_gap").map(f64::abs)
    }),
    ("over_answer", |group| value(group, "over_answer")),
];

fn value(group: &Group, metric: &str) -> Option<f64> {
    group.metrics.get(metric)?.value
}

/// A log: its label, the rows that tell its divergence, its figures.
pub type Log<'a> = (&'a str, &'a Panel, &'a Group);

/// Lines of least squares of accuracy, miscalibration (MCB), the size of the signed gap and over-answering on the KL
/// divergence from the base, and of accuracy a parabola from four logs on; `None` for fewer than three logs with a
/// divergence.
///
/// A first log without log-probabilities is the base itself, at 0. Intervals are Student's t from how the logs stray about
/// the line: what they share with the base, such as its prompts, moves all of them alike and not the slope.
#[must_use]
pub fn razor(logs: &[Log<'_>], level: f64) -> Option<Razor> {
    let divergences: Vec<Option<Divergence>> = logs
        .iter()
        .map(|(_, panel, _)| Divergence::of(panel.iter()))
        .collect();
    let known = || divergences.iter().flatten();
    let tokens = known().all(|one| one.kl.token.is_some());
    let nats = |one: &Divergence| match &one.kl.token {
        Some(token) if tokens => token.value,
        _ => one.kl.sequence.value,
    };
    known().next()?;
    let at = |(place, own): (usize, &Option<Divergence>)| match own {
        Some(own) => Some(nats(own)).filter(|kl| kl.is_finite()),
        None => (place == 0).then_some(0.0),
    };
    let places: Vec<Option<f64>> = divergences.iter().enumerate().map(at).collect();
    let points = || {
        logs.iter()
            .zip(&places)
            .filter_map(|(log, kl)| Some((log, (*kl)?)))
    };
    if points().count() < FEWEST {
        return None;
    }
    let slopes = FIGURES.iter().filter_map(|(metric, of)| {
        let pairs = points().filter_map(|((_, _, group), kl)| Some((kl, of(group)?)));
        moves(metric, &pairs.collect::<Vec<_>>(), level)
    });
    let slopes: Vec<Moves> = slopes.collect();
    let per = if tokens { "token" } else { "sequence" };
    Some(Razor {
        sentence: sentence(&slopes, points().map(|(_, kl)| kl), per),
        points: points()
            .map(|((label, _, _), kl)| Distant {
                label: (*label).to_owned(),
                kl,
            })
            .collect(),
        per,
        slopes,
    })
}

fn moves(metric: &'static str, points: &[(f64, f64)], level: f64) -> Option<Moves> {
    let estimate = |fit: Leading| {
        let n = points.len() as u64;
        Estimate::with_interval(fit.value, n, level, fit.interval(level))
    };
    let line = Leading::of(1, points).filter(|_| points.len() >= FEWEST)?;
    let square = metric == "accuracy" && points.len() >= SQUARE;
    let quadratic = square.then(|| Leading::of(2, points)).flatten();
    Some(Moves {
        metric,
        slope: estimate(line),
        quadratic: quadratic.map(estimate),
    })
}

/// A power of ten that the divergences span: a whole nat is far beyond what most logs show.
fn step(kl: impl Iterator<Item = f64>) -> f64 {
    let ends = kl.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), kl| {
        (low.min(kl), high.max(kl))
    });
    let span = ends.1 - ends.0;
    match span > 0.0 && span < 1.0 {
        true => 10f64.powf(span.log10().floor()),
        false => 1.0,
    }
}

fn sentence(slopes: &[Moves], kl: impl Iterator<Item = f64> + Clone, per: &str) -> String {
    let (logs, step) = (kl.clone().count(), step(kl));
    let told = slopes.iter().filter_map(|one| {
        let (low, high) = one.slope.interval()?;
        let value = one.slope.value.filter(|_| low > 0.0 || high < 0.0)?;
        let name = match one.metric {
            "corp_mcb" => "miscalibration",
            "|signed_gap|" => "the size of the confidence gap",
            "over_answer" => "over-answering",
            other => other,
        };
        let [value, low, high] = [value, low, high].map(|slope| signed(step * slope));
        Some(format!("{name} moves by {value} ({low} to {high})"))
    });
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true => format!("over {logs} logs, no figure is told to move with the KL from the base"),
        false => format!(
            "over {logs} logs, with each {}a {per} from the base {}",
            match step < 1.0 {
                true => format!("{step} nats "),
                false => "nat ".to_owned(),
            },
            told.join(", ")
        ),
    }
}
