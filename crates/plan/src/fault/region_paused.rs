//! `region-paused`: every process of a region stands still, and goes on at the end.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::{in_words, one_or_several},
};
use crate::{
    mistakes::Span,
    read::{Placed as _, collections::List, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Every process of a region stands still, and goes on at the end.
    RegionPausedText "region-paused" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once.
        optional "regions" regions: List<NameText>;
    }
}

/// Every process of a region stands still, and goes on at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionPaused {
    /// Which; at least one.
    pub regions: Vec<RegionName>,
}

impl RegionPaused {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "region-paused",
        group: Group::Region,
        covers: &["F1"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: true,
        takes: "the processes of its regions",
        needs: "",
    };
}

impl Kind for RegionPaused {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.regions.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: Thing::processes(&self.regions), needs: Vec::new() }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("every process of {} stands still", in_words(&self.regions))
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { regions: vec![region.clone()] }.into())
    }
}

impl KindText for RegionPausedText {
    type Kind = RegionPaused;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<RegionPaused> {
        resolver.needs_lab(RegionPaused::ABOUT.name, "its processes are stopped", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground);
        Some(RegionPaused { regions: regions? })
    }
}
