//! One kind of third party with all its endpoints: asks a question and gets an answer in time, or a
//! reason why not. What is then answered to the user is the business of the caller.
//!
//! ```text
//!   ask ─▶ [budget of retries] ─▶ endpoint 1: [breaker] [places] ─▶ call, with a time-out
//!                              └▶ endpoint 2: [breaker] [places] ─▶ call, with a time-out
//!          all within the caller's deadline
//! ```
//!
//! The limits, from the inside out: a call ends with its time-out; an endpoint has a number of places for
//! calls under way, so a provider that hangs can hold only so many; its breaker stops asking one that
//! fails; a question has a number of calls; retries have a budget; and the deadline of the caller is above
//! all of it. None of them waits for another request: what cannot be asked now is skipped.
//!
//! A provider that understood and said no (4xx) is well, and its answer is final: no retry, and nothing
//! bad for its breaker.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::breaker::{Admission, Breaker, BreakerRules, BreakerState, CallOutcome};
use super::retry::{RetryBudget, RetryRules};
use crate::defects::{Defect, Defects};
use crate::http::{Answer, RequestError};
use crate::mix::{mix, mix_text};

/// Calls for one question with the defect `retries-without-backoff`; even that has a limit.
const CALLS_MAX_OF_DEFECT: u32 = 500;

/// How endpoints are reached. A trait, so that tests can play the provider on paused time.
pub(crate) trait Transport: Send + Sync {
    /// One call to the endpoint with this number; it ends by itself, at the latest after `timeout`.
    fn call(
        &self,
        endpoint: usize,
        body: Bytes,
        timeout: Duration,
    ) -> impl Future<Output = Result<Answer, RequestError>> + Send;
}

/// What a dependency tells about itself while it works.
pub(crate) trait Observer: Send + Sync {
    /// A call to an endpoint has ended: `ok`, `refused`, `failed` or `timeout`.
    fn called(&self, endpoint: usize, outcome: &'static str);
    /// A call is repeated.
    fn retried(&self);
    /// The breaker of an endpoint is in another state now.
    fn breaker_changed(&self, endpoint: usize, state: BreakerState);
}

/// Rules of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallRules {
    /// How long one call may take.
    pub(crate) timeout: Duration,
    /// Calls to one endpoint that may be under way.
    pub(crate) places: usize,
    /// How often a call is repeated.
    pub(crate) retry: RetryRules,
    /// When an endpoint is left alone.
    pub(crate) breaker: BreakerRules,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    /// None is configured.
    #[error("no provider is configured")]
    NoProvider,
    /// Every endpoint's breaker is open, or all its places are taken.
    #[error("no provider takes calls now")]
    NotAdmitted,
    /// The deadline came first.
    #[error("no answer before the deadline; last: {last}")]
    Deadline {
        /// What the last call came to.
        last: String,
    },
    /// All calls failed that were allowed.
    #[error("{calls} call(s) failed; last: {last}")]
    Failed {
        /// How many.
        calls: u32,
        /// What the last call came to.
        last: String,
    },
    /// The provider has understood and says no.
    #[error("refused with status {status}")]
    Refused {
        /// A 4xx.
        status: u16,
    },
}

/// A kind of third party.
pub(crate) struct Dependency<T, O> {
    transport: T,
    observer: O,
    rules: CallRules,
    endpoints: Vec<Endpoint>,
    budget: Mutex<RetryBudget>,
    questions: AtomicU64,
    defects: Defects,
}

struct Endpoint {
    breaker: Mutex<Breaker>,
    places: Semaphore,
}

impl<T: Transport, O: Observer> Dependency<T, O> {
    /// With one breaker for each of the endpoints, whose names spread the waits.
    pub(crate) fn new(transport: T, observer: O, rules: CallRules, endpoints: &[String], defects: &Defects) -> Self {
        let now = Instant::now();
        let endpoint = |name: &String| Endpoint {
            breaker: Mutex::new(Breaker::new(rules.breaker, mix_text(name), now)),
            places: Semaphore::new(rules.places),
        };
        Self {
            transport,
            observer,
            rules,
            endpoints: endpoints.iter().map(endpoint).collect(),
            budget: Mutex::new(RetryBudget::new(&rules.retry)),
            questions: AtomicU64::new(0),
            defects: defects.clone(),
        }
    }

    /// The answer to a question, before `deadline`. Repeating the question must be harmless.
    pub(crate) async fn ask<A: DeserializeOwned>(&self, body: Bytes, deadline: Instant) -> Result<A, Unavailable> {
        if self.endpoints.is_empty() {
            return Err(Unavailable::NoProvider);
        }
        let seed = mix(self.questions.fetch_add(1, Ordering::Relaxed));
        self.budget().deposit();
        let (mut made, mut last) = (0, None);
        loop {
            match self.next_attempt(made, seed, deadline).await {
                Next::Go(first) => {
                    let Some((endpoint, permit)) = self.admit(first) else { break };
                    if made > 0 {
                        self.observer.retried();
                    }
                    made += 1;
                    match self.call(endpoint, permit, body.clone(), deadline).await {
                        Ok(answer) => return Ok(answer),
                        Err(CallError::Refused(status)) => return Err(Unavailable::Refused { status }),
                        Err(CallError::Failed(reason)) => last = Some(reason),
                    }
                }
                Next::Enough => break,
                Next::Late => return Err(Unavailable::Deadline { last: last.unwrap_or_else(|| "not asked".into()) }),
            }
        }
        Err(match last {
            Some(last) => Unavailable::Failed { calls: made, last },
            None => Unavailable::NotAdmitted,
        })
    }

    /// Whether nobody is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// When an endpoint may be asked that cannot be now; none if one can be.
    pub(crate) fn closed_until(&self) -> Option<Instant> {
        let until = |endpoint: &Endpoint| endpoint.breaker().opens_to_probe_at();
        let waits: Option<Vec<Instant>> = self.endpoints.iter().map(until).collect();
        waits?.into_iter().min()
    }

    async fn next_attempt(&self, made: u32, seed: u64, deadline: Instant) -> Next {
        if Instant::now() >= deadline {
            return Next::Late;
        }
        if self.defects.has(Defect::RetriesWithoutBackoff) {
            // DEFECT retries-without-backoff: at once, again and again, as long as there is time.
            return if made < CALLS_MAX_OF_DEFECT {
                Next::Go(made as usize % self.endpoints.len())
            } else {
                Next::Enough
            };
        }
        let Some(attempt) = self.rules.retry.attempt(made, self.endpoints.len(), seed) else { return Next::Enough };
        if made > 0 && !self.budget().withdraw() {
            return Next::Enough;
        }
        if Instant::now() + attempt.wait >= deadline {
            return Next::Late;
        }
        tokio::time::sleep(attempt.wait).await;
        Next::Go(attempt.endpoint)
    }

    /// The first endpoint from this one on that takes a call.
    fn admit(&self, first: usize) -> Option<(usize, Permit<'_, T, O>)> {
        let count = self.endpoints.len();
        (first..first + count).map(|number| number % count).find_map(|endpoint| {
            let place = self.endpoints[endpoint].places.try_acquire().ok()?;
            let admission = if self.defects.has(Defect::NoCircuitBreaker) {
                None // DEFECT no-circuit-breaker
            } else {
                Some(self.with_breaker(endpoint, |breaker| breaker.admit(Instant::now()))?)
            };
            Some((endpoint, Permit { dependency: self, endpoint, admission, _place: place }))
        })
    }

    async fn call<A: DeserializeOwned>(
        &self,
        endpoint: usize,
        permit: Permit<'_, T, O>,
        body: Bytes,
        deadline: Instant,
    ) -> Result<A, CallError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = self.rules.timeout.min(left);
        let answer = tokio::time::timeout(timeout, self.transport.call(endpoint, body, timeout)).await;
        let (outcome, label, result) = match answer.unwrap_or(Err(RequestError::Timeout(timeout))) {
            Ok(answer) if answer.status < 300 => match serde_json::from_slice(&answer.body) {
                Ok(answer) => (Some(CallOutcome::Good), "ok", Ok(answer)),
                // Nonsense with a 200 is no answer.
                Err(error) => (Some(CallOutcome::Bad), "failed", Err(CallError::Failed(error.to_string()))),
            },
            Ok(answer) if is_refusal(answer.status) => {
                (Some(CallOutcome::Good), "refused", Err(CallError::Refused(answer.status)))
            }
            Ok(answer) => {
                (Some(CallOutcome::Bad), "failed", Err(CallError::Failed(format!("status {}", answer.status))))
            }
            Err(error @ RequestError::Timeout(_)) => {
                // A caller with little time left cannot tell a slow provider from a good one.
                let outcome = (left >= self.rules.timeout).then_some(CallOutcome::Bad);
                (outcome, "timeout", Err(CallError::Failed(error.to_string())))
            }
            Err(error) => (Some(CallOutcome::Bad), "failed", Err(CallError::Failed(error.to_string()))),
        };
        if let Some(outcome) = outcome {
            permit.settle(outcome);
        }
        self.observer.called(endpoint, label);
        result
    }

    /// Does something with a breaker and tells if that changed its state.
    fn with_breaker<R>(&self, endpoint: usize, work: impl FnOnce(&mut Breaker) -> R) -> R {
        let mut breaker = self.endpoints[endpoint].breaker();
        let before = breaker.state();
        let result = work(&mut breaker);
        let after = breaker.state();
        if after != before {
            // Under the lock, so that changes are told in their order.
            self.observer.breaker_changed(endpoint, after);
        }
        result
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, RetryBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Endpoint {
    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the provider has understood and says no. "Too late" and "too many" are not that.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && status != 408 && status != 429
}

enum Next {
    Go(usize),
    Enough,
    Late,
}

enum CallError {
    Refused(u16),
    Failed(String),
}

/// The right to one call. Dropped without an outcome (the asker has gone), it frees its place in the
/// breaker and says nothing about the provider.
struct Permit<'a, T: Transport, O: Observer> {
    dependency: &'a Dependency<T, O>,
    endpoint: usize,
    admission: Option<Admission>,
    _place: tokio::sync::SemaphorePermit<'a>,
}

impl<T: Transport, O: Observer> Permit<'_, T, O> {
    fn settle(mut self, outcome: CallOutcome) {
        if let Some(admission) = self.admission.take() {
            self.dependency.with_breaker(self.endpoint, |breaker| breaker.record(admission, outcome, Instant::now()));
        }
    }
}

impl<T: Transport, O: Observer> Drop for Permit<'_, T, O> {
    fn drop(&mut self) {
        if let Some(admission) = self.admission.take() {
            self.dependency.with_breaker(self.endpoint, |breaker| breaker.release(admission));
        }
    }
}

#[cfg(test)]
mod tests;
