//! A link over NATS JetStream, to agents that stand elsewhere.
//!
//! ```text
//!   controller ── deliver ──▶ stream DOWN (hub) ──── read ──▶ station ──▶ agent
//!              ◀── read ───── stream UP-REGION ◀── deliver ──
//! ```
//!
//! Map: [`access`] connects and says why not; [`subjects`] is who may say what, by name (pure, `docs/design/009`); [`parts`] cuts
//! what is larger than a server takes (pure); [`streams`] is what the controller makes; [`deliver`] and [`read`] move messages;
//! [`controller`] and [`seat`] are the two ends.
//!
//! **What it may lose.** A message that is not acknowledged in time is given up, one that was on its way to a reader whose connection
//! broke comes no more. Nothing here repeats: states are said again by themselves, and batches are kept and asked for
//! ([`crate::link`]). What the streams add is that a cut link between two servers delays and does not lose.
//!
//! **One server is enough.** Where servers have no domains, the streams are all in one place; everything else is the same.

pub mod access;
pub mod controller;
pub mod deliver;
pub mod parts;
pub mod read;
pub mod seat;
pub mod streams;
pub mod subjects;

use crate::message::{FromAgent, ToAgent};
use serde::{Deserialize, Serialize};

/// What travels to an agent: what a run says, and the words around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Down {
    /// A run wants it. Said again until it answers.
    Join,
    /// What the run says.
    Message(ToAgent),
    /// The run wants nothing more.
    Leave,
}

/// What travels from an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Up {
    /// What it says to the run.
    Message(FromAgent),
    /// It is not in the run (any more), and why.
    Left(String),
}

impl Down {
    /// Its kind: the last token of its subject.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Message(ToAgent::Assign(_)) => "assign",
            Self::Message(ToAgent::Tell(_)) => "tell",
            Self::Message(ToAgent::Refuse(_)) => "refuse",
            Self::Leave => "leave",
        }
    }
}

impl Up {
    /// Its kind: the last token of its subject.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(FromAgent::Hello(_)) => "hello",
            Self::Message(FromAgent::Ready) => "ready",
            Self::Message(FromAgent::Refused(_)) => "refused",
            Self::Message(FromAgent::Batch(_)) => "batch",
            Self::Message(FromAgent::State(_)) => "state",
            Self::Left(_) => "left",
        }
    }
}

/// As it travels.
fn written(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("messages are plain JSON")
}
