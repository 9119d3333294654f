//! `link-delay`: a link is slower, and shakier if wanted.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, units_read::Time, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// A link is slower.
    LinkDelayText "link-delay" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// Added to each round trip (half per direction), at most 60s.
        required "delay" delay: Time<0, 60_000>;
        /// Added to the link's slow jitter, at most 60s.
        optional "jitter" jitter: Time<0, 60_000> = "0s";
    }
}

/// The link between two regions, or between all users and a region, is slower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkDelay {
    /// A region.
    pub region: RegionName,
    /// The other region; `None`: the users.
    pub peer: Option<RegionName>,
    /// Added to each round trip (half per direction).
    #[serde(with = "units::duration")]
    pub delay: Duration,
    /// Added to the link's slow jitter.
    #[serde(with = "units::duration")]
    pub jitter: Duration,
}

impl LinkDelay {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "link-delay",
        group: Group::Network,
        covers: &["B1", "B14"],
        works_on: "a lab; emulated paths (users only)",
        ramps: true,
        exempts: true,
        rolls: false,
        takes: "the users' link to its region, or the link between its two regions",
        needs: "the processes of its regions",
    };
}

impl Kind for LinkDelay {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        std::iter::once(&self.region).chain(&self.peer).collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.peer.is_none().then_some(&self.region).into_iter().collect()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let link = Thing::link_or_users(&self.region, self.peer.as_ref());
        Claims { takes: vec![link], needs: Thing::processes(self.regions()) }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let other = self.peer.as_ref().map_or_else(|| "the users".to_owned(), ToString::to_string);
        format!("the way between {} and {other} takes {} longer", self.region, time(self.delay))
    }
}

impl KindText for LinkDelayText {
    type Kind = LinkDelay;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkDelay> {
        let (region, peer) =
            resolver.link_ends("link-delay", "slowed", (&self.region, &self.peer), (span, self.place()), ground);
        let (delay, jitter) = (self.delay.value()?.0, self.jitter.value()?.0);
        if delay.is_zero() && jitter.is_zero() {
            let span = self.delay.span_or(self.place());
            let mistake = Mistake::new(Code::OutOfRange, span, "a delay of nothing has no effect");
            resolver.add(mistake.hint("a delay or a jitter above 0s"));
        }
        Some(LinkDelay { region: region?, peer: peer?, delay, jitter })
    }
}
