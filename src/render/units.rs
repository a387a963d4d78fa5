//! The unit that figures of a metric are written in.

use super::number::Unit;

/// How figures of a metric are written.
pub(super) fn unit(metric: &str) -> Unit {
    match metric.rsplit('.').next().unwrap_or(metric) {
        "accuracy"
        | "coverage"
        | "over_answer"
        | "over_abstain"
        | "accuracy_given_attempted"
        | "abstention_recall"
        | "abstention_precision"
        | "hallucination_rate" => Unit::Percent,
        "signed_gap" | "criterion" => Unit::Signed(3),
        "auroc" | "dprime" | "youden" => Unit::Plain(3),
        "omniscience_index" => Unit::Plain(1),
        _ => Unit::Plain(4),
    }
}

/// A difference in the unit of its metric, with its sign.
pub(super) fn signed(metric: &str, value: f64) -> String {
    match unit(metric) {
        Unit::Percent => Unit::Signed(1).digits(100.0 * value, 1),
        Unit::Plain(decimals) | Unit::Signed(decimals) => {
            Unit::Signed(decimals).digits(value, decimals)
        }
        Unit::Count | Unit::Flag => Unit::Signed(0).digits(value, 0),
    }
}

/// A width in the unit of its metric.
pub(super) fn plain(metric: &str, value: f64) -> String {
    signed(metric, value.abs())
        .trim_start_matches('+')
        .to_owned()
}
