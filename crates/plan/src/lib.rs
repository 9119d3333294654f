//! What the person wants to happen: text → checked plan → resolved plan.
//!
//! Map: [`resolved`] is the immutable plan that everything else reads: nothing in it is left to decide.
//! [`geography`] is what resolving needs to know of the world (implemented by `wan`'s atlas).
//! [`template`] is the small language of paths, headers and bodies.
//!
//! Invariants: no clock, no async; the only I/O is reading the plan and the files it names.

pub mod geography;
pub mod resolved;
pub mod template;
