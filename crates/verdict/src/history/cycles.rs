//! Cycles of dependencies between operations on lists, in the way of Elle (Kingsbury and Alvaro, VLDB 2020): appends make
//! versions traceable, so what depends on what follows from the lists that were read.
//!
//! ```text
//!   ww   append of x → append of y       a read shows y right behind x
//!   wr   append of x → the read          x is the last entry that the read shows
//!   rw   the read → append of y          the read lacks y, which is in the longest read
//!   so   an operation → the next         of the same session, the earlier one acknowledged
//! ```
//!
//! A cycle means that no order of the operations explains what was seen. It has the name of its weakest kind of edges (Adya):
//! `G0` only ww; `G1c` ww and wr; `G-single` one rw; `G2` more of them. With an edge of a session it is of the process kind,
//! `G-single-process`: one that a single object can't refute, but the session's order does. Orders in real time between sessions
//! are not among the edges: a read that is merely behind is stale, see `staleness`.
//!
//! What can't be inferred stays unsaid: an entry that the longest read lacks gives no rw edge, so that each cycle told is real,
//! and some may be missed. Each strongly connected part is told once, by its shortest cycle of the worst name.

use super::{
    Breach, History, Tested,
    graph::Graph,
    is_acknowledged, is_list, may_have_changed,
    order::{longest, reads},
    sessions::appended,
};
use record::{LedgerAction, LedgerOperation};
use std::collections::{BTreeMap, BTreeSet};

/// Edges of a part that are looked at for a cycle with one rw edge, and steps for each.
const TRIES_MAX: usize = 200;
const STEPS_MAX: usize = 20_000;

/// Why one operation comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    WriteWrite,
    WriteRead,
    ReadWrite,
    Session,
}

/// Puts all operations on lists to the test; `checked` counts them.
pub(crate) fn check<'a>(history: &History<'a>) -> Tested<'a> {
    let nodes: Vec<&'a LedgerOperation> = history
        .keys()
        .filter(|key| is_list(key))
        .flatten()
        .copied()
        .filter(|one| one.action.is_read() || may_have_changed(one))
        .collect();
    let name = |place: u32| (nodes[place as usize].agent, nodes[place as usize].session, nodes[place as usize].turn);
    let mut places: Vec<u32> = (0..u32::try_from(nodes.len()).expect("less than 2^32 operations")).collect();
    places.sort_unstable_by_key(|place| name(*place));
    let place = |one: &LedgerOperation| {
        let found = places.binary_search_by_key(&(one.agent, one.session, one.turn), |place| name(*place));
        found.ok().map(|at| places[at] as usize)
    };
    let mut graph = Graph::new(nodes.len());
    for key in history.keys().filter(|key| is_list(key)) {
        of_key(key, &mut graph, place);
    }
    of_sessions(history, &mut graph, place);
    let breaches = graph.parts(|_| true).into_iter().map(|part| told(&graph, &part, &nodes)).collect();
    Tested { checked: nodes.len() as u64, breaches, ..Tested::default() }
}

fn of_key<'a>(key: &[&'a LedgerOperation], graph: &mut Graph<Edge>, place: impl Fn(&LedgerOperation) -> Option<usize>) {
    // Where a list is delivered to shows it late by nature, and in an order of its own.
    let own: Vec<&'a LedgerOperation> =
        key.iter().copied().filter(|one| !matches!(one.action, LedgerAction::List { delivered: true, .. })).collect();
    let reads = reads(&own);
    let Some(longest) = longest(&reads) else { return };
    let appends: BTreeMap<u64, usize> =
        own.iter().filter(|one| may_have_changed(one)).filter_map(|one| Some((appended(one)?, place(one)?))).collect();
    let node = |value: &u64| appends.get(value).copied();
    let mut neighbours: BTreeSet<(usize, usize)> = BTreeSet::new();
    let unusual = reads.iter().filter(|(_, values)| !longest.1.starts_with(values));
    for (_, values) in unusual.chain(std::iter::once(longest)) {
        neighbours.extend(values.windows(2).filter_map(|pair| Some((node(&pair[0])?, node(&pair[1])?))));
    }
    neighbours.into_iter().for_each(|(from, to)| graph.edge(from, to, Edge::WriteWrite));
    for (read, values) in &reads {
        let Some(reader) = place(read) else { continue };
        if let Some(last) = values.last().and_then(node) {
            graph.edge(last, reader, Edge::WriteRead);
        }
        let lacked = if longest.1.starts_with(values) {
            longest.1.get(values.len())
        } else {
            let shown: BTreeSet<u64> = values.iter().copied().collect();
            longest.1.iter().find(|value| !shown.contains(value))
        };
        if let Some(lacked) = lacked.and_then(node) {
            graph.edge(reader, lacked, Edge::ReadWrite);
        }
    }
}

fn of_sessions(history: &History<'_>, graph: &mut Graph<Edge>, place: impl Fn(&LedgerOperation) -> Option<usize>) {
    for session in history.sessions() {
        let mut last = None;
        for one in session.iter().filter(|one| !one.is_final) {
            if matches!(one.action, LedgerAction::List { delivered: true, .. }) {
                continue;
            }
            let Some(here) = place(one) else { continue };
            if let Some(last) = last {
                graph.edge(last, here, Edge::Session);
            }
            // One whose outcome is unknown may take effect after the next.
            if is_acknowledged(one) {
                last = Some(here);
            }
        }
    }
}

/// The shortest cycle of the worst name that a part has.
fn told<'a>(graph: &Graph<Edge>, part: &[usize], nodes: &[&'a LedgerOperation]) -> Breach<'a> {
    use Edge::{ReadWrite, Session, WriteRead, WriteWrite};
    let names: [(&[Edge], [&'static str; 2]); 2] =
        [(&[WriteWrite], ["G0", "G0-process"]), (&[WriteWrite, WriteRead], ["G1c", "G1c-process"])];
    for (kinds, name) in names {
        for with_session in [false, true] {
            let takes = |edge: Edge| kinds.contains(&edge) || (with_session && edge == Session);
            if let Some(cycle) = cycle(graph, part, takes, takes) {
                return breach(&cycle, name[usize::from(with_session)], nodes);
            }
        }
    }
    for (with_session, name) in [(false, "G-single"), (true, "G-single-process")] {
        let back = |edge: Edge| matches!(edge, WriteWrite | WriteRead) || (with_session && edge == Session);
        if let Some(cycle) = cycle(graph, part, |edge| edge == ReadWrite, back) {
            return breach(&cycle, name, nodes);
        }
    }
    let found = cycle(graph, part, |_| true, |_| true).unwrap_or_else(|| part.to_vec());
    breach(&found, "G2", nodes)
}

/// The shortest cycle of a part that begins with an edge that `first` takes and goes on with those that `rest` takes.
fn cycle(
    graph: &Graph<Edge>,
    part: &[usize],
    first: impl Fn(Edge) -> bool,
    rest: impl Fn(Edge) -> bool,
) -> Option<Vec<usize>> {
    let is_member = |node: usize| part.binary_search(&node).is_ok();
    let begins = part.iter().flat_map(|from| graph.edges_of(*from).map(move |(to, edge)| (*from, to, edge)));
    let begins = begins.filter(|(_, to, edge)| is_member(*to) && first(*edge)).take(TRIES_MAX);
    let ways =
        begins.filter_map(|(from, to, _)| graph.way(to, from, |node, edge| is_member(node) && rest(edge), STEPS_MAX));
    ways.min_by_key(Vec::len)
}

fn breach<'a>(cycle: &[usize], name: &'static str, nodes: &[&'a LedgerOperation]) -> Breach<'a> {
    let text = format!("{} operations depend on each other in a circle", cycle.len());
    Breach::new(text, cycle.iter().map(|node| nodes[*node])).called(name)
}

#[cfg(test)]
#[path = "cycles_tests.rs"]
mod tests;
