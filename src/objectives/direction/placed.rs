//! One kind of prompt on the map, with its tasks and costs.

use super::cell::Cell;
use super::tasks::{Robustness, Task, balanced, pooled, robustness, signal};
use super::verdict;
use crate::inference::Interval;
use crate::inference::posterior::SideCount;
use crate::inference::random_effects::{Effect, Pooled};
use crate::inference::sample::Rates;
use crate::maths::quantile;
use crate::metrics::{Map, leaning, sensitivity as apart};
use crate::objectives::section::{Costs, Subject};
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
    neutral: Option<Neutral>,
    level: f64,
}

/// The place of a map; `None` where it has no labelled rows.
pub(super) fn placed(subject: &Subject<'_>, map: &Map, kind: Kind) -> Option<Placed> {
    let view = subject.view;
    let level = subject.settings().level;
    let tasks = named_tasks(subject, map);
    let signal = [map.dprime(view), map.criterion(view), map.youden(view)];
    let neutral = costs(subject).and_then(|costs| neutral(map, costs, signal[0].value?));
    let manner = Manner::of(map.should_abstain, map.should_answer, &signal[0]);
    (map.rows() > 0).then(|| Placed {
        kind,
        verdict: verdict(map, level, subject.settings().seed),
        manner,
        over_answer: map.over_answer(view),
        over_abstain: map.over_abstain(view),
        robustness: robustness(&tasks, level),
        tasks,
        neutral: neutral.map(|neutral| Neutral::of(map, &signal, neutral, level)),
        signal,
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

/// Costs of a wrong answer and of declining: those of flags, else the means of what rows say.
fn costs(subject: &Subject<'_>) -> Option<Costs> {
    if subject.costs.is_some() {
        return subject.costs;
    }
    let mean = |field: Field| {
        let rows = subject.panel().iter().filter_map(|(row, count)| {
            let weight = row.weight() * count as f64;
            Some((weight, weight * row.number(field)?))
        });
        let (weight, cost) = rows.fold((0.0, 0.0), |(a, b), (weight, cost)| (a + weight, b + cost));
        (weight > 0.0).then(|| cost / weight)
    };
    Some(Costs {
        wrong: mean(Field::CostWrong)?,
        abstain: mean(Field::CostAbstain).unwrap_or(0.0),
    })
}

/// Answering what should be declined costs w − k more than declining it; declining what should be answered costs 1 + k
/// more than answering it.
fn neutral(map: &Map, costs: Costs, dprime: f64) -> Option<f64> {
    let (decline, answer) = (
        map.sides.should_abstain.total(),
        map.sides.should_answer.total(),
    );
    let ratio = answer * (1.0 + costs.abstain) / (decline * (costs.wrong - costs.abstain));
    let neutral = ratio.ln() / dprime;
    neutral.is_finite().then_some(neutral)
}

/// The criterion that costs least, and how far c lies beyond it.
struct Neutral {
    value: Estimate,
    beyond: Estimate,
}

impl Neutral {
    /// With the error of d′, by which it is divided; undefined where d′ is not told from 0.
    fn of(map: &Map, [sensitivity, c, _]: &[Estimate; 3], neutral: f64, level: f64) -> Self {
        let n = map.rows();
        if neutral == 0.0 {
            // Even costs: whatever d′ is.
            return Self {
                value: Estimate::bare(0.0, n, "the same for any d′"),
                beyond: c.clone(),
            };
        }
        let ends = sensitivity.interval();
        let told = ends.filter(|(low, high)| *low > 0.0 || *high < 0.0);
        let (Some(d), Some(draws), Some(_)) = (sensitivity.value, &map.draws, told) else {
            let missing =
                || Estimate::undefined(n, "d′, by which it is divided, is not told from 0");
            return Self {
                value: missing(),
                beyond: missing(),
            };
        };
        let odds = neutral * d;
        let beyond = |h: f64, f: f64| match apart(h, f) {
            drawn if drawn * d > 0.0 => leaning(h, f) - odds / drawn,
            // Beyond 0 it goes on from where it left.
            _ => -f64::INFINITY.copysign(neutral),
        };
        let interval = Interval {
            bounds: draws.signal_interval(level, beyond),
            method: draws.method.clone(),
            ..Interval::default()
        };
        let value = c.value.unwrap_or(f64::NAN) - neutral;
        Self {
            value: Estimate::bare(neutral, n, "of these rows"),
            beyond: Estimate::with_interval(value, n, level, interval),
        }
    }
}

impl Placed {
    /// What is said of it.
    pub(super) fn cell(&self) -> Cell<'_> {
        let rates = [&self.over_answer, &self.over_abstain];
        Cell::new(self.kind, self.manner, &self.verdict, rates)
    }

    /// The verdict in words.
    pub(super) fn words(&self) -> String {
        let direction = match self.verdict.direction {
            Some(word) => super::in_words(word),
            None => return "no place on the map, one side has no rows".to_owned(),
        };
        match self.verdict.skill {
            Some("none") => {
                let direction = self.manner.instead(self.verdict.skill).unwrap_or(direction);
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
        use Measure::{Count, Share};
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
        evidence.extend(self.over_tasks(name, label));
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

    /// d′ and c over tasks; what all rows leave undefined, half a prompt added to each task does not define.
    fn over_tasks(
        &self,
        name: &impl Fn(&str) -> String,
        label: &impl Fn(&str) -> String,
    ) -> Vec<Evidence> {
        let undefined = match (self.signal[0].value, &self.signal[0].reason) {
            (None, reason) => Some(reason.clone().unwrap_or_default()),
            _ => None,
        };
        let figures = |(id, words, pooled): (&str, &str, &Pooled)| {
            let (value, share) = match &undefined {
                Some(reason) => (Estimate::undefined(pooled.strata, reason.clone()), None),
                None => (over_tasks(pooled, self.level), Some(pooled.i_squared)),
            };
            let value = Evidence::estimate(
                name(&format!("{id}_pooled")),
                label(&format!("  {words}, random effects")),
                Measure::Number(2),
                value,
            );
            let share = share.map(|share| {
                let id = name(&format!("{id}_i_squared"));
                Evidence::number(id, label("    I²"), Measure::Share, share)
            });
            std::iter::once(value).chain(share)
        };
        let pooled = pooled(&self.tasks, self.level);
        let both = pooled.iter().flat_map(|[dprime, criterion]| {
            [("dprime", "d′", dprime), ("criterion", "c", criterion)]
        });
        both.flat_map(figures).collect()
    }

    fn of_costs(
        &self,
        name: &impl Fn(&str) -> String,
        label: &impl Fn(&str) -> String,
    ) -> Vec<Evidence> {
        let Some(Neutral { value, beyond }) = &self.neutral else {
            return Vec::new();
        };
        let (id, words) = (name("neutral_criterion"), label("  c that costs least"));
        vec![
            match value.value {
                Some(neutral) => Evidence::number(id, words, Measure::Number(2), neutral),
                None => Evidence::estimate(id, words, Measure::Number(2), value.clone()),
            },
            Evidence::estimate(
                name("criterion_from_neutral"),
                label("  c beyond it"),
                Measure::Signed(2),
                beyond.clone(),
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
