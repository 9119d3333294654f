//! What several agents generated: seconds that are not complete make what looks at them inconclusive, and the worst agent is named.

use crate::story::{Story, at, manifest};
use record::{AgentEntry, AgentJoined, AgentNews, Entry, EventKind, Recording};
use std::time::Duration;
use units::Part;
use verdict::{
    Findings,
    Verdict::{self, Inconclusive, Pass},
};

/// What is recorded of an agent, and when.
type News = Vec<(f64, AgentNews)>;

const PROMISES: [&str; 5] = ["recovery", "failback", "nothing lost", "availability", "fast"];

fn joined() -> AgentNews {
    AgentNews::Joined(Box::new(AgentJoined {
        name: "agent".to_owned(),
        instance: "i".to_owned(),
        place: None,
        version: "0.1.0".to_owned(),
        host: "h".to_owned(),
        clock_bound: Duration::ZERO,
        shares: vec![Part::new(0, 2); 2],
        emulated: vec![true, true],
    }))
}

/// A good run by two agents, of which these things are recorded (when, which agent, what).
fn recording(news: &[(f64, usize, AgentNews)]) -> Recording {
    let story = Story::good();
    let mut entries: Vec<Entry> = (0..2).map(|agent| agent_entry(-1.0, agent, joined())).collect();
    entries.extend(story.entries());
    let end = entries.len() - 1;
    let news = news.iter().map(|(when, agent, news)| agent_entry(*when, *agent, news.clone()));
    entries.splice(end..end, news);
    Recording::in_memory(manifest(), story.plan, entries)
}

fn agent_entry(when: f64, agent: usize, news: AgentNews) -> Entry {
    Entry::Agent(AgentEntry { at: at(when), agent, news })
}

fn complete(second: f64) -> AgentNews {
    AgentNews::Complete { second: at(second).second(), batch: 1 }
}

fn lost() -> AgentNews {
    AgentNews::Lost { reason: "its process was killed by signal 9".to_owned() }
}

/// Agent 1 generates it from then on.
fn taken_over(second: f64) -> AgentNews {
    AgentNews::TakenOver { second: at(second).second(), by: vec![0] }
}

fn coverage(findings: &Findings) -> &verdict::findings::TrustFinding {
    findings.trust.iter().find(|rule| rule.rule == "coverage").unwrap()
}

fn verdicts(findings: &Findings) -> [Verdict; 5] {
    PROMISES.map(|name| findings.objectives.iter().find(|objective| objective.name == name).unwrap().verdict)
}

#[test]
fn seconds_that_are_not_complete_are_named_and_spoil_what_looks_at_them() {
    // What is recorded of the second agent, what the rule says, and the verdicts on the promises.
    let cases: [(&str, News, &str, [Verdict; 5]); 9] = [
        ("all told", vec![(49.0, AgentNews::Drained)], "everything that 2 agents generated is recorded", [Pass; 5]),
        (
            "lost in the middle",
            vec![(18.0, complete(13.0)), (20.0, lost())],
            "agent 2: T+14.0 s to T+40.0 s are incomplete (it was lost: its process was killed by signal 9)",
            [Inconclusive; 5],
        ),
        (
            "lost in the middle, and taken over",
            vec![(18.0, complete(13.0)), (20.0, lost()), (20.0, taken_over(23.0))],
            "agent 2: T+14.0 s to T+23.0 s are incomplete (it was lost: its process was killed by signal 9)",
            [Inconclusive; 5],
        ),
        (
            "lost in the middle, taken over, and back with everything that it had kept",
            vec![
                (18.0, complete(13.0)),
                (20.0, lost()),
                (20.0, taken_over(23.0)),
                (31.0, complete(17.0)),
                (32.0, AgentNews::Drained),
            ],
            "agent 2 was lost at T+20.0 s (its process was killed by signal 9)",
            [Pass, Pass, Inconclusive, Pass, Pass],
        ),
        (
            "taken over in the warm-up: all that is looked at is complete, but its first probes were not read in the end",
            vec![(0.5, lost()), (0.5, taken_over(2.0))],
            "agent 2 was lost at T+0.5 s (its process was killed by signal 9)",
            [Pass, Pass, Inconclusive, Pass, Pass],
        ),
        (
            "lost before a second was complete",
            vec![(3.0, lost())],
            "agent 2: T+2.0 s to T+40.0 s are incomplete (it was lost: its process was killed by signal 9)",
            [Inconclusive; 5],
        ),
        (
            "lost after its load was over: only its probes were not read in the end",
            vec![(41.0, complete(41.0)), (46.0, lost())],
            "agent 2 was lost at T+46.0 s (its process was killed by signal 9)",
            [Pass, Pass, Inconclusive, Pass, Pass],
        ),
        (
            "some seconds could not be kept",
            vec![
                (
                    30.0,
                    AgentNews::Missing { from: at(20.0).second(), to: at(22.0).second(), reason: "full".to_owned() },
                ),
                (49.0, AgentNews::Drained),
            ],
            "agent 2: T+20.0 s to T+23.0 s are incomplete (full)",
            [Inconclusive; 5],
        ),
        (
            "seconds of the warm-up could not be kept: nothing looks at them",
            vec![
                (30.0, AgentNews::Missing { from: at(0.0).second(), to: at(1.0).second(), reason: "full".to_owned() }),
                (49.0, AgentNews::Drained),
            ],
            "everything that 2 agents generated is recorded",
            [Pass; 5],
        ),
    ];
    for (name, news, text, expected) in cases {
        let mut all = vec![(49.0, 0, AgentNews::Drained)];
        all.extend(news.into_iter().map(|(when, news)| (when, 1, news)));
        let findings = verdict::judge(&recording(&all));
        assert_eq!(coverage(&findings).text, text, "{name}");
        assert_eq!(verdicts(&findings), expected, "{name}");
        let worst = expected.into_iter().fold(Pass, Verdict::merge);
        assert_eq!((findings.summary.verdict, coverage(&findings).verdict), (worst, worst), "{name}");
    }
}

#[test]
fn who_joins_in_the_middle_answers_for_what_it_generates_and_for_nothing_before() {
    let AgentNews::Joined(joined) = joined() else { unreachable!() };
    let joined = AgentNews::Joined(Box::new(AgentJoined { shares: vec![None, None], ..*joined }));
    let shares = AgentNews::Shares { second: at(20.0).second(), shares: vec![Part::new(0, 4); 2] };
    let said = |news: Vec<AgentNews>| {
        let drained = [0, 1].map(|agent| (49.0, agent, AgentNews::Drained));
        let of_third = std::iter::once(joined.clone()).chain(news).map(|news| (18.0, 2, news));
        let findings = verdict::judge(&recording(&drained.into_iter().chain(of_third).collect::<Vec<_>>()));
        coverage(&findings).text.clone()
    };
    assert_eq!(said(Vec::new()), "everything that 3 agents generated is recorded", "it had no share");
    let open = "agent 3: T+20.0 s to T+40.0 s are incomplete (the recording ends before it had told everything)";
    assert_eq!(said(vec![shares.clone()]), open);
    let AgentNews::Shares { shares: parts, .. } = shares.clone() else { unreachable!() };
    let sooner = AgentNews::Shares { second: at(19.0).second(), shares: parts };
    let from_then = open.replace("T+20.0", "T+19.0");
    assert_eq!(
        said(vec![shares.clone(), sooner]),
        from_then,
        "it took over something that begins before its own share"
    );
    assert_eq!(
        said(vec![shares.clone(), complete(45.0), AgentNews::Drained]),
        "everything that 3 agents generated is recorded"
    );
    let missing = |from: f64, to: f64| AgentNews::Missing {
        from: at(from).second(),
        to: at(to).second(),
        reason: "late".to_owned(),
    };
    assert_eq!(
        said(vec![shares, missing(5.0, 21.0), AgentNews::Drained]),
        "agent 3: T+20.0 s to T+22.0 s are incomplete (late)"
    );
}

#[test]
fn a_recording_from_before_there_were_agents_is_judged_as_it_was() {
    let findings = Story::good().judged();
    assert!(findings.trust.iter().all(|rule| rule.rule != "coverage"));
    assert_eq!((findings.generator.agents, findings.generator.worst_agent), (1, None));
}

#[test]
fn one_late_agent_cant_hide_behind_punctual_ones() {
    let mut recording = recording(&[(49.0, 0, AgentNews::Drained), (49.0, 1, AgentNews::Drained)]);
    // The second agent sends few arrivals, all of them late: together the p99 holds.
    let mut is_first = true;
    for entry in &mut recording.entries {
        if let Entry::Arrivals(row) = entry {
            let (lags, lag) = if is_first { (400, 80_000) } else { (1_000, 200) };
            row.agent = usize::from(is_first);
            row.send_lag.clear();
            (0..lags).for_each(|_| row.send_lag.record(Duration::from_micros(lag)));
            is_first = false;
        }
    }
    let findings = verdict::judge(&recording);
    let limit = findings.generator.send_lag_limit;
    assert!(
        findings.generator.send_lag_p99.value.is_some_and(|p99| p99 <= limit),
        "{:?}",
        findings.generator.send_lag_p99
    );
    let worst = findings.generator.worst_agent.as_ref().unwrap();
    assert_eq!((worst.agent, findings.generator.agents), (2, 2));
    let rule = findings.trust.iter().find(|rule| rule.rule == "send-lag").unwrap();
    assert_eq!(rule.verdict, Inconclusive);
    assert!(rule.text.contains("(agent 2, the worst of 2)"), "{}", rule.text);
}

#[test]
fn a_saturation_lasts_until_the_last_agent_keeps_up_again() {
    let mut story = Story::good();
    for (when, agent, saturated) in
        [(10.0, "agent 1", true), (12.0, "agent 2", true), (14.0, "agent 1", false), (17.0, "agent 2", false)]
    {
        let kind = EventKind::GeneratorSaturated(saturated);
        story.events.push(record::Event::new(at(when), kind, agent, ""));
    }
    let spans = story.judged().generator.saturated;
    assert_eq!(spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(at(10.0), at(17.0))]);
}
