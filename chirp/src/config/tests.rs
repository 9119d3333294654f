#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;
use crate::defects::Defect;

const GOOD: &str = r#"
defects = ["shallow-health"]
seed_users = 20
follows_per_user = 3
[limits]
in_flight_max = 7
[replication]
retry_ms_max = 900
[steering]
name = "Chirp.Test."
listen = "127.53.0.1:7453"
ttl_seconds = 9
[[steering.network]]
network = "127.65.0.0/16"
prefer = ["us", "eu"]
[[region]]
name = "eu"
listen = "127.2.0.1:7400"
peer_listen = "127.2.0.1:7401"
data = "data/eu"
clock_offset_ms = -250
[region.peers]
us = "127.2.1.1:7501"
[[region]]
name = "us"
listen = "127.2.1.1:7400"
peer_listen = "127.2.1.1:7401"
health_check = "127.2.1.1:7500"
data = "/abs/us"
[region.peers]
eu = "127.2.0.1:7401"
[balancer]
ejection_ms_max = 9000
[[edge]]
name = "edge-us"
listen = "127.3.1.1:7400"
regions = { eu = "127.3.1.2:7400" }
near = ["us"]
[[steering.probe]]
name = "frankfurt"
targets = { eu = "127.4.0.1:7400" }
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/chirp/chirp.toml"), text)
}

#[test]
fn a_good_file_is_read_with_its_defaults() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.defects, Defects::new([Defect::ShallowHealth]));
    assert_eq!(config.seed, Seed { users: 20, follows_per_user: 3 });
    assert_eq!((config.limits.in_flight_max, config.limits.write_deadline), (7, Duration::from_secs(5)));
    assert_eq!(config.replication.retry_max, Duration::from_millis(900));
    let steering = config.steering.as_ref().unwrap();
    assert_eq!((steering.name.as_str(), steering.ttl_seconds, steering.fail_open), ("chirp.test", 9, true));
    assert_eq!(steering.networks[0].prefer, [1, 0]);
    let (eu, us) = (config.region("eu").unwrap(), config.region("us").unwrap());
    assert_eq!(eu.data, Path::new("/etc/chirp/data/eu"), "relative to the file");
    assert_eq!(us.data, Path::new("/abs/us"));
    assert_eq!((eu.clock_offset_ms, us.clock_offset_ms), (-250, 0));
    assert_eq!(eu.health_check, SocketAddr::V4(eu.listen));
    assert_eq!(us.health_check, "127.2.1.1:7500".parse().unwrap());
    assert_eq!(eu.peers[&us.name], "127.2.1.1:7501".parse().unwrap());
    assert_eq!((config.balancer.ejection_max, config.balancer.retry_percent), (Duration::from_secs(9), 10));
    let edge = &config.edges[0];
    assert_eq!(edge.near, [1, 0], "the regions that are not named follow");
    assert_eq!(edge.regions, ["127.3.1.2:7400".parse().unwrap(), SocketAddr::V4(us.listen)]);
    assert_eq!(edge.health_check, SocketAddr::V4(edge.listen));
    assert_eq!((steering.kind, steering.votes_to_unhealthy), (SteeringKind::Dns, 1));
    assert_eq!(steering.probes[0].targets["eu"], "127.4.0.1:7400".parse().unwrap());
}

#[test]
fn the_files_of_a_door_are_beside_the_configuration_and_health_checks_trust_whom_they_are_told() {
    let near = "near = [\"us\"]\n";
    let files = "tls = { certificate = \"c\", key = \"k\", expired = \"e\", other_name = \"o\" }";
    let text = GOOD.replace(near, &format!("{near}{files}\n")).replace("ttl_seconds", "trust = \"ca\"\nttl_seconds");
    let config = parse(&text).unwrap();
    let beside = |name: &str| Path::new("/etc/chirp").join(name);
    let wrong = WrongFiles { expired: beside("e"), other_name: beside("o") };
    let files = TlsFiles { certificate: beside("c"), key: beside("k"), wrong: Some(wrong) };
    assert_eq!(config.edges[0].tls, Some(files));
    assert!(config.edges[0].impossible_conditions().is_empty());
    assert_eq!(config.steering.unwrap().trust, Some(beside("ca")));
    let without = &parse(GOOD).unwrap().edges[0];
    assert_eq!(without.impossible_conditions().len(), 1, "there is no certificate that could be wrong");
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_to_do() {
    // (what is wrong, text, its replacement, line, part of the message or hint)
    let cases = [
        ("an unknown defect", "shallow-health", "shalow-health", 2, "`shalow-health` is not a defect"),
        ("the hint lists the defects", "shallow-health", "x", 2, "drop-replication"),
        ("too many users", "seed_users = 20", "seed_users = 9999999", 3, "allowed: 0 to 1000000"),
        ("a deadline of nothing", "in_flight_max = 7", "write_deadline_ms = 0", 6, "allowed: 1 to"),
        ("retries the wrong way round", "retry_ms_max = 900", "retry_ms_max = 10", 8, "below retry_ms_min = 50"),
        ("no DNS name", "Chirp.Test.", "chirp..test", 10, "is not a DNS name"),
        ("no address", "\"127.53.0.1:7453\"", "\"localhost\"", 11, "IP:PORT"),
        ("no network", "127.65.0.0/16", "127.65.0.0/33", 14, "longer than the address"),
        ("a network with too many bits", "127.65.0.0/16", "127.65.0.1/16", 14, "bits beyond the prefix"),
        ("an unknown preference", "[\"us\", \"eu\"]", "[\"us\", \"mars\"]", 15, "there are: eu, us"),
        ("a preference twice", "[\"us\", \"eu\"]", "[\"us\", \"us\"]", 15, "preferred twice"),
        ("no preference", "[\"us\", \"eu\"]", "[]", 14, "prefers no region"),
        ("a strange region name", "name = \"eu\"", "name = \"E U\"", 17, "is not a region name"),
        ("a region twice", "name = \"us\"", "name = \"eu\"", 25, "is there twice"),
        (
            "a listener twice",
            "peer_listen = \"127.2.0.1:7401\"",
            "peer_listen = \"127.2.0.1:7400\"",
            19,
            "is also listen of eu",
        ),
        ("IPv6 for users", "listen = \"127.2.1.1:7400\"", "listen = \"[::1]:7400\"", 26, "not an IPv4 address"),
        ("two ports", "listen = \"127.2.1.1:7400\"", "listen = \"127.2.1.1:7499\"", 26, "DNS gives addresses only"),
        ("its own peer", "us = \"127.2.1.1:7501\"", "eu = \"127.2.1.1:7501\"", 23, "eu is its own peer"),
        (
            "a peer that is no region",
            "us = \"127.2.1.1:7501\"",
            "mars = \"127.2.1.1:7501\"",
            23,
            "peer mars of eu is no region",
        ),
        (
            "no such kind of steering",
            "[steering]",
            "[steering]\nkind = \"anycast\"",
            10,
            "kind = \"anycast\" does not exist",
        ),
        ("no such check", "[steering]", "[steering]\ncheck = \"both\"", 10, "check = \"both\" does not exist"),
        ("too many votes", "[steering]", "[steering]\nvotes_to_unhealthy = 2", 10, "allowed: 1 to 1"),
        (
            "a weight of nothing",
            "prefer = [\"us\", \"eu\"]",
            "prefer = [\"us\"]\nweights = { us = 0 }",
            16,
            "allowed: 1 to 1000",
        ),
        (
            "a weight of no region",
            "prefer = [\"us\", \"eu\"]",
            "prefer = [\"us\"]\nweights = { mars = 1 }",
            16,
            "mars is no region",
        ),
        (
            "TLS at a region that is behind edges",
            "clock_offset_ms = -250",
            "tls = { certificate = \"c\", key = \"k\" }",
            21,
            "give `tls` to the edges",
        ),
        (
            "a half of what can be wrong",
            "near = [\"us\"]",
            "near = [\"us\"]\ntls = { certificate = \"c\", key = \"k\", expired = \"e\" }",
            39,
            "give both, or none",
        ),
        (
            "ejections the wrong way round",
            "ejection_ms_max = 9000",
            "ejection_ms_max = 9",
            33,
            "below ejection_ms_min = 2000",
        ),
        ("a strange edge name", "edge-us", "Edge US", 35, "is not the name of an edge"),
        ("an edge on a region's listener", "127.3.1.1:7400", "127.2.1.1:7400", 36, "is also of region us"),
        ("an edge that reaches nothing", "regions = { eu", "regions = { mars", 37, "reaches mars, which is no region"),
        ("an edge near nothing", "near = [\"us\"]", "near = []", 35, "near no region"),
        ("an edge near no region", "near = [\"us\"]", "near = [\"mars\"]", 38, "mars is no region"),
        ("a place that asks nobody", "targets = { eu", "targets = { mars", 41, "asks mars"),
        ("a peer is missing", "us = \"127.2.1.1:7501\"", "", 17, "does not say where it reaches us"),
    ];
    for (what, text, replacement, line, part) in cases {
        assert!(GOOD.contains(text), "{what}: the case is out of date");
        let error = parse(&GOOD.replacen(text, replacement, 1)).expect_err(what);
        let ConfigError::Mistaken { mistakes, .. } = &error else { panic!("{what}: {error}") };
        assert!(mistakes.iter().any(|mistake| mistake.line == Some(line)), "{what}: {error}");
        assert!(error.to_string().contains(part), "{what}: {error}");
        assert!(error.to_string().contains("/etc/chirp/chirp.toml"), "{what}: {error}");
    }
}

#[test]
fn a_balancer_needs_edges_and_has_no_weights() {
    let balancer = GOOD.replace("[steering]", "[steering]\nkind = \"balancer\"");
    let without_places = balancer.split("[[steering.probe]]").next().unwrap();
    assert_eq!(parse(without_places).unwrap().steering.unwrap().kind, SteeringKind::Balancer);
    let weighted = without_places.replace("prefer = [\"us\", \"eu\"]", "prefer = [\"us\"]\nweights = { us = 1 }");
    assert!(parse(&weighted).unwrap_err().to_string().contains("the answers are edges"));
    let edgeless = without_places.split("[[edge]]").next().unwrap();
    assert!(parse(edgeless).unwrap_err().to_string().contains("there is no edge"));
    let two_ports = without_places.replace("127.2.1.1:7400", "127.2.1.1:7499");
    assert!(parse(&two_ports).is_ok(), "regions behind edges need not share a port");
}

#[test]
fn a_key_for_tokens_is_long_enough_and_never_printed() {
    let with = |key: &str| format!("{GOOD}[tokens]\nkey = \"{key}\"\n");
    let key = "k".repeat(32);
    let config = parse(&with(&key)).unwrap();
    assert!(!format!("{config:?}").contains(&key));
    assert!(config.tokens.is_some_and(|tokens| !tokens.required && tokens.valid == Duration::from_secs(3600)));
    assert!(parse(&with(&key[1..])).unwrap_err().to_string().contains("the key has 31 bytes"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = GOOD.replace("shallow-health", "x").replace("127.65.0.0/16", "y").replace("Chirp.Test.", "z z");
    let ConfigError::Mistaken { mistakes, .. } = parse(&text).unwrap_err() else { panic!("not mistaken") };
    let lines: Vec<_> = mistakes.iter().filter_map(|mistake| mistake.line).collect();
    assert_eq!(lines, [2, 10, 14]);
}

#[test]
fn an_unknown_or_missing_key_is_refused_with_its_line() {
    // (text, its replacement, line, part of the message)
    let cases = [
        ("seed_users", "seed_user", "line 3", "unknown field `seed_user`"),
        ("in_flight_max", "in_flight", "line 6", "unknown field `in_flight`"),
        ("retry_ms_max", "retry_max_ms", "line 8", "unknown field `retry_max_ms`"),
        ("ttl_seconds", "ttl", "line 12", "unknown field `ttl`"),
        ("prefer = ", "order = ", "line 15", "unknown field `order`"),
        ("clock_offset_ms", "clock_ofset_ms", "line 21", "unknown field `clock_ofset_ms`"),
        ("data = \"data/eu\"", "", "line 16", "missing field `data`"),
        ("seed_users = 20", "seed_users = \"20\"", "line 3", "expected u64"),
        ("seed_users = 20", "seed_users = ", "line 3", "TOML parse error"),
    ];
    for (text, replacement, line, part) in cases {
        let error = parse(&GOOD.replacen(text, replacement, 1)).unwrap_err();
        assert!(matches!(error, ConfigError::Malformed { .. }), "{replacement}: {error}");
        assert!(error.to_string().contains(line), "{replacement}: {error}");
        assert!(error.to_string().contains(part), "{replacement}: {error}");
    }
}

#[test]
fn a_file_without_regions_and_a_file_that_is_not_there_say_so() {
    assert!(parse("").unwrap_err().to_string().contains("add at least one [[region]]"));
    let error = Config::read(Path::new("/nowhere/chirp.toml")).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the configuration /nowhere/chirp.toml");
}

proptest! {
    /// A file that somebody has cut and mixed up is refused or read, and the message can be written.
    #[test]
    fn any_file_is_survived(cuts in proptest::collection::vec((0..GOOD.len(), 0..40_usize, 0..GOOD.len()), 0..6)) {
        let mut text = GOOD.to_owned();
        for (from, length, to) in cuts {
            let from = from.min(text.len());
            let piece: String = text.drain(from..(from + length).min(text.len())).collect();
            text.insert_str(to.min(text.len()), &piece);
        }
        if let Err(error) = parse(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn postgres_is_refused_where_it_cannot_do_what_is_asked() {
    let engine =
        |rest: &str| GOOD.replacen("seed_users = 20", &format!("engine = \"postgres\"\n{rest}\nseed_users = 20"), 1);
    let table = |lines: &str| {
        engine("model = \"read-replicas\"").replacen("[limits]", &format!("[postgres]\n{lines}\n[limits]"), 1)
    };
    // (what is wrong, text, part of the message or hint)
    let cases = [
        ("several writers", engine("model = \"active-active\""), "read-replicas; PostgreSQL's streams go one way"),
        ("no programs", engine("model = \"read-replicas\""), "`cargo xtask tools` prints one"),
        ("a port that users have", table("bin = \"/bin\"\nport = 7400"), "give [postgres] a port of its own"),
        ("an engine that is none", engine("").replace("\"postgres\"", "\"mysql\""), "there are: embedded, postgres"),
    ];
    for (what, text, part) in cases {
        let error = parse(&text).expect_err(what).to_string();
        assert!(error.contains(part), "{what}: {error}");
    }
    let good = parse(&table("bin = \"pg/bin\"")).unwrap();
    let EngineChoice::Postgres(choice) = &good.engine else { panic!("not the engine that is asked for") };
    assert_eq!((choice.bin.to_str(), choice.port), (Some("/etc/chirp/pg/bin"), 7432));
    let links = choice.links(good.region("eu").unwrap(), &good.regions);
    assert_eq!(links[&good.region("us").unwrap().name], "127.2.1.1:7432".parse().unwrap());
    let relayed = table("bin = \"/bin\"").replacen(
        "[[region]]\nname = \"us\"",
        "[region.postgres_peers]\nus = \"127.9.9.9:1\"\n[[region]]\nname = \"us\"",
        1,
    );
    let relayed = parse(&relayed).unwrap();
    let EngineChoice::Postgres(choice) = &relayed.engine else { panic!("not the engine that is asked for") };
    let links = choice.links(relayed.region("eu").unwrap(), &relayed.regions);
    assert_eq!(links[&relayed.region("us").unwrap().name], "127.9.9.9:1".parse().unwrap());
}

#[test]
fn nats_carries_logs_only_where_its_promises_suffice() {
    const NATS: &str = "[nats]\nserver = \"/bin/nats-server\"\n[replication]\ntransport = \"nats\"";
    let with = |top: &str, nats: &str| {
        parse(&GOOD.replace("[replication]", nats).replace("seed_users", &format!("{top}\nseed_users")))
    };
    let config = with("", NATS).unwrap();
    let choice = config.nats.clone().unwrap();
    assert_eq!((choice.port, choice.keep_bytes), (7422, 1 << 30));
    let (eu, us) = (&config.regions[0], &config.regions[1]);
    assert_eq!(choice.address(eu), "127.2.0.1:7422".parse().unwrap());
    assert_eq!(choice.links(eu, &config.regions)[&us.name], "127.2.1.1:7422".parse().unwrap());
    assert!(parse(GOOD).unwrap().nats.is_none());
    // (top, tables, what is said)
    for (top, nats, said) in [
        ("durability = \"quorum\"", NATS, "transport = \"nats\" with durability = \"quorum\""),
        ("model = \"active-passive\"", NATS, "transport = \"nats\" with model = \"active-passive\""),
        ("", "[replication]\ntransport = \"nats\"", "does not say where the NATS server is"),
        ("", "[replication]\ntransport = \"pigeon\"", "transport = \"pigeon\" is not known"),
        ("", &NATS.replace("[nats]", "[nats]\nport = 7400"), "port 7400 of [nats] is a port of eu, too"),
        ("", &NATS.replace("[nats]", "[nats]\nkeep_bytes = 1"), "keep_bytes = 1 is out of range"),
    ] {
        let error = with(top, nats).unwrap_err().to_string();
        assert!(error.contains(said), "{top} {nats}: {error}");
    }
}

#[test]
fn a_region_keeps_nothing_unless_asked_for_and_both_caches_have_the_same_bounds() {
    let parsed = |extra: &str| parse(&format!("{GOOD}\n{extra}")).unwrap().cache;
    let off = parsed("");
    assert!(off.here.ttl.is_zero() && off.away.ttl.is_zero());
    let on = parsed("[cache]\nttl_ms = 50\naway_ttl_ms = 70\nloads_max = 3\nbytes_max = 9");
    assert_eq!((on.here.ttl, on.away.ttl), (Duration::from_millis(50), Duration::from_millis(70)));
    assert_eq!(((on.here.loads_max, on.here.bytes_max), (on.away.loads_max, on.away.bytes_max)), ((3, 9), (3, 9)));
}
