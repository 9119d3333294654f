//! A span: one step, from when to when, and how it ended. It ends when it is dropped, so also when its
//! request is given up.
//!
//! The beginning is read from the wall clock of the machine and the length from its monotonic clock: a clock
//! that is set meanwhile makes no span of negative length. The offset that a configuration gives a region's
//! clock is not in it; spans are looked at, not decided by.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{Method, Uri};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::{Scope, Tracer, context, scope};
use crate::wall_clock::unix_micros;

/// Attributes of a span. More are left out and counted in it.
const ATTRIBUTES_MAX: usize = 32;

/// A step under way. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Span {
    /// None if the step belongs to no trace.
    scope: Option<Scope>,
    /// None if it is not recorded.
    record: Option<Box<Record>>,
}

#[derive(Debug)]
struct Record {
    data: SpanData,
    began: Instant,
}

/// A step inside of the process, of what this task works for.
pub(crate) fn span(name: &'static str) -> Span {
    child(name.into(), SpanKind::Internal)
}

/// A call of another process over HTTP, for what this task works for. Make the call inside of [`Span::run`],
/// so that it carries this span and not the one around it.
pub(crate) fn outgoing(method: &Method, uri: &Uri, host: &str) -> Span {
    let mut span = child(Cow::Borrowed("request"), SpanKind::Client);
    if span.is_recorded() {
        span.rename(format!("{method} {}", uri.path()));
        span.set("http.request.method", method.as_str().to_owned());
        span.set("url.path", uri.path().to_owned());
        span.set("server.address", host.to_owned());
    }
    span
}

fn child(name: Cow<'static, str>, kind: SpanKind) -> Span {
    let Some(scope) = scope::current() else { return Span { scope: None, record: None } };
    Span::below(scope, name, kind)
}

impl Span {
    /// A step below the one in `scope`, or none if nothing is recorded: then the context stays as it is, so
    /// that nobody is told of a span that nobody has.
    fn below(scope: Scope, name: Cow<'static, str>, kind: SpanKind) -> Self {
        if !scope.is_recorded() {
            return Self { scope: Some(scope), record: None };
        }
        let parent = scope.context.clone();
        let context = scope.tracer.child_context(&parent);
        Self::recorded(Scope { context, ..scope }, Some(&parent), name, kind)
    }

    /// The first step in this process.
    pub(super) fn entry(scope: Scope, parent: Option<&SpanContext>, name: Cow<'static, str>, kind: SpanKind) -> Self {
        if scope.is_recorded() {
            return Self::recorded(scope, parent, name, kind);
        }
        Self { scope: Some(scope), record: None }
    }

    fn recorded(scope: Scope, parent: Option<&SpanContext>, name: Cow<'static, str>, kind: SpanKind) -> Self {
        let start_time = now();
        let data = SpanData {
            span_context: scope.context.clone(),
            parent_span_id: parent.map_or(SpanId::INVALID, SpanContext::span_id),
            parent_span_is_remote: parent.is_some_and(SpanContext::is_remote),
            span_kind: kind,
            name,
            start_time,
            end_time: start_time,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: scope.tracer.instrumentation(),
        };
        Self { scope: Some(scope), record: Some(Box::new(Record { data, began: Instant::now() })) }
    }

    /// Says something about the step. Costs nothing if it is not recorded and `value` is not built for it.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        let Some(record) = &mut self.record else { return };
        if record.data.attributes.len() >= ATTRIBUTES_MAX {
            record.data.dropped_attributes_count += 1;
            return;
        }
        record.data.attributes.push(KeyValue::new(key, value));
    }

    /// The step failed, and why.
    pub(crate) fn fail(&mut self, reason: impl Into<Cow<'static, str>>) {
        if let Some(record) = &mut self.record {
            record.data.status = Status::Error { description: reason.into() };
        }
    }

    /// The step has to do with another one, such as the pull that brought an entry.
    pub(crate) fn link(&mut self, other: &Scope) {
        if let Some(record) = &mut self.record {
            record.data.links.links.push(Link::with_context(other.context.clone()));
        }
    }

    /// The step began earlier than the span was made.
    pub(crate) fn began(&mut self, ago: Duration) {
        if let Some(record) = &mut self.record {
            record.data.start_time -= ago;
            record.began = record.began.checked_sub(ago).unwrap_or(record.began);
        }
    }

    /// The context of the step as a `traceparent`, for ways that have no headers; none if it is not recorded.
    pub(crate) fn recorded_traceparent(&self) -> Option<String> {
        self.record.as_ref().map(|record| context::format(&record.data.span_context))
    }

    /// What the step is done for; none if it belongs to no trace.
    pub(crate) fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// The step was a request, and this is the status of its answer.
    pub(crate) fn answered(&mut self, status: u16) {
        self.set("http.response.status_code", i64::from(status));
        let failed = match self.record.as_ref().map(|record| &record.data.span_kind) {
            Some(SpanKind::Client) => status >= 400,
            _ => status >= 500, // The asker's mistake is no failure of who answers.
        };
        if failed {
            self.fail("");
        }
    }

    /// Whether it is worth building attributes for it.
    pub(crate) fn is_recorded(&self) -> bool {
        self.record.is_some()
    }

    /// Runs `work` as (a part of) the step: spans and calls in it are below this one.
    pub(crate) async fn run<F: Future>(&self, work: F) -> F::Output {
        match self.scope.clone() {
            Some(scope) => scope.run(work).await,
            None => work.await,
        }
    }

    /// Gives the name that is known only now.
    pub(super) fn rename(&mut self, name: String) {
        if let Some(record) = &mut self.record {
            record.data.name = name.into();
        }
    }

    fn tracer(&self) -> Option<&Tracer> {
        self.scope.as_ref().map(|scope| &scope.tracer)
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else { return };
        record.data.end_time = record.data.start_time + record.began.elapsed();
        if let Some(tracer) = self.tracer() {
            tracer.finish(record.data);
        }
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(unix_micros())
}
