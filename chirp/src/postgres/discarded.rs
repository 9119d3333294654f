//! What a rewind throws away: the writes that the old writer's server has and the new writer's has not.
//!
//! Every write leaves a line in the table `journal`: its epoch, its number, its kind, and what it was
//! about. Numbers are given when a write begins and can become visible out of order, so the two journals
//! are compared as sets and not by their ends. Compared is at most the newest [`COMPARED_MAX`] lines; a
//! longer tail is told as "at least".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use tokio_postgres::Client;

use super::PostgresError;

/// Lines of the journal that are compared.
const COMPARED_MAX: i64 = 50_000;

/// One write that is lost for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Discarded {
    pub(super) epoch: u64,
    pub(super) number: u64,
    pub(super) kind: String,
    pub(super) subject: String,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) writes: Vec<Discarded>,
    /// Whether there may be more than could be compared.
    pub(super) more: bool,
}

impl Tail {
    /// One JSON object per line, one text per epoch.
    pub(super) fn files(&self) -> BTreeMap<u64, String> {
        let mut files: BTreeMap<u64, String> = BTreeMap::new();
        for write in &self.writes {
            let line = serde_json::to_string(write).expect("a write has text keys only");
            writeln!(files.entry(write.epoch).or_default(), "{line}").expect("a string takes every write");
        }
        files
    }
}

/// What `own` has and `source` has not.
pub(super) async fn tail(own: &Client, source: &Client) -> Result<Tail, PostgresError> {
    const OWN: &str = "SELECT epoch, number, kind, subject FROM journal ORDER BY epoch DESC, number DESC LIMIT $1";
    const THEIRS: &str = "SELECT epoch, number FROM journal WHERE (epoch, number) >= ($1, $2)";
    let has_journal = own.query_one("SELECT to_regclass('journal') IS NOT NULL", &[]).await?;
    if !has_journal.get::<_, bool>(0) {
        return Ok(Tail::default());
    }
    let rows = own.query(OWN, &[&COMPARED_MAX]).await?;
    let compared: Vec<Discarded> = rows
        .iter()
        .map(|row| Discarded {
            epoch: row.get::<_, i64>(0) as u64,
            number: row.get::<_, i64>(1) as u64,
            kind: row.get(2),
            subject: row.get(3),
        })
        .collect();
    let Some(oldest) = compared.last() else { return Ok(Tail::default()) };
    let theirs = source.query(THEIRS, &[&(oldest.epoch as i64), &(oldest.number as i64)]).await?;
    let theirs = theirs.iter().map(|row| (row.get::<_, i64>(0) as u64, row.get::<_, i64>(1) as u64)).collect();
    Ok(difference(compared, &theirs, COMPARED_MAX as usize))
}

fn difference(compared: Vec<Discarded>, theirs: &BTreeSet<(u64, u64)>, compared_max: usize) -> Tail {
    let full = compared.len() >= compared_max;
    let oldest_is_lost = compared.last().is_some_and(|oldest| !theirs.contains(&(oldest.epoch, oldest.number)));
    let mut writes: Vec<Discarded> =
        compared.into_iter().filter(|write| !theirs.contains(&(write.epoch, write.number))).collect();
    writes.sort();
    Tail { writes, more: full && oldest_is_lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(epoch: u64, number: u64) -> Discarded {
        Discarded { epoch, number, kind: "post".into(), subject: format!("p{number}") }
    }

    #[test]
    fn lost_is_what_only_this_server_has_wherever_in_the_journal_it_stands() {
        let own = vec![write(2, 9), write(2, 8), write(1, 7), write(1, 5)];
        let theirs = BTreeSet::from([(1, 5), (1, 7), (2, 9), (3, 10)]);
        let tail = difference(own, &theirs, 100);
        assert_eq!(tail, Tail { writes: vec![write(2, 8)], more: false });
        let line = "{\"epoch\":2,\"number\":8,\"kind\":\"post\",\"subject\":\"p8\"}\n";
        assert_eq!(tail.files(), BTreeMap::from([(2, line.to_owned())]));
    }

    #[test]
    fn a_tail_longer_than_what_is_compared_says_that_there_is_more() {
        let own = || vec![write(1, 3), write(1, 2)];
        assert!(difference(own(), &BTreeSet::new(), 2).more);
        assert!(!difference(own(), &BTreeSet::from([(1, 2)]), 2).more);
        assert!(!difference(own(), &BTreeSet::new(), 3).more);
    }
}
