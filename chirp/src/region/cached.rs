//! What a region keeps of answers (`[cache]`): of its engine's (`here`), and of other regions' (`away`).
//!
//! | cache | in front of | out of date by |
//! |---|---|---|
//! | `here`, embedded engine | the store | each commit: own writes and entries of other regions |
//! | `here`, PostgreSQL | the server | writes at this region; `ttl_ms` for the rest |
//! | `away` | reads that another region answers | writes sent there from here; `away_ttl_ms` for the rest |
//!
//! Profiles, posts and users' posts. No time lines: each post of anybody followed would put one out of date,
//! most are read by one user only, and the store has them ready.
//!
//! **What is old says so.** `here` is as fresh as this region, but a region may be behind. If the heartbeat of
//! the region that writes (where all write: of any) has not come for longer than `heartbeat_age_ms_max`, a kept
//! answer is marked `x-chirp-notice: stale`. It may well be right; nobody here can tell.
//!
//! A session (`x-chirp-seen`) needs no exception `here`: it waits until its entries are applied, and then
//! nothing older is kept. What is kept of another region is passed by.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use http_body_util::{BodyExt as _, Limited};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use tokio::time::Instant;

use super::api::{ApiError, BODY_BYTES_MAX};
use super::{Region, authority, forward};
use crate::admission::{Asked, Meaning, Resource};
use crate::cache::{Cache, Invalidations, NOTICE, Question, Source, Write, takes_kept};
use crate::config::RegionCache;
use crate::defects::Defects;
use crate::engine::{ReadQuery, WriteCommand};
use crate::metrics::Registry;
use crate::names::RegionName;

/// The caches of a region; none of them unless asked for.
#[derive(Debug)]
pub(super) struct Caches {
    here: Option<Cache>,
    away: Option<Cache>,
    heartbeat_age_max: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    cache: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    cache: &'static str,
    source: &'static str,
}

/// What is counted about caches.
#[derive(Clone, Debug)]
pub(super) struct CacheMetrics {
    reads: Family<ReadLabels, Counter>,
    bytes: Family<CacheLabels, Gauge>,
    stale_age: Histogram,
}

impl CacheMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let buckets = [1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, 3600.0];
        let metrics = Self { reads: Family::default(), bytes: Family::default(), stale_age: Histogram::new(buckets) };
        registry.register(
            "cache_reads",
            "Reads that a cache may answer, by where the answer came from",
            metrics.reads.clone(),
        );
        registry.register("cache_bytes", "Bytes of answers that are kept", metrics.bytes.clone());
        let help = "Of kept answers that were marked stale: since when nothing newer can have been heard";
        registry.register("cache_stale_age_seconds", help, metrics.stale_age.clone());
        metrics
    }

    fn count(&self, cache: &'static str, source: &'static str) {
        self.reads.get_or_create(&ReadLabels { cache, source }).inc();
    }

    /// Before a scrape.
    pub(super) fn refresh(&self, caches: &Caches) {
        for (cache, kept) in [("here", &caches.here), ("away", &caches.away)] {
            if let Some(kept) = kept {
                self.bytes.get_or_create(&CacheLabels { cache }).set(kept.bytes() as i64);
            }
        }
    }
}

impl Caches {
    /// Both hear of the same writes.
    pub(super) fn new(settings: RegionCache, invalidations: &Arc<Invalidations>, defects: &Defects) -> Self {
        let cache = |settings| Cache::new(settings, Arc::clone(invalidations), defects);
        let (here, away) = (cache(settings.here), cache(settings.away));
        Self { here, away, heartbeat_age_max: settings.heartbeat_age_max }
    }

    /// The engine is to do something that it tells nobody of, if anything is touched. Dropped before the answer.
    pub(super) fn begin_write<'a>(&'a self, touches: &'a [Resource]) -> Option<Write<'a>> {
        let cache = self.here.as_ref().filter(|_| !touches.is_empty())?;
        Some(cache.begin_write(touches))
    }
}

/// Answers a query from what is kept, or by `load`.
pub(super) async fn read<Load>(region: &Region, query: &ReadQuery, load: impl Fn() -> Load) -> Response
where
    Load: Future<Output = Response>,
{
    let caches = &region.caches;
    let Some((cache, (key, resource))) = caches.here.as_ref().zip(question(query)) else { return load().await };
    let deadline = Instant::now() + region.limits.read_deadline;
    let question = Question { key: key.into(), resource, deadline };
    let (mut response, source) = cache.answer(&question, load).await;
    region.metrics.caches().count("here", source.name());
    if matches!(source, Source::Hit | Source::Joined)
        && let Some(age) = unheard(region).filter(|age| *age >= caches.heartbeat_age_max)
    {
        response.headers_mut().insert(NOTICE, HeaderValue::from_static("stale"));
        region.metrics.caches().stale_age.observe(age.max(age_of(&response)).as_secs_f64());
    }
    count_stale(region, source, &response);
    response
}

/// Lets `writer` answer, unless what it said a moment ago will do.
pub(super) async fn forward(region: &Arc<Region>, writer: &RegionName, request: Request) -> Response {
    let Some(cache) = &region.caches.away else { return forward::forward(region, writer, request).await };
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let error = format!("the body is larger than {BODY_BYTES_MAX} bytes, or broke off");
        return ApiError::too_large(error).into_response();
    };
    let body = body.to_bytes();
    let meaning = Meaning::of(&Asked::of(&head, &body)).unwrap_or_default();
    let load = || forward::forward(region, writer, Request::from_parts(head.clone(), Body::from(body.clone())));
    if !matches!(head.method, Method::GET | Method::HEAD) {
        let mut write = cache.begin_write(&meaning.touches);
        let response = load().await;
        write.answered(response.status());
        return response;
    }
    let Some(resource) = meaning.reads else { return load().await };
    if !takes_kept(&head.headers) {
        region.metrics.caches().count("away", "bypassed");
        return load().await;
    }
    let key = head.uri.path_and_query().map_or(head.uri.path(), |path| path.as_str()).into();
    let question = Question { key, resource, deadline: Instant::now() + region.limits.read_deadline };
    let (response, source) = cache.answer(&question, load).await;
    region.metrics.caches().count("away", source.name());
    count_stale(region, source, &response);
    response
}

/// What an engine that does not tell of its commits is to be asked anew about, after this command.
pub(super) fn touches(command: &WriteCommand) -> Vec<Resource> {
    match command {
        WriteCommand::PutProfile { name, .. } => vec![Resource::User(name.clone())],
        WriteCommand::CreatePost { author, .. } => vec![Resource::User(author.clone())],
        WriteCommand::EditPost { id, .. }
        | WriteCommand::DeletePost { id, .. }
        | WriteCommand::RemovePost { id, .. }
        | WriteCommand::SetLike { id, .. } => vec![Resource::Post(id.clone())],
        WriteCommand::SetBlock { .. } | WriteCommand::SetFollow { .. } => Vec::new(),
    }
}

/// The key of a query, and what its answer is about, if it is one that is kept.
fn question(query: &ReadQuery) -> Option<(String, Resource)> {
    match query {
        ReadQuery::Profile { name } => Some((format!("profile {name}"), Resource::User(name.clone()))),
        ReadQuery::Post { id } => Some((format!("post {id}"), Resource::Post(id.clone()))),
        ReadQuery::PostsOf { user, limit } => Some((format!("posts {limit} {user}"), Resource::User(user.clone()))),
        ReadQuery::Timeline { .. }
        | ReadQuery::Blocks { .. }
        | ReadQuery::Followers { .. }
        | ReadQuery::Follows { .. } => None,
    }
}

/// For how long nothing has been heard from a region that writes what is read here; none if it is heard of all
/// the time, for it is this one.
fn unheard(region: &Region) -> Option<Duration> {
    let age = |peer: &RegionName| {
        let age = region.peers.get(peer)?.numbers(0).heartbeat_age;
        // Never since the start: for longer than the bound, as far as anybody knows.
        Some(age.map_or(region.caches.heartbeat_age_max, Duration::from_secs_f64))
    };
    match authority::writers(region) {
        authority::Writers::Here => None,
        authority::Writers::One(writer) => age(&writer),
        authority::Writers::Any => region.peers.keys().filter_map(age).max(),
    }
}

fn count_stale(region: &Region, source: Source, response: &Response) {
    if source == Source::Stale {
        region.metrics.caches().stale_age.observe(age_of(response).as_secs_f64());
    }
}

fn age_of(response: &Response) -> Duration {
    let age = response.headers().get(header::AGE).and_then(|age| age.to_str().ok()?.parse().ok());
    Duration::from_secs(age.unwrap_or(0))
}
