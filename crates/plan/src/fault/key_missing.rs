//! `key-missing`: a region has no key to check its users' tokens with.

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
use units::RegionName;

section! {
    /// A region has no key: tokens can be neither given nor checked at its place. Chirp with `tokens` only.
    KeyMissingText "key-missing" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once.
        optional "regions" regions: List<NameText>;
    }
}

/// A region has no key: tokens can be neither given nor checked at its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMissing {
    /// Which; at least one.
    pub regions: Vec<RegionName>,
}

impl KeyMissing {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "key-missing",
        group: Group::Process,
        covers: &["F7", "F8"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: true,
        takes: "the key of its regions",
        needs: "the processes of its regions, and their edges where there are some",
    };
}

impl Kind for KeyMissing {
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
        let needs = [Thing::processes(&self.regions), Thing::parts("edge", &self.regions)].concat();
        Claims { takes: Thing::parts("key", &self.regions), needs }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("there is no key to check tokens with in {}", in_words(&self.regions))
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { regions: vec![region.clone()] }.into())
    }
}

impl KindText for KeyMissingText {
    type Kind = KeyMissing;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<KeyMissing> {
        resolver.needs_lab(KeyMissing::ABOUT.name, "the key is taken from its own processes", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground);
        if ground.deployment().is_some_and(|deployment| !deployment.tokens) {
            let mistake = Mistake::new(Code::Unmet, span, "users of this lab have no tokens");
            resolver.add(mistake.hint("add tokens: true to `chirp`, and let a journey send one"));
        }
        Some(KeyMissing { regions: regions? })
    }
}
