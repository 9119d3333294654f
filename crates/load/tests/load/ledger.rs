//! The ledger's prober against services that keep, lose and hide writes.

use crate::support::{Recording, Reply, Request, Server, open, plan, plans, recording, server};
use plan::resolved::{Check, Extract, ExtractFrom, Ledger, LedgerReader, ResolvedPlan};
use record::{Entry, LedgerEntry, LedgerRead, LedgerWrite, ReadResult, Reader, WriteOutcome};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use units::Rate;

/// Keeps what is posted; shows it at `/item/VALUE`.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<BTreeSet<String>>>);

impl Store {
    fn answer(&self, request: &Request) -> Reply {
        let mut items = self.0.lock().unwrap();
        if request.head.starts_with("POST") {
            items.insert(request.body.clone());
            return Reply::Pieces(vec![server::ok(&format!("{{\"id\":\"{}\"}}", request.body))]);
        }
        let value = request.head.split_whitespace().nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
        let reply = if items.contains(&value) { server::ok(&value) } else { server::status(404) };
        Reply::Pieces(vec![reply])
    }
}

fn plan_with_ledger(regions: usize, readers: LedgerReader) -> ResolvedPlan {
    let mut plan = plan(open(1.0, 1.0));
    plan.regions = ["here", "there"].into_iter().take(regions).map(plans::region).collect();
    let mut write = plans::post("/item", "{{ ledger.value }}");
    write.extract = vec![Extract { variable: "id".to_owned(), from: ExtractFrom::Json("$.id".to_owned()) }];
    let mut read = plans::get("/item/{{ ledger.id }}");
    read.checks = vec![Check::Status(vec![200, 404])];
    plan.ledger = Some(Ledger {
        rate: Rate::per_second(20.0).unwrap(),
        write,
        read,
        present: vec![Check::Status(vec![200]), Check::BodyContains(plans::text("{{ ledger.value }}"))],
        readers,
        first_read_after: Duration::from_millis(10),
        reads_max: 3,
        quiet: Duration::ZERO,
        final_passes: 2,
        sessions: None,
    });
    plan
}

fn writes(recording: &Recording) -> Vec<&LedgerWrite> {
    let write = |entry| match entry {
        &Entry::Ledger(LedgerEntry::Write(ref write)) => Some(write),
        _ => None,
    };
    recording.entries.iter().filter_map(write).collect()
}

fn reads(recording: &Recording) -> Vec<&LedgerRead> {
    let read = |entry| match entry {
        &Entry::Ledger(LedgerEntry::Read(ref read)) => Some(read),
        _ => None,
    };
    recording.entries.iter().filter_map(read).collect()
}

#[tokio::test]
async fn every_write_is_acknowledged_and_seen_by_every_region() {
    let store = Store::default();
    let servers = [0, 1].map(|_| {
        let store = store.clone();
        Server::start(move |request| store.answer(request))
    });
    let (recording, result) =
        recording::run_with_final_reads(plan_with_ledger(2, LedgerReader::EachRegion), &[&servers[0], &servers[1]])
            .await;
    let writes = writes(&recording);
    assert_eq!(writes.len(), 20);
    assert!(writes.iter().all(|write| write.outcome == WriteOutcome::Acknowledged && write.id == write.value));
    let values: BTreeSet<_> = writes.iter().map(|write| &write.value).collect();
    assert_eq!(values.len(), 20, "no two writes have one value");
    assert_eq!((result.unseen, result.pass), (0, 1), "one pass is enough when all is seen");
    for write in writes {
        for reader in [Reader::Region(0), Reader::Region(1)] {
            let seen = |read: &&&LedgerRead| read.write == write.number && read.reader == reader && read.is_final;
            let reads = reads(&recording);
            let finals: Vec<_> = reads.iter().filter(seen).collect();
            assert_eq!(finals.len(), 1, "{reader:?} reads write {} once in the end", write.number);
            assert_eq!(finals[0].result, ReadResult::Present);
        }
    }
}

#[tokio::test]
async fn a_region_that_lost_writes_is_read_until_the_last_pass() {
    let (keeps, loses) = (Store::default(), Store::default());
    let keeper = Server::start(move |request| keeps.answer(request));
    let loser = Server::start(move |request| loses.answer(request));
    let (recording, result) =
        recording::run_with_final_reads(plan_with_ledger(2, LedgerReader::EachRegion), &[&keeper, &loser]).await;
    assert_eq!((result.unseen, result.pass, result.passes), (20, 2, 2));
    let reads = reads(&recording);
    let absent = reads.iter().filter(|read| read.is_final && read.reader == Reader::Region(1));
    assert_eq!(absent.clone().count(), 40, "each write is looked for twice");
    assert!(absent.clone().all(|read| read.result == ReadResult::Absent && read.reason == "status 404"));
    let followed = reads.iter().filter(|read| !read.is_final && read.reader == Reader::Region(0));
    assert!(
        followed.clone().any(|read| read.result == ReadResult::Present),
        "the keeper showed them while load went on"
    );
}

#[tokio::test]
async fn writes_end_acknowledged_failed_or_unknown() {
    let table = [
        ("a good answer", Reply::Pieces(vec![server::ok("{\"id\":\"7\"}")]), WriteOutcome::Acknowledged, "status 200"),
        ("a refusal", Reply::Pieces(vec![server::status(409)]), WriteOutcome::Failed, "status 409"),
        ("a server error", Reply::Pieces(vec![server::status(503)]), WriteOutcome::Unknown, "status 503"),
        ("a redirect", Reply::Pieces(vec![server::status(303)]), WriteOutcome::Unknown, "status 303"),
        ("a reset after it was sent", Reply::Reset, WriteOutcome::Unknown, "connection reset"),
        ("silence", Reply::Hang, WriteOutcome::Unknown, "time-out before the first byte"),
        (
            "an answer without an id",
            Reply::Pieces(vec![server::ok("{}")]),
            WriteOutcome::Unknown,
            "status 200, but a check failed",
        ),
    ];
    for (sentence, reply, outcome, reason) in table {
        let mut plan = plan_with_ledger(1, LedgerReader::EachRegion);
        if let (Reply::Hang, Some(ledger)) = (&reply, &mut plan.ledger) {
            for request in [&mut ledger.write, &mut ledger.read] {
                request.timeouts.first_byte = Duration::from_millis(300);
            }
        }
        let server = Server::start(move |_| reply.clone());
        let (recording, _) = recording::run_with_final_reads(plan, &[&server]).await;
        let writes = writes(&recording);
        assert_eq!(writes.len(), 20, "{sentence}");
        for write in writes {
            assert_eq!((write.outcome, write.reason.as_str()), (outcome, reason), "{sentence}");
            assert!(write.sent.is_some() && write.done >= write.intended, "{sentence}: {write:?}");
        }
    }
}

#[tokio::test]
async fn a_write_that_was_never_sent_has_failed_and_is_not_read() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = Server::plain("unused");
    let mut plan = plan_with_ledger(1, LedgerReader::EachRegion);
    plan.populations[0].nearest = vec![0];
    let mut addresses = recording::addresses(&[&server]);
    addresses.regions[0] = load::RegionAddress::at(server.url(), address);
    let (setup, output) = recording::setup(addresses);
    let mut load = load::start(Arc::new(plan), setup).unwrap();
    load.wait().await.unwrap();
    let result = load.final_reads(|_| {}).await.unwrap();
    assert_eq!((result.pass, result.unseen), (0, 0), "there is nothing to look for");
    let recording = recording::collect(load, output).await;
    let writes = writes(&recording);
    assert_eq!(writes.len(), 20);
    for write in writes {
        assert_eq!((write.outcome, write.sent), (WriteOutcome::Failed, None), "{write:?}");
    }
}

#[tokio::test]
async fn a_failed_second_attempt_does_not_undo_an_unknown_first_one() {
    let server = Server::start(|request| match request.on_connection {
        _ if request.number % 2 == 0 => Reply::Reset,
        _ => Reply::Pieces(vec![server::status(409)]),
    });
    let mut plan = plan_with_ledger(1, LedgerReader::EachRegion);
    let ledger = plan.ledger.as_mut().unwrap();
    ledger.rate = Rate::per_second(1.0).unwrap();
    ledger.write.retry.attempts_max = 2;
    plan.load = crate::support::closed(0, 1.0);
    let (recording, _) = recording::run_with_final_reads(plan, &[&server]).await;
    let writes = writes(&recording);
    assert_eq!(writes.len(), 1);
    assert_eq!((writes[0].outcome, writes[0].attempts), (WriteOutcome::Unknown, 2), "{:?}", writes[0]);
}

#[tokio::test]
async fn readers_through_the_entry_are_the_populations() {
    let store = Store::default();
    let server = Server::start(move |request| store.answer(request));
    let mut plan = plan_with_ledger(1, LedgerReader::Entry);
    plan.populations = vec![plans::population("europe", 50), plans::population("asia", 50)];
    let (recording, result) = recording::run_with_final_reads(plan, &[&server]).await;
    assert_eq!(result.unseen, 0);
    let readers: BTreeSet<Reader> = reads(&recording).iter().map(|read| read.reader).collect();
    assert_eq!(readers, BTreeSet::from([Reader::Population(0), Reader::Population(1)]));
    let writers: BTreeSet<usize> = writes(&recording).iter().map(|write| write.population).collect();
    assert_eq!(writers, BTreeSet::from([0, 1]), "each population writes its share");
}
