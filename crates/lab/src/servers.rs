//! The servers that are not ours: which of them a plan wants, and where their programs are on this machine.
//!
//! ```text
//!   PostgreSQL   $CHIRP_POSTGRES_BIN ─► /usr/lib/postgresql/*/bin, the newest ─► tools/postgres beside this program's folder
//!   NATS         $CHIRP_NATS_SERVER  ─►                                         tools/nats-server there
//! ```
//!
//! The environment goes first, because whoever sets it means it; a folder that it names must hold a server. The folder
//! `tools` is cargo's target folder, where `cargo xtask tools` puts what it fetches; an installed Landfall has none.
//!
//! A PostgreSQL server never runs as root. Started by root it runs as another user, who must be able to pass through all
//! folders above its data: the lab opens its own ([`let_pass`]), and leaves those above alone, for they are not the lab's.

use crate::{LabError, addresses::Service};
use plan::resolved::{ChirpLab, Engine, ResolvedPlan, Target, Transport};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// The variable with the folder of PostgreSQL's programs.
const POSTGRES_VARIABLE: &str = "CHIRP_POSTGRES_BIN";
/// The variable with the NATS server's program.
const NATS_VARIABLE: &str = "CHIRP_NATS_SERVER";
/// Where Debian and Ubuntu put PostgreSQL, one folder per major version.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";
/// The major versions that Chirp runs.
const POSTGRES_MAJORS: std::ops::RangeInclusive<u32> = 14..=18;

/// What a lab starts that is not ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Servers {
    /// The folder of PostgreSQL's programs, where each region has a server.
    pub(crate) postgres: Option<PathBuf>,
    /// The NATS server's program, where each region has one.
    pub(crate) nats: Option<PathBuf>,
}

impl Servers {
    /// Finds what the deployment needs. `program` is this one: the tools are beside its folder.
    pub(crate) fn of(chirp: &ChirpLab, program: &Path) -> Result<Self, LabError> {
        let tools = program.parent().and_then(Path::parent).map(|target| target.join("tools"));
        let said = |variable| std::env::var_os(variable).map(PathBuf::from);
        let postgres = || postgres(said(POSTGRES_VARIABLE), Path::new(DEBIAN_POSTGRES), tools.as_deref());
        let nats = || nats(said(NATS_VARIABLE), tools.as_deref());
        Ok(Self {
            postgres: (chirp.deployment.engine == Engine::Postgres).then(postgres).transpose()?,
            nats: (chirp.deployment.transport == Transport::Nats).then(nats).transpose()?,
        })
    }
}

/// What regions reach at each other in that plan's lab.
pub(crate) fn services(plan: &ResolvedPlan) -> Vec<Service> {
    let Target::Chirp(chirp) = &plan.target else { return Vec::new() };
    let also = [
        (crate::edges::wanted(plan) > 0, Service::Users),
        (chirp.deployment.engine == Engine::Postgres, Service::Postgres),
        (chirp.deployment.transport == Transport::Nats, Service::Nats),
    ];
    let also = also.into_iter().filter_map(|(wanted, service)| wanted.then_some(service));
    std::iter::once(Service::Peers).chain(also).collect()
}

/// Lets every user pass through these folders; what is in them stays as closed as it is.
pub(crate) fn let_pass(folders: &[&Path]) -> Result<(), LabError> {
    for folder in folders {
        let failed = |source| LabError::File { path: (*folder).to_owned(), source };
        let mode = fs::metadata(folder).map_err(failed)?.permissions().mode();
        if mode & 0o111 != 0o111 {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode | 0o111)).map_err(failed)?;
        }
    }
    Ok(())
}

fn postgres(said: Option<PathBuf>, installed: &Path, tools: Option<&Path>) -> Result<PathBuf, LabError> {
    let has_server = |bin: &PathBuf| bin.join("postgres").is_file();
    let fetched = || tools.map(|tools| tools.join("postgres"));
    let found = match said {
        Some(bin) => Some(bin),
        None => newest(installed).or_else(fetched),
    };
    found.filter(has_server).ok_or(LabError::NoServer {
        name: "PostgreSQL server",
        install: "install the package `postgresql` (version 14 to 18)",
        variable: POSTGRES_VARIABLE,
        is: "the folder of its programs",
    })
}

fn nats(said: Option<PathBuf>, tools: Option<&Path>) -> Result<PathBuf, LabError> {
    let found = said.or_else(|| tools.map(|tools| tools.join("nats-server")));
    found.filter(|program| program.is_file()).ok_or(LabError::NoServer {
        name: "NATS server",
        install: "install NATS 2.10 or newer",
        variable: NATS_VARIABLE,
        is: "its program",
    })
}

/// The programs of the newest version that Chirp runs; the client's package leaves a folder without a server.
fn newest(installed: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(installed).into_iter().flatten().flatten();
    let majors = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let bin = |major: u32| installed.join(major.to_string()).join("bin");
    let runs = |major: &u32| POSTGRES_MAJORS.contains(major) && bin(*major).join("postgres").is_file();
    majors.filter(runs).max().map(bin)
}

#[cfg(test)]
mod tests;
