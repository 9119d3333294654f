//! `region-loss`: every process of some regions dies at once.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::{in_words, one_or_several},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, collections::List, section::section, units_read::Time, values::NameText},
    resolve::{Ground, Resolver},
    resolved::{Engine, Transport},
};
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Every process of one region or several is killed, and started again at the end.
    RegionLossText "region-loss" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once.
        optional "regions" regions: List<NameText>;
        /// It comes back with the data that it had this long before it was lost, 5s to 1h: an old disk. Default: with the data
        /// that it had when it was lost.
        optional "data_age" data_age: Time<5_000, 3_600_000>;
    }
}

/// Every process of these regions is killed (SIGKILL), and started again at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionLoss {
    /// Which; at least one. A resolved plan before format 1.4 has one under the name `region`.
    #[serde(alias = "region", deserialize_with = "one_or_many")]
    pub regions: Vec<RegionName>,
    /// With data of which age they come back; `None`: with what they had when they were lost. Since format 1.7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_age: Option<DataAge>,
}

/// How long before its loss a region had the data that it comes back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataAge(#[serde(with = "units::duration")] pub Duration);

impl RegionLoss {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "region-loss",
        group: Group::Region,
        covers: &["A1", "A8", "A9", "A10", "A11", "D12", "F1"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: true,
        takes: "the processes of its regions",
        needs: "",
    };

    /// The loss of one region.
    #[must_use]
    pub fn of(region: impl Into<RegionName>) -> Self {
        Self { regions: vec![region.into()], data_age: None }
    }
}

impl Kind for RegionLoss {
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

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let killed = format!("every process of {} is killed", in_words(&self.regions));
        match self.data_age {
            Some(DataAge(age)) => format!("{killed}, and comes back with the data of {} before", time(age)),
            None => killed,
        }
    }

    fn lead(&self) -> Duration {
        self.data_age.map_or(Duration::ZERO, |DataAge(age)| age)
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { data_age: self.data_age, ..Self::of(region.clone()) }.into())
    }
}

impl KindText for RegionLossText {
    type Kind = RegionLoss;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<RegionLoss> {
        resolver.needs_lab(RegionLoss::ABOUT.name, "its processes are killed", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground)?;
        Some(RegionLoss { regions, data_age: self.data_age(resolver, ground)? })
    }
}

impl RegionLossText {
    /// `None`: a mistake was made.
    fn data_age(&self, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Option<DataAge>> {
        if self.data_age.is_bad() {
            return None;
        }
        if let (Some(age), Some(deployment)) = (self.data_age.written(), ground.deployment())
            && (deployment.engine != Engine::Embedded || deployment.transport != Transport::Pull)
        {
            let why = "a server that keeps data of its own can't be given back an old disk";
            let mistake = Mistake::new(Code::Unmet, age.span, why);
            resolver.add(mistake.hint("use engine: embedded and transport: pull, or leave `data_age` out"));
        }
        Some(self.data_age.value().map(|age| DataAge(age.0)))
    }
}

/// A list of regions, or the one region of an older plan.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RegionName>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(RegionName),
        Many(Vec<RegionName>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(region) => vec![region],
        OneOrMany::Many(regions) => regions,
    })
}
