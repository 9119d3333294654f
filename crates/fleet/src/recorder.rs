//! Writes the recording on a thread of its own, so that a slow disk never delays the load.
//!
//! Batches of agents are followed by a mark: when the mark's turn comes, everything before it has been handed to the operating
//! system, and the agent may forget the batch. A crash of this process after that loses nothing of it.
//!
//! The queue holds [`BEHIND_MAX`] entries. The conductor ends the run when it is full (the disk is too slow) or the writer reports
//! an error (the disk is full).

use crate::with_sources;
use record::{Entry, WriteError, Writer};
use std::{cell::Cell, collections::BTreeMap, sync::mpsc, thread::JoinHandle, time::Duration};
use tokio::sync::watch;

/// Entries waiting to be written above which the disk is too slow for this run.
const BEHIND_MAX: usize = 200_000;
/// Entries written between two flushes at most.
const BATCH_MAX: usize = 10_000;
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// By agent: the last of its batches that is stored.
pub(crate) type Stored = BTreeMap<usize, u64>;

/// Something to be written.
enum Item {
    Entry(Entry),
    /// Everything of an agent up to that batch came before.
    Mark(usize, u64),
}

/// The conductor's end.
pub(crate) struct Recorder {
    items: Option<mpsc::SyncSender<Item>>,
    stored: watch::Receiver<Stored>,
    behind: Cell<bool>,
    failed: mpsc::Receiver<String>,
    thread: Option<JoinHandle<Result<(), WriteError>>>,
}

impl Recorder {
    /// Starts writing with `writer`.
    ///
    /// # Errors
    /// The thread could not be made.
    pub(crate) fn start(writer: Writer) -> std::io::Result<Self> {
        let (items, queue) = mpsc::sync_channel(BEHIND_MAX);
        let (tell, stored) = watch::channel(Stored::new());
        let (failure, failed) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || write(writer, &queue, &tell, &failure))?;
        Ok(Self { items: Some(items), stored, behind: Cell::new(false), failed, thread: Some(thread) })
    }

    /// Hands over an entry. One that doesn't fit is lost, and [`Self::trouble`] says so.
    pub(crate) fn record(&self, entry: Entry) {
        self.push(Item::Entry(entry));
    }

    /// Everything of that agent up to that batch was handed over; [`Self::stored`] tells when it is written. Nothing is told any
    /// more after something was lost.
    pub(crate) fn mark(&self, agent: usize, batch: u64) {
        if !self.behind.get() {
            self.push(Item::Mark(agent, batch));
        }
    }

    /// Which batches are written.
    pub(crate) fn stored(&self) -> watch::Receiver<Stored> {
        self.stored.clone()
    }

    fn push(&self, item: Item) {
        if let Some(items) = &self.items
            && let Err(mpsc::TrySendError::Full(_)) = items.try_send(item)
        {
            self.behind.set(true);
        }
    }

    /// Why the recording can't go on, if it can't.
    pub(crate) fn trouble(&self) -> Option<String> {
        let behind =
            || self.behind.get().then(|| format!("the disk is too slow: {BEHIND_MAX} entries wait to be written"));
        self.failed.try_recv().ok().or_else(behind)
    }

    /// Writes what is left and closes the recording.
    ///
    /// # Errors
    /// The first error of the whole recording.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        self.items = None;
        let thread = self.thread.take().expect("only `finish` takes the thread");
        thread.join().expect("the recorder's loop doesn't panic")
    }
}

fn write(
    mut writer: Writer,
    queue: &mpsc::Receiver<Item>,
    stored: &watch::Sender<Stored>,
    failure: &mpsc::SyncSender<String>,
) -> Result<(), WriteError> {
    let result = write_all(&mut writer, queue, stored);
    if let Err(error) = &result {
        // The conductor may be gone; the result tells it as well.
        let _ = failure.try_send(with_sources(error));
        // Entries still coming are lost, and the recording says so by its missing end.
        while queue.recv().is_ok() {}
        return result;
    }
    writer.finish()
}

fn write_all(
    writer: &mut Writer,
    queue: &mpsc::Receiver<Item>,
    stored: &watch::Sender<Stored>,
) -> Result<(), WriteError> {
    loop {
        match queue.recv_timeout(FLUSH_EVERY) {
            Ok(first) => {
                let mut marks = Stored::new();
                for item in std::iter::once(first).chain(queue.try_iter().take(BATCH_MAX)) {
                    match item {
                        Item::Entry(entry) => writer.append(&entry)?,
                        Item::Mark(agent, batch) => {
                            marks.insert(agent, batch);
                        }
                    }
                }
                writer.flush()?;
                if !marks.is_empty() {
                    stored.send_modify(|stored| stored.extend(marks));
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => writer.flush()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
