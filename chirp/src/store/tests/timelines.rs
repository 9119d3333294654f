#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::{BenchRegion, name};
use crate::attachments::Attachments;
use crate::model::Post;
use crate::store::TIMELINE_ROWS_MAX;

const USERS: usize = 6;

fn user(index: usize) -> String {
    format!("user-{index}")
}

/// Many posts in one transaction, oldest first.
fn post_many(region: &BenchRegion, author: &str, count: usize) -> Vec<Post> {
    let author = name(author);
    let write = region.write(move |session| {
        (0..count)
            .map(|index| {
                Ok(session
                    .create_post(author.clone(), format!("post {index}"), Attachments::default(), None)?
                    .unwrap()
                    .post)
            })
            .collect()
    });
    write.unwrap()
}

fn newest(posts: &[&[Post]]) -> Vec<Post> {
    let mut all: Vec<Post> = posts.iter().flat_map(|posts| posts.iter().cloned()).collect();
    all.sort_by(|one, other| other.created.cmp(&one.created));
    all.truncate(TIMELINE_ROWS_MAX);
    all
}

#[test]
fn a_time_line_shows_the_author_and_the_followers_newest_first() {
    let region = BenchRegion::new("eu");
    region.follow("user-1", "user-2", true);
    let theirs = region.post("user-2", "theirs", None).unwrap().post;
    let own = region.post("user-1", "own", None).unwrap().post;
    region.post("user-3", "not followed", None).unwrap();
    assert_eq!(region.timeline("user-1"), [own, theirs.clone()]);
    assert_eq!(region.timeline("user-2"), [theirs]);
    assert_eq!(region.store.timeline(&name("nobody"), 10).unwrap(), None);
}

#[test]
fn a_time_line_is_trimmed_to_its_limit_and_an_unfollow_brings_back_what_was_trimmed() {
    let region = BenchRegion::new("eu");
    region.follow("user-1", "user-2", true);
    let early = post_many(&region, "user-2", 500);
    region.follow("user-1", "user-3", true);
    let late = post_many(&region, "user-3", 500);
    assert_eq!(region.timeline("user-1"), newest(&[&early, &late]));
    region.follow("user-1", "user-3", false);
    assert_eq!(region.timeline("user-1"), newest(&[&early]));
    region.follow("user-1", "user-3", true);
    assert_eq!(region.timeline("user-1"), newest(&[&early, &late]));
    let own = region.post("user-1", "own", None).unwrap().post;
    assert_eq!(region.timeline("user-1"), newest(&[&early, &late, &[own]]));
    assert_eq!(region.store.timeline(&name("user-1"), 3).unwrap().unwrap().len(), 3);
    assert_eq!(region.store.posts_of(&name("user-2"), 800).unwrap().unwrap(), newest(&[&early]));
}

#[test]
fn a_full_time_line_stays_right_when_a_post_in_it_turns_out_to_be_older() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    let old = eu.post("user-1", "retried", Some("key")).unwrap().post;
    let before = post_many(&us, "user-1", TIMELINE_ROWS_MAX);
    let retried = us.post("user-1", "retried", Some("key")).unwrap().post;
    assert_eq!(us.timeline("user-1"), newest(&[&before, std::slice::from_ref(&retried)]));
    BenchRegion::exchange(&[&eu, &us]);
    assert!(old.created < retried.created && old.id == retried.id);
    for region in [&eu, &us] {
        assert_eq!(region.timeline("user-1"), newest(&[&before, std::slice::from_ref(&old)]), "{}", region.region);
        assert_eq!(region.store.post(&old.id).unwrap().as_ref(), Some(&old));
    }
}

/// One of three regions does something, or pulls a few entries of another.
#[derive(Clone, Debug)]
enum Step {
    Post { region: usize, author: usize, key: Option<u8> },
    Follow { region: usize, follower: usize, followee: usize, following: bool },
    Pull { region: usize, peer: usize, entries: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let post = (0..3_usize, 0..USERS, proptest::option::of(0..4_u8)).prop_map(|(region, author, key)| Step::Post {
        region,
        author,
        key,
    });
    let follow = (0..3_usize, 0..USERS, 1..USERS, any::<bool>()).prop_map(|(region, follower, further, following)| {
        Step::Follow { region, follower, followee: (follower + further) % USERS, following }
    });
    let pull = (0..3_usize, 1..3_usize, 1..4_usize).prop_map(|(region, further, entries)| Step::Pull {
        region,
        peer: (region + further) % 3,
        entries,
    });
    proptest::collection::vec(prop_oneof![3 => post, 2 => follow, 3 => pull], 1..40)
}

fn play(regions: &[BenchRegion; 3], steps: &[Step]) {
    for step in steps {
        match step {
            Step::Post { region, author, key } => {
                let key = key.map(|key| key.to_string());
                regions[*region].post(&user(*author), "text", key.as_deref()).unwrap();
            }
            Step::Follow { region, follower, followee, following } => {
                regions[*region].follow(&user(*follower), &user(*followee), *following);
            }
            Step::Pull { region, peer, entries } => {
                regions[*region].pull(&regions[*peer], *entries);
            }
        }
    }
}

/// What a time line is by definition, from what else the region says.
fn defined(region: &BenchRegion, user: &str) -> Vec<Post> {
    let posts = |author: &str| region.store.posts_of(&name(author), 800).unwrap().unwrap();
    let mut lists = vec![posts(user)];
    for followee in region.store.follows(&name(user), 100).unwrap().unwrap() {
        lists.push(posts(&followee));
    }
    newest(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is done where, in whatever order it is heard of: at every moment each time line is what
    /// it is by definition, and after the exchange all regions say the same.
    #[test]
    fn time_lines_keep_their_definition_and_regions_fall_together(steps in steps()) {
        let regions = [BenchRegion::new("ap"), BenchRegion::new("eu"), BenchRegion::new("us")];
        play(&regions, &steps);
        for region in &regions {
            for index in 0..USERS {
                prop_assert_eq!(region.timeline(&user(index)), defined(region, &user(index)));
            }
        }
        BenchRegion::exchange(&[&regions[0], &regions[1], &regions[2]]);
        for index in 0..USERS {
            let expected = regions[0].timeline(&user(index));
            prop_assert_eq!(&expected, &defined(&regions[0], &user(index)));
            for region in &regions[1..] {
                prop_assert_eq!(&region.timeline(&user(index)), &expected, "{} differs", region.region);
            }
        }
    }
}
