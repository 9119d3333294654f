//! What is promised, and when the measurement can't be trusted.

use super::{OperationClass, Property};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{PopulationName, Share, StepName};

/// A promise with a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// Its name, unique in the plan.
    pub name: String,
    /// What is promised.
    pub kind: ObjectiveKind,
}

/// What can be promised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ObjectiveKind {
    /// Achieved recovery time of every fault, worst population, at most this.
    RecoveryTime {
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
        /// Only this class of operations.
        class: Option<OperationClass>,
        /// Only this population; `None`: each one on its own, the worst counts.
        #[serde(default)]
        population: Option<PopulationName>,
    },
    /// Time from the fault's proven removal until every origin is served by its home again, at most this.
    Failback {
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
        /// Only this population; `None`: each one on its own, the worst counts.
        #[serde(default)]
        population: Option<PopulationName>,
    },
    /// Time from the first success at home after a fault until a population is served there as well as before, at most this.
    ColdReturn {
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
    },
    /// Acknowledged writes that no final read shows anywhere, at most this many.
    LostWrites {
        /// The limit.
        max: u64,
    },
    /// Acknowledged writes that final reads show in some regions and not in others, at most this many.
    DivergedWrites {
        /// The limit.
        max: u64,
    },
    /// Share of intended requests that succeed, at least this.
    Availability {
        /// The limit.
        min: Share,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
        /// Only this class of operations.
        #[serde(default)]
        class: Option<OperationClass>,
        /// Only this step.
        #[serde(default)]
        step: Option<StepName>,
        /// Only this part of the run; `None`: all of it after the warm-up.
        #[serde(default)]
        phase: Option<RunPhase>,
    },
    /// Share of user-time in which users succeed, in every window of that length, at least this.
    Uptime {
        /// The limit.
        min: Share,
        /// The window's length.
        #[serde(with = "units::duration")]
        window: Duration,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
    },
    /// The part of thirty days' error budget that the run spends, at most this.
    ErrorBudget {
        /// The share of successes that is promised for the month.
        target: Share,
        /// The limit.
        max: Share,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
    },
    /// The burn rate of the error budget in every window of that length, at most this.
    BurnRate {
        /// The share of successes that is promised for the month.
        target: Share,
        /// The limit: 1 spends the month's budget in a month.
        max: f64,
        /// The window's length.
        #[serde(with = "units::duration")]
        window: Duration,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
    },
    /// Attempts per request in any ten seconds, at most this.
    RetryAmplification {
        /// The limit: 1 is no retry at all.
        max: f64,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
    },
    /// After every fault the service comes back by itself.
    NotMetastable,
    /// The service's own health or steering notices every fault, within at most this.
    DetectionTime {
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
    },
    /// Share of the users of a region that is hit who are never led elsewhere, at most this.
    NeverMoved {
        /// The limit.
        max: Share,
    },
    /// Share of the users whom no fault was aimed at and who were affected all the same, at most this.
    BlastRadius {
        /// The limit.
        max: Share,
    },
    /// Violations of a property of the ledger's histories, at most this many.
    Violations {
        /// Which.
        property: Property,
        /// The limit.
        max: u64,
    },
    /// A percentile of the age of what reads of the ledger's sessions lacked, at most this.
    Staleness {
        /// Above 0 and below 100.
        percentile: f64,
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
    },
    /// Share of the reads of the ledger's sessions that show what a level of consistency promises, within a time, at least this.
    Consistency {
        /// What a read must show.
        level: ConsistencyLevel,
        /// How long a read may take, from before its first attempt to its answer.
        #[serde(with = "units::duration")]
        within: Duration,
        /// The limit.
        min: Share,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
        /// Only this part of the run; `None`: all of it after the warm-up.
        phase: Option<RunPhase>,
    },
    /// A percentile of the response time of successes, at most this.
    ResponseTime {
        /// Above 0 and below 100.
        percentile: f64,
        /// The limit.
        #[serde(with = "units::duration")]
        max: Duration,
        /// Only this step.
        step: Option<StepName>,
        /// Only this population; `None`: each one on its own, the worst counts.
        population: Option<PopulationName>,
        /// Only the baseline; `false`: what `phase` says.
        baseline_only: bool,
        /// Only this class of operations.
        #[serde(default)]
        class: Option<OperationClass>,
        /// Only this part of the run; `None`: all of it after the warm-up.
        #[serde(default)]
        phase: Option<RunPhase>,
    },
}

/// What a read must show: the levels of Pileus (Terry and others, SOSP 2013) that a single read can keep or break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsistencyLevel {
    /// Everything that was acknowledged before it began.
    Strong,
    /// Everything that had been acknowledged for a time before it began.
    BoundedStaleness {
        /// How old what it lacks may be at most.
        #[serde(with = "units::duration")]
        max: Duration,
    },
    /// What its session had written.
    ReadYourWrites,
    /// Nothing older than what its session had read.
    MonotonicReads,
    /// Anything.
    Eventual,
}

impl ConsistencyLevel {
    /// As written in plans.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::BoundedStaleness { .. } => "bounded-staleness",
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic-reads",
            Self::Eventual => "eventual",
        }
    }
}

/// A part of the run, by whether faults are in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// From the warm-up's end to the first fault.
    Baseline,
    /// Whenever a fault is in effect, until its removal is proven.
    Fault,
    /// After the first removal, whenever no fault is in effect.
    After,
}

impl RunPhase {
    /// As written in plans.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Fault => "fault",
            Self::After => "after",
        }
    }
}

/// When the measurement can't be trusted: past one of these the verdict is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// p99 of (sent − intended) by the generator's own fault.
    #[serde(with = "units::duration")]
    pub send_lag_p99_max: Duration,
    /// Arrivals that were dropped or never sent.
    pub unsent_max: Share,
    /// A region counts as recovered when this share of a population's requests succeeds …
    pub recovered_success_min: Share,
    /// … over a window of this length.
    #[serde(with = "units::duration")]
    pub recovered_window: Duration,
    /// How slow successes may still be then. Plans before format 1.6 have the default.
    #[serde(default)]
    pub recovered_response: RecoveredResponse,
    /// Changes that still count as none. Plans before format 1.4 have the defaults.
    #[serde(default)]
    pub margins: Margins,
}

/// How slow the successes of users who were hit may still be when they count as recovered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveredResponse {
    /// So many times the baseline's p99, 1 to 100 …
    pub times: f64,
    /// … or so much more than it: the larger of the two counts.
    #[serde(with = "units::duration")]
    pub more: Duration,
}

impl RecoveredResponse {
    /// What a success may take, by the baseline's p99.
    #[must_use]
    pub fn limit(&self, baseline_p99: Duration) -> Duration {
        baseline_p99.mul_f64(self.times).max(baseline_p99 + self.more)
    }
}

impl Default for RecoveredResponse {
    /// Three times the p99, and at least a second more: an answer from another continent over a fresh connection takes up to four
    /// round trips of a quarter of a second.
    fn default() -> Self {
        Self { times: 3.0, more: Duration::from_secs(1) }
    }
}

/// Changes that still count as none when the time of the faults is compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Of the share of requests that fail.
    pub failing: Share,
    /// Of a percentile of the response time, as a share of it …
    pub response_share: Share,
    /// … and as a length: the larger of the two counts.
    #[serde(with = "units::duration")]
    pub response_min: Duration,
}

impl Default for Margins {
    /// Half a point of failures; a tenth of a response time, at least 20 ms.
    fn default() -> Self {
        let share = |per_mille: u32| Share::from_parts_per_million(per_mille * 1_000).expect("below all of it");
        Self { failing: share(5), response_share: share(100), response_min: Duration::from_millis(20) }
    }
}
