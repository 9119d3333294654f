//! A region that is slow, or stands still: its processes run a part of the time, or none of it.
//!
//! **What happens in the world.** A host swaps, a neighbour takes its processor, a disk is slow, a collector stops the program: the
//! region is there, its health checks mostly pass, and everything through it is late. Such grey failures last longer than crashes,
//! because nothing that only asks "dead or alive" sees them (Huang et al., HotOS 2017).
//!
//! **What is emulated.** The processes are stopped (SIGSTOP) and let go on (SIGCONT) 5 times a second, running the part of the time
//! that the plan says; with none, they stand still until the end. Everything in them is slow alike, timers and leases too, which a
//! limit on their processor would not reach while they only wait. The kernel goes on: it accepts connections and takes bytes.
//!
//! **Not emulated.** Slow disks and a full memory (their effect on the region is much the same), and processes that a region has
//! started in groups of their own.
//!
//! **Proof of effect.** Exchanges with the region wait: all of them for ever, or about as many as are due in a pause for at least half of
//! one. **Proof of removal.** They are answered, and none waits like that.

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof,
    actuator::{Actuator, Doing},
    reach,
};
use plan::fault::Strength;
use std::{net::SocketAddr, time::Duration};
use tokio::time::{Instant, sleep};
use units::{RegionName, Share};

/// Running and standing still take so long together.
pub const PERIOD: Duration = Duration::from_millis(200);
/// Exchanges of one look.
const EXCHANGES: u32 = 24;
/// Between two of them: no divisor of the period, so that all its moments are met.
const PAUSE: Duration = Duration::from_millis(37);
/// What has not come by then doesn't come.
const EXCHANGE_WITHIN: Duration = Duration::from_secs(1);

/// The fault on its regions.
pub(crate) struct RegionSlow {
    regions: Vec<RegionName>,
    /// The part of the time that they run, at full strength.
    speed: Share,
    strength: Strength,
    stopping: bool,
    /// What half of the exchanges took at most, before.
    usual: Duration,
    changed: Instant,
}

impl RegionSlow {
    pub(crate) fn new(regions: Vec<RegionName>, speed: Share) -> Self {
        let (strength, usual) = (Strength::FULL, Duration::ZERO);
        Self { regions, speed, strength, stopping: false, usual, changed: Instant::now() }
    }

    /// The part of the time that they are to run now.
    fn running(&self) -> Share {
        let stopped = (1.0 - self.speed.fraction()) * self.strength.fraction();
        let parts = ((1.0 - stopped) * 1e6).round().clamp(0.0, 1e6) as u32;
        Share::from_parts_per_million(parts).unwrap_or(Share::WHOLE)
    }

    async fn throttle(&self, running: Share, environment: &Environment) -> Result<(), FaultError> {
        let parts = Part::regions(&self.regions);
        let request = |reply| ProcessRequest::Throttle { parts, running, reply };
        environment.ask_lab("a slow region", request).await.map(drop)
    }

    /// What exchanges with each of the regions took; `None`: longer than anybody waits.
    async fn look(&self, environment: &Environment) -> Result<Vec<(SocketAddr, Vec<Option<Duration>>)>, String> {
        let indices = self.regions.iter().filter_map(|region| environment.region(region));
        let addresses: Vec<SocketAddr> =
            indices.filter_map(|index| environment.user_addresses.get(index)).flatten().copied().collect();
        let mut looks = Vec::new();
        for address in addresses {
            let mut took = Vec::new();
            for _ in 0..self.exchanges() {
                let began = Instant::now();
                let answered = reach::answers(environment.door(address), EXCHANGE_WITHIN).await;
                took.push(answered.ok().map(|()| began.elapsed()));
                // One that waits in vain says enough where none should.
                if took.last() == Some(&None) && !self.stopping {
                    break;
                }
                sleep(PAUSE).await;
            }
            looks.push((address, took));
        }
        if looks.is_empty() { Err("no address of the region is known".to_owned()) } else { Ok(looks) }
    }

    /// A region that stands still is asked a few times only, for each of them waits in vain.
    fn exchanges(&self) -> u32 {
        if self.speed == Share::NONE && self.stopping { 2 } else { EXCHANGES }
    }

    /// How many of these waited as for a pause, and how many do at least where there are pauses.
    fn waited(&self, took: &[Option<Duration>]) -> (usize, usize) {
        let stopped = 1.0 - self.speed.fraction();
        let long = self.usual + PERIOD.mul_f64(stopped / 2.0);
        let waited = took.iter().filter(|took| took.is_none_or(|took| took >= long)).count();
        // Half of a pause is waited for by those that come in its first half.
        let due = EXCHANGES as f64 * stopped / 2.0;
        (waited, ((due / 3.0).ceil() as usize).max(1))
    }

    async fn shows(&self, environment: &Environment, broken: bool) -> Result<String, String> {
        let mut texts = Vec::new();
        for (address, took) in self.look(environment).await? {
            let (waited, least) = self.waited(&took);
            let silent = took.iter().filter(|took| took.is_none()).count();
            let text = match self.speed == Share::NONE {
                true => format!("{silent} of {} exchanges with {address} were not answered", took.len()),
                false => format!("{waited} of {} exchanges with {address} waited for a pause", took.len()),
            };
            let shown = match (self.speed == Share::NONE, broken) {
                (true, true) => silent == took.len(),
                (false, true) => waited >= least && silent < took.len(),
                (true, false) => silent == 0,
                (false, false) => silent == 0 && waited < least,
            };
            texts.push(if shown { Ok(text) } else { Err(text) });
        }
        texts.into_iter().collect::<Result<Vec<String>, String>>().map(|texts| texts.join("; "))
    }

    async fn prove(&self, environment: &Environment, within: Duration, broken: bool) -> Result<Proof, FaultError> {
        let proof = reach::poll(within, || self.shows(environment, broken)).await?;
        Ok(Proof { not_before: self.changed, ..proof })
    }
}

impl Actuator for RegionSlow {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let looked = self.look(environment).await.unwrap_or_default();
            let mut usual: Vec<Duration> = looked.into_iter().flat_map(|(_, took)| took).flatten().collect();
            usual.sort();
            self.usual = usual.get(usual.len() / 2).copied().unwrap_or_default();
            (self.changed, self.stopping) = (Instant::now(), true);
            self.throttle(self.running(), environment).await
        })
    }

    fn strengthen<'a>(&'a mut self, strength: Strength, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.strength = strength;
            if self.stopping { self.throttle(self.running(), environment).await } else { Ok(()) }
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            (self.changed, self.stopping) = (Instant::now(), false);
            self.throttle(Share::WHOLE, environment).await
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }
}
