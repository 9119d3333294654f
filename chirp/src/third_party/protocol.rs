//! What Chirp and its third parties say to each other: JSON, one question and one answer per call.

use serde::{Deserialize, Serialize};

/// What is at this link?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PreviewQuestion {
    /// The link.
    pub(crate) link: String,
}

/// This. (404 instead: nothing that could be shown.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PreviewAnswer {
    /// The title of the page.
    pub(crate) title: String,
    /// Its first words.
    pub(crate) description: String,
}

/// Take this over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MediaQuestion {
    /// Where it is.
    pub(crate) source: String,
}

/// Done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MediaAnswer {
    /// Where readers get it.
    pub(crate) url: String,
}

/// Tell these people. Telling the same post to the same person twice is the provider's to notice: that
/// is what `post` is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushQuestion {
    /// Of which post.
    pub(crate) post: String,
    /// Who wrote it.
    pub(crate) from: String,
    /// What to show.
    pub(crate) text: String,
    /// Whom to tell.
    pub(crate) to: Vec<String>,
}

/// They will be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushAnswer {
    /// How many of them had not been told of this post before.
    pub(crate) accepted: usize,
}
