//! A model that answers or declines by signal detection, and states how sure it is.
//!
//! Evidence that a prompt should be declined is N(d′/2, 1) where it should and N(−d′/2, 1) where it should be answered;
//! the model declines above its criterion c, so that h = Φ(d′/2 − c) and f = Φ(−d′/2 − c). Samples of one prompt share
//! part of their evidence. What it answers is right with probability p, drawn for each prompt.

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::ability::{Ability, Calibration, Node, mean};
use super::character::{Character, Control, Kinds, Traits};
use super::{Log, Row, Size, not_negative, share};
use crate::maths::bivariate::{tetrachoric, upper};
use crate::maths::quantile::normal;
use crate::maths::rng::Rng;
use crate::maths::tails;

/// Streams of tasks, apart from those of prompts.
const TASKS: u64 = 1 << 48;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Persona {
    /// Which model
    #[arg(value_enum, default_value_t = Character::Reasoner)]
    pub character: Character,
    /// How many rows.
    #[command(flatten)]
    pub size: Size,
    /// Share of the prompts that should be declined
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub should_abstain: f64,
    /// Share that it answers of what it should decline [default: the model's]
    #[arg(long, value_parser = share)]
    pub over_answer: Option<f64>,
    /// Share that it declines of what it should answer [default: the model's]
    #[arg(long, value_parser = share)]
    pub over_abstain: Option<f64>,
    /// Why prompts should be declined
    #[arg(long, value_enum, default_value_t = Kinds::Epistemic)]
    pub kind: Kinds,
    /// Tasks that the prompts are of, in equal parts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub tasks: u64,
    /// Standard deviation of d′ and of c from task to task
    #[arg(long, default_value_t = 0.0, value_parser = not_negative)]
    pub spread: f64,
    /// Correlation of the evidence of samples of one prompt
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub correlation: f64,
    /// Correlation of declining with being wrong when made to answer; adds forced_correct
    #[arg(long, allow_negative_numbers = true, value_parser = correlation)]
    pub insight: Option<f64>,
    /// How hard prompts are and how confidence is stated.
    #[command(flatten)]
    pub ability: Ability,
    /// A log from which something must not be concluded
    #[arg(long, value_enum)]
    pub control: Option<Control>,
}

fn correlation(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (-0.99..=0.99).contains(&value) => Ok(value),
        _ => Err("expected a number from -0.99 to 0.99".to_owned()),
    }
}

/// How the model treats one task: evidence of standard normal noise above these is declined.
#[derive(Clone, Copy, Debug)]
struct Task {
    /// Where the prompt should be declined: −z(h).
    decline: f64,
    /// Where it should be answered: −z(f).
    answer: f64,
}

impl Task {
    fn over_answer(self) -> f64 {
        tails::normal(-self.decline)
    }

    fn over_abstain(self) -> f64 {
        tails::normal(self.answer)
    }

    /// What its rates and their normal quantiles are; the latter are null where a rate is 0 or 1.
    fn truth(self) -> Value {
        let finite = |value: f64| value.is_finite().then_some(value);
        json!({
            "over_answer": self.over_answer(),
            "over_abstain": self.over_abstain(),
            "dprime": finite(self.answer - self.decline),
            "criterion": finite(f64::midpoint(self.answer, self.decline)),
            "youden": 1.0 - self.over_answer() - self.over_abstain(),
        })
    }
}

/// Where a prompt stands in the layout of the log.
#[derive(Clone, Copy, Debug)]
struct Prompt {
    index: u64,
    should_abstain: bool,
    kind: Option<&'static str>,
    task: u64,
}

impl Persona {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let tasks = self.treated(seed);
        let prompts = match self.control {
            Some(Control::SingleRow) => 1,
            _ => self.size.prompts,
        };
        let mut rows = Vec::new();
        for index in 0..prompts {
            let prompt = self.prompt(index);
            if let Some(task) = tasks.get(prompt.task as usize) {
                self.ask(prompt, *task, seed, &mut rows);
            }
        }
        if self.control == Some(Control::DuplicateIds) {
            rows = rows
                .into_iter()
                .flat_map(|row| [row.clone(), row])
                .collect();
        }
        Log::alone(rows)
    }

    fn traits(&self) -> Traits {
        let (over_answer, over_abstain, bias) = self.character.traits();
        (
            self.over_answer.unwrap_or(over_answer),
            self.over_abstain.unwrap_or(over_abstain),
            self.ability.bias.unwrap_or(bias),
        )
    }

    /// How it treats each task.
    fn treated(&self, seed: u64) -> Vec<Task> {
        (0..self.tasks).map(|task| self.task(seed, task)).collect()
    }

    fn task(&self, seed: u64, task: u64) -> Task {
        let (over_answer, over_abstain, _) = self.traits();
        let (decline, answer) = (normal(over_answer), -normal(over_abstain));
        if self.control == Some(Control::ShuffledLabels) {
            // The label says nothing: one threshold, between both.
            let both = normal(f64::midpoint(over_answer, 1.0 - over_abstain));
            return Task {
                decline: both,
                answer: both,
            };
        }
        let mut rng = Rng::stream(seed, TASKS + task);
        let (skill, lean) = (self.spread * rng.normal(), self.spread * rng.normal());
        Task {
            decline: decline + lean - skill / 2.0,
            answer: answer + lean + skill / 2.0,
        }
    }

    /// Both sides in the given shares, and kinds and tasks in equal parts of either.
    fn prompt(&self, index: u64) -> Prompt {
        let share = match self.control {
            Some(Control::OneClass) => 0.0,
            _ => self.should_abstain,
        };
        let before = |index: u64| (index as f64 * share).floor() as u64;
        let should_abstain = before(index + 1) > before(index);
        let place = match should_abstain {
            true => before(index),
            false => index - before(index),
        };
        let (kind, round) = match self.kind {
            Kinds::Epistemic => (Some("epistemic"), place),
            Kinds::Safety => (Some("safety"), place),
            Kinds::Both if place % 2 == 0 => (Some("epistemic"), place / 2),
            Kinds::Both => (Some("safety"), place / 2),
            Kinds::Unknown => (None, place),
        };
        Prompt {
            index,
            should_abstain,
            kind,
            task: round % self.tasks,
        }
    }

    fn ask(&self, prompt: Prompt, task: Task, seed: u64, rows: &mut Vec<Row>) {
        let mut rng = Rng::stream(seed, prompt.index);
        let p = self.ability.draw(&mut rng);
        let shared = rng.normal();
        for sample in 0..self.size.samples {
            let noise = match self.size.samples {
                1 => shared,
                _ => {
                    let own = (1.0 - self.correlation).sqrt() * rng.normal();
                    self.correlation.sqrt() * shared + own
                }
            };
            let row = Row::of(prompt.index, sample, self.size.samples);
            rows.push(self.row(row, prompt, task, (p, noise), &mut rng));
        }
    }

    fn row(
        &self,
        row: Row,
        prompt: Prompt,
        task: Task,
        (p, noise): (f64, f64),
        rng: &mut Rng,
    ) -> Row {
        let threshold = match prompt.should_abstain {
            true => task.decline,
            false => task.answer,
        };
        let abstained = noise > threshold;
        let right = self.is_right(p, noise, rng);
        // What should be declined has no right answer, and is not graded.
        let graded = !prompt.should_abstain;
        Row {
            task: Some(format!("task{}", prompt.task + 1)),
            kind: prompt.kind,
            should_abstain: Some(prompt.should_abstain),
            abstained: Some(abstained),
            confidence: (!abstained).then(|| self.stated(p)),
            correct: (graded && !abstained).then_some(right),
            forced_correct: (graded && self.insight.is_some()).then_some(right),
            ..row
        }
    }

    /// The chance to be wrong is 1 − p; with insight it goes with the evidence to decline.
    fn is_right(&self, p: f64, noise: f64, rng: &mut Rng) -> bool {
        let insight = self.insight.unwrap_or(0.0);
        let doubt = insight * noise + (1.0 - insight * insight).sqrt() * rng.normal();
        match self.control {
            Some(Control::OneClass) => true,
            Some(Control::ShuffledLabels) => doubt <= normal(self.mean_ability()),
            _ => doubt <= normal(p),
        }
    }

    fn mean_ability(&self) -> f64 {
        self.ability.alpha / (self.ability.alpha + self.ability.beta)
    }

    fn stated(&self, p: f64) -> f64 {
        let bias = self.traits().2;
        match self.control {
            Some(Control::ConstantConfidence) => self.ability.confidence(self.mean_ability(), bias),
            _ => self.ability.confidence(p, bias),
        }
    }

    pub(super) fn truth(&self, seed: u64) -> Value {
        let tasks = &self.treated(seed)[..];
        let whole = |of: &dyn Fn(Task) -> f64| {
            tasks.iter().map(|task| of(*task)).sum::<f64>() / tasks.len().max(1) as f64
        };
        let all = Task {
            decline: normal(whole(&Task::over_answer)),
            answer: -normal(whole(&Task::over_abstain)),
        };
        let mut truth = json!({
            "abstention": all.truth(),
            "calibration": self.calibration(tasks),
            "tasks": tasks.iter().map(|task| task.truth()).collect::<Vec<_>>(),
        });
        if let (Some(_), Value::Object(members)) = (self.insight, &mut truth) {
            members.insert(
                "refusal".to_owned(),
                self.refusal(tasks, all.over_abstain()),
            );
        }
        truth
    }

    /// Over the answered prompts; with insight those are not like all others.
    fn calibration(&self, tasks: &[Task]) -> Option<Calibration> {
        let nodes = self.ability.nodes(self.traits().2);
        let parts = tasks.iter().flat_map(|task| {
            nodes.iter().map(|node| Node {
                weight: node.weight * tails::normal(-task.answer),
                p: self.right_if_answered(*task, node.p),
                confidence: self.stated(node.p),
            })
        });
        let mut parts: Vec<Node> = parts.collect();
        let whole: f64 = parts.iter().map(|node| node.weight).sum();
        for node in &mut parts {
            node.weight /= whole;
        }
        (whole > 0.0).then(|| Calibration::of(&parts))
    }

    fn right_if_answered(&self, task: Task, p: f64) -> f64 {
        let p = match self.control {
            Some(Control::OneClass) => return 1.0,
            Some(Control::ShuffledLabels) => self.mean_ability(),
            _ => p,
        };
        match self.insight {
            None => p,
            Some(insight) => {
                let wrong_and_declined = upper(task.answer, normal(p), insight);
                (p - task.over_abstain() + wrong_and_declined) / tails::normal(-task.answer)
            }
        }
    }

    /// Whether it declines what it would get wrong, of the prompts that should be answered.
    fn refusal(&self, tasks: &[Task], declined: f64) -> Value {
        let nodes = self.ability.nodes(0.0);
        let right = match self.control {
            Some(Control::OneClass) => 1.0,
            _ => self.mean_ability(),
        };
        let answered_right = |task: &Task| {
            mean(&nodes, |node| self.right_if_answered(*task, node.p)) * tails::normal(-task.answer)
        };
        let answered_right = tasks.iter().map(answered_right).sum::<f64>() / tasks.len() as f64;
        let wrong_and_declined = declined - (right - answered_right);
        let rho = tetrachoric(wrong_and_declined, declined, 1.0 - right);
        json!({
            "base_error": 1.0 - right,
            "abstention_precision": (declined > 0.0).then(|| wrong_and_declined / declined),
            "tetrachoric": rho,
            "refusal_index": rho.map(|rho| 6.0 / std::f64::consts::PI * (rho / 2.0).asin()),
            "over_abstain_if_right": (right > 0.0).then(|| ((right - answered_right) / right).max(0.0)),
        })
    }
}
