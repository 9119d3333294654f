//! What one process may claim about another one's clock: an offset with a bound, or nothing.
//!
//! ```text
//!    remote clock  ────────t2──t3────────▶        t1, t4 by the local clock, t2, t3 by the remote one
//!                         ╱      ╲
//!    local clock   ──────t1──────t4──────▶        upper:  remote − local ≤ t2 − t1 − floor
//!                                                 lower:  remote − local ≥ t3 − t4 + floor
//! ```
//!
//! **Where the bound comes from.** A message was received after it was sent, and took at least what light takes. That
//! is all that an exchange says (Cristian 1989; RFC 5905 says the same with a floor of zero): how the rest of the round
//! trip was shared between there and back is not known, so an asymmetric path must be inside the bound. The middle of
//! the interval is the offset, half its width the bound.
//!
//! **Drift.** Two clocks of ordinary machines run apart by no more than [`DRIFT_PPM_MAX`] (Marzullo 1984 widens by the
//! rate; 200 ppm is twice what a crystal's data sheet allows). So an exchange bounds the offset at other instants, too,
//! by a cone that opens by that rate, and many exchanges bound it by the lowest of the upper cones and the highest of
//! the lower ones. This is the filter of smallest round trips, done exactly: an exchange counts as long as, and where,
//! it says more than all others, for each direction by itself. What is inside another one's cone says nothing
//! and is dropped, which is what keeps the memory small.
//!
//! **Steps.** Under these assumptions two exchanges never contradict each other. When they do, a clock was set, or its
//! rate is not a clock's: [`Heard::Stepped`] names by how much, everything older is forgotten, and instants that may
//! lie before the step are not converted any more ([`Unknown`]), for nobody knows when it was. A step between
//! two exchanges is not known before the second one: whoever needs the bound exchanges often.
//!
//! **Order.** [`order`] claims an order of two converted instants only when their distance exceeds the sum of
//! their bounds. Instants of one clock need no conversion: they are ordered by themselves.
//!
//! **Limits.** A floor that is too high (an agent that does not stand where it says) makes intervals too narrow; it
//! is found only when a round trip is shorter than light allows ([`Refused::FasterThanFloor`]). Among several clocks that
//! should show the same, [`agreement`] finds the one that does not.
//!
//! No clock is read here: readings come in as values.

pub mod agreement;
mod envelope;
mod filter;
mod reading;

pub use filter::{
    ClockFilter, ClockLimits, DRIFT_PPM_MAX, Estimate, Heard, RESOLUTION, Refused, Sample, Step, Unknown, WINDOW,
};
pub use reading::{LocalReading, Offset, Reading, RemoteReading, Stamp, order};

#[cfg(test)]
mod tests;
