//! Why a command of this program did not succeed, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

/// The three ways to fail: a check said no, something could not be done at all, or the request made no sense.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A check ran and found something; the findings are already printed and this is the summary line.
    Found(String),
    /// A program could not be started, read or waited for; the text says which and what to do.
    Blocked(String),
    /// The command line was not understood.
    Usage(String),
}

impl Failure {
    /// 1 for a check that failed or could not run, 2 for a command line that was not understood.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Found(_) | Self::Blocked(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(text) | Self::Blocked(text) | Self::Usage(text) => formatter.write_str(text),
        }
    }
}
