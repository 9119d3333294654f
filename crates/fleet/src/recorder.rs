//! Writes the recording on a thread of its own, so that a slow disk never delays the load.
//!
//! The queue holds [`BEHIND_MAX`] entries. The conductor ends the run when it is full (the disk is too slow) or the writer reports
//! an error (the disk is full).

use crate::with_sources;
use record::{Entry, WriteError, Writer};
use std::{cell::Cell, sync::mpsc, thread::JoinHandle, time::Duration};

/// Entries waiting to be written above which the disk is too slow for this run.
const BEHIND_MAX: usize = 200_000;
/// Entries written between two flushes at most.
const BATCH_MAX: usize = 10_000;
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// The conductor's end.
pub(crate) struct Recorder {
    entries: Option<mpsc::SyncSender<Entry>>,
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
        let (entries, queue) = mpsc::sync_channel(BEHIND_MAX);
        let (failure, failed) = mpsc::sync_channel(1);
        let thread =
            std::thread::Builder::new().name("recorder".to_owned()).spawn(move || write(writer, &queue, &failure))?;
        Ok(Self { entries: Some(entries), behind: Cell::new(false), failed, thread: Some(thread) })
    }

    /// Hands over an entry. One that doesn't fit is lost, and [`Self::trouble`] says so.
    pub(crate) fn record(&self, entry: Entry) {
        if let Some(entries) = &self.entries
            && let Err(mpsc::TrySendError::Full(_)) = entries.try_send(entry)
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
        self.entries = None;
        let thread = self.thread.take().expect("only `finish` takes the thread");
        thread.join().expect("the recorder's loop doesn't panic")
    }
}

fn write(
    mut writer: Writer,
    queue: &mpsc::Receiver<Entry>,
    failure: &mpsc::SyncSender<String>,
) -> Result<(), WriteError> {
    let result = write_all(&mut writer, queue);
    if let Err(error) = &result {
        // The conductor may be gone; the result tells it as well.
        let _ = failure.try_send(with_sources(error));
        // Entries still coming are lost, and the recording says so by its missing end.
        while queue.recv().is_ok() {}
        return result;
    }
    writer.finish()
}

fn write_all(writer: &mut Writer, queue: &mpsc::Receiver<Entry>) -> Result<(), WriteError> {
    loop {
        match queue.recv_timeout(FLUSH_EVERY) {
            Ok(entry) => {
                writer.append(&entry)?;
                for entry in queue.try_iter().take(BATCH_MAX) {
                    writer.append(&entry)?;
                }
                writer.flush()?;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => writer.flush()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
