//! What the live block draws, and the rules that say how a population fares right now.

use std::time::Duration;

/// No news from the generator for this long: nothing is known.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// Less than half succeeding for this long: down.
const DOWN_AFTER: Duration = Duration::from_secs(2);

/// How a population fares. Ordered from best to worst, so that the worst of several is the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveState {
    /// The objectives hold.
    Fine,
    /// Fine, and at least half of the answers come from elsewhere.
    Rerouted,
    /// An objective is missed, but at least half of the requests succeed.
    Degraded,
    /// Nothing is known: no requests ended, or the generator is silent. Never drawn as fine, never as zero.
    NoData,
    /// Less than half of the requests have succeeded for two seconds or more.
    Down,
}

/// One population's last five seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveWindow {
    /// Successes served by the home.
    pub ok_home: u64,
    /// Successes served elsewhere.
    pub ok_elsewhere: u64,
    /// Failures.
    pub failed: u64,
    /// p99 of the response time of successes; `None`: not enough samples.
    pub p99: Option<Duration>,
    /// How long ago the newest count came in.
    pub silent_for: Duration,
    /// For how long, up to now, less than half of the requests have succeeded; zero when at least half do.
    pub failing_for: Duration,
}

/// What counts as fine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveLimits {
    /// The least share of requests that must succeed, 0 to 1.
    pub success_min: f64,
    /// The most that the p99 may be; `None`: no such objective.
    pub p99_max: Option<Duration>,
}

/// A population's row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LivePopulation {
    /// Its name.
    pub name: String,
    /// Its last five seconds.
    pub window: LiveWindow,
    /// Its state second by second, oldest first; the last 60 are drawn.
    pub history: Vec<LiveState>,
    /// Its p99 second by second, oldest first; `None`: not enough samples. The last 60 are drawn.
    pub p99_history: Vec<Option<Duration>>,
}

/// What the live block draws.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveView {
    /// The run's name.
    pub name: String,
    /// Since the start of load.
    pub elapsed: Duration,
    /// In words: `baseline`, `FAULT 0:11 of 15:00`.
    pub phase: String,
    /// Requests per second over the last five seconds.
    pub rate: f64,
    /// In words, about the generator: `gens 20/20 ok`, `generator SATURATED`.
    pub generators: String,
    /// The one sentence: who, what, since when, where now. Empty: nothing to say yet.
    pub sentence: String,
    /// What counts as fine.
    pub limits: LiveLimits,
    /// The populations, in the plan's order.
    pub populations: Vec<LivePopulation>,
    /// What the keys do, or where the page is. Empty: no such line.
    pub hint: String,
}

impl LiveWindow {
    /// Requests that ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ok_home + self.ok_elsewhere + self.failed
    }

    /// The share that failed; `None`: nothing ended.
    #[must_use]
    pub fn failed_share(&self) -> Option<f64> {
        share(self.failed, self.ended())
    }

    /// The part of the successes that was served elsewhere; `None`: nothing succeeded.
    #[must_use]
    pub fn elsewhere_share(&self) -> Option<f64> {
        share(self.ok_elsewhere, self.ok_home + self.ok_elsewhere)
    }

    /// How the population fares, by the rules that page, report and terminal share.
    #[must_use]
    pub fn state(&self, limits: &LiveLimits) -> LiveState {
        let Some(failed) = self.failed_share().filter(|_| self.silent_for < SILENCE_MAX) else {
            return LiveState::NoData;
        };
        let success = 1.0 - failed;
        if success < 0.5 && self.failing_for >= DOWN_AFTER {
            return LiveState::Down;
        }
        let is_slow = matches!((self.p99, limits.p99_max), (Some(p99), Some(max)) if p99 > max);
        if success < 0.5 || success < limits.success_min || is_slow {
            return LiveState::Degraded;
        }
        if self.elsewhere_share().is_some_and(|share| share >= 0.5) { LiveState::Rerouted } else { LiveState::Fine }
    }
}

impl LiveState {
    /// `fine`, `rerouted`, `degraded`, `no data`, `down`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Rerouted => "rerouted",
            Self::Degraded => "degraded",
            Self::NoData => "no data",
            Self::Down => "down",
        }
    }

    /// The mark in front of the name: `●`, `◐`, `▲`, `○`, `✕`.
    #[must_use]
    pub fn glyph(self) -> char {
        match self {
            Self::Fine => '●',
            Self::Rerouted => '◐',
            Self::Degraded => '▲',
            Self::NoData => '○',
            Self::Down => '✕',
        }
    }

    /// One second or more of it in the history strip. ASCII on every terminal: the strip is read by its shape.
    pub(super) fn strip(self) -> char {
        match self {
            Self::Fine => '.',
            Self::Rerouted => ':',
            Self::Degraded => '^',
            Self::NoData => 'o',
            Self::Down => 'X',
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: LiveLimits = LiveLimits { success_min: 0.99, p99_max: Some(Duration::from_millis(300)) };
    const CALM: LiveWindow = LiveWindow {
        ok_home: 1_000,
        ok_elsewhere: 0,
        failed: 0,
        p99: Some(Duration::from_millis(74)),
        silent_for: Duration::ZERO,
        failing_for: Duration::ZERO,
    };

    #[test]
    fn the_state_follows_from_five_seconds_of_counts() {
        let seconds = Duration::from_secs;
        let cases = [
            (CALM, LiveState::Fine, "all served by the home"),
            (LiveWindow { ok_home: 500, ok_elsewhere: 500, ..CALM }, LiveState::Rerouted, "half served elsewhere"),
            (LiveWindow { ok_home: 501, ok_elsewhere: 499, ..CALM }, LiveState::Fine, "less than half elsewhere"),
            (LiveWindow { failed: 10, ..CALM }, LiveState::Fine, "99.01 % succeed"),
            (LiveWindow { failed: 11, ..CALM }, LiveState::Degraded, "98.9 % succeed"),
            (LiveWindow { p99: Some(Duration::from_millis(301)), ..CALM }, LiveState::Degraded, "too slow"),
            (LiveWindow { p99: None, ..CALM }, LiveState::Fine, "too few samples for a p99 say nothing against it"),
            (LiveWindow { failed: 1_000, failing_for: seconds(9), ..CALM }, LiveState::Degraded, "exactly half"),
            (LiveWindow { failed: 1_001, failing_for: seconds(2), ..CALM }, LiveState::Down, "less than half, 2 s"),
            (LiveWindow { failed: 1_001, failing_for: seconds(1), ..CALM }, LiveState::Degraded, "for less than 2 s"),
            (LiveWindow { silent_for: seconds(3), ..CALM }, LiveState::NoData, "silent for 3 s"),
            (LiveWindow { silent_for: Duration::from_millis(2_999), ..CALM }, LiveState::Fine, "not silent yet"),
            (LiveWindow::default(), LiveState::NoData, "nothing ended: no data is never green"),
        ];
        for (window, state, case) in cases {
            assert_eq!(window.state(&LIMITS), state, "{case}");
        }
    }

    #[test]
    fn without_a_latency_objective_nothing_is_too_slow() {
        let limits = LiveLimits { p99_max: None, ..LIMITS };
        assert_eq!(LiveWindow { p99: Some(Duration::from_secs(60)), ..CALM }.state(&limits), LiveState::Fine);
    }
}
