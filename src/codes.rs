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
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($name:ident = $id:literal $reason:literal: $title:literal; $about:literal; $remedy:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code { id: $id, reason: $reason, title: $title, about: $about, remedy: $remedy };
        )*
        /// All of them, in order.
        pub(super) const ALL: &[&Code] = &[$(&$name),*];
    };
}

mod errors;
mod warnings;

pub use errors::*;
pub use warnings::*;

/// All codes, in order: errors and reasons, then warnings.
pub fn all() -> impl Iterator<Item = &'static Code> {
    errors::ALL.iter().chain(warnings::ALL).copied()
}

#[cfg(test)]
mod tests;
