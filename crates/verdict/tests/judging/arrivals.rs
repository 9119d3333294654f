//! Whether arrivals came as the plan wanted them, and what it spoils when they did not.

use crate::story::{EUROPE, Story, at, manifest};
use plan::resolved::{Arrivals, LoadModel, Stage};
use record::{AgentEntry, AgentJoined, AgentNews, Entry, EventKind, Outcome, Recording};
use std::time::Duration;
use units::{Part, Rate, Seed};
use verdict::{
    Findings,
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::TrustFinding,
};

/// The count of a Poisson process with thirty a second, the same for the same second and population.
pub(crate) fn poisson(second: u64, population: usize) -> u64 {
    let seed = Seed::new(11).derive_number(second).derive_number(population as u64);
    let gap = |number| -(1.0 - (seed.derive_number(number).value() >> 11) as f64 / (1_u64 << 53) as f64).ln() / 30.0;
    let mut reached = gap(0);
    (1..)
        .take_while(|number| {
            let is_within = reached < 1.0;
            reached += gap(*number);
            is_within
        })
        .count() as u64
}

fn story(arrivals: Arrivals, intended: fn(u64, usize) -> u64) -> Story {
    let mut story = Story::good();
    (story.plan.load.arrivals, story.intended) = (arrivals, intended);
    story
}

fn rule(findings: &Findings) -> Option<&TrustFinding> {
    findings.trust.iter().find(|rule| rule.rule == "arrivals")
}

#[test]
fn arrivals_are_held_against_the_plans_rate_and_texture() {
    use Arrivals::{Poisson, Regular};
    type Case = (&'static str, Arrivals, fn(u64, usize) -> u64, Verdict, &'static str);
    let cases: [Case; 9] = [
        ("even, as planned", Regular, |_, _| 30, Pass, "as many came in each second as the plan wanted"),
        (
            "one more and one less",
            Regular,
            |second, _| 29 + second % 3,
            Pass,
            "as many came in each second as the plan wanted",
        ),
        (
            "a second that was generated twice",
            Regular,
            |second, population| if (second, population) == (20, 1) { 60 } else { 30 },
            Inconclusive,
            "the arrivals of america are not the plan's: 60 in a second that was to have 30",
        ),
        (
            "chance, as planned",
            Poisson,
            poisson,
            Pass,
            "as many came as the plan wanted, spread like a Poisson process",
        ),
        (
            "all of it twice",
            Poisson,
            |second, population| 2 * poisson(second, population),
            Inconclusive,
            "where 1 200 were expected",
        ),
        (
            "one of three agents has nothing of a population",
            Poisson,
            |second, population| poisson(second, population) * (3 - population as u64) / 3,
            Inconclusive,
            "the arrivals are not the plan's: america: ",
        ),
        (
            "bunches: as many, and every other second none",
            Poisson,
            |second, _| 60 * (second % 2),
            Inconclusive,
            "as much from second to second as chance makes them",
        ),
        ("as even as no chance is", Poisson, |_, _| 30, Inconclusive, "they vary 0× as much from second to second"),
        ("chance where the plan wants none", Regular, poisson, Inconclusive, "are not the plan's"),
    ];
    for (case, arrivals, intended, expected, text) in cases {
        let findings = story(arrivals, intended).judged();
        let rule = rule(&findings).unwrap();
        assert_eq!(rule.verdict, expected, "{case}: {}", rule.text);
        assert!(rule.text.contains(text), "{case}: {}", rule.text);
        assert_eq!(findings.summary.verdict, expected, "{case}");
    }
}

#[test]
fn other_load_than_planned_spoils_what_was_seen_under_it_and_no_lost_write() {
    let verdict = |findings: &Findings, name: &str| {
        findings.objectives.iter().find(|objective| objective.name == name).unwrap().verdict
    };
    let mut bad = story(Arrivals::Poisson, |second, _| 60 * (second % 2));
    bad.forget(EUROPE);
    bad.fail(EUROPE, 0.0, 40.0, Outcome::Refused);
    bad.probes.iter_mut().take(4).for_each(crate::story::Probe::lose);
    let findings = bad.judged();
    assert_eq!(rule(&findings).unwrap().spoils, ["latency", "availability", "recovery", "failback", "blast-radius"]);
    assert_eq!((verdict(&findings, "availability"), verdict(&findings, "nothing lost")), (Inconclusive, Fail));
}

#[test]
fn what_cannot_be_told_is_not_held_against_anybody() {
    // A closed load has no arrivals of its own.
    let mut closed = story(Arrivals::Poisson, |_, _| 7);
    closed.plan.load.model = LoadModel::Closed;
    assert_eq!(rule(&closed.judged()), None);
    // Of a run that was stopped the last seconds are not all told.
    let mut stopped = story(Arrivals::Regular, |second, _| if second < 28 { 30 } else { 0 });
    stopped.events.retain(|event| event.at < at(30.0));
    stopped.event(30.0, EventKind::Aborted);
    assert_eq!(rule(&stopped.judged()).unwrap().verdict, Pass);
    // Nothing is said of a load that never began.
    let mut nothing = story(Arrivals::Poisson, poisson);
    nothing.without_event(|kind| matches!(kind, EventKind::LoadStarted));
    let findings = nothing.judged();
    assert_eq!(rule(&findings).unwrap().measured.text, "not measured");
    assert_eq!(findings.summary.verdict, Inconclusive, "for other reasons");
}

#[test]
fn seconds_that_an_agent_did_not_tell_are_left_out() {
    let story = story(Arrivals::Regular, |second, _| if (12..15).contains(&second) { 15 } else { 30 });
    let joined = AgentNews::Joined(Box::new(AgentJoined {
        name: "agent".to_owned(),
        instance: "i".to_owned(),
        place: None,
        version: "0.1.0".to_owned(),
        host: "h".to_owned(),
        clock_bound: Duration::ZERO,
        shares: vec![Part::new(0, 1); 2],
        emulated: vec![true, true],
    }));
    let reason = "its spool was full".to_owned();
    let missing = AgentNews::Missing { from: at(12.0).second(), to: at(14.0).second(), reason };
    let judged = |news: &[(f64, AgentNews)]| {
        let mut entries = story.entries();
        let end = entries.len() - 1;
        let news =
            news.iter().map(|(when, news)| Entry::Agent(AgentEntry { at: at(*when), agent: 0, news: news.clone() }));
        entries.splice(end..end, news);
        verdict::judge(&Recording::in_memory(manifest(), story.plan.clone(), entries))
    };
    let told = judged(&[(-1.0, joined.clone()), (49.0, AgentNews::Drained)]);
    assert_eq!(rule(&told).unwrap().verdict, Inconclusive, "they were told, and are half of the plan's");
    let untold = judged(&[(-1.0, joined), (16.0, missing), (49.0, AgentNews::Drained)]);
    assert_eq!(rule(&untold).unwrap().verdict, Pass, "{}", rule(&untold).unwrap().text);
}

#[test]
fn a_ramp_is_expected_to_rise() {
    let mut story = story(Arrivals::Regular, |second, _| second);
    let rate = |value| Rate::per_second(value).unwrap();
    // Half of 2t a second for each: from second t to the next t + 1/2 arrive.
    story.plan.load.stages = vec![Stage::Linear { from: rate(0.0), to: rate(80.0), duration: Duration::from_secs(40) }];
    assert_eq!(rule(&story.judged()).unwrap().verdict, Pass);
    story.intended = |second, _| 40 - second;
    assert_eq!(rule(&story.judged()).unwrap().verdict, Inconclusive);
}
