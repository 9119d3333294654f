//! One region writes, all read.

use super::{AP, Acknowledged, BY_HAND, EU, REGIONS, US, World};
use crate::lab::wait_until;

const MODEL: &str = "model = \"read-replicas\"";

#[test]
fn writes_are_sent_on_to_the_writer_and_reads_are_local() {
    let world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    for region in [US, AP] {
        let post = world.post_until_taken(region, "user-1", region);
        assert_eq!(post.by, EU);
        let reply = world.try_post(region, "user-1", "again");
        assert_eq!(reply.header("x-region"), Some(region), "who answered is the one that was asked");
        assert_eq!(reply.json()["region"], EU, "who wrote is another");
        wait_until("it comes back", || world.missing(region, std::slice::from_ref(&post)).is_empty());
        let read = world.lab.get(region, "/v1/users/user-1");
        assert_eq!((read.header("x-region"), read.header("x-served-by-writer")), (Some(region), None));
        assert_eq!(world.lab.get(region, "/healthz").status, 200);
        let sent = world.lab.metric(region, "chirp_forwarded_requests_total{peer=\"eu-west-1\",outcome=\"answered\"}");
        assert!(sent.is_some_and(|sent| sent >= 2.0), "{sent:?}");
        let counted =
            world.lab.metric(region, "chirp_cross_region_requests_total{peer=\"eu-west-1\",kind=\"forward\"}");
        assert!(counted.is_some_and(|counted| counted >= 2.0), "{counted:?}");
    }
    let refused = world.try_post(US, "nobody", "hello");
    assert_eq!(refused.status, 404, "the writer's refusal is brought back: {refused:?}");
}

#[test]
fn an_isolated_replica_reads_on_and_refuses_writes() {
    let world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    let post = world.post_until_taken(EU, "user-1", "before");
    wait_until("it is here", || world.missing(AP, std::slice::from_ref(&post)).is_empty());
    world.mesh.isolate(AP);
    wait_until("it knows no writer", || world.lab.metric(AP, "chirp_read_only") == Some(1.0));
    let read = world.lab.get(AP, &format!("/v1/posts/{}", post.id));
    assert_eq!((read.status, read.header("x-chirp-notice")), (200, Some("read-only")));
    assert_eq!(world.try_post(AP, "user-1", "no").json()["notice"], "read-only");
    assert_eq!(world.lab.get(AP, "/healthz").status, 200, "it serves what it can");
    let other = world.post_until_taken(US, "user-1", "the others go on");
    assert_eq!(other.epoch, post.epoch, "with the same writer");
    world.mesh.heal();
    world.post_until_taken(AP, "user-1", "and it is back");
    assert!(world.missing(AP, &[]).is_empty());
}

#[test]
fn a_killed_writer_moves_and_what_was_acknowledged_comes_back_with_it() {
    let mut world = World::new(MODEL, BY_HAND, &[]);
    world.begin(EU, "all");
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    for number in 0..15 {
        let region = REGIONS[number % 3];
        acknowledged.push(world.post_until_taken(region, "user-1", &format!("{number}")));
    }
    world.lab.kill(EU);
    for region in [US, AP] {
        assert_eq!(world.lab.get(region, "/v1/users/user-1").status, 200, "reads stay");
    }
    for number in 15..30 {
        let region = [US, AP][number % 2];
        acknowledged.push(world.post_until_taken(region, "user-1", &format!("{number}")));
    }
    assert!(acknowledged.iter().map(|post| post.epoch).is_sorted());
    assert!(acknowledged[15..].iter().all(|post| post.by != EU));
    world.lab.start(EU).wait_for("serving");
    for &region in REGIONS {
        wait_until("everything is everywhere", || world.missing(region, &acknowledged).is_empty());
    }
    let moved = world.lab.timeline(EU, "user-1");
    assert_eq!(moved.len(), 30);
    let back = world.post_until_taken(EU, "user-1", "it follows now");
    assert_ne!(back.by, EU);
}

#[test]
fn with_quorum_what_an_isolated_writer_acknowledged_is_all_at_the_next_one_without_its_help() {
    let world = World::new("model = \"read-replicas\"\ndurability = \"quorum\"", BY_HAND, &[]);
    world.begin(EU, "all");
    let mut acknowledged = vec![world.post_until_taken(EU, "user-1", "before")];
    for number in 0..20 {
        let reply = world.try_post(EU, "user-1", &format!("eu {number}"));
        acknowledged.extend(Acknowledged::of(EU, &reply));
    }
    world.mesh.isolate(EU);
    let alone = world.try_post(EU, "user-1", "alone");
    assert_eq!(alone.status, 503, "nobody confirms it: {alone:?}");
    let next = world.post_until_taken_somewhere(&[US, AP], "user-1", "after");
    assert!(next.epoch > acknowledged[0].epoch);
    assert_eq!(world.missing(&next.by, &acknowledged), Vec::<String>::new(), "the old one is still cut off");
    world.mesh.heal();
    wait_until("it follows", || world.writer_seen_by(EU, "all").as_deref() == Some(next.by.as_str()));
    let back = world.post_until_taken(EU, "user-1", "through the new one");
    assert_eq!(back.by, next.by);
}
