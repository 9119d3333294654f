#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! What requests say and how answers are judged.

use super::{Call, LedgerNames, Permutation, Reply, Scope, Script, Speaker};
use crate::{
    arrivals::Draws,
    plans::{self, get, text},
};
use plan::resolved::{Check, DataFeed, Extract, ExtractFrom, Header, Request, ResolvedPlan};
use proptest::prelude::*;
use record::Outcome;
use std::{collections::BTreeSet, sync::Arc};
use units::Seed;

/// A plan with one population `europe` in `eu-west-1`, one feed, and a journey of these requests.
fn plan(requests: &[Request]) -> ResolvedPlan {
    let mut plan = plans::plan(plans::open(1.0, 1.0));
    plan.populations[0] = plans::population("europe", 100);
    plan.populations[0].origin = "eu-west-1".into();
    let step = |(index, request): (usize, &Request)| plans::step(&format!("step {index}"), request.clone());
    plan.journeys[0].steps = requests.iter().enumerate().map(step).collect();
    plan.feeds = vec![DataFeed {
        name: "users".to_owned(),
        columns: vec!["name".to_owned()],
        rows: (0..7).map(|row| vec![format!("user {row}")]).collect(),
    }];
    plan
}

fn script(requests: &[Request]) -> Script {
    Script::new(Arc::new(plan(requests)), &["example.com".to_owned(), "other:81".to_owned()], "stamp".to_owned())
        .unwrap()
}

fn scope() -> Scope {
    let mut scope = Scope::new(0, 10, Draws::new(Seed::new(3)));
    scope.begin(4);
    scope
}

/// What the first step says to the first host.
fn said(request: Request, scope: &mut Scope) -> String {
    let script = script(&[request]);
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    let mut speaker =
        Speaker { script: &script, scope, ledger: Some(LedgerNames { value: "v 1", id: "i1", key: "k 1" }) };
    let bytes = script.journey(0).steps[0].call.bytes(0, &mut speaker, &mut out, &mut scratch);
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn path_said(path: &str) -> String {
    let said = said(get(path), &mut scope());
    said.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn a_request_has_what_http_wants() {
    let agent = concat!("user-agent: landfall/", env!("CARGO_PKG_VERSION"), "\r\naccept: */*\r\n");
    assert_eq!(said(get("/a?b=c"), &mut scope()), format!("GET /a?b=c HTTP/1.1\r\nhost: example.com\r\n{agent}\r\n"));
    let post = Request { method: "POST".to_owned(), body: Some(text("{}")), ..get("/") };
    let expected = format!("POST / HTTP/1.1\r\nhost: example.com\r\n{agent}content-length: 2\r\n\r\n{{}}");
    assert_eq!(said(post, &mut scope()), expected);
    let empty = Request { method: "POST".to_owned(), ..get("/") };
    assert!(said(empty, &mut scope()).contains("content-length: 0\r\n"), "a POST says that it has no body");
}

#[test]
fn a_plan_may_set_what_is_set_by_default() {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: text(value) };
    let request = Request { headers: vec![header("User-Agent", "mine"), header("Host", "elsewhere")], ..get("/") };
    let said = said(request, &mut scope());
    assert!(said.contains("User-Agent: mine\r\n") && said.contains("Host: elsewhere\r\n"), "{said}");
    assert!(!said.contains("landfall/") && !said.contains("example.com"), "{said}");
}

#[test]
fn constant_and_computed_requests_look_the_same() {
    let constant = said(get("/user/10"), &mut scope());
    assert_eq!(said(get("/user/{{ user }}"), &mut scope()), constant);
}

#[test]
fn each_host_gets_its_own_name() {
    let script = script(&[get("/")]);
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    let mut scope = scope();
    let mut speaker = Speaker { script: &script, scope: &mut scope, ledger: None };
    let bytes = script.journey(0).steps[0].call.bytes(1, &mut speaker, &mut out, &mut scratch);
    assert!(String::from_utf8_lossy(bytes).contains("\r\nhost: other:81\r\n"));
}

#[test]
fn expressions_say_what_their_names_promise() {
    let table = [
        ("/{{ user }}/{{ iteration }}", "/10/0"),
        ("/{{ population }}/{{ origin }}", "/europe/eu-west-1"),
        ("/{{ unique }}/{{ unique }}", "/stamp-0-a-0-0/stamp-0-a-0-1"),
        ("/{{ random 5 5 }}", "/5"),
        ("/{{ choice only }}", "/only"),
        ("/{{ base64 \"user:pw\" }}", "/dXNlcjpwdw=="),
        ("/{{ ledger.value }}/{{ ledger.id }}/{{ ledger.key }}", "/v%201/i1/k%201"),
        ("/{{ unknown }}", "/"),
        ("/{{{{literal", "/{{literal"),
    ];
    for (path, expected) in table {
        assert_eq!(path_said(path), expected, "{path}");
    }
    assert!(path_said("/{{ now }}").starts_with("/20"), "RFC 3339 begins with the year");
    assert!(path_said("/{{ now unix-ms }}").len() > path_said("/{{ now unix }}").len());
}

#[test]
fn residents_are_of_the_populations_nearest_region() {
    let mut plan = plan(&[get("/{{ resident 0 999 by 2 }}")]);
    let region = plan.regions[0].clone();
    plan.regions = vec![region.clone(), region.clone(), region];
    plan.populations[0].nearest = vec![1, 0, 2];
    let script = Script::new(Arc::new(plan), &["example.com".to_owned()], "stamp".to_owned()).unwrap();
    let mut scope = scope();
    let mut drawn = BTreeSet::new();
    for _ in 0..2_000 {
        let (mut out, mut scratch) = (Vec::new(), Vec::new());
        let mut speaker = Speaker { script: &script, scope: &mut scope, ledger: None };
        let bytes = script.journey(0).steps[0].call.bytes(0, &mut speaker, &mut out, &mut scratch);
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        drawn.insert(text[5..].split(' ').next().unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(drawn, (334..=666).filter(|number| number % 2 == 0).collect());
}

#[test]
fn computed_values_cannot_break_out_of_their_place() {
    let mut scope = scope();
    let script = script(&[get("/{{ evil }}")]);
    scope.variables[0] = "a b\r\nInjected: 1 ü#".to_owned();
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    let mut speaker = Speaker { script: &script, scope: &mut scope, ledger: None };
    let bytes = script.journey(0).steps[0].call.bytes(0, &mut speaker, &mut out, &mut scratch).to_vec();
    let line = String::from_utf8(bytes).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(line, "GET /a%20b%0D%0AInjected:%201%20%C3%BC%23 HTTP/1.1");
    let header = Header { name: "x".to_owned(), value: text("{{ evil }}") };
    let script = self::script(&[Request { headers: vec![header], ..get("/") }]);
    let mut speaker = Speaker { script: &script, scope: &mut scope, ledger: None };
    let bytes = script.journey(0).steps[0].call.bytes(0, &mut speaker, &mut out, &mut scratch).to_vec();
    assert!(String::from_utf8(bytes).unwrap().contains("x: a b  Injected: 1 ü#\r\n"));
}

#[test]
fn a_second_attempt_says_what_the_first_one_said() {
    let mut scope = scope();
    let mark = scope.mark();
    let request = || get("/{{ unique }}/{{ random 1 1000000000 }}");
    let first = said(request(), &mut scope);
    assert_ne!(said(request(), &mut scope), first, "another request says something else");
    scope.rewind(mark);
    assert_eq!(said(request(), &mut scope), first);
}

#[test]
fn a_population_reads_every_row_before_it_reads_one_again() {
    let script = script(&[get("/{{ feed.users.name }}")]);
    let rows = |from: u64| -> BTreeSet<String> {
        (from..from + 7).map(|ordinal| script.row(0, 0, ordinal).unwrap()[0].clone()).collect()
    };
    assert_eq!(rows(0).len(), 7);
    assert_eq!(rows(7), rows(0), "and then again");
}

#[test]
fn a_name_that_the_plan_lacks_is_an_error_with_the_step() {
    let error = |request: Request| Script::new(Arc::new(plan(&[request])), &[], String::new()).unwrap_err().to_string();
    assert_eq!(error(get("/{{ feed.users.age }}")), "step 0 reads {{ feed.users.age }}, which the plan doesn't have");
    let check = Check::Json { path: "$[".to_owned(), equals: None };
    assert!(error(Request { checks: vec![check], ..get("/") }).starts_with("JSONPath \"$[\" of step step 0: "));
}

/// Judges an answer; gives the outcome and the first variable.
fn judge(request: Request, head: &str, body: &str) -> (Outcome, String) {
    let script = script(&[request]);
    let call: &Call = &script.journey(0).steps[0].call;
    let mut scope = scope();
    let mut speaker = Speaker { script: &script, scope: &mut scope, ledger: None };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let judgement = call.judge(Reply { status, head: head.as_bytes(), body: body.as_bytes() }, &mut speaker, None);
    (judgement.outcome, scope.variables[0].clone())
}

#[test]
fn checks_hold_or_do_not() {
    let json = |path: &str, equals: Option<&str>| Check::Json { path: path.to_owned(), equals: equals.map(text) };
    let header = |name: &str, equals: Option<&str>| Check::Header { name: name.to_owned(), equals: equals.map(text) };
    let header_not = |name: &str, equals: &str| Check::HeaderNot { name: name.to_owned(), equals: text(equals) };
    let table = [
        ("a text is in the body", Check::BodyContains(text("\"a\": 1")), true),
        ("a text is not in the body", Check::BodyContains(text("\"a\": 2")), false),
        ("a computed text is in the body", Check::BodyContains(text("\"user\": {{ user }}")), true),
        ("a path exists", json("$.list[1].b", None), true),
        ("a path does not exist", json("$.list[9]", None), false),
        ("a string is compared without quotes", json("$.name", Some("Ann")), true),
        ("a number is compared as written", json("$.a", Some("1")), true),
        ("a number differs", json("$.a", Some("2")), false),
        ("a whole object is compared as JSON", json("$.list[1]", Some("{\"b\":true}")), true),
        ("a header exists, whatever its case", header("etag", None), true),
        ("a header has the value", header("ETag", Some("x y")), true),
        ("a header has another value", header("ETag", Some("z")), false),
        ("a header is missing", header("x-none", None), false),
        ("a header may have another value", header_not("ETag", "z"), true),
        ("a header has the value that it must not have", header_not("ETag", "x y"), false),
        ("a header that is missing has no value", header_not("x-none", "z"), true),
    ];
    let head = "HTTP/1.1 200 OK\r\nETAG:  x y \r\n\r\n";
    let body = "{\"a\": 1, \"user\": 10, \"name\": \"Ann\", \"list\": [0, {\"b\": true}]}";
    for (sentence, check, holds) in table {
        let (outcome, _) = judge(Request { checks: vec![check], ..get("/") }, head, body);
        assert_eq!(outcome == Outcome::Ok, holds, "{sentence}");
    }
}

#[test]
fn extraction_takes_what_is_there_and_fails_where_nothing_is() {
    let extract =
        |from: ExtractFrom| Request { extract: vec![Extract { variable: "found".to_owned(), from }], ..get("/") };
    let head = "HTTP/1.1 201 Created\r\nlocation: /item/7\r\n\r\n";
    let json = |path: &str| ExtractFrom::Json(path.to_owned());
    assert_eq!(judge(extract(json("$.id")), head, "{\"id\": 7}"), (Outcome::Ok, "7".to_owned()));
    assert_eq!(judge(extract(json("$.id")), head, "{}"), (Outcome::Wrong, String::new()));
    assert_eq!(judge(extract(json("$.id")), head, "no JSON"), (Outcome::Wrong, String::new()));
    let header = ExtractFrom::Header("Location".to_owned());
    assert_eq!(judge(extract(header), head, ""), (Outcome::Ok, "/item/7".to_owned()));
}

#[test]
fn journeys_are_chosen_by_weight() {
    let mut plan = plan(&[get("/")]);
    let mut journey = plan.journeys[0].clone();
    journey.weight = 3;
    plan.journeys.push(journey);
    let script = Script::new(Arc::new(plan), &[], String::new()).unwrap();
    let mut draws = Draws::new(Seed::new(5));
    let second = (0..10_000).filter(|_| script.choose(&mut draws) == 1).count();
    assert!((7_300..7_700).contains(&second), "{second} of 10,000 with a weight of 3 against 1");
}

proptest! {
    #[test]
    fn an_order_is_an_order(length in 1..500_u64, seed: u64) {
        let order = Permutation::new(length, Seed::new(seed));
        let all: BTreeSet<u64> = (0..length).map(|position| order.at(position)).collect();
        prop_assert_eq!(all, (0..length).collect::<BTreeSet<u64>>());
    }
}
