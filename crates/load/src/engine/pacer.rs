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
/// Nobody sleeps longer: a load that is held, or goes on, has other times.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Releases arrivals until the load is over or stopped.
pub(super) async fn pace(core: Rc<Core>) {
    let _guard = core.client.alarm.guard();
    while core.stage.get() == Stage::Offered {
        core.follow();
        let now = Instant::now();
        core.release(now);
        let look = now + LOOK_EVERY;
        let due = core.next_due().map_or(look, |due| due.min(look));
        match core.pacing {
            Pacing::Precise => wan::timer::sleep_until(due.into()).await,
            Pacing::Batched => tokio::time::sleep_until(due.max(now + STEP).into()).await,
        }
    }
}
