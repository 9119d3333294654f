//! A region whose disk is gone comes back from its snapshot, and its peers bring it to now.

use std::path::PathBuf;

use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_until};

const TOP: &str = "seed_users = 6\nfollows_per_user = 0\n[snapshots]\nevery_ms = 100\nkeep = 4";
const REPLICATION: &str = "heartbeat_ms = 100\nretry_ms_max = 100\nanti_entropy_ms = 100\ncatch_up_patience_ms = 1000";

fn serving() -> Lab {
    // `[limits]` of the lab's text ends the table of the snapshots.
    Lab::serving(&LabPlan { regions: REGIONS, top: TOP, replication: REPLICATION, ..LabPlan::default() })
}

fn folder(lab: &Lab, store: &str, origin: &str) -> PathBuf {
    lab.config().with_file_name("snapshots").join(store).join(origin)
}

/// Those of `origin` in the store of a region, oldest first.
fn snapshots(lab: &Lab, store: &str, origin: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(lab, store, origin)).into_iter().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "snapshot"));
    found.sort();
    found
}

/// Waits for a snapshot of `origin` that began after this call, in the store of a region.
fn wait_for_snapshot(lab: &Lab, store: &str, origin: &str) {
    let taken = || lab.metric(origin, "chirp_snapshots_total").unwrap_or_default();
    // One may be under way now; the one after it began later.
    let enough = taken() + 2.0;
    wait_until("a snapshot is taken", || taken() >= enough);
    let newest = snapshots(lab, origin, origin).pop().unwrap();
    let name = newest.file_name().unwrap().to_owned();
    wait_until("it is copied", || snapshots(lab, store, origin).iter().any(|path| path.file_name() >= Some(&name)));
}

fn remove_disk(lab: &Lab, region: &str) {
    std::fs::remove_dir_all(lab.config().with_file_name("data").join(region)).unwrap();
}

fn posts(lab: &Lab, region: &str, count: usize, what: &str) -> Vec<String> {
    (0..count).map(|number| lab.post(region, "user-1", &format!("{what} {number}"), None)).collect()
}

fn has_all(lab: &Lab, region: &str, ids: &[String]) -> bool {
    let there = lab.timeline(region, "user-1");
    ids.iter().all(|id| there.contains(id))
}

#[test]
fn a_lost_disk_is_restored_from_the_snapshot_and_the_peers_know_the_rest() {
    let mut lab = serving();
    let mut acknowledged = posts(&lab, EU, 20, "before the snapshot");
    wait_for_snapshot(&lab, EU, EU);
    acknowledged.extend(posts(&lab, EU, 20, "after it"));
    wait_until("the peers have all", || [US, AP].iter().all(|region| has_all(&lab, region, &acknowledged)));
    lab.kill(EU);
    acknowledged.extend(posts(&lab, US, 5, "while it is dead"));

    let (code, said) = lab.chirp(&["restore", "--region", EU]);
    assert_eq!(code, Some(1), "a directory that is there is never touched: {said}");
    remove_disk(&lab, EU);
    let (code, said) = lab.chirp(&["restore", "--region", EU]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is restored from ") && said.contains(&format!(" of {EU}: ")), "{said}");
    lab.start(EU).wait_for("serving");
    assert!(has_all(&lab, EU, &acknowledged), "all of it from the first request on");
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"), "and nothing twice");
    acknowledged.extend(posts(&lab, EU, 1, "the new log"));
    wait_until("peers read the new log", || [US, AP].iter().all(|region| has_all(&lab, region, &acknowledged)));
}

#[test]
fn a_snapshot_alone_brings_back_what_was_in_it() {
    let mut lab = serving();
    let mut acknowledged = posts(&lab, EU, 10, "own");
    acknowledged.extend(posts(&lab, US, 10, "of another"));
    wait_until("eu has all", || has_all(&lab, EU, &acknowledged));
    wait_for_snapshot(&lab, EU, EU);
    REGIONS.iter().for_each(|region| lab.kill(region));
    remove_disk(&lab, EU);
    assert_eq!(lab.chirp(&["restore", "--region", EU]).0, Some(0));
    lab.start(EU).wait_for("serving");
    assert!(has_all(&lab, EU, &acknowledged), "nobody else is there");
}

#[test]
fn a_damaged_snapshot_is_refused_and_the_next_older_one_is_taken() {
    let mut lab = serving();
    let acknowledged = posts(&lab, EU, 10, "hello");
    wait_for_snapshot(&lab, EU, EU);
    wait_for_snapshot(&lab, EU, EU);
    wait_until("the number is bounded", || snapshots(&lab, EU, EU).len() == 4);
    REGIONS.iter().for_each(|region| lab.kill(region));
    remove_disk(&lab, EU);
    let found = snapshots(&lab, EU, EU);
    let [newest, next, older @ ..] = &found.iter().rev().collect::<Vec<_>>()[..] else { panic!("{found:?}") };
    let whole = std::fs::read(newest).unwrap();
    std::fs::write(newest, &whole[..whole.len() / 2]).unwrap();
    let text = std::fs::read_to_string(next).unwrap();
    std::fs::write(next, text.replacen("hello 3", "jello 3", 1)).unwrap();
    let (code, said) = lab.chirp(&["restore", "--region", EU]);
    assert_eq!(code, Some(0), "{said}");
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let restored = format!("restored from {} ", name(older[0]));
    for expected in
        [format!("not used: {}: it ", name(newest)), format!("not used: {}: it has the digest", name(next)), restored]
    {
        assert!(said.contains(&expected), "{expected} is not in {said}");
    }
    lab.start(EU).wait_for("serving");
    assert!(has_all(&lab, EU, &acknowledged));
}

#[test]
fn with_its_own_store_gone_a_region_is_restored_from_what_its_peers_hold_or_from_a_peer() {
    let mut lab = serving();
    let acknowledged = posts(&lab, EU, 10, "hello");
    wait_until("us has all", || has_all(&lab, US, &acknowledged));
    wait_for_snapshot(&lab, US, EU);
    wait_for_snapshot(&lab, US, US);
    lab.kill(EU);
    let own_store = lab.config().with_file_name("snapshots").join(EU);
    for from in [&["--from", US][..], &[]] {
        remove_disk(&lab, EU);
        std::fs::remove_dir_all(&own_store).unwrap();
        let arguments = [&["restore", "--region", EU][..], from].concat();
        let (code, said) = lab.chirp(&arguments);
        assert_eq!(code, Some(0), "{from:?}: {said}");
        assert!(said.contains(&format!(" of {}: ", if from.is_empty() { EU } else { US })), "{said}");
    }
    lab.start(EU).wait_for("serving");
    assert!(has_all(&lab, EU, &acknowledged));
    // And with nobody to ask there is nothing to take.
    REGIONS.iter().for_each(|region| lab.kill(region));
    remove_disk(&lab, EU);
    std::fs::remove_dir_all(&own_store).unwrap();
    assert_eq!(lab.chirp(&["restore", "--region", EU]).0, Some(1));
    assert!(!lab.config().with_file_name("data").join(EU).exists(), "no half of a directory is left");
}
