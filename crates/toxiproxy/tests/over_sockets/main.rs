//! The server on loopback: by hand, and through the clients that others have published for Toxiproxy.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod client;
mod clients;
mod proxy;
