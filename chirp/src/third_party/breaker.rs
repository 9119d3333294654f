//! The circuit breaker of one endpoint: a pure state machine. Time comes in as a value.
//!
//! ```text
//!            failures >= share of the calls in the window
//!   closed ───────────────────────────────────────────────▶ open ◀──────────┐
//!      ▲                                                     │ the wait is   │ the probe failed
//!      │ the probe went well                                 ▼ over          │ (the wait doubles)
//!      └────────────────────────────────────────────── half-open ───────────┘
//!                                                 exactly one call at a time
//! ```
//!
//! Why a breaker at all, when every call has a time-out: a provider that hangs costs each caller the
//! whole time-out, for as long as it hangs. An open breaker costs nothing, and gives the provider the
//! quiet that it needs to come back.
//!
//! **Why our own**, and not `tower-resilience-circuitbreaker` 0.14, whose source was read for this: it
//! reads `std::time::Instant` inside the state machine, so neither paused time nor a property test can
//! drive it; it takes the result of any call for that of the probe, so a call that was sent while the
//! breaker was closed and that ends, late and well, while it is half-open closes it; and its wait does
//! not grow. Its half-open admission, a semaphore per cycle, is sound. What is left to own is this file.
//!
//! **Eras.** Every change of state begins a new era, and a result counts only in the era in which its
//! call was admitted. Without that, the time-outs of hundred calls that were under way when the breaker
//! opened would be the first results of the next era, and one late success would close it.
//!
//! **One probe.** `admit` in the half-open state hands out the one place and takes it back with the
//! result, or with [`Breaker::release`] when the call was given up. A caller that does neither would
//! block the breaker for ever, so the place also runs out ([`BreakerRules::probe_patience`]).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::mix::mix;

/// Parts of the window. Calls are forgotten a part at a time.
const PARTS: u32 = 10;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BreakerRules {
    /// How far back calls count.
    pub(crate) window: Duration,
    /// Fewer calls than this in the window say nothing.
    pub(crate) calls_min: u32,
    /// Opens when this share of the calls in the window has failed, in percent, 1 to 100.
    pub(crate) failure_percent: u32,
    /// The first wait until a probe; doubles while probes fail.
    pub(crate) open_min: Duration,
    /// The longest wait until a probe.
    pub(crate) open_max: Duration,
    /// A probe of which nothing was heard for so long is given up. Longer than any call may take.
    pub(crate) probe_patience: Duration,
}

/// What a breaker lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BreakerState {
    /// Everything.
    Closed,
    /// One call at a time, to find out.
    HalfOpen,
    /// Nothing.
    Open,
}

impl BreakerState {
    /// The name in events and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

/// How an admitted call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// The provider did its work.
    Good,
    /// It did not, or not in time.
    Bad,
}

/// The right to make one call. Comes back with its outcome, or is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    era: u64,
}

/// The breaker of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    rules: BreakerRules,
    seed: u64,
    era: u64,
    state: State,
    /// Openings without a whole quiet window between them; the wait doubles with each.
    openings: u32,
}

#[derive(Clone, Debug)]
enum State {
    Closed { since: Instant, calls: Window },
    Open { until: Instant },
    HalfOpen { probe: Option<Instant> },
}

impl Breaker {
    /// Closed. `seed` spreads the waits of breakers that open at the same instant.
    pub(crate) fn new(rules: BreakerRules, seed: u64, now: Instant) -> Self {
        let state = State::Closed { since: now, calls: Window::default() };
        Self { rules, seed, era: 0, state, openings: 0 }
    }

    /// What it lets through now. An open one whose wait is over is still open until somebody asks.
    pub(crate) fn state(&self) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Asks to make a call.
    pub(crate) fn admit(&mut self, now: Instant) -> Option<Admission> {
        if let State::Open { until } = self.state
            && now >= until
        {
            self.enter(State::HalfOpen { probe: None });
        }
        match &mut self.state {
            State::Closed { .. } => Some(Admission { era: self.era }),
            State::Open { .. } => None,
            State::HalfOpen { probe: Some(since) } if now.duration_since(*since) < self.rules.probe_patience => None,
            State::HalfOpen { probe } => {
                // A probe that comes after one that was given up is of a new era: the lost one's result
                // must not count as its own.
                let lost = probe.replace(now).is_some();
                self.era += u64::from(lost);
                Some(Admission { era: self.era })
            }
        }
    }

    /// An admitted call has ended.
    pub(crate) fn record(&mut self, admission: Admission, outcome: CallOutcome, now: Instant) {
        if admission.era != self.era {
            return;
        }
        match &mut self.state {
            State::Open { .. } => {}
            State::Closed { since, calls } => {
                if now.duration_since(*since) >= self.rules.window {
                    self.openings = 0;
                }
                calls.count(outcome, now.duration_since(*since), self.rules.window);
                if calls.is_bad(&self.rules) {
                    self.open(now);
                }
            }
            State::HalfOpen { .. } => match outcome {
                CallOutcome::Good => self.enter(State::Closed { since: now, calls: Window::default() }),
                CallOutcome::Bad => self.open(now),
            },
        }
    }

    /// An admitted call was given up and says nothing about the provider.
    pub(crate) fn release(&mut self, admission: Admission) {
        if admission.era == self.era
            && let State::HalfOpen { probe } = &mut self.state
        {
            *probe = None;
        }
    }

    /// When a call will next be let through, as far as that is known; none if one is now.
    pub(crate) fn opens_to_probe_at(&self) -> Option<Instant> {
        match self.state {
            State::Open { until } => Some(until),
            _ => None,
        }
    }

    fn open(&mut self, now: Instant) {
        let doublings = self.openings.min(20);
        let full = self.rules.open_min.saturating_mul(1 << doublings).min(self.rules.open_max);
        self.openings = self.openings.saturating_add(1);
        // Between three quarters and all of it: regions whose breakers opened together do not probe together.
        let share = (mix(self.seed ^ self.era) % 1000) as f64 / 1000.0;
        let wait = full.mul_f64(0.75 + share / 4.0);
        self.enter(State::Open { until: now + wait });
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.era += 1;
    }
}

/// Calls of the last while, counted in parts so that their number has a limit.
#[derive(Clone, Debug, Default)]
struct Window {
    /// (number of the part, good, bad), oldest first.
    parts: VecDeque<(u64, u32, u32)>,
}

impl Window {
    fn count(&mut self, outcome: CallOutcome, elapsed: Duration, window: Duration) {
        let part = (elapsed.as_nanos() / (window / PARTS).as_nanos().max(1)) as u64;
        while self.parts.front().is_some_and(|(oldest, ..)| oldest + u64::from(PARTS) <= part) {
            self.parts.pop_front();
        }
        if self.parts.back().is_none_or(|(newest, ..)| *newest < part) {
            self.parts.push_back((part, 0, 0));
        }
        let (_, good, bad) = self.parts.back_mut().expect("a part was just made");
        let counter = if outcome == CallOutcome::Good { good } else { bad };
        *counter = counter.saturating_add(1);
    }

    fn is_bad(&self, rules: &BreakerRules) -> bool {
        let sum = |pick: fn(&(u64, u32, u32)) -> u32| self.parts.iter().map(|part| u64::from(pick(part))).sum::<u64>();
        let (good, bad) = (sum(|part| part.1), sum(|part| part.2));
        let calls = good + bad;
        calls >= u64::from(rules.calls_min) && bad * 100 >= calls * u64::from(rules.failure_percent)
    }
}

#[cfg(test)]
mod tests;
