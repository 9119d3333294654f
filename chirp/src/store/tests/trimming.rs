#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use super::bench_region::Setup;
use super::{BenchRegion, name};
use crate::defects::Defect;
use crate::names::RegionName;
use crate::store::{KeepLog, Listings, Rules};

const NAMES: [&str; 3] = ["ap", "eu", "us"];

fn region(own: &str, entries: u64, entries_max: u64) -> BenchRegion {
    with(own, KeepLog { entries, entries_max }, &[])
}

fn with(own: &str, keep: KeepLog, defects: &[Defect]) -> BenchRegion {
    let peers = NAMES.iter().filter(|name| **name != own).map(|name| RegionName::parse(name).unwrap()).collect();
    let rules = Rules { peers, keep, ..Rules::default() };
    BenchRegion::with(own, Setup { rules, defects: defects.to_vec(), ..Setup::default() })
}

fn post(region: &BenchRegion, count: usize) {
    for number in 0..count {
        region.post("user-1", &format!("{number}"), None).unwrap();
    }
}

fn heartbeat(region: &BenchRegion) {
    region.write(|session| session.heartbeat()).unwrap();
}

fn numbers(region: &BenchRegion) -> Vec<u64> {
    region.batch_after(0, 1000).entries.iter().map(|entry| entry.seq).collect()
}

fn trim(region: &BenchRegion) -> u64 {
    region.trim(&Listings::default())
}

#[test]
fn what_somebody_lacks_is_kept_up_to_the_bound() {
    let (ap, eu, us) = (region("ap", 3, 8), region("eu", 3, 8), region("us", 3, 8));
    post(&eu, 6);
    assert_eq!(trim(&eu), 0, "nobody has anything");
    us.pull(&eu, 100);
    heartbeat(&us);
    eu.pull(&us, 100);
    assert_eq!(trim(&eu), 0, "ap has nothing");
    ap.pull(&eu, 4);
    heartbeat(&ap);
    eu.pull(&ap, 100);
    assert_eq!(trim(&eu), 3, "both have four, and three are always kept");
    assert_eq!(numbers(&eu), [4, 5, 6]);
    assert!(eu.lacks_after(0) && eu.lacks_after(2) && !eu.lacks_after(3));
    // The copies of others are kept as the log itself is.
    let listed = BTreeMap::from([(("eu".to_owned(), eu.store.log().to_owned()), 2)]);
    us.trim(&BTreeMap::from([(RegionName::parse("ap").unwrap(), listed)]));
    let part = us.store.copies_after("eu", eu.store.log(), 5, 100, usize::MAX).unwrap().unwrap().0;
    assert_eq!((part.first, part.entries.len()), (3, 1), "ap listed two, and eu wrote it");
    post(&eu, 20);
    trim(&eu);
    assert_eq!(numbers(&eu), (19..=26).collect::<Vec<_>>(), "eight, whoever lacks what");
    assert_eq!(trim(&eu), 0, "twice is once");
}

#[test]
fn a_region_alone_keeps_what_is_always_kept() {
    let rules = Rules { keep: KeepLog { entries: 2, entries_max: 20 }, ..Rules::default() };
    let eu = BenchRegion::with("eu", Setup { rules, ..Setup::default() });
    for (count, is_due, dropped) in [(2, false, 0), (3, true, 3), (0, false, 0)] {
        post(&eu, count);
        assert_eq!(eu.store.look_at_logs(&eu.region).unwrap().is_due, is_due, "{count} more");
        assert_eq!(trim(&eu), dropped, "{count} more");
    }
}

#[test]
fn a_trimmed_log_goes_on_counting_over_a_restart() {
    let eu = BenchRegion::with(
        "eu",
        Setup { rules: Rules { keep: KeepLog { entries: 1, entries_max: 1 }, ..Rules::default() }, ..Setup::default() },
    );
    post(&eu, 5);
    trim(&eu);
    assert_eq!(numbers(&eu), [5]);
    let eu = eu.restarted();
    assert_eq!(*eu.writer.durable().borrow(), 5);
    post(&eu, 1);
    assert_eq!(numbers(&eu), [5, 6]);
    assert_eq!(eu.store.look_at_logs(&eu.region).unwrap().first["eu"], 5);
}

#[test]
fn more_than_one_transaction_drops_is_dropped_by_several() {
    let eu = BenchRegion::with(
        "eu",
        Setup { rules: Rules { keep: KeepLog { entries: 1, entries_max: 1 }, ..Rules::default() }, ..Setup::default() },
    );
    let write = eu.write(|session| {
        for index in 0..1500 {
            session.create_post(name("user-1"), format!("{index}"), Default::default(), None)?.unwrap();
        }
        Ok(())
    });
    write.unwrap();
    let own = eu.region.clone();
    let first = eu.write(move |session| session.trim(&own, &Listings::default())).unwrap();
    assert!(first.more && first.dropped["eu"] == 1000, "{first:?}");
    assert_eq!(trim(&eu), 499);
}

#[test]
fn what_a_region_said_before_it_lost_its_disk_counts_no_longer() {
    let (eu, us) = (region("eu", 1, 100), region("us", 1, 100));
    let ap = region("ap", 1, 100);
    post(&eu, 3);
    for reader in [&ap, &us] {
        reader.pull(&eu, 100);
        heartbeat(reader);
    }
    us.pull(&ap, 100);
    let (old_log, old) = (ap.store.log().to_owned(), ap.batch_after(0, 100));
    drop(ap);
    let ap = region("ap", 1, 100);
    assert_ne!(ap.store.log(), old_log);
    heartbeat(&ap);
    eu.pull(&us, 100);
    eu.pull(&ap, 100);
    // The old log's heartbeat comes late, by way of us.
    eu.write(move |session| session.apply_copies(&old)).unwrap();
    assert_eq!(trim(&eu), 0, "the new disk has nothing");
    ap.pull(&eu, 100);
    heartbeat(&ap);
    eu.pull(&ap, 100);
    assert_eq!(trim(&eu), 2);
}

#[test]
fn the_defect_trim_unconfirmed_leaves_a_hole_and_says_nothing() {
    let keep = KeepLog { entries: 1, entries_max: 100 };
    let (broken, sound) = (with("eu", keep, &[Defect::TrimUnconfirmed]), with("ap", keep, &[]));
    let us = region("us", 1, 100);
    for region in [&broken, &sound] {
        post(region, 5);
        trim(region);
        us.pull(region, 100);
    }
    let from = |region: &BenchRegion| us.timeline("user-1").iter().filter(|post| post.region == region.region).count();
    assert_eq!((from(&broken), from(&sound)), (1, 5));
    assert!(!us.pull(&broken, 100), "and it is never asked for again");
}
