//! One growing file: numbered, sealed lines, buffered until the next flush.
//!
//! A full disk must not tear a line apart for good: what was not yet written stays in the buffer, and the next attempt goes
//! on with the very next byte. The buffer has a limit; a line beyond it is dropped, but keeps its number, so that the
//! reader sees a gap instead of a recording that looks whole.

use crate::{
    format::{Content, Line},
    line,
};
use std::io::{self, Write};

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
    pending_max: usize,
}

impl<W: Write> LineFile<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, pending: Vec::new(), seq: 0, closed: false, pending_max: PENDING_MAX }
    }

    /// Adds a line. On an error the line is kept for the next attempt, unless the buffer is full.
    pub(crate) fn append(&mut self, order: u64, content: Content) -> io::Result<()> {
        let seq = self.seq;
        self.seq += 1;
        if self.pending.len() > self.pending_max {
            self.write_pending()?;
        }
        let object = serde_json::to_vec(&Line { seq, order, content }).expect("every line is valid JSON");
        line::seal(&object, &mut self.pending);
        if self.pending.len() > WRITE_AT { self.write_pending() } else { Ok(()) }
    }

    /// Adds the closing line, once.
    pub(crate) fn close(&mut self, order: u64) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.closed = true;
        self.append(order, Content::End { lines: self.seq })
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write_pending()?;
        self.out.flush()
    }

    /// What the lines are written to.
    pub(crate) fn output(&self) -> &W {
        &self.out
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
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.pending.drain(..written);
        result
    }
}

#[cfg(test)]
mod tests;
