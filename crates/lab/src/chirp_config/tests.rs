//! What is written of a deployment, and what isn't.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use plan::{
    Source,
    resolved::{Engine, Target},
};

const PORTS: Ports = Ports { users: 7400, peers: 7401, links: 7402, steering: 7453, postgres: 7404, nats: 7405 };

/// The configuration of a plan whose `chirp` has these lines.
fn config(lines: &str) -> toml::Table {
    let text = format!(
        "version: 1\ntarget:\n  chirp:\n    regions: [us-east-1, eu-west-1, ap-southeast-1]\n{lines}\nload: {{rate: 10/s, for: 30s}}\n"
    );
    let source = Source { name: "test.yaml".to_owned(), text };
    let plan = plan::check(&source, wan::Atlas::embedded()).unwrap();
    let Target::Chirp(chirp) = &plan.target else { panic!("a lab") };
    let deployment = &chirp.deployment;
    let servers = Servers {
        postgres: (deployment.engine == Engine::Postgres).then(|| "/programs".into()),
        nats: (deployment.transport == Transport::Nats).then(|| "/nats-server".into()),
    };
    write(&plan, chirp, PORTS, &servers, Path::new("/data")).parse().unwrap()
}

#[test]
fn a_plan_that_says_nothing_of_the_deployment_leaves_it_to_chirp() {
    let written = config("    users: 100");
    let keys: Vec<&str> = written.keys().map(String::as_str).collect();
    assert_eq!(keys, ["defects", "follows_per_user", "region", "seed_users", "steering"]);
    assert!(!written["steering"].as_table().unwrap().contains_key("kind"));
    for region in written["region"].as_array().unwrap() {
        assert!(!region.as_table().unwrap().contains_key("clock_offset_ms"), "{region}");
    }
}

#[test]
fn each_choice_is_written_in_chirps_words() {
    let cases = [
        ("    model: read-replicas", "model", "\"read-replicas\""),
        ("    durability: quorum", "durability", "\"quorum\""),
        ("    resolver: semantic", "resolver", "\"semantic\""),
        ("    model: active-passive\n    engine: postgres", "engine", "\"postgres\""),
        ("    transport: nats", "replication", "{ transport = \"nats\" }"),
        ("    model: active-passive\n    writer: eu-west-1", "writer", "{ preferred = \"eu-west-1\" }"),
        (
            "    model: active-passive\n    promotion: manual\n    failback_after: 0s",
            "writer",
            "{ failback_after_ms = 0, promotion = \"manual\" }",
        ),
        (
            "    model: geo-partitioned\n    partition: {away: refuse}",
            "partition",
            "{ away = \"refuse\", copies = \"everywhere\", takeover = true }",
        ),
        ("    tokens: true", "tokens", "{ key = \"the key of a lab, which everybody may know\" }"),
        ("    cache: 30s", "cache", "{ ttl_ms = 30000 }"),
    ];
    for (lines, key, expected) in cases {
        assert_eq!(config(lines)[key].to_string(), expected, "{lines}");
    }
    assert_eq!(config("    steering: balancer")["steering"]["kind"].as_str(), Some("balancer"));
}

#[test]
fn each_third_party_is_a_provider_of_its_kind() {
    let written = config("    third_parties: true");
    let kinds: Vec<&str> =
        written["provider"].as_array().unwrap().iter().map(|provider| provider["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["previews", "media", "pushes"]);
    assert_eq!(written["provider"][2]["listen"].as_str(), Some("127.64.0.73:7400"));
}

#[test]
fn each_region_gets_its_own_clock_and_zone() {
    let written =
        config("    model: geo-partitioned\n    clock_offsets: {eu-west-1: -5s}\n    zones: {us-east-1: america}");
    let of = |index: usize, key: &str| written["region"][index].get(key).cloned();
    assert_eq!(of(1, "clock_offset_ms"), Some(toml::Value::Integer(-5_000)));
    assert_eq!(of(0, "zone"), Some(toml::Value::String("america".to_owned())));
    assert_eq!((of(0, "clock_offset_ms"), of(1, "zone")), (None, None));
}

#[test]
fn an_edge_stands_at_each_region_and_reaches_the_others_over_links() {
    let written = config("    steering: balancer\n    health_interval: 500ms");
    assert_eq!(written["balancer"]["health_interval_ms"].as_integer(), Some(500));
    let edge = &written["edge"][1];
    assert_eq!(edge["name"].as_str(), Some("edge-eu-west-1"));
    assert_eq!(edge["listen"].as_str(), Some("127.2.0.2:7400"));
    let reached = |region: &str| edge["regions"][region].as_str().map(str::to_owned);
    assert_eq!(reached("eu-west-1").as_deref(), Some("127.2.0.1:7400"), "its own place needs no link");
    assert_eq!(reached("ap-southeast-1").as_deref(), Some("127.2.2.3:7402"));
    let near: Vec<_> = edge["near"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(near, ["eu-west-1", "us-east-1", "ap-southeast-1"]);
}

#[test]
fn several_edges_at_one_place_differ_in_name_and_address_only() {
    let written = config("    steering: balancer\n    edges: 2");
    assert_eq!(written["edge"].as_array().unwrap().len(), 6);
    let (first, second) = (&written["edge"][2], &written["edge"][3]);
    assert_eq!((first["name"].as_str(), second["name"].as_str()), (Some("edge-eu-west-1"), Some("edge-eu-west-1-2")));
    assert_eq!(second["listen"].as_str(), Some("127.2.0.3:7400"));
    assert_eq!((&first["near"], &first["regions"]), (&second["near"], &second["regions"]));
}

#[test]
fn a_server_of_each_region_is_reached_over_links_of_its_own() {
    let cases = [
        (
            "    model: active-passive\n    engine: postgres",
            "postgres",
            "{ bin = \"/programs\", port = 7404 }",
            "127.2.3.1:7402",
        ),
        ("    transport: nats", "nats", "{ port = 7405, server = \"/nats-server\" }", "127.2.4.1:7402"),
    ];
    for (lines, table, expected, link) in cases {
        let written = config(lines);
        assert_eq!(written[table].to_string(), expected, "{lines}");
        let reached = &written["region"][1][format!("{table}_peers")];
        assert_eq!(reached["us-east-1"].as_str(), Some(link), "{lines}");
        assert_eq!(reached.as_table().unwrap().len(), 2, "its own it reaches directly");
    }
}

#[test]
fn tls_is_where_users_come_in_and_health_checks_verify_it_if_the_plan_wants_that() {
    let doors = |lines: &str, table: &str| {
        let written = config(lines);
        let has_tls = |door: &toml::Value| door.as_table().unwrap().contains_key("tls");
        let all = written.get(table).and_then(toml::Value::as_array).cloned().unwrap_or_default();
        (all.iter().filter(|door| has_tls(door)).count(), all.len())
    };
    let behind = "    tls: true\n    steering: balancer";
    assert_eq!((doors("    users: 100", "region"), doors("    tls: true", "region")), ((0, 3), (3, 3)));
    assert_eq!((doors(behind, "region"), doors(behind, "edge")), ((0, 3), (3, 3)), "edges ask regions without");
    let steering = |lines: &str| config(lines)["steering"].get("trust").map(ToString::to_string);
    assert_eq!(steering("    tls: true"), None, "as Route 53");
    assert_eq!(steering("    tls: {verify: true}").unwrap(), "\"tls/ca.pem\"");
}
