//! Which request a task works for. Task-local, so that no function needs an argument for it.
//!
//! A value in the task and not in the thread: tasks move, and one thread runs many. It does not pass over to
//! a task that is spawned, nor to a thread that may block, by itself.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::SpanContext;

use super::{Tracer, context};

/// The header of request ids.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static SCOPE: Scope;
}

/// What a task works for.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// Records what is done.
    pub(super) tracer: Tracer,
    /// The trace, and the span that is being worked on.
    pub(super) context: SpanContext,
    /// The request's id; none for work of our own.
    pub(super) request_id: Option<Arc<str>>,
}

impl Scope {
    /// The id of the trace, 32 hex digits.
    pub(crate) fn trace_id(&self) -> String {
        self.context.trace_id().to_string()
    }

    /// The request's id; none for work of our own.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether spans of this trace are recorded here.
    pub(crate) fn is_recorded(&self) -> bool {
        self.context.is_sampled() && self.tracer.is_exporting()
    }

    /// Runs `work` for this.
    pub(crate) async fn run<F: Future>(self, work: F) -> F::Output {
        SCOPE.scope(self, work).await
    }
}

/// What this task works for; none outside of a request or a span.
pub(crate) fn current() -> Option<Scope> {
    SCOPE.try_with(Clone::clone).ok()
}

/// Gives an outgoing request what this task works for: `traceparent`, `tracestate` and `x-request-id`. What
/// is there already stays if this task works for nothing.
pub(crate) fn carry(headers: &mut HeaderMap) {
    let Some(scope) = current() else { return };
    context::write(&scope.context, headers);
    if let Some(id) = scope.request_id()
        && let Ok(id) = HeaderValue::from_str(id)
    {
        headers.insert(REQUEST_ID, id);
    }
}
