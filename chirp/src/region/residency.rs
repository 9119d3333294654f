//! Which regions may hold whose data, enforced by whoever sends.
//!
//! With `copies = "zone"` the log of a region goes whole only to regions of its zone. Any other gets the same
//! log with holes: signs of life and the directory of homes, and nothing that a user wrote. The rule is of
//! what *may* leave, not of what may not, so an entry of a new kind stays at home until somebody decides.
//!
//! A log with holes must never pass for a whole one: who has been given one does not pass it on (copies are
//! told and listed only for logs of one's own zone), and its confirmations count for no write.

use serde::Deserialize;

use super::Region;
use crate::config::Copies;
use crate::defects::Defect;
use crate::names::RegionName;
use crate::store::LogPart;

/// Whether `reader` may hold what users wrote in `origin`.
pub(super) fn may_hold(region: &Region, origin: &str, reader: &str) -> bool {
    let authority = &region.authority;
    authority.deployment.copies == Copies::Everywhere
        || origin == reader
        || authority.zones.get(origin).is_some_and(|zone| authority.zones.get(reader) == Some(zone))
}

/// Whether this region's copy of a log is whole.
pub(super) fn holds_whole(region: &Region, origin: &str) -> bool {
    may_hold(region, origin, region.name.as_str())
}

/// Takes out of a part of the log of `origin` what may not go to `reader`.
pub(super) fn redact(region: &Region, origin: &str, reader: &str, part: &mut LogPart) {
    // DEFECT residency-leak
    if may_hold(region, origin, reader) || region.defects.has(Defect::ResidencyLeak) {
        return;
    }
    part.entries.retain(|entry| may_leave(entry));
}

/// The peer of this name, if what it confirms says that it has our users' writes.
pub(super) fn counts_as_copy<'a>(region: &'a Region, reader: &str) -> Option<&'a RegionName> {
    let peer = region.peers.keys().find(|peer| peer.as_str() == reader)?;
    may_hold(region, region.name.as_str(), reader).then_some(peer)
}

fn may_leave(entry: &str) -> bool {
    #[derive(Deserialize)]
    struct Kind<'a> {
        kind: &'a str,
    }
    let kind: Result<Kind<'_>, _> = serde_json::from_str(entry);
    kind.is_ok_and(|entry| matches!(entry.kind, "heartbeat" | "home"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_leaves_a_zone() {
        for (entry, leaves) in [
            (r#"{"seq":1,"kind":"heartbeat","wall_ms":1}"#, true),
            (r#"{"seq":1,"kind":"home","name":"anna"}"#, true),
            (r#"{"seq":1,"kind":"post","post":{}}"#, false),
            (r#"{"seq":1,"kind":"something_new"}"#, false),
            ("nonsense", false),
        ] {
            assert_eq!(may_leave(entry), leaves, "{entry}");
        }
    }
}
