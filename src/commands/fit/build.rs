//! A log becomes a model and the report on it.

use std::collections::BTreeMap;

use super::entries::{fitted, fitted_groups, found, reported, tried_method};
use super::goal::{Goal, Ground};
use super::{Chosen, FitArgs};
use crate::cli::FittingArgs;
use crate::codes;
use crate::commands::audit;
use crate::commands::reading::Reading;
use crate::commands::repeated;
use crate::commands::rounded;
use crate::error::Error;
use crate::evidence::{Conduct, GroupKey, Partial};
use crate::input::{self, Definition};
use crate::metrics::{Auroc, Budget, Metric, View, warnings_of_answers};
use crate::recalibrate::choice::{Choice, Trial, choose, trial, trial_by};
use crate::recalibrate::crossfit::{FOLDS, Held};
use crate::recalibrate::fault::{Finding, fault};
use crate::recalibrate::grouped::{Curves, GroupedFolds};
use crate::recalibrate::histogram::Histogram;
use crate::recalibrate::identity::Identity;
use crate::recalibrate::model::{Fitted, GroupCurve, Guarantee, Model};
use crate::recalibrate::threshold::Answers;
use crate::recalibrate::{CALIBRATORS, Calibrator, Curve, Fitting, Folds, Method};
use crate::report::fit::{Automation, Fit, SCHEMA};
use crate::report::{Estimate, Rows};
use crate::settings::Settings;

/// Risks of the table of what may be answered.
const RISKS: [f64; 4] = [0.01, 0.02, 0.05, 0.10];

/// The only method that may turn the order of confidences around.
const UNORDERED: &str = Histogram::METHOD;

/// What was fitted: the method, its curves, and what they give each row.
pub(super) struct Chose {
    method: &'static Method,
    why: String,
    pub(super) curve: Curve,
    pub(super) groups: BTreeMap<GroupKey, GroupCurve>,
    /// Probabilities out of fold.
    pub(super) unseen: Vec<f64>,
    /// Those of the curves on all rows.
    pub(super) predicted: Vec<f64>,
    gain: Estimate,
}

impl Chose {
    /// Whether the curve of all rows keeps the order of confidences.
    pub(super) fn ordered(&self) -> bool {
        self.method.id != UNORDERED && !self.curve.falls()
    }

    /// The same of the curve of a group.
    pub(super) fn ordered_in(&self, key: &GroupKey) -> bool {
        let group = self.groups.get(key);
        self.method.id != UNORDERED && group.is_none_or(|group| !group.curve.falls())
    }

    /// Whether every group has the curve of all rows.
    fn has_one_curve(&self) -> bool {
        let mut groups = self.groups.values();
        groups.all(|group| group.curve == self.curve)
    }

    /// Gives its groups the thresholds they have.
    fn take(&mut self, goal: &Goal) {
        for (key, (guarantee, answered)) in &goal.groups {
            if let Some(group) = self.groups.get_mut(key) {
                group.threshold = answered.threshold;
                group.guarantee = Some(guarantee.clone());
            }
        }
    }
}

/// The model of a log and the report on it.
pub(super) fn fit(
    args: &FitArgs,
    reading: &Reading,
    sha256: Option<String>,
) -> Result<(Model, Fit), Error> {
    let settings = settings(&args.view);
    let (folds, grouped) = folds(args, reading, &settings)?;
    let tried = try_methods(args, &folds, grouped.as_ref(), &settings);
    let mut chose = chose(args, &folds, grouped.as_ref(), &tried)?;
    let ordered = chose.ordered() && chose.has_one_curve();
    let answers = Answers::new(&folds, &chose.predicted, ordered, settings.seed);
    let goal = Ground {
        args,
        reading,
        folds: &folds,
        grouped: grouped.as_ref(),
        answers: &answers,
        chose: &chose,
        settings: &settings,
    }
    .goal()?;
    let view = View::new(reading.state.groups.all(), &settings, Budget::default());
    let auroc = Auroc.estimate(&view);
    let finding = finding(&folds, &chose, has_curve(&tried), &auroc, &settings);
    let report = Fit {
        schema: SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        label: reading.state.label.clone(),
        inputs: files(reading),
        account: account(reading, &settings),
        model: args.output.to_string_lossy().into_owned(),
        next: next(args, reading, &settings),
        rows: folds.totals().rows,
        graded: folds.graded(),
        folds: FOLDS as u64,
        brier: finding.stated,
        methods: tried.iter().map(tried_method).collect(),
        method: chose.method.id.to_owned(),
        why: chose.why.clone(),
        gain: chose.gain.clone(),
        by: args.view.by.clone(),
        groups: fitted_groups(&args.view.by, &chose.groups, goal.as_ref()),
        fault: found(finding, chose.method.id, args),
        stated: range(&folds),
        automation: automation(&answers, settings.level),
        threshold: goal.as_ref().map(|goal| goal.threshold.clone()),
        warnings: rounded::told(&reading.state, settings.partial)
            .chain(warnings_of_answers(&view, &auroc))
            .collect(),
    };
    let fitted = fitted(&report, &folds, &tried, sha256);
    if let Some(goal) = &goal {
        chose.take(goal);
    }
    let guarantee = goal.map(|goal| goal.guarantee);
    let model = model(chose, guarantee, &report, fitted, reading, &settings);
    Ok((model, report))
}

/// Whether there is any curve but that which changes nothing.
fn has_curve(tried: &[Trial]) -> bool {
    tried
        .iter()
        .any(|trial| trial.method.id != Identity::METHOD)
}

/// The command that applies the model to a log read as this one was, or what to do instead.
fn next(
    args: &FitArgs,
    reading: &Reading,
    settings: &Settings,
) -> Result<Vec<String>, &'static str> {
    let state = &reading.state;
    if state.flags.contains_key("pairs") {
        return Err(
            "a table with one row for each confidence, to which calib apply can apply the model: it writes a line as one row, and with --pairs it is several",
        );
    }
    if repeated::are_apart(&state.flags) {
        return Err(
            "calib apply, with the model, a log and the flags that this log is read with: those in the state were read with several",
        );
    }
    let model = args.output.to_string_lossy().into_owned();
    let mut words = vec![
        "calib".to_owned(),
        "apply".to_owned(),
        model,
        "LOG".to_owned(),
    ];
    words.extend(repeated::reading(
        &args.input,
        state,
        !reading.saved.is_empty(),
    ));
    words.extend(repeated::partial(settings.partial));
    Ok(words)
}

/// Where the rows of all its files went.
fn account(reading: &Reading, settings: &Settings) -> Rows {
    let inputs = reading.inputs(settings.partial);
    Rows::sum(inputs.iter().map(|input| &input.rows))
}

/// What is wrong with the confidences, if anything is shown to be.
fn finding(
    folds: &Folds,
    chose: &Chose,
    tried: bool,
    auroc: &Estimate,
    settings: &Settings,
) -> Finding {
    let ranks = || auroc.low.is_some_and(|low| low > 0.5);
    fault(
        folds,
        &chose.unseen,
        &chose.gain,
        tried,
        ranks,
        settings.level,
    )
}

/// The lowest and the highest stated confidence.
fn range(folds: &Folds) -> [f64; 2] {
    let stated = |row: Option<&Held>| row.map_or(0.0, |row| row.confidence);
    [stated(folds.rows().first()), stated(folds.rows().last())]
}

/// What a fit depends on.
fn settings(view: &FittingArgs) -> Settings {
    Settings {
        bins: usize::from(view.bins),
        level: view.level,
        seed: view.seed,
        partial: audit::partial(view.partial),
        ..Settings::default()
    }
}

/// How much may be answered at small risks.
fn automation(answers: &Answers, level: f64) -> Vec<Automation> {
    let at = |risk| Automation {
        risk,
        answered: reported(answers.promise(risk, level), level),
    };
    RISKS.map(at).into()
}

/// What `calib apply` needs to know of a fit.
fn model(
    chose: Chose,
    guarantee: Option<Guarantee>,
    report: &Fit,
    fitted: Fitted,
    reading: &Reading,
    settings: &Settings,
) -> Model {
    let goal = guarantee.as_ref().and(report.threshold.as_ref());
    Model {
        calib_version: report.calib_version.to_owned(),
        curve: chose.curve,
        by: report.by.clone(),
        groups: chose.groups,
        threshold: goal.and_then(|goal| goal.answered.threshold),
        guarantee,
        fitted,
        definition: Definition {
            partial: Some(settings.partial.to_string()),
            ..reading.state.definition.clone()
        },
    }
}

fn files(reading: &Reading) -> Vec<String> {
    let read = reading.state.inputs.iter().map(|input| input.path.clone());
    read.chain(reading.saved.iter().cloned()).collect()
}

/// The rows in folds; with their groups, if there are any.
fn folds(
    args: &FitArgs,
    reading: &Reading,
    settings: &Settings,
) -> Result<(Folds, Option<GroupedFolds>), Error> {
    let groups = &reading.state.groups;
    let (partial, seed) = (settings.partial, settings.seed);
    let found = match args.view.by.is_empty() {
        true => Folds::of(groups.all(), partial, seed).map(|folds| (folds, None)),
        false => GroupedFolds::of(groups, partial, seed)
            .map(|grouped| (grouped.folds.clone(), Some(grouped))),
    };
    found.map_err(|reason| {
        let detail = format!("no curve can be fitted and judged: {reason}");
        Error::new(&codes::NO_USABLE_ROWS, detail).help(lacking(reading, partial))
    })
}

/// What answers lack that a curve could be fitted to.
fn lacking(reading: &Reading, partial: Partial) -> &'static str {
    let behaviour = reading.state.groups.all().behaviour();
    let rows = |wanted: &dyn Fn(&Conduct) -> bool| behaviour.total(wanted).rows;
    let answers = |c: &Conduct| !partial.abstains(c.abstained);
    let weightless = |finding: &input::Finding| *finding.code == codes::WEIGHTLESS_ROWS;
    if rows(&|_| true) == 0 && reading.state.findings.iter().any(weightless) {
        "every row has the weight 0, and counts for nothing: --map weight= reads all rows as one each, and --map weight=PATH names another column"
    } else if rows(&|c| answers(c) && c.confident) == 0 {
        "no answer has a confidence; say where it is: --map confidence=PATH, --softmax PATH for the log-likelihoods of options, or --extract confidence=REGEX@PATH for a text that states it"
    } else if rows(&|c| answers(c) && c.confident && c.graded) == 0 {
        "no answer with a confidence is graded; say where it is: --map correct=PATH"
    } else {
        "a fit needs graded answers with a confidence, from at least two prompts; of a log of more repeated prompts than are kept, fit one group by itself with --where FIELD=VALUE"
    }
}

/// Every method, or no change and the one that was asked for; by group, where there are any.
fn try_methods(
    args: &FitArgs,
    folds: &Folds,
    grouped: Option<&GroupedFolds>,
    settings: &Settings,
) -> Vec<Trial> {
    let level = settings.level;
    let fitting = Fitting {
        bins: settings.bins,
    };
    let wanted = |method: &&'static Method| match args.method {
        Chosen::Auto => true,
        Chosen::Method(wanted) => [Identity::METHOD, wanted.id].contains(&method.id),
    };
    let one = |method: &'static Method| match grouped {
        Some(grouped) => trial_by(method, grouped, &fitting, level),
        None => trial(method, folds, &fitting, level),
    };
    let methods = CALIBRATORS.iter().filter(wanted);
    // A promise takes answers in order of confidence.
    let promise = args.target_risk.or(args.target_over_answer);
    let promised = promise.is_some() && matches!(args.method, Chosen::Auto);
    methods
        .filter(|method| !promised || method.id != UNORDERED)
        .map(one)
        .filter(|trial| !promised || !trial.curves.as_ref().is_ok_and(Curves::falls))
        .collect()
}

fn chose(
    args: &FitArgs,
    folds: &Folds,
    grouped: Option<&GroupedFolds>,
    tried: &[Trial],
) -> Result<Chose, Error> {
    let choice = match args.method {
        Chosen::Auto => choose(tried, folds),
        Chosen::Method(wanted) => {
            let at = tried.iter().position(|trial| trial.method.id == wanted.id);
            at.map(|at| Choice {
                at,
                why: "as --method says".to_owned(),
            })
        }
    };
    let refused = |reason: &str| {
        let detail = format!("no curve: {reason}");
        Error::new(&codes::NO_USABLE_ROWS, detail)
            .help("--method auto takes one that these rows have")
    };
    let choice = choice.ok_or_else(|| refused("no method has one on these rows"))?;
    let trial = &tried[choice.at];
    let Curves { pooled, groups } = trial.curves.clone().map_err(refused)?;
    let unseen = trial.out_of_fold.clone().map_err(|reason| {
        refused(&format!(
            "{} has one on all rows, and none without one of the {FOLDS} folds, so its gain cannot be judged ({reason})",
            trial.method.id
        ))
    })?;
    Ok(Chose {
        method: trial.method,
        why: choice.why,
        predicted: match grouped {
            Some(grouped) => grouped.predictions(&pooled, &groups),
            None => folds.predictions(&pooled),
        },
        curve: pooled,
        groups,
        unseen,
        gain: trial.brier.clone(),
    })
}
