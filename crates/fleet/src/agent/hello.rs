//! Who an agent is, before it has anything to do.

use super::Clocks;
use crate::{
    message::{FORMAT, Hello},
    monotonic,
};
use load::limits::Available;
use std::{path::PathBuf, thread};
use tokio::sync::watch;

/// Who an agent is.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// What it is called.
    pub name: String,
    /// Tells it from another of the same name.
    pub instance: String,
    /// The place it stands in; `None`: nowhere in particular.
    pub place: Option<String>,
    /// A folder of its own for batches that aren't stored; it must not exist, or be empty.
    pub spool_folder: PathBuf,
    /// What is known of the controller's clock, when it is another machine's.
    pub clocks: Option<Clocks>,
    /// Raised when it is to leave the run: it stops its load, hands over what it has, and ends.
    pub leave: Option<watch::Receiver<bool>>,
}

impl AgentOptions {
    /// An agent that starts now. Its instance is drawn from what no two agents share: the boot, the process and the time since the
    /// boot to the nanosecond.
    #[must_use]
    pub fn new(name: &str, place: Option<String>, spool_folder: PathBuf) -> Self {
        let boot = monotonic::boot();
        let boot = boot.split('-').next().unwrap_or_default();
        let instance = format!("{boot}-{}-{:x}", std::process::id(), monotonic::now().as_nanos());
        Self { name: name.to_owned(), instance, place, spool_folder, clocks: None, leave: None }
    }

    pub(crate) fn hello(&self) -> Hello {
        let available = Available::raise();
        Hello {
            format: FORMAT.to_owned(),
            plan_format: plan::resolved::FORMAT.to_owned(),
            recording_format: record::batch::FORMAT.to_owned(),
            landfall: env!("CARGO_PKG_VERSION").to_owned(),
            name: self.name.clone(),
            instance: self.instance.clone(),
            place: self.place.clone(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            boot: monotonic::boot(),
            descriptors: available.descriptors,
            ports: available.ports,
            cores: thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64,
        }
    }
}
