//! `partition`: two regions can't reach each other.

use super::{
    Established, Manner,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
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
    /// Two regions can't reach each other.
    PartitionText "partition" {
        /// One side.
        required "between" between: NameText;
        /// The other side.
        required "and" and: NameText;
        /// Which direction is cut: `both`, `forward` (what the first sends to the second) or `backward`.
        optional "direction" direction: Word<Direction> = "both";
        /// `drop`: bytes vanish and clients find out by their time-outs. `reject`: connections are refused and reset;
        /// not with one direction only. `stall`: connections open and then nothing passes.
        optional "manner" manner: Word<Manner> = "drop";
        /// Connections that are open when it comes: `cut` (reset at once), `keep` (they stay open, and their bytes wait) or
        /// `new-only` (they go on as if nothing were). Default: `cut` for `reject`, else `keep`.
        optional "established" established: Word<Established>;
    }
}

/// Two regions can't reach each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// One side.
    pub between: RegionName,
    /// The other side.
    pub and: RegionName,
    /// Which direction is cut.
    pub direction: Direction,
    /// In which manner. A one-way cut can't be [`Manner::Reject`].
    pub manner: Manner,
    /// What happens to connections that are open when it comes.
    #[serde(default)]
    pub established: Established,
}

/// Which way of a pair is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Both.
    Both,
    /// What the first sends to the second.
    Forward,
    /// What the second sends to the first.
    Backward,
}

impl Partition {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "partition",
        group: Group::Network,
        covers: &["B7", "B8", "B13"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the link between its two regions",
        needs: "the processes of both",
    };
}

impl Kind for Partition {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.between, &self.and]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: vec![Thing::link(&self.between, &self.and)], needs: Thing::processes(self.regions()) }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let Self { between, and, .. } = self;
        let way = match self.direction {
            Direction::Both => format!("{between} and {and} can't reach each other"),
            Direction::Forward => format!("{between} can't reach {and}"),
            Direction::Backward => format!("{and} can't reach {between}"),
        };
        format!("{way}: {}{}", self.manner.words(), self.established.words(self.manner))
    }
}

impl KindText for PartitionText {
    type Kind = Partition;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Partition> {
        resolver.needs_lab("partition", "the links between regions are cut", span, ground);
        let (between, and) = (resolver.region(ground, &self.between), resolver.region(ground, &self.and));
        if between.is_some() && between == and {
            let mistake =
                Mistake::new(Code::Conflict, self.and.span_or(self.place()), "a region can't be cut off from itself");
            resolver.add(mistake.hint("name two different regions"));
        }
        let (direction, manner) = (self.direction.value()?.0, self.manner.value()?.0);
        if direction != Direction::Both && manner == Manner::Reject {
            let span = self.manner.span_or(self.place());
            let mistake =
                Mistake::new(Code::Conflict, span, "a cut in one direction can't reject: who rejects must answer");
            resolver.add(mistake.hint("write manner: drop, or direction: both"));
        }
        let established = Established::resolve(&self.established, manner, self.place(), resolver)?;
        Some(Partition { between: between?, and: and?, direction, manner, established })
    }
}

impl Words for Direction {
    const WORDS: &'static [(&'static str, Self)] =
        &[("both", Self::Both), ("forward", Self::Forward), ("backward", Self::Backward)];
}
