//! Objectives on what the ledger's histories prove.

use super::{
    Resolver,
    objective::{Promised, count},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, collections::ShortOr},
    resolved::{ConsistencyLevel, ObjectiveKind, Property},
    text::objective::{ConsistencyText, Count, LevelText, ObjectiveText, WritesText},
};
use units::Share;

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
            self.lacks_sessions(span);
        } else if !has_ledger {
            let mistake = Mistake::new(Code::Unmet, span, "this objective needs a `ledger`");
            self.add(mistake.hint("add `ledger`, or remove the objective"));
        }
        Some(kind)
    }

    fn lacks_sessions(&mut self, span: Span) {
        let message = "this objective is about what the ledger's sessions see, and there are none";
        let mistake = Mistake::new(Code::Unmet, span, message);
        self.add(mistake.hint("add `sessions: {}` to the ledger, or remove the objective"));
    }

    pub(super) fn consistency(
        &mut self,
        text: &ConsistencyText,
        promised: &Promised,
        span: Span,
    ) -> Option<ObjectiveKind> {
        if !promised.has_sessions {
            self.lacks_sessions(span);
        }
        let population = self.only_population(&text.population, promised);
        let phase = self.only_phase(&text.phase, promised, text.place());
        let level = self.consistency_level(text);
        let min = *text.min.value()?;
        if min == Share::NONE {
            let message = "consistency for at least 0% of the reads is no promise";
            let mistake = Mistake::new(Code::OutOfRange, text.min.span_or(text.place()), message);
            self.add(mistake.hint("write a share above 0%, such as 99%"));
        }
        let within = text.within.value()?.0;
        Some(ObjectiveKind::Consistency { level: level?, within, min, population: population?, phase: phase? })
    }

    fn consistency_level(&mut self, text: &ConsistencyText) -> Option<ConsistencyLevel> {
        let level = text.level.value()?.0;
        let staleness = text.staleness.value().map(|max| max.0);
        match (level, staleness) {
            (LevelText::BoundedStaleness, None) if !text.staleness.is_bad() => {
                let message = "bounded-staleness needs its bound";
                let mistake = Mistake::new(Code::Missing, text.level.span_or(text.place()), message);
                self.add(mistake.hint("add how old what a read lacks may be, such as `staleness: 5s`"));
            }
            (LevelText::BoundedStaleness, _) | (_, None) => {}
            (_, Some(_)) => {
                let message = "only bounded-staleness has a bound of staleness";
                let mistake = Mistake::new(Code::Unmet, text.staleness.span_or(text.place()), message);
                self.add(mistake.hint("remove `staleness`, or write `level: bounded-staleness`"));
            }
        }
        Some(match level {
            LevelText::Strong => ConsistencyLevel::Strong,
            LevelText::BoundedStaleness => ConsistencyLevel::BoundedStaleness { max: staleness? },
            LevelText::ReadYourWrites => ConsistencyLevel::ReadYourWrites,
            LevelText::MonotonicReads => ConsistencyLevel::MonotonicReads,
            LevelText::Eventual => ConsistencyLevel::Eventual,
        })
    }
}
