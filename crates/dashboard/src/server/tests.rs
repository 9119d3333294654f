//! The server on a port of its own, with messages made by hand.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod client;

use super::{encoding::unpack, live::Judged};
use crate::{
    hub::WAITING_MAX,
    wire::{Answer, Command, Headline},
};
use bytes::Bytes;
use client::{PATH, RUN, SOON, Server, bytes, header, heavy_line, json, line, second};
use tokio::time::timeout;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn a_viewer_is_shown_what_holds_and_then_what_comes_and_can_come_back() {
    let server = Server::start(WAITING_MAX).await;
    for message in [line(0), second(7), line(1)] {
        server.publish(message).await;
    }
    let mut viewer = server.watch(&[]).await;
    let shown = [viewer.next().await.unwrap(), viewer.next().await.unwrap(), viewer.next().await.unwrap()];
    let expected = [(None, "hello"), (None, "log 0"), (Some(2), "log 1")];
    assert_eq!(shown, expected.map(|(id, word)| (id, word.to_owned())), "whoever is cut off among them has no id");
    server.publish(second(8)).await;
    assert_eq!(viewer.next().await, Some((Some(3), "second 8".to_owned())));
    let mut again = server.watch(&[("last-event-id", "0")]).await;
    assert_eq!(again.words(4).await, ["hello", "second 7", "log 1", "second 8"]);
    let mut stranger = server.watch(&[("last-event-id", "77")]).await;
    assert_eq!(stranger.words(4).await, ["hello", "resync", "log 0", "log 1"]);
}

#[tokio::test]
async fn fifty_watch_and_all_hear_the_same() {
    let server = Server::start(WAITING_MAX).await;
    let mut viewers = Vec::new();
    for number in 0..50 {
        let coding = if number % 2 == 0 { "gzip" } else { "identity" };
        let mut viewer = server.watch(&[("accept-encoding", coding)]).await;
        assert_eq!(viewer.words(1).await, ["hello"]);
        viewers.push(viewer);
    }
    server.publish(second(1)).await;
    server.publish(line(1)).await;
    for viewer in &mut viewers {
        assert_eq!(viewer.words(2).await, ["second 1", "log 1"], "each event can be read before the next is there");
    }
}

#[tokio::test]
async fn who_does_not_read_holds_nobody_up_and_begins_anew() {
    let server = Server::start(8).await;
    let mut slow = server.watch(&[]).await;
    let mut quick = server.watch(&[]).await;
    assert_eq!(quick.words(1).await, ["hello"]);
    // More than the system keeps for a connection, and eight.
    for number in 0..24 {
        server.publish(heavy_line(number, 1 << 20)).await;
        assert_eq!(quick.words(1).await, [format!("log {number}")]);
    }
    let mut words = Vec::new();
    while words.last().is_none_or(|word| word != "log 23") {
        words.push(slow.next().await.unwrap().1);
    }
    let resync = words.iter().position(|word| word == "resync").expect("it is told to begin anew");
    let anew: Vec<String> = (0..24).map(|number| format!("log {number}")).collect();
    assert_eq!(words[resync + 1..], anew, "what holds, and not what it missed");
}

#[tokio::test]
async fn streams_end_in_order_with_the_server() {
    let server = Server::start(WAITING_MAX).await;
    let mut plain = server.watch(&[]).await;
    let mut packed = server.watch(&[("accept-encoding", "gzip")]).await;
    assert_eq!((plain.words(1).await, packed.words(1).await), (vec!["hello".to_owned()], vec!["hello".to_owned()]));
    server.close();
    assert_eq!((plain.next().await, packed.next().await), (None, None));
    timeout(SOON, server.serving).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it_and_none_lets_other_sites_in() {
    let server = Server::start(WAITING_MAX).await;
    for path in ["/", "/nowhere", "/api/v1/runs", &format!("{PATH}/stream"), &format!("{PATH}/series")] {
        let response = server.get(path, &[("origin", &format!("http://{}", server.address))]).await;
        assert_eq!(header(&response, "content-security-policy"), POLICY, "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        let is_open = response.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!is_open, "{path}");
        let cache = if path == "/" { "no-cache" } else { "no-store" };
        assert_eq!(header(&response, "cache-control"), cache, "{path}");
    }
    let stream = server.get(&format!("{PATH}/stream"), &[]).await;
    assert_eq!(header(&stream, "content-type"), "text/event-stream");
    assert_eq!(header(&stream, "x-accel-buffering"), "no");
}

#[tokio::test]
async fn other_names_and_other_sites_are_refused_with_what_to_do() {
    let server = Server::start(WAITING_MAX).await;
    for (headers, status) in [
        (vec![("host", "evil.example")], 403),
        (vec![("host", "evil.example:7600")], 403),
        (vec![("host", "localhost:1")], 200),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", "http://evil.example")], 403),
        (vec![("authorization", "Bearer 00000000000000000000000000000000")], 401),
    ] {
        let response = server.get("/api/v1/runs", &headers).await;
        assert_eq!(response.status(), status, "{headers:?}");
        if status != 200 {
            assert_eq!(header(&response, "content-type"), "application/problem+json");
            let problem = json(response).await;
            assert_eq!(problem["status"], status);
            assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(server.get("/", &[("host", "evil.example")]).await.status(), 403, "the page as well");
    let tokens = server.access.address_to_operate();
    let token = tokens.split_once("#token=").unwrap().1;
    let listed = json(server.get("/api/v1/runs", &[("authorization", &format!("Bearer {token}"))]).await).await;
    assert_eq!(listed[0]["run"], RUN);
    assert_eq!(listed[0]["mode"], "live");
}

#[tokio::test]
async fn only_who_has_the_token_to_operate_acts() {
    let (server, mut commands) = Server::start_with(WAITING_MAX).await;
    let address = server.access.address_to_operate();
    let bearer = format!("Bearer {}", address.split_once("#token=").unwrap().1);
    let (token, kind) = (("authorization", &*bearer), ("content-type", "application/json"));
    let note = r#"{"command":"note","text":"look at this"}"#;
    let long = format!(r#"{{"command":"note","text":"{}"}}"#, "x".repeat(501));
    let huge = format!(r#"{{"command":"note","text":"{}"}}"#, "x".repeat(20_000));
    for (body, headers, status, said) in [
        (note, vec![kind], 401, "token"),
        (note, vec![token], 415, "JSON"),
        (note, vec![token, ("content-type", "text/plain")], 415, "JSON"),
        (note, vec![token, kind, ("origin", "http://evil.example")], 403, "another site"),
        (note, vec![token, kind, ("sec-fetch-site", "cross-site")], 403, "another site"),
        ("{}", vec![token, kind], 400, "no command"),
        (r#"{"command":"note","text":" "}"#, vec![token, kind], 400, "empty"),
        (&long, vec![token, kind], 400, "501"),
        (&huge, vec![token, kind], 413, ""),
        (r#"{"command":"stop","confirm":""}"#, vec![token, kind], 400, "name is typed"),
        (r#"{"command":"stop","confirm":"a plan"}"#, vec![token, kind], 400, "name is typed"),
    ] {
        let response = server.command(body, &headers).await;
        assert_eq!(response.status(), status, "{body} {headers:?}");
        let problem = json(response).await;
        assert!(problem["title"].as_str().unwrap().contains(said), "{problem}");
    }
    assert!(commands.try_recv().is_err(), "nothing of that reached the run");
    let origin = format!("http://{}", server.address);
    let stop = r#"{"command":"stop","confirm":"a run"}"#;
    let headers = [token, kind, ("origin", &*origin), ("sec-fetch-site", "same-origin")];
    let request = server.request("POST", &format!("{PATH}/commands"), &headers, stop);
    let commanded = async {
        let commanded = commands.recv().await.unwrap();
        assert_eq!(commanded.command, Command::Stop { confirm: RUN.to_owned() });
        commanded.reply.send(Answer { is_done: true, text: "it stops".to_owned() }).unwrap();
    };
    let (response, ()) = tokio::join!(server.send(request), commanded);
    assert_eq!(json(response).await["text"], "it stops");
}

#[tokio::test]
async fn what_can_not_be_answered_says_why() {
    let server = Server::start(WAITING_MAX).await;
    for (path, status, said) in [
        ("/nowhere", 404, "/nowhere"),
        ("/assets/../index.html", 404, "index.html"),
        ("/api/v1/runs/other/stream", 404, "other"),
        (&format!("{PATH}/series?step=0"), 400, "step of 0"),
        (&format!("{PATH}/series?from=x"), 400, "from"),
        (&format!("{PATH}/stream?speed=x"), 400, "speed"),
        (&format!("{PATH}/commands"), 405, "method"),
        (&format!("{PATH}/report.html"), 404, "no report yet"),
    ] {
        let response = server.get(path, &[]).await;
        assert_eq!(response.status(), status, "{path}");
        let problem = json(response).await;
        assert!(problem["title"].as_str().unwrap().contains(said), "{path}: {problem}");
    }
}

#[tokio::test]
async fn what_was_is_asked_for_and_packed() {
    let server = Server::start(WAITING_MAX).await;
    let path = format!("{PATH}/series?from=3&to=9&step=5");
    let plain = server.get(&path, &[]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    let plain = bytes(plain).await;
    let packed = bytes(server.get(&path, &[("accept-encoding", "gzip")]).await).await;
    assert_eq!(unpack(&packed), plain);
    let series: serde_json::Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!((&series["seconds"][0]["second"], &series["seconds"][0]["step"]), (&3.into(), &5.into()));
}

#[tokio::test]
async fn the_report_is_there_when_the_run_is_judged_and_is_no_page_of_this_server() {
    let server = Server::start(WAITING_MAX).await;
    let report = Bytes::from_static(b"<!doctype html>");
    server.judge.send_replace(Some(Judged { verdict: Headline::Fail, report: report.clone() }));
    let response = server.get(&format!("{PATH}/report.html"), &[]).await;
    let policy = header(&response, "content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts ") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(bytes(response).await, report);
    let listed = json(server.get("/api/v1/runs", &[]).await).await;
    assert_eq!(listed[0]["verdict"], "fail");
}

#[tokio::test]
async fn the_page_is_sent_once() {
    let server = Server::start(WAITING_MAX).await;
    let plain = server.get("/", &[]).await;
    let (tag, kind) = (header(&plain, "etag").to_owned(), header(&plain, "content-type").to_owned());
    assert_eq!((plain.status().as_u16(), &*kind), (200, "text/html; charset=utf-8"));
    let packed = server.get("/", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert_eq!(unpack(&bytes(packed).await), bytes(plain).await);
    let again = server.get("/", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert!(bytes(again).await.is_empty());
}
