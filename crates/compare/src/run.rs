//! What was measured of one deployment.

use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use verdict::Findings;

/// What was measured of one deployment. Each part is there, or the reason why not.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the recording shows.
    pub findings: Result<Box<Findings>, String>,
    /// Bytes and requests between regions, in the baseline.
    pub traffic: Result<Traffic, String>,
    /// What became of updates that collided on purpose.
    pub conflicts: Result<Vec<Collision>, String>,
    /// Writes that databases of regions that came back threw away, by their own count; `None`: there are no such databases.
    pub discarded: Option<u64>,
    /// Where its files are, relative to the comparison's folder; `None`: nothing was kept.
    pub folder: Option<String>,
    /// What had to run for it.
    pub machines: Machines,
}

impl Run {
    /// Nothing could be measured.
    #[must_use]
    pub fn failed(why: &str, machines: Machines) -> Self {
        let why = || why.to_owned();
        Self {
            findings: Err(why()),
            traffic: Err(why()),
            conflicts: Err(why()),
            discarded: None,
            folder: None,
            machines,
        }
    }
}

/// What had to run: an instance each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Machines {
    /// Regions.
    pub regions: u64,
    /// Load balancers at the edge.
    pub edges: u64,
    /// Databases beside the regions' own processes.
    pub databases: u64,
}

/// What went between regions in a stretch of the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traffic {
    /// How long the stretch was.
    #[serde(skip)]
    pub window: Duration,
    /// Bytes that each region sent to others, by its name.
    pub sent_bytes: BTreeMap<String, u64>,
    /// Requests from one region to another, by Chirp's own count; `None`: it was not to be had.
    pub requests: Option<u64>,
}

impl Traffic {
    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sent_bytes.values().sum()
    }
}

/// Updates of one kind that were made to collide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collision {
    /// What collided: "profile", "edit and removal".
    pub kind: String,
    /// Acknowledged updates that took part.
    pub updates: u64,
    /// Of those: without any effect in the end, although what they meant could have been kept.
    pub lost: u64,
    /// How it was settled, in words.
    pub resolution: String,
}
