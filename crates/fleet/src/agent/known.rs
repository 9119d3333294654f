//! What an agent elsewhere knows of controllers' clocks.

use crate::{
    clock::{ClockFilter, Estimate, LocalReading},
    monotonic,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The monotonic clock of a machine on which a controller answers, as far as it is known here.
#[derive(Debug, Clone)]
pub struct KnownClock {
    /// What exchanges have told of it.
    pub filter: ClockFilter,
    /// How many.
    pub exchanges: u32,
    /// The quickest round trip.
    pub round_trip: Duration,
    /// How far its machine's time of day is ahead of it, in nanoseconds.
    pub time_of_day: i128,
    /// The last exchange.
    pub heard: Instant,
}

/// The clocks that are known, by the boots of their machines.
pub type KnownClocks = BTreeMap<String, KnownClock>;

/// What is known from moment to moment.
pub type Clocks = watch::Receiver<KnownClocks>;

/// When it was here, in nanoseconds of this machine's monotonic clock, that the clock of that boot read so many; and by how much
/// that can be off.
///
/// It is told by how far the two are apart **now**: clocks that drift apart during a long run show here at once, and not in how
/// well the beginning is remembered.
pub(super) fn here(clocks: Option<&Clocks>, boot: &str, nanos: u64) -> Result<(i64, Duration), String> {
    let filter = clocks.and_then(|clocks| Some(clocks.borrow().get(boot)?.filter.clone()));
    let filter = filter.ok_or("the run's clock is another machine's, and no offset to it is known")?;
    let now = i64::try_from(monotonic::now().as_nanos()).unwrap_or(i64::MAX);
    let estimate = filter.estimate(LocalReading::from_nanos(now));
    let Estimate { offset, bound } =
        estimate.map_err(|error| format!("the run's clock can't be told here: {error}"))?;
    let here = i64::try_from(nanos).unwrap_or(i64::MAX).saturating_sub(offset.as_nanos());
    Ok((here, bound))
}

/// By how much stamps that count from `start` can be off now.
pub(super) fn bound(clocks: Option<&Clocks>, boot: &str, nanos: u64, start: Instant) -> Option<Duration> {
    let (here, bound) = here(clocks, boot, nanos).ok()?;
    let start = i64::try_from(monotonic::to_nanos(start)).unwrap_or(i64::MAX);
    Some(bound + Duration::from_nanos(here.abs_diff(start)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::clock::{ClockLimits, RemoteReading, Sample};

    #[test]
    fn another_machines_zero_is_told_here_and_an_error_of_it_shows_in_the_bound() {
        let ahead = 5_000_000_000_i64;
        let start = Instant::now();
        let zero_here = i64::try_from(monotonic::to_nanos(start)).unwrap();
        let mut filter = ClockFilter::new(ClockLimits::default());
        let remote = |local: i64| RemoteReading::from_nanos(local + ahead);
        let sent = zero_here + 1_000;
        let sample = Sample {
            sent: LocalReading::from_nanos(sent),
            remote_received: remote(sent + 400_000),
            remote_sent: remote(sent + 500_000),
            received: LocalReading::from_nanos(sent + 1_000_000),
        };
        filter.feed(sample).unwrap();
        let known = KnownClock {
            filter,
            exchanges: 1,
            round_trip: Duration::from_micros(900),
            time_of_day: 0,
            heard: Instant::now(),
        };
        let (_tell, clocks) = watch::channel(KnownClocks::from([("theirs".to_owned(), known)]));
        let zero_there = u64::try_from(zero_here + ahead).unwrap();
        let (told, off) = here(Some(&clocks), "theirs", zero_there).unwrap();
        assert!(Duration::from_nanos(told.abs_diff(zero_here)) <= off, "{told} ± {off:?}, and not {zero_here}");
        assert!(here(Some(&clocks), "another", zero_there).is_err() && here(None, "theirs", zero_there).is_err());
        // Half of a round trip of 0.9 ms, and what it can have drifted since.
        let right = bound(Some(&clocks), "theirs", zero_there, start).unwrap();
        assert!(right >= Duration::from_micros(450), "{right:?}");
        let wrong = bound(Some(&clocks), "theirs", zero_there, start + Duration::from_secs(7)).unwrap();
        assert!(wrong >= Duration::from_secs(7), "{wrong:?}");
    }
}
