//! Agents on this machine: one in this process when the load fits it, else as many processes as it needs.
//!
//! What bounds a process is its file descriptors: each user has a connection. What bounds the machine is its memory and the ports of
//! the addresses that users come from; more processes don't make more of those.

use crate::{
    agent::{self, AgentOptions},
    controller::Recruit,
    link,
};
use load::{
    Parts, TargetAddresses,
    limits::{Available, Needs, Shortage},
};
use plan::resolved::ResolvedPlan;
use std::{
    io,
    path::{Path, PathBuf},
    thread,
};
use units::Part;

/// No run has more agents on one machine: their users' addresses and threads would be too many.
pub const LOCAL_AGENTS_MAX: usize = 64;
/// Bytes that a local agent may keep on its disk: its controller writes to the same one.
const SPOOL_BYTES_MAX: u64 = 256 << 20;

/// How many agents a plan needs here, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// How many.
    pub agents: usize,
    /// What to tell before the run starts; `None`: one in this process is enough.
    pub told: Option<String>,
}

/// Counts the agents that a plan needs on this machine.
///
/// # Errors
/// What is missing however many there are.
pub fn count(plan: &ResolvedPlan, addresses: &TargetAddresses, available: &Available) -> Result<Local, Shortage> {
    let whole = Needs::of(plan, addresses, &parts(plan, 0, 1), threads(plan, 1).unwrap_or(1));
    let Err(shortage) = whole.check(available) else { return Ok(Local { agents: 1, told: None }) };
    // Memory and ports are the machine's: more processes don't make more of them.
    Needs { descriptors: 0, ..whole.clone() }.check(available)?;
    let fits = |agents: &usize| {
        let largest = Needs::of(plan, addresses, &parts(plan, 0, *agents), threads(plan, *agents).unwrap_or(1));
        largest.descriptors <= available.descriptors
    };
    let agents = (2..=LOCAL_AGENTS_MAX).find(fits).ok_or(shortage)?;
    let (users, descriptors) = (thousands(whole.users), thousands(available.descriptors));
    let told = format!(
        "{users} users need {agents} agents: each has a connection, and a process may have {descriptors} more file \
         descriptors here"
    );
    Ok(Local { agents, told: Some(told) })
}

/// One agent on a thread of this process.
///
/// # Errors
/// The thread or its runtime can't be made.
pub fn in_process(plan: &ResolvedPlan, addresses: &TargetAddresses) -> io::Result<Recruit> {
    let (controller, end) = link::channel(&name(0));
    let spool = spool_folder(0);
    let options = AgentOptions::new(&name(0), None, spool.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("agent".to_owned()).spawn(move || {
        // Whoever reads the link learns how it ended.
        let _told = runtime.block_on(agent::run(end, options));
        runtime.shutdown_background();
    })?;
    let share = Share { agent: 0, agents: 1 };
    Ok(recruit(plan, addresses, controller, share, spool))
}

/// So many agents as children of this process, started with `program` (`landfall agent --stdio`).
///
/// # Errors
/// A child can't be started.
pub fn processes(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    agents: usize,
    program: &[String],
    log: &Path,
) -> io::Result<Vec<Recruit>> {
    let start = |agent: usize| {
        let spool = spool_folder(agent);
        let mut program = program.to_vec();
        program.extend(["--name".to_owned(), name(agent), "--spool".to_owned(), spool.display().to_string()]);
        let controller = link::pipe::spawn(&name(agent), &program, log)?;
        Ok(recruit(plan, addresses, controller, Share { agent, agents }, spool))
    };
    (0..agents).map(start).collect()
}

/// Where an agent of this process keeps batches that aren't stored: on this machine's own disk, not beside a recording whose disk
/// may be the one that is full.
#[must_use]
pub fn spool_folder(agent: usize) -> PathBuf {
    let name = format!("landfall-spool-{}-{agent}-{:x}", std::process::id(), crate::monotonic::now().as_nanos());
    std::env::temp_dir().join(name)
}

/// Which of how many agents.
#[derive(Debug, Clone, Copy)]
struct Share {
    agent: usize,
    agents: usize,
}

fn recruit(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    link: link::ControllerEnd,
    share: Share,
    spool: PathBuf,
) -> Recruit {
    let Share { agent, agents } = share;
    let populations = plan.populations.len();
    Recruit {
        link,
        addresses: addresses_of(addresses, share),
        shares: vec![Some(part(agent, agents)); populations],
        emulated: vec![true; populations],
        weight: 1,
        threads: threads(plan, agents),
        spool_bytes_max: SPOOL_BYTES_MAX,
        spool: Some(spool),
    }
}

/// As people count: the first is agent 1.
fn name(agent: usize) -> String {
    format!("agent {}", agent + 1)
}

/// Several agents share the machine's cores; one alone decides by itself.
fn threads(plan: &ResolvedPlan, agents: usize) -> Option<usize> {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (agents > 1).then(|| (plan.load.threads.unwrap_or_else(cores) / agents).max(1))
}

/// Where there are addresses enough, each agent's users have some of their own: two processes that look for a free port of one
/// address get into each other's way.
fn addresses_of(addresses: &TargetAddresses, share: Share) -> TargetAddresses {
    let mut addresses = addresses.clone();
    for user in addresses.users.iter_mut().filter(|user| user.sources.len() >= share.agents) {
        let own = user.sources.iter().skip(share.agent).step_by(share.agents);
        user.sources = own.copied().collect();
    }
    addresses
}

/// That agent's part of every population.
fn parts(plan: &ResolvedPlan, agent: usize, agents: usize) -> Parts {
    Parts::each(part(agent, agents), plan.populations.len())
}

fn part(agent: usize, agents: usize) -> Part {
    Part::new(agent as u64, agents as u64).expect("an agent is one of all")
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
