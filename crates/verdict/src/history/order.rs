//! The order of a list's entries.
//!
//! **One order.** There must be one order of the entries that every read agrees with. From each read the pairs of neighbours are
//! taken; where they go round in a circle, no order fits: two regions put the same entries in different orders. (As long as none
//! does, a read that lacks an entry in the middle is a hole, which `cycles` names.)
//!
//! **Cause and effect.** A session's append has causes: what that session had read in the list before, and what it had appended
//! before. Whoever sees the effect must see its causes, and before it. Where the cause is the session's own append,
//! **monotonic writes** are broken; where it is another's, **writes follow reads**. Only acknowledged causes count, and only those
//! that some final read shows: what is gone for all is a lost update already.
//!
//! Most reads are the beginning of the longest one. When that one is sound, so is each of its beginnings: only the others are
//! looked at one by one, which keeps the cost near-linear.

use super::{Breach, History, Tested, graph::Graph, is_acknowledged, is_list, session_of, sessions::appended};
use record::{LedgerAction, LedgerOperation};
use std::collections::{BTreeMap, BTreeSet};

/// What the order of entries says.
#[derive(Debug, Default)]
pub(crate) struct Order<'a> {
    pub(crate) one_order: Tested<'a>,
    pub(crate) monotonic_writes: Tested<'a>,
    pub(crate) writes_follow_reads: Tested<'a>,
}

/// Causes of an append.
type Causes = BTreeMap<u64, Vec<u64>>;

/// A read of a list with what it showed of the ledger's own.
pub(crate) type Shown<'a> = (&'a LedgerOperation, Vec<u64>);

/// Puts every read of a list to the test.
pub(crate) fn check<'a>(history: &History<'a>) -> Order<'a> {
    let mut found = Order::default();
    let mut causes = causes(history);
    for key in history.keys().filter(|key| is_list(key)) {
        let reads = reads(key);
        let Some(longest) = longest(&reads) else { continue };
        let others: Vec<&Shown<'a>> = reads.iter().filter(|(_, values)| !longest.1.starts_with(values)).collect();
        found.one_order.checked += reads.len() as u64;
        found.one_order.breaches.extend(circles(longest, &others));
        let appends: BTreeMap<u64, &LedgerOperation> =
            key.iter().filter_map(|one| Some((appended(one)?, *one))).collect();
        let mut causes = causes.remove(&(key[0].agent, key[0].key)).unwrap_or_default();
        keep_what_survived(&mut causes, &reads, &appends);
        found.monotonic_writes.checked += reads.len() as u64;
        found.writes_follow_reads.checked += reads.len() as u64;
        let sound = found.effects(longest, &causes, &appends);
        if sound {
            others.into_iter().for_each(|read| {
                found.effects(read, &causes, &appends);
            });
        } else {
            let rest = reads.iter().filter(|(read, _)| !std::ptr::eq(*read, longest.0));
            rest.for_each(|read| {
                found.effects(read, &causes, &appends);
            });
        }
    }
    found
}

impl<'a> Order<'a> {
    /// Whether every effect that a read shows has its causes before it; tells the first that hasn't.
    fn effects(&mut self, read: &Shown<'a>, causes: &Causes, appends: &BTreeMap<u64, &'a LedgerOperation>) -> bool {
        let places: BTreeMap<u64, usize> =
            read.1.iter().enumerate().rev().map(|(place, value)| (*value, place)).collect();
        for (effect, place) in &places {
            for cause in causes.get(effect).into_iter().flatten() {
                if places.get(cause).is_some_and(|before| before < place) {
                    continue;
                }
                let what = if places.contains_key(cause) { "behind it" } else { "not there" };
                let text = format!("{effect} is there, and its cause {cause} is {what}");
                let (Some(first), Some(second)) = (appends.get(cause), appends.get(effect)) else { continue };
                let breach = Breach::new(text, [*first, *second, read.0]);
                if session_of(first) == session_of(second) {
                    self.monotonic_writes.breach(breach);
                } else {
                    self.writes_follow_reads.breach(breach);
                }
                return false;
            }
        }
        true
    }
}

/// The reads of a list, without what isn't the ledger's own, and without second entries of one value.
pub(crate) fn reads<'a>(key: &[&'a LedgerOperation]) -> Vec<Shown<'a>> {
    let shown = |one: &&'a LedgerOperation| match &one.action {
        LedgerAction::List { values, .. } => {
            let mut seen = BTreeSet::new();
            Some((*one, values.iter().copied().filter(|value| *value != 0 && seen.insert(*value)).collect()))
        }
        _ => None,
    };
    key.iter().filter_map(shown).collect()
}

/// The longest read, final ones first; of equals the last.
pub(crate) fn longest<'r, 'a>(reads: &'r [Shown<'a>]) -> Option<&'r Shown<'a>> {
    reads.iter().max_by_key(|(read, values)| (read.is_final, values.len()))
}

/// By key and append: what its session had appended there just before, and what it had read there since then.
fn causes(history: &History<'_>) -> BTreeMap<(usize, u64), Causes> {
    let mut causes: BTreeMap<(usize, u64), Causes> = BTreeMap::new();
    for session in history.sessions() {
        let mut pending: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        let mut known: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for &operation in session {
            let (pending, known) = (pending.entry(operation.key).or_default(), known.entry(operation.key).or_default());
            match &operation.action {
                LedgerAction::List { values, .. } => {
                    let news = values.iter().copied().filter(|value| *value != 0 && known.insert(*value));
                    pending.extend(news);
                }
                LedgerAction::Append { value } => {
                    let of_key = causes.entry((operation.agent, operation.key)).or_default();
                    of_key.insert(*value, pending.iter().copied().collect());
                    if is_acknowledged(operation) {
                        // What caused this one is a cause of the next one through it.
                        *pending = BTreeSet::from([*value]);
                        known.insert(*value);
                    }
                }
                _ => {}
            }
        }
    }
    causes
}

/// Forgets causes that no final read of any place shows, and those whose append isn't acknowledged.
fn keep_what_survived(causes: &mut Causes, reads: &[Shown<'_>], appends: &BTreeMap<u64, &LedgerOperation>) {
    let finals = || reads.iter().filter(|(read, _)| read.is_final);
    let survived: BTreeSet<u64> = finals().flat_map(|(_, values)| values).copied().collect();
    let is_known = finals().next().is_some();
    let counts = |cause: &u64| {
        appends.get(cause).is_some_and(|append| is_acknowledged(append)) && (!is_known || survived.contains(cause))
    };
    causes.values_mut().for_each(|causes| causes.retain(counts));
}

/// Entries that no order fits.
fn circles<'a>(longest: &Shown<'a>, others: &[&Shown<'a>]) -> Vec<Breach<'a>> {
    if others.is_empty() {
        return Vec::new();
    }
    let values: BTreeSet<u64> = others.iter().flat_map(|(_, values)| values).chain(&longest.1).copied().collect();
    let values: Vec<u64> = values.into_iter().collect();
    let node = |value: &u64| values.binary_search(value).expect("every value is among them");
    // Each edge knows the first read that it is from.
    let mut edges: BTreeMap<(usize, usize), &'a LedgerOperation> = BTreeMap::new();
    for (read, shown) in others.iter().copied().chain(std::iter::once(longest)) {
        for pair in shown.windows(2) {
            edges.entry((node(&pair[0]), node(&pair[1]))).or_insert(read);
        }
    }
    let mut graph = Graph::new(values.len());
    edges.keys().for_each(|(from, to)| graph.edge(*from, *to, ()));
    let told = |part: Vec<usize>| {
        let member = |node: usize, (): ()| part.binary_search(&node).is_ok();
        let first = part[0];
        let back = graph
            .edges_of(first)
            .filter(|(next, ())| member(*next, ()))
            .find_map(|(next, ())| graph.way(next, first, member, CIRCLE_STEPS_MAX));
        let circle = back.map_or_else(|| part.clone(), |way| std::iter::once(first).chain(way).collect());
        let mut witnesses: Vec<&LedgerOperation> =
            circle.windows(2).filter_map(|pair| edges.get(&(pair[0], pair[1])).copied()).collect();
        witnesses.dedup_by(|one, other| std::ptr::eq(*one, *other));
        let order = circle.iter().map(|node| values[*node].to_string()).collect::<Vec<_>>();
        Breach::new(format!("no order fits what was read: {}", order.join(" before ")), witnesses)
    };
    graph.parts(|()| true).into_iter().map(told).collect()
}

/// Edges that are looked at for the shortest circle.
const CIRCLE_STEPS_MAX: usize = 10_000;

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
