//! What the prober's tasks share: the client, callers to borrow, the list of writes.

use crate::{
    arrivals::Draws,
    client::{Caller, Client},
    ledger::keys::Keys,
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
    /// Writes and sessions that were begun and are not over.
    pub(super) writing: Rc<Cell<usize>>,
    /// Reads that wait for their time, or are under way.
    pub(super) pending: Rc<Cell<usize>>,
    /// Whether reads that wait are still to be made: not once the final reads have begun.
    pub(super) following: Cell<bool>,
    /// Keys of sessions.
    pub(super) keys: Keys,
    /// By standpoint and host: those who have nothing to do.
    callers: RefCell<BTreeMap<Place, Vec<Caller>>>,
    /// Callers that were made.
    called: Cell<u64>,
    pub(super) seeds: Seeds,
}

type Place = (usize, Option<usize>);

/// Where a prober's choices come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeds {
    /// What probes say: the same whoever makes them.
    pub(super) probes: Seed,
    /// How callers behave: each process its own, or all of a fleet's would pause and choose ports in step.
    pub(super) callers: Seed,
}

/// A write that may have been done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) number: u64,
    pub(super) value: String,
    pub(super) id: String,
    /// Reads that were begun.
    pub(super) reads: Cell<u64>,
}

/// A probe among all of the run, whoever makes it: which write it is about, and 0 for the write itself, n for its n-th read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) write: u64,
    pub(super) turn: u64,
}

impl Written {
    /// The next read of it.
    pub(super) fn next_read(&self) -> Probe {
        self.reads.set(self.reads.get() + 1);
        Probe { write: self.number, turn: self.reads.get() }
    }
}

impl Prober {
    pub(super) fn new(client: Rc<Client>, ledger: Ledger, output: mpsc::Sender<Entry>, seeds: Seeds) -> Self {
        Self {
            client,
            ledger,
            output,
            turns: Semaphore::new(IN_FLIGHT_MAX),
            writes: RefCell::default(),
            writing: Rc::default(),
            pending: Rc::default(),
            following: Cell::new(true),
            keys: Keys::new(seeds.callers),
            callers: RefCell::default(),
            called: Cell::new(0),
            seeds,
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

    /// Standpoint, host and population of somebody who acts.
    pub(super) fn place(&self, by: Reader) -> (usize, Option<usize>, usize) {
        let world = &self.client.world;
        match by {
            Reader::Region(region) => (world.prober(region), Some(world.region_host(region)), 0),
            Reader::Population(population) => (population, None, population),
        }
    }

    /// Somebody at that standpoint who isn't making a request; with the connection of an earlier one, if it is still good.
    pub(super) fn borrow_caller(&self, standpoint: usize, host: Option<usize>) -> Caller {
        let idle = self.callers.borrow_mut().entry((standpoint, host)).or_default().pop();
        idle.unwrap_or_else(|| {
            let number = self.called.replace(self.called.get() + 1);
            let seed = self.seeds.callers.derive_number(number);
            Caller::new(&self.client, standpoint, host, seed)
        })
    }

    pub(super) fn give_back(&self, standpoint: usize, host: Option<usize>, caller: Caller) {
        self.callers.borrow_mut().entry((standpoint, host)).or_default().push(caller);
    }

    /// What a probe knows. Its iteration is one that no journey and no other probe of its write has, so that its unique values
    /// are its own.
    pub(super) fn scope(&self, population: usize, probe: Probe) -> Scope {
        let seed = self.seeds.probes.derive_number(probe.write).derive_number(probe.turn);
        let mut scope = Scope::new(population, probe.write, Draws::new(seed));
        scope.iteration = u64::MAX - probe.turn;
        scope.begin(self.script().variables());
        scope
    }

    /// Hands over a line of the ledger. Waits while the output is full, for none may be lost; a closed one takes everything.
    pub(super) async fn emit(&self, entry: LedgerEntry) {
        let _closed = self.output.send(Entry::Ledger(entry)).await;
    }
}

/// Counts one up while it lives.
pub(super) struct Counted(Rc<Cell<usize>>);

impl Counted {
    pub(super) fn up(cell: &Rc<Cell<usize>>) -> Self {
        cell.set(cell.get() + 1);
        Self(Rc::clone(cell))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
