//! From those who are there to a run's recruits: who can take part, with what, and what a person is told of it.

use crate::{
    controller::Recruit,
    link::ControllerEnd,
    link::nats::{
        controller::{Bus, Enlistment, Wanted},
        streams::StreamError,
    },
    message::Here,
    monotonic,
    roster::{Present, Roster},
    shares::{Candidate, DivideError, Division, Share, WEIGHT_MAX, divide, is_emulated},
};
use load::{TargetAddresses, limits::Available};
use plan::resolved::{ResolvedPlan, Target};
use std::{collections::BTreeSet, time::Duration};
use tokio::{sync::mpsc, time::sleep};

/// The most that an agent is asked to keep on its disk; at most three quarters of what is free there.
const SPOOL_BYTES_MAX: u64 = 2 << 30;
/// What storing and reading a message takes at most besides two round trips.
const STORE_MAX: Duration = Duration::from_millis(500);

/// How soon a bus is listened to again that could not be.
const SEEK_AGAIN: Duration = Duration::from_secs(1);

/// Agents that stand elsewhere and take part in a run.
#[derive(Debug)]
pub struct Enlisted {
    /// Them, for [`crate::conduct`].
    pub recruits: Vec<Recruit>,
    /// To be closed after the run.
    pub enlistment: Enlistment,
}

/// Who takes part in a run, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Muster {
    taking_part: Vec<(Present, Share)>,
    /// What to tell before the run starts.
    pub told: Vec<String>,
}

/// Why a run can't have a fleet.
#[derive(Debug, thiserror::Error)]
pub enum EnlistError {
    /// Nobody who is there can take part.
    #[error("{}", nobody(.0))]
    Nobody(Vec<String>),
    /// Their parts don't fit.
    #[error(transparent)]
    Divide(#[from] DivideError),
    /// Their streams can't be made.
    #[error(transparent)]
    Streams(#[from] StreamError),
}

fn nobody(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return "no agent is there".to_owned();
    }
    format!("no agent that is there can take part: {}", reasons.join("; "))
}

/// Shares a plan among those of the roster that can take part. Pure, but for this machine's own name for its boot.
///
/// # Errors
/// Nobody can take part, or some have too little.
pub fn muster(plan: &ResolvedPlan, addresses: &TargetAddresses, roster: &Roster) -> Result<Muster, EnlistError> {
    let boot = monotonic::boot();
    let (mut candidates, mut able, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for present in &roster.agents {
        match able_to(plan, present, &boot) {
            Ok(candidate) => {
                told.extend(present.warning(&boot));
                candidates.push(candidate);
                able.push(present.clone());
            }
            Err(reason) => told.push(reason),
        }
    }
    if able.is_empty() {
        return Err(EnlistError::Nobody(told));
    }
    let Division { parts, told: of_parts } = divide(plan, addresses, &candidates)?;
    told.extend(of_parts);
    let taking_part: Vec<_> = able.into_iter().zip(parts).filter(|(_, share)| !share.is_empty()).collect();
    let told = told.into_iter().chain(std::iter::once(said(&taking_part))).collect();
    Ok(Muster { taking_part, told })
}

fn able_to(plan: &ResolvedPlan, present: &Present, boot: &str) -> Result<Candidate, String> {
    let (here, _) = present.offer(boot)?;
    let hello = &here.hello;
    let is_lab = matches!(plan.target, Target::Chirp(_));
    if is_lab && hello.boot != boot {
        return Err(format!("agent {} is on another machine, and the target is booted on this one", hello.name));
    }
    let available = Available { descriptors: hello.descriptors, ports: hello.ports, memory: here.memory };
    // A lab's regions are all on this machine: nobody really stands in a place of it.
    let place = hello.place.clone().filter(|_| !is_lab);
    Ok(Candidate { name: hello.name.clone(), place, available, cores: hello.cores })
}

impl Muster {
    /// The instances of those who take part.
    #[must_use]
    pub fn instances(&self) -> BTreeSet<String> {
        self.taking_part.iter().filter_map(|(present, _)| instance(present)).collect()
    }
}

fn instance(present: &Present) -> Option<String> {
    present.here.as_ref().ok().map(|here| here.hello.instance.clone())
}

/// Looks for agents that turn up while a run goes on, and sends those that can take part as recruits without a share; ends only with
/// whoever receives them. `known` are the instances of those who were asked, or were said to be unable, already.
pub async fn seek(
    bus: &Bus,
    enlistment: &mut Enlistment,
    (plan, addresses): (&ResolvedPlan, &TargetAddresses),
    mut known: BTreeSet<String>,
    newcomers: mpsc::Sender<Recruit>,
) {
    let boot = monotonic::boot();
    while !newcomers.is_closed() {
        // A bus that can't be heard now is heard again.
        let Ok(roster) = Roster::listen(bus).await else {
            sleep(SEEK_AGAIN).await;
            continue;
        };
        for present in roster.agents.iter().filter(|present| present.is_free()) {
            // Who can't take part yet may be able to in a moment: its clock may not be known.
            let (Some(instance), Ok(candidate)) = (instance(present), able_to(plan, present, &boot)) else { continue };
            if !known.insert(instance) {
                continue;
            }
            let Ok(wanted) = wanted(present, &boot) else { continue };
            let Ok(link) = enlistment.add(bus, &wanted).await else { continue };
            let place = candidate.place.as_deref();
            let recruit = Recruit {
                link,
                addresses: addresses.clone(),
                shares: vec![None; plan.populations.len()],
                emulated: plan.populations.iter().map(|population| is_emulated(population, place)).collect(),
                weight: candidate.cores.clamp(1, WEIGHT_MAX),
                threads: None,
                spool_bytes_max: spool_bytes_max(present),
                spool: None,
            };
            if newcomers.send(recruit).await.is_err() {
                return;
            }
        }
    }
}

/// How an agent is asked to take part.
fn wanted(present: &Present, boot: &str) -> Result<Wanted, EnlistError> {
    let (here, clock) = present.offer(boot).map_err(|reason| EnlistError::Nobody(vec![reason]))?;
    Ok(Wanted {
        whose: present.whose.clone(),
        domain: here.domain.clone(),
        clock_bound: clock.bound(),
        delay: clock.round_trip() * 2 + STORE_MAX,
    })
}

/// Who takes part, where.
fn said(taking_part: &[(Present, Share)]) -> String {
    let one = |(present, _): &(Present, Share)| {
        let place = present.here.as_ref().ok().and_then(|here| here.hello.place.clone());
        let agent = present.whose.agent();
        place.map_or_else(|| format!("{agent} (nowhere in particular)"), |place| format!("{agent} in {place}"))
    };
    let all: Vec<String> = taking_part.iter().map(one).collect();
    let agents =
        if all.len() == 1 { "1 agent takes part".to_owned() } else { format!("{} agents take part", all.len()) };
    format!("{agents}: {}", all.join(", "))
}

impl Muster {
    /// Asks them to join the run.
    ///
    /// # Errors
    /// Their streams can't be made.
    pub async fn enlist(self, bus: &Bus, run: &str, addresses: &TargetAddresses) -> Result<Enlisted, EnlistError> {
        let boot = monotonic::boot();
        let mut wanted = Vec::new();
        for (present, _) in &self.taking_part {
            wanted.push(self::wanted(present, &boot)?);
        }
        let (ends, enlistment) = bus.enlist(run, &wanted).await?;
        let recruits = ends.into_iter().zip(&self.taking_part).map(|(link, (present, share))| Recruit {
            link,
            addresses: addresses.clone(),
            shares: share.shares.clone(),
            emulated: share.emulated.clone(),
            weight: share.weight,
            threads: None,
            spool_bytes_max: spool_bytes_max(present),
            spool: None,
        });
        Ok(Enlisted { recruits: recruits.collect(), enlistment })
    }
}

/// Agents that sit in a run whose controller was killed.
#[derive(Debug)]
pub struct Rejoined {
    /// The links to them, for [`crate::resume()`].
    pub links: Vec<ControllerEnd>,
    /// To be closed afterwards.
    pub enlistment: Enlistment,
    /// Their run.
    pub run: String,
}

/// Takes the place of the controller of a run in which agents with these instances sit; `None`: nobody does.
///
/// # Errors
/// Their streams can't be made.
pub async fn rejoin(bus: &Bus, roster: &Roster, instances: &BTreeSet<String>) -> Result<Option<Rejoined>, EnlistError> {
    let sitting: Vec<(&Present, &Here, &str)> =
        roster.agents.iter().filter_map(|present| sitting(present, instances)).collect();
    let Some((.., run)) = sitting.first().copied() else { return Ok(None) };
    let wanted = sitting.iter().filter(|(.., of)| *of == run).map(|(present, here, _)| Wanted {
        whose: present.whose.clone(),
        domain: here.domain.clone(),
        // Nothing is begun at a time any more.
        clock_bound: Duration::ZERO,
        delay: Duration::ZERO,
    });
    let (links, enlistment) = bus.enlist(run, &wanted.collect::<Vec<_>>()).await?;
    Ok(Some(Rejoined { links, enlistment, run: run.to_owned() }))
}

/// The run that an agent with one of these instances sits in.
fn sitting<'a>(present: &'a Present, instances: &BTreeSet<String>) -> Option<(&'a Present, &'a Here, &'a str)> {
    let here = present.here.as_ref().ok().filter(|here| instances.contains(&here.hello.instance))?;
    Some((present, here, present.run()?))
}

fn spool_bytes_max(present: &Present) -> u64 {
    let free = present.here.as_ref().map_or(0, |here| here.spool_free);
    SPOOL_BYTES_MAX.min(free / 4 * 3)
}

/// Tells those that speak another version so: it is in their own log then, and not only here.
pub async fn refuse(bus: &Bus, run: &str, roster: &Roster) {
    for present in &roster.agents {
        if let Ok(here) = &present.here
            && let Err(refusal) = here.hello.check()
        {
            // The person at this end is told in any case.
            let _ = bus.refuse(run, &present.whose, refusal).await;
        }
    }
}

#[cfg(test)]
mod tests;
