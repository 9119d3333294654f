//! What agents do when one of them, or their controller, is gone.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What agents do when one of them, or their controller, is gone. Plans before format 1.2 have the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// What happens when an agent is lost.
    pub on_agent_loss: AgentLoss,
    /// An agent that hears nothing of the controller for this long stops its load and heals what it holds.
    #[serde(with = "units::duration")]
    pub controller_loss_after: Duration,
}

/// What happens when an agent is lost. Its users are gone at least for a while, and the recording says which seconds are incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentLoss {
    /// The run ends.
    End,
    /// The run goes on without its users.
    CarryOn,
    /// The agents that are left generate what it would have generated, from a moment on. Since format 1.3.
    TakeOver,
}

impl Default for Fleet {
    fn default() -> Self {
        Self { on_agent_loss: AgentLoss::End, controller_loss_after: Duration::from_secs(30) }
    }
}
