//! The documented exit codes: the only place that numbers them.

use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// The report was made; the gate passed.
    #[default]
    Done,
    /// The gate failed.
    Failed,
    /// Usage or configuration was wrong.
    Usage,
    /// The input could not be used: unreadable, too many bad rows, no usable rows.
    Input,
    /// The gate could not be decided, and was asked to end so then.
    Undecided,
    /// The output could not be written.
    Output,
    /// A bug in calib.
    Bug,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Undecided => 4,
            Self::Output => 5,
            Self::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
