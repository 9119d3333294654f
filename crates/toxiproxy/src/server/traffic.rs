//! Bytes that went through a proxy, for `/metrics`.

use crate::model::Direction;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of one proxy, by direction. It outlives restarts of its listener.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    received: [AtomicU64; 2],
    sent: [AtomicU64; 2],
}

impl Traffic {
    pub(crate) fn received(&self, direction: Direction, bytes: usize) {
        self.received[direction as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, direction: Direction, bytes: usize) {
        self.sent[direction as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Name of the metric and what it stands at, in a direction.
    pub(crate) fn counters(&self, direction: Direction) -> [(&'static str, u64); 2] {
        let read = |counters: &[AtomicU64; 2]| counters[direction as usize].load(Ordering::Relaxed);
        [
            ("toxiproxy_proxy_received_bytes_total", read(&self.received)),
            ("toxiproxy_proxy_sent_bytes_total", read(&self.sent)),
        ]
    }
}
