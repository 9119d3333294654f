//! One running server: a child process that lives no longer than the region.
//!
//! The kernel kills it when the region's main thread ends (`setpriv --pdeathsig KILL`; the region's
//! runtime is that thread, so it must be the one that starts the server). The server's own processes
//! watch their postmaster and end with it. After that a new one may find the old one's shared memory
//! still in use for a moment, which is why a start is tried again.
//!
//! It is always started as a standby: whether it may write is for the lease to say, and then it is
//! promoted. So a writer that comes back is harmless until it has been told what it is.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::PostgresError;
use super::connection::Visit;
use super::directory::Directory;
use super::programs::Programs;

/// How long a server may take to replay its log and be ready for reads.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a clean stop may take before it is cut short.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// Statements that ask whether it is ready.
const READY_LIMIT: Duration = Duration::from_secs(2);
/// What the server says when its predecessor is not quite gone.
const NOT_GONE_YET: [&str; 2] = ["is still in use", "lock file \"postmaster.pid\" already exists"];

/// A server that is running, or was when it was last looked at.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it as a standby and waits until it answers.
    pub(super) async fn start(
        programs: &Programs,
        directory: &Directory,
        address: SocketAddr,
    ) -> Result<Self, PostgresError> {
        let signal = directory.cluster().join("standby.signal");
        directory.write(&signal, "", programs.account())?;
        let began = Instant::now();
        loop {
            match Self::attempt(programs, directory, address, began + START_LIMIT).await {
                Err(PostgresError::Ended { said })
                    if NOT_GONE_YET.iter().any(|part| said.contains(part)) && began.elapsed() < START_LIMIT =>
                {
                    tracing::info!("the last server is not quite gone; trying again");
                    tokio::time::sleep(10 * LOOK_EVERY).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(
        programs: &Programs,
        directory: &Directory,
        address: SocketAddr,
        deadline: Instant,
    ) -> Result<Self, PostgresError> {
        check_free(address)?;
        let log = directory.fresh_log()?;
        let errors = log.try_clone().map_err(|error| PostgresError::file("open", directory.root(), error))?;
        let mut command = programs.command("postgres");
        command.arg("-D").arg(directory.cluster());
        for (name, path) in [("config_file", directory.settings()), ("hba_file", directory.access())] {
            command.arg("-c").arg(format!("{name}={}", path.display()));
        }
        let child = command.stdout(log).stderr(errors).stdin(Stdio::null()).spawn();
        let child = child.map_err(|error| PostgresError::file("start", "postgres", error))?;
        let mut server = Self { child, address };
        loop {
            if server.has_ended() {
                return Err(PostgresError::Ended { said: directory.log_tail() });
            }
            if server.answers().await {
                return Ok(server);
            }
            if Instant::now() >= deadline {
                return Err(PostgresError::Late { what: "starting PostgreSQL", limit: START_LIMIT });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether the process is gone.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the process is gone.
    pub(super) async fn ended(&mut self) {
        // An error means that it cannot be waited for: then it is not ours any more.
        let _ = self.child.wait().await;
    }

    /// Makes it read its configuration again.
    pub(super) fn reload(&self) {
        self.signal(Signal::HUP);
    }

    /// Ends it: connections are cut off, what is committed is flushed; killed if that takes too long.
    pub(super) async fn stop(mut self) {
        self.signal(Signal::INT);
        if tokio::time::timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            tracing::warn!("PostgreSQL did not stop in time and is cut short");
            self.signal(Signal::QUIT);
            if tokio::time::timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
                // SIGKILL; the files survive it as they survive a crash.
                let _ = self.child.kill().await;
            }
        }
    }

    async fn answers(&self) -> bool {
        let Ok(mut visit) = Visit::open(self.address, READY_LIMIT).await else { return false };
        visit.client().simple_query("SELECT 1").await.is_ok()
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| Pid::from_raw(id as i32));
        // No id: it has ended and was waited for. An error: it has just ended.
        if let Some(id) = id {
            let _ = kill_process(id, signal);
        }
    }
}

/// Tells a taken port apart from everything else that can go wrong with a start.
fn check_free(address: SocketAddr) -> Result<(), PostgresError> {
    let bound = std::net::TcpListener::bind(address);
    bound.map(drop).map_err(|source| PostgresError::Address { address, source })
}
