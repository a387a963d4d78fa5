//! Every error and warning code: its name in the row account, what it means and the way out.
//!
//! One table feeds the messages, `calib explain CODE` and `docs/codes.md`, so that they cannot disagree.

use crate::exit::Exit;

/// A code that a message may carry.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `E1xx` rows, `E2xx` configuration, `E3xx` states, `E4xx` reading and writing, `W1xx` warnings.
    pub id: &'static str,
    /// Its name where rows are counted by reason.
    pub reason: &'static str,
    /// The headline of a message.
    pub title: &'static str,
    /// What it means and why calib does not go on as if nothing were wrong.
    pub about: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Code {
    /// How the program ends when this is an error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.id.as_bytes() {
            b"E410" => Exit::Output,
            [b'E', b'2', ..] => Exit::Usage,
            _ => Exit::Input,
        }
    }
}

/// The code with this id, in any case.
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    CODES
        .iter()
        .copied()
        .find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($name:ident = $id:literal $reason:literal: $title:literal; $about:literal; $remedy:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code { id: $id, reason: $reason, title: $title, about: $about, remedy: $remedy };
        )*
        /// All codes, in order.
        pub const CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    INVALID_JSON = "E101" "invalid_json": "row is not valid JSON";
        "The line does not follow the JSON grammar (RFC 8259). The bare tokens NaN and Infinity, which Python writes, are read as values; everything else outside the grammar is refused, because a lenient reading would have to guess.";
        "Write one complete JSON object per line. A pretty-printed file becomes JSON Lines with `jq -c . FILE`.";
    NOT_AN_OBJECT = "E102" "not_an_object": "row is not a JSON object";
        "Each line must be an object that names its values. An array or a bare value is refused, because calib will not guess which position means what.";
        "Write rows as {\"confidence\": 0.9, \"correct\": true}.";
    OUT_OF_RANGE = "E103" "out_of_range": "confidence out of range";
        "A confidence is the probability that the given answer is correct: a number from 0 to 1 on the default scale. The scale is never guessed: 87 may mean 87 % or a broken row.";
        "Say which scale the column uses: --confidence-scale percent, logprob, logit or LO,HI. For rows that are simply wrong, allow them with --max-bad-rows.";
    MIXED_SCALES = "E104" "mixed_scales": "confidences on mixed scales";
        "With --confidence-scale percent, some confidences lie in (0, 1]. If they are fractions, reading them as percentages would turn near certainty into near doubt.";
        "Bring the column to one scale. If values of 1 % and less are meant, say so with --confidence-scale 0,100.";
    DUPLICATE_KEY = "E105" "duplicate_key": "key appears twice in one row";
        "A JSON object gives two values for a key that calib reads. Readers differ on which one counts; calib does not choose.";
        "Write each key once.";
    NUMBER_DOES_NOT_FIT = "E106" "number_does_not_fit": "number does not fit a 64-bit float";
        "The number is too large, or so small that it would silently become 0.";
        "Write a number that a double can hold.";
    WRONG_TYPE = "E107" "wrong_type": "value has the wrong type";
        "The column's role asks for another kind of value, for example a number where the row holds an object or a list.";
        "Point the role at the right column: --map ROLE=PATH.";
    UNKNOWN_LABEL = "E108" "unknown_label": "label is not known";
        "The value cannot be read as what its role means. Labels are never guessed.";
        "Translate it: --map ROLE=PATH:label=meaning,other=meaning.";
    NOTHING_TO_AUDIT = "E109" "nothing_to_audit": "row has nothing to audit";
        "A row is used when it has `correct` (or `answer` with `target`), `should_abstain` with `abstained`, `abstained` when true, or a `grade`; or else something that an audit of training objectives can rest on: `reward` with `prompt_id`, `logp_policy` with `logp_base`, `format` or `response` with `step`. This row has none of them.";
        "Map the columns: --map correct=PATH, --map abstained=PATH. Rows that are meant to be left out can be filtered with --where FIELD=VALUE.";
    TRUNCATED_ROW = "E110" "truncated_row": "file ends inside a row";
        "The last line has no newline and is not complete: the writer was interrupted or is still writing.";
        "Write the log again, or remove the last line. --max-bad-rows 1 counts and skips it.";
    NOT_UTF8 = "E111" "not_utf8": "row is not valid UTF-8";
        "The row holds bytes that are not text in UTF-8.";
        "Convert the file, for example with `iconv -f latin1 -t utf-8`.";
    WRONG_FIELD_COUNT = "E112" "wrong_field_count": "row has another number of fields than the header";
        "The record does not have one field for each column of the header, so its values cannot be told apart with certainty.";
        "Quote fields that hold the delimiter or a newline.";
    OPEN_QUOTE = "E113" "open_quote": "quoted field is not closed";
        "A double quote opens a field, and the next one is not followed by a delimiter or the end of the line, or there is none. Reading on would swallow rows as one value.";
        "Close the quote, or double it inside a quoted field.";
    LINE_TOO_LONG = "E114" "line_too_long": "row is too long";
        "A single row is longer than --max-line allows (64 MiB unless given), which is taken as a sign that the file is not a log of rows. Reading stops there, whatever --max-bad-rows says.";
        "Check that the file has line breaks, or allow longer rows with --max-line.";
    BAD_WEIGHT = "E115" "bad_weight": "weight out of range";
        "A weight must be 0 or between 0.000001 and 100000, so that weighted sums stay exact.";
        "Rescale the weights by a common factor, or turn them off with --map weight=.";
    CREDIT_OUT_OF_RANGE = "E116" "credit_out_of_range": "credit out of range";
        "`correct` is true, false, or a share of credit from 0 to 1.";
        "Map the right column with --map correct=PATH, or translate its values with --map correct=PATH:value=1.";
    CONTRADICTION = "E117" "contradiction": "row contradicts itself";
        "Two columns of the row say different things, for example a grade of correct on an answer marked as abstained.";
        "Unmap the column that is not meant: --map ROLE=";
    MISSING_CONFIDENCE = "E118" "missing_confidence": "confidence is missing";
        "With --missing-confidence error, an answered row without a confidence is a bad row.";
        "Leave --missing-confidence at drop: such rows stay in accuracy and the rates, leave the confidence metrics, and are counted.";
    BAD_CHOICES = "E119" "bad_choices": "log-likelihoods of options cannot be used";
        "A confidence was to be the softmax of the log-likelihoods of the options, and the list is empty, has one option, or holds something that is no finite number; or the target is none of the options.";
        "Point the role at another column with --map choice_logprobs=PATH, or leave it empty with --map choice_logprobs=.";
    BAD_NUMBER = "E120" "bad_number": "number cannot be used";
        "A column by its name holds a number that an audit of training objectives rests on (a reward, a cost, a step, a length, a log-probability), and the row holds something else, or a number that none can be.";
        "Point the role at another column with --map ROLE=PATH, or leave it empty with --map ROLE=.";
    EMPTY_PAIR = "I101" "empty_pair": "pair of columns is empty";
        "With --pairs, each pair of columns of a line is a row. In this one both cells are empty: there is no forecast and no outcome. It is counted as skipped, and is not a bad row.";
        "Nothing to do.";
    FILTERED = "I100" "where": "row left out by --where";
        "The row does not have the value that --where asks for. It is counted as skipped, and is not a bad row.";
        "Nothing to do.";

    NO_ANSWER = "I102" "no_answer": "row left out by its preset";
        "The tool writes rows that are no answers of their own, such as HELM's copies of a prompt with words changed. The preset leaves them out; its page says which. They are counted as skipped, and are not bad rows.";
        "Nothing to do. To read such rows, ask for them: --where with the field that the preset filters by.";

    AMBIGUOUS_COLUMNS = "E201" "ambiguous_columns": "two columns for one role";
        "Two columns could serve one role and calib does not choose between them.";
        "Name the one that is meant: --map ROLE=PATH.";
    NO_SUCH_FIELD = "E202" "no_such_field": "no row has this field";
        "A flag names a field that no row has.";
        "Use one of the fields that are there.";
    BAD_FLAG = "E203" "bad_flag": "flag cannot be used like this";
        "The value of a flag, or a combination of flags, has no meaning.";
        "See `calib audit --help`.";
    TOO_MANY_GROUPS = "E204" "too_many_groups": "too many groups";
        "The fields of --by have more than 10,000 combinations of values: they tell rows apart, not groups.";
        "Group by a field with fewer values.";
    UNPAIRED_COLUMN = "E205" "unpaired_column": "column without a partner";
        "A column matches one pattern of --pairs, and no row has the column that would be its partner.";
        "Give patterns that match both columns of each pair, and no other.";
    BAD_CONFIG = "E210" "bad_config": "configuration file cannot be used";
        "calib.toml cannot be opened, or does not follow the grammar of TOML. A report with other settings than those of the file would not be the report that was asked for.";
        "Correct the file, name another with --config FILE, or pass --no-config to go without.";
    UNKNOWN_KEY = "E211" "unknown_key": "key is not known";
        "calib.toml has a key that means nothing where it stands. It is never passed over: a limit with a typing error in its name would be no limit.";
        "Use one of the keys that are there: `calib schema config` lists them.";
    BAD_SETTING = "E212" "bad_setting": "value does not fit its key";
        "A value in calib.toml is of the wrong type, or is not one that its flag takes.";
        "Write what the message asks for; `calib schema config` says what each key takes.";

    NOT_A_STATE = "E301" "not_a_state": "file is no longer a state";
        "The file begins like a state that calib saved, and bytes of it were changed as the line ends of a text are: by a transfer in text mode, or by a version control system that takes it for text.";
        "Transfer the file as binary, and mark it so: *.calib binary in .gitattributes.";
    TORN_STATE = "E302" "torn_state": "state ends too early";
        "The file has fewer bytes than its head says: a copy or download stopped half-way. Half a state is not evidence of half the rows, so nothing of it is used.";
        "Copy the file again, or save it again with --save; calib itself never leaves half a file.";
    NEWER_STATE = "E303" "newer_state": "state of another version";
        "The file was saved in a version of the format that this calib does not know. A version changes with what is counted, so it is not read as far as it happens to fit.";
        "Use a calib as new as the one that saved it, or save the state again from its log.";
    DAMAGED_STATE = "E304" "damaged_state": "state is damaged";
        "The bytes are not those that were written: they do not have the checksum that the file names, or they hold counts that no rows can have.";
        "Copy the file again, or save it again from its log with --save.";
    MADE_DIFFERENTLY = "E305" "made_differently": "evidence was made differently";
        "The rows behind two logs or states were read by rules that give the same answers another meaning: another scale, other values of a label, another field that tells clusters apart. Their counts must neither be added up nor compared.";
        "Read the logs again with the same flags, and save them again.";
    GROUPS_NOT_HELD = "E306" "groups_not_held": "state does not hold these groups";
        "A state has the groups of the fields it was saved with, and no rows from which others could be made.";
        "Pass fields that it was saved with, or save it again from its log with --by FIELD.";
    STATE_TOO_LARGE = "E307" "state_too_large": "state is too large";
        "More would come out of the file than calib takes into memory, or far more than its size suggests. A state holds counts: one of a reasonable log has some megabytes.";
        "Save with fewer groups of --by.";
    COUNTED_TWICE = "E308" "counted_twice": "the same rows would count twice";
        "Two of the states name the same log and hold the same evidence, so that every row would count twice and every interval come out too narrow.";
        "Name each state once.";
    ROWS_AND_STATES = "E309" "rows_and_states": "rows and states in one log";
        "A pattern or directory is one log, and this one has files of rows as well as saved states, which may hold the same rows.";
        "Name the files of rows only, or bring the states together with calib merge.";
    NOT_SHARED = "E320" "not_shared": "logs hold different rows";
        "A comparison pairs rows by id, so that what both logs share cancels. Where some ids stand in one log only, the figures of either are about different prompts, and a difference between them may say nothing of the models.";
        "Compare runs on the same prompts, or pass --allow-unshared to compare the ids that both hold.";
    NO_IDS = "E321" "no_ids": "rows have no id to be paired by";
        "Rows are paired by their id, never by their place in the file: two runs may write them in any order.";
        "Name the column that tells prompts apart: --id FIELD.";
    NOT_A_MODEL = "E331" "not_a_model": "file is no model";
        "A recalibration that calib fit wrote is a JSON object whose schema names the format. This file has another, or none.";
        "Name the file that calib fit wrote, and the log behind it: calib apply MODEL.json LOG.";
    NEWER_MODEL = "E332" "newer_model": "model of another version";
        "The file was written in a version of the format that this calib does not know. What it does not know could change every confidence, so it is not read as far as it happens to fit.";
        "Use a calib as new as the one that fitted it, or fit it again.";
    BAD_MODEL = "E333" "bad_model": "model cannot be used";
        "A model decides how confidences are rewritten and what is still answered. A key that is unknown, missing or there twice, or a value that no fit gives, is refused rather than passed over.";
        "Fit it again with calib fit, or undo what was changed by hand.";
    MODEL_DOES_NOT_FIT = "E334" "model_does_not_fit": "model was fitted on other confidences";
        "The confidences of the log are made in another way than those the model was fitted on: another scale, another pattern of --extract, the softmax of options. The same number then means something else, and the curve does not hold for it.";
        "Read the log with the flags the model was fitted with, or fit a model on a log that is read like this one.";
    COLUMN_TAKEN = "E335" "column_taken": "column would be written over";
        "calib apply writes confidence and confidence_raw, and where the model has a threshold also abstained and abstained_raw, where it is Venn-Abers also confidence_low and confidence_high. The log has a column of one of these names that serves another purpose, or was recalibrated before.";
        "Apply the model to the log as it was, or rename the column.";
    STATE_WITHOUT_ROWS = "E336" "state_without_rows": "state has no rows";
        "A state holds what was counted, and none of the rows that were.";
        "Name the log that the state was made of.";
    SEVERAL_READINGS = "E206" "several_readings": "several readings of the same answers";
        "The tool writes each answer several times, once for each way it was read, such as the filters of lm-evaluation-harness. Together they would count every question as often.";
        "Choose one reading with --where, or report each with --by.";

    CANNOT_OPEN = "E401" "cannot_open": "cannot open the file";
        "The file does not exist or may not be read, or a pattern or directory holds no log.";
        "Check the path.";
    CANNOT_READ = "E402" "cannot_read": "cannot read the log to its end";
        "Reading failed part of the way. No report is made from part of a log.";
        "Check the disk, or copy the file again.";
    CANNOT_DECOMPRESS = "E403" "cannot_decompress": "compressed log is damaged";
        "The gzip or Zstandard stream is cut short or corrupt. No report is made from part of a log.";
        "Copy or compress the file again.";
    EMPTY_FILE = "E404" "empty_file": "log is empty";
        "The file has no rows at all. An empty log is more often a failed job than a finished one.";
        "Check the job that writes it.";
    LFS_POINTER = "E405" "lfs_pointer": "file is a Git LFS pointer";
        "The file holds a reference to the log, not the log.";
        "Fetch it with `git lfs pull`.";
    UTF16 = "E406" "utf16": "file is encoded in UTF-16";
        "calib reads UTF-8. PowerShell's `>` writes UTF-16.";
        "Convert it with `iconv -f utf-16le -t utf-8` (utf-16be where it is big endian), or write it with `Out-File -Encoding utf8`.";
    FILE_CHANGED = "E407" "file_changed": "file changed while it was read";
        "Its size or modification time is not what it was when reading began: some rows may be missing or cut.";
        "Wait until the writer has finished.";
    UNKNOWN_FORMAT = "E408" "unknown_format": "format is not one calib reads";
        "Formats are recognised by content: JSON Lines, JSON documents, CSV, TSV and Parquet, plain or compressed with gzip or Zstandard.";
        "Export the log as JSON Lines, one object per row.";
    TRUNCATED_DOCUMENT = "E424" "truncated_document": "file ends inside a JSON document";
        "The file is one JSON document, and ends before its last bracket is closed: the writer was interrupted or is still writing. No report is made from part of a log.";
        "Write the file again, or copy it again.";
    INVALID_DOCUMENT = "E421" "invalid_document": "JSON document is broken";
        "The brackets, keys and commas around the rows do not follow the JSON grammar, or something stands behind the document, so that it cannot be told where rows begin and end.";
        "Write the file again with a JSON library; rows can also be written one a line, as JSON Lines.";
    NO_RECORDS = "E422" "no_records": "no rows where they were looked for";
        "The rows of a JSON document are the outermost list, or the members of the outermost object if all of them are objects, or the member that --records or a preset names. Which member holds rows is not guessed.";
        "Name the member that holds the rows: --records PATH, for example --records results.";
    NO_SAMPLES = "E423" "no_samples": "no samples were logged";
        "The log holds what was run and how, and none of its samples: it was written without them, or the run ended before the first.";
        "Run the evaluation again with samples in its log.";
    BAD_ARCHIVE = "E430" "bad_archive": "archive is damaged or not to be trusted";
        "A ZIP archive is read where it stands, never extracted. One whose directory and entries disagree, that holds a name twice, a name that leads out of it, an encrypted entry or one that grows beyond reason is refused as a whole.";
        "Write or copy the archive again.";
    TOO_LARGE = "E431" "too_large": "compressed file grows too large";
        "More bytes come out of a compressed file than --max-bytes allows (64 GiB unless given), or more than 1000 times what is in it once that is 64 MiB.";
        "Check the file; if it is meant, raise --max-bytes, or decompress it first.";
    PRESETS_DIFFER = "E220" "presets_differ": "more than one preset for a log";
        "The files of one run are read in one way. Two of its files are of different tools, or one file looks like the logs of two tools.";
        "Give files of different tools as runs of their own, or force a reading with --preset NAME, or --preset none.";
    NO_USABLE_ROWS = "E409" "no_usable_rows": "no usable rows";
        "No row could be used, so there is nothing to report.";
        "Map the columns that hold the outcome: --map correct=PATH, or --map abstained=PATH with --map should_abstain=PATH. Without one, rows are used that have reward with prompt_id, logp_policy with logp_base, or format or response with step.";
    CANNOT_WRITE = "E410" "cannot_write": "cannot write the output";
        "The report was made but could not be written to its place.";
        "Check the path and the space left on the disk.";
    TOO_MANY_BAD_ROWS = "E411" "too_many_bad_rows": "too many bad rows";
        "More rows are bad than --max-bad-rows allows (0 unless given). The whole file was read, so that all of them are listed at once.";
        "Repair the rows, or allow them: --max-bad-rows N or P%. Skipped rows are counted in every output.";
    DAMAGED_TABLE = "E416" "damaged_table": "Parquet file is damaged";
        "The footer or a column cannot be decoded, or a column does not hold as many rows as the footer says. No report is made from part of a log.";
        "Copy or write the file again.";
    BAD_JOIN = "E420" "bad_join": "second file cannot be joined";
        "The rows of the file of --join are found by a key. A row has none, or two rows have the same, so that it is not known which one is meant.";
        "Give each row of the file a key of its own, or name another field: --join 'FILE on FIELD'.";
    BARE_CR = "E412" "bare_cr": "lines end in bare carriage returns";
        "The file ends its lines the way Mac OS 9 did, with CR alone.";
        "Convert it with `tr '\\r' '\\n'`.";

    FEW_ROWS = "W101" "few_rows": "few rows";
        "Fewer than 100 graded answers with a confidence: intervals are wide and approximate, and calibration errors are mostly noise.";
        "Collect more rows, or read the intervals rather than the values.";
    CONSTANT_CONFIDENCE = "W102" "constant_confidence": "constant confidence";
        "Every answer has the same confidence. It cannot tell right answers from wrong ones, and may be a placeholder that a tool wrote because it had no confidence.";
        "Check where the confidence comes from.";
    FEW_CLUSTERS = "W103" "few_clusters": "few clusters";
        "Fewer than 30 clusters: cluster-robust intervals use t with G - 1 degrees and are still approximate.";
        "Collect more prompts, rather than more samples of the same ones.";
    REPEATED_ITEMS = "W104" "repeated_items": "rows share an item";
        "Several rows have the same cluster, prompt or id. They are not independent, so intervals are computed between items, not between rows.";
        "Nothing, if they are samples of one prompt. If ids repeat by mistake, remove the copies.";
    AUROC_BELOW_HALF = "W105" "auroc_below_half": "confidence points the wrong way";
        "Answers with higher confidence are correct less often. The column may hold the probability of a class, not of being correct.";
        "calib takes the probability that the given answer is correct. Check the column.";
    NEAR_MISS = "W106" "near_miss_column": "column is one typo away from a role";
        "No column serves this role, and one is named almost like it.";
        "If it is meant, map it: --map ROLE=PATH.";
    NO_FINAL_NEWLINE = "W107" "no_final_newline": "last record has no newline";
        "A CSV or TSV file ends without a newline. If the file was cut there, the last value may be short.";
        "End the file with a newline.";
    DERIVED_CORRECT = "W108" "derived_correct": "correct was derived";
        "The log has no `correct`, so an answer counts as correct when it equals its target, character for character.";
        "Grade the answers and map the result with --map correct=PATH if exact match is not the grade that is meant.";
    CONFIDENCE_MISSING = "W109" "confidence_missing": "answers without a confidence";
        "Some answered rows have no usable confidence. They stay in accuracy and the rates and leave the confidence metrics; they are never counted as 0 and never as abstentions.";
        "If the model skips stating confidence when unsure, the confidence metrics describe only the rest.";
    SEVERAL_MODELS = "W110" "several_models": "several models in one run";
        "The `model` column has several values, and the figures mix them.";
        "Report them apart with --by model, or one of them alone with --where model=NAME. To compare two of them, save each, with audit LOG --where model=NAME --save NAME.calib, and give both states to calib compare.";
    BLANK_LINES = "W111" "blank_lines": "blank lines";
        "The log has blank lines. They hold no row and are not counted as rows.";
        "Nothing, unless rows are missing.";
    UNGRADED_ANSWERS = "W112" "ungraded_answers": "answers without a grade";
        "Some answered rows have no `correct`. They count in coverage and in the abstention rates, and not in accuracy or the confidence metrics.";
        "Grade them, if accuracy should speak for all answers.";
    IGNORED_FILES = "W113" "ignored_files": "files in a directory were not read";
        "A directory holds files whose names do not end like those of a log, files of JSON that hold no rows, or logs of a known tool that hold no samples.";
        "Name them, or give a pattern, if they belong to the run.";
    BAD_ROWS_SKIPPED = "W114" "bad_rows_skipped": "bad rows were skipped";
        "--max-bad-rows allows bad rows, and some were found. They are counted by reason and enter no figure.";
        "Repair them: rows that fail to parse are seldom a random sample.";
    NO_CONFIDENCE = "W115" "no_confidence": "no confidence column";
        "Answers are graded, and no column serves confidence: calibration and discrimination cannot be told.";
        "Map the column that holds the confidence: --map confidence=PATH, with --confidence-scale where it is no probability.";
    SAMPLES_WITHOUT_PROMPT = "W116" "samples_without_prompt": "samples without a prompt";
        "A column numbers samples, and none says which prompt they belong to. Samples of one prompt are not independent, so the intervals may be too narrow.";
        "Name the column of the prompt: --cluster FIELD.";
    WEIGHTLESS_ROWS = "W117" "weightless_rows": "rows of weight zero";
        "Rows with weight 0 are read and counted as used, and enter no figure, not even as a number of rows.";
        "Nothing, if they are meant to be left out; --map weight= lets every row count once.";
    UNWEIGHTED_ROWS = "W138" "unweighted_rows": "rows without a weight";
        "A column serves weight, and some rows have no value there: no key, null, or an empty field. They weigh 1, as rows do in a log without weights.";
        "Fill the column, with 0 for rows that are meant to weigh nothing; or let every row count once with --map weight=.";
    HEAVY_ROWS = "W139" "heavy_rows": "a few rows hold the weight";
        "Weights differ so much that the rows are worth few rows of equal weight, by Kish's effective number: below 30, and below a tenth of what there is. Intervals rest on so many, and below two there is none.";
        "Check the weights: figures are those of a few rows. --map weight= lets every row count once.";
    SOFTMAX = "W130" "softmax": "figures rest on the options' log-likelihoods";
        "Rows have the log-likelihoods of the options of a question, and lack a confidence or a grade. Confidence is then the softmax at the likeliest option, and an answer is correct when that option is the target.";
        "Nothing, if the list holds one number for each option. If it holds those of tokens, pass --map choice_logprobs=.";
    ANONYMOUS_PAIRS = "W131" "anonymous_pairs": "pairs of a line count as independent";
        "With --pairs, several rows come from one line, and no column says that they belong together. Forecasts of one event are not independent, so the intervals may be too narrow.";
        "Name the column of what is asked: --cluster FIELD.";
    UNJOINED = "W132" "unjoined": "rows without a partner in the other file";
        "--join adds columns by a key. Rows of the log whose key the second file lacks stay without these columns, and rows of the file that no row of the log asks for are not read.";
        "Check that both files name the same items in the same way.";
    PLACEHOLDER_CONFIDENCE = "W133" "placeholder_confidence": "confidence that nobody stated";
        "The tool that wrote the log puts a fixed confidence where the model stated none, and some rows have that confidence while their response states no number after the word confidence. They are counted as they stand.";
        "Leave such rows out, or empty their confidence, if figures should rest on stated confidences alone.";
    MADE_UP_CONFIDENCE = "W134" "made_up_confidence": "confidence that no model gave";
        "Every log-probability in the log is 0, which a tool writes for a model that gives none. The confidence that follows from it is 1 throughout, and says nothing of the model.";
        "Read accuracy and the abstention rates alone, or run the evaluation with a model that gives log-probabilities.";
    VALUES_APART = "W135" "values_apart": "values of a row that do not agree";
        "Rows say one thing twice, and not the same: an answered row has another grade in forced_correct than in correct, or tokens is not as many as its lists of token log-probabilities hold. Each figure rests on the column that it names.";
        "Check that both columns are about the same response; leave one out with --map ROLE= if they are not.";
    UNFINISHED_RUN = "W136" "unfinished_run": "run did not end with success";
        "The log says that its run was cancelled, failed or never ended, so it holds the samples that were done by then. Which samples these are is seldom chance: slow and hard ones come last.";
        "Run the evaluation to its end, or read the figures as those of the samples that are there.";
    SEVERAL_SCORERS = "W137" "several_scorers": "samples with several scorers";
        "Samples of the log have scores by more than one scorer. The figures rest on the first of each sample.";
        "Name the one that is meant: --map correct=scores.NAME.value, with --map abstained= where it should not be read from the first.";
    TAKEN_AS_ANSWERED = "W118" "taken_as_answered": "rows that do not say whether the model abstained";
        "A column says whether the model abstained, and is empty or absent in some graded rows. A grade is given to an answer, so these rows count as answered.";
        "Fill the column, or leave such rows out with --where.";
    EMPTY_BINS = "W119" "empty_bins": "empty bins";
        "A third or more of the equal-width bins hold no row, so the binned errors rest on the others, and the number of bins says little about how finely they look.";
        "Read ece_mass, or ece_values where confidences take few values; or pass --binning equal-mass.";
    LOOKS_LOGARITHMIC = "W120" "looks_logarithmic": "confidences look like log-probabilities";
        "The column that serves confidence is named like a log-probability or a logit, and its numbers were read as probabilities because they lie between 0 and 1.";
        "If they are logarithms, pass --confidence-scale logprob or logit. If they are probabilities, nothing.";
    ANSWERED_SETS_DIFFER = "W121" "answered_sets_differ": "answered sets differ";
        "Logs, or groups, hold the same prompts and answer different ones. A model that falls silent where it is unsure looks better on what it still answers, so their answered-only figures cannot be compared.";
        "Compare coverage and the rates as well, or only the prompts that all answer.";
    FITTED_HERE = "W152" "fitted_here": "model was fitted on this log";
        "The curve has seen these rows: what it changes here is more than it would change elsewhere. What to expect of other rows is its gain out of fold, which calib fit measured and the model file holds.";
        "Read the gain in calib explain MODEL.json, or audit another log.";
    PERHAPS_FITTED_HERE = "W154" "perhaps_fitted_here": "model may have been fitted on this log";
        "Whether the curve has seen these rows cannot be told: standard input, a folder that is one log, and a state that was saved from its log have no hash to hold against that of the model, or the model has none. If it has seen them, what it changes here is more than it would change elsewhere.";
        "Read the gain out of fold in calib explain MODEL.json, or audit the log itself, as the file that it is.";
    THRESHOLD_NOT_SHOWN = "W151" "threshold_not_shown": "threshold of a model is not shown";
        "The model declines answers below a threshold, and a state does not hold which prompts have which confidence. The figures after recalibration are those of its curve alone, with every answer given.";
        "Audit the log that the state was made of: calib audit LOG --with MODEL.json.";
    ALREADY_RECALIBRATED = "W150" "already_recalibrated": "raw confidences of a recalibrated log";
        "The log has confidence and confidence_raw, as calib apply writes them, and what is read as the confidence is another column, another scale, or taken out of a text: the figures may be those before recalibration.";
        "Read the recalibrated column: --map confidence=confidence --confidence-scale unit.";
    FITTED_APART = "W153" "fitted_apart": "model was fitted on other rows";
        "--where chose other rows when the model was fitted than it does here. A curve, and above all what a threshold promises, holds for rows that come as those it was fitted on did.";
        "Nothing, if these rows are like those. Else pass the same --where, or fit a model on rows like these.";
    GROUPS_APART = "W140" "groups_apart": "groups in one log only";
        "Groups of --by occur in one of two compared logs and not in the other, so there is nothing to compare them with.";
        "Compare logs of the same tasks, or leave the others out with --where.";
    SILENT_ROWS = "W123" "silent_rows": "rows without an outcome";
        "Some rows do not say whether an answer was right or declined. They are used by the audits of training objectives, which their rewards, steps or log-probabilities serve, and by nothing else.";
        "Nothing, if they are meant. Else map the outcome: --map correct=PATH.";
    OLDER_STATE = "W124" "older_state": "state of an older version";
        "The state was saved by an older calib, which kept less: no rows for the audits of training objectives, and no counts by task. The figures that rest on them are missing, the others are complete.";
        "Save the state again from its log.";
    ROUNDED_CONFIDENCES = "W125" "rounded_confidences": "confidences are rounded";
        "There are more distinct confidences than are kept apart: a million over all rows, a hundred thousand in a group of --by. All of them then count at the multiples of 1/300000 (1/30000 in a group) and at the middles between neighbouring ones, so that none moves by more than 0.00000167 (0.0000167). 0 and 1, decimals of up to five (four) digits and the edges of 10, 15, 20, 25, 30, 50 or 100 bins stay what they are, and none crosses such an edge. Rates and accuracy are not touched. docs/rounding.md says by how much each figure may be off: the Brier score by twice, the signed gap and ECE by once as much as a confidence.";
        "Nothing, unless the sixth digit matters. Fewer rows, or confidences written with fewer digits, are kept exactly.";
    FILTERED_APART = "W141" "filtered_apart": "compared logs were filtered differently";
        "--where chose other rows in one log than in the other. That is right for two models of one log, and wrong where a filter was forgotten. Prompts are paired by id whatever the filter.";
        "Nothing, if both filters are meant. Else read both logs with the same --where.";
    CLIP_DECIDES = "W122" "clip_decides": "confidences of exactly 0 or 1";
        "Some confidences are exactly 0 or 1. The log score and the logistic recalibration cannot use these and clip them, so their size depends on the clip.";
        "Read the Brier score, which needs no clip; quote the clip with the log score.";
}

#[cfg(test)]
mod tests;
