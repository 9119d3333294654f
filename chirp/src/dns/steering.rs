//! Who gets which target: pure, from where the asker is and who is healthy.

use std::net::IpAddr;

use crate::config::Network;
use crate::mix::mix;

/// The entry of the longest network that holds the address.
pub(super) fn network_of(networks: &[Network], address: IpAddr) -> Option<&Network> {
    let holding = networks.iter().filter(|entry| entry.network.contains(address));
    // The last of equals would be taken; the first in the file is what a reader expects.
    holding.rev().max_by_key(|entry| entry.network.prefix())
}

/// The target to send the asker to: the first healthy one by preference, then by the order of the
/// configuration. With none healthy it is the first choice if `fail_open` (users who find a sick region
/// are not worse off than users who find none, and the health checks may be what is broken), else none.
pub(super) fn choose(prefer: &[usize], healthy: &[bool], fail_open: bool) -> Option<usize> {
    let others = (0..healthy.len()).filter(|index| !prefer.contains(index));
    let mut order = prefer.iter().copied().chain(others);
    let first = order.clone().next();
    let first_healthy = order.find(|index| healthy[*index]);
    first_healthy.or(if fail_open { first } else { None })
}

/// The target that the asker gets where answers are shared out by weights: each healthy one with a
/// weight in proportion to it, always the same one for the same asker, so that its caches stay warm. None
/// if no target with a weight is healthy; then the preference decides.
///
/// ```text
///  asker ──▶ number in 0 .. sum of the healthy weights
///            |------ eu: 70 ------|-- us: 30 --|
/// ```
///
/// When a target with a weight falls, its askers are shared among the others; some askers of the others
/// move as well, which is harmless and bounded by the sum being another.
pub(super) fn choose_by_weight(weights: &[(usize, u32)], healthy: &[bool], asker: IpAddr) -> Option<usize> {
    let usable = || weights.iter().filter(|(target, _)| healthy[*target]);
    let sum: u64 = usable().map(|(_, weight)| u64::from(*weight)).sum();
    let mut place = number_of(asker).checked_rem(sum)?;
    for (target, weight) in usable() {
        match place.checked_sub(u64::from(*weight)) {
            Some(rest) => place = rest,
            None => return Some(*target),
        }
    }
    None
}

/// A number for an asker: always the same one.
pub(super) fn number_of(asker: IpAddr) -> u64 {
    match asker {
        IpAddr::V4(address) => mix(u64::from(address.to_bits())),
        IpAddr::V6(address) => mix((address.to_bits() >> 64) as u64) ^ mix(address.to_bits() as u64),
    }
}

/// Turns preferences among regions into preferences among edges: the edge whose nearest region the asker
/// likes best comes first; edges at the same region in the order of the configuration. `nearest` is the
/// nearest region of each edge.
pub(super) fn prefer_edges(prefer: &[usize], nearest: &[usize]) -> Vec<usize> {
    let rank = |edge: &usize| prefer.iter().position(|region| *region == nearest[*edge]).unwrap_or(prefer.len());
    let mut edges: Vec<usize> = (0..nearest.len()).collect();
    edges.sort_by_key(rank); // A stable sort: equals keep their order.
    edges
}
