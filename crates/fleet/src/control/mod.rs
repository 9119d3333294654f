//! Control: what is asked of a run, or of a lab, while it goes on. Typed messages, and one place that answers them.
//!
//! ```text
//!   landfall fault …  ──▶ control.sock (this user's only) ──▶ Asked ──▶ conductor ──▶ Desk, keeper
//!   whoever else      ──────────── a channel ─────────────▶ Asked ──┘        │
//!                     ◀───────────────────────────── Answer ─────────────────┘
//! ```
//!
//! Whoever asks holds nothing: a fault that was given is healed by the run when its time is over, however the asker ended. So a
//! command line, the live page and a script are the same to a run.
//!
//! Map: the messages are here, [`Desk`] knows the faults and how each stands (pure), [`socket`] carries messages between processes.

mod desk;
pub mod socket;

pub use desk::{Desk, FaultState, Standing};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use units::FaultName;

/// The version of these messages: major.minor. The same major is understood. 1.1: a load is held.
pub const FORMAT: &str = "1.1";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Break that, at once.
    Inject {
        /// A fault as in a plan's `faults`, in YAML, with `for` and without `at`; or the name of one of the plan, which then comes once
        /// more.
        fault: String,
    },
    /// Heal that fault before its time.
    Heal {
        /// Which; `None`: whatever is broken.
        fault: Option<FaultName>,
    },
    /// How do the faults stand?
    Faults,
    /// Put that into the recording.
    Note {
        /// In words.
        text: String,
    },
    /// Hold the load: its rate stays what it is, and the plan's own time stands still.
    Hold {
        /// How that was asked, in words: `on the page`.
        how: String,
    },
    /// Let a load that is held go on with its plan.
    EndHold {
        /// How that was asked, in words.
        how: String,
    },
    /// End the run in order: the load stops, everything is healed, what there is is judged.
    Stop {
        /// Why, in words.
        why: String,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is being injected under that name; [`Ask::Faults`] tells how it goes on.
    Given {
        /// Its name.
        fault: FaultName,
    },
    /// It is done, or under way.
    Done,
    /// How the faults stand, in order of time.
    Faults {
        /// All of them.
        faults: Vec<Standing>,
    },
    /// The fault has mistakes, as a plan has them.
    Mistakes {
        /// Each with its place in the text.
        mistakes: Vec<MistakeSaid>,
    },
    /// It can't be done.
    Refused {
        /// Why, in words.
        why: String,
    },
}

/// A mistake of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeSaid {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Line of the text, from 1.
    pub line: usize,
    /// Character of that line, from 1.
    pub column: usize,
}

impl MistakeSaid {
    /// All of them, in order of their place.
    #[must_use]
    pub fn all(mistakes: &plan::Mistakes) -> Vec<Self> {
        let said = |mistake: &plan::Mistake| Self {
            message: mistake.message.clone(),
            hint: mistake.hint.clone(),
            line: mistake.line,
            column: mistake.column,
        };
        mistakes.iter().map(said).collect()
    }
}

/// Something that is asked, and where the answer goes.
#[derive(Debug)]
pub struct Asked {
    /// What.
    pub ask: Ask,
    /// Whoever asked may be gone by then.
    pub reply: oneshot::Sender<Answer>,
}

/// Asks that may wait for whoever answers them.
pub const ASKS_MAX: usize = 16;
