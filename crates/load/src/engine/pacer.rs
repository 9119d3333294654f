//! Keeps arrivals to their intended times.
//!
//! *Precise*: one timer of nanoseconds for the next arrival. *Batched*: steps of a millisecond, fewer wake-ups, arrivals in small
//! bunches (their latency counts from the intended time all the same).

use super::core::{Core, Stage};
use plan::resolved::Pacing;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

const STEP: Duration = Duration::from_millis(1);

/// Releases arrivals until there is none left, or the load is stopped.
pub(super) async fn pace(core: Rc<Core>) {
    let _guard = core.client.alarm.guard();
    while core.stage.get() == Stage::Offered {
        let now = Instant::now();
        core.release(now);
        let Some(due) = core.next_due() else { return };
        match core.pacing {
            Pacing::Precise => wan::timer::sleep_until(due.into()).await,
            Pacing::Batched => tokio::time::sleep_until(due.max(now + STEP).into()).await,
        }
    }
}
