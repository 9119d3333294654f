//! Lines of JSON with a limit on their length, so that a broken peer can't fill the memory.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// Longest line, either way. A thousand links take about a third of it.
pub const LINE_BYTES_MAX: u64 = 1 << 20;

/// Reads lines. Dropping a read that is not over loses nothing.
#[derive(Debug)]
pub(super) struct Lines<Input> {
    input: BufReader<Input>,
    /// What has been read of the next line.
    begun: Vec<u8>,
}

impl<Input: AsyncRead + Unpin> Lines<Input> {
    pub(super) fn new(input: Input) -> Self {
        Self { input: BufReader::new(input), begun: Vec::new() }
    }

    /// The next line without its end; `None` at the end of the input.
    pub(super) async fn next(&mut self) -> io::Result<Option<String>> {
        let room = LINE_BYTES_MAX.saturating_sub(self.begun.len() as u64);
        read_line(&mut self.input, &mut self.begun, room).await?;
        let is_whole = self.begun.last() == Some(&b'\n');
        if !is_whole && self.begun.len() as u64 >= LINE_BYTES_MAX {
            let message = format!("a line is longer than {LINE_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        // An input that ends inside of a line has no such line: its writer died.
        let line = std::mem::take(&mut self.begun);
        if !is_whole {
            return Ok(None);
        }
        let text = String::from_utf8(line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some(text.trim_end().to_owned()))
    }
}

async fn read_line(input: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>, room: u64) -> io::Result<usize> {
    input.take(room).read_until(b'\n', line).await
}

/// Writes a value as one line.
pub(super) async fn write_line(
    output: &mut (impl AsyncWrite + Unpin),
    value: &(impl serde::Serialize + Sync),
) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    output.write_all(&line).await?;
    output.flush().await
}
