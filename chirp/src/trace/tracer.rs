//! Who makes ids, decides what is sampled, and hands finished spans to the exporter.
//!
//! **Sampling** follows the asker: a trace that comes sampled is recorded, one that comes unsampled is not,
//! so a trace is whole or not there. Only a trace that begins here is drawn, by its id: the same id gives
//! the same answer in every process that has the same ratio. An asker who samples everything can fill the
//! queue, and no more than that.
//!
//! **Ids** are mixed from the process's name, its start and a counter: no randomness of the system, and
//! unlike in every process that lives or lived.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::SpanData;

use super::export::{Exporter, SpanCounters};
use super::{Scope, Span, context};
use crate::config::Telemetry;
use crate::mix::{mix, mix_text};
use crate::wall_clock::unix_micros;

/// Makes the spans of a process. Cloning it copies a pointer; with the last clone the exporter ends, after
/// one last attempt to send what it has.
#[derive(Clone, Debug)]
pub(crate) struct Tracer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The process, as in request ids.
    name: String,
    seed: u64,
    ids: AtomicU64,
    requests: AtomicU64,
    /// A trace that begins here is sampled if the low 63 bits of its id are below this.
    sampled_below: u64,
    instrumentation: InstrumentationScope,
    exporter: Option<Exporter>,
    counters: SpanCounters,
}

impl Tracer {
    /// The tracer of a process. `service` is what it is (`chirp-region`), `name` which one of them
    /// (`eu-west-1`). Starts the exporter if the configuration names a collector; if that cannot be done,
    /// it is said in the log, and nothing is exported: a service without traces still serves.
    pub(crate) fn start(telemetry: &Telemetry, service: &'static str, name: &str) -> Self {
        let counters = SpanCounters::default();
        let exporter = telemetry.otlp.and_then(|collector| {
            let started = Exporter::start(collector, service, name, counters.clone());
            started.inspect_err(|error| tracing::error!(%error, "no traces are exported")).ok()
        });
        Self::of(telemetry.sampling_ratio, name, exporter, counters)
    }

    pub(super) fn of(ratio: f64, name: &str, exporter: Option<Exporter>, counters: SpanCounters) -> Self {
        let booted = unix_micros();
        let seed = mix_text(name) ^ mix(booted).rotate_left(17) ^ u64::from(std::process::id()).rotate_left(40);
        Self(Arc::new(Inner {
            name: format!("{name}-{booted:x}"),
            seed: mix(seed),
            ids: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            // Both ends exact: 0 samples nothing, 1 everything.
            sampled_below: (ratio * (1_u64 << 63) as f64) as u64,
            instrumentation: InstrumentationScope::builder("chirp").with_version(env!("CARGO_PKG_VERSION")).build(),
            exporter,
            counters,
        }))
    }

    /// A trace of our own, such as one pull of a loop: nobody asked for it.
    pub(crate) fn root(&self, name: &'static str) -> Span {
        let context = self.root_context(self.is_exporting());
        Span::entry(self.scope(context, None), None, name.into(), SpanKind::Internal)
    }

    /// A step of the trace that `traceparent` names, which came by another way than a request's headers. No
    /// step if it breaks the grammar or is not sampled.
    pub(crate) fn remote(&self, traceparent: &str, name: &'static str) -> Option<Span> {
        let parent = context::parse(traceparent).filter(SpanContext::is_sampled)?;
        let scope = self.scope(self.child_context(&parent), None);
        Some(Span::entry(scope, Some(&parent), name.into(), SpanKind::Consumer))
    }

    /// The step that answers a request. A request without a context begins a trace, which is sampled only if
    /// `sample` allows it.
    pub(super) fn server(&self, headers: &HeaderMap, request_id: Arc<str>, sample: bool) -> Span {
        let parent = context::read(headers);
        let context = match &parent {
            Some(parent) if parent.is_sampled() && self.is_exporting() => self.child_context(parent),
            // Not recorded here: whoever comes next is below the asker's span, not below one that nobody has.
            Some(parent) => parent.clone(),
            None => self.root_context(sample && self.is_exporting()),
        };
        let scope = self.scope(context, Some(request_id));
        Span::entry(scope, parent.as_ref(), Cow::Borrowed("request"), SpanKind::Server)
    }

    /// A new request id.
    pub(super) fn request_id(&self) -> String {
        format!("{}-{:x}", self.0.name, self.0.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// What the exporter counts.
    pub(crate) fn counters(&self) -> &SpanCounters {
        &self.0.counters
    }

    pub(super) fn is_exporting(&self) -> bool {
        self.0.exporter.is_some()
    }

    pub(super) fn instrumentation(&self) -> InstrumentationScope {
        self.0.instrumentation.clone()
    }

    pub(super) fn finish(&self, span: SpanData) {
        if let Some(exporter) = &self.0.exporter {
            exporter.take(span);
        }
    }

    /// A new span of the same trace.
    pub(super) fn child_context(&self, parent: &SpanContext) -> SpanContext {
        let (trace, state) = (parent.trace_id(), parent.trace_state().clone());
        SpanContext::new(trace, SpanId::from(self.next_id()), parent.trace_flags(), false, state)
    }

    fn root_context(&self, sample: bool) -> SpanContext {
        let (high, low) = (self.next_id(), self.next_id());
        let sampled = sample && low >> 1 < self.0.sampled_below;
        let trace = TraceId::from(u128::from(high) << 64 | u128::from(low));
        let flags = TraceFlags::default().with_sampled(sampled);
        SpanContext::new(trace, SpanId::from(self.next_id()), flags, false, TraceState::NONE)
    }

    fn scope(&self, context: SpanContext, request_id: Option<Arc<str>>) -> Scope {
        Scope { tracer: self.clone(), context, request_id }
    }

    /// Never 0, which is no id. `mix` gives every counter its own value.
    fn next_id(&self) -> u64 {
        let count = self.0.ids.fetch_add(1, Ordering::Relaxed);
        mix(self.0.seed.wrapping_add(count)).max(1)
    }
}
