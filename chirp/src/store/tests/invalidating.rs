//! What caches are told of commits: everything that changes an answer, before anybody else learns of it.

use super::bench_region::{BenchRegion, name};
use crate::admission::Resource;
use crate::cache::Invalidations;

/// Something that a region does.
type Work<'a> = Box<dyn Fn() + 'a>;

fn post(id: &str) -> Resource {
    Resource::Post(id.to_owned())
}

fn user(user: &str) -> Resource {
    Resource::User(name(user))
}

/// Which of these `work` has put out of date.
fn touched(invalidations: &Invalidations, resources: &[Resource], work: impl FnOnce()) -> Vec<bool> {
    let begun = invalidations.count();
    work();
    resources.iter().map(|resource| !invalidations.holds_for(resource, begun)).collect()
}

#[test]
fn own_writes_and_entries_of_others_put_out_of_date_what_they_change() {
    let (eu, us) = (BenchRegion::new("eu"), BenchRegion::new("us"));
    let id = eu.post("user-1", "first", None).unwrap().post.id;
    let about = [user("user-1"), user("user-2"), post(&id)];
    let here = eu.writer.invalidations();
    let cases: [(&str, Vec<bool>, Work<'_>); 5] = [
        ("a like is of a post", vec![false, false, true], Box::new(|| like(&eu, &id))),
        ("a profile is a user's", vec![false, true, false], Box::new(|| drop(eu.rename("user-2", "new name")))),
        (
            "a post is new in its author's list",
            vec![true, false, false],
            Box::new(|| drop(eu.post("user-1", "second", None))),
        ),
        ("a follow is in no answer that is kept", vec![false; 3], Box::new(|| eu.follow("user-1", "user-2", true))),
        ("a heartbeat changes nothing", vec![false; 3], Box::new(|| eu.write(|session| session.heartbeat()).unwrap())),
    ];
    for (case, expected, work) in cases {
        assert_eq!(touched(here, &about, work), expected, "{case}");
    }
    let there = us.writer.invalidations();
    assert_eq!(touched(there, &about, || assert!(us.pull(&eu, 1000))), [true, true, true], "all that it had not heard");
    assert_eq!(touched(there, &about, || assert!(!us.pull(&eu, 1000))), [false; 3], "nothing is new");
}

fn like(region: &BenchRegion, id: &str) {
    let id = id.to_owned();
    region.write(move |session| session.set_like(&id, name("user-2"), true)).unwrap().unwrap();
}
