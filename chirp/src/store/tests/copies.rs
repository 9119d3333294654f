#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::BenchRegion;
use crate::entry::{Entry, LogBatch};
use crate::store::Held;

/// A part of what `holder` has of a log of `origin`, as a peer gets it.
fn copy_of(holder: &BenchRegion, origin: &BenchRegion, log: &str, after: u64, entries_max: usize) -> LogBatch {
    let name = origin.region.as_str();
    let (part, head) = holder.store.copies_after(name, log, after, entries_max, usize::MAX).unwrap().unwrap();
    let entries = part.entries.iter().map(|text| serde_json::from_str::<Entry>(text).unwrap()).collect();
    LogBatch { region: origin.region.clone(), log: log.to_owned(), from: after, to: part.to, head, entries }
}

fn relay(reader: &BenchRegion, batch: &LogBatch) -> u64 {
    let batch = batch.clone();
    reader.write(move |session| session.apply_copies(&batch)).unwrap().cursor.seq
}

#[test]
fn what_a_region_told_one_peer_reaches_the_other_and_comes_only_once() {
    let (eu, us, ap) = (BenchRegion::new("eu"), BenchRegion::new("us"), BenchRegion::new("ap"));
    for text in ["one", "two", "three"] {
        eu.post("user-1", text, None).unwrap();
    }
    us.pull(&eu, 100);
    let log = eu.store.log().to_owned();
    assert_eq!(us.store.holdings().unwrap(), [Held { origin: "eu".into(), log: log.clone(), seq: 3, first: 0 }]);
    let batch = copy_of(&us, &eu, &log, 0, 100);
    assert_eq!(batch.entries, eu.batch_after(0, 100).entries, "as the origin wrote it");
    assert_eq!(relay(&ap, &batch), 3);
    assert_eq!(ap.timeline("user-1"), eu.timeline("user-1"));
    // The same again, this time from the origin itself, which is back.
    let again = ap.apply(&eu.batch_after(0, 100));
    assert_eq!((again.entries, again.cursor.seq), (0, 3), "nothing is counted twice");
    assert_eq!(ap.store.held_up_to("eu", &log).unwrap(), 3);
    assert!(ap.store.log_after(0, u64::MAX, 100, usize::MAX).unwrap().entries.is_empty(), "heard, not written");
}

#[test]
fn a_part_that_begins_too_late_is_not_taken() {
    let (eu, us, ap) = (BenchRegion::new("eu"), BenchRegion::new("us"), BenchRegion::new("ap"));
    for text in ["one", "two", "three"] {
        eu.post("user-1", text, None).unwrap();
    }
    us.pull(&eu, 100);
    let log = eu.store.log();
    assert_eq!(relay(&ap, &copy_of(&us, &eu, log, 1, 100)), 0, "the first entry would be missing for ever");
    assert_eq!(ap.timeline("user-1"), []);
    assert_eq!(relay(&ap, &copy_of(&us, &eu, log, 0, 1)), 1);
    assert_eq!(relay(&ap, &copy_of(&us, &eu, log, 0, 2)), 2, "one that begins too early is");
    assert_eq!(relay(&ap, &copy_of(&us, &eu, log, 2, 100)), 3);
    assert_eq!(us.store.copies_after("eu", "no such log", 0, 1, 1).unwrap().map(|(_, head)| head), None);
}

#[test]
fn a_region_that_lost_its_disk_gets_its_own_past_back_and_keeps_it_apart_from_its_new_log() {
    let us = BenchRegion::new("us");
    let eu = BenchRegion::new("eu");
    let old = eu.post("user-1", "before the loss", None).unwrap().post;
    eu.follow("user-2", "user-1", true);
    us.pull(&eu, 100);
    let old_log = eu.store.log().to_owned();
    drop(eu);
    let eu = BenchRegion::new("eu");
    let new = eu.post("user-1", "after it", None).unwrap().post;
    us.pull(&eu, 100);
    assert_eq!(relay(&eu, &copy_of(&us, &eu, &old_log, 0, 100)), 2);
    for region in [&eu, &us] {
        assert_eq!(region.timeline("user-2"), [new.clone(), old.clone()], "{}", region.region);
    }
    assert_eq!(*eu.writer.durable().borrow(), 1, "the new log holds what is new");
    assert_eq!(us.store.cursor("eu").unwrap().log, eu.store.log(), "copies do not say which log is the current one");
}

#[test]
fn heartbeats_do_not_pile_up_among_the_copies() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    eu.post("user-1", "hello", None).unwrap();
    for _ in 0..10 {
        eu.write(|session| session.heartbeat()).unwrap();
        us.pull(&eu, 100);
    }
    let batch = copy_of(&us, &eu, eu.store.log(), 0, 100);
    assert_eq!(batch.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 11]);
    assert_eq!(batch.to, 11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Parts of three logs come in any order, from anybody, again and again. Nobody takes anything twice,
    /// nobody has a gap, and after one exchange of everything all are equal.
    #[test]
    fn any_way_to_deliver_ends_with_the_same_everywhere(
        steps in prop::collection::vec((0..3_usize, 0..3_usize, 0..3_usize, 0..12_u64, 1..5_usize, any::<bool>()), 0..60),
    ) {
        let regions = [BenchRegion::new("eu"), BenchRegion::new("us"), BenchRegion::new("ap")];
        for (number, (reader, holder, origin, after, entries_max, write)) in steps.into_iter().enumerate() {
            if write {
                regions[origin].post("user-1", &format!("{number}"), None).unwrap();
            }
            let (reader, holder, origin) = (&regions[reader], &regions[holder], &regions[origin]);
            if reader.region == origin.region {
                continue;
            }
            let log = origin.store.log();
            let known = reader.store.held_up_to(origin.region.as_str(), log).unwrap();
            if holder.region == origin.region {
                reader.apply(&origin.batch_after(after.min(*origin.writer.durable().borrow()), entries_max));
            } else if holder.store.held_up_to(origin.region.as_str(), log).unwrap() > 0 {
                relay(reader, &copy_of(holder, origin, log, after, entries_max));
            }
            prop_assert!(reader.store.held_up_to(origin.region.as_str(), log).unwrap() >= known);
        }
        let all: Vec<&BenchRegion> = regions.iter().collect();
        BenchRegion::exchange(&all);
        for region in &regions {
            prop_assert_eq!(region.timeline("user-1"), regions[0].timeline("user-1"));
            for origin in regions.iter().filter(|origin| origin.region != region.region) {
                let copy = copy_of(region, origin, origin.store.log(), 0, 1000);
                prop_assert_eq!(copy.entries, origin.batch_after(0, 1000).entries);
            }
        }
    }
}
