//! The files of a region's server: `postgres/` in the region's data directory.
//!
//! ```text
//! postgres/owner            the region's name: another region's server is refused
//! postgres/chirp.conf       the whole configuration, written anew at each change
//! postgres/hba.conf         who may connect
//! postgres/server.log       what the server says; the one before is server.log.1
//! postgres/cluster/         PostgreSQL's own directory, whole or absent
//! postgres/cluster.part/    one that is being made; removed at the next start
//! postgres/rewinding        there while `cluster` is being rewound: if it is found at a start, that one is broken
//! postgres/discarded-E.jsonl   the writes of epoch E that a rewind has thrown away
//! ```
//!
//! The configuration is outside of `cluster`, because a rewind brings every file of the other server with
//! it, its configuration too.

use std::path::{Path, PathBuf};

use super::PostgresError;
use super::account::Account;
use super::programs::tail;
use crate::names::RegionName;

/// Free disk that a server needs to be started: log that is kept for others, and room to work.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// How much of the end of the server's log goes into an error, in bytes.
const LOG_TAIL_BYTES: usize = 1500;

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Makes it, or checks that it is this region's; leftovers of a crash are removed.
    pub(super) fn open(data: &Path, region: &RegionName, account: &Account) -> Result<Self, PostgresError> {
        let directory = Self { root: data.join("postgres") };
        let root = &directory.root;
        std::fs::create_dir_all(root).map_err(|error| PostgresError::file("create", root, error))?;
        directory.check_owner(region)?;
        account.own(root)?;
        check_disk(root)?;
        if directory.rewinding().exists() {
            tracing::warn!("a rewind was cut off; the server's files are made anew");
            remove(&directory.cluster())?;
            remove(&directory.rewinding())?;
        }
        remove(&directory.part())?;
        Ok(directory)
    }

    /// The whole of it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// PostgreSQL's own directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    /// One that is being made.
    pub(super) fn part(&self) -> PathBuf {
        self.root.join("cluster.part")
    }

    /// The configuration.
    pub(super) fn settings(&self) -> PathBuf {
        self.root.join("chirp.conf")
    }

    /// Who may connect.
    pub(super) fn access(&self) -> PathBuf {
        self.root.join("hba.conf")
    }

    /// The mark of a rewind that is under way.
    pub(super) fn rewinding(&self) -> PathBuf {
        self.root.join("rewinding")
    }

    /// What a rewind has thrown away of an epoch.
    pub(super) fn discarded(&self, epoch: u64) -> PathBuf {
        self.root.join(format!("discarded-{epoch}.jsonl"))
    }

    /// Whether there is a server's directory.
    pub(super) fn has_cluster(&self) -> bool {
        self.cluster().join("PG_VERSION").is_file()
    }

    /// What was being made is whole: it takes its place.
    pub(super) fn install_part(&self) -> Result<(), PostgresError> {
        remove(&self.cluster())?;
        let (part, cluster) = (self.part(), self.cluster());
        std::fs::rename(&part, &cluster).map_err(|error| PostgresError::file("rename", part, error))
    }

    /// Throws away what is there.
    pub(super) fn remove_cluster(&self) -> Result<(), PostgresError> {
        remove(&self.cluster())
    }

    /// Throws away what was being made.
    pub(super) fn remove_part(&self) -> Result<(), PostgresError> {
        remove(&self.part())
    }

    /// Writes one of its files for the server to read, whole or not at all.
    pub(super) fn write(&self, path: &Path, text: &str, account: &Account) -> Result<(), PostgresError> {
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, text).map_err(|error| PostgresError::file("write", &fresh, error))?;
        account.own(&fresh)?;
        std::fs::rename(&fresh, path).map_err(|error| PostgresError::file("rename", fresh, error))
    }

    /// A new log for a server that is about to start; the last one is kept.
    pub(super) fn fresh_log(&self) -> Result<std::fs::File, PostgresError> {
        let path = self.log();
        if path.exists() {
            let last = self.root.join("server.log.1");
            std::fs::rename(&path, last).map_err(|error| PostgresError::file("rename", &path, error))?;
        }
        std::fs::File::create(&path).map_err(|error| PostgresError::file("create", &path, error))
    }

    /// The end of what the server said, for people.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read(self.log()).unwrap_or_default();
        tail(&String::from_utf8_lossy(&text), LOG_TAIL_BYTES)
    }

    fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    fn check_owner(&self, region: &RegionName) -> Result<(), PostgresError> {
        let path = self.root.join("owner");
        match std::fs::read_to_string(&path) {
            Ok(stored) if stored == region.as_str() => Ok(()),
            Ok(stored) => {
                let configured = region.to_string();
                Err(PostgresError::Owner { path: self.root.clone(), stored, configured })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::write(&path, region.as_str()).map_err(|error| PostgresError::file("write", path, error))
            }
            Err(error) => Err(PostgresError::file("read", path, error)),
        }
    }
}

fn check_disk(path: &Path) -> Result<(), PostgresError> {
    let disk = rustix::fs::statvfs(path).map_err(|error| PostgresError::file("measure", path, error.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= FREE_BYTES_MIN {
        return Ok(());
    }
    let mb = |bytes: u64| bytes / 1_000_000;
    Err(PostgresError::Disk { path: path.to_owned(), free_mb: mb(free), needed_mb: mb(FREE_BYTES_MIN) })
}

fn remove(path: &Path) -> Result<(), PostgresError> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(PostgresError::file("remove", path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_directory_is_for_one_region_and_what_a_crash_left_half_done_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let account = Account::find(None).unwrap();
        let name = |name| RegionName::parse(name).unwrap();
        let open = |region| Directory::open(data.path(), &name(region), &account);
        let directory = open("eu").unwrap();
        assert!(!directory.has_cluster());
        std::fs::create_dir_all(directory.part()).unwrap();
        std::fs::write(directory.part().join("PG_VERSION"), "15").unwrap();
        directory.install_part().unwrap();
        assert!(open("eu").unwrap().has_cluster(), "a whole one stays");
        std::fs::write(directory.rewinding(), "").unwrap();
        std::fs::create_dir_all(directory.part()).unwrap();
        assert!(!open("eu").unwrap().has_cluster(), "a half rewound one does not");
        assert!(!directory.part().exists() && !directory.rewinding().exists());
        let error = open("us").unwrap_err();
        assert!(error.to_string().contains("belongs to region eu, not to us"), "{error}");
        assert_eq!(error.hint().unwrap(), "give each region its own data directory");
    }
}
