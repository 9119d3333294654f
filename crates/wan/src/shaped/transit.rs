//! What a stream holds while bytes are on the way, and only then: two lanes and one sleep.
//!
//! An idle stream has none of it. Emptied ones wait in a small pool per thread, so that a request doesn't pay for
//! allocating buffers; the pool keeps small buffers only and never a sleep, which belongs to its runtime.

use super::lane::Lane;
use crate::timer::{self, Sleep};
use std::{
    cell::RefCell,
    task::{Context, Poll},
};
use tokio::time::Instant;

const POOLED: usize = 64;

/// Streams hold a pointer, so that idle ones are small; the boxes are what is pooled.
type Pool = RefCell<Vec<Box<Transit>>>;

thread_local! {
    static POOL: Pool = const { RefCell::new(Vec::new()) };
}

#[derive(Debug, Default)]
pub(super) struct Transit {
    /// From the owner to the socket.
    pub(super) forward: Lane,
    /// From the socket to the owner.
    pub(super) backward: Lane,
    sleep: Option<Sleep>,
}

impl Transit {
    pub(super) fn take() -> Box<Self> {
        POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten().unwrap_or_default()
    }

    /// Gives it back, dropping what is on the way.
    pub(super) fn give_back(mut self: Box<Self>) {
        self.forward.clear();
        self.backward.clear();
        self.sleep = None;
        // A thread that ends has no pool any more; then it is simply freed.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < POOLED {
                pool.push(self);
            }
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.forward.is_empty() && self.backward.is_empty()
    }

    /// Waits for that instant in the name of this task.
    pub(super) fn poll_sleep(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| timer::sleep_until(until));
        sleep.reset(until);
        std::pin::Pin::new(sleep).poll(context)
    }
}
