//! Which link a fault of links is about, and what all of these faults say of themselves in the same way.

use super::claims::{Claims, Thing};
use crate::{
    mistakes::Span,
    read::{Field, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use units::RegionName;

/// The link between two regions, or those of all users to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkEnds {
    /// A region.
    pub region: RegionName,
    /// The other region; `None`: the users.
    pub peer: Option<RegionName>,
}

impl LinkEnds {
    pub(super) fn regions(&self) -> Vec<&RegionName> {
        std::iter::once(&self.region).chain(&self.peer).collect()
    }

    /// The region, where the link is the users'.
    pub(super) fn taken_from_users(&self) -> Vec<&RegionName> {
        self.peer.is_none().then_some(&self.region).into_iter().collect()
    }

    pub(super) fn claims(&self) -> Claims {
        let link = Thing::link_or_users(&self.region, self.peer.as_ref());
        Claims { takes: vec![link], needs: Thing::processes(self.regions()) }
    }

    /// "between eu-west-1 and the users".
    pub(super) fn words(&self) -> String {
        let other = self.peer.as_ref().map_or("the users", RegionName::as_str);
        format!("between {} and {other}", self.region)
    }

    /// The ends as written; adds mistakes.
    pub(super) fn resolve(
        (kind, how): (&str, &str),
        (region, peer): (&Field<NameText>, &Field<NameText>),
        spans: (Span, Span),
        resolver: &mut Resolver<'_, '_>,
        ground: &Ground,
    ) -> Option<Self> {
        let (region, peer) = resolver.link_ends(kind, how, (region, peer), spans, ground);
        Some(Self { region: region?, peer: peer? })
    }
}

/// What a fault of one link says of itself, but for what is its own: `ABOUT` and `Kind`, for a struct with the
/// field `link` and a method `text` that says what happens.
macro_rules! link_kind {
    ($kind:ident $name:literal covers $covers:expr, ramps $ramps:literal) => {
        impl $kind {
            /// What it says of itself.
            pub const ABOUT: $crate::fault::About = $crate::fault::About {
                name: $name,
                group: $crate::fault::Group::Network,
                covers: &$covers,
                works_on: "a lab; emulated paths (users only)",
                ramps: $ramps,
                exempts: true,
                rolls: false,
                takes: "the users' link to its region, or the link between its two regions",
                needs: "the processes of its regions",
            };
        }

        impl $crate::fault::kind::Kind for $kind {
            fn about(&self) -> $crate::fault::About {
                Self::ABOUT
            }

            fn regions(&self) -> Vec<&units::RegionName> {
                self.link.regions()
            }

            fn taken_from_users(&self) -> Vec<&units::RegionName> {
                self.link.taken_from_users()
            }

            fn claims(&self, _: &[units::RegionName]) -> $crate::fault::claims::Claims {
                self.link.claims()
            }

            fn words(&self, time: &dyn Fn(std::time::Duration) -> String) -> String {
                self.text(time)
            }
        }
    };
}
pub(super) use link_kind;
