//! For whom a request is: the user whose home decides where it is done.
//!
//! | request | for whom |
//! |---|---|
//! | `/v1/users/{name}…` | `name` |
//! | `POST /v1/posts`, `PUT /v1/posts/{id}` | `author` in the body |
//! | `DELETE /v1/posts/{id}?author=` | `author` in the query |
//! | `…/likes/{user}` | `user` |
//! | `GET /v1/posts/{id}`, `POST …/removal` | the post's author, wherever the post is known |

use http::{Method, Uri};
use serde::Deserialize;

use crate::names::{RegionName, UserName};

/// The one whom a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    /// A user; `registers` if a user that is not known yet would be registered by this.
    User { name: UserName, registers: bool },
    /// The author of a post.
    AuthorOf(String),
    /// Nobody that can be told from the request: it is refused by whoever looks at it.
    Nobody,
}

/// Whether the body has to be read to know.
pub(super) fn is_in_body(method: &Method, uri: &Uri) -> bool {
    let segments = segments(uri);
    matches!((method, segments.as_slice()), (&Method::POST, ["v1", "posts"]) | (&Method::PUT, ["v1", "posts", _]))
}

/// Reads it out of a request; `body` is empty if it does not matter.
pub(super) fn actor(method: &Method, uri: &Uri, body: &[u8]) -> Actor {
    match segments(uri).as_slice() {
        ["v1", "users", name] => named(name, *method == Method::PUT),
        ["v1", "users", name, ..] => named(name, false),
        ["v1", "posts", _, "likes", user] => named(user, false),
        ["v1", "posts"] => author_in(body),
        ["v1", "posts", _] if *method == Method::PUT => author_in(body),
        ["v1", "posts", _] if *method == Method::DELETE => {
            let query = uri.query().unwrap_or_default();
            let author = query.split('&').find_map(|pair| pair.strip_prefix("author="));
            author.map_or(Actor::Nobody, |author| named(author, false))
        }
        ["v1", "posts", id, ..] => Actor::AuthorOf((*id).to_owned()),
        _ => Actor::Nobody,
    }
}

/// The region that a post's id says it was made in; only ids that were made without a key say it.
pub(super) fn region_in_id(id: &str) -> Option<RegionName> {
    let (stamp, region) = id.strip_prefix('p')?.split_at_checked(16)?;
    let is_stamp = stamp.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_stamp.then(|| RegionName::parse(region.strip_prefix('-')?).ok())?
}

fn segments(uri: &Uri) -> Vec<&str> {
    uri.path().split('/').skip(1).collect()
}

fn named(name: &str, registers: bool) -> Actor {
    UserName::parse(name).map_or(Actor::Nobody, |name| Actor::User { name, registers })
}

fn author_in(body: &[u8]) -> Actor {
    #[derive(Deserialize)]
    struct Authored {
        author: String,
    }
    let parsed: Result<Authored, _> = serde_json::from_slice(body);
    parsed.map_or(Actor::Nobody, |authored| named(&authored.author, false))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_request_is_for_somebody() {
        let user = |name: &str, registers| Actor::User { name: UserName::parse(name).unwrap(), registers };
        let post = || Actor::AuthorOf("p1".into());
        let body = r#"{"author":"anna","text":"hi"}"#;
        // (method, path, body, for whom)
        let cases = [
            ("PUT", "/v1/users/anna", "{}", user("anna", true)),
            ("GET", "/v1/users/anna", "", user("anna", false)),
            ("PUT", "/v1/users/anna/follows/bert", "", user("anna", false)),
            ("GET", "/v1/users/anna/timeline?limit=3", "", user("anna", false)),
            ("POST", "/v1/posts", body, user("anna", false)),
            ("PUT", "/v1/posts/p1", body, user("anna", false)),
            ("POST", "/v1/posts", "nonsense", Actor::Nobody),
            ("DELETE", "/v1/posts/p1?x=1&author=anna", "", user("anna", false)),
            ("DELETE", "/v1/posts/p1", "", Actor::Nobody),
            ("PUT", "/v1/posts/p1/likes/bert", "", user("bert", false)),
            ("GET", "/v1/posts/p1", "", post()),
            ("POST", "/v1/posts/p1/removal", "{}", post()),
            ("GET", "/v1/users/a%20b", "", Actor::Nobody),
        ];
        for (method, path, body, expected) in cases {
            let (method, uri) = (method.parse().unwrap(), path.parse().unwrap());
            assert_eq!(actor(&method, &uri, body.as_bytes()), expected, "{method} {path}");
            assert_eq!(is_in_body(&method, &uri), body.starts_with(r#"{"author"#) || body == "nonsense", "{path}");
        }
    }

    #[test]
    fn an_id_says_where_it_was_made_if_it_was_made_without_a_key() {
        let region = |id: &str| region_in_id(id).map(|region| region.to_string());
        assert_eq!(region("p0019a9f2b1c00000-eu-west-1"), Some("eu-west-1".into()));
        for other in ["k00aa", "p12-eu", "p0019a9f2b1c0000g-eu", "p0019a9f2b1c00000", "", "pä"] {
            assert_eq!(region(other), None, "{other}");
        }
    }
}
