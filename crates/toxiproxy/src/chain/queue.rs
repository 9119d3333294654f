//! What waits before a stage, in order.

use super::{Ending, Front, take};
use bytes::{Buf, Bytes};
use std::{collections::VecDeque, time::Duration};

/// The most that is read at once.
pub const CHUNK_BYTES_MAX: usize = 16 * 1_024;

const SHORT_BYTES: usize = 64 * 1_024;
/// What may be on its way in a delay: with 300 ms, 27 MB/s of one connection. More waits at its source.
const LONG_BYTES: usize = 8 * 1_024 * 1_024;
/// Small chunks cost more than their bytes.
const ITEMS_MAX: usize = 1_024;

/// Something that waits.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) what: Front,
    /// When it arrived, delays included that it has been through.
    pub(super) stamp: Duration,
    /// When it came into this queue.
    pub(super) entered: Duration,
}

impl Item {
    pub(super) fn len(&self) -> usize {
        match &self.what {
            Front::Data(bytes) => bytes.len(),
            Front::End(_) => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    bytes_max: usize,
}

impl Queue {
    /// Before a stage that doesn't need much at hand.
    pub(super) fn short() -> Self {
        Self { items: VecDeque::new(), bytes: 0, bytes_max: SHORT_BYTES }
    }

    /// Before a stage in which much can be on its way.
    pub(super) fn long() -> Self {
        Self { bytes_max: LONG_BYTES, ..Self::short() }
    }

    /// A chunk may go over the limit by less than its own length. Nothing comes after an end.
    pub(super) fn has_room(&self) -> bool {
        let ended = self.items.back().is_some_and(|item| matches!(item.what, Front::End(_)));
        self.bytes < self.bytes_max && self.items.len() < ITEMS_MAX && !ended
    }

    pub(super) fn push_data(&mut self, bytes: Bytes, stamp: Duration, now: Duration) {
        self.push(Item { what: Front::Data(bytes), stamp, entered: now });
    }

    pub(super) fn push_end(&mut self, ending: Ending, now: Duration) {
        self.push(Item { what: Front::End(ending), stamp: now, entered: now });
    }

    pub(super) fn push(&mut self, item: Item) {
        let ended = self.items.back().is_some_and(|item| matches!(item.what, Front::End(_)));
        // What a toxic has ended stays ended, whatever its source still does.
        if !ended {
            self.bytes += item.len();
            self.items.push_back(item);
        }
    }

    pub(super) fn first(&self) -> Option<&Item> {
        self.items.front()
    }

    pub(super) fn front(&self) -> Option<Front> {
        self.items.front().map(|item| item.what.clone())
    }

    pub(super) fn pop(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.bytes -= item.len();
        Some(item)
    }

    /// So many bytes of the first item, or all of it.
    pub(super) fn pop_part(&mut self, count: usize) -> Option<Item> {
        let first = self.items.front_mut()?;
        let Front::Data(bytes) = &mut first.what else { return self.pop() };
        if count >= bytes.len() {
            return self.pop();
        }
        self.bytes -= count;
        let part = take(bytes, count);
        Some(Item { what: Front::Data(part), ..*first })
    }

    pub(super) fn advance(&mut self, count: usize) {
        let Some(Item { what: Front::Data(bytes), .. }) = self.items.front_mut() else { return };
        bytes.advance(count);
        self.bytes -= count;
        if bytes.is_empty() {
            self.items.pop_front();
        }
    }

    pub(super) fn drain(self) -> impl Iterator<Item = Item> {
        self.items.into_iter()
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.bytes = 0;
    }
}
