//! The second arm of cuts: packets that the kernel really drops or answers with a reset, in a network namespace of our own.
//!
//! ```text
//!   fault ── Overlay ──▶ split ──┬─ cut ──▶ Cuts ── nft ──▶ table landfall-3   (the kernel: every packet of the link)
//!                                └─ rest ─▶ shaped sockets, relay              (delays, limits, resets at once)
//!
//!   opener ─── lo ──▶ [ tables of the faults ] ──▶ relay ─── lo ──▶ [ the same ] ──▶ accepter
//! ```
//!
//! The emulated arm acts above TCP: a relay has accepted a connection before it can refuse it, holds bytes that it has
//! acknowledged, and knows nothing of retransmissions. Here SYNs are lost, connects are refused by a RST, and open connections
//! are dead and don't know: the kernels at both ends find out by their own timers, as in the world.
//!
//! - **Nothing leaks.** Only who has entered a [`Namespace`] can open [`Cuts`], and each command looks whether it is still in there. The
//!   namespace has a loopback and nothing else, and ends with its last process: no rule outlives it, whatever happens.
//! - **One fault, one table.** A table is made, replaced and deleted as a whole by one transaction of the kernel: there is no half of
//!   a fault, and taking it away is one command that can't hit another's rules.
//! - **The kernel holds the lease.** What a table does hangs on one element of a set, with a time-out. Renewing is replacing it; where it
//!   has run out there is nothing to replace, so a lease that is over can't be renewed.
//! - Of two cuts on a link the one that drops wins, as in [`crate::State`]: what vanishes can't be answered.
//!
//! Limits: TCP over IPv4. A cut hits the connections of a link by their addresses, so both legs of a relayed link count as its own
//! only where the relay opens the second one from the link's address ([`crate::relay::control::LinkSetup::source`]).

mod cuts;
mod error;
mod namespace;
mod rules;
mod split;

pub use cuts::Cuts;
pub use error::KernelError;
pub use namespace::Namespace;
pub use rules::{Block, Flow};
pub use split::{Cut, Ways, split};
