//! One direction of a stream: bytes on their way, in order, each part with the instant at which it comes out.
//!
//! ```text
//!   bytes   [■■■■■■■■■|■■■■|■■■■■■■■■■■■■|■■■■■]
//!   parts    t1        t2   t3            NEVER  ◀── in a black hole; given an instant when the hole is gone
//!   end                                          FIN or an error, behind everything else
//! ```
//!
//! When a hole is gone, what it held gets the instant of the sender's next retransmission, which lies ahead. Should the hole
//! be back by then, that retransmission is lost too: the bytes are held again.

use crate::link::{DelayLine, LinkTime, Road, State, next_retransmission};
use std::{collections::VecDeque, io};

/// More parts than this and the lane takes no more, so that single bytes can't cost sixteen times their size.
const PARTS_MAX: usize = 4_096;
/// A lane that goes back to the pool keeps no larger a buffer than this.
const KEPT_BYTES: usize = 16 * 1_024;

#[derive(Debug, Default)]
pub(super) struct Lane {
    bytes: VecDeque<u8>,
    parts: VecDeque<Part>,
    end: Option<(LinkTime, End)>,
    /// When the first of the bytes in the black hole entered it.
    held_since: Option<LinkTime>,
    /// Nothing of what is held has vanished: it stands in a queue.
    queued: bool,
    /// Bytes that were held and will be sent again.
    retransmission: Option<Retransmission>,
}

#[derive(Debug, Clone, Copy)]
struct Retransmission {
    /// When the first of them was sent first.
    sent: LinkTime,
    /// When it is sent again.
    start: LinkTime,
    /// Everything from the first part with this release on waits for that.
    first_release: LinkTime,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    length: usize,
    release: LinkTime,
}

/// How a direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Failed(io::ErrorKind),
}

/// The sender in a black hole has given up.
#[derive(Debug)]
pub(super) struct GivenUp;

impl Lane {
    /// Nothing is on the way.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.end.is_none()
    }

    /// How many bytes fit until `limit` are on the way.
    pub(super) fn room(&self, limit: usize, road: &Road<'_>) -> usize {
        let parts = PARTS_MAX.saturating_sub(self.parts.len());
        let pieces = road.way.slice.map_or(usize::MAX, |slice| parts.saturating_mul(slice.bytes.max(1) as usize));
        if parts == 0 { 0 } else { limit.saturating_sub(self.bytes.len()).min(pieces) }
    }

    /// Bytes enter; says how many of them met a black hole.
    pub(super) fn enter(&mut self, data: &[u8], now: LinkTime, line: &mut DelayLine, road: &Road<'_>) -> usize {
        if data.is_empty() {
            return 0;
        }
        self.bytes.extend(data);
        let held = self.stamp(data.len(), now, now, line, road);
        if held > 0 {
            self.hold(now, road);
        }
        held
    }

    /// The direction ends, behind all that entered before.
    pub(super) fn finish(&mut self, end: End, now: LinkTime, line: &mut DelayLine, road: &Road<'_>) {
        let release = line.push(now, 0, road).release;
        if release == LinkTime::NEVER {
            self.hold(now, road);
        }
        self.end = Some((release, end));
    }

    /// The link has changed: what was held leaves with the sender's next retransmission, or a hole is back before that.
    pub(super) fn turn(&mut self, now: LinkTime, line: &mut DelayLine, road: &Road<'_>) -> Result<(), GivenUp> {
        match road.way.state {
            State::Up => self.reopen(now, line, road),
            State::BlackHole | State::Stall => {
                self.hold_again(now);
                Ok(())
            }
            // The stream is reset, which its owner sees to.
            State::Reject => Ok(()),
        }
    }

    fn reopen(&mut self, now: LinkTime, line: &mut DelayLine, road: &Road<'_>) -> Result<(), GivenUp> {
        let Some(sent) = self.held_since.take() else { return Ok(()) };
        // What stood in a queue goes on; what vanished is sent again.
        let start = match std::mem::take(&mut self.queued) {
            true => now,
            false => next_retransmission(sent, now, road.round_trip).ok_or(GivenUp)?,
        };
        line.restart();
        let mut length = 0;
        while let Some(part) = self.parts.pop_back_if(|part| part.release == LinkTime::NEVER) {
            length += part.length;
        }
        let before = self.parts.len();
        if self.stamp(length, now, start, line, road) > 0 {
            // What is too large for the way stays so.
            self.held_since = Some(sent);
        }
        if let Some((release @ LinkTime::NEVER, _)) = &mut self.end {
            *release = line.push_from(now, start, 0, road).release;
        }
        // A part may have been joined to one before it that comes out at the same instant.
        let first = match length {
            0 => self.end.map(|(release, _)| release),
            _ => self.parts.get(before).or(self.parts.back()).map(|part| part.release),
        };
        self.retransmission = first.map(|first_release| Retransmission { sent, start, first_release });
        Ok(())
    }

    fn hold_again(&mut self, now: LinkTime) {
        let Some(Retransmission { sent, first_release, .. }) = self.retransmission.take_if(|ahead| ahead.start > now)
        else {
            return;
        };
        for part in self.parts.iter_mut().filter(|part| part.release >= first_release) {
            part.release = LinkTime::NEVER;
        }
        if let Some((release, _)) = self.end.as_mut().filter(|(release, _)| *release >= first_release) {
            *release = LinkTime::NEVER;
        }
        self.held_since = Some(sent);
    }

    /// Bytes or the end are held from now on, if none were before.
    fn hold(&mut self, now: LinkTime, road: &Road<'_>) {
        let in_queue = road.way.state == State::Stall;
        self.queued = in_queue && (self.queued || self.held_since.is_none());
        self.held_since.get_or_insert(now);
    }

    /// Since when bytes have been in a black hole.
    pub(super) fn held_since(&self) -> Option<LinkTime> {
        self.held_since
    }

    /// When the next part or the end comes out; `None` when nothing does by itself.
    pub(super) fn next(&self) -> Option<LinkTime> {
        let release = match self.parts.front() {
            Some(part) => part.release,
            None => self.end?.0,
        };
        (release != LinkTime::NEVER).then_some(release)
    }

    /// Bytes that have come out, the first contiguous piece of them.
    pub(super) fn due(&self, now: LinkTime) -> &[u8] {
        let due = self.parts.iter().take_while(|part| part.release <= now).map(|part| part.length).sum::<usize>();
        let (front, _) = self.bytes.as_slices();
        &front[..due.min(front.len())]
    }

    /// Takes bytes away from the front; says how many parts are complete with it.
    pub(super) fn consume(&mut self, count: usize) -> u64 {
        self.bytes.drain(..count);
        let (mut rest, mut complete) = (count, 0);
        while rest > 0 {
            let part = self.parts.front_mut().expect("parts cover all bytes");
            let taken = rest.min(part.length);
            part.length -= taken;
            rest -= taken;
            if part.length == 0 {
                self.parts.pop_front();
                complete += 1;
            }
        }
        complete
    }

    /// The end, once everything before it has come out and its own instant has come.
    pub(super) fn due_end(&self, now: LinkTime) -> Option<End> {
        self.end.filter(|(release, _)| self.parts.is_empty() && *release <= now).map(|(_, end)| end)
    }

    /// The end has been passed on.
    pub(super) fn forget_end(&mut self) {
        self.end = None;
    }

    /// Everything on the way is lost.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.parts.clear();
        self.parts.shrink_to(KEPT_BYTES / size_of::<Part>());
        self.end = None;
        self.held_since = None;
        self.queued = false;
        self.retransmission = None;
    }

    fn stamp(&mut self, bytes: usize, now: LinkTime, start: LinkTime, line: &mut DelayLine, road: &Road<'_>) -> usize {
        let (mut rest, mut held) = (bytes, 0);
        while rest > 0 {
            let passage = line.push_from(now, start, rest, road);
            rest -= passage.bytes;
            held += if passage.release == LinkTime::NEVER { passage.bytes } else { 0 };
            match self.parts.back_mut() {
                Some(last) if last.release == passage.release => last.length += passage.bytes,
                _ => self.parts.push_back(Part { length: passage.bytes, release: passage.release }),
            }
        }
        held
    }
}
