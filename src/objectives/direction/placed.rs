//! One kind of prompt on the map, with its tasks and costs.

use super::tasks::{Robustness, Task, balanced, pooled, robustness, signal};
use super::verdict;
use crate::inference::Interval;
use crate::inference::posterior::SideCount;
use crate::inference::random_effects::{Effect, Pooled};
use crate::inference::sample::Rates;
use crate::maths::quantile;
use crate::metrics::{Map, View};
use crate::objectives::section::Subject;
use crate::record::{Field, Kind};
use crate::report::objective::{self, Evidence, Figure, Measure, Row, Table};
use crate::report::{Estimate, Manner, MapVerdict};

/// The figures of one kind of prompt.
pub(super) struct Placed {
    /// Which; unknown where the log does not say.
    pub(super) kind: Kind,
    pub(super) verdict: MapVerdict,
    /// How it declines, in case that tells nothing apart.
    pub(super) manner: Manner,
    pub(super) over_answer: Estimate,
    pub(super) over_abstain: Estimate,
    signal: [Estimate; 3],
    /// Its tasks, where there are several.
    pub(super) tasks: Vec<Task>,
    pub(super) robustness: Option<Robustness>,
    /// The criterion that costs least.
    neutral: Option<f64>,
    level: f64,
}

/// The place of a map; `None` where it has no labelled rows.
pub(super) fn placed(subject: &Subject<'_>, map: &Map, kind: Kind) -> Option<Placed> {
    let view = subject.view;
    let level = subject.settings().level;
    let tasks = named_tasks(subject, map);
    let [dprime, criterion, youden] = [map.dprime(view), map.criterion(view), map.youden(view)];
    let neutral = costs(view).and_then(|costs| neutral(map, costs, dprime.value?));
    (map.rows() > 0).then(|| Placed {
        kind,
        verdict: verdict(map, level, subject.settings().seed),
        manner: Manner::of(map.should_abstain, map.should_answer, &dprime),
        over_answer: map.over_answer(view),
        over_abstain: map.over_abstain(view),
        signal: [dprime, criterion, youden],
        robustness: robustness(&tasks, level),
        tasks,
        neutral,
        level,
    })
}

/// Tasks in the order of their names; none where there is only one.
fn named_tasks(subject: &Subject<'_>, map: &Map) -> Vec<Task> {
    let sides = map.by_task(subject.view).unwrap_or_default();
    let mut tasks: Vec<Task> = sides
        .into_iter()
        .map(|(hash, sides)| Task {
            name: subject.name(hash),
            sides,
        })
        .collect();
    tasks.sort_by(|one, other| one.name.cmp(&other.name));
    if tasks.len() < 2 { Vec::new() } else { tasks }
}

/// Mean costs of a wrong answer and of declining, where rows have them.
fn costs(view: &View<'_>) -> Option<(f64, f64)> {
    let mean = |field: Field| {
        let rows = view.panel().iter().filter_map(|(row, count)| {
            let weight = row.weight() * count as f64;
            Some((weight, weight * row.number(field)?))
        });
        let (weight, cost) = rows.fold((0.0, 0.0), |(a, b), (weight, cost)| (a + weight, b + cost));
        (weight > 0.0).then(|| cost / weight)
    };
    Some((
        mean(Field::CostWrong)?,
        mean(Field::CostAbstain).unwrap_or(0.0),
    ))
}

/// Answering what should be declined costs w − k more than declining it; declining what should be answered costs 1 + k
/// more than answering it.
fn neutral(map: &Map, (wrong, abstain): (f64, f64), dprime: f64) -> Option<f64> {
    let (decline, answer) = (
        map.sides.should_abstain.total(),
        map.sides.should_answer.total(),
    );
    let ratio = answer * (1.0 + abstain) / (decline * (wrong - abstain));
    let neutral = ratio.ln() / dprime;
    neutral.is_finite().then_some(neutral)
}

impl Placed {
    /// What kind of prompts, in words.
    pub(super) fn prompts(&self) -> &'static str {
        match self.kind {
            Kind::Epistemic => "unanswerable prompts",
            Kind::Safety => "harmful prompts",
            Kind::Unknown => "prompts",
        }
    }

    /// The verdict in words.
    pub(super) fn words(&self) -> String {
        let direction = match self.verdict.direction {
            Some(word) => super::in_words(word),
            None => return "no place on the map, one side has no rows".to_owned(),
        };
        match self.verdict.skill {
            Some("none") => {
                let direction = self.manner.instead().unwrap_or(direction);
                format!("{direction}, {}", self.manner.words())
            }
            Some("unproven") => format!("{direction}, discrimination unproven"),
            Some(skill) => format!("{direction}, {skill} discrimination"),
            None => direction.to_owned(),
        }
    }

    fn prefix(&self) -> &'static str {
        match self.kind {
            Kind::Epistemic => "epistemic.",
            Kind::Safety => "safety.",
            Kind::Unknown => "",
        }
    }

    fn suffix(&self) -> &'static str {
        match self.kind {
            Kind::Epistemic => " E",
            Kind::Safety => " S",
            Kind::Unknown => "",
        }
    }

    /// Its figures.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        use Measure::{Number, Share};
        let name = |name: &str| format!("{}{name}", self.prefix());
        let label = |label: &str| format!("{label}{}", self.suffix());
        let [dprime, criterion, youden] = &self.signal;
        let mut evidence: Vec<Evidence> = [
            ("over_answer", "over-answer", Share, &self.over_answer),
            ("over_abstain", "over-abstain", Share, &self.over_abstain),
            ("dprime", "d′", Number(2), dprime),
            ("criterion", "criterion c", Number(2), criterion),
            ("youden", "Youden's J", Number(3), youden),
        ]
        .into_iter()
        .map(|(id, words, unit, estimate)| {
            Evidence::estimate(name(id), label(words), unit, estimate.clone())
        })
        .collect();
        evidence.extend(self.verdict.rows_needed.map(|rows| {
            let label = label("  rows that would likely settle it");
            Evidence::number(name("rows_needed"), label, Measure::Count, rows as f64)
        }));
        if !self.tasks.is_empty() {
            evidence.extend(self.of_tasks(&name, &label));
        }
        evidence.extend(self.of_costs(&name, &label));
        evidence
    }

    fn of_tasks(
        &self,
        name: &impl Fn(&str) -> String,
        label: &impl Fn(&str) -> String,
    ) -> Vec<Evidence> {
        use Measure::{Count, Number, Share};
        let sides = balanced(&self.tasks);
        let [answer, abstain] = [&sides.should_abstain, &sides.should_answer];
        let answered = SideCount {
            abstained: answer.answered,
            answered: answer.abstained,
        };
        let mut evidence = vec![
            Evidence::number(
                name("tasks"),
                label("tasks"),
                Count,
                self.tasks.len() as f64,
            ),
            Evidence::estimate(
                name("over_answer_macro"),
                label("  over-answer, mean of tasks"),
                Share,
                self.rate(&answered, "no should-abstain rows"),
            ),
            Evidence::estimate(
                name("over_abstain_macro"),
                label("  over-abstain, mean of tasks"),
                Share,
                self.rate(abstain, "no should-answer rows"),
            ),
        ];
        let pooled = pooled(&self.tasks, self.level);
        for (id, words, pooled) in pooled.iter().flat_map(|[dprime, criterion]| {
            [("dprime", "d′", dprime), ("criterion", "c", criterion)]
        }) {
            evidence.push(Evidence::estimate(
                name(&format!("{id}_pooled")),
                label(&format!("  {words}, random effects")),
                Number(2),
                over_tasks(pooled, self.level),
            ));
            evidence.push(Evidence::number(
                name(&format!("{id}_i_squared")),
                label("    I²"),
                Share,
                pooled.i_squared,
            ));
        }
        let flip = self
            .robustness
            .iter()
            .filter_map(|found| found.flip.as_ref());
        evidence.extend(flip.map(|flip| {
            let words = format!("  turns at this share of {}", flip.task);
            Evidence::number(name("mix_flip"), label(&words), Share, flip.at)
        }));
        evidence
    }

    fn of_costs(
        &self,
        name: &impl Fn(&str) -> String,
        label: &impl Fn(&str) -> String,
    ) -> Vec<Evidence> {
        let Some(neutral) = self.neutral else {
            return Vec::new();
        };
        let less = |value: Option<f64>| value.map(|value| value - neutral);
        let criterion = &self.signal[1];
        let lean = Estimate {
            value: less(criterion.value),
            low: less(criterion.low),
            high: less(criterion.high),
            ..criterion.clone()
        };
        vec![
            Evidence::number(
                name("neutral_criterion"),
                label("  c that costs least"),
                Measure::Number(2),
                neutral,
            ),
            Evidence::estimate(
                name("criterion_from_neutral"),
                label("  c beyond it"),
                Measure::Signed(2),
                lean,
            ),
        ]
    }

    fn rate(&self, side: &SideCount, reason: &'static str) -> Estimate {
        match side.rate() {
            Some(rate) => {
                let interval = Rates::Wilson.interval(rate, side.total(), self.level, "");
                Estimate::with_interval(rate, side.total().round() as u64, self.level, interval)
            }
            None => Estimate::undefined(0, reason),
        }
    }

    /// Its tasks one by one.
    pub(super) fn table(&self) -> Option<Table> {
        let rows = self.tasks.iter().map(|task| {
            let [decline, answer] = [&task.sides.should_abstain, &task.sides.should_answer];
            let signal = signal(&task.sides);
            let number = |value: Option<f64>| value.map(Figure::Number);
            let effect = |at: usize| {
                let effect = signal.as_ref()?.get(at)?;
                Some(Figure::Estimate(single(effect, self.level)))
            };
            Row {
                label: task.name.clone(),
                cells: vec![
                    number(decline.rate().map(|rate| 1.0 - rate)),
                    number(answer.rate()),
                    effect(0),
                    effect(1),
                ],
            }
        });
        (!self.tasks.is_empty()).then(|| Table {
            name: match self.kind {
                Kind::Epistemic => "tasks_epistemic",
                Kind::Safety => "tasks_safety",
                Kind::Unknown => "tasks",
            },
            of: match self.kind {
                Kind::Epistemic => "task E",
                Kind::Safety => "task S",
                Kind::Unknown => "task",
            },
            columns: vec![
                objective::Column::new("over-answer", Measure::Share),
                objective::Column::new("over-abstain", Measure::Share),
                objective::Column::new("d′", Measure::Number(2)),
                objective::Column::new("c", Measure::Number(2)),
            ],
            rows: rows.collect(),
        })
    }
}

/// d′ or c of one task, with the interval of its standard error.
fn single(effect: &Effect, level: f64) -> Estimate {
    let error = effect.variance.sqrt();
    let reach = quantile::normal(0.5 + level / 2.0);
    let interval = Interval::around(effect.value, error, reach, "normal".to_owned());
    Estimate::with_interval(effect.value, 1, level, interval)
}

fn over_tasks(pooled: &Pooled, level: f64) -> Estimate {
    let method = format!("random effects over {} tasks, Hartung-Knapp", pooled.strata);
    let interval = match pooled.bounds {
        Some(bounds) => Interval {
            bounds: Some(bounds),
            standard_error: Some(pooled.standard_error),
            method,
            reason: None,
        },
        None => Interval::missing(method, "one task"),
    };
    Estimate::with_interval(pooled.value, pooled.strata, level, interval)
}
