//! The kinds of pairs: what is written, and how it is seen afterwards. Pure.

use serde_json::{Value, json};

/// Whom and what a pair is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The user whose profile changes, who blocks, and who wrote the post.
    pub(super) user: String,
    /// Another user, who follows and likes.
    pub(super) other: String,
    /// A post of `user`.
    pub(super) post: String,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

/// A kind of pair. The first update is the one that means more, where there is such a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    RemovalEdit,
    BlockFollow,
    ContactCosmetic,
    Likes,
    SameField,
    LaterBehind,
    SeenThenBehind,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::RemovalEdit,
        Self::BlockFollow,
        Self::ContactCosmetic,
        Self::Likes,
        Self::SameField,
        Self::LaterBehind,
        Self::SeenThenBehind,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RemovalEdit => "removal-edit",
            Self::BlockFollow => "block-follow",
            Self::ContactCosmetic => "contact-cosmetic",
            Self::Likes => "likes",
            Self::SameField => "same-field",
            Self::LaterBehind => "later-behind",
            Self::SeenThenBehind => "seen-then-behind",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            Self::RemovalEdit => "a post is removed by moderation and edited",
            Self::BlockFollow => "a user blocks another and is followed by them",
            Self::ContactCosmetic => "a verified contact and a new display name",
            Self::Likes => "two users like a post",
            Self::SameField => "a display name is changed twice",
            Self::LaterBehind => "the same, the later one where the clock is behind",
            Self::SeenThenBehind => "the same, and its writer had seen the earlier one",
        }
    }

    /// Whether the second update is always written where the clock is behind.
    pub(super) fn second_is_behind(self) -> bool {
        matches!(self, Self::LaterBehind | Self::SeenThenBehind)
    }

    /// Whether the second update waits until its region has seen the first.
    pub(super) fn is_sequential(self) -> bool {
        self == Self::SeenThenBehind
    }

    /// The two updates.
    pub(super) fn steps(self, subject: &Subject) -> [Step; 2] {
        let Subject { user, other, post } = subject;
        let step = |method, path, body| Step { method, path, body };
        let profile = |body| step("PUT", format!("/v1/users/{user}"), Some(body));
        let like = |who: &String| step("PUT", format!("/v1/posts/{post}/likes/{who}"), None);
        match self {
            Self::RemovalEdit => [
                step("POST", format!("/v1/posts/{post}/removal"), Some(json!({ "reason": "spam" }))),
                step("PUT", format!("/v1/posts/{post}"), Some(json!({ "author": user, "text": "edited" }))),
            ],
            Self::BlockFollow => [
                step("PUT", format!("/v1/users/{user}/blocks/{other}"), None),
                step("PUT", format!("/v1/users/{other}/follows/{user}"), None),
            ],
            Self::ContactCosmetic => [
                profile(json!({ "contact": "new@example.org", "contact_verified": true })),
                profile(json!({ "display_name": "cosmetic" })),
            ],
            Self::Likes => [like(user), like(other)],
            Self::SameField | Self::LaterBehind | Self::SeenThenBehind => {
                [profile(json!({ "display_name": "first" })), profile(json!({ "display_name": "second" }))]
            }
        }
    }

    /// What to read to see them.
    pub(super) fn paths(self, subject: &Subject) -> Vec<String> {
        let Subject { user, other, post } = subject;
        match self {
            Self::RemovalEdit | Self::Likes => vec![format!("/v1/posts/{post}")],
            Self::BlockFollow => vec![format!("/v1/users/{user}/blocks"), format!("/v1/users/{other}/follows")],
            _ => vec![format!("/v1/users/{user}")],
        }
    }

    /// Which of the two are seen in what was read.
    pub(super) fn visible(self, subject: &Subject, state: &[Option<Value>]) -> [bool; 2] {
        let field = |index: usize, key: &str| state.get(index).and_then(Option::as_ref).map(|value| value[key].clone());
        let is = |key: &str, wanted: &str| field(0, key).is_some_and(|value| value == wanted);
        let lists = |index: usize, key: &str, name: &str| {
            field(index, key).and_then(|list| list.as_array().cloned()).is_some_and(|list| list.contains(&json!(name)))
        };
        match self {
            Self::RemovalEdit => [is("removed", "spam"), is("text", "edited")],
            Self::BlockFollow => [lists(0, "blocks", &subject.other), lists(1, "follows", &subject.user)],
            Self::ContactCosmetic => {
                let verified = field(0, "contact_verified").is_some_and(|value| value == true);
                [is("contact", "new@example.org") && verified, is("display_name", "cosmetic")]
            }
            // Who likes is not told, only how many: one like is the first.
            Self::Likes => {
                let likes = field(0, "likes").and_then(|likes| likes.as_u64()).unwrap_or_default();
                [likes >= 1, likes >= 2]
            }
            Self::SameField | Self::LaterBehind | Self::SeenThenBehind => {
                [is("display_name", "first"), is("display_name", "second")]
            }
        }
    }
}
