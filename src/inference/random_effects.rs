//! One figure from many strata that differ by more than chance: random effects.

use crate::maths::quantile;
use crate::maths::sums::sum;

/// What one stratum shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The figure.
    pub value: f64,
    /// The square of its standard error, above 0.
    pub variance: f64,
}

/// The mean over strata.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooled {
    /// The weighted mean.
    pub value: f64,
    /// Its standard error, √(1/Σw), by DerSimonian and Laird.
    pub standard_error: f64,
    /// Its interval, by Hartung and Knapp, no narrower than that error makes it; `None` from a single stratum.
    pub bounds: Option<(f64, f64)>,
    /// Variance between strata.
    pub between: f64,
    /// Share of the variation that is not chance, from 0 to 1.
    pub i_squared: f64,
    /// Strata.
    pub strata: u64,
}

/// Pools strata: weights 1/(vᵢ + τ²), with τ² = (Q − (k − 1)) / (Σw − Σw²/Σw) at w = 1/vᵢ, at least 0.
///
/// The interval is ± t(k − 1) · √(max(1, Σ w (xᵢ − mean)² / (k − 1)) / Σ w); normal quantiles on the usual standard error
/// cover .78 to .90 with 3 to 9 strata. Strata that happen to agree are no surer than their own errors: hence the 1.
/// I² = (Q − (k − 1)) / Q, at least 0. `None` without strata.
///
/// DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177–188; Hartung and Knapp (2001), Statistics in Medicine
/// 20, 1771–1782, with the floor of Röver, Knapp and Friede (2015), BMC Medical Research Methodology 15, 99; Higgins and Thompson (2002), Statistics in Medicine 21, 1539–1558.
///
/// ```
/// use calib::inference::random_effects::{Effect, pool};
/// let strata = [1.0, 2.0, 3.0].map(|value| Effect { value, variance: 0.5 });
/// let pooled = pool(&strata, 0.95).unwrap();
/// assert!((pooled.value - 2.0).abs() < 1e-12 && (pooled.i_squared - 0.5).abs() < 1e-12);
/// assert!((pooled.between - 0.5).abs() < 1e-12);
/// ```
#[must_use]
pub fn pool(strata: &[Effect], level: f64) -> Option<Pooled> {
    let k = strata.len() as f64;
    let fixed = Weighted::new(strata, 0.0)?;
    let q = fixed.spread;
    let squares = sum(strata.iter().map(|effect| effect.variance.powi(-2)));
    let scale = fixed.weight - squares / fixed.weight;
    let between = match scale > 0.0 {
        true => ((q - (k - 1.0)) / scale).max(0.0),
        false => 0.0,
    };
    let random = Weighted::new(strata, between)?;
    let error = ((random.spread / (k - 1.0)).max(1.0) / random.weight).sqrt();
    let reach = quantile::student(0.5 + level / 2.0, k - 1.0) * error;
    Some(Pooled {
        value: random.mean,
        standard_error: random.weight.recip().sqrt(),
        bounds: (strata.len() > 1).then_some((random.mean - reach, random.mean + reach)),
        between,
        i_squared: if q > 0.0 {
            ((q - (k - 1.0)) / q).max(0.0)
        } else {
            0.0
        },
        strata: strata.len() as u64,
    })
}

/// Sums with weights 1/(vᵢ + between).
struct Weighted {
    weight: f64,
    mean: f64,
    /// Σ w (xᵢ − mean)².
    spread: f64,
}

impl Weighted {
    fn new(strata: &[Effect], between: f64) -> Option<Self> {
        let weight = |effect: &Effect| (effect.variance + between).recip();
        let whole = sum(strata.iter().map(weight));
        if !(whole > 0.0 && whole.is_finite()) {
            return None;
        }
        let mean = sum(strata.iter().map(|effect| weight(effect) * effect.value)) / whole;
        let square = |effect: &Effect| weight(effect) * (effect.value - mean).powi(2);
        Some(Self {
            weight: whole,
            mean,
            spread: sum(strata.iter().map(square)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(pairs: &[(f64, f64)]) -> Vec<Effect> {
        let effect = |(value, variance): &(f64, f64)| Effect {
            value: *value,
            variance: *variance,
        };
        pairs.iter().map(effect).collect()
    }

    #[test]
    fn strata_that_agree_are_pooled_as_one() {
        let pooled = pool(&effects(&[(1.0, 0.1), (1.0, 0.4), (1.0, 0.2)]), 0.95).unwrap();
        assert_eq!(
            (pooled.value, pooled.between, pooled.i_squared),
            (1.0, 0.0, 0.0)
        );
        let error = (1.0f64 / 17.5).sqrt();
        assert!((pooled.standard_error - error).abs() < 1e-12);
        // t with 2 degrees on the error of the strata themselves.
        let (low, high) = pooled.bounds.unwrap();
        assert!((high - low - 2.0 * 4.302_652_729_911_275 * error).abs() < 1e-9);
    }

    #[test]
    fn one_stratum_has_no_interval_and_none_has_nothing() {
        let one = pool(&effects(&[(0.7, 0.09)]), 0.95).unwrap();
        assert_eq!((one.value, one.bounds, one.strata), (0.7, None, 1));
        assert!((one.standard_error - 0.3).abs() < 1e-12);
        assert_eq!(pool(&[], 0.95), None);
    }
}
