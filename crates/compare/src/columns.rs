//! The figures that deployments are compared by, named once. The order is that of the table.

use serde::Serialize;

/// A figure's name and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Column {
    /// For programs: a row's figures have it as their key.
    pub key: &'static str,
    /// What the columns beside it have in common.
    pub group: &'static str,
    /// The head of the table's column.
    pub title: &'static str,
    /// What it is, in a sentence.
    pub meaning: &'static str,
}

const fn column(key: &'static str, group: &'static str, title: &'static str, meaning: &'static str) -> Column {
    Column { key, group, title, meaning }
}

/// The table's columns.
pub const COLUMNS: [Column; 14] = [
    column(
        "read_p50",
        "every day: response time",
        "read p50",
        "Median response time of reads, all users together, before anything is broken.",
    ),
    column("read_p99", "every day: response time", "read p99", "99th percentile of the same."),
    column(
        "write_p50",
        "every day: response time",
        "write p50",
        "Median response time of writes, all users together, before anything is broken.",
    ),
    column("write_p99", "every day: response time", "write p99", "99th percentile of the same."),
    column(
        "read_recovery",
        "a region dies",
        "reads back",
        "From the first failed read to the first good window, of the users it took longest for; in brackets whom it hit.",
    ),
    column("write_recovery", "a region dies", "writes back", "The same for writes."),
    column("lost_writes", "what is lost", "lost", "Acknowledged writes that nobody could read in the end."),
    column(
        "missing_writes",
        "what is lost",
        "missing",
        "Acknowledged writes that were away for a while and came back.",
    ),
    column(
        "stale_reads",
        "what is lost",
        "stale",
        "Reads that began after a write was acknowledged and did not show it, of all reads that look for a fresh write.",
    ),
    column(
        "lost_updates",
        "what is lost",
        "lost updates",
        "Acknowledged updates that collided with another and that nobody can see any more.",
    ),
    column("conflicts", "what is lost", "conflicts", "Collisions that were provoked on purpose."),
    column(
        "cross_bytes",
        "between regions",
        "bytes/req.",
        "Bytes on the links between regions, as the relay counts them, per request of a user.",
    ),
    column(
        "cross_requests",
        "between regions",
        "requests/req.",
        "Requests between regions, as Chirp counts them, per request of a user.",
    ),
    column(
        "cost_month",
        "price",
        "per month",
        "Instances × hours, and bytes between regions, at this load and the stated prices.",
    ),
];

/// The columns of the table per origin.
pub const ORIGIN_COLUMNS: [Column; 6] = [
    column("read_p50", "every day", "read p50", "Median response time of reads before anything is broken."),
    column("read_p99", "every day", "read p99", "99th percentile of the same."),
    column("write_p50", "every day", "write p50", "Median response time of writes before anything is broken."),
    column("write_p99", "every day", "write p99", "99th percentile of the same."),
    column("read_recovery", "a region dies", "reads back", "From the first failed read to the first good window."),
    column("write_recovery", "a region dies", "writes back", "The same for writes."),
];
