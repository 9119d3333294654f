//! The keys that sessions use: which one when, how it comes into being, what is known of it.
//!
//! ```text
//!   time      0 s        5 s        10 s           key_for: 5s, three objects
//!   register  key 0      key 3      key 6          sessions that begin in one stretch share the key of their object
//!   list      key 1      key 4      key 7
//!   counter   key 2      key 5      key 8
//! ```
//!
//! A key belongs to the agent that made it: nobody else uses it, so all of its history is by one clock. Its name has the run's
//! stamp and a tag of the agent, in lower-case letters, digits and hyphens.
//!
//! After somebody began to remove a register's value, no write to it is begun any more. One that was under way by then may still
//! come after the removal; whatever else shows a value again is no later write.

use crate::arrivals::Draws;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};
use tokio::sync::OnceCell;
use units::Seed;

/// Every key that was begun.
#[derive(Debug)]
pub(super) struct Keys {
    /// Tells this agent's keys and values from another's.
    tag: String,
    keys: RefCell<BTreeMap<u64, Rc<Key>>>,
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its number in this agent.
    pub(super) number: u64,
    /// Which of the plan's objects it is.
    pub(super) object: usize,
    /// Its name in requests.
    pub(super) name: String,
    /// What the service calls it, once it was prepared.
    pub(super) id: OnceCell<String>,
    /// Whether somebody began to remove its value.
    pub(super) is_removed: Cell<bool>,
    /// The next member of a counter.
    next_member: Cell<u64>,
}

impl Keys {
    /// No keys yet; `own` is this agent's own seed.
    pub(super) fn new(own: Seed) -> Self {
        let tag = Draws::new(own.derive("keys")).number() as u32;
        Self { tag: format!("{tag:08x}"), keys: RefCell::default() }
    }

    /// The key with that number, of that object.
    pub(super) fn get(&self, number: u64, object: usize, stamp: &str) -> Rc<Key> {
        let mut keys = self.keys.borrow_mut();
        let key = keys.entry(number).or_insert_with(|| {
            Rc::new(Key {
                number,
                object,
                name: format!("lf-{stamp}-{}-k{number}", self.tag),
                id: OnceCell::new(),
                is_removed: Cell::new(false),
                next_member: Cell::new(0),
            })
        });
        Rc::clone(key)
    }

    /// All keys that came into being, in order.
    pub(super) fn prepared(&self) -> Vec<Rc<Key>> {
        self.keys.borrow().values().filter(|key| key.id.initialized()).cloned().collect()
    }

    /// How a value is written.
    pub(super) fn text(&self, value: u64, stamp: &str) -> String {
        format!("lf-{stamp}-{}-{value}", self.tag)
    }

    /// The value that a text is; `None`: none of this agent's.
    pub(super) fn value(&self, text: &str, stamp: &str) -> Option<u64> {
        let rest = text.strip_prefix("lf-")?.strip_prefix(stamp)?.strip_prefix('-')?;
        let digits = rest.strip_prefix(self.tag.as_str())?.strip_prefix('-')?;
        digits.parse().ok().filter(|value| *value > 0)
    }
}

impl Key {
    /// A member that nobody had.
    pub(super) fn new_member(&self) -> u64 {
        self.next_member.replace(self.next_member.get() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written_and_nothing_else_is() {
        let keys = Keys::new(Seed::new(7));
        let other = Keys::new(Seed::new(8));
        let text = keys.text(12, "stamp");
        assert_eq!(keys.value(&text, "stamp"), Some(12));
        assert_eq!(keys.value(&text, "other"), None, "another run's");
        assert_eq!(other.value(&text, "stamp"), None, "another agent's");
        assert_eq!(keys.value("nothing yet", "stamp"), None);
        assert_eq!(keys.value(&keys.text(0, "stamp"), "stamp"), None, "0 stands for what isn't ours");
        assert_eq!(keys.value(&keys.get(3, 0, "stamp").name, "stamp"), None, "a key's name is no value");
    }

    #[test]
    fn a_member_is_added_once() {
        let key = Keys::new(Seed::new(7)).get(3, 2, "stamp");
        assert_eq!([key.new_member(), key.new_member()], [0, 1]);
    }
}
