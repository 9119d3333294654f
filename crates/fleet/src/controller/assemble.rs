//! From links to agents that are all ready: the barrier before a run begins.

use super::{Agents, Wanted, member::Member, moves::Moves};
use crate::{
    link::{ControllerEnd, Distance, Incoming, QUEUE_MAX},
    message::{AddressesFormat, Assignment, ClockFormat, FORMAT, FromAgent, Hello, PartFormat, Refusal, ToAgent},
    monotonic,
};
use load::{Parts, TargetAddresses};
use plan::resolved::ResolvedPlan;
use record::AgentJoined;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    time::{Instant as Deadline, sleep_until, timeout, timeout_at},
};
use units::Part;

/// An agent says Hello and is ready within this; a plan with large feeds takes a while to be made ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often an assignment is repeated until it is answered.
const ASSIGN_EVERY: Duration = Duration::from_secs(2);
/// Agents whose links were ended end within this, or are killed with their links.
const DISMISS_MAX: Duration = Duration::from_secs(2);

/// An agent that is to take part, and with what.
#[derive(Debug)]
pub struct Recruit {
    /// The link to it.
    pub link: ControllerEnd,
    /// Where the target is, and from which addresses this agent's users come.
    pub addresses: TargetAddresses,
    /// By population: a part, or nothing. The parts of all recruits must be the whole exactly once. Who joins a run that is under way begins
    /// with nothing.
    pub shares: Vec<Option<Part>>,
    /// By population, whether its paths are emulated there, should it generate it.
    pub emulated: Vec<bool>,
    /// What a share of it is worth beside others', at least 1: see [`crate::shares::weights`].
    pub weight: u64,
    /// Load threads; `None`: as the plan says, else one per core.
    pub threads: Option<usize>,
    /// The most bytes that it may keep on its disk.
    pub spool_bytes_max: u64,
    /// Where it keeps them, when that is on this machine: what an agent that is killed has not sent yet is found there.
    pub spool: Option<PathBuf>,
}

/// Why a fleet can't begin.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// An agent can't take part.
    #[error("{agent} can't take part: {reason}")]
    Refused {
        /// Which.
        agent: String,
        /// Why.
        reason: String,
    },
    /// The only agent, in this process, can't do it.
    #[error("{0}")]
    Unfit(String),
    /// An agent didn't answer.
    #[error("{agent} was not ready within {within:?}")]
    Silent {
        /// Which.
        agent: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// It was stopped before it began.
    #[error("stopped while the agents were getting ready")]
    Stopped,
    /// Two agents say that they are the same.
    #[error("two agents are called {name}")]
    Twice {
        /// The name.
        name: String,
    },
    /// The shares are not the whole exactly once.
    #[error("the shares of the agents are not the whole of population {population}")]
    Shares {
        /// Population index.
        population: usize,
    },
}

/// What all agents are told.
pub(crate) struct Common {
    pub(crate) plan: Arc<ResolvedPlan>,
    /// Zero of the run's clock.
    pub(crate) run_start: std::time::Instant,
    pub(crate) stamp: String,
}

/// What an agent said at first, and what it is to do.
struct Enlisted {
    hello: Hello,
    assignment: Assignment,
}

/// Waits until all agents are ready, or until `stopped`. When one can't take part, or it is stopped, the others are let go, and
/// nothing of them is left.
pub(crate) async fn assemble(
    mut recruits: Vec<Recruit>,
    common: &Common,
    stopped: impl Future<Output = ()>,
) -> Result<Agents, AssembleError> {
    let all = tokio::select! {
        all = negotiate(&mut recruits, common) => all,
        () = stopped => Err(AssembleError::Stopped),
    };
    let all = match all {
        Ok(all) => all,
        Err(error) => {
            dismiss(recruits).await;
            return Err(error);
        }
    };
    let (sender, incoming) = mpsc::channel(QUEUE_MAX);
    let agents = recruits.len();
    let members = recruits.into_iter().zip(all).enumerate();
    Ok(Agents {
        members: members.map(|(index, (recruit, one))| member(index, recruit, one, sender.clone())).collect(),
        incoming,
        sender,
        handovers: Vec::new(),
        plan: Arc::clone(&common.plan),
        wanted: Wanted::default(),
        told: Instant::now(),
        moves: Moves::of(agents),
    })
}

/// An agent that is ready to join a run that is under way.
pub(crate) struct Admitted {
    recruit: Recruit,
    one: Enlisted,
}

impl Admitted {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.one.hello.name
    }

    /// As a member of a run.
    pub(super) fn member(self, index: usize, sender: mpsc::Sender<(usize, Incoming)>) -> Member {
        let mut member = member(index, self.recruit, self.one, sender);
        // The others began long ago: how much later it did says nothing.
        member.late = Some(Duration::ZERO);
        member
    }
}

/// Waits until somebody who joins a run that is under way as its agent `index` is ready.
pub(crate) async fn admit(mut recruit: Recruit, index: usize, common: Arc<Common>) -> Result<Admitted, AssembleError> {
    let deadline = Deadline::now() + READY_WITHIN;
    let agents = index + 1;
    let hello = greet(&mut recruit.link, deadline, agents).await?;
    let one = Enlisted { hello, assignment: assignment(&recruit, index, agents, &common) };
    let _ = recruit.link.outgoing.try_send(ToAgent::Assign(Box::new(one.assignment.clone())));
    ready(&mut recruit.link, &one, deadline, agents).await?;
    Ok(Admitted { recruit, one })
}

async fn negotiate(recruits: &mut [Recruit], common: &Common) -> Result<Vec<Enlisted>, AssembleError> {
    check_shares(recruits, common.plan.populations.len())?;
    let deadline = Deadline::now() + READY_WITHIN;
    let agents = recruits.len();
    let mut all: Vec<Enlisted> = Vec::new();
    for (index, recruit) in recruits.iter_mut().enumerate() {
        let hello = greet(&mut recruit.link, deadline, agents).await?;
        if all.iter().any(|other| other.hello.name == hello.name) {
            return Err(AssembleError::Twice { name: hello.name });
        }
        let assignment = assignment(recruit, index, agents, common);
        all.push(Enlisted { hello, assignment });
    }
    // All make ready at the same time.
    for (recruit, one) in recruits.iter().zip(&all) {
        let _ = recruit.link.outgoing.try_send(ToAgent::Assign(Box::new(one.assignment.clone())));
    }
    for (recruit, one) in recruits.iter_mut().zip(&all) {
        ready(&mut recruit.link, one, deadline, agents).await?;
    }
    Ok(all)
}

/// Ends the links, and waits until the agents have ended with them. One that hangs is killed with its link.
async fn dismiss(recruits: Vec<Recruit>) {
    let let_go = |Recruit { link, spool, .. }: Recruit| {
        // Its other end learns of it at once.
        let ControllerEnd { incoming, .. } = link;
        (incoming, spool)
    };
    let (mut links, spools): (Vec<_>, Vec<_>) = recruits.into_iter().map(let_go).unzip();
    let ended = async {
        for incoming in &mut links {
            while let Some(Incoming::Message(_)) = incoming.recv().await {}
        }
    };
    let _ = timeout(DISMISS_MAX, ended).await;
    drop(links);
    // They are mostly gone already.
    spools.into_iter().flatten().for_each(|folder| drop(std::fs::remove_dir_all(folder)));
}

/// Waits for an agent's Hello and checks it.
async fn greet(link: &mut ControllerEnd, deadline: Deadline, agents: usize) -> Result<Hello, AssembleError> {
    loop {
        match timeout_at(deadline, link.incoming.recv()).await {
            Ok(Some(Incoming::Message(FromAgent::Hello(hello)))) => {
                return match hello.check() {
                    Ok(()) => Ok(*hello),
                    Err(Refusal { reason }) => {
                        let refusal = Refusal { reason: reason.clone() };
                        let _ = link.outgoing.try_send(ToAgent::Refuse(refusal));
                        Err(refused(&hello.name, reason, agents))
                    }
                };
            }
            // Words of an earlier run's end.
            Ok(Some(Incoming::Message(_))) => {}
            other => return Err(nothing(other, &link.name, agents)),
        }
    }
}

/// Waits until an agent is ready; repeats what may have been lost.
async fn ready(
    link: &mut ControllerEnd,
    one: &Enlisted,
    deadline: Deadline,
    agents: usize,
) -> Result<(), AssembleError> {
    let name = one.hello.name.clone();
    let mut again = Deadline::now() + ASSIGN_EVERY;
    loop {
        tokio::select! {
            incoming = timeout_at(deadline, link.incoming.recv()) => match incoming {
                Ok(Some(Incoming::Message(FromAgent::Ready))) => return Ok(()),
                Ok(Some(Incoming::Message(FromAgent::Refused(refusal)))) => {
                    return Err(refused(&name, refusal.reason, agents));
                }
                Ok(Some(Incoming::Message(FromAgent::Hello(hello)))) if hello.instance != one.hello.instance => {
                    return Err(AssembleError::Twice { name });
                }
                Ok(Some(Incoming::Message(_))) => {}
                other => return Err(nothing(other, &name, agents)),
            },
            () = sleep_until(again) => {
                again = Deadline::now() + ASSIGN_EVERY;
                let _ = link.outgoing.try_send(ToAgent::Assign(Box::new(one.assignment.clone())));
            }
        }
    }
}

fn assignment(recruit: &Recruit, agent: usize, agents: usize, common: &Common) -> Assignment {
    Assignment {
        format: FORMAT.to_owned(),
        agent,
        agents,
        plan: Arc::clone(&common.plan),
        addresses: AddressesFormat::from(&recruit.addresses),
        shares: PartFormat::of(&recruit.shares),
        emulated: recruit.emulated.clone(),
        threads: recruit.threads,
        stamp: common.stamp.clone(),
        clock: clock(recruit.link.distance, common),
        spool_bytes_max: recruit.spool_bytes_max,
    }
}

fn clock(distance: Distance, common: &Common) -> ClockFormat {
    let (boot, start_ns) = (monotonic::boot(), monotonic::to_nanos(common.run_start));
    match distance {
        Distance::Here => ClockFormat::Shared { boot, start_ns },
        Distance::Elsewhere { .. } => ClockFormat::Estimated { boot, start_ns },
    }
}

/// From here on everything of every agent comes through one queue.
fn member(index: usize, recruit: Recruit, one: Enlisted, sender: mpsc::Sender<(usize, Incoming)>) -> Member {
    let (Recruit { link, shares, weight, spool, .. }, Enlisted { hello, assignment }) = (recruit, one);
    let ControllerEnd { outgoing, incoming, distance, .. } = link;
    listen(index, incoming, sender);
    let joined = AgentJoined {
        name: hello.name,
        instance: hello.instance,
        place: hello.place,
        version: hello.landfall,
        host: hello.host,
        clock_bound: distance.clock_bound(),
        shares,
        emulated: assignment.emulated,
    };
    Member::new(index, joined, (outgoing, distance), weight, spool)
}

/// Hands on what comes from an agent, until its link has ended.
pub(super) fn listen(index: usize, mut incoming: mpsc::Receiver<Incoming>, sender: mpsc::Sender<(usize, Incoming)>) {
    tokio::spawn(async move {
        while let Some(message) = incoming.recv().await {
            let is_over = matches!(message, Incoming::Over(_));
            if sender.send((index, message)).await.is_err() || is_over {
                return;
            }
        }
        // Nobody listens when the run is over.
        let _ = sender.send((index, Incoming::Over("its link has ended".to_owned()))).await;
    });
}

/// Why nothing more comes, or what came instead.
fn nothing(
    incoming: Result<Option<Incoming>, tokio::time::error::Elapsed>,
    name: &str,
    agents: usize,
) -> AssembleError {
    match incoming {
        Err(_) => AssembleError::Silent { agent: name.to_owned(), within: READY_WITHIN },
        Ok(Some(Incoming::Over(why))) => refused(name, why, agents),
        Ok(_) => refused(name, "its link has ended".to_owned(), agents),
    }
}

fn refused(name: &str, reason: String, agents: usize) -> AssembleError {
    if agents == 1 {
        return AssembleError::Unfit(reason);
    }
    AssembleError::Refused { agent: name.to_owned(), reason }
}

/// The parts of all recruits are the whole of each population exactly once.
fn check_shares(recruits: &[Recruit], populations: usize) -> Result<(), AssembleError> {
    let all: Vec<Parts> = recruits.iter().map(|recruit| Parts::new(recruit.shares.clone())).collect();
    Parts::add_up(&all, populations).map_err(|error| AssembleError::Shares { population: error.population })
}
