//! What a change of the overlays is worth before each agent has confirmed it. Pure.
//!
//! A fault over users' paths is proven in the controller's own network, which the agents' follow. An agent that is there but has not
//! confirmed the change in time may have let its users through: then the fault's effect is *not proven*, whatever the controller's own
//! network shows; nor is its removal, until the agent confirms that.
//!
//! ```text
//!   laid over, or changed ── not confirmed in time ──▶ effect not proven (for good: nobody knows what its users met)
//!   taken away            ── not confirmed in time ──▶ removal not proven ── confirmed ──▶ removal proven
//! ```

use crate::message::OverlayOfLink;
use record::{Event, EventKind};
use std::collections::BTreeSet;
use units::{FaultName, RunTime};

/// Whose overlays a change of them concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Something of theirs was laid over links, or is another now.
    laid: BTreeSet<FaultName>,
    /// All of theirs was taken away.
    pub(super) taken: BTreeSet<FaultName>,
}

impl Changes {
    pub(super) fn between(before: &[OverlayOfLink], now: &[OverlayOfLink]) -> Self {
        let of = |one: &OverlayOfLink| one.fault.clone();
        let there: BTreeSet<FaultName> = now.iter().map(of).collect();
        let taken = before.iter().map(of).filter(|fault| !there.contains(fault)).collect();
        let changed = |fault: &&FaultName| {
            let own = |one: &&OverlayOfLink| one.fault == **fault;
            !before.iter().filter(own).eq(now.iter().filter(own))
        };
        Self { laid: there.iter().filter(changed).cloned().collect(), taken }
    }

    /// What is not proven when somebody has not confirmed the change.
    pub(super) fn doubts(&self, why: &str, at: RunTime) -> Vec<Event> {
        let laid = self.laid.iter().map(|fault| (EventKind::FaultUnproven(fault.clone()), fault, "its effect"));
        let taken = self.taken.iter().map(|fault| (EventKind::FaultNotHealed(fault.clone()), fault, "its removal"));
        let event = |(kind, fault, what): (EventKind, &FaultName, &str)| {
            Event::new(at, kind, "landfall", format!("{fault}: {what} is not proven: {why}"))
        };
        laid.chain(taken).map(event).collect()
    }
}

/// The removal is proven: everybody has confirmed it after all.
pub(super) fn confirmed(fault: &FaultName, at: RunTime) -> Event {
    let text = format!("{fault}: every agent has confirmed that its users' paths changed");
    Event::new(at, EventKind::FaultHealed(fault.clone()), "landfall", text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use plan::resolved::Direction;
    use wan::{LinkId, Overlay, State};

    fn over(fault: &str, region: usize, state: State) -> OverlayOfLink {
        let overlay = Overlay::state(Direction::Both, state);
        OverlayOfLink::new(FaultName::new(fault), LinkId::User { population: 0, region }, overlay).unwrap()
    }

    #[test]
    fn a_change_names_the_faults_whose_overlays_are_others_now() {
        let (one, two) = (over("one", 0, State::BlackHole), over("two", 0, State::BlackHole));
        let changes = |before: &[OverlayOfLink], now: &[OverlayOfLink]| {
            let Changes { laid, taken } = Changes::between(before, now);
            let names = |set: BTreeSet<FaultName>| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            (names(laid), names(taken))
        };
        let said = |laid: &str, taken: &str| (laid.to_owned(), taken.to_owned());
        assert_eq!(changes(&[], std::slice::from_ref(&one)), said("one", ""));
        assert_eq!(
            changes(std::slice::from_ref(&one), &[one.clone(), two.clone()]),
            said("two", ""),
            "the first is what it was"
        );
        assert_eq!(changes(&[one.clone(), two.clone()], std::slice::from_ref(&two)), said("", "one"));
        assert_eq!(
            changes(std::slice::from_ref(&one), &[over("one", 0, State::Reject)]),
            said("one", ""),
            "another state"
        );
        assert_eq!(changes(&[one.clone(), over("one", 1, State::Reject)], &[one]), said("one", ""), "one link less");
    }

    #[test]
    fn what_was_laid_and_what_was_taken_are_in_doubt_apart() {
        let changes = Changes::between(&[over("old", 0, State::Reject)], &[over("new", 0, State::Reject)]);
        let doubts = changes.doubts("agent 2 has not confirmed it", RunTime::START);
        let kinds: Vec<EventKind> = doubts.iter().map(|event| event.kind.clone()).collect();
        let (old, new) = (FaultName::new("old"), FaultName::new("new"));
        assert_eq!(kinds, [EventKind::FaultUnproven(new), EventKind::FaultNotHealed(old)]);
        assert_eq!(doubts[0].text, "new: its effect is not proven: agent 2 has not confirmed it");
    }
}
