//! Net benefit over thresholds: what answering above a threshold t is worth to someone for whom a wrong answer costs
//! t / (1 − t) right ones.

use crate::objectives::answers::{Answer, Answers};
use crate::report::Estimate;
use crate::report::objective::{Column, Figure, Measure, Row, Table};

/// Steps of the threshold, in hundredths.
const GRID: std::ops::RangeInclusive<u32> = 1..=19;

/// Net benefit at one threshold.
struct Point {
    threshold: f64,
    stated: Estimate,
    calibrated: Estimate,
    all: Estimate,
    /// Whether answering above it is shown to beat both answering all and none; by stated, and by recalibrated confidence.
    beats: [bool; 2],
}

/// Net benefit over thresholds.
pub(super) struct Curve {
    points: Vec<Point>,
}

impl Curve {
    pub(super) fn of(answers: &Answers) -> Self {
        let point = |step: u32| Point::of(answers, f64::from(step) / 20.0);
        Self {
            points: GRID.map(point).collect(),
        }
    }

    /// The first and the last threshold at which stated (0) or recalibrated confidence (1) is shown to beat answering all and
    /// answering none.
    pub(super) fn beats(&self, which: usize) -> Option<(f64, f64)> {
        let beaten = || self.points.iter().filter(|point| point.beats[which]);
        beaten()
            .next()
            .map(|point| point.threshold)
            .zip(beaten().next_back().map(|point| point.threshold))
    }

    pub(super) fn table(self) -> Table {
        let column = |title: &str| Column::new(title, Measure::Signed(3));
        let rows = self.points.into_iter().map(|point| Row {
            label: format!("{:.2}", point.threshold),
            cells: [point.stated, point.calibrated, point.all]
                .map(|estimate| Some(Figure::Estimate(estimate)))
                .to_vec(),
        });
        Table {
            name: "net_benefit",
            of: "threshold",
            columns: vec![
                column("by stated"),
                column("by recalibrated"),
                column("answer all"),
            ],
            rows: rows.collect(),
        }
    }
}

impl Point {
    fn of(answers: &Answers, threshold: f64) -> Self {
        let wrong = -threshold / (1.0 - threshold);
        let above = |p: f64| p > threshold;
        let benefit = |answered: &dyn Fn(&Answer) -> bool| {
            answers.mean(
                |row| (!row.silent && answered(row)).then_some([wrong, 1.0]),
                0.0,
            )
        };
        // More than answering all: what is declined would have earned less than nothing.
        let more = |answered: &dyn Fn(&Answer) -> bool| {
            answers.mean(
                |row| (!row.silent && !answered(row)).then_some([-wrong, -1.0]),
                0.0,
            )
        };
        let shown = |estimate: &Estimate| estimate.low.is_some_and(|low| low > 0.0);
        let by = |p: fn(&Answer) -> f64| {
            let own = benefit(&|row| above(p(row)));
            let beats = shown(&own) && shown(&more(&|row| above(p(row))));
            (own, beats)
        };
        let (stated, stated_beats) = by(|row| row.stated);
        let (calibrated, calibrated_beats) = by(|row| row.calibrated);
        Self {
            threshold,
            stated,
            calibrated,
            all: benefit(&|_| true),
            beats: [stated_beats, calibrated_beats],
        }
    }
}
