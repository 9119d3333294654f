//! Puts an answer together from what reads give.

use super::{
    BODY_BYTES_MAX, HEAD_BYTES_MAX, KEPT_BYTES_MAX, Malformed,
    chunked::Chunked,
    head::{Framing, Head, ServedByHeader},
};

/// Interim answers (1xx) before the real one; more are not taken.
const INTERIM_MAX: u8 = 16;

/// What the client looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Whether somebody looks at the body.
    pub(crate) body: bool,
    /// Whether the request was a HEAD.
    pub(crate) answers_head: bool,
    pub(crate) served_by: &'a ServedByHeader,
}

/// Puts one answer together.
#[derive(Debug)]
pub(crate) struct Reader {
    stage: Stage,
    interim: u8,
    /// Memory of its own, for an answer in pieces.
    spill: Option<Box<Spill>>,
}

#[derive(Debug)]
enum Stage {
    Head,
    Length { head: Head, left: u64 },
    Chunks { head: Head, chunks: Chunked, taken: u64 },
    Close { head: Head, taken: u64 },
}

#[derive(Debug, Default)]
struct Spill {
    head: Vec<u8>,
    body: Vec<u8>,
}

/// How far an answer is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress<'a> {
    /// It needs more bytes.
    More,
    /// It is complete.
    Complete(Complete<'a>),
}

/// A complete answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complete<'a> {
    pub(crate) head: Head,
    pub(crate) head_bytes: &'a [u8],
    /// Empty where nobody looks at it.
    pub(crate) body: &'a [u8],
    /// Bytes after the answer, which nobody asked for: the connection can't be used again.
    pub(crate) surplus: bool,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self { stage: Stage::Head, interim: 0, spill: None }
    }

    /// Takes what a read gave (not nothing).
    pub(crate) fn take<'a>(&'a mut self, bytes: &'a [u8], wanted: Wanted<'_>) -> Result<Progress<'a>, Malformed> {
        if matches!(self.stage, Stage::Head) { self.take_head(bytes, wanted) } else { self.take_more(bytes, wanted) }
    }

    /// The connection was closed: that completes an answer without other end. `None`: it cut one off.
    pub(crate) fn close(&mut self) -> Option<Complete<'_>> {
        let Stage::Close { head, .. } = self.stage else { return None };
        let spill = self.spill.get_or_insert_default();
        Some(Complete { head, head_bytes: &spill.head, body: &spill.body, surplus: false })
    }

    fn take_head<'a>(&'a mut self, bytes: &'a [u8], wanted: Wanted<'_>) -> Result<Progress<'a>, Malformed> {
        if self.spill.is_some() {
            return self.take_spilled_head(bytes, wanted);
        }
        let Some((head, start, end)) = self.final_head(bytes, wanted)? else {
            self.spill.get_or_insert_default().head.extend_from_slice(bytes);
            return Ok(Progress::More);
        };
        let (head_bytes, rest) = (&bytes[start..end], &bytes[end..]);
        if let Framing::Length(length) = head.framing
            && length <= rest.len() as u64
        {
            check_length(length, wanted)?;
            let (body, surplus) = rest.split_at(length as usize);
            let body = if wanted.body { body } else { &[] };
            return Ok(Progress::Complete(Complete { head, head_bytes, body, surplus: !surplus.is_empty() }));
        }
        // In pieces: what lies in the read buffer won't lie there any longer after the next read.
        self.spill.get_or_insert_default().head.extend_from_slice(head_bytes);
        self.begin_body(head, wanted)?;
        if rest.is_empty() && !self.is_over() { Ok(Progress::More) } else { self.take_more(rest, wanted) }
    }

    /// The head began in an earlier read.
    fn take_spilled_head<'a>(&'a mut self, bytes: &'a [u8], wanted: Wanted<'_>) -> Result<Progress<'a>, Malformed> {
        let mut gathered = std::mem::take(&mut self.spill.get_or_insert_default().head);
        let before = gathered.len();
        gathered.extend_from_slice(bytes);
        let Some((head, start, end)) = self.final_head(&gathered, wanted)? else {
            if gathered.len() > HEAD_BYTES_MAX {
                return Err(Malformed::HeadLength);
            }
            self.spill.get_or_insert_default().head = gathered;
            return Ok(Progress::More);
        };
        // The head was not complete before, so it ends within the new bytes.
        let rest = &bytes[end - before..];
        gathered.truncate(end);
        gathered.drain(..start);
        self.spill.get_or_insert_default().head = gathered;
        self.begin_body(head, wanted)?;
        if rest.is_empty() && !self.is_over() { Ok(Progress::More) } else { self.take_more(rest, wanted) }
    }

    /// The first head that is not an interim one, with its begin and end in `bytes`.
    fn final_head(&mut self, bytes: &[u8], wanted: Wanted<'_>) -> Result<Option<(Head, usize, usize)>, Malformed> {
        let mut start = 0;
        let mut interim = 0;
        loop {
            let Some((head, length)) = Head::parse(&bytes[start..], wanted.answers_head, wanted.served_by)? else {
                return if bytes.len() > HEAD_BYTES_MAX { Err(Malformed::HeadLength) } else { Ok(None) };
            };
            match head.status {
                101 => return Err(Malformed::Switch),
                100..=199 if interim < INTERIM_MAX => {
                    interim += 1;
                    self.interim = interim;
                    start += length;
                }
                100..=199 => return Err(Malformed::Head),
                _ => return Ok(Some((head, start, start + length))),
            }
        }
    }

    fn begin_body(&mut self, head: Head, wanted: Wanted<'_>) -> Result<(), Malformed> {
        self.stage = match head.framing {
            Framing::Length(length) => {
                check_length(length, wanted)?;
                Stage::Length { head, left: length }
            }
            Framing::Chunked => Stage::Chunks { head, chunks: Chunked::new(), taken: 0 },
            Framing::Close => Stage::Close { head, taken: 0 },
        };
        Ok(())
    }

    fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Length { left, .. } => *left == 0,
            Stage::Chunks { chunks, .. } => chunks.is_done(),
            Stage::Head | Stage::Close { .. } => false,
        }
    }

    fn take_more<'a>(&'a mut self, bytes: &[u8], wanted: Wanted<'_>) -> Result<Progress<'a>, Malformed> {
        let spill = self.spill.get_or_insert_default();
        let mut keep = |piece: &[u8]| keep(&mut spill.body, piece, wanted.body);
        let (head, used) = match &mut self.stage {
            Stage::Head => return Ok(Progress::More),
            Stage::Length { head, left } => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                keep(&bytes[..here])?;
                *left -= here as u64;
                (*head, here)
            }
            Stage::Chunks { head, chunks, taken } => {
                let used = chunks.take(bytes, |piece| {
                    *taken += piece.len() as u64;
                    if *taken > BODY_BYTES_MAX { Err(Malformed::BodyLength) } else { keep(piece) }
                })?;
                (*head, used)
            }
            Stage::Close { head, taken } => {
                *taken += bytes.len() as u64;
                if *taken > BODY_BYTES_MAX {
                    return Err(Malformed::BodyLength);
                }
                keep(bytes)?;
                (*head, bytes.len())
            }
        };
        if !self.is_over() {
            return Ok(Progress::More);
        }
        let spill = self.spill.get_or_insert_default();
        let surplus = used < bytes.len();
        Ok(Progress::Complete(Complete { head, head_bytes: &spill.head, body: &spill.body, surplus }))
    }
}

fn check_length(length: u64, wanted: Wanted<'_>) -> Result<(), Malformed> {
    if length > BODY_BYTES_MAX {
        Err(Malformed::BodyLength)
    } else if wanted.body && length > KEPT_BYTES_MAX as u64 {
        Err(Malformed::KeptLength)
    } else {
        Ok(())
    }
}

fn keep(body: &mut Vec<u8>, piece: &[u8], wanted: bool) -> Result<(), Malformed> {
    if wanted {
        if body.len() + piece.len() > KEPT_BYTES_MAX {
            return Err(Malformed::KeptLength);
        }
        body.extend_from_slice(piece);
    }
    Ok(())
}
