//! Real PostgreSQL servers, one per region: killed, promoted, rewound, fenced.
//!
//! Who writes is the lease's business, as it is with the other engine; what is looked at here is what the
//! servers make of it.

use std::net::TcpStream;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::http::request;
use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_until};
use crate::programs;
use crate::relay::Relay;

/// Each lab has addresses of its own, so all take the same port.
const PORT: u16 = 7432;

/// The lines behind `[limits]`, with the tables of the lease and of the engine.
fn limits(bin: &str) -> String {
    let patient = "write_deadline_ms = 60000\nread_deadline_ms = 60000\nhealth_deadline_ms = 60000";
    let lease = "lease_ms = 2000\nfailback_after_ms = 0";
    format!("{patient}\n[writer]\n{lease}\n[postgres]\nbin = {bin:?}\nport = {PORT}")
}

fn new_lab(regions: &[&str], durability: &str) -> Lab {
    lab_with(regions, durability, &[])
}

fn lab_with(regions: &[&str], durability: &str, defects: &[&str]) -> Lab {
    lab_of(durability, LabPlan { regions, defects, ..LabPlan::default() })
}

fn lab_of(durability: &str, plan: LabPlan<'_>) -> Lab {
    let regions = plan.regions;
    let model = if regions.len() == 1 { "single-region" } else { "read-replicas" };
    let seed = "seed_users = 6\nfollows_per_user = 0";
    let top = format!("engine = \"postgres\"\nmodel = {model:?}\ndurability = {durability:?}\n{seed}");
    Lab::new(&LabPlan { top: &top, limits: &limits(&programs::postgres()), ..plan })
}

/// A lab of three; the first one writes, and the others follow it.
fn three(durability: &str) -> Lab {
    three_of(new_lab(REGIONS, durability))
}

fn three_of(mut lab: Lab) -> Lab {
    for region in REGIONS {
        lab.start(region);
    }
    // The preferred region is the first writer, unless the machine is so busy that another one was faster.
    if wait_for_writer(&lab, REGIONS) != EU {
        promote(&lab, EU);
    }
    wait_for_writer(&lab, &[EU]);
    for region in [US, AP] {
        wait_for_standby(&lab, region, EU);
    }
    lab
}

/// Makes a region the writer by the operator's command.
fn promote(lab: &Lab, region: &str) {
    let config = lab.config();
    let arguments = ["promote", "--region", region, "--config", config.to_str().unwrap()];
    let output = Command::new(env!("CARGO_BIN_EXE_chirp")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn status(lab: &Lab, region: &str) -> Value {
    request(lab.peer_listen(region), "GET", "/admin/postgres", &[], "").unwrap().json()
}

/// Waits until one of these regions writes; answers which.
fn wait_for_writer<'a>(lab: &Lab, regions: &[&'a str]) -> &'a str {
    let mut writer = None;
    wait_until("a region writes", || {
        writer = regions.iter().copied().find(|region| status(lab, region)["writing"].is_u64());
        writer.is_some_and(|region| {
            let body = r#"{"author":"user-5","text":"are you there"}"#;
            lab.send(region, "POST", "/v1/posts", body).status == 201
        })
    });
    writer.unwrap()
}

fn wait_for_standby(lab: &Lab, region: &str, of: &str) {
    wait_until(&format!("{region} follows {of}"), || status(lab, region)["following"]["region"] == of);
}

/// Waits for the last process of a server that was killed: each of them finds out by itself that the first one is gone, and the one
/// that receives takes what the writer sends until then.
fn wait_until_nothing_is_left(lab: &Lab, region: &str) {
    let data = lab.data(region);
    wait_until(&format!("the last process of {region}'s server ends"), || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let mut works_in = processes.filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok());
        !works_in.any(|folder| folder.starts_with(&data))
    });
}

/// Whether a region has this post; a server that has just been restarted is asked again.
fn has(lab: &Lab, region: &str, id: &str) -> bool {
    let mut found = None;
    wait_until("a post is read", || {
        let reply = lab.get(region, &format!("/v1/posts/{id}"));
        found = (reply.status != 503).then_some(reply.status == 200);
        found.is_some()
    });
    found.unwrap()
}

/// Posts in one region from several threads until `enough` are acknowledged and `then` is done; answers
/// the ids that were acknowledged.
fn write_until(lab: &mut Lab, region: &str, enough: usize, then: impl FnOnce(&mut Lab)) -> Vec<String> {
    let address = lab.listen(region);
    let (acknowledged, count) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let (acknowledged, count) = (&acknowledged, &count);
            scope.spawn(move || {
                for number in 0.. {
                    let text = format!("writer {writer} number {number}");
                    let body = json!({ "author": format!("user-{writer}"), "text": text }).to_string();
                    match request(address, "POST", "/v1/posts", &[], &body) {
                        Ok(reply) if reply.status == 201 => {
                            acknowledged.lock().unwrap().push(reply.json()["id"].as_str().unwrap().to_owned());
                            count.fetch_add(1, Ordering::SeqCst);
                        }
                        // Refused, or the outcome is unknown.
                        _ => return,
                    }
                }
            });
        }
        wait_until("enough acknowledgements", || count.load(Ordering::SeqCst) >= enough);
        then(lab);
    });
    acknowledged.into_inner().unwrap()
}

fn server_is_gone(lab: &Lab, region: &str) -> bool {
    TcpStream::connect((lab.listen(region).ip(), PORT)).is_err()
}

#[test]
fn one_region_keeps_what_it_acknowledged_through_kill_9_and_its_server_dies_with_it() {
    let mut lab = new_lab(&[EU], "local");
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..4 {
        lab.start(EU).wait_for("serving");
        assert!(acknowledged.iter().all(|id| has(&lab, EU, id)), "after {round} kills");
        acknowledged.extend(write_until(&mut lab, EU, 5 + 7 * round, |lab| lab.kill(EU)));
        wait_until("the server dies with its region", || server_is_gone(&lab, EU));
    }
    lab.start(EU).wait_for("serving");
    let mut listed: Vec<String> = (0..3).flat_map(|writer| lab.timeline(EU, &format!("user-{writer}"))).collect();
    let total = listed.len();
    listed.sort();
    listed.dedup();
    assert_eq!(listed.len(), total, "no post is listed twice");
    assert!(acknowledged.iter().all(|id| listed.contains(id)), "time lines hold what was acknowledged");
}

#[test]
fn the_defect_ack_before_durable_loses_the_acknowledged_tail_to_kill_9() {
    // The log may have got to the disk in the moment between the last acknowledgement and the kill; hardly
    // ever five times in a row.
    let lost = (0..5).any(|_| {
        let mut lab = lab_with(&[EU], "local", &["ack-before-durable"]);
        lab.start(EU).wait_for("serving");
        let acknowledged = write_until(&mut lab, EU, 20, |lab| lab.kill(EU));
        wait_until("the server dies with its region", || server_is_gone(&lab, EU));
        lab.start(EU).wait_for("serving");
        acknowledged.iter().any(|id| !has(&lab, EU, id))
    });
    assert!(lost);
}

#[test]
fn the_lag_of_a_standby_grows_while_its_writer_is_gone_and_the_defect_frozen_lag_gauge_hides_it() {
    for (defects, grows) in [(&[][..], true), (&["frozen-lag-gauge"][..], false)] {
        let mut lab = three_of(lab_with(REGIONS, "local", defects));
        wait_until("a sign of life", || lab.metric(US, "chirp_postgres_lag_seconds").is_some());
        // Without the third region there is no majority, so nobody writes any more.
        lab.kill(AP);
        lab.kill(EU);
        let metric = |name: &str| lab.metric(US, &format!("chirp_postgres_{name}_seconds")).unwrap();
        let before = metric("heartbeat_age");
        wait_until("signs of life are old", || metric("heartbeat_age") > before + 4.0);
        // One clock: the lag is at least the age of the newest sign of life, or what it was when that came.
        let (lag, age) = (metric("lag"), metric("heartbeat_age"));
        assert_eq!(lag > 4.0, grows, "{defects:?}: lag {lag}, age {age}");
    }
}

#[test]
fn a_server_that_is_killed_alone_is_started_again() {
    let lab = {
        let mut lab = new_lab(&[EU], "local");
        lab.start(EU).wait_for("serving");
        lab
    };
    let id = lab.post(EU, "user-1", "before", None);
    let pid = std::fs::read_to_string(lab.config().with_file_name("data/eu-west-1/postgres/cluster/postmaster.pid"));
    let pid = pid.unwrap().lines().next().unwrap().to_owned();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    wait_until("the region notices", || lab.process(EU).count("postgres_writer") == 2);
    assert!(has(&lab, EU, &id));
    wait_until("the region is well again", || lab.get(EU, "/healthz").status == 200);
    lab.post(EU, "user-1", "after", None);
}

#[test]
fn quorum_writes_survive_the_kill_of_their_writer_and_the_old_one_comes_back_and_takes_over_again() {
    let mut lab = three("quorum");
    let acknowledged = write_until(&mut lab, EU, 30, |lab| lab.kill(EU));
    wait_until("the server dies with its region", || server_is_gone(&lab, EU));
    let writer = wait_for_writer(&lab, &[US, AP]);
    let lost: Vec<_> = acknowledged.iter().filter(|id| !has(&lab, writer, id)).collect();
    assert_eq!(lost, Vec::<&String>::new(), "of {} acknowledged", acknowledged.len());
    let during = lab.post(writer, "user-1", "while it was away", None);

    lab.start(EU);
    wait_for_standby(&lab, EU, writer);
    wait_until("what happened meanwhile arrives", || has(&lab, EU, &during));

    promote(&lab, EU);
    assert_eq!(wait_for_writer(&lab, &[EU]), EU);
    let back = lab.post(EU, "user-1", "back home", None);
    for region in [US, AP] {
        wait_for_standby(&lab, region, EU);
        wait_until("the newest post arrives", || has(&lab, region, &back));
        assert!(
            acknowledged.iter().chain([&during]).all(|id| has(&lab, region, id)),
            "nothing is lost on the way back"
        );
    }
    assert_eq!(lab.metric(US, "chirp_postgres_following"), Some(1.0));
    assert!(lab.metric(US, "chirp_postgres_heartbeat_age_seconds").is_some());
}

#[test]
fn with_local_durability_the_tail_that_nobody_read_is_lost_and_is_listed() {
    let mut lab = three("local");
    let kept = lab.post(EU, "user-1", "kept", None);
    for region in [US, AP] {
        wait_until("the first post is everywhere", || has(&lab, region, &kept));
    }
    for region in [US, AP] {
        lab.kill(region);
        wait_until_nothing_is_left(&lab, region);
    }
    // Alone it writes for as long as its lease still lasts.
    let mut tail = write_until(&mut lab, EU, 1, |_| ());
    lab.kill(EU);
    for region in [US, AP] {
        lab.start(region);
    }
    let writer = wait_for_writer(&lab, &[US, AP]);
    let after = lab.post(writer, "user-1", "after", None);

    lab.start(EU);
    wait_for_standby(&lab, EU, writer);
    wait_until("what happened meanwhile arrives", || has(&lab, EU, &after));
    assert!(has(&lab, EU, &kept), "what every region had is still there");
    let survived: Vec<_> = tail.iter().filter(|id| has(&lab, EU, id)).collect();
    assert!(survived.is_empty(), "nobody had read these when the others died: {survived:?} of {}", tail.len());
    let told = lab.process(EU).events().into_iter().find(|event| event["event"] == "discarded").unwrap();
    let list = lab.config().with_file_name("data/eu-west-1/postgres");
    let files = std::fs::read_dir(list).unwrap().map(|entry| entry.unwrap().path());
    let list = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let list: String = list.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut listed: Vec<String> = list
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told["writes"], listed.len(), "{told}");
    assert_eq!(lab.metric(EU, "chirp_postgres_discarded_writes"), Some(listed.len() as f64));
    // What was under way when the lease ended was never acknowledged, and may be there as well.
    listed.sort();
    tail.sort();
    let missing: Vec<_> = tail.iter().filter(|id| !listed.contains(id)).collect();
    assert!(missing.is_empty() && listed.len() <= tail.len() + 3, "{missing:?} {} {}", listed.len(), tail.len());
}

#[test]
fn a_hand_over_under_writes_loses_nothing() {
    let mut lab = three("quorum");
    let acknowledged = write_until(&mut lab, EU, 10, |lab| {
        promote(lab, US);
        wait_for_writer(lab, &[US]);
    });
    for region in [EU, AP] {
        wait_for_standby(&lab, region, US);
    }
    for region in REGIONS {
        wait_until("all of it is there", || acknowledged.iter().all(|id| has(&lab, region, id)));
    }
    let forwarded = lab.post(EU, "user-1", "through the old writer", None);
    assert!(has(&lab, US, &forwarded));
}

#[test]
fn a_link_that_swallows_everything_is_noticed_and_the_log_goes_on_over_it_when_it_heals() {
    let (relay, listener) = Relay::bind();
    let postgres_links = &[(US, EU, relay.address)];
    let lab = lab_of("quorum", LabPlan { regions: REGIONS, postgres_links, ..LabPlan::default() });
    relay.forward(listener, (lab.listen(EU).ip(), PORT).into());
    let lab = three_of(lab);
    let before = lab.post(EU, "user-1", "before", None);
    wait_until("it is over the link", || has(&lab, US, &before));
    let copies = || lab.process(US).log().matches("copying a server").count();
    let (epoch, copied) = (status(&lab, EU)["writing"].clone(), copies());
    relay.set_black_hole(true);
    let during = lab.post(EU, "user-1", "the other standby confirms it", None);
    wait_until("the other standby has it", || has(&lab, AP, &during));
    wait_until("the silence is noticed", || status(&lab, US)["trouble"].is_string());
    let lag = || lab.metric(US, "chirp_postgres_lag_seconds").unwrap();
    let noticed = lag();
    wait_until("the lag grows", || lag() > noticed + 1.0);
    assert!(has(&lab, US, &before) && !has(&lab, US, &during), "it answers with what it has");
    relay.set_black_hole(false);
    wait_until("what happened meanwhile arrives", || has(&lab, US, &during));
    wait_until("nothing is in the way", || status(&lab, US)["trouble"].is_null());
    assert_eq!(status(&lab, EU)["writing"], epoch, "and nobody else became the writer");
    assert_eq!(copies(), copied, "by the log, and not by a copy");
}

/// Lets a region's server throw away the log that a server which stops now will need.
fn forget_the_log(lab: &Lab, region: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut config = tokio_postgres::Config::new();
    config.host(lab.listen(region).ip().to_string()).port(PORT).user("chirp").dbname("postgres");
    let (client, connection) = runtime.block_on(config.connect(tokio_postgres::NoTls)).unwrap();
    runtime.spawn(connection);
    let run = |text: &str| runtime.block_on(client.batch_execute(text)).unwrap();
    let ask = |text: &str| runtime.block_on(client.query_one(text, &[])).unwrap();
    run("ALTER SYSTEM SET wal_keep_size = 0");
    run("SELECT pg_reload_conf()");
    let needed: String = ask("SELECT pg_walfile_name(pg_current_wal_lsn())").get(0);
    let is_kept = format!("SELECT count(*) FROM pg_ls_waldir() WHERE name = '{needed}'");
    wait_until("the log is thrown away", || {
        lab.post(region, "user-2", "one more file of log", None);
        run("SELECT pg_switch_wal()");
        run("CHECKPOINT");
        ask(&is_kept).get::<_, i64>(0) == 0
    });
}

#[test]
fn a_standby_that_was_away_for_longer_than_the_log_is_kept_is_made_anew_and_says_so() {
    let mut lab = three("local");
    let before = lab.post(EU, "user-1", "before", None);
    wait_until("it is there", || has(&lab, US, &before));
    lab.kill(US);
    wait_until("the server dies with its region", || server_is_gone(&lab, US));
    let anew = "what comes next is no longer in the log there: the server is made anew";
    assert!(!std::fs::read_to_string(lab.config().with_file_name("us-east-1.log")).unwrap().contains(anew));
    forget_the_log(&lab, EU);
    let during = lab.post(EU, "user-1", "while it was away", None);
    lab.start(US);
    wait_until("what happened meanwhile arrives", || has(&lab, US, &during));
    wait_for_standby(&lab, US, EU);
    assert!(has(&lab, US, &before));
    assert!(lab.process(US).log().contains(anew));
    assert_eq!(lab.metric(US, "chirp_postgres_discarded_writes"), Some(0.0), "nothing was only there");
}

#[test]
fn what_stands_in_the_way_of_a_server_is_told_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;
    let good = programs::postgres();
    let lab = new_lab(&[EU], "local");
    let folder = lab.config().parent().unwrap().to_owned();
    let old = folder.join("old");
    std::fs::create_dir(&old).unwrap();
    for program in ["postgres", "initdb", "pg_basebackup", "pg_rewind"] {
        std::fs::write(old.join(program), "#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.1'\n").unwrap();
        std::fs::set_permissions(old.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |text: String| {
        let config = folder.join("other.toml");
        std::fs::write(&config, text).unwrap();
        let arguments = ["region", "--region", EU, "--config", config.to_str().unwrap()];
        let output = Command::new(env!("CARGO_BIN_EXE_chirp")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let text = std::fs::read_to_string(lab.config()).unwrap();
    let with = |from: &str, to: &str| text.replace(from, to);
    let taken = std::net::TcpListener::bind((lab.listen(EU).ip(), PORT)).unwrap();
    let owned = folder.join("owned/postgres");
    std::fs::create_dir_all(&owned).unwrap();
    std::fs::write(owned.join("owner"), "mars").unwrap();
    // (configuration, what is said, what to do)
    let cases = [
        (with(&good, "/nowhere"), "there is no program postgres in /nowhere", "cargo xtask tools"),
        (with(&good, old.to_str().unwrap()), "`postgres (PostgreSQL) 9.6.1`", "a supported version"),
        (text.clone(), "for PostgreSQL", "change `[postgres] port`"),
        (with("data/eu-west-1", "owned"), "belongs to region mars, not to eu-west-1", "its own data directory"),
    ];
    for (text, said, hint) in cases {
        let errors = run(text);
        assert!(errors.contains(said) && errors.contains("hint: ") && errors.contains(hint), "{said}: {errors}");
    }
    drop(taken);
}
