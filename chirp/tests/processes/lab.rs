//! A deployment on loopback addresses of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Reply, request};
use crate::turn::Turn;

pub(crate) const EU: &str = "eu-west-1";
pub(crate) const US: &str = "us-east-1";
pub(crate) const AP: &str = "ap-southeast-1";
/// The three regions of most labs.
pub(crate) const REGIONS: &[&str] = &[EU, US, AP];

/// Longer than anything takes on a machine that is busy with other things.
const BOUND: Duration = Duration::from_secs(90);

/// Probes follow each other quickly, and a slow answer is no failure.
pub(crate) const HEALTH: &str = "health_interval_ms = 100\nhealth_timeout_ms = 60000";

/// Waits until `state` is there.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut state: impl FnMut() -> bool) {
    let began = Instant::now();
    while !state() {
        assert!(began.elapsed() < BOUND, "waited {BOUND:?} for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until so many posts are in a user's time line in each of these.
#[track_caller]
pub(crate) fn wait_for_posts(lab: &Lab, regions: &[&str], user: &str, count: usize) {
    for region in regions {
        wait_until(&format!("{count} posts in {region}"), || lab.timeline(region, user).len() == count);
    }
}

/// How a lab differs from the plain one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabPlan<'a> {
    pub(crate) regions: &'a [&'a str],
    pub(crate) defects: &'a [&'a str],
    /// Lines at the top of the configuration.
    pub(crate) top: &'a str,
    /// (region, its zone)
    pub(crate) zones: &'a [(&'a str, &'a str)],
    /// Whole tables.
    pub(crate) tables: &'a str,
    /// Lines in `[replication]`.
    pub(crate) replication: &'a str,
    /// Lines in `[limits]`.
    pub(crate) limits: &'a str,
    /// Clock offsets of regions, in milliseconds.
    pub(crate) clock_offsets_ms: &'a [(&'a str, i64)],
    /// (reader, peer, where the reader reaches it); the reader may be an edge
    pub(crate) links: &'a [(&'a str, &'a str, SocketAddr)],
    /// The same for the NATS servers of regions.
    pub(crate) nats_links: &'a [(&'a str, &'a str, SocketAddr)],
    /// And for their PostgreSQL servers.
    pub(crate) postgres_links: &'a [(&'a str, &'a str, SocketAddr)],
    /// (edge, the region that it is nearest to)
    pub(crate) edges: &'a [(&'a str, &'a str)],
    /// Lines in `[balancer]`.
    pub(crate) balancer: &'a str,
    /// Lines in `[steering]`.
    pub(crate) steering: &'a str,
    /// Tables at the end of the configuration; `NET` in it is the lab's network, as in `NET.150:7600`.
    pub(crate) end: &'a str,
}

impl LabPlan<'_> {
    /// One region, nothing special.
    pub(crate) const PLAIN: LabPlan<'static> = LabPlan {
        regions: &[EU],
        defects: &[],
        top: "seed_users = 6\nfollows_per_user = 0",
        replication: "heartbeat_ms = 100\nretry_ms_max = 200",
        // A busy machine must not look like a broken region.
        tables: "",
        zones: &[],
        limits: "write_deadline_ms = 60000\nread_deadline_ms = 60000",
        clock_offsets_ms: &[],
        links: &[],
        nats_links: &[],
        postgres_links: &[],
        edges: &[],
        balancer: HEALTH,
        steering: "",
        end: "",
    };
}

impl Default for LabPlan<'_> {
    fn default() -> Self {
        Self::PLAIN
    }
}

pub(crate) struct Lab {
    directory: TempDir,
    regions: BTreeMap<String, [SocketAddr; 2]>,
    pub(crate) dns: SocketAddr,
    processes: BTreeMap<String, Process>,
    /// Given back after the processes have ended.
    _turn: Arc<Turn>,
}

impl Lab {
    pub(crate) fn new(plan: &LabPlan<'_>) -> Self {
        let turn = Turn::take();
        let (mut regions, dns) = addresses(plan.regions);
        for (index, (edge, _)) in plan.edges.iter().enumerate() {
            let IpAddr::V4(ip) = dns.ip() else { unreachable!("labs are on IPv4") };
            let [first, second, third, _] = ip.octets();
            let listen = SocketAddr::from(([first, second, third, 100 + index as u8], dns.port()));
            regions.insert((*edge).to_owned(), [listen, listen]);
        }
        // PostgreSQL runs as another user and has to pass through.
        let passable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        let directory = tempfile::Builder::new().permissions(passable).tempdir().unwrap();
        let lab = Self { directory, regions, dns, processes: BTreeMap::new(), _turn: turn };
        std::fs::write(lab.config(), lab.config_text(plan)).unwrap();
        lab
    }

    /// A lab of which all regions serve.
    pub(crate) fn serving(plan: &LabPlan<'_>) -> Self {
        let mut lab = Self::new(plan);
        lab.serve(plan.regions);
        lab
    }

    /// Starts regions, and waits until all of them serve.
    pub(crate) fn serve(&mut self, regions: &[&str]) {
        for region in regions {
            self.start(region);
        }
        for region in regions {
            self.process(region).wait_for("serving");
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.directory.path().join("chirp.toml")
    }

    /// The data directory of a region.
    pub(crate) fn data(&self, region: &str) -> PathBuf {
        self.directory.path().join("data").join(region)
    }

    fn config_text(&self, plan: &LabPlan<'_>) -> String {
        let mut text = format!(
            "defects = {:?}\n{}\n{}\n[limits]\n{}\n[replication]\n{}\n",
            plan.defects, plan.top, plan.tables, plan.limits, plan.replication
        );
        let (listen, admin) = (self.dns, beside(self.dns));
        write!(
            text,
            "[steering]\nname = \"chirp.test\"\nlisten = \"{listen}\"\nadmin_listen = \"{admin}\"\n{HEALTH}\n{}\n",
            plan.steering
        )
        .unwrap();
        // 127.65 is near the first region, 127.66 near the second, and so on.
        for (index, _) in plan.regions.iter().enumerate() {
            let mut prefer = plan.regions.to_vec();
            prefer.rotate_left(index);
            let network = format!("127.{}.0.0/16", 65 + index);
            write!(text, "[[steering.network]]\nnetwork = \"{network}\"\nprefer = {prefer:?}\n").unwrap();
        }
        for region in plan.regions {
            let [listen, peer_listen] = self.regions[*region];
            let offset = plan.clock_offsets_ms.iter().find(|(name, _)| name == region).map_or(0, |(_, offset)| *offset);
            write!(text, "[[region]]\nname = \"{region}\"\nlisten = \"{listen}\"\npeer_listen = \"{peer_listen}\"\n")
                .unwrap();
            if let Some((_, zone)) = plan.zones.iter().find(|(name, _)| name == region) {
                writeln!(text, "zone = {zone:?}").unwrap();
            }
            write!(text, "data = \"data/{region}\"\nclock_offset_ms = {offset}\n[region.peers]\n").unwrap();
            for peer in plan.regions.iter().filter(|peer| *peer != region) {
                let link = plan.links.iter().find(|(reader, other, _)| reader == region && other == peer);
                let address = link.map_or(self.regions[*peer][1], |(_, _, address)| *address);
                writeln!(text, "{peer} = \"{address}\"").unwrap();
            }
            for (table, links) in [("nats_peers", plan.nats_links), ("postgres_peers", plan.postgres_links)] {
                writeln!(text, "[region.{table}]").unwrap();
                for (_, peer, address) in links.iter().filter(|(reader, _, _)| reader == region) {
                    writeln!(text, "{peer} = \"{address}\"").unwrap();
                }
            }
        }
        write!(text, "[balancer]\n{}\n", plan.balancer).unwrap();
        for (edge, near) in plan.edges {
            let listen = self.regions[*edge][0];
            let admin = beside(listen);
            write!(text, "[[edge]]\nname = \"{edge}\"\nlisten = \"{listen}\"\nadmin_listen = \"{admin}\"\nnear = [\"{near}\"]\n[edge.regions]\n")
                .unwrap();
            for (_, region, address) in plan.links.iter().filter(|(reader, _, _)| reader == edge) {
                writeln!(text, "{region} = \"{address}\"").unwrap();
            }
        }
        let SocketAddr::V4(dns) = self.dns else { unreachable!("labs are on IPv4") };
        let [a, b, c, _] = dns.ip().octets();
        text + &plan.end.replace("NET", &format!("{a}.{b}.{c}"))
    }

    /// Starts a region and waits until it listens.
    pub(crate) fn start(&mut self, region: &str) -> &Process {
        let config = self.config();
        let arguments = ["region", "--region", region, "--exit-with-stdin", "--config", config.to_str().unwrap()];
        self.spawn(region, &arguments)
    }

    /// Starts a third party and waits until it listens.
    pub(crate) fn start_provider(&mut self, name: &str) -> &Process {
        let config = self.config();
        let arguments = ["provider", "--provider", name, "--exit-with-stdin", "--config", config.to_str().unwrap()];
        self.spawn(name, &arguments)
    }

    /// Starts the geo-DNS and waits until it listens.
    pub(crate) fn start_dns(&mut self) -> &Process {
        let config = self.config();
        self.spawn("dns", &["dns", "--exit-with-stdin", "--config", config.to_str().unwrap()])
    }

    /// Starts an edge and waits until it has found a region that serves.
    pub(crate) fn start_edge(&mut self, edge: &str) -> &Process {
        let config = self.config();
        let arguments = ["edge", "--edge", edge, "--exit-with-stdin", "--config", config.to_str().unwrap()];
        self.spawn(edge, &arguments);
        wait_until("the edge has found a region", || self.get(edge, "/healthz").status == 200);
        self.process(edge)
    }

    fn spawn(&mut self, name: &str, arguments: &[&str]) -> &Process {
        let process = Process::spawn(name, arguments, self.directory.path().join(format!("{name}.log")));
        process.wait_for("ready");
        self.processes.insert(name.to_owned(), process);
        &self.processes[name]
    }

    pub(crate) fn process(&self, name: &str) -> &Process {
        &self.processes[name]
    }

    /// Runs a command of the binary to its end; answers its exit code and standard output.
    pub(crate) fn chirp(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let config = self.config();
        let (name, rest) = arguments.split_first().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_chirp"))
            .arg(name)
            .arg("--config")
            .arg(config)
            .args(rest)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    /// Makes something wrong with a region, for longer than a test takes.
    #[track_caller]
    pub(crate) fn set(&self, region: &str, what: &str) {
        let (code, said) = self.chirp(&["condition", "--region", region, "set", what, "--lease", "10m"]);
        assert_eq!(code, Some(0), "{region} {what}: {said}");
    }

    /// Nothing is wrong with a region any more.
    #[track_caller]
    pub(crate) fn clear(&self, region: &str) {
        assert_eq!(self.chirp(&["condition", "--region", region, "clear"]), (Some(0), "none\n".into()), "{region}");
    }

    pub(crate) fn runs(&self, name: &str) -> bool {
        self.processes.contains_key(name)
    }

    /// kill -9, and the dead is buried.
    pub(crate) fn kill(&mut self, name: &str) {
        drop(self.processes.remove(name));
    }

    /// Gives the process out of the lab's hands.
    pub(crate) fn take(&mut self, name: &str) -> Process {
        self.processes.remove(name).unwrap()
    }

    pub(crate) fn listen(&self, region: &str) -> SocketAddr {
        self.regions[region][0]
    }

    pub(crate) fn peer_listen(&self, region: &str) -> SocketAddr {
        self.regions[region][1]
    }

    #[track_caller]
    pub(crate) fn get(&self, region: &str, path: &str) -> Reply {
        request(self.listen(region), "GET", path, &[], "").unwrap_or_else(|error| panic!("{region} {path}: {error}"))
    }

    #[track_caller]
    pub(crate) fn send(&self, region: &str, method: &str, path: &str, body: &str) -> Reply {
        let reply = request(self.listen(region), method, path, &[], body);
        reply.unwrap_or_else(|error| panic!("{region} {method} {path}: {error}"))
    }

    /// A post that must be taken; answers its id.
    #[track_caller]
    pub(crate) fn post(&self, region: &str, author: &str, text: &str, key: Option<&str>) -> String {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let body = serde_json::json!({ "author": author, "text": text }).to_string();
        let reply = request(self.listen(region), "POST", "/v1/posts", &headers, &body).unwrap();
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// The ids in a user's home time line.
    #[track_caller]
    pub(crate) fn timeline(&self, region: &str, user: &str) -> Vec<String> {
        let reply = self.get(region, &format!("/v1/users/{user}/timeline?limit=800"));
        assert_eq!(reply.status, 200, "{reply:?}");
        let posts = reply.json()["posts"].as_array().unwrap().clone();
        posts.iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The value of a metric, such as `chirp_serving` or `chirp_x{peer="us"}`.
    #[track_caller]
    pub(crate) fn metric(&self, region: &str, name: &str) -> Option<f64> {
        let text = self.get(region, "/metrics").body;
        let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(series, _)| series == name))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }
}

/// Where the conditions of a process are set that listens there.
fn beside(listen: SocketAddr) -> SocketAddr {
    SocketAddr::new(listen.ip(), listen.port() - 1)
}

/// Every lab has its own addresses, so that labs of one test run cannot meet; labs of two test runs at the
/// same time most likely do not either, and if they do, a free port is taken.
fn addresses(regions: &[&str]) -> (BTreeMap<String, [SocketAddr; 2]>, SocketAddr) {
    static LABS: AtomicU8 = AtomicU8::new(1);
    let lab = LABS.fetch_add(1, Ordering::Relaxed);
    let run = 130 + (std::process::id() % 100) as u8;
    let ip = |index: usize| Ipv4Addr::new(127, run, lab, 1 + index as u8);
    let is_free = |port: u16| (0..regions.len()).all(|index| TcpListener::bind((ip(index), port)).is_ok());
    let free = || {
        let port = TcpListener::bind((ip(0), 0)).unwrap().local_addr().unwrap().port();
        is_free(port).then_some(port)
    };
    let port = (0..1000).find_map(|_| free()).unwrap();
    // The kernel may well give the same one again.
    let peer_port = (0..1000).find_map(|_| free().filter(|other| *other != port)).unwrap();
    let pair = |index| [(ip(index), port).into(), (ip(index), peer_port).into()];
    let regions = regions.iter().enumerate().map(|(index, region)| ((*region).to_owned(), pair(index))).collect();
    (regions, (Ipv4Addr::new(127, run, lab, 200), port).into())
}

/// A process of the binary. Dropping it kills it.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    events: Arc<Mutex<Vec<Value>>>,
    log: PathBuf,
}

impl Process {
    fn spawn(name: &str, arguments: &[&str], log: PathBuf) -> Self {
        let stderr = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_chirp"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let (stdout, sink) = (child.stdout.take().unwrap(), Arc::clone(&events));
        // Ends with the process, whose death closes the pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|_| Value::String(line));
                sink.lock().unwrap().push(event);
            }
        });
        let stdin = child.stdin.take();
        Self { name: name.to_owned(), child, stdin, events, log }
    }

    /// Everything that it has said so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().clone()
    }

    /// How often it has said this.
    pub(crate) fn count(&self, event: &str) -> usize {
        self.events().iter().filter(|said| said["event"] == event).count()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn wait_for(&self, event: &str) {
        let began = Instant::now();
        while self.count(event) == 0 {
            let log = || std::fs::read_to_string(&self.log).unwrap_or_default();
            assert!(began.elapsed() < BOUND, "{} never said {event}: {:?}\n{}", self.name, self.events(), log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the process ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL, by id. It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
