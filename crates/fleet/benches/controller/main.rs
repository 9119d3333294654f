//! What the controller of a large fleet costs: 100 agents, 20 origins, a batch of each agent every second.
//!
//! `cargo bench -p fleet --bench controller -- [--quick]`. The agents are processes of their own, over the pipes of a real run; they
//! make up what they tell instead of sending requests. The controller is the real one: it carries a plan out, takes each batch once,
//! shows it to somebody who watches as `landfall run` does, writes it to a disk and waits for the disk before it says *stored*. Only
//! the controller's own CPU counts, as the kernel does: user and system, all its threads, start and end left out.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to people and may panic")]

mod agent;
mod cpu;
mod watching;
#[path = "../../tests/world/mod.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod world;

use cpu::Used;
use fleet::{Recruit, RunEnd, StopLevel, conduct, link};
use plan::resolved::ResolvedPlan;
use std::{path::Path, time::Duration};
use tokio::sync::watch;
use units::Part;
use watching::Watching;

/// The controller may take this much of one core.
const LIMIT: f64 = 0.10;

/// How large.
#[derive(Debug, Clone, Copy)]
struct Size {
    agents: u64,
    origins: u64,
    /// Requests of each agent's users at each origin in a second.
    requests: u64,
    /// Of load.
    seconds: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let Some((name, requests)) = agent::role(&arguments) {
        return agent::run(&name, requests);
    }
    let full = Size { agents: 100, origins: 20, requests: 300, seconds: 30 };
    let quick = Size { agents: 5, origins: 3, seconds: 8, ..full };
    let size = if arguments.iter().any(|word| word == "--quick") { quick } else { full };
    let folder = tempfile::tempdir().unwrap();
    // As the program does: one thread for everything but the recorder.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let watching = runtime.block_on(run(size, folder.path()));
    tell(size, &watching, folder.path());
}

async fn run(size: Size, folder: &Path) -> Watching {
    let plan = plan(size);
    let program = std::env::current_exe().unwrap().display().to_string();
    let recruit = |index: u64| {
        let name = format!("agent {}", index + 1);
        let program = [program.clone(), "agent".to_owned(), name.clone(), size.requests.to_string()];
        Recruit {
            link: link::pipe::spawn(&name, &program, &folder.join("agents.log")).unwrap(),
            addresses: load::TargetAddresses::attached(&plan).unwrap(),
            shares: vec![Part::new(index, size.agents); plan.populations.len()],
            emulated: vec![true; plan.populations.len()],
            weight: 1,
            threads: Some(1),
            spool_bytes_max: 1 << 28,
            spool: None,
        }
    };
    let recruits = (0..size.agents).map(recruit).collect();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let mut watching = Watching::new(size.seconds);
    let setup = world::setup(plan, recruits, &folder.join("run"), stopped);
    let end = conduct(setup, &mut |observation| watching.take(&observation)).await.unwrap();
    assert_eq!(end, RunEnd::Complete);
    watching
}

/// A plan that nothing is sent for: the agents make up what they tell.
fn plan(size: Size) -> ResolvedPlan {
    let places = [
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "sa-east-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "me-south-1",
        "af-south-1",
        "ap-east-1",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "ap-northeast-2",
    ];
    let share =
        |index: u64| if index == 0 { 100 - (size.origins - 1) * (100 / size.origins) } else { 100 / size.origins };
    let population =
        |(index, place): (u64, &str)| format!("  - {{name: {place}, place: {place}, share: {}%}}\n", share(index));
    let populations: String = (0..size.origins).zip(places).map(population).collect();
    world::checked(format!(
        "version: 1\nname: controller\ntarget:\n  endpoints: {{us-east-1: \"http://127.0.0.1:9\"}}\n\
         populations:\n{populations}\
         load: {{model: open, rate: {}/s, for: {}s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 2s}}}}]}}]\n",
        size.agents * size.origins * size.requests,
        size.seconds
    ))
}

fn tell(size: Size, watching: &Watching, folder: &Path) {
    let Size { agents, origins, requests, .. } = size;
    let (elapsed, used) = watching.used();
    let share = |used: Duration| used.as_secs_f64() / elapsed.as_secs_f64();
    let percent = |used: Duration| format!("{:.1} %", share(used) * 100.0);
    let per_second = |count: u64| count as f64 / elapsed.as_secs_f64();
    let Used { all, threads } = used;
    println!("{agents} agents x {origins} origins x 1 s, {requests} requests each; {elapsed:.1?} of run\n");
    println!("| | per second of run |");
    println!("|---|---|");
    println!("| requests told | {:.0} |", per_second(watching.requests));
    println!("| entries recorded | {:.0} |", per_second(watching.entries));
    println!("| histograms among them | {:.0} |", per_second(watching.histograms));
    println!("| recorded | {:.1} MB |", cpu::bytes_below(&folder.join("run")) as f64 / 1e6 / size.seconds as f64);
    println!("| CPU of the controller, of one core | {} |", percent(all));
    for (thread, used) in &threads {
        println!("| … its thread `{thread}` | {} |", percent(*used));
    }
    println!("| the agents that it serves, one core each | {:.0} % |", agents as f64 * 100.0);
    println!("| memory of the controller at its peak | {} MiB |", cpu::memory_peak() >> 20);
    let verdict = if share(all) < LIMIT { "yes" } else { "NO" };
    println!("\nless than {:.0} % of one core: {verdict} ({})", LIMIT * 100.0, percent(all));
}
