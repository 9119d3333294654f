//! HTTP as Chirp needs it: a client for peers and probes, and a server with limits.

mod client;
mod server;
mod traffic;

pub use client::RequestError;
pub(crate) use client::{Answer, Connection};
pub(crate) use server::{ServeOptions, serve};
pub(crate) use traffic::{Meter, Traffic};
