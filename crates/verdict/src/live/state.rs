//! How a population fares, from its last five seconds.
//!
//! | state | rule |
//! |---|---|
//! | no data | its generators have told nothing for three seconds, or no request of it ended |
//! | down | less than half of its requests have succeeded for two seconds or more |
//! | not trusted | it is not down, and a generator of it fails a rule of trust |
//! | degraded | an objective is missed, and at least half succeed |
//! | rerouted | fine, and at least half of its answers come from elsewhere |
//! | fine | the objectives hold |
//!
//! No data is never fine. Down stands above not trusted: that half of the users get nothing is no matter of milliseconds of send lag,
//! and who is on the bridge must see it; that the measurement is in doubt is said beside it.

use std::time::Duration;

/// No news from the generator for this long: nothing is known.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// Less than half succeeding for this long: down.
const DOWN_AFTER: Duration = Duration::from_secs(2);

/// How a population fares. Ordered from best to worst, so that the worst of several is the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The objectives hold.
    Fine,
    /// Fine, and at least half of the answers come from elsewhere.
    Rerouted,
    /// An objective is missed, but at least half of the requests succeed.
    Degraded,
    /// It seems to be one of the above, and a generator of it can't be trusted.
    NotTrusted,
    /// Nothing is known: no requests ended, or the generator is silent. Never drawn as fine, never as zero.
    NoData,
    /// Less than half of the requests have succeeded for two seconds or more.
    Down,
}

/// One population's last five seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Successes served by the home.
    pub ok_home: u64,
    /// Successes served elsewhere.
    pub ok_elsewhere: u64,
    /// Failures.
    pub failed: u64,
    /// p99 of the response time of successes; `None`: not enough samples.
    pub p99: Option<Duration>,
    /// How long ago the newest second that was told of ended.
    pub silent_for: Duration,
    /// For how long, up to now, less than half of the requests have succeeded; zero when at least half do. Requests that are under way
    /// much longer than is usual count as not succeeding.
    pub failing_for: Duration,
}

/// What counts as fine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The least share of requests that must succeed, 0 to 1.
    pub success_min: f64,
    /// The most that the p99 may be; `None`: no such objective.
    pub p99_max: Option<Duration>,
}

impl Window {
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

    /// Whether the p99 is above its limit.
    #[must_use]
    pub fn is_slow(&self, limits: &Limits) -> bool {
        matches!((self.p99, limits.p99_max), (Some(p99), Some(max)) if p99 > max)
    }

    /// How the population fares, its generators being trusted.
    #[must_use]
    pub fn state(&self, limits: &Limits) -> State {
        if self.silent_for >= SILENCE_MAX {
            return State::NoData;
        }
        if self.failing_for >= DOWN_AFTER {
            return State::Down;
        }
        let Some(failed) = self.failed_share() else { return State::NoData };
        if 1.0 - failed < limits.success_min.max(0.5) || self.is_slow(limits) {
            return State::Degraded;
        }
        if self.elsewhere_share().is_some_and(|share| share >= 0.5) { State::Rerouted } else { State::Fine }
    }
}

impl State {
    /// The same where a generator can't be trusted.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        self.max(Self::NotTrusted)
    }

    /// `fine`, `rerouted`, `degraded`, `not trusted`, `no data`, `down`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Rerouted => "rerouted",
            Self::Degraded => "degraded",
            Self::NotTrusted => "not trusted",
            Self::NoData => "no data",
            Self::Down => "down",
        }
    }

    /// The mark in front of the name: `●`, `◐`, `▲`, `⊘`, `○`, `✕`.
    #[must_use]
    pub fn glyph(self) -> char {
        match self {
            Self::Fine => '●',
            Self::Rerouted => '◐',
            Self::Degraded => '▲',
            Self::NotTrusted => '⊘',
            Self::NoData => '○',
            Self::Down => '✕',
        }
    }

    /// Whether its users are served well, as far as is known.
    #[must_use]
    pub fn is_well(self) -> bool {
        matches!(self, Self::Fine | Self::Rerouted)
    }
}

/// part ÷ whole; `None` without a whole.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { success_min: 0.99, p99_max: Some(Duration::from_millis(300)) };
    const CALM: Window = Window {
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
            (CALM, State::Fine, "all served by the home"),
            (Window { ok_home: 500, ok_elsewhere: 500, ..CALM }, State::Rerouted, "half served elsewhere"),
            (Window { ok_home: 501, ok_elsewhere: 499, ..CALM }, State::Fine, "less than half elsewhere"),
            (Window { failed: 10, ..CALM }, State::Fine, "99.01 % succeed"),
            (Window { failed: 11, ..CALM }, State::Degraded, "98.9 % succeed"),
            (Window { p99: Some(Duration::from_millis(301)), ..CALM }, State::Degraded, "too slow"),
            (Window { p99: None, ..CALM }, State::Fine, "too few samples for a p99 say nothing against it"),
            (Window { failed: 1_000, ..CALM }, State::Degraded, "exactly half"),
            (Window { failed: 1_001, failing_for: seconds(2), ..CALM }, State::Down, "less than half, 2 s"),
            (Window { failed: 1_001, failing_for: seconds(1), ..CALM }, State::Degraded, "for less than 2 s"),
            (Window { failed: 400, failing_for: seconds(2), ..CALM }, State::Down, "down for 2 of 5 seconds"),
            (Window { failing_for: seconds(2), ..Window::default() }, State::Down, "nothing is answered"),
            (Window { silent_for: seconds(3), ..CALM }, State::NoData, "silent for 3 s"),
            (Window { silent_for: Duration::from_millis(2_999), ..CALM }, State::Fine, "not silent yet"),
            (Window::default(), State::NoData, "nothing ended: no data is never green"),
        ];
        for (window, state, case) in cases {
            assert_eq!(window.state(&LIMITS), state, "{case}");
        }
    }

    #[test]
    fn without_a_latency_objective_nothing_is_too_slow() {
        let limits = Limits { p99_max: None, ..LIMITS };
        assert_eq!(Window { p99: Some(Duration::from_secs(60)), ..CALM }.state(&limits), State::Fine);
    }

    #[test]
    fn doubt_covers_what_seems_well_and_not_what_is_down() {
        let cases = [
            (State::Fine, State::NotTrusted),
            (State::Rerouted, State::NotTrusted),
            (State::Degraded, State::NotTrusted),
            (State::NoData, State::NoData),
            (State::Down, State::Down),
        ];
        for (state, doubted) in cases {
            assert_eq!(state.in_doubt(), doubted, "{}", state.word());
        }
    }
}
