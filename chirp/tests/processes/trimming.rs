//! Logs with a bound: who was away for longer takes a state instead, and nobody loses anything by it.

use crate::http::request;
use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_until};

const PLAN: LabPlan<'_> = LabPlan {
    regions: REGIONS,
    tables: "[log]\nkeep_entries = 5\nkeep_entries_max = 20",
    replication: "heartbeat_ms = 100\nretry_ms_max = 200\nanti_entropy_ms = 100\ncatch_up_patience_ms = 5000",
    ..LabPlan::PLAIN
};

fn posts(lab: &Lab, region: &str, count: usize, what: &str) -> Vec<String> {
    (0..count).map(|number| lab.post(region, "user-1", &format!("{what} {number}"), None)).collect()
}

fn has_all(lab: &Lab, region: &str, ids: &[String]) -> bool {
    let there = lab.timeline(region, "user-1");
    ids.iter().all(|id| there.contains(id))
}

#[track_caller]
fn wait_for_all(lab: &Lab, regions: &[&str], ids: &[String]) {
    for region in regions {
        wait_until(&format!("{region} has all"), || has_all(lab, region, ids));
    }
}

/// How far a region has applied the log of another one.
fn applied(lab: &Lab, region: &str, origin: &str) -> u64 {
    let reply = request(lab.peer_listen(region), "GET", "/peer/logs", &[], "").unwrap().json();
    let held = reply["logs"].as_array().unwrap().iter().find(|held| held["origin"] == origin).cloned();
    held.map(|held| held["seq"].as_u64().unwrap()).unwrap_or_default()
}

/// Waits until `holder` no longer has what comes after `seq` in the log of `origin`.
#[track_caller]
fn wait_until_trimmed(lab: &Lab, holder: &str, origin: &str, seq: u64) {
    let first = || lab.metric(holder, &format!("chirp_log_first{{origin=\"{origin}\"}}")).unwrap_or_default();
    wait_until(&format!("{holder} has trimmed the log of {origin}"), || first() > (seq + 1) as f64);
}

fn transfers(lab: &Lab, region: &str) -> f64 {
    let count = |peer: &&str| lab.metric(region, &format!("chirp_state_transfers_total{{peer=\"{peer}\"}}"));
    REGIONS.iter().filter_map(count).sum()
}

#[test]
fn who_was_away_past_the_bound_takes_a_state_and_brings_what_only_it_had() {
    let mut lab = Lab::serving(&PLAN);
    let mut acknowledged = posts(&lab, EU, 5, "known to all");
    wait_for_all(&lab, REGIONS, &acknowledged);
    let known = [EU, US].map(|origin| applied(&lab, AP, origin));
    // Nobody hears what AP acknowledges now, and it dies.
    [EU, US].iter().for_each(|region| lab.set(region, "replication-stopped"));
    let only_ap = posts(&lab, AP, 30, "told to nobody");
    assert_eq!(lab.send(AP, "PUT", "/v1/users/anna", r#"{"display_name":"Anna"}"#).status, 201);
    lab.kill(AP);
    [EU, US].iter().for_each(|region| lab.clear(region));
    for region in [EU, US] {
        acknowledged.extend(posts(&lab, region, 40, region));
    }
    let deleted = acknowledged.remove(2);
    assert_eq!(lab.send(US, "DELETE", &format!("/v1/posts/{deleted}?author=user-1"), "").status, 200);
    wait_for_all(&lab, &[EU, US], &acknowledged);
    for (origin, known) in [EU, US].iter().zip(known) {
        wait_until_trimmed(&lab, EU, origin, known);
        wait_until_trimmed(&lab, US, origin, known);
    }
    lab.start(AP).wait_for("serving");
    assert!(has_all(&lab, AP, &acknowledged), "from the first request on");
    assert!(transfers(&lab, AP) >= 1.0);
    assert!(has_all(&lab, AP, &only_ap), "what it had acknowledged is still there");
    acknowledged.extend(only_ap);
    acknowledged.extend(posts(&lab, AP, 1, "on by the log"));
    acknowledged.extend(posts(&lab, EU, 1, "on by the log"));
    wait_for_all(&lab, REGIONS, &acknowledged);
    for region in REGIONS {
        assert_eq!(lab.timeline(region, "user-1"), lab.timeline(EU, "user-1"), "{region}");
        assert_eq!(lab.timeline(region, "user-1").len(), acknowledged.len(), "{region}");
        assert_eq!(lab.get(region, "/v1/users/anna").status, 200, "{region}");
        assert_eq!(lab.get(region, &format!("/v1/posts/{deleted}")).status, 404, "{region}");
    }
}

#[test]
fn who_must_fetch_all_that_another_holds_takes_its_state_if_it_has_to() {
    let lab = Lab::serving(&PLAN);
    lab.set(AP, "replication-stopped");
    let known = applied(&lab, AP, EU);
    let acknowledged = posts(&lab, EU, 40, "while ap does not read");
    wait_for_all(&lab, &[US], &acknowledged);
    wait_until_trimmed(&lab, US, EU, known);
    let asked = format!("/peer/log?origin={EU}&log={}&after={known}&reader={AP}", log_of(&lab, EU));
    let refused = request(lab.peer_listen(US), "GET", &asked, &[], "").unwrap();
    assert_eq!(refused.status, 410, "{refused:?}");
    assert!(refused.json()["first"].as_u64().unwrap() > known + 1, "{refused:?}");
    // As a candidate does; from a region that passes on what another one wrote.
    let body = format!(r#"{{"peers":["{US}"]}}"#);
    assert_eq!(request(lab.peer_listen(AP), "POST", "/admin/sync", &[], &body).unwrap().status, 200);
    assert!(has_all(&lab, AP, &acknowledged), "it is here when the answer is");
    assert_eq!(transfers(&lab, AP), 1.0);
    lab.clear(AP);
    let next = posts(&lab, EU, 3, "on by the log");
    wait_for_all(&lab, &[AP], &next);
    assert_eq!(transfers(&lab, AP), 1.0, "and once was enough");
}

fn log_of(lab: &Lab, region: &str) -> String {
    let reply = request(lab.peer_listen(region), "GET", "/peer/logs", &[], "").unwrap().json();
    reply["logs"].as_array().unwrap().last().unwrap()["log"].as_str().unwrap().to_owned()
}

#[test]
fn a_lost_disk_is_filled_from_a_state_when_no_log_reaches_back() {
    let mut lab = Lab::serving(&PLAN);
    let mut acknowledged = posts(&lab, AP, 30, "before the loss");
    acknowledged.extend(posts(&lab, EU, 30, "before the loss"));
    wait_for_all(&lab, REGIONS, &acknowledged);
    wait_until_trimmed(&lab, US, AP, 5);
    wait_until_trimmed(&lab, US, EU, 5);
    lab.kill(AP);
    std::fs::remove_dir_all(lab.data(AP)).unwrap();
    lab.start(AP).wait_for("serving");
    assert!(has_all(&lab, AP, &acknowledged), "from the first request on");
    assert_eq!(lab.timeline(AP, "user-1"), lab.timeline(US, "user-1"), "and nothing twice");
    acknowledged.extend(posts(&lab, AP, 3, "the new log"));
    wait_for_all(&lab, REGIONS, &acknowledged);
}

#[test]
fn a_snapshot_is_as_large_as_the_state_and_not_as_the_history() {
    let top = format!("{}\n[snapshots]\nevery_ms = 100", LabPlan::PLAIN.top);
    let mut lab = Lab::serving(&LabPlan { regions: &[EU], top: &top, ..PLAN });
    let rename = |lab: &Lab, count: usize| {
        for number in 1000..1000 + count {
            let body = format!(r#"{{"display_name":"{number}"}}"#);
            assert_eq!(lab.send(EU, "PUT", "/v1/users/user-1", &body).status, 200);
        }
    };
    let size = |lab: &Lab| {
        let taken = || lab.metric(EU, "chirp_snapshots_total").unwrap_or_default();
        let enough = taken() + 2.0;
        wait_until("a snapshot is taken", || taken() >= enough);
        lab.metric(EU, "chirp_snapshot_bytes").unwrap()
    };
    let post = lab.post(EU, "user-1", "hello", None);
    rename(&lab, 30);
    wait_until_trimmed(&lab, EU, EU, 20);
    let before = size(&lab);
    rename(&lab, 300);
    wait_until_trimmed(&lab, EU, EU, 320);
    let after = size(&lab);
    assert!(after < before * 1.1 + 200.0, "{before} bytes after 30 changes, {after} after 330");
    lab.kill(EU);
    std::fs::remove_dir_all(lab.data(EU)).unwrap();
    assert_eq!(lab.chirp(&["restore", "--region", EU]).0, Some(0));
    lab.start(EU).wait_for("serving");
    assert_eq!(lab.get(EU, "/v1/users/user-1").json()["display_name"], "1299");
    assert_eq!(lab.timeline(EU, "user-1"), [post]);
}

#[test]
fn the_defect_trim_unconfirmed_loses_what_a_region_was_away_for() {
    for (defects, loses) in [(&[][..], false), (&["trim-unconfirmed"][..], true)] {
        let mut lab = Lab::serving(&LabPlan { defects, regions: &[EU, US], ..PLAN });
        lab.kill(US);
        let acknowledged = posts(&lab, EU, 40, "while us is away");
        let trimmed = || lab.metric(EU, &format!("chirp_log_trimmed_entries_total{{origin=\"{EU}\"}}"));
        wait_until("eu has trimmed", || trimmed().is_some_and(|entries| entries >= 20.0));
        lab.start(US).wait_for("serving");
        let next = posts(&lab, EU, 1, "on by the log");
        wait_for_all(&lab, &[US], &next);
        assert_eq!(has_all(&lab, US, &acknowledged), !loses, "{defects:?}");
    }
}

#[test]
fn a_state_leaves_its_zone_as_little_as_a_log_does() {
    let tables = format!("[writer]\nlease_ms = 2000\n[partition]\ncopies = \"zone\"\n{}", PLAN.tables);
    let top = format!("model = \"geo-partitioned\"\n{}", PLAN.top);
    let zones = [(EU, "eu"), (US, "us"), (AP, "eu")];
    let mut lab = Lab::serving(&LabPlan { top: &top, tables: &tables, zones: &zones, ..PLAN });
    let post = |lab: &Lab, text: &str| {
        let body = format!(r#"{{"author":"user-0","text":"{text}"}}"#);
        wait_until("the home takes it", || lab.send(EU, "POST", "/v1/posts", &body).status == 201);
    };
    post(&lab, "before");
    wait_until("us reads eu", || {
        let behind = lab.metric(US, &format!("chirp_replication_behind_entries{{peer=\"{EU}\"}}"));
        behind == Some(0.0)
    });
    lab.kill(US);
    // A new name needs its arbiter, which may be the dead one.
    let names = (0..50).map(|number| format!("european-{number}"));
    let given: Vec<String> = names
        .filter(|name| lab.send(EU, "PUT", &format!("/v1/users/{name}"), r#"{"bio":"lives in Europe"}"#).status == 201)
        .take(5)
        .collect();
    assert_eq!(given.len(), 5);
    (0..40).for_each(|number| post(&lab, &format!("for Europe only {number}")));
    let dropped = || lab.metric(EU, &format!("chirp_log_trimmed_entries_total{{origin=\"{EU}\"}}"));
    wait_until("the names are no longer in the log", || dropped().is_some_and(|entries| entries >= 25.0));
    lab.start(US).wait_for("serving");
    assert!(transfers(&lab, US) >= 1.0);
    for name in &given {
        wait_until("us knows the home, and it answers", || {
            let reply = lab.get(US, &format!("/v1/users/{name}"));
            reply.status == 200 && reply.header("x-served-by-writer") == Some(EU)
        });
    }
    let is_on = |region: &str, text: &str| {
        let disk = std::fs::read(lab.data(region).join("chirp.redb")).unwrap();
        disk.windows(text.len()).any(|window| window == text.as_bytes())
    };
    for text in ["for Europe only", "lives in Europe"] {
        assert!(is_on(EU, text), "the search finds what is there");
        assert!(!is_on(US, text), "{text}");
    }
}
