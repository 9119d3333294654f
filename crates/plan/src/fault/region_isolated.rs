//! `region-isolated`: a region runs but can't be reached.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Field, Placed as _,
        section::section,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// The region runs but can't be reached.
    RegionIsolatedText "region-isolated" {
        /// Which.
        required "region" region: NameText;
        /// By whom: `users`, `peers` (the other regions; Chirp only) or `both` (Chirp only).
        required "from" from: Word<IsolatedFrom>;
        /// `drop`: bytes vanish and clients find out by their time-outs. `reject`: connections are refused and reset. `stall`:
        /// connections open and then nothing passes.
        optional "manner" manner: Word<Manner> = "drop";
        /// Connections that are open when it comes: `cut` (reset at once), `keep` (they stay open, and their bytes wait) or
        /// `new-only` (they go on as if nothing were). Default: `cut` for `reject`, else `keep`.
        optional "established" established: Word<Established>;
    }
}

/// A region runs but can't be reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionIsolated {
    /// Which.
    pub region: RegionName,
    /// By whom.
    pub from: IsolatedFrom,
    /// In which manner.
    pub manner: Manner,
    /// What happens to connections that are open when it comes.
    #[serde(default)]
    pub established: Established,
}

/// From whom a region is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IsolatedFrom {
    /// Users can't reach it, its peers can.
    Users,
    /// Its peers can't reach it, users can.
    Peers,
    /// Neither.
    Both,
}

/// How a cut link behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Bytes vanish into a black hole: clients find out by their time-outs.
    Drop,
    /// Connections are refused and reset: clients find out at once.
    Reject,
    /// Connections open, then nothing passes: clients find out by the time-out of their first answer.
    Stall,
}

/// What happens to connections that are open when a cut comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Established {
    /// They are reset at once; also what [`Manner::Reject`] does to them in any case but [`Self::NewOnly`].
    Cut,
    /// They stay open, and their bytes wait.
    #[default]
    Keep,
    /// They go on as if nothing were: the cut is for new ones.
    NewOnly,
}

impl Established {
    /// As written, or what the manner does by itself; adds a mistake for what can't be.
    pub(super) fn resolve(
        written: &Field<Word<Self>>,
        manner: Manner,
        place: Span,
        resolver: &mut Resolver<'_, '_>,
    ) -> Option<Self> {
        if written.is_bad() {
            return None;
        }
        let usual = if manner == Manner::Reject { Self::Cut } else { Self::Keep };
        let established = written.value().map_or(usual, |word| word.0);
        if manner == Manner::Reject && established == Self::Keep {
            let message = "a link that rejects answers what is sent over it: no connection stays open and waits";
            let mistake = Mistake::new(Code::Conflict, written.span_or(place), message);
            resolver.add(mistake.hint("established: cut or new-only, or manner: drop"));
        }
        Some(established)
    }

    /// What it means, where it isn't what the manner does by itself.
    pub(super) fn words(self, manner: Manner) -> &'static str {
        match (self, manner) {
            (Self::Cut, Manner::Drop | Manner::Stall) => "; open connections are reset",
            (Self::NewOnly, _) => "; open connections live on",
            (Self::Cut | Self::Keep, _) => "",
        }
    }
}

impl Words for Established {
    const WORDS: &'static [(&'static str, Self)] =
        &[("cut", Self::Cut), ("keep", Self::Keep), ("new-only", Self::NewOnly)];
}

impl Manner {
    /// What it does to whoever wants to pass, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Drop => "bytes vanish",
            Self::Reject => "connections are refused",
            Self::Stall => "connections open and nothing passes",
        }
    }
}

impl RegionIsolated {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "region-isolated",
        group: Group::Region,
        covers: &["A2", "A3", "A4", "A8"],
        works_on: "a lab; emulated paths (users only)",
        ramps: false,
        exempts: true,
        rolls: false,
        takes: "the users' link to its region, each link between it and another region, or both",
        needs: "the processes of its region",
    };
}

impl Kind for RegionIsolated {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        (self.from != IsolatedFrom::Peers).then_some(&self.region).into_iter().collect()
    }

    fn claims(&self, regions: &[RegionName]) -> Claims {
        let users = (self.from != IsolatedFrom::Peers).then(|| Thing::UserLink(self.region.clone()));
        let others = regions.iter().filter(|other| self.from != IsolatedFrom::Users && **other != self.region);
        let takes = users.into_iter().chain(others.map(|other| Thing::link(&self.region, other))).collect();
        Claims { takes, needs: Thing::processes([&self.region]) }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let whom = match self.from {
            IsolatedFrom::Users => "users",
            IsolatedFrom::Peers => "other regions",
            IsolatedFrom::Both => "users and other regions",
        };
        format!(
            "{} runs, but {whom} can't reach it: {}{}",
            self.region,
            self.manner.words(),
            self.established.words(self.manner)
        )
    }
}

impl KindText for RegionIsolatedText {
    type Kind = RegionIsolated;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<RegionIsolated> {
        let region = resolver.region(ground, &self.region);
        let from = self.from.value()?.0;
        match from {
            IsolatedFrom::Users => resolver.needs_user_links("region-isolated", span, ground),
            IsolatedFrom::Peers | IsolatedFrom::Both => {
                let why = "the links between regions are cut";
                resolver.needs_lab("region-isolated from peers", why, self.from.span_or(span), ground);
                if ground.complete && ground.sites.len() == 1 {
                    let span = self.from.span_or(span);
                    let mistake = Mistake::new(Code::Unmet, span, "the only region has no peers to be isolated from");
                    resolver.add(mistake.hint("write from: users, or add regions"));
                }
            }
        }
        let manner = self.manner.value()?.0;
        let established = Established::resolve(&self.established, manner, self.place(), resolver)?;
        Some(RegionIsolated { region: region?, from, manner, established })
    }
}

impl Words for IsolatedFrom {
    const WORDS: &'static [(&'static str, Self)] =
        &[("users", Self::Users), ("peers", Self::Peers), ("both", Self::Both)];
}

impl Words for Manner {
    const WORDS: &'static [(&'static str, Self)] =
        &[("drop", Self::Drop), ("reject", Self::Reject), ("stall", Self::Stall)];
}
