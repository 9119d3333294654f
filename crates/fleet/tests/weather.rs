//! Links that lose, double, delay and reorder, and links that are cut: the totals are the target's own, or what is missing is said.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of other things")]
mod world;

use fleet::{
    RunEnd, StopLevel, conduct,
    link::{self, AgentEnd, ControllerEnd, Incoming},
};
use plan::resolved::ResolvedPlan;
use record::{AgentNews, Entry, EventKind, Recording};
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use world::{Service, agent, checked, setup};

fn plan(service: &Service, fleet: &str) -> ResolvedPlan {
    checked(format!(
        "version: 1\nname: weather\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 60/s, for: 6s, warm_up: 1s, start_within: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         fleet: {fleet}\n",
        service.url
    ))
}

/// What becomes of a message: how often it is delivered, and how late.
type Weather = fn(number: u64) -> Vec<Duration>;

/// Every third is lost, every fifth comes twice, all come late in no order.
fn storm(number: u64) -> Vec<Duration> {
    let late = |salt: u64| Duration::from_millis((number * 7_919 + salt) % 180);
    match number {
        _ if number % 3 == 2 => Vec::new(),
        _ if number.is_multiple_of(5) => vec![late(1), late(77)],
        _ => vec![late(3)],
    }
}

/// Carries what comes from one queue to another through the weather.
fn carry<T: Clone + Send + 'static>(mut from: mpsc::Receiver<T>, to: mpsc::Sender<T>, weather: Weather) {
    tokio::spawn(async move {
        let mut number = 0;
        while let Some(message) = from.recv().await {
            for late in weather(number) {
                let (to, message) = (to.clone(), message.clone());
                tokio::spawn(async move {
                    sleep(late).await;
                    // The other side may have ended.
                    let _ = to.send(message).await;
                });
            }
            number += 1;
        }
    });
}

/// The same link, with weather on it. The end of the link itself is known at once.
fn through(link: ControllerEnd, weather: Weather) -> ControllerEnd {
    let (outer, AgentEnd { outgoing, incoming }) = link::channel(&link.name);
    carry(incoming, link.outgoing, weather);
    let (messages, stormy) = mpsc::channel(link::QUEUE_MAX);
    let (calm, mut arrived) = mpsc::channel(link::QUEUE_MAX);
    carry(stormy, calm, weather);
    let mut from = link.incoming;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(message) = arrived.recv() => {
                    let _ = outgoing.send(Incoming::Message(message)).await;
                }
                incoming = from.recv() => match incoming {
                    Some(Incoming::Message(message)) => {
                        let _ = messages.send(message).await;
                    }
                    Some(over @ Incoming::Over(_)) => {
                        let _ = outgoing.send(over).await;
                    }
                    None => return,
                },
            }
        }
    });
    outer
}

async fn run(plan: ResolvedPlan, weather: Weather) -> (RunEnd, Recording) {
    let folder = tempfile::tempdir().unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let mut recruit = agent(&plan);
    recruit.link = through(recruit.link, weather);
    let end = conduct(setup(plan, vec![recruit], folder.path(), stopped), &mut |_| {}).await.unwrap();
    (end, Recording::read(folder.path()).unwrap())
}

fn attempts(recording: &Recording) -> u64 {
    let attempts = |entry: &Entry| if let Entry::Interval(one) = entry { one.attempts } else { 0 };
    recording.entries.iter().map(attempts).sum()
}

fn news(recording: &Recording) -> Vec<&AgentNews> {
    let agents = recording.entries.iter().filter_map(|entry| match entry {
        Entry::Agent(entry) => Some(&entry.news),
        _ => None,
    });
    agents.collect()
}

#[tokio::test]
async fn a_link_that_loses_doubles_delays_and_reorders_changes_no_total() {
    let service = Service::start().await;
    let (end, recording) = run(plan(&service, "{}"), storm).await;
    assert_eq!(end, RunEnd::Complete);
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert!(service.requests() > 200);
    assert_eq!(attempts(&recording), service.requests());
    assert!(news(&recording).contains(&&AgentNews::Drained), "{:?}", news(&recording));
}

/// When the link is cut, and when it is whole again, after the first message.
const CUT: std::ops::Range<Duration> = Duration::from_secs(2)..Duration::from_millis(4_500);

thread_local! {
    static FIRST: Instant = Instant::now();
}

fn cut(_: u64) -> Vec<Duration> {
    let since = FIRST.with(Instant::elapsed);
    if CUT.contains(&since) { Vec::new() } else { vec![Duration::ZERO] }
}

#[tokio::test]
async fn an_agent_that_hears_nothing_stops_its_load_and_says_what_is_missing_when_it_is_heard_again() {
    let service = Service::start().await;
    let (end, recording) = run(plan(&service, "{controller_loss_after: 1s}"), cut).await;
    assert_eq!(end, RunEnd::Aborted);
    let said = |entry: &Entry| match entry {
        Entry::Event(event) if event.kind == EventKind::Aborted => Some(event.text.clone()),
        _ => None,
    };
    let said = recording.entries.iter().find_map(said).unwrap();
    assert_eq!(said, "it heard nothing of the controller for 1s and stopped its load");
    // It told everything that it did, and which seconds miss the rest.
    assert_eq!(attempts(&recording), service.requests());
    assert!(service.requests() < 340, "its load went on: {}", service.requests());
    let news = news(&recording);
    assert!(news.iter().any(|news| matches!(news, AgentNews::Missing { .. })), "{news:?}");
    assert!(news.contains(&&AgentNews::Drained), "{news:?}");
}

/// The link is cut before the fault begins, and whole again after its end.
fn cut_round_the_fault(_: u64) -> Vec<Duration> {
    let cut = Duration::from_secs(5)..Duration::from_secs(13);
    if cut.contains(&FIRST.with(Instant::elapsed)) { Vec::new() } else { vec![Duration::ZERO] }
}

#[tokio::test]
async fn a_fault_that_an_agent_has_not_confirmed_is_not_proven_and_neither_is_its_end_until_it_has() {
    let service = Service::start().await;
    let plan = checked(format!(
        "version: 1\nname: weather\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 20/s, for: 12s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         faults:\n  - name: cut\n    region-isolated: {{region: us-east-1, from: users, manner: reject}}\n    at: 7s\n    for: 1s\n",
        service.url
    ));
    let (end, recording) = run(plan, cut_round_the_fault).await;
    assert_eq!(end, RunEnd::Complete);
    let of_fault = |entry: &Entry| match entry {
        Entry::Event(event) if event.text.contains("cut") && event.kind != EventKind::Note => Some(event.kind.clone()),
        _ => None,
    };
    let kinds: Vec<EventKind> = recording.entries.iter().filter_map(of_fault).collect();
    let name = || units::FaultName::new("cut");
    let place = |kind: EventKind| {
        kinds.iter().rposition(|seen| *seen == kind).unwrap_or_else(|| panic!("{kind:?} in {kinds:?}"))
    };
    assert!(place(EventKind::FaultActive(name())) < place(EventKind::FaultUnproven(name())), "{kinds:?}");
    assert!(place(EventKind::FaultNotHealed(name())) < place(EventKind::FaultHealed(name())), "{kinds:?}");
}
