//! What an audit of the rows that were read will be able to say, and what is missing for the rest.

use crate::evidence::{Conduct, Partial};
use crate::ingest::Gathered;
use crate::input::{Role, RowRules};
use crate::metrics::{Budget, View};
use crate::objectives::{SECTIONS, unmet, usable};
use crate::record::Kind;
use crate::report::check::Ability;
use crate::settings::Settings;

/// What stands behind the figures.
struct Basis<'b> {
    rules: &'b RowRules,
    gathered: &'b Gathered,
}

/// Every family of figures, with the rows it would rest on.
pub(super) fn figures(rules: &RowRules, gathered: &Gathered) -> Vec<Ability> {
    let basis = Basis { rules, gathered };
    let mut figures = vec![
        basis.accuracy(),
        basis.calibration(),
        basis.coverage(),
        basis.map(),
        basis.kinds(),
        basis.clusters(),
    ];
    figures.extend(objectives(gathered));
    figures
}

/// The audits of training objectives for which there are columns.
fn objectives(gathered: &Gathered) -> Vec<Ability> {
    let (evidence, settings) = (gathered.groups.all(), Settings::default());
    let view = View::new(evidence, &settings, Budget::default());
    let about = if evidence.panel().is_whole() {
        ""
    } else {
        "about "
    };
    let met = SECTIONS
        .iter()
        .filter(|section| unmet(**section, &view).is_empty());
    met.map(|section| {
        let rows = usable(*section, &view);
        let told = format!("{about}{} with what it needs", counted(rows, "row"));
        ability(section.name(), rows, told, "no row has all that it needs")
    })
    .collect()
}

fn is_answer(conduct: &Conduct) -> bool {
    !Partial::default().abstains(conduct.abstained)
}

impl Basis<'_> {
    fn rows(&self, wanted: impl Fn(&Conduct) -> bool) -> u64 {
        self.gathered.groups.all().behaviour().total(wanted).rows
    }

    /// Whether neither a column nor a flag says what a role is.
    fn lacks(&self, role: Role) -> bool {
        let mut given = self.rules.fields.given();
        self.gathered.notes.columns.serving(role).is_empty()
            && given.all(|(by_flag, _)| by_flag != role)
    }

    fn accuracy(&self) -> Ability {
        let rows = self.rows(|conduct| is_answer(conduct) && conduct.graded);
        let missing = if self.lacks(Role::Correct) && self.lacks(Role::Grade) {
            "no correct (nor answer with target, nor grade)"
        } else {
            "no answered row has a grade"
        };
        ability("accuracy", rows, counted(rows, "graded answer"), missing)
    }

    fn calibration(&self) -> Ability {
        let graded = |conduct: &Conduct| is_answer(conduct) && conduct.graded;
        let rows = self.rows(|conduct| graded(conduct) && conduct.confident);
        let told = format!(
            "{} with a confidence, of {}",
            counted(rows, "graded answer"),
            self.rows(graded)
        );
        let no_options = self.lacks(Role::ChoiceLogprobs);
        let missing = match (
            self.lacks(Role::Confidence) && no_options,
            self.rows(graded),
        ) {
            (true, _) => "no confidence: no reliability, no Brier score, no ECE, no AUROC",
            (false, 0) => "no answered row has a grade to hold its confidence against",
            (false, _) => "no graded answer has a usable confidence",
        };
        ability("calibration, discrimination", rows, told, missing)
    }

    fn coverage(&self) -> Ability {
        let rows = self.rows(|_| true);
        let silent = self.lacks(Role::Abstained) && !self.gathered.notes.grade_heard;
        let answered = self.rows(is_answer);
        let told = format!("{answered} of {} answered", counted(rows, "row"));
        let missing = "no abstained: every row counts as answered";
        ability("coverage", if silent { 0 } else { rows }, told, missing)
    }

    fn map(&self) -> Ability {
        let decline = self.rows(|conduct| conduct.should_abstain == Some(true));
        let answer = self.rows(|conduct| conduct.should_abstain == Some(false));
        let told = format!(
            "{} to decline, {answer} to answer",
            counted(decline, "prompt")
        );
        let missing = match (self.lacks(Role::ShouldAbstain), decline, answer) {
            (true, ..) => "no should_abstain: no place on the map",
            (false, 0, 0) => {
                "no usable row says whether it should be declined: no place on the map"
            }
            (false, 0, _) => {
                "no prompt that should be declined: over-abstaining only, no place on the map"
            }
            (false, _, _) => {
                "no prompt that should be answered: over-answering only, no place on the map"
            }
        };
        let rows = if decline > 0 && answer > 0 {
            decline + answer
        } else {
            0
        };
        ability("over-answer, over-abstain", rows, told, missing)
    }

    fn kinds(&self) -> Ability {
        let of =
            |kind| self.rows(|conduct| conduct.should_abstain.is_some() && conduct.kind == kind);
        let (epistemic, safety) = (of(Kind::Epistemic), of(Kind::Safety));
        let told = format!("{epistemic} labelled epistemic, {safety} safety");
        let missing = if self.lacks(Role::Kind) {
            "no kind: unanswerable and harmful prompts cannot be told apart"
        } else {
            "no labelled row says epistemic or safety"
        };
        ability("kinds of prompt apart", epistemic + safety, told, missing)
    }

    fn clusters(&self) -> Ability {
        let all = self.gathered.groups.all();
        let rows = all.rows() - all.unkeyed().behaviour().rows();
        let told = if all.items().repeats() {
            format!(
                "{} with an identity, some of them of one prompt",
                counted(rows, "row")
            )
        } else {
            format!("{} with an identity, no prompt twice", counted(rows, "row"))
        };
        let anonymous = self.rules.fields.cluster.is_none()
            && [Role::Cluster, Role::PromptId, Role::Id]
                .into_iter()
                .all(|role| self.lacks(role));
        let missing = if anonymous {
            "no id, prompt_id or cluster: rows count as independent"
        } else {
            "no usable row has an identity: rows count as independent"
        };
        ability("rows of one prompt together", rows, told, missing)
    }
}

fn ability(figures: &'static str, rows: u64, told: String, missing: &str) -> Ability {
    Ability {
        figures,
        told: rows > 0,
        rows,
        message: match rows {
            0 => missing.to_owned(),
            _ => told,
        },
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
