//! How a process is told to stop: SIGTERM, Ctrl-C, or the end of its standard input.
//!
//! The last is for processes that a lab starts: when the lab is killed, nobody is left to stop its
//! children, but the kernel closes the pipe, and so they stop by themselves.

use std::io::Read as _;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::error::Error;
use crate::events::{self, Event};

/// After the end of standard input the process is gone by then, however stuck it is.
const ORPHAN_GRACE: Duration = Duration::from_secs(10);

/// A wish to stop that many tasks can wait for.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until the process is to stop.
    pub(crate) async fn requested(&self) {
        let mut receiver = self.0.clone();
        // An error means that whoever could ask is gone: stop.
        let _ = receiver.wait_for(|stop| *stop).await;
    }

    /// A stop that comes when `trigger` is set to true or dropped.
    pub(crate) fn of(trigger: &watch::Sender<bool>) -> Self {
        Self(trigger.subscribe())
    }
}

/// Begins to listen to the signals, and to standard input if `with_stdin`.
pub(crate) fn listen(with_stdin: bool) -> Result<Stop, Error> {
    let (trigger, _) = watch::channel(false);
    let stop = Stop::of(&trigger);
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Runtime)?;
    let (ended, mut stdin_ended) = watch::channel(false);
    if with_stdin {
        std::thread::Builder::new().name("stdin".into()).spawn(move || watch_stdin(&ended)).map_err(Error::Runtime)?;
    }
    tokio::spawn(async move {
        let reason = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            () = async { drop(stdin_ended.wait_for(|ended| *ended).await) }, if with_stdin => "end of standard input",
        };
        tracing::info!(reason, "stopping");
        events::emit(&Event::Stopping);
        trigger.send_replace(true);
        // The trigger stays, so that late waiters see `true` and not a closed channel.
        std::future::pending::<()>().await;
    });
    Ok(stop)
}

fn watch_stdin(ended: &watch::Sender<bool>) {
    let mut buffer = [0; 512];
    let mut input = std::io::stdin().lock();
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => break,
            _ => {} // Whatever is said there is not for us.
        }
    }
    ended.send_replace(true);
    std::thread::sleep(ORPHAN_GRACE);
    std::process::exit(0);
}
