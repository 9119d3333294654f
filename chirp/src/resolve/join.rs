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
//! **Conflicts** are counted where both versions of a field are live in the union: then neither writer knew of the
//! other. A whole record has no second version, so there the newest of both sides are looked at: if neither side
//! has seen the other's, nobody had. Not counted is what had been replaced before the records met, for nobody can
//! tell by whom; nor, with fields, an edit that meets a removal or a follow that meets a block: what has been seen is
//! kept for each field, and whether the writer of the one had seen the other field is not known any more.

use super::record::Version;
use super::{Conflict, Field, Record, Resolver, Scope};
use crate::clock::Stamp;

impl Record {
    /// Takes in all that another record knows. Answers the conflicts that it met, or none if nothing of it was new.
    pub(crate) fn join(&mut self, other: &Self, resolver: Resolver) -> Option<Vec<Conflict>> {
        let before = self.clone();
        match resolver.scope() {
            Scope::WholeRecord => self.join_whole(other),
            Scope::SingleField => self.join_fields(other),
        }
        (*self != before).then(|| self.met(&before, other, resolver))
    }

    /// The conflicts that came to be by joining `before` and `other` to this record.
    fn met(&self, before: &Self, other: &Self, resolver: Resolver) -> Vec<Conflict> {
        if resolver.scope() == Scope::WholeRecord {
            return Conflict::between(&before.unknown_to(other), &other.unknown_to(before), self, resolver);
        }
        let mut conflicts = Vec::new();
        let mut rivals = self.wanted();
        let new: Vec<_> = rivals.extract_if(.., |(field, version)| !before.has_seen(*field, version)).collect();
        for given in new {
            let of_field: Vec<_> = rivals.iter().filter(|(rival, _)| *rival == given.0).cloned().collect();
            conflicts.extend(Conflict::between(&of_field, std::slice::from_ref(&given), self, resolver));
            rivals.push(given);
        }
        conflicts
    }

    /// What is live here and the other record has not seen.
    fn unknown_to(&self, other: &Self) -> Vec<(Field, Version)> {
        let mut unknown = self.wanted();
        unknown.retain(|(field, version)| !other.has_seen(*field, version));
        unknown
    }

    /// What is live and was asked for by somebody.
    fn wanted(&self) -> Vec<(Field, Version)> {
        let live = self.fields.iter().flat_map(|(field, register)| register.live.iter().map(|live| (*field, live)));
        live.filter(|(_, version)| !version.carried).map(|(field, version)| (field, version.clone())).collect()
    }

    fn has_seen(&self, field: Field, version: &Version) -> bool {
        self.fields.get(&field).is_some_and(|register| register.seen.covers(version.stamp()))
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
