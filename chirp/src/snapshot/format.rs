//! The text of a snapshot: lines, each with a letter that says what it is.
//!
//! ```text
//! h {"format":"chirp-snapshot","version":2,"region":…,"seed":…,"cursors":…}
//! s {"row":"user","name":…,"record":…}                     the state, row by row
//! …
//! l {"origin":"eu-west-1","log":"a7","seq":471,"first":9}  a log; the state contains it up to `seq`
//! e {"seq":9,"stamp":…}                                    its entries from `first` on, as on disk
//! …
//! z {"sha256":"…"}                                         of all lines before
//! ```
//!
//! The first version had whole logs and no state. It is refused: which entries there are no logs of would be
//! missing without a word.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::entry::{Cursor, Entry};
use crate::store::{Held, Seed, StateRow};

const FORMAT: &str = "chirp-snapshot";
const VERSION: u32 = 2;
/// Bytes that are handed on at a time.
const PART_BYTES: usize = 1024 * 1024;
/// A line of a snapshot is one entry or one row; none is nearly as long.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    format: String,
    version: u32,
    /// Who took it.
    pub(crate) region: String,
    /// What was there before the first entry.
    pub(crate) seed: Seed,
    /// How far it had each log that was some origin's current one, its own among them.
    pub(crate) cursors: BTreeMap<String, Cursor>,
}

#[derive(Serialize, Deserialize)]
struct End {
    sha256: String,
}

/// Why a text is no snapshot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("line {line} is damaged")]
    Line { line: u64 },
    #[error("ends early, after {lines} lines")]
    Cut { lines: u64 },
    #[error("has the digest {found}, but says {written}")]
    Digest { found: String, written: String },
    #[error("is of version {0}; this program reads version {VERSION} only")]
    Version(u32),
}

/// Writes a snapshot in parts. The closure takes each part; it says whether to go on.
pub(crate) struct SnapshotWriter<F> {
    take: F,
    digest: Sha256,
    part: Vec<u8>,
}

impl<E, F: FnMut(Vec<u8>) -> Result<(), E>> SnapshotWriter<F> {
    /// Begins with the header.
    pub(crate) fn new(region: &str, seed: Seed, cursors: BTreeMap<String, Cursor>, take: F) -> Result<Self, E> {
        let mut writer = Self { take, digest: Sha256::new(), part: Vec::with_capacity(PART_BYTES) };
        let header = Header { format: FORMAT.into(), version: VERSION, region: region.into(), seed, cursors };
        writer.line("h", text(&header).as_bytes())?;
        Ok(writer)
    }

    /// A row of the state, as JSON.
    pub(crate) fn row(&mut self, row: &[u8]) -> Result<(), E> {
        self.line("s", row)
    }

    /// A log begins.
    pub(crate) fn log(&mut self, held: &Held) -> Result<(), E> {
        self.line("l", text(held).as_bytes())
    }

    /// An entry of the log that has begun, as it is on disk.
    pub(crate) fn entry(&mut self, entry: &[u8]) -> Result<(), E> {
        self.line("e", entry)
    }

    /// Ends with the digest.
    pub(crate) fn finish(mut self) -> Result<(), E> {
        let sha256 = hex(&self.digest.clone().finalize());
        self.line("z", text(&End { sha256 }).as_bytes())?;
        (self.take)(std::mem::take(&mut self.part))
    }

    fn line(&mut self, letter: &str, content: &[u8]) -> Result<(), E> {
        let before = self.part.len();
        for bytes in [letter.as_bytes(), b" ", content, b"\n"] {
            self.part.extend_from_slice(bytes);
        }
        self.digest.update(&self.part[before..]);
        if self.part.len() < PART_BYTES {
            return Ok(());
        }
        (self.take)(std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES)))
    }
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("records have text keys only")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every write");
        text
    })
}

/// What a reader meets, in order: one header, the rows of the state, then logs, each followed by its entries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// The first line.
    Header(Header),
    /// A row of the state.
    Row(Box<StateRow>),
    /// A log begins.
    Log(Held),
    /// An entry of that log.
    Entry(Box<Entry>),
}

/// Reads a snapshot to its end and checks it; each thing that is in it goes to `see`. Nothing that `see`
/// got may be trusted before this has answered that all is well.
pub(crate) fn read<E: From<FormatError>>(
    mut input: impl BufRead,
    mut see: impl FnMut(Contents) -> Result<(), E>,
) -> Result<(), E> {
    let mut digest = Sha256::new();
    let mut line = Vec::new();
    for lines in 0.. {
        line.clear();
        let limited = &mut io::Read::take(&mut input, LINE_BYTES_MAX);
        let length = limited.read_until(b'\n', &mut line).map_err(FormatError::Read)?;
        if length == 0 {
            return Err(FormatError::Cut { lines }.into());
        }
        let damaged = || E::from(FormatError::Line { line: lines + 1 });
        let content = line.strip_suffix(b"\n").ok_or_else(damaged)?;
        let contents = match (content.get(..2), lines) {
            (Some(b"h "), 0) => {
                Contents::Header(header(&content[2..]).map_err(|error| error.unwrap_or(FormatError::Line { line: 1 }))?)
            }
            (Some(b"s "), 1..) => Contents::Row(serde_json::from_slice(&content[2..]).map_err(|_| damaged())?),
            (Some(b"l "), 1..) => Contents::Log(serde_json::from_slice(&content[2..]).map_err(|_| damaged())?),
            (Some(b"e "), 1..) => Contents::Entry(serde_json::from_slice(&content[2..]).map_err(|_| damaged())?),
            (Some(b"z "), 1..) => {
                let end: End = serde_json::from_slice(&content[2..]).map_err(|_| damaged())?;
                let found = hex(&digest.finalize());
                if found != end.sha256 {
                    return Err(FormatError::Digest { found, written: end.sha256 }.into());
                }
                return Ok(());
            }
            _ => return Err(damaged()),
        };
        digest.update(&line);
        see(contents)?;
    }
    unreachable!("a text with more lines than numbers")
}

fn header(content: &[u8]) -> Result<Header, Option<FormatError>> {
    let header: Header = serde_json::from_slice(content).map_err(|_| None)?;
    match (header.format.as_str(), header.version) {
        (FORMAT, VERSION) => Ok(header),
        (FORMAT, version) => Err(Some(FormatError::Version(version))),
        _ => Err(None),
    }
}

#[cfg(test)]
mod tests;
