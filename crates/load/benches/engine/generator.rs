//! The engine as a process of its own: `generate URL MODEL NUMBER SECONDS [key=value …]`, with full recording. Keys:
//! `users`, `think_ms`, `round_trip_ms` (of an emulated path), `pacing=batched`, `fresh=1` (a connection per request),
//! `source=ADDRESS`. Models: `open`, `closed`, `sessions` (partly open; they don't end by themselves).
//!
//! Prints what was recorded, one `name value` a line, durations in microseconds.

use crate::plans;
use load::{BaseUrl, EntryAddress, Parts, RegionAddress, Setup, TargetAddresses, UserAddress};
use plan::resolved::{Load, LoadModel, Pacing, Path, PathBasis, ResolvedPlan, Routing, ServedBy, TlsTrust};
use record::{Entry, Histogram};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use units::Bandwidth;

/// What a generator printed.
pub(crate) type Figures = BTreeMap<String, f64>;

pub(crate) fn figures(text: &str) -> Figures {
    let line = |line: &str| line.split_once(' ').map(|(name, value)| (name.to_owned(), value.parse().unwrap()));
    text.lines().filter_map(line).collect()
}

pub(crate) fn generate(arguments: &[&str]) {
    let [url, model, number, seconds, options @ ..] = arguments else { panic!("URL MODEL NUMBER SECONDS") };
    let (number, seconds): (f64, f64) = (number.parse().unwrap(), seconds.parse().unwrap());
    let options: BTreeMap<&str, &str> = options.iter().filter_map(|option| option.split_once('=')).collect();
    let option = |name: &str| options.get(name).map(|value| value.parse::<u64>().unwrap());
    let mut load = plans::open(number, seconds);
    match *model {
        "closed" => load.model = LoadModel::Closed,
        "sessions" => load = sessions(number, option("users").unwrap_or(1_000), seconds),
        _ => {}
    }
    if options.get("pacing") == Some(&"batched") {
        load.pacing = Pacing::Batched;
    }
    load.connections.users_max = option("users").unwrap_or(1_000) as u32;
    load.connections.keep_alive = option("fresh").is_none();
    let mut plan = plans::plan(load);
    plan.journeys[0].steps[0].think.mean = Duration::from_millis(option("think_ms").unwrap_or(0));
    if let Some(round_trip) = option("round_trip_ms") {
        plan.populations[0].paths = vec![path(Duration::from_millis(round_trip))];
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sources = options.get("source").map(|source| source.parse().unwrap()).into_iter().collect();
    runtime.block_on(run(plan, BaseUrl::parse(url).unwrap(), sources));
}

/// Sessions that begin at that rate until there are so many, and don't end.
fn sessions(rate: f64, users: u64, seconds: f64) -> Load {
    let mut load = plans::open(rate, users as f64 / rate);
    load.model = LoadModel::PartlyOpen { journeys_mean: 10_000.0 };
    load.stages.extend(plans::open(0.0, seconds - users as f64 / rate).stages);
    load
}

/// A path as users on cable have it.
fn path(round_trip: Duration) -> Path {
    let bandwidth = |megabits: u64| Bandwidth::from_bits_per_second(megabits * 1_000_000);
    Path { round_trip, jitter: round_trip / 50, up: bandwidth(20), down: bandwidth(100), basis: PathBasis::Chosen }
}

async fn run(plan: ResolvedPlan, url: BaseUrl, sources: Vec<IpAddr>) {
    let (output, entries) = mpsc::channel(10_000);
    let address = std::net::SocketAddr::new(url.literal().unwrap(), url.port);
    let addresses = TargetAddresses {
        entry: EntryAddress::Endpoints(Routing::Nearest),
        regions: vec![RegionAddress::at(url, address)],
        served_by: ServedBy::Address,
        trust: TlsTrust::Anything,
        users: vec![UserAddress { sources, client_subnet: None }],
    };
    let setup = Setup {
        addresses,
        network: if plan.populations[0].paths.is_empty() {
            wan::Network::transparent(1, 1)
        } else {
            wan::Network::from_plan(&plan)
        },
        start_at: Instant::now(),
        load_offset: Duration::from_millis(100),
        output,
        threads: None,
        parts: Parts::whole(1),
        take_over: None,
        stamp: load::stamp(),
    };
    let mut load = load::start(Arc::new(plan), setup).unwrap();
    let gathered = tokio::spawn(gather(entries));
    load.wait().await.unwrap();
    drop(load);
    gathered.await.unwrap().print();
}

#[derive(Default)]
struct Gathered {
    response: Histogram,
    service: Histogram,
    lag: Histogram,
    waited: Histogram,
    started: u64,
    dropped: u64,
    unsent: u64,
    ok: u64,
    requests: u64,
}

async fn gather(mut entries: mpsc::Receiver<Entry>) -> Gathered {
    let mut all = Gathered::default();
    while let Some(entry) = entries.recv().await {
        match entry {
            Entry::Interval(interval) => {
                all.requests += interval.count();
                all.ok += if interval.outcome.is_ok() { interval.count() } else { 0 };
                all.response.merge(&interval.response);
                all.service.merge(&interval.service);
            }
            Entry::Arrivals(row) => {
                all.started += row.started;
                all.dropped += row.dropped;
                all.unsent += row.unsent;
                all.lag.merge(&row.send_lag);
                all.waited.merge(&row.waited);
            }
            _ => {}
        }
    }
    all
}

impl Gathered {
    fn print(&self) {
        let counts = [
            ("requests", self.requests),
            ("ok", self.ok),
            ("started", self.started),
            ("dropped", self.dropped),
            ("unsent", self.unsent),
            ("waited", self.waited.len()),
        ];
        for (name, count) in counts {
            println!("{name} {count}");
        }
        for (name, histogram) in [("response", &self.response), ("service", &self.service), ("lag", &self.lag)] {
            for percent in [50.0, 95.0, 99.0, 99.9] {
                let value = histogram.value_at(percent).unwrap_or_default();
                println!("{name}_p{percent} {}", value.as_micros());
            }
            println!("{name}_max {}", histogram.max().unwrap_or_default().as_micros());
        }
    }
}
