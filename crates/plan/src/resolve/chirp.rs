//! What Chirp's users do, and how its ledger writes, where the plan doesn't say. In the plan's own language, so that it
//! can be copied into a plan and changed.

use crate::{
    mistakes::Collector,
    read::{Read, collections::List},
    text::{
        journey::JourneyText,
        ledger::{LedgerRequestText, ObjectText},
    },
    yaml::snippet,
};

/// Reads and writes 49 : 1. Who acts lives where they are (`resident`), whom they look at is anybody. Followers have even
/// numbers and the followed odd ones, so that nobody follows themselves.
const JOURNEYS: &str = r#"
- name: read-home
  weight: 70
  steps:
    - {name: timeline, get: "/v1/users/user-{{ resident 0 LAST }}/timeline?limit=20"}
- name: read-author
  weight: 28
  steps:
    - {name: author-posts, get: "/v1/users/user-{{ random 0 LAST }}/posts?limit=20"}
- name: write-post
  steps:
    - name: post
      post: /v1/posts
      headers: {idempotency-key: "{{ unique }}"}
      json: {author: "user-{{ resident 0 LAST }}", text: "a post by {{ origin }}, number {{ iteration }}"}
      check: {status: 201}
- name: follow-someone
  steps:
    - {name: follow, put: "/v1/users/user-{{ resident 0 LAST by 2 }}/follows/user-{{ random 1 LAST by 2 }}"}
"#;

/// A post that holds the ledger's value, by somebody who lives where the probe is.
const LEDGER_WRITE: &str = r#"
post: /v1/posts
headers: {idempotency-key: "{{ unique }}"}
json: {author: "user-{{ resident 0 LAST }}", text: "{{ ledger.value }}"}
check: {status: 201}
extract: {id: "$.id"}
"#;

/// That post.
const LEDGER_READ: &str = r#"
get: "/v1/posts/{{ ledger.id }}"
check: {status: [200, 404]}
"#;

/// The keys of the ledger's sessions: a post's text, which its author changes and in the end deletes; a user's posts, delivered to
/// the time line of a follower; a post's likes. Each key has users of its own, so that nobody else changes it. An answer that says
/// of itself that it lacks what the session has seen is no definite one.
const LEDGER_OBJECTS: &str = r#"
- kind: register
  prepare:
    - {put: "/v1/users/{{ ledger.key }}", json: {display_name: "{{ ledger.key }}"}}
    - post: /v1/posts
      json: {author: "{{ ledger.key }}", text: "nothing yet"}
      check: {status: 201}
      extract: {id: "$.id"}
  write: {put: "/v1/posts/{{ ledger.id }}", json: {author: "{{ ledger.key }}", text: "{{ ledger.value }}"}}
  remove: {delete: "/v1/posts/{{ ledger.id }}?author={{ ledger.key }}"}
  read: {get: "/v1/posts/{{ ledger.id }}", check: {status: [200, 404], header_not: {x-chirp-notice: behind}}}
  shows: "$.text"
- kind: list
  prepare:
    - {put: "/v1/users/{{ ledger.key }}", json: {display_name: "{{ ledger.key }}"}}
    - {put: "/v1/users/{{ ledger.key }}-f", json: {display_name: "a follower"}}
    - {put: "/v1/users/{{ ledger.key }}-f/follows/{{ ledger.key }}"}
  write:
    post: /v1/posts
    headers: {idempotency-key: "{{ unique }}"}
    json: {author: "{{ ledger.key }}", text: "{{ ledger.value }}"}
    check: {status: 201}
  read: {get: "/v1/users/{{ ledger.key }}/posts?limit=800", check: {status: [200, 404], header_not: {x-chirp-notice: behind}}}
  delivered: {get: "/v1/users/{{ ledger.key }}-f/timeline?limit=800", check: {status: [200, 404], header_not: {x-chirp-notice: behind}}}
  shows: "$.posts[*].text"
  newest_first: true
- kind: counter
  prepare:
    - {put: "/v1/users/{{ ledger.key }}", json: {display_name: "{{ ledger.key }}"}}
    - post: /v1/posts
      json: {author: "{{ ledger.key }}", text: "a post to like"}
      check: {status: 201}
      extract: {id: "$.id"}
  write: {put: "/v1/posts/{{ ledger.id }}/likes/user-{{ ledger.value }}"}
  remove: {delete: "/v1/posts/{{ ledger.id }}/likes/user-{{ ledger.value }}"}
  read: {get: "/v1/posts/{{ ledger.id }}", check: {status: [200, 404], header_not: {x-chirp-notice: behind}}}
  shows: "$.likes"
"#;

/// The token of Chirp's sessions: what an answer contains, and what the next one must contain.
pub(super) const CARRIED: [(&str, &str); 1] = [("x-chirp-position", "x-chirp-seen")];

pub(super) fn ledger_objects(mistakes: &mut Collector<'_>) -> List<ObjectText> {
    List::read(&snippet(LEDGER_OBJECTS), mistakes).expect("the text of this file can be read")
}

pub(super) fn journeys(users: u64, mistakes: &mut Collector<'_>) -> List<JourneyText> {
    read(JOURNEYS, users, mistakes)
}

pub(super) fn ledger_write(users: u64, mistakes: &mut Collector<'_>) -> LedgerRequestText {
    read(LEDGER_WRITE, users, mistakes)
}

pub(super) fn ledger_read(users: u64, mistakes: &mut Collector<'_>) -> LedgerRequestText {
    read(LEDGER_READ, users, mistakes)
}

/// Chirp's journeys, its ledger's write, its ledger's read and its sessions' objects for a thousand users, for the reference.
pub(crate) fn chirp_texts() -> [String; 4] {
    [JOURNEYS, LEDGER_WRITE, LEDGER_READ, LEDGER_OBJECTS].map(|text| for_users(text, 1_000))
}

/// One of the texts above, for that many users (at least two).
fn for_users(text: &str, users: u64) -> String {
    let users = users.max(2);
    text.replace("LAST", &(users - 1).to_string())
}

fn read<T: Read>(text: &str, users: u64, mistakes: &mut Collector<'_>) -> T {
    T::read(&snippet(&for_users(text, users)), mistakes).expect("the texts of this file can be read")
}
