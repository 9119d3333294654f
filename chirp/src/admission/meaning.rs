//! What a request means: whom it acts for, what it reads, what it changes. Pure.
//!
//! | request | acts for | reads | touches |
//! |---|---|---|---|
//! | `PUT /v1/users/{name}` | name | | user |
//! | `GET /v1/users/{name}` | | user | |
//! | `GET /v1/users/{name}/posts` | | user | |
//! | `GET /v1/users/{name}/timeline` | name | | |
//! | `GET /v1/users/{name}/follows` | | | |
//! | `PUT`, `DELETE /v1/users/{name}/follows/{other}` (and `blocks`) | name | | user |
//! | `POST /v1/posts` | `author` of the body | | author |
//! | `GET /v1/posts/{id}` | | post | |
//! | `PUT /v1/posts/{id}` | `author` of the body | | post, author |
//! | `DELETE /v1/posts/{id}?author=` | `author` | | post, author |
//! | `PUT`, `DELETE /v1/posts/{id}/likes/{user}` | user | | post |
//! | `POST /v1/posts/{id}/removal` | (moderates) | | post |
//! | other writes below `/v1/posts/{id}` | | | post |
//! | `POST /v1/sessions` | | | |
//!
//! Only reads that are the same for everybody are "reads" here: they are what an edge may keep.
//!
//! Names need no percent-encoding, so an encoded one is refused and can't be a disguise of another user's.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::Refused;
use super::rules::{check_length, idempotency_key, list_limit};
use crate::model::{DISPLAY_NAME_CHARS_MAX, TEXT_CHARS_MAX};
use crate::names::UserName;

/// The longest id of a post, in bytes.
const POST_ID_BYTES_MAX: usize = 128;

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> Asked<'a> {
    /// A request's head, and the whole of its body.
    pub(crate) fn of(head: &'a Parts, body: &'a [u8]) -> Self {
        let Parts { method, uri, headers, .. } = head;
        Self { method, path: uri.path(), query: uri.query(), headers, body }
    }
}

/// Something that answers are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    /// A user's profile and posts.
    User(UserName),
    /// A post.
    Post(String),
}

/// What a request means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// Whom it acts for.
    pub(crate) acting: Option<UserName>,
    /// What it reads, if the answer is the same for everybody.
    pub(crate) reads: Option<Resource>,
    /// What it may change.
    pub(crate) touches: Vec<Resource>,
    /// For whom a token is wanted.
    pub(crate) session: Option<UserName>,
    /// Whether it does what only moderators may.
    pub(crate) moderates: bool,
    /// Whether it is a request of the API that changes something.
    pub(crate) is_write: bool,
}

impl Meaning {
    /// Reads a request; refuses it if it makes no sense.
    pub(crate) fn of(asked: &Asked<'_>) -> Result<Self, Refused> {
        let is_write = !matches!(*asked.method, Method::GET | Method::HEAD);
        let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
        let meaning = match segments.as_slice() {
            ["v1", "users", name, rest @ ..] => of_user(asked, UserName::parse(name)?, rest)?,
            ["v1", "posts"] if *asked.method == Method::POST => new_post(asked)?,
            ["v1", "posts", id, rest @ ..] => of_post(asked, id, rest)?,
            ["v1", "sessions"] if *asked.method == Method::POST => session(asked)?,
            _ => Self::default(),
        };
        idempotency_key(asked.headers)?;
        Ok(Self { is_write: is_write && meaning.session.is_none(), ..meaning })
    }
}

fn of_user(asked: &Asked<'_>, name: UserName, rest: &[&str]) -> Result<Meaning, Refused> {
    let reads = *asked.method == Method::GET;
    match rest {
        [] if reads => Ok(Meaning { reads: Some(Resource::User(name)), ..Meaning::default() }),
        [] => {
            if *asked.method == Method::PUT {
                let body = object(asked.body)?;
                check_text(&body, "display_name", DISPLAY_NAME_CHARS_MAX)?;
            }
            Ok(acting_on_self(name))
        }
        ["posts"] if reads => {
            check_limit(asked)?;
            Ok(Meaning { reads: Some(Resource::User(name)), ..Meaning::default() })
        }
        ["follows"] if reads => check_limit(asked).map(|()| Meaning::default()),
        ["timeline"] if reads => {
            check_limit(asked)?;
            Ok(Meaning { acting: Some(name), ..Meaning::default() })
        }
        ["follows" | "blocks", other] => {
            if UserName::parse(other)? == name {
                let error = format!("nobody {} themselves", rest[0]);
                return Err(Refused::malformed(error, "name another user"));
            }
            Ok(acting_on_self(name))
        }
        // Whatever else is below a user is that user's.
        _ => Ok(Meaning { acting: Some(name), ..Meaning::default() }),
    }
}

fn acting_on_self(name: UserName) -> Meaning {
    Meaning { acting: Some(name.clone()), touches: vec![Resource::User(name)], ..Meaning::default() }
}

fn new_post(asked: &Asked<'_>) -> Result<Meaning, Refused> {
    let body = object(asked.body)?;
    let author = user_in(&body, "author")?;
    if !body.contains_key("text") {
        return Err(missing("text"));
    }
    check_text(&body, "text", TEXT_CHARS_MAX)?;
    Ok(acting_on_self(author))
}

fn of_post(asked: &Asked<'_>, id: &str, rest: &[&str]) -> Result<Meaning, Refused> {
    let sensible = (1..=POST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !sensible || id.contains('%') {
        return Err(Refused::new(StatusCode::NOT_FOUND, "no such post", "ids come from answers; send them unchanged"));
    }
    let post = Resource::Post(id.to_owned());
    let by = |author: UserName| Meaning {
        acting: Some(author.clone()),
        touches: vec![post.clone(), Resource::User(author)],
        ..Meaning::default()
    };
    match (asked.method, rest) {
        (&Method::GET, []) => Ok(Meaning { reads: Some(post), ..Meaning::default() }),
        (&Method::PUT, []) => {
            let body = object(asked.body)?;
            check_text(&body, "text", TEXT_CHARS_MAX)?;
            user_in(&body, "author").map(by)
        }
        (&Method::DELETE, []) => {
            let author = value_in(asked.query, "author").ok_or_else(|| missing("author"))?;
            Ok(by(UserName::parse(author)?))
        }
        (_, ["likes", user]) => {
            Ok(Meaning { acting: Some(UserName::parse(user)?), touches: vec![post], ..Meaning::default() })
        }
        (&Method::GET, _) => Ok(Meaning::default()),
        (_, ["removal"]) => Ok(Meaning { touches: vec![post], moderates: true, ..Meaning::default() }),
        _ => Ok(Meaning { touches: vec![post], ..Meaning::default() }),
    }
}

fn session(asked: &Asked<'_>) -> Result<Meaning, Refused> {
    let user = user_in(&object(asked.body)?, "user")?;
    Ok(Meaning { session: Some(user), ..Meaning::default() })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::malformed(error.to_string(), "send a JSON object as documented"))
}

fn missing(field: &str) -> Refused {
    Refused::malformed(format!("missing field `{field}`"), "send a JSON object as documented")
}

fn user_in(body: &Map<String, Value>, field: &str) -> Result<UserName, Refused> {
    let name = body.get(field).ok_or_else(|| missing(field))?;
    let name = name.as_str().ok_or_else(|| Refused::malformed(format!("{field} is no text"), "send a user's name"))?;
    Ok(UserName::parse(name)?)
}

/// A text that may be left out, but is neither empty nor too long if it is there.
fn check_text(body: &Map<String, Value>, field: &str, max: usize) -> Result<(), Refused> {
    match body.get(field) {
        Some(Value::String(text)) => check_length(field, text, 1, max),
        Some(Value::Null) | None => Ok(()),
        Some(_) => Err(Refused::malformed(format!("{field} is no text"), "send a JSON object as documented")),
    }
}

fn check_limit(asked: &Asked<'_>) -> Result<(), Refused> {
    list_limit(value_in(asked.query, "limit")).map(drop)
}

/// The first value of this key, as it is written.
fn value_in<'a>(query: Option<&'a str>, key: &str) -> Option<&'a str> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

impl From<crate::names::NameError> for Refused {
    fn from(error: crate::names::NameError) -> Self {
        Self::malformed(error.to_string(), "names need no percent-encoding")
    }
}
