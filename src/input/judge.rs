//! What is said of a log once all of it was read: whether it can be used, and what a reader should know.

use std::collections::BTreeMap;

use super::account::{Account, Notes};
use super::beyond;
use super::columns::Columns;
use super::finding::{Again, Finding, ignored, without_confidence};
use super::roles::{Role, ends_like, map_flag, nearest};
use super::row::RowRules;
use super::scale::ConfidenceScale;
use super::wide;
use crate::codes;
use crate::error::{Error, Place};

/// Checks what no single row can show: columns that compete, flags without a field, mixed scales, no usable row.
///
/// # Errors
/// The first of these that holds.
pub(crate) fn check(
    path: &str,
    rules: &RowRules,
    accounts: &BTreeMap<usize, Account>,
    notes: &Notes,
) -> Result<(), Error> {
    let used: u64 = accounts.values().map(Account::rows_used).sum();
    let bad: u64 = accounts.values().map(Account::bad).sum();
    if !notes.columns.paths.is_empty() || bad == 0 {
        rules.fields.check(notes, &idle(notes))?;
    }
    if notes.derived_from_response > 0 && notes.derived_from_response < notes.derived {
        return Err(answer_or_response());
    }
    let beyond = beyond::stated_or_softmax(notes)
        .or_else(|| beyond::several_readings(rules, notes))
        .or_else(|| beyond::another_grade(rules, notes));
    if let Some(error) = beyond {
        return Err(error);
    }
    if notes.letters_c > 0 && notes.letters_other == 0 {
        return Err(only_c(notes).at(Place::file(path)));
    }
    if rules.scale == ConfidenceScale::Percent && notes.at_most_one > 0 {
        return Err(mixed_scales(notes).at(Place::file(path)));
    }
    let no_outcome = accounts.values().all(Account::lacks_outcome);
    // A preset may take rows without any outcome as answers that nobody graded; a log of nothing else says nothing.
    let unjudged = rules.preset.is_some_and(|preset| preset.ungraded)
        && used > 0
        && notes.ungraded.min(notes.taken_as_answered) == used;
    if unjudged || used == 0 && (bad == 0 || no_outcome) {
        return Err(no_usable_rows(accounts, &notes.columns).at(Place::file(path)));
    }
    Ok(())
}

/// Roles that columns serve and that no figure rests on.
fn idle(notes: &Notes) -> Vec<Role> {
    let mut idle = Vec::new();
    if notes.derived == 0 {
        idle.push(Role::Answer);
    }
    if notes.derived == 0 && notes.chosen_by_target == 0 {
        idle.push(Role::Target);
    }
    if notes.chosen == notes.chosen_by_target && notes.softmaxed == 0 {
        idle.push(Role::TargetIndex);
    }
    if notes.chosen == 0 && notes.softmaxed == 0 {
        idle.push(Role::ChoiceLogprobs);
    }
    let settled = [Role::Correct, Role::Abstained].map(|role| notes.columns.serving(role));
    if !notes.grade_heard && settled.iter().any(|served| !served.is_empty()) {
        idle.push(Role::Grade);
    }
    idle
}

fn answer_or_response() -> Error {
    Error::new(
        &codes::AMBIGUOUS_COLUMNS,
        "`correct` would be derived from answer in some rows and from response in others",
    )
    .help("to use one of them, pass --map answer=answer or --map answer=response")
}

fn only_c(notes: &Notes) -> Error {
    let detail = format!(
        "all {} graded rows say C, which means correct to one tool and not attempted to another",
        notes.letters_c
    );
    Error::new(&codes::UNKNOWN_LABEL, detail)
        .help("say which is meant: --map grade=PATH:C=correct, or --map grade=PATH:C=not_attempted")
}

/// That the confidences of a refused log look like two scales in one column, if they do.
pub(crate) fn two_scales(notes: &Notes) -> Option<String> {
    let Notes {
        at_most_one,
        above_one,
        ..
    } = notes;
    (*at_most_one > 0 && *above_one > 0).then(|| {
        format!(
            "{at_most_one} confidences are at most 1 and {above_one} above: if these are mixed scales, bring the column to one, and name it with --confidence-scale"
        )
    })
}

fn mixed_scales(notes: &Notes) -> Error {
    let detail = match notes.above_one {
        0 => format!(
            "all {} numbers above 0 in the column are at most 1: as percentages they would be near certain doubt",
            notes.at_most_one
        ),
        above => format!(
            "{} confidences lie in (0, 1] and {above} above 1, in one column",
            notes.at_most_one
        ),
    };
    Error::new(&codes::MIXED_SCALES, detail)
        .help("bring the column to one scale; fractions are read with --confidence-scale unit")
        .help("if values of 1 % and less are meant, say so with --confidence-scale 0,100")
}

fn no_usable_rows(accounts: &BTreeMap<usize, Account>, columns: &Columns) -> Error {
    let total = |count: fn(&Account) -> u64| accounts.values().map(count).sum::<u64>();
    let (read, filtered) = (total(Account::rows_read), total(Account::filtered));
    let empty: u64 = accounts
        .values()
        .map(|account| account.left_out(&codes::EMPTY_PAIR))
        .sum();
    if empty > 0 && empty == read {
        let detail =
            format!("rows read {read} = 0 used + {read} skipped: every pair of --pairs is empty");
        return Error::new(&codes::NO_USABLE_ROWS, detail)
            .help("check that the patterns of --pairs name the columns that are meant");
    }
    if read > 0 && filtered == read {
        let detail = format!(
            "rows read {read} = 0 used + {read} skipped: no row has the value that --where asks for"
        );
        return Error::new(&codes::NO_USABLE_ROWS, detail)
            .help("compare the value with those in the log, upper and lower case included");
    }
    let outcomes = [
        Role::Correct,
        Role::Abstained,
        Role::ShouldAbstain,
        Role::Grade,
        Role::Answer,
        Role::Target,
    ];
    let detail = match (read, filtered) {
        (0, _) => "the log has no rows".to_owned(),
        (1, _) => "the one row does not say whether an answer was correct or declined".to_owned(),
        (_, 0) => format!("none of {read} rows says whether an answer was correct or declined"),
        _ => format!(
            "none of the {} rows that --where leaves says whether an answer was correct or declined",
            read - filtered
        ),
    };
    let mut error = Error::new(&codes::NO_USABLE_ROWS, detail);
    if !columns.paths.is_empty() {
        error = error.help(format!("the fields are {}", columns.list()));
    }
    let all = columns.paths.keys().map(String::as_str).collect();
    if let Some(pairs) = wide::hint(&all) {
        return error.help(pairs);
    }
    for role in outcomes {
        let ends_like = columns.unclaimed().find(|column| ends_like(column, role));
        if let Some(near) = ends_like.or_else(|| nearest(role.name(), columns.unclaimed())) {
            error = error.help(format!("if {near} is meant, pass {}", map_flag(role, near)));
        }
    }
    error.help(codes::NO_USABLE_ROWS.remedy)
}

/// What a reader should know of how the log was read.
pub(crate) fn findings(
    rules: &RowRules,
    accounts: &BTreeMap<usize, Account>,
    notes: &Notes,
    ignored_files: &[String],
) -> Vec<Finding> {
    let bad = accounts.values().map(Account::bad).sum();
    let blank = accounts.values().map(|account| account.blank).sum();
    let mut findings = vec![
        Finding::counted(
            &codes::BAD_ROWS_SKIPPED,
            bad,
            [
                "bad row was skipped, as --max-bad-rows allows",
                "bad rows were skipped, as --max-bad-rows allows",
            ],
        ),
        Finding::counted(
            &codes::NO_FINAL_NEWLINE,
            notes.no_final_newline,
            [
                "file ends without a newline: if it was cut there, its last value may be short",
                "files end without a newline: if one was cut there, its last value may be short",
            ],
        ),
        Finding::counted(
            &codes::BLANK_LINES,
            blank,
            ["blank line holds no row", "blank lines hold no row"],
        ),
        ignored(ignored_files),
        Finding::counted(
            &codes::WEIGHTLESS_ROWS,
            notes.weightless,
            [
                "row has weight 0: it is used, and weighs nothing in any figure",
                "rows have weight 0: they are used, and weigh nothing in any figure",
            ],
        ),
        placeholders(notes),
        taken_as_answered(notes),
        ungraded(notes),
        derived(notes),
        no_confidence(rules, notes),
        missing(notes),
        samples(rules, notes),
        models(rules, notes),
    ];
    findings.extend(beyond::findings(rules, notes));
    findings.extend(by_columns(rules, &notes.columns));
    findings.retain(|finding| finding.count > 0);
    findings
}

fn placeholders(notes: &Notes) -> Finding {
    Finding::counted(
        &codes::PLACEHOLDER_CONFIDENCE,
        notes.placeholders,
        [
            "answer has the confidence that the tool writes where none is stated, and its response states none",
            "answers have the confidence that the tool writes where none is stated, and their responses state none",
        ],
    )
}

fn taken_as_answered(notes: &Notes) -> Finding {
    // A log that never speaks of abstention has answers only, and nothing is left open.
    let silent = notes.columns.serving(Role::Abstained).is_empty();
    let count = if silent { 0 } else { notes.taken_as_answered };
    Finding::counted(
        &codes::TAKEN_AS_ANSWERED,
        count,
        [
            "graded row does not say whether the model abstained: it counts as answered",
            "graded rows do not say whether the model abstained: they count as answered",
        ],
    )
}

fn ungraded(notes: &Notes) -> Finding {
    // A log that grades nothing is about abstention alone: its report says that it has no graded answer.
    let count = if notes.graded > 0 { notes.ungraded } else { 0 };
    Finding::counted(
        &codes::UNGRADED_ANSWERS,
        count,
        [
            "answered row has no grade: it counts in the rates, not in accuracy or calibration",
            "answered rows have no grade: they count in the rates, not in accuracy or calibration",
        ],
    )
}

fn derived(notes: &Notes) -> Finding {
    let from = if notes.derived_from_response > 0 {
        "response"
    } else {
        "answer"
    };
    let behind = ["row", "rows"]
        .map(|rows| format!("{rows}: {from} equals target, character for character"));
    Finding::counted_after(
        &codes::DERIVED_CORRECT,
        "correct was derived in ",
        notes.derived,
        behind.each_ref().map(String::as_str),
    )
}

fn no_confidence(rules: &RowRules, notes: &Notes) -> Finding {
    let lacking = notes.columns.serving(Role::Confidence).is_empty() && notes.softmaxed == 0;
    // Of a known tool it is known that the other columns are none.
    let idle = rules
        .preset
        .map_or_else(|| notes.columns.idle(), |_| String::new());
    let remedy = match idle.as_str() {
        "" => String::new(),
        idle => format!(": if one of {idle} is meant, pass --map confidence=PATH"),
    };
    let message = format!("no column serves confidence, so only accuracy can be told{remedy}");
    Finding {
        code: &codes::NO_CONFIDENCE,
        message,
        count: if lacking { notes.graded } else { 0 },
        when_found_again: Again::Added,
    }
}

fn samples(rules: &RowRules, notes: &Notes) -> Finding {
    let anonymous = beyond::anonymous(rules, notes);
    let message = "rows are samples of prompts, and no column says of which: they count as independent unless --cluster FIELD names the prompt";
    Finding {
        code: &codes::SAMPLES_WITHOUT_PROMPT,
        message: message.to_owned(),
        count: u64::from(anonymous && !notes.columns.serving(Role::Sample).is_empty()),
        when_found_again: Again::Once,
    }
}

fn missing(notes: &Notes) -> Finding {
    // A log without the column has nothing missing: its report has no confidence figures, and says so.
    let has_column = !notes.columns.serving(Role::Confidence).is_empty() || notes.softmaxed > 0;
    let count = if has_column {
        notes.confidence_missing
    } else {
        0
    };
    let unreadable = match (notes.confidence_unreadable, count) {
        (0, _) => String::new(),
        (1, 1) => " (text that is no number)".to_owned(),
        (unreadable, _) => format!(" ({unreadable} of them text that is no number)"),
    };
    let finding = without_confidence(count, &unreadable);
    Finding {
        when_found_again: match notes.confidence_unreadable {
            0 => finding.when_found_again,
            _ => Again::Apart,
        },
        ..finding
    }
}

fn models(rules: &RowRules, notes: &Notes) -> Finding {
    let apart = rules
        .fields
        .by
        .iter()
        .any(|field| Role::named(field) == Some(Role::Model));
    let words = match apart {
        false => [
            "the run mixes ",
            "models",
            ": report them apart with --by model",
        ],
        true => [
            "what is said of all rows mixes ",
            "models",
            ": one alone is told with --where model=NAME",
        ],
    };
    Finding::naming(&codes::SEVERAL_MODELS, words, notes.models.clone())
}

/// What the columns that were met show.
fn by_columns(rules: &RowRules, columns: &Columns) -> Vec<Finding> {
    let remarks = rules.preset.map(|preset| (preset.remarks)(rules, columns));
    let mut findings = remarks.unwrap_or_default();
    findings.extend(near_misses(rules, columns));
    findings
}

fn near_misses(rules: &RowRules, columns: &Columns) -> impl Iterator<Item = Finding> {
    // A role that flags leave empty is not looked for.
    let open = |name: &str| {
        Role::named(name).is_some_and(|role| !rules.fields.mappings.contains_key(&role))
    };
    let found = columns.near_misses().into_iter();
    found.filter(move |(role, _)| open(role)).map(|(role, column)| Finding {
        code: &codes::NEAR_MISS,
        message: format!("no column serves {role}, and one is named {column}: if it is meant, pass --map {role}={column}"),
        count: 1,
        when_found_again: Again::Once,
    })
}
