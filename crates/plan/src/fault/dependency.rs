//! `dependency`: a third party is slow, fails, hangs or is gone, for all regions or as one of them sees it.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
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
    /// A third party is slow, fails, hangs or is gone, for all regions or for one. Chirp with `third_parties` only.
    DependencyText "dependency" {
        /// `previews` (of links in posts), `media` (of posts), or `pushes` (notifications).
        required "of" of: Word<ThirdParty>;
        /// For which region's calls. Default: for all.
        optional "region" region: NameText;
        /// `slow`: each answer takes `delay` longer. `failing`: calls are answered 500. `hanging`: they are not answered. `gone`: their
        /// connection is closed.
        required "is" is: Word<DependencyState>;
        /// How much longer each answer takes, 10ms to 10m; for `slow` only.
        optional "delay" delay: Time<10, 600_000>;
        /// For which share of the calls; for `failing` only. Default: all.
        optional "share" share: Share;
    }
}

/// A third party is slow, fails, hangs or is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// Which.
    pub of: ThirdParty,
    /// For whose calls; `None`: for everybody's.
    pub region: Option<RegionName>,
    /// What is wrong with it.
    pub is: DependencyState,
    /// How much longer each answer takes; zero but for [`DependencyState::Slow`].
    #[serde(with = "units::duration")]
    pub delay: Duration,
    /// For which share of the calls; all of them but for [`DependencyState::Failing`].
    pub share: Share,
}

/// What a third party does for Chirp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThirdParty {
    /// Previews of links.
    Previews,
    /// It keeps media.
    Media,
    /// Push notifications.
    Pushes,
}

impl ThirdParty {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Previews, Self::Media, Self::Pushes];

    /// As it is written, also in Chirp's configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Previews => "previews",
            Self::Media => "media",
            Self::Pushes => "pushes",
        }
    }
}

/// What is wrong with a third party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyState {
    /// Answers come later.
    Slow,
    /// Calls are answered 500.
    Failing,
    /// Calls are not answered.
    Hanging,
    /// Connections are closed when something is asked.
    Gone,
}

impl Dependency {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "dependency",
        group: Group::Process,
        covers: &["F4"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "that third party, as its region sees it",
        needs: "",
    };
}

impl Kind for Dependency {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.region.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        // Whatever a third party does, the region serves.
        Vec::new()
    }

    fn claims(&self, regions: &[RegionName]) -> Claims {
        let regions = self.region.as_ref().map_or(regions, std::slice::from_ref);
        let part = format!("third party for {}", self.of.as_str());
        Claims { takes: Thing::parts(&part, regions), needs: Vec::new() }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let (of, share) = (self.of.as_str(), self.share);
        let whose = self.region.as_ref().map_or(String::new(), |region| format!(" for {region}"));
        match self.is {
            DependencyState::Slow => format!("the third party for {of} takes {} longer{whose}", time(self.delay)),
            DependencyState::Failing => format!("the third party for {of} fails {share} of its calls{whose}"),
            DependencyState::Hanging => format!("the third party for {of} doesn't answer{whose}"),
            DependencyState::Gone => format!("the third party for {of} is gone{whose}"),
        }
    }
}

impl KindText for DependencyText {
    type Kind = Dependency;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Dependency> {
        resolver.needs_lab(Dependency::ABOUT.name, "the lab's own third parties do so", span, ground);
        let (of, is) = (self.of.value()?.0, self.is.value()?.0);
        let region = match self.region.is_written() {
            true => resolver.region(ground, &self.region).map(Some),
            false => (!self.region.is_bad()).then_some(None),
        };
        if ground.deployment().is_some_and(|deployment| !deployment.third_parties) {
            let mistake = Mistake::new(Code::Unmet, span, "this lab has no third parties");
            resolver.add(mistake.hint("add third_parties: true to `chirp`, and let a journey post a link or media"));
        }
        let delay = resolver.only_with(&self.delay, is == DependencyState::Slow, "delay", "is: slow", self.place());
        if self.share.is_written() && is != DependencyState::Failing {
            let place = self.share.span_or(self.place());
            let mistake = Mistake::new(Code::Conflict, place, "`share` is for `is: failing`");
            resolver.add(mistake.hint("leave it out: it is so for every call"));
        }
        let share = self.share.value().copied().unwrap_or(Share::WHOLE);
        if share == Share::NONE {
            let place = self.share.span_or(self.place());
            resolver.add(Mistake::new(Code::OutOfRange, place, "no call at all is no fault").hint("a share above 0%"));
        }
        let delay = delay?.map_or(Duration::ZERO, |delay| delay.0);
        (!self.share.is_bad()).then_some(Dependency { of, region: region?, is, delay, share })
    }
}

impl Words for ThirdParty {
    const WORDS: &'static [(&'static str, Self)] =
        &[("previews", Self::Previews), ("media", Self::Media), ("pushes", Self::Pushes)];
}

impl Words for DependencyState {
    const WORDS: &'static [(&'static str, Self)] =
        &[("slow", Self::Slow), ("failing", Self::Failing), ("hanging", Self::Hanging), ("gone", Self::Gone)];
}
