//! The region's own NATS server: a child that is started again whenever it ends.
//!
//! It dies with the region ([`crate::child`]). What it writes is on disk before it is acknowledged
//! (`sync_interval: always`), so the stream survives its death; if it did not, the publisher would fill a new
//! one. After a `kill -9` the port can still be taken for a moment: the new server ends then, and is started
//! again like any other that ended.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::Nats;
use super::link::NatsError;
use crate::child::DIES_WITH_US;
use crate::region::Region;
use crate::region::backoff::Backoff;

/// The largest message that it takes: about ten times what the publisher makes.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Its memory for streams: only what readers' positions need is kept there.
const MEMORY_BYTES_MAX: usize = 64 << 20;
/// Its own log is begun anew at this size, and one old one is kept.
const LOG_BYTES_MAX: usize = 1 << 20;
/// How long a clean stop may take before it is cut short.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// A server that ran for so long was no failed start.
const STEADY: Duration = Duration::from_secs(10);
/// How much of what a server said is passed on, in bytes.
const SAID_BYTES_MAX: usize = 1000;

/// Keeps a server running until the region stops.
pub(super) async fn run(region: &Region, nats: &Nats) {
    let times = &region.replication;
    let backoff = Backoff::new(times.retry_min, times.retry_max, &region.name, &region.name);
    let mut failures = 0_u32;
    loop {
        let began = Instant::now();
        let error = match start(region, nats) {
            Err(error) => error,
            Ok(mut child) => {
                region.metrics.nats().starts.inc();
                tracing::info!(address = %nats.address, "the NATS server is started");
                tokio::select! {
                    () = region.stop.requested() => return stop(child).await,
                    status = child.wait() => {
                        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                        NatsError::Ended { status, said: said(&nats.directory) }
                    }
                }
            }
        };
        failures = if began.elapsed() >= STEADY { 1 } else { failures.saturating_add(1) };
        tracing::warn!(%error, failures, "the NATS server does not run; starting it again");
        tokio::select! {
            () = region.stop.requested() => return,
            () = tokio::time::sleep(backoff.wait(failures)) => {}
        }
    }
}

fn start(region: &Region, nats: &Nats) -> Result<Child, NatsError> {
    let file = |what, path: &Path| {
        let path = path.to_owned();
        move |source| NatsError::File { what, path, source }
    };
    let directory = &nats.directory;
    std::fs::create_dir_all(directory).map_err(file("make", directory))?;
    let settings = directory.join("nats.conf");
    std::fs::write(&settings, settings_text(region, nats)).map_err(file("write", &settings))?;
    let said = directory.join(SAID);
    let errors = std::fs::File::create(&said).map_err(file("open", &said))?;
    let mut command = Command::new(DIES_WITH_US[0]);
    command.args(&DIES_WITH_US[1..]).arg("--").arg(&nats.server).arg("-c").arg(&settings);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).kill_on_drop(true);
    command.spawn().map_err(file("start", &nats.server))
}

/// The server's settings; its format contains JSON.
fn settings_text(region: &Region, nats: &Nats) -> String {
    let store_bytes = nats.keep_bytes + nats.keep_bytes / 4;
    json!({
        "server_name": region.name.as_str(),
        "host": nats.address.ip().to_string(),
        "port": nats.address.port(),
        "max_payload": MESSAGE_BYTES_MAX,
        "log_file": nats.directory.join("server.log").display().to_string(),
        "logfile_size_limit": LOG_BYTES_MAX,
        "logfile_max_num": 1,
        "jetstream": {
            "store_dir": nats.directory.join("store").display().to_string(),
            "sync_interval": "always",
            "max_memory_store": MEMORY_BYTES_MAX,
            "max_file_store": store_bytes,
        },
    })
    .to_string()
}

/// What it said outside of its own log: why it could not begin.
const SAID: &str = "said";

fn said(directory: &Path) -> String {
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap_or_default();
    let (said, log) = (read(SAID), read("server.log"));
    // The newest is last. Both are short, or bounded by the server.
    let text = format!("{} {}", log.trim(), said.trim());
    let from = (text.len().saturating_sub(SAID_BYTES_MAX)..=text.len()).find(|at| text.is_char_boundary(*at));
    text[from.unwrap_or(0)..].trim().to_owned()
}

async fn stop(mut child: Child) {
    let id = child.id().and_then(|id| Pid::from_raw(id as i32));
    if let Some(id) = id {
        // An error: it has just ended.
        let _ = kill_process(id, Signal::TERM);
    }
    if tokio::time::timeout(STOP_LIMIT, child.wait()).await.is_err() {
        tracing::warn!("the NATS server did not stop in time and is cut short");
        let _ = child.kill().await;
    }
}
