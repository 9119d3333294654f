//! Follows and blocks. Both are one record per pair, for they are about each other: a block by the one
//! followed ends the follow and keeps a new one from beginning.
//!
//! The record says what was written; two tables say what is so now (`followers`, `blocks`), and time
//! lines change only when that does.

use redb::ReadableTable;

use super::StoreError;
use super::session::Session;
use super::tables::{Tables, decode, encode};
use crate::engine::Refusal;
use crate::entry::Change;
use crate::names::UserName;
use crate::resolve::{Changes, Conflict, Field, Record, Resolver, Update, Value};

impl Session<'_> {
    /// Follows or unfollows. Following again is written again: it must win over an unfollow elsewhere.
    pub(crate) fn set_follow(
        &mut self,
        follower: UserName,
        followee: UserName,
        following: bool,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if let Some(stranger) = self.stranger([&follower, &followee])? {
            return Ok(Err(Refusal::UnknownUser(stranger)));
        }
        let record = self.tables.relation(&follower, &followee)?;
        let resolver = self.rules.resolver;
        if following && record.is_on(Field::Block, resolver) {
            return Ok(Err(Refusal::Blocked(followee)));
        }
        if following || !is_off(&record, Field::Follow, resolver) {
            let changes = Changes::new([(Field::Follow, Value::Flag(following))]);
            self.change_relation(follower, followee, &record, changes)?;
        }
        Ok(Ok(()))
    }

    /// Blocks or unblocks. A block ends the other's follow; after its end the other has to follow anew.
    pub(crate) fn set_block(
        &mut self,
        blocker: UserName,
        blocked: UserName,
        blocking: bool,
    ) -> Result<Result<(), Refusal>, StoreError> {
        if let Some(stranger) = self.stranger([&blocker, &blocked])? {
            return Ok(Err(Refusal::UnknownUser(stranger)));
        }
        let record = self.tables.relation(&blocked, &blocker)?;
        if blocking || !is_off(&record, Field::Block, self.rules.resolver) {
            let changes = Changes::new([(Field::Block, Value::Flag(blocking))]);
            let changes = changes.implying(Field::Follow, Value::Flag(false));
            self.change_relation(blocked, blocker, &record, changes)?;
        }
        Ok(Ok(()))
    }

    fn change_relation(
        &mut self,
        follower: UserName,
        followee: UserName,
        record: &Record,
        changes: Changes,
    ) -> Result<(), StoreError> {
        let stamp = self.stamp_above(record.newest().as_ref());
        let update = record.update(changes, stamp.clone(), self.rules.resolver);
        let conflicts = self.tables.apply_relation(&follower, &followee, &update, self.rules)?;
        self.conflicts.add(&conflicts);
        self.append(stamp, Change::Relation { follower, followee, update })
    }
}

/// Whether a flag was never on, or is off for everybody: there is nothing to take away.
fn is_off(record: &Record, field: Field, resolver: Resolver) -> bool {
    record.effective(field, resolver).is_none() || record.is_settled_on(field, &Value::Flag(false))
}

impl Tables<'_> {
    /// Takes in a change between two users; time lines change only if a follow begins or ends by it.
    pub(super) fn apply_relation(
        &mut self,
        follower: &UserName,
        followee: &UserName,
        update: &Update,
        rules: &super::Rules,
    ) -> Result<Vec<Conflict>, StoreError> {
        self.alter_relation(follower, followee, rules, |record| record.apply(update, rules.resolver))
    }

    /// Changes what is known of two users, and what follows from it.
    pub(super) fn alter_relation<T>(
        &mut self,
        follower: &UserName,
        followee: &UserName,
        rules: &super::Rules,
        alter: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, StoreError> {
        let resolver = rules.resolver;
        let mut record = self.relation(follower, followee)?;
        let before = now(&record, resolver);
        let altered = alter(&mut record);
        let after = now(&record, resolver);
        self.follows.insert(pair(follower, followee), encode(&record).as_slice())?;
        match (before.following, after.following) {
            (false, true) => self.begin_follow(follower, followee, rules)?,
            (true, false) => self.end_follow(follower, followee)?,
            _ => {}
        }
        match (before.blocked, after.blocked) {
            (false, true) => drop(self.blocks.insert(pair(followee, follower), ())?),
            (true, false) => drop(self.blocks.remove(pair(followee, follower))?),
            _ => {}
        }
        Ok(altered)
    }

    /// What is known of a pair; nothing yet if it is new.
    fn relation(&self, follower: &UserName, followee: &UserName) -> Result<Record, StoreError> {
        let Some(bytes) = self.follows.get(pair(follower, followee))? else {
            return Ok(Record::default());
        };
        decode("relation", bytes.value())
    }
}

/// What is so between two users.
struct Now {
    following: bool,
    blocked: bool,
}

fn now(record: &Record, resolver: Resolver) -> Now {
    Now { following: record.is_on(Field::Follow, resolver), blocked: record.is_on(Field::Block, resolver) }
}

fn pair<'a>(first: &'a UserName, second: &'a UserName) -> (&'a str, &'a str) {
    (first.as_str(), second.as_str())
}
