//! Bad input and bad days: each has its clear message and its exit code, and nothing is left behind.

use crate::support::{Landfall, beside, landfall, processes_with, root, until};
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

const BOUND: Duration = Duration::from_secs(60);

fn two_regions() -> String {
    root().join("crates/landfall/tests/real/plans/two-regions.yaml").display().to_string()
}

/// A plan with one change to it.
fn changed(folder: &Path, from: &str, to: &str) -> String {
    let text = fs::read_to_string(two_regions()).unwrap();
    assert!(text.contains(from), "{from:?} is not in the plan");
    let path = folder.join("plan.yaml");
    fs::write(&path, text.replace(from, to)).unwrap();
    path.display().to_string()
}

/// Waits until the run's events say that.
fn until_recorded(run: &Path, text: &str) {
    let events = run.join("events.ndjson");
    until(BOUND, text, || fs::read_to_string(&events).is_ok_and(|events| events.contains(text)).then_some(()));
}

/// A run in the middle of its fault, as soon as its events say that.
fn broken(text: &str) -> (Landfall, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let landfall = Landfall::start(&["run", &two_regions(), "--out", run.to_str().unwrap()]);
    until_recorded(&run, text);
    (landfall, run, folder)
}

/// Every address that the lab's configuration names.
fn lab_addresses(run: &Path) -> Vec<SocketAddr> {
    let config = fs::read_to_string(run.join("lab/chirp.toml")).unwrap();
    config.split('"').filter_map(|word| word.parse().ok()).collect()
}

fn nothing_is_left(run: &Path) {
    let text = run.display().to_string();
    until(Duration::from_secs(15), "no process is left", || processes_with(&text).is_empty().then_some(()));
    for address in lab_addresses(run) {
        assert!(TcpStream::connect(address).is_err(), "something still listens on {address}");
    }
}

#[test]
fn a_killed_parent_leaves_no_process_and_no_port() {
    let _turn = beside();
    let (landfall, run, _folder) = broken("fault-injecting");
    assert!(!lab_addresses(&run).is_empty());
    let watch = Landfall::start(&["watch", run.to_str().unwrap()]);
    landfall.signal("-KILL");
    // Who watches is told, and shown as much as is known.
    let watched = watch.wait(BOUND);
    watched.must_end_with(96);
    assert!(watched.stderr.contains("nobody writes this recording any more"), "{}", watched.stderr);
    nothing_is_left(&run);
    // What was recorded until then can be judged, and is not called whole.
    let ended = crate::support::landfall(&["judge", run.to_str().unwrap()]);
    ended.must_end_with(96);
}

#[test]
fn one_interrupt_heals_judges_and_ends() {
    let _turn = beside();
    let (landfall, run, _folder) = broken("fault-active");
    let watch = Landfall::start(&["watch", run.to_str().unwrap()]);
    landfall.signal("-INT");
    let ended = landfall.wait(BOUND);
    ended.must_end_with(96);
    let watched = watch.wait(BOUND);
    watched.must_end_with(96);
    for line in ended.stderr.lines().skip_while(|line| !line.contains("injecting")) {
        let is_own = line.contains(" BEAT ") || line.contains("report.html") || line.contains("report.json");
        assert!(is_own || watched.stderr.contains(line), "who watches is not told {line:?}:\n{}", watched.stderr);
    }
    assert!(run.join("report.html").exists());
    let events = fs::read_to_string(run.join("events.ndjson")).unwrap();
    assert!(events.contains("fault-healed"), "the fault was not healed:\n{events}");
    nothing_is_left(&run);
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let _turn = beside();
    let (landfall, run, _folder) = broken("fault-active");
    landfall.signal("-INT");
    until_recorded(&run, "aborted");
    landfall.signal("-INT");
    let ended = landfall.wait(BOUND);
    // The first may have been enough by then.
    assert!([130, 96].contains(&ended.code()), "exit code {}", ended.code());
    nothing_is_left(&run);
}

#[test]
fn a_run_directory_that_is_there_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("precious"), "data").unwrap();
    let ended = landfall(&["run", &two_regions(), "--out", folder.path().to_str().unwrap()]);
    ended.must_end_with(73);
    assert!(ended.stderr.contains("is there already and not empty"), "{}", ended.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_port_in_use_is_named() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.2.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let plan = changed(folder.path(), "dns_ttl: 1s", &format!("dns_ttl: 1s, port: {port}"));
    let run = folder.path().join("run");
    let ended = landfall(&["run", &plan, "--out", run.to_str().unwrap()]);
    ended.must_end_with(69);
    assert!(ended.stderr.contains(&format!("127.2.0.1:{port}")), "{}", ended.stderr);
    assert!(ended.stderr.contains("in use"), "{}", ended.stderr);
}

#[test]
fn a_plan_that_needs_more_descriptors_than_there_are_says_both_numbers() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let plan = changed(folder.path(), "warm_up: 1s", "warm_up: 1s, connections: {users_max: 900000}");
    let run = folder.path().join("run");
    let ended = landfall(&["run", &plan, "--out", run.to_str().unwrap()]);
    ended.must_end_with(71);
    let said = ended.stderr.replace(['\n', '│', '×'], " ");
    assert!(said.contains("file descriptors are needed") && said.contains("are free"), "{said}");
    nothing_is_left(&run);
}

#[test]
fn an_endpoint_that_refuses_is_named_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plan = format!(
        "version: 1\nname: nobody-home\ntarget:\n  endpoints: {{us-east-1: \"http://{closed}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 5/s, for: 10s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\nobjectives: [{{availability: 99%}}]\n"
    );
    let path = folder.path().join("plan.yaml");
    fs::write(&path, plan).unwrap();
    let run = folder.path().join("run");
    let ended = landfall(&["run", path.to_str().unwrap(), "--out", run.to_str().unwrap()]);
    ended.must_end_with(69);
    assert!(ended.stderr.contains(&closed.to_string()), "{}", ended.stderr);
}

#[test]
fn a_plan_with_mistakes_shows_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed(folder.path(), "share: 50%", "share: 45%");
    let text =
        fs::read_to_string(&path).unwrap().replace("at: 8s", "at: 8").replace("place: us-east-2", "place: us-east-9");
    fs::write(&path, text).unwrap();
    let ended = landfall(&["check", &path]);
    ended.must_end_with(65);
    for expected in ["90%", "us-east-9", "\"8\""] {
        assert!(ended.stderr.contains(expected), "{expected} is not in:\n{}", ended.stderr);
    }
}

#[test]
fn an_unknown_defect_and_a_missing_plan_say_what_there_is() {
    let ended = landfall(&["demo", "--defect", "gremlins"]);
    ended.must_end_with(2);
    assert!(ended.stderr.contains("ack-before-durable"), "{}", ended.stderr);
    let ended = landfall(&["run", "no-such-plan.yaml"]);
    ended.must_end_with(66);
    assert!(ended.stderr.contains("no-such-plan.yaml"), "{}", ended.stderr);
}

#[test]
fn a_hook_that_fails_makes_the_verdict_inconclusive_and_heals() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let healed = folder.path().join("healed");
    let hook = format!(
        "command: {{inject: [\"false\"], heal: [touch, \"{}\"], verify_effect: [\"true\"], verify_removal: [\"true\"]}}",
        healed.display()
    );
    let plan = changed(folder.path(), "region-loss: {region: eu-west-1}", &hook);
    let text = fs::read_to_string(&plan).unwrap().replace("for: 40s", "for: 22s");
    fs::write(&plan, text).unwrap();
    let run = folder.path().join("run");
    let ended = landfall(&["run", &plan, "--out", run.to_str().unwrap()]);
    ended.must_end_with(96);
    assert!(healed.exists(), "heal did not run");
    assert!(ended.stderr.contains("`false` failed"), "{}", ended.stderr);
}
