//! A fleet as a user has it: servers with the configuration that is written, agents that stand in places, a run with whoever is there.

use crate::{
    fleet::Target,
    servers::Servers,
    support::{Ended, Landfall, beside, landfall, until},
};
use record::{AgentNews, Entry, Recording};
use std::{fs, path::PathBuf, time::Duration};

const BOUND: Duration = Duration::from_secs(60);

fn servers() -> Servers {
    Servers::start(1, &[("us-east-2", 2), ("eu-west-1", 1)])
}

/// 90 requests a second from two places.
fn plan_of(target: &Target, seconds: u64) -> String {
    format!(
        "version: 1\nname: elsewhere\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
         populations:\n  - {{name: ohio, place: us-east-2, share: 70%}}\n  - {{name: dublin, place: eu-west-1, share: 30%}}\n\
         load: {{model: open, rate: 90/s, for: {seconds}s, warm_up: 1s, start_within: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         objectives: [{{availability: {{min: 99%}}}}]\n\
         trust: {{send_lag_p99_max: 10s}}\n",
        target.url
    )
}

/// A run that is under way, and where it is recorded.
fn begin(servers: &Servers, target: &Target, seconds: u64) -> (Landfall, PathBuf) {
    let folder = servers.folder();
    let plan = plan_of(target, seconds);
    let (path, out) = (folder.join("plan.yaml"), folder.join("run"));
    fs::write(&path, plan).unwrap();
    let options = servers.controller();
    let mut arguments = vec!["run", path.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend(options.iter().map(String::as_str));
    (Landfall::start(&arguments), out)
}

fn run(servers: &Servers, target: &Target, seconds: u64) -> (Ended, PathBuf) {
    let (run, out) = begin(servers, target, seconds);
    (run.wait(Duration::from_secs(240)), out)
}

fn attempts(recording: &Recording) -> u64 {
    let attempts = |entry: &Entry| if let Entry::Interval(one) = entry { one.attempts } else { 0 };
    recording.entries.iter().map(attempts).sum()
}

fn news(recording: &Recording) -> Vec<AgentNews> {
    let news = |entry: &Entry| if let Entry::Agent(entry) = entry { Some(entry.news.clone()) } else { None };
    recording.entries.iter().filter_map(news).collect()
}

fn leave(agent: Landfall) -> Ended {
    agent.signal("-TERM");
    let ended = agent.wait(BOUND);
    assert!(ended.stderr.trim_end().ends_with("left"), "{}", ended.stderr);
    ended
}

#[test]
fn agents_in_two_regions_and_one_that_joins_them_send_exactly_what_is_recorded() {
    let _turn = beside();
    let servers = servers();
    let target = Target::start();
    let mut agents = vec![servers.agent("us-east-2", 0, &[]), servers.agent("eu-west-1", 0, &[])];
    let roster = servers.roster(2);
    for (agent, region) in roster["agents"].as_array().unwrap().iter().zip(["eu-west-1", "us-east-2"]) {
        assert_eq!((&agent["place"], &agent["state"]), (&region.into(), &"free".into()), "{agent}");
        assert!(agent["clock"]["bound_ns"].as_u64().unwrap() > 0 && agent["unusable"].is_null(), "{agent}");
    }
    let (run, out) = begin(&servers, &target, 20);
    until(BOUND, "load is under way", || (target.requests() >= 90).then_some(()));
    agents.push(servers.agent("us-east-2", 1, &[]));
    let ended = run.wait(BOUND);
    ended.must_end_with(0);
    assert!(ended.stderr.contains("us-east-2-1 generates 1/2 of ohio from T+"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("2 agents take part: eu-west-1-0 in eu-west-1, us-east-2-0 in us-east-2"),
        "{}",
        ended.stderr
    );
    let recording = Recording::read(&out).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert_eq!(attempts(&recording), target.requests(), "recorded, and counted by the target");
    for agent in agents {
        leave(agent).must_end_with(0);
    }
    assert_eq!(servers.roster(0)["agents"].as_array().unwrap().len(), 0);
}

#[test]
fn a_clock_that_is_five_seconds_wrong_begins_with_the_others() {
    let _turn = beside();
    let servers = servers();
    let target = Target::start();
    // A time namespace: the agent's monotonic clock is five seconds ahead, as another machine's would be.
    let wrong = ["unshare", "--user", "--map-root-user", "--time", "--monotonic", "5", "--fork", "--kill-child", "--"];
    let _agents = [servers.agent("us-east-2", 0, &[]), servers.agent("eu-west-1", 0, &wrong)];
    servers.roster(2);
    let (ended, out) = run(&servers, &target, 7);
    ended.must_end_with(0);
    let recording = Recording::read(&out).unwrap();
    assert_eq!(attempts(&recording), target.requests(), "recorded, and counted by the target");
    let began = |news: &AgentNews| if let AgentNews::Began { late } = news { Some(*late) } else { None };
    let began: Vec<Duration> = news(&recording).iter().filter_map(began).collect();
    // A second is far more than a busy machine is late; the clock is wrong by five.
    assert!(began.len() == 2 && began.iter().all(|late| *late < Duration::from_secs(3)), "{began:?}");
}

#[test]
fn an_agent_that_is_killed_and_started_again_hands_over_what_it_had_kept() {
    let _turn = beside();
    let servers = servers();
    let target = Target::start();
    let agent = servers.agent("us-east-2", 0, &[]);
    servers.roster(1);
    let (run, out) = begin(&servers, &target, 20);
    let more = |requests: u64| {
        let wanted = target.requests() + requests;
        until(BOUND, "the target has got more requests", || (target.requests() >= wanted).then_some(()));
    };
    more(180);
    // A controller that stands still stores nothing.
    run.signal("-STOP");
    more(400);
    drop(agent);
    let sent = target.requests();
    let _again = servers.agent("us-east-2", 0, &[]);
    servers.roster(1);
    run.signal("-CONT");
    let ended = run.wait(BOUND);
    ended.must_end_with(96);
    assert!(ended.stderr.contains("what it had kept is handed over"), "{}", ended.stderr);
    let recording = Recording::read(&out).unwrap();
    let missing = sent - attempts(&recording);
    // What it had not yet put on its disk: half a second, and what was under way.
    assert!(missing < 150, "{missing} of {sent} are missing");
}

#[test]
fn what_is_in_the_way_is_told_with_its_own_code() {
    let servers = servers();
    let plain = format!("nats://127.0.0.1:{}", servers.hubs()[0].client);
    let ended = landfall(&["agents", "--fleet", &plain]);
    assert!(ended.must_end_with(69).stderr.contains("wants TLS, and nats:// is plain"), "{}", ended.stderr);
    let ended = landfall(&["agents", "--fleet", "http://127.0.0.1"]);
    assert!(ended.must_end_with(2).stderr.contains("nats:// nor tls://"), "{}", ended.stderr);
    let (ended, out) = run(&servers, &Target::start(), 4);
    assert!(ended.must_end_with(69).stderr.contains("no agent is there"), "{}", ended.stderr);
    assert!(!out.exists(), "nothing was recorded, and no empty folder is left");
    // A mount of its own, seen by this agent only.
    let spool = servers.folder().join("spool-us-east-2-0");
    fs::create_dir(&spool).unwrap();
    let mount = "mount -t tmpfs -o size=1m tmpfs \"$0\" && exec \"$@\"";
    let before = ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", mount, spool.to_str().unwrap()];
    let _full = servers.agent("us-east-2", 0, &before);
    servers.roster(1);
    let (ended, _) = run(&servers, &Target::start(), 4);
    let said =
        "no agent that is there can take part: the disk of agent us-east-2-0's spool is full: 1 MiB are free, 64";
    assert!(ended.must_end_with(69).stderr.replace("\n  │ ", " ").contains(said), "{}", ended.stderr);
}

#[test]
fn the_agents_of_a_fleet_look_for_a_knee_run_after_run() {
    let _turn = beside();
    let servers = servers();
    let target = Target::start();
    let _agents = [servers.agent("us-east-2", 0, &[]), servers.agent("eu-west-1", 0, &[])];
    servers.roster(2);
    let folder = servers.folder();
    let (plan, out) = (folder.join("plan.yaml"), folder.join("knee"));
    fs::write(&plan, plan_of(&target, 4)).unwrap();
    let options = servers.controller();
    let mut arguments = vec!["--json", "knee", plan.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend(["--from", "1", "--to", "2"].into_iter().chain(options.iter().map(String::as_str)));
    let ended = landfall(&arguments);
    // The target takes any load, so that the knee lies above the range.
    ended.must_end_with(96);
    let knee: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&knee["state"], &knee["held"]["factor"]), (&"above".into(), &2.0.into()), "{knee:#}");
    for step in knee["steps"].as_array().unwrap() {
        let recording = Recording::read(&out.join(step["folder"].as_str().unwrap())).unwrap();
        let joined =
            |entry: &&Entry| matches!(entry, Entry::Agent(entry) if matches!(entry.news, AgentNews::Joined(_)));
        assert_eq!(recording.entries.iter().filter(joined).count(), 2);
        assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    }
}
