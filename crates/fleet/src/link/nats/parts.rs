//! Messages that are larger than a server takes: cut into parts, and joined. Pure.
//!
//! ```text
//!   part NUMBER INDEX/OF LENGTH DIGEST\n bytes
//! ```
//!
//! A message has a number, drawn by its sender. The digest of the whole tells it from another message with the same number (of a
//! sender that was started again), and shows that what was joined is what was cut. Parts may be lost, doubled and reordered; a
//! message of which a part is lost is given up when [`PENDING_MAX`] later ones have begun.

use std::collections::VecDeque;

/// Messages of one sender of which a part is missing, at most.
const PENDING_MAX: usize = 8;
/// The largest message: an assignment carries the plan with all rows of its data feeds.
const BYTES_MAX: usize = 256 << 20;
/// Parts of one message at most.
const PARTS_MAX: usize = 1 << 14;
/// What the head of a part takes at most.
pub const HEAD_BYTES_MAX: usize = 128;

/// Cuts a message into parts of at most `part_bytes_max`, with their heads; there is always one.
///
/// # Panics
/// When not even a head fits.
#[must_use]
pub fn cut(number: u64, message: &[u8], part_bytes_max: usize) -> Vec<Vec<u8>> {
    assert!(part_bytes_max > HEAD_BYTES_MAX, "a part has room for more than its head");
    let (length, digest) = (message.len(), digest(message));
    let each = part_bytes_max - HEAD_BYTES_MAX;
    let of = length.div_ceil(each).max(1);
    let part = |index: usize| {
        let mut part = format!("part {number} {index}/{of} {length} {digest:016x}\n").into_bytes();
        part.extend_from_slice(&message[(index * each).min(length)..((index + 1) * each).min(length)]);
        part
    };
    (0..of).map(part).collect()
}

/// The parts of one sender's messages.
#[derive(Debug, Default)]
pub struct Joiner {
    /// The one that was begun first comes first.
    pending: VecDeque<Pending>,
}

/// What tells a message from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    number: u64,
    of: usize,
    length: usize,
    digest: u64,
}

#[derive(Debug)]
struct Pending {
    key: Key,
    parts: Vec<Option<Vec<u8>>>,
}

/// A part that is none, or a message that isn't what was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// No head, or one that makes no sense.
    #[error("a message has no head that says which part it is")]
    Head,
    /// The whole is not what it should be.
    #[error("a message that was joined is not the one that was cut")]
    Changed,
}

impl Joiner {
    /// Takes a part; gives the message when it was the last that was missing.
    ///
    /// # Errors
    /// What isn't a part, or was changed on its way.
    pub fn take(&mut self, part: &[u8]) -> Result<Option<Vec<u8>>, PartError> {
        let (key, index, bytes) = read(part).ok_or(PartError::Head)?;
        let at = match self.pending.iter().position(|pending| pending.key == key) {
            Some(at) => at,
            None => {
                if self.pending.len() == PENDING_MAX {
                    self.pending.pop_front();
                }
                self.pending.push_back(Pending { key, parts: vec![None; key.of] });
                self.pending.len() - 1
            }
        };
        let pending = &mut self.pending[at];
        pending.parts[index] = Some(bytes.to_vec());
        if pending.parts.iter().any(Option::is_none) {
            return Ok(None);
        }
        let whole = self.pending.remove(at).expect("it was found there").parts.into_iter().flatten().flatten();
        let whole: Vec<u8> = whole.collect();
        let is_it = whole.len() == key.length && digest(&whole) == key.digest;
        if is_it { Ok(Some(whole)) } else { Err(PartError::Changed) }
    }
}

fn read(part: &[u8]) -> Option<(Key, usize, &[u8])> {
    let end = part.iter().take(HEAD_BYTES_MAX).position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let words: Vec<&str> = head.split(' ').collect();
    let ["part", number, place, length, digest] = *words.as_slice() else { return None };
    let (index, of) = place.split_once('/')?;
    let (index, of): (usize, usize) = (index.parse().ok()?, of.parse().ok()?);
    let length: usize = length.parse().ok()?;
    let key = Key { number: number.parse().ok()?, of, length, digest: u64::from_str_radix(digest, 16).ok()? };
    // No sender makes parts without bytes, but for one of an empty message.
    (index < of && of <= length.clamp(1, PARTS_MAX) && length <= BYTES_MAX).then(|| (key, index, &part[end + 1..]))
}

/// FNV-1a, 64 bits: to notice mistakes, not enemies.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_digest_is_the_known_one() {
        assert_eq!(digest(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        let mut joiner = Joiner::default();
        let texts = ["", "part", "part 1 0/1 3\nabc", "part 1 1/1 3 0\nabc", "part 1 0/9 3 0\nabc", "part 1 0/0 0 0\n"];
        for text in texts {
            assert_eq!(joiner.take(text.as_bytes()), Err(PartError::Head), "{text:?}");
        }
        let huge = format!("part 1 0/2 {} 0\nabc", BYTES_MAX + 1);
        assert_eq!(joiner.take(huge.as_bytes()), Err(PartError::Head));
        let mut changed = cut(1, b"abc", 1_000).remove(0);
        *changed.last_mut().unwrap() = b'd';
        assert_eq!(joiner.take(&changed), Err(PartError::Changed));
    }

    #[test]
    fn messages_that_never_become_whole_are_given_up() {
        let mut joiner = Joiner::default();
        let first = cut(0, &[7; 40], HEAD_BYTES_MAX + 20);
        for number in 0..=PENDING_MAX as u64 {
            let begun = cut(number, &[7; 40], HEAD_BYTES_MAX + 20);
            assert_eq!(joiner.take(&begun[0]), Ok(None));
        }
        assert_eq!(joiner.pending.len(), PENDING_MAX);
        assert_eq!(joiner.take(&first[1]), Ok(None), "its first part was given up");
    }

    proptest! {
        /// Of the messages whose parts all arrive, whatever is doubled and in whatever order, each is joined to what was cut.
        #[test]
        fn whole_messages_come_through_and_nothing_else(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..PENDING_MAX),
            each in 1_usize..60,
            fates in prop::collection::vec((0_usize..4, any::<prop::sample::Index>()), 0..400),
        ) {
            let all: Vec<(usize, Vec<u8>)> = messages
                .iter()
                .enumerate()
                .flat_map(|(number, message)| {
                    let parts = cut(number as u64, message, HEAD_BYTES_MAX + each);
                    parts.into_iter().map(move |part| (number, part))
                })
                .collect();
            prop_assert!(all.iter().all(|(_, part)| part.len() <= HEAD_BYTES_MAX + each));
            // By default each arrives once; a fate says how often, and before which other.
            let mut times = vec![1; all.len()];
            let mut order: Vec<usize> = (0..all.len()).collect();
            for (one, (often, with)) in fates.iter().enumerate() {
                times[one % all.len()] = *often;
                order.swap(one % all.len(), with.index(all.len()));
            }
            let mut joiner = Joiner::default();
            let mut joined = Vec::new();
            for one in order.iter().flat_map(|one| std::iter::repeat_n(*one, times[*one])) {
                joined.extend(joiner.take(&all[one].1).unwrap());
            }
            for (number, message) in messages.iter().enumerate() {
                let arrived = all.iter().zip(&times).filter(|((of, _), _)| *of == number).all(|(_, times)| *times > 0);
                prop_assert!(!arrived || joined.contains(message), "message {number} is whole and did not come");
            }
            prop_assert!(joined.iter().all(|one| messages.contains(one)));
        }
    }
}
