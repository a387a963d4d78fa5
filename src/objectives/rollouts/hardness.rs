//! How hard the prompts behind rare successes are: the pass rates k / G with their luck taken out.

use std::collections::BTreeMap;

use super::groups::Group;
use crate::maths::beta_binomial;
use crate::maths::quantile;
use crate::report::Estimate;

/// A prompt is hard when fewer than one sample in eight would succeed.
pub(super) const HARD: f64 = 0.125;
/// Fewest groups with a mass whose share is told.
const FEWEST: f64 = 10.0;

/// Why it has no interval: a bootstrap of prompts covers where pass rates follow a Beta law; where samples take shortcuts
/// they do not, and the fit is off by as much as it strays (docs/validation.md).
const NO_INTERVAL: &str =
    "it rests on a law of pass rates, and no interval was seen to cover where that fails";

/// The share of the advantage mass that prompts with a pass rate below 1/8 hold:
/// `Σ mass(k, G) · P(p < 1/8 | k) / Σ mass(k, G)` under the beta-binomial law that fits all groups best.
pub(super) fn hard_mass(groups: &[Group]) -> Estimate {
    let n = groups.len() as u64;
    let mut counts: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for group in groups {
        let Some(k) = group.successes() else {
            return Estimate::undefined(
                n,
                "rewards are graded and no column says what a success is",
            );
        };
        *counts.entry((group.size() as u32, k as u32)).or_default() += 1.0;
    }
    let counts: Vec<_> = counts
        .into_iter()
        .map(|((n, k), times)| (n, k, times))
        .collect();
    let with_mass = counts.iter().filter(|(n, k, _)| *k > 0 && k < n);
    if with_mass.map(|(_, _, times)| times).sum::<f64>() < FEWEST {
        return Estimate::undefined(n, "fewer than 10 groups with both success and failure");
    }
    match share(&counts) {
        Some(share) => Estimate::bare(share, n, NO_INTERVAL),
        None => Estimate::undefined(n, "no law fits these pass rates"),
    }
}

fn share(counts: &[(u32, u32, f64)]) -> Option<f64> {
    let (a, b) = beta_binomial::fit(counts)?;
    let (mut hard, mut all) = (0.0, 0.0);
    for &(n, k, times) in counts {
        let (n, k) = (f64::from(n), f64::from(k));
        let mass = times * 2.0 * (k * (n - k)).sqrt();
        if mass > 0.0 {
            hard += mass * quantile::beta_cdf(HARD, a + k, b + n - k)?;
            all += mass;
        }
    }
    (all > 0.0).then(|| hard / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts in the proportions of prompts with pass rates from Beta(a, b), eight samples each.
    fn counts(a: f64, b: f64) -> Vec<(u32, u32, f64)> {
        let rising = |x: f64, k: u32| (0..k).map(|j| x + f64::from(j)).product::<f64>();
        let choose = [1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0];
        let share = |k: u32, ways: f64| ways * rising(a, k) * rising(b, 8 - k) / rising(a + b, 8);
        (0..=8)
            .zip(choose)
            .map(|(k, ways)| (8, k, 1e5 * share(k, ways)))
            .collect()
    }

    fn naive(counts: &[(u32, u32, f64)]) -> f64 {
        let mass =
            |&(n, k, times): &(u32, u32, f64)| times * (f64::from(k) * f64::from(n - k)).sqrt();
        mass(&counts[1]) / counts.iter().map(mass).sum::<f64>()
    }

    #[test]
    fn the_luck_in_pass_rates_is_taken_out() {
        // Prompts of which 0.6 % are hard: 1 in 8 looks like 5.8 % of the mass, and is 0.3 %.
        let easy = counts(4.0, 4.0);
        assert!((naive(&easy) - 0.0579).abs() < 1e-4, "{}", naive(&easy));
        assert!((share(&easy).unwrap() - 0.0030).abs() < 1e-4);
        let hard = counts(0.3, 3.0);
        assert!((naive(&hard) - 0.3873).abs() < 1e-4, "{}", naive(&hard));
        let share = share(&hard).unwrap();
        assert!((share - 0.3344).abs() < 2e-3, "{share}");
    }
}
