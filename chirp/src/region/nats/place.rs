//! Which part of a log a message is: the way from a number of the log to a message of the stream.
//!
//! Numbers of the stream (from 1, without gaps: nothing is ever taken out but at the old end) and numbers of
//! the log grow together, so the message with a given number of the log is found by halving. A reader is
//! mostly near the end, and each look is a round trip: so it first looks back from the end in doubling steps,
//! which costs about `2·log2` of the distance, and not of the length of the stream.

use async_nats::HeaderMap;
use async_nats::jetstream::stream::Stream;

use super::link::{Link, NatsError};

const LOG: &str = "Chirp-Log";
const TO: &str = "Chirp-To";

/// Where in a log a message ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which log.
    pub(super) log: String,
    /// Its last number.
    pub(super) to: u64,
}

impl Place {
    /// As headers.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(LOG, self.log.as_str());
        headers.insert(TO, self.to.to_string().as_str());
        headers
    }

    /// From headers.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        Some(Self { log: text(LOG)?, to: text(TO)?.parse().ok()? })
    }

    /// Whether the message has something of `log` beyond `seq`. Messages of an older log come before.
    pub(super) fn is_beyond(&self, log: &str, seq: u64) -> bool {
        self.log == log && self.to > seq
    }
}

/// The place of a message of the stream.
pub(super) async fn look(link: &Link, stream: &Stream, sequence: u64) -> Result<Place, NatsError> {
    let message = link.bounded(stream.get_raw_message(sequence)).await?;
    let message = message.map_err(|error| NatsError::client("cannot get a message", error))?;
    Place::of(&message.headers).ok_or(NatsError::NoPlace(sequence))
}

/// Finds the first message that has something beyond, among those of which none has up to some message and
/// all have from then on.
#[derive(Debug)]
pub(super) struct Search {
    /// None before this has.
    low: u64,
    /// All from this on have.
    high: u64,
    last: u64,
    step: u64,
}

impl Search {
    /// Among the messages from `first` to `last`.
    pub(super) fn new(first: u64, last: u64) -> Self {
        Self { low: first, high: last + 1, last, step: 1 }
    }

    /// Which message to look at; none when it is found.
    pub(super) fn wanted(&mut self) -> Option<u64> {
        if self.low >= self.high {
            return None;
        }
        let middle = self.low + (self.high - self.low) / 2;
        let back = (self.last + 1).saturating_sub(self.step);
        if back > middle {
            self.step *= 2;
        }
        Some(middle.max(back))
    }

    /// What a look has shown.
    pub(super) fn tell(&mut self, sequence: u64, is_beyond: bool) {
        if is_beyond {
            self.high = sequence;
        } else {
            self.low = sequence + 1;
        }
    }

    /// The message that was found; the one after the last if none has anything beyond.
    pub(super) fn found(&self) -> u64 {
        self.high
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(first: u64, last: u64, edge: u64) -> (u64, usize) {
        let (mut search, mut looks) = (Search::new(first, last), 0);
        while let Some(sequence) = search.wanted() {
            assert!((first..=last).contains(&sequence), "{sequence}");
            search.tell(sequence, sequence >= edge);
            looks += 1;
        }
        (search.found(), looks)
    }

    proptest! {
        #[test]
        fn the_first_message_beyond_is_found(first in 1_u64..50, length in 0_u64..2000, edge in 0_u64..2100) {
            let last = first + length - 1;
            let (at, looks) = found(first, last, edge);
            prop_assert_eq!(at, edge.clamp(first, last + 1));
            prop_assert!(looks <= 24, "{looks}");
        }
    }

    #[test]
    fn near_the_end_it_takes_few_looks() {
        // (messages behind the end, looks at most)
        for (behind, looks_max) in [(0, 1), (1, 2), (3, 5), (100, 15)] {
            let (at, looks) = found(1, 1_000_000, 1_000_001 - behind);
            assert_eq!(at, 1_000_001 - behind);
            assert!(looks <= looks_max, "{behind}: {looks}");
        }
    }

    #[test]
    fn a_place_comes_back_from_its_headers() {
        let place = Place { log: "l1".into(), to: 12 };
        assert_eq!(Place::of(&place.headers()), Some(place.clone()));
        assert_eq!(Place::of(&HeaderMap::new()), None);
        for (log, seq, beyond) in [("l1", 11, true), ("l1", 12, false), ("l0", 0, false)] {
            assert_eq!(place.is_beyond(log, seq), beyond, "{log} {seq}");
        }
    }
}
