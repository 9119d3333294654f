//! HTTP as Chirp needs it: a client for peers and probes, and a server with limits.

mod client;
mod server;
mod traffic;

use http::HeaderName;

pub use client::RequestError;
pub(crate) use client::{Answer, Connection};
pub(crate) use server::{Door, ServeOptions, serve};
pub(crate) use traffic::{Meter, Traffic};

/// Of a request: how many milliseconds its asker still waits, carried from hop to hop.
pub(crate) const DEADLINE: HeaderName = HeaderName::from_static("x-deadline-ms");
