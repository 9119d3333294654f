//! Faults of a Chirp that runs: conditions, set on its processes for as long as the fault lasts.
//!
//! ```text
//!   measure (one file per kind): what is to be wrong, where, and what is seen of it from outside
//!       │
//!   Conditioned ── set, renew, clear ──▶ the processes' admin listeners, which hold the lease
//!       └──────── measure ─────────────▶ what users, askers and peers get
//! ```
//!
//! **Proof.** Nobody is believed: a process that says "my storage is stalled" may be wrong about it. Effect and removal are
//! measured where the fault hurts, and what was so before is learnt before the injection. Each file says how.
//!
//! **Who holds the lease.** The process itself: what is not renewed ends there, whatever becomes of Landfall. A process that
//! is started anew during the fault has no conditions; the next renewal sets them again.

pub(crate) mod ask;
mod certificate;
mod clock;
mod defect;
mod dependency;
mod dns;
mod evacuation;
mod fan_out;
mod health_check;
mod http;
mod key_missing;
mod pressure;
mod query;
mod replication;
mod sample;
mod storage;

pub(crate) use certificate::CertificateMeasure;
pub(crate) use clock::ClockMeasure;
pub(crate) use defect::DefectMeasure;
pub(crate) use dependency::DependencyMeasure;
pub(crate) use dns::{DnsMeasure, is_silent};
pub(crate) use evacuation::EvacuationMeasure;
pub(crate) use fan_out::FanOutMeasure;
pub(crate) use health_check::HealthMeasure;
pub(crate) use http::HttpMeasure;
pub(crate) use key_missing::KeyMeasure;
pub(crate) use pressure::PressureMeasure;
pub(crate) use replication::ReplicationMeasure;
pub(crate) use storage::{Log, Logs, StorageMeasure};

use crate::{
    Environment, FaultError, Proof,
    actuator::{Actuator, Doing},
    door::Door,
    environment::ChirpPorts,
    reach,
};
use futures_util::future::LocalBoxFuture;
use plan::{fault::Strength, resolved::Fault};
use serde_json::json;
use std::{cell::RefCell, net::SocketAddr, time::Duration};
use tokio::time::{Instant, timeout};
use units::RegionName;

/// A process may take this long to take a condition in.
const SET_WITHIN: Duration = Duration::from_secs(3);

/// What a fault makes wrong, and how it is seen.
pub(crate) trait Measure: Send + Sync {
    /// What is to be wrong, and where.
    fn settings(&self, place: &Place<'_>) -> Vec<Setting>;

    /// Learns what is so before it is wrong.
    fn learn<'a>(&'a mut self, _: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    /// Looks once whether it is wrong; the error says what was seen instead.
    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a>;

    /// Looks once whether it is right again; the error says what was seen instead.
    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a>;
}

/// One look: what was seen, in words.
pub(crate) type Seeing<'a> = LocalBoxFuture<'a, Result<String, String>>;

/// Where things are.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) chirp: &'a ChirpPorts,
}

impl Place<'_> {
    /// Where a region's process is asked by its peers, and told what is to be wrong.
    pub(crate) fn peers(&self, region: &RegionName) -> Option<SocketAddr> {
        self.chirp.regions.get(self.environment.region(region)?).copied()
    }

    /// Where users come in at the place of a region: at its edges, or at itself where there are none.
    pub(crate) fn doors(&self, region: &RegionName) -> Result<Vec<Door>, String> {
        let found = self.environment.region(region).and_then(|index| self.chirp.doors.get(index));
        let doors = found.ok_or_else(|| format!("nobody knows where users of {region} come in"))?;
        Ok(doors.iter().map(|door| self.chirp.door(*door)).collect())
    }

    /// Who is told there what is to be wrong with these doors; `None`: this target has no such process.
    pub(crate) fn door_admins(&self, region: &RegionName) -> Vec<Option<SocketAddr>> {
        let edges = self.environment.region(region).and_then(|index| self.chirp.edges.get(index));
        match edges.filter(|edges| !edges.is_empty()) {
            Some(edges) => edges.iter().copied().map(Some).collect(),
            None => vec![self.peers(region)],
        }
    }

    /// Where a region's process is asked by its users.
    pub(crate) fn users(&self, region: &RegionName) -> Result<Door, String> {
        let found = self.environment.region(region).and_then(|index| self.chirp.users.get(index));
        found.map(|address| self.chirp.door(*address)).ok_or_else(|| format!("nobody knows where {region} is"))
    }
}

/// One condition on one process.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    /// Where it is set; `None`: this target has no such process.
    pub(crate) address: Option<SocketAddr>,
    /// As Chirp calls it.
    pub(crate) name: String,
    /// Empty where it takes none.
    pub(crate) value: String,
    /// For which share of what happens.
    pub(crate) share: f64,
    /// For the calls of which region; `None`: for all, and the only thing that most conditions know.
    pub(crate) region: Option<RegionName>,
}

impl Setting {
    /// For everything that happens there.
    pub(crate) fn whole(address: Option<SocketAddr>, name: &str, value: impl Into<String>) -> Self {
        Self { address, name: name.to_owned(), value: value.into(), share: 1.0, region: None }
    }
}

/// A fault that is a condition of processes.
pub(crate) struct Conditioned {
    measure: Box<dyn Measure>,
    lease: Duration,
    /// How much of each share is set: less than all only for kinds that can have a ramp.
    strength: Strength,
    changed: Option<Instant>,
}

impl Conditioned {
    /// Of this fault, seen by that measure.
    pub(crate) fn boxed(fault: &Fault, measure: impl Measure + 'static) -> Box<dyn Actuator> {
        Box::new(Self { measure: Box::new(measure), lease: fault.lease, strength: Strength::FULL, changed: None })
    }

    async fn set(&self, place: &Place<'_>) -> Result<(), FaultError> {
        for Setting { address, name, value, share, region } in self.measure.settings(place) {
            let address = address.ok_or(FaultError::NotPossible { what: "this fault", needs: "a process of Chirp" })?;
            let share = share * self.strength.fraction();
            let lease_ms = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
            let body = json!({ "name": name, "value": value, "share": share, "for": region, "lease_ms": lease_ms });
            tell(address, "/admin/conditions", &body).await?;
        }
        Ok(())
    }

    async fn clear(&self, place: &Place<'_>) -> Result<(), FaultError> {
        let mut outcome = Ok(());
        for Setting { address, name, region, .. } in self.measure.settings(place) {
            let Some(address) = address else { continue };
            let cleared = tell(address, "/admin/conditions/clear", &json!({ "name": name, "for": region })).await;
            // All are tried; the first failure is told.
            outcome = outcome.and(cleared);
        }
        outcome
    }

    async fn prove(&self, environment: &Environment, within: Duration, effect: bool) -> Result<Proof, FaultError> {
        let place = place(environment)?;
        let last = RefCell::new("the measurement did not end".to_owned());
        let looking = reach::poll(within, || async {
            let seen = match effect {
                true => self.measure.look_for_effect(&place).await,
                false => self.measure.look_for_removal(&place).await,
            };
            seen.inspect_err(|why| drop(last.replace(why.clone())))
        });
        let cut = || FaultError::Unproven { within, last: last.take() };
        let proof = timeout(within, looking).await.unwrap_or_else(|_| Err(cut()))?;
        // A look lasts a while, and what it has seen was so at its end: the truth lies between the change and that.
        Ok(Proof { not_before: self.changed.unwrap_or(proof.not_before), ..proof })
    }
}

/// Where things are in a lab's Chirp.
pub(crate) fn place(environment: &Environment) -> Result<Place<'_>, FaultError> {
    let chirp = environment.chirp.as_ref();
    let chirp = chirp.ok_or(FaultError::NotPossible { what: "this fault", needs: "the processes of a lab's Chirp" })?;
    Ok(Place { environment, chirp })
}

/// Tells a process what is to be so.
async fn tell(address: SocketAddr, path: &str, body: &serde_json::Value) -> Result<(), FaultError> {
    let answer = ask::send(address, "POST", path, Some(&body.to_string()), SET_WITHIN).await;
    let answer = answer.map_err(|error| FaultError::Process(format!("{address} can't be told: {error}")))?;
    match answer.status {
        200 => Ok(()),
        status => {
            let said = answer.json()["error"].as_str().unwrap_or("no reason given").to_owned();
            Err(FaultError::Process(format!("{address} refuses with {status}: {said}")))
        }
    }
}

impl Actuator for Conditioned {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let place = place(environment)?;
            self.measure.learn(&place).await.map_err(FaultError::Process)?;
            self.changed = Some(Instant::now());
            self.set(&place).await
        })
    }

    fn strengthen<'a>(&'a mut self, strength: Strength, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.strength = strength;
            if self.changed.is_some() { self.set(&place(environment)?).await } else { Ok(()) }
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.changed = Some(Instant::now());
            self.clear(&place(environment)?).await
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }

    fn renew<'a>(&'a self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move { self.set(&place(environment)?).await })
    }
}
