//! `fan-out`: posts don't reach the time lines of followers.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
    resolved::Engine,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// Posts don't reach the time lines of followers in a region. Chirp only.
    FanOutText "fan-out" {
        /// Which region.
        required "region" region: NameText;
        /// This share of the posts.
        optional "dropped" dropped: units::Share = "100%";
    }
}

/// Posts don't reach the time lines of followers in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FanOut {
    /// Which region.
    pub region: RegionName,
    /// This share of the posts.
    pub dropped: Share,
}

impl FanOut {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "fan-out",
        group: Group::Data,
        covers: &["D10"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the time lines of its region",
        needs: "the processes and the storage of every region",
    };
}

impl Kind for FanOut {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, regions: &[RegionName]) -> Claims {
        let needs = [Thing::processes(regions), Thing::parts("storage", regions)].concat();
        Claims { takes: vec![Thing::part("time lines", &self.region)], needs }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("{} of the posts do not reach time lines in {}", self.dropped, self.region)
    }
}

impl KindText for FanOutText {
    type Kind = FanOut;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<FanOut> {
        resolver.needs_lab(FanOut::ABOUT.name, "the lab's own storage leaves them out", span, ground);
        let region = resolver.region(ground, &self.region);
        if ground.deployment().is_some_and(|deployment| deployment.engine == Engine::Postgres) {
            let mistake = Mistake::new(Code::Unmet, span, "with PostgreSQL time lines are read, not written");
            resolver.add(mistake.hint("use engine: embedded"));
        }
        let dropped = *self.dropped.value()?;
        if dropped.fraction() == 0.0 {
            let mistake =
                Mistake::new(Code::OutOfRange, self.dropped.span_or(self.place()), "nothing would be dropped");
            resolver.add(mistake.hint("a share above 0%"));
        }
        Some(FanOut { region: region?, dropped })
    }
}
