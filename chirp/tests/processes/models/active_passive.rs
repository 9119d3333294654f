//! One region serves, the others stand by.

use super::{AP, Acknowledged, BY_HAND, EU, REGIONS, US, World};
use crate::lab::{Lab, LabPlan, wait_until};

const MODEL: &str = "model = \"active-passive\"";

#[test]
fn only_the_writer_serves_and_the_others_say_that_they_stand_by() {
    let world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    let post = world.post_until_taken(EU, "user-1", "hello");
    assert!(post.epoch >= 1 && post.by == EU, "{post:?}");
    assert_eq!(world.lab.get(EU, "/healthz").status, 200);
    for standby in [US, AP] {
        wait_until("it knows the writer", || world.writer_seen_by(standby, "all").as_deref() == Some(EU));
        let check = world.lab.get(standby, "/healthz");
        assert_eq!((check.status, &check.json()["reason"]), (503, &"passive".into()));
        let read = world.lab.get(standby, "/v1/users/user-1");
        assert_eq!((read.status, read.header("x-chirp-notice")), (503, Some("passive")), "{read:?}");
        assert!(read.json()["error"].as_str().unwrap().contains(EU) && read.header("retry-after").is_some());
        assert_eq!(world.try_post(standby, "user-1", "no").status, 503);
        assert_eq!(world.lab.metric(standby, "chirp_writer{partition=\"all\"}"), Some(0.0));
        assert_eq!(world.lab.metric(standby, "chirp_read_only"), Some(0.0));
    }
    assert_eq!(world.lab.metric(EU, "chirp_writer{partition=\"all\"}"), Some(1.0));
    assert_eq!(world.lab.metric(EU, "chirp_epoch{partition=\"all\"}"), Some(post.epoch as f64));
}

#[test]
fn a_killed_writer_is_followed_by_another_and_gets_its_place_back_with_all_that_was_written() {
    let tables = "[writer]\nlease_ms = 2000\nfailback_after_ms = 500";
    let mut world = World::new(MODEL, tables, &[]);
    world.begin(EU, "all");
    let mut acknowledged: Vec<_> =
        (0..20).map(|number| world.post_until_taken(EU, "user-1", &format!("eu {number}"))).collect();
    world.lab.kill(EU);
    let successor =
        || [US, AP].into_iter().find(|region| world.writer_seen_by(region, "all").as_deref() == Some(*region));
    wait_until("another writes", || successor().is_some());
    let taker = successor().unwrap();
    for number in 0..20 {
        acknowledged.push(world.post_until_taken(taker, "user-2", &format!("{taker} {number}")));
    }
    assert!(acknowledged[20].epoch > acknowledged[19].epoch);
    world.lab.start(EU).wait_for("serving");
    world.wait_for_writer(EU, "all");
    acknowledged.push(world.post_until_taken(EU, "user-1", "back"));
    assert!(acknowledged[40].epoch > acknowledged[39].epoch);
    assert_eq!(world.missing(EU, &acknowledged), Vec::<String>::new());
    assert_eq!(world.lab.get(EU, "/healthz").status, 200);
    wait_until("the others stand by", || world.lab.get(taker, "/healthz").json()["reason"] == "passive");
}

/// Posts to the isolated region and to the others in turn until another has taken over, and some more.
fn write_on_both_sides(world: &World) -> Vec<Acknowledged> {
    let mut acknowledged = vec![world.post_until_taken(EU, "user-1", "before")];
    world.mesh.isolate(EU);
    let mut number = 0;
    let mut after = 0;
    wait_until("another has taken over, and more", || {
        number += 1;
        for &region in REGIONS {
            let reply = world.try_post(region, "user-1", &format!("{region} {number}"));
            acknowledged.extend(Acknowledged::of(region, &reply));
        }
        after += u32::from(acknowledged.iter().any(|post| post.by != EU));
        after > 10
    });
    acknowledged
}

#[test]
fn an_isolated_writer_stops_before_another_starts_and_loses_nothing() {
    let world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    let acknowledged = write_on_both_sides(&world);
    // They were asked one after the other, so this is the order in which they were acknowledged.
    let epochs: Vec<u64> = acknowledged.iter().map(|post| post.epoch).collect();
    assert!(epochs.is_sorted(), "{epochs:?}");
    let writers = world.writers("all");
    for post in &acknowledged {
        assert_eq!(writers[&post.epoch], post.by, "{post:?}");
    }
    // The isolated one serves reads and says how it stands.
    let read = world.lab.get(EU, "/v1/users/user-1");
    assert_eq!((read.status, read.header("x-chirp-notice")), (200, Some("read-only")), "{read:?}");
    assert_eq!(read.json()["notice"], "read-only");
    let write = world.try_post(EU, "user-1", "no");
    assert_eq!((write.status, write.header("x-chirp-notice")), (503, Some("read-only")), "{write:?}");
    assert_eq!(write.json()["notice"], "read-only");
    assert_eq!(world.lab.metric(EU, "chirp_read_only"), Some(1.0));
    assert!(
        world.lab.process(EU).events().iter().any(|event| event["event"] == "read-only" && event["read_only"] == true)
    );
    world.mesh.heal();
    let writer = writers[epochs.last().unwrap()].clone();
    wait_until("it follows", || world.writer_seen_by(EU, "all").as_deref() == Some(writer.as_str()));
    // What the old one had acknowledged alone comes late, and comes.
    wait_until("nothing is missing", || world.missing(&writer, &acknowledged).is_empty());
}

#[test]
fn with_two_of_three_regions_gone_reads_go_on_and_writes_do_not() {
    let mut world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    let post = world.post_until_taken(EU, "user-1", "hello");
    world.wait_until_held(AP, EU);
    world.lab.kill(EU);
    world.lab.kill(US);
    wait_until("it is read-only", || world.lab.metric(AP, "chirp_read_only") == Some(1.0));
    assert_eq!(world.missing(AP, std::slice::from_ref(&post)), Vec::<String>::new());
    assert_eq!(world.try_post(AP, "user-1", "no").status, 503);
    assert_eq!(world.lab.get(AP, "/healthz").json()["reason"], "no writer");
    world.lab.start(US).wait_for("serving");
    world.post_until_taken_somewhere(&[US, AP], "user-1", "again");
}

#[test]
fn promotion_by_hand_moves_the_writer_and_nobody_else_does() {
    let tables = "[writer]\nlease_ms = 2000\npromotion = \"manual\"";
    let mut world = World::new(MODEL, tables, &[]);
    world.begin(EU, "all");
    let mut acknowledged = vec![world.post_until_taken(EU, "user-1", "first")];
    let (code, text) = promote(&world, AP);
    assert!(code == Some(0) && text.starts_with(&format!("{AP} writes partition all, epoch ")), "{text}");
    acknowledged.push(world.post_until_taken(AP, "user-1", "second"));
    assert_eq!(world.missing(AP, &acknowledged), Vec::<String>::new(), "it had everything before it wrote");
    assert_eq!(world.try_post(EU, "user-1", "no").status, 503);
    world.lab.kill(AP);
    wait_until("the lease has run out", || world.lab.metric(US, "chirp_read_only") == Some(1.0));
    assert_eq!(world.writer_seen_by(US, "all"), None, "by hand only");
    let (code, text) = promote(&world, US);
    assert_eq!(code, Some(0), "{text}");
    acknowledged.push(world.post_until_taken(US, "user-1", "third"));
    assert!(acknowledged.iter().map(|post| post.epoch).is_sorted());
}

fn promote(world: &World, region: &str) -> (Option<i32>, String) {
    world.lab.chirp(&["promote", "--region", region])
}

#[test]
fn a_single_region_refuses_nothing_by_itself() {
    let top = "model = \"single-region\"\nseed_users = 6\nfollows_per_user = 0";
    let mut lab = Lab::serving(&LabPlan { top, ..LabPlan::default() });
    for round in 0..2 {
        let id = lab.post(EU, "user-1", &format!("{round}"), None);
        assert_eq!(lab.get(EU, &format!("/v1/posts/{id}")).status, 200);
        assert_eq!(lab.send(EU, "PUT", &format!("/v1/users/anna-{round}"), r#"{"display_name":"A"}"#).status, 201);
        assert_eq!(lab.get(EU, "/healthz").status, 200);
        assert_eq!(lab.metric(EU, "chirp_read_only"), Some(0.0));
        lab.kill(EU);
        lab.start(EU).wait_for("serving");
    }
    assert_eq!(lab.timeline(EU, "user-1").len(), 2);
}
