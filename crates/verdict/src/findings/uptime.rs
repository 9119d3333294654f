//! Availability as users see it, and what it costs.

use super::{Length, Span};
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// Windowed user-uptime of one population, after Hauer and others (NSDI 2020).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UserUptime {
    /// Population index; `None`: everybody, each population with its share of the users.
    pub population: Option<usize>,
    /// Share of user-time in which requests succeed; `None`: no requests.
    pub uptime: Option<f64>,
    /// ok ÷ requests beside it, which is biased to whoever asks most.
    pub success: Option<f64>,
    /// The worst window of each length, shortest first; lengths that don't fit into the run are left out.
    pub worst: Vec<UptimeWindow>,
}

/// The worst window of a length.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UptimeWindow {
    /// How long it is.
    #[serde(rename = "length_us")]
    pub length: Length,
    /// Where it lies.
    pub span: Span,
    /// Its user-uptime.
    pub uptime: f64,
}

/// What the run would cost of thirty days' error budget.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ErrorBudget {
    /// Population index.
    pub population: usize,
    /// The share of successes that is promised.
    pub target: f64,
    /// Whether no objective names a target, so that this one is assumed.
    pub is_assumed: bool,
    /// Failed ÷ requests over what is measured.
    pub failing: f64,
    /// The part of thirty days' budget that this run spent: above 1 is more than the month has.
    pub spent: f64,
    /// That of the time of the faults and after: what the outage alone costs.
    pub spent_by_outage: f64,
    /// Who would have been told, and when.
    pub alerts: Vec<BurnAlert>,
    /// In words.
    pub text: String,
}

/// A multi-window burn-rate alert, with its windows scaled to the length of the run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BurnAlert {
    /// The burn rate at which it fires.
    pub factor: f64,
    /// Its long window in production.
    #[serde(rename = "production_long_us")]
    pub production_long: Length,
    /// Its long window here.
    #[serde(rename = "long_us")]
    pub long: Length,
    /// Its short window here.
    #[serde(rename = "short_us")]
    pub short: Length,
    /// Whether it wakes somebody.
    pub is_page: bool,
    /// When it fired first; `None`: it did not.
    #[serde(rename = "fired_us")]
    #[schemars(with = "Option<u64>")]
    pub fired: Option<RunTime>,
    /// In words.
    pub text: String,
}
