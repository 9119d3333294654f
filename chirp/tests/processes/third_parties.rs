//! Third parties that are slow, broken, hanging or gone, for all regions or for one: what a post gets, what
//! the provider sees, and what each defence is worth.
//!
//! Where a good answer is expected, the time-outs are long, so that a busy machine is no bad provider;
//! where none is expected, they are short, and only what was answered is looked at.

use std::io::{ErrorKind, Read as _};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, US, wait_until};

const PATIENT: &str = "budget_ms = 60000\ntimeout_ms = 20000\nbreaker_open_ms_min = 100\nbreaker_open_ms_max = 200\n";
const HASTY: &str = "budget_ms = 150\ntimeout_ms = 40\nbreaker_open_ms_min = 3600000\nbreaker_open_ms_max = 3600000\n";

/// `[third_party]` with these lines, and providers of these names and kinds.
fn tables(third_party: &str, providers: &[(&str, &str)]) -> String {
    let provider = |(index, (name, kind)): (usize, &(&str, &str))| {
        let host = 150 + index;
        format!(
            "[[provider]]\nname = \"{name}\"\nkind = \"{kind}\"\nlisten = \"NET.{host}:7600\"\nadmin_listen = \"NET.{host}:7601\"\n"
        )
    };
    let providers: String = providers.iter().enumerate().map(provider).collect();
    format!("[third_party]\n{third_party}\n{providers}")
}

const PREVIEWS: &[(&str, &str)] = &[("previews-a", "previews")];

/// A lab that serves, with all its providers.
fn lab(third_party: &str, providers: &[(&str, &str)], plan: &LabPlan<'_>) -> Lab {
    let tables = tables(third_party, providers);
    let mut lab = Lab::serving(&LabPlan { end: &tables, ..*plan });
    for (name, _) in providers {
        lab.start_provider(name);
    }
    lab
}

fn fault(lab: &Lab, provider: &str, arguments: &[&str]) -> Output {
    let config = lab.config();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chirp"));
    command.args(["condition", "--config", config.to_str().unwrap(), "--provider", provider]);
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn inject(lab: &Lab, provider: &str, arguments: &[&str]) {
    let lease = if arguments[0] == "set" { &["--lease", "10m"][..] } else { &[] };
    let output = fault(lab, provider, &[arguments, lease].concat());
    assert!(output.status.success(), "{output:?}");
}

/// Posts with a link; answers the status and the preview.
fn post(lab: &Lab, region: &str) -> (u16, Value) {
    let body = json!({ "author": "user-1", "text": "look", "link": "https://example.org/a" }).to_string();
    let reply = lab.send(region, "POST", "/v1/posts", &body);
    (reply.status, reply.json()["attached"]["preview"].clone())
}

/// In the network of the lab.
fn address(lab: &Lab, host: u8, port: u16) -> SocketAddr {
    let IpAddr::V4(dns) = lab.dns.ip() else { unreachable!("labs are on IPv4") };
    let [a, b, c, _] = dns.octets();
    ([a, b, c, host], port).into()
}

/// What the provider has counted.
fn calls(lab: &Lab, host: u8) -> Value {
    request(address(lab, host, 7601), "GET", "/admin/calls", &[], "").unwrap().json()
}

fn calls_of(lab: &Lab, host: u8, region: &str) -> u64 {
    calls(lab, host)["calls"][region].as_u64().unwrap_or(0)
}

fn unavailable() -> (u16, Value) {
    (201, json!({ "status": "unavailable" }))
}

#[test]
fn a_post_gets_its_preview_and_its_media_from_the_providers() {
    let lab = lab(PATIENT, &[("previews-a", "previews"), ("media-a", "media")], &LabPlan::default());
    let body = json!({ "author": "user-1", "text": "a", "link": "https://example.org/a", "media": "https://m.org/b" });
    let attached = lab.send(EU, "POST", "/v1/posts", &body.to_string()).json()["attached"].clone();
    assert_eq!(attached["preview"]["status"], "ready", "{attached}");
    assert_eq!(attached["preview"]["title"], "example.org: a", "{attached}");
    assert_eq!(attached["media"]["status"], "ready", "{attached}");
    assert!(attached["media"]["url"].as_str().unwrap().starts_with("https://media.example/"), "{attached}");
    let nothing = json!({ "author": "user-1", "text": "a", "link": "https://example.org/nothing" });
    let attached = lab.send(EU, "POST", "/v1/posts", &nothing.to_string()).json()["attached"].clone();
    assert_eq!(attached["preview"], json!({ "status": "nothing" }));
}

#[test]
fn a_provider_that_fails_one_region_fails_only_that_one_and_is_asked_again_when_it_is_well() {
    for manner in ["provider-fails", "provider-refuses"] {
        let lab = lab(PATIENT, PREVIEWS, &LabPlan { regions: &[EU, US], ..LabPlan::default() });
        inject(&lab, "previews-a", &["set", manner, "--for", EU]);
        for _ in 0..10 {
            assert_eq!(post(&lab, EU), unavailable(), "{manner:?}");
            assert_eq!(post(&lab, US).1["status"], "ready", "{manner:?}");
        }
        let opened = |region: &str| {
            let events = lab.process(region).events();
            events.iter().any(|event| event["event"] == "breaker" && event["state"] == "open")
        };
        assert!(opened(EU) && !opened(US), "{manner:?}");
        assert_eq!(lab.metric(EU, "chirp_third_party_fallbacks_total{kind=\"previews\"}"), Some(10.0));
        assert_eq!(lab.metric(US, "chirp_third_party_fallbacks_total{kind=\"previews\"}"), None);
        inject(&lab, "previews-a", &["clear", "--for", EU]);
        wait_until("the breaker closes", || post(&lab, EU).1["status"] == "ready");
        assert_eq!(lab.metric(EU, "chirp_third_party_breaker{kind=\"previews\",provider=\"previews-a\"}"), Some(0.0));
    }
}

#[test]
fn the_second_provider_takes_over_from_the_first() {
    let lab = lab(PATIENT, &[("previews-a", "previews"), ("previews-b", "previews")], &LabPlan::default());
    inject(&lab, "previews-a", &["set", "provider-fails"]);
    for _ in 0..10 {
        assert_eq!(post(&lab, EU).1["status"], "ready");
    }
    assert_eq!(calls_of(&lab, 151, EU), 10);
    lab.process(EU).wait_for("breaker");
}

#[test]
fn a_provider_that_is_not_there_at_all_costs_no_post() {
    let tables = tables(PATIENT, PREVIEWS);
    let lab = Lab::serving(&LabPlan { end: &tables, ..LabPlan::default() });
    for _ in 0..10 {
        assert_eq!(post(&lab, EU), unavailable());
    }
}

#[test]
fn no_circuit_breaker_calls_a_hanging_provider_for_every_post_and_with_breakers_there_are_few() {
    for (defects, asked_each_time) in [(&[][..], false), (&["no-circuit-breaker"][..], true)] {
        let lab = lab(HASTY, PREVIEWS, &LabPlan { defects, ..LabPlan::default() });
        inject(&lab, "previews-a", &["set", "provider-hangs"]);
        for _ in 0..20 {
            assert_eq!(post(&lab, EU), unavailable(), "{defects:?}");
        }
        let calls = calls_of(&lab, 150, EU);
        assert_eq!(calls >= 20, asked_each_time, "{defects:?}: {calls} calls");
    }
}

#[test]
fn retries_without_backoff_storm_a_failing_provider_and_with_it_there_are_three_calls() {
    let long = "budget_ms = 20000\ntimeout_ms = 20000\nbreaker_calls_min = 10000\n";
    for (defects, storm) in [(&[][..], false), (&["retries-without-backoff"][..], true)] {
        let lab = lab(long, PREVIEWS, &LabPlan { defects, ..LabPlan::default() });
        inject(&lab, "previews-a", &["set", "provider-fails"]);
        assert_eq!(post(&lab, EU), unavailable(), "{defects:?}");
        let calls = calls_of(&lab, 150, EU);
        assert_eq!(calls > 100, storm, "{defects:?}: {calls} calls");
        assert!(storm || calls == 3, "{calls} calls");
    }
}

#[test]
fn no_fallback_fails_the_post_and_with_it_the_post_goes_without() {
    for (defects, status) in [(&[][..], 201), (&["no-fallback"][..], 503)] {
        let lab = lab(
            PATIENT,
            &[("previews-a", "previews"), ("media-a", "media")],
            &LabPlan { defects, ..LabPlan::default() },
        );
        inject(&lab, "previews-a", &["set", "provider-fails"]);
        inject(&lab, "media-a", &["set", "provider-fails"]);
        let with = |key: &str| json!({ "author": "user-1", "text": "a", key: "https://example.org/a" }).to_string();
        for key in ["link", "media"] {
            assert_eq!(lab.send(EU, "POST", "/v1/posts", &with(key)).status, status, "{key} {defects:?}");
        }
        assert_eq!(lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"plain"}"#).status, 201);
        let kept = lab.timeline(EU, "user-1").len();
        assert_eq!(kept, if status == 201 { 3 } else { 1 }, "{defects:?}");
    }
}

#[test]
fn followers_are_told_once_and_a_post_that_was_there_already_tells_nobody() {
    let lab = lab(PATIENT, &[("pushes-a", "pushes")], &LabPlan::default());
    for follower in ["user-2", "user-3"] {
        assert_eq!(lab.send(EU, "PUT", &format!("/v1/users/{follower}/follows/user-1"), "").status, 200);
    }
    lab.post(EU, "user-1", "hello", Some("key"));
    lab.post(EU, "user-1", "hello", Some("key"));
    lab.post(EU, "user-4", "nobody follows me", None);
    wait_until("both posts are through", || lab.metric(EU, "chirp_pushes_total{outcome=\"sent\"}") == Some(2.0));
    assert_eq!(calls(&lab, 150)["notifications"], 2);
}

#[test]
fn a_push_service_that_hangs_delays_no_post_and_fills_no_more_than_its_queue() {
    let bounds = "timeout_ms = 60\npush_queue_max = 3\npush_workers = 2\npush_patience_ms = 600000\nbreaker_open_ms_min = 100\nbreaker_open_ms_max = 100\n";
    let lab = lab(bounds, &[("pushes-a", "pushes")], &LabPlan::default());
    assert_eq!(lab.send(EU, "PUT", "/v1/users/user-2/follows/user-1", "").status, 200);
    inject(&lab, "pushes-a", &["set", "provider-hangs"]);
    for number in 0..20 {
        lab.post(EU, "user-1", &format!("{number}"), None);
    }
    let dropped = lab.metric(EU, "chirp_pushes_total{outcome=\"dropped_full\"}").unwrap();
    assert!((15.0..=17.0).contains(&dropped), "20 posts, a queue of 3, 2 workers: {dropped}");
    inject(&lab, "pushes-a", &["clear"]);
    let sent = || lab.metric(EU, "chirp_pushes_total{outcome=\"sent\"}").unwrap_or(0.0);
    wait_until("what was kept is sent", || sent() + dropped == 20.0);
    assert_eq!(calls(&lab, 150)["notifications"].as_f64(), Some(sent()));
}

#[test]
fn a_notification_that_is_too_old_is_dropped() {
    let bounds = "timeout_ms = 60\npush_patience_ms = 300\n";
    let lab = lab(bounds, &[("pushes-a", "pushes")], &LabPlan::default());
    assert_eq!(lab.send(EU, "PUT", "/v1/users/user-2/follows/user-1", "").status, 200);
    inject(&lab, "pushes-a", &["set", "provider-hangs"]);
    lab.post(EU, "user-1", "hello", None);
    let late = || lab.metric(EU, "chirp_pushes_total{outcome=\"dropped_late\"}") == Some(1.0);
    wait_until("it is dropped", late);
}

/// A provider that takes one call and never answers; the call as it came, once its asker has ended it.
fn given_up(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let (mut call, mut part) = (Vec::new(), [0; 1024]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(bytes) => call.extend_from_slice(&part[..bytes]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the call goes on for nobody: {error}"),
        }
    }
    String::from_utf8(call).unwrap()
}

#[test]
fn a_call_carries_the_deadline_of_its_request_ends_before_it_and_leaves_time_to_write_the_post() {
    // A provider may take an hour, as far as the configuration is concerned.
    let tables = tables("budget_ms = 3600000\ntimeout_ms = 3600000", PREVIEWS);
    let lab = Lab::serving(&LabPlan { end: &tables, ..LabPlan::default() });
    let listener = TcpListener::bind(address(&lab, 150, 7600)).unwrap();
    let (reply, call) = std::thread::scope(|scope| {
        let call = scope.spawn(|| given_up(&listener));
        let body = json!({ "author": "user-1", "text": "look", "link": "https://example.org/a" }).to_string();
        let reply = request(lab.listen(EU), "POST", "/v1/posts", &[("x-deadline-ms", "8000")], &body).unwrap();
        (reply, call.join().unwrap())
    });
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.json()["attached"]["preview"], json!({ "status": "unavailable" }));
    let told = call.lines().find_map(|line| line.strip_prefix("x-deadline-ms: ")).unwrap();
    let told: u64 = told.parse().unwrap();
    assert!((1..=4000).contains(&told), "half of what the request had: {call}");
    assert!(call.contains("x-region: eu-west-1\r\n"), "{call}");
}

#[test]
fn a_post_that_is_sent_on_to_its_writer_gets_its_preview_there_and_once() {
    let top = "model = \"read-replicas\"\nseed_users = 6\nfollows_per_user = 0";
    // Nothing goes wrong here, so nobody is to lose the lease.
    let tables = "[writer]\nlease_ms = 20000\nfailback_after_ms = 0";
    let lab = lab(PATIENT, PREVIEWS, &LabPlan { regions: &[EU, US], top, tables, ..LabPlan::default() });
    let mut sent_on = None;
    wait_until("a region sends writes on to the other", || {
        let ask = |region| lab.send(region, "PUT", "/v1/users/user-1", r#"{"bio":"x"}"#);
        // A writer to be, too, is sent writes; it refuses them until it may.
        sent_on = [EU, US].into_iter().find(|region| {
            let reply = ask(region);
            reply.status < 300 && reply.header("x-served-by-writer").is_some()
        });
        sent_on.is_some()
    });
    let away = sent_on.unwrap();
    let writer = if away == EU { US } else { EU };
    let body = json!({ "author": "user-1", "text": "look", "link": "https://example.org/a" }).to_string();
    let reply = lab.send(away, "POST", "/v1/posts", &body);
    assert_eq!((reply.status, reply.header("x-served-by-writer")), (201, Some(writer)), "{reply:?}");
    let attached = reply.json()["attached"].clone();
    assert_eq!(attached["preview"]["status"], "ready", "{attached}");
    assert_eq!((calls_of(&lab, 150, writer), calls_of(&lab, 150, away)), (1, 0));
    let path = format!("/v1/posts/{}", reply.json()["id"].as_str().unwrap());
    for region in [EU, US] {
        wait_until("the post is there", || lab.get(region, &path).status == 200);
        assert_eq!(lab.get(region, &path).json()["attached"], attached, "{region}");
    }
    assert_eq!((calls_of(&lab, 150, writer), calls_of(&lab, 150, away)), (1, 0), "readers ask nobody");
}

#[test]
fn faults_are_switched_and_proven_by_the_command() {
    let lab = lab(PATIENT, PREVIEWS, &LabPlan { regions: &[EU, US], ..LabPlan::default() });
    // (arguments, exit code, what is said)
    let lease = ["--lease", "10m"];
    let set = |what, more: &[&'static str]| [&["set", what], &lease[..], more].concat();
    let cases: [(Vec<&str>, i32, &str); 11] = [
        (vec!["status"], 1, "a condition is not on in provider previews-a"),
        (set("provider-slow=500ms", &[]), 0, "provider-slow=500ms, "),
        (vec!["status", "provider-slow=500ms"], 0, "provider-slow=500ms, "),
        (set("provider-fails", &["--for", EU, "--share", "50%"]), 0, "provider-fails for 50% for calls of eu-west-1"),
        (vec!["status", "provider-hangs"], 1, "provider-hangs is not on in provider previews-a"),
        (vec!["clear", "--for", EU], 0, "provider-slow=500ms, "),
        (vec!["clear"], 0, "none"),
        (set("provider-fails", &["--share", "150%"]), 2, "above 0 and up to 100"),
        (set("provider-hangs", &["--for", "mars"]), 1, "no region `mars`"),
        (set("provider-slow", &[]), 1, "provider-slow: write it as a time"),
        (set("storage-full", &[]), 1, "nothing that a provider has"),
    ];
    for (arguments, code, part) in cases {
        let output = fault(&lab, "previews-a", &arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let said = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8_lossy(&said).contains(part), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
    let unknown = fault(&lab, "weather", &["status"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("hint: there are: previews-a"), "{unknown:?}");
}
