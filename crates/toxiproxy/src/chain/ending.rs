//! The toxics that decide how and when a connection ends: slow_close, timeout, reset_peer, limit_data.

use super::{
    Ending, Front, pacing,
    queue::{Item, Queue},
    stage::Step,
};
use std::time::Duration;

/// Data goes on at once, an end after a delay.
pub(super) fn slow_close(queue: &mut Queue, delay: Duration, now: Duration) -> Step {
    match queue.first() {
        Some(Item { what: Front::End(_), entered, .. }) if *entered + delay > now => Step::Wait(Some(*entered + delay)),
        _ => pacing::pass(queue),
    }
}

/// Data is dropped; a silence as long as the timeout closes the connection, so each chunk puts the close off. With a timeout of 0
/// only an end of the source does.
pub(super) fn timeout(queue: &mut Queue, silent_since: &mut Duration, timeout: Duration, now: Duration) -> Step {
    while let Some(Item { what: Front::Data(_), entered, .. }) = queue.first() {
        *silent_since = (*silent_since).max(*entered);
        queue.pop();
    }
    let ended = queue.first().is_some();
    if timeout.is_zero() {
        return if ended { Step::End(Ending::Closed) } else { Step::Wait(None) };
    }
    let at = *silent_since + timeout;
    if at <= now { Step::End(Ending::Closed) } else { Step::Wait(Some(at)) }
}

/// The first chunk, or an end, starts the timeout; then both ends are reset. What came meanwhile waits, so that a connection goes
/// on unharmed when the toxic is removed before.
pub(super) fn reset_peer(queue: &Queue, timeout: Duration, now: Duration) -> Step {
    let Some(first) = queue.first() else { return Step::Wait(None) };
    let at = first.entered + timeout;
    if at <= now { Step::End(Ending::Reset) } else { Step::Wait(Some(at)) }
}

/// So many bytes go on, then the connection is closed: right after the last of them, or at the next chunk when the limit was
/// lowered below what has passed.
pub(super) fn limit_data(queue: &mut Queue, passed: &mut u64, bytes: u64) -> Step {
    let Some(first) = queue.first() else {
        let reached = *passed > 0 && *passed == bytes;
        return if reached { Step::End(Ending::Closed) } else { Step::Wait(None) };
    };
    if matches!(first.what, Front::End(_)) {
        return pacing::pass(queue);
    }
    let left = bytes.saturating_sub(*passed);
    if left == 0 {
        return Step::End(Ending::Closed);
    }
    let part = queue.pop_part(usize::try_from(left).unwrap_or(usize::MAX));
    part.map_or(Step::Wait(None), |part| {
        *passed += part.len() as u64;
        Step::Pass(part)
    })
}
