//! The statistics that verdicts rest on: pure functions of numbers, each with its formula and where it comes from.
//!
//! | question | answered by |
//! |---|---|
//! | how far may a percentile of so few samples be off? | [`order_statistics`] |
//! | are the values of one side larger than those of the other, and by how much? | [`mann_whitney`], [`hodges_lehmann`] |
//! | how far may a number of correlated seconds be off? | [`bootstrap`] |
//! | is it different, is it the same, or can't it be told? | [`change`], over a family: [`holm`] |
//! | does it fail more often? how many requests does it take to see? | [`proportions`] |
//! | when did it start? | [`cusum`] |
//! | at which of many runs did it change? | [`change_points`] |
//! | can we stop looking? | [`sprt`] |
//! | was it steady before, and from when on? | [`steady_state`] |
//! | do counts lie as those of a Poisson process do? | [`dispersion`] |
//! | when would whoever is on call have been told? | [`burn_rate`] |
//!
//! Nothing here knows of regions or requests. Chance is a [`units::Seed`]: the same numbers give the same answer.

pub mod bootstrap;
pub mod burn_rate;
pub mod change;
pub mod change_points;
pub mod cusum;
pub mod dispersion;
mod distribution;
pub mod hodges_lehmann;
pub mod holm;
pub mod mann_whitney;
#[cfg(test)]
mod noise;
pub mod order_statistics;
pub mod proportions;
pub mod sprt;
pub mod steady_state;
