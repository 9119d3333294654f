//! Boots a lab: ports, configuration, the relay, the regions, the steering, in that order, each awaited.

use crate::{
    LabError,
    addresses::{self, Ports, Service},
    certificates, chirp_config, edges,
    kept_data::KeptData,
    ports,
    process::Program,
    relay,
    servers::{self, Servers},
    supervisor::Supervisor,
};
use fault::{ChirpPorts, Part, ProcessPort, RelayPort, SteeringTarget, ThirdPartyPort, Tls};
use plan::fault::ThirdParty;
use plan::resolved::{ChirpLab, Engine, Model, Promotion, ResolvedPlan, Target};
use record::EventKind;
use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};
use units::RegionName;
use wan::{
    Network,
    kernel::{Cuts, Namespace},
};

/// The name under which users find the lab.
pub(crate) const ENTRY_NAME: &str = "chirp.test";
/// Requests to processes and the relay that may wait.
const REQUESTS_MAX: usize = 16;
/// The regions, one after the other, end within this.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// How a lab is booted.
#[derive(Debug, Clone)]
pub struct LabOptions {
    /// Where data, logs and configuration go; made if it isn't there.
    pub folder: PathBuf,
    /// This program: it is started again as `chirp …` and `relay`.
    pub program: PathBuf,
}

/// Something that happened in the lab.
#[derive(Debug, Clone)]
pub struct LabEvent {
    /// When, by this process's clock.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// In words.
    pub text: String,
    /// Who says so: `lab`, `region`, `edge`, `steering` or `third party`.
    pub source: &'static str,
}

/// A running lab. Dropping it ends every process of it.
pub struct Lab {
    ports: Ports,
    regions: Vec<RegionName>,
    sources: Vec<Vec<IpAddr>>,
    config: PathBuf,
    /// How faults come in as its users do; `None`: without TLS.
    tls: Option<Tls>,
    health_interval: Duration,
    processes: ProcessPort,
    relay: RelayPort,
    kernel: Option<Cuts>,
    supervisor: JoinHandle<()>,
    relay_keeper: JoinHandle<()>,
    /// How many there are at each region's place.
    edges: u32,
    third_parties: bool,
}

impl Lab {
    /// Boots the plan's target; `progress` is told each step in words, `events` what happens from then on. Where the kernel cuts
    /// links, this thread enters a network namespace, and stays there with all threads and processes that it starts from then on.
    ///
    /// # Errors
    /// What could not be started, why, and where its log is. Nothing is left running then.
    pub async fn boot(
        plan: &ResolvedPlan,
        network: &Network,
        options: &LabOptions,
        events: mpsc::Sender<LabEvent>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, LabError> {
        let Target::Chirp(chirp) = &plan.target else { return Err(LabError::NoLab) };
        let servers = Servers::of(chirp, &options.program)?;
        let namespace = namespace(chirp, progress)?;
        let edges = edges::wanted(plan);
        let ports = ports::choose(plan.regions.len(), edges, &servers::services(plan), chirp.port)?;
        let config = write_config(plan, chirp, ports, &servers, &options.folder)?;
        let tls = chirp.deployment.tls.map(|_| make_certificates(plan, &config)).transpose()?;
        progress("starting the links between the regions");
        let (relay, relay_keeper) = relay::start(plan, network, ports, options).await?;
        let mut parts = Supervisor::new(chirp.deployment.engine, KeptData::of(&options.folder), events);
        if chirp.deployment.third_parties {
            progress("starting the third parties");
            parts.start(ThirdParty::ALL.map(|party| third_party_program(party, &config, options))).await?;
        }
        progress(&format!("starting {} regions", plan.regions.len()));
        let regions: Vec<RegionName> = plan.regions.iter().map(|region| region.name.clone()).collect();
        let programs =
            regions.iter().map(|region| (Part::Region(region.clone()), region_program(region, &config, options)));
        parts.start(programs).await?;
        if let Some(partitions) = partitions(plan, chirp) {
            progress("waiting for a writer");
            parts.await_writers(partitions).await?;
        }
        if edges > 0 {
            progress(&format!("starting {} edges", edges as usize * regions.len()));
            parts.start(edges::programs(&regions, edges, &config, options)).await?;
        }
        progress("starting the steering");
        let steering = program("steering".to_owned(), &["chirp", "dns"], &config, options);
        parts.start([(Part::Steering, steering)]).await?;
        let (processes, requests) = mpsc::channel(REQUESTS_MAX);
        let supervisor = tokio::spawn(parts.supervise(requests));
        let flows =
            || crate::flows::flows(plan.populations.len(), regions.len(), edges, &servers::services(plan), ports);
        Ok(Self {
            kernel: namespace.map(|namespace| Cuts::new(namespace, flows())),
            ports,
            edges,
            third_parties: chirp.deployment.third_parties,
            regions,
            tls,
            sources: (0..plan.populations.len()).map(|population| sources(plan, population)).collect(),
            config,
            health_interval: chirp.health_interval,
            processes,
            relay,
            supervisor,
            relay_keeper,
        })
    }

    /// Where users reach each region, by region index.
    #[must_use]
    pub fn user_addresses(&self) -> Vec<SocketAddr> {
        (0..self.regions.len()).map(|region| addresses::users(region, self.ports)).collect()
    }

    /// Where users reach the edges at each region's place, by region index; none at each where there are none.
    #[must_use]
    pub fn edge_addresses(&self) -> Vec<Vec<SocketAddr>> {
        self.each_edge(addresses::edge)
    }

    /// The addresses that each population's users come from, by population index.
    #[must_use]
    pub fn population_sources(&self) -> &[Vec<IpAddr>] {
        &self.sources
    }

    /// Where regions reach each other, through the relay.
    #[must_use]
    pub fn peer_addresses(&self) -> BTreeMap<(usize, usize), SocketAddr> {
        let count = self.regions.len();
        let pairs = (0..count).flat_map(|from| (0..count).map(move |to| (from, to))).filter(|(from, to)| from != to);
        pairs.map(|(from, to)| ((from, to), addresses::link(Service::Peers, from, to, self.ports))).collect()
    }

    /// Where the steering answers DNS.
    #[must_use]
    pub fn resolver(&self) -> SocketAddr {
        addresses::steering(self.ports)
    }

    /// Under which address users find the service.
    #[must_use]
    pub fn entry_url(&self) -> String {
        format!("{}://{ENTRY_NAME}:{}", if self.tls.is_some() { "https" } else { "http" }, self.ports.users)
    }

    /// Under which address users find a region itself: as the service, but without TLS behind edges, who have it.
    #[must_use]
    pub fn region_url(&self) -> String {
        if self.edges == 0 { self.entry_url() } else { format!("http://{ENTRY_NAME}:{}", self.ports.users) }
    }

    /// The file with the certificate of the authority that its users trust; `None`: they come in without TLS.
    #[must_use]
    pub fn trusted(&self) -> Option<&Path> {
        self.tls.as_ref().map(Tls::authority)
    }

    /// Chirp's configuration.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Where Chirp's processes are told what is to be wrong with them, for faults.
    #[must_use]
    pub fn chirp(&self) -> ChirpPorts {
        let has_edges = self.edges > 0;
        let doors = match has_edges {
            true => self.edge_addresses(),
            false => self.user_addresses().into_iter().map(|door| vec![door]).collect(),
        };
        let version_4 = |address: IpAddr| match address {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => unreachable!("a lab is in 127.0.0.0/8"),
        };
        let target = |(region, doors): (&RegionName, &Vec<SocketAddr>)| SteeringTarget {
            name: if has_edges { edges::name(region, 0) } else { region.to_string() },
            addresses: doors.iter().map(|door| version_4(door.ip())).collect(),
        };
        let region_port = |region| addresses::service(Service::Peers, region, self.ports);
        ChirpPorts {
            regions: (0..self.regions.len()).map(region_port).collect(),
            users: self.user_addresses(),
            edges: self.each_edge(addresses::edge_admin),
            steering: addresses::steering_admin(self.ports),
            resolver: self.resolver(),
            name: ENTRY_NAME.to_owned(),
            targets: self.regions.iter().zip(&doors).map(target).collect(),
            doors,
            tls: self.tls.clone(),
            health_interval: self.health_interval,
            third_parties: self.third_parties(),
            askers: self.sources.iter().filter_map(|all| all.first().copied()).map(version_4).collect(),
        }
    }

    /// An address of each edge, by region index and its number there.
    fn each_edge(&self, address: impl Fn(usize, u32, Ports) -> SocketAddr) -> Vec<Vec<SocketAddr>> {
        let edges = |region| (0..self.edges).map(|number| address(region, number, self.ports)).collect();
        (0..self.regions.len()).map(edges).collect()
    }

    fn third_parties(&self) -> BTreeMap<ThirdParty, ThirdPartyPort> {
        let port = |party| {
            let calls = addresses::third_party(party, self.ports);
            (party, ThirdPartyPort { calls, admin: addresses::third_party_admin(party, self.ports) })
        };
        if self.third_parties { ThirdParty::ALL.map(port).into() } else { BTreeMap::new() }
    }

    /// The way to the regions' processes, for faults.
    #[must_use]
    pub fn processes(&self) -> ProcessPort {
        self.processes.clone()
    }

    /// The way to the relay, for faults.
    #[must_use]
    pub fn relay(&self) -> RelayPort {
        self.relay.clone()
    }

    /// The kernel that cuts its links, for faults; `None` where they are cut by sockets and the relay.
    #[must_use]
    pub fn kernel(&self) -> Option<Cuts> {
        self.kernel.clone()
    }

    /// Ends every process and waits until they are gone. Bounded; what doesn't end is killed.
    pub async fn stop(self) {
        let Self { processes, relay, supervisor, relay_keeper, .. } = self;
        drop((processes, relay));
        // Both end once nobody can ask them anything; a fault keeper that still can is cut off after the limit.
        for mut task in [supervisor, relay_keeper] {
            if timeout(STOP_WITHIN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// The network namespace that the lab is to be in, entered with this thread, where the kernel is to cut its links.
fn namespace(chirp: &ChirpLab, progress: &mut dyn FnMut(&str)) -> Result<Option<Namespace>, LabError> {
    if chirp.cuts == plan::resolved::LinkCuts::Emulated {
        return Ok(None);
    }
    progress("entering a network namespace, where the kernel cuts links");
    Ok(Some(Namespace::enter()?))
}

fn sources(plan: &ResolvedPlan, population: usize) -> Vec<IpAddr> {
    plan.loopback_sources(population).into_iter().map(IpAddr::V4).collect()
}

/// How many partitions have a writer by lease from the start; `None`: the model has no leases, or somebody else decides.
fn partitions(plan: &ResolvedPlan, chirp: &ChirpLab) -> Option<usize> {
    let deployment = &chirp.deployment;
    let by_itself = deployment.promotion == Promotion::Automatic;
    match deployment.model {
        // Its server comes up after its lease, and only then can anybody write.
        _ if deployment.engine == Engine::Postgres => by_itself.then_some(1),
        Model::ActivePassive | Model::ReadReplicas if by_itself => Some(1),
        Model::GeoPartitioned if by_itself => Some(plan.regions.len()),
        _ => None,
    }
}

fn write_config(
    plan: &ResolvedPlan,
    chirp: &ChirpLab,
    ports: Ports,
    servers: &Servers,
    folder: &Path,
) -> Result<PathBuf, LabError> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(|source| LabError::File { path: data.clone(), source })?;
    if servers.postgres.is_some() {
        servers::let_pass(&[folder, &data])?;
    }
    let data = fs::canonicalize(&data).map_err(|source| LabError::File { path: data.clone(), source })?;
    let config = folder.join("chirp.toml");
    fs::write(&config, chirp_config::write(plan, chirp, ports, servers, &data))
        .map_err(|source| LabError::File { path: config.clone(), source })?;
    fs::canonicalize(&config).map_err(|source| LabError::File { path: config.clone(), source })
}

/// Makes what the configuration beside it names. Answers how faults come in.
fn make_certificates(plan: &ResolvedPlan, config: &Path) -> Result<Tls, LabError> {
    let count = edges::wanted(plan);
    let doors = plan.regions.iter().flat_map(|region| match count {
        0 => vec![region.name.to_string()],
        _ => (0..count).map(|number| edges::name(&region.name, number)).collect(),
    });
    let folder = config.parent().expect("a configuration is in a folder");
    let authority = certificates::write(folder, &doors.collect::<Vec<_>>())?;
    Tls::trusting(&authority, ENTRY_NAME).map_err(LabError::Trust)
}

fn third_party_program(party: ThirdParty, config: &Path, options: &LabOptions) -> (Part, Program) {
    let name = format!("third-party-{}", party.as_str());
    let program = program(name, &["chirp", "provider", "--provider", party.as_str()], config, options);
    (Part::ThirdParty(party), program)
}

fn region_program(region: &RegionName, config: &Path, options: &LabOptions) -> Program {
    let arguments = ["chirp", "region", "--region", region.as_str()];
    program(region.to_string(), &arguments, config, options)
}

pub(crate) fn program(name: String, arguments: &[&str], config: &Path, options: &LabOptions) -> Program {
    let mut command = vec![options.program.display().to_string()];
    command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    command.extend(["--config".to_owned(), config.display().to_string(), "--exit-with-stdin".to_owned()]);
    Program { log: options.folder.join(format!("{name}.log")), name, command }
}
