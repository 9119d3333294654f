//! `evacuation`: users are led away from a region in steps, and back in steps, though nothing is wrong there.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Users are led away from a region, and back at the end, in steps with a `ramp`: a planned evacuation. Chirp only.
    EvacuationText "evacuation" {
        /// The region that is emptied.
        required "region" region: NameText;
    }
}

/// Users are led away from a region, and back at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evacuation {
    /// The region that is emptied.
    pub region: RegionName,
}

impl Evacuation {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "evacuation",
        group: Group::Region,
        covers: &["A12"],
        works_on: "a lab",
        ramps: true,
        exempts: false,
        rolls: false,
        takes: "the answers of the geo-DNS",
        needs: "",
    };
}

impl Kind for Evacuation {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: vec![Thing::Steering], needs: Vec::new() }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("users are led away from {}", self.region)
    }
}

impl KindText for EvacuationText {
    type Kind = Evacuation;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Evacuation> {
        resolver.needs_lab(Evacuation::ABOUT.name, "the lab's own geo-DNS leads users", span, ground);
        let region = resolver.region(ground, &self.region);
        if ground.complete && ground.sites.len() == 1 && !ground.is_attached() {
            let mistake = Mistake::new(Code::Unmet, self.region.span_or(self.place()), "there is nowhere else to go");
            resolver.add(mistake.hint("a target with two regions or more"));
        }
        Some(Evacuation { region: region? })
    }
}
