//! What the formats come to, in a word and in a sentence.

use super::shares::Format;
use super::{Found, Step, TAKEN};
use crate::objectives::section::step_name;
use crate::report::objective::Level;

/// The verdict, how much it matters, and the sentence.
type Told = (Option<&'static str>, Level, String);

/// Answers, or prompts, at either end below which nothing is said of a change.
const FEW: u64 = 10;

impl Found {
    /// Clusters of the first or the last step, whichever has fewer.
    fn fewest(&self) -> u64 {
        let clusters = |step: &Step| step.shares.entropy().clusters();
        clusters(self.first()).min(clusters(self.last()))
    }

    pub(super) fn verdict(&self) -> Told {
        let winner = self.winner();
        let share = self.share(self.last(), winner);
        let used = format!(
            "{:.1} % of the answers at step {} are {}",
            100.0 * share.value.unwrap_or(0.0),
            step_name(self.last().step),
            self.name(winner)
        );
        if self.steps.len() < 2 {
            let words = format!("{used}; one step does not tell a change");
            return (None, Level::Inconclusive, words);
        }
        let change = self.change();
        let half = -std::f64::consts::LN_2;
        // A handful of answers tells nothing of how varied they are.
        let bounds = change.ends(self.level).filter(|_| self.fewest() >= FEW);
        let fell = bounds.is_some_and(|(_, high)| high < half);
        let kept = bounds.is_some_and(|(low, _)| low > half);
        if fell && share.value.is_some_and(|share| share >= TAKEN) {
            return self.collapsed(winner, &used);
        }
        let passes = self.passes();
        if let Some(passes) = passes.filter(|passes| passes.is_narrowing(self.level)) {
            let [[one, many], [one_now, many_now]] =
                passes.ends.map(|end| end.map(|rate| 100.0 * rate));
            let words = format!(
                "pass@1 rose from {one:.1} % to {one_now:.1} % and pass@{} fell from {many:.1} % to {many_now:.1} %; {used}",
                passes.k
            );
            return (Some("narrowing"), Level::Note, words);
        }
        let effective = [self.first(), self.last()].map(|step| step.shares.entropy().value.exp());
        let variety = format!(
            "{:.2} effective formats, {:.2} at first",
            effective[1], effective[0]
        );
        match kept {
            true => (Some("stable"), Level::Ok, format!("{variety}; {used}")),
            false => {
                let words = format!("{variety}: not told whether less than half; {used}");
                (None, Level::Inconclusive, words)
            }
        }
    }

    fn collapsed(&self, winner: Format, used: &str) -> Told {
        let when = self
            .collapse()
            .and_then(|at| self.steps.get(at))
            .map_or_else(String::new, |step| {
                format!(
                    ", shown to be 90 % or more (lower end of the interval) from step {}",
                    step_name(step.step)
                )
            });
        let majority = match self.first().shares.winner() == winner {
            true => "the most frequent one at first",
            false => "not the most frequent one at first",
        };
        let (level, best) = match self.advantage() {
            None => (Level::Note, String::new()),
            Some((step, advantage)) => {
                let step = step_name(step);
                let points = 100.0 * advantage.difference.value;
                match advantage.difference.interval(self.level).bounds {
                    Some((_, high)) if high < 0.0 => (
                        Level::Fail,
                        format!(
                            "; at step {step} it was right less often than the others, by {:.1} points",
                            -points
                        ),
                    ),
                    Some((low, _)) if low > 0.0 => (
                        Level::Note,
                        format!(
                            "; at step {step} it was right more often than the others, by {points:.1} points"
                        ),
                    ),
                    _ => (
                        Level::Note,
                        format!("; at step {step} it was not told from the others in accuracy"),
                    ),
                }
            }
        };
        let scale = self.scale();
        (
            Some("collapse"),
            level,
            format!("{used}{when}, {majority}{best}{scale}"),
        )
    }

    /// Which format wins at each size of model, where that is known.
    fn scale(&self) -> String {
        let sizes = &self.last().sizes;
        let mut winners: Vec<Format> = sizes.values().copied().collect();
        winners.dedup();
        match (sizes.len(), winners.len()) {
            (0, _) => {
                "; whether the winner depends on scale cannot be seen without model_size".to_owned()
            }
            (1, _) => "; whether the winner depends on scale cannot be seen in models of one size"
                .to_owned(),
            (_, 1) => "; it wins at every size of model".to_owned(),
            _ => {
                let mut each: Vec<(f64, &str)> = sizes
                    .iter()
                    .map(|(size, winner)| (f64::from_bits(*size), self.name(*winner)))
                    .collect();
                each.sort_by(|a, b| a.0.total_cmp(&b.0));
                let each = each
                    .iter()
                    .map(|(size, winner)| format!("{winner} at {size:e} parameters"));
                format!(
                    "; the winner depends on scale: {}",
                    each.collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}
