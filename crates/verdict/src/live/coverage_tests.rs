//! What is known of a generator that was lost, that came late, or that could not keep something.

use super::*;
use record::{AgentEntry, AgentJoined, AgentNews};
use std::time::Duration;
use units::{Part, RunTime};

fn joined(has_share: bool) -> AgentNews {
    AgentNews::Joined(Box::new(AgentJoined {
        name: "one".to_owned(),
        instance: String::new(),
        place: None,
        version: String::new(),
        host: String::new(),
        clock_bound: Duration::ZERO,
        shares: vec![has_share.then(|| Part::new(0, 1)).flatten()],
        emulated: vec![true],
    }))
}

fn complete(second: u64) -> AgentNews {
    AgentNews::Complete { second, batch: second }
}

fn missing(from: u64, to: u64) -> AgentNews {
    AgentNews::Missing { from, to, reason: "full".to_owned() }
}

fn lost() -> AgentNews {
    AgentNews::Lost { reason: "silence".to_owned() }
}

fn taken_over(second: u64) -> AgentNews {
    AgentNews::TakenOver { second, by: vec![1] }
}

/// What is known of seconds 2 to 101 of an agent with that news: from, until, the gaps and the text.
fn known(news: Vec<AgentNews>, awaited: Option<u64>) -> (Range<u64>, Vec<(u64, u64, String)>, String) {
    let mut all = Coverage::default();
    for news in news {
        all.take(&AgentEntry { at: RunTime::START, agent: 0, news });
    }
    let now = coverage(&all, 0, 2..102, awaited).expect("it joined");
    let gaps = now.missing.into_iter().map(|one| (one.seconds.start, one.seconds.end, one.why));
    (now.seconds, gaps.collect(), now.text)
}

type Case = (Vec<AgentNews>, Option<u64>, Range<u64>, Vec<(u64, u64, String)>, &'static str, &'static str);

fn check(cases: Vec<Case>) {
    for (news, awaited, seconds, gaps, text, case) in cases {
        assert_eq!(known(news, awaited), (seconds, gaps, text.to_owned()), "{case}");
    }
}

fn gap(from: u64, to: u64, why: &str) -> (u64, u64, String) {
    (from, to, why.to_owned())
}

#[test]
fn each_second_that_is_not_known_is_missing_once_with_its_reason() {
    let all = || vec![joined(true), complete(101)];
    let twice = vec![joined(true), missing(10, 12), missing(12, 14), missing(11, 11), complete(101)];
    let three = vec![joined(true), missing(10, 12), complete(101)];
    let (slow, silent) = (vec![joined(true), complete(97)], vec![joined(true)]);
    let yet = "not told yet";
    check(vec![
        (all(), None, 2..102, vec![], "100 %", "all is told"),
        (three, None, 2..102, vec![gap(10, 13, "full")], "97 %, 3 seconds missing", "a gap"),
        (
            twice,
            None,
            2..102,
            vec![gap(10, 13, "full"), gap(13, 15, "full")],
            "95 %, 5 seconds missing",
            "what is missing twice counts once",
        ),
        (slow, Some(98), 2..102, vec![gap(98, 102, yet)], "96 %, 4 seconds missing", "one that is slow may still tell"),
        (silent, Some(0), 2..102, vec![gap(2, 102, yet)], "0 %, 100 seconds missing", "one that never told anything"),
    ]);
}

#[test]
fn what_is_due_begins_with_its_share_and_ends_with_what_others_took_over() {
    let shares = |second| AgentNews::Shares { second, shares: vec![Part::new(0, 1)] };
    let gone = || vec![joined(true), complete(51), lost()];
    let taken = gone().into_iter().chain([taken_over(60)]).collect();
    let drained = vec![joined(true), complete(81), AgentNews::Drained];
    let late = vec![joined(false), shares(60), complete(101)];
    let why = "it was lost: silence";
    check(vec![
        (gone(), None, 2..102, vec![gap(52, 102, why)], "50 %, 50 seconds missing", "one that is lost"),
        (taken, None, 2..60, vec![gap(52, 60, why)], "86.2 %, 8 seconds missing", "what others generate is theirs"),
        (drained, None, 2..82, vec![], "100 %", "what ended has nothing to tell behind its end"),
        (late, None, 60..102, vec![], "100 %", "one that came late has nothing to do with what was before"),
        (vec![joined(false)], Some(0), 102..102, vec![], "nothing due yet", "nothing was ever asked of it"),
    ]);
}

#[test]
fn of_one_that_nobody_keeps_account_of_nothing_is_said() {
    assert_eq!(coverage(&Coverage::default(), 0, 2..102, None), None);
}
