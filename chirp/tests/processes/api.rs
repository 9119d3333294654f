//! What users and operators get for what they ask.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::http::request;
use crate::lab::{Lab, LabPlan, wait_until};

const EU: &str = "eu-west-1";

#[test]
fn a_request_that_makes_no_sense_is_told_why() {
    let lab = Lab::serving(&LabPlan::default());
    let post = |text: &str| format!(r#"{{"author":"user-1","text":"{text}"}}"#);
    let (long, longest, huge) = (post(&"ä".repeat(281)), post(&"ä".repeat(280)), post(&"a".repeat(70_000)));
    // (method, path, body, status, part of the answer)
    let cases = [
        ("POST", "/v1/posts", longest.as_str(), 201, "eu-west-1"),
        ("POST", "/v1/posts", long.as_str(), 400, "text has 281 characters, allowed: 1 to 280"),
        ("POST", "/v1/posts", r#"{"author":"user-1","text":""}"#, 400, "text has 0 characters"),
        ("POST", "/v1/posts", huge.as_str(), 413, "larger than 65536 bytes"),
        ("POST", "/v1/posts", "{", 400, "EOF while parsing"),
        ("POST", "/v1/posts", r#"{"author":"user-1","texx":"a"}"#, 400, "unknown field `texx`"),
        ("POST", "/v1/posts", r#"{"author":"nobody","text":"a"}"#, 404, "no user `nobody`"),
        ("POST", "/v1/posts", r#"{"author":"no body","text":"a"}"#, 400, "is not a user name"),
        ("GET", "/v1/posts/nothing", "", 404, "no such post"),
        ("GET", "/v1/users/nobody", "", 404, "no user `nobody`"),
        ("GET", "/v1/users/nobody/timeline", "", 404, "no user `nobody`"),
        ("GET", "/v1/users/user-1/timeline?limit=801", "", 400, "allowed: 1 to 800"),
        ("GET", "/v1/users/user-1/timeline?limit=-1", "", 400, "allowed: 1 to 800"),
        ("GET", "/v1/users/user-1/timeline?limit=1&limit=2", "", 400, "duplicate field `limit`"),
        ("GET", "/v1/users/%ff", "", 400, "error"),
        ("PUT", "/v1/users/user-1", r#"{"display_name":""}"#, 400, "display_name has 0 characters"),
        ("PUT", "/v1/users/user-1/follows/user-1", "", 400, "nobody follows themselves"),
        ("PUT", "/v1/users/user-1/follows/nobody", "", 404, "no user `nobody`"),
        ("DELETE", "/v1/users/user-1/follows/user-2", "", 200, r#""following":false"#),
        ("GET", "/v2/posts", "", 404, "no such route"),
        ("DELETE", "/v1/posts", "", 405, "no such method"),
    ];
    for (method, path, body, status, part) in cases {
        let reply = lab.send(EU, method, path, body);
        assert_eq!(reply.status, status, "{method} {path}: {reply:?}");
        assert!(reply.body.contains(part), "{method} {path}: {reply:?}");
        assert_eq!(reply.header("x-region"), Some(EU), "{method} {path}: {reply:?}");
        assert!(reply.header("x-request-id").is_some(), "{method} {path}: {reply:?}");
        assert!(status < 400 || reply.json()["error"].is_string(), "{method} {path}: {reply:?}");
    }
    let headers = [("idempotency-key", "")];
    let keyless = request(lab.listen(EU), "POST", "/v1/posts", &headers, &post("a")).unwrap();
    assert_eq!(keyless.status, 400);
}

#[test]
fn a_request_id_comes_back_if_it_is_a_sensible_one() {
    let lab = Lab::serving(&LabPlan::default());
    let ask = |id: &str| {
        let reply = request(lab.listen(EU), "GET", "/v1/users/user-1", &[("x-request-id", id)], "").unwrap();
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(ask("req-17"), "req-17");
    assert_ne!(ask(&"a".repeat(200)), "a".repeat(200));
    assert_ne!(ask("a b"), "a b");
    assert_ne!(ask("a b"), ask("a b"), "made ones differ");
}

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
fn users_are_registered_and_their_posts_are_found() {
    let lab = Lab::serving(&LabPlan::default());
    let put = |display: &str| lab.send(EU, "PUT", "/v1/users/anna", &format!(r#"{{"display_name":"{display}"}}"#));
    assert_eq!(put("Anna").status, 201);
    assert_eq!(put("Anna").status, 200);
    assert_eq!(put("Anna B.").json()["display_name"], "Anna B.");
    assert_eq!(lab.get(EU, "/v1/users/anna").json()["name"], "anna");
    let (first, second) = (lab.post(EU, "anna", "one", None), lab.post(EU, "anna", "two", None));
    let posts = lab.get(EU, "/v1/users/anna/posts").json()["posts"].clone();
    assert_eq!(posts[0]["id"], second.as_str());
    assert_eq!(posts[1]["id"], first.as_str());
    assert_eq!(lab.get(EU, "/v1/users/anna/posts?limit=1").json()["posts"].as_array().unwrap().len(), 1);
    let post = lab.get(EU, &format!("/v1/posts/{first}")).json();
    assert_eq!((post["author"].as_str(), post["region"].as_str()), (Some("anna"), Some(EU)));
    assert_eq!(post, posts[1]);
}

/// `chirp storage`: its exit code and what it prints.
fn storage(lab: &Lab, action: &str) -> (Option<i32>, String) {
    let config = lab.config();
    let arguments = ["storage", "--region", EU, action, "--config", config.to_str().unwrap()];
    let output = Command::new(env!("CARGO_BIN_EXE_chirp")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_stalled_storage_makes_health_fail_and_leaves_the_outcome_of_writes_unknown() {
    let limits = "write_deadline_ms = 100\nhealth_deadline_ms = 1000";
    let lab = Lab::serving(&LabPlan { limits, ..LabPlan::default() });
    assert_eq!(storage(&lab, "status"), (Some(1), "running\n".into()));
    assert_eq!(storage(&lab, "stall"), (Some(0), "stalled\n".into()));
    assert_eq!(storage(&lab, "status"), (Some(0), "stalled\n".into()));
    let check = lab.get(EU, "/healthz");
    assert_eq!(check.status, 503);
    assert!(check.json()["reason"].as_str().unwrap().starts_with("storage"), "{check:?}");
    let write = lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"late"}"#);
    assert_eq!((write.status, write.header("retry-after")), (503, Some("1")), "{write:?}");
    assert!(write.json()["hint"].as_str().unwrap().contains("unknown"), "{write:?}");
    assert_eq!(lab.timeline(EU, "user-1").len(), 0, "reads go on");
    assert_eq!(lab.metric(EU, "chirp_storage_stalled"), Some(1.0));
    assert_eq!(lab.metric(EU, "chirp_healthy"), Some(0.0));
    assert_eq!(storage(&lab, "resume"), (Some(0), "running\n".into()));
    wait_until("the late write is done after all", || lab.timeline(EU, "user-1").len() == 1);
    wait_until("the region is well again", || lab.get(EU, "/healthz").status == 200);
    assert_eq!(lab.metric(EU, "chirp_healthy"), Some(1.0));
}

#[test]
fn a_region_with_no_place_left_refuses_at_once() {
    let limits = "in_flight_max = 1\nwrite_deadline_ms = 600000";
    let lab = Lab::serving(&LabPlan { limits, ..LabPlan::default() });
    storage(&lab, "stall");
    std::thread::scope(|scope| {
        let write = scope.spawn(|| lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"waits"}"#));
        wait_until("the write is under way", || lab.metric(EU, "chirp_http_requests_in_flight") == Some(1.0));
        let read = lab.get(EU, "/v1/users/user-1");
        assert_eq!((read.status, read.header("retry-after")), (503, Some("1")), "{read:?}");
        assert_eq!(read.json()["error"], "1 requests are under way");
        assert_eq!(lab.metric(EU, "chirp_http_requests_shed_total"), Some(1.0));
        storage(&lab, "resume");
        assert_eq!(write.join().unwrap().status, 201);
    });
    assert_eq!(lab.get(EU, "/v1/users/user-1").status, 200);
}
