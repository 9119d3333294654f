//! The rules of a fault, as nft reads them. Pure.
//!
//! ```text
//!   table ip landfall-3            one fault
//!     set lease                    { tcp }, with a time-out: without it no rule holds
//!     set forward, backward        which connections: from this block, to this address and port
//!     chain links                  input: a packet of one of them goes to
//!     chain cut                    which drops or rejects, and counts
//! ```
//!
//! The input and not the output: a sender whose own kernel drops what it sends may be told so, and on a wire nobody is.
//! Dropping comes before rejecting, so that of two cuts the one that drops wins. A reset passes where resets are what is wanted, else
//! what one rule answers would meet the next.

use super::{Cut, Ways};
use std::{fmt, fmt::Write as _, net::Ipv4Addr, net::SocketAddrV4, time::Duration};
use units::FaultName;

/// What nft takes of a comment, in bytes.
const COMMENT_BYTES_MAX: usize = 100;

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Any of them.
    pub address: Ipv4Addr,
    /// How many bits are the same; at most 32.
    pub prefix: u8,
}

impl Block {
    /// Everybody on this machine.
    pub const LOOPBACK: Self = Self { address: Ipv4Addr::new(127, 0, 0, 0), prefix: 8 };

    /// That address alone.
    #[must_use]
    pub const fn only(address: Ipv4Addr) -> Self {
        Self { address, prefix: 32 }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

/// Connections of a link, by who opens them and where they lead. No two flows of a network may contain the same connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Who opens them.
    pub openers: Block,
    /// Who accepts them.
    pub accepter: SocketAddrV4,
}

/// Makes a fault's table, or replaces it, in one transaction.
pub(super) fn apply(number: u32, fault: &FaultName, cut: Cut, flows: &[(Flow, Ways)], lease: Duration) -> String {
    let mut script = remove(number);
    let forward = elements(flows.iter().filter(|(_, ways)| ways.forward).map(|(flow, _)| flow));
    let backward = elements(flows.iter().filter(|(_, ways)| ways.backward).map(|(flow, _)| flow));
    let (comment, lease, priority) = (comment(fault), time(lease), if cut.refuses() { 0 } else { -10 });
    let key = "type ipv4_addr . ipv4_addr . inet_service\n    flags interval";
    let verdict = verdict(cut);
    write!(
        script,
        "table ip landfall-{number} {{
  comment \"{comment}\"
  set lease {{
    type inet_proto
    flags timeout
    elements = {{ tcp timeout {lease} }}
  }}
  set forward {{
    {key}{forward}
  }}
  set backward {{
    {key}{backward}
  }}
  chain cut {{
{verdict}  }}
  chain links {{
    type filter hook input priority {priority}; policy accept;
    ip protocol != @lease accept
    ip saddr . ip daddr . tcp dport @forward goto cut
    ip daddr . ip saddr . tcp sport @backward goto cut
  }}
}}
"
    )
    .expect("a text takes what is written to it");
    script
}

/// Another term for a table's lease; nft refuses it as a whole when the lease has run out.
pub(super) fn renew(number: u32, lease: Duration) -> String {
    let lease = time(lease);
    format!(
        "delete element ip landfall-{number} lease {{ tcp }}
add element ip landfall-{number} lease {{ tcp timeout {lease} }}
"
    )
}

/// Takes a table away, also one that isn't there.
pub(super) fn remove(number: u32) -> String {
    format!("add table ip landfall-{number}\ndelete table ip landfall-{number}\n")
}

/// How many packets met the rules of a chain, as nft lists it.
pub(super) fn packets(listed: &str) -> u64 {
    let counts = listed.split("counter packets ").skip(1);
    counts.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum()
}

fn verdict(cut: Cut) -> &'static str {
    match cut {
        Cut::Drop => "    counter drop\n",
        Cut::DropNew => "    tcp flags & syn == syn counter drop\n",
        Cut::DropAndReset => {
            "    tcp flags & rst == rst accept\n    tcp flags & syn == syn counter drop\n    counter reject with tcp reset\n"
        }
        Cut::Reject => "    tcp flags & rst == rst accept\n    counter reject with tcp reset\n",
        Cut::RejectNew => "    tcp flags & (syn | ack) == syn counter reject with tcp reset\n",
    }
}

fn elements<'a>(flows: impl Iterator<Item = &'a Flow>) -> String {
    let keys = flows.map(|Flow { openers, accepter }| format!("{openers} . {} . {}", accepter.ip(), accepter.port()));
    let keys: Vec<String> = keys.collect();
    if keys.is_empty() { String::new() } else { format!("\n    elements = {{ {} }}", keys.join(", ")) }
}

/// A time as nft writes it. The kernel's own steps are coarser than a millisecond.
fn time(duration: Duration) -> String {
    format!("{}s{}ms", duration.as_secs(), duration.subsec_millis())
}

fn comment(fault: &FaultName) -> String {
    let plain = |letter: char| if letter == '"' || letter == '\\' || letter.is_control() { '?' } else { letter };
    let mut comment = String::new();
    for letter in fault.as_str().chars().map(plain) {
        if comment.len() + letter.len_utf8() > COMMENT_BYTES_MAX {
            break;
        }
        comment.push(letter);
    }
    comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_table_with_its_name_its_links_and_its_lease() {
        let flow = |openers: [u8; 4], prefix, accepter: [u8; 4], port| Flow {
            openers: Block { address: openers.into(), prefix },
            accepter: SocketAddrV4::new(accepter.into(), port),
        };
        let flows = [
            (flow([127, 65, 0, 0], 16, [127, 2, 0, 1], 7400), Ways { forward: true, backward: true }),
            (flow([127, 0, 0, 0], 8, [127, 1, 1, 2], 7402), Ways { forward: true, backward: false }),
        ];
        let name = FaultName::new("cut \"europe\"");
        let script = apply(3, &name, Cut::Drop, &flows, Duration::from_millis(2_500));
        for expected in [
            "add table ip landfall-3\ndelete table ip landfall-3\ntable ip landfall-3 {\n",
            "comment \"cut ?europe?\"\n",
            "elements = { tcp timeout 2s500ms }",
            "elements = { 127.65.0.0/16 . 127.2.0.1 . 7400, 127.0.0.0/8 . 127.1.1.2 . 7402 }\n  }\n  set backward",
            "elements = { 127.65.0.0/16 . 127.2.0.1 . 7400 }\n  }\n  chain cut {\n    counter drop\n  }",
            "hook input priority -10;",
        ] {
            assert!(script.contains(expected), "{expected} is not in\n{script}");
        }
        let rejecting = apply(3, &name, Cut::Reject, &flows, Duration::from_secs(2));
        assert!(rejecting.contains("hook input priority 0;"), "who rejects comes after who drops: {rejecting}");
    }

    #[test]
    fn packets_are_those_of_all_rules() {
        let listed =
            "chain cut {\n tcp flags syn counter packets 2 bytes 120 drop\n counter packets 40 bytes 9 reject\n}";
        assert_eq!(packets(listed), 42);
        assert_eq!(packets(""), 0);
    }
}
