//! Queries as SQL: one statement each, so one snapshot.

use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::SqlFailure;
use crate::attachments::Attachments;
use crate::clock::{HybridTime, Stamp};
use crate::engine::{ReadAnswer, ReadQuery};
use crate::model::{Post, Profile};
use crate::names::{RegionName, UserName};

/// A post as it is shown: one that moderation took down without its text.
const POST: &str = "p.id, p.author, CASE WHEN p.removed IS NULL THEN p.body ELSE '' END, \
                    CASE WHEN p.removed IS NULL THEN p.attached ELSE '{}' END, p.created_time, p.created_region, \
                    CASE WHEN p.removed IS NULL THEN p.edited_time END, p.edited_region, p.likes, p.removed";

/// Rows by fan-out, and the lists of the celebrities that the reader follows. A celebrity of today may be in
/// the rows of yesterday, too: `UNION` keeps one.
const TIMELINE: &str = "JOIN (
        (SELECT t.post, t.created_time, t.created_region FROM timelines t JOIN posts ON id = t.post AND NOT deleted
         WHERE t.owner = $1 ORDER BY t.created_time DESC, t.created_region DESC LIMIT $2)
        UNION
        (SELECT theirs.id, theirs.created_time, theirs.created_region
         FROM follows JOIN users ON name = followee AND celebrity
         CROSS JOIN LATERAL (
             SELECT id, created_time, created_region FROM posts WHERE author = followee AND NOT deleted
             ORDER BY created_time DESC, created_region DESC LIMIT $2) theirs
         WHERE follower = $1)
    ) line ON line.post = p.id ORDER BY p.created_time DESC, p.created_region DESC LIMIT $2";

/// Answers a query.
pub(super) async fn read(client: &Object, query: &ReadQuery) -> Result<ReadAnswer, SqlFailure> {
    Ok(match query {
        ReadQuery::Profile { name } => ReadAnswer::Profile(profile(client, name).await?),
        ReadQuery::Post { id } => {
            let text = format!("SELECT {POST} FROM posts p WHERE id = $1 AND NOT deleted");
            let statement = client.prepare_cached(&text).await?;
            let row = client.query_opt(&statement, &[id]).await?;
            ReadAnswer::Post(row.as_ref().map(post_in).transpose()?)
        }
        ReadQuery::PostsOf { user, limit } => {
            let text = format!(
                "SELECT {POST} FROM posts p WHERE author = $1 AND NOT deleted \
                 ORDER BY created_time DESC, created_region DESC LIMIT $2"
            );
            ReadAnswer::Posts(posts(client, &text, user, *limit).await?)
        }
        ReadQuery::Timeline { user, limit } => {
            let text = format!("SELECT {POST} FROM posts p {TIMELINE}");
            ReadAnswer::Posts(posts(client, &text, user, *limit).await?)
        }
        ReadQuery::Follows { user, limit } => {
            const FOLLOWS: &str =
                "SELECT followee FROM follows WHERE follower = $1 ORDER BY followee COLLATE \"C\" LIMIT $2";
            ReadAnswer::Users(names(client, FOLLOWS, user, *limit).await?)
        }
        ReadQuery::Followers { user, after, limit } => {
            const FOLLOWERS: &str = "SELECT follower FROM follows WHERE followee = $1 AND follower COLLATE \"C\" > $3 \
                                     ORDER BY follower COLLATE \"C\" LIMIT $2";
            let (name, last) = (user.as_str(), after.as_deref().unwrap_or_default());
            let statement = client.prepare_cached(FOLLOWERS).await?;
            let rows = client.query(&statement, &[&name, &(*limit as i64), &last]).await?;
            let known = !rows.is_empty() || knows(client, user).await?;
            ReadAnswer::Users(known.then(|| rows.iter().map(|row| row.get(0)).collect()))
        }
        ReadQuery::Blocks { user, limit } => {
            const BLOCKS: &str =
                "SELECT blocked FROM blocks WHERE blocker = $1 ORDER BY blocked COLLATE \"C\" LIMIT $2";
            ReadAnswer::Users(names(client, BLOCKS, user, *limit).await?)
        }
    })
}

/// A name that the server has told.
pub(super) fn user_name(text: &str) -> Result<UserName, SqlFailure> {
    UserName::parse(text).map_err(|error| SqlFailure::Odd(error.to_string()))
}

async fn profile(client: &Object, name: &UserName) -> Result<Option<Profile>, SqlFailure> {
    const PROFILE: &str = "SELECT display_name, bio, contact, contact_verified, updated_time, updated_region \
                           FROM users WHERE name = $1";
    let statement = client.prepare_cached(PROFILE).await?;
    let Some(row) = client.query_opt(&statement, &[&name.as_str()]).await? else { return Ok(None) };
    let (display_name, bio, contact, contact_verified) = (row.get(0), row.get(1), row.get(2), row.get(3));
    let updated = stamp_in(row.get(4), row.get(5))?;
    Ok(Some(Profile { name: name.clone(), display_name, bio, contact, contact_verified, updated }))
}

async fn posts(client: &Object, text: &str, user: &UserName, limit: usize) -> Result<Option<Vec<Post>>, SqlFailure> {
    let statement = client.prepare_cached(text).await?;
    let rows = client.query(&statement, &[&user.as_str(), &(limit as i64)]).await?;
    if rows.is_empty() && !knows(client, user).await? {
        return Ok(None);
    }
    rows.iter().map(post_in).collect::<Result<Vec<Post>, SqlFailure>>().map(Some)
}

async fn names(client: &Object, text: &str, user: &UserName, limit: usize) -> Result<Option<Vec<String>>, SqlFailure> {
    let statement = client.prepare_cached(text).await?;
    let rows = client.query(&statement, &[&user.as_str(), &(limit as i64)]).await?;
    let known = !rows.is_empty() || knows(client, user).await?;
    Ok(known.then(|| rows.iter().map(|row| row.get(0)).collect()))
}

async fn knows(client: &Object, user: &UserName) -> Result<bool, SqlFailure> {
    let statement = client.prepare_cached("SELECT EXISTS (SELECT FROM users WHERE name = $1)").await?;
    Ok(client.query_one(&statement, &[&user.as_str()]).await?.get(0))
}

fn post_in(row: &Row) -> Result<Post, SqlFailure> {
    let created = stamp_in(row.get(4), row.get(5))?;
    let attached: Attachments =
        serde_json::from_str(row.get(3)).map_err(|error| SqlFailure::record("attachment", error))?;
    let edited: Option<i64> = row.get(6);
    Ok(Post {
        id: row.get(0),
        author: user_name(row.get(1))?,
        text: row.get(2),
        attached,
        region: created.region.clone(),
        created,
        edited: edited.map(|time| stamp_in(time, row.get(7))).transpose()?,
        likes: row.get::<_, i64>(8) as u64,
        removed: row.get(9),
    })
}

/// The stamp in two columns.
fn stamp_in(time: i64, region: &str) -> Result<Stamp, SqlFailure> {
    let region = RegionName::parse(region).map_err(|error| SqlFailure::Odd(error.to_string()))?;
    Ok(Stamp { time: HybridTime::from_packed(time as u64), region })
}
