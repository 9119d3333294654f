//! The wide-area network: places, measured paths, links, and two ways of putting real sockets behind them.
//!
//! ```text
//!   atlas ── place, backbone, access ──▶ plan (resolves paths)
//!   plan::resolved::Path ──▶ link (pure: one plain value, a delay line) ──▶ network (links that live and change)
//!                                                                            ├──▶ shaped (inside a client's own socket)
//!                                                                            ├──▶ relay  (a process between two servers)
//!                                                                            └──▶ kernel (packets really dropped: cuts only)
//!   timer (sleeping to within microseconds) carries both, and the pacing of load
//! ```
//!
//! Invariants: [`link`] and [`Atlas`] have no I/O, no async and no clock. A change of a link never loses or reorders bytes,
//! except where its state says so. Loss is emulated as the delay it causes and never claimed to be more. One model, two
//! arms, one conformance test body (`tests/over_sockets/conformance.rs`); cuts have a third arm, and a body of their own
//! (`tests/cuts/checks.rs`).

mod atlas;
pub mod kernel;
pub mod link;
pub mod network;
pub mod relay;
pub mod shaped;
pub mod timer;

pub use atlas::Atlas;
pub use link::{Link, Overlay, State, Way};
pub use network::{LinkHandle, LinkId, Network, Traffic};
pub use shaped::{ShapedStream, StreamOptions};
