//! The final reads: after quiet, every write that may have been done, through every reader.
//!
//! In passes, each over what the earlier ones didn't see, so that one bad answer proves nothing; with a pause between them. A
//! write is given up only after the last pass. As many are under way as a small service bears.

use super::{
    FinalReads,
    prober::{Prober, Written},
    reads::read,
};
use record::{ReadResult, Reader};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use tokio::sync::watch;

pub(super) const WORKERS: usize = 64;
/// Between two passes.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Something to be read.
type Item = (Rc<Written>, Reader);

/// One pass under way.
struct Pass {
    left: RefCell<Vec<Item>>,
    unseen: RefCell<Vec<Item>>,
    done: Cell<u64>,
}

/// Makes the final reads; tells `progress` how far they are.
pub(super) async fn make(prober: &Rc<Prober>, progress: &watch::Sender<FinalReads>) -> FinalReads {
    let readers = prober.readers();
    let all = prober.writes.borrow().clone();
    let mut items: Vec<Item> =
        all.iter().flat_map(|written| readers.iter().map(move |reader| (Rc::clone(written), *reader))).collect();
    let passes = prober.ledger.final_passes;
    let mut state = FinalReads { pass: 0, passes, done: 0, total: 0, unseen: items.len() as u64 };
    for pass in 1..=passes {
        if items.is_empty() {
            break;
        }
        if pass > 1 {
            tokio::time::sleep(PAUSE).await;
        }
        state = FinalReads { pass, passes, done: 0, total: items.len() as u64, unseen: items.len() as u64 };
        items = run_pass(prober, items, state, progress).await;
        state.done = state.total;
        state.unseen = items.len() as u64;
        progress.send_replace(state);
    }
    state
}

/// Reads each item once; gives back those that were not seen.
async fn run_pass(
    prober: &Rc<Prober>,
    mut items: Vec<Item>,
    state: FinalReads,
    progress: &watch::Sender<FinalReads>,
) -> Vec<Item> {
    items.reverse();
    let workers = WORKERS.min(items.len());
    let pass = Rc::new(Pass { left: RefCell::new(items), unseen: RefCell::default(), done: Cell::new(0) });
    let work = |_| tokio::task::spawn_local(work(Rc::clone(prober), Rc::clone(&pass), state, progress.clone()));
    let tasks: Vec<_> = (0..workers).map(work).collect();
    for task in tasks {
        // A worker that panicked has left its item unread: it stays unseen by the ledger's own rules.
        let _panicked = task.await;
    }
    pass.unseen.take()
}

async fn work(prober: Rc<Prober>, pass: Rc<Pass>, state: FinalReads, progress: watch::Sender<FinalReads>) {
    loop {
        let Some((written, reader)) = pass.left.borrow_mut().pop() else { return };
        if read(&prober, &written, reader, true).await != ReadResult::Present {
            pass.unseen.borrow_mut().push((written, reader));
        }
        let done = pass.done.get() + 1;
        pass.done.set(done);
        let seen = done - pass.unseen.borrow().len() as u64;
        progress.send_replace(FinalReads { done, unseen: state.total - seen, ..state });
    }
}
