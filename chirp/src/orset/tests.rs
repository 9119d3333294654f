#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn stamp(number: u64, region: usize) -> Stamp {
    format!("{number}.0@region-{region}").parse().unwrap()
}

#[test]
fn a_follow_and_an_unfollow_do_what_they_say() {
    let mut set = TagSet::default();
    assert!(!set.is_member());
    assert_eq!(set.unfollow(), None, "there is nothing to remove");
    set.apply(&set.follow(stamp(1, 0)));
    assert!(set.is_member());
    set.apply(&set.unfollow().unwrap());
    assert!(!set.is_member());
    set.apply(&set.follow(stamp(2, 0)));
    assert!(set.is_member(), "following again works");
}

#[test]
fn a_follow_wins_over_an_unfollow_that_did_not_see_it() {
    let mut here = TagSet::default();
    here.apply(&here.follow(stamp(1, 0)));
    let mut there = here.clone();
    let unfollow = here.unfollow().unwrap();
    let follow = there.follow(stamp(2, 1));
    here.apply(&unfollow);
    here.apply(&follow);
    there.apply(&follow);
    there.apply(&unfollow);
    assert_eq!(here, there);
    assert!(here.is_member());
}

#[test]
fn a_removal_that_arrives_before_its_addition_still_removes() {
    let mut origin = TagSet::default();
    let follow = origin.follow(stamp(1, 0));
    origin.apply(&follow);
    let unfollow = origin.unfollow().unwrap();
    let mut late = TagSet::default();
    late.apply(&unfollow);
    late.apply(&follow);
    assert!(!late.is_member());
}

#[test]
fn following_again_and_again_keeps_one_live_tag() {
    let mut set = TagSet::default();
    for number in 0..100 {
        set.apply(&set.follow(stamp(number, 0)));
    }
    assert_eq!(set.unfollow().unwrap().remove.len(), 1);
}

/// One of three regions follows, unfollows, or takes in the next unseen change of another.
#[derive(Clone, Copy, Debug)]
enum Step {
    Follow(usize),
    Unfollow(usize),
    Deliver { to: usize, from: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..3_usize).prop_map(Step::Follow),
        (0..3_usize).prop_map(Step::Unfollow),
        (0..3_usize, 0..3_usize).prop_map(|(to, from)| Step::Deliver { to, from }),
    ];
    proptest::collection::vec(step, 0..60)
}

/// All changes that were made, by region, in the order in which they were made.
fn play(steps: &[Step]) -> [Vec<TagChange>; 3] {
    let mut sets = [TagSet::default(), TagSet::default(), TagSet::default()];
    let mut changes: [Vec<TagChange>; 3] = Default::default();
    let mut delivered = [[0; 3]; 3];
    for (number, step) in steps.iter().enumerate() {
        match *step {
            Step::Follow(region) => {
                let change = sets[region].follow(stamp(number as u64, region));
                sets[region].apply(&change);
                changes[region].push(change);
            }
            Step::Unfollow(region) => {
                if let Some(change) = sets[region].unfollow() {
                    sets[region].apply(&change);
                    changes[region].push(change);
                }
            }
            Step::Deliver { to, from } => {
                if to != from
                    && let Some(change) = changes[from].get(delivered[to][from])
                {
                    sets[to].apply(change);
                    delivered[to][from] += 1;
                }
            }
        }
    }
    changes
}

proptest! {
    /// Whatever was done where: applied in any order, some of it twice, all regions end the same, and
    /// exactly those follows count that no unfollow (or newer follow) had seen.
    #[test]
    fn changes_fall_together_in_any_order(
        steps in steps(),
        order in any::<u64>(),
        twice in any::<u64>(),
    ) {
        let changes: Vec<TagChange> = play(&steps).into_iter().flatten().collect();
        let mut shuffled = changes.clone();
        shuffled.sort_by_key(|change| crate::mix::mix_text(&format!("{order}{change:?}")));

        let mut straight = TagSet::default();
        changes.iter().for_each(|change| straight.apply(change));
        let mut other = TagSet::default();
        for (index, change) in shuffled.iter().enumerate() {
            other.apply(change);
            if twice & (1 << (index % 64)) != 0 {
                other.apply(&shuffled[index / 2]);
            }
        }
        prop_assert_eq!(&straight, &other);

        let removed: BTreeSet<&Stamp> = changes.iter().flat_map(|change| &change.remove).collect();
        let survives = changes.iter().filter_map(|change| change.add.as_ref()).any(|tag| !removed.contains(tag));
        prop_assert_eq!(straight.is_member(), survives);
    }

    /// What is on disk is what was in memory.
    #[test]
    fn a_set_comes_back_from_its_text(steps in steps()) {
        let mut set = TagSet::default();
        play(&steps).iter().flatten().for_each(|change| set.apply(change));
        let text = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(serde_json::from_str::<TagSet>(&text).unwrap(), set);
    }
}
