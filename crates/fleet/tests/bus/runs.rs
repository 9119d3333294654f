//! Whole runs with agents that stand elsewhere: the target's own count is the truth.

use crate::{
    servers::{Plain, Regions},
    stations::{Agent, roster},
    world::{Service, checked, setup},
};
use async_nats::jetstream;
use fleet::{Observation, RunEnd, RunSetup, StopLevel, conduct, enlist, link::nats::controller::Bus};
use plan::resolved::{Arrivals, ResolvedPlan};
use record::{AgentNews, Entry, Recording};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use units::Part;

pub(crate) fn plan(url: &str, seconds: u64) -> ResolvedPlan {
    plan_with(url, seconds, "{}")
}

fn plan_with(url: &str, seconds: u64, fleet: &str) -> ResolvedPlan {
    checked(format!(
        "version: 1\nname: elsewhere\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n  emulate_paths: true\n\
         populations:\n  - {{name: ohio, place: us-east-2, share: 70%}}\n  - {{name: dublin, place: eu-west-1, share: 30%}}\n\
         load: {{model: open, rate: 90/s, for: {seconds}s, warm_up: 1s, start_within: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         objectives: [{{availability: {{min: 99%}}}}]\nfleet: {fleet}\n"
    ))
}

/// Carries a plan out with everybody who is there.
async fn carry_out(bus: &Bus, plan: ResolvedPlan, run: &str, agents: usize) -> (RunEnd, Recording, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let addresses = load::TargetAddresses::attached(&plan).unwrap();
    let muster = enlist::muster(&plan, &addresses, &roster(bus, agents).await).unwrap();
    let told = muster.told.clone();
    let enlisted = muster.enlist(bus, run, &addresses).await.unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let setup = setup(plan, enlisted.recruits, folder.path(), stopped);
    let end = conduct(setup, &mut |_| {}).await.unwrap();
    enlisted.enlistment.close().await;
    (end, Recording::read(folder.path()).unwrap(), told)
}

pub(crate) fn attempts(recording: &Recording) -> u64 {
    let attempts = |entry: &Entry| if let Entry::Interval(one) = entry { one.attempts } else { 0 };
    recording.entries.iter().map(attempts).sum()
}

pub(crate) fn joined(recording: &Recording) -> Vec<record::AgentJoined> {
    let joined = |entry: &Entry| match entry {
        Entry::Agent(entry) => match &entry.news {
            AgentNews::Joined(joined) => Some(record::AgentJoined::clone(joined)),
            _ => None,
        },
        _ => None,
    };
    recording.entries.iter().filter_map(joined).collect()
}

#[tokio::test]
async fn two_regions_over_leaf_nodes_record_what_the_target_counted() {
    let regions = Regions::start(1);
    let service = Service::start().await;
    let folder = regions.folder.path();
    let us = Agent::start(regions.agent(0, "us-east-2-0"), Some("us-east-2"), "us-east-2-0", folder);
    let eu = Agent::start(regions.agent(1, "eu-west-1-1"), Some("eu-west-1"), "eu-west-1-1", folder);
    let bus = Bus::connect(&regions.controller()).await.unwrap();
    let (end, recording, told) = carry_out(&bus, plan(&service.url, 3), "elsewhere-1", 2).await;
    assert_eq!((end, told.len()), (RunEnd::Complete, 1), "{told:?}");
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert!(service.requests() > 150, "{}", service.requests());
    assert_eq!(attempts(&recording), service.requests(), "{told:?} {:?} {:?}", us.said(), eu.said());
    let joined = joined(&recording);
    let parts: Vec<_> =
        joined.iter().map(|one| (one.place.as_deref(), one.shares.clone(), one.emulated.clone())).collect();
    let whole = || Some(Part::WHOLE);
    let expected = [
        (Some("eu-west-1"), vec![None, whole()], vec![true, false]),
        (Some("us-east-2"), vec![whole(), None], vec![false, true]),
    ];
    assert_eq!(parts, expected);
    assert!(joined.iter().all(|one| !one.clock_bound.is_zero()), "its clock is another's as far as it knows");
    for agent in [us, eu] {
        let said = agent.leave().await;
        assert!(said.iter().any(|text| text.contains("run elsewhere-1 is over: it has done its part")), "{said:?}");
        assert_eq!(said.last().map(String::as_str), Some("left"), "{said:?}");
    }
    let left = |name: &str| std::fs::read_dir(folder.join(format!("spool-{name}"))).unwrap().count();
    assert_eq!(left("us-east-2-0") + left("eu-west-1-1"), 0, "nothing is kept of a run that is stored");
}

#[tokio::test]
async fn one_plain_server_is_enough_and_serves_one_run_after_the_other() {
    // Messages are cut into parts.
    let server = Plain::start(4096);
    let service = Service::start().await;
    let agents = [("a", None), ("b", None)]
        .map(|(name, region)| Agent::start(server.access(), region, name, server.folder.path()));
    let bus = Bus::connect(&server.access()).await.unwrap();
    for run in ["elsewhere-1", "elsewhere-2"] {
        let before = service.requests();
        let (end, recording, told) = carry_out(&bus, plan(&service.url, 2), run, 2).await;
        assert_eq!(end, RunEnd::Complete);
        assert_eq!(attempts(&recording), service.requests() - before, "{run}: {told:?}");
        assert!(told.iter().any(|text| text.contains("no agent stands in us-east-2")), "{told:?}");
        assert!(joined(&recording).iter().all(|one| one.emulated == [true, true]));
    }
    for agent in agents {
        agent.leave().await;
    }
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_loses_nothing() {
    let mut server = Plain::start(1 << 20);
    let service = Service::start().await;
    let agent = Agent::start(server.access(), None, "a", server.folder.path());
    let bus = Bus::connect(&server.access()).await.unwrap();
    let counted = Arc::clone(&service.requests);
    let restarted = std::thread::spawn(move || {
        crate::nats_server::wait_until("load is under way", || counted.load(Ordering::SeqCst) > 90);
        server.restart();
        server
    });
    let (end, recording, _) = carry_out(&bus, plan(&service.url, 6), "elsewhere-1", 1).await;
    let server = restarted.join().unwrap();
    assert_eq!((end, attempts(&recording)), (RunEnd::Complete, service.requests()), "{:?}", agent.said());
    agent.leave().await;
    drop(server);
}

#[tokio::test]
async fn an_agent_that_leaves_in_the_middle_hands_over_everything() {
    let server = Plain::start(1 << 20);
    let service = Service::start().await;
    let stays = Agent::start(server.access(), None, "stays", server.folder.path());
    let leaves = Agent::start(server.access(), None, "leaves", server.folder.path());
    let bus = Bus::connect(&server.access()).await.unwrap();
    let counted = Arc::clone(&service.requests);
    let leaving = tokio::spawn(async move {
        while counted.load(Ordering::SeqCst) < 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        leaves.leave().await
    });
    let plan = plan_with(&service.url, 6, "{on_agent_loss: carry-on}");
    let (end, recording, _) = carry_out(&bus, plan, "elsewhere-1", 2).await;
    let said = leaving.await.unwrap();
    assert_eq!((end, attempts(&recording)), (RunEnd::Complete, service.requests()), "{said:?}");
    let lost = |entry: &Entry| match entry {
        Entry::Agent(entry) => match &entry.news {
            AgentNews::Lost { reason } => Some(reason.clone()),
            _ => None,
        },
        _ => None,
    };
    let lost: Vec<String> = recording.entries.iter().filter_map(lost).collect();
    assert_eq!(lost, ["it was told to leave, and has handed over what it had"], "{said:?}");
    stays.leave().await;
}

#[tokio::test]
async fn while_the_hub_is_down_the_regions_keep_what_agents_say() {
    let mut regions = Regions::start(1);
    let service = Service::start().await;
    let access = [regions.agent(0, "us-east-2-0"), regions.agent(1, "eu-west-1-0")];
    let [us, eu] = access;
    let us = Agent::start(us, Some("us-east-2"), "us-east-2-0", regions.folder.path());
    let eu = Agent::start(eu, Some("eu-west-1"), "eu-west-1-0", regions.folder.path());
    let bus = Bus::connect(&regions.controller()).await.unwrap();
    let counted = Arc::clone(&service.requests);
    let restarted = std::thread::spawn(move || {
        crate::nats_server::wait_until("load is under way", || counted.load(Ordering::SeqCst) > 90);
        regions.restart_hub(0);
        regions
    });
    let (end, recording, _) = carry_out(&bus, plan(&service.url, 8), "elsewhere-1", 2).await;
    let said = [us.said(), eu.said()];
    assert_eq!((end, attempts(&recording)), (RunEnd::Complete, service.requests()), "{said:?}");
    us.leave().await;
    eu.leave().await;
    drop(restarted.join().unwrap());
}

#[tokio::test]
async fn a_hub_of_three_goes_on_without_the_server_that_keeps_what_is_said() {
    let mut regions = Regions::start(3);
    let service = Service::start().await;
    let us = Agent::start(regions.agent(0, "us-east-2-0"), Some("us-east-2"), "us-east-2-0", regions.folder.path());
    let eu = Agent::start(regions.agent(1, "eu-west-1-0"), Some("eu-west-1"), "eu-west-1-0", regions.folder.path());
    let bus = Bus::connect(&regions.controller()).await.unwrap();
    let counted = Arc::clone(&service.requests);
    let streams = jetstream::new(bus.client().clone());
    let killed = tokio::spawn(async move {
        while counted.load(Ordering::SeqCst) <= 90 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let info = streams.get_stream("DOWN").await.unwrap().get_info().await.unwrap();
        let leader = info.cluster.and_then(|cluster| cluster.leader).unwrap();
        regions.kill_hub(leader.trim_start_matches("hub-").parse().unwrap());
        regions
    });
    let (end, recording, _) = carry_out(&bus, plan(&service.url, 8), "elsewhere-1", 2).await;
    let said = [us.said(), eu.said()];
    assert_eq!((end, attempts(&recording)), (RunEnd::Complete, service.requests()), "{said:?}");
    us.leave().await;
    eu.leave().await;
    drop(killed.await.unwrap());
}

#[tokio::test]
async fn an_agent_that_turns_up_in_the_middle_gets_its_share_and_nothing_is_missing_or_sent_twice() {
    let server = Plain::start(1 << 20);
    let service = Service::start().await;
    let first = Agent::start(server.access(), None, "first", server.folder.path());
    let bus = Bus::connect(&server.access()).await.unwrap();
    let mut plan = plan(&service.url, 20);
    plan.load.arrivals = Arrivals::Regular;
    let (folder, addresses) = (tempfile::tempdir().unwrap(), load::TargetAddresses::attached(&plan).unwrap());
    let muster = enlist::muster(&plan, &addresses, &roster(&bus, 1).await).unwrap();
    let known = muster.instances();
    let mut enlisted = muster.enlist(&bus, "elsewhere-1", &addresses).await.unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let (sender, newcomers) = mpsc::channel(1);
    let recruits = std::mem::take(&mut enlisted.recruits);
    let setup = RunSetup { newcomers, ..setup(plan.clone(), recruits, folder.path(), stopped) };
    let turning_up = async {
        while service.requests() < 90 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let second = Agent::start(server.access(), None, "second", server.folder.path());
        enlist::seek(&bus, &mut enlisted.enlistment, (&plan, &addresses), known, sender).await;
        second
    };
    let mut watch = |_: Observation<'_>| {};
    let (end, second) = tokio::join!(conduct(setup, &mut watch), turning_up);
    enlisted.enlistment.close().await;
    let recording = Recording::read(folder.path()).unwrap();
    let said = [first.said(), second.said()];
    assert_eq!((end.unwrap(), attempts(&recording)), (RunEnd::Complete, service.requests()), "{said:?}");
    let of = |agent: usize| {
        let rows = recording.entries.iter().filter_map(|entry| match entry {
            Entry::Arrivals(row) if row.agent == agent => Some(row.intended),
            _ => None,
        });
        rows.sum::<u64>()
    };
    assert_eq!(of(0) + of(1), 90 * 20, "every arrival is one agent's");
    let news =
        |entry: &Entry| if let Entry::Agent(entry) = entry { Some((entry.agent, entry.news.clone())) } else { None };
    let news: Vec<_> = recording.entries.iter().filter_map(news).collect();
    let half = |agent: usize| {
        let shares = |(of, news): &(usize, AgentNews)| match news {
            AgentNews::Shares { second, shares } if *of == agent => Some((*second, shares.clone())),
            _ => None,
        };
        news.iter().find_map(shares).unwrap_or_else(|| panic!("nothing moved: {said:?} {news:?}"))
    };
    let ((from, given), (since, taken)) = (half(0), half(1));
    assert_eq!((from, &given), (since, &vec![Part::new(0, 2); 2]));
    assert_eq!(taken, vec![Part::new(1, 2); 2]);
    assert!(of(1) > 0 && !news.iter().any(|(_, news)| matches!(news, AgentNews::Missing { .. })), "{news:?}");
    first.leave().await;
    second.leave().await;
}
