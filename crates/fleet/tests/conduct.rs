//! The conductor carries a plan out against a small service in this process: phases in order, faults healed, the recording
//! closed, also when it is stopped early.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of links in bad weather")]
mod world;

use fleet::{
    Observation, RunEnd, RunSetup, StopLevel, conduct,
    control::{Answer, Ask, Asked},
};
use plan::resolved::{ResolvedPlan, Stage};
use record::{Entry, EventKind, LedgerEntry, Outcome, Recording, WriteOutcome};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use units::Rate;
use world::{Service, agent, checked, setup};

async fn plan() -> ResolvedPlan {
    plan_with("1s", "").await
}

/// Users are cut off from 7 s on.
async fn plan_with(cut_for: &str, guard: &str) -> ResolvedPlan {
    let url = Service::start().await.url;
    checked(format!(
        "version: 1\nname: small\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 20/s, for: 10s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n\
         ledger:\n  rate: 5/s\n  quiet: 0s\n  write: {{put: \"/{{{{ ledger.value }}}}\"}}\n\
         \x20 read: {{get: \"/{{{{ ledger.value }}}}\", check: {{status: [200, 404]}}}}\n  present: {{status: 200}}\n\
         faults:\n  - name: cut\n    region-isolated: {{region: us-east-1, from: users, manner: reject}}\n    at: 7s\n    for: {cut_for}\n\
         objectives: [{{lost_writes: 0}}]\n{guard}"
    ))
}

fn kinds(recording: &Recording) -> Vec<EventKind> {
    let event = |entry: &Entry| match entry {
        Entry::Event(event) => Some(event.kind.clone()),
        _ => None,
    };
    recording.entries.iter().filter_map(event).collect()
}

/// The wanted kinds occur in this order, with others between them.
fn assert_in_order(kinds: &[EventKind], wanted: &[EventKind]) {
    let mut rest = kinds.iter();
    for kind in wanted {
        assert!(rest.any(|seen| seen == kind), "{kind:?} is missing or out of order in {kinds:?}");
    }
}

#[tokio::test]
async fn a_whole_run_is_recorded_from_start_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan().await;
    let network_is_whole = {
        let (_stop, stopped) = watch::channel(StopLevel::Run);
        let agents = vec![agent(&plan)];
        let setup = setup(plan, agents, folder.path(), stopped);
        let network = setup.environment.network.clone();
        let end = conduct(setup, &mut |_| {}).await.unwrap();
        assert_eq!(end, RunEnd::Complete);
        network.faults().is_empty()
    };
    assert!(network_is_whole, "a fault was left behind");
    let recording = Recording::read(folder.path()).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let name = units::FaultName::new("cut");
    assert_in_order(
        &kinds(&recording),
        &[
            EventKind::LoadStarted,
            EventKind::BaselineStarted,
            EventKind::FaultInjecting(name.clone()),
            EventKind::FaultActive(name.clone()),
            EventKind::FaultHealed(name),
            EventKind::LoadEnded,
            EventKind::FinalReadsStarted,
            EventKind::FinalReadsEnded,
            EventKind::RunEnded,
        ],
    );
    // The fault lies over the users' links, which are the agent's.
    let refused = |entry: &&Entry| matches!(entry, Entry::Interval(one) if matches!(one.outcome, Outcome::Refused | Outcome::Reset));
    assert!(recording.entries.iter().filter(refused).count() > 0, "no user met the fault");
    let acknowledged = |entry: &&Entry| matches!(entry, Entry::Ledger(LedgerEntry::Write(write)) if write.outcome == WriteOutcome::Acknowledged);
    assert!(recording.entries.iter().filter(acknowledged).count() > 20, "the ledger wrote next to nothing");
}

#[tokio::test]
async fn a_run_that_is_stopped_heals_and_closes_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (stop, stopped) = watch::channel(StopLevel::Run);
    let plan = plan().await;
    let agents = vec![agent(&plan)];
    let setup = setup(plan, agents, folder.path(), stopped);
    let network = setup.environment.network.clone();
    let end = conduct(setup, &mut |observation| {
        if let Observation::Entry(Entry::Event(event)) = observation
            && matches!(event.kind, EventKind::FaultActive(_))
        {
            stop.send_replace(StopLevel::Stop);
        }
    })
    .await;
    assert_eq!(end.unwrap(), RunEnd::Aborted);
    assert!(network.faults().is_empty(), "a fault was left behind");
    let recording = Recording::read(folder.path()).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let name = units::FaultName::new("cut");
    assert_in_order(&kinds(&recording), &[EventKind::Aborted, EventKind::FaultHealed(name), EventKind::RunEnded]);
}

#[tokio::test]
async fn past_its_stop_guard_a_run_stops_its_load_heals_and_closes_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let mut plan = plan_with("2s", "stop_guard: {failed_max: 20%, window: 2s}\n").await;
    // Nothing but the guard ends it in the time of a test.
    plan.load.stages =
        vec![Stage::Constant { rate: Rate::per_second(20.0).unwrap(), duration: Duration::from_secs(600) }];
    plan.faults[0].duration = Duration::from_secs(500);
    let agents = vec![agent(&plan)];
    let setup = setup(plan, agents, folder.path(), stopped);
    let network = setup.environment.network.clone();
    assert_eq!(conduct(setup, &mut |_| {}).await.unwrap(), RunEnd::Aborted);
    assert!(network.faults().is_empty(), "a fault was left behind");
    let recording = Recording::read(folder.path()).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let name = units::FaultName::new("cut");
    let ended = [EventKind::StopGuard, EventKind::Aborted, EventKind::FaultHealed(name), EventKind::RunEnded];
    assert_in_order(&kinds(&recording), &ended);
    let why = recording.entries.iter().find_map(|entry| match entry {
        Entry::Event(event) if event.kind == EventKind::StopGuard => Some(event.text.clone()),
        _ => None,
    });
    assert!(why.as_ref().is_some_and(|why| why.ends_with("requests failed within 2s, limit 20%")), "{why:?}");
}

/// Faults are given when the run is so old; answers what became of each.
async fn given(plan: ResolvedPlan, folder: &std::path::Path, faults: &[(Duration, &str)]) -> Vec<Answer> {
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let (sender, asks) = mpsc::channel(8);
    let agents = vec![agent(&plan)];
    let setup = RunSetup { asks, ..setup(plan, agents, folder, stopped) };
    let (mut waiting, mut replies) = (faults.iter(), Vec::new());
    let mut next = waiting.next();
    let end = conduct(setup, &mut |observation| {
        let Observation::Tick(now) = observation else { return };
        if let Some((_, fault)) = next.filter(|(after, _)| now.since_start() >= *after) {
            let (reply, answered) = oneshot::channel();
            sender.try_send(Asked { ask: Ask::Inject { fault: (*fault).to_owned() }, reply }).unwrap();
            replies.push(answered);
            next = waiting.next();
        }
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
async fn a_fault_that_is_given_is_proven_healed_when_its_time_is_over_and_in_the_recording_as_one_of_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let plan = ResolvedPlan { faults: Vec::new(), ..plan().await };
    let seconds = Duration::from_secs_f64;
    let slow = "link-delay: {region: us-east-1, delay: 300ms}\nfor: 2s";
    let faults =
        [(seconds(0.5), slow), (seconds(6.6), "region-loss: {region: us-east-1}\nfor: 1s"), (seconds(6.9), slow)];
    let answers = given(plan, folder.path(), &faults).await;
    let name = units::FaultName::new("link-delay us-east-1");
    let [early, Answer::Mistakes { mistakes }, Answer::Given { fault }] = &answers[..] else { panic!("{answers:?}") };
    assert!(!matches!(early, Answer::Given { .. }), "{early:?}");
    assert!(mistakes[0].message.contains("possible in a lab only"), "{mistakes:?}");
    assert_eq!(*fault, name);
    let recording = Recording::read(folder.path()).unwrap();
    let [fault] = &recording.plan.faults[..] else { panic!("{:?}", recording.plan.faults) };
    assert!(fault.name == name && fault.at > seconds(5.5), "{fault:?}");
    assert_in_order(
        &kinds(&recording),
        &[
            EventKind::FaultGiven(Box::new(fault.clone())),
            EventKind::FaultInjecting(name.clone()),
            EventKind::FaultActive(name.clone()),
            EventKind::FaultHealing(name.clone()),
            EventKind::FaultHealed(name),
            EventKind::LoadEnded,
        ],
    );
}
