//! Regions that get each other's logs by NATS: killed, cut off, their servers killed and emptied.
//!
//! What must hold is what holds with pulling. That it is NATS that carries the log is looked at, too: most
//! would hold without it, by anti-entropy.

use std::collections::BTreeMap;
use std::path::Path;

use crate::lab::{EU, Lab, LabPlan, REGIONS, US, wait_for_posts, wait_until};
use crate::programs;
use crate::relay::Relay;
use crate::replication::{
    all_is_there_when_it_serves_again, all_write_and_end_with_the_same, kills_lose_and_repeat_nothing,
    silence_is_noticed_and_its_end,
};

/// Each lab has addresses of its own, so all take the same port.
const PORT: u16 = 7422;

/// Anti-entropy comes when a start waits for it, and then hardly ever: what arrives came by NATS.
const PATIENT: &str = "heartbeat_ms = 100\nretry_ms_max = 200\ncatch_up_patience_ms = 600000\ntransport = \"nats\"";
const ONLY_NATS: &str = "anti_entropy_ms = 3600000";

/// Regions of which all serve; more lines for `[replication]`.
fn lab(regions: &[&str], more: &str) -> Lab {
    let replication = replication(more);
    Lab::serving(&LabPlan { regions, replication: &replication, ..LabPlan::default() })
}

fn replication(more: &str) -> String {
    let server = programs::find("CHIRP_NATS_SERVER", "tools/nats-server", "NATS server");
    format!("{PATIENT}\n{more}\n[nats]\nserver = {server:?}\nport = {PORT}")
}

/// Process ids of the NATS servers of a region: those with its settings in their command line.
fn servers(lab: &Lab, region: &str) -> Vec<u32> {
    let settings = lab.data(region).join("nats/nats.conf");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_server = |id: &u32| {
        let line = std::fs::read(Path::new("/proc").join(id.to_string()).join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == settings.to_str().unwrap().as_bytes())
    };
    ids.filter(is_server).collect()
}

/// Of each region's log, how many entries came by anti-entropy.
fn relayed(lab: &Lab, region: &str) -> Vec<Option<f64>> {
    let count = |origin: &&str| lab.metric(region, &format!("chirp_replication_relayed_total{{peer=\"{origin}\"}}"));
    REGIONS.iter().map(count).collect()
}

fn kill(id: u32) {
    let status = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn three_regions_write_and_end_with_the_same() {
    let lab = lab(REGIONS, ONLY_NATS);
    // A region that starts before its peers' servers do may have fetched a heartbeat.
    let before: BTreeMap<&str, Vec<Option<f64>>> =
        REGIONS.iter().map(|region| (*region, relayed(&lab, region))).collect();
    all_write_and_end_with_the_same(&lab);
    for region in REGIONS {
        for peer in REGIONS.iter().filter(|peer| *peer != region) {
            let received = format!("chirp_cross_region_bytes_total{{peer=\"{peer}\",direction=\"received\"}}");
            assert!(lab.metric(region, &received).is_some_and(|bytes| bytes > 1000.0), "{region} {peer}");
        }
        assert_eq!(relayed(&lab, region), before[region], "{region}: nothing came another way");
        assert!(lab.metric(region, "chirp_nats_published").is_some_and(|seq| seq >= 10.0));
    }
}

#[test]
fn a_killed_region_takes_its_server_with_it_and_comes_back_with_everything() {
    let mut lab = lab(REGIONS, "");
    lab.post(EU, "user-1", "last words", None);
    assert_eq!(servers(&lab, EU).len(), 1);
    lab.kill(EU);
    wait_until("the server is gone, too", || servers(&lab, EU).is_empty());
    all_is_there_when_it_serves_again(&mut lab);
}

#[test]
fn both_sides_killed_in_the_middle_of_replication_lose_and_repeat_nothing() {
    kills_lose_and_repeat_nothing(lab(&[EU, US], ""));
}

#[test]
fn a_killed_server_is_started_again_and_the_log_goes_on_where_it_was() {
    let lab = lab(&[EU, US], ONLY_NATS);
    lab.post(EU, "user-1", "before", None);
    wait_for_posts(&lab, &[US], "user-1", 1);
    let before = servers(&lab, EU);
    kill(before[0]);
    lab.post(EU, "user-1", "while it is dead", None);
    wait_until("another server runs", || servers(&lab, EU).iter().any(|id| !before.contains(id)));
    wait_for_posts(&lab, &[US], "user-1", 2);
    assert!(lab.metric(EU, "chirp_nats_server_starts_total").is_some_and(|starts| starts >= 2.0));
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"));
}

#[test]
fn a_stream_that_is_lost_is_filled_again_and_what_comes_twice_is_there_once() {
    let mut lab = lab(&[EU, US], ONLY_NATS);
    for number in 0..5 {
        lab.post(EU, "user-1", &format!("before {number}"), None);
    }
    wait_for_posts(&lab, &[US], "user-1", 5);
    lab.kill(EU);
    wait_until("the server is gone, too", || servers(&lab, EU).is_empty());
    std::fs::remove_dir_all(lab.data(EU).join("nats")).unwrap();
    lab.start(EU).wait_for("serving");
    lab.post(EU, "user-1", "after", None);
    wait_for_posts(&lab, &[EU, US], "user-1", 6);
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"));
}

#[test]
fn a_link_that_swallows_everything_is_noticed_and_used_again_after_it_heals() {
    let (relay, listener) = Relay::bind();
    let links = [(US, EU, relay.address)];
    let replication = replication("poll_wait_ms = 200\ntimeout_ms = 500\nanti_entropy_ms = 3600000");
    let plan = LabPlan { regions: &[EU, US], nats_links: &links, replication: &replication, ..LabPlan::default() };
    let mut lab = Lab::new(&plan);
    relay.forward(listener, (lab.listen(EU).ip(), PORT).into());
    lab.serve(&[EU, US]);
    silence_is_noticed_and_its_end(&lab, &relay);
}

#[test]
fn a_server_that_cannot_be_reached_is_gone_around_by_anti_entropy() {
    // Nobody listens there; the replication listener can be reached.
    let links = [(US, EU, "127.0.0.1:1".parse().unwrap())];
    let replication = replication("anti_entropy_ms = 100");
    let plan = LabPlan { regions: &[EU, US], nats_links: &links, replication: &replication, ..LabPlan::default() };
    let mut lab = Lab::new(&plan);
    lab.start(EU);
    lab.start(US);
    wait_until("the failure is seen", || {
        lab.metric(US, "chirp_replication_failures_total{peer=\"eu-west-1\"}").is_some_and(|failures| failures > 0.0)
    });
    wait_until("the log is here all the same", || {
        lab.metric(US, "chirp_replication_relayed_total{peer=\"eu-west-1\"}").is_some_and(|entries| entries > 0.0)
    });
}

#[test]
fn stopped_replication_reads_nothing_until_it_is_resumed() {
    let lab = lab(&[EU, US], ONLY_NATS);
    lab.set(US, "replication-stopped");
    lab.post(EU, "user-1", "unread", None);
    lab.post(US, "user-1", "read", None);
    wait_for_posts(&lab, &[EU], "user-1", 2);
    assert_eq!(lab.timeline(US, "user-1").len(), 1);
    lab.clear(US);
    wait_for_posts(&lab, &[US], "user-1", 2);
}

#[test]
fn what_a_stream_has_thrown_away_is_fetched_from_the_log_by_a_reader_that_was_away() {
    const EACH: usize = 720;
    const AUTHORS: [&str; 6] = ["user-0", "user-1", "user-2", "user-3", "user-4", "user-5"];
    let replication = replication(ONLY_NATS) + "\nkeep_bytes = 16777216";
    let lab = Lab::serving(&LabPlan { regions: &[EU, US], replication: &replication, ..LabPlan::default() });
    lab.post(EU, "user-0", "before", None);
    wait_for_posts(&lab, &[US], "user-0", 1);
    lab.set(US, "replication-stopped");
    // About 18 MB of log, which is more than the stream keeps.
    let long = |what: &str| format!("https://{what}.example/{}", "x".repeat(2000));
    let post = |author: &str, number: usize| {
        let text = format!("{number} {}", "y".repeat(250));
        serde_json::json!({ "author": author, "text": text, "link": long("link"), "media": long("media") }).to_string()
    };
    std::thread::scope(|scope| {
        for author in AUTHORS {
            let (lab, post) = (&lab, &post);
            scope.spawn(move || {
                for number in 0..EACH {
                    assert_eq!(lab.send(EU, "POST", "/v1/posts", &post(author, number)).status, 201);
                }
            });
        }
    });
    assert_eq!(lab.send(EU, "PUT", "/v1/users/last", r#"{"display_name":"last"}"#).status, 201);
    let published = || lab.metric(EU, "chirp_nats_published") >= lab.metric(EU, "chirp_log_head");
    wait_until("all of it is in the stream, as far as it keeps it", published);
    lab.clear(US);
    wait_until("the end of the log is here", || lab.get(US, "/v1/users/last").status == 200);
    let log = lab.process(US).log();
    assert!(log.contains("fetching what the stream lacks"), "the stream had everything");
    for author in AUTHORS {
        let (there, here) = (lab.timeline(EU, author), lab.timeline(US, author));
        assert_eq!(here.len(), EACH + usize::from(author == "user-0"), "{author}");
        assert_eq!(here, there, "{author}");
    }
}

#[test]
fn what_neither_the_stream_nor_the_log_has_any_more_comes_as_a_state() {
    let mut lab = lab(&[EU, US], "anti_entropy_ms = 200\n[log]\nkeep_entries = 5\nkeep_entries_max = 10");
    lab.post(EU, "user-1", "known to both", None);
    wait_for_posts(&lab, &[US], "user-1", 1);
    lab.kill(US);
    for number in 0..40 {
        lab.post(EU, "user-1", &format!("{number}"), None);
    }
    let dropped = || lab.metric(EU, &format!("chirp_log_trimmed_entries_total{{origin=\"{EU}\"}}"));
    wait_until("eu has trimmed", || dropped().is_some_and(|entries| entries >= 30.0));
    lab.kill(EU);
    std::fs::remove_dir_all(lab.data(EU).join("nats")).unwrap();
    lab.start(EU);
    lab.start(US).wait_for("serving");
    wait_for_posts(&lab, &[US], "user-1", 41);
    assert!(lab.metric(US, &format!("chirp_state_transfers_total{{peer=\"{EU}\"}}")).is_some_and(|count| count >= 1.0));
    lab.process(EU).wait_for("serving");
    lab.post(EU, "user-1", "on by the stream", None);
    wait_for_posts(&lab, &[US], "user-1", 42);
}
