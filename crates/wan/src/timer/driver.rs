//! The driver of one thread: heap, slots, kernel timer, and the task that wakes what is due.
//!
//! The state is thread-local and no waker is ever woken or dropped while it is borrowed, since either may run code that
//! sleeps or cancels.

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BinaryHeap,
    io,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};
use tokio::io::{Interest, unix::AsyncFd};

/// Cancelled entries are swept from the heap when there are more of them than this and than live ones.
const CANCELLED_KEPT: usize = 1_024;
/// Wakers taken out at a time, so that the list stays small after a bunch.
const WOKEN_AT_ONCE: usize = 256;

static NEXT_ID: AtomicU32 = AtomicU32::new(1);

thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Names a registered sleep. One that has fired, was cancelled, or belongs to another thread is simply not found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    driver: u32,
    slot: u32,
    generation: u32,
}

struct Driver {
    id: u32,
    base: Instant,
    timer: Arc<OwnedFd>,
    /// What the kernel timer is set to; `u64::MAX` when to nothing.
    armed: u64,
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    deadline: u64,
    slot: u32,
    generation: u32,
}

struct Slot {
    generation: u32,
    waker: Option<Waker>,
}

pub(super) fn start() -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let timer = Arc::new(timer);
    let events = watch(Arc::clone(&timer))?;
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let driver = Driver {
        id,
        base: Instant::now(),
        timer,
        armed: u64::MAX,
        heap: BinaryHeap::new(),
        slots: Vec::new(),
        free: Vec::new(),
    };
    let replaced = DRIVER.with(|cell| cell.borrow_mut().replace(driver));
    release(replaced);
    tokio::spawn(run(events, Installed(id)));
    Ok(())
}

#[expect(
    deprecated,
    reason = "the successor is unsafe, for types that may change their descriptor; an owned one can't"
)]
fn watch(timer: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    AsyncFd::with_interest(timer, Interest::READABLE)
}

pub(super) fn is_installed() -> bool {
    DRIVER.with(|cell| cell.borrow().is_some())
}

/// A new sleep; `None` when this thread has no driver.
pub(super) fn register(deadline: Instant, waker: &Waker) -> Option<Key> {
    let waker = waker.clone();
    DRIVER.with(|cell| cell.borrow_mut().as_mut().map(|driver| driver.register(deadline, waker)))
}

/// Keeps a sleep waiting, for whom `waker` wakes; false when it isn't registered any more.
pub(super) fn refresh(key: Key, waker: &Waker) -> bool {
    let (kept, _outdated) = with_driver(key.driver, |driver| match driver.slot(key) {
        Some(Some(current)) if current.will_wake(waker) => (true, None),
        Some(current) => (true, current.replace(waker.clone())),
        None => (false, None),
    })
    .unwrap_or_default();
    kept
}

pub(super) fn cancel(key: Key) {
    let _waker = with_driver(key.driver, |driver| driver.cancel(key));
}

/// Ends the driver with its task, that is with its runtime.
struct Installed(u32);

impl Drop for Installed {
    fn drop(&mut self) {
        let removed = DRIVER.try_with(|cell| cell.borrow_mut().take_if(|driver| driver.id == self.0));
        release(removed.unwrap_or_default());
    }
}

async fn run(events: AsyncFd<Arc<OwnedFd>>, installed: Installed) {
    while let Ok(mut ready) = events.readable().await {
        ready.clear_ready();
        drop(ready);
        if !wake_due(installed.0) {
            return;
        }
    }
}

/// Wakes all that is due and sets the kernel timer to the next; false when the driver has been replaced.
fn wake_due(id: u32) -> bool {
    let mut woken = Vec::new();
    loop {
        let Some(more) = with_driver(id, |driver| driver.take_due(&mut woken)) else { return false };
        for waker in woken.drain(..) {
            waker.wake();
        }
        if !more {
            return true;
        }
    }
}

fn with_driver<T>(id: u32, action: impl FnOnce(&mut Driver) -> T) -> Option<T> {
    let find = |cell: &RefCell<Option<Driver>>| {
        let mut driver = cell.borrow_mut();
        driver.as_mut().filter(|driver| driver.id == id).map(action)
    };
    DRIVER.try_with(find).ok().flatten()
}

/// What slept on a driver that is no more goes on by another timer.
fn release(driver: Option<Driver>) {
    for waker in driver.into_iter().flat_map(|driver| driver.slots).filter_map(|slot| slot.waker) {
        waker.wake();
    }
}

impl Driver {
    fn register(&mut self, deadline: Instant, waker: Waker) -> Key {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, waker: None });
            u32::try_from(self.slots.len() - 1).expect("four thousand million sleeps don't fit into memory")
        });
        let held = &mut self.slots[slot as usize];
        held.waker = Some(waker);
        let generation = held.generation;
        let deadline = self.nanos(deadline);
        self.heap.push(Reverse(Entry { deadline, slot, generation }));
        if deadline < self.armed {
            self.arm(deadline);
        }
        Key { driver: self.id, slot, generation }
    }

    fn slot(&mut self, key: Key) -> Option<&mut Option<Waker>> {
        let slot = self.slots.get_mut(key.slot as usize)?;
        (slot.generation == key.generation).then_some(&mut slot.waker)
    }

    fn cancel(&mut self, key: Key) -> Option<Waker> {
        let waker = self.slot(key)?.take();
        self.free_slot(key.slot);
        let live = self.slots.len() - self.free.len();
        if self.heap.len() > live * 2 + CANCELLED_KEPT {
            let slots = &self.slots;
            self.heap.retain(|Reverse(entry)| slots[entry.slot as usize].generation == entry.generation);
        }
        waker
    }

    fn free_slot(&mut self, slot: u32) {
        let held = &mut self.slots[slot as usize];
        held.generation = held.generation.wrapping_add(1);
        self.free.push(slot);
    }

    /// Moves wakers of due sleeps to `woken`; true when there may be more, else the kernel timer is set to the next.
    fn take_due(&mut self, woken: &mut Vec<Waker>) -> bool {
        let now = self.nanos(Instant::now());
        while let Some(&Reverse(entry)) = self.heap.peek() {
            let live = self.slots[entry.slot as usize].generation == entry.generation;
            if live && entry.deadline > now {
                self.arm(entry.deadline);
                return false;
            }
            self.heap.pop();
            if live {
                woken.extend(self.slots[entry.slot as usize].waker.take());
                self.free_slot(entry.slot);
            }
            if woken.len() >= WOKEN_AT_ONCE {
                return true;
            }
        }
        self.armed = u64::MAX;
        false
    }

    /// Sets the kernel timer. It is relative: the standard library's instants can't be turned into the kernel's.
    fn arm(&mut self, deadline: u64) {
        let now = self.nanos(Instant::now());
        let wait = Duration::from_nanos(deadline.saturating_sub(now).max(1));
        let value = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec { tv_sec: wait.as_secs().cast_signed(), tv_nsec: i64::from(wait.subsec_nanos()) },
        };
        timerfd_settime(&*self.timer, TimerfdTimerFlags::empty(), &value)
            .expect("a timer that exists takes any positive wait");
        self.armed = deadline;
    }

    fn nanos(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.base).as_nanos()).unwrap_or(u64::MAX - 1)
    }
}

/// Live sleeps and heap entries of this thread.
#[cfg(test)]
pub(super) fn sizes() -> (usize, usize) {
    DRIVER.with(|cell| {
        let driver = cell.borrow();
        driver.as_ref().map_or((0, 0), |driver| (driver.slots.len() - driver.free.len(), driver.heap.len()))
    })
}
