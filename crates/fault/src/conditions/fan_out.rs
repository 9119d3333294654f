//! Fan-out: posts don't reach the time lines of followers in a region.
//!
//! **What happens in the world.** Time lines are filled by workers behind a queue. When the queue is lost or a worker crashes
//! on a message, posts are there and nobody sees them: no request fails, and no error is counted.
//!
//! **What is emulated.** The region's storage takes the post in and leaves its followers' rows out, for ever. Other regions fill
//! their own time lines and are not touched. Nothing is reordered, and rows can't be there twice: they have keys.
//!
//! **Proof of effect.** Two users of the probe follow each other; a post of the one is read in the region, and is not in the
//! time line of the other (of ten, for a share). **Proof of removal.** A new post is (of a share, so many that it would be met).

use super::{Measure, Place, Seeing, Setting, ask, sample};
use futures_util::future::LocalBoxFuture;
use plan::fault::FanOut;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

const AUTHOR: &str = "landfall-probe-author";
const FOLLOWER: &str = "landfall-probe-follower";
const WITHIN: Duration = Duration::from_secs(5);
/// Posts of one look, for a share.
const POSTS: usize = 10;
/// How often it is looked whether a post has come, and for how many times.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: usize = 30;

/// Sees it.
pub(crate) struct FanOutMeasure {
    kind: FanOut,
}

impl FanOutMeasure {
    pub(crate) fn new(kind: FanOut) -> Self {
        Self { kind }
    }

    async fn send(&self, place: &Place<'_>, method: &str, path: &str, body: &str) -> Result<ask::Answer, String> {
        let answer = ask::send(place.users(&self.kind.region)?, method, path, Some(body), WITHIN).await;
        let answer = answer.map_err(|error| format!("{method} {path}: {error}"))?;
        if answer.status < 300 { Ok(answer) } else { Err(format!("{method} {path}: status {}", answer.status)) }
    }

    /// Whether a new post is in the follower's time line, once it can be read.
    async fn is_listed(&self, place: &Place<'_>) -> Result<bool, String> {
        let body = json!({ "author": AUTHOR, "text": "does anybody hear this?" }).to_string();
        let posted = self.send(place, "POST", "/v1/posts", &body).await?.json();
        let id = posted["id"].as_str().ok_or("the post has no id")?;
        for _ in 0..LOOKS {
            if self.send(place, "GET", &format!("/v1/posts/{id}"), "").await.is_ok() {
                let lines =
                    self.send(place, "GET", &format!("/v1/users/{FOLLOWER}/timeline?limit=50"), "").await?.json();
                return Ok(lines["posts"].as_array().is_some_and(|posts| posts.iter().any(|post| post["id"] == id)));
            }
            sleep(LOOK_EVERY).await;
        }
        Err(format!("the post {id} has not come to {}", self.kind.region))
    }
}

impl Measure for FanOutMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let setting = Setting::whole(place.peers(&self.kind.region), "fan-out-dropped", "");
        vec![Setting { share: self.kind.dropped.fraction(), ..setting }]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            for user in [AUTHOR, FOLLOWER] {
                let body = json!({ "display_name": "a probe of Landfall" }).to_string();
                self.send(place, "PUT", &format!("/v1/users/{user}"), &body).await?;
            }
            self.send(place, "PUT", &format!("/v1/users/{FOLLOWER}/follows/{AUTHOR}"), "").await.map(drop)
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let posts = if self.kind.dropped.fraction() >= 1.0 { 1 } else { POSTS };
            let mut missing = 0;
            for _ in 0..posts {
                missing += usize::from(!self.is_listed(place).await?);
            }
            let text = format!("{missing} of {posts} posts are not in the follower's time line");
            if missing > 0 { Ok(text) } else { Err(text) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            for _ in 0..sample::looks(self.kind.dropped, 1)? {
                if !self.is_listed(place).await? {
                    return Err("a new post is not in the follower's time line".to_owned());
                }
            }
            Ok("a new post is in the follower's time line".to_owned())
        })
    }
}
