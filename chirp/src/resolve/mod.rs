//! What becomes of writes that did not know of each other.
//!
//! Regions write apart and meet later. Everything that users can change is a [`Record`] of fields; a
//! change is an [`Update`], made against what the writer had seen; a [`Resolver`] says what counts when
//! two updates had not seen each other. It is one value, asked in three places:
//!
//! | question | `last-write-wins` | `crdt` | `semantic` |
//! |---|---|---|---|
//! | what competes ([`Resolver::scope`]) | whole records | single fields | single fields |
//! | which of two values of a field counts ([`Resolver::compare`]) | the newer stamp | on before off, then the newer stamp | meaning, then causal depth, then digest: never time |
//! | which field silences another ([`Resolver::silences`]) | none | none | a removal the text, a block the follow |
//!
//! **Why all three converge.** With whole records the state is the maximum over stamps, a total order.
//! With fields the state is the set of versions that no later write had seen, which is the same set in
//! whatever order they arrive (the argument is at [`Record::apply`]); and what is shown is a pure
//! function of that set.
//!
//! **What each costs.** Last-write-wins loses acknowledged writes by definition: of two concurrent ones
//! to a record one is gone, also if they changed different fields, and "last" is what clocks say. Fields
//! keep both where they can. Only the semantic resolver never lets a lesser change undo a greater one,
//! and never asks a clock.
//!
//! *Not here:* posts are made once and deleted once; neither competes (see `store::posts`).

mod conflict;
mod field;
mod join;
mod record;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub(crate) use conflict::{Conflict, ConflictCount};
pub(crate) use field::{Contact, Field, Value};
pub(crate) use record::{Changes, Record, Seen, Update, Version};

/// How concurrent updates are resolved. All regions of a deployment have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Resolver {
    /// The record with the highest stamp, whole.
    LastWriteWins,
    /// Each field by itself: flags are on if anybody's is, other fields have the highest stamp.
    #[default]
    Crdt,
    /// Each field by itself, by what the values mean, and across fields where one outranks another.
    Semantic,
}

/// What competes when two updates had not seen each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    WholeRecord,
    SingleField,
}

impl Resolver {
    /// Every resolver there is.
    pub(crate) const ALL: [Self; 3] = [Self::LastWriteWins, Self::Crdt, Self::Semantic];

    /// The name in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LastWriteWins => "last-write-wins",
            Self::Crdt => "crdt",
            Self::Semantic => "semantic",
        }
    }

    fn scope(self) -> Scope {
        match self {
            Self::LastWriteWins => Scope::WholeRecord,
            Self::Crdt | Self::Semantic => Scope::SingleField,
        }
    }

    /// Which of two versions of a field counts: the greater. A total order on versions that differ.
    fn compare(self, field: Field, one: &Version, other: &Version) -> Ordering {
        let by_stamp = || one.stamp.cmp(&other.stamp);
        match self {
            Self::LastWriteWins => by_stamp(),
            Self::Crdt => one.value.is_on().cmp(&other.value.is_on()).then_with(by_stamp),
            // The stamps decide at last only between equal contents, hence nothing that a user can see.
            Self::Semantic => one
                .value
                .rank(field)
                .cmp(&other.value.rank(field))
                .then_with(|| one.depth.cmp(&other.depth))
                .then_with(|| one.value.digest().cmp(&other.value.digest()))
                .then_with(by_stamp),
        }
    }

    /// Whether a field that is on or set makes another field of the record count for nothing.
    pub(crate) fn silences(self, greater: Field, lesser: Field) -> bool {
        self == Self::Semantic
            && matches!((greater, lesser), (Field::Removal, Field::Text) | (Field::Block, Field::Follow))
    }

    /// Whether a moderation's removal of a post is still told after its author has deleted it.
    pub(crate) fn removal_outlives_deletion(self) -> bool {
        self == Self::Semantic
    }
}

impl fmt::Display for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no resolver.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a resolver")]
pub(crate) struct UnknownResolver(String);

impl FromStr for Resolver {
    type Err = UnknownResolver;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|resolver| resolver.name() == name);
        found.ok_or_else(|| UnknownResolver(name.to_owned()))
    }
}
