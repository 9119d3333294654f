//! What a kind of fault says of itself.

use super::claims::Claims;
use crate::{
    mistakes::Span,
    resolve::{Ground, Resolver},
};
use std::time::Duration;
use units::RegionName;

/// What a kind is called, and which parts of the envelope it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// As it is written in a plan; also the name of its page in `docs/faults/`.
    pub name: &'static str,
    /// What is hit.
    pub group: Group,
    /// The numbers of the field's catalogue that it covers (`A1`), for whoever compares the two.
    pub covers: &'static [&'static str],
    /// Where it works, in a few words.
    pub works_on: &'static str,
    /// It has a strength that can rise and fall: `ramp`.
    pub ramps: bool,
    /// Populations and regions can be spared: `exempt`.
    pub exempts: bool,
    /// It can hit its regions one after the other: `repeat` with `rolling`.
    pub rolls: bool,
    /// What it takes, in words: nobody else can have that at the same time.
    pub takes: &'static str,
    /// What it needs in order that it can be proven, in words; empty: nothing.
    pub needs: &'static str,
}

/// What a kind hits, as the catalogue groups it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A: a region comes and goes.
    Region,
    /// B: the network.
    Network,
    /// C: DNS, balancers, certificates.
    Steering,
    /// D: data and its replication.
    Data,
    /// E: clocks.
    Clock,
    /// F: processes, hosts, dependencies, the application.
    Process,
    /// G: load and capacity.
    Load,
    /// Whatever your own commands do.
    Own,
}

impl Group {
    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Region => "regions",
            Self::Network => "network",
            Self::Steering => "steering",
            Self::Data => "data",
            Self::Clock => "clocks",
            Self::Process => "processes",
            Self::Load => "load",
            Self::Own => "your own",
        }
    }
}

/// A kind of fault in a resolved plan.
pub(crate) trait Kind {
    /// What it is called, and what it can have.
    fn about(&self) -> About;

    /// The regions it is aimed at.
    fn regions(&self) -> Vec<&RegionName>;

    /// The regions that it takes from users, in whole or in part: who is at home there is served worse or not at all while it
    /// lasts, and has a reason to be led elsewhere. None for what happens between regions, or to their data or clocks.
    fn taken_from_users(&self) -> Vec<&RegionName>;

    /// What it takes and needs, in a target of these regions.
    fn claims(&self, regions: &[RegionName]) -> Claims;

    /// What it breaks, in words, for reports; `time` writes lengths of time as the report does.
    fn words(&self, time: &dyn Fn(Duration) -> String) -> String;

    /// How long before it comes something must be made ready for it; none for most.
    fn lead(&self) -> Duration {
        Duration::ZERO
    }

    /// Why it can't be seen from outside, if it can't: then it is assumed, or the plan is refused.
    fn unseen(&self) -> Option<&'static str> {
        None
    }

    /// The same fault on this region alone, for those that roll over their regions.
    fn only(&self, _region: &RegionName) -> Option<super::FaultKind> {
        None
    }
}

/// A kind of fault as it is written.
pub(crate) trait KindText {
    /// What it becomes.
    type Kind: Kind;

    /// Decides what was left open, and adds every mistake. `span` is the place of its key.
    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Self::Kind>;
}
