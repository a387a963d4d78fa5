//! What `calib explain gate` says.

use super::Policy;
use super::rule::BUILT_IN;

/// The rules of the gate, part by part.
#[must_use]
pub fn about() -> Vec<(&'static str, String)> {
    let alpha = Policy::default().alpha;
    let part = |name, text: &str| (name, text.to_owned());
    vec![
        part(
            "a rule",
            "[KIND.]METRIC.max, .min or .max_increase = NUMBER, with --rule or as [[gate.rule]] in calib.toml. max_increase is how much worse than the baseline the metric may be: more where less is better, less where more is, further from zero where that is best.",
        ),
        (
            "built-in rules",
            format!(
                "{}, each with max_increase = 0, where a baseline is given and no rule is. One without its columns, or of which nothing changed in any pair, leaves the family and is shown as such. Coverage is judged over all rows, and only where no prompt to answer is labelled: there over_abstain says the same.",
                BUILT_IN.join(", ")
            ),
        ),
        (
            "FAIL",
            format!(
                "The figure is beyond its limit by more than chance explains: its one-sided p-value at the limit, corrected for the rules and groups that can be judged, is at most alpha ({alpha} unless given). The end of the interval that decides is the one-sided bound at that rule's share of alpha."
            ),
        ),
        part(
            "PASS",
            "The other end of the interval, one-sided at alpha, is within the limit; or the figure itself is, and then the rule says that it is not refuted, and not shown to hold.",
        ),
        part(
            "????",
            "Inconclusive: the figure is beyond the limit by no more than chance explains, or the rule has prove = true and is not shown to hold, or the figure is undefined, has no interval or rests on fewer rows than min_rows. It counts by --on-inconclusive: warn ends in 0 and says so, fail ends in 4, pass in 0.",
        ),
        part(
            "prove",
            "The rule passes only when shown to hold, one-sided at alpha without correction: if all must be shown, the chance of a false pass is at most alpha however many there are. Berger (1982), Technometrics 24, 295-300.",
        ),
        part(
            "correction",
            "holm: no rule fails falsely, with a chance of at least 1 - alpha. bh: at most a share alpha of the failures is false. none: every rule at alpha by itself. Rules that cannot be judged take no share.",
        ),
        part(
            "intervals",
            "Of a max_increase: the paired difference, prompt by prompt, as in calib compare. Of a max or min: that of the metric itself; its p-value is the level at which the interval's end just meets the limit. A metric without a valid interval cannot be limited, and the rule is refused.",
        ),
        part(
            "ece.max",
            "ECE has no interval. It is at least |signed_gap| and at most the root of ce2: the rule fails where the lower bound of either, each at half the level, is above the limit and ECE is too; it passes where the upper bound of the root is within it. The root of ce2 exceeds ECE where errors differ between bins, so a limit close to ECE can fail by it. ece.max_increase is refused: the same model, sampled twice, raises its ECE by 0.01 in 18 to 35 % of comparisons of 200 to 1,000 rows.",
        ),
        part(
            "baseline",
            "The same prompts, paired by id. Ids in one log only are an error unless --allow-unshared is given, and then only the shared ones are compared. Logs read in different ways (another scale, other labels, another cluster field) are never compared.",
        ),
        part(
            "sections",
            "Rules limit metrics. What the audits of training objectives find (calib explain rollouts and the like) is told and limits nothing: fail and note beside their verdicts say how grave a finding is, and calib audit ends in 0 whatever they find. A pipeline that must stop at one reads level under runs[].groups[].objectives of -f json.",
        ),
        part(
            "exit code",
            "0 passed, or inconclusive under warn; 1 failed; 2 flags or rules; 3 input; 4 inconclusive under --on-inconclusive fail; 5 the output could not be written, which never hides a 1. --exit-zero turns 1 and 4 into 0.",
        ),
    ]
}
