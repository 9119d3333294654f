//! The run from its first process to its end.

use crate::{
    figures::Figures,
    k6,
    machine::{Machine, Memory},
    region::Region,
    run::Run,
    scenario,
};
use record::Recording;
use std::{
    path::Path,
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

/// Bytes of the agents' memory per user.
const TARGET_BYTES: f64 = 2_048.0;
/// Of all processes together.
const TARGET_ALL: u64 = 8_000_000_000;
/// The whole benchmark.
const TARGET_TIME: Duration = Duration::from_secs(600);
/// The run ends within this, or something is wrong.
const RUN_MAX: Duration = Duration::from_secs(480);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// So long after all are connected everybody has had an answer.
const ANSWERED_AFTER: Duration = Duration::from_secs(8);
/// The exit code of an inconclusive verdict.
const INCONCLUSIVE: i32 = 96;
const K6_USERS: u32 = 5_000;

/// What was seen from outside while the run went on.
#[derive(Default)]
struct Seen {
    /// When the servers had counted all users, in Dublin and, once it was lost, in Sydney.
    connected: Option<SystemTime>,
    lost: Option<SystemTime>,
    rerouted: Option<SystemTime>,
    /// The most that Sydney counted.
    moved: u64,
    held: Option<Held>,
}

/// What was seen while all users were there.
struct Held {
    connections: u64,
    /// More than before.
    sockets: u64,
    agents: usize,
    /// Of the agents.
    ours: Memory,
    controller: Memory,
    /// Of all processes.
    all: Memory,
    /// The kernel's, more than before, in bytes.
    kernel: u64,
}

/// Carries it out; whether all that was promised held.
pub(crate) fn run(users: u32, k6_program: Option<&str>, quick: bool) -> bool {
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let plan = scenario::write(users, folder.path());
    let servers = scenario::servers(users);
    println!("users: {users} users, {servers} server processes in each of 2 regions");
    let quiet = Machine::now();
    let [mut near, mut far] = scenario::REGIONS.map(|(name, address)| Region::start(name, address, servers));
    let mut run = Run::start(&plan, folder.path());
    let seen = watch(&mut run, users, &mut near, &mut far, &quiet, folder.path());
    let code = run.ended().and_then(|status| status.code());
    println!("{}", run.said().trim());
    let recording = Recording::read(&run.recording).unwrap();
    let connected_at = seen.connected.map(|at| run_time(at, &recording));
    let figures = Figures::of(&recording, connected_at.unwrap_or(Duration::MAX));
    figures.table(&scenario::REGIONS.map(|(name, _)| name));
    println!("| what | figure |\n|---|---|");
    let at = |at: Option<SystemTime>| {
        let second = at.map(|at| run_time(at, &recording).saturating_sub(figures.began).as_secs_f64());
        second.map_or_else(|| "never".to_owned(), |second| format!("{second:.1} s"))
    };
    println!("| all connected at | {} |", at(seen.connected));
    println!("| Dublin lost at | {} |", at(seen.lost));
    println!("| all connected to Sydney at | {}; {} at most |", at(seen.rerouted), seen.moved);
    seen.held.iter().for_each(|held| held.print(users));
    let each = seen.held.as_ref().map_or(f64::INFINITY, |held| held.each(users));
    near.die();
    match k6_program.map(|program| k6_beside(program, &mut far, if quick { 200 } else { K6_USERS })) {
        Some(k6) => println!("| k6's memory per user | {k6:.0} bytes: {:.0} times ours |", k6 / each),
        None => println!("| k6's memory per user | not measured: no --k6 PROGRAM was given |"),
    }
    println!("| the whole benchmark | {:.0} s |", began.elapsed().as_secs_f64());
    promises(&seen, users, quick, code, began.elapsed())
}

/// Says what was promised and whether it held.
fn promises(seen: &Seen, users: u32, quick: bool, code: Option<i32>, took: Duration) -> bool {
    let wanted = u64::from(users);
    let held = seen.held.as_ref();
    let counted = held.is_some_and(|held| held.connections >= wanted && held.sockets >= 2 * wanted);
    let light = quick || held.is_some_and(|held| held.each(users) <= TARGET_BYTES);
    let small = held.is_some_and(|held| held.all.resident < TARGET_ALL);
    let verdict = match code {
        Some(0) => "the run's verdict: pass".to_owned(),
        Some(INCONCLUSIVE) => "the run's verdict: inconclusive, see above".to_owned(),
        code => format!("the run ended with exit code {code:?}, see above"),
    };
    let promised = [
        ("all users connected at once, by the servers and by the kernel", counted),
        ("everybody rerouted", seen.rerouted.is_some()),
        ("at most 2 KB of ours per user", light),
        ("all processes below 8 GB", small),
        ("within 10 minutes", took < TARGET_TIME),
        (verdict.as_str(), code == Some(0)),
    ];
    for (text, good) in promised {
        println!("{}: {text}", if good { "yes" } else { "NO" });
    }
    promised.iter().all(|(_, good)| *good)
}

/// Looks at everything until the run is over, and lets Dublin die and come back when the run's fault wants it.
fn watch(run: &mut Run, users: u32, near: &mut Region, far: &mut Region, quiet: &Machine, folder: &Path) -> Seen {
    let began = Instant::now();
    let (mut seen, mut connected) = (Seen::default(), None);
    let wanted = u64::from(users);
    while run.ended().is_none() {
        assert!(began.elapsed() < RUN_MAX, "the run did not end within {RUN_MAX:?}:\n{}", run.said());
        match (folder.join(scenario::LOST).exists(), seen.lost) {
            (true, None) => {
                near.die();
                seen.lost = Some(SystemTime::now());
            }
            (false, Some(_)) => near.come_up(),
            _ => {}
        }
        if seen.connected.is_none() && near.open() >= wanted {
            (seen.connected, connected) = (Some(SystemTime::now()), Some(Instant::now()));
        }
        if seen.held.is_none() && connected.is_some_and(|at| at.elapsed() >= ANSWERED_AFTER) {
            seen.held = Some(look(run, near, far, quiet));
        }
        if seen.lost.is_some() {
            let open = far.open();
            seen.moved = seen.moved.max(open);
            seen.rerouted = seen.rerouted.or((open >= wanted).then(SystemTime::now));
        }
        sleep(LOOK_EVERY);
    }
    seen
}

fn look(run: &Run, near: &mut Region, far: &Region, quiet: &Machine) -> Held {
    let (connections, machine, agents) = (near.open(), Machine::now(), run.agents());
    let others = near.ids().chain(far.ids()).chain([std::process::id(), run.controller()]);
    Held {
        connections,
        sockets: machine.sockets.saturating_sub(quiet.sockets),
        agents: agents.len(),
        ours: Memory::sum(agents.iter().copied()),
        controller: Memory::of(run.controller()),
        all: Memory::sum(agents.iter().copied().chain(others)),
        kernel: (machine.slab + machine.buffers).saturating_sub(quiet.slab + quiet.buffers),
    }
}

fn k6_beside(program: &str, region: &mut Region, users: u32) -> f64 {
    let url = region.url();
    k6::bytes_per_user(program, &url, users, || region.open())
}

/// A moment on the run's clock.
fn run_time(at: SystemTime, recording: &Recording) -> Duration {
    let started = recording.manifest.as_ref().unwrap().started;
    at.duration_since(started).unwrap_or_default()
}

impl Held {
    /// Bytes of the agents per user.
    fn each(&self, users: u32) -> f64 {
        self.ours.proportional as f64 / f64::from(users)
    }

    fn print(&self, users: u32) {
        let each = |bytes: u64| bytes as f64 / f64::from(users);
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        println!("| agents | {} |", self.agents);
        println!("| connections, as the servers count | {} |", self.connections);
        println!("| TCP sockets more than before, as the kernel counts (both ends) | {} |", self.sockets);
        println!(
            "| agents' memory per user: proportional, resident | {:.0}, {:.0} bytes |",
            self.each(users),
            each(self.ours.resident)
        );
        println!("| the controller's memory, resident | {:.1} MB |", self.controller.resident as f64 / 1e6);
        println!("| kernel memory per connection, both ends | {:.0} bytes |", each(self.kernel));
        println!(
            "| all processes: proportional, resident | {:.2}, {:.2} GB |",
            gigabytes(self.all.proportional),
            gigabytes(self.all.resident)
        );
    }
}
