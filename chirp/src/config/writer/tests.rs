#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::path::Path;

use super::*;
use crate::config::{Config, ConfigError};

/// Three regions in two zones, and whatever is at the top.
fn parse(top: &str) -> Result<Deployment, ConfigError> {
    let names = ["eu", "us", "ap"];
    let mut text = format!("{top}\n");
    for (index, (name, zone)) in names.into_iter().zip(["a", "b", "a"]).enumerate() {
        let listen = format!("listen = \"127.2.{index}.1:7400\"\npeer_listen = \"127.2.{index}.1:7401\"");
        text.push_str(&format!("[[region]]\nname = \"{name}\"\nzone = \"{zone}\"\n{listen}\ndata = \"{name}\"\n"));
        text.push_str("[region.peers]\n");
        for (other, peer) in names.into_iter().enumerate().filter(|(_, peer)| *peer != name) {
            text.push_str(&format!("{peer} = \"127.2.{other}.1:7401\"\n"));
        }
    }
    Config::parse(Path::new("/etc/chirp.toml"), &text).map(|config| config.deployment)
}

fn mistakes(top: &str) -> String {
    parse(top).unwrap_err().to_string()
}

fn partitions(deployment: &Deployment) -> Vec<String> {
    let line = |partition: &Partition| {
        let candidates: Vec<&str> = partition.candidates.iter().map(RegionName::as_str).collect();
        format!("{}: {}", partition.name, candidates.join(" "))
    };
    deployment.partitions.iter().map(line).collect()
}

#[test]
fn each_model_has_its_partitions_with_those_who_may_write_them() {
    let geo = "model = \"geo-partitioned\"\n[partition]\n";
    // (the top of the file, partitions with their candidates, best first)
    let cases = [
        ("", vec![]),
        ("model = \"active-active\"", vec![]),
        ("model = \"active-passive\"", vec!["all: eu us ap"]),
        ("model = \"read-replicas\"\n[writer]\npreferred = \"us\"", vec!["all: us ap eu"]),
        (geo, vec!["eu: eu us ap", "us: us ap eu", "ap: ap eu us"]),
        (&format!("{geo}takeover = false"), vec!["eu: eu", "us: us", "ap: ap"]),
        (&format!("{geo}copies = \"zone\""), vec!["eu: eu ap", "us: us", "ap: ap eu"]),
    ];
    for (top, expected) in cases {
        assert_eq!(partitions(&parse(top).unwrap()), expected, "{top}");
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let deployment = parse("model = \"active-passive\"").unwrap();
    assert_eq!(deployment.lease, Duration::from_secs(3));
    assert_eq!(deployment.failback_after, Some(Duration::from_secs(8)));
    assert!(deployment.promotes_itself);
    assert_eq!((deployment.away, deployment.copies), (Away::Forward, Copies::Everywhere));
    for by_hand in ["failback_after_ms = 0", "promotion = \"manual\""] {
        let deployment = parse(&format!("model = \"active-passive\"\n[writer]\n{by_hand}")).unwrap();
        assert_eq!(deployment.failback_after, None, "{by_hand}");
    }
}

#[test]
fn every_mistake_is_told() {
    // (the top of the file, what is said)
    let cases = [
        ("model = \"single-region\"", "model = \"single-region\" with 3 regions"),
        ("model = \"multi\"", "line 1: model = \"multi\" is not known"),
        ("[writer]\npreferred = \"mars\"", "preferred = \"mars\" is no region"),
        ("[writer]\npromotion = \"maybe\"", "there are: automatic, manual"),
        ("[writer]\nlease_ms = 3", "lease_ms = 3 is out of range"),
        ("[partition]\naway = \"ignore\"", "there are: forward, refuse"),
        ("[partition]\ncopies = \"none\"", "there are: everywhere, zone"),
        ("[partition]\nhome = 1", "unknown field `home`"),
    ];
    for (top, said) in cases {
        let mistakes = mistakes(top);
        assert!(mistakes.contains(said), "{said} in {mistakes}");
    }
    let text = "[partition]\ncopies = \"zone\"\n[[region]]\nname = \"eu\"\nlisten = \"127.2.0.1:1\"\n\
                peer_listen = \"127.2.0.1:2\"\ndata = \"eu\"\n";
    let without_zone = Config::parse(Path::new("/etc/chirp.toml"), text).unwrap_err().to_string();
    assert!(without_zone.contains("region eu has no zone"), "{without_zone}");
}
