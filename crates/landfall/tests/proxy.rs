//! `landfall proxy` as a person starts it: where it listens is its first line, and the file's proxies are there.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Ends a test that hangs.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Gone with the test, however it ends.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        // It fails only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.arg("proxy").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn it_serves_the_proxies_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("proxies.json");
    std::fs::write(&config, r#"[{"name": "db", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}]"#).unwrap();
    let started = command(&["--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]).spawn().unwrap();
    let mut proxy = Proxy(started);
    let mut lines = BufReader::new(proxy.0.stdout.take().unwrap()).lines();
    let api = lines.next().unwrap().unwrap();
    let address = api.strip_prefix("api    http://").unwrap();
    assert!(lines.next().unwrap().unwrap().starts_with("proxy  db 127.0.0.1:"), "its proxies follow");
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(HANGS_AFTER)).unwrap();
    socket.write_all(b"GET /proxies HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""upstream":"127.0.0.1:1""#), "{answer}");
}

#[test]
fn what_it_cannot_do_is_said_with_its_code() {
    for (arguments, code, words) in [
        (["--listen", "0.0.0.0:0"], 69, "expose-without-authentication"),
        (["--config", "/nonexistent.json"], 66, "can't be read"),
    ] {
        let output = command(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).replace(['\n', '│', ' '], "");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(&words.replace(' ', "")), "{said}");
    }
}
