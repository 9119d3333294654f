//! Faults of links: regions isolated or split, links slow, lossy, thin, clogged, connections refused or cut.
//!
//! All are overlays on emulated links ([`wan::network::effect`] says which and what): users' links live in this process, inside
//! the load generator's own sockets; links between regions live in the relay process, which holds their lease itself.
//!
//! **What happens in the world.** A cut link drops packets (a black hole: nobody is told, clients run into their time-outs)
//! or a router answers for it (reject: clients know at once). The isolated region itself is well and goes on working, which is
//! what makes it dangerous: it may go on acknowledging writes.
//!
//! **What is emulated.** Bytes, not packets: a black hole holds bytes and releases them when it ends, as TCP's
//! retransmissions would; nothing is lost inside an established stream. See `wan` for the honest limits.
//!
//! **In truth**, where the plan wants the kernel to cut: black holes and rejections are packets that are dropped or answered with a reset
//! ([`wan::kernel`]); what the kernel can't do stays with the emulation.
//!
//! **Proof of effect.** A probe over each link that is touched fails (cut), or takes longer than before by at least 80 % of
//! the added delay (slow). **Proof of removal.** The same probes succeed, or no longer take longer.
//! Everything else that a link can have is measured over it ([`sign`]), in this process for users' links and in the relay for those
//! between regions: by connections with an echo in memory at the other end, which take exactly the way that everybody's bytes take.
//! Probes between regions expect an answer from the other side, since the relay accepts connections whatever lies behind.

mod by_kernel;
mod canary;
mod sign;

use crate::{
    Environment, FaultError, Proof, RelayRequest,
    actuator::{Actuator, Doing},
    reach,
};
use by_kernel::ByKernel;
use canary::Canary;
use futures_util::future::join_all;
use plan::{
    fault::{Exempt, Strength},
    resolved::{Fault, FaultKind, ResolvedPlan},
};
use sign::Sign;
use std::{collections::BTreeMap, io, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{Mutex, oneshot},
    time::{Instant, timeout},
};
use units::FaultName;
use wan::{LinkId, Overlay, shaped::Probed};

/// A probe over an intact link may take this much longer than its round trips.
const PROBE_GRACE: Duration = Duration::from_secs(1);
/// This part of an added delay must be seen.
const DELAY_SEEN: f64 = sign::TIME_SEEN;

/// A fault of links.
pub(crate) struct Links {
    name: FaultName,
    lease: Duration,
    /// At full strength, without what the kernel does.
    overlays: Vec<(LinkId, Overlay)>,
    /// What the kernel does.
    by_kernel: Option<ByKernel>,
    strength: Strength,
    /// It lies over the links.
    laid: bool,
    /// What is added to each round trip; `None` for a cut.
    delay: Option<Duration>,
    /// By what it is known, where that is neither a cut nor a delay.
    sign: Option<Sign>,
    /// Connections that were open before.
    canaries: Mutex<Vec<(LinkId, Canary)>>,
    /// How long the probes took before.
    before: BTreeMap<LinkId, Duration>,
    changed: Option<Instant>,
}

impl Links {
    pub(crate) fn new(fault: &Fault, kind: &FaultKind, plan: &ResolvedPlan) -> Self {
        let delay = match kind {
            FaultKind::LinkDelay(slow) => Some(slow.delay),
            _ => None,
        };
        let mut overlays = wan::network::effect(kind, &wan::network::Ends::of_plan(plan));
        overlays.retain(|(id, _)| !is_spared(*id, &fault.exempt, plan));
        let by_kernel = ByKernel::take(&mut overlays, plan);
        Self {
            name: fault.name.clone(),
            lease: fault.lease,
            overlays,
            strength: Strength::FULL,
            laid: false,
            delay,
            // Whoever meets a kernel's cut hears of it from the kernel.
            sign: if by_kernel.is_some() { None } else { Sign::of(kind) },
            by_kernel,
            canaries: Mutex::new(Vec::new()),
            before: BTreeMap::new(),
            changed: None,
        }
    }

    /// Lays the overlays over the links, as strong as they are to be now; replaces what was there of this fault.
    async fn lay(&self, environment: &Environment) -> Result<(), FaultError> {
        let scaled = |(id, overlay): &(LinkId, Overlay)| (*id, overlay.scaled(self.strength.fraction()));
        let overlays: Vec<(LinkId, Overlay)> = self.emulated().map(scaled).collect();
        environment.network.apply(&self.name, &overlays);
        let peers: Vec<_> = overlays.into_iter().filter(|(id, _)| matches!(id, LinkId::Peer { .. })).collect();
        let (name, lease) = (self.name.clone(), self.lease);
        if !peers.is_empty() {
            ask(environment, |reply| RelayRequest::Apply { fault: name, overlays: peers, lease, reply }).await?;
        }
        match &self.by_kernel {
            Some(by_kernel) => by_kernel.cut(&self.name, self.lease, environment).await,
            None => Ok(()),
        }
    }

    /// What is left to the emulation.
    fn emulated(&self) -> impl Iterator<Item = &(LinkId, Overlay)> {
        self.overlays.iter().filter(|(_, overlay)| *overlay != Overlay::default() || self.by_kernel.is_none())
    }

    async fn prove(&self, environment: &Environment, within: Duration, broken: bool) -> Result<Proof, FaultError> {
        let proof = reach::poll(within, || async {
            if let Some(sign) = self.sign {
                return self.look(sign, environment, broken).await;
            }
            if self.overlays.is_empty() {
                return Err("it hits no link".to_owned());
            }
            for (id, took) in self.probe_all(environment).await {
                self.judge(id, took, broken)?;
            }
            let count = self.overlays.len();
            let affected = if broken { "all affected" } else { "none affected any more" };
            let by_whom = match &self.by_kernel {
                Some(by_kernel) => by_kernel.told(&self.name, environment, broken).await,
                None => String::new(),
            };
            Ok(format!("{count} links probed, {affected}{by_whom}"))
        })
        .await?;
        Ok(Proof {
            not_before: self.changed.unwrap_or(proof.not_before).max(proof.not_before.min(proof.seen)),
            ..proof
        })
    }

    /// Whether a sign is seen on all links, or on none; in words, by the first of them.
    async fn look(&self, sign: Sign, environment: &Environment, broken: bool) -> Result<String, String> {
        let probed = match broken && sign.canaries() > 0 {
            true => canary::ask_all(&mut self.canaries.lock().await, PROBE_GRACE).await,
            false => self.measure(sign, environment).await?,
        };
        let mut texts = Vec::new();
        for (id, probed) in &probed {
            let round_trip = environment.network.link(*id).base().round_trip();
            let seen = if broken { sign.shown(probed, round_trip) } else { sign.gone(probed, round_trip) };
            texts.push(seen.map_err(|why| format!("{id:?}: {why}"))?);
        }
        let first = texts.into_iter().next().ok_or("no link was probed")?;
        Ok(format!("{} links measured; {first}", probed.len()))
    }

    /// Uses every link of the fault: the users' here, those between regions in the relay.
    async fn measure(&self, sign: Sign, environment: &Environment) -> Result<Vec<(LinkId, Vec<Probed>)>, String> {
        let ids = || self.overlays.iter().map(|(id, _)| *id);
        let slowest = ids().map(|id| environment.network.link(id).base().round_trip()).max().unwrap_or_default();
        let probe = sign.probe(slowest);
        let (peers, users): (Vec<LinkId>, Vec<LinkId>) = ids().partition(|id| matches!(id, LinkId::Peer { .. }));
        let mut probed = Vec::new();
        // One after the other: hundreds of probes on all links at once would measure this machine.
        for id in users {
            probed.push((id, wan::shaped::probe(&environment.network.link(id), probe).await));
        }
        if !peers.is_empty() {
            let links = peers.clone();
            let answers = ask_for(environment, |reply| RelayRequest::Probe { links, probe, reply }).await;
            probed.extend(peers.into_iter().zip(answers.map_err(|error| error.to_string())?));
        }
        Ok(probed)
    }

    /// Whether one probe's result is that of a broken (or a whole) link.
    fn judge(&self, id: LinkId, took: io::Result<Duration>, broken: bool) -> Result<(), String> {
        let affected = match (self.delay, &took) {
            (None, Err(error)) if broken => {
                self.by_kernel.as_ref().is_none_or(|by_kernel| by_kernel.is_its_answer(error))
            }
            (None, result) => result.is_err(),
            (Some(delay), Ok(took)) => {
                let before = self.before.get(&id).copied().unwrap_or_default();
                *took >= before + delay.mul_f64(DELAY_SEEN)
            }
            (Some(_), Err(error)) => return Err(format!("{id:?} can't be probed: {error}")),
        };
        if affected == broken {
            return Ok(());
        }
        let shown = match took {
            Ok(took) => format!("answered in {} ms", took.as_millis()),
            Err(error) => error.to_string(),
        };
        Err(format!("{id:?} {shown}"))
    }

    async fn probe_all(&self, environment: &Environment) -> Vec<(LinkId, io::Result<Duration>)> {
        join_all(self.overlays.iter().map(|(id, _)| async { (*id, self.probe(environment, *id).await) })).await
    }

    /// How long a probe over that link takes.
    async fn probe(&self, environment: &Environment, id: LinkId) -> io::Result<Duration> {
        let link = environment.network.link(id);
        let expected = link.base().round_trip() + self.delay.unwrap_or_default();
        let limit = 3 * expected + PROBE_GRACE;
        let began = Instant::now();
        let unknown = || io::Error::new(io::ErrorKind::NotFound, "no address is known");
        match id {
            LinkId::User { .. } if self.by_kernel.is_some() => {
                let cuts = environment.kernel.as_ref().ok_or_else(unknown)?;
                let connect = wan::shaped::connect(&link, wan::StreamOptions::default(), cuts.connect(id));
                timeout(limit, connect).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            }
            LinkId::User { region, .. } => {
                let address = environment.user_addresses.get(region).and_then(|all| all.first()).ok_or_else(unknown)?;
                let connect = wan::shaped::connect(&link, wan::StreamOptions::default(), TcpStream::connect(*address));
                timeout(limit, connect).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            }
            LinkId::Peer { from, to } => {
                let address = environment.peer_addresses.get(&(from, to)).ok_or_else(unknown)?;
                reach::answers(*address, limit).await?;
            }
        }
        Ok(began.elapsed())
    }

    /// Whether the relay has a part in it.
    fn has_peers(&self) -> bool {
        self.emulated().any(|(id, _)| matches!(id, LinkId::Peer { .. }))
    }
}

impl Actuator for Links {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            if self.delay.is_some() {
                let probed = self.probe_all(environment).await;
                self.before = probed.into_iter().filter_map(|(id, took)| Some((id, took.ok()?))).collect();
            }
            if let Some(count) = self.sign.map(Sign::canaries).filter(|count| *count > 0) {
                let ids: Vec<LinkId> = self.overlays.iter().map(|(id, _)| *id).collect();
                *self.canaries.get_mut() = canary::open_all(&ids, count, environment).await?;
            }
            self.changed = Some(Instant::now());
            self.laid = true;
            self.lay(environment).await
        })
    }

    fn strengthen<'a>(&'a mut self, strength: Strength, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.strength = strength;
            if self.laid { self.lay(environment).await } else { Ok(()) }
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.changed = Some(Instant::now());
            self.laid = false;
            environment.network.heal(&self.name);
            let healed = match &mut self.by_kernel {
                Some(by_kernel) => by_kernel.heal(&self.name, environment).await,
                None => Ok(()),
            };
            if !self.has_peers() {
                return healed;
            }
            let name = self.name.clone();
            // One that can't be healed is no reason to leave the other as it is.
            ask(environment, |reply| RelayRequest::Remove { fault: name, reply }).await.and(healed)
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }

    fn renew<'a>(&'a self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            if !self.laid {
                return Ok(());
            }
            if let Some(by_kernel) = &self.by_kernel {
                by_kernel.renew(&self.name, environment).await?;
            }
            if !self.has_peers() {
                return Ok(());
            }
            let name = self.name.clone();
            ask(environment, |reply| RelayRequest::Renew { fault: name, reply }).await
        })
    }
}

/// Whether a link belongs to somebody that the plan spares.
fn is_spared(id: LinkId, exempt: &Exempt, plan: &ResolvedPlan) -> bool {
    let region_spared = |region: usize| exempt.regions.contains(&plan.regions[region].name);
    match id {
        LinkId::User { population, .. } => exempt.populations.contains(&plan.populations[population].name),
        LinkId::Peer { from, to } => region_spared(from) || region_spared(to),
    }
}

async fn ask(
    environment: &Environment,
    request: impl FnOnce(oneshot::Sender<Result<(), String>>) -> RelayRequest,
) -> Result<(), FaultError> {
    ask_for(environment, request).await
}

async fn ask_for<T>(
    environment: &Environment,
    request: impl FnOnce(oneshot::Sender<Result<T, String>>) -> RelayRequest,
) -> Result<T, FaultError> {
    let relay = environment
        .relay
        .as_ref()
        .ok_or(FaultError::NotPossible { what: "a fault between regions", needs: "a relay between them" })?;
    let (reply, answer) = oneshot::channel();
    relay.send(request(reply)).await.map_err(|_| FaultError::Relay("it is gone".to_owned()))?;
    answer.await.map_err(|_| FaultError::Relay("no answer".to_owned()))?.map_err(FaultError::Relay)
}
