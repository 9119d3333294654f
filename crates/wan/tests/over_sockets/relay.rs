//! The relay's control channel: leases, changes, refusals, and its end. The channel is a pipe in memory, time is paused.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use crate::support::{Echo, WITHIN, eventually, fault, round_trip, setup, start_relay};
use plan::resolved::Direction;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};
use units::{FaultName, Seed};
use wan::{
    Link, Overlay, State,
    relay::{Client, ClientError, LEASE_MAX, RelayError, control::StateFormat, serve},
};

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

fn cut() -> Overlay {
    Overlay::state(Direction::Both, State::BlackHole)
}

fn on(links: &[&str], overlay: Overlay) -> Vec<(String, Overlay)> {
    links.iter().map(|link| ((*link).to_owned(), overlay)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_is_not_renewed_heals_itself() {
    let (mut relay, _) = start_relay(vec![setup("a-b", nowhere(), Link::transparent())]).await;
    let lease = Duration::from_secs(5);
    relay.apply(&fault(), lease, &on(&["a-b"], cut())).await.unwrap();
    for _ in 0..3 {
        sleep(Duration::from_secs(4)).await;
        relay.renew(&fault()).await.unwrap();
        let status = relay.status().await.unwrap();
        assert_eq!(status.faults[0].lease_left, lease);
        assert_eq!(status.links[0].link.forward.state, StateFormat::BlackHole);
    }
    sleep(Duration::from_secs(6)).await;
    let status = relay.status().await.unwrap();
    assert_eq!(status.faults, []);
    assert_eq!(status.links[0].link.forward.state, StateFormat::Up);
    let refused = relay.renew(&fault()).await.unwrap_err();
    assert!(refused.to_string().contains("its lease has run out"), "{refused}");
    relay.remove(&fault()).await.unwrap();
}

#[tokio::test]
async fn a_fault_heals_itself_also_when_nobody_asks() {
    let echo = Echo::start().await;
    let (mut relay, address) = start_relay(vec![setup("a-b", echo.address, Link::transparent())]).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    round_trip(&mut stream, b"before").await.unwrap();
    relay.apply(&fault(), Duration::from_millis(200), &on(&["a-b"], cut())).await.unwrap();
    tokio::time::timeout(WITHIN, round_trip(&mut stream, b"after")).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn faults_compose_and_a_base_can_change_under_them() {
    let link = |ms| Link::from_round_trip(Duration::from_millis(ms));
    let (mut relay, _) = start_relay(vec![setup("a-b", nowhere(), link(80)), setup("b-a", nowhere(), link(80))]).await;
    let slow = FaultName::new("slow");
    let delay = Overlay::delay(Duration::from_millis(200), Duration::ZERO);
    relay.apply(&slow, WITHIN, &on(&["a-b", "b-a"], delay)).await.unwrap();
    relay.apply(&fault(), WITHIN, &on(&["b-a"], cut())).await.unwrap();
    relay.set("b-a", link(10)).await.unwrap();
    let status = relay.status().await.unwrap();
    assert_eq!(status.links[0].link.forward.delay, Duration::from_millis(140));
    assert_eq!(status.links[1].link.forward.delay, Duration::from_millis(105));
    assert_eq!(status.links[1].link.backward.state, StateFormat::BlackHole);
    assert_eq!(status.faults.iter().map(|fault| fault.fault.as_str()).collect::<Vec<_>>(), ["fault", "slow"]);
    // Applied anew to fewer links, it leaves the others.
    relay.apply(&slow, WITHIN, &on(&["a-b"], delay)).await.unwrap();
    relay.remove(&fault()).await.unwrap();
    assert_eq!(Link::from(relay.status().await.unwrap().links[1].link), link(10));
}

#[tokio::test(start_paused = true)]
async fn what_cant_be_done_is_refused_with_the_reason_and_changes_nothing() {
    let (mut relay, _) = start_relay(vec![setup("a-b", nowhere(), Link::transparent())]).await;
    let before = relay.status().await.unwrap();
    let refusals = [
        (relay.set("a-c", Link::transparent()).await, "no link \"a-c\"; there are a-b"),
        (relay.apply(&fault(), WITHIN, &on(&["a-b", "b-a"], cut())).await, "no link \"b-a\""),
        (relay.apply(&fault(), Duration::ZERO, &on(&["a-b"], cut())).await, "a lease must be longer than 0s"),
        (relay.apply(&fault(), LEASE_MAX * 2, &on(&["a-b"], cut())).await, "at most 3600s"),
        (relay.renew(&fault()).await, "no fault \"fault\""),
    ];
    for (refusal, reason) in refusals {
        let error = refusal.unwrap_err();
        assert!(matches!(error, ClientError::Refused { .. }) && error.to_string().contains(reason), "{error}");
    }
    assert_eq!(relay.status().await.unwrap(), before);
}

#[tokio::test]
async fn when_the_channel_ends_the_relay_ends_with_all_its_connections() {
    let echo = Echo::start().await;
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    let serving = tokio::spawn(serve(input, output));
    let (input, output) = tokio::io::split(near);
    let links = vec![setup("a-b", echo.address, Link::transparent())];
    let (mut relay, bound) = Client::start(input, output, Seed::new(1), links).await.unwrap();
    let mut open = TcpStream::connect(bound[0].address).await.unwrap();
    round_trip(&mut open, b"hello").await.unwrap();
    relay.apply(&fault(), WITHIN, &on(&["a-b"], cut())).await.unwrap();

    drop(relay);
    serving.await.unwrap().unwrap();
    // End of stream or reset, either way it is over.
    assert!(round_trip(&mut open, b"anybody?").await.is_err());
    eventually("the listener is gone", async || TcpStream::connect(bound[0].address).await.is_err()).await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut link = setup("a-b", nowhere(), Link::transparent());
    link.listen = address;
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    let serving = tokio::spawn(serve(input, output));
    let (input, output) = tokio::io::split(near);
    let told = Client::start(input, output, Seed::new(1), vec![link]).await.unwrap_err().to_string();
    assert!(told.contains(&format!("link \"a-b\" can't listen on {address}: Address already in use")), "{told}");
    assert!(matches!(serving.await.unwrap(), Err(RelayError::Listen { address: named, .. }) if named == address));
}

/// A relay to which lines are said as they are.
struct Raw {
    lines: tokio::io::Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
    output: tokio::io::WriteHalf<DuplexStream>,
    serving: JoinHandle<Result<(), RelayError>>,
}

impl Raw {
    fn launch() -> Self {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(far);
        let serving = tokio::spawn(serve(input, output));
        let (input, output) = tokio::io::split(near);
        Self { lines: BufReader::new(input).lines(), output, serving }
    }

    async fn ask(&mut self, line: &str) -> String {
        self.output.write_all(line.as_bytes()).await.unwrap();
        self.output.write_all(b"\n").await.unwrap();
        self.lines.next_line().await.unwrap().unwrap()
    }
}

const START: &str = r#"{"id":4,"start":{"format":"1.0","seed":"1","links":[{"name":"a-b","listen":"127.0.0.1:0","forward_to":"127.0.0.1:9"}]}}"#;

#[tokio::test]
async fn each_line_is_answered_by_one_line_with_its_number() {
    let mut relay = Raw::launch();
    let ready = relay.ask(START).await;
    assert!(
        ready.starts_with(r#"{"id":4,"ready":{"format":"1.2","links":[{"name":"a-b","address":"127.0.0.1:"#),
        "{ready}"
    );
    let cases = [
        (
            r#"{"id":5,"apply":{"fault":"cut","lease":"5s","overlays":[{"link":"a-b","overlay":{"forward":{"state":"black-hole"}}}]}}"#,
            r#"{"id":5,"done":{}}"#,
        ),
        (r#"{"id":6,"remove":{"fault":"cut"}}"#, r#"{"id":6,"done":{}}"#),
        (START, r#"{"id":4,"error":{"message":"the relay runs already"}}"#),
    ];
    for (line, answer) in cases {
        assert_eq!(relay.ask(line).await, answer, "{line}");
    }
    for line in
        ["", "nonsense", "[]", r#"{"id":7}"#, r#"{"id":7,"explode":{}}"#, r#"{"id":7,"renew":{"fault":"x","now":1}}"#]
    {
        let answer = relay.ask(line).await;
        assert!(
            answer.starts_with(r#"{"id":0,"error":{"message":"the request can't be understood"#),
            "{line}: {answer}"
        );
    }
    assert!(relay.ask(r#"{"id":8,"status":{}}"#).await.starts_with(r#"{"id":8,"status":{"links":[{"name":"a-b""#));
    drop(relay.output);
    drop(relay.lines);
    relay.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_first_line_that_is_no_start_ends_the_relay() {
    let cases = [
        ("nonsense".to_owned(), "expected"),
        (r#"{"id":1,"status":{}}"#.to_owned(), "it is another request"),
        (START.replace("1.0", "1.3"), "its format is 1.3, this relay reads up to 1.2"),
        (START.replace("1.0", "2.0"), "its format is 2.0"),
        (START.replace("1.0", "one"), "its format is one"),
        (r#"{"id":1,"start":{"format":"1.0","seed":"1","links":[]}}"#.to_owned(), "at least one link"),
    ];
    for (line, reason) in cases {
        let mut relay = Raw::launch();
        let answer = relay.ask(&line).await;
        assert!(answer.contains("a relay's first request must be a start") && answer.contains(reason), "{answer}");
        assert!(matches!(relay.serving.await.unwrap(), Err(RelayError::NotAStart { .. })));
    }
}

#[tokio::test]
async fn a_line_without_end_ends_the_relay_and_not_the_machine() {
    let mut relay = Raw::launch();
    relay.ask(START).await;
    let flood = vec![b' '; 2 << 20];
    let _ = relay.output.write_all(&flood).await;
    assert!(
        matches!(relay.serving.await.unwrap(), Err(RelayError::Channel(error)) if error.to_string().contains("longer than"))
    );
}

#[tokio::test]
async fn a_controller_that_never_says_anything_is_no_error() {
    let Raw { lines, output, serving } = Raw::launch();
    drop((lines, output));
    serving.await.unwrap().unwrap();
}

/// A service that sends without end and counts what it hears meanwhile.
async fn flood() -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (mut reader, mut writer) = socket.into_split();
        tokio::spawn(async move { while writer.write_all(&[7; 16 * 1_024]).await.is_ok() {} });
        while let Ok(count @ 1..) = reader.read(&mut [0; 64]).await {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
    });
    (address, heard)
}

#[tokio::test]
async fn what_an_opener_writes_goes_on_while_it_reads_nothing() {
    let (service, heard) = flood().await;
    let link = Link::from_round_trip(Duration::from_millis(20));
    let (mut relay, address) = start_relay(vec![setup("a-b", service, link)]).await;
    let mut opener = TcpStream::connect(address).await.unwrap();
    let mut passed = 0;
    eventually("the answers fill all buffers", async || {
        sleep(Duration::from_millis(100)).await;
        let now = relay.status().await.unwrap().links[0].traffic.backward.bytes;
        now > 0 && std::mem::replace(&mut passed, now) == now
    })
    .await;
    opener.write_all(b"hello").await.unwrap();
    eventually("the service hears it", async || heard.load(Ordering::Relaxed) == 5).await;
    // A link that rejects is noticed, too, by a connection that can move nothing.
    relay.apply(&fault(), WITHIN, &on(&["a-b"], Overlay::state(Direction::Both, State::Reject))).await.unwrap();
    eventually("the connection is gone", async || relay.status().await.unwrap().links[0].connections == 0).await;
}

#[tokio::test]
async fn a_reset_of_the_opener_resets_the_service_after_its_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::from_round_trip(Duration::from_millis(20));
    let (_relay, address) = start_relay(vec![setup("a-b", listener.local_addr().unwrap(), link)]).await;
    let mut opener = TcpStream::connect(address).await.unwrap();
    opener.write_all(b"last words").await.unwrap();
    let (mut service, _) = listener.accept().await.unwrap();
    let mut heard = [0; 10];
    service.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"last words");
    opener.set_zero_linger().unwrap();
    drop(opener);
    let reset = tokio::time::timeout(WITHIN, service.read(&mut heard)).await.unwrap();
    assert_eq!(reset.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}
