//! Somebody who makes requests: one user's (or prober's) own part of the client.

use super::{Client, SlotId, connection::Connection};
use crate::{arrivals::Draws, world::Standpoint};
use std::{
    net::IpAddr,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use units::Seed;

/// Somebody who makes requests, one at a time, over one connection at a time.
pub(crate) struct Caller {
    client: Rc<Client>,
    pub(super) slot: SlotId,
    standpoint: u32,
    host: Option<u32>,
    pub(super) connection: Option<Box<Connection>>,
    keeps_answers: KeepsAnswers,
    pub(super) kept_answer: Option<Rc<[IpAddr]>>,
    /// Regions it avoids, with the end of that; taken when the first one fails.
    pub(super) avoided: Option<Box<[Option<Instant>]>>,
    /// Of its standpoint's source addresses.
    pub(super) source: u32,
    /// Pauses between attempts; apart from the user's own draws, for what the plan decides must not depend on failures.
    pub(super) jitter: Draws,
}

/// How long somebody uses an answer of the resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeepsAnswers {
    /// As long as its TTL says.
    WhileTheyHold,
    /// Past the TTL, until it fails.
    UntilTheyFail,
    /// The first one, whatever happens.
    ForEver,
}

impl KeepsAnswers {
    /// `drawn` is evenly distributed in 0.0..1.0.
    fn drawn(drawn: f64, standpoint: &Standpoint) -> Self {
        let until_they_fail = standpoint.ignores_ttl.fraction();
        match drawn {
            drawn if drawn < until_they_fail => Self::UntilTheyFail,
            drawn if drawn < until_they_fail + standpoint.never_resolves_again.fraction() => Self::ForEver,
            _ => Self::WhileTheyHold,
        }
    }
}

impl Caller {
    /// Somebody at that standpoint, who asks that host whatever the routing says (probers), or, with `None`, does as users do; `seed`
    /// is its own.
    pub(crate) fn new(client: &Rc<Client>, standpoint: usize, host: Option<usize>, seed: Seed) -> Self {
        let mut jitter = Draws::new(seed.derive("client"));
        let table = &client.world.standpoints[standpoint];
        Self {
            slot: client.slots.take(),
            client: Rc::clone(client),
            standpoint: standpoint as u32,
            host: host.map(|host| host as u32),
            connection: None,
            keeps_answers: KeepsAnswers::drawn(jitter.fraction(), table),
            kept_answer: None,
            avoided: None,
            source: jitter.number() as u32,
            jitter,
        }
    }

    pub(crate) fn client(&self) -> &Rc<Client> {
        &self.client
    }

    pub(crate) fn slot(&self) -> SlotId {
        self.slot
    }

    pub(super) fn standpoint(&self) -> usize {
        self.standpoint as usize
    }

    /// The host that it asks whatever the routing says.
    pub(super) fn host(&self) -> Option<usize> {
        self.host.map(|host| host as usize)
    }

    /// To be called while it has nothing to do: drops a connection that the server closes meanwhile, as clients do.
    pub(crate) fn poll_idle(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && let Poll::Ready(()) = connection.poll_ended(context)
        {
            self.connection = None;
        }
    }

    /// Forgets its connection, as a user who leaves does.
    pub(crate) fn hang_up(&mut self) {
        self.connection = None;
    }

    /// One of its addresses could be connected to.
    pub(super) fn remember_answer(&mut self, answer: Option<&Rc<[IpAddr]>>) {
        if self.keeps_answers != KeepsAnswers::WhileTheyHold {
            self.kept_answer = answer.cloned();
        }
    }

    /// No address of the last answer could be reached.
    pub(super) fn doubt_answer(&mut self) {
        if self.keeps_answers != KeepsAnswers::ForEver {
            self.kept_answer = None;
        }
    }

    /// Avoids a region for a while.
    pub(super) fn avoid(&mut self, region: usize, until: Instant) {
        let regions = self.client.world.regions;
        let avoided = self.avoided.get_or_insert_with(|| vec![None; regions].into_boxed_slice());
        if let Some(entry) = avoided.get_mut(region) {
            *entry = Some(until);
        }
    }

    pub(super) fn avoids(&self, region: usize, now: Instant) -> bool {
        self.avoided
            .as_ref()
            .and_then(|avoided| avoided.get(region).copied().flatten())
            .is_some_and(|until| now < until)
    }

    /// One of so many, each as likely; the first of one or none.
    pub(super) fn one_of(&mut self, count: usize) -> usize {
        if count > 1 { self.jitter.within(0, count as u64 - 1) as usize } else { 0 }
    }

    /// Between a half and one and a half of `middle`: so that what happens to many at once doesn't come back at once.
    pub(super) fn spread(&mut self, middle: Duration) -> Duration {
        self.jitter.around(middle, middle / 2)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.client.alarm.look();
        self.client.slots.give_back(self.slot);
    }
}
