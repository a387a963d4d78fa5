//! Whether a model declines what it would get wrong, from answers that were forced where it declined.

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};

use crate::inference::Interval;
use crate::maths::bivariate::tetrachoric;
use crate::maths::sums::sum;
use crate::maths::{quantile, tails};
use crate::report::Estimate;

/// A row with a forced answer.
#[derive(Clone, Copy, Debug)]
pub struct Forced {
    /// What belongs together; none where the row is a cluster of its own.
    pub cluster: Option<u64>,
    /// Whether it was declined.
    pub declined: bool,
    /// 1 − credit of the forced answer.
    pub wrong: f64,
    /// Its weight.
    pub weight: f64,
}

/// What forced answers say.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Latent correlation of declining with being wrong.
    pub tetrachoric: Estimate,
    /// (6/π) asin(ρ/2): Spearman's correlation of the latent variables.
    pub index: Estimate,
    /// Share that would be wrong of what it declines.
    pub precision: Estimate,
    /// Share that would be wrong of everything.
    pub base_error: Estimate,
    /// Share declined of what it would get right.
    pub over_abstain: Estimate,
    /// The chance of a table at least as uneven if it declined at random.
    pub p_value: Option<f64>,
    /// How that was found.
    pub test: &'static str,
}

/// Four weights: declined and wrong, declined, wrong, all.
#[derive(Clone, Copy, Debug, Default)]
struct Table {
    both: f64,
    declined: f64,
    wrong: f64,
    all: f64,
}

impl Table {
    fn of(row: &Forced) -> Self {
        let declined = f64::from(u8::from(row.declined));
        Self {
            both: row.weight * declined * row.wrong,
            declined: row.weight * declined,
            wrong: row.weight * row.wrong,
            all: row.weight,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            both: self.both + other.both,
            declined: self.declined + other.declined,
            wrong: self.wrong + other.wrong,
            all: self.all + other.all,
        }
    }
}

impl Refusal {
    /// From rows; `None` without any.
    #[must_use]
    pub fn of(rows: &[Forced], level: f64) -> Option<Self> {
        let mut clusters: BTreeMap<u64, Table> = BTreeMap::new();
        let mut tables = Vec::new();
        for row in rows {
            let own = Table::of(row);
            match row.cluster {
                Some(cluster) => {
                    let cluster = clusters.entry(cluster).or_default();
                    *cluster = cluster.plus(own);
                }
                None => tables.push(own),
            }
        }
        tables.extend(clusters.into_values());
        let whole = tables
            .iter()
            .fold(Table::default(), |sum, one| sum.plus(*one));
        let rows = Rows {
            count: rows.len() as u64,
            plain: tables.len() == rows.len() && rows.iter().all(is_plain),
            tables,
            whole,
            level,
        };
        (whole.all > 0.0).then(|| rows.judge())
    }
}

fn is_plain(row: &Forced) -> bool {
    row.weight == 1.0 && (row.wrong == 0.0 || row.wrong == 1.0)
}

struct Rows {
    count: u64,
    /// Whether rows are independent, unweighted, and right or wrong.
    plain: bool,
    tables: Vec<Table>,
    whole: Table,
    level: f64,
}

impl Rows {
    fn judge(&self) -> Refusal {
        let rho = self.rho();
        let index = |rho: f64| 6.0 / PI * (rho / 2.0).asin();
        let (p_value, test) = self.chance();
        Refusal {
            index: mapped(&rho, index),
            tetrachoric: rho,
            precision: self.share(|t| t.both, |t| t.declined, "abstains on no row"),
            base_error: self.share(|t| t.wrong, |t| t.all, "no rows"),
            over_abstain: self.share(
                |t| t.declined - t.both,
                |t| t.all - t.wrong,
                "no forced answer is right",
            ),
            p_value,
            test,
        }
    }

    /// The latent correlation, by its influences: with L the chance of both beyond their thresholds,
    /// dρ = (dL − P(wrong | at the threshold of declining) d p₁ − P(declined | at that of wrong) d p₂) / φ₂.
    fn rho(&self) -> Estimate {
        const METHOD: &str = "influences, Fisher's z";
        let Table {
            both,
            declined,
            wrong,
            all,
        } = self.whole;
        let [p11, p1, p2] = [both, declined, wrong].map(|part| part / all);
        let Some(rho) = tetrachoric(p11, p1, p2) else {
            let reason = match (p1, p2) {
                (p1, _) if p1 <= 0.0 => "abstains on no row",
                (p1, _) if p1 >= 1.0 => "abstains on every row",
                _ => "every forced answer is right, or every one wrong",
            };
            return Estimate::undefined(self.count, reason);
        };
        let (h, k) = (quantile::normal(1.0 - p1), quantile::normal(1.0 - p2));
        let rest = (1.0 - rho * rho).sqrt();
        let density =
            (-(h * h + k * k - 2.0 * rho * h * k) / (2.0 * rest * rest)).exp() / (TAU * rest);
        let wrong_at = tails::normal((k - rho * h) / rest);
        let declined_at = tails::normal((h - rho * k) / rest);
        let influence = |t: &Table| {
            let [both, declined, wrong] = [(t.both, p11), (t.declined, p1), (t.wrong, p2)]
                .map(|(part, share)| (part - share * t.all) / all);
            (both - wrong_at * declined - declined_at * wrong) / density
        };
        let error = self.error(influence);
        let bounds = error.filter(|error| error.is_finite()).map(|error| {
            let reach = quantile::normal(0.5 + self.level / 2.0) * error / (rest * rest);
            ((rho.atanh() - reach).tanh(), (rho.atanh() + reach).tanh())
        });
        let interval = match bounds {
            Some(bounds) => Interval {
                bounds: Some(bounds),
                method: METHOD.to_owned(),
                ..Interval::default()
            },
            None => Interval::missing(METHOD, "a cell of the table is empty"),
        };
        Estimate::with_interval(rho, self.count, self.level, interval)
    }

    /// The cluster-robust error of a sum of influences; none from one cluster.
    fn error(&self, influence: impl Fn(&Table) -> f64) -> Option<f64> {
        let count = self.tables.len() as f64;
        let squares = sum(self.tables.iter().map(|table| influence(table).powi(2)));
        (count > 1.0).then(|| (squares * count / (count - 1.0)).sqrt())
    }

    /// A share with Wilson's interval, at as many rows as it is known from.
    fn share(
        &self,
        part: impl Fn(&Table) -> f64,
        of: impl Fn(&Table) -> f64,
        reason: &'static str,
    ) -> Estimate {
        let whole = of(&self.whole);
        if whole <= 0.0 {
            return Estimate::undefined(self.count, reason);
        }
        let value = part(&self.whole) / whole;
        let error = self.error(|t| (part(t) - value * of(t)) / whole);
        let there = self.tables.iter().filter(|table| of(table) > 0.0).count() as f64;
        let known = match error.filter(|error| *error > 0.0 && value > 0.0 && value < 1.0) {
            // Rows right or wrong have this error but for the degree of freedom.
            Some(_) if self.plain => whole,
            Some(error) => (value * (1.0 - value) / (error * error)).min(whole),
            None => there,
        };
        let interval =
            crate::inference::sample::Rates::Wilson.interval(value, known, self.level, "");
        Estimate::with_interval(value, there as u64, self.level, interval)
    }

    /// Fisher's exact test of declining against being wrong; where rows are not independent, their covariance against
    /// its cluster-robust error.
    fn chance(&self) -> (Option<f64>, &'static str) {
        let Table {
            both,
            declined,
            wrong,
            all,
        } = self.whole;
        if self.plain {
            let cells = [
                both,
                declined - both,
                wrong - both,
                all - declined - wrong + both,
            ];
            return (tails::fisher(cells.map(|cell| cell as u64)), "Fisher");
        }
        let [p11, p1, p2] = [both, declined, wrong].map(|part| part / all);
        let covariance = p11 - p1 * p2;
        let error = self.error(|t| {
            let own = t.both - p2 * t.declined - p1 * t.wrong + p1 * p2 * t.all;
            (own - covariance * t.all) / all
        });
        let z = error
            .filter(|error| *error > 0.0)
            .map(|error| covariance / error);
        (z.map(tails::two_sided), "cluster-robust z")
    }
}

/// An estimate under a rising function.
fn mapped(estimate: &Estimate, of: impl Fn(f64) -> f64) -> Estimate {
    Estimate {
        value: estimate.value.map(&of),
        low: estimate.low.map(&of),
        high: estimate.high.map(&of),
        ..estimate.clone()
    }
}
