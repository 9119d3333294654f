//! What an edge keeps of answers, in front of real regions: never older than what was written through it.

use crate::http::{Reply, request};
use crate::lab::{EU, HEALTH, Lab, LabPlan, wait_until};

const EDGE: &str = "edge-eu";

fn read(lab: &Lab, path: &str, headers: &[(&str, &str)]) -> Reply {
    request(lab.listen(EDGE), "GET", path, headers, "").unwrap()
}

fn display_name(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["display_name"].as_str().unwrap().to_owned()
}

#[test]
fn answers_are_given_again_until_a_write_passes_through_the_edge() {
    let edges = &[(EDGE, EU)];
    let end = "[edge_cache]\nttl_ms = 3600000\nstale_ms_max = 3600000";
    let mut lab = Lab::serving(&LabPlan { edges, end, ..LabPlan::default() });
    lab.start_edge(EDGE);
    let profile = "/v1/users/user-1";
    let first = read(&lab, profile, &[]);
    assert_eq!(first.header("age"), None, "{first:?}");
    // What is written past the edge is not seen by who takes what is kept, but by who has a session.
    assert_eq!(lab.send(EU, "PUT", profile, r#"{"display_name":"past the edge"}"#).status, 200);
    let second = read(&lab, profile, &[("x-request-id", "mine")]);
    assert!(second.header("age").is_some(), "{second:?}");
    assert_eq!(second.header("x-request-id"), Some("mine"), "{second:?}");
    assert_eq!(display_name(&second), display_name(&first));
    let position = first.header("x-chirp-position").unwrap();
    assert_eq!(display_name(&read(&lab, profile, &[("x-chirp-seen", position)])), "past the edge");
    // What is written through it is.
    assert_eq!(lab.send(EDGE, "PUT", profile, r#"{"display_name":"through the edge"}"#).status, 200);
    let third = read(&lab, profile, &[]);
    assert_eq!((display_name(&third).as_str(), third.header("age")), ("through the edge", None), "{third:?}");
    // A like is of a post, and a list of posts shows it.
    let id = lab.post(EDGE, "user-1", "hello", None);
    let posts = "/v1/users/user-1/posts?limit=10";
    assert_eq!(read(&lab, posts, &[]).json()["posts"][0]["likes"], 0);
    assert!(read(&lab, posts, &[]).header("age").is_some());
    assert_eq!(lab.send(EDGE, "PUT", &format!("/v1/posts/{id}/likes/user-2"), "").status, 200);
    assert_eq!(read(&lab, posts, &[]).json()["posts"][0]["likes"], 1);
    for (source, at_least) in [("hit", 2.0), ("loaded", 4.0), ("bypassed", 1.0)] {
        let count = lab.metric(EDGE, &format!("chirp_edge_cache_reads_total{{source=\"{source}\"}}"));
        assert!(count >= Some(at_least), "{source}: {count:?}");
    }
    assert!(lab.metric(EDGE, "chirp_edge_cache_bytes") > Some(0.0));
    assert_eq!(lab.metric(EDGE, "chirp_edge_cache_writes_total"), Some(3.0));
}

#[test]
fn a_dead_region_is_covered_by_what_is_kept_and_the_answer_says_so() {
    let edges = &[(EDGE, EU)];
    // Fresh for a moment only: the wait below is for the region's death to be noticed by a read.
    let end = "[edge_cache]\nttl_ms = 1\nstale_ms_max = 3600000";
    let mut lab = Lab::serving(&LabPlan { edges, end, balancer: HEALTH, ..LabPlan::default() });
    lab.start_edge(EDGE);
    let (kept, unknown) = ("/v1/users/user-1", "/v1/users/user-2");
    let fresh = read(&lab, kept, &[]);
    assert_eq!((fresh.status, fresh.header("x-chirp-notice")), (200, None), "{fresh:?}");
    lab.kill(EU);
    wait_until("old is given", || read(&lab, kept, &[]).header("x-chirp-notice") == Some("stale"));
    let stale = read(&lab, kept, &[]);
    assert_eq!((stale.status, stale.header("age").is_some()), (200, true), "{stale:?}");
    assert_eq!(stale.json(), fresh.json());
    assert!(read(&lab, unknown, &[]).status >= 502, "nothing is kept of it");
    let write = lab.send(EDGE, "PUT", kept, r#"{"display_name":"nobody hears"}"#);
    assert!(write.status >= 502, "{write:?}");
    assert!(read(&lab, kept, &[]).status >= 502, "it may have been written");
}
