//! Who is there, and who may take part.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::{agent::AgentOptions, message::Hello};

fn here(name: &str, instance: &str) -> Here {
    let hello = Hello {
        instance: instance.to_owned(),
        host: "bridge".to_owned(),
        ..AgentOptions::new(name, None, "spool".into()).hello()
    };
    let clock = ClockSaid { boot: "ours".to_owned(), bound_ns: 1_000, round_trip_ns: 2_000, time_of_day_ns: 0 };
    Here {
        hello,
        domain: None,
        standing: Standing::Free,
        silent_ms: 0,
        memory: None,
        spool_free: 1 << 40,
        clocks: vec![clock],
    }
}

fn roster(said: &[(&str, &str, &str)]) -> Roster {
    let mut listening = Listening::default();
    for (region, name, instance) in said {
        listening.take(Whose::new(region, name).unwrap(), Ok(here(name, instance)));
    }
    listening.roster()
}

#[test]
fn two_agents_of_one_name_are_told_from_one_that_was_started_again() {
    type Said<'a> = &'a [(&'a str, &'a str, &'a str)];
    let cases: [(Said<'_>, usize); 5] = [
        (&[("eu", "a", "1"), ("eu", "a", "1")], 0),
        // The first speaks no more once the second does.
        (&[("eu", "a", "1"), ("eu", "a", "2"), ("eu", "a", "2")], 0),
        (&[("eu", "a", "1"), ("eu", "a", "2"), ("eu", "a", "1"), ("eu", "a", "2")], 1),
        // A name is one for the whole fleet.
        (&[("eu", "a", "1"), ("us", "a", "2"), ("eu", "a", "1"), ("us", "a", "2")], 1),
        (&[("eu", "a", "1"), ("eu", "b", "2"), ("eu", "a", "1"), ("eu", "b", "2")], 0),
    ];
    for (said, others) in cases {
        let roster = roster(said);
        let found: usize = roster.agents.iter().map(|agent| agent.others.len()).sum();
        assert_eq!(found, others, "{said:?}");
        assert_eq!(roster.agents.iter().all(|agent| agent.offer("ours").is_ok()), others == 0, "{said:?}");
    }
}

#[test]
fn whoever_left_is_not_there() {
    let mut listening = Listening::default();
    let whose = Whose::new("eu", "a").unwrap();
    listening.take(whose.clone(), Ok(here("a", "1")));
    listening.take(whose, Ok(Here { standing: Standing::Left, ..here("a", "1") }));
    assert_eq!(listening.roster(), Roster::default());
}

#[test]
fn who_can_not_take_part_is_told_why() {
    type Change = fn(&mut Here);
    let cases: [(Change, Option<&str>); 7] = [
        (|_| {}, None),
        (|here| here.standing = Standing::InRun("x-1".to_owned()), Some("agent a is in run x-1")),
        (
            |here| (here.standing, here.silent_ms) = (Standing::InRun("x-1".to_owned()), 52_000),
            Some("agent a is in run x-1, silent for 52 s"),
        ),
        (|here| here.spool_free = 3 << 20, Some("spool is full: 3 MiB are free, 64 MiB are needed")),
        (|here| here.hello.format = "1.1".to_owned(), Some("speaks messages of version 1.1")),
        (|here| here.clocks.clear(), Some("does not know this machine's clock")),
        (|here| here.clocks[0].boot = "another".to_owned(), Some("does not know this machine's clock")),
    ];
    for (change, expected) in cases {
        let mut here = here("a", "1");
        change(&mut here);
        let present = Present { whose: Whose::new("eu", "a").unwrap(), here: Ok(here), others: Vec::new() };
        match (present.offer("ours"), expected) {
            (Ok(_), None) => {}
            (Err(said), Some(expected)) => assert!(said.contains(expected) && said.contains("agent a"), "{said}"),
            (offer, expected) => panic!("{offer:?} instead of {expected:?}"),
        }
    }
    let unreadable =
        Present { whose: Whose::new("eu", "a").unwrap(), here: Err("no member x".to_owned()), others: Vec::new() };
    assert!(unreadable.offer("ours").unwrap_err().contains("use the same Landfall"));
}

#[test]
fn a_clock_that_is_hardly_known_is_said() {
    let mut here = here("a", "1");
    let whose = Whose::new("eu", "a").unwrap();
    let present = |here: &Here| Present { whose: whose.clone(), here: Ok(here.clone()), others: Vec::new() };
    assert_eq!(present(&here).warning("ours"), None);
    here.clocks[0].bound_ns = 300_000_000;
    let said = present(&here).warning("ours").unwrap();
    assert!(said.contains("± 300ms only, more than 250ms"), "{said}");
}
