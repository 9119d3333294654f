//! What operators get, and users of a region in trouble. (What users get from a sound one is in `behaviour`.)

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, wait_until};

#[test]
fn connections_above_the_limit_wait_until_one_is_free() {
    let lab = Lab::serving(&LabPlan { limits: "connections_max = 1", ..LabPlan::default() });
    let ask = b"GET /v1/users/user-1 HTTP/1.1\r\nhost: chirp\r\n\r\n";
    let connect = || {
        let mut stream = TcpStream::connect(lab.listen(EU)).unwrap();
        stream.write_all(ask).unwrap();
        stream
    };
    let mut buffer = [0; 4096];
    let mut first = connect();
    assert!(first.read(&mut buffer).unwrap() > 0, "the first is served, and stays");
    let mut second = connect();
    // However slow the machine is, this can only be too kind to the region, never too hard.
    second.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(second.read(&mut buffer).is_err(), "the second waits");
    drop(first);
    second.set_read_timeout(None).unwrap();
    assert!(second.read(&mut buffer).unwrap() > 0, "until the first is gone");
}

#[test]
fn a_stalled_storage_makes_health_fail_and_leaves_the_outcome_of_writes_unknown() {
    let limits = "write_deadline_ms = 100\nhealth_deadline_ms = 1000";
    let lab = Lab::serving(&LabPlan { limits, ..LabPlan::default() });
    lab.set(EU, "storage-stalled");
    let check = lab.get(EU, "/healthz");
    assert_eq!(check.status, 503);
    assert!(check.json()["reason"].as_str().unwrap().starts_with("storage"), "{check:?}");
    let write = lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"late"}"#);
    assert_eq!((write.status, write.header("retry-after")), (503, Some("1")), "{write:?}");
    assert!(write.json()["hint"].as_str().unwrap().contains("unknown"), "{write:?}");
    assert_eq!(lab.timeline(EU, "user-1").len(), 0, "reads go on");
    assert_eq!(lab.metric(EU, "chirp_condition{name=\"storage-stalled\"}"), Some(1.0));
    assert_eq!(lab.metric(EU, "chirp_healthy"), Some(0.0));
    lab.clear(EU);
    wait_until("the region is well again", || lab.get(EU, "/healthz").status == 200);
    // Begun in time it is done after all; if nobody waited for it any more, it is not.
    lab.post(EU, "user-1", "next", None);
    let posts = lab.timeline(EU, "user-1").len();
    assert!((1..=2).contains(&posts), "{posts}");
    assert_eq!(lab.metric(EU, "chirp_healthy"), Some(1.0));
}

#[test]
fn a_region_with_no_place_left_refuses_at_once() {
    let limits = "in_flight_max = 1\nwrite_deadline_ms = 600000";
    let lab = Lab::serving(&LabPlan { limits, ..LabPlan::default() });
    lab.set(EU, "storage-stalled");
    std::thread::scope(|scope| {
        let write = scope.spawn(|| lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"waits"}"#));
        wait_until("the write is under way", || lab.metric(EU, "chirp_http_requests_in_flight") == Some(1.0));
        let read = lab.get(EU, "/v1/users/user-1");
        assert_eq!((read.status, read.header("retry-after")), (503, Some("1")), "{read:?}");
        assert_eq!(read.json()["error"], "1 requests are under way");
        assert_eq!(lab.metric(EU, "chirp_http_requests_shed_total"), Some(1.0));
        lab.clear(EU);
        assert_eq!(write.join().unwrap().status, 201);
    });
    assert_eq!(lab.get(EU, "/v1/users/user-1").status, 200);
}

#[test]
fn a_region_without_peers_forgets_a_deletion_when_it_is_old_enough_and_not_before() {
    for (keep, is_forgotten) in [("", false), ("[tombstones]\nkeep_ms = 1", true)] {
        let lab = Lab::serving(&LabPlan { tables: keep, ..LabPlan::default() });
        let body = r#"{"author":"user-1","text":"hello"}"#;
        let create = || request(lab.listen(EU), "POST", "/v1/posts", &[("idempotency-key", "key")], body).unwrap();
        let id = create().json()["id"].as_str().unwrap().to_owned();
        assert_eq!(lab.send(EU, "DELETE", &format!("/v1/posts/{id}?author=user-1"), "").status, 200);
        if is_forgotten {
            wait_until("the key is free again", || create().status == 201);
        } else {
            // What takes the way of all writes comes after several looks.
            for _ in 0..20 {
                lab.post(EU, "user-2", "time goes by", None);
                assert_eq!(create().status, 410, "a day has not passed");
            }
        }
    }
}
