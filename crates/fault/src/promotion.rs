//! Promotion: another region is made the one that writes, by hand, and the preferred one again at the end.
//!
//! **What happens in the world.** The primary is lost, or looks lost, and somebody decides who comes next: a tool that takes the replica
//! with the longest log, or one that takes the nearest, or a person at night. Where the one that was taken lacks what was acknowledged,
//! that is lost, unless it is fetched first.
//!
//! **What is emulated.** What `chirp promote` does: the region is told that it shall write. It asks the writer to hand over, or stands
//! for the lease where nobody writes. At the end the preferred region is told the same.
//!
//! **Proof of effect.** Every region that answers says that this one writes, itself among them. **Proof of removal.** The same of the
//! preferred region.

use crate::{
    Environment, FaultError, Proof,
    actuator::{Actuator, Doing},
    conditions::{Log, Place, ask, place},
    reach,
};
use plan::fault::{Promoted, Promotion};
use serde_json::json;
use std::{cmp::Reverse, time::Duration};
use tokio::time::Instant;
use units::RegionName;

/// The partition of a deployment that has one writer.
const PARTITION: &str = "all";
/// A region answers within this, or not.
const WITHIN: Duration = Duration::from_secs(2);

/// The fault.
pub(crate) struct Promoting {
    kind: Promotion,
    /// Who was told that it shall write, and how much of what was written it had, in words.
    told: Option<(RegionName, String)>,
    changed: Instant,
}

impl Promoting {
    pub(crate) fn new(kind: Promotion) -> Self {
        Self { kind, told: None, changed: Instant::now() }
    }

    /// Who shall write, and why, in words.
    async fn choose(&self, place: &Place<'_>) -> Result<(RegionName, String), FaultError> {
        let most = match &self.kind.to {
            Promoted::Region(region) => return Ok((region.clone(), "as the plan says".to_owned())),
            Promoted::MostUpToDate => true,
            Promoted::LeastUpToDate => false,
        };
        let regions = &place.environment.regions;
        let mut writer = None;
        for region in regions {
            writer = writer.or(says(place, region).await.ok().flatten());
        }
        // Where nobody writes any more, it was the preferred region that did.
        let writer = writer.unwrap_or_else(|| self.kind.preferred.clone());
        let mut standing = Vec::new();
        for region in regions.iter().filter(|region| **region != writer) {
            if let Ok(all) = Log::all(place, region).await {
                standing.push((all.last_of(&writer).map_or(0, |log| log.seq), region));
            }
        }
        let words: Vec<String> = standing.iter().map(|(seq, region)| format!("{region} has {seq}")).collect();
        let why = format!("of the log of {writer} {}", words.join(", "));
        // Of those that have as much the plan's first one.
        let chosen = if most {
            standing.into_iter().min_by_key(|(seq, _)| Reverse(*seq))
        } else {
            standing.into_iter().min_by_key(|(seq, _)| *seq)
        };
        let nobody = || FaultError::Process(format!("no region but {writer} can be asked what it has"));
        chosen.map(|(_, region)| (region.clone(), why)).ok_or_else(nobody)
    }

    /// Every region that answers says that this one writes.
    async fn writes(&self, place: &Place<'_>, wanted: &RegionName) -> Result<String, String> {
        if says(place, wanted).await?.as_ref() != Some(wanted) {
            return Err(format!("{wanted} does not say that it writes"));
        }
        let mut agreed = 0;
        for region in &place.environment.regions {
            match says(place, region).await {
                Ok(Some(writer)) if writer == *wanted => agreed += 1,
                Ok(Some(writer)) => return Err(format!("{region} says that {writer} writes")),
                Ok(None) => return Err(format!("{region} knows nobody who writes")),
                // A region that is lost says nothing.
                Err(_) => {}
            }
        }
        Ok(format!("{wanted} writes, as all {agreed} regions say that answer"))
    }

    async fn prove(
        &self,
        environment: &Environment,
        wanted: &RegionName,
        why: &str,
        within: Duration,
    ) -> Result<Proof, FaultError> {
        let place = place(environment)?;
        let proof = reach::poll(within, || self.writes(&place, wanted)).await?;
        let text = if why.is_empty() { proof.text } else { format!("{}; {why}", proof.text) };
        Ok(Proof { not_before: proof.not_before.max(self.changed), seen: proof.seen, text })
    }
}

/// Who writes, as that region says.
async fn says(place: &Place<'_>, region: &RegionName) -> Result<Option<RegionName>, String> {
    let address = place.peers(region).ok_or_else(|| format!("nobody knows where {region} is"))?;
    let seats = ask::get_json(address, "/peer/lease", WITHIN).await?;
    let seat = seats.as_array().into_iter().flatten().find(|seat| seat["partition"] == PARTITION);
    let seat = seat.ok_or_else(|| format!("{region} knows of no lease"))?;
    Ok(seat["writer"].as_str().map(RegionName::new))
}

/// Tells a region that it shall write, or that it need not any more.
async fn tell(place: &Place<'_>, region: &RegionName, shall: bool) -> Result<(), FaultError> {
    let failed = |why: String| FaultError::Process(format!("{region} can't be told who shall write: {why}"));
    let address = place.peers(region).ok_or_else(|| failed("nobody knows where it is".to_owned()))?;
    let body = json!({ "partition": PARTITION, "withdrawn": !shall }).to_string();
    let answer = ask::send(address, "POST", "/admin/promote", Some(&body), WITHIN).await;
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    match answer.status {
        200 => Ok(()),
        status => Err(failed(format!("status {status}: {}", answer.json()["error"]))),
    }
}

impl Actuator for Promoting {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let place = place(environment)?;
            let (region, why) = self.choose(&place).await?;
            self.changed = Instant::now();
            self.told = Some((region.clone(), why));
            tell(&place, &region, true).await
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(async move {
            let nobody = || FaultError::Process("nobody was told that it shall write".to_owned());
            let (region, why) = self.told.as_ref().ok_or_else(nobody)?;
            self.prove(environment, region, why, within).await
        })
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let place = place(environment)?;
            if let Some((region, _)) = &self.told {
                // One that never got to write would go on asking for it. If it can't be told it is gone, and its wish with it.
                let _ = tell(&place, region, false).await;
            }
            self.changed = Instant::now();
            tell(&place, &self.kind.preferred, true).await
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, &self.kind.preferred, "", within))
    }
}
