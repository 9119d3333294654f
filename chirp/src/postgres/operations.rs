//! Commands as SQL: one call of one function of `operations.sql` each, and what its answer means.

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;

use super::{SqlFailure, queries};
use crate::clock::Stamp;
use crate::engine::{ReadAnswer, ReadQuery, Refusal, WriteAnswer, WriteCommand};
use crate::mix::mix_text;
use crate::model::{Post, ProfileChange, post_id};
use crate::names::UserName;
use crate::store::TIMELINE_ROWS_MAX;

/// One post in so many trims the time lines that it is written to: trimming reads 800 lines per reader.
const TRIM_ONE_IN: u64 = 32;
const KEPT: i32 = TIMELINE_ROWS_MAX as i32;

/// What a command needs besides itself.
#[derive(Debug)]
pub(super) struct Context {
    /// In which epoch it is carried out.
    pub(super) epoch: i64,
    /// When.
    pub(super) stamp: Stamp,
    /// Whether keys make posts unique.
    pub(super) keys_count: bool,
    /// Who has more followers than this is merged at read.
    pub(super) celebrity_followers: i64,
}

impl Context {
    fn time(&self) -> i64 {
        self.stamp.time.packed() as i64
    }

    fn region(&self) -> &str {
        self.stamp.region.as_str()
    }
}

/// What a command came to, or why it was refused.
type Outcome = Result<Result<WriteAnswer, Refusal>, SqlFailure>;

/// Carries a command out, durably.
pub(super) async fn write(client: &Object, command: WriteCommand, context: Context) -> Outcome {
    match command {
        WriteCommand::PutProfile { name, change } => put_profile(client, name, change, &context).await,
        WriteCommand::CreatePost { author, text, attached, key } => {
            // DEFECT no-idempotency
            let key = key.filter(|_| context.keys_count);
            let id = post_id(&author, key.as_deref(), &context.stamp);
            let (region, created) = (context.stamp.region.clone(), context.stamp.clone());
            let post = Post { id, author, text, attached, region, created, edited: None, likes: 0, removed: None };
            create_post(client, post, &context).await
        }
        WriteCommand::EditPost { id, author, text } => {
            let changed = change_post(client, "edit", &id, Some(&author), Some(&text), &context).await?;
            Ok(changed.map(|post| WriteAnswer::Changed { post }))
        }
        WriteCommand::RemovePost { id, reason } => {
            let changed = change_post(client, "remove", &id, None, Some(&reason), &context).await?;
            Ok(changed.map(|post| WriteAnswer::Changed { post }))
        }
        WriteCommand::DeletePost { id, author } => {
            let refusal = call_change(client, "delete", &id, Some(&author), None, &context).await?;
            Ok(refusal.map_or(Ok(WriteAnswer::Deleted { id }), Err))
        }
        WriteCommand::SetLike { id, user, liked } => {
            let kind = if liked { "like" } else { "unlike" };
            let changed = change_post(client, kind, &id, Some(&user), None, &context).await?;
            Ok(changed.map(|post| WriteAnswer::Liked { user, liked, post }))
        }
        WriteCommand::SetBlock { blocker, blocked, blocking } => {
            let kind = if blocking { "block" } else { "unblock" };
            let refusal = relate(client, kind, &blocker, &blocked, &context).await?;
            Ok(refusal.map_or(Ok(WriteAnswer::Blocked { blocker, blocked, blocking }), Err))
        }
        WriteCommand::SetFollow { follower, followee, following } => {
            let kind = if following { "follow" } else { "unfollow" };
            let refusal = relate(client, kind, &follower, &followee, &context).await?;
            Ok(refusal.map_or(Ok(WriteAnswer::Followed { follower, followee, following }), Err))
        }
    }
}

async fn put_profile(client: &Object, name: UserName, change: ProfileChange, context: &Context) -> Outcome {
    const PUT: &str = "SELECT chirp_put_profile($1, $2, $3, $4, $5, $6, $7, $8)";
    let ProfileChange { display_name, bio, contact, contact_verified } = change;
    let (user, time, region) = (name.as_str(), context.time(), context.region());
    let values: [&(dyn ToSql + Sync); 8] =
        [&context.epoch, &user, &display_name, &bio, &contact, &contact_verified, &time, &region];
    let told = call(client, PUT, &values).await?;
    if told == "no-contact" {
        return Ok(Err(Refusal::NoContact));
    }
    match queries::read(client, &ReadQuery::Profile { name }).await? {
        ReadAnswer::Profile(Some(profile)) => Ok(Ok(WriteAnswer::Profile { profile, new: told == "new" })),
        other => Err(SqlFailure::Odd(format!("a profile was put and is not there: {other:?}"))),
    }
}

async fn create_post(client: &Object, post: Post, context: &Context) -> Outcome {
    const CREATE: &str = "SELECT chirp_create_post($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let attached = serde_json::to_string(&post.attached).map_err(|error| SqlFailure::record("attachment", error))?;
    let trims = mix_text(&post.id).is_multiple_of(TRIM_ONE_IN);
    let (author, time, region) = (post.author.as_str(), context.time(), context.region());
    let values: [&(dyn ToSql + Sync); 9] =
        [&context.epoch, &post.id, &author, &post.text, &attached, &time, &region, &KEPT, &trims];
    match call(client, CREATE, &values).await?.as_str() {
        "made" => Ok(Ok(WriteAnswer::Posted { post, replayed: false })),
        "stranger" => Ok(Err(Refusal::UnknownUser(post.author))),
        "deleted" => Ok(Err(Refusal::Deleted)),
        "reused" => Ok(Err(Refusal::KeyReused)),
        _ => {
            let Some(known) = shown(client, &post.id).await? else { return Ok(Err(Refusal::Deleted)) };
            // A removed post shows nothing of what was attached.
            let same = known.removed.is_some() || known.attached.same_wish(&post.attached);
            Ok(if same { Ok(WriteAnswer::Posted { post: known, replayed: true }) } else { Err(Refusal::KeyReused) })
        }
    }
}

/// Changes a post and answers how it is shown now.
async fn change_post(
    client: &Object,
    kind: &str,
    id: &str,
    who: Option<&UserName>,
    said: Option<&str>,
    context: &Context,
) -> Result<Result<Post, Refusal>, SqlFailure> {
    if let Some(refusal) = call_change(client, kind, id, who, said, context).await? {
        return Ok(Err(refusal));
    }
    Ok(shown(client, id).await?.ok_or_else(|| Refusal::UnknownPost(id.to_owned())))
}

async fn call_change(
    client: &Object,
    kind: &str,
    id: &str,
    who: Option<&UserName>,
    said: Option<&str>,
    context: &Context,
) -> Result<Option<Refusal>, SqlFailure> {
    const CHANGE: &str = "SELECT chirp_change_post($1, $2, $3, $4, $5, $6, $7)";
    let (name, time, region) = (who.map(UserName::as_str), context.time(), context.region());
    let values: [&(dyn ToSql + Sync); 7] = [&context.epoch, &kind, &id, &name, &said, &time, &region];
    Ok(match call(client, CHANGE, &values).await?.as_str() {
        "done" => None,
        "not-author" => Some(Refusal::NotTheAuthor),
        "removed" => Some(Refusal::Removed),
        "stranger" => who.cloned().map(Refusal::UnknownUser),
        _ => Some(Refusal::UnknownPost(id.to_owned())),
    })
}

async fn relate(
    client: &Object,
    kind: &str,
    who: &UserName,
    other: &UserName,
    context: &Context,
) -> Result<Option<Refusal>, SqlFailure> {
    const RELATE: &str = "SELECT chirp_relate($1, $2, $3, $4, $5, $6, $7)";
    let (one, two, time) = (who.as_str(), other.as_str(), context.time());
    let values: [&(dyn ToSql + Sync); 7] =
        [&context.epoch, &kind, &one, &two, &time, &KEPT, &context.celebrity_followers];
    let told = call(client, RELATE, &values).await?;
    Ok(match told.strip_prefix("stranger ") {
        Some(stranger) => Some(Refusal::UnknownUser(queries::user_name(stranger)?)),
        None if told == "blocked" => Some(Refusal::Blocked(other.clone())),
        None => None,
    })
}

async fn shown(client: &Object, id: &str) -> Result<Option<Post>, SqlFailure> {
    match queries::read(client, &ReadQuery::Post { id: id.to_owned() }).await? {
        ReadAnswer::Post(post) => Ok(post),
        other => Err(SqlFailure::Odd(format!("a post was asked for: {other:?}"))),
    }
}

async fn call(client: &Object, text: &str, values: &[&(dyn ToSql + Sync)]) -> Result<String, SqlFailure> {
    let statement = client.prepare_cached(text).await?;
    Ok(client.query_one(&statement, values).await?.get(0))
}
