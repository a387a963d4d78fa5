//! Whether training made a model answer in one format, which, and whether that was the best.

mod figures;
mod shares;
mod verdict;
mod winner;

use std::collections::BTreeMap;

use self::shares::{Answer, Distance, Format, Shares};
use self::winner::{Advantage, Graded, Passes};
use super::rows::Rows;
use super::section::{About, Column, Need, Section, Subject};
use crate::evidence::PanelRow;
use crate::inference::clustered::Clustered;
use crate::record::{Class, Field};
use crate::report::{Estimate, Objective};

/// The audit of formats.
pub struct Formats;

/// From this share on a format has taken over.
const TAKEN: f64 = 0.9;
/// Formats that have a column of their own; the rarest share one.
const MOST: usize = 12;
/// Replicates of a permutation, at most.
const REPLICATES: u32 = 499;

const FORMAT: Column = Column::panel("format", Field::Format);
const MODEL_SIZE: Column = Column::panel("model_size", Field::ModelSize);

impl Section for Formats {
    fn name(&self) -> &'static str {
        "formats"
    }

    fn about(&self) -> About {
        About {
            title: "Formats: whether answers collapse onto one",
            claim: "Reinforcement learning makes one format of the pretraining mixture take over within the first epoch: usually, not always, the most accurate one; which one depends on scale.",
            formula: "Shares by step; entropy H by Miller and Madow, in nats, at most that of as many formats as were seen alike, and the effective number e^H; Jensen-Shannon divergence from the first step in bits, less its mean under no difference. The winner is the format used most at the last step. Collapse step: the first at which the lower end of its share is 0.9 or more. Its lead at the step before: Mantel-Haenszel difference of shares correct, stratified by prompt where 20 prompts have both, else by task. pass@k: 1 - C(n - c, k) / C(n, k) by prompt, k what nine in ten prompts have at both ends.",
            test: "Intervals by prompt (cluster-robust; shares by Wilson at the rows they are worth). The null of the divergence: rows dealt anew to the two steps within each prompt, and whole prompts that stand at one step only, up to 499 times.",
            verdicts: "collapse: the effective number is below half of that at the first step, beyond its interval, and the winner has 0.9 of the answers or more; a failure where it was less accurate than the others, beyond its interval. narrowing: pass@1 rose and pass@k fell, both beyond their intervals. stable: the effective number is not below half, beyond its interval. Else none, as with fewer than 10 answers, or prompts, at either end.",
            advice: "a looser penalty on the KL makes a collapse stronger: tighten it, or keep rows of the other formats in the training set",
            pitfalls: "Without a column format, responses are put into twelve classes by their marks, which may not be those that matter. The first step of the log serves as the base. The winner before the collapse is chosen knowing that it won. Few answers are left in the other formats just before a collapse, so that its lead is known badly. Whether the winner depends on scale takes models of several sizes (model_size). Epochs serve as steps with --map step=epoch. Row weights do not enter pass@k.",
            source: "Zhao et al. (2025), Echo Chamber, arXiv 2504.07912; Mantel and Haenszel (1959); Miller (1955); Chen et al. (2021), arXiv 2107.03374",
        }
    }

    fn needs(&self) -> &'static [Need] {
        &[&[Column::STEP], &[FORMAT, Column::RESPONSE]]
    }

    fn helps(&self) -> &'static [Column] {
        &[Column::CORRECT, MODEL_SIZE]
    }

    fn claims(&self) -> &'static [&'static str] {
        &["collapse", "narrowing", "stable"]
    }

    fn audit(&self, subject: &Subject<'_>) -> Option<Objective> {
        let found = Found::of(subject)?;
        let (verdict, level, sentence) = found.verdict();
        Some(Objective {
            verdict,
            level,
            sentence: format!("{sentence}{}", subject.sampled()),
            advice: (verdict == Some("collapse")).then(|| {
                "tighten the penalty on the KL, or keep rows of the other formats in the training set".to_owned()
            }),
            evidence: found.evidence(),
            tables: found.tables(),
            missing: subject.missing(self.helps()),
        })
    }
}

/// The formats of one step.
struct Step {
    step: f64,
    shares: Shares,
    /// From the first step; `None` of itself.
    distance: Option<Distance>,
    graded: Vec<Graded>,
    /// The winner among models of each size, by the bits of the size.
    sizes: BTreeMap<u64, Format>,
}

/// All that is found.
struct Found {
    /// Of every format, the most frequent first.
    names: Vec<String>,
    steps: Vec<Step>,
    rows: Rows,
    level: f64,
}

/// Rows of a step with the number of their format.
type Numbered<'r> = Vec<(&'r PanelRow, u64, Format)>;

impl Found {
    fn of(subject: &Subject<'_>) -> Option<Self> {
        let panel = subject.panel();
        let field = match panel.seen_with(Field::Format) > 0 {
            true => Field::Format,
            false => Field::Class,
        };
        let (numbers, names) = known(subject, field);
        let mut by_step: BTreeMap<u64, Numbered<'_>> = BTreeMap::new();
        for (row, times) in panel.iter() {
            let format = row.code(field).and_then(|code| numbers.get(&code));
            if let Some((step, format)) = row.code(Field::Step).zip(format) {
                by_step.entry(step).or_default().push((row, times, *format));
            }
        }
        let of_step = |(step, rows): (u64, Numbered<'_>)| Step::of(f64::from_bits(step), &rows);
        let mut steps: Vec<Step> = by_step.into_iter().filter_map(of_step).collect();
        steps.sort_by(|a, b| a.step.total_cmp(&b.step));
        let replicates = subject.replicates().min(REPLICATES);
        let seed = subject.settings().seed;
        let (first, rest) = steps.split_first_mut()?;
        for step in rest {
            let distance = Distance::of(&first.shares, &step.shares, replicates, seed);
            step.distance = Some(distance);
        }
        let reasons = [("no_step", "no step"), ("no_format", "no format")];
        let rows = Rows::of(subject, &reasons, |row| {
            match (row.code(Field::Step), row.code(field)) {
                (None, _) => Some(0),
                (Some(_), None) => Some(1),
                _ => None,
            }
        });
        Some(Self {
            names,
            steps,
            rows,
            level: subject.settings().level,
        })
    }

    fn first(&self) -> &Step {
        &self.steps[0]
    }

    fn last(&self) -> &Step {
        &self.steps[self.steps.len() - 1]
    }

    /// The format used most at the last step.
    fn winner(&self) -> Format {
        self.last().shares.winner()
    }

    fn name(&self, format: Format) -> &str {
        self.names.get(format).map_or("", String::as_str)
    }

    fn share(&self, step: &Step, format: Format) -> Estimate {
        step.shares.share(|other| other == format, self.level)
    }

    /// The change of entropy from the first step to the last.
    fn change(&self) -> Clustered {
        let entropy = |step: &Step| step.shares.entropy();
        entropy(self.last()).less(&entropy(self.first()))
    }

    /// The first step at which the winner has taken over, by its place.
    fn collapse(&self) -> Option<usize> {
        let winner = self.winner();
        let low = |step: &Step| self.share(step, winner).low;
        self.steps
            .iter()
            .position(|step| low(step).is_some_and(|low| low >= TAKEN))
    }

    /// The winner against the others at the step before it took over; at the last step where it did not.
    fn advantage(&self) -> Option<(f64, Advantage)> {
        let before = match self.collapse() {
            Some(at) => at.checked_sub(1)?,
            None => self.steps.len() - 1,
        };
        let step = self.steps.get(before)?;
        let found = Advantage::of(&step.graded, self.winner())?;
        Some((step.step, found))
    }

    fn passes(&self) -> Option<Passes> {
        (self.steps.len() > 1)
            .then(|| Passes::of(&self.first().graded, &self.last().graded))
            .flatten()
    }

    /// The step up to which the formats moved most.
    fn fastest(&self) -> Option<f64> {
        let distance = |step: &Step| step.distance.as_ref().map_or(0.0, |one| one.value.value);
        let moves = self.steps.windows(2).map(|two| {
            let by = distance(&two[1]) - distance(&two[0]);
            (two[1].step, by.abs())
        });
        // The first of equals.
        let most = moves.reduce(|most, next| if next.1 > most.1 { next } else { most });
        most.map(|(step, _)| step)
    }
}

/// The formats of a panel in order of how often they are used: their codes by number, and their names.
fn known(subject: &Subject<'_>, field: Field) -> (BTreeMap<u64, Format>, Vec<String>) {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for (row, count) in subject.panel().iter() {
        if let (Some(code), Some(_)) = (row.code(field), row.number(Field::Step)) {
            *counts.entry(code).or_default() += count;
        }
    }
    let class = |code| {
        Class::of_code(code)
            .map_or("unknown", Class::name)
            .to_owned()
    };
    let name = |code: u64| match field {
        Field::Format => subject.name(code),
        _ => class(code),
    };
    let mut order: Vec<(u64, u64, String)> = counts
        .into_iter()
        .map(|(code, count)| (code, count, name(code)))
        .collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
    let numbers = order.iter().enumerate().map(|(at, one)| (one.0, at));
    (
        numbers.collect(),
        order.into_iter().map(|(_, _, name)| name).collect(),
    )
}

impl Step {
    fn of(step: f64, rows: &Numbered<'_>) -> Option<Self> {
        let answer =
            |(row, times, format): &(&PanelRow, u64, Format)| Answer::of((row, *times), *format);
        let graded =
            |(row, times, format): &(&PanelRow, u64, Format)| Graded::of((row, *times), *format);
        let mut sizes: BTreeMap<u64, Vec<Answer>> = BTreeMap::new();
        for one in rows {
            if let Some(size) = one.0.code(Field::ModelSize) {
                sizes.entry(size).or_default().push(answer(one));
            }
        }
        let winner = |(size, answers)| Some((size, Shares::of(answers)?.winner()));
        Some(Self {
            step,
            shares: Shares::of(rows.iter().map(answer).collect())?,
            distance: None,
            graded: rows.iter().filter_map(graded).collect(),
            sizes: sizes.into_iter().filter_map(winner).collect(),
        })
    }

    /// The share of graded answers that are right.
    fn correct(&self, level: f64) -> Option<Estimate> {
        let credit = |one: &Graded| (one.unit, one.credit);
        let mean: Clustered = Clustered::mean(self.graded.iter().map(credit))?;
        let rows = self.graded.iter().map(|one| one.times).sum();
        Some(Estimate::with_interval(
            mean.value,
            rows,
            level,
            mean.interval(level).within(0.0, 1.0),
        ))
    }
}
