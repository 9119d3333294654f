//! Deletes that come back: an acknowledged delete of a register whose value is there again, although nothing was written since.
//!
//! Judged are deletes after which nothing was begun, and beside which nothing was under way: every write of the key had taken
//! effect before the delete was begun. Then a value is back when
//!
//! - a *final* read shows it: after quiet no replication is on its way; or
//! - a session that had an answer without it, asked for after the acknowledgement, sees it again in an answer of the same region:
//!   what was gone returned.
//!
//! Who simply still sees the value for a while is stale, not haunted: see `staleness`. So is another session in the same region,
//! for the first one's answer may have been another region's, passed on; and so is the same session in another region.
//! Undecided: no final read of the key had a definite answer.

use super::{
    Breach, History, Tested, begun, is_acknowledged, is_register,
    register::{Register, Seen, seen},
    session_of,
};
use record::LedgerOperation;
use std::collections::BTreeMap;

/// Puts every delete to the test.
pub(crate) fn check<'a>(history: &History<'a>) -> Tested<'a> {
    let mut found = Tested::default();
    for key in history.keys().filter(|key| is_register(key)) {
        let register = Register::of(key);
        let first = register.deletes().iter().map(|delete| begun(delete.operation)).min();
        let is_last =
            register.writes().all(|write| write.effect.is_some_and(|effect| first.is_some_and(|first| effect < first)));
        let acknowledged = register.deletes().iter().map(|delete| delete.operation).filter(|one| is_acknowledged(one));
        let Some(delete) = acknowledged.min_by_key(|delete| delete.done).filter(|_| is_last) else { continue };
        found.checked += 1;
        let mut is_decided = false;
        let mut gone: BTreeMap<_, &LedgerOperation> = BTreeMap::new();
        for &read in register.reads.iter().filter(|read| begun(read) > delete.done) {
            is_decided |= read.is_final;
            match seen(read) {
                Some(Seen::Nothing) => {
                    gone.insert((session_of(read), read.served_by), read);
                }
                Some(Seen::Value(value)) => {
                    let without = gone.get(&(session_of(read), read.served_by)).copied();
                    if read.is_final || without.is_some() {
                        let text = format!("{value} is there again after its acknowledged delete");
                        found.breach(Breach::new(text, [delete, read].into_iter().chain(without)));
                        is_decided = true;
                        break;
                    }
                }
                None => {}
            }
        }
        if !is_decided {
            found.undecided("no final read of the key had a definite answer");
        }
    }
    found
}

#[cfg(test)]
#[path = "deletes_tests.rs"]
mod tests;
