//! Entries on their way from the process where they happened to the one that records: the recording's own lines, without
//! the numbers that only a recording gives.
//!
//! One format, one reader: what an agent keeps on its disk, what travels, and what is recorded can't drift apart. Each line
//! is sealed as in a recording, so a torn or flipped one is noticed wherever it happened.
//!
//! [`compact`] makes room without losing a number: counts of one key add up, which is what intervals are made for.

use crate::{
    ArrivalCounts, Entry, Interval, PhaseInterval,
    bounds::Bounds,
    format::{Content, Line},
    line,
};
use plan::resolved::ResolvedPlan;
use std::collections::BTreeMap;

/// Version of the lines: that of the recording's format.
pub const FORMAT: &str = crate::version::RECORDING_TEXT;

/// A batch that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the batch: {reason}")]
pub struct BatchError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Adds an entry's line to a text.
pub fn write(entry: &Entry, text: &mut String) {
    let object = serde_json::to_vec(&Line { seq: 0, order: 0, content: Content::of(entry) }).expect("a line is JSON");
    let mut sealed = Vec::with_capacity(object.len() + 32);
    line::seal(&object, &mut sealed);
    text.push_str(&String::from_utf8(sealed).expect("JSON is UTF-8"));
}

/// The entries of a text that [`write()`] made. Each refers only to what the plan has.
///
/// # Errors
/// The first line that isn't whole, isn't understood, or refers to what isn't there: then none of the batch can be used.
pub fn read(text: &str, plan: &ResolvedPlan) -> Result<Vec<Entry>, BatchError> {
    Ok(read_lines(text, plan)?.into_iter().map(|(entry, _)| entry).collect())
}

/// The same, each with its line: who only passes an entry on into a recording gives [`crate::Writer::append_line`] both, and
/// nothing is made anew.
///
/// # Errors
/// Those of [`read`].
pub fn read_lines<'a>(text: &'a str, plan: &ResolvedPlan) -> Result<Vec<(Entry, &'a str)>, BatchError> {
    let bounds = Bounds::of(plan);
    let entry = |(index, text): (usize, &'a str)| {
        let failed = |reason: String| BatchError { line: index + 1, reason };
        let sound = line::open(text.as_bytes()).ok_or_else(|| failed("its checksum does not fit".to_owned()))?;
        if !line::is_unnumbered(text) {
            return Err(failed("it has numbers, which only a recording gives".to_owned()));
        }
        let line: Line = serde_json::from_slice(sound).map_err(|error| failed(error.to_string()))?;
        let entry = line.content.into_entry().map_err(failed)?.ok_or_else(|| failed("it is no entry".to_owned()))?;
        bounds.check(&entry).map_err(failed)?;
        Ok((entry, text))
    };
    text.lines().enumerate().map(entry).collect()
}

/// The same entries with counts of one key added up; everything else as it was, and before them. No count is lost; only the
/// order of counts among each other is, which means nothing.
#[must_use]
pub fn compact(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept = Vec::new();
    let mut intervals = BTreeMap::new();
    let mut phases = BTreeMap::new();
    let mut arrivals = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Interval(one) => {
                let key = (one.second, one.population, one.served_by, one.step, one.outcome);
                merge(&mut intervals, key, one, add_interval);
            }
            Entry::Phase(one) => {
                let key = (one.second, one.population, one.region, one.phase);
                merge(&mut phases, key, one, |sum: &mut PhaseInterval, one| sum.duration.merge(&one.duration));
            }
            Entry::Arrivals(one) => {
                merge(&mut arrivals, (one.second, one.population, one.agent, one.thread), one, add_arrivals);
            }
            other => kept.push(other),
        }
    }
    kept.extend(arrivals.into_values().map(Entry::Arrivals));
    kept.extend(intervals.into_values().map(Entry::Interval));
    kept.extend(phases.into_values().map(Entry::Phase));
    kept
}

fn merge<K: Ord, V>(sums: &mut BTreeMap<K, V>, key: K, one: V, add: impl FnOnce(&mut V, &V)) {
    match sums.get_mut(&key) {
        Some(sum) => add(sum, &one),
        None => {
            sums.insert(key, one);
        }
    }
}

fn add_interval(sum: &mut Interval, one: &Interval) {
    for (tenth, more) in sum.tenths.iter_mut().zip(one.tenths) {
        *tenth = tenth.saturating_add(more);
    }
    sum.attempts += one.attempts;
    sum.response.merge(&one.response);
    sum.service.merge(&one.service);
    sum.first_byte.merge(&one.first_byte);
}

/// Counts add up. A state is that of the row that carries one: a thread tells it once, at the end of the second.
fn add_arrivals(sum: &mut ArrivalCounts, one: &ArrivalCounts) {
    sum.intended += one.intended;
    sum.started += one.started;
    sum.dropped += one.dropped;
    sum.unsent += one.unsent;
    sum.in_flight += one.in_flight;
    sum.users += one.users;
    sum.send_lag.merge(&one.send_lag);
    sum.waited.merge(&one.waited);
}
