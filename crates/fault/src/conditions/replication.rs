//! Replication: a region falls behind the others, though every link is whole.
//!
//! **What happens in the world.** A replica whose apply thread died, or that can't keep up; a subscription that was paused.
//! Its users read the past, and if it takes over now, what it lacks is lost. Nothing tells but the age of what it has; a gauge
//! that is computed from the last thing that came says "no lag" for ever.
//!
//! **What is emulated.** Chirp's own reader stops, takes in so many entries a second, or takes in each so long after it was
//! written. Links are whole, peers are asked, the health check is content. With a throttle the rate is one for all peers.
//!
//! **Proof of effect.** `stopped`: for 2.5 s no log of another region moves here, and each of them moves at home (each region
//! writes a heartbeat a second). `lag`: a new entry of each other region takes at least 80 % of the lag to get here.
//! `throttled`: in 3 s no more than the rate is taken in, and more waits at the end than at the beginning: a throttle that
//! nothing meets is not proven. **Proof of removal.** What the others have now is here in less than half of the lag, or 2 s.

use super::{
    Measure, Place, Seeing, Setting,
    storage::{LOOK_EVERY, Log, STANDSTILL},
};
use plan::fault::{Pace, Replication};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use units::RegionName;

/// How long it is counted what is taken in.
const COUNTED: Duration = Duration::from_secs(3);
/// What was written must be here after this, if nothing is wrong.
const PROMPT: Duration = Duration::from_secs(2);

/// Sees it.
pub(crate) struct ReplicationMeasure {
    kind: Replication,
}

/// The logs of the other regions: how far each is at home, and here.
struct Standing(BTreeMap<RegionName, (Log, u64)>);

impl Standing {
    /// What is written and not here.
    fn behind(&self) -> u64 {
        self.0.values().map(|(home, here)| home.seq.saturating_sub(*here)).sum()
    }

    fn here(&self) -> u64 {
        self.0.values().map(|(_, here)| here).sum()
    }
}

impl ReplicationMeasure {
    pub(crate) fn new(kind: Replication) -> Self {
        Self { kind }
    }

    async fn standing(&self, place: &Place<'_>) -> Result<Standing, String> {
        let region = &self.kind.region;
        let here = Log::all(place, region).await?;
        let mut standing = BTreeMap::new();
        for origin in place.environment.regions.iter().filter(|origin| *origin != region) {
            let home = Log::of(place, origin, origin).await?;
            let here = here.seq_of(&home.id).unwrap_or_default();
            standing.insert(origin.clone(), (home, here));
        }
        if standing.is_empty() { Err("there is no other region".to_owned()) } else { Ok(Standing(standing)) }
    }

    async fn stopped(&self, place: &Place<'_>) -> Result<String, String> {
        let before = self.standing(place).await?;
        sleep(STANDSTILL).await;
        let after = self.standing(place).await?;
        for (origin, (home, here)) in &after.0 {
            let (home_before, here_before) = before.0.get(origin).ok_or("a region is new")?;
            if here != here_before {
                return Err(format!("the log of {origin} went from {here_before} to {here} in {}", self.kind.region));
            }
            if home == home_before {
                return Err(format!("{origin} has written nothing that could be taken in"));
            }
        }
        Ok(format!("in 2.5 s nothing was taken in, and {} entries more were written", after.behind() - before.behind()))
    }

    async fn throttled(&self, place: &Place<'_>, per_second: u32) -> Result<String, String> {
        let before = self.standing(place).await?;
        sleep(COUNTED).await;
        let after = self.standing(place).await?;
        let taken = after.here().saturating_sub(before.here());
        let text = format!("{taken} entries taken in within 3 s, {} wait, {} before", after.behind(), before.behind());
        // The throttle keeps a fifth of a second of what it has not let through.
        let most = (f64::from(per_second) * 3.3).ceil() as u64 + 1;
        if taken <= most && after.behind() > before.behind() { Ok(text) } else { Err(text) }
    }

    /// How long the next entry of each other region takes to get here, at most.
    async fn lag(&self, place: &Place<'_>, at_most: Duration) -> Result<Duration, String> {
        let mut longest = Duration::ZERO;
        for origin in place.environment.regions.iter().filter(|origin| **origin != self.kind.region) {
            let entry = Log::of(place, origin, origin).await?.moved(place, origin, origin).await?;
            let written = Instant::now();
            while Log::all(place, &self.kind.region).await?.seq_of(&entry.id).is_none_or(|seq| seq < entry.seq) {
                if written.elapsed() > at_most {
                    return Err(format!(
                        "entry {} of {origin} is not there after {} ms",
                        entry.seq,
                        at_most.as_millis()
                    ));
                }
                sleep(LOOK_EVERY / 2).await;
            }
            longest = longest.max(written.elapsed());
        }
        Ok(longest)
    }
}

impl Measure for ReplicationMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let address = place.peers(&self.kind.region);
        let pace = match self.kind.pace {
            Pace::Stopped => Setting::whole(address, "replication-stopped", ""),
            Pace::Throttled { per_second } => {
                Setting::whole(address, "replication-throttled", format!("{per_second}/s"))
            }
            Pace::Lag { by } => Setting::whole(address, "replication-lag", format!("{}ms", by.as_millis())),
        };
        let gauge = self.kind.gauge_frozen.then(|| Setting::whole(address, "frozen-lag-gauge", ""));
        std::iter::once(pace).chain(gauge).collect()
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            match self.kind.pace {
                Pace::Stopped => self.stopped(place).await,
                Pace::Throttled { per_second } => self.throttled(place, per_second).await,
                Pace::Lag { by } => {
                    let took = self.lag(place, 2 * by + PROMPT).await?;
                    let text = format!("a new entry is taken in after {} ms", took.as_millis());
                    if took >= by.mul_f64(0.8) { Ok(text) } else { Err(text) }
                }
            }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let prompt = match self.kind.pace {
                Pace::Lag { by } => PROMPT.min(by / 2),
                Pace::Stopped | Pace::Throttled { .. } => PROMPT,
            };
            let took = self.lag(place, prompt).await?;
            Ok(format!("a new entry is taken in after {} ms", took.as_millis()))
        })
    }
}
