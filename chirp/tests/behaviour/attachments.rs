//! Posts with a link and with media, where no third party is configured: both are plain links.

use serde_json::json;

use crate::deployment::EU;
use crate::http::request;
use crate::{Deployment, Engine};

pub(crate) fn a_post_carries_its_link_and_its_media(engine: Engine) {
    let lab = Deployment::single(engine);
    let body = json!({ "author": "user-1", "text": "look", "link": "https://example.org/a?b", "media": "https://m/c" });
    let reply = lab.send(EU, "POST", "/v1/posts", &body.to_string());
    assert_eq!(reply.status, 201, "{reply:?}");
    let attached = json!({
        "link": "https://example.org/a?b",
        "media": { "source": "https://m/c", "status": "plain_link" },
    });
    assert_eq!(reply.json()["attached"], attached);
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(lab.get(EU, &format!("/v1/posts/{id}")).json()["attached"], attached);
    let timeline = lab.get(EU, "/v1/users/user-1/timeline").json();
    assert_eq!(timeline["posts"][0]["attached"], attached);
    let plain = lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"plain"}"#);
    assert!(plain.json().get("attached").is_none(), "{plain:?}");
}

pub(crate) fn a_retry_with_another_link_is_not_the_same_post(engine: Engine) {
    let lab = Deployment::single(engine);
    let post = |link: &str| {
        let body = json!({ "author": "user-1", "text": "look", "link": link }).to_string();
        request(lab.listen(EU), "POST", "/v1/posts", &[("idempotency-key", "key")], &body).unwrap()
    };
    assert_eq!(post("https://a").status, 201);
    let again = post("https://a");
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(post("https://b").status, 422);
}
