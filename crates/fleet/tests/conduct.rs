//! The conductor carries a plan out against a small service in this process: phases in order, faults healed, the recording
//! closed, also when it is stopped early.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::Environment;
use fleet::{Observation, RunEnd, RunSetup, StopLevel, conduct};
use plan::{Source, resolved::ResolvedPlan};
use record::{Entry, EventKind, LedgerEntry, Manifest, Recording, WriteOutcome, Writer};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::Instant,
};

/// A service that stores what is PUT, and serves it to GET.
async fn service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stored = Arc::new(Mutex::new(BTreeSet::new()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&stored)));
        }
    });
    url
}

async fn serve(stream: TcpStream, stored: Arc<Mutex<BTreeSet<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let known = if head.starts_with("PUT") {
            stored.lock().unwrap().insert(path.clone())
        } else {
            path == "/" || stored.lock().unwrap().contains(&path)
        };
        let status = if known { "200 OK" } else { "404 Not Found" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{path}", path.len());
        stream.write_all(answer.as_bytes()).await?;
    }
}

async fn plan() -> ResolvedPlan {
    let url = service().await;
    let text = format!(
        "version: 1\nname: small\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 20/s, for: 10s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n\
         ledger:\n  rate: 5/s\n  quiet: 0s\n  write: {{put: \"/{{{{ ledger.value }}}}\"}}\n\
         \x20 read: {{get: \"/{{{{ ledger.value }}}}\", check: {{status: [200, 404]}}}}\n  present: {{status: 200}}\n\
         faults:\n  - name: cut\n    region-isolated: {{region: us-east-1, from: users, manner: reject}}\n    at: 7s\n    for: 1s\n\
         objectives: [{{lost_writes: 0}}]\n"
    );
    let source = Source { name: "small.yaml".to_owned(), text };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn setup(plan: ResolvedPlan, folder: &Path, stop: watch::Receiver<StopLevel>) -> RunSetup {
    let manifest = Manifest { landfall_version: "test".to_owned(), started: SystemTime::UNIX_EPOCH, host: None };
    let writer = Writer::create(folder, &manifest, "", &plan).unwrap();
    let addresses = load::TargetAddresses::attached(&plan).unwrap();
    let port = addresses.regions[0].url.port;
    let environment = Environment {
        regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
        user_addresses: vec![vec![([127, 0, 0, 1], port).into()]],
        populations: 1,
        network: wan::Network::from_plan(&plan),
        peer_addresses: BTreeMap::new(),
        relay: None,
        processes: None,
        holder: Vec::new(),
        hook_log: folder.join("hooks.log"),
        hook_folder: folder.to_owned(),
        hook_variables: BTreeMap::new(),
    };
    let (_, target_events) = mpsc::channel(1);
    RunSetup { plan: Arc::new(plan), addresses, environment, writer, run_start: Instant::now(), target_events, stop }
}

fn kinds(recording: &Recording) -> Vec<EventKind> {
    let event = |entry: &Entry| match entry {
        Entry::Event(event) => Some(event.kind.clone()),
        _ => None,
    };
    recording.entries.iter().filter_map(event).collect()
}

/// The wanted kinds occur in this order, with others between them.
fn assert_in_order(kinds: &[EventKind], wanted: &[EventKind]) {
    let mut rest = kinds.iter();
    for kind in wanted {
        assert!(rest.any(|seen| seen == kind), "{kind:?} is missing or out of order in {kinds:?}");
    }
}

#[tokio::test]
async fn a_whole_run_is_recorded_from_start_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan().await;
    let network_is_whole = {
        let (_stop, stopped) = watch::channel(StopLevel::Run);
        let setup = setup(plan, folder.path(), stopped);
        let network = setup.environment.network.clone();
        let end = conduct(setup, &mut |_| {}).await.unwrap();
        assert_eq!(end, RunEnd::Complete);
        network.faults().is_empty()
    };
    assert!(network_is_whole, "a fault was left behind");
    let recording = Recording::read(folder.path()).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let name = units::FaultName::new("cut");
    assert_in_order(
        &kinds(&recording),
        &[
            EventKind::LoadStarted,
            EventKind::BaselineStarted,
            EventKind::FaultInjecting(name.clone()),
            EventKind::FaultActive(name.clone()),
            EventKind::FaultHealed(name),
            EventKind::LoadEnded,
            EventKind::FinalReadsStarted,
            EventKind::FinalReadsEnded,
            EventKind::RunEnded,
        ],
    );
    let acknowledged = |entry: &&Entry| matches!(entry, Entry::Ledger(LedgerEntry::Write(write)) if write.outcome == WriteOutcome::Acknowledged);
    assert!(recording.entries.iter().filter(acknowledged).count() > 20, "the ledger wrote next to nothing");
}

#[tokio::test]
async fn a_run_that_is_stopped_heals_and_closes_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (stop, stopped) = watch::channel(StopLevel::Run);
    let setup = setup(plan().await, folder.path(), stopped);
    let network = setup.environment.network.clone();
    let end = conduct(setup, &mut |observation| {
        if let Observation::Entry(Entry::Event(event)) = observation
            && matches!(event.kind, EventKind::FaultActive(_))
        {
            stop.send_replace(StopLevel::Stop);
        }
    })
    .await;
    assert_eq!(end.unwrap(), RunEnd::Aborted);
    assert!(network.faults().is_empty(), "a fault was left behind");
    let recording = Recording::read(folder.path()).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let name = units::FaultName::new("cut");
    assert_in_order(&kinds(&recording), &[EventKind::Aborted, EventKind::FaultHealed(name), EventKind::RunEnded]);
}
