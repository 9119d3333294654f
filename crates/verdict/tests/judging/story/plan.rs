//! The plan of every story.

use plan::{
    fault::RegionLoss,
    resolved::{
        AccessProfile, Arrivals, Check, ChirpLab, ConnectionPolicy, Fault, Journey, Ledger, LedgerReader, LinkCuts,
        Load, LoadModel, Objective, ObjectiveKind, OperationClass, Pacing, Path, PathBasis, PeerPath, Population,
        Region, Request, ResolvedPlan, RetryPolicy, Stage, Step, Target, ThinkTime, Timeouts, Trust,
    },
    template::Template,
};
use std::time::Duration;
use units::{Rate, Seed, Share};

/// Two regions, two populations, a region loss at 12 s for 12 s, a ledger, and a promise of every kind.
pub(crate) fn plan() -> ResolvedPlan {
    ResolvedPlan {
        format: plan::resolved::FORMAT.to_owned(),
        name: "story".to_owned(),
        seed: Seed::new(7),
        plan_sha256: "3f9c1e".to_owned(),
        target: Target::Chirp(chirp()),
        regions: vec![region("eu-west-1", 53.3, -6.3), region("us-east-1", 38.9, -77.4)],
        peer_paths: vec![PeerPath { from: 0, to: 1, path: path(70) }],
        populations: vec![population("europe", 0, 53.3), population("america", 1, 38.9)],
        load: load(),
        journeys: vec![Journey {
            name: "browse".into(),
            weight: 1,
            steps: vec![step("timeline", OperationClass::Read), step("post", OperationClass::Write)],
        }],
        feeds: Vec::new(),
        ledger: Some(ledger()),
        faults: vec![fault("eu-dies", "eu-west-1", 12, 12)],
        objectives: objectives(),
        trust: Trust {
            send_lag_p99_max: Duration::from_millis(5),
            unsent_max: share(1.0),
            recovered_success_min: share(99.0),
            recovered_window: Duration::from_secs(3),
            recovered_response: plan::resolved::RecoveredResponse::default(),
            margins: plan::resolved::Margins::default(),
        },
        warm_up: Duration::from_secs(2),
        fleet: plan::resolved::Fleet::default(),
        stop_guard: None,
    }
}

pub(crate) fn share(percent: f64) -> Share {
    Share::from_parts_per_million((percent * 10_000.0).round() as u32).unwrap()
}

pub(crate) fn fault(name: &str, region: &str, at: u64, length: u64) -> Fault {
    let (at, length) = (Duration::from_secs(at), Duration::from_secs(length));
    let fault = Fault::new(name.into(), RegionLoss::of(region).into(), at, length);
    Fault { lease: Duration::from_secs(5), verify_within: Duration::from_secs(2), ..fault }
}

fn objectives() -> Vec<Objective> {
    let objective = |name: &str, kind| Objective { name: name.to_owned(), kind };
    let response = ObjectiveKind::ResponseTime {
        percentile: 95.0,
        max: Duration::from_millis(200),
        step: None,
        population: None,
        baseline_only: false,
        class: None,
        phase: None,
    };
    vec![
        objective(
            "recovery",
            ObjectiveKind::RecoveryTime { max: Duration::from_secs(8), class: None, population: None },
        ),
        objective("failback", ObjectiveKind::Failback { max: Duration::from_secs(5), population: None }),
        objective("nothing lost", ObjectiveKind::LostWrites { max: 0 }),
        objective("same everywhere", ObjectiveKind::DivergedWrites { max: 0 }),
        objective(
            "availability",
            ObjectiveKind::Availability { min: share(85.0), population: None, class: None, step: None, phase: None },
        ),
        objective("fast", response),
    ]
}

fn chirp() -> ChirpLab {
    ChirpLab {
        defects: Vec::new(),
        dns_ttl: Duration::from_secs(1),
        health_interval: Duration::from_secs(1),
        failures_to_unhealthy: 3,
        successes_to_healthy: 2,
        users: 100,
        follows_per_user: 5,
        port: None,
        cuts: LinkCuts::default(),
        deployment: plan::resolved::Deployment::default(),
    }
}

fn region(name: &str, latitude: f64, longitude: f64) -> Region {
    Region { name: name.into(), place: name.into(), latitude, longitude }
}

fn path(millis: u64) -> Path {
    Path {
        round_trip: Duration::from_millis(millis),
        jitter: Duration::from_millis(1),
        up: None,
        down: None,
        basis: PathBasis::Measured { source: "cloudping".to_owned() },
    }
}

fn population(name: &str, home: usize, latitude: f64) -> Population {
    let access = AccessProfile {
        name: "none".to_owned(),
        round_trip: Duration::ZERO,
        jitter: Duration::ZERO,
        up: None,
        down: None,
    };
    let round_trips = if home == 0 { [10, 80] } else { [80, 10] };
    Population {
        name: name.into(),
        origin: if home == 0 { "eu-west-1".into() } else { "us-east-1".into() },
        latitude,
        longitude: 0.0,
        share: share(50.0),
        access,
        paths: round_trips.into_iter().map(path).collect(),
        nearest: vec![home, 1 - home],
        ignores_ttl: Share::NONE,
        never_resolves_again: Share::NONE,
    }
}

fn load() -> Load {
    Load {
        model: LoadModel::Open,
        stages: vec![Stage::Constant { rate: Rate::per_second(60.0).unwrap(), duration: Duration::from_secs(40) }],
        arrivals: Arrivals::Regular,
        pacing: Pacing::Precise,
        connections: ConnectionPolicy { keep_alive: true, users_max: 1_000 },
        start_within: Duration::from_secs(1),
        threads: Some(1),
    }
}

fn ledger() -> Ledger {
    Ledger {
        rate: Rate::per_second(2.0).unwrap(),
        write: request(),
        read: request(),
        present: vec![Check::Status(vec![200])],
        readers: LedgerReader::EachRegion,
        first_read_after: Duration::from_millis(200),
        reads_max: 4,
        quiet: Duration::from_secs(3),
        final_passes: 2,
        sessions: None,
    }
}

fn step(name: &str, class: OperationClass) -> Step {
    Step { name: name.into(), class, request: request(), think: ThinkTime::default() }
}

fn request() -> Request {
    Request {
        method: "GET".to_owned(),
        path: Template::parse("/").unwrap(),
        headers: Vec::new(),
        body: None,
        checks: Vec::new(),
        extract: Vec::new(),
        timeouts: Timeouts {
            dns: Duration::from_secs(1),
            connect: Duration::from_secs(1),
            tls: Duration::from_secs(1),
            first_byte: Duration::from_secs(2),
            total: Duration::from_secs(2),
        },
        retry: RetryPolicy { attempts_max: 3, backoff: Duration::from_millis(50), statuses: Vec::new() },
    }
}
