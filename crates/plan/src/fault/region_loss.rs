//! `region-loss`: every process of some regions dies at once.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, collections::List, section::section, values::NameText},
    resolve::{Ground, Resolver},
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
    }
}

/// Every process of these regions is killed (SIGKILL), and started again at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionLoss {
    /// Which; at least one. A resolved plan before format 1.4 has one under the name `region`.
    #[serde(alias = "region", deserialize_with = "one_or_many")]
    pub regions: Vec<RegionName>,
}

impl RegionLoss {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "region-loss",
        group: Group::Region,
        covers: &["A1", "A8", "A9", "A10", "F1"],
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
        Self { regions: vec![region.into()] }
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

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let names: Vec<&str> = self.regions.iter().map(RegionName::as_str).collect();
        format!("every process of {} is killed", names.join(" and "))
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self::of(region.clone()).into())
    }
}

impl KindText for RegionLossText {
    type Kind = RegionLoss;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<RegionLoss> {
        resolver.needs_lab(RegionLoss::ABOUT.name, "its processes are killed", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground)?;
        Some(RegionLoss { regions })
    }
}

/// The region, or the regions, of which exactly one key is there; adds a mistake where one is named twice.
pub(super) fn one_or_several(
    region: &Field<NameText>,
    regions: &Field<List<NameText>>,
    place: Span,
    resolver: &mut Resolver<'_, '_>,
    ground: &Ground,
) -> Option<Vec<RegionName>> {
    if region.is_written() {
        return resolver.region(ground, region).map(|region| vec![region]);
    }
    let named = resolver.region_list(ground, regions).filter(|regions| !regions.is_empty())?;
    if let Some((_, twice)) = named.iter().enumerate().find(|(index, region)| named[..*index].contains(region)) {
        let mistake = Mistake::new(Code::Conflict, regions.span_or(place), format!("{twice} is named twice"));
        resolver.add(mistake.hint("name each region once"));
    }
    Some(named)
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
