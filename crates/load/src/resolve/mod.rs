//! Names to addresses as users get them: by asking a resolver over the network, and by remembering what it said.
//!
//! ```text
//!   user ──▶ Resolver: fresh answer? ──yes──▶ addresses
//!                          │no
//!                          └─▶ one question per population and name, however many users wait ──▶ exchange (UDP, TCP)
//! ```
//!
//! **One memory per population and thread.** The people of one place sit behind a few resolvers whose memories expire
//! independently of each other; a thread's memory is one of those. So the users of a population follow a steering change in a
//! few groups, each within a TTL, as they do in the world, and no lock is shared between cores.
//!
//! **Time.** A question pays the round trip of the population's own access, since its resolver stands at its provider. An answer
//! from memory costs nothing. An answer with TTL 0 serves those who waited for it and nobody else.
//!
//! **Failures** are remembered too: "no such name" for the time that its SOA record says, at most [`cache::NEGATIVE_MAX`],
//! anything else for one second (RFC 9520 asks for at least that, so that a broken resolver isn't hammered).

mod cache;
mod exchange;
mod message;
mod system;

pub(crate) use cache::NameFailure;
pub(crate) use system::system_servers;

use crate::alarm::Alarm;
use cache::{Cached, Look};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    task::{Poll, Waker},
    time::{Duration, Instant},
};

/// Who asks for what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    /// Index of the standpoint.
    pub(crate) standpoint: usize,
    /// The name.
    pub(crate) name: Rc<str>,
}

/// How a standpoint asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asking {
    /// Whom, in this order.
    pub(crate) servers: Vec<SocketAddr>,
    /// From which address.
    pub(crate) source: Option<IpAddr>,
    /// Told as the client's subnet.
    pub(crate) subnet: Option<IpAddr>,
    /// Round trip of the access.
    pub(crate) round_trip: Duration,
    /// How long one question may take in all, its repetition included.
    pub(crate) timeout: Duration,
}

/// What somebody learnt from a question that went over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Learnt {
    pub(crate) question: Question,
    pub(crate) began: Instant,
    pub(crate) took: Duration,
    pub(crate) answer: Result<Rc<[IpAddr]>, NameFailure>,
    /// Whether the addresses differ from those of the last good answer (also when there was none).
    pub(crate) changed: bool,
}

/// The memory of one thread.
pub(crate) struct Resolver {
    entries: RefCell<BTreeMap<Question, Entry>>,
    /// Who wants to know of each question asked.
    learn: Box<dyn Fn(&Learnt)>,
    alarm: Alarm,
}

#[derive(Default)]
struct Entry {
    cached: Cached,
    asking: bool,
    /// Answers so far: who waits for one sees it come by this.
    answers: u64,
    waiting: Vec<Waker>,
}

impl Resolver {
    pub(crate) fn new(alarm: Alarm, learn: impl Fn(&Learnt) + 'static) -> Rc<Self> {
        Rc::new(Self { entries: RefCell::default(), learn: Box::new(learn), alarm })
    }

    /// The addresses of a name, in the resolver's order. Ends within `asking.timeout`, and at once when they are remembered.
    pub(crate) async fn resolve(
        self: &Rc<Self>,
        question: Question,
        asking: impl FnOnce() -> Asking,
    ) -> Result<Rc<[IpAddr]>, NameFailure> {
        let seen = {
            let mut entries = self.entries.borrow_mut();
            let entry = entries.entry(question.clone()).or_default();
            match entry.cached.look(Instant::now()) {
                Look::Known(answer) => return answer,
                Look::Ask if !entry.asking => {
                    entry.asking = true;
                    tokio::task::spawn_local(Rc::clone(self).ask(question.clone(), asking()));
                    entry.answers
                }
                Look::Ask => entry.answers,
            }
        };
        poll_fn(|context| {
            let mut entries = self.entries.borrow_mut();
            let Some(entry) = entries.get_mut(&question) else { return Poll::Ready(Err(NameFailure::Server)) };
            if entry.answers == seen {
                entry.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(entry.cached.latest())
        })
        .await
    }

    /// Asks over the network, files the answer, and wakes who waits for it. Runs as a task of its own, so that it ends whoever
    /// gave up waiting.
    async fn ask(self: Rc<Self>, question: Question, asking: Asking) {
        let _guard = self.alarm.guard();
        let began = Instant::now();
        let answer = exchange::ask(&question.name, &asking).await;
        let now = Instant::now();
        let (learnt, waiting) = {
            let mut entries = self.entries.borrow_mut();
            let entry = entries.entry(question.clone()).or_default();
            let changed = entry.cached.store(now, answer);
            entry.asking = false;
            entry.answers += 1;
            let answer = entry.cached.latest();
            (Learnt { question, began, took: now - began, answer, changed }, std::mem::take(&mut entry.waiting))
        };
        (self.learn)(&learnt);
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests;
