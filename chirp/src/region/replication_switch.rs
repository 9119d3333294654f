//! Stopping replication on purpose: the region no longer reads what others write.
//!
//! Everything else goes on: users are served, peers read our log, connections stay possible, the health
//! check is content. So nothing tells that the region falls behind but the age of the newest heartbeat.
//! That is the point: `frozen-lag-gauge` takes even the lag away.

use tokio::sync::watch;

/// Whether the region reads its peers.
#[derive(Debug)]
pub(super) struct ReplicationSwitch(watch::Sender<bool>);

impl ReplicationSwitch {
    /// It does.
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Whether reading is stopped.
    pub(super) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Stops reading, or lets it go on.
    pub(super) fn set_stopped(&self, stopped: bool) {
        self.0.send_replace(stopped);
    }

    /// Waits until reading is stopped.
    pub(super) async fn stopped(&self) {
        self.wait_for(true).await;
    }

    /// Waits until reading may go on.
    pub(super) async fn running(&self) {
        self.wait_for(false).await;
    }

    async fn wait_for(&self, wanted: bool) {
        let mut changes = self.0.subscribe();
        changes.wait_for(|stopped| *stopped == wanted).await.expect("the sender is in self");
    }
}
