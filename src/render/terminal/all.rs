//! Every metric of the report by family (`--all`), under the id that the other outputs use.

use super::Page;
use super::figures::{heading, set_apart};
use super::line::{Line, paragraph};
use super::table::{Figure, table};
use crate::chart::term::Ink;
use crate::render::number::{Unit, count, p_value};
use crate::report::{Estimate, Group};

/// Families of metrics in reading order, with what their members have in common.
const FAMILIES: [(&str, &[&str]); 8] = [
    (
        "answers",
        &[
            "accuracy",
            "accuracy_given_attempted",
            "coverage",
            "hallucination_rate",
            "omniscience_index",
            "simpleqa_f1",
        ],
    ),
    ("proper scores", &["brier", "brier_skill", "log_loss"]),
    (
        "decompositions of the scores",
        &[
            "corp_mcb",
            "corp_dsc",
            "corp_unc",
            "corp_log_mcb",
            "corp_log_dsc",
            "corp_log_unc",
            "murphy_rel",
            "murphy_res",
            "murphy_unc",
        ],
    ),
    (
        "calibration, all rows at once",
        &[
            "mean_confidence",
            "signed_gap",
            "ks",
            "ecce_r",
            "smece",
            "skce",
            "spiegelhalter_z",
        ],
    ),
    (
        "calibration in bins",
        &[
            "ece",
            "over",
            "under",
            "ce2",
            "ce_debiased",
            "ece_mass",
            "ece_values",
            "ece_sweep",
            "rmsce",
            "mce",
            "ace",
            "hosmer_lemeshow",
        ],
    ),
    (
        "recalibration curves",
        &["cox_intercept", "cox_slope", "ici", "e50", "e90", "emax"],
    ),
    (
        "ranking and selective answering",
        &[
            "auroc",
            "ap",
            "aurc",
            "e_aurc",
            "augrc",
            "prr",
            "coverage_at_risk_5",
            "accuracy_at_coverage_80",
        ],
    ),
    (
        ABSTENTION,
        &[
            "over_answer",
            "over_abstain",
            "abstention_recall",
            "abstention_precision",
            "abstention_f1",
            "dprime",
            "criterion",
            "youden",
        ],
    ),
];

/// Where kinds of prompts are told apart, these metrics are those of a mixture.
const ABSTENTION: &str = "abstention";

/// The metrics of one group.
pub(super) fn all(page: &Page<'_>, group: &Group) -> Vec<Line> {
    if !page.options.all {
        return Vec::new();
    }
    let figures = FAMILIES.iter().flat_map(|(family, ids)| {
        let known = ids
            .iter()
            .filter_map(|id| Some((id, group.metrics.get(id)?)));
        known.map(move |(id, estimate)| Figure {
            section: Some(title(group, family)),
            label: format!("  {id}"),
            unit: Unit::Plain(4),
            estimate,
            note: beside(id, estimate),
            loud: false,
        })
    });
    let (kept, undefined) = set_apart(page, figures.collect());
    let mut lines = vec![Line::indented(2).ink(Ink::Strong, "every metric")];
    lines.extend(table(page, &kept, &heading(page, &kept)));
    lines.extend(undefined);
    let text =
        "no interval where none is valid; calib explain METRIC says why, and what stands beside";
    lines.extend(paragraph(Line::indented(2), Ink::Faint, text, page.width));
    lines
}

fn title(group: &Group, family: &'static str) -> &'static str {
    let kinds = &group.abstention;
    if family == ABSTENTION && kinds.epistemic.is_some() && kinds.safety.is_some() {
        "abstention, both kinds together"
    } else {
        family
    }
}

/// Everything that stands beside a value, in short.
fn beside(id: &str, estimate: &Estimate) -> String {
    let known = estimate.beside.iter();
    // One test of both coefficients of Cox's line stands beside each of them.
    let joint = |name: &str| name == "p_value" && id.starts_with("cox_");
    let parts = known.filter_map(|(name, value)| {
        let text = named(name, (*value)?);
        Some(match joint(name) {
            true => format!("joint {text}"),
            false => text,
        })
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn named(name: &str, value: f64) -> String {
    match name {
        "p_value" => p_value(value),
        "q_value" => p_value(value).replace('p', "q"),
        "standard_error" => format!("SE {}", short(value)),
        "null_q95" => format!("null 95 % {}", short(value)),
        "n_bin" => format!("{} rows in that bin", short(value)),
        _ => format!("{} {}", name.replace('_', " "), short(value)),
    }
}

/// A whole number as a count, a small one with its power of ten.
fn short(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        count(value as u64)
    } else if value.abs() < 5e-5 {
        format!("{value:.0e}")
    } else {
        Unit::Plain(4).show(value)
    }
}

#[cfg(test)]
mod tests {
    use super::FAMILIES;

    #[test]
    fn every_metric_belongs_to_one_family() {
        let mut listed: Vec<&str> = FAMILIES.iter().flat_map(|(_, ids)| *ids).copied().collect();
        let mut metrics: Vec<&str> = crate::metrics::METRICS
            .iter()
            .map(|metric| metric.id())
            .collect();
        listed.sort_unstable();
        metrics.sort_unstable();
        assert_eq!(listed, metrics);
    }
}
