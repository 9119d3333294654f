//! Sleeping to within a few microseconds on a current-thread runtime.
//!
//! tokio's timer wheel ticks in milliseconds and rounds up, so everything on it arrives in bunches of a millisecond: too
//! coarse for a link of 1 ms and for pacing thousands of arrivals per second. Here is a heap of deadlines per thread and
//! one kernel timer (`timerfd`) for the earliest of them, in the same epoll set as the sockets.
//!
//! ```text
//!   sleep_until ──▶ heap of deadlines ──▶ earliest changed? ──▶ timerfd_settime
//!                        ▲                                          │ expires
//!                        └────── wake all that are due ◀── driver task ◀── epoll
//! ```
//!
//! - [`install`] once per runtime, on its own thread. Without it, [`sleep_until`] is tokio's own sleep: that is what tests
//!   with paused time get, and the driver must not be installed under paused time (it would wait in real time).
//! - A sleep never ends early. How late it ends is the scheduler's doing; tokio looks at epoll after each 61 polls of tasks
//!   or when idle, which `event_interval` of its builder changes.
//! - A sleep costs one heap entry and no allocation. Dropping it cancels it; cancelled entries are swept when they
//!   outnumber the live ones.
//! - The driver ends with its runtime; what still sleeps falls back to tokio's timer.

mod driver;

#[cfg(test)]
mod tests;

use driver::Key;
use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::Instant,
};

/// Installs the precise timer on this thread's current-thread runtime. Installing again replaces the driver.
///
/// # Errors
/// Outside of a runtime, on a multi-thread runtime (a task there has no thread to keep a timer for), or when the kernel
/// gives no timer.
pub fn install() -> io::Result<()> {
    let handle = Handle::try_current().map_err(io::Error::other)?;
    if handle.runtime_flavor() != RuntimeFlavor::CurrentThread {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the precise timer needs a current-thread runtime, this is a multi-thread one",
        ));
    }
    driver::start()
}

/// Whether this thread has the precise timer.
#[must_use]
pub fn is_installed() -> bool {
    driver::is_installed()
}

/// Sleeps until `deadline`.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, waiting: Waiting::NotYet }
}

/// Sleeps for `duration`.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now() + duration)
}

/// A sleep that can be set to another deadline.
#[derive(Debug)]
#[must_use = "a sleep does nothing unless awaited"]
pub struct Sleep {
    deadline: Instant,
    waiting: Waiting,
}

#[derive(Debug)]
enum Waiting {
    NotYet,
    Precise(Key),
    Coarse(Pin<Box<tokio::time::Sleep>>),
}

impl Sleep {
    /// When it ends.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Another deadline. The next poll waits for it.
    pub fn reset(&mut self, deadline: Instant) {
        if self.deadline == deadline {
            return;
        }
        self.deadline = deadline;
        match &mut self.waiting {
            Waiting::NotYet => {}
            Waiting::Precise(_) => self.cancel(),
            Waiting::Coarse(sleep) => sleep.as_mut().reset(deadline),
        }
    }

    /// Waits no longer; nobody is woken. The next poll starts waiting again.
    pub fn cancel(&mut self) {
        if let Waiting::Precise(key) = std::mem::replace(&mut self.waiting, Waiting::NotYet) {
            driver::cancel(key);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline {
            self.cancel();
            return Poll::Ready(());
        }
        if let Waiting::Coarse(sleep) = &mut self.waiting {
            ready!(sleep.as_mut().poll(context));
            self.waiting = Waiting::NotYet;
            return Poll::Ready(());
        }
        if let Waiting::Precise(key) = self.waiting
            && driver::refresh(key, context.waker())
        {
            return Poll::Pending;
        }
        if let Some(key) = driver::register(self.deadline.into_std(), context.waker()) {
            self.waiting = Waiting::Precise(key);
            return Poll::Pending;
        }
        let mut sleep = Box::pin(tokio::time::sleep_until(self.deadline));
        let poll = sleep.as_mut().poll(context);
        self.waiting = Waiting::Coarse(sleep);
        poll
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel();
    }
}
