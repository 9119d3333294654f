//! Everything that users can do, in three regions that hear of each other in any order.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::bench_region::Setup;
use super::{BenchRegion, name};
use crate::defects::Defect;
use crate::model::{Post, Profile, ProfileChange, post_id};
use crate::resolve::Resolver;
use crate::store::Rules;

pub(super) const USERS: usize = 4;

#[derive(Clone, Debug)]
pub(super) enum Act {
    Post,
    Edit,
    Delete,
    Remove,
    Like(bool),
    Follow(bool),
    Block(bool),
    Name,
    Contact(bool),
    Pull(usize),
}

/// (region, user, another user, which post of the user, what)
pub(super) type Step = (usize, usize, usize, u8, Act);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..40)
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![
        3 => Just(Act::Post),
        2 => Just(Act::Edit),
        1 => Just(Act::Delete),
        1 => Just(Act::Remove),
        1 => any::<bool>().prop_map(Act::Like),
        2 => any::<bool>().prop_map(Act::Follow),
        1 => any::<bool>().prop_map(Act::Block),
        1 => Just(Act::Name),
        1 => any::<bool>().prop_map(Act::Contact),
        5 => (1..4_usize).prop_map(Act::Pull),
    ];
    (0..3_usize, 0..USERS, 1..USERS, 0..2_u8, act)
}

fn user(index: usize) -> String {
    format!("user-{}", index % USERS)
}

pub(super) fn play(regions: &[BenchRegion; 3], (region, one, further, post, act): &Step, number: usize) {
    let (here, author, other) = (&regions[*region], name(&user(*one)), name(&user(one + further)));
    let stamp = "0.0@eu".parse().unwrap();
    let id = post_id(&author, Some(&post.to_string()), &stamp);
    let text = format!("{number}");
    // What is refused changes nothing, which is what is tested.
    match act.clone() {
        Act::Post => drop(here.post(author.as_str(), "text", Some(&post.to_string()))),
        Act::Edit => drop(here.write(move |session| session.edit_post(&id, &author, text)).unwrap()),
        Act::Delete => drop(here.write(move |session| session.delete_post(&id, &author)).unwrap()),
        Act::Remove => drop(here.write(move |session| session.remove_post(&id, text)).unwrap()),
        Act::Like(on) => drop(here.write(move |session| session.set_like(&id, other, on)).unwrap()),
        Act::Follow(on) => drop(here.write(move |session| session.set_follow(author, other, on)).unwrap()),
        Act::Block(on) => drop(here.write(move |session| session.set_block(author, other, on)).unwrap()),
        Act::Name => drop(here.rename(author.as_str(), &text)),
        Act::Contact(verified) => {
            let contact_verified = Some(verified);
            let change = ProfileChange { contact: Some(text), contact_verified, ..ProfileChange::default() };
            here.write(move |session| session.put_profile(&author, change)).unwrap().unwrap();
        }
        Act::Pull(entries) => drop(here.pull(&regions[(region + further % 2 + 1) % 3], entries)),
    }
}

/// Of a user: profile, posts, time line, follows, blocks.
pub(super) type Shown = (Profile, Vec<Post>, Vec<Post>, Vec<String>, Vec<String>);

/// All that users can see in a region.
pub(super) fn seen(region: &BenchRegion) -> Vec<Shown> {
    let store = &region.store;
    let of = |index| {
        let user = name(&user(index));
        (
            store.profile(&user).unwrap().unwrap(),
            store.posts_of(&user, 800).unwrap().unwrap(),
            store.timeline(&user, 800).unwrap().unwrap(),
            store.follows(&user, 100).unwrap().unwrap(),
            store.blocks(&user, 100).unwrap().unwrap(),
        )
    };
    (0..USERS).map(of).collect()
}

/// What a time line is by definition.
fn defined(region: &BenchRegion, of: &str) -> Vec<Post> {
    let store = &region.store;
    let mut authors = store.follows(&name(of), 100).unwrap().unwrap();
    authors.push(of.to_owned());
    let posts = authors.iter().flat_map(|author| store.posts_of(&name(author), 800).unwrap().unwrap());
    let mut posts: Vec<Post> = posts.collect();
    posts.sort_by(|one, other| other.created.cmp(&one.created));
    posts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whatever is done where and heard of when: time lines are what they are by definition at every
    /// moment, and after the exchange all regions show the same. Also for celebrities.
    #[test]
    fn regions_fall_together_under_every_resolver(
        steps in steps(),
        resolver in prop::sample::select(Resolver::ALL.to_vec()),
        celebrity_followers in 0..3_u64,
    ) {
        let rules = Rules { resolver, celebrity_followers, ..Rules::default() };
        let regions = ["ap", "eu", "us"]
            .map(|region| BenchRegion::with(region, Setup { rules: rules.clone(), ..Setup::default() }));
        for (number, step) in steps.iter().enumerate() {
            play(&regions, step, number);
        }
        for _ in 0..2 {
            for region in &regions {
                for index in 0..USERS {
                    prop_assert_eq!(region.timeline(&user(index)), defined(region, &user(index)));
                }
            }
            BenchRegion::exchange(&[&regions[0], &regions[1], &regions[2]]);
        }
        for region in &regions[1..] {
            prop_assert_eq!(seen(region), seen(&regions[0]), "{} differs under {}", region.region, resolver);
        }
    }
}

/// A name is given where the clock is an hour ahead, seen where it is right, and changed there. Answers
/// what both regions show in the end.
fn seen_and_changed(resolver: Resolver, defects: &[Defect]) -> [String; 2] {
    let rules = Rules { resolver, ..Rules::default() };
    let with = |region, clock_offset_ms| {
        BenchRegion::with(region, Setup { rules: rules.clone(), defects: defects.to_vec(), clock_offset_ms })
    };
    let (ahead, right) = (with("eu", 3_600_000), with("us", 0));
    ahead.rename("user-1", "earlier");
    right.pull(&ahead, 100);
    right.rename("user-1", "later");
    BenchRegion::exchange(&[&ahead, &right]);
    [&ahead, &right].map(|region| region.store.profile(&name("user-1")).unwrap().unwrap().display_name)
}

#[test]
fn the_defect_wall_clock_stamps_loses_a_later_write_where_the_last_one_wins() {
    for resolver in Resolver::ALL {
        assert_eq!(seen_and_changed(resolver, &[]), ["later", "later"], "{resolver}");
    }
    let broken = seen_and_changed(Resolver::LastWriteWins, &[Defect::WallClockStamps]);
    assert_eq!(broken, ["earlier", "earlier"], "acknowledged, and gone");
    let semantic = seen_and_changed(Resolver::Semantic, &[Defect::WallClockStamps]);
    assert_eq!(semantic, ["later", "later"], "who asks no clock is not misled by one");
}
