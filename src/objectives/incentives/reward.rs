//! The scheme behind a logged reward: what it pays for right answers, wrong ones and silence, and for confidence.

use crate::evidence::PanelRow;
use crate::inference::least_squares::{Line, MOST, Observed, fit};
use crate::objectives::section::Subject;
use crate::record::Field;
use crate::report::Estimate;
use crate::report::objective::{Evidence, Measure};

/// How far below that of silence the reward of wrong answers may reach, in what a right answer earns more than a wrong one,
/// for both to count as paid alike.
const ALIKE: f64 = 0.25;
/// Differences below this, in units of the largest reward, are rounding in the log.
const ROUNDING: f64 = 1e-6;
/// Figures below this, likewise, are rounding of the fit.
const NOTHING: f64 = 1e-12;

/// Why a line has no coefficients where it would pass through every cluster.
const FEW: &str = "rows, or the prompts they belong to, are too few to tell this apart";

/// What the rewards of a log pay.
pub(super) struct Reward {
    pub(super) right: Estimate,
    pub(super) wrong: Estimate,
    pub(super) silent: Estimate,
    /// What a wrong answer earns more than silence.
    pub(super) gap: Estimate,
    /// What a unit of squared error of the confidence adds, right or wrong apart.
    pub(super) square: Estimate,
    /// How the reward of wrong answers rises with confidence.
    pub(super) slope: Estimate,
    /// The largest reward, whatever its sign; 1 where all are 0.
    scale: f64,
    used: u64,
    skipped: u64,
}

/// What kind of scheme the rewards are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// A wrong answer earns no less than silence.
    Binary,
    /// It earns less: so many times what a right one earns more than silence.
    Penalised(f64),
    /// Confidence is scored.
    Scored,
    /// The rows do not tell.
    Open,
}

/// A row with a reward and an outcome.
struct Rewarded {
    row: Observed,
    /// Credit of an answer; none of silence.
    credit: Option<f64>,
    confidence: Option<f64>,
}

impl Reward {
    /// What the rewards of a panel pay; none where no row has one.
    pub(super) fn of(subject: &Subject<'_>) -> Option<Self> {
        let panel = subject.panel();
        if panel.seen_with(Field::Reward) == 0 {
            return None;
        }
        let level = subject.settings().level;
        let found = panel
            .iter()
            .map(|(row, count)| rewarded(subject, row, count));
        let mut rows: Vec<Rewarded> = found.flatten().collect();
        // In units of the largest, so that what is found hangs on no unit and no square is beyond a float.
        let sizes = rows.iter().map(|row| row.row.y.abs());
        let scale = Some(sizes.fold(0.0, f64::max)).filter(|most| *most > 0.0);
        let scale = scale.unwrap_or(1.0);
        for row in &mut rows {
            row.row.y /= scale;
        }
        let used: u64 = rows.iter().map(|row| row.row.count).sum();
        let paid = panel
            .iter()
            .filter(|(row, _)| row.number(Field::Reward).is_some());
        let paid: u64 = paid.map(|(_, count)| count).sum();
        let means = Model::of(&rows, 3, |row| Some(outcome(row)));
        let scored = Model::of(&rows, 4, |row| {
            let square = match (row.credit, row.confidence) {
                (Some(credit), Some(confidence)) => (confidence - credit).powi(2),
                (Some(_), None) => return None,
                (None, _) => 0.0,
            };
            let [right, wrong, silent, _] = outcome(row);
            Some([right, wrong, silent, square])
        });
        let wrong = Model::of(&rows, 2, |row| {
            let wrong = row.credit.is_some_and(|credit| credit < 0.5);
            Some([1.0, row.confidence.filter(|_| wrong)?, 0.0, 0.0])
        });
        let in_full = |estimate: Estimate| in_units(&estimate, scale);
        let mean = |weights: &[f64], absent| in_full(means.estimate(weights, level, absent));
        Some(Self {
            right: mean(&[1.0, 0.0, 0.0], "no right answer"),
            wrong: mean(&[0.0, 1.0, 0.0], "no wrong answer"),
            silent: mean(&[0.0, 0.0, 1.0], "nothing is declined"),
            gap: mean(&[0.0, 1.0, -1.0], "no wrong answer beside a declined row"),
            square: in_full(scored.estimate(
                &[0.0, 0.0, 0.0, 1.0],
                level,
                "confidences do not tell squared error from being wrong",
            )),
            slope: in_full(wrong.estimate(
                &[0.0, 1.0],
                level,
                "wrong answers do not differ in confidence",
            )),
            scale,
            used,
            skipped: paid - used,
        })
    }

    /// What kind of scheme it is. Where nothing is declined, silence is taken to earn 0.
    pub(super) fn shape(&self) -> Shape {
        let Some((right, wrong)) = self.right.value.zip(self.wrong.value) else {
            return Shape::Open;
        };
        let rounding = ROUNDING * self.scale;
        if reach(&self.square).is_some_and(|(_, high)| high < -rounding) {
            return Shape::Scored;
        }
        let (gap, silent) = match self.silent.value {
            Some(silent) => (&self.gap, silent),
            None => (&self.wrong, 0.0),
        };
        let Some((low, high)) = reach(gap) else {
            return Shape::Open;
        };
        if right - wrong <= rounding || right - silent <= rounding {
            Shape::Open
        } else if high < -rounding {
            Shape::Penalised((silent - wrong) / (right - silent))
        } else if low >= -ALIKE * (right - wrong) {
            Shape::Binary
        } else {
            Shape::Open
        }
    }

    /// Whether wrong answers are shown to earn no less than right ones.
    pub(super) fn is_upside_down(&self) -> bool {
        let ends = reach(&self.right).zip(reach(&self.wrong));
        ends.is_some_and(|((_, right), (wrong, _))| right <= wrong)
    }

    /// The figures.
    pub(super) fn evidence(self) -> Vec<Evidence> {
        use Measure::{Count, Signed};
        let figure = |name, label, estimate| Evidence::estimate(name, label, Signed(3), estimate);
        let mut evidence = vec![
            Evidence::number("reward_rows", "rows with a reward", Count, self.used as f64),
            Evidence::number(
                "reward_skipped",
                "  skipped, no outcome",
                Count,
                self.skipped as f64,
            ),
        ];
        evidence.extend([
            figure("reward_right", "  reward of right answers", self.right),
            figure("reward_wrong", "  of wrong answers", self.wrong),
            figure("reward_declined", "  of silence", self.silent),
            figure("reward_gap", "  wrong − silence", self.gap),
            figure("reward_square", "  by squared error", self.square),
            figure("reward_slope", "  by confidence, if wrong", self.slope),
        ]);
        evidence
    }
}

/// A figure found in units of so much.
fn in_units(estimate: &Estimate, unit: f64) -> Estimate {
    let in_full = |value: f64| match value.abs() <= NOTHING {
        true => 0.0,
        false => value * unit,
    };
    let finite = |value: Option<f64>| value.map(in_full).filter(|value| value.is_finite());
    match (estimate.value, finite(estimate.value)) {
        (Some(_), None) => Estimate::undefined(estimate.n, "no finite value"),
        (_, value) => Estimate {
            value,
            low: finite(estimate.low),
            high: finite(estimate.high),
            ..estimate.clone()
        },
    }
}

/// The ends of an interval; of a figure without any error, the figure.
fn reach(estimate: &Estimate) -> Option<(f64, f64)> {
    let value = estimate.value?;
    Some(estimate.interval().unwrap_or((value, value)))
}

/// A row of the panel that has a reward and was answered and graded, or declined.
fn rewarded(subject: &Subject<'_>, row: &PanelRow, count: u64) -> Option<Rewarded> {
    let reward = row.number(Field::Reward)?;
    let conduct = row.conduct()?;
    let declined = !subject.view.answered(&conduct);
    let credit = row.number(Field::Credit).filter(|_| !declined);
    (declined || credit.is_some()).then(|| Rewarded {
        row: Observed {
            cluster: row.cluster(),
            count,
            weight: row.weight(),
            x: [0.0; MOST],
            y: reward,
        },
        credit,
        confidence: row.number(Field::Confidence),
    })
}

/// Right, wrong, declined; part of the credit is part of either.
fn outcome(row: &Rewarded) -> [f64; MOST] {
    match row.credit {
        Some(credit) => [credit, 1.0 - credit, 0.0, 0.0],
        None => [0.0, 0.0, 1.0, 0.0],
    }
}

/// A line through rows, without the regressors that are 0 in all of them.
struct Model {
    line: Option<Line>,
    /// Which regressors are left.
    kept: Vec<bool>,
    /// Whether rows, or the prompts they belong to, are no more than the regressors.
    few: bool,
}

impl Model {
    /// The line through the rows for which there are regressors, so many of them.
    fn of(
        rows: &[Rewarded],
        width: usize,
        regressors: impl Fn(&Rewarded) -> Option<[f64; MOST]>,
    ) -> Self {
        let full = rows.iter().filter_map(|row| {
            let x = regressors(row)?;
            Some(Observed { x, ..row.row })
        });
        let mut full: Vec<Observed> = full.collect();
        let kept: Vec<bool> = (0..width)
            .map(|at| full.iter().any(|row| row.x[at] != 0.0))
            .collect();
        for row in &mut full {
            let mut left = row.x.into_iter().zip(&kept).filter(|(_, kept)| **kept);
            row.x = std::array::from_fn(|_| left.next().map_or(0.0, |(x, _)| x));
        }
        let mut named: Vec<u64> = full.iter().filter_map(|row| row.cluster).collect();
        named.sort_unstable();
        named.dedup();
        let width = kept.iter().filter(|kept| **kept).count();
        let alone = full.iter().filter(|row| row.cluster.is_none());
        let clusters = named.len() as u64 + alone.map(|row| row.count).sum::<u64>();
        Self {
            line: fit(&full, width),
            few: clusters <= width as u64,
            kept,
        }
    }

    fn estimate(&self, weights: &[f64], level: f64, absent: &str) -> Estimate {
        let there = |(at, weight): (usize, &f64)| {
            *weight == 0.0 || self.kept.get(at).copied().unwrap_or(false)
        };
        let all = weights.iter().enumerate().all(there);
        let Some(line) = self.line.as_ref().filter(|_| all) else {
            return Estimate::undefined(0, if all && self.few { FEW } else { absent });
        };
        let own = weights.iter().zip(&self.kept).filter(|(_, kept)| **kept);
        let own: Vec<f64> = own.map(|(weight, _)| *weight).collect();
        let interval = line.interval(&own, level);
        Estimate::with_interval(line.value(&own), line.rows, level, interval)
    }
}
