//! The run from its first process to its verdict.

use crate::{
    child::Child,
    figures::Figures,
    k6,
    machine::{Machine, Memory},
    scenario,
};
use std::{
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

/// Bytes of the agents' memory per user.
const TARGET_BYTES: f64 = 2_048.0;
/// Of all processes together.
const TARGET_ALL: u64 = 8_000_000_000;
/// The whole benchmark.
const TARGET_TIME: Duration = Duration::from_secs(600);
/// Agents have until then to come up.
const LEAD: Duration = Duration::from_secs(4);
const K6_USERS: u32 = 5_000;

struct Region {
    name: &'static str,
    url: &'static str,
    servers: Vec<Child>,
}

impl Region {
    fn start(name: &'static str, url: &'static str, processes: u64) -> Self {
        let address = url.trim_start_matches("http://");
        let arguments = ["serve", address, name].map(str::to_owned);
        let mut servers: Vec<Child> = (0..processes).map(|_| Child::start(&arguments)).collect();
        servers.iter_mut().for_each(|server| assert_eq!(server.line(), "ready"));
        Self { name, url, servers }
    }

    /// Connections that are open.
    fn open(&mut self) -> u64 {
        let open = |server: &mut Child| -> u64 { server.ask("count").split(' ').next().unwrap().parse().unwrap() };
        self.servers.iter_mut().map(open).sum()
    }
}

/// What was seen while all users were there.
struct Held {
    connections: u64,
    /// More than before.
    sockets: u64,
    /// Of the agents.
    ours: Memory,
    /// Of all processes.
    all: Memory,
    /// The kernel's, more than before, in bytes.
    kernel: u64,
}

/// Carries it out; whether all that was promised held.
pub(crate) fn run(users: u32, k6_program: Option<&str>, quick: bool) -> bool {
    let began = Instant::now();
    let plan = scenario::plan(users);
    let (agents, servers) = (scenario::agents(&plan), scenario::servers(&plan));
    println!("users: {users} users, {agents} agents of one thread, {servers} server processes in each of 2 regions");
    let quiet = Machine::now();
    let mut near = Region::start("dublin", "http://127.11.0.1:18490", servers);
    let mut far = Region::start("sydney", "http://127.12.0.1:18490", servers);
    let start_at = Instant::now() + LEAD;
    let agents = start_agents(users, agents);
    let connected = watch(&mut near, start_at, users);
    wait_until(start_at + scenario::ALL_THERE + Duration::from_secs(10));
    let held = look(&mut near, &far, &agents, &quiet);
    wait_until(start_at + scenario::LOST);
    println!("at {} s: {} dies", scenario::LOST.as_secs(), near.name);
    near.servers.clear();
    let rerouted = watch(&mut far, start_at, users);
    wait_until(start_at + scenario::REROUTED);
    let moved = far.open();
    let mut figures = Figures::default();
    agents.into_iter().for_each(|agent| figures.add(&agent.finish()));

    figures.table(&["dublin", "sydney"]);
    println!("| what | figure |\n|---|---|");
    println!("| all connected at | {} |", time(connected));
    println!("| all connected to the other region at | {}; in the end {moved} |", time(rerouted));
    held.print(users);
    let k6 = k6_program.map(|program| k6_beside(program, &mut far, if quick { 200 } else { K6_USERS }));
    match k6 {
        Some(k6) => println!("| k6's memory per user | {k6:.0} bytes: {:.0} times ours |", k6 / held.each(users)),
        None => println!("| k6's memory per user | not measured: no --k6 PROGRAM was given |"),
    }
    println!("| the whole benchmark | {:.0} s |", began.elapsed().as_secs_f64());
    figures.saturated.iter().for_each(|text| println!("saturated {text}"));
    let wanted = u64::from(users);
    let by_both = held.connections >= wanted && held.sockets >= 2 * wanted;
    let promised = [
        ("all users connected at once, by the servers and by the kernel", by_both),
        ("everybody rerouted", moved >= wanted),
        ("at most 2 KB of ours per user", quick || held.each(users) <= TARGET_BYTES),
        ("all processes below 8 GB", held.all.resident < TARGET_ALL),
        ("within 10 minutes", began.elapsed() < TARGET_TIME),
    ];
    for (text, good) in promised {
        println!("{}: {text}", if good { "yes" } else { "NO" });
    }
    let good = promised.iter().all(|(_, good)| *good);
    let verdict = match (good, figures.saturated.is_empty()) {
        (false, _) => "fail",
        (true, false) => "inconclusive: the generator did not keep up in the seconds above",
        (true, true) => "pass",
    };
    println!("verdict: {verdict}");
    verdict == "pass"
}

fn start_agents(users: u32, count: u64) -> Vec<Child> {
    let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + LEAD;
    let agent = |index| {
        let words = [u64::from(users), index, count, start.as_millis() as u64].map(|number| number.to_string());
        Child::start(&[&["agent".to_owned()], &words[..]].concat())
    };
    (0..count).map(agent).collect()
}

fn look(near: &mut Region, far: &Region, agents: &[Child], quiet: &Machine) -> Held {
    let (connections, machine) = (near.open(), Machine::now());
    let ids = || agents.iter().map(Child::id);
    let servers = near.servers.iter().chain(&far.servers).map(Child::id);
    Held {
        connections,
        sockets: machine.sockets.saturating_sub(quiet.sockets),
        ours: Memory::sum(ids()),
        all: Memory::sum(ids().chain(servers).chain([std::process::id()])),
        kernel: (machine.slab + machine.buffers).saturating_sub(quiet.slab + quiet.buffers),
    }
}

fn k6_beside(program: &str, region: &mut Region, users: u32) -> f64 {
    let url = region.url;
    k6::bytes_per_user(program, url, users, || region.open())
}

impl Held {
    /// Bytes of the agents per user.
    fn each(&self, users: u32) -> f64 {
        self.ours.proportional as f64 / f64::from(users)
    }

    fn print(&self, users: u32) {
        let each = |bytes: u64| bytes as f64 / f64::from(users);
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        println!("| connections, as the servers count | {} |", self.connections);
        println!("| TCP sockets more than before, as the kernel counts (both ends) | {} |", self.sockets);
        println!(
            "| agents' memory per user: proportional, resident | {:.0}, {:.0} bytes |",
            self.each(users),
            each(self.ours.resident)
        );
        println!("| kernel memory per connection, both ends | {:.0} bytes |", each(self.kernel));
        println!(
            "| all processes: proportional, resident | {:.2}, {:.2} GB |",
            gigabytes(self.all.proportional),
            gigabytes(self.all.resident)
        );
    }
}

/// Looks each half second until so many are connected, or the phase is over; says when they were.
fn watch(region: &mut Region, start_at: Instant, users: u32) -> Option<Duration> {
    let until = Instant::now() + Duration::from_secs(45).max(scenario::ALL_THERE.saturating_sub(start_at.elapsed()));
    while Instant::now() < until {
        if region.open() >= u64::from(users) {
            return Some(start_at.elapsed());
        }
        sleep(Duration::from_millis(500));
    }
    None
}

fn wait_until(at: Instant) {
    sleep(at.saturating_duration_since(Instant::now()));
}

fn time(at: Option<Duration>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| format!("{:.1} s", at.as_secs_f64()))
}
