//! A small service in this process, a plan against it, and what a run needs. Shared by the tests of this folder.

use fault::Environment;
use fleet::{Recruit, RunSetup, StopLevel};
use plan::{Source, resolved::ResolvedPlan};
use record::{Manifest, Writer};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::Instant,
};

/// A service that counts its requests.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) requests: Arc<AtomicU64>,
}

impl Service {
    /// One that stores what is PUT, and serves it to GET. Its tasks end with the test's runtime.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stored = Arc::new(Mutex::new(BTreeSet::new()));
        let requests = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&stored), Arc::clone(&counted)));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Returns when it has had so many requests.
    pub(crate) async fn reaches(&self, requests: u64) {
        while self.requests() < requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn serve(
    stream: TcpStream,
    stored: Arc<Mutex<BTreeSet<String>>>,
    counted: Arc<AtomicU64>,
) -> std::io::Result<()> {
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
        counted.fetch_add(1, Ordering::SeqCst);
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

/// Checks a plan's text.
pub(crate) fn checked(text: String) -> ResolvedPlan {
    let source = Source { name: "small.yaml".to_owned(), text };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The only agent, in this process.
pub(crate) fn agent(plan: &ResolvedPlan) -> Recruit {
    let addresses = load::TargetAddresses::attached(plan).unwrap();
    fleet::local::in_process(plan, &addresses).unwrap()
}

/// A run of that plan with these agents.
pub(crate) fn setup(
    plan: ResolvedPlan,
    agents: Vec<Recruit>,
    folder: &Path,
    stop: watch::Receiver<StopLevel>,
) -> RunSetup {
    let manifest = Manifest { landfall_version: "test".to_owned(), started: SystemTime::UNIX_EPOCH, host: None };
    let writer = Writer::create(folder, &manifest, "", &plan).unwrap();
    let addresses = load::TargetAddresses::attached(&plan).unwrap();
    let port = addresses.regions[0].url.port;
    let environment = Environment {
        user_addresses: vec![vec![([127, 0, 0, 1], port).into()]],
        ..Environment::of(&plan, wan::Network::from_plan(&plan), folder)
    };
    let ((_, target_events), (_, newcomers), (_, asks)) = (mpsc::channel(1), mpsc::channel(1), mpsc::channel(1));
    let (plan, run_start) = (Arc::new(plan), Instant::now());
    RunSetup { plan, agents, environment, writer, run_start, target_events, stop, newcomers, asks }
}
