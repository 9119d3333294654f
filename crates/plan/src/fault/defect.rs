//! `defect`: a defence of Chirp is away for a while.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::in_words,
};
use crate::{
    mistakes::Span,
    read::{collections::List, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// A defence of Chirp is away for a while (`landfall chirp defects` lists them). Chirp only.
    DefectText "defect" {
        /// Its name, such as `no-fencing`.
        required "name" name: NameText;
        /// In the processes of these regions. Default: in all of them, the edges and the steering.
        optional "regions" regions: List<NameText>;
    }
}

/// A defence of Chirp is away for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// Its name.
    pub name: String,
    /// In the processes of these regions; none are named: in all of them, the edges and the steering.
    pub regions: Vec<RegionName>,
}

impl Defect {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "defect",
        group: Group::Process,
        covers: &["D5", "D7", "D9", "D13", "C8"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "that defence in its regions",
        needs: "the processes of its regions; a defence that is away shows only when it is needed: it needs verify: assume",
    };
}

impl Kind for Defect {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.regions.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        // What a missing defence breaks, another fault has to show.
        Vec::new()
    }

    fn claims(&self, regions: &[RegionName]) -> Claims {
        let regions = if self.regions.is_empty() { regions } else { &self.regions };
        Claims { takes: Thing::parts(&format!("defence against {}", self.name), regions), needs: Vec::new() }
    }

    fn unseen(&self) -> Option<&'static str> {
        Some("a defence that is away is seen only when it is needed")
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let place =
            if self.regions.is_empty() { "everywhere".to_owned() } else { format!("in {}", in_words(&self.regions)) };
        format!("the defect {} is on {place}", self.name)
    }
}

impl KindText for DefectText {
    type Kind = Defect;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Defect> {
        resolver.needs_lab(Defect::ABOUT.name, "the defences are Chirp's", span, ground);
        let regions = resolver.region_list(ground, &self.regions);
        Some(Defect { name: self.name.value()?.0.clone(), regions: regions? })
    }
}
