//! The users that are there from the first boot: the same as in the embedded engine, by the same rule.

use tokio_postgres::Transaction;

use super::PostgresError;
use crate::names::UserName;
use crate::store::Seed;

/// Rows of one statement.
const CHUNK: usize = 5000;

/// Plants the seed if there is no user yet.
pub(super) async fn plant(
    transaction: &Transaction<'_>,
    seed: Seed,
    celebrity_followers: u64,
) -> Result<(), PostgresError> {
    const PLANTED: &str = "SELECT EXISTS (SELECT FROM users)";
    const USERS: &str = "INSERT INTO users (name, display_name, updated_time, updated_region) \
                         SELECT name, display_name, 0, 'seed' FROM unnest($1::text[], $2::text[]) AS new (name, display_name)";
    const CELEBRITIES: &str = "UPDATE users SET celebrity = true WHERE name IN \
                               (SELECT followee FROM follows GROUP BY followee HAVING count(*) > $1)";
    const FOLLOWS: &str = "INSERT INTO follows (follower, followee) SELECT * FROM unnest($1::text[], $2::text[])";
    if transaction.query_one(PLANTED, &[]).await?.get(0) {
        return Ok(());
    }
    let users: Vec<u32> = (0..seed.users).collect();
    for chunk in users.chunks(CHUNK) {
        let names: Vec<String> = chunk.iter().map(|index| UserName::seeded(*index).to_string()).collect();
        let display_names: Vec<String> = chunk.iter().map(|index| format!("User {index}")).collect();
        transaction.execute(USERS, &[&names, &display_names]).await?;
    }
    let pairs = users.iter().flat_map(|user| seed.followees(*user).into_iter().map(|followee| (*user, followee)));
    let pairs: Vec<(u32, u32)> = pairs.collect();
    for chunk in pairs.chunks(CHUNK) {
        let (followers, followees): (Vec<String>, Vec<String>) = chunk
            .iter()
            .map(|(user, followee)| (UserName::seeded(*user).to_string(), UserName::seeded(*followee).to_string()))
            .unzip();
        transaction.execute(FOLLOWS, &[&followers, &followees]).await?;
    }
    transaction.execute(CELEBRITIES, &[&(celebrity_followers as i64)]).await?;
    Ok(())
}
