//! The verdict: recording in, [`Findings`] out.
//!
//! Map: [`judge()`] is the way in; `evidence` puts the recording in order, `rules` computes one thing per module and argues
//! for it, [`statistics`] are the pure functions under them, `history` holds what the ledger's sessions did against what may
//! not be, `objectives` holds the promises against it, `telling` writes what surrounds it, [`live`] says what can be said while a run goes on, [`runs`] what several runs of one plan say together, `guard` keeps a crashing check
//! from taking the others with it. [`findings`] is the value that report, page, terminal, JSON and JUnit draw; [`words`]
//! writes its numbers the same way everywhere.
//!
//! Invariants: no I/O, no clock, no async, no randomness; the same recording gives the same findings, byte for byte. What
//! is drawn computes no judgement of its own.

mod evidence;
pub mod findings;
mod guard;
mod history;
mod judge;
pub mod live;
mod objectives;
mod rules;
pub mod runs;
pub mod statistics;
mod telling;
pub mod words;

pub use findings::{Findings, Verdict};
pub use judge::judge;
pub use telling::run::summary as plan_in_words;
