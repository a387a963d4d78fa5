//! The figures of drift: the leading ones, and tables of steps and tasks.

use super::course::Step;
use super::{Found, Retention};
use crate::inference::clustered::Clustered;
use crate::objectives::section::step_name;
use crate::record::Field;
use crate::report::Estimate;
use crate::report::objective::{Column, Evidence, Figure, Measure, Row, Table};

impl Found {
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        use Measure::{Number, Share, Signed};
        let last = &self.last;
        let by = last.estimator();
        let estimator = |mean: &Clustered| {
            let estimate = self.divergence(mean);
            let method = estimate.method.clone().unwrap_or_default();
            estimate.by(format!("{by}, {method}"))
        };
        let per_token = match &last.kl.token {
            Some(token) => estimator(token),
            None => Estimate::undefined(last.rows, "tokens are not counted"),
        };
        let figure = |name: &str, label: &str, unit, estimate| {
            Evidence::estimate(name, label, unit, estimate)
        };
        let mut evidence = self.rows.evidence();
        evidence.extend([
            figure(
                "kl_per_token",
                "KL(policy || base), nats a token",
                Number(4),
                per_token,
            ),
            figure(
                "kl_per_sequence",
                "  nats a sequence",
                Number(3),
                estimator(&last.kl.sequence),
            ),
            figure(
                "k1_per_sequence",
                "  by k1 alone",
                Number(3),
                self.divergence(&last.k1.sequence),
            ),
        ]);
        let excess = last.excess.as_ref().map(|excess| self.estimate(excess));
        evidence.extend(excess.map(|it| figure("k3_less_k1", "  k3 − k1", Signed(3), it)));
        evidence.extend([
            figure(
                "effective_share",
                "effective share of the rows",
                Share,
                Estimate::bare(last.effective, last.rows, "of these rows"),
            ),
            figure(
                "mean_ratio",
                "mean ratio base / policy",
                Number(3),
                self.divergence(&last.ratio),
            ),
        ]);
        evidence.extend(self.success());
        evidence
    }

    /// How success moves with the steps and with the divergence.
    fn success(&self) -> Vec<Evidence> {
        let course = self.course.as_ref();
        let price = self.price.as_ref();
        let slopes = [
            (
                "success_per_step",
                "success, each step",
                4,
                course.and_then(|course| course.slope(0)),
            ),
            (
                "credit_per_nat",
                "correct, each nat a sequence",
                3,
                price.map(|price| price.linear.clone()),
            ),
            (
                "credit_per_square_nat",
                "  its square",
                3,
                price.and_then(|price| price.quadratic.clone()),
            ),
        ];
        let slopes = slopes
            .into_iter()
            .filter_map(|(name, label, digits, slope)| {
                let estimate = self.estimate(&slope?);
                Some(Evidence::estimate(
                    name,
                    label,
                    Measure::Signed(digits),
                    estimate,
                ))
            });
        let worst = course.map(|_| {
            Evidence::estimate(
                "worst_task",
                "worst change of a task",
                Measure::Signed(3),
                self.retention.worst(),
            )
        });
        slopes.chain(worst).collect()
    }

    /// Of what is never below 0, unless the rows are not this policy's.
    pub(super) fn divergence(&self, mean: &Clustered) -> Estimate {
        self.estimate(mean).within(0.0, f64::INFINITY)
    }

    fn estimate(&self, mean: &Clustered) -> Estimate {
        let interval = mean.interval(self.level);
        Estimate::with_interval(mean.value, mean.clusters(), self.level, interval)
    }

    pub(super) fn tables(&self, steps: &[Step<'_>]) -> Vec<Table> {
        let by_step = (steps.len() > 1).then(|| self.by_step(steps));
        let by_task = Retention::table(&self.retention);
        by_step.into_iter().chain(by_task).collect()
    }

    /// Divergence and success by step.
    fn by_step(&self, steps: &[Step<'_>]) -> Table {
        let figure = |mean: &Clustered| Some(Figure::Estimate(self.estimate(mean)));
        let divergence = |mean: &Clustered| Some(Figure::Estimate(self.divergence(mean)));
        let row = |step: &Step<'_>| {
            let kl = step.divergence().map(|divergence| divergence.kl);
            let share = |mean: &Clustered| self.estimate(mean).within(0.0, 1.0);
            let correct = step.mean(Field::Credit).as_ref().map(share);
            Row {
                label: step.at.map_or_else(|| "none".to_owned(), step_name),
                cells: vec![
                    kl.as_ref().and_then(|kl| divergence(kl.token.as_ref()?)),
                    kl.as_ref().and_then(|kl| divergence(&kl.sequence)),
                    correct.map(Figure::Estimate),
                    step.mean(Field::Reward).as_ref().and_then(figure),
                ],
            }
        };
        Table {
            name: "steps",
            of: "step",
            columns: vec![
                Column::new("KL a token", Measure::Number(4)),
                Column::new("KL a sequence", Measure::Number(3)),
                Column::new("correct", Measure::Share),
                Column::new("reward", Measure::Number(3)),
            ],
            rows: steps.iter().map(row).collect(),
        }
    }
}
