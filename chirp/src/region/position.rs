//! What a region's state contains: how far each region's log is in it.
//!
//! Two positions are compared log by log. A log that was begun anew (its region lost its disk) has another
//! id, and its numbers say nothing about the old one's.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Region;
use crate::entry::Cursor;
use crate::names::RegionName;

/// The longest text that is read as a position, in bytes: 20 regions need about half of it.
const TEXT_BYTES_MAX: usize = 4096;

/// Per origin, the log and the number up to which it is contained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Position(BTreeMap<RegionName, Cursor>);

impl Position {
    /// What `region` contains, durable, now.
    pub(super) fn of(region: &Region) -> Self {
        let head = *region.writer.durable().borrow();
        let own = Cursor { log: region.store.log().to_owned(), seq: head };
        let peers = region.peers.iter().map(|(name, status)| (name.clone(), status.cursor()));
        Self(peers.chain([(region.name.clone(), own)]).filter(|(_, cursor)| !cursor.log.is_empty()).collect())
    }

    /// What both contain. Of a log that was begun anew only what is contained here: the old one's numbers say nothing.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (origin, cursor) in other.0 {
            let own = self.0.entry(origin).or_insert_with(|| cursor.clone());
            if own.log == cursor.log {
                own.seq = own.seq.max(cursor.seq);
            }
        }
        self
    }

    /// The logs of which `other` contains more, or another one.
    pub(super) fn lacking<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a RegionName> {
        let contains = |origin: &RegionName, wanted: &Cursor| {
            self.0.get(origin).is_some_and(|own| own.log == wanted.log && own.seq >= wanted.seq)
        };
        other.0.iter().filter(move |(origin, wanted)| !contains(origin, wanted)).map(|(origin, _)| origin)
    }
}

/// As in a header: `eu-west-1=LOG:17;us-east-1=LOG:4`.
impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (origin, cursor)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(formatter, "{separator}{origin}={}:{}", cursor.log, cursor.seq)?;
        }
        Ok(())
    }
}

/// A text that is no position.
#[derive(Debug, thiserror::Error)]
#[error("not a position of the form eu-west-1=LOG:17;us-east-1=LOG:4")]
pub(super) struct PositionError;

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(PositionError);
        }
        let part = |part: &str| {
            let (origin, cursor) = part.split_once('=')?;
            let (log, seq) = cursor.split_once(':')?;
            let seq = seq.parse().ok()?;
            Some((RegionName::parse(origin).ok()?, Cursor { log: log.to_owned(), seq }))
        };
        let parts = text.split(';').filter(|part| !part.is_empty());
        parts.map(part).collect::<Option<_>>().map(Self).ok_or(PositionError)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_position_comes_back_from_its_text_and_nonsense_is_refused() {
        let text = "eu-west-1=00ab:17;us-east-1=ff:4";
        let position: Position = text.parse().unwrap();
        assert_eq!(position.to_string(), text);
        assert_eq!("".parse::<Position>().unwrap(), Position::default());
        for nonsense in ["eu", "eu=1", "eu=a:b", "EU=a:1", &"x".repeat(5000)] {
            assert!(nonsense.parse::<Position>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn what_was_seen_once_is_not_unseen() {
        // (here, seen before, seen with the answer)
        let cases = [
            ("eu=a:3", "", "eu=a:3"),
            ("", "eu=a:3", "eu=a:3"),
            ("eu=a:3", "eu=a:4", "eu=a:4"),
            ("eu=a:4", "eu=a:3", "eu=a:4"),
            ("eu=a:4", "us=c:1", "eu=a:4;us=c:1"),
            ("eu=b:1", "eu=a:9", "eu=b:1"),
        ];
        for (here, before, expected) in cases {
            let (own, seen): (Position, Position) = (here.parse().unwrap(), before.parse().unwrap());
            assert_eq!(own.and(seen).to_string(), expected, "{here} and {before}");
        }
    }

    #[test]
    fn what_is_lacking_is_told_by_origin() {
        // (ours, theirs, what we lack)
        let cases = [
            ("eu=a:3", "eu=a:3", ""),
            ("eu=a:3", "eu=a:4", "eu"),
            ("eu=a:4", "eu=a:3", ""),
            ("eu=a:4", "eu=b:1", "eu"),
            ("eu=a:4", "us=c:1", "us"),
            ("eu=a:4;us=c:1", "", ""),
            ("", "eu=a:0;us=c:0", "eu us"),
        ];
        for (ours, theirs, lacking) in cases {
            let (ours, theirs): (Position, Position) = (ours.parse().unwrap(), theirs.parse().unwrap());
            let found: Vec<&str> = ours.lacking(&theirs).map(RegionName::as_str).collect();
            assert_eq!(found.join(" "), lacking, "{ours} against {theirs}");
        }
    }
}
