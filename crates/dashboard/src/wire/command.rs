//! What is asked of a run by whoever may operate it, and what is answered.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What somebody with the operate role may ask, as the body of `POST /api/v1/runs/RUN/commands`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Write a note into the recording.
    Note {
        /// In words, at most 500 characters.
        text: String,
    },
    /// Inject a fault of the plan now.
    Inject {
        /// Its name.
        fault: String,
    },
    /// Heal a fault now.
    Heal {
        /// Its name.
        fault: String,
    },
    /// Hold the load at the rate that it has.
    Hold,
    /// Let a load that is held go on with its plan.
    EndHold,
    /// End the run: heal, judge what there is.
    Stop {
        /// The run's name, typed by whoever asks.
        confirm: String,
    },
}

/// What was answered to a [`Command`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Whether it was done or is on its way.
    pub is_done: bool,
    /// In words: what happens now, or why not and what to do.
    pub text: String,
}
