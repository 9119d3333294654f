//! What a post gets from third parties while its author waits: a preview of its link, a home for its
//! media. Both are asked at the same time, within one budget; what is not there by then is left out.
//!
//! A preview that could not be made is not made later: a post says for ever what it could say when it was
//! taken, in all regions alike. (Filling it in afterwards would be an edit, and would have to win or lose
//! against the author's own.)

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::dependency::Unavailable;
use super::protocol::{MediaAnswer, MediaQuestion, PreviewAnswer, PreviewQuestion};
use super::{HttpDependency, Kind, ThirdParties};
use crate::attachments::{Attachments, Hosting, Media, Preview, check_link};
use crate::defects::Defect;

/// The longest text that is kept of what a provider says, in characters.
const PROVIDER_TEXT_CHARS_MAX: usize = 300;

/// What an author wants a post to carry. Both are checked links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Where the post points to.
    pub(crate) link: Option<String>,
    /// Where the picture or film is.
    pub(crate) media: Option<String>,
}

/// A third party failed, and the defect `no-fallback` is on: the post fails with it.
#[derive(Debug, thiserror::Error)]
#[error("{} are unavailable: {reason}", .kind.name())]
pub(crate) struct WithoutFallback {
    kind: Kind,
    reason: Unavailable,
}

impl ThirdParties {
    /// Makes of a wish what can be made of it within the budget, or before the deadline, which leaves the
    /// request time for the rest of its work.
    pub(crate) async fn attach(&self, wish: Wish, deadline: Instant) -> Result<Attachments, WithoutFallback> {
        let deadline = self.deadline(deadline);
        let (preview, media) = tokio::join!(self.preview(&wish, deadline), self.media(&wish, deadline));
        Ok(Attachments { preview: preview?, media: media?, link: wish.link })
    }

    async fn preview(&self, wish: &Wish, deadline: Instant) -> Result<Option<Preview>, WithoutFallback> {
        let Some(link) = &wish.link else { return Ok(None) };
        let question = PreviewQuestion { link: link.clone() };
        match ask::<_, PreviewAnswer>(&self.previews, &question, deadline).await {
            Ok(answer) => {
                let (title, description) = (kept(&answer.title), kept(&answer.description));
                Ok(Some(Preview::Ready { title, description }))
            }
            Err(Unavailable::NoProvider) => Ok(None),
            Err(Unavailable::Refused { .. }) => Ok(Some(Preview::Nothing)),
            Err(reason) => self.fall_back(Kind::Previews, reason, Some(Preview::Unavailable)),
        }
    }

    async fn media(&self, wish: &Wish, deadline: Instant) -> Result<Option<Media>, WithoutFallback> {
        let Some(source) = wish.media.clone() else { return Ok(None) };
        let question = MediaQuestion { source: source.clone() };
        let hosting = match ask::<_, MediaAnswer>(&self.media, &question, deadline).await {
            // Readers will follow this one, so it must be a link, whoever says so.
            Ok(answer) if check_link(&answer.url).is_ok() => Hosting::Ready { url: answer.url },
            Ok(_) | Err(Unavailable::NoProvider | Unavailable::Refused { .. }) => Hosting::PlainLink,
            Err(reason) => self.fall_back(Kind::Media, reason, Hosting::PlainLink)?,
        };
        Ok(Some(Media { source, hosting }))
    }

    fn fall_back<T>(&self, kind: Kind, reason: Unavailable, instead: T) -> Result<T, WithoutFallback> {
        self.metrics.count_fallback(kind);
        if self.defects.has(Defect::NoFallback) {
            return Err(WithoutFallback { kind, reason }); // DEFECT no-fallback
        }
        tracing::debug!(kind = kind.name(), %reason, "a post goes without");
        Ok(instead)
    }
}

async fn ask<Q: Serialize, A: DeserializeOwned>(
    dependency: &HttpDependency,
    question: &Q,
    deadline: Instant,
) -> Result<A, Unavailable> {
    let body = serde_json::to_vec(question).expect("questions have text keys only");
    dependency.ask(Bytes::from(body), deadline).await
}

/// What a provider says, cut to what is kept of it.
fn kept(text: &str) -> String {
    text.chars().take(PROVIDER_TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_talks_too_much_is_cut() {
        assert_eq!(kept("short"), "short");
        assert_eq!(kept(&"ä".repeat(1000)).chars().count(), PROVIDER_TEXT_CHARS_MAX);
    }
}
