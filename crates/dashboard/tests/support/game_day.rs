//! A game day that never took place, the same every time: what page, server and terminal are tried on.
//!
//! ```text
//!  T+0    5          40                  46        58    62      70         74    80       88      96  100   104      120
//!   |warm-up|baseline| first home is lost | another  | clock  | healing | healed  home | gap   | lost    | taken  | end
//!                    |failing  | elsewhere| slow     | jump   |                         3 s     generator  over
//! ```
//!
//! Everything that makes a recording hard is in it: requests that end late and restate their second, seconds that a generator could not
//! keep, one that is lost and whose share others take over, a clock that jumps, reads that show the past, and acknowledged writes that
//! are gone. It is longer than 120 s where that is asked for: the last part is calm.

use plan::{
    fault::RegionLoss,
    resolved::{
        AccessProfile, Arrivals, Check, ChirpLab, ConnectionPolicy, Fault, Journey, Ledger, LedgerReader, LinkCuts,
        Load, LoadModel, Objective, ObjectiveKind, OperationClass, Pacing, Path, PathBasis, Population, Region,
        Request, ResolvedPlan, RetryPolicy, Stage, Step, Target, ThinkTime, Timeouts, Trust,
    },
    template::Template,
};
use record::{
    AgentEntry, AgentJoined, AgentNews, ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Histogram, Interval,
    LedgerEntry, LedgerRead, LedgerWrite, Manifest, Outcome, Phase, PhaseInterval, ReadResult, Reader, Recording,
    WriteOutcome,
};
use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};
use units::{Part, Rate, RunTime, Seed, Share};

/// Seconds of the run before the load begins.
const BOOT: u64 = 2;
/// The shortest game day, in seconds of load.
pub(crate) const SECONDS_MIN: u64 = 120;
const READ: usize = 0;
const WRITE: usize = 1;
const FAULT: &str = "lose-region";

/// Code, degrees north, degrees east.
const PLACES: [(&str, f64, f64); 20] = [
    ("eu-west-1", 53.3, -6.3),
    ("us-east-1", 38.9, -77.4),
    ("ap-south-1", 19.1, 72.9),
    ("eu-central-1", 50.1, 8.7),
    ("us-west-2", 45.8, -119.7),
    ("ap-northeast-1", 35.7, 139.7),
    ("sa-east-1", -23.5, -46.6),
    ("ap-southeast-2", -33.9, 151.2),
    ("ca-central-1", 45.5, -73.6),
    ("eu-north-1", 59.3, 18.1),
    ("ap-southeast-1", 1.3, 103.8),
    ("us-east-2", 40.0, -83.0),
    ("us-west-1", 37.4, -121.9),
    ("eu-west-2", 51.5, -0.1),
    ("eu-west-3", 48.9, 2.4),
    ("eu-south-1", 45.5, 9.2),
    ("me-south-1", 26.1, 50.6),
    ("af-south-1", -33.9, 18.4),
    ("ap-northeast-2", 37.6, 127.0),
    ("ap-east-1", 22.3, 114.2),
];

/// A game day with so many regions (3 to 20), and so many seconds of load.
#[must_use]
pub(crate) fn game_day(regions: usize, seconds: u64) -> Recording {
    assert!((3..=PLACES.len()).contains(&regions), "3 to 20 regions");
    let seconds = seconds.max(SECONDS_MIN);
    let plan = plan(regions, seconds);
    let entries = Day { regions, seconds, entries: Vec::new() }.entries();
    Recording::in_memory(manifest(), plan, entries)
}

/// The same, cut off by a crash after so many seconds of load.
#[must_use]
pub(crate) fn crashed(regions: usize, after: u64) -> Recording {
    let whole = game_day(regions, SECONDS_MIN);
    let until = RunTime::from(Duration::from_secs(BOOT + after));
    let is_known = |entry: &Entry| match entry {
        Entry::Event(event) => event.at <= until,
        Entry::Interval(interval) => interval.second < until.second(),
        Entry::Arrivals(arrivals) => arrivals.second < until.second(),
        Entry::Generator(generator) => generator.second < until.second(),
        Entry::Agent(agent) => agent.at <= until,
        Entry::Ledger(LedgerEntry::Write(write)) => write.done <= until,
        Entry::Ledger(LedgerEntry::Read(read)) => read.done <= until,
        Entry::Phase(phase) => phase.second < until.second(),
        Entry::Ledger(LedgerEntry::Operation(_)) => true,
    };
    let entries = whole.entries.into_iter().filter(is_known).collect();
    Recording::in_memory(manifest(), whole.plan, entries)
}

/// An instant, in seconds of load.
fn at(seconds: f64) -> RunTime {
    RunTime::from_micros(((seconds + BOOT as f64) * 1e6).round() as u64)
}

fn manifest() -> Manifest {
    Manifest {
        landfall_version: "0.1.0".to_owned(),
        // 2026-11-22T14:00:00Z.
        started: UNIX_EPOCH + Duration::from_secs(1_795_356_000),
        host: None,
    }
}

struct Day {
    regions: usize,
    seconds: u64,
    /// With the time at which each came.
    entries: Vec<(RunTime, Entry)>,
}

impl Day {
    fn entries(mut self) -> Vec<Entry> {
        self.events();
        self.agents();
        for second in 0..self.seconds {
            for population in 0..self.regions {
                self.second(second, population);
            }
        }
        self.ledger();
        // What came at one time is in the order in which it is written above: as recorded.
        self.entries.sort_by_key(|(came, _)| *came);
        let mut entries: Vec<Entry> = self.entries.into_iter().map(|(_, entry)| entry).collect();
        let over = Event::new(at(self.seconds as f64 + 12.4), EventKind::RunEnded, "landfall", "the run is over");
        entries.push(over.into());
        entries
    }

    fn add(&mut self, came: RunTime, entry: impl Into<Entry>) {
        self.entries.push((came, entry.into()));
    }

    /// Generators: three; of the first the seconds 88 to 90 are missing, the last is lost at 96.
    fn agents(&mut self) {
        let generates = |agent: usize, population: usize| population % 3 == agent;
        let shares = |agent: usize| {
            (0..self.regions).map(|one| generates(agent, one).then(|| Part::new(0, 1)).flatten()).collect::<Vec<_>>()
        };
        let own: Vec<_> = (0..3).map(shares).collect();
        for (agent, shares) in own.iter().enumerate() {
            let joined = AgentJoined {
                name: format!("generator-{}", agent + 1),
                instance: format!("i-{agent}"),
                place: Some(PLACES[agent].0.to_owned()),
                version: "0.1.0".to_owned(),
                host: format!("host-{}", agent + 1),
                clock_bound: Duration::from_micros(800 * (agent as u64 + 1)),
                shares: shares.clone(),
                emulated: vec![true; self.regions],
            };
            self.news(0.0 - 1.0, agent, AgentNews::Joined(Box::new(joined)));
            self.news(0.2, agent, AgentNews::Began { late: Duration::from_micros(300) });
        }
        for second in 0..self.seconds {
            for agent in 0..3 {
                if agent == 2 && second >= 96 {
                    continue;
                }
                let complete = AgentNews::Complete { second: BOOT + second, batch: second + 1 };
                self.news(second as f64 + 1.2, agent, complete);
                let cpu = 0.22 + 0.05 * agent as f64 + 0.01 * ((second * 7 + agent as u64) % 9) as f64;
                let health = GeneratorSecond {
                    agent,
                    second: BOOT + second,
                    thread_cpu: vec![cpu, cpu * 0.8],
                    descriptors: 420 + 3 * agent as u64,
                    descriptors_max: 65_536,
                    memory: 48_000_000 + 20_000 * second,
                };
                self.add(at(second as f64 + 1.2), Entry::Generator(health));
            }
        }
        let missing = |from: u64, to: u64, reason: &str| AgentNews::Missing { from, to, reason: reason.to_owned() };
        self.news(63.0, 1, missing(BOOT + 61, BOOT + 61, "its clock jumped by +1.200 s ± 0.004 s"));
        self.news(92.0, 0, missing(BOOT + 88, BOOT + 90, "its spool was full"));
        self.news(100.0, 2, AgentNews::Lost { reason: "nothing was heard of it for 4 s".to_owned() });
        self.news(103.0, 2, AgentNews::TakenOver { second: BOOT + 104, by: vec![0] });
        let mut taken = own[0].clone();
        taken.iter_mut().zip(&own[2]).for_each(|(mine, lost)| *mine = mine.take().or_else(|| lost.clone()));
        self.news(103.0, 0, AgentNews::Shares { second: BOOT + 104, shares: taken });
        for agent in 0..2 {
            self.news(self.seconds as f64 + 11.0, agent, AgentNews::Drained);
        }
    }

    fn news(&mut self, when: f64, agent: usize, news: AgentNews) {
        self.add(at(when), Entry::Agent(AgentEntry { at: at(when), agent, news }));
    }

    fn events(&mut self) {
        let fault = || FAULT.into();
        let home = || PLACES[0].0.into();
        let end = self.seconds as f64;
        let list = [
            (0.0, EventKind::LoadStarted, "load", "load starts".to_owned()),
            (5.0, EventKind::BaselineStarted, "load", "the warm-up is over".to_owned()),
            (40.0, EventKind::FaultInjecting(fault()), "fault", format!("{FAULT}: killing {}", PLACES[0].0)),
            (
                40.4,
                EventKind::FaultActive(fault()),
                "fault",
                format!("{FAULT}: every process of {} is dead", PLACES[0].0),
            ),
            (
                43.1,
                EventKind::HealthChanged { region: home(), healthy: false },
                "steering",
                format!("{} is unhealthy", PLACES[0].0),
            ),
            (
                43.3,
                EventKind::SteeringChanged { population: 0, from: Some(0), to: Some(1) },
                "steering",
                format!("{} users are led to {}", PLACES[0].0, PLACES[1].0),
            ),
            (
                43.6,
                EventKind::ServedByStarted { population: 0, region: 1 },
                "load",
                format!("{} users are served by {}", PLACES[0].0, PLACES[1].0),
            ),
            (
                63.0,
                EventKind::Note,
                "fleet",
                "the clock of generator-2 jumped by +1.200 s ± 0.004 s: what it measured in that second is not used"
                    .to_owned(),
            ),
            (70.0, EventKind::FaultHealing(fault()), "fault", format!("{FAULT}: starting {}", PLACES[0].0)),
            (74.2, EventKind::FaultHealed(fault()), "fault", format!("{FAULT}: {} serves", PLACES[0].0)),
            (
                75.1,
                EventKind::HealthChanged { region: home(), healthy: true },
                "steering",
                format!("{} is healthy", PLACES[0].0),
            ),
            (
                76.4,
                EventKind::ServedByStarted { population: 0, region: 0 },
                "load",
                format!("{} users are served by {}", PLACES[0].0, PLACES[0].0),
            ),
            (end, EventKind::LoadEnded, "load", "load is over".to_owned()),
            (end + 2.0, EventKind::QuietStarted, "landfall", "quiet".to_owned()),
            (end + 5.0, EventKind::FinalReadsStarted, "landfall", "final reads".to_owned()),
            (end + 9.0, EventKind::FinalReadsEnded, "landfall", "final reads are complete".to_owned()),
        ];
        for (when, kind, source, text) in list {
            self.add(at(when), Event::new(at(when), kind, source, text));
        }
    }

    /// Whether what a population met in that second was recorded by nobody.
    fn is_unknown(second: u64, population: usize) -> bool {
        let agent = population % 3;
        match agent {
            0 => (88..=90).contains(&second),
            1 => second == 61,
            _ => (96..104).contains(&second),
        }
    }

    fn second(&mut self, second: u64, population: usize) {
        if Self::is_unknown(second, population) {
            return;
        }
        let agent = if population % 3 == 2 && second >= 104 { 0 } else { population % 3 };
        let mut intervals: BTreeMap<(u64, usize, Outcome, Option<usize>), Interval> = BTreeMap::new();
        for tenth in 0..10 {
            let number = second * 10 + tenth;
            for request in 0..10_u64 {
                let step = if request < 8 { READ } else { WRITE };
                let met = met(population, number, request);
                let intended = at(number as f64 / 10.0 + request as f64 * 0.009);
                // What times out is known when it does: it restates its second.
                let came = (intended.second() + 1).max((intended + met.latency).second() + 1);
                let key = (came, step, met.outcome, met.served_by);
                let interval = intervals
                    .entry(key)
                    .or_insert_with(|| Interval::empty(BOOT + second, population, met.served_by, step, met.outcome));
                interval.add(intended, met.attempts, met.latency);
            }
        }
        for ((came, ..), interval) in intervals {
            self.add(RunTime::from(Duration::from_secs(came)), Entry::Interval(interval));
        }
        self.connects(second, population);
        let mut send_lag = Histogram::new();
        (0..100_u64).for_each(|one| send_lag.record(Duration::from_micros(120 + (one * 37 + second) % 260)));
        let counts = ArrivalCounts {
            agent,
            second: BOOT + second,
            population,
            thread: 0,
            intended: 100,
            started: 100,
            dropped: 0,
            unsent: 0,
            in_flight: if population == 0 && (40..46).contains(&second) {
                190
            } else {
                5 + (second + population as u64) % 4
            },
            users: 60,
            send_lag,
            waited: Histogram::new(),
        };
        self.add(RunTime::from(Duration::from_secs(BOOT + second + 1)), Entry::Arrivals(counts));
    }

    /// Four new connections a second: to the home, and to where its users are led while it is lost.
    fn connects(&mut self, second: u64, population: usize) {
        let region = if population == 0 && (44..77).contains(&second) { 1 } else { population };
        let mut duration = Histogram::new();
        (0..4_u64).for_each(|one| duration.record(Duration::from_millis(12 + one)));
        let phase =
            PhaseInterval { second: BOOT + second, population, region: Some(region), phase: Phase::Connect, duration };
        self.add(RunTime::from(Duration::from_secs(BOOT + second + 1)), Entry::Phase(phase));
    }

    /// A probe write a second of each of the first three populations; the last five before the fault that the lost region
    /// acknowledged are gone, and while the fault lasts the third region shows the others' writes late.
    fn ledger(&mut self) {
        let mut number = 0;
        for second in 6..self.seconds - 2 {
            for population in 0..3 {
                let when = second as f64 + 0.5;
                let failing = population == 0 && (40..46).contains(&second);
                let served_by = match (population, second) {
                    _ if failing => None,
                    (0, 46..=76) => Some(1),
                    _ => Some(population),
                };
                let is_lost = population == 0 && (35..40).contains(&second);
                self.probe(number, population, when, served_by, is_lost, (41..70).contains(&second));
                number += 1;
            }
        }
    }

    fn probe(&mut self, number: u64, population: usize, when: f64, by: Option<usize>, is_lost: bool, is_late: bool) {
        let done = at(when + 0.08);
        let outcome = if by.is_some() { WriteOutcome::Acknowledged } else { WriteOutcome::Unknown };
        let write = LedgerWrite {
            number,
            value: format!("v-{number}"),
            id: format!("id-{number}"),
            population,
            intended: at(when),
            sent: Some(at(when)),
            done,
            outcome,
            reason: if by.is_some() { String::new() } else { "connection refused".to_owned() },
            served_by: by,
            attempts: 1,
        };
        self.add(done, Entry::Ledger(LedgerEntry::Write(write)));
        let Some(by) = by else { return };
        for region in 0..3 {
            // The lost region answers nothing while it is away.
            let is_away = |when: f64| region == 0 && (40.0..75.0).contains(&when);
            let first_seen = if is_late && region == 2 { 1.6 } else { 0.3 };
            for after in [0.2, 0.7, 1.8] {
                if is_away(when + after) {
                    continue;
                }
                let is_there = region == by || (after > first_seen && !is_lost);
                self.read(number, region, when + after, is_there, false);
            }
        }
        for region in 0..self.regions {
            for pass in 0..2 {
                let when = self.seconds as f64 + 5.5 + 2.0 * f64::from(pass);
                self.read(number, region, when, !is_lost, true);
            }
        }
    }

    fn read(&mut self, write: u64, region: usize, when: f64, is_there: bool, is_final: bool) {
        let done = at(when + 0.02);
        let read = LedgerRead {
            write,
            reader: Reader::Region(region),
            sent: at(when),
            done,
            result: if is_there { ReadResult::Present } else { ReadResult::Absent },
            reason: String::new(),
            is_final,
            served_by: Some(region),
        };
        self.add(done, Entry::Ledger(LedgerEntry::Read(read)));
    }
}

/// What became of a request.
struct Met {
    outcome: Outcome,
    served_by: Option<usize>,
    latency: Duration,
    attempts: u32,
}

/// What a population's request met which was intended in that tenth.
fn met(population: usize, tenth: u64, request: u64) -> Met {
    // A number from 0 to 99 that looks like chance.
    let die = (tenth * 7_919 + request * 104_729 + population as u64 * 1_299_709) % 100;
    let second = tenth as f64 / 10.0;
    let ok = |region: usize, base: u64| {
        let spread = if die == 99 && request == 3 { base * 2 } else { die * base / 250 };
        Met {
            outcome: Outcome::Ok,
            served_by: Some(region),
            latency: Duration::from_micros((base + spread) * 1_000 + (tenth * 13 + request) % 900),
            attempts: 1,
        }
    };
    let failed =
        |outcome, millis| Met { outcome, served_by: None, latency: Duration::from_millis(millis), attempts: 3 };
    let home = 30 + 4 * population as u64;
    if population == 0 && (40.2..77.0).contains(&second) {
        let elsewhere = if die.is_multiple_of(3) { 2 } else { 1 };
        let moved = ((second - 43.6) / 2.4).clamp(0.0, 1.0) * 100.0;
        return match second {
            _ if second >= 76.4 && die < 50 => ok(0, home * 2),
            _ if (die as f64) < moved => ok(elsewhere, 110 + 60 * (elsewhere as u64 - 1)),
            _ if die.is_multiple_of(5) => failed(Outcome::Timeout, 2_000),
            _ => failed(Outcome::Refused, 3),
        };
    }
    // Back home the caches are cold for a while.
    if population == 0 && (77.0..81.0).contains(&second) {
        return ok(0, home * 2);
    }
    // Whoever takes the lost region's users is slow for a while.
    if population == 1 && (44.0..58.0).contains(&second) {
        return if die == 99 && request == 0 { failed(Outcome::ServerError, 400) } else { ok(1, 230) };
    }
    ok(population, home)
}

fn plan(regions: usize, seconds: u64) -> ResolvedPlan {
    let part = |percent: f64| Share::from_parts_per_million((percent * 10_000.0).round() as u32).unwrap_or(Share::NONE);
    let places = &PLACES[..regions];
    ResolvedPlan {
        format: plan::resolved::FORMAT.to_owned(),
        name: format!("game-day-{regions}"),
        seed: Seed::new(7),
        plan_sha256: "3f9c1e2b7a5d".to_owned(),
        target: Target::Chirp(chirp()),
        regions: places
            .iter()
            .map(|(name, latitude, longitude)| Region {
                name: (*name).into(),
                place: (*name).into(),
                latitude: *latitude,
                longitude: *longitude,
            })
            .collect(),
        peer_paths: Vec::new(),
        populations: (0..regions).map(|index| population(index, regions, part(100.0 / regions as f64))).collect(),
        load: Load {
            model: LoadModel::Open,
            stages: vec![Stage::Constant {
                rate: Rate::per_second(100.0 * regions as f64).unwrap_or(Rate::ZERO),
                duration: Duration::from_secs(seconds),
            }],
            arrivals: Arrivals::Regular,
            pacing: Pacing::Precise,
            connections: ConnectionPolicy { keep_alive: true, users_max: 10_000 },
            start_within: Duration::from_secs(1),
            threads: Some(1),
        },
        journeys: vec![Journey {
            name: "browse".into(),
            weight: 1,
            steps: vec![step("timeline", OperationClass::Read), step("post", OperationClass::Write)],
        }],
        feeds: Vec::new(),
        ledger: Some(ledger()),
        faults: vec![Fault::new(
            FAULT.into(),
            RegionLoss::of(PLACES[0].0).into(),
            Duration::from_secs(40),
            Duration::from_secs(30),
        )],
        objectives: objectives(&part),
        trust: Trust {
            send_lag_p99_max: Duration::from_millis(5),
            unsent_max: part(1.0),
            recovered_success_min: part(99.0),
            recovered_window: Duration::from_secs(5),
            recovered_response: plan::resolved::RecoveredResponse::default(),
            margins: plan::resolved::Margins::default(),
        },
        warm_up: Duration::from_secs(5),
        fleet: plan::resolved::Fleet::default(),
        stop_guard: None,
    }
}

fn objectives(part: &dyn Fn(f64) -> Share) -> Vec<Objective> {
    let objective = |name: &str, kind| Objective { name: name.to_owned(), kind };
    let within = |percentile, max: u64| ObjectiveKind::ResponseTime {
        percentile,
        max: Duration::from_millis(max),
        step: None,
        population: None,
        baseline_only: false,
        class: None,
        phase: None,
    };
    let (class, population, step, phase) = (None, None, None, None);
    vec![
        objective(
            "recovery_time",
            ObjectiveKind::RecoveryTime { max: Duration::from_secs(15), class, population: None },
        ),
        objective("failback", ObjectiveKind::Failback { max: Duration::from_secs(10), population: None }),
        objective("lost_writes", ObjectiveKind::LostWrites { max: 0 }),
        objective(
            "availability",
            ObjectiveKind::Availability { min: part(90.0), population, class: None, step, phase },
        ),
        objective("blast_radius", ObjectiveKind::BlastRadius { max: part(10.0) }),
        objective("response_time", within(99.0, 300)),
    ]
}

fn population(index: usize, regions: usize, share: Share) -> Population {
    let (name, latitude, longitude) = PLACES[index];
    let path = |region: usize| Path {
        round_trip: Duration::from_millis(if region == index { 10 } else { 60 + 10 * index.abs_diff(region) as u64 }),
        jitter: Duration::from_millis(1),
        up: None,
        down: None,
        basis: PathBasis::Measured { source: "cloudping".to_owned() },
    };
    let mut nearest: Vec<usize> = (0..regions).collect();
    nearest.sort_by_key(|region| region.abs_diff(index));
    Population {
        name: name.into(),
        origin: name.into(),
        latitude,
        longitude,
        share,
        access: AccessProfile {
            name: "cable".to_owned(),
            round_trip: Duration::from_millis(12),
            jitter: Duration::from_millis(2),
            up: None,
            down: None,
        },
        paths: (0..regions).map(path).collect(),
        nearest,
        ignores_ttl: Share::NONE,
        never_resolves_again: Share::NONE,
    }
}

fn chirp() -> ChirpLab {
    ChirpLab {
        defects: Vec::new(),
        dns_ttl: Duration::from_secs(1),
        health_interval: Duration::from_secs(1),
        failures_to_unhealthy: 3,
        successes_to_healthy: 2,
        users: 1_000,
        follows_per_user: 5,
        port: None,
        cuts: LinkCuts::default(),
        deployment: plan::resolved::Deployment::default(),
    }
}

fn ledger() -> Ledger {
    Ledger {
        rate: Rate::per_second(3.0).unwrap_or(Rate::ZERO),
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
    let second = Duration::from_secs(1);
    Request {
        method: "GET".to_owned(),
        path: Template::parse("/").unwrap_or_else(|_| unreachable!("a slash is a path")),
        headers: Vec::new(),
        body: None,
        checks: Vec::new(),
        extract: Vec::new(),
        timeouts: Timeouts { dns: second, connect: second, tls: second, first_byte: second * 2, total: second * 2 },
        retry: RetryPolicy { attempts_max: 3, backoff: Duration::from_millis(50), statuses: Vec::new() },
    }
}
