//! Holding a command hook in a process of its own.
//!
//! A hook breaks something outside of Landfall: if Landfall is killed, nobody would mend it. So a child process, in a
//! process group of its own, runs the commands and holds the lease: when its standard input ends (the parent is gone, however
//! it died) or nobody has renewed the lease in time, it heals and ends.
//!
//! ```text
//! landfall ──stdin: {"do":"inject"} {"do":"renew"} …──▶ landfall hold-fault ──▶ the user's commands
//!          ◀─stdout: {"done":"inject","ok":true,…}────
//! ```
//!
//! One JSON object per line, each request with one answer but `renew`, which has none.

mod client;
mod holder;
mod run_command;

pub(crate) use client::Client;
pub use holder::{HoldError, run};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the lines between parent and holder; both are the same program, so they must be equal.
const FORMAT: u32 = 1;

/// The first line: what is held.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    format: u32,
    inject: Vec<String>,
    heal: Vec<String>,
    verify_effect: Vec<String>,
    verify_removal: Vec<String>,
    environment: BTreeMap<String, String>,
    timeout_ms: u64,
    lease_ms: u64,
}

/// Every further line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
enum Order {
    Inject,
    VerifyEffect,
    Heal,
    VerifyRemoval,
    Renew,
}

/// The answer to an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    ok: bool,
    text: String,
}
