//! Real processes of the binary `chirp`: killed, partitioned, stalled, steered.
//!
//! Every wait is for a state and has a bound; nothing is measured in time. Each lab has loopback
//! addresses of its own, and its processes end with it (by id), with the test (their standard input
//! ends), or both.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod admission;
mod api;
mod caches;
mod collector;
mod commands;
mod conditions;
mod confirmation;
mod conflicts;
mod copies;
mod defects;
mod durability;
mod edge;
mod edge_cache;
mod exposition;
mod http;
mod lab;
mod logs;
mod models;
mod nats;
mod postgres;
mod programs;
mod relay;
mod replication;
mod resolver;
mod snapshots;
mod soak;
mod steering;
mod third_parties;
mod traces;
mod trimming;
mod turn;
mod upstream;
