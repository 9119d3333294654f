//! Conflicts: two updates that had not seen each other and want different things of one record.
//!
//! Counted where they meet, in every region for itself: a region that hears of both counts one, whichever
//! came first. A conflict is no error; what was *kept* is what an operator wants to know.

use std::collections::BTreeSet;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::record::Version;
use super::{Field, Record, Resolver, Scope};

/// The labels of `chirp_conflicts_total`. There are as many kinds as pairs of operations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub(crate) struct Conflict {
    /// Which operations met, by name: `edit/removal`.
    pub(crate) kind: String,
    /// Who decided.
    pub(crate) resolver: &'static str,
    /// What counts now: an operation, `both`, `newer` or `older` where the operations are the same, or
    /// `neither` (a third one counts).
    pub(crate) kept: &'static str,
}

impl Conflict {
    /// What an update met in a record that has just taken it in.
    pub(super) fn between(
        rivals: &[(Field, Version)],
        given: &[(Field, Version)],
        record: &Record,
        resolver: Resolver,
    ) -> Vec<Self> {
        let mut conflicts = BTreeSet::new();
        for (field, rival) in rivals {
            for (other, version) in given.iter().filter(|(_, version)| !version.carried) {
                if contend(*field, *other, resolver) && (field != other || rival.value != version.value) {
                    conflicts.insert(Self::of((*field, rival), (*other, version), record, resolver));
                }
            }
        }
        conflicts.into_iter().collect()
    }

    /// A write to a post that its author had deleted elsewhere.
    pub(crate) fn with_deletion(operation: &'static str, resolver: Resolver) -> Self {
        Self { kind: kind("delete", operation), resolver: resolver.name(), kept: "delete" }
    }

    fn of(one: (Field, &Version), other: (Field, &Version), record: &Record, resolver: Resolver) -> Self {
        let counts = |(field, version): (Field, &Version)| {
            record.effective(field, resolver).is_some_and(|winner| winner.stamp == version.stamp)
        };
        let (first, second) = (one.1.operation(one.0), other.1.operation(other.0));
        let older = |version: &Version, rival: &Version| if version.stamp < rival.stamp { "older" } else { "newer" };
        let kept = match (counts(one), counts(other)) {
            (true, true) => "both",
            (false, false) => "neither",
            (true, false) if first == second => older(one.1, other.1),
            (false, true) if first == second => older(other.1, one.1),
            (true, false) => first,
            (false, true) => second,
        };
        Self { kind: kind(first, second), resolver: resolver.name(), kept }
    }
}

/// Whether two fields of a record cannot both be had.
fn contend(one: Field, other: Field, resolver: Resolver) -> bool {
    let pair = |first, second| (one, other) == (first, second) || (other, one) == (first, second);
    one == other
        || resolver.scope() == Scope::WholeRecord
        || pair(Field::Removal, Field::Text)
        || pair(Field::Block, Field::Follow)
}

fn kind(one: &'static str, other: &'static str) -> String {
    format!("{}/{}", one.min(other), one.max(other))
}

/// The counter of conflicts. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConflictCount(Family<Conflict, Counter>);

impl ConflictCount {
    /// Counts these.
    pub(crate) fn add(&self, conflicts: &[Conflict]) {
        for conflict in conflicts {
            self.0.get_or_create(conflict).inc();
        }
    }

    /// What a registry is given.
    pub(crate) fn family(&self) -> Family<Conflict, Counter> {
        self.0.clone()
    }
}
