//! The figures of formats: the leading ones, those of each step, and a table of steps.

use super::shares::Format;
use super::{Found, MOST, Step};
use crate::objectives::section::step_name;
use crate::report::Estimate;
use crate::report::objective::{self, Evidence, Figure, Measure, Row, Table};

impl Found {
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        use Measure::{Number, Share};
        let mut evidence = self.rows.evidence();
        let winner = self.winner();
        let last = self.last();
        let first = self.first();
        evidence.extend([
            Evidence::estimate(
                "winner_share",
                "share of the winner",
                Share,
                self.share(last, winner),
            ),
            Evidence::estimate(
                "winner_share_first",
                "  at first",
                Share,
                self.share(first, winner),
            ),
            Evidence::estimate(
                "majority_share_first",
                "  of the leading format at first",
                Share,
                self.share(first, first.shares.winner()),
            ),
            Evidence::estimate(
                "effective_formats",
                "effective number of formats",
                Number(2),
                self.effective(last),
            ),
            Evidence::estimate(
                "effective_formats_first",
                "  at first",
                Number(2),
                self.effective(first),
            ),
        ]);
        let collapse = self.collapse().and_then(|at| self.steps.get(at));
        for (name, label, step) in [
            (
                "collapse_step",
                "step of the collapse",
                collapse.map(|step| step.step),
            ),
            (
                "fastest_step",
                "step up to which most moved",
                self.fastest(),
            ),
        ] {
            evidence.extend(step.map(|step| Evidence::number(name, label, Number(0), step)));
        }
        evidence.extend(self.accuracy());
        evidence.extend(self.steps.iter().flat_map(|step| self.of_step(step)));
        evidence
    }

    /// The winner against the others, and pass rates then and now.
    fn accuracy(&self) -> Vec<Evidence> {
        let estimate = |value: &crate::inference::clustered::Clustered, n| {
            Estimate::with_interval(value.value, n, self.level, value.interval(self.level))
        };
        let mut evidence = Vec::new();
        if let Some((step, advantage)) = self.advantage() {
            let estimate = estimate(&advantage.difference, advantage.rows).by(advantage.method());
            evidence.push(Evidence::estimate(
                "winner_advantage",
                format!("winner's lead in accuracy, step {}", step_name(step)),
                Measure::Signed(3),
                estimate,
            ));
        }
        if let Some(passes) = self.passes() {
            for (k, change) in [1, passes.k].into_iter().zip(&passes.changes) {
                evidence.push(Evidence::estimate(
                    format!("pass_at_{k}_change"),
                    format!("change of pass@{k}"),
                    Measure::Signed(3),
                    estimate(change, passes.prompts),
                ));
            }
        }
        evidence
    }

    /// Figures of a step, which the tables show: without a label.
    fn of_step(&self, step: &Step) -> Vec<Evidence> {
        let named =
            |what: String, estimate| Evidence::estimate(what, "", Measure::Number(4), estimate);
        let at = step_name(step.step);
        let mut evidence = vec![
            named(format!("entropy.{at}"), self.entropy(step)),
            named(format!("distance.{at}"), self.distance(step)),
        ];
        for (format, name) in self.shown() {
            let share = self.shown_share(step, format);
            // A name with a dot is quoted: step 0 and format 5.A are not step 0.5 and format A.
            let name = match name.contains('.') {
                true => format!("\"{name}\""),
                false => name.to_owned(),
            };
            evidence.push(named(format!("share.{at}.{name}"), share));
        }
        evidence
    }

    /// Formats with a column of their own, and the name of the rest.
    fn shown(&self) -> Vec<(Option<Format>, &str)> {
        let own = match self.names.len() > MOST {
            true => MOST - 1,
            false => self.names.len(),
        };
        let names = self.names.iter().take(own).enumerate();
        let taken = |name: &&&str| !self.names.iter().any(|own| own == **name);
        let rest = ["all others", "all others (rest)", "(the rest)"];
        let rest = rest.iter().find(taken).copied().unwrap_or_default();
        let rest = (own < self.names.len()).then_some((None, rest));
        names
            .map(|(format, name)| (Some(format), name.as_str()))
            .chain(rest)
            .collect()
    }

    fn shown_share(&self, step: &Step, format: Option<Format>) -> Estimate {
        match format {
            Some(format) => self.share(step, format),
            None => step.shares.share(|format| format >= MOST - 1, self.level),
        }
    }

    /// The entropy of as many formats as the log has, all alike.
    fn most(&self) -> f64 {
        (self.names.len() as f64).ln()
    }

    fn entropy(&self, step: &Step) -> Estimate {
        let entropy = step.shares.entropy();
        let interval = entropy.interval(self.level).within(0.0, self.most());
        Estimate::with_interval(entropy.value, step.shares.rows, self.level, interval)
    }

    fn effective(&self, step: &Step) -> Estimate {
        let entropy = step.shares.entropy();
        let interval = entropy
            .interval(self.level)
            .within(0.0, self.most())
            .map(f64::exp);
        Estimate::with_interval(entropy.value.exp(), step.shares.rows, self.level, interval)
    }

    fn distance(&self, step: &Step) -> Estimate {
        match &step.distance {
            Some(distance) => distance.estimate(step.shares.rows, self.level),
            None => Estimate::bare(0.0, step.shares.rows, "the base itself"),
        }
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        let shown = self.shown();
        let mut columns = vec![
            objective::Column::new("effective", Measure::Number(2)),
            objective::Column::new("distance", Measure::Number(3)),
            objective::Column::new("correct", Measure::Share),
        ];
        columns.extend(
            shown
                .iter()
                .map(|(_, name)| objective::Column::new(name, Measure::Share)),
        );
        let row = |step: &Step| {
            let shares = shown
                .iter()
                .map(|(format, _)| Some(self.shown_share(step, *format)));
            let figures = [
                Some(self.effective(step)),
                Some(self.distance(step)),
                step.correct(self.level),
            ];
            Row {
                label: step_name(step.step),
                cells: figures
                    .into_iter()
                    .chain(shares)
                    .map(|one| one.map(Figure::Estimate))
                    .collect(),
            }
        };
        vec![Table {
            name: "steps",
            of: "step",
            columns,
            rows: self.steps.iter().map(row).collect(),
        }]
    }
}
