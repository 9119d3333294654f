//! Objectives on what the ledger's histories prove.

use super::{Resolver, objective::count};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Field, collections::ShortOr},
    resolved::{ObjectiveKind, Property},
    text::objective::{Count, ObjectiveText, WritesText},
};

/// A limit on how often a property may be broken.
type Limit = Field<ShortOr<Count, WritesText>>;

/// The objectives' keys with what they are about.
fn limits(text: &ObjectiveText) -> [(Property, &Limit); 12] {
    [
        (Property::LostUpdates, &text.lost_updates),
        (Property::SplitWrites, &text.split_writes),
        (Property::Duplicates, &text.duplicates),
        (Property::Resurrected, &text.resurrected),
        (Property::ReusedIds, &text.reused_ids),
        (Property::Miscounts, &text.miscounts),
        (Property::MissingDeliveries, &text.missing_deliveries),
        (Property::ReadYourWrites, &text.read_your_writes),
        (Property::MonotonicReads, &text.monotonic_reads),
        (Property::MonotonicWrites, &text.monotonic_writes),
        (Property::WritesFollowReads, &text.writes_follow_reads),
        (Property::ListAnomalies, &text.list_anomalies),
    ]
}

impl Resolver<'_, '_> {
    /// `None`: it is about something else; `Some(None)`: it can't be read.
    pub(super) fn of_history(
        &mut self,
        text: &ObjectiveText,
        has_ledger: bool,
        has_sessions: bool,
        span: Span,
    ) -> Option<Option<ObjectiveKind>> {
        let limit = limits(text).into_iter().find_map(|(property, limit)| Some((property, limit.written()?)));
        let (kind, needs_sessions) = if let Some((property, limit)) = limit {
            let max = count(&limit.value);
            (max.map(|max| ObjectiveKind::Violations { property, max }), property != Property::ReusedIds)
        } else if let Some(linearizable) = text.linearizable.written() {
            if !linearizable.value {
                let mistake = Mistake::new(Code::OutOfRange, linearizable.span, "`linearizable: false` is no promise");
                self.add(mistake.hint("write `linearizable: true`, or remove the objective"));
            }
            (Some(ObjectiveKind::Violations { property: Property::Linearizability, max: 0 }), true)
        } else {
            let staleness = &text.staleness.written()?.value;
            let percentile = self.percentile(&staleness.percentile);
            let max = staleness.max.value().map(|max| max.0);
            let kind = percentile.zip(max).map(|(percentile, max)| ObjectiveKind::Staleness { percentile, max });
            (kind, true)
        };
        if needs_sessions && !has_sessions {
            let message = "this objective is about what the ledger's sessions see, and there are none";
            let mistake = Mistake::new(Code::Unmet, span, message);
            self.add(mistake.hint("add `sessions: {}` to the ledger, or remove the objective"));
        } else if !has_ledger {
            let mistake = Mistake::new(Code::Unmet, span, "this objective needs a `ledger`");
            self.add(mistake.hint("add `ledger`, or remove the objective"));
        }
        Some(kind)
    }
}
