//! Two records of the same thing become one, without the updates that made them.
//!
//! ```text
//!        updates S ──▶ record of S ──┐
//!                                    join ──▶ record of S ∪ T
//!        updates T ──▶ record of T ──┘
//! ```
//!
//! **Why this is the same as applying the updates.** With whole records a record is a maximum over stamps, and
//! the maximum of two maxima is the maximum of all. With fields a record is, for each field, what has been seen
//! and which versions are live, and live is what has arrived and no arrived update had seen (the claim at
//! [`Record::apply`]). Of a version that is live on one side there are then three cases, and the other side's
//! `seen` tells them apart:
//!
//! | the other side | so some update of the other side | in the union the version is |
//! |---|---|---|
//! | has it live, too | had not seen it: none | live |
//! | has seen it, and does not hold it live | had seen it, and replaces it | replaced |
//! | has not seen it | knew it: none | live |
//!
//! Nothing else can be live. So joining is as free of order as applying is, joining twice is once, and records
//! that were joined and records that heard every update go on together. The assumption is the same one: what a
//! side has heard of each region is all that the region wrote up to somewhere.
//!
//! Conflicts are not counted here: what met is no longer to be told from what was replaced knowingly.

use super::record::Version;
use super::{Record, Resolver, Scope};
use crate::clock::Stamp;

impl Record {
    /// Takes in all that another record knows. Answers whether that was anything new.
    pub(crate) fn join(&mut self, other: &Self, resolver: Resolver) -> bool {
        let before = self.clone();
        match resolver.scope() {
            Scope::WholeRecord => self.join_whole(other),
            Scope::SingleField => self.join_fields(other),
        }
        *self != before
    }

    fn join_whole(&mut self, other: &Self) {
        let wins = other.newest_live() > self.newest_live();
        if wins {
            self.fields.values_mut().for_each(|register| register.live.clear());
        }
        for (field, theirs) in &other.fields {
            let ours = self.fields.entry(*field).or_default();
            ours.seen.join(&theirs.seen);
            if wins {
                ours.live.clone_from(&theirs.live);
            }
        }
    }

    fn join_fields(&mut self, other: &Self) {
        for (field, theirs) in &other.fields {
            let ours = self.fields.entry(*field).or_default();
            let holds = |version: &Version| theirs.live.iter().any(|other| other.stamp() == version.stamp());
            let new = theirs.live.iter().filter(|version| !ours.seen.covers(version.stamp()));
            let new: Vec<Version> = new.cloned().collect();
            ours.live.retain(|version| holds(version) || !theirs.seen.covers(version.stamp()));
            ours.live.extend(new);
            ours.live.sort_by(|one, other| one.stamp().cmp(other.stamp()));
            ours.seen.join(&theirs.seen);
        }
    }

    fn newest_live(&self) -> Option<&Stamp> {
        self.fields.values().flat_map(|register| &register.live).map(Version::stamp).max()
    }
}
