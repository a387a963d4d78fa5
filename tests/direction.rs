//! Direction against published models, against second implementations, and under mixes of prompts.

use calib::evidence::Evidence;
use calib::inference::posterior::{SideCount, Sides};
use calib::inference::random_effects::{Effect, pool};
use calib::maths::binomial::Binomial;
use calib::maths::quantile;
use calib::maths::rng::Rng;
use calib::metrics::Budget;
use calib::objectives::direction::references::{SOURCES, Source, nearest};
use calib::objectives::direction::refusal::{Forced, Refusal};
use calib::objectives::direction::sweep::{Alike, sweep};
use calib::objectives::direction::tasks::{Task, direction_of, pooled, robustness};
use calib::record::{Abstained, Kind, Record};
use calib::report::{self, AbstentionFigures};
use calib::settings::Settings;
use serde_json::Value;

use crate::common::{audit, calib};

fn source(name: &str) -> &'static Source {
    SOURCES.iter().find(|source| source.name == name).unwrap()
}

/// What a log says in which so many prompts of each side were answered at these rates.
fn figures(over_answer: f64, over_abstain: f64, sizes: (u64, u64)) -> AbstentionFigures {
    let mut evidence = Evidence::default();
    for (should, answered, size) in [
        (true, over_answer, sizes.0),
        (false, 1.0 - over_abstain, sizes.1),
    ] {
        let answers = (answered * size as f64).round() as u64;
        for at in 0..size {
            evidence.add(&Record {
                should_abstain: Some(should),
                abstained: if at < answers {
                    Abstained::No
                } else {
                    Abstained::Full
                },
                ..Record::default()
            });
        }
    }
    report::group(
        Default::default(),
        &evidence,
        &Settings::default(),
        Budget::default(),
    )
    .abstention
    .all
}

/// Verdicts, d′ and c of a source whose sides have these sizes.
fn judged(source: &Source, sizes: (u64, u64)) -> Vec<(&'static str, AbstentionFigures)> {
    let judge = |point: &'static calib::objectives::direction::references::Published| {
        (
            point.name,
            figures(point.over_answer, point.over_abstain, sizes),
        )
    };
    source.points.iter().map(judge).collect()
}

fn direction(figures: &AbstentionFigures) -> &'static str {
    figures.verdict.as_ref().unwrap().direction.unwrap()
}

fn skill(figures: &AbstentionFigures) -> &'static str {
    figures.verdict.as_ref().unwrap().skill.unwrap()
}

#[track_caller]
fn near(found: Option<f64>, published: f64, tolerance: f64) {
    let found = found.unwrap();
    assert!(
        (found - published).abs() <= tolerance,
        "{found} {published}"
    );
}

#[test]
fn xstest_has_its_published_signals_and_verdicts() {
    let expected = [
        (2.57, -1.53, "over_abstain"),
        (3.34, -1.14, "over_abstain"),
        (2.66, -0.45, "over_abstain"),
        (3.80, -0.53, "inconclusive"),
        (1.74, 1.23, "over_answer"),
    ];
    for ((name, figures), (dprime, c, word)) in
        judged(source("XSTest"), (200, 250)).iter().zip(expected)
    {
        near(figures.dprime.value, dprime, 0.005);
        near(figures.criterion.value, c, 0.005);
        assert_eq!(direction(figures), word, "{name}");
    }
}

#[test]
fn or_bench_has_its_published_correlation_and_verdicts() {
    let source = source("OR-Bench");
    let rank =
        |of: &dyn Fn(&calib::objectives::direction::references::Published) -> f64| -> Vec<f64> {
            let values: Vec<f64> = source.points.iter().map(of).collect();
            let place = |value: &f64| {
                let below = values.iter().filter(|other| *other < value).count() as f64;
                let same = values.iter().filter(|other| *other == value).count() as f64;
                below + (same + 1.0) / 2.0
            };
            values.iter().map(place).collect()
        };
    let (refused, rejected) = (
        rank(&|point| point.over_abstain),
        rank(&|point| 1.0 - point.over_answer),
    );
    let n = refused.len() as f64;
    let middle = (n + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - middle) * (b - middle))
            .sum()
    };
    let spearman = product(&refused, &rejected)
        / (product(&refused, &refused) * product(&rejected, &rejected)).sqrt();
    near(Some(spearman), 0.8935, 5e-5);

    // Sizes are not published. These are the ones the counts of verdicts were made with.
    let judged_points = judged(source, (600, 1000));
    let count = |word: &str| {
        judged_points
            .iter()
            .filter(|(_, figures)| direction(figures) == word)
            .count()
    };
    assert_eq!(
        [count("over_abstain"), count("over_answer"), count("both")],
        [21, 6, 5]
    );
    // Who refuses nearly everything tells hardly anything apart.
    let blind = judged_points
        .iter()
        .filter(|(_, figures)| skill(figures) == "none");
    let blind: Vec<_> = blind.map(|(name, _)| *name).collect();
    assert_eq!(blind, ["Claude-2.1", "Claude-3-haiku", "Llama-2-70b"]);
    let judged = judged(source, (655, 1319));
    let of = |name: &str| &judged.iter().find(|(other, _)| *other == name).unwrap().1;
    near(of("Claude-2.1").dprime.value, 0.38, 0.01);
    near(of("Claude-2.1").criterion.value, -2.98, 0.01);
    near(of("Claude-2.1").youden.value, 0.002, 0.001);
    near(of("GPT-4-turbo-0409*").dprime.value, 2.94, 0.01);
    near(of("GPT-4-turbo-0409*").criterion.value, -0.33, 0.01);
    near(of("Llama-3.1-70B").criterion.value, 0.69, 0.01);
}

#[test]
fn abstention_bench_models_over_answer() {
    // d′ and c as published beside the rates; the sides of the nine sets.
    let expected = [
        (2.32, 0.51),
        (1.88, 0.53),
        (2.04, 0.55),
        (2.33, 0.65),
        (2.26, 0.68),
        (2.51, 0.72),
        (1.31, 0.75),
        (2.13, 0.75),
        (2.11, 0.76),
        (2.47, 0.80),
        (1.35, 0.80),
        (2.44, 0.87),
        (2.26, 0.89),
        (1.84, 0.95),
        (1.66, 1.02),
        (2.12, 1.11),
        (1.75, 1.13),
        (1.45, 1.18),
        (1.71, 1.25),
    ];
    let judged = judged(source("AbstentionBench"), (9_865, 9_803));
    assert_eq!(judged.len(), expected.len());
    for ((name, figures), (dprime, c)) in judged.iter().zip(expected) {
        // Rates of three digits leave the second of d′ open.
        near(figures.dprime.value, dprime, 0.02);
        near(figures.criterion.value, c, 0.02);
        assert_eq!(direction(figures), "over_answer", "{name}");
    }
}

#[test]
fn the_nearest_reference_is_of_the_same_kind() {
    let (source, point) = nearest(Kind::Safety, 0.66, 0.02).unwrap();
    assert_eq!((source.name, point.name), ("XSTest", "Mistral Instruct"));
    let (source, point) = nearest(Kind::Epistemic, 0.66, 0.02).unwrap();
    assert_eq!((source.name, point.name), ("AbstentionBench", "S1.1 32B"));
    assert_eq!(nearest(Kind::Unknown, 0.66, 0.02), None);
}

fn side(abstained: f64, answered: f64) -> SideCount {
    SideCount {
        abstained,
        answered,
    }
}

fn task(name: &str, should_abstain: (f64, f64), should_answer: (f64, f64)) -> Task {
    Task {
        name: name.to_owned(),
        sides: Sides {
            should_abstain: side(should_abstain.0, should_abstain.1),
            should_answer: side(should_answer.0, should_answer.1),
        },
    }
}

/// Random effects by other algebra: Q from pairs of strata, the mean as the root of its estimating equation.
fn naive(strata: &[Effect]) -> (f64, f64, f64, f64, f64) {
    let k = strata.len() as f64;
    let weights: Vec<f64> = strata.iter().map(|one| 1.0 / one.variance).collect();
    let whole: f64 = weights.iter().sum();
    let mut q = 0.0;
    for (at, one) in strata.iter().enumerate() {
        for (other_at, other) in strata.iter().enumerate().skip(at + 1) {
            q += weights[at] * weights[other_at] * (one.value - other.value).powi(2) / whole;
        }
    }
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let between = ((q - k + 1.0) * whole / (whole * whole - squares)).max(0.0);
    let (mut low, mut high) = (-20.0, 20.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        let score: f64 = strata
            .iter()
            .map(|one| (one.value - middle) / (one.variance + between))
            .sum();
        if score > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let total: f64 = strata
        .iter()
        .map(|one| 1.0 / (one.variance + between))
        .sum();
    let spread: f64 = strata
        .iter()
        .map(|one| (one.value - low).powi(2) / (one.variance + between) / total / (k - 1.0))
        .sum();
    (
        low,
        total.powf(-0.5),
        spread.sqrt(),
        between,
        (1.0 - (k - 1.0) / q).max(0.0),
    )
}

#[test]
fn strata_are_pooled_like_a_second_implementation_does() {
    let tasks = [
        task("algebra", (310.0, 890.0), (30.0, 1_180.0)),
        task("history", (30.0, 9.0), (4.0, 35.0)),
        task("medicine", (900.0, 500.0), (0.0, 1_400.0)),
        task("physics", (36.0, 4.0), (2.0, 38.0)),
        task("one side", (12.0, 3.0), (0.0, 0.0)),
    ];
    let pooled_both = pooled(&tasks, 0.95).unwrap();
    let effects: Vec<[Effect; 2]> = tasks
        .iter()
        .filter(|task| task.sides.should_answer.total() > 0.0)
        .map(|task| calib::objectives::direction::tasks::signal(&task.sides).unwrap())
        .collect();
    // Two-sided 95 % quantile of Student's t with 3 degrees, from tables.
    const T: f64 = 3.182446305284263;
    for (at, found) in pooled_both.iter().enumerate() {
        let strata: Vec<Effect> = effects.iter().map(|both| both[at]).collect();
        let (mean, error, spread, between, i_squared) = naive(&strata);
        near(Some(found.value), mean, 1e-9);
        near(Some(found.standard_error), error, 1e-9);
        near(Some(found.between), between, 1e-9);
        near(Some(found.i_squared), i_squared, 1e-9);
        // No narrower than the usual standard error makes it.
        let reach = T * spread.max(error);
        near(found.bounds.map(|bounds| bounds.0), mean - reach, 1e-6);
        near(found.bounds.map(|bounds| bounds.1), mean + reach, 1e-6);
        assert_eq!(found.strata, 4);
        assert!(found.i_squared > 0.8, "{found:?}");
    }
}

#[test]
fn intervals_over_few_strata_cover() {
    // Strata of unequal size that differ by more than chance: normal quantiles would cover .78 to .90.
    for strata in [3, 5, 9] {
        const LOGS: u64 = 2_000;
        let covered = (0..LOGS).filter(|log| {
            let mut rng = Rng::stream(5, *log);
            let effects: Vec<Effect> = (0..strata)
                .map(|at| {
                    let variance = 0.02 * (1.0 + f64::from(at));
                    let value = 1.0 + 0.4 * rng.normal() + variance.sqrt() * rng.normal();
                    Effect { value, variance }
                })
                .collect();
            let (low, high) = pool(&effects, 0.95).unwrap().bounds.unwrap();
            low <= 1.0 && 1.0 <= high
        });
        let share = covered.count() as f64 / LOGS as f64;
        // With few strata the floor of the usual standard error makes it wider.
        assert!((0.94..0.985).contains(&share), "{strata} strata: {share}");
    }
}

/// Two tasks, 500 prompts a side between them, of which `hard` are of one with ten times the other's over-answering.
fn mixed(hard: f64, rng: &mut Rng) -> [Task; 2] {
    let mut draw = |name: &str, share: f64, over_answer: f64| {
        let n = (500.0 * share).round() as u64;
        let answered = Binomial::new(n, over_answer).draw(rng);
        let declined = Binomial::new(n, 0.03).draw(rng);
        let pair = |abstained: u64| (abstained as f64, (n - abstained) as f64);
        task(name, pair(n - answered), pair(declined))
    };
    [draw("hard", hard, 0.45), draw("easy", 1.0 - hard, 0.04)]
}

#[test]
fn one_model_reads_differently_under_another_mix() {
    let words = |hard: f64| -> Vec<&'static str> {
        (0..60)
            .map(|log| {
                let tasks = mixed(hard, &mut Rng::stream(11, log));
                direction_of(&tasks[0].sides.plus(&tasks[1].sides), 0.95).unwrap()
            })
            .collect()
    };
    let count = |words: &[&str], word: &str| words.iter().filter(|other| **other == word).count();
    let few = words(0.1);
    assert!((12..=34).contains(&count(&few, "balanced")), "{few:?}");
    assert_eq!(count(&few, "balanced") + count(&few, "inconclusive"), 60);
    assert_eq!(count(&words(0.5), "over_answer"), 60);
}

#[test]
fn the_report_says_which_mix_turns_the_direction() {
    let tasks = mixed(0.1, &mut Rng::stream(11, 0));
    let robust = robustness(&tasks, 0.95).unwrap();
    assert_eq!(robust.balanced, "over_answer");
    assert_eq!(
        robust
            .without
            .iter()
            .find(|(task, _)| task == "easy")
            .unwrap()
            .1,
        "over_answer"
    );
    // What it turns to at that share, it is there, and not yet a little nearer.
    let flip = robust.flip.unwrap();
    assert!((flip.share - 0.1).abs() < 1e-9);
    let at = |share: f64| {
        let weight = match flip.task.as_str() {
            "hard" => [share / 0.1, (1.0 - share) / 0.9],
            _ => [(1.0 - share) / 0.1, share / 0.9],
        };
        let scaled = tasks
            .iter()
            .zip(weight)
            .map(|(task, weight)| task.sides.scaled(weight));
        scaled.fold(Sides::default(), |sum, sides| sum.plus(&sides))
    };
    let now = direction_of(&at(flip.share), 0.95).unwrap();
    assert_ne!(flip.to, now);
    // Where every task reads alike, no mix turns anything.
    let alike = [
        task("one", (40.0, 60.0), (2.0, 98.0)),
        task("two", (35.0, 65.0), (1.0, 99.0)),
    ];
    let robust = robustness(&alike, 0.95).unwrap();
    assert_eq!(
        (robust.balanced, robust.without.len(), robust.flip),
        ("over_answer", 0, None)
    );
    assert_eq!(robustness(&alike[..1], 0.95), None);
}

/// Prompts with a latent correlation of evidence to decline and of being wrong.
fn forced(rho: f64, prompts: u64, copies: u64, rng: &mut Rng) -> Vec<Forced> {
    let mut rows = Vec::new();
    for cluster in 0..prompts {
        let evidence = rng.normal();
        let doubt = rho * evidence + (1.0 - rho * rho).sqrt() * rng.normal();
        let row = Forced {
            cluster: Some(cluster),
            declined: evidence > 0.8,
            wrong: f64::from(u8::from(doubt > 0.3)),
            weight: 1.0,
        };
        rows.extend((0..copies).map(|_| row));
    }
    rows
}

#[test]
fn the_refusal_index_covers_the_correlation() {
    for (rho, copies) in [(0.0, 1), (0.5, 1), (0.5, 3), (0.8, 1)] {
        const LOGS: u64 = 1_000;
        let seen: Vec<Refusal> = (0..LOGS)
            .map(|log| {
                Refusal::of(&forced(rho, 400, copies, &mut Rng::stream(7, log)), 0.95).unwrap()
            })
            .collect();
        let index = 6.0 / std::f64::consts::PI * f64::asin(rho / 2.0);
        let covers = |refusal: &&Refusal| {
            let (low, high) = (refusal.index.low.unwrap(), refusal.index.high.unwrap());
            low <= index && index <= high
        };
        let share = seen.iter().filter(covers).count() as f64 / LOGS as f64;
        assert!((0.925..0.97).contains(&share), "{rho} {copies}: {share}");
        let found = seen
            .iter()
            .filter(|refusal| refusal.p_value.unwrap() < 0.05)
            .count() as f64
            / LOGS as f64;
        match rho {
            0.0 => assert!(found < 0.07, "{found}"),
            _ => assert!(found > 0.95, "{found}"),
        }
    }
}

#[test]
fn a_table_with_an_empty_margin_has_no_refusal_index() {
    let row = |declined, wrong| Forced {
        cluster: Some(0),
        declined,
        wrong,
        weight: 1.0,
    };
    let refusal = Refusal::of(&[row(false, 0.0), row(false, 1.0)], 0.95).unwrap();
    assert_eq!(refusal.index.value, None);
    assert_eq!(refusal.index.reason.as_deref(), Some("abstains on no row"));
    assert_eq!(refusal.base_error.value, Some(0.5));
    assert_eq!(Refusal::of(&[], 0.95), None);
}

/// Prompts whose evidence to answer is N(0, 1) where they should be declined and N(d, s²) where not.
fn confidences(d: f64, s: f64, prompts: u64, rng: &mut Rng) -> Vec<Alike> {
    let stated = |evidence: f64| (100.0 / (1.0 + (-evidence).exp())).round() / 100.0;
    (0..prompts)
        .flat_map(|_| {
            let (decline, answer) = (rng.normal(), d + s * rng.normal());
            [
                vec![(stated(decline), 1.0, 0.0)].into(),
                vec![(stated(answer), 0.0, 1.0)].into(),
            ]
        })
        .collect()
}

#[test]
fn the_sweep_finds_slope_and_separation() {
    for (d, s) in [(1.5, 1.0), (1.5, 0.6), (0.8, 1.6)] {
        const LOGS: u64 = 60;
        let area = quantile::normal_cdf(d / f64::sqrt(1.0 + s * s));
        let truth = [s, d / f64::sqrt((1.0 + s * s) / 2.0), area];
        let seen: Vec<_> = (0..LOGS)
            .map(|log| {
                let rows = confidences(d, s, 300, &mut Rng::stream(3, log));
                let found = sweep(&rows, 600, 0.95, 99, log).unwrap();
                [found.slope, found.d_a, found.auroc]
            })
            .collect();
        for (at, truth) in truth.iter().enumerate() {
            let mean = seen.iter().map(|all| all[at].value.unwrap()).sum::<f64>() / LOGS as f64;
            assert!(
                (mean / truth - 1.0).abs() < 0.05,
                "{d} {s} {at}: {mean} {truth}"
            );
            let covers = seen
                .iter()
                .filter(|all| all[at].low.unwrap() <= *truth && *truth <= all[at].high.unwrap());
            assert!(covers.count() >= 50, "{d} {s} {at}");
        }
    }
    assert_eq!(sweep(&[vec![(0.5, 1.0, 0.0)].into()], 1, 0.95, 9, 0), None);
}

/// A made log, changed row by row, audited.
fn audited(line: &str, change: impl Fn(&mut Value), flags: &[&str]) -> Value {
    let arguments = ["synth"].into_iter().chain(line.split(' '));
    let rows = calib().args(arguments).run().report();
    let changed: String = rows
        .lines()
        .map(|row| {
            let mut row: Value = serde_json::from_str(row).unwrap();
            change(&mut row);
            format!("{row}\n")
        })
        .collect();
    let flags = ["-", "-f", "json"].iter().chain(flags);
    audit(flags).stdin(changed).run().json()
}

fn found(report: &Value) -> &Value {
    &report["runs"][0]["groups"][0]["objectives"]["direction"]
}

#[test]
fn the_section_has_the_verdict_of_the_map_and_what_it_hangs_on() {
    let line = "persona reasoner --prompts 2000 --tasks 5 --spread 0.4 --insight 0.6 --seed 4";
    let report = audited(line, |_| {}, &[]);
    let direction = found(&report);
    assert_eq!(
        direction["verdict"],
        report["runs"][0]["groups"][0]["verdict"]["direction"]
    );
    assert_eq!(
        (&direction["verdict"], &direction["level"]),
        (&"over_answer".into(), &"fail".into())
    );
    let evidence = &direction["evidence"];
    for name in ["dprime", "criterion", "youden"] {
        let figure = &report["runs"][0]["groups"][0]["abstention"]["epistemic"][name];
        assert_eq!(&evidence[format!("epistemic.{name}")], figure);
    }
    let truth: Value = serde_json::from_str(
        &calib()
            .args(["synth"])
            .args(line.split(' '))
            .args(["--truth"])
            .run()
            .report(),
    )
    .unwrap();
    let truth = &truth["truth"];
    // Five tasks that differ by .4 say little of all others, and the interval admits it.
    let pooled = &evidence["epistemic.dprime_pooled"];
    let width = pooled["high"].as_f64().unwrap() - pooled["low"].as_f64().unwrap();
    assert!(width > 0.5 && width < 2.0, "{pooled}");
    assert!(evidence["epistemic.dprime_i_squared"].as_f64().unwrap() > 0.5);
    assert_eq!(direction["tables"][0]["rows"].as_array().unwrap().len(), 5);
    let within = |name: &str, truth: &Value| {
        let end = |end: &str| evidence[name][end].as_f64().unwrap();
        let truth = truth.as_f64().unwrap();
        assert!(
            end("low") <= truth && truth <= end("high"),
            "{name} {truth} {}",
            evidence[name]
        );
    };
    within(
        "epistemic.over_answer_macro",
        &truth["abstention"]["over_answer"],
    );
    within(
        "epistemic.over_abstain_macro",
        &truth["abstention"]["over_abstain"],
    );
    within("refusal_index", &truth["refusal"]["refusal_index"]);
    within("forced_error", &truth["refusal"]["base_error"]);
    within(
        "forced_error_abstained",
        &truth["refusal"]["abstention_precision"],
    );
    within(
        "over_abstain_would_be_right",
        &truth["refusal"]["over_abstain_if_right"],
    );
}

#[test]
fn advice_goes_by_the_cell_of_the_verdict() {
    let advice = |line: &str| {
        let report = audited(line, |_| {}, &[]);
        found(&report)["advice"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(advice("persona reasoner").contains("criterion"));
    assert!(advice("persona random").contains("carries no information"));
    assert!(advice("persona refuses-all").contains("declines everything"));
    assert!(advice("persona answers-all").contains("never declines"));
    assert!(advice("persona inverted").contains("which way round"));
    assert!(advice("persona safety --kind safety").contains("benign prompts"));
    assert!(
        advice("persona reasoner --over-abstain 0.3 --over-answer 0.5").contains("errs both ways")
    );
    assert_eq!(advice("persona balanced --prompts 4000"), "");
    // Both kinds have advice of their own.
    assert!(advice("persona reasoner --kind both --prompts 2000").contains("harmful prompts: "));
}

#[test]
fn costs_move_the_neutral_criterion() {
    let costs = |row: &mut Value| {
        row["cost_wrong"] = 9.into();
        row["cost_abstain"] = 0.into();
    };
    let report = audited("persona mild-reasoner", costs, &[]);
    let evidence = &found(&report)["evidence"];
    let dprime = evidence["epistemic.dprime"]["value"].as_f64().unwrap();
    // As many prompts to decline as to answer: ln(1 / 9) / d'.
    let neutral = evidence["epistemic.neutral_criterion"].as_f64().unwrap();
    assert!((neutral - (1f64 / 9.0).ln() / dprime).abs() < 1e-9);
    let beyond = evidence["epistemic.criterion_from_neutral"]["value"]
        .as_f64()
        .unwrap();
    let c = evidence["epistemic.criterion"]["value"].as_f64().unwrap();
    assert!((beyond - (c - neutral)).abs() < 1e-12);
    let report = audited("persona mild-reasoner", |_| {}, &["--cost-wrong", "9"]);
    let by_flag = &found(&report)["evidence"]["epistemic.neutral_criterion"];
    assert_eq!(*by_flag, neutral);
    // A flag goes before what rows say, as in the audit of utility.
    let report = audited("persona mild-reasoner", costs, &["--cost-wrong", "1"]);
    let by_flag = &found(&report)["evidence"]["epistemic.neutral_criterion"];
    assert_eq!(*by_flag, 0.0);
    let report = audited("persona mild-reasoner", |_| {}, &[]);
    assert_eq!(
        found(&report)["evidence"]["epistemic.neutral_criterion"],
        Value::Null
    );
}

#[test]
fn confidences_without_abstentions_are_swept() {
    // Confidences of prompts to decline spread half as wide: the slope is 2.
    let rows = || -> String {
        let mut rng = Rng::stream(9, 0);
        let row = |at: u64, rng: &mut Rng| {
            let should = at.is_multiple_of(2);
            let evidence = if should {
                0.5 * rng.normal() - 1.0
            } else {
                rng.normal()
            };
            let confidence = 1.0 / (1.0 + (-evidence).exp());
            format!(
                "{{\"id\": \"p{at}\", \"should_abstain\": {should}, \"confidence\": {confidence}, \"correct\": {}}}\n",
                !should
            )
        };
        (0..1_000).map(|at| row(at, &mut rng)).collect()
    };
    let report = audit(["-", "-f", "json"]).stdin(rows()).run().json();
    let direction = found(&report);
    let slope = direction["evidence"]["zroc_slope"]["value"]
        .as_f64()
        .unwrap();
    assert!((slope - 2.0).abs() < 0.25, "{slope}");
    assert!(
        direction["sentence"].as_str().unwrap().contains("z-ROC"),
        "{direction}"
    );
    let report = audited("persona balanced", |_| {}, &[]);
    assert_eq!(found(&report)["evidence"]["zroc_slope"], Value::Null);
}

#[test]
fn references_stand_on_the_map_of_their_kind() {
    let report = audited("persona reasoner", |_| {}, &["--reference", "epistemic"]);
    let direction = found(&report);
    let table = direction["tables"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&table["name"], table["rows"].as_array().unwrap().len()),
        (&"reference".into(), 19)
    );
    let said = direction["sentence"].as_str().unwrap();
    assert!(
        said.contains("nearest published model") && said.contains("not comparable one to one"),
        "{said}"
    );
    assert_eq!(report["settings"]["reference"], "epistemic");
    // The log has no harmful prompts: the points are there, none is near.
    let report = audited("persona reasoner", |_| {}, &["--reference", "safety"]);
    let direction = found(&report);
    assert!(
        !direction["sentence"].as_str().unwrap().contains("nearest"),
        "{direction}"
    );
    let rows = calib()
        .args(["synth", "persona", "safety", "--kind", "safety"])
        .run()
        .report();
    let text = audit(["-", "--reference", "safety", "--width", "80"])
        .stdin(rows)
        .run()
        .report();
    insta::assert_snapshot!(text);
}

#[test]
fn the_section_in_full() {
    let arguments = [
        "synth",
        "persona",
        "mild-reasoner",
        "--kind",
        "both",
        "--tasks",
        "3",
        "--spread",
        "0.3",
        "--insight",
        "0.4",
    ];
    let rows = calib().args(arguments).run().report();
    let text = audit(["-", "--section", "direction", "--width", "80"])
        .stdin(rows)
        .run()
        .report();
    insta::assert_snapshot!(text);
}

#[test]
fn a_group_has_the_word_that_holds_among_all_groups() {
    let report = audited(
        "persona mild-reasoner --prompts 600 --tasks 6",
        |_| {},
        &["--by", "task"],
    );
    for group in report["runs"][0]["groups"].as_array().unwrap() {
        assert_eq!(
            group["objectives"]["direction"]["verdict"],
            group["verdict"]["direction"]
        );
    }
}
