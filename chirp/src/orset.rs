//! Follows as an add-wins set that needs no coordination (an OR-set: Shapiro et al., 2011).
//!
//! Two regions may follow and unfollow the same pair at the same time. If the set remembered only
//! "follows or not", the winner would be whichever write arrived last, and regions would disagree for
//! ever. So every follow carries a tag of its own (its stamp), and an unfollow removes *the tags that
//! it has seen*: a follow that it could not know of survives. Add wins.
//!
//! ```text
//!            absent  --add-->  live  --remove-->  removed
//!               \_______________remove______________/      a tag only ever moves to the right
//! ```
//!
//! A tag's state only grows along that line, so changes may arrive in any order, twice, or removal
//! before addition, and all regions end the same. The price: removed tags are kept, 30 bytes each,
//! for nobody can know that the addition is not still on its way. A new follow replaces the tags that
//! it sees, so the *live* tags of a pair stay about as many as there are regions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// Where a tag is on its way from absent over live to removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TagState {
    Live,
    Removed,
}

/// What a follow or an unfollow does to the tags of a pair; what is sent to the other regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TagChange {
    /// The tag of a follow; none for an unfollow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) add: Option<Stamp>,
    /// The tags that the writer saw live and takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) remove: Vec<Stamp>,
}

/// All tags of one pair (who follows, who is followed).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TagSet {
    tags: BTreeMap<Stamp, TagState>,
}

impl TagSet {
    /// Whether the one follows the other: any tag is live.
    pub(crate) fn is_member(&self) -> bool {
        self.tags.values().any(|state| *state == TagState::Live)
    }

    /// The change that a follow makes here and now.
    pub(crate) fn follow(&self, tag: Stamp) -> TagChange {
        TagChange { add: Some(tag), remove: self.live() }
    }

    /// The change that an unfollow makes here and now; none if there is nothing to remove.
    pub(crate) fn unfollow(&self) -> Option<TagChange> {
        let remove = self.live();
        (!remove.is_empty()).then_some(TagChange { add: None, remove })
    }

    /// Takes in a change, from here or from another region, in any order and any number of times.
    pub(crate) fn apply(&mut self, change: &TagChange) {
        for tag in &change.remove {
            self.raise(tag, TagState::Removed);
        }
        if let Some(tag) = &change.add {
            self.raise(tag, TagState::Live);
        }
    }

    fn live(&self) -> Vec<Stamp> {
        let live = self.tags.iter().filter(|(_, state)| **state == TagState::Live);
        live.map(|(tag, _)| tag.clone()).collect()
    }

    fn raise(&mut self, tag: &Stamp, state: TagState) {
        let known = self.tags.entry(tag.clone()).or_insert(state);
        *known = (*known).max(state);
    }
}

#[cfg(test)]
mod tests;
