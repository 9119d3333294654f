//! What a region keeps of answers: never older than its own state, whoever wrote; and marked when the region
//! itself may be behind.

use crate::http::{Reply, request};
use crate::lab::{EU, Lab, LabPlan, US, wait_until};

const PROFILE: &str = "/v1/users/user-1";
/// So long that nothing is seen again because its time is over.
const FOR_EVER: &str = "[cache]\nttl_ms = 3600000\nheartbeat_age_ms_max = 3600000";

fn lab(end: &str, defects: &[&str]) -> Lab {
    Lab::serving(&LabPlan { regions: &[EU, US], end, defects, ..LabPlan::default() })
}

fn name_it(lab: &Lab, region: &str, name: &str) -> Reply {
    let reply = lab.send(region, "PUT", PROFILE, &format!(r#"{{"display_name":"{name}"}}"#));
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// The name that a region shows, to a session that has seen `seen`.
fn name(lab: &Lab, region: &str, seen: &str) -> String {
    let headers: &[(&str, &str)] = if seen.is_empty() { &[] } else { &[("x-chirp-seen", seen)] };
    let reply = request(lab.listen(region), "GET", PROFILE, headers, "").unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["display_name"].as_str().unwrap().to_owned()
}

fn reads(lab: &Lab, region: &str, source: &str) -> f64 {
    let labels = format!("cache=\"here\",source=\"{source}\"");
    lab.metric(region, &format!("chirp_cache_reads_total{{{labels}}}")).unwrap_or_default()
}

#[test]
fn kept_answers_end_with_own_writes_and_with_those_of_other_regions() {
    let lab = lab(FOR_EVER, &[]);
    assert_eq!(lab.get(EU, PROFILE).header("age"), None, "nothing is kept yet");
    assert!(lab.get(EU, PROFILE).header("age").is_some());
    name_it(&lab, EU, "written here");
    assert_eq!(name(&lab, EU, ""), "written here");
    // A session that goes on elsewhere finds its own write there, also where something older was kept.
    for round in 0..3 {
        name(&lab, US, "");
        let written = format!("round {round}");
        let seen = name_it(&lab, EU, &written);
        assert_eq!(name(&lab, US, seen.header("x-chirp-position").unwrap()), written);
        assert_eq!(name(&lab, US, ""), written, "and so does everybody after it");
    }
    // A like is of a post, and a list of posts shows it.
    let id = lab.post(EU, "user-1", "hello", None);
    let posts = "/v1/users/user-1/posts?limit=10";
    assert_eq!(lab.get(EU, posts).json()["posts"][0]["likes"], 0);
    assert!(lab.get(EU, posts).header("age").is_some());
    assert_eq!(lab.send(EU, "PUT", &format!("/v1/posts/{id}/likes/user-2"), "").status, 200);
    assert_eq!(lab.get(EU, posts).json()["posts"][0]["likes"], 1);
    assert_eq!(lab.send(EU, "DELETE", &format!("/v1/posts/{id}?author=user-1"), "").status, 200);
    assert_eq!(lab.get(EU, posts).json()["posts"].as_array().unwrap().len(), 0);
    assert_eq!(lab.get(EU, &format!("/v1/posts/{id}")).status, 404);
    assert!(reads(&lab, EU, "hit") >= 2.0 && reads(&lab, EU, "loaded") >= 4.0);
    assert!(lab.metric(EU, "chirp_cache_bytes{cache=\"here\"}") > Some(0.0));
}

#[test]
fn no_invalidation_hides_the_own_write_for_as_long_as_the_answer_is_kept() {
    let lab = lab(FOR_EVER, &["no-invalidation"]);
    let before = name(&lab, EU, "");
    let seen = name_it(&lab, EU, "written here");
    assert_eq!(name(&lab, EU, seen.header("x-chirp-position").unwrap()), before);
}

#[test]
fn nothing_is_kept_unless_the_configuration_says_so() {
    let lab = lab("", &[]);
    for _ in 0..2 {
        assert_eq!(lab.get(EU, PROFILE).header("age"), None);
    }
    assert_eq!(lab.metric(EU, "chirp_cache_bytes{cache=\"here\"}"), None);
}

#[test]
fn a_kept_answer_is_marked_when_the_other_region_has_not_been_heard_for_long() {
    let lab = lab("[cache]\nttl_ms = 3600000\nheartbeat_age_ms_max = 10000", &[]);
    wait_until("a fresh one is kept and not marked", || {
        let reply = lab.get(US, PROFILE);
        reply.header("age").is_some() && reply.header("x-chirp-notice").is_none()
    });
    lab.set(US, "replication-stopped");
    wait_until("it is marked", || lab.get(US, PROFILE).header("x-chirp-notice") == Some("stale"));
    assert!(lab.metric(US, "chirp_cache_stale_age_seconds_count") >= Some(1.0));
    lab.clear(US);
    wait_until("it is heard again", || lab.get(US, PROFILE).header("x-chirp-notice").is_none());
}

#[test]
fn no_load_shedding_takes_in_what_can_only_wait() {
    let limits = "in_flight_max = 1\nwrite_deadline_ms = 600000";
    for (defects, status) in [(&[][..], 503), (&["no-load-shedding"][..], 200)] {
        let lab = Lab::serving(&LabPlan { limits, defects, ..LabPlan::default() });
        lab.set(EU, "storage-stalled");
        std::thread::scope(|scope| {
            let write = scope.spawn(|| lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"waits"}"#));
            wait_until("the write is under way", || lab.metric(EU, "chirp_http_requests_in_flight") == Some(1.0));
            assert_eq!(lab.get(EU, PROFILE).status, status, "{defects:?}");
            assert_eq!(lab.get(EU, "/livez").status, 200, "health is never shed");
            lab.clear(EU);
            assert_eq!(write.join().unwrap().status, 201);
        });
    }
}
