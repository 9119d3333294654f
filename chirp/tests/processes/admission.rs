//! Who may do what: tokens and malformed requests, at an edge and at a region without one.

use std::process::{Command, Output};

use crate::http::{Reply, request};
use crate::lab::{EU, Lab, LabPlan, US, wait_until};
use crate::resolver::resolve;

const EDGE: &str = "edge-eu";
const TOKENS: &str = "[tokens]\nkey = \"a key that is long enough for a test\"\nrequired = true\n";

fn chirp(lab: &Lab, arguments: &[&str]) -> Output {
    let config = lab.config();
    let all = [arguments, &["--config", config.to_str().unwrap()]].concat();
    Command::new(env!("CARGO_BIN_EXE_chirp")).args(all).output().unwrap()
}

fn token(lab: &Lab, user: &str) -> String {
    token_with(lab, &["--user", user, "--valid", "1h"])
}

fn token_with(lab: &Lab, arguments: &[&str]) -> String {
    let output = chirp(lab, &[&["token"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn follow(lab: &Lab, at: &str, token: Option<&str>) -> Reply {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = authorization.as_deref().map(|value| ("authorization", value)).into_iter().collect();
    request(lab.listen(at), "PUT", "/v1/users/user-1/follows/user-2", &headers, "").unwrap()
}

/// The status of a request with a token, and the body.
fn as_bearer(lab: &Lab, at: &str, token: &str, path: &str, body: &str) -> Reply {
    let authorization = format!("Bearer {token}");
    request(lab.listen(at), "POST", path, &[("authorization", &authorization)], body).unwrap()
}

/// Anybody may write, and only moderators remove what others wrote.
fn only_moderators_remove_posts(lab: &Lab, at: &str) {
    let own = token(lab, "user-1");
    let post = as_bearer(lab, at, &own, "/v1/posts", r#"{"author":"user-1","text":"buy my book"}"#);
    assert_eq!(post.status, 201, "{post:?}");
    let path = format!("/v1/posts/{}", post.json()["id"].as_str().unwrap());
    let remove = |token: &str| as_bearer(lab, at, token, &format!("{path}/removal"), r#"{"reason":"spam"}"#);
    for user in ["user-1", "user-2"] {
        let refused = remove(&token(lab, user));
        assert_eq!(refused.status, 403, "{at}: {refused:?}");
        assert!(refused.json()["error"].as_str().unwrap().starts_with("only moderators may"), "{refused:?}");
    }
    assert_eq!(lab.get(at, &path).json()["removed"], serde_json::Value::Null, "{at}: nothing was done");
    let moderator = token_with(lab, &["--user", "user-3", "--role", "moderator"]);
    let removed = remove(&moderator);
    assert_eq!((removed.status, removed.json()["removed"].as_str()), (200, Some("spam")), "{at}: {removed:?}");
    let as_another = as_bearer(lab, at, &moderator, "/v1/posts", r#"{"author":"user-1","text":"words in a mouth"}"#);
    assert_eq!(as_another.status, 403, "a moderator acts for nobody else: {as_another:?}");
}

/// The same at whoever users meet first.
fn tokens_are_checked(lab: &Lab, at: &str, answers_itself: bool) {
    let session = lab.send(at, "POST", "/v1/sessions", r#"{"user":"user-1"}"#);
    assert_eq!(session.status, 201, "{session:?}");
    let own = session.json()["token"].as_str().unwrap().to_owned();
    let forged = own.rsplit_once('.').unwrap().0.to_owned() + ".c2lnbmVkIGJ5IG5vYm9keQ";
    let another = token(lab, "user-3");
    // (token, status)
    let cases = [(Some(own.as_str()), 200), (None, 401), (Some(forged.as_str()), 401), (Some(another.as_str()), 403)];
    for (token, status) in cases {
        let reply = follow(lab, at, token);
        assert_eq!(reply.status, status, "{at}: {reply:?}");
        assert_eq!(reply.header("x-region").is_some(), status == 200 || !answers_itself, "{at}: {reply:?}");
        assert_eq!(reply.header("www-authenticate").is_some(), status == 401, "{at}: {reply:?}");
    }
    assert_eq!(lab.get(at, "/v1/users/user-1").status, 200, "{at}: what all may read needs no token");
}

#[test]
fn tokens_are_checked_at_the_edge_and_the_region_behind_it_trusts_it() {
    let edges = &[(EDGE, EU)];
    let steering = "kind = \"balancer\"";
    let mut lab = Lab::serving(&LabPlan { edges, steering, end: TOKENS, ..LabPlan::default() });
    lab.start_edge(EDGE);
    tokens_are_checked(&lab, EDGE, true);
    only_moderators_remove_posts(&lab, EDGE);
    assert_eq!(follow(&lab, EU, None).status, 200, "nobody but edges is to reach it");
}

#[test]
fn tokens_are_checked_by_the_region_where_there_is_no_edge() {
    let lab = Lab::serving(&LabPlan { end: TOKENS, ..LabPlan::default() });
    tokens_are_checked(&lab, EU, false);
    only_moderators_remove_posts(&lab, EU);
}

#[test]
fn the_defect_accept_any_token_lets_anybody_act_for_anybody() {
    let lab = Lab::serving(&LabPlan { end: TOKENS, defects: &["accept-any-token"], ..LabPlan::default() });
    let forged = token(&lab, "user-1").rsplit_once('.').unwrap().0.to_owned() + ".c2lnbmVkIGJ5IG5vYm9keQ";
    assert_eq!(follow(&lab, EU, Some(&forged)).status, 200);
}

#[test]
fn an_edge_refuses_what_makes_no_sense_as_its_region_would_and_without_asking_it() {
    let mut lab = Lab::serving(&LabPlan { edges: &[(EDGE, EU)], ..LabPlan::default() });
    lab.start_edge(EDGE);
    let long = format!(r#"{{"author":"user-1","text":"{}"}}"#, "a".repeat(281));
    let cases = [
        ("POST", "/v1/posts", long.as_str()),
        ("POST", "/v1/posts", "{"),
        ("POST", "/v1/posts", r#"{"author":"no body","text":"a"}"#),
        ("GET", "/v1/users/user-1/timeline?limit=801", ""),
        ("GET", "/v1/users/%ff", ""),
        ("PUT", "/v1/users/user-1", r#"{"display_name":""}"#),
        ("PUT", "/v1/users/user-1/follows/user-1", ""),
    ];
    for (method, path, body) in cases {
        let (edge, region) = (lab.send(EDGE, method, path, body), lab.send(EU, method, path, body));
        assert_eq!(edge.status, region.status, "{method} {path}: {edge:?} {region:?}");
        assert_eq!(edge.status, 400, "{method} {path}: {edge:?}");
        assert_eq!((edge.header("x-region"), region.header("x-region")), (None, Some(EU)), "{method} {path}");
    }
    assert_eq!(lab.metric(EDGE, "chirp_edge_refusals_total{status=\"400\"}"), Some(7.0));
}

fn drain(lab: &Lab, action: &str) -> (Option<i32>, String) {
    let output = chirp(lab, &["drain", "--region", EU, action]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_region_that_an_operator_drains_loses_its_users_and_gets_them_back() {
    let edges = &[(EDGE, EU)];
    let mut lab = Lab::serving(&LabPlan { regions: &[EU, US], edges, ..LabPlan::default() });
    lab.start_dns();
    lab.start_edge(EDGE);
    let asked = |lab: &Lab| lab.get(EDGE, "/v1/users/user-1").header("x-region").map(str::to_owned);
    let resolved =
        |lab: &Lab, region: &str| std::net::IpAddr::V4(resolve(lab.dns, "127.65.0.9", None)) == lab.listen(region).ip();
    wait_until("users are at the nearest region", || asked(&lab).as_deref() == Some(EU) && resolved(&lab, EU));
    assert_eq!(drain(&lab, "status"), (Some(1), "serving\n".into()));
    assert_eq!(drain(&lab, "on"), (Some(0), "draining\n".into()));
    assert_eq!(drain(&lab, "status"), (Some(0), "draining\n".into()));
    assert_eq!(lab.get(EU, "/healthz").json()["status"], "draining");
    assert_eq!((lab.get(EU, "/livez").status, lab.get(EU, "/v1/users/user-1").status), (200, 200), "it still answers");
    wait_until("users are moved", || asked(&lab).as_deref() == Some(US) && resolved(&lab, US));
    assert!(lab.process(EDGE).events().iter().all(|event| event["event"] != "ejected"), "draining is no failure");
    assert_eq!(drain(&lab, "off"), (Some(0), "serving\n".into()));
    wait_until("users are back", || asked(&lab).as_deref() == Some(EU) && resolved(&lab, EU));
}
