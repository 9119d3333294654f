//! Several agents on one machine, as real processes: the target's own count is the truth.

use crate::support::{Ended, Landfall, beside, landfall, processes_with, until};
use load::arrivals::{Schedule, Shape};
use record::{AgentNews, Entry, EventKind, Recording};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use units::Part;

const BOUND: Duration = Duration::from_secs(60);

/// A plain HTTP service that counts the requests it has got, path by path. Its threads end with the connections, and with the test.
pub(crate) struct Target {
    pub(crate) url: String,
    paths: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Target {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let paths = Arc::default();
        let counted = Arc::clone(&paths);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || serve(&stream, &counted));
            }
        });
        Self { url, paths }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.paths.lock().unwrap().values().sum()
    }

    /// Requests by path.
    pub(crate) fn paths(&self) -> BTreeMap<String, u64> {
        self.paths.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, counted: &Mutex<BTreeMap<String, u64>>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        while line != "\r\n" {
            line.clear();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        *counted.lock().unwrap().entry(path).or_default() += 1;
        let mut out = stream;
        out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").ok()?;
    }
}

/// A run of three agents against a target; everything that they keep lies in the folder.
struct Run {
    folder: tempfile::TempDir,
    landfall: Landfall,
}

impl Run {
    fn start(target: &Target, seconds: u64, fleet: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spools = folder.path().join("spools");
        fs::create_dir(&spools).unwrap();
        let plan = format!(
            "version: 1\nname: fleet\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
             populations:\n  - {{name: ohio, place: us-east-2, share: 70%}}\n  - {{name: dublin, place: eu-west-1, share: 30%}}\n\
             load: {{model: open, rate: 90/s, for: {seconds}s, warm_up: 1s, start_within: 1s}}\n\
             journeys: [{{name: look, weight: 1, steps: [{{name: home, get: \"/{{{{ population }}}}/{{{{ user }}}}\", timeout: {{total: 1s}}}}]}}]\n\
             objectives: [{{availability: {{min: 99%}}}}]\n\
             trust: {{send_lag_p99_max: 10s}}\nfleet: {fleet}\n",
            target.url
        );
        let path = folder.path().join("plan.yaml");
        fs::write(&path, plan).unwrap();
        let arguments =
            ["run", path.to_str().unwrap(), "--agents", "3", "--out", &folder.path().join("run").display().to_string()]
                .map(str::to_owned);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let landfall = Landfall::start_with(&arguments, &[("TMPDIR", spools.to_str().unwrap())]);
        Self { folder, landfall }
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// Its agents' processes, by their spools.
    fn agents(&self) -> Vec<(u32, String)> {
        processes_with(&self.folder.path().join("spools").display().to_string())
    }

    /// Waits until some load was recorded.
    fn until_loaded(&self, target: &Target, requests: u64) {
        until(BOUND, "the target has got requests", || (target.requests() >= requests).then_some(()));
    }

    fn end(self) -> (Ended, Recording, tempfile::TempDir) {
        let directory = self.directory();
        let ended = self.landfall.wait(Duration::from_secs(120));
        (ended, Recording::read(&directory).unwrap(), self.folder)
    }
}

fn news(recording: &Recording) -> Vec<(usize, AgentNews)> {
    let news = |entry: &Entry| match entry {
        Entry::Agent(entry) => Some((entry.agent, entry.news.clone())),
        _ => None,
    };
    recording.entries.iter().filter_map(news).collect()
}

/// Attempts and requests that are recorded.
fn recorded(recording: &Recording) -> (u64, u64) {
    recording.entries.iter().fold((0, 0), |sum, entry| match entry {
        Entry::Interval(one) => (sum.0 + one.attempts, sum.1 + one.count()),
        _ => sum,
    })
}

fn nothing_is_kept(folder: &Path) {
    let left: Vec<_> = fs::read_dir(folder.join("spools")).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "spools were left behind: {left:?}");
}

fn kill(process: u32) {
    let killed = std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status();
    assert!(killed.unwrap().success());
}

fn verdict_text(folder: &Path) -> String {
    fs::read_to_string(folder.join("run/report.json")).unwrap()
}

#[test]
fn three_agents_send_exactly_what_is_recorded() {
    let _turn = beside();
    let target = Target::start();
    let run = Run::start(&target, 6, "{}");
    run.until_loaded(&target, 60);
    assert_eq!(run.agents().len(), 3);
    let (ended, recording, folder) = run.end();
    ended.must_end_with(0);
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let (attempts, requests) = recorded(&recording);
    assert_eq!((attempts, requests), (target.requests(), target.requests()), "recorded, and counted by the target");
    // A Poisson process of 90/s for 6 s, the same for any number of agents.
    let by_agent = |agent: usize| {
        let rows = recording.entries.iter().filter_map(|entry| match entry {
            Entry::Arrivals(row) if row.agent == agent => Some(row.started),
            _ => None,
        });
        rows.sum::<u64>()
    };
    let each: Vec<u64> = (0..3).map(by_agent).collect();
    assert_eq!(each.iter().sum::<u64>(), requests);
    assert!(each.iter().all(|one| *one > requests / 4), "{each:?}");
    let news = news(&recording);
    let said = |wanted: fn(&AgentNews) -> bool| news.iter().filter(|(_, news)| wanted(news)).count();
    let counts = [
        said(|news| matches!(news, AgentNews::Joined(_))),
        said(|news| matches!(news, AgentNews::Began { .. })),
        said(|news| matches!(news, AgentNews::Drained)),
    ];
    assert_eq!(counts, [3; 3], "{news:?}");
    let events = fs::read_to_string(folder.path().join("run/events.ndjson")).unwrap();
    assert!(events.contains("3 agents began within "), "{events}");
    assert!(verdict_text(folder.path()).contains("everything that 3 agents generated is recorded"));
    nothing_is_kept(folder.path());
}

#[test]
fn an_agent_that_is_killed_makes_its_seconds_incomplete_and_the_verdict_inconclusive() {
    let _turn = beside();
    for (fleet, said) in [("{on_agent_loss: carry-on}", "the run goes on without its users"), ("{}", "aborted")] {
        let target = Target::start();
        let run = Run::start(&target, 14, fleet);
        run.until_loaded(&target, 700);
        let agents = run.agents();
        let (process, _) = agents.iter().find(|(_, line)| line.contains("--name agent 2 ")).unwrap();
        kill(*process);
        let (ended, recording, folder) = run.end();
        ended.must_end_with(96);
        let news = news(&recording);
        let lost: Vec<_> = news.iter().filter(|(_, news)| matches!(news, AgentNews::Lost { .. })).collect();
        let reason = "its process was killed by signal 9".to_owned();
        assert_eq!(lost, [&(1, AgentNews::Lost { reason })], "{news:?}");
        let drained: Vec<_> =
            news.iter().filter(|(_, news)| *news == AgentNews::Drained).map(|(agent, _)| *agent).collect();
        assert_eq!(drained.len(), 2, "{news:?}");
        assert!(news.iter().any(|(agent, news)| *agent == 1 && matches!(news, AgentNews::Complete { .. })), "{news:?}");
        // What it had not told is missing, and only that: a second of a third of 90/s, and what was under way.
        let (attempts, _) = recorded(&recording);
        let missing = target.requests() - attempts;
        assert!(missing < 90, "{missing} of {} are missing", target.requests());
        let report = verdict_text(folder.path());
        assert!(report.contains("agent 2: T+") && report.contains("are incomplete (it was lost"), "{report}");
        let events = fs::read_to_string(folder.path().join("run/events.ndjson")).unwrap();
        assert!(events.contains(said) && events.contains("agent 2 is lost: its process was killed"), "{events}");
        nothing_is_kept(folder.path());
    }
}

#[test]
fn a_controller_that_is_killed_leaves_no_load_and_nothing_behind() {
    let _turn = beside();
    let target = Target::start();
    let run = Run::start(&target, 60, "{controller_loss_after: 2s}");
    run.until_loaded(&target, 200);
    assert_eq!(run.agents().len(), 3);
    run.landfall.signal("-KILL");
    until(Duration::from_secs(20), "no agent is left", || run.agents().is_empty().then_some(()));
    // Nobody is left who could send: what the target has got is all.
    let requests = target.requests();
    let (ended, recording, folder) = run.end();
    assert_eq!(ended.status.code(), None, "killed");
    assert_eq!(target.requests(), requests);
    assert!(!recording.integrity.complete);
    assert!(recorded(&recording).0 > 0, "what was stored is there");
    nothing_is_kept(folder.path());
    // What is left can be judged, and is not judged as if it were whole.
    let judged = landfall(&["judge", "--json", &folder.path().join("run").display().to_string()]);
    judged.must_end_with(96);
    for said in ["before the run's end", "are incomplete (the recording ends before it had told everything)"] {
        assert!(judged.stdout.contains(said), "{said:?} in {}", judged.stdout);
    }
}

/// The second of the run in which each arrival was intended, by the path of its request.
fn intended(recording: &Recording) -> BTreeMap<String, u64> {
    let plan = &recording.plan;
    let load_started = recording.entries.iter().find_map(|entry| match entry {
        Entry::Event(event) if event.kind == EventKind::LoadStarted => Some(event.at),
        _ => None,
    });
    let (begin, shape) = (load_started.unwrap(), Arc::new(Shape::new(&plan.load.stages)));
    let arrivals = plan.populations.iter().flat_map(|population| {
        let seed = plan.seed.derive(population.name.as_str());
        let schedule = Schedule::new(Arc::clone(&shape), population.share, plan.load.arrivals, seed, Part::WHOLE);
        schedule.map(move |arrival| {
            (format!("/{}/{}", population.name, arrival.number), (begin + arrival.intended).second())
        })
    });
    arrivals.collect()
}

#[test]
fn what_a_killed_agent_generated_goes_on_with_the_others_and_nothing_comes_twice() {
    let _turn = beside();
    let target = Target::start();
    let run = Run::start(&target, 18, "{on_agent_loss: take-over}");
    run.until_loaded(&target, 450);
    let agents = run.agents();
    let (process, _) = agents.iter().find(|(_, line)| line.contains("--name agent 2 ")).unwrap();
    kill(*process);
    let (ended, recording, folder) = run.end();
    ended.must_end_with(96);
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let news = news(&recording);
    let of_lost = || news.iter().filter(|(agent, _)| *agent == 1).map(|(_, news)| news);
    let (second, by) = of_lost()
        .find_map(|news| match news {
            AgentNews::TakenOver { second, by } => Some((*second, by.clone())),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nobody took over: {news:?}"));
    assert_eq!(by, [0, 2]);
    let complete = of_lost().filter_map(|news| match news {
        AgentNews::Complete { second, .. } => Some(second + 1),
        _ => None,
    });
    let gap = complete.max().unwrap_or(0)..second;
    let text = verdict_text(folder.path());
    assert!(text.contains("are incomplete (it was lost: its process was killed by signal 9)"), "{text}");

    let heard = target.paths();
    let twice: Vec<_> = heard.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let intended = intended(&recording);
    assert!(heard.keys().all(|path| intended.contains_key(path)), "nobody invents arrivals");
    // What is complete is exactly what the target got, and what was not sent is counted.
    let is_complete = |second: u64| !gap.contains(&second);
    let of_complete = || intended.iter().filter(|(_, second)| is_complete(**second)).map(|(path, _)| path);
    let got = of_complete().filter(|path| heard.contains_key(*path)).count() as u64;
    let (requests, unsent) = recording.entries.iter().fold((0, 0), |sum, entry| match entry {
        Entry::Interval(one) if is_complete(one.second) => (sum.0 + one.count(), sum.1),
        Entry::Arrivals(row) if is_complete(row.second) => (sum.0, sum.1 + row.dropped + row.unsent),
        _ => sum,
    });
    assert_eq!(requests, got, "recorded, and counted by the target; {gap:?} is missing");
    assert_eq!(requests + unsent, of_complete().count() as u64, "what was not sent is counted");
    let last = intended.values().copied().max().unwrap();
    assert!(second < last, "there was something left to take over: {second} of {last}");
    nothing_is_kept(folder.path());
}
