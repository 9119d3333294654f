//! Agents that stand elsewhere: real NATS servers, with the configuration that `landfall deploy` writes and without any.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of what is written for servers")]
#[path = "../../../deploy/tests/nats_server/mod.rs"]
mod nats_server;
mod refusals;
mod resumed;
mod rights;
mod runs;
mod servers;
mod stations;
#[expect(dead_code, reason = "shared with the tests of links in bad weather")]
#[path = "../world/mod.rs"]
mod world;
