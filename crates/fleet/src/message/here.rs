//! What is said on a bus outside of runs: who is there, and what a clock asks and is told.

use super::Hello;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A run that says nothing for so long may have lost its controller.
const SILENT_MIN: Duration = Duration::from_secs(5);

/// An agent says that it is there, again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// Who it is, which versions it speaks, and what its process may have.
    pub hello: Hello,
    /// The domain of its server's streams.
    #[serde(default)]
    pub domain: Option<String>,
    /// What it does.
    pub standing: Standing,
    /// For how long the run that it is in has said nothing, in milliseconds. Runs speak twice a second.
    #[serde(default)]
    pub silent_ms: u64,
    /// Bytes of memory that are free on its machine.
    #[serde(default)]
    pub memory: Option<u64>,
    /// Bytes that are free where its spool is.
    #[serde(default)]
    pub spool_free: u64,
    /// What it knows of the clocks that have answered it.
    #[serde(default)]
    pub clocks: Vec<ClockSaid>,
}

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It waits for a run.
    Free,
    /// It is in this run.
    InRun(String),
    /// It was told to leave and hands over what is left of this run.
    Leaving(String),
    /// It has left; its last word.
    Left,
}

/// How well an agent knows the clock of who answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSaid {
    /// The boot of the machine that answered.
    pub boot: String,
    /// Its monotonic clock is known to so much, on either side, in nanoseconds.
    pub bound_ns: u64,
    /// The quickest round trip so far, in nanoseconds.
    pub round_trip_ns: u64,
    /// How far the agent's time of day is ahead of the answerer's, in nanoseconds. For people: nothing is computed from it.
    pub time_of_day_ns: i64,
}

/// The answer to a clock's question, by a controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockAnswer {
    /// The boot of its machine: whose monotonic clock it is.
    pub boot: String,
    /// When the question came, on that clock, in nanoseconds.
    pub received_ns: u64,
    /// When the answer went, on that clock, in nanoseconds.
    pub sent_ns: u64,
    /// The time of day at that moment, in nanoseconds since 1970.
    pub time_of_day_ns: i64,
}

impl Here {
    /// What it does, as a person is shown it.
    #[must_use]
    pub fn does(&self) -> String {
        let silent = Duration::from_millis(self.silent_ms);
        if matches!(self.standing, Standing::InRun(_)) && silent >= SILENT_MIN {
            return format!("{}, silent for {} s", self.standing, silent.as_secs());
        }
        self.standing.to_string()
    }

    /// What it knows of the clock of that boot.
    #[must_use]
    pub fn clock(&self, boot: &str) -> Option<&ClockSaid> {
        self.clocks.iter().find(|clock| clock.boot == boot)
    }
}

impl ClockSaid {
    /// The bound.
    #[must_use]
    pub fn bound(&self) -> Duration {
        Duration::from_nanos(self.bound_ns)
    }

    /// The quickest round trip.
    #[must_use]
    pub fn round_trip(&self) -> Duration {
        Duration::from_nanos(self.round_trip_ns)
    }
}

/// In a word or two, as a person is shown it.
impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => formatter.write_str("free"),
            Self::InRun(run) => write!(formatter, "in run {run}"),
            Self::Leaving(run) => write!(formatter, "leaving run {run}"),
            Self::Left => formatter.write_str("left"),
        }
    }
}
