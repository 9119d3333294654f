//! Traces: what happened for one request, in every process and region that it went through.
//!
//! Every request has a **trace context** (W3C `traceparent`), from its asker or made here, whether or not
//! spans are recorded: it stands in the log lines and travels with every call that is made for the request,
//! so that one id finds all that was done, in all regions, without any collector. **Spans** (who did what,
//! from when to when) are recorded only if the configuration names a collector (`[telemetry] otlp`) and the
//! trace is sampled.
//!
//! ```text
//!  asker ── traceparent ──▶ observe ── scope ──▶ handlers ──▶ span("storage commit") ──▶ ...
//!                              │                    │
//!                        server span          Connection ── traceparent, x-request-id ──▶ next process
//!                              │                    │ client span
//!                              ▼                    ▼
//!                      bounded queue (drops are counted) ──▶ thread "telemetry" ──▶ OTLP over HTTP
//! ```
//!
//! How to take part, from a task that works for a request (the context is the task's own, no argument):
//! - an outgoing call over [`Connection`](crate::http::Connection) carries context and request id by itself;
//!   anything else calls [`carry`] on its headers;
//! - a step worth seeing is `trace::span("name").run(async { … })`;
//! - a task that is spawned has no context of its own: give it [`current`], and let it [`Scope::run`];
//! - a listener puts [`observe()`] around its routes; a loop of its own begins a trace with [`Tracer::root`].
//!
//! **Why not `tracing-opentelemetry`**: it makes a span of every log span, whether or not anybody collects,
//! reads the time of day and the random numbers of the system by itself, and gives no id to a log line
//! before the span is over. The context has to exist without a collector; the rest is then a small step. The
//! formats are the library's: ids and flags from `opentelemetry`, spans from `opentelemetry_sdk`, their
//! encoding and the collector's answers from `opentelemetry-otlp`.
//!
//! **Never in the way**: a full queue drops the span and counts it; export has a thread and a runtime of its
//! own, so a collector that hangs takes no time from requests. What a process has not exported when it is
//! killed is lost: traces are for looking, not for proof.

mod context;
mod entries;
mod export;
mod observe;
mod scope;
mod span;
mod tracer;

#[cfg(test)]
mod tests;

pub(crate) use entries::{AppliedBatch, EntryTraces, record_applied};
pub(crate) use export::SpanCounters;
pub(crate) use observe::observe;
pub(crate) use scope::{Scope, carry, current};
pub(crate) use span::{Span, outgoing, span};
pub(crate) use tracer::Tracer;
