//! What is asked wrongly, and what every answer carries.

use crate::deployment::EU;
use crate::http::request;
use crate::{Deployment, Engine};

pub(crate) fn a_request_that_makes_no_sense_is_told_why(engine: Engine) {
    let lab = Deployment::single(engine);
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
        ("POST", "/v1/posts", r#"{"author":"user-1","text":"a","link":"example.org"}"#, 400, "link is not a link"),
        ("POST", "/v1/posts", r#"{"author":"user-1","text":"a","media":"https://"}"#, 400, "media is not a link"),
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

pub(crate) fn a_request_id_comes_back_if_it_is_a_sensible_one(engine: Engine) {
    let lab = Deployment::single(engine);
    let ask = |id: &str| {
        let reply = request(lab.listen(EU), "GET", "/v1/users/user-1", &[("x-request-id", id)], "").unwrap();
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(ask("req-17"), "req-17");
    assert_ne!(ask(&"a".repeat(200)), "a".repeat(200));
    assert_ne!(ask("a b"), "a b");
    assert_ne!(ask("a b"), ask("a b"), "made ones differ");
}

pub(crate) fn a_retry_with_the_same_key_gets_the_same_post(engine: Engine) {
    let lab = Deployment::single(engine);
    let send = |text: &str| {
        let body = serde_json::json!({ "author": "user-1", "text": text }).to_string();
        request(lab.listen(EU), "POST", "/v1/posts", &[("idempotency-key", "key")], &body).unwrap()
    };
    let (first, again, other) = (send("hello"), send("hello"), send("something else"));
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None));
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(first.json(), again.json());
    assert_eq!(other.status, 422, "{other:?}");
    assert_eq!(lab.timeline(EU, "user-1").len(), 1);
}
