//! Records of fields, each with all of its versions that nobody has replaced knowingly.
//!
//! Every update carries what its writer had seen of the record, as one time per region and field. Every
//! field holds two things: the versions that are **live**, and what has been **seen** of it. With both it
//! is decided what an update is to a version:
//!
//! ```text
//!   the update had seen the version        -> it replaces it
//!   the field has seen the update          -> a duplicate, or replaced already: nothing to do
//!   neither                                -> concurrent: both are live, a resolver says which counts
//!
//!        absent ──▶ live ──▶ replaced        a version only ever moves to the right
//! ```
//!
//! This is a multi-value register with a causal context ("dotted version vectors": Preguiça, Baquero et
//! al., 2012). Beside remembering every replaced stamp it has one advantage: its size is bounded by the
//! number of regions, however often a field is changed. The price is an assumption, stated at
//! [`Record::apply`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Conflict, Field, Resolver, Scope, Value};
use crate::clock::{HybridTime, Stamp};
use crate::names::RegionName;

/// What has been seen of a field: of each region everything up to a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seen(BTreeMap<RegionName, HybridTime>);

impl Seen {
    /// Whether this write is among what was seen.
    pub(crate) fn covers(&self, stamp: &Stamp) -> bool {
        self.0.get(&stamp.region).is_some_and(|time| *time >= stamp.time)
    }

    fn add(&mut self, stamp: &Stamp) {
        let time = self.0.entry(stamp.region.clone()).or_default();
        *time = (*time).max(stamp.time);
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (region, time) in &other.0 {
            self.add(&Stamp { time: *time, region: region.clone() });
        }
    }

    fn newest(&self) -> Option<Stamp> {
        let stamps = self.0.iter().map(|(region, time)| Stamp { time: *time, region: region.clone() });
        stamps.max()
    }
}

/// A value, and the write that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// When and where; unique.
    pub(super) stamp: Stamp,
    /// How many writes, one on top of the other, led to it.
    pub(super) depth: u32,
    /// What the field holds by this write.
    pub(crate) value: Value,
    /// Whether the write only carried the value along: whole records travel whole, and some changes imply
    /// another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) carried: bool,
}

impl Version {
    /// When and where the value was given.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    pub(super) fn operation(&self, field: Field) -> &'static str {
        self.value.operation(field)
    }
}

/// A change of a record, as it is stored in the log and sent to the other regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Update {
    stamp: Stamp,
    depth: u32,
    set: BTreeMap<Field, Given>,
    seen: BTreeMap<Field, Seen>,
}

/// What a user wants of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes(BTreeMap<Field, Given>);

impl Changes {
    /// These values.
    pub(crate) fn new(values: impl IntoIterator<Item = (Field, Value)>) -> Self {
        let given = |(field, value)| (field, Given { value, carried: false });
        Self(values.into_iter().map(given).collect())
    }

    /// And this one as a consequence: nobody asked for it, so it is no conflict of its own.
    pub(crate) fn implying(mut self, field: Field, value: Value) -> Self {
        self.0.insert(field, Given { value, carried: true });
        self
    }

    /// Whether there is nothing to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value in an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    value: Value,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    carried: bool,
}

impl Update {
    /// When and where.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Whether its writer wanted this field changed.
    pub(crate) fn wants(&self, field: Field) -> bool {
        self.set.get(&field).is_some_and(|given| !given.carried)
    }

    fn versions(&self) -> impl Iterator<Item = (Field, Version)> + '_ {
        self.set.iter().map(|(field, given)| {
            let Given { value, carried } = given.clone();
            (*field, Version { stamp: self.stamp.clone(), depth: self.depth, value, carried })
        })
    }

    fn had_seen(&self, field: Field, version: &Version) -> bool {
        self.seen.get(&field).is_some_and(|seen| seen.covers(&version.stamp))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Register {
    pub(super) seen: Seen,
    pub(super) live: Vec<Version>,
}

/// Everything that is known of something that users change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Record {
    pub(super) fields: BTreeMap<Field, Register>,
}

impl Record {
    /// The version of a field that counts; none if it was never given, or is silenced by another field.
    pub(crate) fn effective(&self, field: Field, resolver: Resolver) -> Option<&Version> {
        let is_silenced = self.fields.keys().any(|greater| {
            let is_strong = |version: &Version| version.value != Value::Flag(false);
            resolver.silences(*greater, field) && self.winner(*greater, resolver).is_some_and(is_strong)
        });
        if is_silenced { None } else { self.winner(field, resolver) }
    }

    /// Whether a flag is on and counts.
    pub(crate) fn is_on(&self, field: Field, resolver: Resolver) -> bool {
        self.effective(field, resolver).is_some_and(|version| version.value.is_on())
    }

    /// The text of a field that counts.
    pub(crate) fn text(&self, field: Field, resolver: Resolver) -> Option<&str> {
        self.effective(field, resolver)?.value.text()
    }

    /// The highest stamp that was ever seen: what a new write must be above.
    pub(crate) fn newest(&self) -> Option<Stamp> {
        self.fields.values().filter_map(|register| register.seen.newest()).max()
    }

    /// What has been seen of a field.
    pub(crate) fn seen(&self, field: Field) -> Seen {
        self.fields.get(&field).map(|register| register.seen.clone()).unwrap_or_default()
    }

    /// Whether no value of a field is live.
    pub(crate) fn is_empty_of(&self, field: Field) -> bool {
        self.fields.get(&field).is_none_or(|register| register.live.is_empty())
    }

    /// Lets go of the values of a field, not of what was seen of it.
    pub(crate) fn forget(&mut self, field: Field) {
        if let Some(register) = self.fields.get_mut(&field) {
            register.live.clear();
        }
    }

    /// Whether an update with this value would change nothing at all: it is the only one that is live.
    pub(crate) fn is_settled_on(&self, field: Field, value: &Value) -> bool {
        self.fields
            .get(&field)
            .is_some_and(|register| matches!(register.live.as_slice(), [only] if only.value == *value))
    }

    /// The update that gives these values here and now.
    pub(crate) fn update(&self, changes: Changes, stamp: Stamp, resolver: Resolver) -> Update {
        let mut set = changes.0;
        let replaced = set.keys().filter_map(|field| self.fields.get(field));
        let depth = replaced.flat_map(|register| &register.live).map(|version| version.depth).max();
        if resolver.scope() == Scope::WholeRecord {
            for field in self.fields.keys() {
                if let Some(version) = self.winner(*field, resolver) {
                    set.entry(*field).or_insert_with(|| Given { value: version.value.clone(), carried: true });
                }
            }
        }
        let seen = self.fields.iter().map(|(field, register)| (*field, register.seen.clone())).collect();
        Update { stamp, depth: depth.unwrap_or_default().saturating_add(1), set, seen }
    }

    /// Takes an update in, from here or from another region, in any order and any number of times.
    /// Answers the conflicts that it met.
    ///
    /// **Why the order does not matter.** With whole records the state is a maximum. With fields the
    /// claim is: what a field has seen and does not hold live has been replaced. A field sees a stamp
    /// either because the version itself came (then it is live until replaced), or because an update came
    /// whose writer had seen it, or had seen a later one of the same region; and *a region's write has
    /// always seen that region's earlier ones*, so by induction that writer's update replaces it. This is
    /// the assumption: the stamps of one region grow, which its clock guarantees over restarts.
    pub(crate) fn apply(&mut self, update: &Update, resolver: Resolver) -> Vec<Conflict> {
        let is_known = self.knows(update);
        let rivals = self.unseen_by(update);
        match resolver.scope() {
            // Also what was seen and replaced: a maximum asks only for the stamp, or it would depend on the
            // order where stamps contradict what was seen (a clock without its hybrid part).
            Scope::WholeRecord => self.replace(update),
            Scope::SingleField => self.merge(update),
        }
        if is_known {
            return Vec::new();
        }
        Conflict::between(&rivals, &update.versions().collect::<Vec<_>>(), self, resolver)
    }

    /// Whether the update has been taken in, or what replaces it.
    pub(crate) fn knows(&self, update: &Update) -> bool {
        let knows = |field| self.fields.get(field).is_some_and(|register| register.seen.covers(&update.stamp));
        update.set.keys().all(knows)
    }

    /// The versions that are live and that the writer of the update did not know.
    fn unseen_by(&self, update: &Update) -> Vec<(Field, Version)> {
        let live =
            self.fields.iter().flat_map(|(field, register)| register.live.iter().map(|version| (*field, version)));
        let unseen = live.filter(|(field, version)| !version.carried && !update.had_seen(*field, version));
        unseen.map(|(field, version)| (field, version.clone())).collect()
    }

    fn replace(&mut self, update: &Update) {
        let newest = self.fields.values().flat_map(|register| &register.live).map(|version| &version.stamp).max();
        let wins = newest.is_none_or(|newest| update.stamp > *newest);
        if wins {
            self.fields.values_mut().for_each(|register| register.live.clear());
        }
        for (field, version) in update.versions() {
            let register = self.see(field, update);
            if wins {
                register.live.push(version);
            }
        }
    }

    fn merge(&mut self, update: &Update) {
        for (field, version) in update.versions() {
            let is_known = self.fields.get(&field).is_some_and(|register| register.seen.covers(&version.stamp));
            let register = self.see(field, update);
            if is_known {
                continue;
            }
            register.live.retain(|other| !update.had_seen(field, other));
            let place = register.live.partition_point(|other| other.stamp < version.stamp);
            register.live.insert(place, version);
        }
    }

    /// The register of a field, which has now seen the update and what its writer had seen.
    fn see(&mut self, field: Field, update: &Update) -> &mut Register {
        let register = self.fields.entry(field).or_default();
        if let Some(seen) = update.seen.get(&field) {
            register.seen.join(seen);
        }
        register.seen.add(&update.stamp);
        register
    }

    #[cfg(test)]
    pub(super) fn live_stamps(&self, field: Field) -> std::collections::BTreeSet<Stamp> {
        let live = self.fields.get(&field).into_iter().flat_map(|register| &register.live);
        live.map(|version| version.stamp.clone()).collect()
    }

    pub(super) fn winner(&self, field: Field, resolver: Resolver) -> Option<&Version> {
        let live = &self.fields.get(&field)?.live;
        live.iter().max_by(|one, other| resolver.compare(field, one, other))
    }
}
