//! Drives an agent's load on a task of its own: starts it, stops it, awaits it, has the final reads made.

use crate::with_sources;
use load::{FinalReads, Hold, LoadHandle, Parts, PreparedLoad, RunningLoad};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Orders that may wait: each is given once.
const ORDERS_MAX: usize = 8;
/// A look at how late the threads began.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Stop,
    FinalReads,
    Close,
}

/// How far the load is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// How late its slowest thread began.
    pub(super) late: Option<Duration>,
    /// The load is over: well, or why not.
    pub(super) over: Option<Result<(), String>>,
    /// How far the final reads are.
    pub(super) reads: Option<FinalReads>,
    /// The final reads are complete: well, or why not.
    pub(super) read: Option<Result<(), String>>,
    /// All threads are told to end.
    pub(super) closed: bool,
}

/// A load that is driven. Dropping it stops the load.
#[derive(Debug)]
pub(super) struct Driver {
    orders: mpsc::Sender<Order>,
    progress: watch::Receiver<Progress>,
    handle: LoadHandle,
}

impl Driver {
    /// Starts the load.
    pub(super) fn start(prepared: PreparedLoad, load_offset: Duration) -> Result<Self, load::LoadError> {
        let load = prepared.start(load_offset)?;
        let (orders, obeyed) = mpsc::channel(ORDERS_MAX);
        let (told, progress) = watch::channel(Progress::default());
        let handle = load.handle();
        tokio::spawn(drive(load, obeyed, told));
        Ok(Self { orders, progress, handle })
    }

    pub(super) fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Others go on with these parts from then on, after the start of the load.
    pub(super) fn give(&self, parts: Parts, from: Duration) {
        self.handle.give(parts, from);
    }

    /// These are all holds of the load so far.
    pub(super) fn hold(&self, holds: &[Hold]) {
        self.handle.hold(holds);
    }

    pub(super) fn final_reads(&self) {
        self.order(Order::FinalReads);
    }

    pub(super) fn close(&self) {
        self.order(Order::Close);
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    fn order(&self, order: Order) {
        // Refused only when the task is gone, which the load's end tells, or with orders enough.
        let _ = self.orders.try_send(order);
    }
}

async fn drive(mut load: RunningLoad, mut orders: mpsc::Receiver<Order>, told: watch::Sender<Progress>) {
    if await_load(&mut load, &mut orders, &told).await && make_reads(&mut load, &mut orders, &told).await {
        while !matches!(orders.recv().await, Some(Order::Close) | None) {}
    }
    // Waits for the watcher's thread, which looks at this once a second.
    let _ended = tokio::task::spawn_blocking(move || drop(load)).await;
    told.send_modify(|progress| progress.closed = true);
}

/// Waits for the load's end; false when it is to be closed.
async fn await_load(
    load: &mut RunningLoad,
    orders: &mut mpsc::Receiver<Order>,
    told: &watch::Sender<Progress>,
) -> bool {
    loop {
        if told.borrow().late.is_none()
            && let Some(late) = load.late()
        {
            told.send_modify(|progress| progress.late = Some(late));
        }
        let looking = told.borrow().late.is_none();
        tokio::select! {
            over = load.wait() => {
                let over = over.map(|_| ()).map_err(|error| with_sources(&error));
                told.send_modify(|progress| progress.over = Some(over));
                return true;
            }
            order = orders.recv() => match order {
                Some(Order::Stop) => load.stop(),
                Some(Order::FinalReads) => {}
                Some(Order::Close) | None => return false,
            },
            () = tokio::time::sleep(LOOK_EVERY), if looking => {}
        }
    }
}

/// Waits for the word and has the final reads made; false when it is to be closed.
async fn make_reads(
    load: &mut RunningLoad,
    orders: &mut mpsc::Receiver<Order>,
    told: &watch::Sender<Progress>,
) -> bool {
    loop {
        match orders.recv().await {
            Some(Order::FinalReads) => break,
            Some(Order::Stop) => {}
            Some(Order::Close) | None => return false,
        }
    }
    let reading = load.final_reads(|state| told.send_modify(|progress| progress.reads = Some(state)));
    let mut reading = std::pin::pin!(reading);
    loop {
        tokio::select! {
            read = &mut reading => {
                let read = read.map(|_| ()).map_err(|error| with_sources(&error));
                told.send_modify(|progress| progress.read = Some(read));
                return true;
            }
            order = orders.recv() => if matches!(order, Some(Order::Close) | None) {
                return false;
            },
        }
    }
}
