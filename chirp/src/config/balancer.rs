//! `[balancer]`: how an edge chooses among regions, when it gives one up, and how much it may repeat.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::Number;
use super::steering::check_kind;
use crate::probe::CheckKind;

/// `[balancer]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BalancerTable {
    check: Option<Spanned<String>>,
    health_interval_ms: Number,
    health_timeout_ms: Number,
    health_jitter_percent: Number,
    failures_to_unhealthy: Number,
    successes_to_healthy: Number,
    ejection_failures: Number,
    ejection_ms_min: Number,
    ejection_ms_max: Number,
    ejected_percent_max: Number,
    fail_open: Option<bool>,
    in_flight_max: Number,
    in_flight_per_region_max: Number,
    idle_per_region_max: Number,
    idle_ms: Number,
    deadline_ms: Number,
    attempt_timeout_ms: Number,
    connect_timeout_ms: Number,
    attempts_max: Number,
    retry_percent: Number,
    retry_reserve: Number,
}

/// How an edge chooses among regions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Balancer {
    /// What is asked.
    pub(crate) check: CheckKind,
    /// How often each region is asked for its health.
    pub(crate) health_interval: Duration,
    /// How long it may take to answer.
    pub(crate) health_timeout: Duration,
    /// By how much an interval may be shorter or longer, in percent of it, 0 to 50.
    pub(crate) health_jitter_percent: u32,
    /// Failures in a row that make a region unhealthy.
    pub(crate) failures_to_unhealthy: u32,
    /// Successes in a row that make it healthy again.
    pub(crate) successes_to_healthy: u32,
    /// Gateway failures in a row (of users' requests) that eject a region.
    pub(crate) ejection_failures: u32,
    /// The first ejection; each further one is twice as long.
    pub(crate) ejection_min: Duration,
    /// The longest ejection.
    pub(crate) ejection_max: Duration,
    /// No more than this share of the regions is ejected at a time, in percent (but always one may be).
    pub(crate) ejected_percent_max: u32,
    /// With no usable region: send to the nearest one all the same.
    pub(crate) fail_open: bool,
    /// Requests under way at an edge.
    pub(crate) in_flight_max: usize,
    /// Requests under way from an edge to one region.
    pub(crate) in_flight_per_region_max: usize,
    /// Connections kept for later, per region.
    pub(crate) idle_per_region_max: usize,
    /// How long an unused connection is kept.
    pub(crate) idle: Duration,
    /// How long a request may take in all, unless it says less.
    pub(crate) deadline: Duration,
    /// How long one region may take to begin its answer, if another could be asked instead.
    pub(crate) attempt_timeout: Duration,
    /// How long connecting to a region may take.
    pub(crate) connect_timeout: Duration,
    /// Regions that are asked for one request, the first one included.
    pub(crate) attempts_max: u32,
    /// Retries per hundred requests, over ten seconds.
    pub(crate) retry_percent: u32,
    /// Retries in ten seconds that are allowed however few requests there are.
    pub(crate) retry_reserve: u32,
}

impl BalancerTable {
    pub(super) fn check(&self, mistakes: &mut Mistakes<'_>) -> Balancer {
        let ejection_min = mistakes.millis("ejection_ms_min", &self.ejection_ms_min, 2000);
        let ejection_max =
            mistakes.millis("ejection_ms_max", &self.ejection_ms_max, 60_000.max(ejection_min.as_millis() as u64));
        if let Some(written) = &self.ejection_ms_max
            && ejection_max < ejection_min
        {
            let message = format!(
                "ejection_ms_max = {} is below ejection_ms_min = {}",
                written.get_ref(),
                ejection_min.as_millis()
            );
            mistakes.at(written.span(), message, "make it at least ejection_ms_min");
        }
        let mut number = |key: &str, value: &Number, default, range| mistakes.number(key, value, default, range);
        let counts = [
            number("health_jitter_percent", &self.health_jitter_percent, 20, 0..=50),
            number("failures_to_unhealthy", &self.failures_to_unhealthy, 3, 1..=100),
            number("successes_to_healthy", &self.successes_to_healthy, 2, 1..=100),
            number("ejection_failures", &self.ejection_failures, 5, 1..=1000),
            number("ejected_percent_max", &self.ejected_percent_max, 50, 0..=100),
            number("attempts_max", &self.attempts_max, 3, 1..=10),
            number("retry_percent", &self.retry_percent, 10, 0..=100),
            number("retry_reserve", &self.retry_reserve, 10, 0..=10_000),
        ];
        let [jitter, falls, rises, failures, ejected, attempts, percent, reserve] = counts.map(|count| count as u32);
        let in_flight_max = number("in_flight_max", &self.in_flight_max, 2048, 1..=100_000) as usize;
        let per_region = number("in_flight_per_region_max", &self.in_flight_per_region_max, 1024, 1..=100_000);
        let idle_max = number("idle_per_region_max", &self.idle_per_region_max, 256, 0..=10_000) as usize;
        Balancer {
            check: check_kind(self.check.as_ref(), mistakes),
            health_interval: mistakes.millis("health_interval_ms", &self.health_interval_ms, 1000),
            health_timeout: mistakes.millis("health_timeout_ms", &self.health_timeout_ms, 1000),
            health_jitter_percent: jitter,
            failures_to_unhealthy: falls,
            successes_to_healthy: rises,
            ejection_failures: failures,
            ejection_min,
            ejection_max,
            ejected_percent_max: ejected,
            fail_open: self.fail_open.unwrap_or(true),
            in_flight_max,
            in_flight_per_region_max: per_region as usize,
            idle_per_region_max: idle_max,
            idle: mistakes.millis("idle_ms", &self.idle_ms, 30_000),
            deadline: mistakes.millis("deadline_ms", &self.deadline_ms, 10_000),
            attempt_timeout: mistakes.millis("attempt_timeout_ms", &self.attempt_timeout_ms, 2000),
            connect_timeout: mistakes.millis("connect_timeout_ms", &self.connect_timeout_ms, 1000),
            attempts_max: attempts,
            retry_percent: percent,
            retry_reserve: reserve,
        }
    }
}
