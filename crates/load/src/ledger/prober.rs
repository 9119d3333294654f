//! What the prober's tasks share: the client, callers to borrow, the list of writes.

use crate::{
    arrivals::Draws,
    client::{Caller, Client},
    script::{LedgerScript, Scope},
};
use plan::resolved::{Ledger, LedgerReader};
use record::{Entry, LedgerEntry, Reader};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};
use tokio::sync::{Semaphore, mpsc};
use units::Seed;

/// Requests under way at the same time; whoever comes later waits for its turn.
pub(crate) const IN_FLIGHT_MAX: usize = 1_000;
/// Reads that wait for their time; with more, further writes are followed by their final reads only.
pub(super) const PENDING_MAX: usize = 100_000;

/// What the prober's tasks share.
pub(super) struct Prober {
    pub(super) client: Rc<Client>,
    pub(super) ledger: Ledger,
    pub(super) output: mpsc::Sender<Entry>,
    pub(super) turns: Semaphore,
    /// Writes that may have been done.
    pub(super) writes: RefCell<Vec<Rc<Written>>>,
    /// Writes that were begun and are not over.
    pub(super) writing: Cell<usize>,
    /// Reads that wait for their time, or are under way.
    pub(super) pending: Cell<usize>,
    /// Whether reads that wait are still to be made: not once the final reads have begun.
    pub(super) following: Cell<bool>,
    /// By standpoint and host: those who have nothing to do.
    callers: RefCell<BTreeMap<Place, Vec<Caller>>>,
    scopes: Cell<u64>,
    seed: Seed,
}

type Place = (usize, Option<usize>);

/// A write that may have been done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) number: u64,
    pub(super) value: String,
    pub(super) id: String,
}

impl Prober {
    pub(super) fn new(client: Rc<Client>, ledger: Ledger, output: mpsc::Sender<Entry>, seed: Seed) -> Self {
        Self {
            client,
            ledger,
            output,
            turns: Semaphore::new(IN_FLIGHT_MAX),
            writes: RefCell::default(),
            writing: Cell::new(0),
            pending: Cell::new(0),
            following: Cell::new(true),
            callers: RefCell::default(),
            scopes: Cell::new(0),
            seed,
        }
    }

    pub(super) fn script(&self) -> &LedgerScript {
        self.client.script.ledger().expect("a prober is made for plans with a ledger")
    }

    /// Everybody who reads.
    pub(super) fn readers(&self) -> Vec<Reader> {
        match self.ledger.readers {
            LedgerReader::EachRegion => (0..self.client.world.regions).map(Reader::Region).collect(),
            LedgerReader::Entry => (0..self.client.world.populations).map(Reader::Population).collect(),
        }
    }

    /// Somebody at that standpoint who isn't making a request; with the connection of an earlier one, if it is still good.
    pub(super) fn borrow_caller(&self, standpoint: usize, host: Option<usize>) -> Caller {
        let idle = self.callers.borrow_mut().entry((standpoint, host)).or_default().pop();
        idle.unwrap_or_else(|| {
            let seed = self.seed.derive_number(self.next_scope());
            Caller::new(&self.client, standpoint, host, seed)
        })
    }

    pub(super) fn give_back(&self, standpoint: usize, host: Option<usize>, caller: Caller) {
        self.callers.borrow_mut().entry((standpoint, host)).or_default().push(caller);
    }

    /// What a probe knows. Its iteration is one that no journey has, so that its unique values are no journey's.
    pub(super) fn scope(&self, population: usize) -> Scope {
        let number = self.next_scope();
        let mut scope = Scope::new(population, number, Draws::new(self.seed.derive_number(number)));
        scope.iteration = u64::MAX;
        scope.begin(self.script().variables());
        scope
    }

    /// Hands over a line of the ledger. Waits while the output is full, for none may be lost; a closed one takes everything.
    pub(super) async fn emit(&self, entry: LedgerEntry) {
        let _closed = self.output.send(Entry::Ledger(entry)).await;
    }

    fn next_scope(&self) -> u64 {
        let number = self.scopes.get();
        self.scopes.set(number + 1);
        number
    }
}

/// Counts one up while it lives.
pub(super) struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    pub(super) fn up(cell: &'a Cell<usize>) -> Self {
        cell.set(cell.get() + 1);
        Self(cell)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
