//! W3C trace context: reading it from a request's headers, writing it to the next one's.
//!
//! What comes from outside is not trusted to have a form or a size: a `traceparent` that breaks the grammar
//! is as none (the request begins a trace of its own), and a `tracestate` that breaks it, or is longer than
//! 512 characters, is dropped alone. (<https://www.w3.org/TR/trace-context/>, sections 3.2 and 3.3.)

use std::str::FromStr as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const PARENT: HeaderName = HeaderName::from_static("traceparent");
const STATE: HeaderName = HeaderName::from_static("tracestate");
/// More vendors' state than this is not carried. The standard asks for at least this much.
const STATE_CHARS_MAX: usize = 512;

/// The context that a request brings, if it brings one.
pub(super) fn read(headers: &HeaderMap) -> Option<SpanContext> {
    let mut parents = headers.get_all(PARENT).iter();
    let (parent, second) = (parents.next()?, parents.next());
    if second.is_some() {
        return None; // Which of them? Neither.
    }
    let parent = parse(parent.to_str().ok()?)?;
    let state = state(headers).unwrap_or_default();
    Some(SpanContext::new(parent.trace_id(), parent.span_id(), parent.trace_flags(), true, state))
}

/// A `traceparent` alone: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, lower case. A version after 00
/// may have more behind a further dash, which is not for us.
pub(super) fn parse(text: &str) -> Option<SpanContext> {
    let bytes = text.as_bytes();
    if bytes.len() < 55 || bytes[2] != b'-' || bytes[35] != b'-' || bytes[52] != b'-' {
        return None;
    }
    let hex = |from: usize, to: usize| {
        let digits = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        bytes[from..to].iter().all(digits).then(|| &text[from..to])
    };
    let version = hex(0, 2)?;
    let may_be_longer = version != "00" && bytes.get(55) == Some(&b'-');
    if version == "ff" || (bytes.len() > 55 && !may_be_longer) {
        return None;
    }
    let trace = TraceId::from_hex(hex(3, 35)?).ok()?;
    let span = SpanId::from_hex(hex(36, 52)?).ok()?;
    let flags = u8::from_str_radix(hex(53, 55)?, 16).ok()?;
    // Of the flags only "sampled" is ours to pass on (section 3.2.2.5 of the standard).
    let flags = TraceFlags::default().with_sampled(flags & 1 == 1);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

fn state(headers: &HeaderMap) -> Option<TraceState> {
    let parts: Option<Vec<&str>> = headers.get_all(STATE).iter().map(|value| value.to_str().ok()).collect();
    let text = parts?.join(",");
    if text.is_empty() || text.len() > STATE_CHARS_MAX {
        return None;
    }
    TraceState::from_str(&text).ok()
}

/// A context as a `traceparent`.
pub(super) fn format(context: &SpanContext) -> String {
    let flags = context.trace_flags().to_u8();
    format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id())
}

/// Gives a request the context.
pub(super) fn write(context: &SpanContext, headers: &mut HeaderMap) {
    let parent = HeaderValue::from_str(&format(context)).expect("hex digits and dashes are ASCII");
    headers.insert(PARENT, parent);
    let state = context.trace_state().header();
    if let Ok(state) = HeaderValue::from_str(&state)
        && !state.is_empty()
    {
        headers.insert(STATE, state);
    }
}
