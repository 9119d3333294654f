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
    /// Spent on name, connect and TLS.
    pub(super) network: Duration,
    /// Requests that were sent, or would have been if there had been a connection: 1, or 2 after a stale connection.
    pub(super) count: u32,
    /// Whether an earlier sending of this attempt may have been received.
    pub(super) doubled: bool,
}

impl Client {
    /// Makes one attempt. Ends by `deadline`.
    pub(super) async fn attempt(&self, caller: &mut Caller, job: &mut Job<'_>, deadline: Instant) -> Attempted {
        let limits = Limits { first_byte: job.call.timeouts.first_byte, total: deadline };
        let began = Instant::now();
        let mut count = 0;
        let mut network = Duration::ZERO;
        if caller.connection.as_ref().is_some_and(|connection| connection.is_old(began)) {
            let confirming = Box::pin(self.confirm(caller, job.call.timeouts.dns, deadline));
            if !confirming.await {
                caller.connection = None;
            }
            network = began.elapsed();
        }
        if let Some(mut connection) = caller.connection.take() {
            let mark = job.scope.mark();
            let stale_possible = connection.served > 0;
            let exchanged = self.exchange(&mut connection, caller.slot, limits, job).await;
            let stale = stale_possible
                && matches!(exchanged.result, Err(Failure::Reset | Failure::Cut))
                && exchanged.first_byte.is_none()
                && (exchanged.sent.is_none() || job.call.is_idempotent());
            count += u32::from(exchanged.sent.is_some());
            if !stale {
                return self.conclude(caller, connection, exchanged, network, count, false);
            }
            job.scope.rewind(mark);
        }
        let doubled = count > 0;
        let opening = Instant::now();
        let opened = Box::pin(self.open(caller, &job.call.timeouts, deadline)).await;
        let done = Instant::now();
        network += done - opening;
        count += 1;
        match opened {
            Ok(mut connection) => {
                let exchanged = self.exchange(&mut connection, caller.slot, limits, job).await;
                self.conclude(caller, connection, exchanged, network, count, doubled)
            }
            Err(Unopened { failure, region }) => {
                Attempted { result: Err(failure), region, sent: None, first_byte: None, done, network, count, doubled }
            }
        }
    }

    /// Keeps the connection if it may be kept, and says who answered.
    fn conclude(
        &self,
        caller: &mut Caller,
        mut connection: Box<super::connection::Connection>,
        exchanged: Exchanged,
        network: Duration,
        count: u32,
        doubled: bool,
    ) -> Attempted {
        let by_address = connection.region;
        let region = match &exchanged.result {
            // Who answered is what the plan's way of telling says; a header that is missing leaves it unknown.
            Ok(answered) if self.world.tells_by_header() => answered.named.map(usize::from),
            _ => by_address,
        };
        if exchanged.reusable && self.world.keep_alive {
            connection.served = connection.served.saturating_add(1);
            caller.connection = Some(connection);
        }
        let Exchanged { sent, first_byte, done, result, .. } = exchanged;
        Attempted { result, region, sent, first_byte, done, network, count: count.max(1), doubled }
    }
}
