//! Which confirmations of peers count: only of those whose promise is still this writer's epoch.
//!
//! A peer that has promised itself to a newer writer may have told that one what it holds before our entry
//! was among it. So with each poll of a log a region says the epochs that it has promised to the log's
//! region: read after it looked what it holds, hence whatever it confirms was there before it promised
//! anything else. A writer counts the poll only if all epochs that it holds are among them. This needs no
//! clock: with `quorum` nothing acknowledged is ever missing at a later writer.
//!
//! A claim is `PARTITION:EPOCH,PARTITION:EPOCH`. One log has the writes of all partitions that its region
//! holds, so one epoch that is not confirmed holds up all; it lasts until the next renewal at most.

use super::Authority;
use crate::durability::ClaimCheck;
use crate::names::RegionName;

impl ClaimCheck for Authority {
    fn claim(&self, peer: &RegionName) -> String {
        let promised = |seat: &super::Seat| {
            let durable = seat.state().durable.clone()?;
            (durable.holder == *peer).then(|| format!("{}:{}", seat.partition.name, durable.epoch))
        };
        self.seats.iter().filter_map(promised).collect::<Vec<_>>().join(",")
    }

    fn counts(&self, _: &RegionName, claim: &str) -> bool {
        let is_confirmed = |seat: &super::Seat| {
            let held = seat.state().tenure.held();
            let is_said = |epoch: u64| {
                let wanted = format!("{}:{epoch}", seat.partition.name);
                claim.split(',').any(|said| said == wanted)
            };
            held.is_none_or(is_said)
        };
        self.seats.iter().all(is_confirmed)
    }
}
