//! Attributes, toxicity and leases, as values.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use serde_json::{Value, json};
use std::time::Duration;
use units::Seed;

const NOW: Duration = Duration::from_secs(100);

fn read(value: &Value) -> Result<ToxicText, Refusal> {
    ToxicText::read(Fields::of(value)?, NOW)
}

#[test]
fn a_toxic_says_what_clients_of_the_field_know() {
    let cases = [
        (json!({"type": "latency"}), json!({"latency": 0, "jitter": 0})),
        (json!({"type": "bandwidth", "attributes": {"rate": 12}}), json!({"rate": 12})),
        (json!({"type": "bandwidth", "attributes": {"rate": 12, "shared": true}}), json!({"rate": 12, "shared": true})),
        (json!({"type": "slow_close", "attributes": {"delay": 3}}), json!({"delay": 3})),
        (json!({"type": "timeout", "attributes": {"timeout": 4}}), json!({"timeout": 4})),
        (json!({"type": "reset_peer", "attributes": {"timeout": 5}}), json!({"timeout": 5})),
        (
            json!({"type": "slicer", "attributes": {"average_size": 6, "size_variation": 7, "delay": 8}}),
            json!({"average_size": 6, "size_variation": 7, "delay": 8}),
        ),
        (json!({"type": "limit_data", "attributes": {"bytes": 9, "unknown": "x"}}), json!({"bytes": 9})),
        (json!({"type": "noop", "attributes": null}), json!({})),
        (json!({"type": "slow_connect", "attributes": {"delay": 1}}), json!({"delay": 1, "jitter": 0})),
        (json!({"type": "fail_connect", "attributes": {"first": 2}}), json!({"first": 2})),
    ];
    for (body, attributes) in cases {
        let toxic = Toxic::new(1, read(&body).unwrap());
        let word = body["type"].as_str().unwrap();
        let expected = json!({
            "attributes": attributes, "name": format!("{word}_downstream"), "type": word,
            "stream": "downstream", "toxicity": 1,
        });
        assert_eq!(Value::from(toxic.to_json()), expected);
    }
}

#[test]
fn units_are_those_of_the_field() {
    let kind = |word, attributes: Value| Kind::read(word, attributes.as_object().unwrap()).unwrap();
    assert_eq!(kind("bandwidth", json!({"rate": 3})), Kind::Bandwidth { bytes_per_second: 3_000, shared: false });
    let slicer = kind("slicer", json!({"delay": 3}));
    assert!(matches!(slicer, Kind::Slicer { delay, .. } if delay == Duration::from_micros(3)));
    let latency = kind("latency", json!({"latency": 3}));
    assert!(matches!(latency, Kind::Latency { latency, .. } if latency == Duration::from_millis(3)));
}

#[test]
fn what_is_wrong_is_refused_with_the_codes_of_the_field() {
    let cases = [
        (json!([]), 400, "bad request body"),
        (json!({"type": "quake"}), 400, "invalid toxic type"),
        (json!({}), 400, "invalid toxic type"),
        (json!({"type": "noop", "stream": "sideways"}), 400, "stream was invalid"),
        (json!({"type": "latency", "attributes": {"latency": "long"}}), 400, "bad request body"),
        (json!({"type": "latency", "attributes": {"latency": -1}}), 400, "bad request body"),
        (json!({"type": "noop", "toxicity": 50}), 400, "bad request body"),
        (json!({"type": "noop", "lease": 15}), 400, "bad request body"),
        (json!({"type": "noop", "lease": "0s"}), 400, "bad request body"),
    ];
    for (body, status, begins) in cases {
        let refusal = read(&body).unwrap_err();
        assert_eq!(refusal.status(), status, "{body}");
        assert!(refusal.to_string().starts_with(begins), "{body}: {refusal}");
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let body =
        json!({"type": "latency", "toxicity": 0.5, "attributes": {"latency": 10, "jitter": 2}, "stream": "both"});
    let toxic = Toxic::new(1, read(&body).unwrap());
    let change = json!({"attributes": {"latency": 20}, "type": "timeout", "stream": "upstream", "name": "other"});
    let changed = toxic.changed(Fields::of(&change).unwrap(), NOW).unwrap();
    let expected = json!({
        "attributes": {"latency": 20, "jitter": 2}, "name": "latency_both", "type": "latency",
        "stream": "both", "toxicity": 0.5,
    });
    assert_eq!(Value::from(changed.to_json()), expected);
}

#[test]
fn toxicity_is_a_die_per_connection_that_stays_as_it_fell() {
    let with = |toxicity: f64| Toxic::new(7, read(&json!({"type": "noop", "toxicity": toxicity})).unwrap());
    let hit = |toxicity: f64| -> Vec<u64> {
        (0..4_000).filter(|&number| with(toxicity).hits(Seed::new(1).derive_number(number))).collect()
    };
    assert!(hit(0.0).is_empty(), "no connection");
    assert_eq!(hit(1.0).len(), 4_000, "each connection");
    let (less, more) = (hit(0.3), hit(0.6));
    assert!((1_000..1_400).contains(&less.len()), "{}", less.len());
    assert!(less.iter().all(|number| more.contains(number)), "raising the toxicity keeps the connections it had");
}

#[test]
fn a_lease_runs_out_unless_it_is_renewed_and_a_duration_does_anyway() {
    let seconds = |number| NOW + Duration::from_secs(number);
    let read = |value: Value, now| Expiry::read(Fields::of(&value).unwrap(), now).unwrap();
    let renew = |expiry: Expiry, value: Value, now| expiry.renewed(Fields::of(&value).unwrap(), now).unwrap();
    assert_eq!(read(json!({}), NOW).ends_at(), None);
    let lease = read(json!({"lease": "15s"}), NOW);
    assert_eq!(lease.ends_at(), Some(seconds(15)));
    assert_eq!(renew(lease, json!({}), seconds(10)).ends_at(), Some(seconds(25)));
    assert_eq!(renew(lease, json!({"lease": "5s"}), seconds(10)).ends_at(), Some(seconds(15)));
    let both = read(json!({"lease": "15s", "duration": "20s"}), NOW);
    assert_eq!(renew(both, json!({}), seconds(10)).ends_at(), Some(seconds(20)));
}
