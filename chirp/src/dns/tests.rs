#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};
use proptest::prelude::*;

use super::answer::{Failure, Known, WrongAnswer, Zone};
use super::health::Votes;
use super::network::Cidr;
use super::steering::{choose, choose_by_weight, network_of, prefer_edges};
use crate::config::Network;
use crate::defects::{Defect, Defects};
use crate::probe::{State, Thresholds};

const EUROPE: Ipv4Addr = Ipv4Addr::new(127, 2, 0, 1);
const AMERICA: Ipv4Addr = Ipv4Addr::new(127, 2, 1, 1);
const ASIA: Ipv4Addr = Ipv4Addr::new(127, 2, 2, 1);

fn network(text: &str, prefer: &[usize]) -> Network {
    Network { network: text.parse().unwrap(), prefer: prefer.to_vec(), weights: Vec::new() }
}

fn zone() -> Zone {
    Zone {
        name: "chirp.test.".parse().unwrap(),
        ttl_seconds: 5,
        targets: vec![EUROPE, AMERICA, ASIA],
        places: vec![0, 1, 2],
        networks: vec![
            network("127.65.0.0/16", &[0, 1, 2]),
            network("127.66.0.0/16", &[1, 0]),
            network("127.66.7.0/24", &[2]),
            network("2001:db8::/32", &[2, 1]),
        ],
        fail_open: true,
        defects: Defects::default(),
    }
}

fn query(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn with_subnet(mut message: Message, subnet: &str, prefix: u8) -> Message {
    let mut edns = Edns::new();
    edns.options_mut().insert(EdnsOption::Subnet(ClientSubnet::new(subnet.parse().unwrap(), prefix, 0)));
    message.set_edns(edns);
    message
}

fn ask(zone: &Zone, message: &Message, source: &str, healthy: [bool; 3]) -> Message {
    ask_wrong(zone, message, source, healthy, &WrongAnswer::default()).unwrap()
}

fn ask_wrong(zone: &Zone, message: &Message, source: &str, healthy: [bool; 3], wrong: &WrongAnswer) -> Option<Message> {
    let bytes = zone.answer(
        &message.to_vec().unwrap(),
        source.parse().unwrap(),
        &Known { healthy: healthy.to_vec(), serial: 7 },
        wrong,
    )?;
    Some(Message::from_vec(&bytes).unwrap())
}

fn addresses(message: &Message) -> Vec<Ipv4Addr> {
    let address = |record: &hickory_proto::rr::Record| match &record.data {
        RData::A(address) => Some(address.0),
        _ => None,
    };
    message.answers.iter().filter_map(address).collect()
}

#[test]
fn a_network_is_checked_and_holds_its_addresses() {
    // (network, address, held)
    let cases = [
        ("127.65.0.0/16", "127.65.255.1", true),
        ("127.65.0.0/16", "127.66.0.1", false),
        ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false),
        ("127.0.0.1/32", "127.0.0.1", true),
        ("127.0.0.1/32", "127.0.0.2", false),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "::1", true),
    ];
    for (network, address, held) in cases {
        let network: Cidr = network.parse().unwrap();
        assert_eq!(network.contains(address.parse().unwrap()), held, "{network:?} {address}");
    }
    for wrong in ["", "127.0.0.1", "127.0.0.0/33", "x/8", "127.0.0.1/8", "::/129", "127.0.0.0/-1"] {
        assert!(wrong.parse::<Cidr>().is_err(), "{wrong:?}");
    }
}

#[test]
fn the_longest_network_counts_and_of_equals_the_first() {
    let mut networks = zone().networks;
    networks.push(network("127.66.7.0/24", &[0]));
    let prefer = |address: &str| network_of(&networks, address.parse().unwrap()).map(|entry| entry.prefer.clone());
    assert_eq!(prefer("127.66.8.1"), Some(vec![1, 0]));
    assert_eq!(prefer("127.66.7.1"), Some(vec![2]));
    assert_eq!(prefer("127.99.0.1"), None);
}

#[test]
fn the_first_healthy_region_by_preference_then_by_order_is_chosen() {
    // (why, preference, healthy, fail open, chosen)
    type Case = (&'static str, &'static [usize], [bool; 3], bool, Option<usize>);
    let cases: [Case; 7] = [
        ("all healthy: the first choice", &[1, 0], [true, true, true], true, Some(1)),
        ("the first choice is down: the second", &[1, 0], [true, false, true], true, Some(0)),
        ("all preferred are down: the rest by order", &[1], [false, false, true], true, Some(2)),
        ("no preference: by order", &[], [false, true, true], true, Some(1)),
        ("all down, fail open: as if all were up", &[2], [false, false, false], true, Some(2)),
        ("all down, no preference, fail open", &[], [false, false, false], true, Some(0)),
        ("all down, fail closed: none", &[2], [false, false, false], false, None),
    ];
    for (why, prefer, healthy, fail_open, chosen) in cases {
        assert_eq!(choose(prefer, &healthy, fail_open), chosen, "{why}");
    }
}

#[test]
fn an_asker_gets_the_nearest_healthy_region() {
    let zone = zone();
    // (source, healthy, address)
    let cases = [
        ("127.65.0.9", [true, true, true], EUROPE),
        ("127.65.0.9", [false, true, true], AMERICA),
        ("127.66.0.9", [true, true, true], AMERICA),
        ("127.66.7.9", [true, true, true], ASIA),
        ("127.99.0.9", [true, true, true], EUROPE),
        ("127.66.0.9", [false, false, false], AMERICA),
    ];
    for (source, healthy, address) in cases {
        let answer = ask(&zone, &query("chirp.test.", RecordType::A), source, healthy);
        assert_eq!(addresses(&answer), [address], "{source} {healthy:?}");
        assert_eq!(answer.metadata.id, 4711);
        assert_eq!(answer.answers[0].ttl, 5);
        assert!(answer.metadata.authoritative && answer.metadata.recursion_desired);
        assert!(!answer.metadata.recursion_available);
        assert!(answer.edns.is_none(), "no EDNS was sent, none comes back");
    }
}

#[test]
fn a_client_subnet_counts_more_than_the_source_and_comes_back_with_its_scope() {
    let zone = zone();
    // (subnet, prefix, scope, address)
    let cases = [
        ("127.66.0.0", 16, 16, AMERICA),
        ("127.66.7.0", 24, 24, ASIA),
        ("127.99.0.0", 16, 0, EUROPE),
        ("2001:db8:1::", 48, 32, ASIA),
    ];
    for (subnet, prefix, scope, address) in cases {
        let message = with_subnet(query("chirp.test.", RecordType::A), subnet, prefix);
        let answer = ask(&zone, &message, "127.65.0.9", [true; 3]);
        assert_eq!(addresses(&answer), [address], "{subnet}");
        let echoed = answer.edns.as_ref().unwrap().option(EdnsCode::Subnet).cloned();
        let expected = ClientSubnet::new(subnet.parse().unwrap(), prefix, scope);
        assert_eq!(echoed, Some(EdnsOption::Subnet(expected)), "{subnet}");
    }
}

#[test]
fn the_name_is_compared_without_case_and_comes_back_as_it_was_asked() {
    let answer = ask(&zone(), &query("ChIrP.tEsT.", RecordType::A), "127.65.0.9", [true; 3]);
    assert_eq!(addresses(&answer), [EUROPE]);
    assert_eq!(answer.queries[0].name().to_string(), "ChIrP.tEsT.");
}

#[test]
fn what_is_not_an_address_of_the_name_is_answered_as_the_protocol_wants() {
    // (name, type, code, answers, authorities)
    let cases = [
        ("chirp.test.", RecordType::SOA, ResponseCode::NoError, 1, 0),
        ("chirp.test.", RecordType::AAAA, ResponseCode::NoError, 0, 1),
        ("www.chirp.test.", RecordType::A, ResponseCode::NXDomain, 0, 1),
        ("example.com.", RecordType::A, ResponseCode::Refused, 0, 0),
        ("test.", RecordType::A, ResponseCode::Refused, 0, 0),
    ];
    for (name, kind, code, answers, authorities) in cases {
        let answer = ask(&zone(), &query(name, kind), "127.65.0.9", [true; 3]);
        assert_eq!(answer.metadata.response_code, code, "{name} {kind}");
        assert_eq!((answer.answers.len(), answer.authorities.len()), (answers, authorities), "{name} {kind}");
    }
}

#[test]
fn odd_queries_get_the_code_that_says_what_is_odd() {
    let zone = zone();
    let code = |message: &Message| ask(&zone, message, "127.65.0.9", [true; 3]).metadata.response_code;
    let mut two = query("chirp.test.", RecordType::A);
    two.add_query(two.queries[0].clone());
    assert_eq!(code(&two), ResponseCode::FormErr);
    let mut update = query("chirp.test.", RecordType::A);
    update.metadata.op_code = OpCode::Status;
    assert_eq!(code(&update), ResponseCode::NotImp);
    let mut chaos = query("chirp.test.", RecordType::A);
    chaos.queries[0].set_query_class(DNSClass::CH);
    assert_eq!(code(&chaos), ResponseCode::Refused);
    let mut future = with_subnet(query("chirp.test.", RecordType::A), "127.65.0.0", 16);
    future.edns.as_mut().unwrap().set_version(1);
    // BADVERS and BADSIG are one number, 16; the library reads it back as the latter.
    assert_eq!(u16::from(code(&future)), u16::from(ResponseCode::BADVERS));
}

#[test]
fn nobody_healthy_and_fail_closed_is_a_failure_that_resolvers_do_not_keep() {
    let zone = Zone { fail_open: false, ..zone() };
    let answer = ask(&zone, &query("chirp.test.", RecordType::A), "127.65.0.9", [false; 3]);
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(answer.answers.is_empty());
}

#[test]
fn the_defect_dns_never_moves_ignores_health() {
    let broken = Zone { defects: Defects::new([Defect::DnsNeverMoves]), ..zone() };
    let message = query("chirp.test.", RecordType::A);
    let dead_europe = [false, true, true];
    assert_eq!(addresses(&ask(&broken, &message, "127.65.0.9", dead_europe)), [EUROPE]);
    assert_eq!(addresses(&ask(&zone(), &message, "127.65.0.9", dead_europe)), [AMERICA]);
}

#[test]
fn a_response_is_never_answered_and_garbage_with_a_header_gets_formerr() {
    let zone = zone();
    let answer = |bytes: &[u8]| {
        zone.answer(
            bytes,
            IpAddr::from([127, 65, 0, 9]),
            &Known { healthy: vec![true; 3], serial: 7 },
            &WrongAnswer::default(),
        )
    };
    let mut response = query("chirp.test.", RecordType::A);
    response.metadata.message_type = MessageType::Response;
    assert_eq!(answer(&response.to_vec().unwrap()), None);
    assert_eq!(answer(&[1, 2, 3]), None);
    let mut cut = query("chirp.test.", RecordType::A).to_vec().unwrap();
    cut.truncate(20);
    let told = Message::from_vec(&answer(&cut).unwrap()).unwrap();
    assert_eq!((told.metadata.id, told.metadata.response_code), (4711, ResponseCode::FormErr));
    cut[2] |= 0x80;
    assert_eq!(answer(&cut), None, "a malformed response is not answered either");
}

proptest! {
    /// Bytes from anywhere do not bring the server down, and it never answers an answer.
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(answer) = zone().answer(&bytes, IpAddr::from([127, 65, 0, 9]), &Known { healthy: vec![true; 3], serial: 7 }, &WrongAnswer::default()) {
            prop_assert_eq!(&answer[..2], &bytes[..2]);
            prop_assert!(answer[2] & 0x80 != 0 && bytes[2] & 0x80 == 0);
        }
    }
}

#[test]
fn a_target_is_unhealthy_when_enough_places_say_so() {
    // (why, places, votes needed, (place, finding) in order, the verdict after each; `.` is no flip)
    type Case = (&'static str, usize, usize, &'static [(usize, State)], &'static str);
    const UP: State = State::Serving;
    const DOWN: State = State::Failing;
    let cases: [Case; 6] = [
        ("one place decides alone", 1, 1, &[(0, UP), (0, DOWN), (0, UP)], "+-+"),
        ("two of three must see it serving", 3, 2, &[(0, UP), (1, UP), (2, UP)], ".+."),
        ("one of three is not enough against", 3, 2, &[(0, UP), (1, UP), (2, DOWN)], ".+."),
        ("two of three are", 3, 2, &[(0, UP), (1, UP), (2, DOWN), (0, DOWN), (0, UP)], ".+.-+"),
        ("all must say so", 2, 2, &[(0, UP), (0, DOWN), (1, UP), (1, DOWN)], "+..-"),
        ("draining is a vote against", 3, 2, &[(0, UP), (1, UP), (1, State::Draining), (0, State::Passive)], ".+.-"),
    ];
    for (why, places, needed, findings, verdicts) in cases {
        let mut votes = Votes::new(places);
        let thresholds = Thresholds { to_unhealthy: 1, to_healthy: 1 };
        for ((place, found), verdict) in findings.iter().zip(verdicts.chars()) {
            let expected = (verdict != '.').then_some(verdict == '+');
            assert_eq!(votes.record(*place, *found, thresholds, needed), expected, "{why}");
        }
    }
}

#[test]
fn answers_are_shared_out_by_weight_and_an_asker_keeps_its_target() {
    let weights = [(0, 70), (2, 30)];
    let asker = |number: u32| IpAddr::from(Ipv4Addr::from_bits(0x7f41_0000 + number));
    let share = |healthy: &[bool], target: usize| {
        (0..10_000).filter(|number| choose_by_weight(&weights, healthy, asker(*number)) == Some(target)).count()
    };
    let all = [true, true, true];
    assert!((6_700..7_300).contains(&share(&all, 0)), "{}", share(&all, 0));
    assert_eq!(share(&all, 0) + share(&all, 2), 10_000, "none without a weight");
    assert_eq!(share(&[false, true, true], 2), 10_000, "a sick one gets none");
    assert_eq!(choose_by_weight(&weights, &[false, true, false], asker(1)), None);
    assert_eq!(choose_by_weight(&[], &all, asker(1)), None);
    for number in 0..100 {
        assert_eq!(choose_by_weight(&weights, &all, asker(number)), choose_by_weight(&weights, &all, asker(number)));
    }
}

#[test]
fn an_answer_by_weight_falls_back_to_the_preference() {
    let mut zone = zone();
    zone.networks[0].weights = vec![(2, 1)];
    let query = query("chirp.test.", RecordType::A);
    assert_eq!(addresses(&ask(&zone, &query, "127.65.0.9", [true, true, true])), [ASIA]);
    assert_eq!(addresses(&ask(&zone, &query, "127.65.0.9", [true, true, false])), [EUROPE]);
}

#[test]
fn the_edge_at_the_preferred_region_comes_first() {
    // (why, preference among regions, nearest region of each edge, edges)
    type Case = (&'static str, &'static [usize], &'static [usize], &'static [usize]);
    let cases: [Case; 4] = [
        ("one edge per region", &[1, 0, 2], &[0, 1, 2], &[1, 0, 2]),
        ("two at one region keep their order", &[1, 0], &[0, 1, 1], &[1, 2, 0]),
        ("an edge at a region without preference is last", &[2], &[0, 1, 2], &[2, 0, 1]),
        ("no preference: as in the file", &[], &[1, 0], &[0, 1]),
    ];
    for (why, prefer, nearest, edges) in cases {
        assert_eq!(prefer_edges(prefer, nearest), edges, "{why}");
    }
}

#[test]
fn an_answer_is_wrong_as_the_conditions_say() {
    let (zone, asked, up) = (zone(), query("chirp.test.", RecordType::A), [true; 3]);
    let answer = |wrong: &WrongAnswer| ask_wrong(&zone, &asked, "127.65.0.1", up, wrong);
    let failing = |word: &str| WrongAnswer { failure: Failure::of_word(word), ..WrongAnswer::default() };
    for (word, code) in [
        ("servfail", ResponseCode::ServFail),
        ("nxdomain", ResponseCode::NXDomain),
        ("refused", ResponseCode::Refused),
        ("empty", ResponseCode::NoError),
    ] {
        let answer = answer(&failing(word)).unwrap();
        assert_eq!((answer.metadata.response_code, addresses(&answer)), (code, vec![]), "{word}");
    }
    assert_eq!(answer(&failing("silence")), None);
    let long = answer(&WrongAnswer { ttl_seconds: Some(600), ..WrongAnswer::default() }).unwrap();
    assert_eq!((long.answers[0].ttl, addresses(&long)), (600, vec![EUROPE]));
}

#[test]
fn askers_are_sent_to_a_target_that_is_down_and_a_share_of_them_always_the_same_ones() {
    let (zone, asked, down) = (zone(), query("chirp.test.", RecordType::A), [true, true, false]);
    let sent = |share| {
        let wrong = WrongAnswer { sends: Some((2, share)), ..WrongAnswer::default() };
        let source = |number: u8| format!("127.65.0.{number}");
        let answer = |number| ask_wrong(&zone, &asked, &source(number), down, &wrong).unwrap();
        (0..200).filter(|number| addresses(&answer(*number)) == [ASIA]).collect::<Vec<u8>>()
    };
    assert_eq!(sent(1.0).len(), 200);
    let few = sent(0.3);
    assert!((30..90).contains(&few.len()), "{}", few.len());
    assert_eq!(sent(0.3), few);
}

#[test]
fn askers_are_led_past_a_target_that_is_well_unless_there_is_no_other() {
    let (zone, asked) = (zone(), query("chirp.test.", RecordType::A));
    let left = |share, healthy| {
        let wrong = WrongAnswer { avoids: Some((0, share)), ..WrongAnswer::default() };
        let source = |number: u8| format!("127.65.0.{number}");
        let answer = |number| ask_wrong(&zone, &asked, &source(number), healthy, &wrong).unwrap();
        (0..200).filter(|number| addresses(&answer(*number)) == [EUROPE]).count()
    };
    assert_eq!(left(1.0, [true; 3]), 0);
    assert!((110..170).contains(&left(0.3, [true; 3])));
    assert_eq!(left(1.0, [true, false, false]), 200, "there is no elsewhere");
}

#[test]
fn edges_at_one_place_are_answered_together_each_asker_its_own_first() {
    let zone = Zone { places: vec![0, 0, 2], ..zone() };
    let get = |source: &str, healthy| addresses(&ask(&zone, &query("chirp.test.", RecordType::A), source, healthy));
    let firsts: std::collections::BTreeSet<Ipv4Addr> = (1..40)
        .map(|number| {
            let all = get(&format!("127.65.0.{number}"), [true; 3]);
            assert_eq!(all.len(), 2, "both of the place, and nobody else");
            all[0]
        })
        .collect();
    assert_eq!(firsts.len(), 2, "askers are shared out");
    assert_eq!(get("127.65.0.1", [false, true, true]), [AMERICA], "a lost one is not named");
    assert_eq!(get("127.65.0.1", [false, false, true]), [ASIA], "with none left it is another place");
    assert_eq!(get("127.65.0.1", [false; 3]).len(), 2, "where nobody is well all of the best place are named");
    let avoids = WrongAnswer { avoids: Some((0, 1.0)), ..WrongAnswer::default() };
    let led = ask_wrong(&zone, &query("chirp.test.", RecordType::A), "127.65.0.1", [true; 3], &avoids).unwrap();
    assert_eq!(addresses(&led), [ASIA], "who is led away from a place is led away from all of it");
}
