//! Tests of traces without a collector: what is read, carried, sampled and drawn.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use opentelemetry::trace::SpanContext;
use proptest::prelude::*;

use super::entries::{AppliedBatch, EntryTraces, record_applied};
use super::export::{Exporter, SpanCounters};
use super::{Tracer, context, current, outgoing, span};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// A tracer whose exporter takes spans and finds no collector.
fn exporting(ratio: f64) -> Tracer {
    let counters = SpanCounters::default();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let exporter = Exporter::start(nowhere, "chirp-test", "eu", counters.clone()).unwrap();
    Tracer::of(ratio, "eu", Some(exporter), counters)
}

fn silent() -> Tracer {
    Tracer::of(1.0, "eu", None, SpanCounters::default())
}

#[test]
fn a_traceparent_is_read_if_it_keeps_the_grammar() {
    // (traceparent, whether it is sampled; none if it is as no context)
    let cases = [
        (PARENT, Some(true)),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", Some(false)),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", Some(true)), // another flag, not ours
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", Some(true)),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", None), // version 00 ends here
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01later", None),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None), // no version
        ("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None), // upper case
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None), // no trace
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None), // no span
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", None),  // too short
        ("00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
        ("00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
        ("", None),
    ];
    for (text, sampled) in cases {
        let read = context::read(&headers(&[("traceparent", text)]));
        assert_eq!(read.as_ref().map(SpanContext::is_sampled), sampled, "{text}");
        assert!(read.is_none_or(|read| read.is_remote()), "{text}");
    }
    assert_eq!(context::read(&HeaderMap::new()), None);
    let two = headers(&[("traceparent", PARENT), ("traceparent", PARENT)]);
    assert_eq!(context::read(&two), None, "one of two cannot be chosen");
}

#[test]
fn a_tracestate_is_carried_unless_it_is_malformed_or_long() {
    let long = format!("a={}", "x".repeat(600));
    // (tracestates, what is carried on)
    let cases: [(&[&str], Option<&str>); 4] = [
        (&["vendor=1,other=a b"], Some("vendor=1,other=a b")),
        (&["vendor=1", "other=2"], Some("vendor=1,other=2")),
        (&["no equals sign"], None),
        (&[&long], None),
    ];
    for (states, carried) in cases {
        let mut pairs = vec![("traceparent", PARENT)];
        pairs.extend(states.iter().map(|state| ("tracestate", *state)));
        let read = context::read(&headers(&pairs)).expect("the parent is fine in any case");
        let mut next = HeaderMap::new();
        context::write(&read, &mut next);
        assert_eq!(next.get("traceparent").unwrap(), PARENT);
        assert_eq!(next.get("tracestate").map(|state| state.to_str().unwrap()), carried, "{states:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_written_the_same(text in "[0-9a-f-]{0,60}|\\PC{0,60}") {
        if let Some(read) = context::parse(&text) {
            let written = context::format(&read);
            prop_assert_eq!(context::parse(&written), Some(read));
            prop_assert_eq!(&written[2..52], &text[2..52]);
        }
    }
}

#[tokio::test]
async fn a_call_carries_the_trace_and_the_request_id_also_if_nothing_is_recorded() {
    let tracer = silent();
    let mut carried = HeaderMap::new();
    super::carry(&mut carried);
    assert!(carried.is_empty() && current().is_none(), "outside of a request there is nothing to carry");
    let asked = headers(&[("traceparent", PARENT), ("tracestate", "vendor=1")]);
    let server = tracer.server(&asked, Arc::from("id-1"), true);
    server.run(async { span("step").run(async { super::carry(&mut carried) }).await }).await;
    assert_eq!(carried["traceparent"], PARENT, "nobody is told of a span that is not recorded");
    assert_eq!(
        (&carried["tracestate"], &carried["x-request-id"]),
        (&"vendor=1".parse().unwrap(), &"id-1".parse().unwrap())
    );
    let mut begun = HeaderMap::new();
    tracer.server(&HeaderMap::new(), Arc::from("id-2"), true).run(async { super::carry(&mut begun) }).await;
    let begun = context::read(&begun).expect("a request without a trace gets one");
    assert!(!begun.is_sampled(), "without a collector nothing is sampled");
}

#[tokio::test]
async fn spans_nest_and_a_call_carries_the_innermost() {
    let tracer = exporting(1.0);
    let server = tracer.server(&headers(&[("traceparent", PARENT)]), Arc::from("id"), true);
    let own = server.scope().unwrap().clone();
    assert_eq!(own.trace_id(), &PARENT[3..35]);
    let (mut carried, uri) = (HeaderMap::new(), "/x?y=1".parse().unwrap());
    server
        .run(async {
            let call = outgoing(&http::Method::GET, &uri, "127.0.0.1:1");
            assert!(call.is_recorded());
            call.run(async { super::carry(&mut carried) }).await;
            let innermost = call.recorded_traceparent().unwrap();
            assert_eq!(carried["traceparent"], innermost.as_str());
            assert_ne!(call.recorded_traceparent(), server.recorded_traceparent());
        })
        .await;
    drop((server, own));
    let counters = tracer.counters().clone();
    drop(tracer);
    assert_eq!((counters.exported.get(), counters.failed.get()), (0, 2), "two spans, and no collector");
}

#[test]
fn sampling_follows_the_asker_and_draws_the_rest_by_ratio() {
    let request = |tracer: &Tracer, parent: Option<&str>, sample| {
        let headers = parent.map_or(HeaderMap::new(), |parent| headers(&[("traceparent", parent)]));
        tracer.server(&headers, Arc::from("id"), sample).is_recorded()
    };
    let (all, none, some) = (exporting(1.0), exporting(0.0), exporting(0.25));
    let unsampled = PARENT.replace("-01", "-00");
    assert!(request(&all, None, true) && !request(&all, None, false), "probes begin no trace");
    assert!(!request(&none, None, true));
    assert!(request(&none, Some(PARENT), true) && request(&none, Some(PARENT), false));
    assert!(!request(&all, Some(&unsampled), true));
    let drawn = (0..4000).filter(|_| request(&some, None, true)).count();
    assert!((800..1200).contains(&drawn), "a quarter of 4000, but {drawn}");
}

#[test]
fn a_full_queue_drops_and_counts_and_nobody_waits() {
    let tracer = exporting(1.0);
    let spans = 20_000;
    for _ in 0..spans {
        drop(tracer.root("step"));
    }
    let counters = tracer.counters().clone();
    drop(tracer);
    let (overflowed, failed) = (counters.overflowed.get(), counters.failed.get());
    assert!(overflowed > 0 && failed > 0, "{overflowed} overflowed, {failed} failed");
    assert_eq!(overflowed + failed, spans, "every span is accounted for");
}

#[test]
fn ids_of_requests_and_spans_are_never_the_same() {
    let tracer = exporting(1.0);
    let traces: std::collections::BTreeSet<String> =
        (0..1000).map(|_| tracer.root("step").recorded_traceparent().unwrap()).collect();
    assert_eq!(traces.len(), 1000);
    assert_ne!(tracer.request_id(), tracer.request_id());
    assert!(tracer.request_id().starts_with("eu-"));
}

#[test]
fn a_peer_is_told_the_traces_of_what_it_gets_and_of_no_more_than_it_can_hold() {
    let traces = EntryTraces::default();
    let told = |from, to| {
        let mut headers = HeaderMap::new();
        traces.tell(from, to, &mut headers);
        let told = headers.get("x-chirp-entry-traces")?.to_str().unwrap();
        Some(told.split(',').map(|told| told.split('=').next().unwrap().parse().unwrap()).collect::<Vec<u64>>())
    };
    assert_eq!(told(0, 100), None, "no header if there is nothing to tell");
    for seq in [3, 5, 9] {
        traces.remember(seq, PARENT);
    }
    assert_eq!(told(3, 9), Some(vec![5, 9]), "after the first number, up to the second");
    assert_eq!(told(9, 20), None);
    (10..3000).for_each(|seq| traces.remember(seq, PARENT));
    assert_eq!(told(0, 1970), None, "forgotten");
    assert_eq!(told(0, 2999).unwrap().len(), 64);
}

#[test]
fn applying_is_a_span_of_the_writers_trace_and_nonsense_is_none() {
    let tracer = exporting(0.0);
    let unsampled = PARENT.replace("-01", "-00");
    // (header, number of spans)
    let cases = [
        (format!("7={PARENT}"), 1),
        (format!("7={PARENT},8={PARENT}"), 2),
        (format!("6={PARENT},9={PARENT}"), 0), // not of this batch
        (format!("7={unsampled}"), 0),
        ("7=nonsense,x,=,8".to_owned(), 0),
        (vec![format!("7={PARENT}"); 500].join(","), 64),
    ];
    let expected: u64 = cases.iter().map(|(_, spans)| spans).sum();
    for (text, _) in &cases {
        let batch = AppliedBatch { peer: "us", from: 6, to: 8, took: std::time::Duration::from_millis(3) };
        record_applied(&tracer, &headers(&[("x-chirp-entry-traces", text)]), &batch, None);
    }
    let counters = tracer.counters().clone();
    drop(tracer);
    assert_eq!(counters.failed.get() + counters.overflowed.get(), expected);
}
