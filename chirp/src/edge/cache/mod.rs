//! What an edge keeps of answers: profiles, posts and users' posts, for a short time (`[edge_cache]`; off
//! unless asked for).
//!
//! ```text
//!  read ──▶ takes kept? ──no──────────────────────────────▶ region
//!              │ yes
//!           fresh here? ──yes──▶ answer with `age`
//!              │ no
//!           under way? ──yes──▶ wait for it ──▶ answer with `age`
//!              │ no
//!           load ──▶ kept, unless a write has overtaken it
//!              └ failed ──▶ kept, too old but not written since? ──▶ answer, marked stale
//!
//!  write ──▶ region ──▶ answered, failed or given up: what it touches is out of date ──▶ user is told
//! ```
//!
//! **What holds.** Whoever writes through this edge, and is answered, reads nothing older from its cache:
//! the write is numbered before its answer goes out, and a load that began before does not count (see
//! `invalidations`). What is written elsewhere, by another edge or at a region, is seen after `ttl` at the
//! latest, or the time of one load if that is longer, or, while no region answers, after `ttl` and `stale_max`, marked. A write whose outcome is unknown
//! may still happen after it was given up; it is like one elsewhere then. And a load asks one region: what
//! that one has not yet heard from the others it cannot tell, with a cache or without.
//!
//! **Bounded**: bytes in all, bytes of an answer, and flights by the requests under way. Age counts from
//! when the load began, not from when it ended, and includes what the answer says of itself.

mod flights;
mod invalidations;
mod rules;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use moka::Entry;
use tokio::time::Instant;

use super::reply::Refusal;
use super::retry::{NOTICE, is_gateway_failure};
use crate::admission::Resource;
use crate::config::EdgeCache;
use flights::{Flights, Lead, Role};
use invalidations::{Invalidations, Spot};
pub(super) use rules::takes_kept;

/// What an entry takes besides its texts, about, in bytes.
const ENTRY_BYTES: usize = 256;

/// Answers for everybody.
#[derive(Debug)]
pub(super) struct Cache {
    settings: EdgeCache,
    entries: moka::sync::Cache<Arc<str>, Arc<Kept>>,
    invalidations: Invalidations,
    flights: Flights,
}

/// What somebody wants to read.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Path and query, as they are.
    pub(super) key: Arc<str>,
    pub(super) resource: Resource,
    /// Nobody waits for another's load beyond this.
    pub(super) deadline: Instant,
}

/// An answer that is kept.
#[derive(Debug)]
struct Kept {
    headers: HeaderMap,
    body: Bytes,
    /// The newest write when the load began.
    begun: u64,
    spots: Box<[Spot]>,
    /// When it was as old as nothing.
    born: Instant,
}

/// Where an answer came from, for the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It was here and fresh.
    Hit,
    /// Another user's load brought it.
    Joined,
    /// A region was asked.
    Loaded,
    /// No region could answer, and this was still here.
    Stale,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Joined => "joined",
            Self::Loaded => "loaded",
            Self::Stale => "stale",
        }
    }
}

impl Cache {
    /// None if nothing is to be kept.
    pub(super) fn new(settings: EdgeCache) -> Option<Self> {
        let weigh = |key: &Arc<str>, kept: &Arc<Kept>| u32::try_from(key.len() + kept.bytes()).unwrap_or(u32::MAX);
        let entries = moka::sync::Cache::builder()
            .max_capacity(settings.bytes_max)
            .weigher(weigh)
            // Frees memory; whether an answer is fresh is judged by its own age.
            .time_to_live(settings.ttl + settings.stale_max)
            .build();
        let cache = Self { settings, entries, invalidations: Invalidations::new(), flights: Flights::default() };
        (!settings.ttl.is_zero()).then_some(cache)
    }

    /// An answer to this question: a kept one, or what `load` brings.
    pub(super) async fn answer<Load>(&self, question: &Question, load: impl Fn() -> Load) -> (Response, Source)
    where
        Load: Future<Output = Response>,
    {
        if let Some(fresh) = self.fresh(question) {
            return (fresh, Source::Hit);
        }
        let spot = Spot::of(&question.resource);
        match self.flights.join(&question.key, spot, &self.invalidations) {
            Role::Leads(lead) => match self.fresh(question) {
                // The flight before has ended in between.
                Some(fresh) => (fresh, Source::Hit),
                None => self.load(question, load(), Some(&lead)).await,
            },
            Role::Waits(mut landing) => {
                let landed = tokio::time::timeout_at(question.deadline, landing.wait_for(Option::is_some)).await;
                let kept = landed.ok().and_then(|landed| landed.ok()?.clone());
                // However long it took: sent away now, all who wait would ask at once, and a slow region at that.
                match kept.filter(|kept| self.invalidations.holds(&kept.spots, kept.begun)) {
                    Some(kept) => (kept.response(), Source::Joined),
                    None => self.load(question, load(), None).await,
                }
            }
        }
    }

    /// A write is sent; what it touches is out of date when the guard is dropped.
    pub(super) fn begin_write<'a>(&'a self, touches: &'a [Resource]) -> Write<'a> {
        Write { cache: self, touches, is_nothing: false }
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }

    /// Writes that have passed.
    pub(super) fn writes(&self) -> u64 {
        self.invalidations.count()
    }

    fn fresh(&self, question: &Question) -> Option<Response> {
        let kept = self.entries.get(&question.key)?;
        self.holds(&kept, self.settings.ttl).then(|| kept.response())
    }

    fn holds(&self, kept: &Kept, age_max: Duration) -> bool {
        kept.born.elapsed() < age_max && self.invalidations.holds(&kept.spots, kept.begun)
    }

    async fn load(
        &self,
        question: &Question,
        load: impl Future<Output = Response>,
        lead: Option<&Lead<'_>>,
    ) -> (Response, Source) {
        let (begun, asked) = (self.invalidations.count(), Instant::now());
        let (head, body) = load.await.into_parts();
        let length = body.size_hint().exact();
        let response = if rules::may_keep(head.status, &head.headers, length, self.settings.answer_bytes_max) {
            match body.collect().await {
                Ok(body) => {
                    // A copy, for it may be a small part of a large buffer.
                    let body = Bytes::copy_from_slice(&body.to_bytes());
                    let born = asked.checked_sub(rules::age(&head.headers));
                    if let (Some(born), Some(spots)) = (born, rules::spots(&question.resource, &body)) {
                        let kept = Kept { headers: head.headers.clone(), body: body.clone(), begun, spots, born };
                        self.keep(question, kept, lead);
                    }
                    Response::from_parts(head, Body::from(body))
                }
                Err(error) => {
                    let hint = "it is a read: try again";
                    Refusal::new(StatusCode::BAD_GATEWAY, error.to_string(), hint).into_response()
                }
            }
        } else {
            Response::from_parts(head, body)
        };
        if is_gateway_failure(response.status(), response.headers())
            && let Some(stale) = self.stale(question)
        {
            return (stale, Source::Stale);
        }
        (response, Source::Loaded)
    }

    /// An old answer must not take a newer one's place.
    fn keep(&self, question: &Question, kept: Kept, lead: Option<&Lead<'_>>) {
        if !self.invalidations.holds(&kept.spots, kept.begun) {
            return;
        }
        let kept = Arc::new(kept);
        self.entries.entry(Arc::clone(&question.key)).and_upsert_with(|old| match old.map(Entry::into_value) {
            Some(old) if old.born > kept.born => old,
            _ => Arc::clone(&kept),
        });
        if let Some(lead) = lead {
            lead.share(&kept);
        }
    }

    fn stale(&self, question: &Question) -> Option<Response> {
        let kept = self.entries.get(&question.key)?;
        let allowed = self.holds(&kept, self.settings.ttl + self.settings.stale_max);
        allowed.then(|| {
            let mut response = kept.response();
            response.headers_mut().insert(NOTICE, HeaderValue::from_static("stale"));
            response
        })
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        ENTRY_BYTES + headers + self.body.len() + size_of_val(&*self.spots)
    }

    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(header::AGE, HeaderValue::from(self.born.elapsed().as_secs()));
        response
    }
}

/// A write that has been sent. Dropped before its user is told, also if it fails or the user goes away: it may
/// have happened all the same.
#[derive(Debug)]
pub(super) struct Write<'a> {
    cache: &'a Cache,
    touches: &'a [Resource],
    is_nothing: bool,
}

impl Write<'_> {
    /// The region's answer. It knows no such route: then nothing was written.
    pub(super) fn answered(&mut self, status: StatusCode) {
        let is_unknown = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        self.is_nothing = self.touches.is_empty() && is_unknown;
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if self.is_nothing {
            return;
        }
        if self.touches.is_empty() {
            self.cache.invalidations.touch_everything();
        } else {
            self.cache.invalidations.touch(self.touches);
        }
    }
}
