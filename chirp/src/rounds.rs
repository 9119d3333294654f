//! Work that is done again and again, at a pace, until the process stops.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::stop::Stop;

/// Does a round after `first` and then each `every`, until `stop`, which also ends a round under way.
///
/// Rounds never overlap. After one that took too long the next comes at once; what else was missed is not made
/// up for.
pub(crate) async fn each<R>(stop: &Stop, first: Duration, every: Duration, mut round: impl FnMut() -> R)
where
    R: Future<Output = ()>,
{
    let mut ticks = interval_at(Instant::now() + first, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let rounds = async {
        loop {
            ticks.tick().await;
            round().await;
        }
    };
    tokio::select! {
        () = stop.requested() => {}
        () = rounds => {}
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::watch;
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn rounds_come_at_their_pace_and_a_slow_one_is_not_made_up_for() {
        let (trigger, began) = (watch::Sender::new(false), Instant::now());
        let (stop, seen) = (Stop::of(&trigger), Cell::new(Vec::new()));
        let round = || {
            let mut until_now = seen.take();
            until_now.push(began.elapsed().as_secs());
            let is_slow = until_now.len() == 2;
            let is_last = until_now.len() == 4;
            seen.set(until_now);
            let trigger = &trigger;
            async move {
                if is_slow {
                    sleep(SECOND * 5).await;
                }
                if is_last {
                    trigger.send_replace(true);
                    std::future::pending::<()>().await;
                }
            }
        };
        each(&stop, SECOND * 3, SECOND * 2, round).await;
        assert_eq!(seen.take(), [3, 5, 10, 12], "the fifth second's round took until the tenth");
    }
}
