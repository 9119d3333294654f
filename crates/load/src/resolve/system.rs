//! The system's own resolvers, for a plan that names none.

use std::net::{IpAddr, SocketAddr};

const PATH: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// The C library reads three, too.
const SERVERS_MAX: usize = 3;

/// The servers that `resolv.conf` names; none when it can't be read.
pub(crate) fn system_servers() -> Vec<SocketAddr> {
    servers(&std::fs::read_to_string(PATH).unwrap_or_default())
}

/// The servers in the text of a `resolv.conf`, in order. Zones of link-local addresses are not understood and skipped.
pub(super) fn servers(text: &str) -> Vec<SocketAddr> {
    let address = |line: &str| -> Option<IpAddr> {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next()?.parse().ok())?
    };
    text.lines().filter_map(address).map(|address| SocketAddr::new(address, PORT)).take(SERVERS_MAX).collect()
}
