//! How the program ends: one table of exit codes, part of the public interface (docs/reference/exit-codes.md).
//!
//! 0, 96 and 99 are verdicts (99 as in k6; 96, which k6 doesn't use, for inconclusive). The others follow sysexits.h, so
//! that a pipeline can tell a broken promise from a broken plan.

use miette::Diagnostic;
use std::{fmt::Display, path::Path, process::ExitCode};

/// Codes for everything that isn't a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// The command line doesn't make sense.
    Usage = 2,
    /// The plan has mistakes.
    BadPlan = 65,
    /// A file that was named can't be read.
    NoInput = 66,
    /// The target is not there: the lab could not be booted, an endpoint refuses, a name doesn't resolve.
    Unavailable = 69,
    /// A mistake in Landfall itself.
    Software = 70,
    /// This machine can't run the plan: too few file descriptors, ports, …
    Resources = 71,
    /// The run directory can't be made, or is there already.
    CantCreate = 73,
    /// Writing the recording or the report failed.
    WriteFailed = 74,
    /// Stopped by a second Ctrl-C.
    Interrupted = 130,
}

/// What can go wrong in ways that a person can do something about.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum ExpectedError {
    /// A file that was named can't be read.
    #[error("{0}")]
    #[diagnostic(help("name one that is there and can be read"))]
    NoInput(String),
    /// The plan has mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    BadPlan(#[from] plan::Mistakes),
    /// A fault that was given has mistakes, as those of a plan are told.
    #[error("{0}")]
    #[diagnostic(help("it is written as in the `faults` of a plan; docs/faults lists the kinds"))]
    BadFault(String),
    /// The command line doesn't make sense.
    #[error("{0}")]
    #[diagnostic(help("{1}"))]
    Usage(String, String),
    /// The target is not there.
    #[error("{0}")]
    #[diagnostic(help("{1}"))]
    Unavailable(String, String),
    /// This machine can't run the plan.
    #[error("{0}")]
    Resources(String),
    /// The run directory can't be made.
    #[error("{0}")]
    #[diagnostic(help("choose another folder with --out, or remove this one"))]
    CantCreate(String),
    /// Writing failed.
    #[error("{0}")]
    #[diagnostic(help(
        "make room on the disk, or look at who may write there; what was recorded so far is judged by `landfall judge`"
    ))]
    WriteFailed(String),
    /// Landfall's own mistake.
    #[error("{0}")]
    #[diagnostic(help("this is a mistake in Landfall; the run directory has what is needed to find it"))]
    Software(String),
}

impl ExpectedError {
    /// For an error that doesn't name the file itself.
    pub(crate) fn unreadable(path: &Path, reason: impl Display) -> Self {
        Self::NoInput(format!("{} can't be read: {reason}", path.display()))
    }

    /// The code this ends with.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::NoInput(_) => Code::NoInput,
            Self::BadPlan(_) | Self::BadFault(_) => Code::BadPlan,
            Self::Usage(..) => Code::Usage,
            Self::Unavailable(..) => Code::Unavailable,
            Self::Resources(_) => Code::Resources,
            Self::CantCreate(_) => Code::CantCreate,
            Self::WriteFailed(_) => Code::WriteFailed,
            Self::Software(_) => Code::Software,
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}
