//! The gate in front of the disk, where storage goes wrong on purpose.
//!
//! | condition | a commit | its writer |
//! |---|---|---|
//! | `storage-stalled` | waits until that is over | hears nothing, or that its deadline has passed |
//! | `storage-slow` | waits so long | hears of it later |
//! | `storage-full`, `storage-read-only` | does not happen | hears that the storage failed |
//!
//! A disk that hangs is the nastiest of them, for nothing returns an error. Reads go on in all, as they do from a
//! page cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::condition::{Condition, Conditions};

/// A wait is looked at again after this long at the latest.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The way to the disk. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorageGate {
    conditions: Conditions,
    is_closing: Arc<AtomicBool>,
}

/// Why a commit does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GateError {
    /// As the kernel says it.
    #[error("no space left on device")]
    Full,
    /// As the kernel says it.
    #[error("read-only file system")]
    ReadOnly,
}

impl StorageGate {
    /// With what is wrong behind it.
    pub(crate) fn new(conditions: &Conditions) -> Self {
        Self { conditions: conditions.clone(), is_closing: Arc::default() }
    }

    /// The region stops: nobody waits at the gate any more.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        self.conditions.tell_of_change();
    }

    /// Waits until a commit may go on. The wait ends at the latest when the region stops; answers whether
    /// the commit may happen.
    pub(super) fn pass(&self) -> Result<bool, GateError> {
        let arrived = Instant::now();
        self.conditions.block_while(|| {
            if self.is_closing.load(Ordering::Acquire) {
                return None;
            }
            self.wait(arrived)
        });
        self.refusal().map_or(Ok(!self.conditions.is(Condition::StorageStalled)), Err)
    }

    /// The same for who waits without a thread of its own.
    pub(crate) async fn pass_async(&self) -> Result<(), GateError> {
        let arrived = Instant::now();
        let mut changes = self.conditions.changes();
        while let Some(at_most) = self.wait(arrived) {
            // Both mean: look again. The sender is in the conditions.
            let _ = tokio::time::timeout(at_most, changes.changed()).await;
        }
        self.refusal().map_or(Ok(()), Err)
    }

    /// How long at most before a commit that came then is to look again; none if it need not wait.
    fn wait(&self, arrived: Instant) -> Option<Duration> {
        if self.conditions.is(Condition::StorageStalled) {
            return Some(LOOK_EVERY);
        }
        let slow = self.conditions.time(Condition::StorageSlow)?;
        slow.checked_sub(arrived.elapsed()).filter(|left| !left.is_zero())
    }

    fn refusal(&self) -> Option<GateError> {
        if self.conditions.is(Condition::StorageFull) {
            return Some(GateError::Full);
        }
        self.conditions.is(Condition::StorageReadOnly).then_some(GateError::ReadOnly)
    }
}
