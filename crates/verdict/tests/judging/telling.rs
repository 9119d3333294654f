//! What surrounds the judgement: series, event log, load, notes, sentences.

use crate::story::{AMERICA, EU, EUROPE, Probe, Story, Stretch, US, WRITE, at, manifest};
use plan::{
    fault::{FaultKind, Pace, Replication},
    resolved::{LinkCuts, LoadModel, ObjectiveKind, OperationClass, PathBasis, Target},
};
use record::{AgentEntry, AgentJoined, AgentNews, Entry, EventKind, Outcome, Recording};
use std::time::Duration;
use units::Part;
use verdict::{
    Findings,
    findings::{EventTag, NoteKind},
};

#[test]
fn the_series_are_what_users_met() {
    let findings = Story::good().judged();
    let series = &findings.series;
    assert_eq!(series.from_second, 2);
    let europe = &series.populations[EUROPE];
    for list in [&europe.ok_home, &europe.ok_elsewhere, &europe.failed, &europe.intended, &europe.in_flight] {
        assert_eq!(list.len(), series.seconds);
    }
    // Index 12 is the second T+12: 0.1 s at home, 0.9 s of failures.
    assert_eq!((europe.ok_home[12], europe.ok_elsewhere[12], europe.failed[12]), (3, 0, 27));
    assert_eq!((europe.ok_home[20], europe.ok_elsewhere[20], europe.failed[20]), (0, 30, 0));
    assert_eq!((europe.ok_home[30], europe.ok_elsewhere[30], europe.failed[30]), (30, 0, 0));
    assert_eq!(
        europe.served.iter().map(|one| (one.region, one.ok[20])).collect::<Vec<_>>(),
        [(Some(0), 0), (Some(1), 30)]
    );
    assert_eq!(europe.failed_by.len(), 1);
    assert_eq!((europe.failed_by[0].outcome.as_str(), europe.failed_by[0].failed[13]), ("timeout", 30));
    assert_eq!(europe.p50_us[13], None, "nobody was answered");
    assert!(europe.p50_us[20].is_some_and(|micros| (130_000..140_000).contains(&micros)));
    assert_eq!(europe.p99_us[20], None, "thirty samples are too few");
    assert!(europe.has_data[39] && !europe.has_data[40], "after the load's end there is no data");
    let sums = [&europe.ok_home, &europe.ok_elsewhere, &europe.failed].map(|list| list.iter().sum::<u64>());
    assert_eq!(sums.iter().sum::<u64>() * 2, findings.load.requests);
}

#[test]
fn around_a_fault_there_are_tenths() {
    let findings = Story::good().judged();
    let fine = &findings.series.fine[EUROPE];
    assert_eq!((fine.fault.as_str(), fine.population, fine.bucket_us), ("eu-dies", EUROPE, 100_000));
    assert_eq!(fine.from, at(7.0));
    assert_eq!(fine.failed.len(), 350, "35 s at least");
    let first_failure = fine.failed.iter().position(|failed| *failed > 0);
    assert_eq!(first_failure, Some(51), "12.1 s");
    assert_eq!(fine.failed.iter().filter(|failed| **failed > 0).count(), 42);
    assert_eq!((fine.ok_home[50], fine.ok_elsewhere[93], fine.failed[52]), (3, 3, 3));
}

#[test]
fn the_event_log_holds_what_was_recorded_and_what_follows() {
    let mut story = Story::good();
    story.probes[0].lose();
    let findings = story.judged();
    let names: Vec<_> = findings.events.iter().map(|line| line.event.as_str()).collect();
    for derived in ["impact", "recovered", "shifted", "failed-back", "writes-lost"] {
        let line = findings.events.iter().find(|line| line.event == derived);
        assert!(line.is_some_and(|line| line.source == "verdict"), "{derived} in {names:?}");
    }
    assert!(findings.events.is_sorted_by_key(|line| line.at));
    let detected = findings.events.iter().find(|line| line.tag == EventTag::Detect).unwrap();
    assert_eq!((detected.region, detected.source.as_str(), detected.at), (Some(0), "steering", at(15.1)));
    let active = findings.events.iter().find(|line| line.event == "fault-active").unwrap();
    assert_eq!(active.fault.as_deref(), Some("eu-dies"));
}

#[test]
fn load_is_accounted_for() {
    let mut story = Story::good();
    story.dropped = 1;
    let load = story.judged().load;
    assert_eq!((load.intended, load.started, load.dropped, load.unsent), (2_400, 2_320, 80, 0));
    assert_eq!((load.requests, load.failed), (2_400, 126));
    assert_eq!(load.attempts, 2_400 + 2 * 126, "three attempts for each that failed");
    assert_eq!(load.attempts_per_request_baseline, Some(1.0));
    assert!(load.attempts_per_request_fault.is_some_and(|ratio| (1.3..1.4).contains(&ratio)));
    assert_eq!(load.attempts_per_request_max, Some(2.0), "europe fails, america doesn't");
    assert_eq!((load.in_flight_max, load.users_max), (6, 40));
    assert_eq!(load.late, 0);
    story.send_lag = Duration::from_millis(6);
    assert_eq!(story.judged().load.late, 2_400);
}

#[test]
fn notes_warn_of_what_makes_numbers_mean_less() {
    let warnings = |story: &Story| {
        let notes = story.judged().notes;
        let warnings = notes.into_iter().filter(|note| note.kind == NoteKind::Warning).map(|note| note.text);
        warnings.collect::<Vec<_>>().join("\n")
    };
    let mut story = Story::good();
    assert_eq!(warnings(&story), "");
    story.plan.load.model = LoadModel::Closed;
    assert!(warnings(&story).contains("the load is closed"));
    story.plan.faults.clear();
    assert_eq!(warnings(&story), "", "without an outage a closed load is fine");
    let mut story = Story::good();
    story.plan.load.model = LoadModel::PartlyOpen { journeys_mean: 12.0 };
    assert!(warnings(&story).contains("behave like a closed load"));
    let mut story = Story::good();
    if let Target::Chirp(lab) = &mut story.plan.target {
        lab.defects.push("stale-cache".to_owned());
    }
    story.event(1.0, EventKind::DefectOn("shallow-health".to_owned()));
    assert_eq!(story.judged().defects_on, ["shallow-health", "stale-cache"]);
    assert!(warnings(&story).contains("stale-cache"));
}

#[test]
fn what_is_emulated_says_so() {
    let mut story = Story::good();
    story.plan.populations[AMERICA].paths[0].basis = PathBasis::Line { kilometres: 5_570 };
    let findings = story.judged();
    let notes: Vec<_> = findings.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes.iter().any(|text| text.contains("nothing here claims packet loss")), "{notes:?}");
    assert!(notes.iter().any(|text| text.contains("estimated and measured")), "{notes:?}");
    assert_eq!(findings.run.populations[AMERICA].paths[0].basis_text, "estimated from 5 570 km");
    assert!(!notes.iter().any(|text| text.contains("kernel")), "{notes:?}");
    if let Target::Chirp(lab) = &mut story.plan.target {
        lab.cuts = LinkCuts::Kernel;
    }
    let notes = story.judged().notes;
    assert!(notes.iter().any(|note| note.text.starts_with("links are cut by the kernel")), "{notes:?}");
    assert!(notes.iter().any(|note| note.text.contains("except where the kernel cuts a link")), "{notes:?}");
    story.plan.populations.iter_mut().for_each(|population| population.paths.clear());
    story.plan.peer_paths.clear();
    let notes = story.judged().notes;
    assert!(notes.iter().any(|note| note.text.contains("no path is emulated")));
}

#[test]
fn where_an_agent_stands_nothing_is_emulated_and_that_is_said() {
    let story = Story::good();
    let joined = |agent: usize, place: Option<&str>, shares: [bool; 2]| {
        let share = |has: bool| has.then_some(units::Part::WHOLE);
        let news = AgentNews::Joined(Box::new(AgentJoined {
            name: "agent".to_owned(),
            instance: "i".to_owned(),
            place: place.map(str::to_owned),
            version: "0.1.0".to_owned(),
            host: "h".to_owned(),
            clock_bound: Duration::from_micros(21_400),
            shares: shares.map(share).to_vec(),
            emulated: vec![place.is_none(); 2],
        }));
        Entry::Agent(AgentEntry { at: at(-1.0), agent, news })
    };
    let judged = |agents: Vec<Entry>| {
        let entries = agents.into_iter().chain(story.entries()).collect();
        verdict::judge(&Recording::in_memory(manifest(), story.plan.clone(), entries))
    };
    let mixed = judged(vec![joined(0, Some("eu-west-1"), [true, false]), joined(1, None, [false, true])]);
    let said = |findings: &Findings, text: &str| findings.notes.iter().any(|note| note.text.contains(text));
    assert!(said(&mixed, "some distances are real") && said(&mixed, "europe in eu-west-1"), "{:?}", mixed.notes);
    assert!(said(&mixed, "good to ± 21.4 ms"), "{:?}", mixed.notes);
    assert!(mixed.run.populations[EUROPE].paths.is_empty() && !mixed.run.populations[AMERICA].paths.is_empty());
    let none = judged(vec![joined(0, None, [true, true])]);
    assert!(!said(&none, "are real") && !none.run.populations[EUROPE].paths.is_empty());
}

#[test]
fn users_that_somebody_in_another_place_takes_over_are_not_really_far_away() {
    let story = Story::good();
    let joined = |place: &str, shares: Vec<Option<Part>>, emulated: bool| {
        AgentNews::Joined(Box::new(AgentJoined {
            name: place.to_owned(),
            instance: "i".to_owned(),
            place: Some(place.to_owned()),
            version: "0.1.0".to_owned(),
            host: "h".to_owned(),
            clock_bound: Duration::ZERO,
            shares,
            emulated: vec![emulated; 2],
        }))
    };
    let whole = || vec![Some(Part::WHOLE); 2];
    let is_real = |news: Vec<AgentNews>| {
        let own = |(agent, news): (usize, AgentNews)| Entry::Agent(AgentEntry { at: at(-1.0), agent, news });
        let first = (0, joined("eu-west-1", whole(), false));
        let entries = std::iter::once(first).chain(news.into_iter().map(|news| (1, news))).map(own);
        let entries = entries.chain(story.entries()).collect();
        let findings = verdict::judge(&Recording::in_memory(manifest(), story.plan.clone(), entries));
        findings.run.populations[EUROPE].paths.is_empty()
    };
    let elsewhere = || joined("us-east-1", vec![None; 2], true);
    assert!(is_real(vec![elsewhere()]), "who generates nothing changes nothing");
    assert!(!is_real(vec![elsewhere(), AgentNews::Shares { second: 20, shares: whole() }]));
    assert!(!is_real(vec![joined("us-east-1", whole(), true)]), "emulated on top of the way from there");
}

#[test]
fn the_sentence_fits_a_bridge_call() {
    let mut story = Story::good();
    assert_eq!(
        story.judged().summary.sentence,
        "Failover worked in 4.2 s (limit 8 s) and none of 70 acknowledged writes was lost."
    );
    story.probes.iter_mut().take(31).for_each(Probe::lose);
    let sentence = story.judged().summary.sentence;
    assert!(
        sentence.starts_with("Failover worked in 4.2 s (limit 8 s), but ") && sentence.ends_with(" were lost."),
        "{sentence}"
    );
    assert!(sentence.len() <= 160, "{sentence}");
    story.plan.objectives.retain(|objective| objective.name != "recovery");
    let sentence = story.judged().summary.sentence;
    assert!(sentence.starts_with("Failover worked in 4.2 s, but "), "{sentence}");
}

#[test]
fn the_limit_of_the_sentence_is_one_of_those_whom_it_is_about() {
    // Writes of Europe fail until then, and its reads until 16.3 s.
    let sentence = |wrote: f64, promised: Option<OperationClass>, whom: Option<&str>| {
        let mut story = Story::good();
        story.traffic.retain(|one| !(one.population == EUROPE && one.step == WRITE && one.from == 16.3));
        for (from, to, outcome, served_by) in [(16.3, wrote, Outcome::Timeout, None), (wrote, 27.0, Outcome::Ok, US)] {
            let (population, step, per_tenth, latency_ms, attempts) = (EUROPE, WRITE, 1, 130, 1);
            let one = Stretch { population, step, from, to, per_tenth, outcome, served_by, latency_ms, attempts };
            story.traffic.push(one);
        }
        for objective in &mut story.plan.objectives {
            if let ObjectiveKind::RecoveryTime { class, population, .. } = &mut objective.kind {
                (*class, *population) = (promised, whom.map(Into::into));
            }
        }
        story.judged().summary.sentence
    };
    let (read, write) = (Some(OperationClass::Read), Some(OperationClass::Write));
    let cases = [
        (16.3, None, None, "Failover worked in 4.2 s (limit 8 s) and "),
        (16.3, read, Some("europe"), "Failover worked in 4.2 s (limit 8 s) and "),
        (16.3, None, Some("america"), "Failover worked in 4.2 s and "),
        (18.0, write, None, "Failover worked in 5.9 s (limit 8 s) and "),
        (18.0, read, None, "Failover worked in 5.9 s and "),
        (22.0, read, None, "Failover worked in 9.9 s, but availability"),
        (22.0, None, None, "Failover took 9.9 s (limit 8 s)"),
    ];
    for (wrote, class, whom, expected) in cases {
        let told = sentence(wrote, class, whom);
        assert!(told.starts_with(expected), "{class:?} of {whom:?}, {wrote}: {told}");
    }
}

#[test]
fn who_only_waits_for_the_end_of_a_fault_is_told_of_no_failover() {
    let sentence = |kind: Option<FaultKind>, until: f64, has_limit: bool| {
        let mut story = Story::good();
        story.forget(EUROPE);
        story.serve(EUROPE, 0.0, 12.1, EU);
        story.fail(EUROPE, 12.1, until, Outcome::Refused);
        story.serve(EUROPE, until, 40.0, EU);
        story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
        story.plan.faults[0].kind = kind.unwrap_or_else(|| story.plan.faults[0].kind.clone());
        story.plan.objectives.retain(|objective| has_limit || objective.name != "recovery");
        story.judged().summary.sentence
    };
    let stopped = || Some(Replication { region: "eu-west-1".into(), pace: Pace::Stopped, gauge_frozen: false }.into());
    let cases = [
        (stopped(), 18.0, true, "Users were well again after 5.9 s (limit 8 s)"),
        (stopped(), 25.0, true, "Users were well again only after 12.9 s (limit 8 s)"),
        (stopped(), 25.0, false, "Users were well again after 12.9 s"),
        (stopped(), 40.0, true, "Users were not well again: europe still failed"),
        (None, 25.0, true, "Users were well again only after 12.9 s (limit 8 s)"),
        (None, 40.0, true, "Failover did not work: europe still failed"),
    ];
    for (kind, until, has_limit, expected) in cases {
        let told = sentence(kind, until, has_limit);
        assert!(told.starts_with(expected), "{expected}: {told}");
    }
}

#[test]
fn what_an_outage_costs_of_a_month_is_said() {
    let findings = Story::good().judged();
    let availability = findings.objectives.iter().find(|objective| objective.name == "availability").unwrap();
    // 126 of 1,140 requests over 38 s, against 15 % of 30 days.
    assert!(availability.reason.contains("burns < 0.01 % of a 30-day error budget"), "{}", availability.reason);
}

#[test]
fn a_missed_detection_is_remarked() {
    let mut story = Story::good();
    story.without_event(|kind| matches!(kind, EventKind::HealthChanged { .. } | EventKind::SteeringChanged { .. }));
    let remarks = story.judged().faults[0].remarks.join("\n");
    assert!(remarks.contains("nothing in the service's health or steering was seen to react"), "{remarks}");
    assert!(Story::good().judged().faults[0].remarks.is_empty());
}

/// A run of 100 s in which everybody fails from the fault on; its removal is proven at 24.8 s.
fn sustained(attempts: u32, per_tenth: u32, length: u64) -> String {
    after_the_fault(attempts, per_tenth, length, Outcome::Timeout)
}

fn after_the_fault(attempts: u32, per_tenth: u32, length: u64, outcome: Outcome) -> String {
    let mut story = Story::good();
    if let plan::resolved::Stage::Constant { duration, .. } = &mut story.plan.load.stages[0] {
        *duration = Duration::from_secs(length);
    }
    for event in &mut story.events {
        if event.at >= at(40.0) {
            event.at = event.at + Duration::from_secs(length - 40);
        }
    }
    story.traffic.clear();
    for population in [EUROPE, AMERICA] {
        story.serve(population, 0.0, 12.1, Some(population));
        story.fail(population, 12.1, length as f64, outcome);
    }
    let later = story.traffic.iter_mut().filter(|stretch| stretch.from > 12.0);
    later.for_each(|stretch| (stretch.attempts, stretch.per_tenth) = (attempts, stretch.per_tenth * per_tenth));
    story.ends = false;
    story.judged().faults[0].remarks.join("\n")
}

#[test]
fn a_bad_state_that_outlives_its_cause_is_metastable() {
    let cases = [
        ("retries keep it going", sustained(3, 1, 100), true),
        ("without retries it is something else", sustained(1, 1, 100), false),
        ("under more load than before it is overload", sustained(3, 2, 100), false),
        ("seen for too short", sustained(3, 1, 60), false),
        ("with retries, but well served", after_the_fault(3, 1, 100, record::Outcome::Ok), false),
    ];
    for (case, remarks, expected) in cases {
        assert_eq!(remarks.contains("metastable"), expected, "{case}: {remarks}");
    }
}
