//! Reads of a probe write: by each reader at doubling distances, until it sees the value.

use super::{
    prober::{Counted, PENDING_MAX, Prober, Written},
    writes::reason,
};
use crate::{client::Job, script::LedgerNames};
use record::{LedgerEntry, LedgerRead, Outcome, ReadResult, Reader};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// Distances double up to this.
const DISTANCE_MAX: Duration = Duration::from_secs(60);

/// Begins to read a write that was acknowledged then.
pub(super) fn follow(prober: &Rc<Prober>, written: &Rc<Written>, acknowledged: Instant) {
    for reader in prober.readers() {
        if prober.pending.get() < PENDING_MAX {
            tokio::task::spawn_local(read_until_seen(Rc::clone(prober), Rc::clone(written), reader, acknowledged));
        }
    }
}

async fn read_until_seen(prober: Rc<Prober>, written: Rc<Written>, reader: Reader, acknowledged: Instant) {
    let _pending = Counted::up(&prober.pending);
    let mut distance = prober.ledger.first_read_after;
    let mut next = acknowledged + distance;
    for _ in 0..prober.ledger.reads_max {
        wan::timer::sleep_until(next.into()).await;
        if !prober.following.get() || read(&prober, &written, reader, false).await == ReadResult::Present {
            return;
        }
        distance = (distance * 2).min(DISTANCE_MAX);
        next = Instant::now().max(next + distance);
    }
}

/// Reads a write once, and says so in the ledger.
pub(super) async fn read(prober: &Rc<Prober>, written: &Written, reader: Reader, is_final: bool) -> ReadResult {
    let (standpoint, host, population) = prober.place(reader);
    let _guard = prober.client.alarm.guard();
    let _turn = prober.turns.acquire().await.expect("nobody closes the turns");
    let began = Instant::now();
    let mut caller = prober.borrow_caller(standpoint, host);
    let mut scope = prober.scope(population, written.next_read());
    let ledger = Some(LedgerNames { value: &written.value, id: &written.id, key: "" });
    let script = prober.script();
    let mut job = Job { call: &script.read, scope: &mut scope, ledger, further: Some(&script.present) };
    let report = prober.client.request(&mut caller, &mut job).await;
    prober.give_back(standpoint, host, caller);
    let result = match (report.outcome, report.present) {
        (Outcome::Ok, true) => ReadResult::Present,
        (Outcome::Ok, false) => ReadResult::Absent,
        _ => ReadResult::Unknown,
    };
    let clock = prober.client.clock;
    prober
        .emit(LedgerEntry::Read(LedgerRead {
            write: written.number,
            reader,
            sent: clock.at(report.sent.unwrap_or(began)),
            done: clock.at(report.done),
            result,
            reason: reason(&report),
            is_final,
            served_by: report.served_by,
        }))
        .await;
    result
}
