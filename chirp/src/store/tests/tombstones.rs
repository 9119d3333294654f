#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use super::bench_region::Setup;
use super::{BenchRegion, name};
use crate::defects::Defect;
use crate::names::RegionName;
use crate::store::Rules;

const NAMES: [&str; 3] = ["ap", "eu", "us"];

fn region(own: &str, keep: Duration, defects: &[Defect]) -> BenchRegion {
    let peers = NAMES.iter().filter(|name| **name != own).map(|name| RegionName::parse(name).unwrap()).collect();
    let rules = Rules { tombstones_keep: keep, peers, ..Rules::default() };
    BenchRegion::with(own, Setup { rules, defects: defects.to_vec(), ..Setup::default() })
}

fn heartbeat(region: &BenchRegion) {
    region.write(|session| session.heartbeat()).unwrap();
}

fn collect(region: &BenchRegion) -> usize {
    region.write(|session| session.collect_tombstones()).unwrap()
}

/// A post is made in `eu` and deleted in `us`; `ap` hears of the deletion only.
fn deletion_overtakes_creation(ap: &BenchRegion) -> (BenchRegion, BenchRegion, String) {
    let (eu, us) = (region("eu", Duration::ZERO, &[]), region("us", Duration::ZERO, &[]));
    let id = eu.post("user-1", "hello", None).unwrap().post.id;
    us.pull(&eu, 100);
    let deleted = id.clone();
    us.write(move |session| session.delete_post(&deleted, &name("user-1"))).unwrap().unwrap();
    ap.pull(&us, 100);
    (eu, us, id)
}

#[test]
fn a_creation_that_arrives_after_its_deletion_stays_deleted() {
    let ap = region("ap", Duration::ZERO, &[]);
    let (eu, us, id) = deletion_overtakes_creation(&ap);
    for _ in 0..3 {
        heartbeat(&ap);
    }
    ap.pull(&eu, 100);
    eu.pull(&us, 100);
    for region in [&ap, &eu, &us] {
        assert_eq!(region.store.post(&id).unwrap(), None, "{}", region.region);
        assert_eq!(region.timeline("user-1"), [], "{}", region.region);
    }
}

#[test]
fn a_tombstone_goes_when_every_peer_is_past_it_and_it_is_old_enough_and_not_before() {
    let (ap, patient) = (region("ap", Duration::ZERO, &[]), region("ap", Duration::from_secs(3600), &[]));
    let (eu, us, id) = deletion_overtakes_creation(&ap);
    patient.pull(&us, 100);
    assert_eq!(collect(&ap), 0, "eu has said nothing");
    heartbeat(&eu);
    ap.pull(&eu, 100);
    assert_eq!(collect(&ap), 0, "eu had not heard of it then");
    eu.pull(&us, 100);
    heartbeat(&eu);
    assert_eq!(collect(&ap), 0, "what eu says has not arrived");
    for region in [&ap, &patient] {
        region.pull(&eu, 100);
    }
    assert_eq!(collect(&patient), 0, "everybody knows, but it is not an hour old");
    assert_eq!(collect(&ap), 1);
    assert_eq!(collect(&ap), 0, "it is gone");
    assert_eq!(ap.store.post(&id).unwrap(), None);
}

#[test]
fn the_defect_forgotten_tombstones_brings_a_deleted_post_back() {
    let ap = region("ap", Duration::from_secs(3600), &[Defect::ForgottenTombstones]);
    let (eu, _us, id) = deletion_overtakes_creation(&ap);
    heartbeat(&ap);
    ap.pull(&eu, 100);
    assert_eq!(ap.store.post(&id).unwrap().map(|post| post.text).as_deref(), Some("hello"));
    assert_eq!(ap.timeline("user-1").len(), 1);
}
