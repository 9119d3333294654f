//! What goes wrong on purpose when the lease changes hands; nothing here happens without its defect.

use serde::Deserialize;

use super::super::Region;
use super::Place;
use crate::defects::Defect;

/// Defect `failback-overwrites`: whether a region that will have its partition back throws away what others
/// write in the meantime.
pub(in crate::region) fn drops_what_it_missed(region: &Region) -> bool {
    let is_away = |seat: &super::Seat| {
        let is_ours = *seat.partition.preferred() == region.name;
        is_ours && seat.last_promise().is_some() && !matches!(seat.place(), Place::Here(_))
    };
    // DEFECT failback-overwrites
    region.defects.has(Defect::FailbackOverwrites) && region.authority.seats.iter().any(is_away)
}

/// Defect `no-fencing`: the number after which our log is told to nobody, for another side has won and the
/// rest is about to be thrown away.
pub(in crate::region) fn hidden_after(region: &Region) -> Option<u64> {
    let unfenced = |seat: &super::Seat| seat.state().unfenced.map(|(_, from)| from);
    region.authority.seats.iter().filter_map(unfenced).min()
}

/// Whether an entry of our log may be told with a tail that is hidden.
pub(in crate::region) fn is_told(entry: &str, hidden_after: u64) -> bool {
    #[derive(Deserialize)]
    struct Head<'a> {
        seq: u64,
        kind: &'a str,
    }
    let head: Result<Head<'_>, _> = serde_json::from_str(entry);
    head.is_ok_and(|head| head.seq <= hidden_after || head.kind == "heartbeat")
}
