//! `fleet`: what the agents that generate the load do when one of them, or their controller, is gone.

use crate::{
    read::{
        section::section,
        units_read::Time,
        words::{Word, Words},
    },
    resolved::AgentLoss,
};

section! {
    /// The agents that generate the load, where there are several.
    FleetText "a fleet" {
        /// What happens when an agent is lost: `end` the run, `carry-on` without its users, or let the others `take-over` what it
        /// generated, from a moment on. Whichever it is, the recording says which seconds are incomplete.
        optional "on_agent_loss" on_agent_loss: Word<AgentLoss> = "end";
        /// An agent that hears nothing of the controller for this long stops its load and heals what it holds.
        optional "controller_loss_after" controller_loss_after: Time<1_000, 3_600_000> = "30s";
    }
}

impl Words for AgentLoss {
    const WORDS: &'static [(&'static str, Self)] =
        &[("end", Self::End), ("carry-on", Self::CarryOn), ("take-over", Self::TakeOver)];
}
