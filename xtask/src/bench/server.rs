//! The server that all generators are measured against: nginx with one worker, a file of 1,024 bytes, and its own count
//! of the requests that it has answered.
//!
//! The count is the server's and not the generators', so that all are counted alike and none is believed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::placement;
use crate::failure::Failure;
use crate::programs;

const CONFIGURATION: &str = include_str!("nginx.conf");
const BODY_BYTES: usize = 1024;
const START_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it in `folder`, on a free port of the loopback network, on this core.
    pub(super) fn start(folder: &Path, core: &str) -> Result<Self, Failure> {
        let nginx = programs::path_of(programs::NGINX)
            .ok_or_else(|| Failure::Blocked("nginx was installed a moment ago and is gone".to_owned()))?;
        let address = free_address().map_err(|error| blocked("a free port for nginx could not be had", &error))?;
        write_files(folder, address).map_err(|error| blocked("nginx's files could not be written", &error))?;
        let process = placement::on_core(core, &nginx)
            .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| blocked("nginx could not be started", &error))?;
        let server = Self { process, address };
        server.wait_until_up(folder)?;
        Ok(server)
    }

    /// The address of the file.
    pub(super) fn url(&self) -> String {
        format!("{}/kib", self.base())
    }

    /// The address of the server.
    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests it has answered since its start. Asking counts as one.
    pub(super) fn requests_answered(&self) -> Result<u64, Failure> {
        let page = fetch(self.address, "/status").map_err(|error| blocked("nginx did not tell its status", &error))?;
        requests_in(&page).ok_or_else(|| Failure::Blocked(format!("nginx's status was not understood: {page:?}")))
    }

    fn wait_until_up(&self, folder: &Path) -> Result<(), Failure> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if self.requests_answered().is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Err(Failure::Blocked(format!("nginx did not answer; see {}", folder.join("error.log").display())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_files(folder: &Path, address: SocketAddr) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("kib"), "x".repeat(BODY_BYTES))?;
    let configuration = CONFIGURATION
        .replace("{{ address }}", &address.to_string())
        .replace("{{ folder }}", &folder.display().to_string());
    fs::write(folder.join("nginx.conf"), configuration)
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The answer to one GET, headers and all.
pub(super) fn fetch(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The third number of the line behind "server accepts handled requests".
fn requests_in(page: &str) -> Option<u64> {
    let mut lines = page.lines().skip_while(|line| !line.starts_with("server accepts handled requests"));
    lines.nth(1)?.split_whitespace().nth(2)?.parse().ok()
}

fn blocked(what: &str, error: &std::io::Error) -> Failure {
    Failure::Blocked(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    //! The status page as nginx writes it.
    use super::*;

    #[test]
    fn the_count_of_requests_is_read_from_the_status_page() {
        let page = "HTTP/1.1 200 OK\r\n\r\nActive connections: 2 \nserver accepts handled requests\n 16 16 3105 \nReading: 0\n";
        assert_eq!(requests_in(page), Some(3105));
        assert_eq!(requests_in("HTTP/1.1 404 Not Found"), None);
    }
}
