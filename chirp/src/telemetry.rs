//! Structured logs: JSON lines on standard error, each with the region (or the geo-DNS) and, inside of a
//! request, the request id. The level is `info` unless the environment variable `RUST_LOG` says more.

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging. A process that logs already (one that embeds Chirp) keeps its own way.
pub(crate) fn start() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::from_level(Level::INFO).into());
    let logging = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_target(false)
        .with_env_filter(filter.from_env_lossy())
        .with_writer(std::io::stderr)
        .try_init();
    if logging.is_err() {
        tracing::debug!("logging is set up already");
    }
}
