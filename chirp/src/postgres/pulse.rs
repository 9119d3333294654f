//! How far behind a standby is, measured by what arrives: the writer writes a row again and again, in the
//! way of all writes, and the standby reads its own copy of it.
//!
//! PostgreSQL's own gauges (`pg_stat_replication`, `pg_last_xact_replay_timestamp`) are the sender's word,
//! or stand still while nobody writes; this one grows by a second per second when replication stops,
//! whatever anybody says.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::engine::Postgres;
use crate::rounds;
use crate::stop::Stop;

/// Signs of life that have arrived.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<Beat>>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    number: i64,
    wall_ms: i64,
    seen: Instant,
}

/// What the last sign of life says, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lag {
    /// The own wall clock now minus the writer's in the sign of life; contains the difference of the clocks.
    pub(crate) lag: f64,
    /// Since it was first seen here, by the own clock alone.
    pub(crate) age: f64,
}

impl Pulse {
    /// Takes note of what is there now.
    fn see(&self, number: i64, wall_ms: i64, now: Instant) {
        let mut last = self.0.lock().expect("the pulse's holder does not panic");
        if last.is_none_or(|last| last.number != number || last.wall_ms != wall_ms) {
            *last = Some(Beat { number, wall_ms, seen: now });
        }
    }

    /// How far behind this server is; none before the first sign of life.
    pub(crate) fn lag(&self, now_ms: u64) -> Option<Lag> {
        let last = (*self.0.lock().expect("the pulse's holder does not panic"))?;
        let age = last.seen.elapsed().as_secs_f64();
        Some(Lag { lag: (now_ms as f64 - last.wall_ms as f64) / 1000.0, age })
    }
}

/// Writes signs of life while this region writes, and looks for them all the time, until `stop`.
pub(super) async fn run(postgres: Postgres, every: Duration, stop: Stop) {
    let round = || async {
        if postgres.writing().is_some()
            && let Err(error) = postgres.beat("heartbeat").await
        {
            tracing::warn!(error, "no sign of life was written");
        }
        if let Some((number, wall_ms)) = postgres.last_beat().await {
            postgres.pulse().see(number, wall_ms, Instant::now());
        }
    };
    rounds::each(&stop, Duration::ZERO, every, round).await;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn the_age_counts_from_the_first_sight_and_not_from_the_last_look() {
        let pulse = Pulse::default();
        assert_eq!(pulse.lag(5000), None);
        let earlier = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        pulse.see(1, 1000, earlier);
        pulse.see(1, 1000, Instant::now());
        let lag = pulse.lag(12_000).unwrap();
        assert!((10.0..11.0).contains(&lag.age), "{lag:?}");
        assert!(
            (11.0..11.1).contains(&lag.lag),
            "it goes on growing after it came, one second after it was written: {lag:?}"
        );
        pulse.see(2, 11_500, Instant::now());
        assert!(pulse.lag(12_000).unwrap().age < 1.0);
    }
}
