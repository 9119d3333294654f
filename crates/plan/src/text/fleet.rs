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
        /// What happens when an agent is lost: `end` the run, or `carry-on` without its users. Either way the recording says
        /// which seconds are incomplete.
        optional "on_agent_loss" on_agent_loss: Word<AgentLossWord> = "end";
        /// An agent that hears nothing of the controller for this long stops its load and heals what it holds.
        optional "controller_loss_after" controller_loss_after: Time<1_000, 3_600_000> = "30s";
    }
}

/// What may be written; one of them is not there yet, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgentLossWord {
    Known(AgentLoss),
    TakeOver,
}

impl Words for AgentLossWord {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("end", Self::Known(AgentLoss::End)),
        ("carry-on", Self::Known(AgentLoss::CarryOn)),
        ("take-over", Self::TakeOver),
    ];
}
