#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::{BenchRegion, name};

fn follows(region: &BenchRegion, user: &str) -> Vec<String> {
    region.store.follows(&name(user), 100).unwrap().unwrap()
}

#[test]
fn follows_are_listed_by_name_and_unfollows_take_them_away() {
    let region = BenchRegion::new("eu");
    region.follow("user-1", "user-3", true);
    region.follow("user-1", "user-2", true);
    region.follow("user-1", "user-2", true);
    assert_eq!(follows(&region, "user-1"), ["user-2", "user-3"]);
    region.follow("user-1", "user-3", false);
    region.follow("user-1", "user-4", false);
    assert_eq!(follows(&region, "user-1"), ["user-2"]);
    assert_eq!(region.store.follows(&name("user-1"), 0).unwrap().unwrap().len(), 0);
    assert_eq!(region.store.follows(&name("nobody"), 10).unwrap(), None);
}

#[test]
fn a_follow_wins_over_an_unfollow_in_another_region_that_did_not_see_it() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    eu.follow("user-1", "user-2", true);
    BenchRegion::exchange(&[&eu, &us]);
    eu.follow("user-1", "user-2", false);
    us.follow("user-1", "user-2", true);
    BenchRegion::exchange(&[&eu, &us]);
    for region in [&eu, &us] {
        assert_eq!(follows(region, "user-1"), ["user-2"], "{}", region.region);
    }
    us.follow("user-1", "user-2", false);
    BenchRegion::exchange(&[&eu, &us]);
    for region in [&eu, &us] {
        assert_eq!(follows(region, "user-1"), Vec::<String>::new(), "{}", region.region);
    }
}
