//! Every plan in `scenarios/` is carried out by the real program with real processes, and must end as its first lines say.

use crate::{
    support::{Ended, alone, beside, landfall, processes_with, root},
    watched::{self, time_of_day},
};
use std::{fs, path::Path};

/// Carries a plan out and holds what is true of every run.
fn carry_out(arguments: &[&str], code: i32) -> (Ended, tempfile::TempDir) {
    carry_out_by(arguments, code, landfall)
}

/// The same, with the program run by that.
fn carry_out_by(arguments: &[&str], code: i32, run: impl FnOnce(&[&str]) -> Ended) -> (Ended, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let mut all = arguments.to_vec();
    all.extend(["--out", out]);
    let ended = run(&all);
    ended.must_end_with(code);
    assert_eq!(processes_with(out), [], "the run left processes behind");
    reports_agree(Path::new(out), code);
    (ended, folder)
}

/// The reports are there, and judging the recording again gives the same bytes.
fn reports_agree(run: &Path, code: i32) {
    let json = fs::read_to_string(run.join("report.json")).unwrap();
    let again = landfall(&["--json", "judge", run.to_str().unwrap()]);
    again.must_end_with(code);
    assert_eq!(again.stdout.trim_end(), json.trim_end(), "judging again gives another verdict");
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    let policy = "content=\"default-src &#39;none&#39;; style-src &#39;sha256-";
    assert!(
        html.contains(policy) && html.contains("script-src &#39;sha256-"),
        "only what is in the page may do anything in it"
    );
    let (report, page) = html.split_once("<script").unwrap();
    let asks = report.split("url(").skip(1).any(|address| !address.starts_with('#')) || report.contains("src=\"");
    assert!(!asks, "the report asks for something");
    assert!(page.starts_with(" type=\"application/octet-stream;base64\" id=\"messages\">H4sI"), "the run's messages");
    assert_eq!(page.matches("<script").count(), 1, "and one script");
    assert!(fs::read_to_string(run.join("junit.xml")).unwrap().contains("<testsuite"));
}

fn scenario(name: &str, verdict: &str, code: i32) -> tempfile::TempDir {
    let path = root().join("scenarios").join(name);
    says_how_it_ends(name, verdict);
    let _turn = alone();
    carry_out(&["run", path.to_str().unwrap()], code).1
}

fn says_how_it_ends(name: &str, verdict: &str) -> String {
    let text = fs::read_to_string(root().join("scenarios").join(name)).unwrap();
    assert!(text.contains(&format!("Must end: {verdict}")), "{name} does not say how it must end");
    text
}

/// Whoever adds a scenario adds it here.
#[test]
fn every_scenario_is_run() {
    let mut names: Vec<_> = fs::read_dir(root().join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let known = [
        "active-passive.yaml",
        "expired-standby.yaml",
        "game-day.yaml",
        "plain-http",
        // Each with and without its bug: `tests/planted`.
        "planted",
        "read-replicas.yaml",
        "region-isolated.yaml",
        "region-loss.yaml",
        // Fifteen minutes: `tests/science.rs` checks them.
        "science",
        "storage-stalled.yaml",
        // 100,000 users are no test: `cargo xtask bench users` runs it.
        "users",
    ];
    assert_eq!(names, known);
}

/// The demo carries it out.
#[test]
fn a_region_dies_and_the_system_survives() {
    let text = says_how_it_ends("region-loss.yaml", "pass");
    assert_eq!(landfall(&["demo", "--print-plan"]).must_end_with(0).stdout.trim_end(), text.trim_end());
    let _turn = alone();
    carry_out(&["demo"], 0);
}

#[test]
fn a_passive_region_takes_over_and_gives_back() {
    scenario("active-passive.yaml", "pass", 0);
}

#[test]
fn replicas_are_read_while_the_writer_moves() {
    scenario("read-replicas.yaml", "pass", 0);
}

#[test]
fn a_region_is_cut_off_and_the_system_survives() {
    scenario("region-isolated.yaml", "pass", 0);
}

#[test]
fn a_stalled_storage_is_seen_by_a_deep_health_check() {
    scenario("storage-stalled.yaml", "pass", 0);
}

/// The standby is there, well and found, and nobody who looks at its certificate is served by it.
#[test]
fn users_are_led_to_a_standby_whose_certificate_has_expired() {
    let folder = scenario("expired-standby.yaml", "fail", 99);
    let json = fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&json).unwrap();
    for fault in findings["faults"].as_array().unwrap() {
        for proof in ["effect", "removal"] {
            assert_eq!(fault[proof]["state"], "proven", "{fault:#}");
        }
        let rerouted = fault["marks"].as_array().unwrap().iter().find(|mark| mark["kind"] == "rerouted").unwrap();
        assert_eq!(rerouted["not_measured"], "no success was served elsewhere", "{fault:#}");
    }
    let errors = findings["errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["outcome"] == "tls"), "{errors:#?}");
}

/// Every time that a fault comes is an outage of its own.
#[test]
fn one_thing_after_the_other_breaks_and_each_time_the_users_are_well_again() {
    let folder = scenario("game-day.yaml", "pass", 0);
    let json = fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<_> =
        findings["faults"].as_array().unwrap().iter().map(|fault| fault["name"].as_str().unwrap()).collect();
    let expected = [
        "europe-dies-twice (1 of 2)",
        "europe-dies-twice (2 of 2)",
        "the-pacific-is-cut",
        "asia-is-unreachable",
        "the-atlantic-is-slow",
    ];
    assert_eq!(names, expected);
}

/// The demo's plan with a defect, as the program prints it, under a third of its load, and over a quarter of a minute after the
/// fault is healed: what is to fail has failed by then.
fn lighter(defect: &str) -> String {
    let printed = landfall(&["demo", "--defect", defect, "--print-plan"]);
    let replaced = |line: &str| match line {
        "  rate: 200/s" | "  rate: 150/s" => "  rate: 60/s".to_owned(),
        "  for: 91s" => "  for: 65s".to_owned(),
        "  for: 75s" => "  for: 60s".to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = printed.must_end_with(0).stdout.lines().map(replaced).collect();
    let has = |line: &str| text.iter().any(|own| own == line);
    assert!(has("  rate: 60/s") && (has("  for: 65s") || has("  for: 60s")), "{text:#?}");
    text.join("\n")
}

/// However late the generator of such a plan is, it is trusted: who is led nowhere is well again no sooner for that.
fn patient(text: &str) -> String {
    let patient = text.replace("send_lag_p99_max: 75ms", "send_lag_p99_max: 30s");
    assert_ne!(patient, text);
    patient
}

/// Carries a plan out beside another run: its verdict doesn't depend on how punctual its generator is. That objective fails.
fn must_fail(text: &str, objective: &str, run: impl FnOnce(&[&str]) -> Ended) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    fs::write(&plan, text).unwrap();
    let _turn = beside();
    let (ended, folder) = carry_out_by(&["run", plan.to_str().unwrap()], 99, run);
    let json = fs::read_to_string(folder.path().join("run/report.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&json).unwrap();
    let failed = findings["objectives"].as_array().unwrap().iter().filter(|one| one["verdict"] == "fail");
    let failed: Vec<&str> = failed.map(|one| one["name"].as_str().unwrap()).collect();
    assert!(failed.iter().any(|name| name.split(' ').next() == Some(objective)), "{objective}: {failed:?}");
    ended
}

/// And whoever looks at its page sees the region go down, its users rerouted and well again, and the verdict.
#[test]
fn acknowledging_before_durable_loses_writes_and_lists_them() {
    let mut seen = serde_json::Value::Null;
    let ended = must_fail(&lighter("ack-before-durable"), "lost_writes", |arguments| {
        let (ended, in_browser) = watched::run(arguments);
        seen = in_browser;
        ended
    });
    assert!(ended.stderr.contains("FAIL"), "{}", ended.stderr);
    assert!(ended.stderr.contains("lost"), "{}", ended.stderr);
    assert_eq!(seen["problems"], serde_json::json!([]), "{seen:#}");
    let strip: Vec<&str> = seen["seen"].as_array().unwrap().iter().map(|one| one["word"].as_str().unwrap()).collect();
    assert_eq!(strip.last(), Some(&"FAIL"), "{strip:?}");
    let line = seen["line"].as_str().unwrap();
    assert!(line.contains("FAIL ("), "{line}");
    // What a run says of times that can't be trusted, since its generator was late, is not held against the clock.
    if !line.contains("not to be trusted") {
        went_down_and_came_back(&seen, &strip);
    }
}

/// Both by the run's own clock: when the fault took effect, and since when the page said that its users are down.
fn went_down_and_came_back(seen: &serde_json::Value, strip: &[&str]) {
    let order = ["fine", "down", "rerouted"].map(|word| strip.iter().position(|said| *said == word));
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{strip:?}");
    let marks = seen["marks"].as_array().unwrap();
    let mark = |name: &str| {
        let found = marks.iter().find(|one| one["name"].as_str().unwrap().starts_with(name));
        let found = found.unwrap_or_else(|| panic!("no mark {name} in {marks:?}"));
        time_of_day(found["said"].as_str().unwrap(), "")
    };
    let down = seen["seen"][order[1].unwrap()]["sentence"].as_str().unwrap();
    let late = time_of_day(down, "(since ") - mark("injected");
    // The first of them may fail before the effect is proven.
    assert!((-10.0..=2.0).contains(&late), "down {late} s after the fault: {seen:#}");
    // Nobody at home answers: what recovers is what is served elsewhere, and both count from when a request was intended.
    assert!(mark("injected") < mark("first elsewhere"), "{marks:?}");
    assert!(mark("first elsewhere") <= mark("recovered"), "{marks:?}");
}

#[test]
fn dropping_replication_lets_regions_diverge() {
    must_fail(&lighter("drop-replication"), "diverged_writes", landfall);
}

#[test]
fn a_steering_that_never_moves_leaves_users_behind() {
    must_fail(&patient(&lighter("dns-never-moves")), "recovery_time", landfall);
}

#[test]
fn a_shallow_health_check_sends_users_to_a_dead_storage() {
    must_fail(&patient(&lighter("shallow-health")), "recovery_time", landfall);
}
