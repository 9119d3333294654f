//! Clock: the wall clock of a region is off, drifts, or jumps to and fro.
//!
//! **What happens in the world.** A clock without NTP drifts by tens of millionths; a bad server or a leap second makes it
//! jump by seconds; a virtual machine that was moved strobes. Last-write-wins then drops acknowledged writes of whoever is
//! behind, tokens expire early, and lags look negative.
//!
//! **What is emulated.** Chirp's own clock of the region: its stamps, heartbeats, and the age of tokens. Timers, time-outs and
//! leases go by a monotonic clock, as they do in a sound program, and are not touched. Nor is the machine's clock.
//!
//! **Proof of effect.** The region is asked for its wall clock (`/livez`), and this is compared with ours in the middle of the
//! exchange: it is off by what was asked for, to a fifth or 20 ms. A drift is proven when at least 20 ms of it and half of
//! what is due have been seen; a strobe when both of its states have. **Proof of removal.** It is off by what it was before.

use super::{Measure, Place, Seeing, Setting, ask};
use futures_util::future::LocalBoxFuture;
use plan::fault::{Clock, ClockError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::sleep;

/// What is smaller can't be told from the way there and back.
const NOISE_MS: i64 = 20;
/// Looks at each state of a strobe.
const LOOKS_PER_STATE: u32 = 4;
const WITHIN: Duration = Duration::from_secs(2);

/// Sees it.
pub(crate) struct ClockMeasure {
    kind: Clock,
    /// By how much it was ahead before, in milliseconds.
    before_ms: i64,
    /// When the wrong began.
    since: Instant,
}

impl ClockMeasure {
    pub(crate) fn new(kind: Clock) -> Self {
        Self { kind, before_ms: 0, since: Instant::now() }
    }

    /// By how much the region's clock is ahead of ours, in milliseconds.
    async fn ahead_ms(&self, place: &Place<'_>) -> Result<i64, String> {
        let door = place.users(&self.kind.region)?;
        let before = unix_ms();
        let answer = ask::get_json(door, "/livez", WITHIN).await?;
        let middle = before + (unix_ms() - before) / 2;
        answer["wall_ms"].as_i64().map(|told| told - middle).ok_or_else(|| "it does not tell its clock".to_owned())
    }

    /// What the clock is off since the injection.
    async fn more_ms(&self, place: &Place<'_>) -> Result<i64, String> {
        Ok(self.ahead_ms(place).await? - self.before_ms)
    }

    async fn strobes(&self, place: &Place<'_>, ms: i64, every: Duration) -> Result<String, String> {
        let mut seen = [false; 2];
        for _ in 0..3 * LOOKS_PER_STATE {
            let more = self.more_ms(place).await?;
            seen[0] |= is_near(more, 0);
            seen[1] |= is_near(more, ms);
            sleep(every / LOOKS_PER_STATE).await;
        }
        let text = |state: bool| if state { "was seen" } else { "was not seen" };
        let text = format!("the right time {}, {ms} ms off {}", text(seen[0]), text(seen[1]));
        if seen == [true; 2] { Ok(text) } else { Err(text) }
    }
}

/// To a fifth, or to the noise.
fn is_near(seen_ms: i64, wanted_ms: i64) -> bool {
    (seen_ms - wanted_ms).abs() <= NOISE_MS.max(wanted_ms.abs() / 5)
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Measure for ClockMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let address = place.peers(&self.kind.region);
        vec![match self.kind.error {
            ClockError::Offset { ms } => Setting::whole(address, "clock-offset", format!("{ms}ms")),
            ClockError::Drift { ppm } => Setting::whole(address, "clock-drift", format!("{ppm}ppm")),
            ClockError::Strobe { ms, every } => {
                Setting::whole(address, "clock-strobe", format!("{ms}ms/{}ms", every.as_millis()))
            }
        }]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            self.before_ms = self.ahead_ms(place).await?;
            self.since = Instant::now();
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            if let ClockError::Strobe { ms, every } = self.kind.error {
                return self.strobes(place, ms, every).await;
            }
            let more = self.more_ms(place).await?;
            let text = format!("the clock of {} is {more} ms further ahead than before", self.kind.region);
            let is_so = match self.kind.error {
                ClockError::Drift { ppm } => {
                    let due = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX) * ppm / 1_000_000;
                    due.abs() >= NOISE_MS && more.signum() == due.signum() && more.abs() >= NOISE_MS.max(due.abs() / 2)
                }
                ClockError::Offset { ms } | ClockError::Strobe { ms, .. } => is_near(more, ms),
            };
            if is_so { Ok(text) } else { Err(text) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            // A strobe is right half of the time: several looks.
            let (looks, pause) = match self.kind.error {
                ClockError::Strobe { every, .. } => (3 * LOOKS_PER_STATE, every / LOOKS_PER_STATE),
                ClockError::Offset { .. } | ClockError::Drift { .. } => (1, Duration::ZERO),
            };
            for _ in 0..looks {
                let more = self.more_ms(place).await?;
                if !is_near(more, 0) {
                    return Err(format!("the clock of {} is still off by {more} ms", self.kind.region));
                }
                sleep(pause).await;
            }
            Ok(format!("the clock of {} is as it was before", self.kind.region))
        })
    }
}
