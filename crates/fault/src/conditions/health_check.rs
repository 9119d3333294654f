//! Health check: what a region says of itself is not so.
//!
//! **What happens in the world.** A check that looks at the process and not at its disk stays green while users fail; a check
//! with a tight time-out or a sick dependency flaps and empties a region that is well; a bad rule in the monitor finds all
//! regions dead at once, and then everything depends on failing open.
//!
//! **What is emulated.** `/healthz` of the region's process says so, to whoever asks: the geo-DNS, edges, and you.
//!
//! **Proof of effect.** Each region's check is asked: all of some answers say `failing` (a share: some do and some don't;
//! flapping: both are seen within one period), and before they didn't. `well` is a lie only while something is wrong, so it can't be
//! proven by asking, and the plan has to assume it. **Proof of removal.** No answer says `failing`, unless it did before: a region
//! that stands by now, since another writes in its place, says `passive`, and that is no lie.

use super::{Measure, Place, Seeing, Setting, ask, sample};
use futures_util::future::LocalBoxFuture;
use plan::fault::{HealthCheck, HealthSays};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;
use units::RegionName;

/// What a region says that must not be asked.
const FAILING: &str = "failing";
/// Checks that are asked for at a time.
const CHECKS: u32 = 10;
const WITHIN: Duration = Duration::from_secs(3);

/// Sees it.
pub(crate) struct HealthMeasure {
    kind: HealthCheck,
    /// What each check said before.
    before: BTreeMap<RegionName, String>,
}

impl HealthMeasure {
    pub(crate) fn new(kind: HealthCheck) -> Self {
        Self { kind, before: BTreeMap::new() }
    }

    async fn word(&self, place: &Place<'_>, region: &RegionName) -> Result<String, String> {
        let answer = ask::send(place.users(region)?, "GET", "/healthz", None, WITHIN).await;
        let answer = answer.map_err(|error| format!("the health check of {region}: {error}"))?;
        Ok(answer.json()["status"].as_str().unwrap_or("nothing").to_owned())
    }

    /// How many of some checks of a region say that it fails, and didn't before.
    async fn failing(&self, place: &Place<'_>, region: &RegionName, checks: u32) -> Result<u32, String> {
        let failed_before = self.before.get(region).is_some_and(|word| word == FAILING);
        let mut failing = 0;
        for _ in 0..checks {
            failing += u32::from(self.word(place, region).await? == FAILING && !failed_before);
            sleep(self.kind.every / checks).await;
        }
        Ok(failing)
    }
}

impl Measure for HealthMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let setting = |region| {
            let address = place.peers(region);
            match self.kind.says {
                HealthSays::Well => Setting::whole(address, "health-green", ""),
                HealthSays::Failing => {
                    Setting { share: self.kind.share.fraction(), ..Setting::whole(address, "health-red", "") }
                }
                HealthSays::Flapping => {
                    Setting::whole(address, "health-flapping", format!("{}ms", self.kind.every.as_millis()))
                }
            }
        };
        self.kind.regions.iter().map(setting).collect()
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            for region in &self.kind.regions.clone() {
                let word = self.word(place, region).await?;
                self.before.insert(region.clone(), word);
            }
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            if self.kind.says == HealthSays::Well {
                return Err("that all is well can't be seen to be a lie".to_owned());
            }
            let is_whole = self.kind.says == HealthSays::Failing && self.kind.share.fraction() >= 1.0;
            for region in &self.kind.regions {
                let failing = self.failing(place, region, CHECKS).await?;
                let is_so = if is_whole { failing == CHECKS } else { (1..CHECKS).contains(&failing) };
                if !is_so {
                    return Err(not_as_wanted(failing, CHECKS, region));
                }
            }
            let names: Vec<&str> = self.kind.regions.iter().map(RegionName::as_str).collect();
            Ok(format!("the checks of {} fail, and didn't before", names.join(" and ")))
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let checks = sample::looks(self.kind.share, CHECKS as usize)? as u32;
            for region in &self.kind.regions {
                let failing = self.failing(place, region, checks).await?;
                if failing > 0 {
                    return Err(not_as_wanted(failing, checks, region));
                }
            }
            Ok("no check fails any more".to_owned())
        })
    }
}

fn not_as_wanted(failing: u32, checks: u32, region: &RegionName) -> String {
    format!("{failing} of {checks} checks of {region} fail that didn't before")
}
