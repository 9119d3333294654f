//! Reading one growing file line by line, however damaged it is.
//!
//! What is damage, and what is only an early end: a last line without its line end, and a missing closing line, are what a
//! crash leaves behind. A line whose seal doesn't fit, a gap in the numbers, a number twice, anything behind the closing
//! line, are not.

use crate::{
    Entry, Integrity,
    format::{Content, Line},
    line,
};
use std::io::{self, BufRead, Read};

/// No line is longer than this; what follows belongs to a damaged file. An interval's three histograms take 100 KiB at most.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// The lines of one file.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    file: String,
    input: R,
    /// Number of the line being read, from 1.
    number: u64,
    /// Number that the next sound line carries.
    expected: u64,
    /// Unsound lines since the last sound one: they account for that many missing numbers.
    unsound: u64,
    closed: bool,
    ended: bool,
    /// Bytes of whole lines read so far.
    read: u64,
}

/// What is wrong with a file that the operating system doesn't give.
pub(crate) fn unreadable(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound { "missing".to_owned() } else { format!("can't be read: {error}") }
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(file: &str, input: R) -> Self {
        Self { file: file.to_owned(), input, number: 0, expected: 0, unsound: 0, closed: false, ended: false, read: 0 }
    }

    /// Whether the closing line was read, and nothing behind it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Goes on with what stands behind all that was given before: whole lines.
    pub(crate) fn go_on_with(&mut self, input: R) {
        // The end of what there was is no line.
        self.number -= u64::from(std::mem::take(&mut self.ended));
        self.input = input;
    }

    /// Where the last whole line that was read ends, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.read
    }

    /// The next entry with the number of its line and its place in the recording. Damage goes to `integrity`.
    pub(crate) fn next(&mut self, integrity: &mut Integrity) -> Option<(u64, u64, Entry)> {
        while let Some(bytes) = self.read_line(integrity) {
            match self.accept(&bytes, integrity) {
                Ok(Some((order, entry))) => return Some((self.number, order, entry)),
                Ok(None) => {}
                Err(what) => integrity.damage(&self.file, Some(self.number), what),
            }
        }
        None
    }

    /// A whole line without its end; `None` when there is none left.
    fn read_line(&mut self, integrity: &mut Integrity) -> Option<Vec<u8>> {
        if self.ended {
            return None;
        }
        let mut line = Vec::new();
        let result = self.input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
        self.number += 1;
        let what = match result {
            Ok(length) if line.ends_with(b"\n") => {
                self.read += length as u64;
                line.pop();
                return Some(line);
            }
            Err(error) => Some(unreadable(&error)),
            Ok(0) => None,
            Ok(length) if length as u64 == LINE_MAX => {
                Some(format!("longer than {LINE_MAX} bytes, so not read further"))
            }
            Ok(_) if self.closed => Some("something stands behind the closing line".to_owned()),
            // What a crash leaves of its last line.
            Ok(_) => None,
        };
        self.ended = true;
        if let Some(what) = what {
            self.closed = false;
            integrity.damage(&self.file, Some(self.number), what);
        }
        None
    }

    /// The entry of a line, `None` for the closing line.
    fn accept(&mut self, bytes: &[u8], integrity: &mut Integrity) -> Result<Option<(u64, Entry)>, String> {
        if std::mem::take(&mut self.closed) {
            return Err("something stands behind the closing line".to_owned());
        }
        let sound = line::open(bytes).ok_or("its checksum does not fit: it was changed or torn".to_owned());
        let parsed = sound.and_then(|json| {
            serde_json::from_slice::<Line>(json).map_err(|error| format!("whole, but not understood: {error}"))
        });
        let line = parsed.inspect_err(|_| self.unsound += 1)?;
        let missing = line.seq.checked_sub(self.expected).ok_or_else(|| format!("line {} comes again", line.seq))?;
        if missing > self.unsound {
            let what = missing_lines(missing - self.unsound);
            integrity.damage(&self.file, Some(self.number), what);
        }
        (self.expected, self.unsound) = (line.seq.saturating_add(1), 0);
        if let Content::End(end) = line.content {
            self.closed = end.lines == line.seq;
            return if self.closed { Ok(None) } else { Err(format!("the closing line counts {} lines", end.lines)) };
        }
        let order = line.order;
        Ok(line.content.into_entry()?.map(|entry| (order, entry)))
    }
}

fn missing_lines(count: u64) -> String {
    if count == 1 {
        "a line is missing before this one".to_owned()
    } else {
        format!("{count} lines are missing before this one")
    }
}
