//! One growing file: numbered, sealed lines, buffered until the next flush.
//!
//! A full disk must not tear a line apart for good: what was not yet written stays in the buffer, and the next attempt goes
//! on with the very next byte. The buffer has a limit; a line beyond it is dropped, but keeps its number, so that the
//! reader sees a gap instead of a recording that looks whole.

use crate::{
    format::{Content, EndFormat, Line},
    line,
};
use std::{
    fs::File,
    io::{self, Write},
};

/// Written on its own before the next flush when the buffer is larger than this.
const WRITE_AT: usize = 256 * 1024;
/// Lines are dropped when the buffer is larger than this: about ten minutes of a large run.
const PENDING_MAX: usize = 64 * 1024 * 1024;

/// A growing file of lines.
#[derive(Debug)]
pub(crate) struct LineFile<W> {
    out: W,
    /// Sealed bytes that are not written yet.
    pending: Vec<u8>,
    /// The next line's number.
    seq: u64,
    closed: bool,
    /// Something was written since the disk was waited for.
    unsynced: bool,
    pending_max: usize,
}

impl<W: Write> LineFile<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, pending: Vec::new(), seq: 0, closed: false, unsynced: false, pending_max: PENDING_MAX }
    }

    /// Goes on behind so many lines.
    pub(crate) fn behind(out: W, lines: u64) -> Self {
        Self { seq: lines, ..Self::new(out) }
    }

    /// Adds a line. On an error the line is kept for the next attempt, unless the buffer is full.
    pub(crate) fn append(&mut self, order: u64, content: Content) -> io::Result<()> {
        let line = Line { seq: self.seq, order, content };
        self.add(&serde_json::to_vec(&line).expect("every line is valid JSON"))
    }

    /// Adds the line of a batch with numbers of this file, see [`line::numbered`]. On an error as [`Self::append`].
    pub(crate) fn append_line(&mut self, order: u64, line: &str) -> io::Result<()> {
        self.add(&line::numbered(line, self.seq, order))
    }

    fn add(&mut self, object: &[u8]) -> io::Result<()> {
        self.seq += 1;
        if self.pending.len() > self.pending_max {
            self.write_pending()?;
        }
        line::seal(object, &mut self.pending);
        if self.pending.len() > WRITE_AT { self.write_pending() } else { Ok(()) }
    }

    /// Adds the closing line, once.
    pub(crate) fn close(&mut self, order: u64) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.closed = true;
        self.append(order, Content::End(EndFormat { lines: self.seq }))
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write_pending()?;
        self.out.flush()
    }

    /// Writes as much as goes, and forgets exactly that much.
    fn write_pending(&mut self) -> io::Result<()> {
        let mut written = 0;
        let result = loop {
            if written == self.pending.len() {
                break Ok(());
            }
            match self.out.write(&self.pending[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    written += count;
                    self.unsynced = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.pending.drain(..written);
        result
    }
}

impl LineFile<File> {
    /// Hands everything to the operating system and waits for the disk, where there is something to wait for.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        if std::mem::take(&mut self.unsynced) {
            self.out.sync_data().inspect_err(|_| self.unsynced = true)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
