//! The page of a run and of a recording, as a browser would ask for it: over plain sockets.

use crate::support::{Landfall, beside, landfall, processes_with, root, until};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

const BOUND: Duration = Duration::from_secs(60);

/// Where the page is, and the token behind it; from `http://127.0.0.1:7600/#token=…`.
fn address(said: &str) -> (SocketAddr, String) {
    let rest = said.strip_prefix("http://").unwrap();
    let (address, fragment) = rest.split_once('/').unwrap();
    (address.parse().unwrap(), fragment.trim_start_matches("#token=").to_owned())
}

/// Sends a request; the answer is read by whoever wants it.
fn send(address: SocketAddr, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let length = body.len();
    let request = format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Everything that is answered.
fn get(address: SocketAddr, path: &str) -> String {
    let mut bytes = Vec::new();
    send(address, &format!("GET {path} HTTP/1.1"), "").read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads on until that is there.
fn read_until(stream: &mut TcpStream, heard: &mut String, what: &str) {
    let mut piece = [0; 4096];
    while !heard.contains(what) {
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the stream ended without {what:?}:\n{heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

#[test]
fn who_watches_a_run_sees_its_fault_notes_it_stops_the_run_and_reads_the_report() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let out = run.to_str().unwrap();
    let plan = root().join("crates/landfall/tests/real/plans/two-regions.yaml").display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = landfall(&["run", &plan, "--out", out, "--page", &taken.local_addr().unwrap().to_string()]);
    refused.must_end_with(71);
    assert!(refused.stderr.contains("--page") && !run.exists(), "{}", refused.stderr);
    let mut landfall = Landfall::start(&["run", &plan, "--out", out, "--page", "127.0.0.1:0", "--page-for", "60s"]);
    let (address, token) = address(&landfall.hear("the page: "));
    let mut stream = send(address, "GET /api/v1/runs/run/stream HTTP/1.1", "");
    let mut heard = String::new();
    for what in ["event: hello", "event: plan", r#""mark":"active""#, "event: second"] {
        read_until(&mut stream, &mut heard, what);
    }
    let command = |body: &str| {
        let head = "POST /api/v1/runs/run/commands HTTP/1.1\r\nContent-Type: application/json";
        let mut answer = String::new();
        let head = format!("{head}\r\nAuthorization: Bearer {token}");
        send(address, &head, body).read_to_string(&mut answer).unwrap();
        answer
    };
    let note = command(r#"{"command":"note","text":"we look at this <together>"}"#);
    assert!(note.contains(r#""is_done":true"#), "{note}");
    read_until(&mut stream, &mut heard, "we look at this <together>");
    let again = command(r#"{"command":"inject","fault":"lose-europe"}"#);
    assert!(again.contains(r#""is_done":false"#) && again.contains("lose-europe"), "it is broken already: {again}");
    let hold = command(r#"{"command":"hold"}"#);
    assert!(hold.contains(r#""is_done":false"#) && hold.contains("the load"), "it doesn't change: {hold}");
    let stop = command(r#"{"command":"stop","confirm":"run"}"#);
    assert!(stop.contains(r#""is_done":true"#), "{stop}");
    read_until(&mut stream, &mut heard, "event: end");
    assert!(get(address, "/api/v1/runs/run/report.html").contains("two-regions"));
    assert!(get(address, "/api/v1/runs").contains(r#""verdict":"inconclusive""#));
    let late = command(r#"{"command":"note","text":"too late"}"#);
    assert!(late.contains("the run is over"), "{late}");
    until(BOUND, "it ends although the page was to stay", || {
        landfall.signal("-INT");
        processes_with(out).is_empty().then_some(())
    });
    stream.read_to_string(&mut heard).unwrap();
    landfall.wait(BOUND).must_end_with(96);
    assert!(fs::read_to_string(run.join("events.ndjson")).unwrap().contains("we look at this <together>"));
}

#[test]
fn a_recording_is_served_until_it_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = landfall(&["serve", folder.path().to_str().unwrap()]);
    nothing.must_end_with(66);
    assert!(nothing.stderr.contains("no recording"), "{}", nothing.stderr);
    let recordings = root().join("crates/verdict/tests/recordings/good");
    let mut landfall = Landfall::start(&["serve", recordings.to_str().unwrap(), "--page", "127.0.0.1:0"]);
    let (address, token) = address(&landfall.hear("the page: "));
    assert_eq!(token, "", "nothing is done to a run that is over");
    let mut stream = send(address, "GET /api/v1/runs/good/stream HTTP/1.1", "");
    let mut heard = String::new();
    for what in [r#""mode":"replay""#, "event: plan", "event: mark", "event: end"] {
        read_until(&mut stream, &mut heard, what);
    }
    assert!(!heard.contains("event: second"), "they are asked for as a series");
    assert!(get(address, "/api/v1/runs/good/series").contains(r#""seconds":[{"#));
    let mut played = send(address, "GET /api/v1/runs/good/stream?from=0&speed=1000 HTTP/1.1", "");
    let mut heard = String::new();
    read_until(&mut played, &mut heard, "event: second");
    read_until(&mut played, &mut heard, "event: end");
    assert!(get(address, "/api/v1/runs").contains(r#""verdict":"pass""#));
    assert!(get(address, "/api/v1/runs/good/report.html").to_lowercase().contains("<!doctype html>"));
    assert!(get(address, "/").contains("Landfall"));
    landfall.signal("-INT");
    stream.read_to_string(&mut heard).unwrap();
    landfall.wait(BOUND).must_end_with(0);
}
