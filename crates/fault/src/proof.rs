//! What an actuator answers: a proof that something is so, or an error that says what stood in the way.

use tokio::time::Instant;

/// Something was seen to be so.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The latest instant at which it was not yet seen; the truth lies between this and [`Self::seen`].
    pub not_before: Instant,
    /// When it was seen.
    pub seen: Instant,
    /// How it was seen, in words.
    pub text: String,
}

/// Why a fault could not be injected, proven or healed.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// The target has no way to do this.
    #[error("{what} needs {needs}, which this target doesn't have")]
    NotPossible {
        /// What was asked.
        what: &'static str,
        /// What it takes.
        needs: &'static str,
    },
    /// The lab could not do what was asked of its processes.
    #[error("{0}")]
    Process(String),
    /// The relay between the regions did not do it.
    #[error("the link relay did not answer as expected: {0}")]
    Relay(String),
    /// The kernel did not cut the links, or not mend them.
    #[error("the kernel did not do it: {0}")]
    Kernel(String),
    /// A command of the hook failed, hung or could not be started.
    #[error("{0}")]
    Hook(String),
    /// The plan wants no proof.
    #[error("the plan wants no proof that it is gone")]
    NotWanted,
    /// Nothing was seen in time.
    #[error("not proven within {within}: {last}", within = units::duration::Text(*.within))]
    Unproven {
        /// The limit.
        within: std::time::Duration,
        /// What was seen instead, last.
        last: String,
    },
}
