//! Why a lab could not be booted.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Why a lab could not be booted.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The plan's target is no lab.
    #[error("the plan's target is an attached service: there is nothing to boot")]
    NoLab,
    /// An address is taken.
    #[error("{address} for {what} is in use by another program: stop it, or choose another `target.chirp.port`")]
    PortInUse {
        /// The address.
        address: SocketAddr,
        /// What it is for.
        what: String,
    },
    /// No port is free on all of the lab's addresses.
    #[error("no port is free on all of the lab's addresses ({tried} tried)")]
    NoFreePort {
        /// How many were tried.
        tried: u32,
    },
    /// A server that is not ours is nowhere on this machine.
    #[error(
        "there is no {name} on this machine: {install}, or run `cargo xtask tools` once, or set {variable} to {is}"
    )]
    NoServer {
        /// Which.
        name: &'static str,
        /// How it is installed.
        install: &'static str,
        /// The environment variable that says where it is.
        variable: &'static str,
        /// What of it that variable says.
        is: &'static str,
    },
    /// The kernel can't cut links here.
    #[error("the kernel can't cut this lab's links (`target.chirp.cuts: kernel`)")]
    Kernel(#[from] wan::kernel::KernelError),
    /// A file or folder could not be written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The lab's certificates could not be made.
    #[error("the certificates of the lab can't be made")]
    Certificates(#[from] rcgen::Error),
    /// Somebody who asks with TLS could not be told what to trust.
    #[error("the lab's own certificates can't be used")]
    Trust(#[source] std::io::Error),
    /// A process could not be started.
    #[error("{name} could not be started: {reason}")]
    Start {
        /// Which process.
        name: String,
        /// Why.
        reason: String,
    },
    /// A process ended when it should have come up.
    #[error("{name} ended while booting ({status}); the end of {log}:\n{tail}", log = log.display())]
    Ended {
        /// Which process.
        name: String,
        /// How it ended.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// Nobody may write.
    #[error("no region has become the writer, or a copy of its data was not made, within {within}: see the logs of the regions", within = units::duration::Text(*.within))]
    NoWriter {
        /// The limit.
        within: Duration,
    },
    /// A process did not come up in time.
    #[error("{name} was not ready within {within}; see {log}", within = units::duration::Text(*.within), log = log.display())]
    NotReady {
        /// Which process.
        name: String,
        /// The limit.
        within: Duration,
        /// Its log.
        log: PathBuf,
    },
}
