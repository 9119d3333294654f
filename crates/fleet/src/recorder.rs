//! Writes the recording on a thread of its own, so that a slow disk never delays the load.
//!
//! The queue is bounded in time, not in length: it is emptied at least once per flush, and the conductor ends the run when
//! the recorder falls behind by more than [`BEHIND_MAX`] entries or reports an error (a full disk).

use record::{Entry, WriteError, Writer};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Entries waiting to be written above which the disk is too slow for this run.
const BEHIND_MAX: usize = 200_000;
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// The conductor's end.
pub(crate) struct Recorder {
    entries: Option<mpsc::Sender<Entry>>,
    waiting: Arc<AtomicUsize>,
    failed: mpsc::Receiver<String>,
    thread: Option<JoinHandle<Result<(), WriteError>>>,
}

impl Recorder {
    /// Starts writing with `writer`.
    ///
    /// # Errors
    /// The thread could not be made.
    pub(crate) fn start(writer: Writer) -> std::io::Result<Self> {
        let (entries, queue) = mpsc::channel();
        let (failure, failed) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&waiting);
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || write(writer, &queue, &failure, &counter))?;
        Ok(Self { entries: Some(entries), waiting, failed, thread: Some(thread) })
    }

    /// Hands over an entry.
    pub(crate) fn record(&self, entry: Entry) {
        if let Some(entries) = &self.entries {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            // The thread is gone only after an error, which `trouble` tells.
            let _ = entries.send(entry);
        }
    }

    /// Why the recording can't go on, if it can't.
    pub(crate) fn trouble(&self) -> Option<String> {
        let waiting = self.waiting.load(Ordering::Relaxed);
        self.failed.try_recv().ok().or_else(|| {
            (waiting > BEHIND_MAX).then(|| format!("the disk is too slow: {waiting} entries are waiting to be written"))
        })
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
    failure: &mpsc::Sender<String>,
    waiting: &AtomicUsize,
) -> Result<(), WriteError> {
    let result = write_all(&mut writer, queue, waiting);
    if let Err(error) = &result {
        // The conductor may be gone; the result tells it as well.
        let _ = failure.send(with_sources(error));
        // Entries still coming are lost, and the recording says so by its missing end.
        while queue.recv().is_ok() {
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
        return result;
    }
    writer.finish()
}

/// An error with all that caused it, in one line.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn write_all(writer: &mut Writer, queue: &mpsc::Receiver<Entry>, waiting: &AtomicUsize) -> Result<(), WriteError> {
    loop {
        match queue.recv_timeout(FLUSH_EVERY) {
            Ok(entry) => {
                writer.append(&entry)?;
                for entry in queue.try_iter().take(10_000) {
                    writer.append(&entry)?;
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
                waiting.fetch_sub(1, Ordering::Relaxed);
                writer.flush()?;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => writer.flush()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
