//! Standard output: a stream of events for programs, one JSON object per line, flushed one by one.
//!
//! Whoever started the process follows its life here (is it listening? does it serve? which defects are
//! on?) and needs no log parsing and no polling. People read standard error. A reader that went away is
//! no reason to stop serving users, so a failed write is only logged.

use std::io::Write as _;

use serde::Serialize;

use crate::defects::Defects;

/// Something that whoever started the process wants to know.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The process listens and can be asked. A region may still be catching up.
    Ready {
        /// The region; none for the geo-DNS.
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// The entry name; none for a region.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where, as `IP:PORT`.
        listen: String,
    },
    /// The region has caught up and serves users.
    Serving {
        /// Which.
        region: String,
    },
    /// The health checker changed its mind about a region.
    Health {
        /// Which (for the geo-DNS in front of edges: which edge).
        region: String,
        /// The edge that has changed its mind; none for the geo-DNS.
        #[serde(skip_serializing_if = "Option::is_none")]
        edge: Option<String>,
        /// Whether users are sent there from now on.
        healthy: bool,
        /// Why not.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When, in microseconds since 1970 by the machine's clock.
        time_unix_us: u64,
    },
    /// An edge listens and can be asked.
    #[serde(rename = "ready")]
    EdgeReady {
        /// The edge.
        edge: String,
        /// Where, as `IP:PORT`.
        listen: String,
    },
    /// An edge has given a region up for a while, for users' requests to it failed.
    Ejected {
        /// The edge.
        edge: String,
        /// The region.
        region: String,
        /// For how long, in milliseconds.
        for_ms: u64,
        /// The last failure.
        reason: String,
        /// When, in microseconds since 1970 by the machine's clock.
        time_unix_us: u64,
    },
    /// An edge sends users to a region again that it had ejected.
    Readmitted {
        /// The edge.
        edge: String,
        /// The region.
        region: String,
        /// When, in microseconds since 1970 by the machine's clock.
        time_unix_us: u64,
    },
    /// A region writes a partition from now on.
    Writer {
        /// Which partition.
        partition: String,
        /// Which region.
        region: String,
        /// With which epoch.
        epoch: u64,
    },
    /// Whether a region knows nobody who writes a partition has changed.
    #[serde(rename = "read-only")]
    ReadOnly {
        /// Which partition.
        partition: String,
        /// Which region says so.
        region: String,
        /// True: nobody writes, as far as it knows.
        read_only: bool,
    },
    /// A circuit breaker of a region changed.
    Breaker {
        /// Whose.
        region: String,
        /// For the calls to which third party.
        provider: String,
        /// `closed`, `half-open` or `open`.
        state: &'static str,
        /// When, in microseconds since 1970 by the machine's clock.
        time_unix_us: u64,
    },
    /// A defect is on.
    Defect {
        /// Its name.
        name: &'static str,
    },
    /// Something is wrong on purpose from now on, or no longer.
    Condition {
        /// The condition, or the defect.
        name: &'static str,
        /// How; empty if there is nothing to say.
        value: String,
        /// For the calls of which region; none: for all.
        #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// Whether it begins.
        on: bool,
        /// When, in microseconds since 1970 by the machine's clock.
        time_unix_us: u64,
    },
    /// The region's PostgreSQL server takes writes.
    PostgresWriter {
        /// Which region.
        region: String,
        /// Since when, by the lease.
        epoch: u64,
    },
    /// The region's PostgreSQL server follows another one.
    PostgresStandby {
        /// Which region.
        region: String,
        /// Whom it follows.
        of: String,
        /// The epoch in which that one writes.
        epoch: u64,
    },
    /// Writes that no other region had were thrown away, for good.
    Discarded {
        /// Where.
        region: String,
        /// How many.
        writes: u64,
        /// Whether there may be more than were counted.
        more: bool,
    },
    /// The process was told to stop and does so.
    Stopping,
}

/// Writes an event.
pub(crate) fn emit(event: &Event) {
    let mut line = serde_json::to_vec(event).expect("events have text keys only");
    line.push(b'\n');
    let mut output = std::io::stdout().lock();
    if let Err(error) = output.write_all(&line).and_then(|()| output.flush()) {
        tracing::debug!(%error, "nobody reads the events");
    }
}

/// Says loudly which defects are on.
pub(crate) fn announce_defects(defects: &Defects) {
    for defect in defects.iter() {
        tracing::warn!(defect = defect.name(), "DEFECT ON PURPOSE: {}", defect.description());
        emit(&Event::Defect { name: defect.name() });
    }
}
