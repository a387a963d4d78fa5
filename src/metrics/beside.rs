//! What stands beside a value, in words: one entry for every name that any metric uses.

/// Name and meaning, in order of the names.
const BESIDE: &[(&str, &str)] = &[
    (
        "bias_corrected",
        "the value less its bias (Ferro and Fricker 2012)",
    ),
    ("bins", "bins that hold rows"),
    (
        "citl",
        "calibration in the large: the intercept with the slope held at 1",
    ),
    (
        "clip",
        "confidences nearer to 0 or 1 than this count as this",
    ),
    ("degrees", "degrees of freedom of the test"),
    (
        "error_ap",
        "average precision of finding wrong answers by low confidence",
    ),
    (
        "generalised",
        "generalised resolution: resolution less within_variance plus within_covariance",
    ),
    (
        "impossible_rows",
        "wrong answers of confidence 1 and right ones of confidence 0, which no calibrated model gives",
    ),
    (
        "infinite_rows",
        "answers whose score would be infinite without the clip",
    ),
    (
        "lone_rows",
        "rows alone in their bin, which tell nothing about noise and are left out",
    ),
    (
        "mean_gap",
        "mean distance of confidence from the isotonic fit",
    ),
    (
        "mmce",
        "root of the mean over all pairs, a row with itself included: biased upward",
    ),
    ("n_bin", "rows in the bin that decides"),
    (
        "noise_floor",
        "what a calibrated model would be expected to show on these rows",
    ),
    (
        "null_q95",
        "what 95 % of calibrated models would stay below",
    ),
    ("optimum", "the value with all wrong answers ranked last"),
    ("oracle", "the value with all wrong answers ranked last"),
    (
        "p_value",
        "chance of at least this much if the model were calibrated",
    ),
    (
        "q_value",
        "p_value adjusted for the number of groups (Benjamini-Hochberg)",
    ),
    ("root", "root of the value, 0 where it is negative"),
    ("root_high", "root of the upper end"),
    ("root_low", "root of the lower end"),
    (
        "sigma",
        "standard deviation of the path's end if the model were calibrated",
    ),
    (
        "signed_square",
        "the unbiased square, negative where noise explains more than there is",
    ),
    ("standard_error", "standard error of the value"),
    (
        "step",
        "mean over k of the errors among the k surest, over n: the sum in place of the area",
    ),
    (
        "threshold",
        "least confidence that is answered; none where no row may be",
    ),
    (
        "within_covariance",
        "twice the covariance of confidence and correctness within bins",
    ),
    ("within_variance", "variance of confidence within bins"),
];

/// The meaning of a name that stands beside a value.
///
/// ```
/// assert!(calib::metrics::beside("noise_floor").is_some_and(|text| text.contains("calibrated model")));
/// ```
#[must_use]
pub fn beside(name: &str) -> Option<&'static str> {
    let entry = BESIDE.iter().find(|(known, _)| *known == name);
    entry.map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{METRICS, worked_example};

    #[test]
    fn every_name_has_a_meaning_and_every_meaning_a_name() {
        let mut used: Vec<&str> = METRICS
            .iter()
            .flat_map(|metric| worked_example(*metric).beside.into_keys())
            .collect();
        // Only groups have it.
        used.push("q_value");
        used.sort_unstable();
        used.dedup();
        let known: Vec<&str> = BESIDE.iter().map(|(name, _)| *name).collect();
        assert_eq!(used, known);
    }
}
