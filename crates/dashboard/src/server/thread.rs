//! The server on a thread of its own: whatever viewers do, the run has its own.

use super::{
    Run, Site,
    live::{ASKS_MAX, COMMANDS_MAX, Commanded, Identity, LiveRun},
    owner::{Owner, Telling, telling},
    serve,
    shelf::{Recorded, shelf},
};
use crate::{access::Access, feed::Feed};
use plan::resolved::ResolvedPlan;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};
use tokio::sync::{mpsc, watch};

/// Where pages are, unless somebody is there already.
const PORT: u16 = 7_600;
/// So many ports are tried.
const PORTS: u16 = 100;

/// Listens at that address, for a page to come. Port 0 is any that is free.
///
/// # Errors
/// It is taken, or not one of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
}

/// Listens on this machine only, at port 7600 or the next that is free.
///
/// # Errors
/// None of a hundred is free, or something worse.
pub fn listen_by_default() -> io::Result<TcpListener> {
    let mut ports = PORT..PORT + PORTS;
    loop {
        let port = ports.next().ok_or(io::ErrorKind::AddrInUse)?;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound,
        }
    }
}

/// A page that is served. Dropping it ends all streams, and then the server.
#[derive(Debug)]
pub struct Page {
    access: Access,
    closing: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What a run that goes on needs of its page.
#[derive(Debug)]
pub struct LivePage {
    /// The page.
    pub page: Page,
    /// Where it is told what happens.
    pub telling: Telling,
    /// What those who operate want of the run.
    pub commanded: mpsc::Receiver<Commanded>,
}

impl Page {
    /// Serves the page of a run that goes on, which is called `run` in addresses. Zero of its clock is `run_start`, so many
    /// microseconds after 1970 UTC.
    ///
    /// # Errors
    /// The system has no thread, no socket or no chance to give.
    pub fn of_run(
        listener: TcpListener,
        run: &str,
        plan: &ResolvedPlan,
        (run_start, started_unix_us): (Instant, u64),
    ) -> io::Result<LivePage> {
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let (commands, commanded) = mpsc::channel(COMMANDS_MAX);
        let (judge, judged) = watch::channel(None);
        let (telling, told) = telling();
        let identity = Identity {
            run: run.to_owned(),
            name: plan.name.clone(),
            sha256: plan.plan_sha256.clone(),
            landfall: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_us,
        };
        let live = LiveRun { identity: Arc::new(identity), asks, judged, commands };
        let feed = Feed::new(plan.clone(), Some(started_unix_us));
        let owner = Owner::new(feed, run.to_owned(), run_start.into(), judge);
        let page = Self::start(listener, vec![Run::Live(live)], owner.own(told, asked))?;
        Ok(LivePage { page, telling, commanded })
    }

    /// Serves the page of recordings, which are read when somebody looks.
    ///
    /// # Errors
    /// The system has no thread, no socket or no chance to give.
    pub fn of_recordings(listener: TcpListener, recordings: Vec<Recorded>) -> io::Result<Self> {
        let (runs, keeping) = shelf(recordings);
        Self::start(listener, runs.into_iter().map(Run::Stored).collect(), keeping)
    }

    /// `beside` goes on beside the serving.
    fn start(
        listener: TcpListener,
        runs: Vec<Run>,
        beside: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<Self> {
        let access = Access::new(listener.local_addr()?)?;
        listener.set_nonblocking(true)?;
        let (closing, closed) = watch::channel(false);
        let site = Site::new(access.clone(), runs, closed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("page".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::spawn(beside);
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                // Whoever looks sees that it is gone; the run goes on.
                let _ = serve(listener, site).await;
            });
            // What is being read from a disk is of no use any more.
            runtime.shutdown_background();
        })?;
        Ok(Self { access, closing, thread: Some(thread) })
    }

    /// Where it is, and who may do what.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // If it panicked, that was said.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_port_that_is_taken_is_an_error_or_another_is_taken() {
        let taken = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = listen(taken.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let (one, other) = (listen_by_default().unwrap(), listen_by_default().unwrap());
        assert!(one.local_addr().unwrap().port() < other.local_addr().unwrap().port());
    }
}
