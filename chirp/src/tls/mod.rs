//! TLS where users come in, and for those who ask there as users do.
//!
//! ```text
//!  users, health checks ── TLS ──▶ a region's `listen` ── or an edge's; the edge asks regions without
//!                                       │
//!            `shown`: which certificate? ├ the right one
//!                                        └ while `certificate` is set: the expired one, one of another name, none
//! ```
//!
//! Only these doors have it: what regions say to each other, edges to regions and operators to all goes over private
//! networks, and carries none.
//!
//! **Asked for each handshake.** Which certificate is shown is decided when somebody connects: connections that are
//! there go on whatever becomes of it, and who resumes a session is not shown one again, as everywhere.

mod caller;
mod shown;

#[cfg(test)]
mod tests;

pub(crate) use caller::Caller;
pub(crate) use shown::acceptor;
