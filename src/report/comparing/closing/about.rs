//! What a reader should know of gap closure.

use super::{FLOORS, SMALL};

/// Gap closure in the parts of an explanation.
#[must_use]
pub fn about() -> Vec<(&'static str, String)> {
    let part = |name, text: &str| (name, text.to_owned());
    vec![
        part(
            "formula",
            "(proxy - base) / (tuned - base) of a metric, for all rows and in every group of --by; each log over all its own \
             rows, as in its report. Which way is better does not matter: both differences turn around with it.",
        ),
        part(
            "interval",
            "Fieller's, from how the three logs stray together, prompt by prompt: joint influences of means, DeLong for the \
             area under the curve, else prompts drawn together for the three. Where the interval of tuned - base includes 0 \
             the ratio is undefined, and the report says so.",
        ),
        (
            "biased metrics",
            format!(
                "ECE and its kin have an interval only where all three logs stand {FLOORS} noise floors up: nearer, their bias \
                 is of the size of the figure. There the ratio is undefined as well where tuned - base is within {SMALL} half widths of 0."
            ),
        ),
        part(
            "over domains",
            "mean_of_ratios, ratio_of_sums, median and mean_of_capped_ratios (each at most 1), with domains weighted \
             equally; the last says what is left of an average when what surpasses the tuned log in one domain cannot make up \
             for what is missing in another. Limits of the mean are put together from those of the domains (Zou and Donner); \
             none has an interval where a prompt stands in two domains. contrast is the largest ratio less the smallest, its \
             interval adjusted for the choice among all pairs.",
        ),
        (
            "flags",
            format!(
                "surpasses: above 1. recedes: below 0. undefined: no ratio. small_denominator: tuned - base is within {SMALL} \
                 half widths of 0. tuned_worse: the tuned log is worse than the base, so the ratio is a share of a loss. \
                 other_prompts: some prompt enters in one log and not in another. domains_left_out: a domain has no ratio. \
                 Entries over domains carry their own name; a contrast names its domains."
            ),
        ),
        part(
            "pitfalls",
            "An average of ratios hides a domain that lags and one that overshoots; read the domains. A ratio above 1 is no \
             proof: proxy_less_tuned says whether the proxy is past the tuned log.",
        ),
        part(
            "source",
            "Liu et al. (2024), arXiv 2401.08565, for the ratio; Fieller (1954), Journal of the Royal Statistical Society B \
             16, 175-185; Zou and Donner (2008), Statistics in Medicine 27, 1693-1702",
        ),
    ]
}
