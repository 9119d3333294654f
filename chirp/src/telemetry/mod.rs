//! Structured logs: one JSON object per line on standard error, bounded in number.
//!
//! ```text
//! {"time":"2026-11-22T03:04:05.678901Z","level":"WARN","process":"region","region":"eu-west-1",
//!  "request_id":"…","trace_id":"…","message":"…", …}
//! ```
//!
//! Every line says which process wrote it, whatever task or thread it comes from: that is known when the
//! process starts and needs no span. What belongs to a request has `request_id` and `trace_id` from the span
//! that [`trace::observe`](crate::trace::observe) opens. Fields are at the top level, so that one search
//! (`region=… request_id=…`) finds them in any log store.
//!
//! The level is `info` unless the environment variable `RUST_LOG` says more. There is no line per request
//! below `debug`, and what repeats is limited (`limit`): a peer that is away for a day, or ten thousand
//! refused requests, must not fill a disk.

mod limit;
mod line;

use std::io::{Stderr, stderr};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use line::{JsonLines, Process};

/// Starts logging for a process of this kind (`region`, `dns`, `edge` …) and name. A process that logs
/// already (one that embeds Chirp) keeps its own way.
pub(crate) fn start(kind: &'static str, name: &str) {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let lines = JsonLines::<fn() -> Stderr>::new(Process::new(kind, name), stderr);
    let logging = tracing_subscriber::registry().with(lines.with_filter(filter.from_env_lossy())).try_init();
    if logging.is_err() {
        tracing::debug!("logging is set up already");
    }
}
