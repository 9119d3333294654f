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
//! **Proof of removal.** The region's processes say that they serve, and a connection succeeds. With `data_age` it came back with
//! data of then, too ([`crate::old_data`]).

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof,
    actuator::{Actuator, Doing},
    old_data::OldData,
    reach,
};
use plan::fault;
use std::{net::SocketAddr, time::Duration};
use tokio::{sync::oneshot, time::Instant};
use units::RegionName;

/// The fault on its regions, all at once.
pub(crate) struct RegionLoss {
    regions: Vec<RegionName>,
    /// With which data they come back; `None`: with what they had when they were lost.
    old: Option<OldData>,
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
    pub(crate) fn new(kind: &fault::RegionLoss) -> Self {
        let old = kind.data_age.map(|_| OldData::new());
        Self { regions: kind.regions.clone(), old, killed: None, started: None }
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
        let text = environment.ask_lab("region-loss", |reply| request(Part::regions(&self.regions), reply)).await?;
        Ok(Told { before, text })
    }

    /// Starts them, with their old data if they are to have that.
    async fn start(&self, old: Option<&mut OldData>, environment: &Environment) -> Result<Told, FaultError> {
        let start = self.ask(environment, |parts, reply| ProcessRequest::Start { parts, reply });
        let Some(old) = old.filter(|old| self.killed.is_some() && old.is_due()) else { return start.await };
        let put = self.ask(environment, |parts, reply| ProcessRequest::PutBackData { parts, reply }).await?;
        old.put_back();
        let told = old.meet(start, environment).await??;
        Ok(Told { text: format!("{}; {}", put.text, told.text), ..told })
    }

    /// What the lab did, and what was seen of it.
    fn proof(told: Option<&Told>, seen: &Proof) -> Result<Proof, FaultError> {
        let Told { before, text } = told.ok_or_else(|| FaultError::Process("the lab was never told".to_owned()))?;
        Ok(Proof { not_before: *before, seen: seen.seen, text: format!("{text}; {}", seen.text) })
    }
}

impl Actuator for RegionLoss {
    fn prepare<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, String> {
        Box::pin(async move {
            let told = self.ask(environment, |parts, reply| ProcessRequest::KeepData { parts, reply }).await?;
            self.old.iter_mut().for_each(OldData::kept);
            Ok(told.text)
        })
    }

    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            if let Some(old) = &mut self.old {
                old.learn(&self.regions, environment).await?;
            }
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
            let mut old = self.old.take();
            let told = self.start(old.as_mut(), environment).await;
            self.old = old;
            self.started = Some(told?);
            Ok(())
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(async move {
            let reached = reach::until_reachable(&self.addresses(environment), within).await?;
            let proof = Self::proof(self.started.as_ref(), &reached)?;
            let Some(old) = self.old.as_ref().filter(|old| old.is_back()) else { return Ok(proof) };
            let lacked = old.lacked().map_err(|last| FaultError::Unproven { within, last })?;
            let caught_up = old.caught_up(environment, within).await?;
            Ok(Proof { text: format!("{}; {lacked}; {caught_up}", proof.text), ..proof })
        })
    }
}
