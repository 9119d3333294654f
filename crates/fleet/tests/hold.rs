//! A load that is held while it runs: two agents follow at the same moment, and their parts add up to the held load.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of whole runs")]
mod world;

use fleet::{
    Observation, Recruit, RunEnd, RunSetup, StopLevel,
    agent::{self, AgentOptions},
    conduct,
    control::{Answer, Ask, Asked},
    link,
};
use load::{
    Hold,
    arrivals::{Schedule, Shape},
};
use plan::resolved::ResolvedPlan;
use record::{Entry, Event, EventKind, Recording};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot, watch};
use units::{Part, RunTime};
use world::{Service, checked, setup};

/// One of two agents, on a thread of its own.
fn one_of_two(plan: &ResolvedPlan, index: u64, folder: &Path) -> Recruit {
    let name = format!("agent {}", index + 1);
    let (link, end) = link::channel(&name);
    let options = AgentOptions::new(&name, None, folder.join(format!("spool-{index}")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || {
        // Its link tells how it ended.
        let _ = runtime.block_on(agent::run(end, options));
        runtime.shutdown_background();
    });
    Recruit {
        link,
        addresses: load::TargetAddresses::attached(plan).unwrap(),
        shares: vec![Part::new(index, 2)],
        emulated: vec![true],
        weight: 1,
        threads: Some(1),
        spool_bytes_max: 1 << 20,
        spool: None,
    }
}

/// Carries the plan out with two agents; each is asked when it is the first tick so long after the load's start.
async fn asked(plan: &ResolvedPlan, folder: &Path, asks: Vec<(Duration, Ask)>) -> Vec<Answer> {
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let (sender, receiver) = mpsc::channel(8);
    let agents = (0..2).map(|index| one_of_two(plan, index, folder)).collect();
    let setup = RunSetup { asks: receiver, ..setup(plan.clone(), agents, &folder.join("run"), stopped) };
    let (mut waiting, mut replies, mut begun) = (asks.into_iter().peekable(), Vec::new(), None);
    let end = conduct(setup, &mut |observation| match observation {
        Observation::Entry(Entry::Event(event)) if event.kind == EventKind::LoadStarted => begun = Some(event.at),
        Observation::Tick(now) => {
            let age = |begun| now.saturating_since(begun);
            while let Some((_, ask)) = waiting.next_if(|(after, _)| begun.is_some_and(|begun| age(begun) >= *after)) {
                let (reply, answer) = oneshot::channel();
                sender.try_send(Asked { ask, reply }).unwrap();
                replies.push(answer);
            }
        }
        _ => {}
    })
    .await;
    assert_eq!(end.unwrap(), RunEnd::Complete);
    let mut answers = Vec::new();
    for reply in replies {
        answers.push(reply.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn agents_that_hold_their_load_offer_the_held_load_together() {
    let url = Service::start().await.url;
    let plan = checked(format!(
        "version: 1\nname: ramp\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, stages: [{{linear: {{from: 20/s, to: 100/s, for: 8s}}}}], warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n"
    ));
    let folder = tempfile::tempdir().unwrap();
    let how = || "by a test".to_owned();
    let asks = vec![
        (Duration::from_secs(1), Ask::Hold { how: how() }),
        (Duration::from_millis(2_500), Ask::Hold { how: how() }),
        (Duration::from_secs(3), Ask::EndHold { how: how() }),
    ];
    let answers = asked(&plan, folder.path(), asks).await;
    let recording = Recording::read(&folder.path().join("run")).unwrap();
    let events = recording.entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) => Some(event),
        _ => None,
    });
    let events: Vec<&Event> = events.collect();
    assert!(
        matches!(&answers[..], [Answer::Done, Answer::Refused { why }, Answer::Done] if why.contains("already")),
        "{answers:?}"
    );

    let begun = events.iter().find(|event| event.kind == EventKind::LoadStarted).unwrap().at;
    let of_load = |at: &RunTime| at.saturating_since(begun);
    let from = events.iter().find_map(|event| match &event.kind {
        EventKind::LoadHeld { from, how } => Some((of_load(from), how.clone())),
        _ => None,
    });
    let to = events.iter().find_map(|event| match &event.kind {
        EventKind::HoldEnded { from } => Some(of_load(from)),
        _ => None,
    });
    let ((from, said), to) = from.zip(to).unwrap();
    assert!(said == how() && from >= Duration::from_secs(2) && to > from, "{said} from {from:?} to {to:?}");

    let shape = Arc::new(Shape::new(&plan.load.stages).held(&[Hold { from, to: Some(to) }]));
    let seed = plan.seed.derive(plan.populations[0].name.as_str());
    let due = Schedule::new(shape, plan.populations[0].share, plan.load.arrivals, seed, Part::WHOLE);
    let (mut expected, mut intended) = (BTreeMap::<u64, u64>::new(), BTreeMap::<u64, u64>::new());
    due.for_each(|arrival| *expected.entry((begun.since_start() + arrival.intended).as_secs()).or_default() += 1);
    for entry in &recording.entries {
        if let Entry::Arrivals(row) = entry {
            *intended.entry(row.second).or_default() += row.intended;
        }
    }
    intended.retain(|_, count| *count > 0);
    // An agent that a busy machine kept from hearing of it in time follows later, and is named.
    let is_late = events.iter().any(|event| event.text.contains("had not confirmed in time"));
    assert!(is_late || intended == expected, "{intended:?} is not {expected:?}");
}
