//! One request as the plan means it: attempts until one is good, no more are allowed, or its time is over.
//!
//! An *intent* is what the user wanted, an *attempt* is what went over the network. The outcome is the last attempt's. Pauses
//! between attempts are exponential with full jitter (evenly in 0..=backoff·2^k), which spreads a crowd of retries best (Brooker
//! 2015), and are cut off by the request's total time, inside of which all attempts lie.

use super::{Caller, Client, Failure, attempt::Attempted};
use crate::{
    arrivals::Draws,
    script::{Call, Checks, LedgerNames, Scope},
};
use record::Outcome;
use std::time::{Duration, Instant};

/// No pause between attempts is longer.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// A request to be made.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) call: &'a Call,
    pub(crate) scope: &'a mut Scope,
    pub(crate) ledger: Option<LedgerNames<'a>>,
    /// Checks that don't decide the outcome but are answered by [`Report::present`].
    pub(crate) further: Option<&'a Checks>,
}

/// What came of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) outcome: Outcome,
    /// Status of the last answer, if there was one.
    pub(crate) status: Option<u16>,
    /// Why there was no answer.
    pub(crate) failure: Option<Failure>,
    pub(crate) served_by: Option<usize>,
    pub(crate) attempts: u32,
    /// Of the last attempt; `None`: it was never sent.
    pub(crate) sent: Option<Instant>,
    pub(crate) first_byte: Option<Instant>,
    pub(crate) done: Instant,
    /// When the first attempt was sent, less what name, connect and TLS took.
    pub(crate) ready: Option<Instant>,
    /// Whether the further checks held.
    pub(crate) present: bool,
    /// Whether an attempt without a definite end may have been done by the service.
    pub(crate) maybe_done: bool,
}

impl Client {
    /// Makes a request. Ends within its total time (and the few milliseconds that a time-out is found late).
    pub(crate) async fn request(&self, caller: &mut Caller, job: &mut Job<'_>) -> Report {
        let deadline = Instant::now() + job.call.timeouts.total;
        let mark = job.scope.mark();
        let mut attempts = 0;
        let mut ready = None;
        let mut maybe_done = false;
        for attempt in 1..=job.call.retry.attempts_max.max(1) {
            let attempted = self.attempt(caller, job, deadline).await;
            attempts += attempted.spent.count;
            if attempt == 1 {
                ready = attempted.sent.map(|sent| sent.checked_sub(attempted.spent.network).unwrap_or(sent));
            }
            maybe_done |= attempted.spent.doubled;
            let pause = self.pause_after(caller, job, &attempted, attempt, deadline);
            let Some(pause) = pause else { return report(&attempted, attempts, ready, maybe_done) };
            maybe_done |= attempted.sent.is_some() && !attempted.is_definite();
            // Rare, and as large as all the rest.
            Box::pin(tokio::time::sleep(pause)).await;
            job.scope.rewind(mark);
        }
        unreachable!("the last attempt has no pause after it")
    }

    /// The pause before the next attempt; `None`: there is none.
    fn pause_after(
        &self,
        caller: &mut Caller,
        job: &Job<'_>,
        attempted: &Attempted,
        attempt: u32,
        deadline: Instant,
    ) -> Option<Duration> {
        let retry = &job.call.retry;
        let again = match &attempted.result {
            Ok(answered) => {
                answered.judgement.outcome != Outcome::Ok && retry.statuses.contains(&answered.judgement.status)
            }
            Err(failure) => failure.may_retry(),
        };
        if attempted.suspects_region() {
            self.failed(caller, attempted.region, attempted.done);
        }
        if !again || attempt >= retry.attempts_max {
            return None;
        }
        let pause = full_jitter(retry.backoff, attempt, &mut caller.jitter);
        (attempted.done + pause < deadline).then_some(pause)
    }
}

impl Attempted {
    /// Whether it says something about the region that it went to, and nothing good.
    fn suspects_region(&self) -> bool {
        match &self.result {
            Ok(answered) => answered.judgement.outcome == Outcome::ServerError,
            Err(_) => true,
        }
    }

    /// Whether the service certainly did it, or certainly didn't: it said so, with a status that means it.
    fn is_definite(&self) -> bool {
        matches!(&self.result, Ok(answered) if matches!(answered.judgement.status, 400..=499)
            || answered.judgement.outcome == Outcome::Ok)
    }
}

/// Evenly between nothing and `backoff` doubled for each attempt after the first.
fn full_jitter(backoff: Duration, attempt: u32, draws: &mut Draws) -> Duration {
    let most = backoff.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX)).min(PAUSE_MAX);
    most.mul_f64(draws.fraction())
}

fn report(attempted: &Attempted, attempts: u32, ready: Option<Instant>, maybe_done: bool) -> Report {
    let (outcome, status, failure, present) = match &attempted.result {
        Ok(answered) => (answered.judgement.outcome, Some(answered.judgement.status), None, answered.judgement.present),
        Err(failure) => (failure.outcome(), None, Some(*failure), false),
    };
    Report {
        outcome,
        status,
        failure,
        // A failure is nobody's service: the region it went to is known to the client only.
        served_by: if status.is_some() { attempted.region } else { None },
        attempts,
        sent: attempted.sent,
        first_byte: attempted.first_byte,
        done: attempted.done,
        ready,
        present,
        maybe_done: maybe_done || (attempted.sent.is_some() && !attempted.is_definite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Seed;

    #[test]
    fn pauses_double_at_most_and_are_spread_over_all_of_it() {
        let mut draws = Draws::new(Seed::new(1));
        for attempt in 1..=5 {
            let most = Duration::from_millis(100) * 2_u32.pow(attempt - 1);
            let pauses: Vec<Duration> =
                (0..2_000).map(|_| full_jitter(Duration::from_millis(100), attempt, &mut draws)).collect();
            let mean = pauses.iter().sum::<Duration>() / 2_000;
            assert!(pauses.iter().all(|pause| *pause <= most), "attempt {attempt} pauses longer than {most:?}");
            assert!(
                mean > most.mul_f64(0.46) && mean < most.mul_f64(0.54),
                "attempt {attempt} pauses {mean:?} on average"
            );
        }
        assert!(full_jitter(Duration::from_secs(5), 60, &mut draws) <= PAUSE_MAX, "no pause exceeds the limit");
    }
}
