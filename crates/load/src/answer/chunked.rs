//! The chunked encoding (RFC 9112 section 7.1), byte by byte where a line is, slice by slice where data is.
//!
//! ```text
//!   1a;extension\r\n  <26 bytes>  \r\n   0\r\n  Trailer: x\r\n  \r\n
//!   └─ size line ──┘  └─ data ─┘ └end┘  └ last ┘└─ trailers ──────┘
//! ```

use super::Malformed;

/// A size line or a trailer may be this long.
const LINE_BYTES_MAX: u32 = 8 * 1024;
/// All trailers together.
const TRAILER_BYTES_MAX: u32 = 64 * 1024;

/// Where in the chunks the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunked {
    place: Place,
    /// Bytes of the line so far (of all trailers, there).
    line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Size {
        size: u64,
        digits: u8,
    },
    Extension {
        size: u64,
    },
    SizeEnd {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataEnd,
    DataEndLine,
    /// At the begin of a trailer, or of the empty line.
    Trailers,
    Trailer,
    LastLine,
    Done,
}

impl Chunked {
    pub(crate) fn new() -> Self {
        Self { place: Place::Size { size: 0, digits: 0 }, line: 0 }
    }

    /// Whether the last chunk and its trailers are over.
    pub(crate) fn is_done(self) -> bool {
        self.place == Place::Done
    }

    /// Takes bytes; gives `data` each piece of the body. Says how many bytes belong to the body: all, unless it is over.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        mut data: impl FnMut(&[u8]) -> Result<(), Malformed>,
    ) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < bytes.len() && self.place != Place::Done {
            if let Place::Data { left } = self.place {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                data(&bytes[at..at + here])?;
                at += here;
                let left = left - here as u64;
                self.place = if left == 0 { Place::DataEnd } else { Place::Data { left } };
            } else {
                self.place = self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<Place, Malformed> {
        self.line += 1;
        let in_trailers = matches!(self.place, Place::Trailers | Place::Trailer | Place::LastLine);
        if self.line > if in_trailers { TRAILER_BYTES_MAX } else { LINE_BYTES_MAX } {
            return Err(Malformed::Chunk);
        }
        match (self.place, byte) {
            (Place::Size { size, digits }, b) if b.is_ascii_hexdigit() => {
                let digit = u64::from(char::from(b).to_digit(16).unwrap_or_default());
                let size =
                    size.checked_mul(16).and_then(|size| size.checked_add(digit)).ok_or(Malformed::BodyLength)?;
                Ok(Place::Size { size, digits: digits.saturating_add(1) })
            }
            (Place::Size { digits: 0, .. }, _) => Err(Malformed::Chunk),
            (Place::Size { size, .. } | Place::Extension { size }, b'\r') => Ok(Place::SizeEnd { size }),
            (Place::Size { size, .. }, b';' | b' ' | b'\t') => Ok(Place::Extension { size }),
            (Place::Extension { size }, b) if b != b'\n' => Ok(Place::Extension { size }),
            (Place::SizeEnd { size: 0 }, b'\n') => Ok(self.begin(Place::Trailers)),
            (Place::SizeEnd { size }, b'\n') => Ok(self.begin(Place::Data { left: size })),
            (Place::DataEnd, b'\r') => Ok(Place::DataEndLine),
            (Place::DataEndLine, b'\n') => Ok(self.begin(Place::Size { size: 0, digits: 0 })),
            (Place::Trailers, b'\r') => Ok(Place::LastLine),
            (Place::LastLine, b'\n') => Ok(Place::Done),
            (Place::Trailer, b'\n') => Ok(Place::Trailers),
            (Place::Trailers | Place::Trailer, b) if b != b'\n' => Ok(Place::Trailer),
            _ => Err(Malformed::Chunk),
        }
    }

    fn begin(&mut self, place: Place) -> Place {
        self.line = 0;
        place
    }
}
