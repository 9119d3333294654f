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
//! proven by asking, and the plan has to assume it. **Proof of removal.** All answers are what they were before.

use super::{Measure, Place, Seeing, Setting, ask};
use futures_util::future::LocalBoxFuture;
use plan::fault::{HealthCheck, HealthSays};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;
use units::RegionName;

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

    /// How many of some checks of a region don't say what they said before.
    async fn changed(&self, place: &Place<'_>, region: &RegionName) -> Result<u32, String> {
        let before = self.before.get(region).cloned().unwrap_or_default();
        let mut changed = 0;
        for _ in 0..CHECKS {
            changed += u32::from(self.word(place, region).await? != before);
            sleep(self.kind.every / CHECKS).await;
        }
        Ok(changed)
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
                let changed = self.changed(place, region).await?;
                let is_so = if is_whole { changed == CHECKS } else { (1..CHECKS).contains(&changed) };
                if !is_so {
                    return Err(format!("{changed} of {CHECKS} checks of {region} say another word than before"));
                }
            }
            let names: Vec<&str> = self.kind.regions.iter().map(RegionName::as_str).collect();
            Ok(format!("the checks of {} say another word than before", names.join(" and ")))
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            for region in &self.kind.regions {
                let changed = self.changed(place, region).await?;
                if changed > 0 {
                    return Err(format!("{changed} of {CHECKS} checks of {region} say another word than before"));
                }
            }
            Ok("the checks say what they said before".to_owned())
        })
    }
}
