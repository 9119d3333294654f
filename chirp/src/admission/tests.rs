#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use http::{HeaderMap, Method};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::json;

use super::meaning::Resource;
use super::{Asked, Meaning, Refused, Role, Tokens, bearer};
use crate::condition::Conditions;
use crate::config::TokenSettings;
use crate::defects::Defect;
use crate::names::UserName;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const NOW_MS: u64 = 1_763_766_000_123;

fn meaning(method: &str, target: &str, body: &str) -> Result<Meaning, Refused> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let (method, headers) = (method.parse::<Method>().unwrap(), HeaderMap::new());
    Meaning::of(&Asked { method: &method, path, query, headers: &headers, body: body.as_bytes() })
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

#[test]
fn a_request_is_read_for_whom_it_acts_and_what_it_is_about() {
    let (anna, post) = (|| Resource::User(user("anna")), || Resource::Post("p1".into()));
    // (method, target, body, acts for, reads, touches)
    type Case = (&'static str, &'static str, &'static str, Option<&'static str>, Option<Resource>, Vec<Resource>);
    let cases: [Case; 19] = [
        ("PUT", "/v1/users/anna", r#"{"display_name":"A"}"#, Some("anna"), None, vec![anna()]),
        ("PUT", "/v1/users/anna", r#"{"bio":"new fields are the region's"}"#, Some("anna"), None, vec![anna()]),
        ("GET", "/v1/users/anna", "", None, Some(anna()), vec![]),
        ("GET", "/v1/users/anna/posts?limit=5", "", None, Some(anna()), vec![]),
        ("GET", "/v1/users/anna/timeline", "", Some("anna"), None, vec![]),
        ("GET", "/v1/users/anna/follows", "", None, None, vec![]),
        ("PUT", "/v1/users/anna/follows/bert", "", Some("anna"), None, vec![anna()]),
        ("DELETE", "/v1/users/anna/blocks/bert", "", Some("anna"), None, vec![anna()]),
        ("POST", "/v1/users/anna/other", "", Some("anna"), None, vec![]),
        ("POST", "/v1/posts", r#"{"author":"anna","text":"a","more":1}"#, Some("anna"), None, vec![anna()]),
        ("GET", "/v1/posts/p1", "", None, Some(post()), vec![]),
        ("PUT", "/v1/posts/p1", r#"{"author":"anna","text":"b"}"#, Some("anna"), None, vec![post(), anna()]),
        ("DELETE", "/v1/posts/p1?author=anna", "", Some("anna"), None, vec![post(), anna()]),
        ("PUT", "/v1/posts/p1/likes/anna", "", Some("anna"), None, vec![post()]),
        ("POST", "/v1/posts/p1/removal", r#"{"reason":"spam"}"#, None, None, vec![post()]),
        ("GET", "/v1/posts/p1/likes", "", None, None, vec![]),
        ("POST", "/v2/posts", "{", None, None, vec![]),
        ("GET", "/v1/posts", "", None, None, vec![]),
        ("GET", "/metrics", "", None, None, vec![]),
    ];
    for (method, target, body, acting, reads, touches) in cases {
        let found = meaning(method, target, body).unwrap();
        assert_eq!(found.acting, acting.map(user), "{method} {target}");
        assert_eq!((found.reads, found.touches), (reads, touches), "{method} {target}");
        assert_eq!(found.is_write, method != "GET", "{method} {target}");
    }
    let session = meaning("POST", "/v1/sessions", r#"{"user":"anna"}"#).unwrap();
    assert_eq!((session.session, session.is_write), (Some(user("anna")), false));
}

#[test]
fn a_request_that_makes_no_sense_is_refused_with_the_reason() {
    let (long, name) = ("x".repeat(281), "n".repeat(65));
    let text = |text: &str| format!(r#"{{"author":"anna","text":"{text}"}}"#);
    // (method, target, body, status, part of the message)
    let cases = [
        ("POST", "/v1/posts", text(&long), 400, "text has 281 characters"),
        ("POST", "/v1/posts", text(""), 400, "text has 0 characters"),
        ("POST", "/v1/posts", "{".into(), 400, "EOF while parsing"),
        ("POST", "/v1/posts", String::new(), 400, "EOF while parsing"),
        ("POST", "/v1/posts", "[]".into(), 400, "invalid type"),
        ("POST", "/v1/posts", r#"{"text":"a"}"#.into(), 400, "missing field `author`"),
        ("POST", "/v1/posts", r#"{"author":"anna"}"#.into(), 400, "missing field `text`"),
        ("POST", "/v1/posts", r#"{"author":1,"text":"a"}"#.into(), 400, "author is no text"),
        ("POST", "/v1/posts", r#"{"author":"anna","text":1}"#.into(), 400, "text is no text"),
        ("POST", "/v1/posts", r#"{"author":"a b","text":"a"}"#.into(), 400, "is not a user name"),
        ("GET", &format!("/v1/users/{name}"), String::new(), 400, "is not a user name"),
        ("GET", "/v1/users/%61nna/timeline", String::new(), 400, "is not a user name"),
        ("GET", "/v1/users/anna/timeline?limit=801", String::new(), 400, "limit is not a number"),
        ("GET", "/v1/users/anna/posts?limit=x", String::new(), 400, "limit is not a number"),
        ("PUT", "/v1/users/anna", r#"{"display_name":""}"#.into(), 400, "display_name has 0 characters"),
        ("PUT", "/v1/users/anna/follows/anna", String::new(), 400, "nobody follows themselves"),
        ("PUT", "/v1/users/anna/blocks/a.b", String::new(), 400, "is not a user name"),
        ("GET", "/v1/posts/a%20b", String::new(), 404, "no such post"),
        ("GET", "/v1/posts/", String::new(), 404, "no such post"),
        ("DELETE", "/v1/posts/p1", String::new(), 400, "missing field `author`"),
        ("POST", "/v1/sessions", r#"{"user":"a b"}"#.into(), 400, "is not a user name"),
    ];
    for (method, target, body, status, part) in cases {
        let refused = meaning(method, target, &body).expect_err(target);
        assert_eq!(refused.status.as_u16(), status, "{method} {target}: {refused:?}");
        assert!(refused.error.contains(part), "{method} {target}: {refused:?}");
    }
}

fn tokens(required: bool, accept_any: bool) -> Tokens {
    let defects = if accept_any { &[Defect::AcceptAnyToken][..] } else { &[] };
    let (valid, leeway) = (Duration::from_secs(60), Duration::from_secs(5));
    Tokens::new(&TokenSettings { key: KEY.into(), required, valid, leeway }, &Conditions::of_defects(defects))
}

fn signed(algorithm: Algorithm, key: &str, claims: &serde_json::Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
}

#[test]
fn a_token_is_proven_and_must_be_of_the_user_that_the_request_acts_for() {
    let now = NOW_MS / 1000;
    let claims = |exp: u64| json!({ "sub": "anna", "iat": now, "exp": exp });
    let [good, moderator] =
        [Role::User, Role::Moderator].map(|role| tokens(true, false).issue(&user("anna"), role, NOW_MS, None).0);
    let strange = json!({ "sub": "anna", "iat": now, "exp": now + 60, "role": "king" });
    let strange = signed(Algorithm::HS256, KEY, &strange);
    let disguised = signed(
        Algorithm::HS256,
        &KEY.replace('0', "1"),
        &json!({ "sub": "anna", "iat": now, "exp": now + 60, "role": "moderator" }),
    );
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIiwiaWF0IjowLCJleHAiOjk5OTk5OTk5OTl9.";
    let late = signed(Algorithm::HS256, KEY, &claims(now - 4));
    let expired = signed(Algorithm::HS256, KEY, &claims(now - 5));
    let forged = signed(Algorithm::HS256, &KEY.replace('0', "1"), &claims(now + 60));
    let other = signed(Algorithm::HS512, KEY, &claims(now + 60));
    let endless = signed(Algorithm::HS256, KEY, &json!({ "sub": "anna", "iat": now }));
    let nameless = signed(Algorithm::HS256, KEY, &json!({ "sub": "a b", "iat": now, "exp": now + 60 }));
    let (read, own) = (meaning("GET", "/v1/users/anna", ""), meaning("PUT", "/v1/users/anna/follows/bert", ""));
    let others = meaning("PUT", "/v1/users/bert/follows/anna", "");
    let removal = meaning("POST", "/v1/posts/p1/removal", "{}");
    let unknown = meaning("POST", "/v1/posts/p1/something", "{}");
    let [read, own, others, removal, unknown] = [read, own, others, removal, unknown].map(Result::unwrap);
    // (why, token, meaning, status if optional, status if required; 0: passes)
    let cases = [
        ("a good one, for oneself", Some(good.as_str()), &own, 0, 0),
        ("a good one, for nobody", Some(&good), &read, 0, 0),
        ("a good one, for another", Some(&good), &others, 403, 403),
        ("a good one, for what moderators do", Some(&good), &removal, 403, 403),
        ("a moderator's, for what moderators do", Some(&moderator), &removal, 0, 0),
        ("a moderator's, for oneself", Some(&moderator), &own, 0, 0),
        ("a moderator's, for another", Some(&moderator), &others, 403, 403),
        ("a moderator's, with another key", Some(&disguised), &removal, 401, 401),
        ("a role that does not exist", Some(&strange), &own, 401, 401),
        ("a good one, for a write of nobody's", Some(&good), &unknown, 0, 0),
        ("none, reading what all may", None, &read, 0, 0),
        ("none, acting", None, &own, 0, 401),
        ("none, a write of nobody's", None, &removal, 0, 401),
        ("expired within the leeway", Some(&late), &own, 0, 0),
        ("expired", Some(&expired), &own, 401, 401),
        ("expired, also where none is needed", Some(&expired), &read, 401, 401),
        ("another key", Some(&forged), &own, 401, 401),
        ("another algorithm", Some(&other), &own, 401, 401),
        ("no signature", Some(unsigned), &own, 401, 401),
        ("without an end", Some(&endless), &own, 401, 401),
        ("for nobody that can be", Some(&nameless), &own, 401, 401),
        ("nonsense", Some("x.y.z"), &own, 401, 401),
        ("nothing", Some(""), &own, 401, 401),
    ];
    for (why, token, meaning, optional, required) in cases {
        for (is_required, status) in [(false, optional), (true, required)] {
            let checked = tokens(is_required, false).check(token, meaning, NOW_MS);
            assert_eq!(checked.err().map_or(0, |refused| refused.status.as_u16()), status, "{why}, {is_required}");
        }
    }
}

#[test]
fn the_defect_accept_any_token_believes_everything_that_has_the_form() {
    let forged = signed(Algorithm::HS256, &KEY.replace('0', "1"), &json!({ "sub": "anna", "iat": 0, "exp": 1 }));
    let own = meaning("PUT", "/v1/users/anna/follows/bert", "").unwrap();
    assert_eq!(tokens(true, true).check(Some(&forged), &own, NOW_MS), Ok(()));
    assert!(tokens(true, false).check(Some(&forged), &own, NOW_MS).is_err());
}

#[test]
fn a_session_is_a_token_that_passes_until_its_end() {
    let session = tokens(true, false).session(&user("anna"), NOW_MS).unwrap();
    assert_eq!((session["user"].as_str(), session["expires_in"].as_u64()), (Some("anna"), Some(60)));
    let own = meaning("GET", "/v1/users/anna/timeline", "").unwrap();
    let check = |after_ms: u64| tokens(true, false).check(session["token"].as_str(), &own, NOW_MS + after_ms).is_ok();
    assert!(check(0) && check(64_000) && !check(65_000));
}

#[test]
fn the_token_is_found_in_the_authorization() {
    // (header, token; none: refused)
    let cases = [("Bearer a.b.c", Some("a.b.c")), ("bearer a", Some("a")), ("Basic a", None), ("a.b.c", None)];
    for (value, token) in cases {
        let headers = [(http::header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect();
        assert_eq!(bearer(&headers).ok().flatten(), token, "{value}");
    }
    assert_eq!(bearer(&HeaderMap::new()), Ok(None));
}

#[test]
fn the_key_is_never_printed() {
    assert!(!format!("{:?}", tokens(true, false)).contains(KEY));
}

proptest! {
    /// Whatever comes in is read or refused, and what acts for somebody names a user that could be.
    #[test]
    fn any_request_is_survived(path in "(/v1)?(/users|/posts|/sessions)?(/[a-z%.]{0,3}){0,4}", body in ".{0,40}") {
        for method in ["GET", "PUT", "POST", "DELETE"] {
            if let Ok(meaning) = meaning(method, &path, &body) {
                prop_assert!(meaning.acting.is_none_or(|user| UserName::parse(user.as_str()).is_ok()));
            }
        }
    }
}
