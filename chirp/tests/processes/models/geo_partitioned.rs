//! Each user's home writes for them. `user-0` and `user-1` are at home in the first region, and so on.

use serde_json::json;

use super::{AP, Acknowledged, EU, REGIONS, US, World};
use crate::http::request;
use crate::lab::wait_until;

const MODEL: &str = "model = \"geo-partitioned\"";
const WRITER: &str = "[writer]\nlease_ms = 2000\nfailback_after_ms = 0\n";

fn world(partition: &str, defects: &[&str]) -> World {
    let tables = format!("{WRITER}[partition]\n{partition}");
    let world = World::new(MODEL, &tables, defects);
    for &region in REGIONS {
        world.begin(region, region);
    }
    world
}

#[test]
fn writes_go_home_and_reads_are_local_where_a_copy_is() {
    let world = world("", &[]);
    for region in [US, AP] {
        wait_until("it knows the writer", || world.writer_seen_by(region, EU).as_deref() == Some(EU));
        let post = world.post_until_taken(region, "user-0", region);
        assert_eq!(post.by, EU, "user-0 is at home there");
        wait_until("the copy is here", || world.missing(region, std::slice::from_ref(&post)).is_empty());
        let read = world.lab.get(region, "/v1/users/user-0/posts");
        assert_eq!((read.status, read.header("x-served-by-writer")), (200, None));
    }
    let follow = world.lab.send(US, "PUT", "/v1/users/user-5/follows/user-0", "");
    assert_eq!((follow.status, follow.header("x-served-by-writer")), (200, Some(AP)), "by the follower's home");
}

#[test]
fn a_registered_user_is_at_home_where_the_name_was_given_and_a_name_is_given_once() {
    let mut world = world("", &[]);
    let body = r#"{"display_name":"Anna"}"#;
    assert_eq!(world.lab.send(US, "PUT", "/v1/users/anna", body).status, 201);
    for region in [EU, AP] {
        // Either its home is not known here yet, and the name is taken; or it is, and the write goes home.
        let reply = world.lab.send(region, "PUT", "/v1/users/anna", r#"{"display_name":"Other"}"#);
        match reply.status {
            409 => assert_eq!(reply.json()["home"], US),
            200 => assert_eq!(reply.header("x-served-by-writer"), Some(US)),
            other => panic!("{other}: {reply:?}"),
        }
        wait_until("the home is known", || {
            let read = world.lab.send(region, "PUT", "/v1/users/anna", body);
            read.header("x-served-by-writer") == Some(US)
        });
    }
    // Whose arbiter can't be reached, can't be given.
    world.lab.kill(AP);
    let statuses: Vec<u16> =
        (0..40).map(|number| world.lab.send(EU, "PUT", &format!("/v1/users/new-{number}"), body).status).collect();
    assert!(statuses.iter().all(|status| [201, 503].contains(status)), "{statuses:?}");
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert!((1..40).contains(&refused), "about a third of all names: {refused} of 40");
}

#[test]
fn away_can_be_refused_with_the_name_of_the_home() {
    let world = world("away = \"refuse\"", &[]);
    wait_until("it knows the writer", || world.writer_seen_by(US, EU).as_deref() == Some(EU));
    for (method, path, body) in [
        ("GET", "/v1/users/user-0/timeline", ""),
        ("POST", "/v1/posts", r#"{"author":"user-0","text":"hello"}"#),
        ("PUT", "/v1/users/user-0/follows/user-2", ""),
    ] {
        let reply = world.lab.send(US, method, path, body);
        assert_eq!((reply.status, reply.header("x-chirp-home")), (421, Some(EU)), "{method} {path}: {reply:?}");
        assert_eq!(reply.json()["home"], EU);
    }
    assert_eq!(world.try_post(US, "user-2", "at home").status, 201);
}

#[test]
fn a_lost_home_is_read_elsewhere_taken_over_and_given_back() {
    let mut world = world("", &[]);
    let before = world.post_until_taken(EU, "user-0", "before");
    wait_until("the copies are there", || {
        [US, AP].iter().all(|region| world.missing(region, std::slice::from_ref(&before)).is_empty())
    });
    world.lab.kill(EU);
    let read = world.lab.get(US, "/v1/users/user-0/posts");
    assert_eq!(read.json()["posts"].as_array().unwrap().len(), 1, "reads stay: {read:?}");
    let during = world.post_until_taken_somewhere(&[US, AP], "user-0", "during");
    assert!(during.epoch > before.epoch && during.by != EU);
    assert_eq!(world.try_post(US, "user-2", "others are not touched").status, 201);
    world.lab.start(EU).wait_for("serving");
    let (code, text) = world.lab.chirp(&["promote", "--region", EU, "--partition", EU]);
    assert_eq!(code, Some(0), "{text}");
    let after = world.post_until_taken(EU, "user-0", "after");
    assert_eq!(after.by, EU);
    assert_eq!(world.missing(EU, &[before, during, after]), Vec::<String>::new());
}

#[test]
fn without_take_over_a_lost_home_is_read_only() {
    let mut world = world("takeover = false", &[]);
    let post = world.post_until_taken(EU, "user-0", "before");
    wait_until("the copy is there", || world.missing(US, std::slice::from_ref(&post)).is_empty());
    world.lab.kill(EU);
    wait_until("the lease has run out", || world.writer_seen_by(US, EU).is_none());
    let read = world.lab.get(US, "/v1/users/user-0/posts");
    assert_eq!((read.status, read.header("x-chirp-notice")), (200, Some("read-only")));
    let write = world.try_post(US, "user-0", "no");
    assert_eq!((write.status, write.header("x-chirp-notice")), (503, Some("read-only")));
    assert_eq!(world.lab.get(US, "/healthz").status, 200);
}

/// What of a European's post can be found in the process of another zone.
fn leaked(defects: &[&str]) -> bool {
    let mesh = super::mesh::Mesh::new(REGIONS);
    let tables = format!("{WRITER}[partition]\ncopies = \"zone\"");
    let zones = [(EU, "eu"), (US, "us"), (AP, "eu")];
    let world = World::with_zones(mesh, MODEL, &tables, defects, &zones);
    for &region in REGIONS {
        world.begin(region, region);
    }
    let post = world.post_until_taken(EU, "user-0", "for Europe only");
    wait_until("its own zone has it", || {
        let timeline = world.lab.get(AP, "/v1/users/user-0/posts");
        timeline.header("x-served-by-writer").is_none() && timeline.body.contains("for Europe only")
    });
    // The log is in order: who has the sign of life that was written after the post has read past the post.
    world.wait_until_read(US, EU);
    let logs = request(world.lab.peer_listen(US), "GET", "/peer/logs", &[], "").unwrap().json();
    let origins: Vec<&str> =
        logs["logs"].as_array().unwrap().iter().map(|held| held["origin"].as_str().unwrap()).collect();
    assert!(!origins.contains(&EU), "what is not whole is not passed on: {origins:?}");
    // Read through: the home answers, nothing stays.
    wait_until("it knows the writer", || world.writer_seen_by(US, EU).as_deref() == Some(EU));
    let read = world.lab.get(US, "/v1/users/user-0/posts");
    assert_eq!((read.status, read.header("x-served-by-writer")), (200, Some(EU)), "{read:?}");
    // The disk itself, for what is there may be found, whatever the API says.
    let disk = |region: &str| std::fs::read(world.lab.config().with_file_name("data").join(region).join("chirp.redb"));
    let is_on = |region: &str| contains(&disk(region).unwrap(), post.text.as_bytes());
    assert!(is_on(AP), "the search finds what is there");
    is_on(US)
}

#[test]
fn what_was_read_through_is_kept_until_a_write_is_sent_the_same_way() {
    let mesh = super::mesh::Mesh::new(REGIONS);
    let tables = format!("{WRITER}[partition]\ncopies = \"zone\"\n[cache]\naway_ttl_ms = 3600000");
    let world = World::with_zones(mesh, MODEL, &tables, &[], &[(EU, "eu"), (US, "us"), (AP, "eu")]);
    for &region in REGIONS {
        world.begin(region, region);
    }
    wait_until("it knows the writer", || world.writer_seen_by(US, EU).as_deref() == Some(EU));
    let profile = "/v1/users/user-0";
    let first = world.lab.get(US, profile);
    assert_eq!((first.status, first.header("x-served-by-writer"), first.header("age")), (200, Some(EU), None));
    assert!(world.lab.get(US, profile).header("age").is_some(), "it is not asked for again");
    let seen = [("x-chirp-seen", first.header("x-chirp-position").unwrap())];
    let of_session = request(world.lab.listen(US), "GET", profile, &seen, "").unwrap();
    assert_eq!(of_session.header("age"), None, "a session wants what its home says now: {of_session:?}");
    // A busy machine may refuse once; a refused write ends what is kept as well.
    wait_until("the write is taken", || {
        world.lab.send(US, "PUT", profile, r#"{"display_name":"sent on"}"#).status == 200
    });
    let after = world.lab.get(US, profile);
    assert_eq!((after.header("age"), &after.json()["display_name"]), (None, &json!("sent on")));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn residency_leak_sends_what_must_stay_and_without_it_nothing_leaves_the_zone() {
    assert!(!leaked(&[]));
    assert!(leaked(&["residency-leak"]));
}

/// Writes for a European at both sides of a cut in turn; answers the acknowledged ones, in their order.
fn on_both_sides(defects: &[&str]) -> Vec<Acknowledged> {
    let world = world("", defects);
    let mut acknowledged = Vec::new();
    wait_until("the home writes", || {
        let reply = world.try_post(EU, "user-0", "before");
        acknowledged.extend(acknowledged_by(EU, &reply));
        !acknowledged.is_empty()
    });
    world.mesh.isolate(EU);
    let mut rounds_after = 0;
    wait_until("it is taken over, and more", || {
        for &region in REGIONS {
            acknowledged.extend(acknowledged_by(region, &world.try_post(region, "user-0", "during")));
        }
        rounds_after += u32::from(acknowledged.iter().any(|post| post.by != EU));
        rounds_after > 10
    });
    acknowledged
}

/// A split home says no epoch: it has none.
fn acknowledged_by(region: &str, reply: &crate::http::Reply) -> Option<Acknowledged> {
    if reply.status != 201 {
        return None;
    }
    let epoch = reply.header("x-chirp-epoch").map_or(0, |epoch| epoch.parse().unwrap());
    let by = reply.header("x-served-by-writer").unwrap_or(region).to_owned();
    Some(Acknowledged { id: String::new(), text: json!(epoch).to_string(), epoch, by })
}

#[test]
fn split_home_acknowledges_at_both_and_without_it_one_ends_before_the_other_begins() {
    for (defects, is_split) in [(&[][..], false), (&["split-home"][..], true)] {
        let acknowledged = on_both_sides(defects);
        let taken = acknowledged.iter().position(|post| post.by != EU).unwrap();
        let after = acknowledged[taken..].iter().any(|post| post.by == EU);
        assert_eq!(after, is_split, "{defects:?}: {acknowledged:?}");
    }
}
