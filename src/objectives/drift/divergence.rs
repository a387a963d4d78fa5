//! KL divergence of the policy from its base, from the log-probabilities of what the policy sampled.
//!
//! With ℓ = log base − log policy of a token, k3 = e^ℓ − 1 − ℓ is unbiased and strays far less than k1 = −ℓ, so tokens are
//! summed by k3. Of a whole sequence k3 is dominated by the few samples that the base finds likelier, and k2 = ℓ²/2 is
//! biased: sums alone are read by k1. Both are unbiased row by row, so that a log may hold rows of either sort.

use crate::evidence::PanelRow;
use crate::inference::clustered::{Clustered, Unit};
use crate::maths::kish;
use crate::maths::sums::sum;
use crate::record::Field;

/// A row with both log-probabilities.
#[derive(Clone, Copy, Debug)]
struct Scored {
    unit: Unit,
    times: u64,
    /// log base − log policy of the response.
    ratio: f64,
    /// Σ k3 over its tokens.
    k3: Option<f64>,
    tokens: Option<f64>,
}

impl Scored {
    fn of(row: &PanelRow, times: u64) -> Option<Self> {
        let tokens = row.number(Field::LogpTokens);
        Some(Self {
            unit: Unit::of(row, times),
            times,
            ratio: row.number(Field::LogpBase)? - row.number(Field::LogpPolicy)?,
            k3: row.number(Field::K3),
            tokens: tokens.or_else(|| row.number(Field::Tokens)),
        })
    }

    fn k1(&self) -> f64 {
        -self.ratio
    }

    fn kl(&self) -> f64 {
        self.k3.unwrap_or_else(|| self.k1())
    }
}

/// A divergence in nats.
#[derive(Clone, Debug)]
pub(super) struct Kl {
    pub(super) sequence: Clustered,
    /// `None` where no row says how many tokens it has.
    pub(super) token: Option<Clustered>,
}

impl Kl {
    fn of(rows: &[Scored], of: impl Fn(&Scored) -> f64) -> Option<Self> {
        let counted = rows.iter().filter_map(|row| {
            let tokens = row.tokens.filter(|tokens| *tokens > 0.0)?;
            Some((row.unit.times(tokens), of(row) / tokens))
        });
        Some(Self {
            sequence: Clustered::mean(rows.iter().map(|row| (row.unit, of(row))))?,
            token: Clustered::mean(counted),
        })
    }

    /// Nats a token, or a sequence where tokens are not counted.
    pub(super) fn finest(&self) -> &Clustered {
        self.token.as_ref().unwrap_or(&self.sequence)
    }
}

/// What log-probabilities say of rows that one policy sampled.
#[derive(Clone, Debug)]
pub(super) struct Divergence {
    pub(super) kl: Kl,
    /// By k1 alone, which no policy that sampled the rows has below zero.
    pub(super) k1: Kl,
    /// Mean over sequences of Σ (e^ℓ − 1) over tokens, zero for the policy that sampled them; of rows with tokens.
    pub(super) excess: Option<Clustered>,
    /// Mean of e^ℓ over sequences, one for the policy that sampled them if rows had no end.
    pub(super) ratio: Clustered,
    /// (Σ w e^ℓ)² / (Σ w · Σ w e^2ℓ): how much of the rows would be left if they were weighed as the base's.
    pub(super) effective: f64,
    pub(super) rows: u64,
    /// Rows that give the log-probability of every token.
    pub(super) by_tokens: u64,
}

/// What is less than this share of the divergence is a matter of rounding between two engines.
const LEAST: f64 = 0.1;
/// The two estimators are said to disagree only where this share of misses is still beyond their interval's.
const STRICT: f64 = 5.0;

impl Divergence {
    /// Of these rows, as far as they have both log-probabilities; `None` where none has.
    pub(super) fn of<'r>(rows: impl IntoIterator<Item = (&'r PanelRow, u64)>) -> Option<Self> {
        let scored = rows
            .into_iter()
            .filter_map(|(row, times)| Scored::of(row, times));
        let all: Vec<Scored> = scored.collect();
        let excess = |row: &Scored| Some((row.unit, row.k3? + row.ratio));
        let count = |is: fn(&Scored) -> bool| {
            let rows = all.iter().filter(|row| is(row));
            rows.map(|row| row.times).sum()
        };
        Some(Self {
            kl: Kl::of(&all, Scored::kl)?,
            k1: Kl::of(&all, Scored::k1)?,
            excess: Clustered::mean(all.iter().filter_map(excess)),
            ratio: Clustered::mean(all.iter().map(|row| (row.unit, weighed(row.ratio))))?,
            effective: effective(&all),
            rows: count(|_| true),
            by_tokens: count(|row| row.k3.is_some()),
        })
    }

    /// How it was estimated.
    pub(super) fn estimator(&self) -> String {
        match self.rows - self.by_tokens {
            0 => "k3 of tokens".to_owned(),
            rest if rest == self.rows => "k1 of sequences".to_owned(),
            rest => format!("k3 of tokens, k1 of {rest} rows without"),
        }
    }

    /// Whether these rows were not sampled from this policy: it finds them less likely than the base does.
    pub(super) fn is_off_policy(&self, level: f64) -> bool {
        let k1 = &self.k1.sequence;
        k1.ends(level).is_some_and(|(_, high)| high < 0.0)
    }

    /// Whether k1 and k3 disagree: tokens' ratios do not average 1.
    pub(super) fn is_unbalanced(&self, level: f64) -> bool {
        self.excess.as_ref().is_some_and(|excess| {
            let strict = 1.0 - (1.0 - level) / STRICT;
            let large = excess.value.abs() > LEAST * self.kl.sequence.value.abs();
            let told = excess
                .ends(strict)
                .is_some_and(|(low, high)| low > 0.0 || high < 0.0);
            large && told
        })
    }
}

/// What a row tells of the divergence in nats, and the number of its tokens.
pub(super) fn nats_of(row: &PanelRow) -> Option<(f64, Option<f64>)> {
    let scored = Scored::of(row, 1)?;
    Some((scored.kl(), scored.tokens.filter(|tokens| *tokens > 0.0)))
}

/// e^ℓ, kept within what a sum of squares can hold.
fn weighed(ratio: f64) -> f64 {
    ratio.clamp(-300.0, 300.0).exp()
}

fn effective(rows: &[Scored]) -> f64 {
    // The largest ratio cancels out of the quotient.
    let ratios = rows.iter().map(|row| row.ratio);
    let most = ratios.fold(f64::NEG_INFINITY, f64::max);
    let ratio = |row: &Scored| ((row.ratio - most).exp(), row.unit.mass());
    let worth = kish::effective_number_of(rows.iter().map(ratio));
    worth.unwrap_or(f64::NAN) / sum(rows.iter().map(|row| row.unit.mass()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Trace;

    /// A row whose tokens have these ratios log base − log policy.
    fn row(prompt: u64, ratios: &[f64]) -> PanelRow {
        let k3 = ratios.iter().map(|l| l.exp_m1() - l).sum();
        let trace = Trace::default()
            .with_code(Field::Prompt, prompt)
            .with(Field::LogpPolicy, -10.0)
            .with(Field::LogpBase, -10.0 + ratios.iter().sum::<f64>())
            .with(Field::LogpTokens, ratios.len() as f64)
            .with(Field::K3, k3);
        PanelRow::from(trace)
    }

    #[test]
    fn tokens_are_summed_by_k3_and_sequences_read_by_k1() {
        let rows = [row(1, &[-0.5, 0.25]), row(2, &[0.0, -0.1, 0.3])];
        let found = Divergence::of(rows.iter().map(|row| (row, 1))).unwrap();
        let k3 = |l: f64| l.exp() - (1.0 + l);
        let sums = [k3(-0.5) + k3(0.25), k3(-0.1) + k3(0.3)];
        let whole = sums[0] + sums[1];
        assert!((found.kl.sequence.value - whole / 2.0).abs() < 1e-12);
        assert!((found.kl.token.as_ref().unwrap().value - whole / 5.0).abs() < 1e-12);
        assert!((found.k1.sequence.value - (0.25 - 0.2) / 2.0).abs() < 1e-12);
        assert_eq!(found.estimator(), "k3 of tokens");
        let ratios = [(-0.25_f64).exp(), 0.2_f64.exp()];
        assert!((found.ratio.value - (ratios[0] + ratios[1]) / 2.0).abs() < 1e-12);
        let share =
            (ratios[0] + ratios[1]).powi(2) / (2.0 * (ratios[0].powi(2) + ratios[1].powi(2)));
        assert!((found.effective - share).abs() < 1e-12);
    }

    #[test]
    fn what_the_base_finds_likelier_was_not_sampled_from_the_policy() {
        let rows: Vec<PanelRow> = (0..40)
            .map(|at| row(at, &[0.1, 0.1 * (at % 3) as f64]))
            .collect();
        let found = Divergence::of(rows.iter().map(|row| (row, 1))).unwrap();
        assert!(found.is_off_policy(0.95));
        let same: Vec<PanelRow> = (0..40).map(|at| row(at, &[0.1])).collect();
        assert!(
            Divergence::of(same.iter().map(|row| (row, 1)))
                .unwrap()
                .is_off_policy(0.95)
        );
        let one = Divergence::of([(&rows[0], 1)]).unwrap();
        assert!(!one.is_off_policy(0.95));
    }
}
