//! Deadlines of all users of a thread, in one table that is swept every [`SWEEP`].
//!
//! A timer per request costs an insertion and a removal in a wheel each time, and nearly none ever fires. Here a deadline is a
//! word in an array: setting and clearing it are plain stores, and the sweep reads the array in order: 20,000 users are 160 KB,
//! some ten microseconds. The price is that a time-out is found up to [`SWEEP`] late, which is stated, and small beside time-outs
//! that are a hundred times as long.
//!
//! A slot also keeps its user's waker, for whoever else has something to tell that user.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// How often deadlines are looked at.
pub(crate) const SWEEP: Duration = Duration::from_millis(5);

const NONE: u64 = u64::MAX;
const EXPIRED: u64 = 0;

/// Names a user's slot. Slots live as long as the thread's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotId(u32);

/// The table.
#[derive(Debug)]
pub(crate) struct Slots {
    origin: Instant,
    /// Nanoseconds since the origin.
    deadlines: RefCell<Vec<Cell<u64>>>,
    wakers: RefCell<Vec<Option<Waker>>>,
    free: RefCell<Vec<SlotId>>,
}

/// The deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elapsed;

impl Slots {
    pub(crate) fn new() -> Self {
        Self {
            // A second back, so that no deadline is 0, which means expired.
            origin: Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now),
            deadlines: RefCell::default(),
            wakers: RefCell::default(),
            free: RefCell::default(),
        }
    }

    /// A slot for another user.
    pub(crate) fn take(&self) -> SlotId {
        if let Some(slot) = self.free.borrow_mut().pop() {
            return slot;
        }
        let mut deadlines = self.deadlines.borrow_mut();
        let slot = SlotId(u32::try_from(deadlines.len()).expect("fewer users than 2^32"));
        deadlines.push(Cell::new(NONE));
        self.wakers.borrow_mut().push(None);
        slot
    }

    /// Gives a slot back.
    pub(crate) fn give_back(&self, slot: SlotId) {
        self.clear(slot);
        let waker = self.wakers.borrow_mut()[slot.0 as usize].take();
        drop(waker);
        self.free.borrow_mut().push(slot);
    }

    /// Whom to wake for this slot from now on.
    pub(crate) fn enrol(&self, slot: SlotId, context: &Context<'_>) {
        let mut wakers = self.wakers.borrow_mut();
        let waker = &mut wakers[slot.0 as usize];
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            let before = waker.replace(context.waker().clone());
            drop(wakers);
            drop(before);
        }
    }

    /// Wakes the slot's user.
    pub(crate) fn wake(&self, slot: SlotId) {
        // Cloned, since waking may run code that comes back here.
        let waker = self.wakers.borrow()[slot.0 as usize].clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// From `deadline` on the slot is expired.
    pub(crate) fn set(&self, slot: SlotId, deadline: Instant) {
        let nanos = deadline.saturating_duration_since(self.origin).as_nanos();
        self.put(slot, u64::try_from(nanos).unwrap_or(NONE - 1).max(EXPIRED + 1));
    }

    /// The slot has no deadline any more.
    pub(crate) fn clear(&self, slot: SlotId) {
        self.put(slot, NONE);
    }

    /// Whether the deadline has passed (as of the last sweep).
    pub(crate) fn is_expired(&self, slot: SlotId) -> bool {
        self.deadlines.borrow()[slot.0 as usize].get() == EXPIRED
    }

    /// Wakes everybody whose deadline has passed by `now`.
    pub(crate) fn sweep(&self, now: Instant) {
        let now = u64::try_from(now.saturating_duration_since(self.origin).as_nanos()).unwrap_or(NONE - 1);
        // No allocation unless somebody is late, which is rare.
        let mut expired = Vec::new();
        for (index, deadline) in self.deadlines.borrow().iter().enumerate() {
            let due = deadline.get();
            if due <= now && due != EXPIRED {
                deadline.set(EXPIRED);
                expired.push(SlotId(index as u32));
            }
        }
        for slot in expired {
            self.wake(slot);
        }
    }

    /// The future's output, unless `deadline` passes first. The slot must not have another deadline meanwhile.
    pub(crate) async fn within<F: Future>(
        &self,
        slot: SlotId,
        deadline: Instant,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Elapsed> {
        self.set(slot, deadline);
        let outcome = poll_fn(|context| {
            self.enrol(slot, context);
            match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                Poll::Pending if self.is_expired(slot) => Poll::Ready(Err(Elapsed)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        self.clear(slot);
        outcome
    }

    fn put(&self, slot: SlotId, nanos: u64) {
        self.deadlines.borrow()[slot.0 as usize].set(nanos);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
    };

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_deadline_wakes_once_and_ends_the_wait() {
        let slots = Slots::new();
        let slot = slots.take();
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let deadline = Instant::now() + Duration::from_secs(60);
        let never = pin!(std::future::pending::<()>());
        let mut waiting = pin!(slots.within(slot, deadline, never));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        slots.sweep(deadline - Duration::from_nanos(1));
        assert_eq!(woken.0.load(Ordering::Relaxed), 0, "it is not over yet");
        slots.sweep(deadline);
        slots.sweep(deadline);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(Err(Elapsed)));
        assert!(!slots.is_expired(slot), "the next deadline begins anew");
    }

    #[test]
    fn what_is_done_in_time_leaves_no_deadline() {
        let slots = Slots::new();
        let slot = slots.take();
        let done = pin!(std::future::ready(7));
        let mut waiting = pin!(slots.within(slot, Instant::now(), done));
        let waker = Waker::noop();
        assert_eq!(waiting.as_mut().poll(&mut Context::from_waker(waker)), Poll::Ready(Ok(7)));
        slots.sweep(Instant::now() + Duration::from_secs(9));
        assert!(!slots.is_expired(slot));
    }

    #[test]
    fn slots_are_used_again() {
        let slots = Slots::new();
        let (one, other) = (slots.take(), slots.take());
        assert_ne!(one, other);
        slots.give_back(one);
        assert_eq!(slots.take(), one);
    }
}
