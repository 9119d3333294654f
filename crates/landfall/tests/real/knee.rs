//! The search for the knee and for the headroom, with a target whose capacity is a count: the machine's speed has no part in it.

use crate::support::{Ended, Landfall, beside, landfall, until};
use record::{AgentNews, Entry, Recording};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Requests that the target serves in a run. All others it refuses. A run begins by looking whether the target is there, with a
/// connection on which it asks for nothing: then the target counts from zero.
///
/// A step of 4 s, whose first second is warm-up, sends 4 r requests at r a second; of the 3 r that are judged, all but 4 r − 700
/// succeed. 99 % of them do up to r = 176 a second: 2.2 times the plan's load.
const SERVED: u64 = 700;
const TRUTH: f64 = 176.0 / 80.0;

/// A plain HTTP service with that capacity. Its threads end with the connections, and with the test.
struct Target {
    url: String,
}

impl Target {
    fn start() -> Self {
        Self::that(true)
    }

    /// One that is well again with the next run, or never when it has refused once.
    fn that(recovers: bool) -> Self {
        Self::of(SERVED, recovers, PathBuf::new())
    }

    /// One that serves so many requests in a run, and takes no connection while a file is there.
    fn of(served: u64, recovers: bool, lost: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicU64::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, lost) = (Arc::clone(&requests), lost.clone());
                std::thread::spawn(move || {
                    let is_new_run = serve(&stream, &requests, served, &lost) == Some(0);
                    if is_new_run && (recovers || requests.load(Ordering::SeqCst) <= served) {
                        requests.store(0, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { url }
    }

    /// A plan of 80 requests a second, in a folder of its own.
    fn plan(&self, trust: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let plan = format!(
            "version: 1\nname: counted\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
             populations:\n  - {{name: ohio, place: us-east-2, share: 100%}}\n\
             load: {{model: open, rate: 80/s, for: 4s, warm_up: 1s, arrivals: regular}}\n\
             journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n\
             objectives: [{{availability: 99%}}]\ntrust: {trust}\n",
            self.url
        );
        fs::write(folder.path().join("plan.yaml"), plan).unwrap();
        folder
    }
}

/// How many requests came over a connection; `None`: it broke, or the target is lost.
fn serve(stream: &TcpStream, requests: &AtomicU64, served_max: u64, lost: &Path) -> Option<u64> {
    let mut lines = BufReader::new(stream);
    for served in 0.. {
        if lost.is_file() {
            return None;
        }
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if lines.read_line(&mut line).ok()? == 0 {
                return Some(served);
            }
        }
        let number = requests.fetch_add(1, Ordering::SeqCst) + 1;
        if lost.is_file() {
            return None;
        }
        let status = if number <= served_max { "200 OK" } else { "503 Service Unavailable" };
        let mut out = stream;
        out.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok").as_bytes()).ok()?;
    }
    None
}

fn search(folder: &Path, options: &[&str]) -> Landfall {
    let (plan, out) = (folder.join("plan.yaml"), folder.join("knee"));
    let mut arguments = vec!["--json", "knee", plan.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend(options);
    Landfall::start(&arguments)
}

fn told(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", ended.stdout, ended.stderr))
}

/// A generator that is late on a busy machine is no matter here: what the target counts is what is judged.
const PATIENT: &str = "{send_lag_p99_max: 30s}";

#[test]
fn the_knee_of_a_known_capacity_lies_in_the_interval() {
    let _turn = beside();
    let target = Target::start();
    let folder = target.plan(PATIENT);
    let ended =
        search(folder.path(), &["--agents", "2", "--from", "1", "--to", "8", "--ramp", "4", "--precision", "100%"])
            .wait(Duration::from_secs(180));
    ended.must_end_with(0);
    let knee = told(&ended);
    let factors: Vec<f64> =
        knee["steps"].as_array().unwrap().iter().map(|step| step["factor"].as_f64().unwrap()).collect();
    assert_eq!(factors, [1.0, 4.0, 4.0, 2.0], "{knee:#}");
    let (held, broke) = (knee["held"]["factor"].as_f64().unwrap(), knee["broke"]["factor"].as_f64().unwrap());
    assert!(held <= TRUTH && TRUTH < broke, "{held} to {broke}");
    assert_eq!(knee["state"], "found");
    assert!(
        ended.stderr.contains("The knee lies between 160/s (×2), which held, and 320/s (×4), which broke"),
        "{}",
        ended.stderr
    );
    // Each step is a run of two agents that can be looked at, and judged again.
    for step in knee["steps"].as_array().unwrap() {
        let run = folder.path().join("knee").join(step["folder"].as_str().unwrap());
        let recording = Recording::read(&run).unwrap();
        assert!(run.join("report.html").is_file() && recording.integrity.is_whole(), "{}", run.display());
        let joined =
            |entry: &&Entry| matches!(entry, Entry::Agent(entry) if matches!(entry.news, AgentNews::Joined(_)));
        assert_eq!(recording.entries.iter().filter(joined).count(), 2);
    }
    let written = fs::read_to_string(folder.path().join("knee/knee.json")).unwrap();
    assert_eq!(written.trim_end(), ended.stdout.trim_end());
    assert!(!folder.path().join("knee/rest").exists(), "what was sent while the target rested is no step");
}

/// Two regions, of which the second serves 300 requests in a run and the first as many as come. All users are nearer to the
/// first, so the second gets what comes within the six seconds in which the first is lost: 240 requests of the plan's load, and
/// 480 of twice as much. It refuses 180 of those, a sixth of all that are judged.
#[test]
fn the_headroom_is_bound_by_the_region_whose_loss_hurts_most() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let lost = |name: &str| folder.path().join(format!("{name}.lost"));
    let strong = Target::of(u64::MAX, true, lost("strong"));
    let weak = Target::of(300, true, lost("weak"));
    let fault = |name: &str| {
        let file = lost(name).display().to_string();
        format!(
            "  - {{name: {name}-goes, at: {at}, for: 6s, command: {{region: {name}, inject: [touch, {file}], heal: [rm, -f, {file}], \
             verify_effect: [test, -e, {file}], verify_removal: [test, '!', -e, {file}]}}}}\n",
            at = if name == "strong" { "6s" } else { "6100ms" },
        )
    };
    let plan = format!(
        "version: 1\nname: counted\ntarget:\n  endpoints:\n    strong: {{url: \"{}\", place: us-east-1}}\n    weak: {{url: \"{}\", \
         place: us-west-2}}\n  routing: {{failover: {{avoid: 5s}}}}\n\
         populations:\n  - {{name: ohio, place: us-east-2, share: 100%}}\n\
         load: {{model: open, rate: 40/s, for: 14s, warm_up: 1s, arrivals: regular}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, retry: {{attempts: 3, backoff: 50ms}}}}]}}]\n\
         faults:\n{}{}objectives: [{{availability: 92%}}]\ntrust: {PATIENT}\n",
        strong.url,
        weak.url,
        fault("strong"),
        fault("weak"),
    );
    fs::write(folder.path().join("plan.yaml"), plan).unwrap();
    let (plan, out) = (folder.path().join("plan.yaml"), folder.path().join("headroom"));
    let arguments = ["--json", "headroom", plan.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let range = ["--to", "2", "--precision", "100%"];
    let ended = Landfall::start(&[arguments.as_slice(), &range].concat()).wait(Duration::from_secs(240));
    ended.must_end_with(0);
    let headroom = told(&ended);
    let lost = |step: &serde_json::Value| format!("×{} without {}", step["factor"], step["lost"].as_str().unwrap());
    let steps: Vec<String> = headroom["steps"].as_array().unwrap().iter().map(lost).collect();
    assert_eq!(
        steps,
        ["×1.0 without strong", "×1.0 without weak", "×2.0 without strong", "×2.0 without strong"],
        "{headroom:#}"
    );
    assert_eq!((&headroom["state"], &headroom["binding"]), (&"found".into(), &"strong".into()));
    let sentence = headroom["sentence"].as_str().unwrap();
    let expected = "The headroom lies between 40/s (×1), which held, and 80/s (×2), which broke twice (without strong, availability";
    assert!(sentence.starts_with(expected), "{sentence}");
    assert!(out.join("02-x1-without-weak/report.html").is_file() && out.join("headroom.md").is_file());
}

#[test]
fn a_generator_that_is_late_is_not_the_targets_limit() {
    let _turn = beside();
    let target = Target::start();
    let folder = target.plan("{send_lag_p99_max: 0s}");
    let ended = search(folder.path(), &["--from", "1", "--to", "8"]).wait(Duration::from_secs(120));
    ended.must_end_with(96);
    let knee = told(&ended);
    assert_eq!((&knee["state"], &knee["held"]), (&"generators-edge".into(), &serde_json::Value::Null));
    let sentence = knee["sentence"].as_str().unwrap();
    let expected = "The knee was not found: at 80/s (×1) it is the generator's edge, not the target's (";
    assert!(sentence.starts_with(expected) && sentence.contains("the generator's own send lag: p99 "), "{sentence}");
}

#[test]
fn what_was_found_is_kept_when_the_search_is_stopped() {
    let _turn = beside();
    let target = Target::start();
    let folder = target.plan(PATIENT);
    let search = search(folder.path(), &["--from", "1", "--to", "8"]);
    let found = folder.path().join("knee/knee.json");
    until(Duration::from_secs(60), "a step is over", || {
        let text = fs::read_to_string(&found).unwrap_or_default();
        text.contains("\"factor\": 1.0").then_some(())
    });
    search.signal("-INT");
    let ended = search.wait(Duration::from_secs(60));
    ended.must_end_with(96);
    let knee = told(&ended);
    assert_eq!(knee["state"], "stopped");
    let sentence = knee["sentence"].as_str().unwrap();
    assert!(sentence.contains("it lies above ") && sentence.ends_with("stopped by a signal."), "{sentence}");
    assert_eq!(fs::read_to_string(&found).unwrap().trim_end(), ended.stdout.trim_end());
}

#[test]
fn a_target_that_does_not_get_well_again_ends_the_search() {
    let _turn = beside();
    let target = Target::that(false);
    let folder = target.plan(PATIENT);
    let options = ["--from", "1", "--to", "4", "--ramp", "4", "--rest-max", "1s"];
    let ended = search(folder.path(), &options).wait(Duration::from_secs(120));
    ended.must_end_with(96);
    let knee = told(&ended);
    let sentence = knee["sentence"].as_str().unwrap();
    let expected = "The knee was not found, but it lies above 80/s (×1), which held: the target did not get well within 1 s after a \
                    step that did not hold.";
    assert_eq!((&knee["state"], sentence), (&"stopped".into(), expected));
}

#[test]
fn what_cannot_be_searched_is_refused_at_once() {
    let target = Target::start();
    let folder = target.plan(PATIENT);
    let refused = |options: &[&str], code: i32, said: &str| {
        let ended = search(folder.path(), options).wait(Duration::from_secs(60));
        ended.must_end_with(code);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    };
    refused(&["--from", "4", "--to", "2"], 2, "a search goes from a smaller factor to a larger one");
    refused(&["--precision", "0.1%"], 2, "the interval may be 1% to 100% wide, not 0.1%");
    let headroom = landfall(&["headroom", folder.path().join("plan.yaml").to_str().unwrap()]);
    headroom.must_end_with(2);
    assert!(headroom.stderr.contains("none of the plan's faults loses a region"), "{}", headroom.stderr);
    let plan = folder.path().join("plan.yaml");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.replace("objectives: [{availability: 99%}]\n", "")).unwrap();
    refused(&[], 2, "the plan promises nothing that load alone could break");
    fs::write(&plan, text.replace("rate: 80/s", "rate: 80")).unwrap();
    refused(&[], 65, "80/s");
}
