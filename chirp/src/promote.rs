//! `chirp promote`: makes a region the writer of a partition, and waits until it is.
//!
//! The region asks the writer to hand over, and if there is none it stands for the lease. Either way it
//! goes by the rules of the lease: nothing that was acknowledged is lost, and no two write. So this is
//! safe to call at any time; it may only be impossible, and then it says so.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use tokio::time::Instant;

use crate::config::{Config, RegionConfig};
use crate::error::Error;
use crate::http::{Answer, Connection, RequestError};
use crate::names::PartitionName;
use crate::region::SeatMessage;

/// How long an answer of the region may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is looked whether the region writes.
const LOOK: Duration = Duration::from_millis(50);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Arguments of `promote`.
#[derive(Debug, Args)]
pub struct PromoteArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: std::path::PathBuf,
    /// Which region shall write.
    #[arg(long, value_name = "NAME")]
    pub(crate) region: String,
    /// Which partition; may be left out if there is one only.
    #[arg(long, value_name = "NAME")]
    pub(crate) partition: Option<String>,
    /// How long to wait until the region writes, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}

/// Promotes, and answers what to print.
pub(crate) async fn promote(
    config: &Config,
    region: &RegionConfig,
    partition: Option<&str>,
    wait: Duration,
) -> Result<String, Error> {
    let partition = find_partition(config, partition)?;
    let failed = |source| Error::Promote { region: region.name.to_string(), address: region.peer_listen, source };
    let mut connection = Connection::open(region.peer_listen, TIMEOUT).await.map_err(failed)?;
    let body = serde_json::json!({ "partition": partition }).to_string();
    let asked = connection.post("/admin/promote", Bytes::from(body), ANSWER_BYTES_MAX, TIMEOUT).await;
    asked.and_then(checked).map_err(failed)?;
    let began = Instant::now();
    loop {
        let seat = look(&mut connection, &partition).await.map_err(failed)?;
        if seat.writer.as_ref() == Some(&region.name) {
            return Ok(format!("{} writes partition {partition}, epoch {}\n", region.name, seat.epoch));
        }
        if began.elapsed() >= wait {
            let writer = seat.writer.map_or("nobody".to_owned(), |writer| writer.to_string());
            let (region, partition) = (region.name.to_string(), partition.to_string());
            return Err(Error::NotPromoted { region, partition, writer });
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn find_partition(config: &Config, wanted: Option<&str>) -> Result<PartitionName, Error> {
    let partitions = &config.deployment.partitions;
    let found = match (wanted, partitions.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(wanted), _) => partitions.iter().find(|partition| partition.name.as_str() == wanted),
    };
    let known: Vec<&str> = partitions.iter().map(|partition| partition.name.as_str()).collect();
    let unknown = || Error::UnknownPartition {
        name: wanted.unwrap_or_default().to_owned(),
        model: config.deployment.model.name(),
        known: known.join(", "),
    };
    found.map(|partition| partition.name.clone()).ok_or_else(unknown)
}

async fn look(connection: &mut Connection, partition: &PartitionName) -> Result<SeatMessage, RequestError> {
    let answer = checked(connection.get("/peer/lease", ANSWER_BYTES_MAX, TIMEOUT).await?)?;
    let unexpected = || RequestError::Unexpected(String::from_utf8_lossy(&answer.body).into_owned());
    let seats: Vec<SeatMessage> = serde_json::from_slice(&answer.body).map_err(|_| unexpected())?;
    seats.into_iter().find(|seat| seat.partition == *partition).ok_or_else(unexpected)
}

fn checked(answer: Answer) -> Result<Answer, RequestError> {
    if answer.status == 200 {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(&answer.body);
    Err(RequestError::Unexpected(format!("status {}: {body}", answer.status)))
}
