//! Counters within bounds: what a final read counts must lie between what was certainly there and what may have been there.
//!
//! ```text
//!   members whose add was acknowledged before the read, and whose remove was never begun     at least
//!   members whose add was begun before the read's end, less acknowledged removes             at most
//! ```
//!
//! Each member is added once and removed once at most, after its add. So an add whose outcome is unknown widens the bounds by
//! one and no more. So does a removal that may not have met the add: by another session, or in another region, it was made
//! without having seen it, and a set that merges what was done apart keeps what is added beside a removal. A read that isn't final may lag in both directions; but more members than adds were ever begun, or fewer than
//! none, no lag explains: that is judged in every read. A final read without a number leaves the key undecided.

use super::{Breach, History, Tested, begun, is_acknowledged, is_list, is_register, may_have_changed, session_of};
use record::{LedgerAction, LedgerOperation};
use std::collections::BTreeMap;
use units::RunTime;

/// What happened to a member.
#[derive(Debug, Default, Clone, Copy)]
struct Member<'a> {
    add: Option<&'a LedgerOperation>,
    remove: Option<&'a LedgerOperation>,
}

/// Puts every count to the test.
pub(crate) fn check<'a>(history: &History<'a>) -> Tested<'a> {
    let mut found = Tested::default();
    for key in history.keys().filter(|key| !is_list(key) && !is_register(key)) {
        let mut members: BTreeMap<u64, Member<'a>> = BTreeMap::new();
        for &operation in key.iter().filter(|operation| may_have_changed(operation)) {
            match operation.action {
                LedgerAction::Add { member } => members.entry(member).or_default().add = Some(operation),
                LedgerAction::Remove { member } => members.entry(member).or_default().remove = Some(operation),
                _ => {}
            }
        }
        let counts = key.iter().filter(|one| matches!(one.action, LedgerAction::Count { .. }));
        let mut is_decided = false;
        for &read in counts {
            let LedgerAction::Count { count: Some(count) } = read.action else { continue };
            is_decided |= read.is_final;
            found.checked += 1;
            let (least, most) = bounds(&members, read);
            if !(least..=most).contains(&count) {
                let which = if count > most { format!("at most {most}") } else { format!("at least {least}") };
                found.breach(Breach::new(format!("a counter shows {count} where {which} is possible"), [read]));
            }
        }
        if !is_decided {
            found.checked += 1;
            found.undecided("no final read of the counter had a number");
        }
    }
    found
}

fn bounds(members: &BTreeMap<u64, Member<'_>>, read: &LedgerOperation) -> (i64, i64) {
    let ended = |one: &LedgerOperation, by: RunTime| is_acknowledged(one) && one.done < by;
    let (mut least, mut most) = (0, 0);
    for member in members.values() {
        let Some(add) = member.add.filter(|add| begun(add) < read.done) else { continue };
        let removal = member.remove.filter(|remove| begun(remove) < read.done);
        let is_gone = read.is_final && removal.is_some_and(|remove| met(add, remove) && ended(remove, begun(read)));
        most += i64::from(!is_gone);
        least += i64::from(read.is_final && ended(add, begun(read)) && removal.is_none());
    }
    (least, most)
}

/// Whether a removal was made where its add was already.
fn met(add: &LedgerOperation, remove: &LedgerOperation) -> bool {
    is_acknowledged(add)
        && add.done <= begun(remove)
        && session_of(add) == session_of(remove)
        && add.served_by == remove.served_by
}

#[cfg(test)]
#[path = "counter_tests.rs"]
mod tests;
