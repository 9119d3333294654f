//! Deliveries that never came: an append that the list itself shows in the end, and that no final read of the place it is
//! delivered to (a follower's time line) does. What the list itself lacks is a lost update, and is not counted again.
//!
//! Undecided: no final read of that place had a definite answer.

use super::{Breach, History, Tested, is_acknowledged, is_list, sessions::appended};
use record::{LedgerAction, LedgerOperation};
use std::collections::BTreeSet;

/// Puts every append to the test that was acknowledged and is there in the end.
pub(crate) fn check<'a>(history: &History<'a>) -> Tested<'a> {
    let mut found = Tested::default();
    for key in history.keys().filter(|key| is_list(key)) {
        let is_delivered = |one: &&LedgerOperation| matches!(one.action, LedgerAction::List { delivered: true, .. });
        if !key.iter().any(is_delivered) {
            continue;
        }
        let shown = |wanted: bool| -> Option<BTreeSet<u64>> {
            let mut shown = None;
            for one in key.iter().filter(|one| one.is_final) {
                let LedgerAction::List { values, delivered } = &one.action else { continue };
                if *delivered == wanted {
                    shown.get_or_insert_with(BTreeSet::new).extend(values);
                }
            }
            shown
        };
        let (Some(there), delivered) = (shown(false), shown(true)) else { continue };
        let last = key.iter().copied().rfind(|one| one.is_final && is_delivered(one));
        for &append in key.iter().filter(|one| is_acknowledged(one)) {
            let Some(value) = appended(append).filter(|value| there.contains(value)) else { continue };
            found.checked += 1;
            match &delivered {
                None => {
                    found.undecided("no final read of the place that the list is delivered to had a definite answer");
                }
                Some(delivered) if !delivered.contains(&value) => {
                    let text = format!("{value} is in its list and was never delivered");
                    found.breach(Breach::new(text, [append].into_iter().chain(last)));
                }
                Some(_) => {}
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
