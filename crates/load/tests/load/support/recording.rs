//! Runs a load and keeps what it recorded.

use super::Server;
use load::{EntryAddress, FinalReads, LiveCounts, Parts, RegionAddress, Setup, TargetAddresses};
use plan::resolved::{ResolvedPlan, Routing, ServedBy, TlsTrust};
use record::{ArrivalCounts, Entry, Event, Histogram, Interval, Outcome, Phase};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::JoinHandle};

/// What a load recorded.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) entries: Vec<Entry>,
    pub(crate) counts: LiveCounts,
}

/// Runs that plan against one server, which is the first region.
pub(crate) async fn run(plan: ResolvedPlan, server: &Server) -> Recording {
    run_on(plan, addresses(&[server])).await
}

/// Runs that plan against those addresses.
pub(crate) async fn run_on(plan: ResolvedPlan, addresses: TargetAddresses) -> Recording {
    let (setup, output) = setup(addresses);
    let load = load::start(Arc::new(plan), setup).unwrap();
    collect(load, output).await
}

/// Runs that plan to its final reads; each server is a region. The last progress that was told is their result.
pub(crate) async fn run_with_final_reads(plan: ResolvedPlan, servers: &[&Server]) -> (Recording, FinalReads) {
    let (setup, output) = setup(addresses(servers));
    let mut load = load::start(Arc::new(plan), setup).unwrap();
    let gathering = gather(output);
    let counts = load.wait().await.unwrap();
    let mut last = FinalReads::default();
    let result = load.final_reads(|progress| last = progress).await.unwrap();
    assert_eq!((last.done, last.unseen), (result.done, result.unseen), "the last progress is the result");
    drop(load);
    (Recording { entries: gathering.await.unwrap(), counts }, result)
}

/// Waits for a load's end, with everything it sends.
pub(crate) async fn collect(mut load: load::RunningLoad, output: mpsc::Receiver<Entry>) -> Recording {
    let gathering = gather(output);
    let counts = load.wait().await.unwrap();
    drop(load);
    Recording { entries: gathering.await.unwrap(), counts }
}

fn gather(mut output: mpsc::Receiver<Entry>) -> JoinHandle<Vec<Entry>> {
    tokio::spawn(async move {
        let mut entries = Vec::new();
        while let Some(entry) = output.recv().await {
            entries.push(entry);
        }
        entries
    })
}

/// Each server is a region.
pub(crate) fn addresses(servers: &[&Server]) -> TargetAddresses {
    TargetAddresses {
        entry: EntryAddress::Endpoints(Routing::Nearest),
        regions: servers.iter().map(|server| RegionAddress::at(server.url(), server.address)).collect(),
        served_by: ServedBy::Address,
        trust: TlsTrust::Anything,
        users: Vec::new(),
    }
}

/// A setup whose clock starts now.
pub(crate) fn setup(addresses: TargetAddresses) -> (Setup, mpsc::Receiver<Entry>) {
    let (sender, receiver) = mpsc::channel(10_000);
    let network = wan::Network::transparent(8, 8);
    let setup = Setup {
        addresses,
        network,
        start_at: Instant::now(),
        load_offset: Duration::ZERO,
        output: sender,
        threads: None,
        parts: Parts::whole(8),
        take_over: None,
        stamp: load::stamp(),
    };
    (setup, receiver)
}

impl Recording {
    pub(crate) fn intervals(&self) -> impl Iterator<Item = &Interval> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Interval(interval) => Some(interval),
            _ => None,
        })
    }

    /// Requests that ended like that.
    pub(crate) fn ended(&self, outcome: Outcome) -> u64 {
        self.intervals().filter(|interval| interval.outcome == outcome).map(Interval::count).sum()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.intervals().map(Interval::count).sum()
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.intervals().map(|interval| interval.attempts).sum()
    }

    /// All outcomes with a count, for messages.
    pub(crate) fn outcomes(&self) -> Vec<(Outcome, u64)> {
        Outcome::ALL.into_iter().map(|outcome| (outcome, self.ended(outcome))).filter(|(_, count)| *count > 0).collect()
    }

    /// The sum of all seconds and populations.
    pub(crate) fn arrivals(&self) -> ArrivalCounts {
        self.arrivals_of(|_| true)
    }

    pub(crate) fn arrivals_of(&self, choose: impl Fn(&ArrivalCounts) -> bool) -> ArrivalCounts {
        let rows = self.entries.iter().filter_map(|entry| match entry {
            Entry::Arrivals(row) if choose(row) => Some(row),
            _ => None,
        });
        rows.fold(ArrivalCounts::default(), |mut sum, row| {
            sum.intended += row.intended;
            sum.started += row.started;
            sum.dropped += row.dropped;
            sum.unsent += row.unsent;
            sum.send_lag.merge(&row.send_lag);
            sum.waited.merge(&row.waited);
            sum
        })
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Some(event),
            _ => None,
        })
    }

    /// How long a phase took, over all seconds.
    pub(crate) fn phase(&self, phase: Phase) -> Histogram {
        self.merged(|entry| match entry {
            Entry::Phase(row) if row.phase == phase => Some(&row.duration),
            _ => None,
        })
    }

    pub(crate) fn response(&self) -> Histogram {
        self.merged(|entry| match entry {
            Entry::Interval(interval) => Some(&interval.response),
            _ => None,
        })
    }

    pub(crate) fn service(&self) -> Histogram {
        self.merged(|entry| match entry {
            Entry::Interval(interval) => Some(&interval.service),
            _ => None,
        })
    }

    fn merged<'a>(&'a self, choose: impl Fn(&'a Entry) -> Option<&'a Histogram>) -> Histogram {
        self.entries.iter().filter_map(choose).fold(Histogram::new(), |mut sum, histogram| {
            sum.merge(histogram);
            sum
        })
    }
}
