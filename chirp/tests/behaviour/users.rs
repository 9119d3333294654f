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
