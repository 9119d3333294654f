//! Paths: chosen by the plan's author, else the atlas's with the access profile added.

use super::{
    Resolver,
    target::{Ground, Site},
};
use crate::{
    geography::{Backbone, Place},
    mistakes::{Code, Mistake},
    resolved::{AccessProfile, Path, PathBasis, PeerPath},
};
use std::{collections::BTreeMap, time::Duration};
use units::RegionName;

/// Paths that the plan's author chose, by region: the whole round trip and its jitter.
pub(super) type Chosen = BTreeMap<RegionName, (Duration, Duration)>;

impl Resolver<'_, '_> {
    /// The path from `place` to each region, by region index. `None` when one of the places or the path between them is
    /// not known; a mistake has been added.
    pub(super) fn user_paths(
        &mut self,
        place: &Place,
        access: &AccessProfile,
        chosen: &Chosen,
        ground: &Ground,
    ) -> Option<Vec<Path>> {
        let mut paths = Vec::with_capacity(ground.sites.len());
        for site in &ground.sites {
            let (up, down) = (access.up, access.down);
            paths.push(match chosen.get(&site.name) {
                Some((round_trip, jitter)) => {
                    Path { round_trip: *round_trip, jitter: *jitter, up, down, basis: PathBasis::Chosen }
                }
                None => {
                    let backbone = self.backbone(place, site)?;
                    let round_trip = backbone.round_trip + access.round_trip;
                    Path { round_trip, jitter: backbone.jitter + access.jitter, up, down, basis: backbone.basis }
                }
            });
        }
        Some(paths)
    }

    /// The paths between each two regions of a lab. Between servers nobody's access counts.
    pub(super) fn peer_paths(&mut self, ground: &Ground) -> Option<Vec<PeerPath>> {
        let mut paths = Vec::new();
        for (from, one) in ground.sites.iter().enumerate() {
            for (to, other) in ground.sites.iter().enumerate().skip(from + 1) {
                if ground.is_attached() {
                    continue;
                }
                let Backbone { round_trip, jitter, basis } = self.backbone(one.place.as_ref()?, other)?;
                paths.push(PeerPath { from, to, path: Path { round_trip, jitter, up: None, down: None, basis } });
            }
        }
        Some(paths)
    }

    /// The atlas's path between two places that it knows.
    fn backbone(&mut self, from: &Place, to: &Site) -> Option<Backbone> {
        let to_place = to.place.as_ref()?;
        let found = self.geography.backbone(from.code.as_str(), to_place.code.as_str());
        if found.is_none() {
            let message = format!("the atlas knows no path between {} and {}", from.code, to_place.code);
            self.add(Mistake::new(Code::UnknownName, to.span, message).hint("choose other places"));
        }
        found
    }
}

/// Region indices, nearest first; equally near ones in the order of the plan.
pub(super) fn nearest(paths: &[Path]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by_key(|index| paths[*index].round_trip);
    order
}
