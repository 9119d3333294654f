//! A small plan with two regions and two populations, and a recording of everything that can be recorded.

use plan::fault::RegionLoss;
use plan::resolved::{
    AccessProfile, Arrivals, Check, ConnectionPolicy, Endpoint, Entry as Door, Fault, Journey, Load, LoadModel,
    OperationClass, Pacing, Population, Region, Request, ResolvedPlan, RetryPolicy, Routing, ServedBy, Stage, Step,
    Target, ThinkTime, Timeouts, TlsTrust, Trust,
};
use record::{
    AgentEntry, AgentJoined, AgentNews, ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Histogram, Interval,
    LedgerAction, LedgerEntry, LedgerOperation, LedgerRead, LedgerWrite, Manifest, Outcome, Phase, PhaseInterval,
    ReadResult, Reader, WriteOutcome,
};
use std::time::{Duration, UNIX_EPOCH};
use units::{Rate, RunTime, Seed, Share};

pub(crate) const PLAN_TEXT: &str = "name: sample\n# Grüße\n";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        landfall_version: "0.1.0".to_owned(),
        started: UNIX_EPOCH + Duration::from_micros(1_795_000_000_123_456),
        host: Some("bridge".to_owned()),
    }
}

pub(crate) fn plan() -> ResolvedPlan {
    ResolvedPlan {
        format: plan::resolved::FORMAT.to_owned(),
        name: "sample".to_owned(),
        seed: Seed::new(u64::MAX),
        plan_sha256: "ab".repeat(32),
        target: target(),
        regions: vec![region("eu-west-1"), region("us-east-1")],
        peer_paths: Vec::new(),
        populations: vec![population("europe", 600_000), population("america", 400_000)],
        load: load(),
        journeys: vec![Journey {
            name: "browse".into(),
            weight: 1,
            steps: vec![step("timeline", OperationClass::Read), step("post", OperationClass::Write)],
        }],
        feeds: Vec::new(),
        ledger: None,
        faults: Vec::new(),
        objectives: Vec::new(),
        trust: Trust {
            send_lag_p99_max: Duration::from_millis(5),
            unsent_max: Share::from_parts_per_million(1_000).expect("a share"),
            recovered_success_min: Share::from_parts_per_million(990_000).expect("a share"),
            recovered_window: Duration::from_secs(10),
            recovered_response: plan::resolved::RecoveredResponse::default(),
            margins: plan::resolved::Margins::default(),
        },
        warm_up: Duration::from_secs(1),
        fleet: plan::resolved::Fleet::default(),
        stop_guard: None,
    }
}

/// One entry of each kind, and of each kind of event.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = event_kinds()
        .into_iter()
        .enumerate()
        .map(|(index, kind)| {
            Event::new(at(index as u64 * 1_000), kind, "test", format!("event {index}: \"ü\"\n")).into()
        })
        .collect();
    let mut interval = Interval::empty(3, 1, Some(0), 1, Outcome::Ok);
    interval.add(at(3_250_000), 2, Duration::from_millis(74));
    interval.service.record(Duration::from_millis(70));
    interval.first_byte.record(Duration::from_millis(60));
    let mut duration = Histogram::new();
    duration.record(Duration::from_micros(930));
    let mut arrivals =
        ArrivalCounts { second: 3, population: 1, thread: 2, intended: 5, started: 3, ..ArrivalCounts::default() };
    (arrivals.dropped, arrivals.unsent, arrivals.in_flight, arrivals.users) = (1, 1, 7, 9);
    arrivals.send_lag.record(Duration::from_micros(30));
    arrivals.waited.record(Duration::from_millis(3));
    arrivals.agent = 2;
    let generator = GeneratorSecond {
        agent: 2,
        second: 3,
        thread_cpu: vec![0.25, 0.5],
        descriptors: 120,
        descriptors_max: 1_024,
        memory: 5_000_000,
    };
    entries.extend([
        Entry::Interval(interval),
        Entry::Interval(Interval::empty(4, 0, None, 0, Outcome::Timeout)),
        Entry::Phase(PhaseInterval { second: 3, population: 0, region: Some(1), phase: Phase::Connect, duration }),
        Entry::Arrivals(arrivals),
        Entry::Generator(generator),
        Entry::Ledger(LedgerEntry::Write(write())),
        Entry::Ledger(LedgerEntry::Read(read(Reader::Region(1)))),
        Entry::Ledger(LedgerEntry::Read(read(Reader::Population(0)))),
    ]);
    entries.extend(operations().into_iter().map(|operation| Entry::Ledger(LedgerEntry::Operation(operation))));
    entries.extend(agent_news().into_iter().map(|news| Entry::Agent(AgentEntry { at: at(5_000_000), agent: 2, news })));
    entries.push(Event::new(at(9_000_000), EventKind::RunEnded, "landfall", "").into());
    entries
}

/// One operation of each kind.
fn operations() -> Vec<LedgerOperation> {
    let actions = [
        LedgerAction::Write { value: 7 },
        LedgerAction::Delete,
        LedgerAction::Read { value: Some(7) },
        LedgerAction::Read { value: None },
        LedgerAction::Append { value: 8 },
        LedgerAction::List { values: vec![8, 0, 9], delivered: false },
        LedgerAction::List { values: Vec::new(), delivered: true },
        LedgerAction::Add { member: 3 },
        LedgerAction::Remove { member: 3 },
        LedgerAction::Count { count: Some(-1) },
        LedgerAction::Count { count: None },
    ];
    let operation = |(turn, action): (usize, LedgerAction)| LedgerOperation {
        agent: turn % 3,
        session: 4,
        turn: turn as u32,
        by: if turn % 2 == 0 { Reader::Region(1) } else { Reader::Population(0) },
        key: 12,
        action,
        sent: (turn != 1).then(|| at(3_000_000)),
        done: at(3_100_000),
        outcome: [WriteOutcome::Acknowledged, WriteOutcome::Unknown, WriteOutcome::Failed][turn % 3],
        reason: if turn % 3 == 1 { "timeout".to_owned() } else { String::new() },
        served_by: (turn % 2 == 0).then_some(1),
        attempts: 1 + turn as u32 % 2,
        is_final: turn > 5,
    };
    actions.into_iter().enumerate().map(operation).collect()
}

fn agent_news() -> Vec<AgentNews> {
    vec![
        AgentNews::Joined(Box::new(AgentJoined {
            name: "agent 1".to_owned(),
            instance: "a1b2".to_owned(),
            place: Some("eu-west-1".to_owned()),
            version: "0.1.0".to_owned(),
            host: "bridge".to_owned(),
            clock_bound: Duration::from_micros(850),
            shares: vec![units::Part::new(1, 3), None],
            emulated: vec![true, false],
        })),
        AgentNews::Began { late: Duration::from_micros(120) },
        AgentNews::Complete { second: 4, batch: 7 },
        AgentNews::Missing { from: 2, to: 3, reason: "the spool was full".to_owned() },
        AgentNews::Lost { reason: "it ended".to_owned() },
        AgentNews::Drained,
        AgentNews::TakenOver { second: 6, by: vec![0, 1] },
        AgentNews::Shares { second: 7, shares: vec![None, units::Part::of_slots(vec![0, 2], 3)] },
        AgentNews::Batch { number: 3, through: 5, entries: 12 },
    ]
}

/// A fault that the plan doesn't have.
pub(crate) fn given() -> Fault {
    let (at, length) = (Duration::from_millis(7_250), Duration::from_secs(5));
    Fault::new("given".into(), RegionLoss::of("eu-west-1").into(), at, length)
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::LoadStarted,
        EventKind::LoadEnded,
        EventKind::BaselineStarted,
        EventKind::LoadHeld { from: RunTime::from_micros(7_500_000), how: "on the page".to_owned() },
        EventKind::HoldEnded { from: RunTime::from_micros(9_500_000) },
        EventKind::FaultGiven(Box::new(given())),
        EventKind::FaultInjecting("eu-dies".into()),
        EventKind::FaultActive("eu-dies".into()),
        EventKind::FaultUnproven("eu-dies".into()),
        EventKind::FaultHealing("eu-dies".into()),
        EventKind::FaultHealed("eu-dies".into()),
        EventKind::FaultNotHealed("eu-dies".into()),
        EventKind::FaultFailed("eu-dies".into()),
        EventKind::HealthChanged { region: "eu-west-1".into(), healthy: false },
        EventKind::SteeringChanged { population: 0, from: Some(0), to: None },
        EventKind::ServedByStarted { population: 1, region: 1 },
        EventKind::DefectOn("stale-cache".to_owned()),
        EventKind::RegionServing("us-east-1".into()),
        EventKind::GeneratorSaturated(true),
        EventKind::QuietStarted,
        EventKind::FinalReadsStarted,
        EventKind::FinalReadsEnded,
        EventKind::StopGuard,
        EventKind::Aborted,
        EventKind::Note,
    ]
}

fn at(micros: u64) -> RunTime {
    RunTime::from_micros(micros)
}

fn write() -> LedgerWrite {
    LedgerWrite {
        number: 17,
        value: "v-17".to_owned(),
        id: "post/17".to_owned(),
        population: 1,
        intended: at(3_000_000),
        sent: Some(at(3_000_100)),
        done: at(3_080_000),
        outcome: WriteOutcome::Acknowledged,
        reason: "201".to_owned(),
        served_by: Some(1),
        attempts: 1,
    }
}

fn read(reader: Reader) -> LedgerRead {
    LedgerRead {
        write: 17,
        reader,
        sent: at(3_500_000),
        done: at(3_590_000),
        result: ReadResult::Absent,
        reason: "404".to_owned(),
        is_final: true,
        served_by: Some(0),
    }
}

fn target() -> Target {
    Target::Attached {
        entry: Door::Endpoints { routing: Routing::Nearest },
        endpoints: vec![Endpoint { url: "http://127.0.0.1:80".to_owned(), addresses: Vec::new() }; 2],
        served_by: ServedBy::Address,
        trust: TlsTrust::Public,
    }
}

fn region(name: &str) -> Region {
    Region { name: name.into(), place: name.into(), latitude: 53.3, longitude: -6.25 }
}

fn population(name: &str, share: u32) -> Population {
    Population {
        name: name.into(),
        origin: "eu-west-1".into(),
        latitude: 53.3,
        longitude: -6.25,
        share: Share::from_parts_per_million(share).expect("a share"),
        access: AccessProfile {
            name: "none".to_owned(),
            round_trip: Duration::ZERO,
            jitter: Duration::ZERO,
            up: None,
            down: None,
        },
        paths: Vec::new(),
        nearest: vec![0, 1],
        ignores_ttl: Share::NONE,
        never_resolves_again: Share::NONE,
    }
}

fn load() -> Load {
    Load {
        model: LoadModel::Open,
        stages: vec![Stage::Constant {
            rate: Rate::per_second(100.0).expect("a rate"),
            duration: Duration::from_secs(8),
        }],
        arrivals: Arrivals::Poisson,
        pacing: Pacing::Precise,
        connections: ConnectionPolicy { keep_alive: true, users_max: 1_000 },
        start_within: Duration::from_secs(1),
        threads: Some(2),
    }
}

fn step(name: &str, class: OperationClass) -> Step {
    Step {
        name: name.into(),
        class,
        request: Request {
            method: "GET".to_owned(),
            path: plan::template::Template::parse("/timeline").expect("a template"),
            headers: Vec::new(),
            body: None,
            checks: vec![Check::Status(vec![200])],
            extract: Vec::new(),
            timeouts: Timeouts {
                dns: Duration::from_secs(1),
                connect: Duration::from_secs(1),
                tls: Duration::from_secs(1),
                first_byte: Duration::from_secs(2),
                total: Duration::from_secs(5),
            },
            retry: RetryPolicy { attempts_max: 1, backoff: Duration::ZERO, statuses: Vec::new() },
        },
        think: ThinkTime::default(),
    }
}
