//! What is wrong with what is declined, and yet the signature of no objective.

use super::judged::Judged;
use crate::record::Kind;

/// A fault that is no signature, and its cure.
pub(super) struct Ail {
    pub(super) words: String,
    pub(super) cure: Option<String>,
}

/// The faults of these kinds of prompts.
pub(super) fn ails(judged: &[Judged]) -> Vec<Ail> {
    let ail = |judged: &Judged| {
        Some(Ail {
            words: words(judged)?,
            cure: judged.cell().advice(true),
        })
    };
    judged.iter().filter_map(ail).collect()
}

fn words(judged: &Judged) -> Option<String> {
    let cell = judged.cell();
    let direction = cell.verdict.direction?;
    let errs = matches!(direction, "over_answer" | "over_abstain" | "both");
    let answers = || judged.words("over_answer");
    Some(match (direction, judged.kind) {
        _ if !errs => return None,
        _ if cell.at_random() => {
            format!(
                "it declines at random, which leans to no objective: {}",
                answers()
            )
        }
        _ if cell.declines_wrong_ones() => format!("it declines the wrong ones: {}", answers()),
        ("both", _) => format!("it errs both ways: {}", answers()),
        ("over_answer", Kind::Safety) => format!("it {}", answers()),
        ("over_abstain", Kind::Epistemic) => {
            format!("it {}, with no harm at stake", judged.words("over_abstain"))
        }
        _ => return None,
    })
}
