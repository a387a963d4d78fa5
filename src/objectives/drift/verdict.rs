//! What the drift comes to, in a word and in a sentence.

use super::{FAR, Found};
use crate::inference::clustered::Clustered;
use crate::objectives::section::step_name;
use crate::report::objective::Level;

/// The verdict, how much it matters, and the sentence.
type Told = (Option<&'static str>, Level, String);

impl Found {
    pub(super) fn verdict(&self) -> Told {
        let far = self.far();
        if self.last.is_off_policy(self.level) {
            let words = format!(
                "the rows were not sampled from this policy: the base finds them likelier, by {} nats a sequence; KL {far}",
                nats(-self.last.k1.sequence.value)
            );
            return (Some("off_policy"), Level::Fail, words);
        }
        let course = self.course.as_ref();
        if let Some(course) = course.filter(|course| course.is_stalled(self.level)) {
            let words = format!(
                "learning has stalled: {} at the last step, {} at the first; KL {far}",
                percent(course.last()),
                percent(course.first())
            );
            return (Some("stalled"), Level::Fail, words);
        }
        let lost = self.retention.lost(self.level);
        if !lost.is_empty() {
            let lost = lost
                .iter()
                .map(|(task, change)| format!("{:.1} points on {task}", -100.0 * change));
            let words = format!("lost {}; KL {far}", lost.collect::<Vec<_>>().join(", "));
            return (Some("forgetting"), Level::Fail, words);
        }
        let [kl, k1] = [&self.last.kl, &self.last.k1].map(|kl| self.side(kl.finest()));
        let agree = !self.last.is_unbalanced(self.level) || kl == k1;
        match kl.filter(|_| agree) {
            Some(true) => (Some("drifted"), Level::Note, format!("KL {far}")),
            Some(false) => (Some("close"), Level::Ok, format!("KL {far}")),
            None => {
                let line = self.line();
                let words = format!("KL {far}: not told whether more or less than {line}");
                (None, Level::Inconclusive, words)
            }
        }
    }

    fn line(&self) -> f64 {
        FAR[usize::from(self.last.kl.token.is_none())]
    }

    /// Whether a divergence lies above the line; `None` where that is not told.
    fn side(&self, kl: &Clustered) -> Option<bool> {
        let (low, high) = kl.ends(self.level)?;
        match self.line() {
            line if low > line => Some(true),
            line if high <= line => Some(false),
            _ => None,
        }
    }

    /// How far the policy is, and what to know of that.
    fn far(&self) -> String {
        let kl = self.last.kl.finest();
        let of = if self.last.kl.token.is_some() {
            "a token"
        } else {
            "a sequence"
        };
        let ends = self.divergence(kl).interval();
        let ends = ends.map_or_else(String::new, |(low, high)| {
            format!(" ({} to {})", nats(low), nats(high))
        });
        let at = match self.step {
            Some(step) => format!(" at step {}", step_name(step)),
            None => String::new(),
        };
        let doubt = match self.last.is_unbalanced(self.level) {
            true => format!(
                " by k3 and {} by k1, whose difference is no chance: another temperature, cut or engine drew the rows, or rare tokens that hold the divergence are in none of them",
                nats(self.last.k1.finest().value)
            ),
            false => String::new(),
        };
        match kl.value.is_finite() {
            true => format!(
                "{}{ends} nats {of} from the base{at}{doubt}",
                nats(kl.value)
            ),
            false => format!("{of} from the base{at} is more than a number can hold"),
        }
    }
}

fn nats(value: f64) -> String {
    let value = if value.abs() < 5e-5 { 0.0 } else { value };
    match value.abs() < 1e4 {
        true => format!("{value:.4}").replace('-', "−"),
        false => format!("{value:.3e}"),
    }
}

fn percent(success: &Clustered) -> String {
    format!("{:.1} %", 100.0 * success.value)
}
