//! What a resolver said, and until when it holds. Pure: time comes in as a value.

use std::{
    net::IpAddr,
    rc::Rc,
    time::{Duration, Instant},
};

/// "No such name" is believed no longer than this: stub resolvers keep it for seconds, not for the hours that a zone may ask for.
pub(super) const NEGATIVE_MAX: Duration = Duration::from_secs(30);
/// Any other failure is believed for so long (RFC 9520 section 3.2).
const FAILURE: Duration = Duration::from_secs(1);
/// No answer is believed longer (RFC 2181 has 68 years; resolvers in use have a day).
const POSITIVE_MAX: Duration = Duration::from_secs(86_400);

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// In the resolver's order; never empty.
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ttl: Duration,
}

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameFailure {
    /// There is no such name, or it has no address.
    #[error("the name has no address")]
    NoAddress { ttl: Duration },
    /// The resolver failed or refused.
    #[error("the resolver failed")]
    Server,
    /// No resolver answered.
    #[error("no resolver answered in time")]
    Timeout,
}

/// The memory of one name.
#[derive(Debug, Default)]
pub(super) struct Cached {
    latest: Option<Result<Rc<[IpAddr]>, NameFailure>>,
    holds_until: Option<Instant>,
    /// Sorted, of the last good answer, since resolvers rotate equal answers.
    known: Vec<IpAddr>,
}

/// What a memory says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    Known(Result<Rc<[IpAddr]>, NameFailure>),
    Ask,
}

impl Cached {
    pub(super) fn look(&self, now: Instant) -> Look {
        match (&self.latest, self.holds_until) {
            (Some(latest), Some(until)) if now < until => Look::Known(latest.clone()),
            _ => Look::Ask,
        }
    }

    /// What was said last, whether it still holds or not.
    pub(super) fn latest(&self) -> Result<Rc<[IpAddr]>, NameFailure> {
        self.latest.clone().unwrap_or(Err(NameFailure::Server))
    }

    /// Files what was said; says whether the addresses are others than before.
    pub(super) fn store(&mut self, now: Instant, answer: Result<Answer, NameFailure>) -> bool {
        let (latest, holds) = match answer {
            Ok(Answer { addresses, ttl }) => (Ok(addresses.into()), ttl.min(POSITIVE_MAX)),
            Err(failure @ NameFailure::NoAddress { ttl }) => (Err(failure), ttl.min(NEGATIVE_MAX)),
            Err(failure) => (Err(failure), FAILURE),
        };
        let mut sorted: Vec<IpAddr> = latest.iter().flat_map(|addresses: &Rc<[IpAddr]>| addresses.to_vec()).collect();
        sorted.sort_unstable();
        let changed = latest.is_ok() && sorted != self.known;
        if changed {
            self.known = sorted;
        }
        self.latest = Some(latest);
        self.holds_until = now.checked_add(holds);
        changed
    }
}
