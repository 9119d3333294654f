//! Everything that carries a fleet's words dies in one run: a server of the hub, a region's link to it, an agent, the controller.
//! What is declared complete is what the target counted, to the request.
//!
//! ```text
//!   us-east-2       leaf ──────────────┬── hub-0  ✗ killed, started again
//!   eu-west-1       leaf ──────────────┼── hub-1
//!   ap-northeast-1  leaf ── wire ✗ ────┴── hub-2          controller ✗ killed, resumed
//!    two agents each, one of eu-west-1 ✗ killed
//! ```
//!
//! Each request says whose it is: its path is `/POPULATION/ARRIVAL`. An agent's arrivals are those of its part, in the order of
//! their times; so the target's own list says which of an agent's seconds it has seen.

use crate::{
    fleet::Target,
    servers::Servers,
    support::{Landfall, beside, landfall, until},
};
use record::{AgentJoined, AgentNews, Entry, Recording};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use units::Part;

const BOUND: Duration = Duration::from_secs(120);
const REGIONS: [&str; 3] = ["us-east-2", "eu-west-1", "ap-northeast-1"];
/// Requests per second of all populations.
const RATE: u64 = 120;
/// The link is cut for as long as this many requests take: 20 s.
const CUT: u64 = 20 * RATE;
/// The agent that is killed.
const KILLED: &str = "eu-west-1-1";

fn plan(target: &Target) -> String {
    let population = |place: &&str| format!("  - {{name: {place}, place: {place}}}\n");
    let populations: String = REGIONS.iter().map(population).collect();
    format!(
        "version: 1\nname: cluster\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\npopulations:\n{populations}\
         load: {{model: open, rate: {RATE}/s, for: 300s, warm_up: 1s, start_within: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: one, get: \"/{{{{ population }}}}/{{{{ user }}}}\", \
         timeout: {{total: 1s}}}}]}}]\n\
         objectives: [{{availability: {{min: 99%}}}}]\n\
         trust: {{send_lag_p99_max: 10s}}\nfleet: {{on_agent_loss: carry-on, controller_loss_after: 30s}}\n",
        target.url
    )
}

/// Waits until the target has got so many more requests.
fn more(target: &Target, requests: u64) {
    let wanted = target.requests() + requests;
    until(BOUND, "the target has got more requests", || (target.requests() >= wanted).then_some(()));
}

/// What a recording says of one agent.
#[derive(Default)]
struct Told {
    joined: Option<AgentJoined>,
    drained: bool,
    complete: Option<u64>,
    /// By population and second of the run: arrivals that began.
    started: BTreeMap<(usize, u64), u64>,
}

fn told(recording: &Recording) -> BTreeMap<usize, Told> {
    let mut agents: BTreeMap<usize, Told> = BTreeMap::new();
    for entry in &recording.entries {
        match entry {
            Entry::Agent(entry) => {
                let told = agents.entry(entry.agent).or_default();
                match &entry.news {
                    AgentNews::Joined(joined) => told.joined = Some(AgentJoined::clone(joined)),
                    AgentNews::Drained => told.drained = true,
                    AgentNews::Complete { second, .. } => told.complete = told.complete.max(Some(*second)),
                    _ => {}
                }
            }
            Entry::Arrivals(row) => {
                let told = agents.entry(row.agent).or_default();
                *told.started.entry((row.population, row.second)).or_default() += row.started;
            }
            _ => {}
        }
    }
    agents
}

/// What the target saw of an agent's part of a population: the arrivals' numbers within the part, in order.
fn seen(target: &Target, population: &str, part: &Part) -> Vec<u64> {
    let numbers = target.paths().into_iter().filter_map(|(path, count)| {
        let (of_population, number) = path.strip_prefix('/')?.split_once('/')?;
        let number: u64 = number.parse().ok()?;
        assert_eq!(count, 1, "{path} came {count} times");
        (of_population == population && part.owns(number)).then(|| part.count_below(number))
    });
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

/// Everything of an agent that ended in order is recorded, and of one that was killed everything up to its last complete second.
fn must_agree(target: &Target, recording: &Recording) {
    let agents = told(recording);
    assert_eq!(agents.len(), 6);
    for (agent, told) in &agents {
        let joined = told.joined.as_ref().unwrap();
        assert!(told.drained || joined.place.as_deref() == Some("eu-west-1"), "agent {agent} is not whole");
        for (population, share) in joined.shares.iter().enumerate() {
            let Some(part) = share else { continue };
            let name = recording.plan.populations[population].name.as_str();
            let numbers = seen(target, name, part);
            let complete = if told.drained { u64::MAX } else { told.complete.expect("it told of some seconds") };
            let until = told.started.iter().filter(|((of, second), _)| *of == population && *second <= complete);
            let started: u64 = until.map(|(_, started)| started).sum();
            assert!(started > 0, "agent {agent} said that its seconds up to {complete} are complete");
            let first = numbers.iter().take_while(|number| **number < started).copied();
            assert!(first.eq(0..started), "agent {agent} did not send what it recorded up to second {complete}");
            assert!(!told.drained || numbers.len() as u64 == started, "agent {agent} sent what it did not record");
        }
    }
    assert_eq!(agents.values().filter(|told| !told.drained).count(), 1, "one was killed");
    // Where nobody was killed, each request has its end.
    for (population, name) in REGIONS.iter().enumerate().filter(|(_, name)| !KILLED.starts_with(*name)) {
        let counted = target.paths().keys().filter(|path| path.starts_with(&format!("/{name}/"))).count();
        let attempts = recording.entries.iter().map(|entry| match entry {
            Entry::Interval(one) if one.population == population => one.attempts,
            _ => 0,
        });
        assert_eq!(attempts.sum::<u64>(), counted as u64, "{name}: recorded, and counted by the target");
    }
}

fn command(name: &str, rest: &[&str], servers: &Servers) -> Vec<String> {
    let words = std::iter::once(name).chain(rest.iter().copied()).map(str::to_owned);
    words.chain(servers.controller()).collect()
}

#[test]
fn whatever_dies_on_the_way_the_recording_is_what_the_target_counted() {
    let _turn = beside();
    let mut servers = Servers::start(3, &REGIONS.map(|region| (region, 2)));
    let target = Target::start();
    let mut agents: BTreeMap<String, Landfall> = BTreeMap::new();
    for region in REGIONS {
        for number in 0..2 {
            agents.insert(format!("{region}-{number}"), servers.agent(region, number, &[]));
        }
    }
    servers.roster(6);
    let (path, out) = (servers.folder().join("plan.yaml"), servers.folder().join("run"));
    fs::write(&path, plan(&target)).unwrap();
    let out = out.to_str().unwrap();
    let arguments = command("run", &[path.to_str().unwrap(), "--out", out], &servers);
    let controller = Landfall::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    more(&target, 3 * RATE);
    servers.kill_hub(0);
    more(&target, 5 * RATE);
    servers.start_hub(0);
    servers.cut();
    more(&target, CUT);
    servers.mend();
    // It dies without a word.
    drop(agents.remove(KILLED));
    more(&target, 5 * RATE);
    controller.signal("-KILL");
    let killed = controller.wait(BOUND);
    assert!(killed.status.code().is_none(), "{}", killed.stderr);
    more(&target, 2 * RATE);
    let arguments = command("resume", &[out], &servers);
    let resumed = landfall(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    resumed.must_end_with(96);
    let recording = Recording::read(Path::new(out)).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    must_agree(&target, &recording);
}
