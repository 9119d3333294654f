//! Answers that are kept for a short time: at edges (`[edge_cache]`), and in regions (`[cache]`) in front of
//! the engine and in front of other regions. Profiles, posts and users' posts; one piece for all three.
//!
//! ```text
//!  read ──▶ fresh here? ──yes──▶ answer with `age`
//!              │ no
//!           under way? ──yes──▶ wait for it ──▶ answer with `age`
//!              │ no
//!           place for a load? ──no──▶ wait for one, until the deadline
//!              │ yes
//!           load ──▶ kept, unless a write has overtaken it
//!              └ failed ──▶ kept, too old but not written since? ──▶ answer, marked stale
//!
//!  write ──▶ done, failed or given up: what it touches is out of date ──▶ user is told
//! ```
//!
//! **Versions.** Every write has a number and every load notes the newest number *before* it reads (see
//! `invalidations`). Take a write that is visible to readers from time V on and is numbered at time N, V ≤ N,
//! before anybody is told. A load that began before N has a lower number, so what it brings never holds after
//! N, however late it comes; a load that began after N read after V, and contains the write. So whoever was
//! told, and whoever hears of it from them, reads nothing older here. There is nothing to be removed in time,
//! and no order in which two messages have to come.
//!
//! **Who numbers writes.** In a region with the embedded engine the storage's writer does, after each commit
//! and before anybody learns of it: own writes, those that nobody waits for any more, and entries of other
//! regions alike. So there the cache is as fresh as the store beside it, and what a position
//! (`x-chirp-position`) says of the store is true of the cache. At an edge, in front of PostgreSQL, and for
//! what is read in another region, only writes that pass here are known; what is written elsewhere is seen
//! after `ttl` at the latest, or the time of one load if that is longer, or, while nobody answers, after `ttl`
//! and `stale_max`, marked. A write given up there may still happen; it is like one elsewhere then.
//!
//! **A cold start** (of this process, or of everything at once) is no stampede: one load for all who want the
//! same, `loads_max` loads in all, and a wait for a place ends with the deadline of who waits.
//!
//! **Bounded**: bytes in all, bytes of an answer, loads, and flights by the requests under way. Age counts
//! from when the load began, not from when it ended, and includes what the answer says of itself.

mod flights;
mod invalidations;
mod rules;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use moka::Entry;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::admission::Resource;
use crate::defects::{Defect, Defects};
use flights::{Flights, Lead, Role};
pub(crate) use invalidations::Invalidations;
use invalidations::Spot;
pub(crate) use rules::{NOTICE, is_gateway_failure, takes_kept};

/// What an entry takes besides its texts, about, in bytes.
const ENTRY_BYTES: usize = 256;

/// What may be kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How long an answer is fresh; zero: nothing is kept.
    pub(crate) ttl: Duration,
    /// For how long after that it may be given if nobody answers.
    pub(crate) stale_max: Duration,
    /// Bytes of answers in all.
    pub(crate) bytes_max: u64,
    /// Larger answers are not kept, in bytes.
    pub(crate) answer_bytes_max: usize,
    /// Loads at a time, at most [`Semaphore::MAX_PERMITS`].
    pub(crate) loads_max: usize,
}

/// Answers for everybody.
#[derive(Debug)]
pub(crate) struct Cache {
    settings: Settings,
    entries: moka::sync::Cache<Arc<str>, Arc<Kept>>,
    invalidations: Arc<Invalidations>,
    flights: Flights,
    /// Free places for loads.
    loads: Semaphore,
    defects: Defects,
}

/// What somebody wants to read.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Path and query, as they are.
    pub(crate) key: Arc<str>,
    pub(crate) resource: Resource,
    /// Nobody waits for another's load beyond this.
    pub(crate) deadline: Instant,
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
pub(crate) enum Source {
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
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Joined => "joined",
            Self::Loaded => "loaded",
            Self::Stale => "stale",
        }
    }
}

impl Cache {
    /// None if nothing is to be kept. Whoever else numbers writes shares `invalidations`.
    pub(crate) fn new(settings: Settings, invalidations: Arc<Invalidations>, defects: &Defects) -> Option<Self> {
        let weigh = |key: &Arc<str>, kept: &Arc<Kept>| u32::try_from(key.len() + kept.bytes()).unwrap_or(u32::MAX);
        let entries = moka::sync::Cache::builder()
            .max_capacity(settings.bytes_max)
            .weigher(weigh)
            // Frees memory; whether an answer is fresh is judged by its own age.
            .time_to_live(settings.ttl + settings.stale_max)
            .build();
        let (flights, loads) = (Flights::default(), Semaphore::new(settings.loads_max));
        let cache = Self { settings, entries, invalidations, flights, loads, defects: defects.clone() };
        (!settings.ttl.is_zero()).then_some(cache)
    }

    /// An answer to this question: a kept one, or what `load` brings.
    pub(crate) async fn answer<Load>(&self, question: &Question, load: impl Fn() -> Load) -> (Response, Source)
    where
        Load: Future<Output = Response>,
    {
        if let Some(fresh) = self.fresh(question) {
            return (fresh, Source::Hit);
        }
        if self.defects.has(Defect::NoSingleFlight) {
            return self.load(question, load, None).await; // DEFECT no-single-flight
        }
        let spot = Spot::of(&question.resource);
        match self.flights.join(&question.key, spot, &self.invalidations) {
            Role::Leads(lead) => match self.fresh(question) {
                // The flight before has ended in between.
                Some(fresh) => (fresh, Source::Hit),
                None => self.load(question, load, Some(&lead)).await,
            },
            Role::Waits(mut landing) => {
                let landed = tokio::time::timeout_at(question.deadline, landing.wait_for(Option::is_some)).await;
                let kept = landed.ok().and_then(|landed| landed.ok()?.clone());
                // However long it took: sent away now, all who wait would ask at once, and a slow region at that.
                match kept.filter(|kept| self.invalidations.holds(&kept.spots, kept.begun)) {
                    Some(kept) => (kept.response(), Source::Joined),
                    None => self.load(question, load, None).await,
                }
            }
        }
    }

    /// A write is sent; what it touches is out of date when the guard is dropped.
    pub(crate) fn begin_write<'a>(&'a self, touches: &'a [Resource]) -> Write<'a> {
        Write { cache: self, touches, is_nothing: false }
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }

    /// Writes that have passed.
    pub(crate) fn writes(&self) -> u64 {
        self.invalidations.count()
    }

    fn fresh(&self, question: &Question) -> Option<Response> {
        let kept = self.entries.get(&question.key)?;
        self.holds(&kept, self.settings.ttl).then(|| kept.response())
    }

    fn holds(&self, kept: &Kept, age_max: Duration) -> bool {
        kept.born.elapsed() < age_max && self.invalidations.holds(&kept.spots, kept.begun)
    }

    async fn load<Load>(
        &self,
        question: &Question,
        load: impl Fn() -> Load,
        lead: Option<&Lead<'_>>,
    ) -> (Response, Source)
    where
        Load: Future<Output = Response>,
    {
        let Some(_place) = self.place(question.deadline).await else {
            let error = format!("{} loads are under way", self.settings.loads_max);
            return self.or_stale(question, refused(StatusCode::SERVICE_UNAVAILABLE, &error));
        };
        let (mut begun, asked) = (self.invalidations.count(), Instant::now());
        let (head, body) = load().await.into_parts();
        if self.defects.has(Defect::UnversionedCache) {
            begun = self.invalidations.count(); // DEFECT unversioned-cache
        }
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
                Err(error) => refused(StatusCode::BAD_GATEWAY, &error.to_string()),
            }
        } else {
            Response::from_parts(head, body)
        };
        self.or_stale(question, response)
    }

    /// A place for a load, if there is one in time.
    async fn place(&self, deadline: Instant) -> Option<SemaphorePermit<'_>> {
        let place = tokio::time::timeout_at(deadline, self.loads.acquire()).await.ok()?;
        Some(place.expect("nobody closes it"))
    }

    /// What was brought, or if that is a failure what is still here.
    fn or_stale(&self, question: &Question, response: Response) -> (Response, Source) {
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

/// An answer of the cache's own: there is none.
fn refused(status: StatusCode, error: &str) -> Response {
    let body = json!({ "error": error, "hint": "it is a read: try again" });
    let mut response = (status, axum::Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A write that has been sent. Dropped before its user is told, also if it fails or the user goes away: it may
/// have happened all the same.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    cache: &'a Cache,
    touches: &'a [Resource],
    is_nothing: bool,
}

impl Write<'_> {
    /// The region's answer. It knows no such route: then nothing was written.
    pub(crate) fn answered(&mut self, status: StatusCode) {
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
