//! What the peers have, and cutting them off from old writers, in one question.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::Agent;
use crate::http::{Connection, RequestError};
use crate::names::RegionName;
use crate::postgres::PostgresError;
use crate::postgres::lineage::Position;

/// How long a peer may take to cut itself off and to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(6);
/// How much longer is waited for the others once a majority has answered. It holds every write of a quorum by then; who answers
/// later may only have had more than that. A region that is cut off from all would cost [`ANSWER_LIMIT`] each time, and the right to
/// take over is gone after five leases.
const OTHERS_LIMIT: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: usize = 4096;

/// What a region's server has; the answer to `GET /peer/postgres?epoch=`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Whether there is a server's directory at all.
    pub(crate) has_data: bool,
    /// The newest epoch in its history; 0 before the first.
    pub(crate) epoch: u64,
    /// How far its log goes, in bytes.
    pub(crate) position: u64,
}

impl Report {
    /// What makes one server have more than another: the newest history first, then how far it goes.
    fn rank(&self) -> (u64, u64) {
        (self.epoch, self.position)
    }
}

/// A peer that has more than this region.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) region: RegionName,
    pub(super) position: Position,
}

impl Agent {
    /// Cuts a majority off from writers before `epoch`. Answers who has more than `own`, the best of them.
    pub(super) async fn gather(&self, epoch: u64, own: &Report) -> Result<Option<Ahead>, PostgresError> {
        let mut asked = JoinSet::new();
        for (region, address) in self.peers.clone() {
            asked.spawn(async move { (region, ask(address, epoch).await) });
        }
        let all = self.peers.len() + 1;
        let (answers, silent) = answers(asked, all / 2).await;
        let there = answers.len() + 1;
        if there <= all / 2 {
            let why = silent.join("; ");
            return Err(PostgresError::NotYet(format!("only {there} of {all} regions say what they have ({why})")));
        }
        let best = answers.into_iter().max_by_key(|(_, report)| report.rank());
        let ahead = best.filter(|(_, report)| report.has_data && (!own.has_data || report.rank() > own.rank()));
        Ok(ahead.map(|(region, report)| Ahead { region, position: Position(report.position) }))
    }
}

/// What was answered, and by whom not, and why. Once there are `enough` answers the others have [`OTHERS_LIMIT`].
async fn answers(
    mut asked: JoinSet<(RegionName, Result<Report, RequestError>)>,
    enough: usize,
) -> (Vec<(RegionName, Report)>, Vec<String>) {
    let (mut answers, mut silent) = (Vec::new(), Vec::new());
    let mut until = None;
    loop {
        let next = match until {
            Some(until) => timeout_at(until, asked.join_next()).await.ok().flatten(),
            None => asked.join_next().await,
        };
        match next {
            None => return (answers, silent),
            Some(Ok((region, Ok(report)))) => answers.push((region, report)),
            Some(Ok((region, Err(error)))) => silent.push(format!("{region}: {error}")),
            Some(Err(error)) => silent.push(error.to_string()),
        }
        if answers.len() >= enough {
            until = until.or_else(|| Some(Instant::now() + OTHERS_LIMIT));
        }
    }
}

async fn ask(address: SocketAddr, epoch: u64) -> Result<Report, RequestError> {
    let mut connection = Connection::open(address, ANSWER_LIMIT).await?;
    let answer = connection.get(&format!("/peer/postgres?epoch={epoch}"), ANSWER_BYTES_MAX, ANSWER_LIMIT).await?;
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 {
        return Err(RequestError::Unexpected(format!("status {}: {}", answer.status, text())));
    }
    serde_json::from_slice(&answer.body).map_err(|_| RequestError::Unexpected(text()))
}

#[cfg(test)]
mod tests {
    //! Peers that answer at once, late, and never, by a clock that stands still while nobody waits.
    use super::*;

    /// What came of peers that answer after so many milliseconds (or fail, or never do anything), and how long that took.
    async fn asked(peers: &[(&str, Option<u64>, bool)], enough: usize) -> (usize, usize, Duration) {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for (name, after, answers) in peers {
            let (name, after, answers) = (RegionName::parse(name).expect("a name"), *after, *answers);
            tasks.spawn(async move {
                let Some(after) = after else { return std::future::pending().await };
                tokio::time::sleep(Duration::from_millis(after)).await;
                let refused = || RequestError::Unexpected("status 503".to_owned());
                (name, if answers { Ok(Report::default()) } else { Err(refused()) })
            });
        }
        let (answered, silent) = answers(tasks, enough).await;
        (answered.len(), silent.len(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answers_is_not_waited_for_once_a_majority_has() {
        let ms = Duration::from_millis;
        // One of two peers is enough: with this region that is a majority.
        assert_eq!(asked(&[("a", Some(10), true), ("b", None, true)], 1).await, (1, 0, ms(2010)));
        assert_eq!(asked(&[("a", Some(10), true), ("b", Some(1500), true)], 1).await, (2, 0, ms(1500)));
        // Without a majority everybody has all the time that a question has.
        assert_eq!(asked(&[("a", Some(5000), true), ("b", Some(10), false)], 1).await, (1, 1, ms(5000)));
        assert_eq!(asked(&[("a", Some(10), false), ("b", Some(6000), false)], 1).await, (0, 2, ms(6000)));
    }
}
