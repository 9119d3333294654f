//! Who may write, in this region: the lease's decisions (`crate::lease`) with a clock, a disk and a network
//! around them.
//!
//! ```text
//!  requests ──▶ guard ── where may this be done? ──▶ Seat ◀── votes, hand-overs ── peer routes ◀── peers
//!                 │                                   ▲ │
//!                 │ elsewhere: forward                │ ▼ actions
//!                 ▼                                 driver (one task per partition) ──▶ peers
//!             the writer                                │ won, lost, follow
//!                                                       ▼
//!                                                  succession ──▶ engine
//! ```
//!
//! One **seat** per partition. Its state is two pure machines behind a lock that is never held over a wait:
//! the voter, whose promises go to disk before they are told, and the tenure, which only the driver moves
//! on. Requests read it: may I write now, and may I still say so afterwards?

mod actor;
mod claims;
mod defects;
mod driver;
mod geo;
mod guard;
mod healthz;
mod messages;
mod metrics;
mod names;
mod notice;
mod peer;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::link::Link;
use crate::config::{Config, Deployment, Partition, RegionConfig};
use crate::http::Traffic;
use crate::lease::{Ask, Promise, Standing, Tenure, Terms, Vote, Voter};
use crate::names::{PartitionName, RegionName};
use crate::store::{Control, ControlError};

pub(super) use driver::run;
pub(super) use guard::{Forwarded, guard};
pub(super) use healthz::standby;
pub(crate) use messages::SeatMessage;
pub(super) use metrics::AuthorityMetrics;
pub(super) use peer::routes;

pub(super) use defects::{drops_what_it_missed, hidden_after, is_told};
pub(super) use notice::{PASSIVE, mark_behind};

use driver::Mail;

/// Letters to a driver that may wait. More are refused; who wrote asks again.
const MAILBOX_MAX: usize = 256;

/// All that a region knows about who may write what.
#[derive(Debug)]
pub(super) struct Authority {
    /// The model and its settings.
    pub(super) deployment: Deployment,
    /// One per partition, in the order of the configuration.
    pub(super) seats: Vec<Seat>,
    /// The ways to the peers for votes and hand-overs.
    pub(super) links: BTreeMap<RegionName, Link>,
    /// The ways to the peers for requests of users.
    pub(super) ways: BTreeMap<RegionName, Link>,
    /// What has been promised, on disk.
    pub(super) control: Control,
    /// All regions, in the order of the configuration.
    pub(super) regions: Vec<RegionName>,
    /// The zones of those that have one.
    pub(super) zones: BTreeMap<String, String>,
    /// How many users there were from the beginning.
    pub(super) seed_users: u32,
    /// Local times count from here.
    began: Instant,
}

/// One partition as this region sees it.
#[derive(Debug)]
pub(super) struct Seat {
    /// Which, and who may have it.
    pub(super) partition: Partition,
    region: RegionName,
    terms: Terms,
    began: Instant,
    state: Mutex<State>,
    /// Writes that were let in with the lease and are not answered yet.
    writes: watch::Sender<u64>,
    mailbox: mpsc::Sender<Mail>,
    /// Taken by the driver.
    mail: Mutex<Option<mpsc::Receiver<Mail>>>,
}

#[derive(Debug)]
struct State {
    voter: Voter,
    tenure: Tenure,
    /// What is certainly on disk.
    durable: Option<Promise>,
    /// What another voter said about the holder, and until when that counts.
    hearsay: Option<(Promise, Duration)>,
    /// Only with the defect `no-fencing`: the epoch with which it goes on, and where our log ended when the
    /// lease did.
    unfenced: Option<(u64, u64)>,
}

/// Where a write of a partition may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Here, with this epoch.
    Here(u64),
    /// In another region.
    Elsewhere(RegionName),
    /// Nowhere, as far as we know.
    Nowhere,
}

impl Authority {
    /// Opens the seats with what has been promised before.
    pub(super) fn new(
        config: &Config,
        own: &RegionConfig,
        control: Control,
        promises: &BTreeMap<PartitionName, Promise>,
        traffic: &Traffic,
    ) -> Self {
        let (began, deployment, voters) = (Instant::now(), &config.deployment, config.regions.len());
        let terms = Terms { region: own.name.clone(), voters, lease: deployment.lease };
        let seat = |partition: &Partition| {
            let (mailbox, mail) = mpsc::channel(MAILBOX_MAX);
            let promise = promises.get(&partition.name).cloned();
            let state = State {
                voter: Voter::new(promise.clone(), Duration::ZERO, deployment.lease),
                tenure: Tenure::new(terms.clone()),
                durable: promise,
                hearsay: None,
                unfenced: None,
            };
            Seat {
                partition: partition.clone(),
                region: own.name.clone(),
                terms: terms.clone(),
                began,
                state: Mutex::new(state),
                writes: watch::channel(0).0,
                mailbox,
                mail: Mutex::new(Some(mail)),
            }
        };
        let links = |kind| {
            let link = |(peer, address): (&RegionName, &SocketAddr)| {
                (peer.clone(), Link::new(*address, traffic.meter(peer, kind)))
            };
            own.peers.iter().map(link).collect()
        };
        Self {
            seats: deployment.partitions.iter().map(seat).collect(),
            links: links("lease"),
            ways: links("forward"),
            deployment: deployment.clone(),
            regions: config.regions.iter().map(|region| region.name.clone()).collect(),
            zones: config
                .regions
                .iter()
                .filter_map(|region| Some((region.name.to_string(), region.zone.clone()?)))
                .collect(),
            seed_users: config.seed.users,
            control,
            began,
        }
    }

    /// The seat of a partition.
    pub(super) fn seat(&self, partition: &PartitionName) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.partition.name == *partition)
    }

    /// Answers an ask, with what had to be put on disk for it.
    pub(super) async fn vote(&self, seat: &Seat, ask: &Ask) -> Result<Vote, ControlError> {
        let (vote, on_disk) = {
            let mut state = seat.state();
            let vote = state.voter.vote(self.began.elapsed(), ask);
            (vote, state.durable.as_ref() == Some(&ask.promise()))
        };
        // Our own vote goes to the disk each time: a writer whose disk is stuck loses its lease.
        let is_own = ask.candidate == seat.region;
        if vote != Vote::Granted || ask.is_trial || (on_disk && !is_own) {
            return Ok(vote);
        }
        let (promise, deadline) = (ask.promise(), seat.terms.round());
        self.control.promise(seat.partition.name.clone(), promise.clone(), deadline).await?;
        let mut state = seat.state();
        if state.durable.as_ref().is_none_or(|durable| durable.epoch <= promise.epoch) {
            state.durable = Some(promise);
        }
        drop(state);
        seat.nudge();
        Ok(vote)
    }
}

impl Seat {
    /// Our clock, as the lease counts it.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Where the partition may be written, as far as we know.
    pub(super) fn place(&self) -> Place {
        let (state, now) = (self.state(), self.now());
        match state.tenure.standing(now) {
            Standing::Writing(epoch) => Place::Here(epoch),
            Standing::Holding(_) => Place::Nowhere,
            Standing::Following => {
                if let Some((epoch, _)) = state.unfenced.filter(|_| !state.is_succeeded(&self.region)) {
                    return Place::Here(epoch);
                }
                let holder = state.holder(now).map(|promise| promise.holder.clone());
                holder.filter(|holder| *holder != self.region).map_or(Place::Nowhere, Place::Elsewhere)
            }
        }
    }

    /// Whether a write that was let in with `epoch` may be acknowledged now.
    pub(super) fn may_acknowledge(&self, epoch: u64) -> bool {
        let state = self.state();
        let is_unfenced = state.unfenced.is_some_and(|(unfenced, _)| unfenced == epoch);
        state.tenure.may_acknowledge(self.now(), epoch) || (is_unfenced && !state.is_succeeded(&self.region))
    }

    /// The highest epoch that is known here, and whose it is or was.
    pub(super) fn last_promise(&self) -> Option<Promise> {
        self.state().last_promise().cloned()
    }

    /// Counts a write that has been let in, until the answer is dropped.
    pub(super) fn begin_write(&self) -> WriteUnderWay<'_> {
        self.writes.send_modify(|writes| *writes += 1);
        WriteUnderWay(&self.writes)
    }

    /// Waits until no write is under way, at most `patience`.
    async fn drained(&self, patience: Duration) {
        let mut writes = self.writes.subscribe();
        // Late ones are not acknowledged: they look at the lease before they answer.
        let _ = tokio::time::timeout(patience, writes.wait_for(|writes| *writes == 0)).await;
    }

    fn nudge(&self) {
        // A full mailbox wakes the driver as well.
        let _ = self.mailbox.try_send(Mail::Nudge);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn last_promise(&self) -> Option<&Promise> {
        let hearsay = self.hearsay.as_ref().map(|(promise, _)| promise);
        self.voter.promise().into_iter().chain(hearsay).max_by_key(|promise| promise.epoch)
    }

    /// Whether another region has had a later epoch than the one that goes on without a lease.
    fn is_succeeded(&self, region: &RegionName) -> bool {
        let unfenced = self.unfenced.map_or(0, |(epoch, _)| epoch);
        self.last_promise().is_some_and(|last| last.epoch > unfenced && last.holder != *region)
    }

    /// Who holds the lease, as far as this voter knows or was told.
    fn holder(&self, now: Duration) -> Option<&Promise> {
        let heard = self.hearsay.as_ref().filter(|(_, until)| now < *until).map(|(promise, _)| promise);
        self.voter.bound_to(now).into_iter().chain(heard).max_by_key(|promise| promise.epoch)
    }
}

/// A write that has been let in.
pub(super) struct WriteUnderWay<'a>(&'a watch::Sender<u64>);

impl Drop for WriteUnderWay<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|writes| *writes -= 1);
    }
}

/// Where what a region reads is written.
pub(super) enum Writers {
    /// At this region.
    Here,
    /// At another one.
    One(RegionName),
    /// At several; or somewhere, and nobody knows.
    Any,
}

/// Who writes what `region` reads.
pub(super) fn writers(region: &super::Region) -> Writers {
    match region.authority.seats.as_slice() {
        [] if region.authority.regions.len() <= 1 => Writers::Here,
        [only] => match only.place() {
            Place::Here(_) => Writers::Here,
            Place::Elsewhere(writer) => Writers::One(writer),
            Place::Nowhere => Writers::Any,
        },
        _ => Writers::Any,
    }
}

/// The writer, if there is one partition and another region writes it.
pub(super) fn only_writer(region: &super::Region) -> Option<RegionName> {
    match writers(region) {
        Writers::One(writer) => Some(writer),
        Writers::Here | Writers::Any => None,
    }
}
