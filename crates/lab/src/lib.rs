//! The lab: a target that Landfall boots itself on this machine, with a loopback network for each region and emulated links
//! between them.
//!
//! ```text
//!   127.1.0.1  us-east-1 ──127.1.1.2──▶ relay ──▶ 127.2.0.1  eu-west-1      one process per region,
//!   127.2.0.1  eu-west-1 ──127.2.1.1──▶ relay ──▶ 127.1.0.1  us-east-1      one relay for all links between them,
//!   127.1.0.2  edge-us-east-1 ──127.1.2.2──▶ relay ──▶ 127.2.0.1            where a balancer steers: an edge at each place, or several
//!   127.1.3.2  us-east-1's PostgreSQL server reaches eu-west-1's here, 127.1.4.2 its NATS server: by the relay as well
//!   127.64.0.53 steering (geo-DNS and health checks, outside of the regions)
//!   127.65.0.0/16 … the populations, one network each
//! ```
//!
//! Map: [`Lab::boot`] is the entry; [`addresses`] is the plan of addresses (pure), `flows` what of it the kernel cuts; `process` supervises one child;
//! `servers` finds the programs that are not ours; `supervisor` owns the processes of Chirp and obeys the faults, `throttle` lets them run a part
//! of the time, `descriptors` open few more, `kept_data` keeps copies of what they have on disk; `chirp_config` writes Chirp's configuration, `certificates` those of its doors where users come in with TLS.
//!
//! Invariants: every child ends when this process does, however it ends (its standard input closes); nothing listens outside
//! of 127.0.0.0/8; the lab knows nothing of load.

pub mod addresses;
mod boot;
mod certificates;
mod chirp_config;
mod descriptors;
mod edges;
mod error;
mod flows;
mod happenings;
mod kept_data;
mod ports;
mod process;
mod relay;
mod servers;
mod supervisor;
mod throttle;

pub use boot::{Lab, LabEvent, LabOptions};
pub use error::LabError;
