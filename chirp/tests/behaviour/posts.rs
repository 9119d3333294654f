//! What can be done with a post after it was made.

use serde_json::Value;

use crate::deployment::EU;
use crate::http::{Reply, request};
use crate::lab::LabPlan;
use crate::{Deployment, Engine};

fn edit(lab: &Deployment, id: &str, author: &str, text: &str) -> Reply {
    let body = serde_json::json!({ "author": author, "text": text }).to_string();
    lab.send(EU, "PUT", &format!("/v1/posts/{id}"), &body)
}

fn show(lab: &Deployment, id: &str) -> Value {
    lab.get(EU, &format!("/v1/posts/{id}")).json()
}

pub(crate) fn an_author_edits_a_post_and_nobody_else_does(engine: Engine) {
    let lab = Deployment::single(engine);
    let id = lab.post(EU, "user-1", "helo", None);
    let before = show(&lab, &id);
    assert_eq!((before.get("edited"), before["likes"].as_u64()), (None, Some(0)));
    let edited = edit(&lab, &id, "user-1", "hello");
    assert_eq!((edited.status, edited.json()["text"].as_str()), (200, Some("hello")), "{edited:?}");
    assert!(edited.json()["edited"].is_string(), "{edited:?}");
    assert_eq!(edited.json()["created"], before["created"], "an edit does not move a post");
    assert_eq!(show(&lab, &id), edited.json());
    assert_eq!(edit(&lab, &id, "user-1", "hello").json(), edited.json(), "the same again changes nothing");
    assert_eq!(edit(&lab, &id, "user-2", "mine").status, 403);
    assert_eq!(edit(&lab, &id, "user-1", "").status, 400);
    assert_eq!(edit(&lab, "nothing", "user-1", "hello").status, 404);
    assert_eq!(lab.timeline(EU, "user-1"), [id]);
}

pub(crate) fn a_deleted_post_is_gone_and_does_not_come_back(engine: Engine) {
    let lab = Deployment::single(engine);
    assert_eq!(lab.send(EU, "PUT", "/v1/users/user-2/follows/user-1", "").status, 200);
    let (id, other) = (lab.post(EU, "user-1", "hello", Some("key")), lab.post(EU, "user-1", "stays", None));
    let delete = |author: &str| lab.send(EU, "DELETE", &format!("/v1/posts/{id}?author={author}"), "");
    assert_eq!(delete("user-2").status, 403);
    assert_eq!(lab.send(EU, "DELETE", &format!("/v1/posts/{id}"), "").status, 400, "without an author");
    assert_eq!(delete("user-1").status, 200);
    assert_eq!(delete("user-1").status, 404, "it is gone");
    assert_eq!(lab.get(EU, &format!("/v1/posts/{id}")).status, 404);
    assert_eq!(edit(&lab, &id, "user-1", "back").status, 404);
    for user in ["user-1", "user-2"] {
        assert_eq!(lab.timeline(EU, user), [other.as_str()], "{user}");
    }
    let headers = [("idempotency-key", "key")];
    let body = r#"{"author":"user-1","text":"hello"}"#;
    let retry = request(lab.listen(EU), "POST", "/v1/posts", &headers, body).unwrap();
    assert_eq!(retry.status, 410, "a late retry does not bring it back: {retry:?}");
}

pub(crate) fn a_removed_post_says_why_and_takes_no_edit(engine: Engine) {
    let lab = Deployment::single(engine);
    let id = lab.post(EU, "user-1", "buy now", None);
    let remove = |reason: &str| {
        let body = serde_json::json!({ "reason": reason }).to_string();
        lab.send(EU, "POST", &format!("/v1/posts/{id}/removal"), &body)
    };
    assert_eq!(remove("").status, 400);
    let removed = remove("spam");
    assert_eq!((removed.status, removed.json()["removed"].as_str()), (200, Some("spam")), "{removed:?}");
    assert_eq!(remove("another reason").json()["removed"], "spam", "once is for ever");
    assert_eq!(show(&lab, &id)["text"], "");
    assert_eq!(edit(&lab, &id, "user-1", "buy later").status, 409);
    assert_eq!(lab.send(EU, "PUT", &format!("/v1/posts/{id}/likes/user-2"), "").status, 409);
    assert_eq!(lab.timeline(EU, "user-1"), [id.as_str()], "it stays in lists, and says why it is empty");
    assert_eq!(lab.send(EU, "DELETE", &format!("/v1/posts/{id}?author=user-1"), "").status, 200);
    assert_eq!(lab.timeline(EU, "user-1").len(), 0);
}

pub(crate) fn likes_are_counted_once_per_user(engine: Engine) {
    let lab = Deployment::single(engine);
    let id = lab.post(EU, "user-1", "hello", None);
    let like = |method: &str, user: &str| lab.send(EU, method, &format!("/v1/posts/{id}/likes/{user}"), "");
    // (method, user, likes afterwards)
    let cases = [("PUT", "user-1", 1), ("PUT", "user-2", 2), ("PUT", "user-2", 2), ("DELETE", "user-2", 1)];
    for (method, user, likes) in cases {
        let reply = like(method, user);
        assert_eq!((reply.status, reply.json()["likes"].as_u64()), (200, Some(likes)), "{method} {user}: {reply:?}");
        assert_eq!(reply.json()["liked"], method == "PUT");
    }
    assert_eq!(like("DELETE", "user-2").json()["likes"], 1, "taken back twice is taken back once");
    assert_eq!(like("PUT", "nobody").status, 404);
    assert_eq!(lab.send(EU, "PUT", "/v1/posts/nothing/likes/user-1", "").status, 404);
    let line = lab.get(EU, "/v1/users/user-1/timeline").json();
    assert_eq!(line["posts"][0]["likes"], 1);
}

pub(crate) fn a_celebrity_is_followed_like_everybody_else(engine: Engine) {
    let top = "seed_users = 6\nfollows_per_user = 0\n[timelines]\ncelebrity_followers = 1";
    let lab = Deployment::with(engine, &LabPlan { top, ..LabPlan::default() });
    let follow =
        |method: &str, user: &str| lab.send(EU, method, &format!("/v1/users/{user}/follows/user-0"), "").status;
    let before = lab.post(EU, "user-0", "before", None);
    assert_eq!((follow("PUT", "user-1"), follow("PUT", "user-2"), follow("PUT", "user-3")), (200, 200, 200));
    let own = lab.post(EU, "user-1", "own", None);
    let after = lab.post(EU, "user-0", "after", None);
    for user in ["user-2", "user-3", "user-0"] {
        assert_eq!(lab.timeline(EU, user), [after.as_str(), &before], "{user}");
    }
    assert_eq!(lab.timeline(EU, "user-1"), [after.as_str(), &own, &before]);
    assert_eq!(lab.send(EU, "DELETE", &format!("/v1/posts/{before}?author=user-0"), "").status, 200);
    assert_eq!(lab.timeline(EU, "user-1"), [after.as_str(), &own]);
    assert_eq!(follow("DELETE", "user-1"), 200);
    assert_eq!(lab.timeline(EU, "user-1"), [own]);
}
