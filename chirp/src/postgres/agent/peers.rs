//! What the peers have, and cutting them off from old writers, in one question.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::Agent;
use crate::http::{Connection, RequestError};
use crate::names::RegionName;
use crate::postgres::PostgresError;
use crate::postgres::lineage::Position;

/// How long a peer may take to cut itself off and to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(6);
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
        let (mut answers, mut silent) = (Vec::new(), Vec::new());
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok((region, Ok(report))) => answers.push((region, report)),
                Ok((region, Err(error))) => silent.push(format!("{region}: {error}")),
                Err(error) => silent.push(error.to_string()),
            }
        }
        let (there, all) = (answers.len() + 1, self.peers.len() + 1);
        if there <= all / 2 {
            let why = silent.join("; ");
            return Err(PostgresError::NotYet(format!("only {there} of {all} regions say what they have ({why})")));
        }
        let best = answers.into_iter().max_by_key(|(_, report)| report.rank());
        let ahead = best.filter(|(_, report)| report.has_data && (!own.has_data || report.rank() > own.rank()));
        Ok(ahead.map(|(region, report)| Ahead { region, position: Position(report.position) }))
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
