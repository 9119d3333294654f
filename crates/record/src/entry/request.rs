//! Requests and what comes before them, second by second.

use crate::Histogram;
use std::time::Duration;
use units::RunTime;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All checks held.
    Ok,
    /// The connection was refused, or no route.
    Refused,
    /// The connection broke.
    Reset,
    /// A time-out of any phase.
    Timeout,
    /// The name did not resolve.
    Dns,
    /// The TLS handshake failed.
    Tls,
    /// Status 500..=599.
    ServerError,
    /// Another status than expected, or a check of the body or headers failed.
    Wrong,
    /// Not HTTP, or more than the client takes.
    Protocol,
}

impl Outcome {
    /// Every outcome, success first.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Refused,
        Self::Reset,
        Self::Timeout,
        Self::Dns,
        Self::Tls,
        Self::ServerError,
        Self::Wrong,
        Self::Protocol,
    ];

    /// As written in recordings and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::ServerError => "server-error",
            Self::Wrong => "wrong",
            Self::Protocol => "protocol",
        }
    }

    /// Whether the request succeeded.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }
}

/// Requests (intents: all attempts of one request are one) of one kind, intended in one second. Several of one key add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The second of the run in which they were intended.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// Region index of the last attempt's answer; `None`: nobody answered, or it is unknown who.
    pub served_by: Option<usize>,
    /// Step index, through all journeys.
    pub step: usize,
    /// How they ended.
    pub outcome: Outcome,
    /// How many, by tenth of the second in which they were intended.
    pub tenths: [u32; 10],
    /// Attempts they took; at least their number, less those that never got to an attempt.
    pub attempts: u64,
    /// Response time: done − intended.
    pub response: Histogram,
    /// Service time: done − sent, last attempt.
    pub service: Histogram,
    /// Time to first byte: first byte − sent, last attempt; only those that got one.
    pub first_byte: Histogram,
}

impl Interval {
    /// How many requests.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tenths.iter().map(|count| u64::from(*count)).sum()
    }
}

impl Interval {
    /// An interval without requests.
    #[must_use]
    pub fn empty(second: u64, population: usize, served_by: Option<usize>, step: usize, outcome: Outcome) -> Self {
        Self {
            second,
            population,
            served_by,
            step,
            outcome,
            tenths: [0; 10],
            attempts: 0,
            response: Histogram::new(),
            service: Histogram::new(),
            first_byte: Histogram::new(),
        }
    }

    /// Adds a request: intended at `intended` (which must lie in this second), answered after `response`.
    pub fn add(&mut self, intended: RunTime, attempts: u32, response: Duration) {
        debug_assert_eq!(intended.second(), self.second, "a request is filed under its intended second");
        let tenth = (intended.as_micros() / 100_000 % 10) as usize;
        self.tenths[tenth] = self.tenths[tenth].saturating_add(1);
        self.attempts += u64::from(attempts);
        self.response.record(response);
    }
}

/// A phase before the request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Name resolution that was not answered from the cache.
    Dns,
    /// TCP connect.
    Connect,
    /// TLS handshake.
    Tls,
}

/// Successful phases of one population towards one region in one second (by the time the phase began).
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseInterval {
    /// The second of the run.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// Region index the phase went to; `None` for DNS or an unknown address.
    pub region: Option<usize>,
    /// Which phase.
    pub phase: Phase,
    /// How long it took.
    pub duration: Histogram,
}
