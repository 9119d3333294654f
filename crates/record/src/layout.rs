//! Which file of a run directory holds what.
//!
//! ```text
//! run/
//!   run.json          who, when, format version, checksums of the next two
//!   plan.yaml         the plan's text, as it was read
//!   resolved.json     the resolved plan
//!   events.ndjson     events; agents that joined, were lost, ended
//!   intervals.ndjson  requests, phases, arrivals and the generator's health, per second; how far each agent is
//!   ledger.ndjson     probe writes and reads
//! ```

use crate::{AgentEntry, AgentNews, Entry};

pub(crate) const RUN: &str = "run.json";
pub(crate) const PLAN: &str = "plan.yaml";
pub(crate) const RESOLVED: &str = "resolved.json";

/// The files that grow, in the order of [`index_of`].
pub(crate) const GROWING: [&str; 3] = ["events.ndjson", "intervals.ndjson", "ledger.ndjson"];

/// Which of [`GROWING`] an entry belongs to.
pub(crate) fn index_of(entry: &Entry) -> usize {
    match entry {
        // Once a second per agent: among what is per second, so that the events can still be read by people.
        Entry::Agent(AgentEntry { news: AgentNews::Complete { .. } | AgentNews::Batch { .. }, .. }) => 1,
        Entry::Event(_) | Entry::Agent(_) => 0,
        Entry::Interval(_) | Entry::Phase(_) | Entry::Arrivals(_) | Entry::Generator(_) => 1,
        Entry::Ledger(_) => 2,
    }
}
