//! What is in the way of a connection is told: what, where, and what to do.

use crate::{
    nats_server::free_ports,
    servers::{Plain, Regions, credentials, fleet, install_tls, terms},
    stations::Agent,
};
use deploy::{credentials::issue, fleet::Fleet};
use fleet::{
    link::nats::access::{Access, AccessError, Credentials},
    station::StationError,
};
use std::{io::Write as _, net::TcpListener};

async fn refused(access: &Access) -> AccessError {
    access.connect("a test", "_INBOX.a").await.map(drop).expect_err("it must not be let in")
}

async fn told(access: &Access, says: &str, helps: &str) {
    let error = refused(access).await;
    let (said, help) = (fleet::with_sources(&error), error.help());
    assert!(said.contains(says), "{said}");
    assert!(help.contains(helps), "{said}: {help}");
}

fn plain(port: u16) -> Access {
    Access::new(&format!("nats://127.0.0.1:{port}"), Credentials::default()).unwrap()
}

#[tokio::test]
async fn what_is_not_there_or_is_something_else_is_named() {
    install_tls();
    let nobody = free_ports(1)[0].client;
    told(&plain(nobody), &format!("no NATS server answers at 127.0.0.1:{nobody}"), "start the server").await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.accept().map(|(mut stream, _)| stream.write_all(b"220 mail ready\r\n")));
    told(&plain(other), "is not a NATS server", "another program").await;
    let without = Plain::configured("");
    told(&without.access(), "has no JetStream", "nats-server -js").await;
    let secure = Access::new(&format!("tls://127.0.0.1:{}", without.port()), Credentials::default()).unwrap();
    told(&secure, "has no TLS, and tls:// was asked for", "write nats://").await;
    let missing = Credentials { authority: Some("/nowhere/ca.crt".into()), ..Credentials::default() };
    let access = Access::new("tls://127.0.0.1:1", missing).unwrap();
    told(&access, "/nowhere/ca.crt can't be read", "landfall deploy credentials").await;
}

#[tokio::test]
async fn whoever_has_no_right_to_be_there_is_told_why() {
    let regions = Regions::start(1);
    told(&plain(regions.hub_port()), "wants TLS, and nats:// is plain", "--certificate").await;

    let keys = regions.folder.path().join("keys");
    let own = regions.agent(0, "us-east-2-0");
    own.connect("a test", "_INBOX.us-east-2.us-east-2-0").await.unwrap();
    // At the hub nobody knows an agent.
    let at_hub = regions.access("us-east-2/us-east-2-0", regions.hub_port());
    told(&at_hub, "authorization violation", "landfall deploy").await;

    // A certificate is one name's in one region.
    for (region, name) in [("us-east-2", "us-east-2-1"), ("eu-west-1", "us-east-2-0")] {
        let other = Agent::start(regions.agent(0, "us-east-2-0"), Some(region), name, regions.folder.path());
        let refused = other.refused().await;
        assert!(matches!(&refused, StationError::Forbidden { .. }), "{refused}");
        let says = format!("our certificate is not that of agent {name} in {region}");
        assert!(refused.to_string().contains(&says), "{refused}");
    }

    let address = format!("tls://127.0.0.1:{}", regions.hub_port());
    let without = Credentials { authority: Some(keys.join("controller/ca.crt")), ..Credentials::default() };
    let without = Access::new(&address, without).unwrap();
    told(&without, "a certificate of ours is wanted by the server", "--certificate").await;

    let other = regions.folder.path().join("other");
    issue(&fleet(), &other, terms(0)).unwrap();
    let stranger = credentials(&other.join("controller"));
    let authority = Some(keys.join("controller/ca.crt"));
    let known_server = Access::new(&address, Credentials { authority, ..stranger.clone() }).unwrap();
    told(&known_server, "is not trusted by the server", "one authority").await;
    let known_client =
        Access::new(&address, Credentials { authority: stranger.authority, ..credentials(&keys.join("controller")) });
    told(&known_client.unwrap(), "the certificate of the server is not of", "--authority").await;
    let elsewhere =
        Access::new(&format!("tls://localhost:{}", regions.hub_port()), credentials(&keys.join("controller")));
    told(&elsewhere.unwrap(), "is not for localhost", "hub.addresses").await;

    let two: Fleet = fleet();
    issue(&two, &keys, terms(100)).unwrap();
    told(&regions.controller(), "has ended, says the server", "--renew").await;
}
