//! Writes the recording on a thread of its own, so that a slow disk never delays the load.
//!
//! Batches of agents are followed by a mark: once everything before it is on the disk, the agent may forget the batch. Neither a
//! crash of this process nor a machine that loses its power loses anything of it after that. The disk is waited for at most once in
//! [`SYNC_EVERY`], for all batches that came meanwhile.
//!
//! The queue holds [`BEHIND_MAX`] entries. The conductor ends the run when it is full (the disk is too slow) or the writer reports
//! an error (the disk is full).

use crate::with_sources;
use record::{Entry, WriteError, Writer};
use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Entries waiting to be written above which the disk is too slow for this run.
const BEHIND_MAX: usize = 200_000;
/// Entries written between two flushes at most.
const BATCH_MAX: usize = 10_000;
/// Between two looks at what has come.
const GATHER: Duration = Duration::from_millis(20);
const FLUSH_EVERY: Duration = Duration::from_millis(500);
/// A batch waits so long at most before it is brought to the disk, besides what the disk takes.
const SYNC_EVERY: Duration = Duration::from_millis(200);

/// By agent: the last of its batches that is on the disk.
pub(crate) type Stored = BTreeMap<usize, u64>;

/// Something to be written.
enum Item {
    Entry(Entry),
    /// An entry with the line that it came in.
    Line(Entry, String),
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

    /// Hands over an entry with the line that it came in, as [`Self::record`].
    pub(crate) fn record_line(&self, entry: Entry, line: String) {
        self.push(Item::Line(entry, line));
    }

    /// Everything of that agent up to that batch was handed over; [`Self::stored`] tells when it is on the disk. Nothing is told any
    /// more after something was lost.
    pub(crate) fn mark(&self, agent: usize, batch: u64) {
        if !self.behind.get() {
            self.push(Item::Mark(agent, batch));
        }
    }

    /// Which batches are on the disk.
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
    let mut marks = Stored::new();
    let mut synced = Instant::now();
    loop {
        let wait = if marks.is_empty() { FLUSH_EVERY } else { SYNC_EVERY.saturating_sub(synced.elapsed()) };
        match queue.recv_timeout(wait) {
            Ok(first) => {
                for item in std::iter::once(first).chain(queue.try_iter().take(BATCH_MAX)) {
                    match item {
                        Item::Entry(entry) => writer.append(&entry)?,
                        Item::Line(entry, line) => writer.append_line(&entry, &line)?,
                        Item::Mark(agent, batch) => {
                            marks.insert(agent, batch);
                        }
                    }
                }
                writer.flush()?;
                // What comes one by one is written together: a thread that is woken for each entry does little else.
                std::thread::sleep(GATHER);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => writer.flush()?,
            // Nobody is left to be told; the end of the recording waits for the disk.
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if !marks.is_empty() && synced.elapsed() >= SYNC_EVERY {
            writer.sync()?;
            synced = Instant::now();
            let marks = std::mem::take(&mut marks);
            stored.send_modify(|stored| stored.extend(marks));
        }
    }
}
