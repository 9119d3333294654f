//! The embedded engine: queries become reads of a snapshot, commands become jobs of the writer thread.
//!
//! Reads of redb block, so each is done on a thread that may; the runtime limits how many there are,
//! and more wait their turn within their deadline. A read that misses it is abandoned, not stopped: it
//! holds its thread until it ends.
//!
//! A write is answered when it is as durable as the configuration wants (`durability`), all within its
//! one deadline. A refusal waits for nobody: it promises nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{EngineError, ReadAnswer, ReadQuery, Refusal, WriteAnswer, WriteCommand};
use crate::durability::Acknowledgements;
use crate::store::{Session, Store, StoreError, WriteError, Writer};

/// A store and its writer.
#[derive(Debug)]
pub(crate) struct Embedded {
    store: Store,
    writer: Arc<Writer>,
    acknowledgements: Arc<Acknowledgements>,
}

impl Embedded {
    /// The engine over an open store. Replication works on the same store, writer and acknowledgements.
    pub(crate) fn new(store: Store, writer: Arc<Writer>, acknowledgements: Arc<Acknowledgements>) -> Self {
        Self { store, writer, acknowledgements }
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: ReadQuery,
        deadline: Duration,
        make: impl FnOnce(ReadAnswer) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let store = self.store.clone();
        let reading = tokio::task::spawn_blocking(move || answer(&store, query).map(make));
        let what = "no answer from the storage";
        let read = tokio::time::timeout(deadline, reading).await;
        let read = read.map_err(|_| EngineError::Deadline { what, deadline })?;
        let read = read.map_err(|error| EngineError::Failed(format!("the reader ended: {error}")))?;
        read.map_err(|error| EngineError::Failed(format!("the storage failed: {error}")))
    }

    pub(super) async fn write(&self, command: WriteCommand, deadline: Duration) -> Result<WriteAnswer, EngineError> {
        let began = Instant::now();
        let written = self.writer.write(deadline, move |session| Ok((execute(session, command)?, session.head())));
        let (outcome, seq) = written.await.map_err(|error| match error {
            WriteError::Busy => EngineError::Busy(error.to_string()),
            WriteError::Deadline(deadline) => EngineError::Deadline { what: "not committed", deadline },
            WriteError::Closed | WriteError::Storage(_) => EngineError::Failed(error.to_string()),
        })?;
        let answer = outcome.map_err(EngineError::Refused)?;
        // Everything up to here, and not only what this command wrote: the answer to a retry may rest on an
        // entry of a moment ago that the peers do not have yet.
        let confirmed = self.acknowledgements.wait(seq, deadline.saturating_sub(began.elapsed())).await;
        confirmed.map_err(|missing| EngineError::Unacknowledged { missing, deadline })?;
        Ok(answer)
    }
}

fn answer(store: &Store, query: ReadQuery) -> Result<ReadAnswer, StoreError> {
    Ok(match query {
        ReadQuery::Profile { name } => ReadAnswer::Profile(store.profile(&name)?),
        ReadQuery::Post { id } => ReadAnswer::Post(store.post(&id)?),
        ReadQuery::PostsOf { user, limit } => ReadAnswer::Posts(store.posts_of(&user, limit)?),
        ReadQuery::Timeline { user, limit } => ReadAnswer::Posts(store.timeline(&user, limit)?),
        ReadQuery::Blocks { user, limit } => ReadAnswer::Users(store.blocks(&user, limit)?),
        ReadQuery::Followers { user, after, limit } => {
            ReadAnswer::Users(store.followers(&user, after.as_deref(), limit)?)
        }
        ReadQuery::Follows { user, limit } => ReadAnswer::Users(store.follows(&user, limit)?),
    })
}

fn execute(session: &mut Session<'_>, command: WriteCommand) -> Result<Result<WriteAnswer, Refusal>, StoreError> {
    Ok(match command {
        WriteCommand::PutProfile { name, change } => {
            let put = session.put_profile(&name, change)?;
            if matches!(put, Ok((_, true))) {
                session.settle(name)?;
            }
            put.map(|(profile, new)| WriteAnswer::Profile { profile, new })
        }
        WriteCommand::CreatePost { author, text, attached, key } => {
            let posted = session.create_post(author, text, attached, key.as_deref())?;
            posted.map(|posted| WriteAnswer::Posted { post: posted.post, replayed: posted.replayed })
        }
        WriteCommand::EditPost { id, author, text } => {
            session.edit_post(&id, &author, text)?.map(|post| WriteAnswer::Changed { post })
        }
        WriteCommand::DeletePost { id, author } => {
            session.delete_post(&id, &author)?.map(|()| WriteAnswer::Deleted { id })
        }
        WriteCommand::RemovePost { id, reason } => {
            session.remove_post(&id, reason)?.map(|post| WriteAnswer::Changed { post })
        }
        WriteCommand::SetLike { id, user, liked } => {
            session.set_like(&id, user.clone(), liked)?.map(|post| WriteAnswer::Liked { user, liked, post })
        }
        WriteCommand::SetBlock { blocker, blocked, blocking } => {
            let done = session.set_block(blocker.clone(), blocked.clone(), blocking)?;
            done.map(|()| WriteAnswer::Blocked { blocker, blocked, blocking })
        }
        WriteCommand::SetFollow { follower, followee, following } => {
            let done = session.set_follow(follower.clone(), followee.clone(), following)?;
            done.map(|()| WriteAnswer::Followed { follower, followee, following })
        }
    })
}
