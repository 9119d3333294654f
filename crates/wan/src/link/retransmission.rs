//! When TCP sends again what a black hole swallowed.
//!
//! A hole that ends is not noticed at once: the sender finds out with its next retransmission, and the waits double. After
//! a cut of 30 s on a path of 100 ms an established connection moves again 38.1 s after its first lost byte, not 30. Users
//! feel that as recovery time, so it is emulated and not rounded away.
//!
//! - Established: time-out = round trip + 200 ms (Linux's floor on the variance part, on a calm path; RFC 6298 would say
//!   1 s), doubling up to 120 s, fifteen times (`tcp_retries2`), then the connection has timed out.
//! - Connecting: again after 1, 3, 7, 15, 31, 63 s (`tcp_syn_retries` 6), given up at 127 s. Newer kernels retry linearly
//!   first; the doubling is what RFC 6298 says and what most of the field's machines do.

use super::time::LinkTime;
use std::time::Duration;

/// How often a SYN is sent in all.
pub const CONNECT_ATTEMPTS_MAX: u32 = 7;
/// How often a segment is sent again before the connection has timed out.
pub const SEGMENT_ATTEMPTS_MAX: u32 = 15;

const TIMEOUT_FLOOR: Duration = Duration::from_millis(200);
const TIMEOUT_MAX: Duration = Duration::from_secs(120);

/// The first retransmission time-out on a calm path.
#[must_use]
pub fn retransmission_timeout(round_trip: Duration) -> Duration {
    round_trip.saturating_add(TIMEOUT_FLOOR).min(TIMEOUT_MAX)
}

/// The first retransmission at or after `now` of a segment first sent at `sent`; `None` when the sender has given up.
#[must_use]
pub fn next_retransmission(sent: LinkTime, now: LinkTime, round_trip: Duration) -> Option<LinkTime> {
    let mut timeout = retransmission_timeout(round_trip);
    let mut at = sent;
    for _ in 0..SEGMENT_ATTEMPTS_MAX {
        at = at.plus(timeout);
        if at >= now {
            return Some(at);
        }
        timeout = (timeout * 2).min(TIMEOUT_MAX);
    }
    None
}

/// When the sender of a segment first sent at `sent` gives up: after its last retransmission has had its time too.
#[must_use]
pub fn gives_up(sent: LinkTime, round_trip: Duration) -> LinkTime {
    let first = retransmission_timeout(round_trip);
    let wait = |number: u32| first.saturating_mul(1 << number).min(TIMEOUT_MAX);
    (0..=SEGMENT_ATTEMPTS_MAX).fold(sent, |at, number| at.plus(wait(number)))
}

/// When the SYN number `attempt` (from 0) is sent, after the first; for [`CONNECT_ATTEMPTS_MAX`] and above: when the
/// connect has timed out.
#[must_use]
pub fn connect_attempt(attempt: u32) -> Duration {
    Duration::from_secs((1 << attempt.min(CONNECT_ATTEMPTS_MAX)) - 1)
}
