//! A TCP proxy with toxics that speaks the API of Toxiproxy, so that tests written for that work against Landfall unchanged.
//!
//! ```text
//!   client of the field ── HTTP ──▶ server::api ──▶ server::proxies ──▶ published toxics (one value, all proxies at once)
//!                                                                            │ watched
//!   application ══ TCP ══▶ server::listener ──▶ server::connection ──▶ flow ─┴─ chain ══ TCP ══▶ upstream
//! ```
//!
//! Map: [`model`] is what a toxic is, its attributes, and how requests say so; [`chain`] is what toxics do to one
//! direction of one connection; [`server`] has the sockets, the API and the leases.
//!
//! Invariants: [`model`] and [`chain`] have no I/O, no async and no clock: time comes in as the [`std::time::Duration`]
//! since the server began. A change of toxics never loses or reorders bytes, except where a toxic's purpose is to end the
//! connection. Changing toxics waits for no connection, so it can't hang. Every buffer, wait and list has a limit.
//! What is the same as in Toxiproxy, what differs and what is more: `docs/guides/toxiproxy.md`.

pub mod chain;
pub mod model;
pub mod server;

pub use server::{Options, Server, StartError};
