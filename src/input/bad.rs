//! Why a row is bad, in the words of the role that suffers.

use super::fields::Fields;
use super::roles::Role;
use super::value::{Raw, Value};
use crate::codes::{self, Code};

/// Why a row is bad; the offset is that of the value, in the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowError {
    pub(crate) code: &'static Code,
    pub(crate) at: usize,
    pub(crate) detail: String,
    pub(crate) help: Option<String>,
}

impl RowError {
    pub(crate) fn new(code: &'static Code, at: usize, detail: impl Into<String>) -> Self {
        Self {
            code,
            at,
            detail: detail.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Fields {
    /// A value that cannot be read as what its role means.
    pub(super) fn unknown(&self, role: Role, value: &Value<'_>, expected: &str) -> RowError {
        if let Raw::List(_) | Raw::Composite(_) = value.raw {
            return self.wrong_type(role, value, expected);
        }
        let detail = format!(
            "{} is {}, expected {expected}",
            role.name(),
            value.raw.shown()
        );
        RowError::new(&codes::UNKNOWN_LABEL, value.at, detail).help(self.map_hint(role))
    }

    /// A value of another type than its role asks for.
    pub(super) fn wrong_type(&self, role: Role, value: &Value<'_>, expected: &str) -> RowError {
        let detail = format!(
            "{} is {}, expected {expected}",
            role.name(),
            value.raw.shown()
        );
        RowError::new(&codes::WRONG_TYPE, value.at, detail).help(format!(
            "point the role at another column with --map {}=PATH",
            role.name()
        ))
    }

    /// How to translate the values of a role's column.
    pub(super) fn map_hint(&self, role: Role) -> String {
        let path = self
            .mappings
            .get(&role)
            .map_or("PATH", |mapping| mapping.path.as_str());
        match role {
            Role::Grade => format!(
                "say what its values mean, for example --map grade={path}:A=correct,B=incorrect,C=not_attempted"
            ),
            _ => format!(
                "say what its values mean: --map {}={path}:VALUE=MEANING",
                role.name()
            ),
        }
    }
}

/// A number that a float cannot hold.
pub(super) fn does_not_fit(role: Role, value: &Value<'_>) -> RowError {
    let detail = format!(
        "{} is {}, which a 64-bit float cannot hold",
        role.name(),
        value.raw.shown()
    );
    RowError::new(&codes::NUMBER_DOES_NOT_FIT, value.at, detail)
        .help("write a number that a double can hold")
}

/// A row without an outcome.
pub(super) fn nothing_to_audit(detail: &str) -> RowError {
    RowError::new(&codes::NOTHING_TO_AUDIT, 0, detail)
        .help("map the outcome with --map correct=PATH or --map abstained=PATH")
}
