//! Chirp: a small social network that runs in several regions at once, and can be broken on purpose.
//!
//! Users, posts, follows, home time lines. Each region keeps a durable log of its own writes, and every other
//! region pulls it. What a region acknowledged survives the death of its process; what regions wrote apart
//! falls together without a coordinator. Who may write is the deployment **model**: every region, one with
//! a lease, or each user's home.
//!
//! ```text
//!            users                                    users
//!              |  geo-DNS (dns): nearest healthy        |
//!              v                                        v
//!   +--- region eu-west-1 ---+   pull the log   +--- region us-east-1 ---+
//!   | api -> writer -> store | <=============== | api -> writer -> store |
//!   |            (fsync)     | ===============> |            (fsync)     |
//!   +------------------------+                  +------------------------+
//! ```
//!
//! The map:
//! - `command`: the command line, one function per subcommand.
//! - `config`: the one file that all processes read.
//! - `conflicts`: writes concurrent updates to a running deployment and says what became of them.
//! - `region`: a region's process: API, health, metrics, replication.
//! - `dns`: the geo-DNS process.
//! - `admission`: what may pass: form and tokens, for edges and regions alike.
//! - `cache`: answers that edges and regions keep for a short time.
//! - `edge`: the process in front of the regions that chooses one for each request.
//! - `probe`: health checks from outside, as the geo-DNS and the edges do them.
//! - `engine`: the seam: what users can ask and do, as plain values, and the engines that can.
//! - `third_party`: link previews, media, push notifications: breakers, retries, fallbacks.
//! - `provider`: a third party to play with.
//! - `condition`: what is wrong with a running process on purpose, with a lease.
//! - `store`: the embedded engine: tables, the writer thread, time lines.
//! - `resolve`: what becomes of writes that did not know of each other. Pure.
//! - `lease`: who may write, as decisions without clock or network. Pure.
//! - `promote`, `topology`: what the commands of these names do.
//! - `durability`: in how many regions a write must be before it is answered.
//! - `snapshot`: everything that a region knows in one object, and back.
//! - `clock`, `model`, `attachments`, `entry`, `names`: what is stored and sent, and the laws it keeps. Pure.
//! - `defects`: the defences that can be taken away.
//! - `http`, `events`, `telemetry` (logs), `trace`, `stop`, `wall_clock`, `mix`: how the processes touch the world.
//!
//! **What is absent**: no in-memory state that a crash could lose; no read of the time of day outside of
//! `wall_clock`; no answer to a write before its fsync (unless a defect says so); nothing
//! heard is told as our own: copies of others' logs keep their origin, so that no way leads in a circle.

mod admission;
mod attachments;
mod cache;
mod child;
mod clock;
mod command;
mod condition;
mod config;
mod conflicts;
mod defects;
mod dns;
mod durability;
mod edge;
mod engine;
mod entry;
mod error;
mod events;
mod http;
mod lease;
mod metrics;
mod mix;
mod model;
mod names;
mod postgres;
mod probe;
mod promote;
mod provider;
mod region;
mod resolve;
mod rounds;
mod snapshot;
mod stop;
mod store;
mod telemetry;
mod text_form;
mod third_party;
mod tls;
mod topology;
mod trace;
mod wall_clock;

pub use command::{Command, run};
pub use config::{ConfigError, Mistake};
pub use error::{BindError, Error, PostgresFailure, StoreFailure};
pub use http::RequestError;
pub use snapshot::RestoreError;
