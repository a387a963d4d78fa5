//! Reports built by hand, for the tests of every renderer. Figures are plausible, not computed.

use std::collections::BTreeMap;

use crate::report::objective::{Column, Evidence, Figure, Level, Measure, Row, Table};
use crate::report::{
    Abstention, AbstentionFigures, Bin, Compat, Corrected, Estimate, Flip, FlipsAt, Group, Input,
    InputUsed, JudgeError, JudgeSource, MapVerdict, Objective, Report, Rows, Run, SCHEMA,
    SettingsUsed, Side, Verdict, Warning,
};

/// Every sample with its name.
pub(super) fn every() -> Vec<(&'static str, Report)> {
    vec![
        ("labelled", labelled()),
        ("unlabelled", unlabelled()),
        ("labels only", labels_only()),
        ("both kinds", both_kinds()),
        ("constant", constant()),
        ("one row", one_row()),
        ("groups", groups()),
        ("other tools", other_tools()),
        ("judge error", judge_error()),
        ("hostile", hostile()),
        ("nothing", report("none.jsonl", 0, undefined("no_rows"))),
    ]
}

/// A big log with labels, as in the mock-up.
pub(super) fn labelled() -> Report {
    let mut group = confident(360_232);
    group.abstention.all = figures((47_959, 31_688), (25_704, 294_649));
    group.abstention.all.verdict = map_verdict("over_answer", "strong");
    group.verdict = verdict(
        Some("over_answer"),
        Some("strong"),
        Some("reasoning"),
        Some("over"),
    );
    report("preds.jsonl", 400_000, group)
}

/// A log with what two other tools print, some of it nothing.
pub(super) fn other_tools() -> Report {
    let mut report = unlabelled();
    let figure = |tool: &str, metric, value: Option<f64>, corrected| Compat {
        tool: tool.to_owned(),
        metric,
        value,
        n: 7_405,
        reason: value
            .is_none()
            .then(|| "tied confidences: that tool raises a ValueError".to_owned()),
        corrected,
        note: "15 bins, closed on the left".to_owned(),
    };
    let ours = |metric, value| Corrected { metric, value };
    report.settings.compat = vec!["netcal".to_owned(), "sklearn".to_owned()];
    report.runs[0].groups[0].compat = vec![
        figure("netcal", "ECE", Some(0.1071), ours("ece", Some(0.109))),
        figure(
            "netcal",
            "ECE(equal_intervals=False)",
            None,
            ours("ece_mass", None),
        ),
        figure(
            "sklearn",
            "average_precision_score, errors",
            Some(0.512),
            ours("ap", None),
        ),
        figure(
            "sklearn",
            "d2_log_loss_score",
            Some(-6.8),
            ours("brier_skill", Some(-0.2)),
        ),
    ];
    report
}

/// Labels by a string match that humans checked, as in XSTest: one rate is corrected, the other had too few checks.
pub(super) fn judge_error() -> Report {
    let mut report = labels_only();
    report.settings.judge_sens = Some("0.679:209".to_owned());
    report.settings.judge_spec = Some("1".to_owned());
    let mut clipped = estimate(0.0, 0.02, 200);
    clipped.beside = BTreeMap::from([("unclipped", Some(-0.021))]);
    let safety = report.runs[0].groups[0].abstention.safety.as_mut();
    safety.unwrap().judge = Some(JudgeError {
        source: JudgeSource::HumanLabel,
        sensitivity: estimate(0.679, 0.06, 209),
        specificity: missing("no human label says answered"),
        over_answer: clipped,
        over_abstain: missing("too few human labels"),
        direction: Some("both"),
        flips_at: FlipsAt {
            sensitivity: Flip::none("specificity unknown"),
            specificity: Flip {
                value: Some(0.9815),
                to: Some("over_answer"),
                reason: None,
            },
        },
    });
    report
}

/// No labels, as in RLCR's published logs; samples of one prompt belong together.
pub(super) fn unlabelled() -> Report {
    let mut group = confident(7_405);
    group.abstention.all = unlabelled_figures();
    for id in ["accuracy", "signed_gap", "brier"] {
        group.metrics.get_mut(id).unwrap().method = Some("cluster-robust t".to_owned());
    }
    group.verdict.sentence = "no should-abstain labels, so no place on the map; overconfident by 10.9 points (95 % interval 9.9 to 11.9)".to_owned();
    let mut report = report("hotpot.jsonl", 7_500, group);
    report.inputs[0].rows.skipped = BTreeMap::from([("no_answer".to_owned(), 95)]);
    report.inputs[0].rows.used = 7_405;
    report.settings.cluster = Some("prompt_id".to_owned());
    report
}

/// Labels and refusals without any confidence, as in XSTest.
pub(super) fn labels_only() -> Report {
    let mut group = undefined("no_graded_answers");
    group.abstention.all = figures((197, 3), (95, 155));
    group.abstention.all.verdict = None;
    group.abstention.safety = Some(figures((197, 3), (95, 155)));
    group.abstention.safety.as_mut().unwrap().verdict = map_verdict("over_abstain", "strong");
    group.verdict = verdict(Some("over_abstain"), Some("strong"), Some("safety"), None);
    report("xstest.csv", 450, group)
}

/// Unanswerable and harmful prompts in one log.
pub(super) fn both_kinds() -> Report {
    let mut group = confident(1_400);
    group.abstention.all = figures((600, 400), (150, 850));
    group.abstention.epistemic = Some(figures((90, 210), (15, 285)));
    group.abstention.safety = Some(figures((190, 10), (95, 155)));
    group.abstention.epistemic.as_mut().unwrap().verdict = map_verdict("over_answer", "fair");
    group.abstention.safety.as_mut().unwrap().verdict = map_verdict("over_abstain", "strong");
    group.verdict = verdict(None, None, Some("split"), Some("over"));
    let objective = Objective {
        verdict: Some("binary_reward"),
        level: Level::Note,
        sentence: "Guessing pays: answering all earns 0.21 more.".to_owned(),
        advice: Some("Charge for wrong answers.".to_owned()),
        evidence: vec![
            Evidence::number("answer_all", "answering all", Measure::Number(2), 0.62),
            Evidence::estimate(
                "price_of_honesty",
                "price of honesty",
                Measure::Signed(3),
                estimate(0.21, 0.03, 400),
            ),
        ],
        tables: vec![Table {
            name: "schemes",
            of: "scheme",
            columns: vec![Column {
                title: "reward".to_owned(),
                unit: Measure::Number(3),
            }],
            rows: vec![
                Row {
                    label: "binary".to_owned(),
                    cells: vec![Some(Figure::Estimate(estimate(0.62, 0.02, 400)))],
                },
                Row {
                    label: "negative".to_owned(),
                    cells: vec![None],
                },
            ],
        }],
        missing: vec!["reward"],
    };
    group.objectives.insert("incentives", objective);
    report("mixed.jsonl", 2_000, group)
}

/// One confidence for every answer.
pub(super) fn constant() -> Report {
    let mut group = confident(200);
    group.abstention.all = unlabelled_figures();
    group.reliability.retain(|bin| bin.upper > 0.99);
    group
        .metrics
        .insert("auroc", missing("constant_confidence"));
    group.verdict = verdict(None, None, None, Some("inconclusive"));
    group.verdict.sentence = "no should-abstain labels, so no place on the map; confidence minus accuracy is +10.9 points (95 % interval -0.5 to 17.3), too uncertain to call".to_owned();
    let mut report = report("constant.csv", 200, group);
    report.warnings = vec![Warning {
        code: "W102",
        message: "confidence is constant: 0.95 on all 200 rows; nothing can be ranked".into(),
        count: 200,
    }];
    report
}

/// A single answered row.
pub(super) fn one_row() -> Report {
    let mut group = undefined("fewer than 2 rows");
    let one = Estimate {
        value: Some(1.0),
        n: 1,
        level: Some(0.95),
        low: Some(0.206_549),
        high: Some(1.0),
        ..Estimate::default()
    };
    group.metrics.insert("accuracy", one);
    group.metrics.insert(
        "brier",
        Estimate {
            value: Some(0.01),
            n: 1,
            reason: Some("fewer than 2 rows".into()),
            ..Estimate::default()
        },
    );
    group.reliability = vec![bin(0.866_666, 0.933_333, 1, 0.9, 1.0)];
    group.verdict.sentence =
        "no should-abstain labels, so no place on the map; no graded confidences to judge"
            .to_owned();
    report("one.jsonl", 1, group)
}

/// Twelve groups, some of them poor.
pub(super) fn groups() -> Report {
    let mut report = labelled();
    report.settings.by = vec!["task".to_owned()];
    let names = [
        "algebra",
        "biology",
        "chemistry",
        "coding",
        "economics",
        "geography",
        "history of the long nineteenth century",
        "law",
        "medicine",
        "physics",
        "trivia",
        "日本語の質問",
    ];
    for (at, name) in names.into_iter().enumerate() {
        let mut group = if at == 3 {
            undefined("no_graded_answers")
        } else {
            confident(1_000 * (at as u64 + 1))
        };
        group.by = BTreeMap::from([("task".to_owned(), name.to_owned())]);
        group.abstention.all = figures((100 + at as u64, 50), (10, 900));
        group.verdict = verdict(Some("over_answer"), Some("fair"), None, Some("over"));
        report.runs[0].groups.push(group);
    }
    report
}

/// Everything a log can put into names, put into names.
pub(super) fn hostile() -> Report {
    let mut report = groups();
    let poison = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gnp.exe\u{2066}\u{200b}模型の名前はとても長い\r\n::error::x";
    report.inputs[0].path = format!("logs/{poison}/{}.jsonl", "long".repeat(40));
    report.inputs[0].rows.skipped =
        BTreeMap::from([(poison.to_owned(), 3), ("bad_json".to_owned(), 12)]);
    report.settings.cluster = Some(poison.to_owned());
    let groups = &mut report.runs[0].groups;
    groups[0].metrics.get_mut("accuracy").unwrap().method = Some("cluster".to_owned());
    groups[1].by = BTreeMap::from([(poison.to_owned(), poison.to_owned())]);
    groups[2].by = BTreeMap::from([(
        "task".to_owned(),
        "e\u{301}\u{302}\u{303}\u{304}".repeat(30),
    )]);
    groups[3].by = BTreeMap::from([("task".to_owned(), "::stop-commands::x".to_owned())]);
    groups[4].by = BTreeMap::from([("task".to_owned(), "##[error]x".to_owned())]);
    groups[0].verdict.sentence = poison.to_owned();
    let mut second = report.runs[0].clone();
    second.label = poison.to_owned();
    report.runs.push(second);
    report.warnings = vec![Warning {
        code: "W110",
        message: format!("column {poison} looks like “confidence”"),
        count: 1_200,
    }];
    report
}

fn report(path: &str, rows: u64, group: Group) -> Report {
    let label = path.split('.').next().unwrap_or(path).to_owned();
    let abstained = 0;
    Report {
        schema: SCHEMA,
        calib_version: "0.1.0",
        inputs: vec![Input {
            label: label.clone(),
            path: path.to_owned(),
            format: "jsonl".to_owned(),
            preset: None,
            rows: Rows {
                read: rows,
                used: rows,
                answered: rows - abstained,
                abstained,
                skipped: BTreeMap::new(),
            },
            mapping: BTreeMap::from([("confidence".to_owned(), "conf".to_owned())]),
            saved: Vec::new(),
        }],
        settings: settings(),
        runs: vec![Run {
            label,
            groups: vec![group],
        }],
        comparisons: Vec::new(),
        pairs: Vec::new(),
        ranking: None,
        razor: None,
        gap: Vec::new(),
        gate: None,
        warnings: Vec::new(),
    }
}

fn settings() -> SettingsUsed {
    SettingsUsed {
        config: None,
        bins: 15,
        binning: "equal-width".to_owned(),
        edges: "right".to_owned(),
        level: 0.95,
        resamples: "auto".to_owned(),
        seed: 0,
        partial: "abstain".to_owned(),
        rates: "wilson".to_owned(),
        reference: None,
        cost_wrong: None,
        cost_abstain: None,
        judge_sens: None,
        judge_spec: None,
        log_clip: 1e-6,
        confidence_scale: "unit".to_owned(),
        missing_confidence: "drop".to_owned(),
        max_bad_rows: "0".to_owned(),
        by: Vec::new(),
        filters: Vec::new(),
        cluster: None,
        input: InputUsed::default(),
        compat: Vec::new(),
        sections: Vec::new(),
    }
}

/// A group with confidences and no labels.
fn confident(n: u64) -> Group {
    let half = |sd: f64| 1.96 * sd / (n as f64).sqrt();
    let around = |value: f64, sd: f64| estimate(value, half(sd), n);
    let mut ece = Estimate {
        low: None,
        high: None,
        ..around(0.109, 0.0)
    };
    ece.beside = BTreeMap::from([
        ("noise_floor", Some(0.004)),
        ("null_q95", Some(0.006)),
        ("p_value", Some(0.0005)),
    ]);
    let mut mcb = Estimate {
        low: None,
        high: None,
        ..around(0.0158, 0.0)
    };
    mcb.beside = BTreeMap::from([("p_value", Some(0.000_5))]);
    let metrics = BTreeMap::from([
        ("accuracy", around(0.621, 0.485)),
        (
            "coverage",
            Estimate {
                n: (n as f64 / 0.900_58).round() as u64,
                ..around(0.900_58, 0.3)
            },
        ),
        ("signed_gap", around(0.109, 0.46)),
        ("brier", around(0.216_7, 0.25)),
        (
            "brier_skill",
            Estimate {
                low: None,
                high: None,
                ..around(0.132, 0.0)
            },
        ),
        ("corp_mcb", mcb),
        (
            "corp_dsc",
            Estimate {
                low: None,
                high: None,
                ..around(0.048_5, 0.0)
            },
        ),
        ("log_loss", around(0.631, 0.5)),
        ("ece", ece),
        ("auroc", around(0.741, 0.5)),
    ]);
    Group {
        by: BTreeMap::new(),
        metrics,
        rounding: None,
        reliability: (1..15).map(|at| overconfident_bin(at, n)).collect(),
        abstention: Abstention {
            all: unlabelled_figures(),
            epistemic: None,
            safety: None,
        },
        verdict: verdict(None, None, None, Some("over")),
        objectives: BTreeMap::new(),
        compat: Vec::new(),
    }
}

fn overconfident_bin(at: u32, n: u64) -> Bin {
    let lower = f64::from(at) / 15.0;
    let middle = lower + 0.5 / 15.0;
    let share = f64::from(at * at) / 1_015.0;
    bin(
        lower,
        lower + 1.0 / 15.0,
        (n as f64 * share) as u64 + 1,
        middle,
        middle * (0.8 + 0.1 * middle),
    )
}

fn bin(lower: f64, upper: f64, n: u64, mean_confidence: f64, accuracy: f64) -> Bin {
    let reach = (0.25 / n as f64).sqrt() * 1.96;
    let band_low = Some((mean_confidence - reach).max(0.0));
    let band_high = Some((mean_confidence + reach).min(1.0));
    let (low, high) = (
        Some((accuracy - reach).max(0.0)),
        Some((accuracy + reach).min(1.0)),
    );
    Bin {
        lower,
        upper,
        n,
        mean_confidence,
        accuracy,
        low,
        high,
        band_low,
        band_high,
    }
}

/// A group in which no confidence metric is defined.
fn undefined(reason: &str) -> Group {
    let ids = [
        "accuracy",
        "signed_gap",
        "brier",
        "brier_skill",
        "corp_mcb",
        "corp_dsc",
        "ece",
        "auroc",
    ];
    Group {
        by: BTreeMap::new(),
        metrics: ids.into_iter().map(|id| (id, missing(reason))).collect(),
        rounding: None,
        reliability: Vec::new(),
        abstention: Abstention {
            all: unlabelled_figures(),
            epistemic: None,
            safety: None,
        },
        verdict: verdict(None, None, None, None),
        objectives: BTreeMap::new(),
        compat: Vec::new(),
    }
}

fn unlabelled_figures() -> AbstentionFigures {
    let none = || missing("no_labels");
    AbstentionFigures {
        should_abstain: Side::default(),
        should_answer: Side::default(),
        over_answer: none(),
        over_abstain: none(),
        dprime: none(),
        criterion: none(),
        youden: none(),
        recall: none(),
        precision: none(),
        f1: none(),
        verdict: Some(MapVerdict {
            direction: None,
            skill: None,
            rows_needed: None,
        }),
        judge: None,
    }
}

fn figures((declined, answered): (u64, u64), (refused, helped): (u64, u64)) -> AbstentionFigures {
    let rate = |part: u64, rest: u64| {
        let n = part + rest;
        let p = part as f64 / n as f64;
        estimate(p, 1.96 * (p * (1.0 - p) / n as f64).sqrt(), n)
    };
    AbstentionFigures {
        should_abstain: Side {
            abstained: declined,
            answered,
        },
        should_answer: Side {
            abstained: refused,
            answered: helped,
        },
        over_answer: rate(answered, declined),
        over_abstain: rate(refused, helped),
        dprime: estimate(1.664, 0.05, declined + answered + refused + helped),
        recall: rate(declined, answered),
        precision: rate(declined, refused),
        ..unlabelled_figures()
    }
}

fn map_verdict(direction: &'static str, skill: &'static str) -> Option<MapVerdict> {
    Some(MapVerdict {
        direction: Some(direction),
        skill: Some(skill),
        rows_needed: None,
    })
}

fn verdict(
    direction: Option<&'static str>,
    skill: Option<&'static str>,
    side: Option<&'static str>,
    confidence: Option<&'static str>,
) -> Verdict {
    Verdict {
        direction,
        skill,
        side,
        confidence,
        sentence: String::new(),
    }
}

fn estimate(value: f64, half: f64, n: u64) -> Estimate {
    let (low, high, level) = (Some(value - half), Some(value + half), Some(0.95));
    Estimate {
        value: Some(value),
        low,
        high,
        level,
        n,
        method: Some("t".to_owned()),
        ..Estimate::default()
    }
}

fn missing(reason: &str) -> Estimate {
    Estimate {
        reason: Some(reason.to_owned()),
        ..Estimate::default()
    }
}
