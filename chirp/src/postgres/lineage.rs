//! Which server has which history: positions in the log, forks, and whether one can follow another.
//!
//! PostgreSQL gives each history a number (time line), and a promotion makes the next one. That is not
//! enough to tell two histories apart: a writer that was promoted and died alone, and the one promoted
//! after it, take the same number. So each writer's first act is a row in the table `writers`: its epoch,
//! which a majority has granted to it alone, and the position at which its history forked off. Rows travel
//! with the log, so a server's rows say exactly which histories it has.
//!
//! ```text
//! epoch 1  ────────────┬──────x            forked at 0/500; the tail behind is lost
//! epoch 2              └───────┬─────▶
//! epoch 3                      └───▶       forked at 0/900
//! ```
//!
//! A server whose newest epoch is 1 can follow the third if it has nothing of epoch 1 beyond 0/500. If it
//! has more, it must be rewound to the fork first, and what it has beyond is discarded.

use std::fmt;
use std::str::FromStr;

/// A position in the log, in bytes since the beginning of the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Position(pub(super) u64);

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

/// A text that is not a position.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a position such as 0/3000060")]
pub(super) struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (high, low) = text.split_once('/')?;
            let high = u32::from_str_radix(high, 16).ok()?;
            let low = u32::from_str_radix(low, 16).ok()?;
            Some(Self(u64::from(high) << 32 | u64::from(low)))
        };
        parse().ok_or_else(|| PositionError(text.to_owned()))
    }
}

/// Where the newest time line forked off, from the text of its history file
/// (`1<tab>0/3000060<tab>reason`, one line per older time line).
pub(super) fn fork_in(history: &str) -> Option<Position> {
    let mut lines = history.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.next_back()?.split_whitespace().nth(1)?.parse().ok()
}

/// One writer of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Writership {
    /// Its epoch.
    pub(super) epoch: u64,
    /// Where its history forked off the one before.
    pub(super) forked: Position,
}

/// How a server gets behind another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FollowPlan {
    /// What it has is the beginning of what the other has: it goes on from there.
    Stream,
    /// It has a tail that the other has not.
    Rewind,
    /// What comes next is no longer in the other's log.
    Copy,
}

/// How a server that has `own` writers and everything up to `at` gets behind one that has `source`, and the log from
/// `oldest` on, which is where a file of the log begins.
pub(super) fn follow_plan(own: &[Writership], at: Position, source: &[Writership], oldest: Position) -> FollowPlan {
    let is_foreign = |writer: &Writership| !source.contains(writer);
    let newest = own.iter().map(|writer| writer.epoch).max().unwrap_or(0);
    let next = source.iter().filter(|writer| writer.epoch > newest).min_by_key(|writer| writer.epoch);
    if own.iter().any(is_foreign) || next.is_some_and(|next| at > next.forked) {
        FollowPlan::Rewind
    } else if at < oldest {
        FollowPlan::Copy
    } else {
        FollowPlan::Stream
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use proptest::prelude::*;

    use super::*;

    fn writers(rows: &[(u64, u64)]) -> Vec<Writership> {
        rows.iter().map(|(epoch, forked)| Writership { epoch: *epoch, forked: Position(*forked) }).collect()
    }

    #[test]
    fn a_server_streams_if_it_has_nothing_beyond_the_fork_and_is_rewound_otherwise() {
        use FollowPlan::{Copy, Rewind, Stream};
        type Rows = &'static [(u64, u64)];
        // (what is so, own writers, own position, writers of the source, plan)
        let cases: [(&str, Rows, u64, Rows, FollowPlan); 11] = [
            ("the same writer", &[(1, 0)], 700, &[(1, 0)], Stream),
            ("behind the fork", &[(1, 0)], 400, &[(1, 0), (2, 500)], Stream),
            ("exactly at the fork", &[(1, 0)], 500, &[(1, 0), (2, 500)], Stream),
            ("beyond the fork", &[(1, 0)], 501, &[(1, 0), (2, 500)], Rewind),
            ("the next fork counts, not the last one", &[(1, 0)], 600, &[(1, 0), (2, 500), (3, 900)], Rewind),
            ("epochs need not follow each other", &[(1, 0), (4, 100)], 800, &[(1, 0), (4, 100), (9, 900)], Stream),
            ("an own epoch that the source never had", &[(1, 0), (2, 500)], 510, &[(1, 0), (3, 500)], Rewind),
            ("the same epoch with another fork", &[(1, 0), (2, 500)], 510, &[(1, 0), (2, 400)], Rewind),
            ("exactly at the oldest log", &[(1, 0)], 300, &[(1, 0)], Stream),
            ("before the oldest log", &[(1, 0)], 299, &[(1, 0), (2, 500)], Copy),
            ("a tail is listed before it is gone", &[(1, 0), (2, 100)], 200, &[(1, 0), (3, 400)], Rewind),
        ];
        for (what, own, at, source, plan) in cases {
            let oldest = Position(300);
            assert_eq!(follow_plan(&writers(own), Position(at), &writers(source), oldest), plan, "{what}");
        }
    }

    #[test]
    fn the_fork_is_in_the_last_line_of_a_history() {
        let history = "1\t0/1900000\tno recovery target specified\n\n2\t1/A0\tbefore 2000-01-01 00:00:00+00\n";
        assert_eq!(fork_in(history), Some(Position(0x1_0000_00a0)));
        assert_eq!(fork_in("# nothing\n"), None);
        assert!("16".parse::<Position>().is_err() && "x/1".parse::<Position>().is_err());
    }

    proptest! {
        /// A position comes back from its text.
        #[test]
        fn positions_are_written_as_they_are_read(position: u64) {
            let position = Position(position);
            prop_assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        }
    }
}
