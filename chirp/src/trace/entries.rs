//! Which request wrote a log entry, for the regions that apply it: so that a trace goes on where a write
//! arrives.
//!
//! **Beside the log, not in it.** The context could be a field of the entry. Then what a region stores for
//! ever, sends and compares would depend on a sampling ratio, and each reader of the log would have to skip
//! it. So the origin remembers the last sampled writes in memory (a ring of [`REMEMBERED_MAX`]), and the
//! answer to a pull names those among its entries in a header. It costs nothing for what is not sampled. It
//! is lost with the process, for a peer that is more than the ring behind, and for entries that come by way
//! of a third region: a trace then ends at the origin, and nothing else changes.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Scope, Tracer};

/// `NUMBER=TRACEPARENT`, separated by commas.
const HEADER: HeaderName = HeaderName::from_static("x-chirp-entry-traces");
/// Sampled writes that are remembered.
const REMEMBERED_MAX: usize = 1024;
/// Entries of one answer whose traces are told: about 4 KiB of header.
const TOLD_MAX: usize = 64;

/// The traces of the last sampled writes, oldest first. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryTraces(Arc<Mutex<VecDeque<(u64, String)>>>);

impl EntryTraces {
    /// The entry `seq` of the own log was written for this.
    pub(crate) fn remember(&self, seq: u64, traceparent: &str) {
        let mut traces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if traces.len() == REMEMBERED_MAX {
            traces.pop_front();
        }
        traces.push_back((seq, traceparent.to_owned()));
    }

    /// Tells a peer that gets the entries after `from` up to `to` which of them belong to a trace.
    pub(crate) fn tell(&self, from: u64, to: u64, headers: &mut HeaderMap) {
        let traces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        // Numbers only grow, but for a write that failed and whose number was given again.
        for (seq, traceparent) in traces.iter().filter(|(seq, _)| *seq > from && *seq <= to).take(TOLD_MAX) {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{seq}={traceparent}").expect("a string takes every write");
        }
        if let Ok(value) = HeaderValue::from_str(&text)
            && !text.is_empty()
        {
            headers.insert(HEADER, value);
        }
    }
}

/// What a region applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppliedBatch<'a> {
    /// Whose entries.
    pub(crate) peer: &'a str,
    /// After this number …
    pub(crate) from: u64,
    /// … up to this one.
    pub(crate) to: u64,
    /// How long applying took, until it was durable.
    pub(crate) took: Duration,
}

/// Makes a span of each entry that was applied and belongs to a trace, in that trace, and linked to `pull`.
/// `headers` are those of the peer's answer.
pub(crate) fn record_applied(tracer: &Tracer, headers: &HeaderMap, batch: &AppliedBatch<'_>, pull: Option<&Scope>) {
    let Some(text) = headers.get(HEADER).and_then(|value| value.to_str().ok()) else { return };
    for (seq, traceparent) in text.split(',').take(TOLD_MAX).filter_map(|told| told.split_once('=')) {
        let Some(seq) = seq.parse().ok().filter(|seq| (batch.from + 1..=batch.to).contains(seq)) else { continue };
        if let Some(mut span) = tracer.remote(traceparent, "replication apply") {
            span.began(batch.took);
            span.set("chirp.origin", batch.peer.to_owned());
            span.set("chirp.entry", seq as i64);
            if let Some(pull) = pull.filter(|pull| pull.is_recorded()) {
                span.link(pull);
            }
        }
    }
}
