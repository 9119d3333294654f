//! A network namespace of our own: a loopback and nothing else.
//!
//! A namespace belongs to threads. The thread that enters one takes along all threads and processes that it starts from then on,
//! and none that it has started before; a socket stays where it was made. So a page that listens already can still be reached
//! from outside, and everything of a lab that is booted afterwards is inside.

use super::KernelError;
use nix::sched::{CloneFlags, unshare};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The programs that it takes, and the packages that have them.
pub(super) const IP: (&str, &str) = ("ip", "iproute2");
pub(super) const NFT: (&str, &str) = ("nft", "nftables");

/// Where such programs are; not every person's `PATH` has these folders.
const FOLDERS: [&str; 5] = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"];

/// A namespace that this thread has entered; the proof that rules can't touch the machine's own network.
#[derive(Debug)]
pub struct Namespace {
    id: PathBuf,
}

impl Namespace {
    /// Makes a namespace, enters it with this thread, and brings its loopback up. There is no way back: it is left by ending.
    ///
    /// # Errors
    /// When a program that it takes isn't installed, or the system gives no namespace; then this thread is where it was.
    pub fn enter() -> Result<Self, KernelError> {
        let ip = program(IP)?;
        program(NFT)?;
        unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| KernelError::NoNamespace(errno.into()))?;
        let run = |source| KernelError::Run { name: IP.0, source };
        let output = Command::new(ip).args(["link", "set", "lo", "up"]).stdin(Stdio::null()).output().map_err(run)?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(KernelError::Refused { name: IP.0, text });
        }
        Ok(Self { id: of_this_thread().map_err(KernelError::NoNamespace)? })
    }

    /// Whether this thread is in it.
    pub(super) fn is_here(&self) -> bool {
        of_this_thread().is_ok_and(|id| id == self.id)
    }
}

/// Where a program is.
pub(super) fn program((name, package): (&'static str, &'static str)) -> Result<PathBuf, KernelError> {
    let paths = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
    paths.into_iter().find(|path| path.is_file()).ok_or(KernelError::NoProgram { name, package })
}

fn of_this_thread() -> io::Result<PathBuf> {
    fs::read_link("/proc/thread-self/ns/net")
}
