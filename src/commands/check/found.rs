//! What was read of a log, as the data that `calib check` shows.

use std::collections::BTreeMap;

use super::super::reading::Rows;
use super::{CheckArgs, ability, pinned};
use crate::codes;
use crate::error::Error;
use crate::input::{Account, BINS, ConfidenceScale, Finding, ROLES, Role, Sample, hash, meant_for};
use crate::report::Warning;
use crate::report::check::{
    BadRow, BadRows, Check, CheckedFile, Histogram, Pinned, Refusal, RoleColumn, RowsRead, SCHEMA,
    UnusedColumn, ValueCount,
};

/// A log that was read, and what an audit would say to it.
pub(super) struct Checked<'f> {
    pub(super) args: &'f CheckArgs,
    pub(super) rows: &'f Rows,
    pub(super) findings: Vec<Finding>,
    pub(super) refusal: Option<&'f Error>,
}

impl Checked<'_> {
    /// All of it.
    pub(super) fn check(&self) -> Check {
        let files = self.files();
        Check {
            schema: SCHEMA,
            calib_version: env!("CARGO_PKG_VERSION"),
            label: self.rows.log.label.clone(),
            auditable: self.refusal.is_none(),
            refusal: self.refusal.map(refusal),
            rows: sum(&files),
            files,
            config: self
                .rows
                .input
                .config_file()
                .map(|config| config.path.clone()),
            confidence_scale: self.rows.rules.scale.to_string(),
            roles: self.roles(),
            unused: self.unused(),
            bad_rows: self.bad_rows(),
            figures: ability::figures(&self.rows.rules, &self.rows.gathered),
            warnings: self.warnings(),
            command: self.refusal.is_none().then(|| self.pinned()),
        }
    }

    fn pinned(&self) -> Pinned {
        let Rows {
            input,
            rules,
            gathered,
            ..
        } = self.rows;
        pinned::command(&self.args.log, input, rules, &gathered.notes)
    }

    fn files(&self) -> Vec<CheckedFile> {
        let gathered = &self.rows.gathered;
        let file = |(index, path): (usize, &String)| {
            let found = gathered.formats.get(&index).map_or("", String::as_str);
            let (format, codec) = match found.split_once('.') {
                Some((format, codec)) => (format, Some(codec.to_owned())),
                None => (found, None),
            };
            CheckedFile {
                path: path.clone(),
                format: format.to_owned(),
                codec,
                preset: None,
                rows: gathered.accounts.get(&index).map(rows).unwrap_or_default(),
            }
        };
        let paths = self.rows.log.paths.iter();
        paths.enumerate().map(file).collect()
    }

    fn roles(&self) -> Vec<RoleColumn> {
        let columns = &self.rows.gathered.notes.columns;
        let of_role = |role: Role| {
            let serving = columns.serving(role);
            let contested = serving.len() > 1;
            serving
                .into_iter()
                .map(move |column| self.role(role, column, contested))
        };
        ROLES
            .iter()
            .flat_map(|names| of_role(names.role).collect::<Vec<_>>())
            .collect()
    }

    fn role(&self, role: Role, column: &str, contested: bool) -> RoleColumn {
        let fields = &self.rows.rules.fields;
        let unseen = Sample::default();
        let samples = &self.rows.gathered.samples;
        let sample = samples.get(role, hash(column)).unwrap_or(&unseen);
        let is_number = role == Role::Confidence;
        let counts = sample.counts().filter(|_| !is_number);
        let drawn = match role {
            Role::Confidence => Some(self.rows.rules.scale),
            Role::Correct | Role::Weight if counts.is_none() => Some(ConfidenceScale::Unit),
            _ => None,
        };
        RoleColumn {
            role: role.name(),
            column: column.to_owned(),
            by: match fields.mappings.contains_key(&role) {
                true => "flag",
                false => "name",
            },
            contested,
            inverted: fields.is_inverted(role, column),
            samples: sample.first(),
            present: sample.present,
            empty: sample.missing,
            values: counts.map(|counts| counts.into_iter().map(value).collect()),
            histogram: drawn
                .filter(|_| sample.numbers.count > 0)
                .map(|scale| histogram(sample, scale)),
        }
    }

    fn unused(&self) -> Vec<UnusedColumn> {
        let columns = &self.rows.gathered.notes.columns;
        let open = columns.open_roles();
        let unused = columns.unclaimed().map(|column| UnusedColumn {
            column: column.to_owned(),
            read_by_flag: columns.paths.get(column).is_some_and(|claim| claim.named),
            perhaps: meant_for(column, &open).map(Role::name),
        });
        unused.collect()
    }

    /// The bad rows of all files, the first places of each reason.
    fn bad_rows(&self) -> Vec<BadRows> {
        let mut reasons: BTreeMap<&str, BadRows> = BTreeMap::new();
        let accounts = self.rows.gathered.accounts.values();
        for (code, count, examples) in accounts.flat_map(Account::reasons) {
            let bad = reasons.entry(code.id).or_insert(BadRows {
                code: code.id,
                reason: code.reason,
                title: code.title,
                count: 0,
                examples: Vec::new(),
            });
            bad.count += count;
            bad.examples.extend(examples.iter().map(bad_row));
            bad.examples.truncate(Account::EXAMPLES);
        }
        reasons.into_values().collect()
    }

    fn warnings(&self) -> Vec<Warning> {
        // That bad rows were skipped, as allowed, is true only where they are.
        let holds = |code: &str| self.refusal.is_none() || code != codes::BAD_ROWS_SKIPPED.id;
        let findings = self.findings.iter();
        findings
            .filter(|finding| holds(finding.code.id) && finding.is_told())
            .map(Warning::from)
            .collect()
    }
}

fn refusal(error: &Error) -> Refusal {
    Refusal {
        code: error.code.id,
        title: error.code.title,
        message: error.detail.clone(),
        help: error.help.clone(),
    }
}

fn rows(account: &Account) -> RowsRead {
    RowsRead {
        read: account.rows_read(),
        used: account.rows_used(),
        skipped: account.skipped(),
    }
}

fn sum(files: &[CheckedFile]) -> RowsRead {
    let mut total = RowsRead::default();
    for CheckedFile { rows, .. } in files {
        total.read += rows.read;
        total.used += rows.used;
        for (reason, count) in &rows.skipped {
            *total.skipped.entry(reason.clone()).or_default() += count;
        }
    }
    total
}

fn value((value, count): (String, u64)) -> ValueCount {
    ValueCount { value, count }
}

fn histogram(sample: &Sample, scale: ConfidenceScale) -> Histogram {
    let numbers = &sample.numbers;
    let histogram = numbers.histogram(scale);
    let bins: [u64; BINS] = histogram.bins;
    Histogram {
        lower: histogram.range.0,
        upper: histogram.range.1,
        bins: bins.to_vec(),
        outside: histogram.outside,
        least: Some(numbers.least).filter(|number| number.is_finite()),
        most: Some(numbers.most).filter(|number| number.is_finite()),
    }
}

fn bad_row(error: &Error) -> BadRow {
    let place = error.place.as_ref();
    BadRow {
        path: place.map(|place| place.path.clone()).unwrap_or_default(),
        line: place.and_then(|place| place.line),
        column: place.and_then(|place| place.column),
        row: place.and_then(|place| place.row),
        field: place.and_then(|place| place.field.clone()),
        excerpt: error.excerpt.clone(),
        message: error.detail.clone(),
        help: error.help.clone(),
    }
}
