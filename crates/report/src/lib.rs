//! The report: one [`verdict::Findings`] as a terminal summary, JSON, JUnit, Markdown and one HTML file.
//!
//! Map: [`terminal`] is what a person at a shell reads (end summary, event lines, the live block); [`html`] is the one file
//! that opens from an e-mail; [`json`], [`junit`] and [`markdown`] are for programs and CI; [`files`] writes them all.
//! [`comparison`] does the same for deployments side by side, [`mod@knee`] for the search of the largest load,
//! [`runs`] for several runs of one plan.
//! `facts` looks things up in the findings; `clock`, `number` and `visible` write instants, numbers and foreign text.
//!
//! Invariants: no judgement, no statistic and no number is made here: what is drawn is in the findings, so two renderings
//! can't disagree. No clock, no randomness: the same findings give the same bytes. Only [`files`] does I/O. Whatever the
//! tested system said (names, values, reasons) is text everywhere: never markup, never a terminal's control code.

mod clock;
pub mod comparison;
mod facts;
pub mod files;
pub mod html;
pub mod json;
pub mod junit;
pub mod knee;
pub mod markdown;
mod number;
pub mod runs;
pub mod terminal;
mod together;
mod visible;

pub use clock::Clock;
pub use facts::{exit_code, verdict_line};
pub use files::{WriteError, Written, write_all};
