//! One machine's monotonic clock, as a number that another process of the same boot understands.
//!
//! [`std::time::Instant`] has no form that travels. `CLOCK_MONOTONIC` has: nanoseconds since the boot, the same in every
//! process. An instant is converted by looking at both clocks at once, which is exact to less than a microsecond.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Looks at both clocks, of which the closest counts.
const LOOKS: usize = 9;

/// Now, on the machine's monotonic clock.
#[must_use]
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// That instant on the machine's monotonic clock, in nanoseconds.
#[must_use]
pub fn to_nanos(instant: Instant) -> u64 {
    let (now, clock) = both();
    let at = match now.checked_duration_since(instant) {
        Some(ago) => clock.saturating_sub(ago),
        None => clock + instant.saturating_duration_since(now),
    };
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// The instant of a time on the machine's monotonic clock; `None` when no instant lies so far away.
#[must_use]
pub fn from_nanos(nanos: u64) -> Option<Instant> {
    let ((now, clock), at) = (both(), Duration::from_nanos(nanos));
    match clock.checked_sub(at) {
        Some(ago) => now.checked_sub(ago),
        None => now.checked_add(at.saturating_sub(clock)),
    }
}

/// One moment on both clocks. A thread may be put aside between two looks, so the closest of some pairs counts.
fn both() -> (Instant, Duration) {
    let look = || {
        let (before, clock, after) = (Instant::now(), now(), Instant::now());
        (after.saturating_duration_since(before), before, clock)
    };
    let closest = (0..LOOKS).map(|_| look()).min_by_key(|(apart, ..)| *apart);
    closest.map_or_else(|| (Instant::now(), now()), |(apart, before, clock)| (before + apart / 2, clock))
}

/// The boot of this machine: processes of one boot share the clock. Empty when the kernel doesn't say.
#[must_use]
pub fn boot() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn an_instant_survives_its_way_through_a_number() {
        let now = Instant::now();
        for instant in [now, now - Duration::from_millis(1_500), now + Duration::from_secs(90)] {
            let back = from_nanos(to_nanos(instant)).unwrap();
            let off = back.max(instant) - back.min(instant);
            // Two looks at two clocks; a machine that pauses between them is off by the pause.
            assert!(off < Duration::from_secs(1), "{off:?}");
        }
        assert!(!boot().is_empty());
    }
}
