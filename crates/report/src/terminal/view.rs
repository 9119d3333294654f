//! What the live block draws.

use super::HeatMap;
use std::time::Duration;
use verdict::live::{Now, State};

/// What the live block draws.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveView {
    /// The run's name.
    pub name: String,
    /// What can be said now.
    pub now: Now,
    /// By population: state and p99 second by second, oldest first; the last 60 are drawn. No p99: not enough samples.
    pub history: Vec<Vec<(State, Option<Duration>)>>,
    /// The latency of one population, in the place of the rows; `None`: nobody asked for it.
    pub map: Option<HeatMap>,
    /// All populations are wanted, as far as there is room, and not only those that are not fine.
    pub lists_all: bool,
    /// What the keys do, or where the page is. Empty: no such line.
    pub hint: String,
}
