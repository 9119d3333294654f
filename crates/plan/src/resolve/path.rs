//! Paths: chosen by the plan's author, else the atlas's with the access profile added.

use super::{Resolver, target::Ground};
use crate::{
    geography::Place,
    resolved::{AccessProfile, Path, PathBasis, PeerPath},
};
use std::{collections::BTreeMap, time::Duration};
use units::RegionName;

/// Paths that the plan's author chose, by region: the whole round trip and its jitter.
pub(super) type Chosen = BTreeMap<RegionName, (Duration, Duration)>;

impl Resolver<'_, '_> {
    /// The path from `place` to each region, by region index. `None` when the atlas doesn't know one of the places.
    pub(super) fn user_paths(
        &self,
        place: &Place,
        access: &AccessProfile,
        chosen: &Chosen,
        ground: &Ground,
    ) -> Option<Vec<Path>> {
        let path = |site: &super::target::Site| match chosen.get(&site.name) {
            Some((round_trip, jitter)) => Some(Path {
                round_trip: *round_trip,
                jitter: *jitter,
                up: access.up,
                down: access.down,
                basis: PathBasis::Chosen,
            }),
            None => {
                let backbone = self.geography.backbone(place.code.as_str(), site.place.as_ref()?.code.as_str())?;
                Some(Path {
                    round_trip: backbone.round_trip + access.round_trip,
                    jitter: backbone.jitter + access.jitter,
                    up: access.up,
                    down: access.down,
                    basis: backbone.basis,
                })
            }
        };
        ground.sites.iter().map(path).collect()
    }

    /// The paths between each two regions of a lab. Between servers nobody's access counts.
    pub(super) fn peer_paths(&self, ground: &Ground) -> Vec<PeerPath> {
        if ground.is_attached() {
            return Vec::new();
        }
        let places: Vec<&Place> = ground.sites.iter().filter_map(|site| site.place.as_ref()).collect();
        let mut paths = Vec::new();
        for (from, one) in places.iter().enumerate() {
            for (to, other) in places.iter().enumerate().skip(from + 1) {
                let Some(backbone) = self.geography.backbone(one.code.as_str(), other.code.as_str()) else { continue };
                let path = Path {
                    round_trip: backbone.round_trip,
                    jitter: backbone.jitter,
                    up: None,
                    down: None,
                    basis: backbone.basis,
                };
                paths.push(PeerPath { from, to, path });
            }
        }
        paths
    }
}

/// Region indices, nearest first; equally near ones in the order of the plan.
pub(super) fn nearest(paths: &[Path]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by_key(|index| paths[*index].round_trip);
    order
}
