//! The live page: what a run is, was and came to, for people who look at it in a browser.
//!
//! Map: [`wire`] is what the page is sent, message by message; its types are those of the page too (`page/src/wire.ts` is made
//! from them).
//!
//! Invariants: the server decides every word, state, mark and number that is a judgement, and takes them from `verdict`; the
//! page draws. Live, replay and the report's data block are the same messages.

pub mod wire;
