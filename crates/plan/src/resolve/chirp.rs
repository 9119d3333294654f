//! What Chirp's users do, and how its ledger writes, where the plan doesn't say. In the plan's own language, so that it
//! can be copied into a plan and changed.

use crate::{
    mistakes::Collector,
    read::{Read, collections::List},
    text::{journey::JourneyText, ledger::LedgerRequestText},
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

pub(super) fn journeys(users: u64, mistakes: &mut Collector<'_>) -> List<JourneyText> {
    read(JOURNEYS, users, mistakes)
}

pub(super) fn ledger_write(users: u64, mistakes: &mut Collector<'_>) -> LedgerRequestText {
    read(LEDGER_WRITE, users, mistakes)
}

pub(super) fn ledger_read(users: u64, mistakes: &mut Collector<'_>) -> LedgerRequestText {
    read(LEDGER_READ, users, mistakes)
}

/// Chirp's journeys, its ledger's write and its ledger's read for a thousand users, for the reference.
pub(crate) fn chirp_texts() -> [String; 3] {
    [JOURNEYS, LEDGER_WRITE, LEDGER_READ].map(|text| for_users(text, 1_000))
}

/// One of the texts above, for that many users (at least two).
fn for_users(text: &str, users: u64) -> String {
    let users = users.max(2);
    text.replace("LAST", &(users - 1).to_string())
}

fn read<T: Read>(text: &str, users: u64, mistakes: &mut Collector<'_>) -> T {
    T::read(&snippet(&for_users(text, users)), mistakes).expect("the texts of this file can be read")
}
