//! How much of the gradient each group gets: the summed absolute advantages, with and without division by the standard
//! deviation of the group's rewards.

use super::groups::Group;

/// Added to a standard deviation before dividing by it, as trainers do.
pub(super) const EPSILON: f64 = 1e-6;

/// The advantages of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Advantages {
    /// |r − mean| / (standard deviation + ε), of every sample; the deviation is that of the population.
    pub(super) divided: Vec<f64>,
    /// |r − mean|, of every sample.
    pub(super) plain: Vec<f64>,
}

impl Advantages {
    /// Those of a group's rewards.
    pub(super) fn of(group: &Group) -> Self {
        let n = group.size() as f64;
        let rewards = || group.samples.iter().map(|sample| sample.reward);
        let mean = rewards().sum::<f64>() / n;
        let deviation = (rewards().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
        let plain: Vec<f64> = rewards().map(|r| (r - mean).abs()).collect();
        Self {
            divided: plain.iter().map(|a| a / (deviation + EPSILON)).collect(),
            plain,
        }
    }

    /// Σ|A| with and without the division.
    pub(super) fn mass(&self) -> [f64; 2] {
        [&self.divided, &self.plain].map(|all| all.iter().sum())
    }
}

/// The Gini coefficient of non-negative numbers: 0 when all are equal, near 1 when one has everything; `None` of nothing.
pub(super) fn gini(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (n, total) = (values.len() as f64, values.iter().sum::<f64>());
    let ranked = values
        .iter()
        .zip(1..)
        .map(|(value, rank)| f64::from(rank) * value);
    (total > 0.0).then(|| 2.0 * ranked.sum::<f64>() / (n * total) - (n + 1.0) / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objectives::rollouts::groups::Sample;

    /// `k` successes of `size`.
    fn group(size: usize, k: usize) -> Group {
        let sample = |at: usize| Sample {
            reward: f64::from(u8::from(at < k)),
            success: Some(at < k),
            ..Sample::default()
        };
        Group {
            samples: (0..size).map(sample).collect(),
            ..Group::default()
        }
    }

    fn close(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() < 5e-3, "{ours} {theirs}");
    }

    #[test]
    fn the_mass_of_a_rare_success_is_that_of_the_closed_form() {
        // G = 8: the one success of k = 1 has advantage sqrt(7), of k = 4 all have 1.
        let rare = Advantages::of(&group(8, 1));
        close(rare.divided[0], 2.646);
        // With the unbiased standard deviation, as one trainer divides.
        close(rare.divided[0] * (7.0_f64 / 8.0).sqrt(), 2.475);
        let [divided, plain] = rare.mass();
        close(divided, 5.29);
        close(plain, 1.75);
        let [divided, plain] = Advantages::of(&group(8, 4)).mass();
        close(divided, 8.0);
        close(plain, 4.0);
        close(Advantages::of(&group(16, 1)).divided[0], 3.873);
        assert_eq!(Advantages::of(&group(8, 8)).mass(), [0.0, 0.0]);
    }

    #[test]
    fn gini_is_zero_of_equals_and_high_where_one_has_all() {
        assert_eq!(gini(vec![1.0; 5]), Some(0.0));
        assert!(gini(vec![0.0, 0.0, 0.0, 4.0]).is_some_and(|gini| (gini - 0.75).abs() < 1e-12));
        assert_eq!(gini(vec![0.0; 3]), None);
    }
}
