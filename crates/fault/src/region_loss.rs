//! Region loss: every process of the region dies at once, as when a data centre loses its power.
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

use crate::{Environment, FaultError, ProcessRequest, Proof, reach};
use std::time::Duration;
use tokio::{sync::oneshot, time::Instant};
use units::RegionName;

/// The fault on one region.
pub(crate) struct RegionLoss {
    pub(crate) region: RegionName,
    killed: Option<(Instant, Instant, String)>,
    started: Option<(Instant, String)>,
}

impl RegionLoss {
    pub(crate) fn new(region: RegionName) -> Self {
        Self { region, killed: None, started: None }
    }

    pub(crate) async fn inject(&mut self, environment: &Environment) -> Result<(), FaultError> {
        let before = Instant::now();
        let region = self.region.clone();
        let text = self.ask(environment, |reply| ProcessRequest::Kill { region, reply }).await?;
        self.killed = Some((before, Instant::now(), text));
        Ok(())
    }

    pub(crate) async fn verify_effect(&self, environment: &Environment, within: Duration) -> Result<Proof, FaultError> {
        let (not_before, _, text) = self.killed.clone().ok_or_else(|| self.error("it was never killed"))?;
        let addresses = self.addresses(environment);
        let refused = reach::until_unreachable(&addresses, within).await?;
        Ok(Proof { not_before, seen: refused.seen, text: format!("{text}; {}", refused.text) })
    }

    pub(crate) async fn heal(&mut self, environment: &Environment) -> Result<(), FaultError> {
        let before = Instant::now();
        let region = self.region.clone();
        let text = self.ask(environment, |reply| ProcessRequest::Start { region, reply }).await?;
        self.started = Some((before, text));
        Ok(())
    }

    pub(crate) async fn verify_removal(
        &self,
        environment: &Environment,
        within: Duration,
    ) -> Result<Proof, FaultError> {
        let (not_before, text) = self.started.clone().ok_or_else(|| self.error("it was never started again"))?;
        let reached = reach::until_reachable(&self.addresses(environment), within).await?;
        Ok(Proof { not_before, seen: reached.seen, text: format!("{text}; {}", reached.text) })
    }

    fn addresses(&self, environment: &Environment) -> Vec<std::net::SocketAddr> {
        let index = environment.region(&self.region);
        index.and_then(|index| environment.user_addresses.get(index)).cloned().unwrap_or_default()
    }

    async fn ask(
        &self,
        environment: &Environment,
        request: impl FnOnce(oneshot::Sender<Result<String, String>>) -> ProcessRequest,
    ) -> Result<String, FaultError> {
        let port = environment
            .processes
            .as_ref()
            .ok_or(FaultError::NotPossible { what: "region-loss", needs: "processes of its own" })?;
        let (reply, answer) = oneshot::channel();
        port.send(request(reply)).await.map_err(|_| self.error("the lab is gone"))?;
        answer.await.map_err(|_| self.error("the lab gave no answer"))?.map_err(|reason| self.error(&reason))
    }

    fn error(&self, reason: &str) -> FaultError {
        FaultError::Process { region: self.region.to_string(), reason: reason.to_owned() }
    }
}
