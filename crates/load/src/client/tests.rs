#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! What can't be waited for: connections that have become old.

use super::{Caller, Client, Job, Report, tls_configuration};
use crate::{
    Parts, RegionAddress, Setup, TargetAddresses,
    addresses::{BaseUrl, EntryAddress, Scheme, UserAddress},
    arrivals::Draws,
    plans,
    recorder::Recorder,
    running::Briefing,
    script::Scope,
};
use hickory_proto::{
    op::{Message, MessageType},
    rr::{RData, Record, rdata::A},
};
use plan::resolved::{ServedBy, TlsTrust};
use record::Outcome;
use std::{
    cell::Cell,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
    runtime::{Builder, LocalOptions},
    sync::mpsc,
    task::spawn_local,
};
use units::Seed;

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 61, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(127, 0, 62, 1);
/// Where nobody listens.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 63, 1);

/// What a resolver names; with none it says nothing.
type Named = Rc<Cell<&'static [Ipv4Addr]>>;

/// A client, a server on each of two addresses, and a resolver that names those it is told to.
struct Stage {
    client: Rc<Client>,
    named: Named,
}

fn stage(test: impl AsyncFnOnce(Stage)) {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).unwrap();
    runtime.block_on(async {
        let port = serve().await;
        let named: Named = Rc::new(Cell::new(&[HERE]));
        let resolver = resolve(Rc::clone(&named)).await;
        let client = client(port, resolver);
        let sweeping = Rc::clone(&client);
        spawn_local(async move {
            loop {
                tokio::time::sleep(super::SWEEP).await;
                sweeping.slots.sweep(Instant::now());
            }
        });
        test(Stage { client, named }).await;
    });
}

/// Servers on both addresses and one port; gives the port.
async fn serve() -> u16 {
    for _ in 0..50 {
        let here = TcpListener::bind((HERE, 0)).await.unwrap();
        let port = here.local_addr().unwrap().port();
        let Ok(there) = TcpListener::bind((THERE, port)).await else { continue };
        for listener in [here, there] {
            spawn_local(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    spawn_local(async move {
                        let mut buffer = [0; 1_024];
                        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                        }
                    });
                }
            });
        }
        return port;
    }
    panic!("no port is free on both addresses")
}

async fn resolve(named: Named) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    spawn_local(async move {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            if named.get().is_empty() {
                continue;
            }
            let mut message = Message::from_vec(&buffer[..length]).unwrap();
            message.metadata.message_type = MessageType::Response;
            let name = message.queries[0].name().clone();
            for address in named.get() {
                message.add_answer(Record::from_rdata(name.clone(), 0, RData::A(A(*address))));
            }
            let _ = socket.send_to(&message.to_vec().unwrap(), peer).await;
        }
    });
    address
}

fn client(port: u16, resolver: SocketAddr) -> Rc<Client> {
    let mut plan = plans::plan(plans::open(1.0, 1.0));
    plan.regions = vec![plans::region("here"), plans::region("there")];
    plan.journeys[0].steps[0].request.timeouts.dns = Duration::from_millis(100);
    let (output, _) = mpsc::channel(100);
    let url = |host: String| BaseUrl { scheme: Scheme::Http, host, port };
    let region = |address: Ipv4Addr| RegionAddress::at(url(address.to_string()), SocketAddr::from((address, port)));
    let addresses = TargetAddresses {
        entry: EntryAddress::Name { url: url("app.example".to_owned()), resolver: Some(resolver) },
        regions: vec![region(HERE), region(THERE)],
        served_by: ServedBy::Address,
        trust: TlsTrust::Anything,
        users: vec![UserAddress::default()],
    };
    let network = wan::Network::transparent(1, 2);
    let (start_at, load_offset, parts) = (Instant::now(), Duration::ZERO, Parts::whole(1));
    let stamp = String::new();
    let setup =
        Setup { addresses, network, start_at, load_offset, output, threads: Some(1), parts, take_over: None, stamp };
    let briefing = Briefing::new(Arc::new(plan), setup).unwrap();
    let recorder = Rc::new(Recorder::new(&briefing, 0, briefing.names.clone()));
    let tls = tls_configuration(&TlsTrust::Anything).unwrap();
    Rc::new(Client::new(Arc::clone(&briefing.world), Arc::clone(&briefing.script), recorder, tls))
}

async fn request(client: &Client, caller: &mut Caller) -> Report {
    let script = Arc::clone(&client.script);
    let mut scope = Scope::new(0, 0, Draws::new(Seed::new(1)));
    let call = &script.journey(0).steps[0].call;
    let report = client.request(caller, &mut Job { call, scope: &mut scope, ledger: None, further: None }).await;
    assert_eq!(report.outcome, Outcome::Ok, "{report:?}");
    report
}

/// Makes the caller's connection as old as one can be.
fn age(caller: &mut Caller) {
    caller.connection.as_mut().unwrap().confirm_at = Instant::now();
}

#[test]
fn an_old_connection_is_given_up_when_a_new_one_would_lead_elsewhere() {
    stage(async |Stage { client, named }| {
        let mut caller = Caller::new(&client, 0, None, Seed::new(1));
        assert_eq!(request(&client, &mut caller).await.served_by, Some(0));
        named.set(&[THERE]);
        assert_eq!(request(&client, &mut caller).await.served_by, Some(0), "a young one is kept");
        age(&mut caller);
        assert_eq!(request(&client, &mut caller).await.served_by, Some(1));
        assert_eq!(client.counts.connections.get(), 2);
    });
}

#[test]
fn an_old_connection_is_kept_when_a_new_one_would_lead_to_the_same() {
    stage(async |Stage { client, named: _named }| {
        let mut caller = Caller::new(&client, 0, None, Seed::new(1));
        for _ in 0..5 {
            request(&client, &mut caller).await;
            age(&mut caller);
        }
        assert_eq!(client.counts.connections.get(), 1);
    });
}

#[test]
fn an_old_connection_is_kept_when_nobody_can_say_where_a_new_one_would_lead() {
    stage(async |Stage { client, named }| {
        let mut caller = Caller::new(&client, 0, None, Seed::new(1));
        request(&client, &mut caller).await;
        named.set(&[]);
        age(&mut caller);
        assert_eq!(request(&client, &mut caller).await.served_by, Some(0));
        let next_look = caller.connection.as_ref().unwrap().confirm_at;
        assert!(next_look > Instant::now(), "and it is not asked for again with each request");
    });
}

#[test]
fn the_servers_of_a_name_share_its_connections() {
    stage(async |Stage { client, named }| {
        named.set(&[HERE, THERE]);
        let mut caller = Caller::new(&client, 0, None, Seed::new(1));
        let mut served = [0; 2];
        for _ in 0..40 {
            served[request(&client, &mut caller).await.served_by.unwrap()] += 1;
            caller.hang_up();
        }
        assert!(served.iter().all(|times| *times >= 8), "{served:?}");
    });
}

#[test]
fn where_one_server_of_a_name_is_dead_its_users_come_to_another() {
    stage(async |Stage { client, named }| {
        named.set(&[NOWHERE, HERE]);
        for seed in 0..10 {
            let mut caller = Caller::new(&client, 0, None, Seed::new(seed));
            assert_eq!(request(&client, &mut caller).await.served_by, Some(0));
        }
        named.set(&[]);
        let mut pool = Caller::new(&client, 0, None, Seed::new(1));
        pool.kept_answer = Some(Rc::from([NOWHERE.into(), THERE.into()]));
        assert_eq!(
            request(&client, &mut pool).await.served_by,
            Some(1),
            "also of a name that is never asked for again"
        );
    });
}

#[test]
fn an_idle_connection_that_the_server_closes_is_dropped() {
    stage(async |Stage { client, named: _named }| {
        let mut caller = Caller::new(&client, 0, None, Seed::new(1));
        request(&client, &mut caller).await;
        std::future::poll_fn(|context| {
            caller.poll_idle(context);
            std::task::Poll::Ready(())
        })
        .await;
        assert!(caller.connection.is_some(), "a silent one is kept");
        // Bytes that nobody asked for end it as well as an end does.
        let connection = caller.connection.as_mut().unwrap();
        std::future::poll_fn(|context| connection.poll_write(context, b"GET / HTTP/1.1\r\n\r\n")).await.unwrap();
        let dropped = std::future::poll_fn(|context| {
            caller.poll_idle(context);
            if caller.connection.is_none() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        });
        tokio::time::timeout(Duration::from_secs(20), dropped).await.unwrap();
    });
}
