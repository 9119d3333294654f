//! One request and its answer over an open connection: the hot path.
//!
//! In the usual case this is one `write`, one wait, one `read`: the request lies ready or is rendered into the thread's buffer,
//! the answer is parsed and judged where the read put it, and nothing is allocated. The future that waits holds no buffer.

use super::{Buffers, Client, Failure, SlotId, connection::Connection, request::Job};
use crate::{
    answer::{Complete, Head, Progress, Reader, Wanted},
    script::{Judgement, Reply, Speaker},
};
use std::{
    future::poll_fn,
    io,
    task::{Context, Poll},
    time::Instant,
};
use tokio::io::ReadBuf;

/// What came of an exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchanged {
    /// When the request was given to the socket; `None`: the connection was over before.
    pub(super) sent: Option<Instant>,
    pub(super) first_byte: Option<Instant>,
    pub(super) done: Instant,
    pub(super) result: Result<Answered, Failure>,
    /// Whether the connection may take another request.
    pub(super) reusable: bool,
}

/// An answer, judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) judgement: Judgement,
    /// Region index that the answer itself names.
    pub(super) named: Option<u16>,
}

/// Until when the phases of an exchange may last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) first_byte: std::time::Duration,
    pub(super) total: Instant,
}

/// An exchange under way.
struct Exchange<'a, 'job> {
    client: &'a Client,
    connection: &'a mut Connection,
    slot: SlotId,
    limits: Limits,
    job: &'a mut Job<'job>,
    sent: Option<Instant>,
    first_byte: Option<Instant>,
    /// What the socket didn't take at once.
    unwritten: Option<Box<[u8]>>,
    /// Whether the socket did not take the whole request at once.
    sent_slowly: bool,
    flushed: bool,
    reader: Reader,
}

impl Client {
    /// Sends the job's request and reads the answer. Ends by `limits`.
    pub(super) fn exchange<'a, 'job>(
        &'a self,
        connection: &'a mut Connection,
        slot: SlotId,
        limits: Limits,
        job: &'a mut Job<'job>,
    ) -> impl Future<Output = Exchanged> + use<'a, 'job> {
        let mut exchange = Exchange {
            client: self,
            connection,
            slot,
            limits,
            job,
            sent: None,
            first_byte: None,
            unwritten: None,
            sent_slowly: false,
            flushed: false,
            reader: Reader::new(),
        };
        // Not an async function, which would keep its arguments beside the exchange made of them: users are many.
        poll_fn(move |context| {
            let polled = exchange.poll(context);
            if polled.is_ready() {
                exchange.client.slots.clear(exchange.slot);
            }
            polled
        })
    }
}

impl Exchange<'_, '_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Exchanged> {
        let client = self.client;
        let buffers = &mut *client.buffers.borrow_mut();
        if self.sent.is_none() {
            if self.connection.served > 0 && self.connection.poll_ended(context).is_ready() {
                return Poll::Ready(self.broken(Failure::Cut));
            }
            client.slots.enrol(self.slot, context);
            if let Err(failure) = self.send(context, buffers) {
                return Poll::Ready(self.broken(failure));
            }
        } else if !self.flushed
            && let Err(failure) = self.send_more(context)
        {
            return Poll::Ready(self.broken(failure));
        }
        self.receive(context, buffers)
    }

    /// The first time: renders the request and gives the socket as much as it takes.
    fn send(&mut self, context: &mut Context<'_>, buffers: &mut Buffers) -> Result<(), Failure> {
        let Job { call, scope, ledger, .. } = &mut *self.job;
        let mut speaker = Speaker { script: &self.client.script, scope, ledger: *ledger };
        let bytes = call.bytes(self.connection.host(), &mut speaker, &mut buffers.write, &mut buffers.scratch);
        let now = Instant::now();
        self.sent = Some(now);
        let mut written = 0;
        while written < bytes.len() {
            match self.connection.poll_write(context, &bytes[written..]) {
                Poll::Ready(Ok(0)) => return Err(Failure::Reset),
                Poll::Ready(Ok(length)) => written += length,
                Poll::Ready(Err(error)) => return Err(self.client.io(&error)),
                Poll::Pending => {
                    self.unwritten = Some(bytes[written..].into());
                    self.sent_slowly = true;
                    break;
                }
            }
        }
        if self.unwritten.is_none() {
            return self.flush(context);
        }
        self.client.slots.set(self.slot, self.limits.total);
        Ok(())
    }

    fn send_more(&mut self, context: &mut Context<'_>) -> Result<(), Failure> {
        while let Some(rest) = &self.unwritten {
            match self.connection.poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Err(Failure::Reset),
                Poll::Ready(Ok(length)) => {
                    let rest: Box<[u8]> = rest[length..].into();
                    self.unwritten = (!rest.is_empty()).then_some(rest);
                }
                Poll::Ready(Err(error)) => return Err(self.client.io(&error)),
                Poll::Pending => return Ok(()),
            }
        }
        self.flush(context)
    }

    /// The time for the first byte begins when the whole request is out, however long that took.
    fn flush(&mut self, context: &mut Context<'_>) -> Result<(), Failure> {
        let limit = match self.connection.poll_flush(context) {
            Poll::Ready(Ok(())) => {
                self.flushed = true;
                let sent = if self.sent_slowly { Instant::now() } else { self.sent.unwrap_or_else(Instant::now) };
                self.limits.total.min(sent + self.limits.first_byte)
            }
            Poll::Ready(Err(error)) => return Err(self.client.io(&error)),
            Poll::Pending => self.limits.total,
        };
        if self.first_byte.is_none() {
            self.client.slots.set(self.slot, limit);
        }
        Ok(())
    }

    /// Also while the request is not wholly sent: a server may answer before.
    fn receive(&mut self, context: &mut Context<'_>, buffers: &mut Buffers) -> Poll<Exchanged> {
        loop {
            let mut space = ReadBuf::new(&mut buffers.read);
            match self.connection.poll_read(context, &mut space) {
                Poll::Pending if self.client.slots.is_expired(self.slot) => {
                    return Poll::Ready(self.broken(self.timeout()));
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(self.ended(Some(&error))),
                Poll::Ready(Ok(())) if space.filled().is_empty() => return Poll::Ready(self.ended(None)),
                Poll::Ready(Ok(())) => {
                    let now = Instant::now();
                    if self.first_byte.is_none() {
                        self.first_byte = Some(now);
                        self.client.slots.set(self.slot, self.limits.total);
                    }
                    if let Some(exchanged) = self.take(space.filled(), now) {
                        return Poll::Ready(exchanged);
                    }
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8], now: Instant) -> Option<Exchanged> {
        let call = self.job.call;
        let served_by = &self.client.world.served_by;
        let wanted = Wanted { body: call.keeps_body(), answers_head: call.is_head(), served_by };
        let result = match self.reader.take(bytes, wanted) {
            Ok(Progress::More) => return None,
            Ok(Progress::Complete(complete)) => {
                let reusable = complete.head.keep_alive && !complete.surplus && self.flushed;
                Ok((judge(self.client, self.job, &complete), reusable))
            }
            Err(malformed) => Err(Failure::Malformed(malformed)),
        };
        Some(match result {
            Ok((answered, reusable)) => self.answered(answered, reusable, now),
            Err(failure) => Exchanged { done: now, ..self.broken(failure) },
        })
    }

    /// The connection ended: that may be the end of the answer.
    fn ended(&mut self, error: Option<&io::Error>) -> Exchanged {
        let failure = error.map_or(Failure::Cut, |error| self.client.io(error));
        // Servers often end TLS without its own end; a body without a length is then taken as complete, as browsers do.
        let clean = error.is_none_or(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        let answered = match self.reader.close() {
            Some(complete) if clean => Some(judge(self.client, self.job, &complete)),
            _ => None,
        };
        match answered {
            Some(answered) => self.answered(answered, false, Instant::now()),
            None => self.broken(failure),
        }
    }

    fn answered(&self, answered: Answered, reusable: bool, now: Instant) -> Exchanged {
        Exchanged { sent: self.sent, first_byte: self.first_byte, done: now, result: Ok(answered), reusable }
    }

    fn broken(&self, failure: Failure) -> Exchanged {
        Exchanged {
            sent: self.sent,
            first_byte: self.first_byte,
            done: Instant::now(),
            result: Err(failure),
            reusable: false,
        }
    }

    fn timeout(&self) -> Failure {
        if self.first_byte.is_none() && Instant::now() < self.limits.total {
            Failure::FirstByteTimeout
        } else {
            Failure::TotalTimeout
        }
    }
}

fn judge(client: &Client, job: &mut Job<'_>, complete: &Complete<'_>) -> Answered {
    let Head { status, served_by, .. } = complete.head;
    let reply = Reply { status, head: complete.head_bytes, body: complete.body };
    let Job { call, scope, ledger, further } = job;
    let mut speaker = Speaker { script: &client.script, scope, ledger: *ledger };
    let judgement = call.judge(reply, &mut speaker, *further);
    Answered { judgement, named: served_by }
}
