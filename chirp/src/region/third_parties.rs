//! Third parties as a region uses them: its storage is their audience, its posts their work.

use std::sync::Arc;

use super::Region;
use crate::engine::{ReadAnswer, ReadQuery, WriteAnswer};
use crate::names::UserName;
use crate::third_party::{self, Audience, FOLLOWERS_PER_CALL, PushJob};

impl Region {
    /// A post that is new is told to its author's followers. Never waits.
    pub(super) fn offer_push(&self, answer: &WriteAnswer) {
        if let (Some(pushes), WriteAnswer::Posted { post, replayed: false }) = (self.pushes.get(), answer) {
            let (author, text) = (post.author.clone(), post.text.clone());
            pushes.offer(PushJob { post: post.id.clone(), author, text });
        }
    }
}

/// Opens the queue of notifications, and answers what sends them; none if there is no push service.
pub(super) fn start_pushes(region: &Arc<Region>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let third_parties = Arc::clone(&region.third_parties);
    let (queue, receiver) = third_parties.open_push_queue()?;
    region.pushes.set(queue).expect("a region is started once");
    let audience = Arc::new(Followers(Arc::clone(region)));
    Some(third_party::run_pushes(third_parties, audience, receiver, region.stop.clone()))
}

/// The followers of authors, read from the region's own storage.
struct Followers(Arc<Region>);

impl Audience for Followers {
    async fn followers(&self, of: &UserName, after: Option<String>) -> Result<Vec<String>, String> {
        let query = ReadQuery::Followers { user: of.clone(), after, limit: FOLLOWERS_PER_CALL };
        match self.0.engine.read(query, self.0.limits.read_deadline).await {
            Ok(ReadAnswer::Users(users)) => Ok(users.unwrap_or_default()),
            Ok(answer) => Err(format!("the engine answered something else: {answer:?}")),
            Err(error) => Err(error.to_string()),
        }
    }
}
