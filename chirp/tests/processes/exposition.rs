//! What `/metrics` answers, read by the rules of the format and not by the library that wrote it.
//!
//! The grammar is that of OpenMetrics 1.0 as far as Chirp uses it: counters, gauges, histograms
//! (<https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>).

use std::collections::{BTreeMap, BTreeSet};

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan};

/// A family's series, by suffix and labels.
#[derive(Default)]
struct Family {
    kind: String,
    series: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads a whole exposition; panics at what breaks the format.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {text}"));
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut seen = BTreeSet::new();
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let (what, rest) = comment.split_once(' ').unwrap();
            let (name, said) = rest.split_once(' ').unwrap();
            if name != current {
                assert!(!families.contains_key(name), "{name} is there twice, or mixed with others");
                name.clone_into(&mut current);
            }
            let family = families.entry(name.to_owned()).or_default();
            match what {
                "TYPE" => {
                    assert!(family.kind.is_empty() && ["counter", "gauge", "histogram"].contains(&said), "{line}");
                    said.clone_into(&mut family.kind);
                }
                "HELP" => assert!(!said.is_empty(), "{line}"),
                "UNIT" => assert!(name.ends_with(&format!("_{said}")), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(seen.insert(series.to_owned()), "{series} is there twice");
        let (name, labels) = series
            .split_once('{')
            .map_or((series, ""), |(name, rest)| (name, rest.strip_suffix('}').unwrap_or_else(|| panic!("{line}"))));
        let suffix = name.strip_prefix(current.as_str()).unwrap_or_else(|| panic!("{line} is not of {current}"));
        let family = families.get_mut(&current).unwrap();
        family.series.push((suffix.to_owned(), parse_labels(labels), value.parse().unwrap()));
    }
    families
}

/// `name="value",…`, of which values may hold anything but a bare quote, backslash or line end.
fn parse_labels(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, tail) = rest.split_once("=\"").unwrap_or_else(|| panic!("{text}"));
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name} in {text}");
        let mut escaped = false;
        let end = tail.find(|character: char| {
            let ends = character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        let end = end.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(labels.insert(name.to_owned(), tail[..end].to_owned()), None, "{name} twice in {text}");
        rest = tail[end + 1..].strip_prefix(',').unwrap_or(&tail[end + 1..]);
    }
    labels
}

fn check(name: &str, family: &Family) {
    for (suffix, labels, value) in &family.series {
        let fits = match family.kind.as_str() {
            "counter" => suffix == "_total" && *value >= 0.0 && value.is_finite(),
            "gauge" => suffix.is_empty(),
            "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix.as_str()) && *value >= 0.0,
            other => panic!("{name} is a {other}"),
        };
        assert!(fits, "{name}{suffix} {labels:?} {value}");
    }
    if family.kind != "histogram" {
        return;
    }
    let counts = family.series.iter().filter(|(suffix, _, _)| suffix == "_count");
    for (_, labels, count) in counts {
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for (suffix, with_bound, value) in &family.series {
            let mut others = with_bound.clone();
            if suffix == "_bucket"
                && let Some(bound) = others.remove("le")
                && others == *labels
            {
                buckets.push((bound.parse().unwrap(), *value));
            }
        }
        assert!(buckets.is_sorted(), "{name} {labels:?}: bounds and counts grow: {buckets:?}");
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{name} {labels:?}");
    }
}

#[test]
fn a_scrape_of_a_running_region_keeps_the_format_and_what_users_make_up_makes_no_series() {
    let lab =
        Lab::serving(&LabPlan { regions: &[EU, "us-east-1"], defects: &["no-idempotency"], ..LabPlan::default() });
    lab.post(EU, "user-0", "hello", None);
    let series = |lab: &Lab| {
        let reply = lab.get(EU, "/metrics");
        let kind = reply.header("content-type").unwrap();
        assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let families = parse(&reply.body);
        families.iter().for_each(|(name, family)| check(name, family));
        families
    };
    let families = series(&lab);
    for name in
        ["chirp_http_requests", "chirp_http_request_duration_seconds", "chirp_defect", "process_resident_memory_bytes"]
    {
        assert!(families.contains_key(name), "{name} in {:?}", families.keys());
    }
    // The same kinds of nonsense, twice: the second time nothing is new.
    let nonsense = |round: usize| {
        for number in 0..30 {
            let path = format!("/v1/users/nobody-{round}-{number}");
            let headers = [("x-request-id", "x\u{1}y"), ("user-agent", &*format!("{round}"))];
            for (method, path) in [("GET", &*path), ("BREW", &path), ("GET", &format!("/nowhere/{round}/{number}"))] {
                request(lab.listen(EU), method, path, &headers, "").unwrap();
            }
        }
    };
    // Of requests: other series come when something is first heard of, such as a peer's first heartbeat.
    let of_requests = |families: &BTreeMap<String, Family>| {
        let named = families.iter().filter(|(name, _)| name.starts_with("chirp_http"));
        named.map(|(_, family)| family.series.len()).sum::<usize>()
    };
    nonsense(1);
    let before = of_requests(&series(&lab));
    nonsense(2);
    let families = series(&lab);
    assert_eq!(of_requests(&families), before, "series by what users make up");
    let text = lab.get(EU, "/metrics").body;
    for made_up in ["nobody-", "nowhere", "BREW"] {
        assert!(!text.contains(made_up), "users made up a series: {text}");
    }
    let before = families.values().map(|family| family.series.len()).sum::<usize>();
    assert!(before < 1000, "{before} series for one region with one peer");
}
