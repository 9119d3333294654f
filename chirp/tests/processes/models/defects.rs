//! What each measure is for: without it, what it says is broken; with it, not.

use super::{AP, Acknowledged, BY_HAND, EU, REGIONS, US, World};
use crate::http::request;
use crate::lab::wait_until;

/// Writes at all regions in turn while the writer is isolated; answers what was acknowledged, in order.
fn isolated(world: &World) -> Vec<Acknowledged> {
    world.begin(EU, "all");
    let mut acknowledged = vec![world.post_until_taken(EU, "user-1", "before")];
    world.mesh.isolate(EU);
    let (mut number, mut rounds_after) = (0, 0);
    wait_until("another has taken over, and more", || {
        number += 1;
        for &region in REGIONS {
            let reply = world.try_post(region, "user-1", &format!("{region} {number}"));
            acknowledged.extend(Acknowledged::of(region, &reply));
        }
        rounds_after += u32::from(acknowledged.iter().any(|post| post.by != EU));
        rounds_after > 10
    });
    acknowledged
}

#[test]
fn no_fencing_acknowledges_on_both_sides_and_keeps_one_and_with_it_neither_happens() {
    for (defects, is_broken) in [(&[][..], false), (&["no-fencing"][..], true)] {
        let world = World::new("model = \"active-passive\"", BY_HAND, defects);
        let acknowledged = isolated(&world);
        let epochs: Vec<u64> = acknowledged.iter().map(|post| post.epoch).collect();
        assert_eq!(epochs.is_sorted(), !is_broken, "{defects:?}: {epochs:?}");
        let new = acknowledged.iter().find(|post| post.by != EU).unwrap().by.clone();
        world.mesh.heal();
        wait_until("it follows", || world.writer_seen_by(EU, "all").as_deref() == Some(new.as_str()));
        if is_broken {
            wait_until("its side is thrown away", || world.lab.process(EU).log().contains("thrown away on purpose"));
            let last = world.post_until_taken(&new, "user-1", "last");
            // The old one takes its place back with nothing of its own side.
            let (code, text) = world.lab.chirp(&["promote", "--region", EU]);
            assert_eq!(code, Some(0), "{text}");
            let lost = world.missing(EU, &acknowledged);
            let old_side = acknowledged.iter().skip_while(|post| post.by == EU).filter(|post| post.by == EU).count();
            assert!(lost.len() >= old_side && old_side > 0, "{old_side} were acknowledged beside another: {lost:?}");
            assert!(lost.iter().all(|text| text.starts_with(EU)), "one side only: {lost:?}");
            assert!(world.missing(EU, &[last]).is_empty());
        } else {
            wait_until("nothing is missing", || world.missing(&new, &acknowledged).is_empty());
        }
    }
}

#[test]
fn failback_overwrites_loses_what_was_written_in_between_and_without_it_nothing_is_lost() {
    for (defects, is_broken) in [(&[][..], false), (&["failback-overwrites"][..], true)] {
        let mut world = World::new("model = \"active-passive\"", BY_HAND, defects);
        world.begin(EU, "all");
        let before = world.post_until_taken(EU, "user-1", "before");
        world.wait_until_held(US, EU);
        world.wait_until_held(AP, EU);
        world.lab.kill(EU);
        let between: Vec<_> = (0..10)
            .map(|number| world.post_until_taken_somewhere(&[US, AP], "user-1", &format!("between {number}")))
            .collect();
        world.lab.start(EU).wait_for("serving");
        let (code, text) = world.lab.chirp(&["promote", "--region", EU]);
        assert_eq!(code, Some(0), "{text}");
        let after = world.post_until_taken(EU, "user-1", "after");
        assert!(world.missing(EU, &[before, after]).is_empty());
        let lost = world.missing(EU, &between);
        assert_eq!(lost.len(), if is_broken { 10 } else { 0 }, "{defects:?}: {lost:?}");
    }
}

#[test]
fn ignore_session_token_does_not_find_the_own_write_and_without_it_a_user_always_does() {
    for (defects, is_broken) in [(&[][..], false), (&["ignore-session-token"][..], true)] {
        let world = World::new("model = \"read-replicas\"", BY_HAND, defects);
        world.begin(EU, "all");
        wait_until("it knows the writer", || world.writer_seen_by(US, "all").as_deref() == Some(EU));
        world.lab.set(US, "replication-stopped");
        // A poll that was under way when it stopped may still bring something.
        let mut lost = 0;
        for number in 0..20 {
            let post = world.try_post(US, "user-1", &format!("{number}"));
            assert_eq!(post.status, 201, "{post:?}");
            let seen = post.header("x-chirp-position").unwrap().to_owned();
            let id = post.json()["id"].as_str().unwrap().to_owned();
            let path = format!("/v1/posts/{id}");
            let read = request(world.lab.listen(US), "GET", &path, &[("x-chirp-seen", &seen)], "").unwrap();
            lost += u32::from(read.status == 404);
            if !is_broken {
                assert_eq!(read.status, 200, "{read:?}");
            }
        }
        assert_eq!(lost > 0, is_broken, "{defects:?}: {lost} of 20 were not found");
        if !is_broken {
            // With nobody left to ask, what there is, and a word that it is old.
            let seen = world.try_post(US, "user-1", "last").header("x-chirp-position").unwrap().to_owned();
            world.mesh.isolate(US);
            let headers = [("x-chirp-seen", seen.as_str())];
            wait_until("it says that it is behind", || {
                let read = request(world.lab.listen(US), "GET", "/v1/users/user-1/posts", &headers, "").unwrap();
                assert_eq!(read.status, 200, "{read:?}");
                read.header("x-chirp-notice").is_some()
            });
        }
    }
}

#[test]
fn a_token_or_a_deadline_that_makes_no_sense_is_refused_and_a_deadline_that_has_passed_is_kept() {
    let world = World::new("model = \"read-replicas\"", BY_HAND, &[]);
    world.begin(EU, "all");
    let ask = |header| request(world.lab.listen(EU), "GET", "/v1/users/user-1", &[header], "").unwrap();
    assert_eq!(ask(("x-chirp-seen", "nonsense")).status, 400);
    assert_eq!(ask(("x-deadline-ms", "soon")).status, 400);
    assert_eq!(ask(("x-deadline-ms", "60000")).status, 200);
    assert_eq!(ask(("x-deadline-ms", "0")).status, 504);
    // The writer's disk stands still, so a write that is sent on to it waits until its deadline.
    wait_until("it knows the writer", || world.writer_seen_by(US, "all").as_deref() == Some(EU));
    world.lab.set(EU, "storage-stalled");
    let body = r#"{"author":"user-1","text":"late"}"#;
    let late = request(world.lab.listen(US), "POST", "/v1/posts", &[("x-deadline-ms", "300")], body).unwrap();
    assert!([503, 504].contains(&late.status), "{late:?}");
    let dropped = |region: &str| world.lab.metric(region, "chirp_past_deadline_total").unwrap_or_default();
    assert!(dropped(EU) >= 1.0, "what nobody waits for is dropped");
}

#[test]
fn a_writer_whose_disk_stands_still_loses_its_place() {
    let world = World::new("model = \"read-replicas\"", BY_HAND, &[]);
    world.begin(EU, "all");
    let first = world.post_until_taken(EU, "user-1", "first");
    world.lab.set(EU, "storage-stalled");
    let second = world.post_until_taken_somewhere(&[US, AP], "user-1", "second");
    assert!(second.epoch > first.epoch && second.by != EU);
    world.lab.clear(EU);
    wait_until("it follows", || world.writer_seen_by(EU, "all").as_deref() == Some(second.by.as_str()));
}
