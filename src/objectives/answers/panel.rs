//! Answers whose rows say each by itself what they cost, and what was declined with what it would have been.

use std::collections::BTreeMap;

use super::{Answer, Answers, FEW, FEWEST, Weights};
use crate::evidence::{Items, PanelRow, Totals};
use crate::objectives::section::{Costs, Subject};
use crate::recalibrate::crossfit::Dealer;
use crate::record::Field;

/// Why a row of the panel is none of these, by its place among [`REASONS`].
pub(in crate::objectives) fn why(subject: &Subject<'_>, row: &PanelRow) -> Option<usize> {
    let Some(conduct) = row.conduct() else {
        return Some(3);
    };
    let silent = !subject.view.answered(&conduct);
    let priced = subject.costs.is_some() || row.number(Field::CostWrong).is_some();
    match (priced, silent) {
        (false, _) => Some(0),
        (true, true) => None,
        (true, false) if row.number(Field::Credit).is_none() => Some(2),
        (true, false) => row.number(Field::Confidence).is_none().then_some(1),
    }
}

/// The reasons, by name and in words.
pub(in crate::objectives) const REASONS: [(&str, &str); 4] = [
    ("no_cost", "no cost of a wrong answer"),
    ("no_confidence", "no confidence"),
    ("ungraded", "not graded"),
    ("no_outcome", "no outcome"),
];

impl Answers {
    /// The answers and declined rows of a panel, with what they cost.
    ///
    /// # Errors
    /// Why there is no curve.
    pub(in crate::objectives) fn of_panel(subject: &Subject<'_>) -> Result<Self, &'static str> {
        let clustered = subject.view.evidence.items().repeats();
        let (mut given, mut silent) = (Vec::new(), Vec::new());
        for (row, count) in subject.panel().iter() {
            if why(subject, row).is_some() {
                continue;
            }
            match silence(subject, row, count) {
                Some(answer) => silent.push((answer, row.cluster())),
                None => given.push((row, count)),
            }
        }
        if given.iter().map(|(_, count)| count).sum::<u64>() < FEWEST {
            return Err(FEW);
        }
        let answers = calibrate(subject, given)?;
        let mut rows: Vec<(Answer, Option<u64>)> = answers.into_iter().chain(silent).collect();
        let seen = rows.iter().map(|(row, _)| row.totals.rows()).sum();
        let clusters = clustered.then(|| places(&mut rows));
        let mut rows: Vec<Answer> = rows.into_iter().map(|(answer, _)| answer).collect();
        if clusters.is_none() {
            rows = alike(rows);
        }
        let level = subject.settings().level;
        Ok(Self::new(rows, Totals::default(), clusters, level, seen))
    }

    /// The same answers, with declined rows that were made to answer told from the others.
    pub(in crate::objectives) fn with_forced(&self, subject: &Subject<'_>) -> Self {
        let mut clusters = self.clusters.clone();
        let [items] = Items::matched([subject.view.evidence.items()]);
        let keys: Vec<u64> = items.keys().copied().collect();
        let (mut rows, mut declined) = (self.rows.clone(), self.declined);
        for (row, count) in subject.panel().iter() {
            let forced = silence(subject, row, count).filter(|answer| answer.forced);
            let Some(mut answer) = forced else {
                continue;
            };
            declined = without(declined, answer.totals.totals());
            if let Some(weights) = &mut clusters {
                let items = subject.view.evidence.items();
                let cluster = row.cluster().map(|hash| items.prefix(hash));
                answer.cluster = cluster.and_then(|key| keys.binary_search(&key).ok());
                match answer.cluster.and_then(|at| weights.declined.get_mut(at)) {
                    Some(weight) => *weight -= answer.totals.w(),
                    None => weights.single = without(weights.single, answer.totals.totals()),
                }
            }
            rows.push(answer);
        }
        Self::new(rows, declined, clusters, self.level, self.seen)
    }
}

/// What a row, and as many more as say the same, cost where they say so.
fn costs(row: &PanelRow) -> Option<Costs> {
    Some(Costs {
        wrong: row.number(Field::CostWrong)?,
        abstain: row.number(Field::CostAbstain).unwrap_or(0.0),
    })
}

/// Declined rows; none of rows that were answered.
fn silence(subject: &Subject<'_>, row: &PanelRow, count: u64) -> Option<Answer> {
    let conduct = row.conduct()?;
    if subject.view.answered(&conduct) {
        return None;
    }
    let forced = row.number(Field::ForcedCorrect);
    let stated = row.number(Field::Confidence).unwrap_or(0.0);
    Some(Answer {
        stated,
        calibrated: stated,
        silent: true,
        forced: forced.is_some(),
        costs: subject.costs.or_else(|| costs(row)),
        totals: Totals::of(count, forced.unwrap_or(0.0), row.weight()).into(),
        cluster: None,
    })
}

/// Answers with their clusters, each with what a curve says that was fitted without its fold. Curves and folds are those of
/// all graded answers of the log, as where flags say what every row costs: what an answer costs says nothing of whether it
/// is right.
fn calibrate(
    subject: &Subject<'_>,
    rows: Vec<(&PanelRow, u64)>,
) -> Result<Vec<(Answer, Option<u64>)>, &'static str> {
    let crossfit = subject.crossfit()?;
    let mut dealer = Dealer::new(&crossfit.folds, subject.settings().seed);
    let mut calibrated = Vec::with_capacity(rows.len());
    for (row, count) in rows {
        let stated = row.number(Field::Confidence).unwrap_or(0.0);
        let credit = row.number(Field::Credit).unwrap_or(0.0);
        let of = |count| Totals::of(count, credit, row.weight());
        for (fold, count) in dealer.deal(row.code(Field::Item), stated, of(count)) {
            let answer = Answer {
                stated,
                calibrated: crossfit.value(fold, stated),
                silent: false,
                forced: false,
                costs: subject.costs.or_else(|| costs(row)),
                totals: of(count).into(),
                cluster: None,
            };
            calibrated.push((answer, row.cluster()));
        }
    }
    Ok(calibrated)
}

/// What is left of declined rows without some of them; what they would have said is of no account.
fn without(all: Totals, some: Totals) -> Totals {
    let rows = all.rows.saturating_sub(some.rows);
    let (w, w2) = (all.w - some.w, all.w2y[0] - some.w2y[0]);
    let plain = w == rows as f64 && w2 == rows as f64;
    match (rows, plain) {
        (0, _) => Totals::default(),
        (_, true) => Totals::of(rows, 0.0, 1.0),
        (_, false) => Totals {
            rows,
            w: w.max(0.0),
            w2y: [w2.max(0.0), 0.0, 0.0, 0.0, 0.0],
            wrong: rows,
            ..Totals::default()
        },
    }
}

/// Answers alike in all that policies look at in one, where no cluster tells them apart; in an order of their own.
fn alike(mut rows: Vec<Answer>) -> Vec<Answer> {
    let key = |row: &Answer| {
        let costs = row
            .costs
            .map(|costs| [costs.wrong, costs.abstain].map(f64::to_bits));
        let seen = [row.stated, row.calibrated].map(f64::to_bits);
        (seen, row.silent, row.forced, costs)
    };
    // Those alike keep their order, in which they are added.
    rows.sort_by_key(key);
    rows.dedup_by(|next, first| {
        let same = key(next) == key(first);
        if same {
            first.totals.add(&next.totals);
        }
        same
    });
    rows
}

/// Numbers the clusters; their weights.
fn places(rows: &mut [(Answer, Option<u64>)]) -> Weights {
    let mut known: BTreeMap<u64, f64> = BTreeMap::new();
    for (answer, cluster) in rows.iter() {
        if let Some(cluster) = cluster {
            *known.entry(*cluster).or_default() += answer.totals.w();
        }
    }
    let keys: Vec<u64> = known.keys().copied().collect();
    for (answer, cluster) in rows {
        answer.cluster = cluster.and_then(|hash| keys.binary_search(&hash).ok());
    }
    Weights {
        declined: vec![0.0; keys.len()],
        all: known.into_values().collect(),
        single: Totals::default(),
    }
}
