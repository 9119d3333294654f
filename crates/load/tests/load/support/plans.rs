//! Small resolved plans.

use plan::{
    resolved::{
        AccessProfile, Arrivals, ConnectionPolicy, Entry, Journey, Load, LoadModel, OperationClass, Pacing, Population,
        Region, Request, ResolvedPlan, RetryPolicy, Routing, ServedBy, Stage, Step, Target, ThinkTime, Timeouts,
        TlsTrust, Trust,
    },
    template::Template,
};
use std::time::Duration;
use units::{Rate, Seed, Share};

/// A plan with one population in one region, one journey of one GET, and time-outs of a few seconds.
pub(crate) fn plan(load: Load) -> ResolvedPlan {
    ResolvedPlan {
        format: plan::resolved::FORMAT.to_owned(),
        name: "test".to_owned(),
        seed: Seed::new(1),
        plan_sha256: String::new(),
        target: Target::Attached {
            entry: Entry::Endpoints { routing: Routing::Nearest },
            endpoints: Vec::new(),
            served_by: ServedBy::Address,
            trust: TlsTrust::Anything,
        },
        regions: vec![region("here")],
        peer_paths: Vec::new(),
        populations: vec![population("everybody", 100)],
        load,
        journeys: vec![Journey { name: "look".into(), weight: 1, steps: vec![step("get", get("/"))] }],
        feeds: Vec::new(),
        ledger: None,
        faults: Vec::new(),
        objectives: Vec::new(),
        trust: Trust {
            send_lag_p99_max: Duration::from_secs(3_600),
            unsent_max: Share::WHOLE,
            recovered_success_min: Share::WHOLE,
            recovered_window: Duration::from_secs(1),
            recovered_response: plan::resolved::RecoveredResponse::default(),
            margins: plan::resolved::Margins::default(),
        },
        warm_up: Duration::ZERO,
        fleet: plan::resolved::Fleet::default(),
        stop_guard: None,
    }
}

/// Arrivals per second for so long.
pub(crate) fn open(rate: f64, seconds: f64) -> Load {
    Load {
        model: LoadModel::Open,
        stages: vec![Stage::Constant {
            rate: Rate::per_second(rate).unwrap(),
            duration: Duration::from_secs_f64(seconds),
        }],
        arrivals: Arrivals::Regular,
        pacing: Pacing::Precise,
        connections: ConnectionPolicy { keep_alive: true, users_max: 100 },
        start_within: Duration::from_secs(10),
        threads: Some(1),
    }
}

/// So many users for so long.
pub(crate) fn closed(users: u32, seconds: f64) -> Load {
    Load { model: LoadModel::Closed, ..open(f64::from(users), seconds) }
}

pub(crate) fn region(name: &str) -> Region {
    Region { name: name.into(), place: name.into(), latitude: 0.0, longitude: 0.0 }
}

pub(crate) fn population(name: &str, percent: u32) -> Population {
    Population {
        name: name.into(),
        origin: name.into(),
        latitude: 0.0,
        longitude: 0.0,
        share: Share::from_parts_per_million(percent * 10_000).unwrap(),
        access: AccessProfile {
            name: "none".to_owned(),
            round_trip: Duration::ZERO,
            jitter: Duration::ZERO,
            up: None,
            down: None,
        },
        paths: Vec::new(),
        nearest: vec![0],
        ignores_ttl: Share::NONE,
        never_resolves_again: Share::NONE,
    }
}

pub(crate) fn step(name: &str, request: Request) -> Step {
    Step { name: name.into(), class: OperationClass::Read, request, think: ThinkTime::default() }
}

pub(crate) fn text(text: &str) -> Template {
    Template::parse(text).unwrap()
}

pub(crate) fn get(path: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        path: text(path),
        headers: Vec::new(),
        body: None,
        checks: Vec::new(),
        extract: Vec::new(),
        timeouts: Timeouts {
            dns: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            total: Duration::from_secs(20),
        },
        retry: RetryPolicy { attempts_max: 1, backoff: Duration::from_millis(1), statuses: Vec::new() },
    }
}

pub(crate) fn post(path: &str, body: &str) -> Request {
    Request { method: "POST".to_owned(), body: Some(text(body)), ..get(path) }
}
