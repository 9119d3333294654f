//! `health-check`: the health check of some regions says what is not so.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::in_words,
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        collections::List,
        section::section,
        units_read::Time,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// The health check of some regions says what is not so. Chirp only.
    HealthCheckText "health-check" {
        /// Which regions; all of them at once is what a bad rule of a monitor does.
        required "regions" regions: List<NameText>;
        /// `failing`, however well all is; `well`, whatever is wrong; or `flapping` between failing and the truth.
        required "says" says: Word<HealthSays>;
        /// For `flapping`: it fails in the first half of each such time, 1s to 10m.
        optional "every" every: Time<1_000, 600_000>;
        /// For `failing`: in this share of the checks.
        optional "share" share: units::Share = "100%";
    }
}

/// The health check of some regions says what is not so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// Which regions; at least one.
    pub regions: Vec<RegionName>,
    /// What it says.
    pub says: HealthSays,
    /// How often it changes; zero but for [`HealthSays::Flapping`].
    #[serde(with = "units::duration")]
    pub every: Duration,
    /// In which share of the checks; all but for [`HealthSays::Failing`].
    pub share: Share,
}

/// What a health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthSays {
    /// All is well, whatever is wrong.
    Well,
    /// Something is wrong, however well all is.
    Failing,
    /// The one and the other.
    Flapping,
}

impl HealthCheck {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "health-check",
        group: Group::Steering,
        covers: &["C3", "C4", "C5"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the health check of its regions",
        needs: "the processes of its regions; `well` can be seen only where something is wrong: it needs verify: assume",
    };
}

impl Kind for HealthCheck {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.regions.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        // Whatever the check says, the regions serve as before.
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: Thing::parts("health check", &self.regions), needs: Thing::processes(&self.regions) }
    }

    fn unseen(&self) -> Option<&'static str> {
        let why = "a health check that says `well` is seen to lie only while something is wrong";
        (self.says == HealthSays::Well).then_some(why)
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let names = in_words(&self.regions);
        match self.says {
            HealthSays::Well => format!("the health check of {names} says that all is well"),
            HealthSays::Failing => format!("{} of the health checks of {names} fail", self.share),
            HealthSays::Flapping => format!("the health check of {names} flaps every {}", time(self.every)),
        }
    }
}

impl KindText for HealthCheckText {
    type Kind = HealthCheck;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<HealthCheck> {
        resolver.needs_lab(HealthCheck::ABOUT.name, "the lab's own regions answer", span, ground);
        let regions = resolver.region_list(ground, &self.regions);
        let (says, share) = (self.says.value()?.0, *self.share.value()?);
        let every =
            resolver.only_with(&self.every, says == HealthSays::Flapping, "every", "says: flapping", self.place());
        if (says != HealthSays::Failing && share.fraction() < 1.0) || share.fraction() == 0.0 {
            let mistake =
                Mistake::new(Code::Conflict, self.share.span_or(self.place()), "it is for every check, or for none");
            resolver.add(mistake.hint("a share above 0%, with says: failing"));
        }
        Some(HealthCheck { regions: regions?, says, every: every?.map_or(Duration::ZERO, |every| every.0), share })
    }
}

impl Words for HealthSays {
    const WORDS: &'static [(&'static str, Self)] =
        &[("well", Self::Well), ("failing", Self::Failing), ("flapping", Self::Flapping)];
}
