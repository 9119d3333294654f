//! Evacuation: users are led away from a region in steps, and back in steps, though nothing is wrong there.
//!
//! **What happens in the world.** Before work on a region, and whenever it behaves oddly, operators take its users away a few per cent
//! at a time, watch the others, and bring them back in the same way: the drill that an outage is survived with. What goes wrong is
//! capacity: the others were never that large.
//!
//! **What is emulated.** The lab's geo-DNS passes the region over for a share of the askers, always the same ones; with a `ramp` the
//! share rises to all of them and falls again. The region goes on serving whoever comes: those with an older answer.
//!
//! **Proof of effect.** Of 40 askers in each of the users' networks none is sent there, and before some were.
//! **Proof of removal.** As many as before are.

use super::{Measure, Place, Seeing, Setting, dns::part_sent};
use crate::environment::SteeringTarget;
use futures_util::future::LocalBoxFuture;
use plan::fault::Evacuation;

/// Askers that may differ from those before: health changes by itself.
const TOLERANCE: f64 = 0.05;

/// Sees it.
pub(crate) struct EvacuationMeasure {
    kind: Evacuation,
    /// The part of the askers that was sent there before.
    before: f64,
}

impl EvacuationMeasure {
    pub(crate) fn new(kind: Evacuation) -> Self {
        Self { kind, before: 0.0 }
    }

    fn target<'a>(&self, place: &Place<'a>) -> Result<&'a SteeringTarget, String> {
        let index = place.environment.region(&self.kind.region);
        let target = index.and_then(|index| place.chirp.targets.get(index));
        target.ok_or_else(|| format!("nobody knows where {} is", self.kind.region))
    }

    async fn look(&self, place: &Place<'_>, wanted: f64) -> Result<String, String> {
        let target = self.target(place)?;
        let (name, sent) = (&target.name, part_sent(place, target).await?);
        let percent = |part: f64| (100.0 * part).round();
        let text = format!("{}% of the askers are sent to {name}, {}% before", percent(sent), percent(self.before));
        if (sent - wanted).abs() <= if wanted == 0.0 { 0.0 } else { TOLERANCE } { Ok(text) } else { Err(text) }
    }
}

impl Measure for EvacuationMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let name = self.target(place).map_or(String::new(), |target| target.name.clone());
        vec![Setting::whole(Some(place.chirp.steering), "dns-avoids", name)]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let target = self.target(place)?;
            let name = &target.name;
            self.before = part_sent(place, target).await?;
            if self.before > 0.0 {
                Ok(())
            } else {
                Err(format!("nobody is sent to {name}: there is nobody to lead away"))
            }
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, 0.0))
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, self.before))
    }
}
