//! Brings up what a plan tests: boots the lab, or looks whether the attached service is there.

use crate::exit::ExpectedError;
use fault::Environment;
use fleet::with_sources;
use lab::{Lab, LabEvent, LabOptions};
use load::{BaseUrl, EntryAddress, RegionAddress, TargetAddresses, UserAddress};
use plan::resolved::{ResolvedPlan, ServedBy, Target, TlsTrust};
use record::Event;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    net::{TcpStream, lookup_host},
    sync::mpsc,
    time::{Instant, timeout},
};
use units::RunTime;
use wan::Network;

/// An endpoint must accept a connection within this before a run starts.
const REACHABLE_WITHIN: Duration = Duration::from_secs(5);

/// A target that is up.
pub(crate) struct Up {
    /// The lab, if it is ours.
    pub(crate) lab: Option<Lab>,
    /// Where it is, for the load.
    pub(crate) addresses: TargetAddresses,
    /// What faults act on.
    pub(crate) environment: Environment,
}

/// Where things of this run go, and where it began.
pub(crate) struct Place<'a> {
    /// The run directory.
    pub(crate) folder: &'a Path,
    /// The plan's folder: hooks run in it.
    pub(crate) plan_folder: &'a Path,
    /// Zero of the run's clock.
    pub(crate) run_start: Instant,
}

/// Brings the plan's target up.
pub(crate) async fn bring_up(
    plan: &ResolvedPlan,
    place: &Place<'_>,
    events: mpsc::Sender<Event>,
    say: &mut dyn FnMut(&str),
) -> Result<Up, ExpectedError> {
    let network = Network::from_plan(plan);
    let program = std::env::current_exe()
        .map_err(|error| ExpectedError::Software(format!("this program's own path is unknown: {error}")))?;
    let mut environment = environment(plan, network, place, &program);
    match &plan.target {
        Target::Chirp(_) => {
            let lab = boot(plan, &environment.network, place, program, events, say).await?;
            with_lab(&mut environment, &lab);
            Ok(Up { addresses: lab_addresses(plan, &lab), lab: Some(lab), environment })
        }
        Target::Attached { .. } => {
            say("looking whether the service is there");
            let addresses = TargetAddresses::attached(plan).map_err(|error| {
                ExpectedError::Unavailable(with_sources(&error), "see target in the plan".to_owned())
            })?;
            environment.user_addresses = reach(plan, &addresses).await?;
            Ok(Up { lab: None, addresses, environment })
        }
    }
}

/// What faults of a lab act on.
pub(crate) fn with_lab(environment: &mut Environment, lab: &Lab) {
    environment.user_addresses = lab.user_addresses().into_iter().map(|address| vec![address]).collect();
    environment.peer_addresses = lab.peer_addresses();
    environment.relay = Some(lab.relay());
    environment.kernel = lab.kernel();
    environment.processes = Some(lab.processes());
    environment.chirp = Some(lab.chirp());
    let config = lab.config().display().to_string();
    environment.hook_variables.insert("LANDFALL_CHIRP_CONFIG".to_owned(), config);
}

/// What faults act on, as long as there is no lab.
pub(crate) fn environment(plan: &ResolvedPlan, network: Network, place: &Place<'_>, program: &Path) -> Environment {
    let program = program.display().to_string();
    Environment {
        holder: vec![program.clone(), "hold-fault".to_owned()],
        hook_log: place.folder.join("hooks.log"),
        hook_variables: BTreeMap::from([("LANDFALL".to_owned(), program)]),
        ..Environment::of(plan, network, place.plan_folder)
    }
}

async fn boot(
    plan: &ResolvedPlan,
    network: &Network,
    place: &Place<'_>,
    program: PathBuf,
    events: mpsc::Sender<Event>,
    say: &mut dyn FnMut(&str),
) -> Result<Lab, ExpectedError> {
    let options = LabOptions { folder: place.folder.join("lab"), program };
    let (sender, mut happenings) = mpsc::channel::<LabEvent>(fleet::EVENTS_MAX);
    let run_start = place.run_start;
    tokio::spawn(async move {
        while let Some(happened) = happenings.recv().await {
            let at = RunTime::from(happened.at.saturating_duration_since(run_start));
            // Nobody listens when the run is over.
            let _ = events.try_send(Event::new(at, happened.kind, happened.source, happened.text));
        }
    });
    let booted = Lab::boot(plan, network, &options, sender, say).await;
    booted.map_err(|error| {
        ExpectedError::Unavailable(
            with_sources(&error),
            "the lab could not be booted; nothing of it is left running".to_owned(),
        )
    })
}

/// Where a lab is, for the load.
fn lab_addresses(plan: &ResolvedPlan, lab: &Lab) -> TargetAddresses {
    let url = |text: &str| BaseUrl::parse(text).expect("the lab gives well-formed addresses");
    let (entry, region) = (url(&lab.entry_url()), url(&lab.region_url()));
    let regions = lab.user_addresses();
    let edges = lab.edge_addresses();
    let users = lab.population_sources().iter().cloned();
    TargetAddresses {
        entry: EntryAddress::Name { url: entry.clone(), resolver: Some(lab.resolver()) },
        regions: regions
            .into_iter()
            .enumerate()
            .map(|(index, address)| {
                // Edges stand at their region's place, and their users have that path.
                let also = edges.get(index).into_iter().flatten().map(|edge| edge.ip()).collect();
                RegionAddress { also, ..RegionAddress::at(region.clone(), address) }
            })
            .collect(),
        served_by: ServedBy::Header { name: "x-region".to_owned() },
        trust: lab.trusted().map_or(TlsTrust::Public, |path| TlsTrust::File { path: path.display().to_string() }),
        users: users
            .take(plan.populations.len())
            .map(|sources| UserAddress { client_subnet: sources.first().copied(), sources })
            .collect(),
    }
}

/// Connects once to every endpoint, so that a wrong address is an error and not a run full of failures. Answers where each
/// region is.
async fn reach(plan: &ResolvedPlan, addresses: &TargetAddresses) -> Result<Vec<Vec<SocketAddr>>, ExpectedError> {
    let mut found = Vec::new();
    for (region, address) in plan.regions.iter().zip(&addresses.regions) {
        let name = format!("region {} at {}", region.name, address.url);
        found.push(reach_one(&name, &address.url.host, address.url.port).await?);
    }
    if let EntryAddress::Name { url, resolver: None } = &addresses.entry {
        reach_one(&format!("the entry {url}"), &url.host, url.port).await?;
    }
    Ok(found)
}

async fn reach_one(name: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, ExpectedError> {
    let unavailable = |reason: String| {
        let help = "a run starts only against a service that is up: start it, or correct the address in the plan";
        ExpectedError::Unavailable(format!("{name}: {reason}"), help.to_owned())
    };
    let resolved = timeout(REACHABLE_WITHIN, lookup_host((host, port))).await;
    let resolved = resolved.map_err(|_| unavailable(format!("{host} did not resolve within 5 s")))?;
    let all: Vec<_> = resolved.map_err(|error| unavailable(format!("{host} does not resolve: {error}")))?.collect();
    let first = all.first().ok_or_else(|| unavailable(format!("{host} has no address")))?;
    match timeout(REACHABLE_WITHIN, TcpStream::connect(first)).await {
        Ok(Ok(_)) => Ok(all),
        Ok(Err(error)) => Err(unavailable(format!("{first}: {error}"))),
        Err(_) => Err(unavailable(format!("{first} did not answer within 5 s"))),
    }
}
