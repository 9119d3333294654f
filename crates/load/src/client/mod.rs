//! The client: what a browser or an app does to get one answer, with nothing hidden.
//!
//! ```text
//!   request ──▶ attempt ──▶ route: which host, which addresses        (may ask the resolver)
//!      ▲           │ ──▶ connect: TCP over the link, TLS              (unless a connection is kept)
//!      │ retry     │ ──▶ exchange: bytes out, answer in, judged where it lies
//!      └───────────┴──▶ Report: outcome, who served it, each instant, attempts
//! ```
//!
//! **One per thread**, used by all of its users: buffers for reading and writing exist once per thread, since a user that is
//! being polled has the thread for itself. Idle users hold no buffer. What can be expected to be rare (opening a connection, an
//! answer in pieces, a request that the socket doesn't take at once) takes memory when it happens.
//!
//! **Time-outs** are a table that is swept every few milliseconds ([`slots`]), not a timer per request.

mod attempt;
mod caller;
mod connect;
mod connection;
mod exchange;
mod failure;
mod request;
mod route;
mod slots;
mod tls;

pub(crate) use caller::Caller;
pub(crate) use failure::Failure;
pub(crate) use request::{Job, Report};
pub(crate) use slots::{SWEEP, SlotId, Slots};
pub(crate) use tls::configuration as tls_configuration;

use crate::{
    alarm::Alarm,
    recorder::{Clock, Recorder},
    resolve::Resolver,
    script::Script,
    world::World,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};
use tokio_rustls::TlsConnector;

/// As much as one read takes; answers that fit are never copied.
const READ_BYTES: usize = 32 * 1024;

/// One thread's client.
pub(crate) struct Client {
    pub(crate) world: Arc<World>,
    pub(crate) script: Arc<Script>,
    pub(crate) clock: Clock,
    pub(crate) recorder: Rc<Recorder>,
    pub(crate) slots: Slots,
    pub(crate) counts: ClientCounts,
    /// Raised when a task of this thread panics.
    pub(crate) alarm: Alarm,
    resolver: Rc<Resolver>,
    tls: TlsConnector,
    buffers: RefCell<Buffers>,
}

/// What the client counts beside the recording.
#[derive(Debug, Default)]
pub(crate) struct ClientCounts {
    pub(crate) full_handshakes: Cell<u64>,
    pub(crate) resumed_handshakes: Cell<u64>,
    pub(crate) connections: Cell<u64>,
    /// Failures that are this machine's own: no descriptor, no port, no memory.
    pub(crate) exhausted: Cell<u64>,
}

struct Buffers {
    read: Box<[u8]>,
    write: Vec<u8>,
    scratch: Vec<u8>,
}

impl Client {
    pub(crate) fn new(
        world: Arc<World>,
        script: Arc<Script>,
        recorder: Rc<Recorder>,
        tls: Arc<rustls::ClientConfig>,
    ) -> Self {
        let learn = Rc::clone(&recorder);
        let table = Arc::clone(&world);
        let alarm = Alarm::default();
        let resolver = Resolver::new(alarm.clone(), move |learnt| learn.learnt(&table, learnt));
        Self {
            world,
            script,
            clock: recorder.clock(),
            recorder,
            slots: Slots::new(),
            counts: ClientCounts::default(),
            alarm,
            resolver,
            tls: TlsConnector::from(tls),
            buffers: RefCell::new(Buffers {
                read: vec![0; READ_BYTES].into_boxed_slice(),
                write: Vec::new(),
                scratch: Vec::new(),
            }),
        }
    }
}

/// Adds one to a count.
pub(crate) fn count(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}

#[cfg(test)]
mod tests;
