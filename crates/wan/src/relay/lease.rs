//! Leases: a fault that is not renewed heals itself. Pure; time comes in as a value.
//!
//! A controller that dies must not leave a cut behind. So each fault that a relay is given runs out by itself, and only a
//! controller that is alive keeps it.

use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;
use units::FaultName;

/// No lease is longer: a forgotten fault is gone after an hour at the latest.
pub const LEASE_MAX: Duration = Duration::from_hours(1);

#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<FaultName, Lease>);

#[derive(Debug, Clone, Copy)]
struct Lease {
    length: Duration,
    ends: Instant,
}

impl Leases {
    /// Starts a lease, or starts it anew.
    pub(super) fn grant(&mut self, fault: FaultName, length: Duration, now: Instant) {
        self.0.insert(fault, Lease { length, ends: now + length });
    }

    /// Another term of the same length; false when there is no lease.
    pub(super) fn renew(&mut self, fault: &FaultName, now: Instant) -> bool {
        let Some(lease) = self.0.get_mut(fault) else { return false };
        lease.ends = now + lease.length;
        true
    }

    /// Ends a lease; false when there was none.
    pub(super) fn end(&mut self, fault: &FaultName) -> bool {
        self.0.remove(fault).is_some()
    }

    /// When the next one runs out.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.0.values().map(|lease| lease.ends).min()
    }

    /// Takes out those that have run out.
    pub(super) fn take_ended(&mut self, now: Instant) -> Vec<FaultName> {
        self.0.extract_if(.., |_, lease| lease.ends <= now).map(|(fault, _)| fault).collect()
    }

    /// Each fault with the time it has left, in order of names.
    pub(super) fn left(&self, now: Instant) -> impl Iterator<Item = (&FaultName, Duration)> {
        self.0.iter().map(move |(fault, lease)| (fault, lease.ends.saturating_duration_since(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_runs_out_unless_it_is_renewed() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let (one, other) = (FaultName::new("one"), FaultName::new("other"));
        let mut leases = Leases::default();
        leases.grant(one.clone(), Duration::from_secs(5), at(0));
        leases.grant(other.clone(), Duration::from_secs(7), at(0));
        assert_eq!(leases.next_end(), Some(at(5)));
        assert!(leases.renew(&one, at(4)));
        assert_eq!(leases.take_ended(at(6)), []);
        assert_eq!(leases.left(at(6)).map(|(_, left)| left.as_secs()).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(leases.take_ended(at(7)), std::slice::from_ref(&other));
        assert!(!leases.renew(&other, at(7)), "what has run out can't be renewed");
        assert!(leases.end(&one));
        assert!(!leases.end(&one));
        assert_eq!(leases.next_end(), None);
    }
}
