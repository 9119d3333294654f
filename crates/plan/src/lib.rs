//! What the person wants to happen: text → checked plan → resolved plan.
//!
//! Map: [`Source`] is the text; [`check()`] turns it into a [`resolved::ResolvedPlan`] or into [`Mistakes`], all of them at
//! once. [`resolved`] is the immutable plan that everything else reads: nothing in it is left to decide.
//! [`fault`] has what can break, and the envelope
//! of every fault. [`geography`] is what resolving needs to know of the world (implemented by `wan`'s atlas).
//! [`template`] is the small language of paths, headers and bodies. [`schema()`] describes plans to editors,
//! [`reference()`] to people.
//!
//! Inside: `yaml` makes a tree of the text, `read` typed values of the tree, `text` declares what can be written, `check`
//! holds the rules between parts, `resolve` decides what was left open; `fault` is all of that for faults, a kind a file.
//!
//! Invariants: no clock, no async; the only I/O is reading the plan and the files it names. No reader stops at a mistake.

mod check;
pub mod fault;
pub mod geography;
mod mistakes;
mod read;
mod reference;
mod resolve;
pub mod resolved;
mod schema;
mod source;
pub mod template;
mod text;
mod yaml;

pub use mistakes::{Code, Mistake, Mistakes, Span};
pub use reference::reference;
pub use resolve::{CHIRP_DEFECTS, check, check_with_seed};
pub use schema::schema;
pub use source::{Source, SourceError};
