//! What a run knows and a plan can't: where the target is now, which network lies before it, and where entries go.

use crate::{addresses::TargetAddresses, arrivals::Part};
use record::Entry;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The facts of one run.
#[derive(Debug)]
pub struct Setup {
    /// Where the target is.
    pub addresses: TargetAddresses,
    /// The links between populations and regions.
    pub network: wan::Network,
    /// Zero of the run's clock: every time in an entry counts from here. May lie in the past or in the future.
    pub start_at: Instant,
    /// When the load begins on the run's clock: plan time 0.
    pub load_offset: Duration,
    /// Where entries go. Entries that find it full stay with their thread, add up, and are sent in a later second.
    pub output: mpsc::Sender<Entry>,
    /// Threads to generate load on; `None`: what the plan says, else one per core.
    pub threads: Option<usize>,
    /// The part of the load that is generated here; [`Part::WHOLE`] unless a fleet shares it.
    pub part: Part,
}
