//! The judge is judged: recordings with known answers, good, bad and undecidable.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod arrivals;
mod availability;
mod changes;
mod consistency;
mod coverage;
mod digest;
mod edges;
mod failback;
mod few;
mod histories;
mod ledger;
mod live;
mod metastable;
mod neighbours;
mod promises;
mod properties;
mod recovery;
mod repetitions;
mod runs;
mod schema;
mod steering;
mod stop_guard;
mod stored;
mod story;
mod telling;
mod timeline;
mod together;
mod trust;
