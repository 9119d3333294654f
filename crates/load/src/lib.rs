//! Generates load the way the world does.

pub mod arrivals;
