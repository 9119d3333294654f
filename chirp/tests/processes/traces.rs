//! Traces of real processes, read by a collector of ours.

use std::net::{SocketAddr, TcpListener};

use crate::collector::{Collector, Span};
use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, US, wait_until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn traced(collector: SocketAddr, ratio: f64) -> Lab {
    let telemetry = format!("telemetry = {{ otlp = \"http://{collector}\", sampling_ratio = {ratio} }}");
    let top = format!("seed_users = 6\nfollows_per_user = 0\n{telemetry}");
    Lab::serving(&LabPlan { regions: &[EU, US], top: &top, ..LabPlan::default() })
}

/// A post by the asker's trace.
fn post(lab: &Lab, flags: &str) {
    let parent = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
    let headers = [("traceparent", parent.as_str()), ("x-request-id", "the-asker-s-id")];
    let reply =
        request(lab.listen(EU), "POST", "/v1/posts", &headers, r#"{"author":"user-0","text":"hello"}"#).unwrap();
    assert_eq!(reply.status, 201, "{reply:?}");
}

fn of_trace(collector: &Collector) -> Vec<Span> {
    collector.spans().into_iter().filter(|span| span.trace == TRACE).collect()
}

#[test]
fn a_write_is_seen_as_spans_of_two_regions_with_one_trace() {
    let collector = Collector::start();
    // No trace of their own: what arrives is the asker's.
    let lab = traced(collector.address, 0.0);
    post(&lab, "01");
    let found = |instance: &str, name: &str| {
        of_trace(&collector).into_iter().find(|span| span.instance == instance && span.name == name)
    };
    wait_until("the other region's span arrives", || found(US, "replication apply").is_some());
    wait_until("the server's span arrives", || found(EU, "POST /v1/posts").is_some());
    let (server, commit, apply) = (
        found(EU, "POST /v1/posts").unwrap(),
        found(EU, "storage commit").expect("it ended before the server's"),
        found(US, "replication apply").unwrap(),
    );
    assert_eq!((server.parent.as_str(), server.kind, server.service.as_str()), ("b7ad6b7169203331", 2, "chirp-region"));
    assert_eq!((commit.parent.as_str(), commit.kind), (server.id.as_str(), 1));
    assert_eq!((apply.parent.as_str(), apply.kind), (commit.id.as_str(), 5), "it goes on from the commit");
    assert_eq!(server.attributes["chirp.request_id"], "the-asker-s-id");
    assert_eq!(server.attributes["http.response.status_code"], "201");
    assert_eq!(apply.attributes["chirp.origin"], EU);
    for span in of_trace(&collector) {
        assert!(span.nanos.0 > 0 && span.nanos.0 <= span.nanos.1, "{span:?}");
    }
    assert!(server.nanos.0 <= commit.nanos.0, "the commit is inside of the request");
}

#[test]
fn one_trace_goes_from_the_edge_through_the_region_that_was_asked_to_the_writer() {
    const EDGE: &str = "edge-us";
    let collector = Collector::start();
    let telemetry = format!("telemetry = {{ otlp = \"http://{}\", sampling_ratio = 0.0 }}", collector.address);
    let top = format!("model = \"read-replicas\"\nseed_users = 6\nfollows_per_user = 0\n{telemetry}");
    // Nothing goes wrong here, so nobody is to lose the lease.
    let tables = "[writer]\nlease_ms = 20000\nfailback_after_ms = 0";
    let plan = LabPlan { regions: &[EU, US], top: &top, tables, edges: &[(EDGE, US)], ..LabPlan::default() };
    let mut lab = Lab::serving(&plan);
    let follows = |lab: &Lab, region: &str| lab.send(region, "PUT", "/v1/users/user-1", r#"{"bio":"x"}"#);
    wait_until("the edge's region sends writes on", || {
        let reply = follows(&lab, US);
        if reply.status == 200 && reply.header("x-served-by-writer").is_none() {
            lab.chirp(&["promote", "--region", EU, "--wait", "5"]);
        }
        reply.header("x-served-by-writer") == Some(EU)
    });
    lab.start_edge(EDGE);
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let body = r#"{"author":"user-0","text":"hello"}"#;
    let reply = request(lab.listen(EDGE), "POST", "/v1/posts", &[("traceparent", &parent)], body).unwrap();
    assert_eq!((reply.status, reply.header("x-served-by-writer")), (201, Some(EU)), "{reply:?}");

    // From the commit upwards: (process, kind), where 1 is internal, 2 a server's and 3 a client's span.
    let way = || {
        let spans = of_trace(&collector);
        let mut span = spans.iter().find(|span| span.name == "storage commit");
        let (mut way, mut above) = (Vec::new(), String::new());
        while let Some(found) = span {
            way.push((found.instance.clone(), found.kind));
            above.clone_from(&found.parent);
            span = spans.iter().find(|span| span.id == found.parent);
        }
        (way, above)
    };
    wait_until("the edge's span arrives", || {
        way().0.last().is_some_and(|(process, kind)| process == EDGE && *kind == 2)
    });
    let expected = [(EU, 1), (EU, 2), (US, 3), (US, 2), (EDGE, 3), (EDGE, 2)];
    let (way, above) = way();
    let way: Vec<(&str, i32)> = way.iter().map(|(process, kind)| (process.as_str(), *kind)).collect();
    assert_eq!(way, expected);
    assert_eq!(above, "b7ad6b7169203331", "the asker's span is above all");
    wait_until("the copy is in the same trace", || {
        of_trace(&collector).iter().any(|span| span.name == "replication apply" && span.instance == US)
    });
    // Spans come in any order, so each process may still send some; none is of another service.
    for span in of_trace(&collector) {
        let service = if span.instance == EDGE { "chirp-edge" } else { "chirp-region" };
        assert_eq!(span.service, service, "{span:?}");
    }
}

#[test]
fn a_trace_that_its_asker_does_not_sample_is_not_recorded_and_own_work_is_by_ratio() {
    let collector = Collector::start();
    let lab = traced(collector.address, 1.0);
    post(&lab, "00");
    let pull = || collector.spans().into_iter().find(|span| span.name == "replication pull" && span.instance == US);
    wait_until("a pull is recorded", || pull().is_some());
    let pull = pull().unwrap();
    let below = |parent: &str, name: &str, instance: &str| {
        let is_it = |span: &Span| span.parent == parent && span.name == name && span.instance == instance;
        collector.spans().into_iter().find(is_it)
    };
    wait_until("both ends of the call are recorded", || {
        let call = below(&pull.id, "GET /peer/log", US);
        call.is_some_and(|call| call.kind == 3 && below(&call.id, "GET /peer/log", EU).is_some_and(|it| it.kind == 2))
    });
    assert_eq!(of_trace(&collector).len(), 0);
    lab.post(EU, "user-1", "a trace of its own", None);
    let applied = || collector.spans().into_iter().find(|span| span.name == "replication apply");
    wait_until("what the post did elsewhere is recorded", || applied().is_some());
    let linked = applied().unwrap().links;
    wait_until("it is linked to the pull that brought it", || {
        collector.spans().iter().any(|span| span.name == "replication pull" && linked == [span.trace.as_str()])
    });
    let exported = lab.metric(EU, "chirp_trace_spans_exported_total").unwrap();
    assert!(exported > 0.0, "{exported}");
    assert!(!collector.spans().iter().any(|span| span.name.contains("/metrics")), "scrapes begin no trace");
}

#[test]
fn a_collector_that_is_away_stops_nothing_and_what_is_lost_is_counted() {
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = nowhere.local_addr().unwrap();
    drop(nowhere);
    let lab = traced(collector, 1.0);
    post(&lab, "01");
    wait_until("the loss is counted", || {
        lab.metric(EU, "chirp_trace_spans_failed_total").is_some_and(|failed| failed > 0.0)
    });
    assert_eq!(lab.metric(EU, "chirp_trace_spans_exported_total"), Some(0.0));
    assert_eq!(lab.get(EU, "/healthz").status, 200);
}
