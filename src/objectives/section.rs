//! What every audit of a claim about training objectives is: what it claims, which columns it needs, what it found.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::answers::{Answers, Crossfit};
use crate::evidence::{Conduct, Panel, PanelRow};
use crate::metrics::View;
use crate::recalibrate::threshold::worthwhile;
use crate::record::{Abstained, Field, Kind, Names};
use crate::report::Objective;
use crate::settings::Settings;

/// An audit of one claim. It is pure, and one file in this room with one line in [`SECTIONS`](super::SECTIONS).
pub trait Section: Sync {
    /// Its name in every output and in `--section`.
    fn name(&self) -> &'static str;
    /// What a reader should know about it.
    fn about(&self) -> About;
    /// Columns it cannot do without: of each need, one.
    fn needs(&self) -> &'static [Need];
    /// Columns with which it says more.
    fn helps(&self) -> &'static [Column] {
        &[]
    }
    /// Words that it speaks where an interval or a p-value shows them: of many groups, some earn one by chance.
    fn claims(&self) -> &'static [&'static str] {
        &[]
    }
    /// What it finds in rows that have what it needs; `None` where they turn out to be nothing for it.
    fn audit(&self, subject: &Subject<'_>) -> Option<Objective>;
    /// Why they are nothing for it, after "not told: ".
    fn nothing(&self, _subject: &Subject<'_>) -> &'static str {
        "no row is of use to it"
    }
}

/// The documentation of a section.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in words.
    pub title: &'static str,
    /// What is said of such an objective, and by whom.
    pub claim: &'static str,
    /// What is computed.
    pub formula: &'static str,
    /// How chance is ruled out.
    pub test: &'static str,
    /// The verdicts, and when each is spoken.
    pub verdicts: &'static str,
    /// What to do about them.
    pub advice: &'static str,
    /// How it misleads, and what a log cannot show.
    pub pitfalls: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// Columns any one of which will do.
pub type Need = &'static [Column];

/// A column by the role it plays, and how evidence shows that it was there.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The role.
    pub role: &'static str,
    held: Held,
}

#[derive(Clone, Copy, Debug)]
enum Held {
    /// Some row of the panel has the field.
    Panel(Field),
    /// Some row is of this conduct.
    Rows(fn(&Conduct) -> bool),
}

impl Column {
    /// Identity of the prompt.
    pub const PROMPT: Self = Self::panel("prompt_id", Field::Prompt);
    /// Reward.
    pub const REWARD: Self = Self::panel("reward", Field::Reward);
    /// Correctness.
    pub const CORRECT: Self = Self::rows("correct", |conduct| conduct.graded);
    /// Number of tokens.
    pub const TOKENS: Self = Self::panel("tokens", Field::Tokens);
    /// The answer given.
    pub const ANSWER: Self = Self::panel("answer", Field::Answer);
    /// The answer wanted.
    pub const TARGET: Self = Self::panel("target", Field::Gold);
    /// The whole text of the model.
    pub const RESPONSE: Self = Self::panel("response", Field::Class);
    /// Stated confidence of graded answers.
    pub const CONFIDENCE: Self = Self::rows("confidence", |conduct| {
        conduct.graded && conduct.confident && conduct.abstained != Abstained::Full
    });
    /// Cost of a wrong answer.
    pub const COST_WRONG: Self = Self::panel("cost_wrong", Field::CostWrong);
    /// Answers that were forced where the model declined.
    pub const FORCED: Self = Self::panel("forced_correct", Field::ForcedCorrect);
    /// Training step.
    pub const STEP: Self = Self::panel("step", Field::Step);

    /// A column that fills a field of the panel.
    #[must_use]
    pub const fn panel(role: &'static str, field: Field) -> Self {
        Self {
            role,
            held: Held::Panel(field),
        }
    }

    /// A column that shows in the conduct of rows.
    #[must_use]
    pub const fn rows(role: &'static str, is: fn(&Conduct) -> bool) -> Self {
        Self {
            role,
            held: Held::Rows(is),
        }
    }

    /// Whether a row of the panel has a value for it, by its fields.
    fn fills(&self, row: &PanelRow) -> bool {
        matches!(self.held, Held::Panel(field) if row.code(field).is_some())
    }

    /// Whether rows of a conduct have a value for it.
    fn is_of(&self, conduct: &Conduct) -> bool {
        matches!(self.held, Held::Rows(is) if is(conduct))
    }

    /// Whether some row had a value for it.
    #[must_use]
    pub fn is_in(&self, view: &View<'_>) -> bool {
        match self.held {
            Held::Panel(field) => view.panel().seen_with(field) > 0,
            Held::Rows(is) => view.rows(is) > 0,
        }
    }
}

/// The rows an audit looks at, and how.
pub struct Subject<'a> {
    /// The rows as the metrics see them.
    pub view: &'a View<'a>,
    /// Names of tasks and formats.
    pub names: &'a Names,
    /// The kind of prompts whose published models are to stand beside them.
    pub reference: Option<Kind>,
    /// What wrong answers and silence cost, where flags say so.
    pub costs: Option<Costs>,
    /// Whether what serves as confidence is not the model's own.
    pub made_up: bool,
    /// Whether they are one of several groups.
    pub is_part: bool,
    /// What the sections before this one found.
    pub found: BTreeMap<&'static str, Objective>,
    answers: OnceCell<Result<Answers, &'static str>>,
    crossfit: OnceCell<Result<Crossfit, &'static str>>,
}

/// What answers and silence cost, where a right answer earns 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Cost of a wrong answer, λ.
    pub wrong: f64,
    /// Cost of silence, k; a reward for it is below 0.
    pub abstain: f64,
}

impl Costs {
    /// (λ − k) / (1 + λ): below 0 where silence costs more than any answer.
    pub(super) fn unclamped(&self) -> f64 {
        (self.wrong - self.abstain) / (1.0 + self.wrong)
    }

    /// The probability to be right from which on an answer is worth its risk.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        worthwhile(self.wrong, self.abstain)
    }
}

impl<'a> Subject<'a> {
    /// These rows, with nothing beside them.
    #[must_use]
    pub fn new(view: &'a View<'a>, names: &'a Names) -> Self {
        Self {
            view,
            names,
            reference: None,
            costs: None,
            made_up: false,
            is_part: false,
            found: BTreeMap::new(),
            answers: OnceCell::new(),
            crossfit: OnceCell::new(),
        }
    }

    /// The graded answers in folds with their curves, or why there are none.
    pub(super) fn crossfit(&self) -> Result<&Crossfit, &'static str> {
        let crossfit = self.crossfit.get_or_init(|| Crossfit::of(self));
        crossfit.as_ref().map_err(|reason| *reason)
    }

    /// The graded answers with their cross-fitted probabilities, or why there are none.
    pub(super) fn answers(&self) -> Result<&Answers, &'static str> {
        let answers = self.answers.get_or_init(|| Answers::of(self));
        answers.as_ref().map_err(|reason| *reason)
    }

    /// The rows with more than an answer.
    #[must_use]
    pub fn panel(&self) -> &Panel {
        self.view.panel()
    }

    /// The choices they are seen under.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.view.settings()
    }

    /// Replicates of a resampling.
    #[must_use]
    pub fn replicates(&self) -> u32 {
        self.view.replicates()
    }

    /// The name of a task or format.
    #[must_use]
    pub fn name(&self, hash: u64) -> String {
        match self.names.get(hash) {
            Some(name) => name.to_owned(),
            None => format!("#{hash:016x}"),
        }
    }

    /// Of how many rows the panel is a sample, where it is one; to go behind a sentence.
    #[must_use]
    pub fn sampled(&self) -> String {
        let panel = self.panel();
        match panel.is_whole() {
            true => String::new(),
            false => format!(
                " (on {} of {} rows: whole prompts, chosen by hash)",
                panel.rows(),
                panel.seen()
            ),
        }
    }

    /// Whether some row has a value for a column, or a flag stands in for it.
    #[must_use]
    pub fn has(&self, column: &Column) -> bool {
        column.is_in(self.view) || (column.role == "cost_wrong" && self.costs.is_some())
    }

    /// The columns that would let a section say more.
    #[must_use]
    pub fn missing(&self, columns: &[Column]) -> Vec<&'static str> {
        let absent = columns.iter().filter(|column| !self.has(column));
        absent.map(|column| column.role).collect()
    }
}

/// Rows that have what a section needs, whatever it makes of them; where not all rows with more than an answer are kept,
/// as many as the kept ones let expect.
#[must_use]
pub fn usable(section: &dyn Section, view: &View<'_>) -> u64 {
    let panel = view.panel();
    let met = |has: &dyn Fn(&Column) -> bool| {
        let needs = section.needs();
        needs.iter().all(|need| need.iter().any(has))
    };
    let by_conduct = |conduct: &Conduct| met(&|column| column.is_of(conduct));
    let (mut inside, mut counted) = (0, 0);
    for (row, times) in panel.iter() {
        let conduct = row.conduct();
        let of_conduct = |column: &Column| conduct.is_some_and(|conduct| column.is_of(&conduct));
        if met(&|column| column.fills(row) || of_conduct(column)) {
            inside += times;
        }
        if conduct.is_some_and(|conduct| by_conduct(&conduct)) {
            counted += times;
        }
    }
    let whole = |rows: u64| match panel.rows() {
        0 => 0,
        kept => (rows as f64 * panel.seen() as f64 / kept as f64).round() as u64,
    };
    let beyond = view.rows(by_conduct).saturating_sub(whole(counted));
    whole(inside) + beyond
}

/// What a section needs and the rows do not have, alternatives in one.
#[must_use]
pub fn unmet(section: &dyn Section, view: &View<'_>) -> Vec<&'static str> {
    lacking(section, |column| column.is_in(view))
}

fn lacking(section: &dyn Section, there: impl Fn(&Column) -> bool) -> Vec<&'static str> {
    let roles = lacking_needs(section, there);
    roles.into_iter().flatten().collect()
}

/// The needs that no column meets, each with the roles that would.
fn lacking_needs(section: &dyn Section, there: impl Fn(&Column) -> bool) -> Vec<Vec<&'static str>> {
    let met = |need: &&Need| need.iter().any(&there);
    let unmet = section.needs().iter().filter(|need| !met(need));
    unmet
        .map(|need| need.iter().map(|column| column.role).collect())
        .collect()
}

/// What a log lacks, and how to give it.
fn lacks(needs: &[Vec<&'static str>]) -> String {
    let each = needs
        .iter()
        .map(|roles| format!("no {}", roles.join(" or ")));
    let each: Vec<String> = each.collect();
    let role = needs.iter().flatten().next().copied().unwrap_or_default();
    let map = format!("name the column that plays a role with --map, as in --map {role}=COLUMN");
    let give = match needs {
        [only] if only == &["cost_wrong"] => {
            format!("give it to all rows with --cost-wrong, or {map}")
        }
        _ => map,
    };
    format!("not told: the log has {}; {give}", each.join(", and "))
}

/// What a section finds; `None` where the rows lack what it needs, or are nothing for it.
#[must_use]
pub fn audit(section: &dyn Section, subject: &Subject<'_>) -> Option<Objective> {
    lacking(section, |column| subject.has(column))
        .is_empty()
        .then(|| section.audit(subject))
        .flatten()
}

/// The same for a section that was asked for: where it finds nothing, it says what is lacking.
#[must_use]
pub fn audit_asked(section: &dyn Section, subject: &Subject<'_>) -> Objective {
    audit(section, subject).unwrap_or_else(|| {
        let needs = lacking_needs(section, |column| subject.has(column));
        let sentence = match needs.is_empty() {
            true => format!("not told: {}", section.nothing(subject)),
            false => lacks(&needs),
        };
        Objective::untold(sentence, needs.concat())
    })
}

/// A difference or a reward in a sentence; one beyond all counting by its power of ten.
pub(super) fn signed(value: f64) -> String {
    // What is written as 0 has no sign of its own.
    let value = if value.abs() < 5e-4 { 0.0 } else { value };
    let written = match value.abs() < 1e9 {
        true => format!("{value:+.3}"),
        false => format!("{value:+.3e}"),
    };
    written.replace('-', "−")
}

/// A step as it is written: one beyond all counting by its power of ten.
pub(super) fn step_name(step: f64) -> String {
    match step.abs() < 1e15 {
        true => step.to_string(),
        false => format!("{step:e}"),
    }
}
