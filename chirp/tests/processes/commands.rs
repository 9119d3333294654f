//! The command line: what it prints, what it refuses, and how it ends.

use std::process::{Command, Output};

use crate::lab::{EU, Lab, LabPlan};

fn chirp(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chirp")).args(arguments).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn defects_are_listed_with_what_they_break() {
    let output = chirp(&["defects"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for name in ["ack-before-durable", "drop-replication", "shallow-health", "dns-never-moves", "no-idempotency"] {
        assert!(text.contains(&format!("{name}\n    ")), "{name} in {text}");
    }
}

#[test]
fn the_topology_says_what_runs_where() {
    let lab = Lab::new(&LabPlan { regions: &[EU, "us-east-1"], defects: &["shallow-health"], ..LabPlan::default() });
    let output = chirp(&["topology", "--config", lab.config().to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let (users, peer) = (lab.listen(EU).to_string(), format!("us-east-1 at {}", lab.peer_listen("us-east-1")));
    for part in [users.as_str(), &peer, &lab.dns.to_string(), "DEFECT shallow-health"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_topology_says_who_may_write() {
    // (model, parts of what is said)
    let cases = [
        ("active-active", &["model active-active", "role         reads and writes"][..]),
        (
            "active-passive",
            &["partition all\n    writers      eu-west-1, us-east-1 (best first)", "role         stands by"],
        ),
        ("read-replicas", &["role         reads, sends writes on", "lease        3000 ms"]),
        (
            "geo-partitioned",
            &["partition us-east-1\n    writers      us-east-1, eu-west-1", "away from home", "copies: in every"],
        ),
    ];
    for (model, parts) in cases {
        let top = format!("model = \"{model}\"");
        let lab = Lab::new(&LabPlan { regions: &[EU, "us-east-1"], top: &top, ..LabPlan::default() });
        let (_, text) = lab.chirp(&["topology"]);
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
        let (code, _) = lab.chirp(&["promote", "--region", EU, "--partition", "nonsense"]);
        assert_eq!(code, Some(1));
    }
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let lab = Lab::new(&LabPlan::default());
    let config = lab.config();
    let config = config.to_str().unwrap();
    for (what, address, arguments) in [
        ("users", lab.listen(EU), &["region", "--config", config, "--region", EU][..]),
        ("peers", lab.peer_listen(EU), &["region", "--config", config, "--region", EU]),
        ("DNS over TCP", lab.dns, &["dns", "--config", config]),
    ] {
        let _taken = std::net::TcpListener::bind(address).unwrap();
        let output = chirp(arguments);
        assert_eq!(output.status.code(), Some(1));
        let errors = errors(&output);
        assert!(errors.contains(&format!("error: cannot listen on {address} for {what}: ")), "{errors}");
        assert!(errors.contains("hint: something listens there already"), "{errors}");
        assert!(!String::from_utf8(output.stdout).unwrap().contains("ready"));
    }
}

#[test]
fn wrong_arguments_and_configurations_end_with_1_and_a_hint() {
    let lab = Lab::serving(&LabPlan::default());
    let good = lab.config();
    let good = good.to_str().unwrap();
    let bad = good.replace("chirp.toml", "bad.toml");
    std::fs::write(&bad, "defects = [\"nonsense\"]\nsteerin = 1\n").unwrap();
    let worse = good.replace("chirp.toml", "worse.toml");
    std::fs::write(&worse, "defects = [\"nonsense\"]\nseed_users = 9999999\n").unwrap();
    // (arguments, parts of what is said)
    let cases: [(&[&str], &[&str]); 6] = [
        (&["region", "--config", good, "--region", "mars"], &["no region `mars`", "hint: there are: eu-west-1"]),
        (&["region", "--config", "/nowhere.toml", "--region", EU], &["/nowhere.toml: No such file", "hint: "]),
        (&["topology", "--config", &bad], &["bad.toml is malformed", "line 2", "unknown field `steerin`"]),
        (&["dns", "--config", &worse], &["3 mistake(s)", "line 1: `nonsense`", "line 2: seed_users", "no region"]),
        (&["region", "--config", good, "--region", EU], &["cannot listen on"]),
        (&["condition", "--config", good, "--region", "mars", "status"], &["no region `mars`"]),
    ];
    for (arguments, parts) in cases {
        let output = chirp(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let errors = errors(&output);
        for part in parts {
            assert!(errors.contains(part), "{part} in {errors}");
        }
    }
}

#[test]
fn a_second_process_on_the_same_data_is_refused() {
    let lab = Lab::serving(&LabPlan::default());
    let other = Lab::new(&LabPlan::default());
    let text = std::fs::read_to_string(other.config()).unwrap();
    let data = lab.config().with_file_name("data").join(EU);
    let text = text.replace("data/eu-west-1", data.to_str().unwrap());
    std::fs::write(other.config(), text).unwrap();
    let output = chirp(&["region", "--config", other.config().to_str().unwrap(), "--region", EU]);
    assert_eq!(output.status.code(), Some(1));
    let errors = errors(&output);
    assert!(errors.contains("is in use by another process") && errors.contains("stop it first"), "{errors}");
}
