//! Several tests judged together: p-values adjusted so that many looks do not make a finding.
//!
//! A test without a p-value stays without one and leaves the family, whose size is the number of p-values there are.

/// Holm's step-down adjustment: p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎).
///
/// Rejecting where p̃ ≤ α keeps the chance of any false rejection at α, however the tests depend on each other.
/// Holm (1979), Scandinavian Journal of Statistics 6, 65–70.
///
/// ```
/// use calib::inference::multiple::holm;
/// assert_eq!(holm(&[Some(0.5), None, Some(0.25)]), [Some(0.5), None, Some(0.5)]);
/// ```
#[must_use]
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let ascending = ranked(p_values);
    let family = ascending.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0f64;
    for (before, (at, p)) in ascending.into_iter().enumerate() {
        largest = largest.max((family - before) as f64 * p).min(1.0);
        place(&mut adjusted, at, largest);
    }
    adjusted
}

/// Benjamini and Hochberg's q-values: q₍ᵢ₎ = min over j ≥ i of min(1, m p₍ⱼ₎ / j).
///
/// Rejecting where q ≤ α keeps the expected share of false rejections among all at α, for independent or positively
/// dependent tests. Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289–300.
///
/// ```
/// use calib::inference::multiple::benjamini_hochberg;
/// assert_eq!(benjamini_hochberg(&[Some(0.5), None, Some(0.125)]), [Some(0.5), None, Some(0.25)]);
/// ```
#[must_use]
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let ascending = ranked(p_values);
    let family = ascending.len() as f64;
    let mut adjusted = vec![None; p_values.len()];
    let mut smallest = 1.0f64;
    for (before, (at, p)) in ascending.into_iter().enumerate().rev() {
        smallest = smallest.min(family * p / (before + 1) as f64);
        place(&mut adjusted, at, smallest);
    }
    adjusted
}

/// The level at which each of `judged` findings is judged where `allowed` of them are made: the step-up procedure of
/// Benjamini and Hochberg, in intervals.
///
/// ```
/// use calib::inference::multiple::level_left;
/// assert!((level_left(0.95, 1, 5) - 0.99).abs() < 1e-12);
/// assert_eq!(level_left(0.5, 5, 5), 0.5);
/// ```
#[must_use]
pub fn level_left(level: f64, allowed: usize, judged: usize) -> f64 {
    1.0 - allowed as f64 * (1.0 - level) / judged as f64
}

/// The p-values there are with their places, smallest first. Equal ones get equal adjusted values in either order.
fn ranked(p_values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let there = p_values.iter().enumerate();
    let mut ranked: Vec<(usize, f64)> = there
        .filter_map(|(at, p)| Some((at, p.filter(|p| !p.is_nan())?)))
        .collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked
}

fn place(adjusted: &mut [Option<f64>], at: usize, value: f64) {
    if let Some(entry) = adjusted.get_mut(at) {
        *entry = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(p_values: &[f64]) -> Vec<Option<f64>> {
        p_values.iter().copied().map(Some).collect()
    }

    fn assert_close(ours: &[Option<f64>], theirs: &[f64]) {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours.unwrap() - theirs).abs() < 1e-12, "{ours:?} {theirs}");
        }
    }

    /// The fifteen p-values of Benjamini and Hochberg (1995), section 3.2.
    const MYOCARDIAL: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];

    #[test]
    fn the_published_example_rejects_as_published() {
        let q = benjamini_hochberg(&some(&MYOCARDIAL));
        let rejected = q.iter().filter(|q| q.unwrap() <= 0.05).count();
        assert_eq!(rejected, 4);
        // By hand: 15 × .0095 / 4; the sixth takes over the seventh's 15 × .0298 / 7, which is less than its own.
        assert!((q[3].unwrap() - 0.035_625).abs() < 1e-12);
        assert!((q[6].unwrap() - 0.447 / 7.0).abs() < 1e-12 && q[5] == q[6]);
        let holm = holm(&some(&MYOCARDIAL));
        assert_eq!(holm.iter().filter(|p| p.unwrap() <= 0.05).count(), 3);
    }

    #[test]
    fn hand_worked_values_in_any_order() {
        // R: p.adjust(c(.04, .01, .05, .03, .02), "holm"), and "BH".
        let shuffled = some(&[0.04, 0.01, 0.05, 0.03, 0.02]);
        assert_close(&holm(&shuffled), &[0.09, 0.05, 0.09, 0.09, 0.08]);
        assert_close(&benjamini_hochberg(&shuffled), &[0.05; 5]);
        assert_close(&holm(&some(&[0.7, 0.6])), &[1.0, 1.0]);
        assert_close(&benjamini_hochberg(&some(&[0.7, 0.6])), &[0.7, 0.7]);
    }

    #[test]
    fn missing_values_leave_the_family() {
        for adjust in [holm, benjamini_hochberg] {
            let with = adjust(&[None, Some(0.01), Some(f64::NAN), Some(0.04)]);
            assert_eq!((with[0], with[2]), (None, None));
            assert_eq!([with[1], with[3]].to_vec(), adjust(&some(&[0.01, 0.04])));
            assert!(adjust(&[]).is_empty());
        }
    }

    #[test]
    fn adjusted_values_keep_the_order_and_never_fall_below_the_raw_ones() {
        for adjust in [holm, benjamini_hochberg] {
            let adjusted = adjust(&some(&MYOCARDIAL));
            assert!(adjusted.windows(2).all(|pair| pair[0] <= pair[1]));
            let raw = MYOCARDIAL.iter().zip(&adjusted);
            assert!(
                raw.clone()
                    .all(|(p, q)| q.unwrap() >= *p && q.unwrap() <= 1.0)
            );
        }
    }
}
