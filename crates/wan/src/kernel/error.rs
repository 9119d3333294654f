//! Why the kernel can't cut.

use std::{io, time::Duration};

/// Why the kernel can't cut, or has not.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// A program that it takes isn't there.
    #[error("the program {name} is not installed (Debian: apt-get install {package})")]
    NoProgram {
        /// Its name.
        name: &'static str,
        /// The package that has it.
        package: &'static str,
    },
    /// The system gave no namespace.
    #[error("the system gives no network namespace, for which one has to be root")]
    NoNamespace(#[source] io::Error),
    /// Whoever asks is not in the namespace whose links are to be cut.
    #[error("this thread is not in the network namespace of the links")]
    Elsewhere,
    /// A program could not be run.
    #[error("{name} could not be run")]
    Run {
        /// Its name.
        name: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A program refused.
    #[error("{name} refused: {text}")]
    Refused {
        /// Its name.
        name: &'static str,
        /// What it said.
        text: String,
    },
    /// A program took too long.
    #[error("{name} did not end within {within:?}")]
    Late {
        /// Its name.
        name: &'static str,
        /// The limit.
        within: Duration,
    },
    /// The fault is no more.
    #[error("its lease has run out, or it was removed")]
    Over,
}
