#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::{BenchRegion, name, now};
use crate::attachments::Attachments;
use crate::clock::{HybridTime, Stamp};
use crate::defects::Defect;
use crate::entry::{Change, Cursor, Entry, LogBatch};
use crate::names::RegionName;
use crate::resolve::{Changes, Field, Record, Resolver, Value};

#[test]
fn a_log_comes_in_parts_in_order_and_says_how_far_each_part_goes() {
    let eu = BenchRegion::new("eu");
    for index in 0..5 {
        eu.post("user-1", &format!("{index}"), None).unwrap();
    }
    // (after, entries at most, numbers, complete up to)
    let cases: [(u64, usize, &[u64], u64); 5] =
        [(0, 100, &[1, 2, 3, 4, 5], 5), (0, 2, &[1, 2], 2), (2, 100, &[3, 4, 5], 5), (5, 100, &[], 5), (4, 1, &[5], 5)];
    for (after, entries_max, numbers, to) in cases {
        let batch = eu.batch_after(after, entries_max);
        let found: Vec<u64> = batch.entries.iter().map(|entry| entry.seq).collect();
        assert_eq!((found.as_slice(), batch.to), (numbers, to), "after {after}, at most {entries_max}");
    }
    let part = eu.store.log_after(0, 5, 100, 1).unwrap();
    assert_eq!(part.entries.len(), 1, "a limit of one byte lets one entry through, or nothing would ever move");
    assert_eq!(eu.store.log_after(0, 3, 100, usize::MAX).unwrap().to, 3, "nothing above the durable number");
}

#[test]
fn redelivery_is_harmless_and_the_cursor_survives_a_restart() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    eu.post("user-1", "one", None).unwrap();
    eu.follow("user-2", "user-1", true);
    let batch = eu.batch_after(0, 100);
    assert_eq!(us.apply(&batch).entries, 2);
    let once = us.timeline("user-2");
    assert_eq!(once.len(), 1);
    assert_eq!(us.apply(&LogBatch { from: 0, ..batch.clone() }).cursor.seq, 2, "from the beginning again");
    assert_eq!(us.timeline("user-2"), once);
    let us = us.restarted();
    assert_eq!(us.store.cursor("eu").unwrap(), Cursor { log: batch.log, seq: 2 });
    assert!(!us.pull(&eu, 100));
}

#[test]
fn a_new_log_of_a_peer_is_read_from_its_beginning() {
    let us = BenchRegion::new("us");
    let eu = BenchRegion::new("eu");
    for index in 0..3 {
        eu.post("user-1", &format!("{index}"), None).unwrap();
    }
    us.pull(&eu, 100);
    drop(eu);
    let eu = BenchRegion::new("eu");
    let fresh = eu.post("user-1", "after the loss", None).unwrap().post;
    assert!(us.pull(&eu, 100));
    assert_eq!(us.store.post(&fresh.id).unwrap(), Some(fresh));
    assert_eq!(us.timeline("user-1").len(), 4, "what the lost log had told stays");
}

#[test]
fn heartbeats_do_not_pile_up_in_the_log() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    eu.post("user-1", "hello", None).unwrap();
    let before = now();
    for _ in 0..10 {
        eu.write(|session| session.heartbeat()).unwrap();
    }
    let batch = eu.batch_after(0, 100);
    assert_eq!(batch.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 11]);
    let applied = us.apply(&batch);
    assert_eq!(applied.cursor.seq, 11);
    assert!(applied.heartbeat_ms.is_some_and(|written| written >= before));
    let eu = eu.restarted();
    eu.write(|session| session.heartbeat()).unwrap();
    assert_eq!(eu.batch_after(0, 100).entries.len(), 2, "also not over a restart");
}

#[test]
fn a_retry_in_another_region_that_has_not_heard_of_the_first_makes_no_second_post() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    us.follow("user-2", "user-1", true);
    BenchRegion::exchange(&[&eu, &us]);
    let first = eu.post("user-1", "hello", Some("key")).unwrap();
    let retry = us.post("user-1", "hello", Some("key")).unwrap();
    assert!(!retry.replayed, "the other region cannot know");
    assert_eq!(first.post.id, retry.post.id, "and still it is the same post");
    BenchRegion::exchange(&[&eu, &us]);
    for region in [&eu, &us] {
        for user in ["user-1", "user-2"] {
            let ids: Vec<String> = region.timeline(user).into_iter().map(|post| post.id).collect();
            assert_eq!(ids, [first.post.id.as_str()], "{user} in {}", region.region);
        }
        assert_eq!(region.store.post(&first.post.id).unwrap().as_ref(), Some(&first.post), "the older one stays");
        let head = *region.writer.durable().borrow();
        let again = region.post("user-1", "hello", Some("key")).unwrap();
        assert!(again.replayed && again.post == first.post);
        let told = *region.writer.durable().borrow() - head;
        assert_eq!(told, u64::from(region.region != first.post.region), "what others made is told again");
    }
}

#[test]
fn the_last_profile_wins_everywhere_whatever_order_it_is_heard_in() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    let put = |region: &BenchRegion, display: &str| region.rename("anna", display).0;
    put(&eu, "first");
    BenchRegion::exchange(&[&eu, &us]);
    let concurrent = [put(&eu, "in europe"), put(&us, "in america")];
    let winner = concurrent.into_iter().max_by_key(|profile| profile.updated.clone());
    BenchRegion::exchange(&[&eu, &us]);
    for region in [&eu, &us] {
        assert_eq!(region.store.profile(&name("anna")).unwrap(), winner, "{}", region.region);
    }
}

/// A batch from a region whose clock is an hour ahead.
fn from_the_future(change: impl FnOnce(Stamp) -> Change) -> LogBatch {
    let region = RegionName::parse("us").unwrap();
    let stamp = Stamp { time: HybridTime::at_wall_ms(now() + 3_600_000), region: region.clone() };
    let entries = vec![Entry { seq: 1, stamp: stamp.clone(), change: change(stamp) }];
    LogBatch { region, log: "log".into(), from: 0, to: 1, head: 1, entries }
}

#[test]
fn a_write_from_a_clock_far_ahead_is_applied_counted_and_not_followed() {
    let eu = BenchRegion::new("eu");
    let applied = eu.apply(&from_the_future(|stamp| {
        let changes = Changes::new([(Field::DisplayName, Value::Text("from the future".into()))]);
        Change::Profile { name: name("anna"), update: Record::default().update(changes, stamp, Resolver::Crdt) }
    }));
    assert_eq!((applied.entries, applied.ahead), (1, 1));
    let future = eu.store.profile(&name("anna")).unwrap().unwrap();
    assert_eq!(future.display_name, "from the future");
    let post = eu.post("user-1", "now", None).unwrap().post;
    assert!(post.created < future.updated, "our clock stays");
    let (renamed, _) = eu.rename("anna", "today");
    assert!(renamed.updated > future.updated);
    assert_eq!(eu.store.profile(&name("anna")).unwrap(), Some(renamed), "and a later write is not lost to it");
}

#[test]
fn the_defect_drop_replication_loses_some_posts_and_goes_on() {
    let eu = BenchRegion::new("eu");
    let broken = BenchRegion::with_defects("us", &[Defect::DropReplication]);
    let sound = BenchRegion::new("ap");
    let author = name("user-1");
    let write = eu.write(move |session| {
        for index in 0..400 {
            session.create_post(author.clone(), format!("{index}"), Attachments::default(), None)?.unwrap();
        }
        Ok(())
    });
    write.unwrap();
    broken.pull(&eu, 1000);
    sound.pull(&eu, 1000);
    assert_eq!(sound.timeline("user-1").len(), 400);
    let kept = broken.timeline("user-1").len();
    assert!((340..400).contains(&kept), "about one in twenty is lost, {kept} of 400 were kept");
    assert!(!broken.pull(&eu, 1000), "and is never asked for again");
}
