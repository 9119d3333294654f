//! The types of toxics and their attributes.
//!
//! | type | attributes | what it does to a direction of a connection |
//! |---|---|---|
//! | `latency` | `latency` ms, `jitter` ms | each chunk goes on so long after it arrived, uniform in [L − J, L + J) |
//! | `bandwidth` | `rate` KB/s, `shared` | bytes go on at this rate; a KB is 1000 bytes; 0 blocks |
//! | `slow_close` | `delay` ms | an end goes on so much later |
//! | `timeout` | `timeout` ms | all data is dropped; closes when none came for so long; 0 never closes |
//! | `reset_peer` | `timeout` ms | both ends get a reset so long after the first chunk |
//! | `slicer` | `average_size` B, `size_variation` B, `delay` **µs** | chunks go on in pieces |
//! | `limit_data` | `bytes` | closes after so many bytes |
//! | `noop` | | nothing |
//! | `slow_connect` | `delay` ms, `jitter` ms | new connections reach the upstream so much later |
//! | `fail_connect` | `first` connections | the first so many new connections are reset; 0 means all |
//!
//! The last two, and `shared`, are Landfall's own. They act when a connection opens, whatever their stream is.

use super::{Fields, Refusal};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What a toxic does, with its attributes in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Noop,
    /// Data goes on later.
    Latency {
        /// How much later.
        latency: Duration,
        /// At most so much less or more, uniformly.
        jitter: Duration,
    },
    /// Data goes on at a rate.
    Bandwidth {
        /// 0 blocks.
        bytes_per_second: u64,
        /// All connections together have this rate, and not each of them.
        shared: bool,
    },
    /// An end goes on later.
    SlowClose {
        /// How much later.
        delay: Duration,
    },
    /// Data is dropped, and a silence ends the connection.
    Timeout {
        /// How long a silence; nothing means that none does.
        timeout: Duration,
    },
    /// The connection is reset.
    ResetPeer {
        /// How long after the first chunk.
        timeout: Duration,
    },
    /// Data goes on in pieces.
    Slicer {
        /// A piece's mean length; at least 1.
        average_bytes: u64,
        /// At most so much less or more, uniformly.
        variation_bytes: u64,
        /// Between two pieces.
        delay: Duration,
    },
    /// The connection ends after an amount.
    LimitData {
        /// How many bytes still pass.
        bytes: u64,
    },
    /// New connections reach the upstream later.
    SlowConnect {
        /// How much later.
        delay: Duration,
        /// At most so much less or more, uniformly.
        jitter: Duration,
    },
    /// New connections are reset.
    FailConnect {
        /// How many, from when the toxic was added; 0 means all.
        first: u64,
    },
}

const BYTES_PER_KB: u64 = 1_000;

impl Kind {
    /// Reads a kind from its type and attributes; attributes that are not there are 0.
    ///
    /// # Errors
    /// When there is no such type, or an attribute is no whole number from 0 on.
    pub fn read(word: &str, attributes: &Map<String, Value>) -> Result<Self, Refusal> {
        let fields = Fields::new(attributes);
        let whole = |name| fields.whole(name).map(Option::unwrap_or_default);
        let ms = |name| whole(name).map(Duration::from_millis);
        Ok(match word {
            "noop" => Self::Noop,
            "latency" => Self::Latency { latency: ms("latency")?, jitter: ms("jitter")? },
            "bandwidth" => Self::Bandwidth {
                bytes_per_second: whole("rate")?.saturating_mul(BYTES_PER_KB),
                shared: fields.truth("shared")?.unwrap_or_default(),
            },
            "slow_close" => Self::SlowClose { delay: ms("delay")? },
            "timeout" => Self::Timeout { timeout: ms("timeout")? },
            "reset_peer" => Self::ResetPeer { timeout: ms("timeout")? },
            "slicer" => Self::Slicer {
                average_bytes: whole("average_size")?,
                variation_bytes: whole("size_variation")?,
                delay: Duration::from_micros(whole("delay")?),
            },
            "limit_data" => Self::LimitData { bytes: whole("bytes")? },
            "slow_connect" => Self::SlowConnect { delay: ms("delay")?, jitter: ms("jitter")? },
            "fail_connect" => Self::FailConnect { first: whole("first")? },
            _ => return Err(Refusal::Kind),
        })
    }

    /// The type's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Latency { .. } => "latency",
            Self::Bandwidth { .. } => "bandwidth",
            Self::SlowClose { .. } => "slow_close",
            Self::Timeout { .. } => "timeout",
            Self::ResetPeer { .. } => "reset_peer",
            Self::Slicer { .. } => "slicer",
            Self::LimitData { .. } => "limit_data",
            Self::SlowConnect { .. } => "slow_connect",
            Self::FailConnect { .. } => "fail_connect",
        }
    }

    /// The attributes as [`Kind::read`] takes them. `shared` is only named where it is true, so that clients which compare
    /// attributes with what they sent find them the same.
    #[must_use]
    pub fn attributes(self) -> Map<String, Value> {
        let ms = |duration: Duration| duration.as_millis() as u64;
        let value = match self {
            Self::Noop => json!({}),
            Self::Latency { latency, jitter } => json!({ "latency": ms(latency), "jitter": ms(jitter) }),
            Self::Bandwidth { bytes_per_second, shared: true } => {
                json!({ "rate": bytes_per_second / BYTES_PER_KB, "shared": true })
            }
            Self::Bandwidth { bytes_per_second, .. } => json!({ "rate": bytes_per_second / BYTES_PER_KB }),
            Self::SlowClose { delay } => json!({ "delay": ms(delay) }),
            Self::Timeout { timeout } | Self::ResetPeer { timeout } => json!({ "timeout": ms(timeout) }),
            Self::Slicer { average_bytes, variation_bytes, delay } => json!({
                "average_size": average_bytes,
                "size_variation": variation_bytes,
                "delay": delay.as_micros() as u64,
            }),
            Self::LimitData { bytes } => json!({ "bytes": bytes }),
            Self::SlowConnect { delay, jitter } => json!({ "delay": ms(delay), "jitter": ms(jitter) }),
            Self::FailConnect { first } => json!({ "first": first }),
        };
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}
