//! Who gets which region: pure, from where the asker is and who is healthy.

use std::net::IpAddr;

use crate::config::Network;

/// The entry of the longest network that holds the address.
pub(super) fn network_of(networks: &[Network], address: IpAddr) -> Option<&Network> {
    let holding = networks.iter().filter(|entry| entry.network.contains(address));
    // The last of equals would be taken; the first in the file is what a reader expects.
    holding.rev().max_by_key(|entry| entry.network.prefix())
}

/// The region to send the asker to: the first healthy one by preference, then by the order of the
/// configuration. With none healthy it is the first choice if `fail_open` (users who find a sick region
/// are not worse off than users who find none, and the health checks may be what is broken), else none.
pub(super) fn choose(prefer: &[usize], healthy: &[bool], fail_open: bool) -> Option<usize> {
    let others = (0..healthy.len()).filter(|index| !prefer.contains(index));
    let mut order = prefer.iter().copied().chain(others);
    let first = order.clone().next();
    let first_healthy = order.find(|index| healthy[*index]);
    first_healthy.or(if fail_open { first } else { None })
}
