//! The server's configuration, as text. All of it is here; nothing is left to what an installation brings.
//!
//! | why | settings |
//! |---|---|
//! | a dead link is noticed in seconds, not hours | `wal_*_timeout`, keepalives in `primary_conninfo` |
//! | a server that was away catches up by the log alone | `wal_keep_size` |
//! | a tail can be cut off | checksums (made by `initdb`) |
//! | an acknowledgement means what the configuration promises | `synchronous_*` |
//! | a region that lost its lease cannot write | `default_transaction_read_only` |
//!
//! Access is without a password: the server listens on loopback addresses only, which the check of the
//! configuration makes sure of.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::names::RegionName;

/// The superuser, and the only role.
pub(super) const ROLE: &str = "chirp";
/// The database; the one that every cluster has.
pub(super) const DATABASE: &str = "postgres";
/// After this much silence a replication connection is dead.
const SILENCE_MS: u32 = 5000;
/// With the defect `ack-before-durable`, between two writes of the log to disk. What was committed in up to three
/// of these is gone with the server; standbys hear of it no sooner, and must not look dead meanwhile.
const LAZY_DELAY: &str = "1s";

/// Which acknowledgements of other servers a commit waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncRule {
    /// How many of `standbys` must have it on disk.
    pub(super) count: usize,
    /// All other regions.
    pub(super) standbys: Vec<RegionName>,
}

impl SyncRule {
    /// The value of `synchronous_standby_names`.
    fn names(&self) -> String {
        let count = self.count.min(self.standbys.len());
        if count == 0 {
            return String::new();
        }
        let names: Vec<String> = self.standbys.iter().map(|name| format!("\"{name}\"")).collect();
        format!("ANY {count} ({})", names.join(", "))
    }
}

/// What differs between servers and over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Whose server.
    pub(super) region: RegionName,
    /// Where it listens.
    pub(super) listen: SocketAddr,
    /// Which acknowledgements it waits for as the writer.
    pub(super) sync: SyncRule,
    /// Where it reads the log as a standby; none: nowhere.
    pub(super) upstream: Option<SocketAddr>,
    /// Whether it takes writes once it is promoted.
    pub(super) writable: bool,
    /// Whether commits that do not wait for the disk get there late.
    pub(super) lazy: bool,
}

impl Settings {
    /// The file `chirp.conf`.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("# Written by chirp at each change; edits are lost.\n");
        let mut set = |name: &str, value: &str| {
            writeln!(text, "{name} = '{}'", value.replace('\'', "''")).expect("a string takes every write");
        };
        set("listen_addresses", &self.listen.ip().to_string());
        set("port", &self.listen.port().to_string());
        for (name, value) in FIXED {
            set(name, value);
        }
        set("synchronous_standby_names", &self.sync.names());
        set("primary_conninfo", &self.upstream.map(|address| self.upstream_conninfo(address)).unwrap_or_default());
        set("default_transaction_read_only", if self.writable { "off" } else { "on" });
        set("wal_writer_delay", if self.lazy { LAZY_DELAY } else { "200ms" });
        text
    }

    fn upstream_conninfo(&self, address: SocketAddr) -> String {
        format!("{} application_name={}", conninfo(address), self.region)
    }
}

/// How PostgreSQL's own programs reach a server.
pub(super) fn conninfo(address: SocketAddr) -> String {
    format!(
        "host={} port={} user={ROLE} dbname={DATABASE} connect_timeout=5 keepalives_idle=2 keepalives_interval=1 \
         keepalives_count=3 tcp_user_timeout={SILENCE_MS} sslmode=disable",
        address.ip(),
        address.port()
    )
}

/// The file `hba.conf`.
pub(super) const ACCESS: &str = "host all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n";

const FIXED: [(&str, &str); 31] = [
    ("unix_socket_directories", ""),
    ("max_connections", "100"),
    ("shared_buffers", "32MB"),
    ("max_worker_processes", "8"),
    ("max_parallel_workers_per_gather", "0"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("datestyle", "iso"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("wal_level", "replica"),
    ("hot_standby", "on"),
    ("max_wal_senders", "16"),
    ("wal_keep_size", "512MB"),
    ("max_wal_size", "512MB"),
    ("recovery_target_timeline", "latest"),
    ("wal_sender_timeout", "5s"),
    ("wal_receiver_timeout", "5s"),
    ("wal_receiver_status_interval", "1s"),
    ("wal_retrieve_retry_interval", "200ms"),
    ("max_standby_streaming_delay", "5s"),
    ("client_connection_check_interval", "1s"),
    ("tcp_keepalives_idle", "2"),
    ("tcp_keepalives_interval", "1"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("restart_after_crash", "off"),
    ("log_destination", "stderr"),
    ("log_timezone", "UTC"),
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn settings() -> Settings {
        let name = |name| RegionName::parse(name).unwrap();
        Settings {
            region: name("eu-west-1"),
            listen: "127.2.0.1:7432".parse().unwrap(),
            sync: SyncRule { count: 1, standbys: vec![name("us"), name("ap")] },
            upstream: None,
            writable: false,
            lazy: false,
        }
    }

    #[test]
    fn a_commit_waits_for_as_many_others_as_there_are_and_are_asked_for() {
        let rule = |count, standbys: &[&str]| {
            let standbys = standbys.iter().map(|name| RegionName::parse(name).unwrap()).collect();
            SyncRule { count, standbys }.names()
        };
        assert_eq!(rule(0, &["us", "ap"]), "");
        assert_eq!(rule(1, &["us", "ap"]), "ANY 1 (\"us\", \"ap\")");
        assert_eq!(rule(2, &["us"]), "ANY 1 (\"us\")");
        assert_eq!(rule(1, &[]), "");
    }

    #[test]
    fn what_changes_over_time_is_in_the_text() {
        let text = settings().text();
        for line in [
            "listen_addresses = '127.2.0.1'",
            "port = '7432'",
            "primary_conninfo = ''",
            "default_transaction_read_only = 'on'",
            "synchronous_standby_names = 'ANY 1 (\"us\", \"ap\")'",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        let upstream = Some("127.2.1.1:7433".parse().unwrap());
        assert!(text.contains("wal_writer_delay = '200ms'"), "{text}");
        let text = Settings { upstream, writable: true, lazy: true, ..settings() }.text();
        assert!(text.contains("wal_writer_delay = '1s'"), "{text}");
        assert!(text.contains("primary_conninfo = 'host=127.2.1.1 port=7433 user=chirp"), "{text}");
        assert!(text.contains("application_name=eu-west-1'") && text.contains("read_only = 'off'"), "{text}");
    }
}
