//! What was not stored is kept, whatever kills the agent; the bound holds, and no count is lost to it.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::merge::Inbox;
use plan::Source;
use proptest::prelude::*;
use record::{Entry, Interval, Outcome};
use std::time::Duration;
use units::RunTime;

fn plan() -> Arc<ResolvedPlan> {
    let text = "version: 1\ntarget:\n  endpoints: {us-east-1: \"http://127.0.0.1:1\"}\n\
                populations: [{name: ohio, place: us-east-2, share: 100%}]\n\
                load: {model: open, rate: 1/s, for: 10s}\n\
                journeys: [{name: look, weight: 1, steps: [{name: home, get: /}]}]\n";
    let source = Source { name: "spool.yaml".to_owned(), text: text.to_owned() };
    Arc::new(plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

/// Lines with one request of that second.
fn request(second: u64) -> String {
    let mut interval = Interval::empty(second, 0, Some(0), 0, Outcome::Ok);
    interval.add(RunTime::from_micros(second * 1_000_000), 1, Duration::from_millis(7));
    let mut lines = String::new();
    batch::write(&Entry::Interval(interval), &mut lines);
    lines
}

fn requests(plan: &ResolvedPlan, lines: &str) -> u64 {
    let count = |entry: &Entry| if let Entry::Interval(one) = entry { one.count() } else { 0 };
    batch::read(lines, plan).unwrap().iter().map(count).sum()
}

#[test]
fn what_is_stored_is_forgotten_and_the_rest_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("spool");
    let mut spool = Spool::create(&home, "one", plan(), 1 << 20).unwrap();
    for second in 1..=5 {
        assert_eq!(spool.push(&request(second), Some(second)).unwrap(), second);
    }
    spool.stored(2).unwrap();
    drop(spool);
    // A kill in the middle of writing leaves this.
    fs::write(home.join("begun"), "landfall-spool 1 one - 99\nhalf").unwrap();
    fs::write(home.join("00000000000000000006-00000000000000000006"), "landfall-spool 1 one - 99\nhalf").unwrap();
    let mut spool = Spool::open(&home, plan(), 1 << 20).unwrap();
    assert_eq!((spool.instance(), spool.last()), ("one", 5));
    assert_eq!(spool.send(2).unwrap(), None, "stored");
    let batch = spool.send(4).unwrap().unwrap();
    assert_eq!((batch.number, batch.complete, batch.lines), (4, Some(4), request(4)));
    assert_eq!(spool.after(0), Some(3));
}

#[test]
fn a_full_spool_refuses_what_it_cant_keep() {
    let folder = tempfile::tempdir().unwrap();
    let bound = 4 * written("one", None, &request(1)).len() as u64;
    let mut spool = Spool::create(&folder.path().join("spool"), "one", plan(), bound).unwrap();
    for number in 1..=3 {
        spool.push(&request(number), None).unwrap();
        spool.send(number).unwrap();
    }
    let mut pushed = 3;
    // Different seconds, all sent: nothing can be added up.
    let refused = loop {
        match spool.push(&request(100 + pushed), None) {
            Ok(number) => drop(spool.send(number).unwrap()),
            Err(refused) => break refused.to_string(),
        }
        pushed += 1;
    };
    assert!(refused.contains(&format!("is full: {bound} bytes wait to be stored")), "{refused}");
    assert!(pushed >= 3 && spool.bytes() <= bound);
    assert_eq!(spool.last(), pushed, "the refused one has no number");
    spool.stored(1).unwrap();
    assert_eq!(spool.push(&request(9), None).unwrap(), pushed + 1);
}

#[test]
fn a_bound_is_told_as_people_read_it() {
    for (bytes, text) in [(900, "900 bytes"), (1 << 20, "1 MiB"), ((256 << 20) + 5, "256 MiB")] {
        assert_eq!(size(bytes), text);
    }
}

#[test]
fn a_folder_that_holds_something_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other"), "").unwrap();
    assert!(matches!(Spool::create(folder.path(), "one", plan(), 1), Err(SpoolError::Disk { .. })));
}

/// What happens to a spool.
#[derive(Debug, Clone)]
enum Step {
    Push(u64),
    Send,
    Store,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![6 => (0_u64..3).prop_map(Step::Push), 2 => Just(Step::Send), 1 => Just(Step::Store), 1 => Just(Step::Kill)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Killed at any point, full again and again: everything that was kept arrives once, and the bound holds.
    #[test]
    fn what_was_kept_arrives_exactly_once(steps in prop::collection::vec(step(), 1..60), room in 3_u64..12) {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("spool");
        let plan = plan();
        let bound = room * written("one", None, &request(1)).len() as u64;
        let mut spool = Spool::create(&home, "one", Arc::clone(&plan), bound).unwrap();
        let mut inbox = Inbox::new("one".to_owned());
        let (mut kept, mut arrived, mut sent) = (0, 0, 0);
        for step in steps {
            match step {
                Step::Push(second) => kept += u64::from(spool.push(&request(second), None).is_ok()),
                Step::Send => if let Some(number) = spool.after(sent) {
                    let batch = spool.send(number).unwrap().unwrap();
                    sent = batch.through;
                    for batch in inbox.take(batch).unwrap() {
                        arrived += requests(&plan, &batch.lines);
                    }
                },
                Step::Store => spool.stored(inbox.taken()).unwrap(),
                Step::Kill => if !spool.is_empty() {
                    drop(spool);
                    spool = Spool::open(&home, Arc::clone(&plan), bound).unwrap();
                },
            }
            prop_assert!(spool.bytes() <= bound);
            let on_disk: u64 = fs::read_dir(&home).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
            prop_assert_eq!(spool.bytes(), on_disk);
        }
        while let Some(number) = spool.after(inbox.taken()) {
            let batch = spool.send(number).unwrap().unwrap();
            for batch in inbox.take(batch).unwrap() {
                arrived += requests(&plan, &batch.lines);
            }
        }
        prop_assert_eq!(arrived, kept);
    }
}
