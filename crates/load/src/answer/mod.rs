//! HTTP/1.1 answers from bytes, without a socket: what a read gave goes in, a complete answer comes out.
//!
//! ```text
//!   read buffer ──▶ Reader ──▶ more bytes, please
//!   (per thread)      │
//!                     └──▶ complete: status, framing, and where head and body lie
//! ```
//!
//! Most answers come in one read. Then nothing is copied: head and body stay where the read put them, and the checks look
//! at them there. Only an answer in pieces gets memory of its own, which is given back with the answer.

mod chunked;
mod head;
mod reader;

pub(crate) use head::{Head, ServedByHeader};
pub(crate) use reader::{Complete, Progress, Reader, Wanted};

/// More headers than this are not taken.
pub(crate) const HEADERS_MAX: usize = 96;
/// A longer head is not taken.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// A longer body is not taken, even if nobody looks at it.
const BODY_BYTES_MAX: u64 = 1 << 30;
/// A longer body is not kept for checks.
const KEPT_BYTES_MAX: usize = 8 << 20;

/// Why bytes are no answer that this client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("not an HTTP/1 answer")]
    Head,
    #[error("more than {HEADERS_MAX} headers")]
    Headers,
    #[error("a head of more than {HEAD_BYTES_MAX} bytes")]
    HeadLength,
    #[error("a content-length that is no number, or several different ones")]
    ContentLength,
    #[error("a body of more than {BODY_BYTES_MAX} bytes")]
    BodyLength,
    #[error("a body of more than {KEPT_BYTES_MAX} bytes, which the checks can't look at")]
    KeptLength,
    #[error("chunks that are none")]
    Chunk,
    #[error("a switch of protocols that nobody asked for")]
    Switch,
}

#[cfg(test)]
mod tests;
