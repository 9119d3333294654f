//! Entries travel between processes unchanged, and what is added up on the way is the same sum.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of whole recordings")]
mod sample;

use proptest::prelude::*;
use record::{ArrivalCounts, Entry, Interval, Outcome, batch};
use std::time::Duration;
use units::RunTime;

fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    entries.iter().for_each(|entry| batch::write(entry, &mut text));
    text
}

#[test]
fn one_of_each_kind_arrives_as_it_was() {
    let entries = sample::entries();
    assert_eq!(batch::read(&text(&entries), &sample::plan()).unwrap(), entries);
}

#[test]
fn a_line_that_was_changed_or_refers_to_nothing_is_refused_with_its_number() {
    let sound = text(&sample::entries()[..3]);
    let torn = &sound[..sound.len() - 9];
    assert_eq!(batch::read(torn, &sample::plan()).unwrap_err().line, 3);
    let flipped = sound.replacen("load-ended", "load-Ended", 1);
    assert_eq!(batch::read(&flipped, &sample::plan()).unwrap_err().line, 2);
    let nowhere = text(&[Entry::Interval(Interval::empty(1, 7, None, 0, Outcome::Ok))]);
    let error = batch::read(&nowhere, &sample::plan()).unwrap_err();
    assert!(error.to_string().contains("population 7 of 2 does not exist"), "{error}");
}

/// Requests by key, and their response times' count.
fn sums(entries: &[Entry]) -> std::collections::BTreeMap<(u64, usize, Outcome), (u64, u64, u64)> {
    let mut sums = std::collections::BTreeMap::new();
    for entry in entries {
        if let Entry::Interval(one) = entry {
            let sum: &mut (u64, u64, u64) = sums.entry((one.second, one.population, one.outcome)).or_default();
            *sum = (sum.0 + one.count(), sum.1 + one.attempts, sum.2 + one.response.len());
        }
    }
    sums
}

proptest! {
    #[test]
    fn making_room_loses_no_count(
        requests in prop::collection::vec((0_u64..3, 0_usize..2, any::<bool>(), 1_u64..500), 0..60),
        counted in prop::collection::vec((0_u64..3, 0_usize..2, 0_usize..2, 0_u64..9), 0..20),
    ) {
        let mut entries: Vec<Entry> = requests.iter().map(|(second, population, ok, millis)| {
            let outcome = if *ok { Outcome::Ok } else { Outcome::Timeout };
            let mut one = Interval::empty(*second, *population, None, 0, outcome);
            one.add(RunTime::from_micros(second * 1_000_000 + 5), 2, Duration::from_millis(*millis));
            Entry::Interval(one)
        }).collect();
        entries.extend(counted.iter().map(|(second, population, thread, started)| Entry::Arrivals(ArrivalCounts {
            second: *second, population: *population, thread: *thread, started: *started, ..ArrivalCounts::default()
        })));
        let compacted = batch::compact(entries.clone());
        prop_assert_eq!(sums(&compacted), sums(&entries));
        let started = |entries: &[Entry]| entries.iter().map(|entry| match entry {
            Entry::Arrivals(one) => one.started,
            _ => 0,
        }).sum::<u64>();
        prop_assert_eq!(started(&compacted), started(&entries));
        prop_assert!(compacted.len() <= 3 * 2 * 2 + 3 * 2 * 2);
    }
}
