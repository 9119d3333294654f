//! Region loss: every process of some regions dies at once, as when a data centre loses its power.
//!
//! **What happens in the world.** All instances stop within moments; what was only in memory is gone; connections of users
//! break, new ones are refused (the host still answers for its addresses) or vanish (it doesn't).
//!
//! **What is emulated.** The processes are killed with SIGKILL, so nothing is flushed, no connection is closed in order and
//! no peer is told. The kernel lives on: it resets established connections and refuses new ones at once, which is kinder
//! than a dark data centre, where clients run into their time-outs; use `region-isolated` with `manner: drop` for that.
//! What was written to a file but not synced survives, since the kernel's cache does; a loss of *that* is not emulated.
//!
//! **Proof of effect.** The processes have been reaped, and a connection to the users' address is refused.
//! **Proof of removal.** The region's processes say that they serve, and a connection succeeds.

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof,
    actuator::{Actuator, Doing},
    reach,
};
use std::{net::SocketAddr, time::Duration};
use tokio::{sync::oneshot, time::Instant};
use units::RegionName;

/// The fault on its regions, all at once.
pub(crate) struct RegionLoss {
    regions: Vec<RegionName>,
    killed: Option<Told>,
    started: Option<Told>,
}

/// When the lab was told, and what it answered.
#[derive(Debug, Clone)]
struct Told {
    before: Instant,
    text: String,
}

impl RegionLoss {
    pub(crate) fn new(regions: Vec<RegionName>) -> Self {
        Self { regions, killed: None, started: None }
    }

    fn addresses(&self, environment: &Environment) -> Vec<SocketAddr> {
        let indices = self.regions.iter().filter_map(|region| environment.region(region));
        indices.filter_map(|index| environment.user_addresses.get(index)).flatten().copied().collect()
    }

    /// Asks the lab; answers what it did.
    async fn ask(
        &self,
        environment: &Environment,
        request: impl FnOnce(Vec<Part>, oneshot::Sender<Result<String, String>>) -> ProcessRequest,
    ) -> Result<Told, FaultError> {
        let before = Instant::now();
        let port = environment
            .processes
            .as_ref()
            .ok_or(FaultError::NotPossible { what: "region-loss", needs: "processes of its own" })?;
        let (reply, answer) = oneshot::channel();
        let sent = port.send(request(Part::regions(&self.regions), reply)).await;
        sent.map_err(|_| FaultError::Process("the lab is gone".to_owned()))?;
        let answer = answer.await.map_err(|_| FaultError::Process("the lab gave no answer".to_owned()))?;
        Ok(Told { before, text: answer.map_err(FaultError::Process)? })
    }

    /// What the lab did, and what was seen of it.
    fn proof(told: Option<&Told>, seen: &Proof) -> Result<Proof, FaultError> {
        let Told { before, text } = told.ok_or_else(|| FaultError::Process("the lab was never told".to_owned()))?;
        Ok(Proof { not_before: *before, seen: seen.seen, text: format!("{text}; {}", seen.text) })
    }
}

impl Actuator for RegionLoss {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let told = self.ask(environment, |parts, reply| ProcessRequest::Kill { parts, reply }).await?;
            self.killed = Some(told);
            Ok(())
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(async move {
            let refused = reach::until_unreachable(&self.addresses(environment), within).await?;
            Self::proof(self.killed.as_ref(), &refused)
        })
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let told = self.ask(environment, |parts, reply| ProcessRequest::Start { parts, reply }).await?;
            self.started = Some(told);
            Ok(())
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(async move {
            let reached = reach::until_reachable(&self.addresses(environment), within).await?;
            Self::proof(self.started.as_ref(), &reached)
        })
    }
}
