//! `process`: a process that is no region is killed, or stands still: an edge, or the geo-DNS.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        section::section,
        values::{NameText, Whole},
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
    resolved::SteeringKind,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// A process that is no region is killed or stands still: an edge, or the geo-DNS. Chirp only.
    ProcessText "process" {
        /// `edge` (where `steering: balancer`), or `dns`: the geo-DNS with its health checks.
        required "of" of: Word<ProcessOf>;
        /// At which region's place the edge is; for `of: edge` only.
        optional "region" region: NameText;
        /// How many of the edges at that place. Default: all of them.
        optional "edges" edges: Whole<1, 8>;
        /// `killed` (SIGKILL, and started again at the end), or `paused` (SIGSTOP).
        required "is" is: Word<ProcessState>;
    }
}

/// A process that is no region is killed, or stands still.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// The region at whose place an edge is; `None`: it is the geo-DNS.
    pub edge: Option<RegionName>,
    /// How many of the edges there, where several stand: the first ones. `None`: the only one. Since format 1.7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<u32>,
    /// What becomes of it.
    pub is: ProcessState,
}

/// Which kind of process, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessOf {
    /// An edge.
    Edge,
    /// The geo-DNS.
    Dns,
}

/// What becomes of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessState {
    /// It is killed, and started again at the end.
    Killed,
    /// It stands still, and goes on at the end.
    Paused,
}

impl Process {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "process",
        group: Group::Process,
        covers: &["F1", "C6", "A5", "A6"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the edges at its region's place, or the answers of the geo-DNS",
        needs: "",
    };
}

impl Kind for Process {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        // An edge is at a region's place and no part of it.
        Vec::new()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let takes = self.edge.as_ref().map_or(Thing::Steering, |region| Thing::part("edge", region));
        Claims { takes: vec![takes], needs: Vec::new() }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let (who, many) = match (&self.edge, self.edges) {
            (None, _) => ("the geo-DNS".to_owned(), false),
            (Some(region), None) => (format!("the edge at {region}"), false),
            (Some(region), Some(1)) => (format!("one of the edges at {region}"), false),
            (Some(region), Some(edges)) => (format!("{edges} edges at {region}"), true),
        };
        let what = match (self.is, many) {
            (ProcessState::Killed, false) => "is killed",
            (ProcessState::Killed, true) => "are killed",
            (ProcessState::Paused, false) => "stands still",
            (ProcessState::Paused, true) => "stand still",
        };
        format!("{who} {what}")
    }
}

impl KindText for ProcessText {
    type Kind = Process;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Process> {
        resolver.needs_lab(Process::ABOUT.name, "its processes are signalled", span, ground);
        let (of, is) = (self.of.value()?.0, self.is.value()?.0);
        let region = resolver.only_with(&self.region, of == ProcessOf::Edge, "region", "of: edge", self.place())?;
        let edge = match region {
            Some(_) => Some(resolver.region(ground, &self.region)?),
            None => None,
        };
        if edge.is_some() && ground.deployment().is_some_and(|deployment| deployment.steering != SteeringKind::Balancer)
        {
            let mistake = Mistake::new(Code::Unmet, self.of.span_or(self.place()), "this lab has no edges");
            resolver.add(mistake.hint("`steering: balancer` gives it one at the place of each region"));
        }
        let written = self.edges(of, resolver, ground)?;
        let edges = ground.edges().filter(|there| edge.is_some() && *there > 1).map(|there| written.unwrap_or(there));
        Some(Process { edge, edges, is })
    }
}

impl ProcessText {
    /// How many of the edges; `None`: a mistake was made.
    fn edges(&self, of: ProcessOf, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Option<u32>> {
        if self.edges.is_bad() {
            return None;
        }
        let Some(written) = self.edges.written() else { return Some(None) };
        let edges = u32::try_from(written.value.0).ok()?;
        if of != ProcessOf::Edge {
            let mistake = Mistake::new(Code::Conflict, written.span, "`edges` is for `of: edge`");
            resolver.add(mistake.hint("leave it out"));
        } else if let Some(there) = ground.edges().filter(|there| edges > *there) {
            let message = format!("{edges} edges, and {there} stand at each region's place");
            let mistake = Mistake::new(Code::Unmet, written.span, message);
            resolver.add(mistake.hint(format!("edges: {edges} in the target, or fewer here")));
        }
        Some(Some(edges))
    }
}

impl Words for ProcessOf {
    const WORDS: &'static [(&'static str, Self)] = &[("edge", Self::Edge), ("dns", Self::Dns)];
}

impl Words for ProcessState {
    const WORDS: &'static [(&'static str, Self)] = &[("killed", Self::Killed), ("paused", Self::Paused)];
}
