//! From which of this machine's own addresses users come, where their target is on this machine too.
//!
//! A connection is four numbers: two addresses and two ports. Towards one address and port, a source address has the kernel's
//! ephemeral ports once: 28,232 of them by default. The kernel looks for a free one among the even half first, and then at one
//! after the other: from about 14,000 connections on each further one takes longer to open (measured: 15,000 in 1.4 to 4.5 s
//! instead of 0.7 s). All of 127.0.0.0/8 is this machine, so a population simply gets as many addresses as keep each of them
//! below that, with room for the ports that closed connections hold for a while.
//!
//! Population k has 127.(65+k).0.0/16, where nobody else is: a steering tells from the asker's address where it is. The
//! lab's regions are below that.

use super::{LoadModel, ResolvedPlan};
use std::net::Ipv4Addr;
use units::Share;

/// The second number of the first population's network.
const FIRST_NETWORK: usize = 65;
/// Networks that are left for populations.
const POPULATIONS_MAX: usize = 190;
/// Users whose connections come from one address.
const USERS_PER_SOURCE: u32 = 10_000;
/// So many there are in any case: somebody who opens a connection for each request needs ports for the closed ones as well.
const SOURCES_MIN: u32 = 4;
/// Addresses with one third number; also how many third numbers are used.
const PER_THIRD_NUMBER: u32 = 250;

impl ResolvedPlan {
    /// How many users of a population there are at the same time at most; each has a connection at most.
    #[must_use]
    pub fn users_of(&self, population: usize) -> u32 {
        let share = self.populations.get(population).map(|population| population.share);
        share.map_or(0, |share| users(self.load.model, self.load.connections.users_max, share))
    }

    /// The addresses of this machine that a population's users come from.
    ///
    /// # Panics
    /// There are more than 190 populations before it, which no plan has.
    #[must_use]
    pub fn loopback_sources(&self, population: usize) -> Vec<Ipv4Addr> {
        sources(population_network(population), self.users_of(population))
    }
}

/// The second number of the addresses that a population's users come from.
///
/// # Panics
/// There are more than 190 populations before it, which no plan has.
#[must_use]
pub fn population_network(population: usize) -> u8 {
    assert!(population < POPULATIONS_MAX, "the plan's limits keep populations within 127.0.0.0/8");
    u8::try_from(FIRST_NETWORK + population).expect("the networks that are left end at 254")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a u32, rounded up, which is at most that"
)]
fn users(model: LoadModel, users_max: u32, share: Share) -> u32 {
    match model {
        LoadModel::Closed => users_max.min((f64::from(users_max) * share.fraction()).ceil() as u32 + 1),
        LoadModel::Open | LoadModel::PartlyOpen { .. } => users_max,
    }
}

fn sources(network: u8, users: u32) -> Vec<Ipv4Addr> {
    let count = users.div_ceil(USERS_PER_SOURCE).clamp(SOURCES_MIN, PER_THIRD_NUMBER * PER_THIRD_NUMBER);
    let number = |index: u32| u8::try_from(index).expect("both numbers are at most 250");
    let address =
        |index| Ipv4Addr::new(127, network, number(index / PER_THIRD_NUMBER), number(1 + index % PER_THIRD_NUMBER));
    (0..count).map(address).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_address_has_at_most_ten_thousand_users_and_is_there_once() {
        for (users, expected) in
            [(1, 4), (40_000, 4), (40_001, 5), (3_000_000, 300), (60_000_000, 6_000), (u32::MAX, 62_500)]
        {
            let sources = sources(population_network(3), users);
            assert_eq!(sources.len(), expected, "{users} users");
            assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), expected, "no address is given twice");
            assert!(sources.iter().all(|source| source.octets()[..2] == [127, 68] && source.octets()[3] != 0));
        }
    }

    #[test]
    fn users_of_the_closed_model_are_shared_and_others_are_the_limit() {
        let share = Share::from_parts_per_million(455_500).unwrap();
        assert_eq!(users(LoadModel::Closed, 1_000, share), 457, "455 or 456, and one for the rounding of others");
        assert_eq!(users(LoadModel::Closed, 1_000, Share::WHOLE), 1_000);
        assert_eq!(users(LoadModel::Open, 1_000, share), 1_000);
    }
}
