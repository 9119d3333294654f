//! Random executions of correct and of broken models: what each checker says must be what a slow, obviously right one says.
//!
//! | checker | held against |
//! |---|---|
//! | sessions, order, cycles, linear | slow ones in their own tests |
//! | staleness, and with it the promises of consistency and the recovery of staleness | every read against every change |
//! | updates, lists, delivery | every append against every final read, every entry against every append |
//! | counter | all members that may be there or not |
//! | all of them | one copy, which keeps every promise |

use super::{
    History, begun, counter, cycles, deletes, delivery, is_acknowledged, linear, lists,
    model::{self, is_older, with_end},
    order, sessions, staleness, updates,
};
use proptest::prelude::*;
use record::{LedgerAction, LedgerOperation, WriteOutcome};
use std::{collections::BTreeMap, time::Duration};

/// Age and versions behind of each read that isn't final, by its session and turn.
type Lacks = BTreeMap<(u64, u32), (Duration, u64)>;

fn found(operations: &[LedgerOperation]) -> Lacks {
    let mut lacks = Lacks::new();
    staleness::check(&History::of(operations), |lack| {
        lacks.insert((lack.read.session, lack.read.turn), (lack.age, lack.versions));
    });
    lacks
}

/// The same, every read against every change: `is_lacked` of a read and a change.
fn slow(operations: &[LedgerOperation], is_lacked: impl Fn(&LedgerOperation, &LedgerOperation) -> bool) -> Lacks {
    let finals = || operations.iter().filter(|one| one.is_final);
    let is_lost = |change: &LedgerOperation| finals().next().is_some() && finals().all(|read| is_lacked(read, change));
    let of = |read: &LedgerOperation| {
        let owed = operations
            .iter()
            .filter(|one| !one.action.is_read() && is_acknowledged(one) && one.done < begun(read) && !is_lost(one));
        let lacked: Vec<&LedgerOperation> = owed.filter(|change| is_lacked(read, change)).collect();
        let first = lacked.iter().map(|change| change.done).min();
        let age = first.map_or(Duration::ZERO, |first| begun(read).saturating_since(first));
        ((read.session, read.turn), (age, lacked.len() as u64))
    };
    operations.iter().filter(|one| one.action.is_read() && !one.is_final).map(of).collect()
}

fn values(list: &LedgerOperation) -> &[u64] {
    match &list.action {
        LedgerAction::List { values, .. } => values,
        _ => &[],
    }
}

fn appended(operation: &LedgerOperation) -> Option<u64> {
    match operation.action {
        LedgerAction::Append { value } => Some(value),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn ages_of_registers_are_those_of_all_pairs(steps in model::steps(24), copies in 1..3_usize, ends in any::<bool>()) {
        let (operations, end) = model::register_to_end(&steps, copies);
        let operations = with_end(operations, if ends { &end } else { &[] });
        let expected = slow(&operations, |read, change| is_older(&operations, read, change));
        prop_assert_eq!(found(&operations), expected);
    }

    #[test]
    fn ages_of_lists_are_those_of_all_pairs(steps in model::steps(24), copies in 1..3_usize, ends in any::<bool>()) {
        let (operations, end) = model::list_to_end(&steps, copies);
        let operations = with_end(operations, if ends { &end } else { &[] });
        let lacks = |read: &LedgerOperation, change: &LedgerOperation| {
            appended(change).is_some_and(|value| !values(read).contains(&value))
        };
        prop_assert_eq!(found(&operations), slow(&operations, lacks));
    }

    #[test]
    fn what_lists_lose_repeat_and_never_deliver_is_counted_one_by_one(
        steps in model::steps(24), copies in 1..3_usize, dropped in 0..3_u64,
    ) {
        let (operations, mut end) = model::list_to_end(&steps, copies);
        // The end lacks some entries, and where the list is delivered some others.
        for action in &mut end {
            if let LedgerAction::List { values, .. } = action {
                values.retain(|value| dropped == 0 || value % 3 != dropped);
            }
        }
        let kept: Vec<u64> = (1..=steps.len() as u64).filter(|value| dropped == 0 || value % 4 != dropped).collect();
        end.push(LedgerAction::List { values: kept, delivered: true });
        let operations = with_end(operations, &end);
        let history = History::of(&operations);
        let own = |one: &&LedgerOperation| one.is_final && matches!(one.action, LedgerAction::List { delivered: false, .. });
        let is_in = |value: u64, delivered: bool| {
            let of = |one: &&LedgerOperation| one.is_final && own(one) != delivered;
            operations.iter().filter(of).any(|one| values(one).contains(&value))
        };
        let acknowledged: Vec<u64> = operations.iter().filter(|one| is_acknowledged(one)).filter_map(appended).collect();
        let lost = acknowledged.iter().filter(|value| !is_in(**value, false)).count();
        prop_assert_eq!(updates::check(&history).lost_updates.breaches.len(), lost);
        let undelivered = acknowledged.iter().filter(|value| is_in(**value, false) && !is_in(**value, true)).count();
        prop_assert_eq!(delivery::check(&history).breaches.len(), undelivered);
        let twice = |value: &u64| operations.iter().any(|read| values(read).iter().filter(|one| *one == value).count() > 1);
        let repeated = (1..=steps.len() as u64).filter(twice).count();
        prop_assert_eq!(lists::check(&history).duplicates.breaches.len(), repeated);
    }

    #[test]
    fn a_count_is_possible_when_some_members_make_it(steps in model::steps(16), shift in -2..3_i64) {
        let (operations, end) = model::counter_to_end(&steps, shift);
        let operations = with_end(operations, &end);
        let impossible = operations.iter().filter(|read| {
            let LedgerAction::Count { count: Some(count) } = read.action else { return false };
            let is_possible = |there: u32| i64::from(there.count_ones()) == count && may_be(&operations, read, there);
            !(0..1_u32 << 3).any(is_possible)
        });
        prop_assert_eq!(counter::check(&History::of(&operations)).breaches.len(), impossible.count());
        prop_assert!(shift != 0 || counter::check(&History::of(&operations)).breaches.is_empty(), "one copy counts right");
    }

    #[test]
    fn one_copy_keeps_every_promise(steps in model::steps(24), is_list in any::<bool>()) {
        let (operations, end) = if is_list { model::list_to_end(&steps, 1) } else { model::register_to_end(&steps, 1) };
        let operations = with_end(operations, &end);
        let history = History::of(&operations);
        let (sessions, updates, order) = (sessions::check(&history), updates::check(&history), order::check(&history));
        let all = [
            sessions.read_your_writes, sessions.monotonic_reads, updates.lost_updates, updates.monotonic_writes,
            updates.writes_follow_reads, order.one_order, order.monotonic_writes, order.writes_follow_reads,
            lists::check(&history).duplicates, lists::check(&history).impossible, cycles::check(&history),
            linear::check(&history), deletes::check(&history), delivery::check(&history),
        ];
        for (index, tested) in all.iter().enumerate() {
            prop_assert!(tested.breaches.is_empty(), "checker {index}: {:?}", tested.breaches);
        }
        prop_assert!(found(&operations).values().all(|(age, versions)| age.is_zero() && *versions == 0));
    }
}

/// Whether a read may have met exactly the members of that set.
fn may_be(operations: &[LedgerOperation], read: &LedgerOperation, there: u32) -> bool {
    (0..3_u64).all(|member| {
        let of = |wanted: &LedgerAction| {
            operations
                .iter()
                .find(|one| one.action == *wanted && one.outcome != WriteOutcome::Failed && begun(one) < read.done)
        };
        let (add, removal) = (of(&LedgerAction::Add { member }), of(&LedgerAction::Remove { member }));
        let was_before = |one: &LedgerOperation| is_acknowledged(one) && one.done < begun(read);
        // A read that isn't final may be late: it may lack what was added, and show what was removed.
        let Some(add) = add else { return there & (1 << member) == 0 };
        // A removal of one whose add is known, by who added: it is gone for good, unless the add may still come.
        let is_gone = read.is_final && is_acknowledged(add) && removal.is_some_and(was_before);
        let is_owed = read.is_final && was_before(add) && removal.is_none();
        if there & (1 << member) == 0 { !is_owed } else { !is_gone }
    })
}
