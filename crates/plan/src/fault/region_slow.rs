//! `region-slow`: every process of a region runs a part of the time only: it is slow, not dead.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::{in_words, one_or_several},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, collections::List, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// Every process of a region runs a part of the time only: it is slow, not dead.
    RegionSlowText "region-slow" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once.
        optional "regions" regions: List<NameText>;
        /// The part of the time that its processes run, 5% to 80%.
        required "speed" speed: Share;
    }
}

/// Every process of a region runs a part of the time only: it is slow, not dead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSlow {
    /// Which; at least one.
    pub regions: Vec<RegionName>,
    /// The part of the time that its processes run.
    pub speed: Share,
}

impl RegionSlow {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "region-slow",
        group: Group::Region,
        covers: &["A7", "F2"],
        works_on: "a lab",
        ramps: true,
        exempts: false,
        rolls: true,
        takes: "the processes of its regions",
        needs: "",
    };
}

impl Kind for RegionSlow {
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
        format!("every process of {} runs {} of the time", in_words(&self.regions), self.speed)
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { regions: vec![region.clone()], ..self.clone() }.into())
    }
}

impl KindText for RegionSlowText {
    type Kind = RegionSlow;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<RegionSlow> {
        resolver.needs_lab(RegionSlow::ABOUT.name, "its processes are stopped", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground);
        let speed = *self.speed.value()?;
        if !(50_000..=800_000).contains(&speed.parts_per_million()) {
            let mistake =
                Mistake::new(Code::OutOfRange, self.speed.span_or(self.place()), format!("{speed} is out of range"));
            resolver.add(mistake.hint("from 5% to 80%; for one that stands still there is region-paused"));
        }
        Some(RegionSlow { regions: regions?, speed })
    }
}
