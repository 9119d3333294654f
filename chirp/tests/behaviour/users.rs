//! Users, their posts, and whom they follow.

use crate::deployment::EU;
use crate::{Deployment, Engine};

pub(crate) fn users_are_registered_and_their_posts_are_found(engine: Engine) {
    let lab = Deployment::single(engine);
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

pub(crate) fn follows_are_listed_and_shape_the_time_line(engine: Engine) {
    let lab = Deployment::single(engine);
    let theirs = lab.post(EU, "user-2", "theirs", None);
    assert_eq!(lab.timeline(EU, "user-1").len(), 0);
    assert_eq!(lab.send(EU, "PUT", "/v1/users/user-1/follows/user-2", "").status, 200);
    assert_eq!(lab.get(EU, "/v1/users/user-1/follows").json()["follows"], serde_json::json!(["user-2"]));
    let own = lab.post(EU, "user-1", "own", None);
    assert_eq!(lab.timeline(EU, "user-1"), [own.as_str(), &theirs], "newest first");
    assert_eq!(lab.send(EU, "DELETE", "/v1/users/user-1/follows/user-2", "").status, 200);
    assert_eq!(lab.timeline(EU, "user-1"), [own]);
    assert_eq!(lab.get(EU, "/v1/users/user-1/follows").json()["follows"], serde_json::json!([]));
}

pub(crate) fn a_profile_changes_by_what_is_given(engine: Engine) {
    let lab = Deployment::single(engine);
    let put = |body: &str| lab.send(EU, "PUT", "/v1/users/anna", body);
    assert_eq!(put("{}").status, 400);
    assert_eq!(put(r#"{"contact_verified":true}"#).status, 422, "there is nothing to verify");
    let new = put(r#"{"bio":"I am new"}"#);
    assert_eq!((new.status, new.json()["display_name"].as_str()), (201, Some("anna")), "the name stands in");
    let contact = put(r#"{"display_name":"Anna","contact":"anna@example.org"}"#).json();
    assert_eq!((contact["bio"].as_str(), contact["contact_verified"].as_bool()), (Some("I am new"), Some(false)));
    let verified = put(r#"{"contact_verified":true}"#).json();
    assert_eq!(verified["contact"], "anna@example.org");
    assert_eq!(put(r#"{"bio":""}"#).json()["contact_verified"], true);
    let moved = put(r#"{"contact":"anna@example.com"}"#).json();
    assert_eq!(moved["contact_verified"], false, "the proof was of the other one");
    assert_eq!(lab.get(EU, "/v1/users/anna").json(), moved);
    let long = serde_json::json!({ "bio": "a".repeat(281) }).to_string();
    assert_eq!(put(&long).status, 400);
}

pub(crate) fn a_block_ends_a_follow_and_keeps_it_ended(engine: Engine) {
    let lab = Deployment::single(engine);
    let send = |method: &str, path: &str| lab.send(EU, method, path, "");
    assert_eq!(send("PUT", "/v1/users/user-1/follows/user-2").status, 200);
    let post = lab.post(EU, "user-2", "theirs", None);
    assert_eq!(lab.timeline(EU, "user-1"), [post]);
    let blocked = send("PUT", "/v1/users/user-2/blocks/user-1");
    assert_eq!((blocked.status, blocked.json()["blocking"].as_bool()), (200, Some(true)), "{blocked:?}");
    assert_eq!(lab.get(EU, "/v1/users/user-2/blocks").json()["blocks"], serde_json::json!(["user-1"]));
    assert_eq!(lab.get(EU, "/v1/users/user-1/follows").json()["follows"], serde_json::json!([]));
    assert_eq!(lab.timeline(EU, "user-1").len(), 0);
    assert_eq!(send("PUT", "/v1/users/user-1/follows/user-2").status, 403);
    assert_eq!(send("PUT", "/v1/users/user-2/follows/user-1").status, 200, "the other way is another matter");
    assert_eq!(send("DELETE", "/v1/users/user-2/blocks/user-1").status, 200);
    assert_eq!(lab.get(EU, "/v1/users/user-2/blocks").json()["blocks"], serde_json::json!([]));
    assert_eq!(lab.timeline(EU, "user-1").len(), 0, "the follow does not come back by itself");
    assert_eq!(send("PUT", "/v1/users/user-1/follows/user-2").status, 200);
    assert_eq!(lab.timeline(EU, "user-1").len(), 1);
    assert_eq!(send("PUT", "/v1/users/user-1/blocks/user-1").status, 400);
    assert_eq!(send("PUT", "/v1/users/user-1/blocks/nobody").status, 404);
    assert_eq!(lab.get(EU, "/v1/users/nobody/blocks").status, 404);
}
