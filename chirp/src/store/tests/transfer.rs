//! A state that is taken in is the log that made it.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use proptest::prelude::*;

use super::bench_region::Setup;
use super::resolving::{Step, play, seen, step};
use super::{BenchRegion, name};
use crate::attachments::Attachments;
use crate::names::RegionName;
use crate::resolve::{Conflict, Resolver};
use crate::store::{KeepLog, Listings, Rules};

const NAMES: [&str; 3] = ["ap", "eu", "us"];

fn region(own: &str, rules: &Rules) -> BenchRegion {
    let peers = NAMES.iter().filter(|name| **name != own).map(|name| RegionName::parse(name).unwrap()).collect();
    BenchRegion::with(own, Setup { rules: Rules { peers, ..rules.clone() }, ..Setup::default() })
}

/// Keeps hardly anything, whoever lacks it.
fn forgetful() -> Rules {
    Rules { keep: KeepLog { entries: 1, entries_max: 1 }, ..Rules::default() }
}

fn heartbeat(region: &BenchRegion) {
    region.write(|session| session.heartbeat()).unwrap();
}

/// What happens, and then perhaps somebody trims, says where it is, or takes the state of another one for no
/// reason at all.
type Move = (Step, Option<usize>, Option<usize>, Option<(usize, usize)>);

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = || prop::option::of(0..3_usize);
    prop::collection::vec((step(), one(), one(), prop::option::weighted(0.1, (0..3_usize, 1..3_usize))), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Three regions write, forget, and hear of each other by logs as long as they reach back and else by states.
    /// A fourth one hears every entry of every log. All show the same, for every resolver.
    #[test]
    fn states_and_logs_come_to_the_same(
        moves in moves(),
        resolver in prop::sample::select(Resolver::ALL.to_vec()),
        entries in 1..6_u64,
        celebrity_followers in 0..3_u64,
    ) {
        let keep = KeepLog { entries, entries_max: entries + 2 };
        let rules = Rules { resolver, celebrity_followers, keep, ..Rules::default() };
        let regions = NAMES.map(|name| region(name, &rules));
        let listener = region("listener", &Rules { keep: KeepLog::default(), ..rules });
        for (number, (step, trims, beats, takes)) in moves.iter().enumerate() {
            play(&regions, step, number);
            if let Some(beats) = beats {
                heartbeat(&regions[*beats]);
            }
            for region in &regions {
                prop_assert!(!region.lacks_after(listener.store.cursor(region.region.as_str()).unwrap().seq));
                listener.pull(region, 1000);
            }
            if let Some((to, further)) = takes {
                regions[*to].take_state(&regions[(to + further) % 3], 2);
            }
            if let Some(trims) = trims {
                regions[*trims].trim(&Listings::default());
            }
        }
        let expected = seen(&listener);
        BenchRegion::exchange(&[&regions[0], &regions[1], &regions[2]]);
        for region in &regions {
            prop_assert_eq!(seen(region), expected.clone(), "{} differs under {}", region.region, resolver);
        }
        let fresh = BenchRegion::with("fresh", Setup { rules: Rules { resolver, ..Rules::default() }, ..Setup::default() });
        fresh.take_state(&regions[0], 1000);
        prop_assert_eq!(seen(&fresh), expected, "a state alone is all there is, under {}", resolver);
    }
}

#[test]
fn what_only_the_late_one_has_written_stays_and_is_told() {
    let (eu, us) = (region("eu", &forgetful()), region("us", &Rules::default()));
    us.pull(&eu, 100);
    let own = us.post("user-1", "told to nobody", None).unwrap().post;
    us.rename("user-2", "told to nobody");
    for text in ["one", "two", "three"] {
        eu.post("user-1", text, None).unwrap();
    }
    eu.trim(&Listings::default());
    assert!(eu.lacks_after(us.store.cursor("eu").unwrap().seq));
    assert!(us.pull(&eu, 100), "by the state");
    assert_eq!(us.timeline("user-1").len(), 4);
    assert_eq!(us.store.post(&own.id).unwrap(), Some(own.clone()));
    assert_eq!(us.store.profile(&name("user-2")).unwrap().unwrap().display_name, "told to nobody");
    eu.pull(&us, 100);
    assert_eq!(eu.timeline("user-1"), us.timeline("user-1"));
    let next = eu.post("user-1", "and on by the log", None).unwrap().post;
    assert!(!eu.lacks_after(us.store.cursor("eu").unwrap().seq));
    us.pull(&eu, 100);
    assert_eq!(us.store.post(&next.id).unwrap(), Some(next));
}

#[test]
fn who_has_taken_a_state_passes_on_no_log_with_a_hole() {
    let (eu, us) = (region("eu", &forgetful()), region("us", &Rules::default()));
    for text in ["one", "two", "three"] {
        eu.post("user-1", text, None).unwrap();
        if text == "one" {
            us.pull(&eu, 100);
        }
    }
    eu.trim(&Listings::default());
    us.pull(&eu, 100);
    let part = |after| us.store.copies_after("eu", eu.store.log(), after, 100, usize::MAX).unwrap().unwrap();
    let (early, head) = part(0);
    assert_eq!((head, early.first), (3, 4));
    assert!(early.lacks_after(0) && early.lacks_after(2) && !part(3).0.lacks_after(3));
    eu.post("user-1", "four", None).unwrap();
    us.pull(&eu, 100);
    assert_eq!(part(3).0.entries.len(), 1);
}

/// `us` deletes what `eu` has posted, everybody knows, and everybody has forgotten that there was anything.
fn deleted_and_forgotten() -> ([BenchRegion; 3], String) {
    let rules = Rules { tombstones_keep: Duration::ZERO, ..forgetful() };
    let regions = NAMES.map(|name| region(name, &rules));
    let [ap, eu, us] = &regions;
    let id = eu.post("user-1", "hello", None).unwrap().post.id;
    BenchRegion::exchange(&[ap, eu, us]);
    let deleted = id.clone();
    us.write(move |session| session.delete_post(&deleted, &name("user-1"))).unwrap().unwrap();
    for _ in 0..3 {
        BenchRegion::exchange(&[ap, eu, us]);
        regions.iter().for_each(heartbeat);
    }
    for region in [ap, us] {
        region.write(|session| session.collect_tombstones()).unwrap();
        assert!(region.take_state(eu, 100) == 0);
    }
    (regions, id)
}

#[test]
fn a_wiped_region_does_not_bring_back_what_was_deleted_and_forgotten() {
    let ([_ap, _eu, us], id) = deleted_and_forgotten();
    // What `ap` had before it was wiped came back from somewhere that had not heard of the deletion.
    let old = region("eu", &Rules::default());
    let creation = old.post("user-1", "hello", Some("key")).unwrap().post;
    let wiped = region("ap", &Rules::default());
    wiped.pull(&old, 100);
    assert_eq!(wiped.timeline("user-1").len(), 1);
    us.trim(&Listings::default());
    assert!(us.lacks_after(0));
    wiped.pull(&us, 100);
    assert_eq!(wiped.timeline("user-1").len(), 1, "us has not heard of that log: nothing follows from absence");
    assert_ne!(creation.id, id);
    // Now it has, the post is deleted, and its tombstone collected.
    us.pull(&old, 100);
    let deleted = creation.id.clone();
    us.write(move |session| session.delete_post(&deleted, &name("user-1"))).unwrap().unwrap();
    let forgetting = crate::defects::Defect::ForgottenTombstones;
    let careless = BenchRegion::with_defects("us", &[forgetting]);
    careless.take_state(&us, 100);
    heartbeat(&careless);
    assert_eq!(careless.store.post(&creation.id).unwrap(), None);
    let kept = wiped.post("user-1", "of the wiped one", None).unwrap().post;
    assert_eq!(wiped.take_state(&careless, 1), 1, "one post is gone");
    assert_eq!(wiped.timeline("user-1"), [kept], "and what was written here is not");
}

#[test]
fn conflicts_that_meet_in_a_state_are_counted_and_only_once() {
    let (eu, us) = (region("eu", &Rules::default()), region("us", &Rules::default()));
    let id = eu.post("user-1", "hello", None).unwrap().post.id;
    eu.rename("user-2", "known");
    us.pull(&eu, 100);
    us.rename("user-2", "replaced knowingly");
    eu.rename("user-1", "ours");
    us.rename("user-1", "theirs");
    let (deleted, edited) = (id.clone(), id);
    eu.write(move |session| session.delete_post(&deleted, &name("user-1"))).unwrap().unwrap();
    us.write(move |session| session.edit_post(&edited, &name("user-1"), "edited".into())).unwrap().unwrap();
    for _ in 0..2 {
        eu.take_state(&us, 100);
        us.take_state(&eu, 100);
    }
    let count = |region: &BenchRegion, kind: &str, kept: &'static str| {
        let conflict = Conflict { kind: kind.to_owned(), resolver: Resolver::default().name(), kept };
        region.conflicts.family().get_or_create(&conflict).get()
    };
    for region in [&eu, &us] {
        assert_eq!(count(region, "display-name/display-name", "newer"), 1, "{}", region.region);
        assert_eq!(count(region, "delete/edit", "delete"), 1, "{}", region.region);
        assert_eq!(count(region, "display-name/display-name", "older"), 0, "{}", region.region);
    }
}

#[test]
fn likes_follows_and_deletions_are_counted_once() {
    let (eu, us) = (region("eu", &Rules::default()), region("us", &Rules::default()));
    let id = eu.post("user-1", "hello", None).unwrap().post.id;
    let gone = eu.post("user-1", "gone", None).unwrap().post.id;
    us.pull(&eu, 100);
    for (region, user) in [(&eu, "user-2"), (&eu, "user-3"), (&us, "user-3"), (&us, "user-4")] {
        let (id, user) = (id.clone(), name(user));
        region.write(move |session| session.set_like(&id, user, true)).unwrap().unwrap();
        region.follow("user-5", "user-1", true);
    }
    let deleted = gone.clone();
    eu.write(move |session| session.delete_post(&deleted, &name("user-1"))).unwrap().unwrap();
    for _ in 0..2 {
        us.take_state(&eu, 1);
        eu.take_state(&us, 1);
    }
    for region in [&eu, &us] {
        assert_eq!(region.store.post(&id).unwrap().unwrap().likes, 3, "{}", region.region);
        assert_eq!(region.store.followers(&name("user-1"), None, 10).unwrap().unwrap(), ["user-5"]);
        assert_eq!(region.timeline("user-5").len(), 1);
        assert_eq!(region.store.post(&gone).unwrap(), None);
    }
    let late =
        us.write(move |session| session.create_post(name("user-1"), "late".into(), Attachments::default(), None));
    assert!(late.unwrap().is_ok());
}
