//! What a post carries beside its text: a link with a preview, and media. Stored and sent with the post.
//!
//! Both are made with the help of third parties that may be away. So each says how it stands, and each
//! has a form that needs nobody: a link without a preview, media as the link that the user gave. Readers
//! can tell "there is no preview" from "there is none yet known", and a judge can count the latter.

use serde::{Deserialize, Serialize};

/// The longest link of a post, in bytes.
pub(crate) const LINK_BYTES_MAX: usize = 2048;

/// The attachments of a post. Most posts have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachments {
    /// Where the post points to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    /// What is there; only with a link, and only if previews are configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<Preview>,
    /// A picture or a film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media: Option<Media>,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Preview {
    /// The provider has looked.
    Ready {
        /// The title of the page.
        title: String,
        /// Its first words.
        description: String,
    },
    /// The provider has looked, and there is nothing to show.
    Nothing,
    /// No provider answered in time.
    Unavailable,
}

/// A picture or a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Media {
    /// Where the author said that it is.
    pub(crate) source: String,
    /// Whether it was taken over.
    #[serde(flatten)]
    pub(crate) hosting: Hosting,
}

/// Who serves media to readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Hosting {
    /// The provider, at `url`.
    Ready {
        /// Where.
        url: String,
    },
    /// Nobody: readers get the author's link as a plain link.
    PlainLink,
}

impl Attachments {
    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the author wanted the same. What providers made of it may differ from one try to the next,
    /// and a retry is still the same post.
    pub(crate) fn same_wish(&self, other: &Self) -> bool {
        let source = |attachments: &Self| attachments.media.as_ref().map(|media| media.source.clone());
        self.link == other.link && source(self) == source(other)
    }
}

/// Why a text is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// Too long.
    #[error("has {0} bytes, allowed: up to {LINK_BYTES_MAX}")]
    TooLong(usize),
    /// Not `http://HOST…` or `https://HOST…` in visible ASCII.
    #[error("is not a link: it begins with https:// or http://, names a host, and has visible ASCII characters only")]
    Malformed,
}

/// Checks a link as far as it must be to be stored and shown. Whether something is there, the provider
/// finds out; Chirp itself never follows a link of a user.
pub(crate) fn check_link(link: &str) -> Result<(), LinkError> {
    if link.len() > LINK_BYTES_MAX {
        return Err(LinkError::TooLong(link.len()));
    }
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_sound = !host.is_empty() && link.bytes().all(|byte| byte.is_ascii_graphic());
    is_sound.then_some(()).ok_or(LinkError::Malformed)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_link_names_a_host_and_has_no_surprises_in_it() {
        let long = format!("https://a/{}", "b".repeat(LINK_BYTES_MAX));
        // (link, whether it is one)
        let cases = [
            ("https://example.org", true),
            ("http://example.org/a?b=c#d", true),
            ("https://[2001:db8::1]:443/", true),
            ("https:///path", false),
            ("https://?q", false),
            ("ftp://example.org", false),
            ("javascript:alert(1)", false),
            ("https://example.org/a b", false),
            ("https://example.org/\n", false),
            ("https://exämple.org", false),
            ("", false),
            (&long, false),
        ];
        for (link, is_link) in cases {
            assert_eq!(check_link(link).is_ok(), is_link, "{link}");
        }
    }

    #[test]
    fn attachments_come_back_from_their_text_as_they_were() {
        let media = |hosting| Some(Media { source: "https://a".into(), hosting });
        let preview = |preview| Some(preview);
        let ready = Preview::Ready { title: "t".into(), description: "d".into() };
        // (attachments, text)
        let cases = [
            (Attachments::default(), "{}"),
            (
                Attachments { link: Some("https://a".into()), preview: preview(ready), media: None },
                r#"{"link":"https://a","preview":{"status":"ready","title":"t","description":"d"}}"#,
            ),
            (
                Attachments { link: Some("https://a".into()), preview: preview(Preview::Unavailable), media: None },
                r#"{"link":"https://a","preview":{"status":"unavailable"}}"#,
            ),
            (
                Attachments { media: media(Hosting::PlainLink), ..Attachments::default() },
                r#"{"media":{"source":"https://a","status":"plain_link"}}"#,
            ),
            (
                Attachments { media: media(Hosting::Ready { url: "https://b".into() }), ..Attachments::default() },
                r#"{"media":{"source":"https://a","status":"ready","url":"https://b"}}"#,
            ),
        ];
        for (attachments, text) in cases {
            assert_eq!(serde_json::to_string(&attachments).unwrap(), text);
            assert_eq!(serde_json::from_str::<Attachments>(text).unwrap(), attachments);
        }
    }

    #[test]
    fn a_retry_is_the_same_wish_whatever_providers_made_of_it() {
        let with = |link: &str, preview| Attachments { link: Some(link.into()), preview, media: None };
        let media = |source: &str, hosting| Attachments {
            media: Some(Media { source: source.into(), hosting }),
            ..Attachments::default()
        };
        assert!(with("https://a", Some(Preview::Nothing)).same_wish(&with("https://a", Some(Preview::Unavailable))));
        assert!(!with("https://a", None).same_wish(&with("https://b", None)));
        let ready = Hosting::Ready { url: "https://c".into() };
        assert!(media("https://a", ready).same_wish(&media("https://a", Hosting::PlainLink)));
        assert!(!media("https://a", Hosting::PlainLink).same_wish(&media("https://b", Hosting::PlainLink)));
        assert!(!media("https://a", Hosting::PlainLink).same_wish(&Attachments::default()));
    }
}
