//! The server of the page: the page itself, the runs, a stream of each, what was second by second, and commands.
//!
//! ```text
//!   GET  /                                    the page; its parts under /assets/
//!   GET  /api/v1/runs                         [RunLine]
//!   GET  /api/v1/trends                       [Trend]: the runs of each plan that has several
//!   GET  /api/v1/runs/{run}/stream            server-sent events; ?from=SECONDS&speed=N plays a recording
//!   GET  /api/v1/runs/{run}/series            ?from=&to=&step=
//!   GET  /api/v1/runs/{run}/beside            ?with=RUN: Beside; two recordings
//!   POST /api/v1/runs/{run}/commands          Command → Answer; the role to operate
//!   GET  /api/v1/runs/{run}/report.html       when it is written
//! ```
//!
//! Map: `thread` has the server's own thread, `guard` stands before everything, `live` and `owner` are a run that goes on, `shelf` and
//! `play` are recordings, `together` is what several of them say, `stream` is what a viewer gets of either, `pages` the page's files, `command` what can be asked, `problem` what is answered to what can't.
//!
//! Invariants: no answer allows another site anything (there are no CORS headers); nothing waits for a viewer.

mod command;
mod encoding;
mod guard;
mod live;
mod owner;
mod pages;
mod play;
mod problem;
mod shelf;
mod stream;
mod thread;
mod together;

pub use live::Commanded;
pub use owner::Telling;
pub use shelf::{FindError, Recorded, find};
pub use thread::{LivePage, Page, listen, listen_by_default};

use crate::{
    access::Access,
    wire::{Mode, Role, RunLine},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use live::{Identity, LiveRun, Range};
use play::{Pace, Play};
use problem::Problem;
use serde::Deserialize;
use shelf::StoredRun;
use std::{io, sync::Arc, time::Duration};
use stream::{Greeting, Source, Watching};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time::timeout,
};

/// Viewers at a time.
const VIEWERS_MAX: usize = 256;
/// No command is longer.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Streams end at once when the server does; other answers have this long.
const END_WITHIN: Duration = Duration::from_secs(2);
/// A column of a series has at most so many seconds.
const STEP_MAX: u32 = 3_600;
/// How fast a recording can be played.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=1_000.0;

/// What is served, and to whom.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) access: Access,
    pub(crate) runs: Vec<Run>,
    pub(crate) viewers: Arc<Semaphore>,
    /// Raised when the server ends.
    pub(crate) closing: watch::Receiver<bool>,
}

/// A run that can be looked at.
#[derive(Debug)]
pub(crate) enum Run {
    Live(LiveRun),
    Stored(StoredRun),
}

impl Site {
    pub(crate) fn new(access: Access, runs: Vec<Run>, closing: watch::Receiver<bool>) -> Self {
        Self { access, runs, viewers: Arc::new(Semaphore::new(VIEWERS_MAX)), closing }
    }

    fn run(&self, name: &str) -> Result<&Run, Problem> {
        self.runs.iter().find(|run| run.identity().run == name).ok_or_else(|| Problem::no_run(name))
    }

    fn role(&self, headers: &HeaderMap) -> Result<Role, Problem> {
        Ok(self.access.role(text(headers, header::AUTHORIZATION))?)
    }
}

impl Run {
    fn identity(&self) -> &Identity {
        match self {
            Self::Live(live) => &live.identity,
            Self::Stored(stored) => &stored.identity,
        }
    }
}

/// Serves until it is told to end; then streams end, and whatever else is under way.
///
/// # Errors
/// The listener fails.
pub(crate) async fn serve(listener: TcpListener, site: Site) -> io::Result<()> {
    let mut closing = site.closing.clone();
    let mut closed = site.closing.clone();
    let closed = async move {
        // The wait's answer borrows, and must not be held any longer.
        let _ = closed.wait_for(|closing| *closing).await;
    };
    let app = router(Arc::new(site));
    // Small events are not to wait for each other.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _ = closing.wait_for(|closing| *closing).await;
    });
    let serving = std::future::IntoFuture::into_future(serving);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => ended,
        () = closed => timeout(END_WITHIN, serving).await.unwrap_or(Ok(())),
    }
}

fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/api/v1/runs", get(list))
        .route("/api/v1/trends", get(together::trends))
        .route("/api/v1/runs/{run}/stream", get(stream_of))
        .route("/api/v1/runs/{run}/series", get(series_of))
        .route("/api/v1/runs/{run}/beside", get(together::beside))
        .route("/api/v1/runs/{run}/commands", post(command::command))
        .route("/api/v1/runs/{run}/report.html", get(report_of))
        .fallback(pages::page)
        .method_not_allowed_fallback(|| async {
            let title = "that method is not for this address";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, title, "GET everything, POST commands")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard::guard))
        .with_state(site)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn line(run: &Run) -> RunLine {
    let (mode, verdict) = match run {
        Run::Live(live) => (Mode::Live, live.judged.borrow().as_ref().map(|judged| judged.verdict)),
        Run::Stored(stored) => {
            (Mode::Replay, stored.came.borrow().as_ref().map(|came| live::headline(came.point.verdict)))
        }
    };
    let Identity { run, name, sha256, started_unix_us, .. } = run.identity().clone();
    RunLine { run, name, sha256, started_unix_us, mode, verdict }
}

async fn list(State(site): State<Arc<Site>>) -> Response {
    Json(site.runs.iter().map(line).collect::<Vec<_>>()).into_response()
}

/// Where a recording is played from, in seconds, and how fast. With neither all of it is shown at once.
#[derive(Debug, Deserialize)]
struct Played {
    from: Option<f64>,
    speed: Option<f64>,
}

impl Played {
    fn pace(&self) -> Result<Pace, Problem> {
        let from = self.from.or(self.speed.map(|_| 0.0));
        let speed = self.speed.unwrap_or(1.0);
        let is_possible = from.is_none_or(|from| from >= 0.0 && from.is_finite()) && SPEEDS.contains(&speed);
        let detail = format!("from is 0 or more, in seconds; speed is {} to {}", SPEEDS.start(), SPEEDS.end());
        if !is_possible {
            return Err(Problem::bad("it can't be played so", detail));
        }
        Ok(Pace { from_us: from.map(|from| (from * 1e6) as u64), speed })
    }
}

async fn stream_of(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    played: Result<Query<Played>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let role = site.role(&headers)?;
    let Query(played) = played.map_err(|error| bad_query(&error, "?from=SECONDS&speed=NUMBER"))?;
    let pace = played.pace()?;
    let after = text(&headers, header::HeaderName::from_static("last-event-id")).and_then(|id| id.parse().ok());
    let source = match site.run(&name)? {
        Run::Live(live) => {
            let greeting = Greeting::of(&live.identity, Mode::Live, role);
            Source::Live(Box::new(Watching::new(live.clone(), greeting, after)))
        }
        Run::Stored(stored) => {
            // Nothing is done to a run that is over.
            let greeting = Greeting::of(&stored.identity, Mode::Replay, Role::View);
            let tape = Arc::clone(&stored.open().await?.tape);
            Source::Played(Box::new(Play::new(tape, greeting, pace, after)))
        }
    };
    let place = Arc::clone(&site.viewers).try_acquire_owned().map_err(|_| {
        let title = format!("{VIEWERS_MAX} viewers are there already");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, title, "close a page that nobody looks at, and try again")
    })?;
    let gzip = encoding::accepts_gzip(&headers);
    let mut response = stream::body(source, gzip, site.closing.clone(), place).into_response();
    let told = response.headers_mut();
    told.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    told.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    told.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if gzip {
        told.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Which seconds, and how many are added up.
#[derive(Debug, Deserialize)]
struct Asked {
    from: Option<u64>,
    to: Option<u64>,
    step: Option<u32>,
}

async fn series_of(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| bad_query(&error, "?from=SECOND&to=SECOND&step=SECONDS"))?;
    let step = asked.step.unwrap_or(1);
    if !(1..=STEP_MAX).contains(&step) {
        return Err(Problem::bad(format!("a step of {step} is not possible"), format!("1 to {STEP_MAX} seconds are")));
    }
    let range = Range { from: asked.from.unwrap_or(0), to: asked.to.unwrap_or(u64::MAX), step };
    let series = match site.run(&name)? {
        Run::Live(live) => live.series(range).await.ok_or_else(Problem::ended)?,
        Run::Stored(stored) => stored.open().await?.feed.series(range.from, range.to, range.step),
    };
    let gzip = encoding::accepts_gzip(&headers);
    let written = tokio::task::spawn_blocking(move || {
        let json = serde_json::to_vec(&series).expect("numbers and texts are plain JSON");
        if gzip { encoding::pack(&json) } else { json }
    });
    Ok(written_out(written.await.map_err(|_| Problem::ended())?, "application/json", gzip))
}

async fn report_of(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let report = match site.run(&name)? {
        Run::Live(live) => live.judged.borrow().as_ref().map(|judged| judged.report.clone()),
        Run::Stored(stored) => Some(stored.open().await?.judged.report.clone()),
    };
    let report = report.ok_or_else(|| {
        let detail = "it is written when the run is over and judged";
        Problem::new(StatusCode::NOT_FOUND, "there is no report yet", detail)
    })?;
    let gzip = encoding::accepts_gzip(&headers);
    let bytes = if gzip { encoding::pack(&report) } else { report.to_vec() };
    let mut response = written_out(bytes, "text/html; charset=utf-8", gzip);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(guard::REPORT_POLICY));
    Ok(response)
}

fn written_out(bytes: Vec<u8>, kind: &'static str, gzip: bool) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn bad_query(error: &QueryRejection, form: &str) -> Problem {
    Problem::bad(error.body_text(), format!("its form is {form}, and each may be left out"))
}

#[cfg(test)]
mod tests;
