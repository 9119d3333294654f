//! What may be answered from the cache, and what may be kept: pure.
//!
//! A request is asked anew if it carries something that an answer for everybody could disregard:
//!
//! | header | why |
//! |---|---|
//! | `authorization`, `cookie` | who is known may be told something else one day, and it is mostly they who write, also elsewhere |
//! | `x-chirp-seen` | the session wants at least what it has seen; only a region can tell |
//! | `cache-control`, `pragma` | the user asks for freshness |
//! | `range`, `if-…` | the answer depends on them |
//!
//! Kept are whole answers with status 200 whose length is told beforehand, unless they say that they are
//! degraded (`x-chirp-notice`), somebody's (`set-cookie`) or one of several (`vary`), or have a
//! `cache-control` of their own. A 404 is not kept: a name that is free here may be taken elsewhere at once.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::invalidations::Spot;
use crate::admission::Resource;

/// What an answer says of itself if it is not all that it could be.
pub(crate) const NOTICE: &str = "x-chirp-notice";

/// Whether an answer says that whoever was asked could not do the work.
pub(crate) fn is_gateway_failure(status: StatusCode, headers: &HeaderMap) -> bool {
    matches!(status.as_u16(), 502..=504) && !headers.contains_key(NOTICE)
}

const ASKED_ANEW: [&str; 11] = [
    "authorization",
    "cookie",
    "x-chirp-seen",
    "cache-control",
    "pragma",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
];
const NOT_KEPT: [&str; 4] = [NOTICE, "set-cookie", "vary", "cache-control"];

/// Whether an answer that was made for another user will do.
pub(crate) fn takes_kept(request: &HeaderMap) -> bool {
    !ASKED_ANEW.iter().any(|name| request.contains_key(*name))
}

/// Whether an answer with this head may be kept. `length` is what its body will have, if that is known.
pub(super) fn may_keep(status: StatusCode, headers: &HeaderMap, length: Option<u64>, bytes_max: usize) -> bool {
    let is_small = length.is_some_and(|length| length <= bytes_max as u64);
    status == StatusCode::OK && is_small && !NOT_KEPT.iter().any(|name| headers.contains_key(*name))
}

/// How old an answer is when it comes, if it says so (RFC 9111, section 5.1).
pub(super) fn age(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::AGE).and_then(|age| age.to_str().ok()?.parse().ok());
    Duration::from_secs(u64::from(seconds.unwrap_or(0_u32)))
}

/// Everything that an answer is about: what was asked for, and each post in a list, for an edit, a like or a
/// removal touches the post and not the list. None if the body cannot be understood.
pub(super) fn spots(resource: &Resource, body: &[u8]) -> Option<Box<[Spot]>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let posts = match body.as_object()?.get("posts") {
        Some(posts) => posts.as_array()?.as_slice(),
        None => &[],
    };
    let mut spots = vec![Spot::of(resource)];
    for post in posts {
        spots.push(Spot::of_post(post.get("id")?.as_str()?));
    }
    spots.sort_unstable();
    spots.dedup();
    Some(spots.into())
}
