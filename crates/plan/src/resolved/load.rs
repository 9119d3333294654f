//! How users turn up: the arrival model and its shape over time.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Rate;

/// How users turn up, for all populations together; each population takes its share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Open, closed or partly open.
    pub model: LoadModel,
    /// The shape, one stage after the other; never empty. Values are arrivals per second, or users in the closed model.
    pub stages: Vec<Stage>,
    /// How arrivals lie in time (open and partly open).
    pub arrivals: Arrivals,
    /// How exactly the generator keeps to the intended times.
    pub pacing: Pacing,
    /// How users use connections.
    pub connections: ConnectionPolicy,
    /// An arrival that found no free user this long after its intended time is dropped, and counted as such.
    #[serde(with = "units::duration")]
    pub start_within: Duration,
    /// Cores to generate load on; `None`: all.
    pub threads: Option<usize>,
}

impl Load {
    /// How long load is offered.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(Stage::duration).sum()
    }

    /// How many arrivals are due by then, after the load's start, in all populations: the area under the shape (open and partly
    /// open). Of a Poisson process as many are expected.
    #[must_use]
    pub fn due(&self, elapsed: Duration) -> f64 {
        let mut left = elapsed;
        let due = |stage: &Stage| {
            let within = left.min(stage.duration());
            left -= within;
            stage.due(within)
        };
        self.stages.iter().map(due).sum()
    }
}

/// The arrival model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LoadModel {
    /// Arrivals per second, whatever happens to earlier ones. Each arrival walks one journey.
    Open,
    /// A number of users who each start the next journey when the last is done.
    Closed,
    /// Sessions per second; each walks a geometric number of journeys with think time between.
    PartlyOpen {
        /// Mean number of journeys in a session, ≥ 1. Another journey follows with probability 1 − 1/mean.
        journeys_mean: f64,
    },
}

/// One stage of the shape.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Stage {
    /// The same all the time. Steps are several of these.
    Constant {
        /// Per second (open), or users × 1/s (closed).
        rate: Rate,
        /// For how long.
        #[serde(with = "units::duration", rename = "for")]
        duration: Duration,
    },
    /// From one value to another, evenly.
    Linear {
        /// At its start.
        from: Rate,
        /// At its end.
        to: Rate,
        /// For how long.
        #[serde(with = "units::duration", rename = "for")]
        duration: Duration,
    },
    /// From one value to another, by the same factor in each second. Both above zero.
    Exponential {
        /// At its start.
        from: Rate,
        /// At its end.
        to: Rate,
        /// For how long.
        #[serde(with = "units::duration", rename = "for")]
        duration: Duration,
    },
}

impl Stage {
    /// How long it lasts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match self {
            Self::Constant { duration, .. } | Self::Linear { duration, .. } | Self::Exponential { duration, .. } => {
                *duration
            }
        }
    }

    /// The area under its shape until then, after its own start; never longer than it lasts.
    fn due(&self, elapsed: Duration) -> f64 {
        let (at, length) = (elapsed.as_secs_f64(), self.duration().as_secs_f64());
        let (from, to) = match self {
            Self::Constant { rate, .. } => (rate.value(), rate.value()),
            Self::Linear { from, to, .. } | Self::Exponential { from, to, .. } => (from.value(), to.value()),
        };
        let growth = (to / from).ln() / length;
        match self {
            _ if length <= 0.0 => 0.0,
            Self::Exponential { .. } if growth.is_finite() && growth != 0.0 => from * (growth * at).exp_m1() / growth,
            _ => at * (from + 0.5 * (to - from) / length * at),
        }
    }
}

/// How arrivals lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Evenly spaced.
    Regular,
    /// A Poisson process with the shape's rate.
    Poisson,
}

/// How exactly the generator keeps to the intended times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pacing {
    /// A timer of nanoseconds for each arrival.
    Precise,
    /// Steps of one millisecond: less CPU, arrivals in small batches.
    Batched,
}

/// How users use connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConnectionPolicy {
    /// Keep connections alive between the requests of a user; `false`: a fresh one for each request.
    pub keep_alive: bool,
    /// Users at the same time, per population, over all threads. In the open model an arrival above it waits, and the
    /// wait counts as latency.
    pub users_max: u32,
}
