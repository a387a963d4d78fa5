//! What would mend a signature: the reward term that is missing, what can be done afterwards, the data to add.

use super::ails::Ail;
use super::signs::{Confidence, Sign};
use crate::objectives::section::Subject;

/// The cures of the signatures found, and of what ails without one.
pub(super) fn advice(
    subject: &Subject<'_>,
    found: &[&Sign],
    ails: &[Ail],
    confidence: Option<&Confidence>,
) -> Option<String> {
    let mut parts: Vec<String> = found
        .iter()
        .filter_map(|sign| cure(sign.name))
        .map(str::to_owned)
        .collect();
    parts.extend(ails.iter().filter_map(|ail| ail.cure.clone()));
    parts.extend(confidence.and_then(recalibration));
    parts.extend(threshold(subject));
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn cure(name: &str) -> Option<&'static str> {
    Some(match name {
        "bluffing" => {
            "bluffing is mended by a reward in which a confident mistake costs more than a hesitant one: a Brier term, or wrong answers below silence"
        }
        "reasoning_like" => {
            "over-answering is mended by a reward for declining (a confidence target, or silence above a wrong answer) and by prompts in training that no one could answer"
        }
        "safety_like" => {
            "over-abstaining is mended by benign prompts that look harmful in the safety data, and by a price on refusing them"
        }
        "collapsed" => {
            "a collapse is mended by a tighter KL term, by rewards that look at pass@k, or by more formats in the data before reinforcement"
        }
        "drifted" => {
            "drift is mended by a KL term towards the base model, and by earlier tasks mixed into training"
        }
        // Recalibration says all there is to say.
        _ => return None,
    })
}

/// What recalibration gains, where it is shown to gain.
fn recalibration(confidence: &Confidence) -> Option<String> {
    let gain = &confidence.gain;
    let (low, high) = gain.interval().filter(|(low, _)| *low > 0.0)?;
    Some(format!(
        "without training, calib fit: isotonic regression takes {:.4} off the Brier score out of fold ({low:.4} to {high:.4})",
        gain.value?
    ))
}

/// What another threshold gains under the costs that were given.
fn threshold(subject: &Subject<'_>) -> Option<String> {
    let utility = subject.found.get("utility")?;
    let regret = utility
        .value("regret_choose")
        .filter(|_| utility.verdict == Some("choosing"))?;
    Some(format!(
        "another threshold earns {regret:.3} more a prompt under these costs"
    ))
}
