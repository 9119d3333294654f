//! The agents of a run: counted, said, started on this machine, or gathered from a fleet.

use crate::{cli::IdentityArguments, exit::ExpectedError};
use fleet::{
    Recruit,
    enlist::{self, EnlistError, Enlisted},
    link::nats::{
        access::{Access, AccessError, Credentials},
        controller::{Bus, Enlistment},
        subjects::run_token,
    },
    local,
    roster::Roster,
    with_sources,
};
use load::{TargetAddresses, limits::Available};
use plan::resolved::ResolvedPlan;
use record::{Event, EventKind};
use std::{collections::BTreeSet, convert::Infallible, path::Path};
use tokio::{sync::mpsc, time::Instant};
use units::RunTime;

/// Who generates the load.
#[derive(Debug, Clone)]
pub(crate) enum Generators {
    /// So many processes of this machine; `None`: as many as the plan needs.
    Local(Option<u16>),
    /// Whoever is there of a fleet.
    Fleet(Access),
}

/// Those of whom it is known whether they are there.
pub(crate) enum Gathered {
    /// They are started when they are needed.
    Local(Option<u16>),
    /// They were heard.
    Fleet(Box<(Bus, Roster)>),
}

/// The agents of a run.
pub(crate) struct Recruited {
    pub(crate) recruits: Vec<Recruit>,
    /// Of those that stand elsewhere.
    pub(crate) enlistment: Option<Enlistment>,
    /// The instances of those that stand elsewhere.
    instances: BTreeSet<String>,
}

/// As many as the plan needs, here.
impl Default for Generators {
    fn default() -> Self {
        Self::Local(None)
    }
}

impl Generators {
    /// Looks who is there: before anything else is started.
    pub(crate) async fn gather(&self, say: &mut dyn FnMut(&str)) -> Result<Gathered, ExpectedError> {
        match self {
            Self::Local(wanted) => Ok(Gathered::Local(*wanted)),
            Self::Fleet(access) => {
                say(&format!("looking who is there, at {access}"));
                let bus = Bus::connect(access).await.map_err(no_access)?;
                let roster = listen(&bus).await?;
                if roster.agents.is_empty() {
                    return Err(nobody(&EnlistError::Nobody(Vec::new())));
                }
                Ok(Gathered::Fleet(Box::new((bus, roster))))
            }
        }
    }
}

impl Gathered {
    /// Has everything that happens to the connection recorded, as notes.
    pub(crate) fn note(&mut self, events: mpsc::Sender<Event>, run_start: Instant) {
        let Self::Fleet(fleet) = self else { return };
        let Some(mut happenings) = fleet.0.events() else { return };
        tokio::spawn(async move {
            while let Some(text) = happenings.recv().await {
                let at = RunTime::from(run_start.elapsed());
                // Nobody listens when the run is over.
                let _ = events.try_send(Event::new(at, EventKind::Note, "landfall", text));
            }
        });
    }

    /// Starts the agents that a plan needs, or asks those that are there to join; says first who they are.
    pub(crate) async fn recruit(
        &self,
        plan: &ResolvedPlan,
        addresses: &TargetAddresses,
        folder: &Path,
        say: &mut dyn FnMut(&str),
    ) -> Result<Recruited, ExpectedError> {
        match self {
            Self::Local(wanted) => {
                let recruits = local(plan, addresses, *wanted, folder, say)?;
                Ok(Recruited { recruits, enlistment: None, instances: BTreeSet::new() })
            }
            Self::Fleet(fleet) => {
                let (bus, roster) = &**fleet;
                let run = run_token(plan.name.as_str(), &format!("{}-{}", plan.seed, load::stamp()));
                enlist::refuse(bus, &run, roster).await;
                let muster = enlist::muster(plan, addresses, roster).map_err(|error| nobody(&error))?;
                muster.told.iter().for_each(|text| say(text));
                let instances = muster.instances();
                let enlisted = muster.enlist(bus, &run, addresses).await.map_err(|error| nobody(&error))?;
                let Enlisted { recruits, enlistment } = enlisted;
                Ok(Recruited { recruits, enlistment: Some(enlistment), instances })
            }
        }
    }

    /// Looks for agents that turn up while the run goes on; never ends before it does.
    pub(crate) async fn seek(
        &self,
        recruited: &mut Recruited,
        plan: &ResolvedPlan,
        addresses: &TargetAddresses,
        newcomers: mpsc::Sender<Recruit>,
    ) -> Infallible {
        if let (Self::Fleet(fleet), Some(enlistment)) = (self, &mut recruited.enlistment) {
            let known = std::mem::take(&mut recruited.instances);
            enlist::seek(&fleet.0, enlistment, (plan, addresses), known, newcomers).await;
        }
        std::future::pending().await
    }
}

/// How a fleet is reached.
pub(crate) fn access(address: &str, identity: &IdentityArguments) -> Result<Access, ExpectedError> {
    let IdentityArguments { certificate, key, authority } = identity.clone();
    Access::new(address, Credentials { certificate, key, authority }).map_err(no_access)
}

/// A fleet that can't be reached.
pub(crate) fn no_access(error: AccessError) -> ExpectedError {
    let (said, help) = (with_sources(&error), error.help());
    match error {
        AccessError::Address { .. } => ExpectedError::Usage(said, help),
        AccessError::File { path, source } => ExpectedError::unreadable(&path, source),
        _ => ExpectedError::Unavailable(said, help),
    }
}

/// Listens to those that are there.
pub(crate) async fn listen(bus: &Bus) -> Result<Roster, ExpectedError> {
    Roster::listen(bus).await.map_err(|error| {
        let help = "the controller's certificate is the one to use here: secrets/controller";
        ExpectedError::Unavailable(format!("nobody can be heard: {error}"), help.to_owned())
    })
}

fn nobody(error: &EnlistError) -> ExpectedError {
    let said = with_sources(error);
    match error {
        EnlistError::Nobody(_) => ExpectedError::Unavailable(
            said,
            "start agents with `landfall agent`; `landfall agents --fleet …` shows who is there".to_owned(),
        ),
        EnlistError::Divide(_) => ExpectedError::Resources(said),
        EnlistError::Streams(_) => ExpectedError::Unavailable(
            said,
            "the hub, or a region's leaf node, can't be reached: look at its log, and at /leafz of the hub".to_owned(),
        ),
    }
}

/// Starts the agents that a plan needs on this machine, or as many as somebody wants; says so first where it is more than one.
pub(crate) fn local(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    wanted: Option<u16>,
    folder: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Recruit>, ExpectedError> {
    let agents = match wanted {
        Some(agents) => usize::from(agents),
        None => {
            let counted = local::count(plan, addresses, &Available::raise());
            let local = counted.map_err(|shortage| ExpectedError::Resources(shortage.to_string()))?;
            if let Some(told) = &local.told {
                say(told);
            }
            local.agents
        }
    };
    let failed = |error: std::io::Error| ExpectedError::Resources(format!("an agent could not be started: {error}"));
    if agents == 1 {
        return local::in_process(plan, addresses).map(|recruit| vec![recruit]).map_err(failed);
    }
    let program = std::env::current_exe().map_err(failed)?.display().to_string();
    let program = [program, "agent".to_owned(), "--stdio".to_owned()];
    local::processes(plan, addresses, agents, &program, &folder.join("agents.log")).map_err(failed)
}
