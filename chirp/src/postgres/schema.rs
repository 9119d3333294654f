//! Making the tables, planting the seed, and the first line of a writer's history.
//!
//! All three are committed without waiting for other regions: the first server has nobody yet who could
//! follow it, and whatever is acknowledged to users comes later in the log and so implies them.

use tokio_postgres::Client;

use super::PostgresError;
use super::lineage::Position;
use super::seed;
use crate::names::RegionName;
use crate::store::Seed;

const TABLES: &str = include_str!("schema.sql");
const OPERATIONS: &str = include_str!("operations.sql");
const HERE_ONLY: &str = "SET LOCAL synchronous_commit = local";

/// Makes what is not there; brings the functions up to date; plants the seed into empty tables.
pub(super) async fn prepare(client: &mut Client, seed: Seed, celebrity_followers: u64) -> Result<(), PostgresError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(HERE_ONLY).await?;
    transaction.batch_execute(TABLES).await?;
    transaction.batch_execute(OPERATIONS).await?;
    seed::plant(&transaction, seed, celebrity_followers).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes down who writes from now on, and from where.
pub(super) async fn begin_epoch(
    client: &mut Client,
    epoch: u64,
    region: &RegionName,
    forked: Position,
) -> Result<(), PostgresError> {
    // The same epoch again: the server was restarted within its lease, and its history goes on.
    const BEGIN: &str = "INSERT INTO writers (epoch, region, forked) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let transaction = client.transaction().await?;
    transaction.batch_execute(HERE_ONLY).await?;
    transaction.execute(BEGIN, &[&(epoch as i64), &region.as_str(), &(forked.0 as i64)]).await?;
    transaction.commit().await?;
    Ok(())
}
