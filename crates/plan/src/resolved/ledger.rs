//! The ledger: probe writes with unique values, and how each is read back. Works for any HTTP service by description.
//!
//! In the templates `{{ ledger.value }}` is the unique value and `{{ ledger.id }}` what the write's answer called it
//! (the `id` extraction of the write; the value itself where there is none).

use super::{Check, Request};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Rate;

/// How probe writes are made and followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Probe writes per second, over all populations by share.
    pub rate: Rate,
    /// The write; its checks say what counts as acknowledged.
    pub write: Request,
    /// The read; its checks say what counts as an answer (a definite one, present or absent).
    pub read: Request,
    /// The answer shows the value when all of these hold.
    pub present: Vec<Check>,
    /// Who reads.
    pub readers: LedgerReader,
    /// First read of a write this long after its acknowledgement; then at doubled distances until every reader saw it.
    #[serde(with = "units::duration")]
    pub first_read_after: Duration,
    /// Reads of one write by one reader at most, the final ones not counted.
    pub reads_max: u32,
    /// Quiet after the load's end, before the final reads.
    #[serde(with = "units::duration")]
    pub quiet: Duration,
    /// Final reads of each write through each reader until it is seen, at least 2 so that one bad answer proves nothing.
    pub final_passes: u32,
    /// Operations with a history; `None`: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<LedgerSessions>,
}

impl Ledger {
    /// Every request that the ledger makes, those of its sessions among them.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        let sessions = self.sessions.iter().flat_map(|sessions| &sessions.objects).flat_map(|object| {
            let others = [&object.remove, &object.delivered].into_iter().flatten();
            object.prepare.iter().chain([&object.write, &object.read]).chain(others)
        });
        [&self.write, &self.read].into_iter().chain(sessions)
    }
}

/// Sessions: somebody makes several operations one after the other, on keys that others use at the same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSessions {
    /// Sessions of users begun per second, over all populations by share. Where regions can be asked one by one, each has a
    /// companion: a prober next to a region, on the same key.
    pub rate: Rate,
    /// Operations of a session.
    pub operations: u32,
    /// Pause between two of them.
    #[serde(with = "units::duration")]
    pub pause: Duration,
    /// Sessions begin on one key of each object for so long, then on the next.
    #[serde(with = "units::duration")]
    pub key_for: Duration,
    /// Headers of answers that a session sends with its next requests.
    pub carry: Vec<Carried>,
    /// What its keys are; never empty. Sessions take turns with them.
    pub objects: Vec<LedgerObject>,
}

/// A header of answers that is sent with later requests: a session's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The answer's header.
    pub from: String,
    /// The request's header.
    pub to: String,
}

/// A kind of key, as requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerObject {
    /// What it is.
    pub kind: LedgerObjectKind,
    /// By which a key comes into being, in order; an `id` extraction of one of them is `{{ ledger.id }}` in the others.
    pub prepare: Vec<Request>,
    /// Sets the register, appends to the list, adds a member to the counter's set. Its checks say what counts as acknowledged.
    pub write: Request,
    /// Deletes the register's value, takes a member out of the counter's set; `None`: that isn't done.
    pub remove: Option<Request>,
    /// Reads it. Its checks say what counts as a definite answer.
    pub read: Request,
    /// What an answer shows: a JSONPath (RFC 9535) to the value, to the list's entries, or to the count. Nothing there: no value,
    /// an empty list, no count.
    pub shows: String,
    /// Whether a list's answer begins with the newest entry.
    pub newest_first: bool,
    /// Reads the place that a list is delivered to, such as a follower's time line; `None`: there is none.
    pub delivered: Option<Request>,
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerObjectKind {
    /// Has one value at a time.
    Register,
    /// Grows at its end.
    List,
    /// Counts the members of a set.
    Counter,
}

/// Who reads the ledger's values back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerReader {
    /// A prober next to each region, asking that region's own endpoint.
    EachRegion,
    /// Through the entry, as users do.
    Entry,
}
