//! One attempt: over the kept connection where there is a good one, else over a new one.
//!
//! **A kept connection that turns out to be closed** is no failure of the service: servers close idle connections, and the
//! request may cross the close on the way. As clients do (RFC 9112 section 9.3.1), the request is then sent once more over a
//! new connection, if nothing of an answer had come, and if it was not sent yet or is idempotent. A POST that was sent is not
//! repeated: it may have been done. A repetition counts as a further attempt if the first one was sent, since the service may
//! have got both; it doesn't count against the plan's limit of attempts, which is about failures of the service.

use super::{
    Caller, Client, Failure,
    connect::Unopened,
    connection::Connection,
    exchange::{Answered, Exchanged, Limits},
    request::Job,
};
use std::time::{Duration, Instant};

/// What came of an attempt.
#[derive(Debug)]
pub(super) struct Attempted {
    pub(super) result: Result<Answered, Failure>,
    /// The region that answered, or would have.
    pub(super) region: Option<usize>,
    pub(super) sent: Option<Instant>,
    pub(super) first_byte: Option<Instant>,
    pub(super) done: Instant,
    pub(super) spent: Spent,
}

/// What an attempt has cost so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    /// Time for name, connect and TLS.
    pub(super) network: Duration,
    /// Requests that were sent, or would have been if there had been a connection: 1, or 2 after a stale connection.
    pub(super) count: u32,
    /// Whether an earlier sending of this attempt may have been received.
    pub(super) doubled: bool,
}

impl Client {
    /// Makes one attempt. Ends by `deadline`.
    pub(super) async fn attempt(&self, caller: &mut Caller, job: &mut Job<'_>, deadline: Instant) -> Attempted {
        let mut spent = Spent { network: self.confirm_if_old(caller, job, deadline).await, count: 0, doubled: false };
        let mark = job.scope.mark();
        // Twice at most: the second time there is no kept connection any more.
        loop {
            let kept = caller.connection.take();
            let may_be_stale = kept.as_ref().is_some_and(|connection| connection.served > 0);
            let mut connection = match kept {
                Some(connection) => connection,
                None => match self.open_timed(caller, job, deadline, &mut spent).await {
                    Ok(connection) => connection,
                    Err(unopened) => return spent.unopened(&unopened),
                },
            };
            let limits = Limits { first_byte: job.call.timeouts.first_byte, total: deadline };
            let exchanged = self.exchange(&mut connection, caller.slot, limits, job).await;
            spent.count += u32::from(exchanged.sent.is_some());
            if !(may_be_stale && is_stale(&exchanged, job)) {
                return self.conclude(caller, connection, &exchanged, spent);
            }
            spent.doubled = exchanged.sent.is_some();
            job.scope.rewind(mark);
        }
    }

    /// Gives up an old connection that leads elsewhere than a new one would; says how long it took to find that out.
    async fn confirm_if_old(&self, caller: &mut Caller, job: &Job<'_>, deadline: Instant) -> Duration {
        let now = Instant::now();
        if !caller.connection.as_ref().is_some_and(|connection| connection.is_old(now)) {
            return Duration::ZERO;
        }
        if !Box::pin(self.confirm(caller, job.call.timeouts.dns, deadline)).await {
            caller.connection = None;
        }
        now.elapsed()
    }

    async fn open_timed(
        &self,
        caller: &mut Caller,
        job: &Job<'_>,
        deadline: Instant,
        spent: &mut Spent,
    ) -> Result<Box<Connection>, Unopened> {
        let began = Instant::now();
        let opened = Box::pin(self.open(caller, &job.call.timeouts, deadline)).await;
        spent.network += began.elapsed();
        opened
    }

    /// Keeps the connection if it may be kept, and says who answered.
    fn conclude(
        &self,
        caller: &mut Caller,
        mut connection: Box<Connection>,
        exchanged: &Exchanged,
        spent: Spent,
    ) -> Attempted {
        let by_address = connection.region();
        let region = match &exchanged.result {
            // Who answered is what the plan's way of telling says; a header that is missing leaves it unknown.
            Ok(answered) if self.world.tells_by_header() => answered.named.map(usize::from),
            _ => by_address,
        };
        if exchanged.reusable && self.world.keep_alive {
            connection.served = connection.served.saturating_add(1);
            caller.connection = Some(connection);
        }
        let Exchanged { sent, first_byte, done, result, .. } = *exchanged;
        Attempted { result, region, sent, first_byte, done, spent: Spent { count: spent.count.max(1), ..spent } }
    }
}

impl Spent {
    /// The attempt ended before there was a connection.
    fn unopened(self, unopened: &Unopened) -> Attempted {
        Attempted {
            result: Err(unopened.failure),
            region: unopened.region,
            sent: None,
            first_byte: None,
            done: Instant::now(),
            spent: Self { count: self.count + 1, ..self },
        }
    }
}

/// Whether a kept connection was closed before it could have been used, and the request may be sent again.
fn is_stale(exchanged: &Exchanged, job: &Job<'_>) -> bool {
    matches!(exchanged.result, Err(Failure::Reset | Failure::Cut))
        && exchanged.first_byte.is_none()
        && (exchanged.sent.is_none() || job.call.is_idempotent())
}
