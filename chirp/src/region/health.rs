//! The deep health check: does this region do what users need it for?
//!
//! A process that answers "ok" because it runs says nothing about its disk. This check takes the way of
//! a user's write: through the queue, into a transaction, to the disk, and reads the result back, all
//! within a deadline. It fails while catching up, too, for then the region cannot serve.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Region, authority};
use crate::defects::Defect;
use crate::engine::Engine;

/// The outcome of the last check, for the metrics.
#[derive(Debug, Default)]
pub(super) struct LastCheck(AtomicBool);

impl LastCheck {
    /// Whether the last check went well; not before the first one.
    pub(super) fn is_healthy(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Checks the region; the error is the reason, for people. This is the truth: what is said instead is
/// [`Conditions::health_lie`](crate::condition::Conditions::health_lie).
pub(super) async fn check(region: &Region) -> Result<(), String> {
    let outcome = if region.defects.has(Defect::ShallowHealth) {
        Ok(()) // DEFECT shallow-health
    } else if region.is_serving() {
        check_storage(region).await
    } else {
        Err("catching up".to_owned())
    };
    let outcome = match authority::standby(region) {
        Some(reason) => Err(reason.to_owned()),
        None => outcome,
    };
    region.metrics.last_check().0.store(outcome.is_ok(), Ordering::Relaxed);
    outcome
}

async fn check_storage(region: &Region) -> Result<(), String> {
    let deadline = region.limits.health_deadline;
    if let Engine::Postgres(postgres) = &region.engine {
        return postgres.check(deadline).await;
    }
    let write_and_read = async {
        let written = region.writer.write(deadline, |session| session.probe()).await;
        let written = written.map_err(|error| format!("storage write: {error}"))?;
        let read = region.read(|store| store.probed()).await.map_err(|error| format!("storage read: {error}"))?;
        match read {
            Some(read) if read >= written => Ok(()),
            read => Err(format!("storage read: wrote {written}, read {read:?}")),
        }
    };
    let late = || Err(format!("storage did not answer within {} ms", deadline.as_millis()));
    tokio::time::timeout(deadline, write_and_read).await.unwrap_or_else(|_| late())
}
