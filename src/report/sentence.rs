//! The verdict as one sentence for people; it says what it can't place.

use super::{AbstentionFigures, Estimate, Group, Manner, MapVerdict};

/// The sentence of a group whose figures and verdict words are there.
pub(super) fn write(group: &Group) -> String {
    let abstention = &group.abstention;
    let map = match (&abstention.epistemic, &abstention.safety) {
        (Some(epistemic), Some(safety)) => format!(
            "on unanswerable prompts: {}; on harmful prompts: {}",
            place(epistemic),
            place(safety)
        ),
        (None, None) if over(&abstention.all) => {
            format!("{} (kind of prompt not given)", place(&abstention.all))
        }
        _ => place(&abstention.all),
    };
    let placed = group.verdict.direction.is_some();
    match confidence(group, placed) {
        Some(confidence) => format!("{map}; {confidence}"),
        None => format!("{map}; no graded confidences to judge"),
    }
}

/// Whether a corner was named although the kind of prompt is unknown.
fn over(figures: &AbstentionFigures) -> bool {
    let direction = figures
        .verdict
        .as_ref()
        .and_then(|verdict| verdict.direction);
    matches!(direction, Some("over_answer" | "over_abstain"))
}

fn place(figures: &AbstentionFigures) -> String {
    let answers = share("answers", &figures.over_answer, "of what it should decline");
    let declines = share(
        "declines",
        &figures.over_abstain,
        "of what it should answer",
    );
    match (answers, declines, &figures.verdict) {
        (Some(answers), Some(declines), Some(verdict)) if verdict.direction.is_some() => {
            format!(
                "{}: {answers}, {declines}",
                words(verdict, figures.manner())
            )
        }
        (Some(answers), Some(declines), _) => format!("{answers}, {declines}"),
        (Some(answers), None, _) => {
            format!("{answers}; no should-answer rows, so no place on the map")
        }
        (None, Some(declines), _) => {
            format!("{declines}; no should-abstain rows, so no place on the map")
        }
        (None, None, _) => "no should-abstain labels, so no place on the map".to_owned(),
    }
}

fn words(verdict: &MapVerdict, manner: Manner) -> String {
    let direction = match verdict.direction {
        Some("over_answer") => "over-answers".to_owned(),
        Some("over_abstain") => "over-abstains".to_owned(),
        Some("both") => "errs both ways".to_owned(),
        Some("balanced") => "balanced".to_owned(),
        _ => match verdict.rows_needed {
            Some(rows) => {
                format!(
                    "direction inconclusive (about {rows} labelled rows would likely settle it)"
                )
            }
            None => "direction inconclusive".to_owned(),
        },
    };
    let skill = match verdict.skill {
        Some("unproven") => "discrimination unproven".to_owned(),
        Some("none") => {
            let direction = manner.instead(verdict.skill).unwrap_or(&direction);
            return format!("{direction}, {}", manner.words());
        }
        Some(word) => format!("{word} discrimination"),
        None => return direction,
    };
    format!("{direction}, {skill}")
}

fn share(verb: &str, rate: &Estimate, what: &str) -> Option<String> {
    Some(format!("{verb} {:.1} % {what}", 100.0 * rate.value?))
}

fn confidence(group: &Group, placed: bool) -> Option<String> {
    let gap = group.metrics.get("signed_gap")?;
    let points = 100.0 * gap.value?;
    let (above, below) = (interval(gap, 1.0), interval(gap, -1.0));
    let unless_placed = |interval: String| if placed { String::new() } else { interval };
    let Some(word) = group.verdict.confidence else {
        return Some("no verdict on its confidence, which is not the model's own".to_owned());
    };
    Some(match word {
        "over" => format!(
            "overconfident by {points:.1} points{}",
            unless_placed(above)
        ),
        "under" => format!(
            "underconfident by {:.1} points{}",
            -points,
            unless_placed(below)
        ),
        "calibrated" => format!(
            "confidence matches accuracy to {:.1} points{above}",
            points.abs()
        ),
        _ => uncertain(group, points, &above),
    })
}

/// The interval of the gap in points, in brackets, seen from the side of this sign.
fn interval(gap: &Estimate, sign: f64) -> String {
    let (Some((low, high)), Some(level)) = (gap.interval(), gap.level) else {
        return String::new();
    };
    let ends = [sign * low, sign * high].map(|end| 100.0 * end);
    let level = (1000.0 * level).round() / 10.0;
    format!(
        " ({level} % interval {} to {})",
        tenths(ends[0].min(ends[1])),
        tenths(ends[0].max(ends[1]))
    )
}

/// A number with one decimal, a true minus sign, and no negative zero.
fn tenths(number: f64) -> String {
    let digits = format!("{:.1}", number.abs());
    if number < 0.0 && digits != "0.0" {
        format!("−{digits}")
    } else {
        digits
    }
}

/// Why the confidence side stays open: too wide an interval, or bins that err in both directions.
fn uncertain(group: &Group, points: f64, interval: &str) -> String {
    let plus = if points > 0.0 { "+" } else { "" };
    let points = format!("{plus}{}", tenths(points));
    let ece = group.metrics.get("ece");
    let p = ece.and_then(|ece| ece.beside.get("p_value").copied().flatten());
    match p {
        Some(p) if p < 0.05 && !interval.is_empty() => format!(
            "confidence minus accuracy is {points} points{interval}, but errors in both directions cancel in it (ECE p = {p:.3})"
        ),
        _ => {
            format!("confidence minus accuracy is {points} points{interval}, too uncertain to call")
        }
    }
}
