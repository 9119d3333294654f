//! `replication`: a region falls behind the others, though every link is whole.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, units_read::Time, values::NameText},
    resolve::{Ground, Resolver},
    resolved::{Engine, Transport},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{Rate, RegionName};

section! {
    /// A region stops taking in what others write, or takes it in too slowly or too late. Chirp only.
    ReplicationText "replication" (exactly one of "stopped", "throttled", "lag") {
        /// The region that falls behind.
        required "region" region: NameText;
        /// `true`: it takes in nothing, and nothing else tells.
        optional "stopped" stopped: bool;
        /// So many entries of its peers a second, such as 20/s.
        optional "throttled" throttled: Rate;
        /// Each entry so long after it was written, 500ms to 10m.
        optional "lag" lag: Time<500, 600_000>;
        /// Its gauge shows the lag as it was when the last entry came.
        optional "gauge_frozen" gauge_frozen: bool = "false";
    }
}

/// A region falls behind the others, though every link is whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// The region that falls behind.
    pub region: RegionName,
    /// How.
    pub pace: Pace,
    /// Its gauge shows the lag as it was when the last entry came.
    pub gauge_frozen: bool,
}

/// How a region takes in what others write.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Not at all.
    Stopped,
    /// So many entries in a second.
    Throttled {
        /// Whole entries, at least one.
        per_second: u32,
    },
    /// Each so long after it was written.
    Lag {
        /// How long.
        #[serde(with = "units::duration")]
        by: Duration,
    },
}

impl Replication {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "replication",
        group: Group::Data,
        covers: &["D1", "D2", "D3"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the replication to its region",
        needs: "the processes and the storage of every region, and their links with its region",
    };
}

impl Kind for Replication {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, regions: &[RegionName]) -> Claims {
        let links = regions.iter().filter(|other| **other != self.region).map(|other| Thing::link(&self.region, other));
        let needs = [Thing::processes(regions), links.collect(), Thing::parts("storage", regions)].concat();
        Claims { takes: vec![Thing::part("replication", &self.region)], needs }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let region = &self.region;
        let gauge = if self.gauge_frozen { ", and its gauge does not show it" } else { "" };
        let how = match self.pace {
            Pace::Stopped => format!("{region} does not take in what others write"),
            Pace::Throttled { per_second } => format!("{region} takes in {per_second} entries a second"),
            Pace::Lag { by } => format!("{region} takes in what others write {} late", time(by)),
        };
        format!("{how}{gauge}")
    }
}

impl KindText for ReplicationText {
    type Kind = Replication;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Replication> {
        resolver.needs_lab(Replication::ABOUT.name, "its own process stops reading", span, ground);
        let region = resolver.region(ground, &self.region);
        if let Some(deployment) = ground.deployment() {
            let is_nats = deployment.transport == Transport::Nats && !self.stopped.is_written();
            if deployment.engine == Engine::Postgres || is_nats {
                let why = "only logs that regions pull from each other can be taken in late or slowly";
                let mistake = Mistake::new(Code::Unmet, span, why);
                resolver.add(
                    mistake.hint("use engine: embedded and transport: pull, or slow the link down with link-delay"),
                );
            }
        }
        let pace = if self.stopped.is_written() {
            resolver.only_true(&self.stopped, "stopped", "leave the fault out")?;
            Pace::Stopped
        } else if let Some(rate) = self.throttled.value() {
            let whole = rate.value() >= 1.0 && rate.value() <= 100_000.0;
            if !whole {
                let mistake =
                    Mistake::new(Code::OutOfRange, self.throttled.span_or(self.place()), "out of range for a throttle");
                resolver.add(mistake.hint("1/s to 100000/s; to take in nothing write stopped: true"));
            }
            whole.then(|| Pace::Throttled { per_second: rate.value().round() as u32 })?
        } else {
            Pace::Lag { by: self.lag.value()?.0 }
        };
        Some(Replication { region: region?, pace, gauge_frozen: *self.gauge_frozen.value()? })
    }
}
