//! The rules: what is computed from the evidence, one small module each, with its definition, its edge cases and what it
//! refuses to say.

pub(crate) mod amplification;
pub(crate) mod arrivals;
pub(crate) mod blast_radius;
pub(crate) mod consistency;
pub(crate) mod detection;
pub(crate) mod error_budget;
pub(crate) mod errors;
pub(crate) mod experience;
pub(crate) mod failback;
pub(crate) mod fate;
pub(crate) mod fault;
pub(crate) mod generator;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod impact;
pub(crate) mod ledger;
pub(crate) mod load;
pub(crate) mod loss;
pub(crate) mod metastable;
pub(crate) mod missing;
pub(crate) mod percentile;
pub(crate) mod recovery;
pub(crate) mod recovery_times;
pub(crate) mod segments;
pub(crate) mod shift;
pub(crate) mod stale;
pub(crate) mod steering;
pub(crate) mod together;
pub(crate) mod tolerance;
pub(crate) mod trust;
pub(crate) mod uptime;
pub(crate) mod visibility;
