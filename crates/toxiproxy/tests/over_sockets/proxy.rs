//! The server on loopback: the API as curl would use it, and what toxics do to real connections. Times are lower bounds only.

use crate::client::{self, Api, echo, read_all, read_some, served};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a test waits for comes at once; this only ends a test that fails.
const WITHIN: Duration = Duration::from_secs(20);

async fn body(api: &Api) {
    let upstream = echo().await;
    routes_and_codes(api, &upstream).await;
    api.reset_to(&upstream).await;
    toxics_come_and_go_on_a_connection(api).await;
    api.reset_to(&upstream).await;
    endings(api).await;
    api.reset_to(&upstream).await;
    opening(api).await;
    api.reset_to(&upstream).await;
    leases(api).await;
}

#[tokio::test]
async fn the_api_and_the_connections() {
    let api = served(None).await;
    tokio::time::timeout(Duration::from_secs(120), body(&api)).await.unwrap();
}

#[tokio::test]
async fn a_configuration_is_read_and_a_wrong_one_is_refused() {
    let config = json!([{"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "enabled": false}]);
    let api = served(Some(config)).await;
    let (status, proxies) = api.get("/proxies").await;
    assert_eq!((status, &proxies["a"]["enabled"]), (200, &json!(false)));
    for wrong in
        [&b"{}"[..], b"[{\"name\":\"a\"}]", b"", b"[{\"name\":\"a\",\"upstream\":\"x:1\",\"listen\":\"0.0.0.0:0\"}]"]
    {
        assert!(toxiproxy::Server::start(&client::options(), Some(wrong)).await.is_err());
    }
    let everywhere = toxiproxy::Options { listen: "0.0.0.0:0".to_owned(), ..client::options() };
    assert!(toxiproxy::Server::start(&everywhere, None).await.is_err(), "beyond this machine only if told so");
}

async fn routes_and_codes(api: &Api, upstream: &str) {
    let (status, made) =
        api.post("/proxies", &json!({"name": "p", "listen": "localhost:0", "upstream": upstream})).await;
    assert_eq!(status, 201);
    let listen = made["listen"].as_str().unwrap().to_owned();
    assert_eq!(made, json!({"name": "p", "listen": listen, "upstream": upstream, "enabled": true, "toxics": []}));
    let again = api.post("/proxies", &json!({"name": "p", "upstream": upstream})).await;
    assert_eq!(again, (409, json!({"error": "proxy already exists", "status": 409})));
    let toxic = json!({"type": "latency", "attributes": {"latency": 5}});
    assert_eq!(api.post("/proxies/p/toxics", &toxic).await.0, 200);
    let cases = [
        ("POST", "/proxies", json!({"upstream": "x"}), 400),
        ("POST", "/proxies", json!({"name": "x"}), 400),
        ("POST", "/proxies", json!("x"), 400),
        ("POST", "/proxies", json!({"name": "y", "upstream": "x", "listen": "0.0.0.0:0"}), 400),
        ("POST", "/proxies", json!({"name": "y", "upstream": "x", "listen": listen}), 500),
        ("GET", "/proxies/x", Value::Null, 404),
        ("PATCH", "/proxies/x", json!({}), 404),
        ("DELETE", "/proxies/x", Value::Null, 404),
        ("GET", "/proxies/x/toxics", Value::Null, 404),
        ("POST", "/proxies/p/toxics", toxic, 409),
        ("POST", "/proxies/p/toxics", json!({"type": "x"}), 400),
        ("POST", "/proxies/p/toxics", json!({"type": "noop", "stream": "x"}), 400),
        ("GET", "/proxies/p/toxics/x", Value::Null, 404),
        ("POST", "/proxies/p/toxics/x", json!({}), 404),
        ("DELETE", "/proxies/p/toxics/x", Value::Null, 404),
        ("PUT", "/proxies", Value::Null, 405),
        ("GET", "/x", Value::Null, 404),
        ("POST", "/populate", json!([{"name": "q", "upstream": "x"}, {"name": "r"}]), 400),
        ("POST", "/populate", json!([{"name": "q", "upstream": "x"}, {"name": "q", "upstream": "y"}]), 400),
        ("POST", "/apply", json!({"toxics": [{"proxy": "x", "type": "noop"}]}), 404),
    ];
    for (method, path, body, status) in cases {
        let (seen, answer) = api.ask(method, path, &body).await;
        assert_eq!((seen, &answer["status"]), (status, &json!(status)), "{method} {path} {body}: {answer}");
        assert!(answer["error"].is_string(), "{answer}");
    }
    assert_eq!(api.get("/proxies/q").await.0, 404, "a list with a mistake changes nothing");
    let browser = api.raw("GET", "/version", "User-Agent: Mozilla/5.0\r\n", "").await;
    assert!(browser.starts_with("HTTP/1.1 403"), "{browser}");
    assert!(api.get("/version").await.1["version"].as_str().unwrap().starts_with("2."));
    for verb in ["POST", "PATCH"] {
        let (status, toxic) = api.ask(verb, "/proxies/p/toxics/latency_downstream", &json!({"toxicity": 0.5})).await;
        assert_eq!((status, &toxic["toxicity"], &toxic["attributes"]["latency"]), (200, &json!(0.5), &json!(5)));
        assert_eq!(api.ask(verb, "/proxies/p", &json!({"enabled": false})).await.1["enabled"], false);
    }
    assert!(TcpStream::connect(&listen).await.is_err(), "a proxy that is off refuses");
    assert_eq!(api.post("/reset", &Value::Null).await.0, 204);
    let (_, reset) = api.get("/proxies/p").await;
    assert_eq!((&reset["enabled"], &reset["toxics"], &reset["listen"]), (&json!(true), &json!([]), &json!(listen)));
    let populated = api.post("/populate", &json!([{"name": "p", "listen": listen, "upstream": upstream}])).await;
    assert_eq!((populated.0, &populated.1["proxies"][0]["listen"]), (201, &json!(listen)));
    assert_eq!(api.ask("DELETE", "/proxies/p", &Value::Null).await.0, 204);
    assert_eq!(api.get("/proxies").await, (200, json!({})));
}

async fn toxics_come_and_go_on_a_connection(api: &Api) {
    let mut open = api.connect().await;
    open.write_all(b"one").await.unwrap();
    assert_eq!(read_some(&mut open, 3).await, b"one");
    // What is sent after the answer of the API meets the toxic, on a connection that was there before.
    api.toxic(&json!({"type": "latency", "stream": "both", "attributes": {"latency": 150}})).await;
    let began = Instant::now();
    open.write_all(b"two").await.unwrap();
    assert_eq!(read_some(&mut open, 3).await, b"two");
    assert!(began.elapsed() >= Duration::from_millis(300), "150 ms each way, came after {:?}", began.elapsed());
    api.post("/proxies/p/toxics/latency_both", &json!({"attributes": {"latency": 86_400_000}})).await;
    open.write_all(b"three").await.unwrap();
    // Removing doesn't wait for a day, and what was caught in it is passed on.
    assert_eq!(api.ask("DELETE", "/proxies/p/toxics/latency_both", &Value::Null).await.0, 204);
    assert_eq!(read_some(&mut open, 5).await, b"three");
    much_goes_through_changes(api).await;
    let metrics = api.raw("GET", "/metrics", "", "").await;
    let counts = |line: &&str| line.starts_with("toxiproxy_proxy_sent_bytes_total{direction=\"downstream\"");
    let line = metrics.lines().find(counts).unwrap();
    assert!(line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap() >= 2_000_011, "{line}");
}

/// Two megabytes there and back while toxics are added, changed and removed: each byte, in its place.
async fn much_goes_through_changes(api: &Api) {
    let (mut from, mut to) = api.connect().await.into_split();
    let sent: Vec<u8> = (0..2_000_000_u32).map(|at| (at % 251) as u8).collect();
    let expected = sent.clone();
    let writing = tokio::spawn(async move {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    });
    let reading = tokio::spawn(async move {
        let mut read = Vec::new();
        from.read_to_end(&mut read).await.unwrap();
        read
    });
    for round in 0..10 {
        for (word, attributes) in [
            ("latency", json!({"latency": 3, "jitter": 3})),
            ("slicer", json!({"average_size": 4_000, "size_variation": 3_000, "delay": 10})),
            ("bandwidth", json!({"rate": 30_000})),
        ] {
            let toxic = json!({"name": word, "type": word, "stream": "both", "attributes": attributes});
            let path = format!("/proxies/p/toxics/{word}");
            if api.post("/proxies/p/toxics", &toxic).await.0 == 409 {
                api.ask("DELETE", &path, &Value::Null).await;
            }
            api.post(&path, &json!({"attributes": {"latency": round, "rate": 20_000 + round}})).await;
        }
    }
    api.post("/reset", &Value::Null).await;
    writing.await.unwrap();
    assert!(reading.await.unwrap() == expected, "bytes were lost or changed places");
}

async fn endings(api: &Api) {
    // Half-closed: the answer still comes.
    let mut half = api.connect().await;
    half.write_all(b"asked").await.unwrap();
    half.shutdown().await.unwrap();
    assert_eq!(read_all(&mut half).await.unwrap(), b"asked");

    let mut open = api.connect().await;
    open.write_all(b"x").await.unwrap();
    read_some(&mut open, 1).await;
    api.toxic(&json!({"type": "reset_peer", "attributes": {"timeout": 0}})).await;
    open.write_all(b"y").await.unwrap();
    let reset = read_all(&mut open).await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset, "a reset also for connections older than the toxic");
    api.post("/reset", &Value::Null).await;

    api.toxic(&json!({"type": "limit_data", "attributes": {"bytes": 4}})).await;
    let mut limited = api.connect().await;
    limited.write_all(b"abcdef").await.unwrap();
    assert_eq!(read_all(&mut limited).await.unwrap(), b"abcd", "an end and not a reset");
    api.post("/reset", &Value::Null).await;

    api.toxic(&json!({"type": "timeout", "attributes": {"timeout": 0}})).await;
    let mut silent = api.connect().await;
    silent.write_all(b"x").await.unwrap();
    api.post("/reset", &Value::Null).await;
    assert_eq!(read_all(&mut silent).await.unwrap(), b"", "closed when the toxic is removed, data dropped");

    let mut unread = api.connect().await;
    unread.write_all(b"x").await.unwrap();
    read_some(&mut unread, 1).await;
    api.toxic(&json!({"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 0}})).await;
    api.toxic(&json!({"type": "timeout", "attributes": {"timeout": 0}})).await;
    unread.write_all(&[7; 100_000]).await.unwrap();
    api.ask("DELETE", "/proxies/p/toxics/timeout_downstream", &Value::Null).await;
    assert_eq!(read_all(&mut unread).await.unwrap(), b"", "what nobody has read doesn't make a reset of an end");
    api.post("/reset", &Value::Null).await;

    let mut open = api.connect().await;
    open.write_all(b"x").await.unwrap();
    read_some(&mut open, 1).await;
    api.post("/proxies/p", &json!({"enabled": false})).await;
    assert!(matches!(read_all(&mut open).await.as_deref(), Ok(b"") | Err(_)), "off closes what is open");
    api.post("/proxies/p", &json!({"enabled": true})).await;
}

async fn opening(api: &Api) {
    api.toxic(&json!({"type": "fail_connect", "attributes": {"first": 2}})).await;
    for number in 0..3 {
        let mut connection = api.connect().await;
        let answer = async {
            connection.write_all(b"x").await?;
            connection.shutdown().await?;
            read_all(&mut connection).await
        };
        assert_eq!(answer.await.is_ok(), number == 2, "the first two fail, the third one goes through: {number}");
    }
    api.post("/reset", &Value::Null).await;
    api.toxic(&json!({"type": "slow_connect", "attributes": {"delay": 200}})).await;
    let began = Instant::now();
    let mut slow = api.connect().await;
    slow.write_all(b"x").await.unwrap();
    assert_eq!(read_some(&mut slow, 1).await, b"x");
    assert!(began.elapsed() >= Duration::from_millis(200));
    api.post("/reset", &Value::Null).await;

    // An upstream that isn't there ends one connection, and stands in the way of no other.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let (_, lone) = api.post("/proxies", &json!({"name": "lone", "upstream": nobody})).await;
    let mut lone = TcpStream::connect(lone["listen"].as_str().unwrap()).await.unwrap();
    assert!(matches!(read_all(&mut lone).await.as_deref(), Ok(b"") | Err(_)));
    api.ask("DELETE", "/proxies/lone", &Value::Null).await;
}

async fn leases(api: &Api) {
    let mut held = api.connect().await;
    let leased = json!({"type": "bandwidth", "lease": "200ms", "attributes": {"rate": 0}});
    let began = Instant::now();
    assert_eq!(api.toxic(&leased).await["lease"], "200ms");
    held.write_all(b"x").await.unwrap();
    // Nobody asks the API meanwhile: the toxic lets go by itself.
    assert_eq!(read_some(&mut held, 1).await, b"x");
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(api.get("/proxies/p/toxics/bandwidth_downstream").await.0, 404);
    let leased = json!({"name": "leased", "upstream": "127.0.0.1:1", "duration": "50ms"});
    let (_, proxy) = api.post("/proxies", &leased).await;
    api.until_gone("/proxies/leased", WITHIN).await;
    assert!(TcpStream::connect(proxy["listen"].as_str().unwrap()).await.is_err(), "its listener is gone with it");

    api.post("/proxies", &json!({"name": "q", "upstream": "127.0.0.1:1"})).await;
    let toxics = |second: &str| {
        json!({"toxics": [
            {"proxy": "p", "type": "bandwidth", "stream": "both", "lease": "1h", "attributes": {"rate": 0}},
            {"proxy": "q", "type": second, "lease": "1h"},
        ]})
    };
    assert_eq!(api.post("/apply", &toxics("quake")).await.0, 400);
    assert_eq!(api.get("/proxies/p/toxics").await.1, json!([]), "all of them or none");
    for _ in 0..2 {
        let (status, answer) = api.post("/apply", &toxics("noop")).await;
        assert_eq!((status, &answer["toxics"][1]["proxy"]), (200, &json!("q")), "again is a renewal: {answer}");
    }
    let remove =
        json!({"remove": [{"proxy": "p", "toxic": "bandwidth_both"}, {"proxy": "q", "toxic": "noop_downstream"}]});
    assert_eq!(api.post("/apply", &remove).await.0, 200);
    assert_eq!(api.get("/proxies/q/toxics").await.1, json!([]));
}
