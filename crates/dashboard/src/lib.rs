//! The live page: what a run is, was and came to, for people who look at it in a browser.
//!
//! Map: [`wire`] is what the page is sent, message by message; its types are those of the page too (`page/src/wire.ts` is made
//! from them). [`feed`] makes the messages of a run from its entries, [`replay`] those of a recording. [`server`] serves page, runs
//! and streams on a thread of its own, [`access`] says to whom; inside, `hub` owns the messages of a run that goes on, and `assets`
//! are the page's files, which `build.rs` builds.
//!
//! Invariants: the server decides every word, state, mark and number that is a judgement, and takes them from `verdict`; the
//! page draws. Live, replay and the report's data block are the same messages. A run never waits for who looks at it. `feed` and
//! `replay` do no I/O and have no clock.

pub mod access;
mod assets;
pub mod feed;
mod hub;
pub mod layer;
pub mod replay;
pub mod server;
pub mod wire;
