//! A door is asked from outside, as users and health checks do.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use tokio::net::TcpListener;

use super::{Caller, acceptor};
use crate::condition::{Condition, Conditions, Value};
use crate::config::TlsFiles;
use crate::http::{Connection, Door, RequestError, ServeOptions, serve};
use crate::stop::Stop;

const WITHIN: Duration = Duration::from_secs(60);

/// Writes an authority, `ca.pem`, and certificates of one key into a folder: a good one, an expired one, one of another name.
fn files(folder: &Path) -> TlsFiles {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let write = |name: &str, text: String| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    write("ca.pem", authority.self_signed(&authority_key).unwrap().pem());
    let issuer = Issuer::new(authority, authority_key);
    let sign = |file: &str, name: &str, last_year: i32| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        write(file, params.signed_by(&key, &issuer).unwrap().pem())
    };
    TlsFiles {
        certificate: sign("certificate.pem", "chirp.test", 2999),
        wrong: Some(crate::config::WrongFiles {
            expired: sign("expired.pem", "chirp.test", 2001),
            other_name: sign("other-name.pem", "other.test", 2999),
        }),
        key: write("key.pem", key.serialize_pem()),
    }
}

async fn ask(connection: &mut Connection) -> Result<u16, RequestError> {
    connection.get("/", 1024, WITHIN).await.map(|answer| answer.status)
}

async fn connect(address: SocketAddr, caller: &Caller) -> Result<u16, String> {
    let asked = async { ask(&mut Connection::to_door(address, Some(caller), WITHIN).await?).await };
    asked.await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn who_connects_meets_the_certificate_that_is_shown_then_and_who_is_connected_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let conditions = Conditions::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door { listener, tls: Some(acceptor(&files, &conditions).unwrap()) };
    let options = ServeOptions { connections_max: 8, drain: WITHIN };
    let stopping = tokio::sync::watch::Sender::new(false);
    let stop = Stop::of(&stopping);
    let serving = tokio::spawn(serve(door, Router::new().route("/", get(|| async { "hello" })), options, stop));
    let user = Caller::new("chirp.test", Some(&folder.path().join("ca.pem"))).unwrap();
    let careless = Caller::new("chirp.test", None).unwrap();
    let mut before = Connection::to_door(address, Some(&user), WITHIN).await.unwrap();
    assert_eq!(ask(&mut before).await.unwrap(), 200);
    // (what is wrong, what a user is told, whether one who doesn't look at certificates is served)
    let cases = [
        ("expired", "certificate expired", true),
        ("other-name", "certificate not valid for name", true),
        ("missing", "fatal alert", false),
    ];
    for (wrong, told, serves_careless) in cases {
        conditions.set_for_test(Condition::Certificate, Value::Word(wrong.to_owned()));
        let refused = connect(address, &user).await.unwrap_err();
        assert!(refused.contains(told), "{wrong}: {refused}");
        assert_eq!(connect(address, &careless).await.is_ok(), serves_careless, "{wrong}");
        assert_eq!(ask(&mut before).await.unwrap(), 200, "{wrong}: a connection that was there goes on");
    }
    conditions.clear(None, None);
    assert_eq!(connect(address, &user).await, Ok(200));
    let mut plain = Connection::to_door(address, None, WITHIN).await.unwrap();
    assert!(ask(&mut plain).await.is_err(), "who comes without TLS is not served");
    drop(before);
    drop(stopping);
    tokio::time::timeout(WITHIN, serving).await.unwrap().unwrap();
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let good = files(folder.path());
    let said = |files: &TlsFiles| acceptor(files, &Conditions::default()).err().unwrap().to_string();
    fs::write(folder.path().join("empty.pem"), "").unwrap();
    let empty = TlsFiles { certificate: folder.path().join("empty.pem"), ..good.clone() };
    assert!(said(&empty).ends_with("empty.pem: there is no certificate in it"));
    fs::write(folder.path().join("other.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let other = TlsFiles { key: folder.path().join("other.pem"), ..good };
    assert!(said(&other).contains("certificate.pem"), "{}", said(&other));
    assert!(Caller::new("chirp.test", Some(&folder.path().join("none.pem"))).is_err());
}
