#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! Messages and memories, without a network. Whole resolutions against a server are in the crate's integration tests.

use super::{
    NameFailure,
    cache::{Answer, Cached, Look, NEGATIVE_MAX},
    message::{Ask, Meaning},
    system::servers,
};
use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{
            A, CNAME, SOA,
            opt::{EdnsCode, EdnsOption},
        },
    },
};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// An answer to question 7 for `app.example.`, changed by `change`.
fn answer(change: impl FnOnce(&mut Message)) -> Meaning {
    let ask = Ask::new(7, "app.example", false).unwrap();
    let mut message = Message::from_vec(&ask.bytes(None).unwrap()).unwrap();
    message.metadata.message_type = MessageType::Response;
    change(&mut message);
    ask.meaning(&message.to_vec().unwrap())
}

fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), ttl, data)
}

fn a(owner: &str, ttl: u32, address: [u8; 4]) -> Record {
    record(owner, ttl, RData::A(A::from(std::net::Ipv4Addr::from(address))))
}

#[test]
fn a_question_asks_for_recursion_and_tells_the_subnet() {
    let ask = Ask::new(7, "app.example", false).unwrap();
    let message = Message::from_vec(&ask.bytes(Some(address("127.64.3.9"))).unwrap()).unwrap();
    assert!(message.metadata.recursion_desired);
    assert_eq!(message.queries[0].name(), &name("app.example."));
    assert_eq!(message.queries[0].query_type(), RecordType::A);
    let Some(EdnsOption::Subnet(subnet)) = message.edns.as_ref().unwrap().option(EdnsCode::Subnet) else {
        panic!("the subnet is told")
    };
    assert_eq!((subnet.addr(), subnet.source_prefix()), (address("127.64.3.0"), 24), "24 bits, not the whole address");
    let without = Message::from_vec(&ask.bytes(None).unwrap()).unwrap();
    assert!(without.edns.unwrap().option(EdnsCode::Subnet).is_none());
}

#[test]
fn addresses_come_with_the_shortest_ttl_on_the_way() {
    let said = answer(|message| {
        let alias = RData::CNAME(CNAME(name("edge.example.")));
        message.add_answers([
            record("app.example.", 30, alias),
            a("edge.example.", 60, [127, 1, 0, 1]),
            a("edge.example.", 90, [127, 2, 0, 1]),
            a("other.example.", 5, [127, 9, 0, 1]),
        ]);
    });
    let addresses = vec![address("127.1.0.1"), address("127.2.0.1")];
    assert_eq!(said, Meaning::Said(Ok(Answer { addresses, ttl: seconds(30) })));
}

#[test]
fn a_circle_of_aliases_has_no_address() {
    let said = answer(|message| {
        message.add_answer(record("app.example.", 30, RData::CNAME(CNAME(name("app.example.")))));
    });
    assert_eq!(said, Meaning::Said(Err(NameFailure::NoAddress { ttl: seconds(1) })));
}

#[test]
fn no_such_name_holds_as_long_as_its_zone_says() {
    let said = answer(|message| {
        message.metadata.response_code = ResponseCode::NXDomain;
        let soa = SOA::new(name("a.example."), name("b.example."), 1, 1, 1, 1, 20);
        message.add_authority(record("example.", 3_600, RData::SOA(soa)));
    });
    assert_eq!(said, Meaning::Said(Err(NameFailure::NoAddress { ttl: seconds(20) })), "the lesser of 3,600 and 20");
}

#[test]
fn what_is_no_answer_to_the_question_is_passed_over() {
    assert_eq!(answer(|message| message.metadata.id = 8), Meaning::Foreign, "another id");
    assert_eq!(answer(|message| message.metadata.message_type = MessageType::Query), Meaning::Foreign, "a question");
    assert_eq!(answer(|message| message.queries.clear()), Meaning::Foreign, "an answer to nothing");
    assert_eq!(Ask::new(7, "app.example", false).unwrap().meaning(b"noise"), Meaning::Foreign);
    assert_eq!(answer(|message| message.metadata.truncation = true), Meaning::Truncated);
    let refused = answer(|message| message.metadata.response_code = ResponseCode::Refused);
    assert_eq!(refused, Meaning::Said(Err(NameFailure::Server)));
    let _ = Message::new(1, MessageType::Query, OpCode::Query);
}

#[test]
fn a_text_that_is_no_name_is_not_asked_for() {
    assert!(Ask::new(7, "a..b", false).is_none());
    assert!(Ask::new(7, &"long".repeat(40), false).is_none(), "a label has at most 63 bytes");
}

fn good(addresses: &[&str], ttl: u64) -> Result<Answer, NameFailure> {
    Ok(Answer { addresses: addresses.iter().map(|text| address(text)).collect(), ttl: seconds(ttl) })
}

#[test]
fn an_answer_holds_until_its_ttl_is_over() {
    let now = Instant::now();
    let mut cached = Cached::default();
    assert_eq!(cached.look(now), Look::Ask, "nothing is known at first");
    assert!(cached.store(now, good(&["127.1.0.1"], 10)));
    assert!(matches!(cached.look(now + Duration::from_millis(9_999)), Look::Known(Ok(_))));
    assert_eq!(cached.look(now + seconds(10)), Look::Ask);
    cached.store(now, good(&["127.1.0.1"], 0));
    assert_eq!(cached.look(now), Look::Ask, "TTL 0 holds for nobody but those who waited");
    assert_eq!(cached.latest().unwrap().to_vec(), [address("127.1.0.1")], "and they get it");
}

#[test]
fn failures_hold_for_a_while_too() {
    let now = Instant::now();
    let mut cached = Cached::default();
    let table = [
        (NameFailure::NoAddress { ttl: seconds(5) }, seconds(5)),
        (NameFailure::NoAddress { ttl: seconds(86_400) }, NEGATIVE_MAX),
        (NameFailure::Server, seconds(1)),
        (NameFailure::Timeout, seconds(1)),
    ];
    for (failure, holds) in table {
        assert!(!cached.store(now, Err(failure)), "a failure is no other address");
        assert_eq!(cached.look(now + holds - Duration::from_nanos(1)), Look::Known(Err(failure)));
        assert_eq!(cached.look(now + holds), Look::Ask, "{failure:?}");
    }
}

#[test]
fn only_other_addresses_are_a_change() {
    let now = Instant::now();
    let mut cached = Cached::default();
    assert!(cached.store(now, good(&["127.1.0.1", "127.2.0.1"], 1)));
    assert!(!cached.store(now, good(&["127.2.0.1", "127.1.0.1"], 1)), "resolvers rotate equal answers");
    assert!(!cached.store(now, Err(NameFailure::Server)));
    assert!(!cached.store(now, good(&["127.1.0.1", "127.2.0.1"], 1)), "the same as before the failure");
    assert!(cached.store(now, good(&["127.2.0.1"], 1)));
}

#[test]
fn resolv_conf_names_servers() {
    let text = "# comment\nsearch example\nnameserver 10.0.0.2\nnameserver ::1\nnameserver fe80::1%eth0\noptions x\n";
    let found: Vec<String> = servers(text).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["10.0.0.2:53", "[::1]:53"]);
    assert_eq!(servers(&"nameserver 10.0.0.1\n".repeat(9)).len(), 3);
    assert!(servers("").is_empty());
}
