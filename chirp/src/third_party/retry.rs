//! Which call comes next, and when: the order of endpoints, the wait before each, and the budget.
//! Pure; the loop that calls is in `dependency`.
//!
//! **Order.** The first endpoint is the preferred one; a retry goes to the next that has not been asked
//! yet, at once: it has done nothing wrong, and the caller has little time. Only when all have been
//! asked does the round begin again, and then after a wait that doubles with each round, with jitter.
//!
//! **Budget.** Retries are what turns a slow provider into a dead one: when every call is tried three
//! times, it gets three times the load at the worst moment. So each first call puts a share of a token
//! into a bucket with a limit, and each retry takes a whole one. While most calls go well the bucket is
//! full and every failure is retried; when all fail, the load grows by that share and no more.

use std::time::Duration;

use crate::mix::mix;

/// What one token is in the bucket.
const TOKEN: u64 = 100;

/// How often, and after which waits, a call may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryRules {
    /// Calls for one question, the first one with them; at least 1.
    pub(crate) attempts_max: u32,
    /// The wait before the second round; doubles with each round.
    pub(crate) wait_min: Duration,
    /// The longest wait.
    pub(crate) wait_max: Duration,
    /// Retries per hundred first calls, in the long run.
    pub(crate) budget_percent: u32,
    /// Retries that may be saved up.
    pub(crate) budget_burst: u32,
}

/// One call of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Where among the endpoints to begin looking for one that takes calls.
    pub(crate) endpoint: usize,
    /// How long to wait before.
    pub(crate) wait: Duration,
}

impl RetryRules {
    /// The call after `made` calls, of `endpoints` (at least one); none when enough have been made.
    /// `seed` is of the question, so that two questions do not wait equally long.
    pub(crate) fn attempt(&self, made: u32, endpoints: usize, seed: u64) -> Option<Attempt> {
        if made >= self.attempts_max {
            return None;
        }
        let (round, endpoint) = (made / endpoints as u32, made as usize % endpoints);
        let wait = if round > 0 && endpoint == 0 { self.wait(round, seed) } else { Duration::ZERO };
        Some(Attempt { endpoint, wait })
    }

    /// The wait before a round, from 1: between half and all of `wait_min * 2^(round - 1)`, at most
    /// `wait_max`.
    pub(crate) fn wait(&self, round: u32, seed: u64) -> Duration {
        let doublings = round.saturating_sub(1).min(20);
        let full = self.wait_min.saturating_mul(1 << doublings).min(self.wait_max);
        let share = (mix(seed ^ u64::from(round)) % 1000) as f64 / 1000.0;
        full / 2 + (full / 2).mul_f64(share)
    }
}

/// The bucket of retries of one kind of third party.
#[derive(Clone, Debug)]
pub(crate) struct RetryBudget {
    /// In hundredths of a retry.
    filled: u64,
    per_call: u64,
    full: u64,
}

impl RetryBudget {
    /// Full: a process that has just started may retry.
    pub(crate) fn new(rules: &RetryRules) -> Self {
        let full = u64::from(rules.budget_burst) * TOKEN;
        Self { filled: full, per_call: u64::from(rules.budget_percent), full }
    }

    /// A first call is made.
    pub(crate) fn deposit(&mut self) {
        self.filled = (self.filled + self.per_call).min(self.full);
    }

    /// Asks for a retry.
    pub(crate) fn withdraw(&mut self) -> bool {
        let allowed = self.filled >= TOKEN;
        if allowed {
            self.filled -= TOKEN;
        }
        allowed
    }
}

#[cfg(test)]
mod tests;
