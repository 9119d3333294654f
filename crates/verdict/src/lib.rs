//! The verdict: recording in, [`Findings`] out.
//!
//! Map: [`findings`] is the value that report, page, terminal, JSON and JUnit draw; [`words`] writes its numbers the same
//! way everywhere.
//!
//! Invariants: no I/O, no clock, no async, no randomness; the same recording gives the same findings, byte for byte. What
//! is drawn computes no judgement of its own.

pub mod findings;
pub mod words;

pub use findings::{Findings, Verdict};
