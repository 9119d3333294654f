//! The command tree.

use crate::examples;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use units::Share;

/// When a region goes down under real load, what happens to the users?
#[derive(Debug, Parser)]
#[command(name = "landfall", version, about, after_help = examples::LANDFALL, max_term_width = 80)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How it talks.
    #[command(flatten)]
    pub(crate) talk: Talk,
}

/// How the program talks.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "How it talks")]
pub(crate) struct Talk {
    /// Only ASCII characters in the terminal.
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Print one JSON object on standard output and everything else on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Boot Chirp in three regions, lose one under load, and judge it.
    #[command(after_help = examples::DEMO)]
    Demo(DemoArguments),
    /// Carry out a plan, record it and judge it.
    #[command(after_help = examples::RUN)]
    Run(RunArguments),
    /// Tell every mistake of a plan at once, or what it comes to.
    #[command(after_help = examples::CHECK)]
    Check(CheckArguments),
    /// Find the largest load that keeps a plan's objectives.
    #[command(after_help = examples::KNEE)]
    Knee(KneeArguments),
    /// Find the largest load that keeps them without any one region.
    #[command(after_help = examples::HEADROOM)]
    Headroom(HeadroomArguments),
    /// Lose a region in every deployment model of Chirp, side by side.
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArguments),
    /// Show a run that goes on in another terminal.
    #[command(after_help = examples::WATCH)]
    Watch(WatchArguments),
    /// Hold the load of a run that goes on, or let it go on.
    #[command(after_help = examples::HOLD)]
    Hold(HoldArguments),
    /// Break and heal something in a run or a lab that goes on.
    #[command(subcommand, after_help = examples::FAULT)]
    Fault(FaultCommand),
    /// Show recordings in a browser, as if their runs went on.
    #[command(after_help = examples::SERVE)]
    Serve(ServeArguments),
    /// Judge a recording again, or several of one plan.
    #[command(after_help = examples::JUDGE)]
    Judge(JudgeArguments),
    /// Write the reports of a recording again.
    #[command(after_help = examples::REPORT)]
    Report(RecordingArguments),
    /// Boot a plan's target, or any Chirp, and leave it up until Ctrl-C.
    #[command(after_help = examples::LAB)]
    Lab(LabArguments),
    /// Stand here as an agent of a fleet, and generate load for its runs.
    #[command(after_help = examples::AGENT)]
    Agent(AgentArguments),
    /// Show who is there in a fleet, and what they do.
    #[command(after_help = examples::AGENTS)]
    Agents(AgentsArguments),
    /// Go on with a fleet's run whose controller was killed.
    #[command(after_help = examples::RESUME)]
    Resume(ResumeArguments),
    /// Write what a fleet needs: manifests, units, certificates.
    #[command(subcommand, after_help = examples::DEPLOY)]
    Deploy(DeployCommand),
    /// A TCP proxy with toxics that speaks Toxiproxy's API.
    #[command(after_help = examples::PROXY)]
    Proxy(ProxyArguments),
    /// The reference service and its parts.
    #[command(subcommand)]
    Chirp(chirp::Command),
    /// List what a plan can break, with all parameters.
    Faults,
    /// Print the JSON Schema of plans, for editors.
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// The relay between the lab's regions; started by the lab.
    #[command(hide = true)]
    Relay,
    /// Holds a command hook; started by a run.
    #[command(hide = true)]
    HoldFault,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Switch a defect of Chirp on, to see a verdict fail (`landfall chirp defects` lists them).
    #[arg(long, value_name = "NAME")]
    pub(crate) defect: Option<String>,
    /// Where the run directory goes; it must not exist yet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed than the plan's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Print the demo's plan instead of carrying it out: a start for one's own.
    #[arg(long)]
    pub(crate) print_plan: bool,
    /// How it is shown in a browser.
    #[command(flatten)]
    pub(crate) page: PageArguments,
}

/// How a run is shown in a browser.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The page")]
pub(crate) struct PageArguments {
    /// Open the run's page in a browser.
    #[arg(long, conflicts_with = "no_page")]
    pub(crate) open: bool,
    /// Serve the run's page at this address; port 0 is any that is free. Beyond this machine who looks needs the token in the address
    /// that is printed. Default, at a terminal: 127.0.0.1:7600, or the next port that is free.
    #[arg(long, value_name = "IP:PORT", conflicts_with = "no_page")]
    pub(crate) page: Option<SocketAddr>,
    /// Serve no page.
    #[arg(long)]
    pub(crate) no_page: bool,
    /// How long the page stays after the verdict. Default: until Ctrl-C with --open or --page at a terminal, else it goes at once.
    #[arg(long, value_name = "DURATION", conflicts_with = "no_page", value_parser = units::duration::parse)]
    pub(crate) page_for: Option<Duration>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Where the run directory goes; it must not exist yet. Default: runs/NAME-TIME.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed than the plan's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Who generates the load.
    #[command(flatten)]
    pub(crate) generators: GeneratorArguments,
    /// How it is shown in a browser.
    #[command(flatten)]
    pub(crate) page: PageArguments,
}

/// Who generates the load.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who generates the load")]
pub(crate) struct GeneratorArguments {
    /// Generate the load with this many agents, each a process of its own from two on. Default: as many as the plan needs.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) agents: Option<u16>,
    /// Generate the load with the agents of this fleet, whoever is there: nats://HOST:PORT or tls://HOST:PORT of its hub, several
    /// servers with commas.
    #[arg(long, value_name = "URL", conflicts_with = "agents")]
    pub(crate) fleet: Option<String>,
    /// Who this controller is, for a fleet with certificates.
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub(crate) struct AgentArguments {
    /// What it is called: unique in its fleet; lower-case letters, digits and hyphens.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The place that it really stands in: users there have the real network, nothing is emulated. Default: nowhere in particular.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Its NATS server: nats://HOST:PORT is plain, tls://HOST:PORT needs certificates.
    #[arg(long, value_name = "URL", required_unless_present = "stdio")]
    pub(crate) nats: Option<String>,
    /// Who it is.
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
    /// A folder for what the controller has not stored yet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spool: PathBuf,
    /// Say how it is at this address, over HTTP: /healthz and /readyz.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) health: Option<SocketAddr>,
    /// Speak with the controller on standard input and output; ends when the input ends. Runs start local agents so.
    #[arg(long, hide = true, conflicts_with_all = ["nats", "region", "health"])]
    pub(crate) stdio: bool,
}

/// Who somebody is on a NATS server with certificates.
#[derive(Debug, Clone, Args)]
pub(crate) struct IdentityArguments {
    /// The certificate that says who this is (tls.crt of `landfall deploy credentials`).
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its key (tls.key).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// The authority of the server's certificate (ca.crt). Default: the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<PathBuf>,
}

/// Arguments of `agents`.
#[derive(Debug, Args)]
pub(crate) struct AgentsArguments {
    /// The fleet's hub: nats://HOST:PORT or tls://HOST:PORT; several servers of one hub with commas.
    #[arg(long, value_name = "URL")]
    pub(crate) fleet: String,
    /// Who this controller is.
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
    /// Free all agents that are in this run: its controller is gone and will not come back. What they still kept of it is lost.
    #[arg(long, value_name = "RUN")]
    pub(crate) release: Option<String>,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The run directory. Default: the one in runs/ that was begun last.
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Run directories, or folders of them.
    #[arg(value_name = "RUN", required = true)]
    pub(crate) runs: Vec<PathBuf>,
    /// Open the page in a browser.
    #[arg(long)]
    pub(crate) open: bool,
    /// Serve the page at this address; port 0 is any that is free. Default: 127.0.0.1:7600, or the next port that is free.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) page: Option<SocketAddr>,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// The run directory that the controller left.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// The fleet's hub, as the run had it: nats://HOST:PORT or tls://HOST:PORT; several servers of one hub with commas.
    #[arg(long, value_name = "URL")]
    pub(crate) fleet: String,
    /// Who this controller is.
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Print the resolved plan: nothing in it is left to decide.
    #[arg(long)]
    pub(crate) resolved: bool,
}

/// Arguments of `judge` and `report`.
#[derive(Debug, Args)]
pub(crate) struct RecordingArguments {
    /// A run directory.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// Where the reports go; default: into the run directory.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `judge`.
#[derive(Debug, Args)]
pub(crate) struct JudgeArguments {
    /// A run directory; several of one plan are judged together, two are held against each other, the earlier one first.
    #[arg(value_name = "RUN", required = true)]
    pub(crate) runs: Vec<PathBuf>,
    /// Where the reports go. Default: nothing is written.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Only these deployments, by their names in `--list`, separated by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Print the deployments and what they are, and run nothing.
    #[arg(long)]
    pub(crate) list: bool,
    /// `postgres`: those that need PostgreSQL, too. Default: only those that need no server.
    #[arg(long, value_enum)]
    pub(crate) engine: Option<EngineWord>,
    /// Where the comparison goes, with each run's recording and report; it must not hold anything yet. Default: runs/compare-TIME.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed for all runs.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Another price list than the built-in one (docs/guides/comparing-models.md has its form).
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

/// Arguments of `knee`.
#[derive(Debug, Args)]
pub(crate) struct KneeArguments {
    /// Where is looked.
    #[command(flatten)]
    pub(crate) search: SearchArguments,
    /// Inject the plan's faults in each step: the load that survives them.
    #[arg(long)]
    pub(crate) with_faults: bool,
}

/// Arguments of `headroom`.
#[derive(Debug, Args)]
pub(crate) struct HeadroomArguments {
    /// Where is looked.
    #[command(flatten)]
    pub(crate) search: SearchArguments,
}

/// What the search for a knee and for a headroom have in common.
#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// The plan. Each step is a run of it with its load times a factor.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The first factor. Default: 0.25 for a knee, 1 for a headroom.
    #[arg(long, value_name = "FACTOR")]
    pub(crate) from: Option<f64>,
    /// The largest factor.
    #[arg(long, value_name = "FACTOR", default_value_t = 16.0)]
    pub(crate) to: f64,
    /// How many times the load of the step before, until something breaks.
    #[arg(long, value_name = "TIMES", default_value_t = 2.0)]
    pub(crate) ramp: f64,
    /// How wide the interval may be. Default: 10% for a knee, 25% for a headroom.
    #[arg(long, value_name = "SHARE")]
    pub(crate) precision: Option<Share>,
    /// How long a target that broke may take to get well again.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = units::duration::parse)]
    pub(crate) rest_max: Duration,
    /// Where it goes, with each step's recording and reports; it must not hold anything yet. Default: runs/knee-NAME-TIME or
    /// runs/headroom-NAME-TIME.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed than the plan's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Who generates the load.
    #[command(flatten)]
    pub(crate) generators: GeneratorArguments,
}

/// What stores the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineWord {
    /// A database inside of each region's process.
    Embedded,
    /// A PostgreSQL in each region.
    Postgres,
}

/// How Chirp is deployed, in the words of a plan's `target.chirp`; checked as a plan is.
#[derive(Debug, Args)]
pub(crate) struct DeploymentArguments {
    /// single-region, active-passive, read-replicas, active-active or geo-partitioned.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) model: Option<String>,
    /// local, remote or quorum.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) durability: Option<String>,
    /// last-write-wins, crdt or semantic.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) resolver: Option<String>,
    /// embedded or postgres.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) engine: Option<String>,
    /// pull or nats.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) transport: Option<String>,
    /// dns or balancer.
    #[arg(long, value_name = "WORD", conflicts_with = "plan")]
    pub(crate) steering: Option<String>,
}

/// What is written for a fleet.
#[derive(Debug, Subcommand)]
pub(crate) enum DeployCommand {
    /// Manifests for Kubernetes, a folder per cluster; no secret is in them.
    Kubernetes(PlacesArguments),
    /// Units and configuration for machines with systemd, a folder per machine; no secret is in them.
    Systemd(PlacesArguments),
    /// Certificates that say who is who: made once and kept, also as Secrets for Kubernetes.
    Credentials(CredentialsArguments),
}

/// What is to stand where: a file, or options.
#[derive(Debug, Args)]
pub(crate) struct FleetArguments {
    /// The fleet as TOML (docs/guides/fleet-kubernetes.md shows one), instead of the options.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["region", "hub", "image", "name"])]
    pub(crate) fleet: Option<PathBuf>,
    /// A region and how many agents stand there: eu-west-1=3. Again for each region.
    #[arg(long, value_name = "REGION=AGENTS")]
    pub(crate) region: Vec<String>,
    /// Where regions reach the hub, without a port. On machines: again for each of its 1, 3 or 5 servers.
    #[arg(long, value_name = "HOST")]
    pub(crate) hub: Vec<String>,
    /// The image with Landfall in it, for Kubernetes.
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// The fleet's name: the namespace, and the ending of all identities. Default: landfall.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Arguments of `deploy kubernetes` and `deploy systemd`.
#[derive(Debug, Args)]
pub(crate) struct PlacesArguments {
    /// The fleet.
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
    /// Where the files go.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Replace files that are there with another text.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Arguments of `deploy credentials`.
#[derive(Debug, Args)]
pub(crate) struct CredentialsArguments {
    /// The fleet.
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
    /// Where they are kept; only its owner can read it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// How many days a certificate is good for.
    #[arg(long, value_name = "NUMBER", default_value_t = 90)]
    pub(crate) days: i32,
    /// Make those that are there anew, by the same authority.
    #[arg(long)]
    pub(crate) renew: bool,
}

/// Arguments of `lab`.
#[derive(Debug, Args)]
pub(crate) struct LabArguments {
    /// The plan whose target is booted. Default: Chirp in three regions, as the options say.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: Option<PathBuf>,
    /// How Chirp is deployed.
    #[command(flatten)]
    pub(crate) deployment: DeploymentArguments,
    /// Where the lab keeps its data and logs; default: a temporary folder that is removed at the end.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// What is done to a run or a lab that goes on.
#[derive(Debug, Subcommand)]
pub(crate) enum FaultCommand {
    /// Break something at once. It is recorded, proven and judged as a fault of the plan, and healed when its time is over,
    /// whatever becomes of this command.
    Inject(FaultInjectArguments),
    /// Heal before its time what is broken.
    Heal(FaultHealArguments),
    /// How each fault stands: those of the plan, and those that were given.
    List(FaultListArguments),
}

/// Arguments of `fault inject`.
#[derive(Debug, Args)]
pub(crate) struct FaultInjectArguments {
    /// The folder of the run, or of the lab.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// The fault as in a plan, without `at`: 'region-loss: {region: eu-west-1}'. Or the name of one of the plan, once more and now.
    #[arg(value_name = "FAULT")]
    pub(crate) fault: String,
    /// How long it lasts, such as 15s; or write `for` in the fault.
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) length: Option<String>,
}

/// Arguments of `fault heal`.
#[derive(Debug, Args)]
pub(crate) struct FaultHealArguments {
    /// The folder of the run, or of the lab.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Which fault; left out: all that are in force.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Arguments of `fault list`.
#[derive(Debug, Args)]
pub(crate) struct FaultListArguments {
    /// The folder of the run, or of the lab.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

/// Arguments of `hold`.
#[derive(Debug, Args)]
pub(crate) struct HoldArguments {
    /// The folder of the run.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Let the load go on with its plan.
    #[arg(long)]
    pub(crate) end: bool,
}

/// Arguments of `proxy`.
#[derive(Debug, Args)]
pub(crate) struct ProxyArguments {
    /// Where the API listens; clients of Toxiproxy look there by default.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8474")]
    pub(crate) listen: String,
    /// Proxies to begin with: a JSON file as toxiproxy-server takes it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What chance comes from: jitter, pieces, toxicity.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Let the API and the proxies listen beyond this machine. Whoever reaches them can use them: there is no authentication.
    #[arg(long)]
    pub(crate) expose_without_authentication: bool,
}
