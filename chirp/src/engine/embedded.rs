//! The embedded engine: queries become reads of a snapshot, commands become jobs of the writer thread.
//!
//! Reads of redb block, so each is done on a thread that may; the runtime limits how many there are,
//! and more wait their turn within their deadline. A read that misses it is abandoned, not stopped: it
//! holds its thread until it ends.

use std::sync::Arc;
use std::time::Duration;

use super::{EngineError, ReadAnswer, ReadQuery, Refusal, WriteAnswer, WriteCommand};
use crate::store::{Session, Store, StoreError, WriteError, Writer};

/// A store and its writer.
#[derive(Debug)]
pub(crate) struct Embedded {
    store: Store,
    writer: Arc<Writer>,
}

impl Embedded {
    /// The engine over an open store. Replication works on the same store and writer.
    pub(crate) fn new(store: Store, writer: Arc<Writer>) -> Self {
        Self { store, writer }
    }

    pub(super) async fn read(&self, query: ReadQuery, deadline: Duration) -> Result<ReadAnswer, EngineError> {
        let store = self.store.clone();
        let reading = tokio::task::spawn_blocking(move || answer(&store, query));
        let what = "no answer from the storage";
        let read = tokio::time::timeout(deadline, reading).await;
        let read = read.map_err(|_| EngineError::Deadline { what, deadline })?;
        let read = read.map_err(|error| EngineError::Failed(format!("the reader ended: {error}")))?;
        read.map_err(|error| EngineError::Failed(format!("the storage failed: {error}")))
    }

    pub(super) async fn write(&self, command: WriteCommand, deadline: Duration) -> Result<WriteAnswer, EngineError> {
        let written = self.writer.write(deadline, move |session| execute(session, command)).await;
        let outcome = written.map_err(|error| match error {
            WriteError::Busy => EngineError::Busy(error.to_string()),
            WriteError::Deadline(deadline) => EngineError::Deadline { what: "not committed", deadline },
            WriteError::Closed | WriteError::Storage(_) => EngineError::Failed(error.to_string()),
        })?;
        outcome.map_err(EngineError::Refused)
    }
}

fn answer(store: &Store, query: ReadQuery) -> Result<ReadAnswer, StoreError> {
    Ok(match query {
        ReadQuery::Profile { name } => ReadAnswer::Profile(store.profile(&name)?),
        ReadQuery::Post { id } => ReadAnswer::Post(store.post(&id)?),
        ReadQuery::PostsOf { user, limit } => ReadAnswer::Posts(store.posts_of(&user, limit)?),
        ReadQuery::Timeline { user, limit } => ReadAnswer::Posts(store.timeline(&user, limit)?),
        ReadQuery::Follows { user, limit } => ReadAnswer::Users(store.follows(&user, limit)?),
    })
}

fn execute(session: &mut Session<'_>, command: WriteCommand) -> Result<Result<WriteAnswer, Refusal>, StoreError> {
    Ok(match command {
        WriteCommand::PutProfile { name, display_name } => {
            let (profile, new) = session.put_profile(name, display_name)?;
            Ok(WriteAnswer::Profile { profile, new })
        }
        WriteCommand::CreatePost { author, text, attached, key } => {
            let posted = session.create_post(author, text, attached, key.as_deref())?;
            posted.map(|posted| WriteAnswer::Posted { post: posted.post, replayed: posted.replayed })
        }
        WriteCommand::SetFollow { follower, followee, following } => {
            let done = session.set_follow(follower.clone(), followee.clone(), following)?;
            done.map(|()| WriteAnswer::Followed { follower, followee, following })
        }
    })
}
