//! Directed graphs with labelled edges: their strongly connected parts, and the shortest cycle through an edge.
//!
//! Tarjan's algorithm without recursion, since a part can be as long as the recording. Linear in nodes and edges. A node is 32 bits:
//! there are as many of them as operations, and memory is what a long recording is short of.

use std::collections::{BTreeMap, VecDeque};

/// A graph over the nodes `0..len`.
#[derive(Debug)]
pub(crate) struct Graph<L> {
    edges: Vec<Vec<(u32, L)>>,
}

impl<L: Copy> Graph<L> {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { edges: (0..nodes).map(|_| Vec::new()).collect() }
    }

    pub(crate) fn edge(&mut self, from: usize, to: usize, label: L) {
        let to = u32::try_from(to).expect("a recording has less than 2^32 operations");
        self.edges[from].push((to, label));
    }

    /// The strongly connected parts of more than one node, over the edges that `takes`; each in ascending order.
    pub(crate) fn parts(&self, takes: impl Fn(L) -> bool) -> Vec<Vec<usize>> {
        let mut search = Search {
            graph: self,
            index: vec![UNSEEN; self.edges.len()],
            low: vec![0; self.edges.len()],
            on_stack: vec![false; self.edges.len()],
            stack: Vec::new(),
            next: 0,
            parts: Vec::new(),
        };
        for node in 0..self.edges.len() {
            if search.index[node] == UNSEEN {
                search.from(node, &takes);
            }
        }
        search.parts.iter_mut().for_each(|part| part.sort_unstable());
        search.parts.sort();
        search.parts
    }

    /// The shortest way from a node to another over the edges that `takes`, both ends included; at most `steps_max` edges are
    /// looked at.
    pub(crate) fn way(
        &self,
        from: usize,
        to: usize,
        takes: impl Fn(usize, L) -> bool,
        steps_max: usize,
    ) -> Option<Vec<usize>> {
        let mut came: BTreeMap<usize, usize> = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        let mut steps = 0;
        while let Some(node) = queue.pop_front() {
            if node == to {
                let mut way = vec![to];
                while let Some(before) =
                    way.last().and_then(|last| came.get(last)).filter(|before| Some(*before) != way.last())
                {
                    way.push(*before);
                }
                way.reverse();
                return Some(way);
            }
            for (next, label) in self.edges_of(node) {
                steps += 1;
                if takes(next, label) && !came.contains_key(&next) {
                    came.insert(next, node);
                    queue.push_back(next);
                }
            }
            if steps > steps_max {
                return None;
            }
        }
        None
    }

    pub(crate) fn edges_of(&self, node: usize) -> impl Iterator<Item = (usize, L)> + '_ {
        self.edges[node].iter().map(|(to, label)| (*to as usize, *label))
    }
}

/// A node that the search has not entered.
const UNSEEN: u32 = u32::MAX;

/// Tarjan's search under way.
struct Search<'g, L> {
    graph: &'g Graph<L>,
    /// In the order in which they are entered; [`UNSEEN`] before that.
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: u32,
    parts: Vec<Vec<usize>>,
}

impl<L: Copy> Search<'_, L> {
    fn enter(&mut self, node: usize) {
        self.index[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
    }

    fn from(&mut self, root: usize, takes: &impl Fn(L) -> bool) {
        self.enter(root);
        // Each node under way, with the edge that is its next.
        let mut calls = vec![(root, 0)];
        while let Some((node, edge)) = calls.last_mut() {
            let node = *node;
            match self.graph.edges[node].get(*edge) {
                Some(&(next, label)) => {
                    let next = next as usize;
                    *edge += 1;
                    if !takes(label) {
                        continue;
                    }
                    match self.index[next] {
                        UNSEEN => {
                            self.enter(next);
                            calls.push((next, 0));
                        }
                        index if self.on_stack[next] => self.low[node] = self.low[node].min(index),
                        _ => {}
                    }
                }
                None => {
                    calls.pop();
                    if let Some((parent, _)) = calls.last() {
                        self.low[*parent] = self.low[*parent].min(self.low[node]);
                    }
                    self.leave(node);
                }
            }
        }
    }

    /// Takes the node's part off the stack, if the node is its root.
    fn leave(&mut self, node: usize) {
        if self.low[node] != self.index[node] {
            return;
        }
        let mut part = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            part.push(member);
            if member == node {
                break;
            }
        }
        if part.len() > 1 {
            self.parts.push(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shortest_way_is_found_within_its_budget() {
        let mut graph = Graph::new(5);
        [(0, 1), (1, 2), (2, 3), (0, 4), (4, 3)].into_iter().for_each(|(from, to)| graph.edge(from, to, ()));
        assert_eq!(graph.way(0, 3, |_, ()| true, 100), Some(vec![0, 4, 3]));
        assert_eq!(graph.way(3, 0, |_, ()| true, 100), None);
        assert_eq!(graph.way(0, 3, |node, ()| node != 4, 100), Some(vec![0, 1, 2, 3]));
        assert_eq!(graph.way(0, 3, |_, ()| true, 1), None, "the budget is too small");
    }

    proptest! {
        #[test]
        fn parts_are_the_nodes_that_reach_each_other(edges in prop::collection::vec((0..8_usize, 0..8_usize), 0..20)) {
            let mut graph = Graph::new(8);
            let mut reaches = [[false; 8]; 8];
            for &(from, to) in &edges {
                graph.edge(from, to, ());
                reaches[from][to] = true;
            }
            for middle in 0..8 {
                for from in 0..8 {
                    for to in 0..8 {
                        reaches[from][to] |= reaches[from][middle] && reaches[middle][to];
                    }
                }
            }
            let part_of = |node: usize| (0..8).filter(|other| *other == node || (reaches[node][*other] && reaches[*other][node])).collect::<Vec<_>>();
            let mut expected: Vec<Vec<usize>> = (0..8).map(part_of).filter(|part| part.len() > 1).collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(graph.parts(|()| true), expected);
        }
    }
}
