//! What is said of rows whose values came from more than their own columns, or from columns that may mean something else.

use super::account::Notes;
use super::finding::{Again, Finding};
use super::roles::{Role, fold};
use super::row::RowRules;
use super::scale::ConfidenceScale;
use super::whole;
use crate::codes;
use crate::error::Error;

/// Whether no column says which rows belong together.
pub(super) fn anonymous(rules: &RowRules, notes: &Notes) -> bool {
    let lacking = |role: Role| notes.columns.serving(role).is_empty();
    rules.fields.cluster.is_none() && Role::IDENTITIES.into_iter().all(lacking)
}

/// Confidences that some rows state and others leave to the options would be two measures in one figure.
pub(super) fn stated_or_softmax(notes: &Notes) -> Option<Error> {
    let stated = notes.columns.serving(Role::Confidence);
    let column = stated.first().filter(|_| notes.softmaxed > 0)?;
    let detail = format!(
        "confidence would come from {column} in some rows and from the options' log-likelihoods in others"
    );
    Some(
        Error::new(&codes::AMBIGUOUS_COLUMNS, detail)
            .help("to use the column alone, pass --map choice_logprobs=")
            .help("to use the log-likelihoods alone, pass --map confidence="),
    )
}

/// Readings of one answer that would count as several.
pub(super) fn several_readings(rules: &RowRules, notes: &Notes) -> Option<Error> {
    let role = rules.preset?.readings?;
    let column = *notes.columns.serving(role).first()?;
    let by = |field: &String| field == column || Role::named(field) == Some(role);
    if notes.readings.len() < 2 || rules.fields.by.iter().any(by) {
        return None;
    }
    let detail = format!("each answer comes once for each {column}, and would count as often");
    let error = Error::new(&codes::SEVERAL_READINGS, detail);
    let choose = |error: Error, reading: &String| {
        error.help(format!(
            "to read those of {reading}, pass --where {column}={reading}"
        ))
    };
    let error = notes.readings.iter().fold(error, choose);
    Some(error.help(format!("to report each, pass --by {column}")))
}

/// A grade of another answer than the one whose confidence is read.
pub(super) fn another_grade(rules: &RowRules, notes: &Notes) -> Option<Error> {
    let correct = rules.fields.mappings.get(&Role::Correct)?;
    let another = rules
        .preset?
        .grades_another
        .contains(&correct.path.as_str());
    let path = Some(&correct.path).filter(|_| another && notes.softmaxed > 0)?;
    let detail = format!(
        "{path} grades the option that is likeliest by another measure, and the confidence is that of the likeliest by itself"
    );
    Some(
        Error::new(&codes::BAD_FLAG, detail)
            .help(format!("leave --map correct={path} out"))
            .help("to report it without a confidence, pass --map choice_logprobs= --map confidence= too"),
    )
}

/// The findings on options, pairs and a second file; some count nothing.
pub(super) fn findings(rules: &RowRules, notes: &Notes) -> [Finding; 10] {
    [
        unweighted(notes),
        silent(notes),
        forced_apart(notes),
        tokens_apart(notes),
        logarithmic(rules, notes),
        softmax(rules, notes),
        pairs(rules, notes),
        join(rules, notes),
        whole::remark(rules, notes),
        whole::remark_of_abstentions(notes),
    ]
}

fn unweighted(notes: &Notes) -> Finding {
    // Where no row has one, every row counts once and nothing is left open.
    let silent = notes.columns.serving(Role::Weight).is_empty();
    Finding::counted(
        &codes::UNWEIGHTED_ROWS,
        if silent { 0 } else { notes.beyond.unweighted },
        [
            "row has no weight: it weighs 1",
            "rows have no weight: they weigh 1",
        ],
    )
}

fn silent(notes: &Notes) -> Finding {
    Finding::counted(
        &codes::SILENT_ROWS,
        notes.beyond.silent,
        [
            "row does not say whether an answer was right or declined: only the objectives look at it",
            "rows do not say whether an answer was right or declined: only the objectives look at them",
        ],
    )
}

fn forced_apart(notes: &Notes) -> Finding {
    Finding::counted(
        &codes::VALUES_APART,
        notes.beyond.forced_apart,
        [
            "answered row has another grade in forced_correct than in correct: where it was not declined, both are of its one answer",
            "answered rows have another grade in forced_correct than in correct: where they were not declined, both are of their one answer",
        ],
    )
}

fn tokens_apart(notes: &Notes) -> Finding {
    Finding::counted(
        &codes::VALUES_APART,
        notes.beyond.tokens_apart,
        [
            "row has another number in tokens than its lists of log-probabilities have tokens: lengths are read from the one, nats a token from the others",
            "rows have another number in tokens than their lists of log-probabilities have tokens: lengths are read from the one, nats a token from the others",
        ],
    )
}

fn softmax(rules: &RowRules, notes: &Notes) -> Finding {
    let role = Role::ChoiceLogprobs;
    let asked = rules.fields.mappings.contains_key(&role) && !rules.fields.assumed.contains(&role);
    let softmaxed = if asked { 0 } else { notes.softmaxed };
    let rows = |count: u64| if count == 1 { "row" } else { "rows" };
    let columns = notes.columns.serving(Role::ChoiceLogprobs).join(", ");
    let confidence = format!(
        "in {softmaxed} {}, confidence is the softmax of {columns} at the likeliest option",
        rows(softmaxed)
    );
    let correct = format!(
        "in {} {}, an answer is correct when the likeliest option of {columns} is the target",
        notes.chosen,
        rows(notes.chosen)
    );
    let message = match (softmaxed, notes.chosen) {
        (_, 0) => confidence,
        (0, _) => correct,
        _ => format!("{confidence}; {correct}"),
    };
    Finding {
        code: &codes::SOFTMAX,
        message,
        count: softmaxed.max(notes.chosen),
        when_found_again: Again::Apart,
    }
}

fn pairs(rules: &RowRules, notes: &Notes) -> Finding {
    let several = notes.pairs.len() > 1 && anonymous(rules, notes);
    Finding {
        code: &codes::ANONYMOUS_PAIRS,
        message: "each line gives several rows, and no column says that they belong together: they count as independent unless --cluster FIELD names what is asked".to_owned(),
        count: u64::from(several),
        when_found_again: Again::Once,
    }
}

fn join(rules: &RowRules, notes: &Notes) -> Finding {
    let unasked = rules
        .fields
        .join
        .as_ref()
        .map_or(0, |join| join.never_asked(notes));
    let unasked = u64::try_from(unasked).unwrap_or(u64::MAX);
    let message = format!(
        "{} of the log found no partner in the file of --join, and {} of that file were never asked for",
        counted(notes.unjoined),
        counted(unasked)
    );
    Finding {
        code: &codes::UNJOINED,
        message,
        count: notes.unjoined.saturating_add(unasked),
        when_found_again: Again::Apart,
    }
}

fn counted(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        _ => format!("{rows} rows"),
    }
}

/// Words in the name of a column that holds logarithms.
const LOGARITHMS: [&str; 4] = ["logprob", "loglik", "logit", "logodds"];

/// Log-probabilities and log-odds that happen to lie between 0 and 1 are told by their name only.
fn logarithmic(rules: &RowRules, notes: &Notes) -> Finding {
    let suspect = |column: &&str| {
        let name = fold(column);
        LOGARITHMS.iter().any(|word| name.contains(word))
    };
    let serving = notes.columns.serving(Role::Confidence);
    let column = serving.iter().copied().find(suspect);
    let column = column.filter(|_| rules.scale == ConfidenceScale::Unit);
    let message = format!(
        "confidence comes from {}, which is named like a log-probability, and is read as a probability: if it is none, pass --confidence-scale logprob or logit",
        column.unwrap_or_default()
    );
    Finding {
        code: &codes::LOOKS_LOGARITHMIC,
        message,
        count: u64::from(column.is_some()),
        when_found_again: Again::Once,
    }
}
