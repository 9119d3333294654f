//! What a plan needs of this machine, and whether it is there: said before the load starts, not found out in its middle.
//!
//! | what | how much | why |
//! |---|---|---|
//! | descriptors | users + threads + some | one connection per user; a name's question and a thread's own few |
//! | ports | users of a population ≤ 28,232 × its source addresses | to one address and port, a source address has the ephemeral ports once |
//! | memory | users × 2 KB (TLS: × 24 KB), threads × 8 MB | measured by this crate's benchmark; TLS keeps keys and buffers; the kernel's own (about 4.3 KB for a connection's end) is not in it |
//! | arrivals | at most 1,000,000 a second and thread | only to count so many keeps a core busy; none has brought out a fifth of it |
//!
//! In the open model the number of users is the plan's `users_max`: how many are really needed depends on how slowly the
//! service answers when it is broken, which nobody knows before.

use crate::{
    addresses::{EntryAddress, Scheme, TargetAddresses},
    arrivals::{Parts, Shape, Users},
    health, ledger,
};
use plan::resolved::{LoadModel, ResolvedPlan};

/// Descriptors beside the users': standard streams, a recording's files, a lab's pipes.
const DESCRIPTORS_SPARE: u64 = 256;
/// Descriptors of a thread: its poll set, timer, wake-up and a few questions to resolvers.
const DESCRIPTORS_PER_THREAD: u64 = 16;
/// The ledger's prober has so many requests under way at most.
const DESCRIPTORS_LEDGER: u64 = ledger::IN_FLIGHT_MAX as u64;
/// Beyond this a thread would be busy with counting arrivals that it can't send, and deaf to all else.
const ARRIVALS_PER_THREAD_MAX: u64 = 1_000_000;
const MEMORY_PER_USER: u64 = 2 * 1024;
const MEMORY_PER_TLS_USER: u64 = 24 * 1024;
const MEMORY_PER_THREAD: u64 = 8 << 20;

/// What a plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// Users at the same time at most, of all populations.
    pub users: u64,
    /// Arrivals (or sessions) a second at most, of all populations; none in the closed model.
    pub arrivals: u64,
    /// Threads that generate them.
    pub threads: u64,
    /// Descriptors of this process.
    pub descriptors: u64,
    /// Per population: connections at the same time, and the source addresses they come from (at least 1).
    pub ports: Vec<PortNeeds>,
    /// Bytes.
    pub memory: u64,
}

/// The ports that one population needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortNeeds {
    /// The population's name.
    pub population: String,
    /// Connections at the same time to one address and port.
    pub connections: u64,
    /// Source addresses.
    pub sources: u64,
}

/// What this machine lets the process have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Available {
    /// Descriptors, after the soft limit was raised to the hard one; those in use taken off.
    pub descriptors: u64,
    /// Ephemeral ports per source address.
    pub ports: u64,
    /// Bytes; `None` when the system doesn't say.
    pub memory: Option<u64>,
}

/// What is missing. Everything that is, at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan doesn't fit this machine: {}", .missing.join("; "))]
pub struct Shortage {
    /// One sentence each, with both numbers.
    pub missing: Vec<String>,
}

impl Needs {
    /// What that plan needs when these parts of it are generated here by so many threads.
    #[must_use]
    pub fn of(plan: &ResolvedPlan, addresses: &TargetAddresses, parts: &Parts, threads: usize) -> Self {
        let users = users(plan, parts);
        let total: u64 = users.iter().sum();
        let secure = match &addresses.entry {
            EntryAddress::Name { url, .. } => url.scheme == Scheme::Https,
            EntryAddress::Endpoints(_) => addresses.regions.iter().any(|region| region.url.scheme == Scheme::Https),
        };
        let ledger = if plan.ledger.is_some() { DESCRIPTORS_LEDGER } else { 0 };
        let ports =
            plan.populations.iter().zip(&users).enumerate().map(|(index, (population, connections))| PortNeeds {
                population: population.name.to_string(),
                connections: *connections,
                sources: addresses.user(index).sources.len().max(1) as u64,
            });
        Self {
            users: total,
            arrivals: arrivals(plan, parts),
            threads: threads as u64,
            descriptors: total + ledger + threads as u64 * DESCRIPTORS_PER_THREAD + DESCRIPTORS_SPARE,
            ports: ports.collect(),
            memory: total * if secure { MEMORY_PER_TLS_USER } else { MEMORY_PER_USER }
                + threads as u64 * MEMORY_PER_THREAD,
        }
    }

    /// What both need in one process that has begun with the other: what that has open is no longer free, and not needed again.
    #[must_use]
    pub(crate) fn beside(mut self, other: &Self) -> Self {
        self.users += other.users;
        self.arrivals += other.arrivals;
        self.threads += other.threads;
        self.descriptors += other.descriptors.saturating_sub(health::descriptors());
        for (need, more) in self.ports.iter_mut().zip(&other.ports) {
            need.connections += more.connections;
        }
        self.memory += other.memory;
        self
    }

    /// Compares with what there is.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn check(&self, available: &Available) -> Result<(), Shortage> {
        let mut missing = Vec::new();
        let arrivals_max = self.threads * ARRIVALS_PER_THREAD_MAX;
        if self.arrivals > arrivals_max {
            missing.push(format!(
                "{} arrivals a second are asked for, {} thread(s) can bring out {arrivals_max} at the very most: lower the \
                 load's rate, or spread it over agents on more machines",
                self.arrivals, self.threads
            ));
        }
        if self.descriptors > available.descriptors {
            missing.push(format!(
                "{} file descriptors are needed ({} users with a connection each), {} are free: \
                 lower users_max, raise `ulimit -Hn`, or spread the load over several agents",
                self.descriptors, self.users, available.descriptors
            ));
        }
        for need in &self.ports {
            let there = need.sources * available.ports;
            if need.connections > there {
                missing.push(format!(
                    "population {} needs {} ports, {} source address(es) have {there}: \
                     lower users_max or give it more source addresses",
                    need.population, need.connections, need.sources
                ));
            }
        }
        if let Some(memory) = available.memory
            && self.memory > memory
        {
            let mebibytes = |bytes: u64| bytes >> 20;
            let (needed, there) = (mebibytes(self.memory), mebibytes(memory));
            missing.push(format!("{needed} MiB of memory are needed, {there} MiB are free: lower users_max"));
        }
        if missing.is_empty() { Ok(()) } else { Err(Shortage { missing }) }
    }
}

impl Available {
    /// What this machine lets the process have; raises the soft limit of descriptors to the hard one.
    #[must_use]
    pub fn raise() -> Self {
        let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
        Self {
            descriptors: health::raise_descriptors().saturating_sub(health::descriptors()),
            ports: ports_in(&range).unwrap_or(28_232),
            memory: health::memory_available(),
        }
    }
}

/// Arrivals a second when the load is largest.
fn arrivals(plan: &ResolvedPlan, parts: &Parts) -> u64 {
    if matches!(plan.load.model, LoadModel::Closed) {
        return 0;
    }
    let peak = Shape::new(&plan.load.stages).peak();
    let of =
        |(index, share): (usize, f64)| parts.of(index).map_or(0, |part| part.count_below((peak * share).ceil() as u64));
    plan.populations.iter().map(|population| population.share.fraction()).enumerate().map(of).sum()
}

/// Users at the same time, by population.
fn users(plan: &ResolvedPlan, parts: &Parts) -> Vec<u64> {
    if !matches!(plan.load.model, LoadModel::Closed) {
        let users = |population| u64::from(parts.users(population, plan.load.connections.users_max));
        return (0..plan.populations.len()).map(users).collect();
    }
    let shares: Vec<_> = plan.populations.iter().map(|population| population.share).collect();
    let mut users = vec![0; plan.populations.len()];
    for user in Users::new(&Shape::new(&plan.load.stages), &shares, parts) {
        users[user.population] += 1;
    }
    users
}

/// How many ports lie in a range as the kernel writes it.
fn ports_in(range: &str) -> Option<u64> {
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some(last.checked_sub(first)? + 1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn needs() -> Needs {
        let ports = PortNeeds { population: "europe".to_owned(), connections: 30_000, sources: 1 };
        Needs {
            users: 30_000,
            arrivals: 3_000_001,
            threads: 2,
            descriptors: 30_300,
            ports: vec![ports],
            memory: 200 << 20,
        }
    }

    #[test]
    fn what_is_missing_is_said_with_both_numbers_and_all_at_once() {
        let available = Available { descriptors: 19_000, ports: 28_232, memory: Some(100 << 20) };
        let shortage = needs().check(&available).unwrap_err();
        assert_eq!(shortage.missing.len(), 4, "{shortage}");
        for numbers in [["3000001", "2000000"], ["30300", "19000"], ["30000", "28232"], ["200 MiB", "100 MiB"]] {
            let said = |text: &String| numbers.iter().all(|number| text.contains(number));
            assert!(shortage.missing.iter().any(said), "{numbers:?} in {shortage}");
        }
    }

    #[test]
    fn more_source_addresses_are_more_ports() {
        let available = Available { descriptors: 40_000, ports: 28_232, memory: None };
        assert!(needs().check(&available).is_err());
        let mut needs = Needs { arrivals: 2_000_000, ..needs() };
        needs.ports[0].sources = 2;
        assert_eq!(needs.check(&available), Ok(()));
    }

    #[test]
    fn the_kernels_port_range_is_inclusive() {
        assert_eq!(ports_in("32768\t60999\n"), Some(28_232));
        assert_eq!(ports_in(""), None);
        assert_eq!(ports_in("9 1"), None);
    }
}
