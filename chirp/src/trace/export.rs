//! The way out: a bounded queue, and a thread with a runtime of its own that sends batches to a collector.
//!
//! Its own thread and runtime, because exporters on a service's runtime have deadlocked at shutdown and
//! panicked under readers of their own (open-telemetry/opentelemetry-rust issues 2802, 3125 and 2400), and
//! because a request must never wait for telemetry. The HTTP client is Chirp's, so there is one set of
//! deadlines and no second TLS library.
//!
//! A collector that is away costs what fits into the queue: a batch that cannot be sent is dropped and
//! counted (a retry would hold newer spans back), and the next try waits, longer each time up to a limit.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Runtime;

use crate::http::Connection;
use crate::metrics::Registry;

/// Finished spans that may wait. More are dropped.
const QUEUE_MAX: usize = 4096;
/// Spans of one message.
const BATCH_MAX: usize = 512;
/// How long the first span of a batch waits for others.
const LINGER: Duration = Duration::from_millis(200);
/// How long sending one batch may take. Also what the last one may hold up the end of a process.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Waits after failures: doubling from the first to the second.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(8));
/// More than this of a collector's answer is not read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What became of finished spans.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanCounters {
    /// A collector took them.
    pub(crate) exported: Counter,
    /// The queue was full.
    pub(crate) overflowed: Counter,
    /// The collector was away, or refused them.
    pub(crate) failed: Counter,
}

impl SpanCounters {
    /// Adds the counters to what is scraped.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let spans = "Spans that a collector took";
        registry.register("trace_spans_exported", spans, self.exported.clone());
        let spans = "Spans that were dropped because the queue of the exporter was full";
        registry.register("trace_spans_overflowed", spans, self.overflowed.clone());
        let spans = "Spans that were dropped because the collector was away or refused them";
        registry.register("trace_spans_failed", spans, self.failed.clone());
    }
}

/// Why there is no exporter.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    #[error("the exporter of traces could not be made: {0}")]
    Build(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("the thread of the exporter of traces could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// The queue's end where spans are put in. Dropping it waits for the last batch, at most [`TIMEOUT`] and a bit.
#[derive(Debug)]
pub(super) struct Exporter {
    queue: Option<SyncSender<SpanData>>,
    counters: SpanCounters,
    /// Nothing is ever sent: its end is the end of a wait.
    running: Option<SyncSender<()>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Exporter {
    pub(super) fn start(
        collector: SocketAddr,
        service: &'static str,
        name: &str,
        counters: SpanCounters,
    ) -> Result<Self, ExportError> {
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client { collector })
            .with_endpoint(format!("http://{collector}/v1/traces"))
            .with_timeout(TIMEOUT)
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        exporter.set_resource(&resource(service, name));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (queue, spans) = sync_channel(QUEUE_MAX);
        let (running, ended) = sync_channel(0);
        let counted = counters.clone();
        let body = move || export(&runtime, &exporter, &Queue { spans, ended }, &counted);
        let thread = std::thread::Builder::new().name("telemetry".into()).spawn(body)?;
        Ok(Self { queue: Some(queue), counters, running: Some(running), thread: Mutex::new(Some(thread)) })
    }

    /// Takes a finished span, or drops and counts it. Never waits.
    pub(super) fn take(&self, span: SpanData) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(span) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.counters.overflowed.inc();
            }
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.queue = None;
        self.running = None;
        let thread = self.thread.get_mut().ok().and_then(Option::take);
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the exporter of traces panicked");
        }
    }
}

/// What all spans of the process have in common. The attribute names are OpenTelemetry's.
fn resource(service: &'static str, name: &str) -> Resource {
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.namespace", "chirp"),
            KeyValue::new("service.name", service),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", name.to_owned()),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .build()
}

/// The queue's end where spans are taken out.
struct Queue {
    spans: Receiver<SpanData>,
    /// Disconnected once no more spans come.
    ended: Receiver<()>,
}

impl Queue {
    /// The next batch; none if there are no more.
    fn next_batch(&self) -> Option<Vec<SpanData>> {
        let mut batch = vec![self.spans.recv().ok()?];
        let deadline = Instant::now() + LINGER;
        while batch.len() < BATCH_MAX {
            match self.spans.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(span) => batch.push(span),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        Some(batch)
    }

    /// Waits, unless the process ends; answers whether it does.
    fn wait(&self, duration: Duration) -> bool {
        matches!(self.ended.recv_timeout(duration), Err(RecvTimeoutError::Disconnected))
    }
}

/// Sends until no more spans come and the queue is empty, or a batch after that has failed.
fn export(runtime: &Runtime, exporter: &SpanExporter, queue: &Queue, counters: &SpanCounters) {
    let mut wait = WAITS.0;
    while let Some(batch) = queue.next_batch() {
        let count = batch.len() as u64;
        let Err(error) = runtime.block_on(exporter.export(batch)) else {
            counters.exported.inc_by(count);
            wait = WAITS.0;
            continue;
        };
        counters.failed.inc_by(count);
        tracing::warn!(%error, spans = count, "traces could not be exported");
        if queue.wait(wait) {
            counters.failed.inc_by(queue.spans.try_iter().count() as u64);
            return;
        }
        wait = (wait * 2).min(WAITS.1);
    }
}

/// Chirp's HTTP client as the exporter wants it: one connection per batch.
#[derive(Debug)]
struct Client {
    collector: SocketAddr,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut connection = Connection::open(self.collector, TIMEOUT).await?;
        let (parts, body) = request.into_parts();
        let answer = connection.request(&parts, body, ANSWER_BYTES_MAX, TIMEOUT).await?;
        Ok(Response::builder().status(answer.status).body(answer.body)?)
    }
}
