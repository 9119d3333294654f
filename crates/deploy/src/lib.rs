//! Writes what a fleet needs to stand in several places: manifests for Kubernetes, units for machines, the
//! configuration of NATS, and the certificates that say who is who.
//!
//! ```text
//!   fleet.toml or flags ──▶ Fleet ──┬──▶ kubernetes ──▶ Bundle ──▶ folder      the same every time, no secret in it
//!                          checked  ├──▶ systemd    ──▶ Bundle ──▶ folder      the same every time, no secret in it
//!                                   └──▶ credentials ───────────▶ folder       keys: made once, kept, never printed
//! ```
//!
//! Map: [`fleet`] is what is to stand where; [`rights`] says who may publish and subscribe to what (the table is
//! `docs/design/009-subjects-and-rights.md`); [`nats`] writes the servers' configuration; [`kubernetes`] and [`systemd`] place it;
//! [`credentials`] makes certificates; [`bundle`] puts files into a folder and never overwrites what somebody changed.
//!
//! Invariants: what is written depends on the fleet alone (no clock, no chance, no environment), so it can be kept under
//! version control and a change can be read before it is applied. Only [`credentials`] has chance in it, and the day
//! comes in as a value. Nothing here talks to a cluster or a server: people apply what they have read.

mod agent;
pub mod bundle;
pub mod credentials;
pub mod fleet;
pub mod kubernetes;
pub mod nats;
pub mod rights;
pub mod systemd;
mod yaml;
