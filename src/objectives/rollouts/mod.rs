//! Groups of samples per prompt, as reinforcement learning draws them: where the gradient goes, and whether rare
//! successes that get much of it are earned.

mod advantage;
mod answers;
mod groups;
mod hardness;
mod mass;
mod signatures;

use self::groups::{Group, Groups};
use self::mass::Masses;
use self::signatures::{Design, Signature};
use super::retention::Retention;
use super::section::{About, Column, Need, Section, Subject};
use crate::inference::multiple::holm;
use crate::report::Objective;
use crate::report::objective::{Evidence, Level, Measure, Table};

/// Share of the mass from which on rare successes matter.
const RARE_MASS: f64 = 0.05;
/// Share of the mass from which on hard prompts hold much of it.
const HARD_MASS: f64 = 0.30;

/// The audit of groups of samples.
pub struct Rollouts;

impl Section for Rollouts {
    fn name(&self) -> &'static str {
        "rollouts"
    }

    fn about(&self) -> About {
        About {
            title: "Groups of samples: where the gradient goes, and to what",
            claim: "Dividing advantages by the standard deviation of a group's rewards makes prompts that succeed once in many samples weigh more, and such successes may be shortcuts or luck: a right answer for no reason. Cheng et al. (2026) say that hard samples harm for that; others find that they help. The log decides.",
            formula: "A = (r - mean) / (standard deviation + 1e-6) within a group of samples of one prompt, of one task, at one step; undivided (Dr. GRPO) A = r - mean. The mass of a group is the sum of |A|: 2 sqrt(k (G - k)) and 2 k (G - k) / G for k successes of G, half of it on successes. Dead groups have no mass. Success is rare for 1 <= k <= max(1, G / 8), medium (the control) for G / 4 <= k <= 3 G / 4. Amplification is the share of the mass in rare groups over the same undivided. A text breaks off where a fence, a thought or a box is not closed, or where it ends on a comma, a colon, a dash or an open bracket. Hard mass is the share held by prompts with a pass rate below 1/8, by the beta-binomial law fitted to all k, with luck taken out; it has no interval, as none covers where pass rates follow no Beta law.",
            test: "length: mean log-length of successes less that of their siblings, its mean over rare groups less that over medium ones, with Welch's interval, two-sided; its p-value is one-sided, by permutation of prompts within tasks of the difference over its standard error, exact where few, so that a p of 0.03 may stand beside an interval that just holds 0; a model that is shorter wherever it is right shows nothing. Answers: share of the wrong samples of other prompts that name the answer by which a prompt was solved, rare against medium, likewise: lucky guesses succeed by popular answers. Text: share of new runs of four words, as length. All three together by Holm. Guessing (successes that answers drawn from those to other prompts would give, over those seen in rare and hopeless groups, with the binomial chance that guessing alone gives as many), the commonest answer beside how often it is wanted, the distance (total variation) of answers given from those wanted, and retention (change of each task from the first step to the last, paired by prompt, Holm over tasks) stand beside them.",
            verdicts: "lucky_shortcut (fail): rare groups hold at least 5 % of the mass, and length or answers show it. hard_mass (note): no shortcut is shown, and the hard mass is at least 30 %. clean: neither. None where no length and no answer could be tested.",
            advice: "filter prompts to pass rates from 0.2 to 0.8 (balanced online filtering), leave out the division by the standard deviation (Dr. GRPO), draw larger groups, or rewrite hard prompts",
            pitfalls: "A pass rate of 1 in 8 does not say that a prompt is hard: if all had p around 1/2, 1 in 8 would still hold 6 % of the mass by luck. Hard mass alone is no fault. A division by the deviation of the others only, without the sample itself, can give advantages of a million. Row weights are not used. Why a gradient vanished no log of rewards shows.",
            source: "GRPO: Shao et al. (2024), arXiv 2402.03300; Dr. GRPO: Liu et al. (2025), arXiv 2503.20783; sample difficulty: Cheng et al. (2026), arXiv 2605.28388; filtering: arXiv 2504.03380; studentised permutation: Chung and Romano (2013)",
        }
    }

    fn needs(&self) -> &'static [Need] {
        &[&[Column::PROMPT], &[Column::REWARD, Column::CORRECT]]
    }

    fn helps(&self) -> &'static [Column] {
        &[
            Column::REWARD,
            Column::TOKENS,
            Column::ANSWER,
            Column::TARGET,
            Column::RESPONSE,
            Column::STEP,
        ]
    }

    fn claims(&self) -> &'static [&'static str] {
        &["lucky_shortcut"]
    }

    fn audit(&self, subject: &Subject<'_>) -> Option<Objective> {
        let Groups {
            groups,
            single,
            repeated,
        } = Groups::of(subject.panel());
        if groups.is_empty() {
            return None;
        }
        let found = Found::of(&groups, subject);
        let (verdict, level) = found.verdict();
        let mut missing = subject.missing(self.helps());
        // Characters of the response stand in for tokens.
        if found.length.p.is_some() {
            missing.retain(|role| *role != Column::TOKENS.role);
        }
        Some(Objective {
            verdict,
            level,
            sentence: format!(
                "{}{}{}",
                found.sentence(verdict),
                twice(repeated),
                subject.sampled()
            ),
            advice: found.advice(verdict),
            evidence: found.evidence(single, repeated),
            tables: found.tables,
            missing,
        })
    }

    fn nothing(&self, _subject: &Subject<'_>) -> &'static str {
        "no prompt_id stands in two rewarded rows of one step: it takes several samples of a prompt"
    }
}

/// Samples of one number, shown where there are any.
fn again(repeated: u64) -> Evidence {
    let label = match repeated {
        0 => "",
        _ => "samples seen before",
    };
    Evidence::number("repeated_samples", label, Measure::Count, repeated as f64)
}

/// What is said of samples of one number: they may be of two runs or models, which are no group.
fn twice(repeated: u64) -> String {
    match repeated {
        0 => String::new(),
        1 => {
            "; 1 row has the prompt, step and sample of another, and counts as a sample of its own"
                .to_owned()
        }
        many => format!(
            "; {many} rows have the prompt, step and sample of another, and count as samples of their own"
        ),
    }
}

/// All that is looked at for the verdict.
struct Found {
    masses: Masses,
    hard: crate::report::Estimate,
    length: Signature,
    answers: Signature,
    text: Signature,
    /// The p-values of length, answers and text, each adjusted for the others.
    adjusted: Vec<Option<f64>>,
    retention: Retention,
    /// What is answered, over all samples, and what guessing explains.
    given: Vec<Evidence>,
    tables: Vec<Table>,
    level: f64,
}

impl Found {
    fn of(groups: &[Group], subject: &Subject<'_>) -> Self {
        let settings = subject.settings();
        let design = Design {
            replicates: subject.replicates(),
            seed: settings.seed,
            level: settings.level,
        };
        let length =
            signatures::interaction(groups, |s| s.length, "no tokens or response column", design);
        let text = signatures::interaction(groups, |s| s.distinct, "no response column", design);
        let answers = signatures::repetition(groups, design);
        let mut given = answers::evidence(groups);
        given.push(Evidence::estimate(
            "guessability",
            "lucky guesses to expect per rare success",
            Measure::Number(2),
            signatures::guessed(groups),
        ));
        let retention = Retention::of(subject);
        let tables = mass::histogram(groups).into_iter().chain(retention.table());
        Self {
            masses: Masses::of(groups),
            hard: hardness::hard_mass(groups),
            adjusted: holm(&[length.p, answers.p, text.p]),
            length,
            answers,
            text,
            given,
            tables: tables.collect(),
            retention,
            level: design.level,
        }
    }

    /// Whether length, and whether answers, show a shortcut.
    fn shown(&self) -> [bool; 2] {
        let significant = |at: usize| {
            let adjusted = self.adjusted.get(at).copied().flatten();
            adjusted.is_some_and(|p| p <= 1.0 - self.level)
        };
        // The test is one-sided; that the figure is on its side goes without saying, and is checked all the same.
        let side = |signature: &Signature, sign: f64| {
            signature
                .estimate
                .value
                .is_some_and(|value| sign * value > 0.0)
        };
        [
            significant(0) && side(&self.length, -1.0),
            significant(1) && side(&self.answers, 1.0),
        ]
    }

    fn verdict(&self) -> (Option<&'static str>, Level) {
        let matters = self.masses.shares[0].is_some_and(|share| share >= RARE_MASS);
        let tested = self.length.p.is_some() || self.answers.p.is_some();
        let hard = self.hard.value.is_some_and(|share| share >= HARD_MASS);
        match (matters && self.shown().contains(&true), hard) {
            (true, _) => (Some("lucky_shortcut"), Level::Fail),
            (false, true) => (Some("hard_mass"), Level::Note),
            // Where rare successes hold little, there is nothing to be tested.
            (false, false) if tested || (!matters && self.masses.shares[0].is_some()) => {
                (Some("clean"), Level::Ok)
            }
            (false, false) => (None, Level::Inconclusive),
        }
    }

    fn sentence(&self, verdict: Option<&'static str>) -> String {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let [none, all] = self
            .masses
            .dead
            .map(|dead| percent(dead as f64 / self.masses.groups as f64));
        let mass = match self.masses.shares[0] {
            Some(share) => format!(
                "rare successes hold {} of the advantage mass",
                percent(share)
            ),
            None => "no group has any advantage".to_owned(),
        };
        let why = match verdict {
            Some("lucky_shortcut") => self.signs(),
            Some("hard_mass") => format!(
                ", {} of it on prompts with a pass rate below 1/8; no shortcut is shown",
                self.hard.value.map(percent).unwrap_or_default()
            ),
            Some(_) => "; no shortcut is shown".to_owned(),
            None => "; whether they are shortcuts cannot be tested".to_owned(),
        };
        format!(
            "{mass}{why}; {none} of {} groups have no success, {all} no failure",
            self.masses.groups
        )
    }

    /// What shows the shortcut.
    fn signs(&self) -> String {
        let [short, alike] = self.shown();
        let mut signs = Vec::new();
        if let Some([rare, medium]) = self.length.bands.filter(|_| short) {
            signs.push(format!(
                "are {:.2} times as long as their siblings (where success is medium: {:.2})",
                rare.exp(),
                medium.exp()
            ));
        }
        if let Some([rare, medium]) = self.answers.bands.filter(|_| alike) {
            signs.push(format!(
                "name what {:.1} % of wrong samples of other prompts name (medium: {:.1} %)",
                100.0 * rare,
                100.0 * medium
            ));
        }
        format!(" and {}", signs.join(" and "))
    }

    fn advice(&self, verdict: Option<&'static str>) -> Option<String> {
        let advice = match verdict {
            Some("lucky_shortcut") => {
                "filter prompts to pass rates from 0.2 to 0.8, leave out the division by the standard deviation (Dr. GRPO), or draw larger groups"
            }
            Some("hard_mass") => {
                "hard prompts may help or harm: watch the signatures as training goes on; without the division by the standard deviation they weigh less"
            }
            _ => return None,
        };
        Some(advice.to_owned())
    }

    fn evidence(&self, single: u64, repeated: u64) -> Vec<Evidence> {
        use Measure::{Number, Share, Signed};
        let mut evidence = self.masses.evidence(single);
        evidence.push(again(repeated));
        let ratio = |name: &'static str, label: &'static str, value: f64| {
            Evidence::number(name, label, Number(3), value)
        };
        evidence.push(Evidence::estimate(
            "hard_mass",
            "mass on hard prompts",
            Share,
            self.hard.clone(),
        ));
        let adjusted = |at: usize, signature: &Signature| {
            let p = self.adjusted.get(at).copied().flatten();
            match p {
                Some(p) => signature.estimate.clone().and("p_adjusted", Some(p)),
                None => signature.estimate.clone(),
            }
        };
        evidence.push(Evidence::estimate(
            "length_collapse",
            "log-length, rare − medium",
            Signed(3),
            adjusted(0, &self.length),
        ));
        if let Some([rare, medium]) = self.length.bands {
            evidence.push(ratio(
                "length_ratio_rare",
                "  length ratio where rare",
                rare.exp(),
            ));
            evidence.push(ratio("length_ratio_medium", "  where medium", medium.exp()));
        }
        evidence.push(Evidence::estimate(
            "answer_repetition",
            "popular answers, rare − medium",
            Signed(3),
            adjusted(1, &self.answers),
        ));
        evidence.extend(self.given.iter().cloned());
        evidence.push(Evidence::estimate(
            "text_repetition",
            "new 4-word runs, rare − medium",
            Signed(3),
            adjusted(2, &self.text),
        ));
        evidence.push(Evidence::estimate(
            "contamination",
            "worst change of a task",
            Signed(3),
            self.retention.worst().within(-1.0, 1.0),
        ));
        evidence
    }
}
