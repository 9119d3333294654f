//! A region that plays along, and a lab that plays its owner: told what is to be wrong, and wrong or not as a test wants.

use crate::zone;
use fault::{ChirpPorts, Environment, Keeper, ProcessRequest, SteeringTarget, ThirdPartyPort};
use plan::{
    fault::ThirdParty,
    resolved::{Fault, FaultKind, ResolvedPlan},
};
use record::{Entry, EventKind};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use units::{FaultName, RegionName, Share};

pub(crate) const BOUND: Duration = Duration::from_secs(60);
/// What it says that it is.
const VERSION: &str = "1.0.0";

/// How often what counts by itself goes on by one.
const BEAT: Duration = Duration::from_millis(100);

/// A number that goes on by itself.
#[derive(Debug)]
pub(crate) struct Beating {
    reached: u64,
    /// `None`: it stands.
    since: Option<Instant>,
}

impl Beating {
    fn new() -> Self {
        Self { reached: 1, since: Some(Instant::now()) }
    }

    pub(crate) fn now(&self) -> u64 {
        self.before(Duration::ZERO)
    }

    /// What it was so long ago.
    fn before(&self, ago: Duration) -> u64 {
        let beats = self.since.map_or(0, |since| since.elapsed().saturating_sub(ago).as_millis() / BEAT.as_millis());
        self.reached + beats as u64
    }

    fn stand(&mut self, stands: bool) {
        *self = Self { reached: self.now(), since: (!stands).then(Instant::now) };
    }
}

impl Default for Beating {
    fn default() -> Self {
        Self::new()
    }
}

/// What the played region was told, and what it does about it.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// Every condition that it was told, in order.
    pub(crate) told: Vec<Value>,
    /// What is on now.
    pub(crate) on: BTreeMap<String, String>,
    /// For which share of what happens.
    shares: BTreeMap<String, f64>,
    /// What decides who is hit of a share: as odd as if others were served between.
    chance: u64,
    /// It says yes to whatever is to be wrong, and does nothing of it.
    pub(crate) is_deaf: bool,
    /// It says yes to whatever is to be right again, and does nothing of it.
    pub(crate) clings: bool,
    /// It takes no conditions.
    pub(crate) refuses: bool,
    /// Entries of its own log.
    pub(crate) entries: u64,
    /// The same of a log that goes on by itself.
    pub(crate) log: Option<Beating>,
    /// The log of the other region there, and what of it is here.
    others: Beating,
    taken_in: Beating,
    /// The serial number of the zone.
    pub(crate) zone: Beating,
    /// The geo-DNS sends users here while all is well.
    pub(crate) sends_here: bool,
    /// It answers nobody.
    pub(crate) stands_still: bool,
    /// Posts, and those of them that are in the follower's time line.
    posts: (u64, Vec<String>),
    /// What was kept of them.
    kept: Option<u64>,
    /// It comes back with all that it had, whatever is put in its place.
    pub(crate) forgets_nothing: bool,
    /// It stands by: another one writes.
    pub(crate) is_passive: bool,
    /// Who writes.
    pub(crate) writer: Option<String>,
    /// Which version runs instead of its own.
    release: Option<String>,
    /// How many connections it can have.
    connections_max: Option<usize>,
    /// How many it has.
    connections: usize,
    /// Calls of it as a third party.
    calls: usize,
    /// Where users come in; nowhere while it is lost.
    door: Option<JoinHandle<()>>,
    /// What it is to the kernel: while all is well, and under pressure.
    processes: Option<(Process, Process)>,
}

impl Played {
    /// The answer, where there is one.
    fn answer(&mut self, path: &str, body: &[u8]) -> Option<(u16, Value)> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let well = json!({});
        let answer = match path {
            "/admin/conditions" if self.refuses => (400, json!({"error": "not here"})),
            "/admin/conditions" => {
                self.told.push(body.clone());
                self.set(&body);
                (200, well)
            }
            "/admin/conditions/clear" => {
                let name = body["name"].as_str().unwrap();
                if !self.clings && self.on.remove(name).is_some() {
                    self.stand(name, false);
                }
                (200, well)
            }
            "/peer/logs" => {
                let own = self.log.as_ref().map_or(self.entries, Beating::now);
                let lag = self.on.get("replication-lag").map_or(Duration::ZERO, |lag| milliseconds(lag));
                let logs = [("us-east-1", "one", own), ("eu-west-1", "two", self.taken_in.before(lag))];
                (200, json!({"logs": logs.map(|(origin, log, seq)| json!({"origin": origin, "log": log, "seq": seq}))}))
            }
            AWAY => (200, json!({"logs": [{"origin": "eu-west-1", "log": "two", "seq": self.others.now()}]})),
            "/peer/lease" => (200, json!([{"partition": "all", "epoch": 1, "writer": self.writer}])),
            "/admin/promote" => {
                self.told.push(body.clone());
                if !self.is_deaf && body["withdrawn"] == false {
                    self.writer = Some("us-east-1".to_owned());
                }
                (200, well)
            }
            "/livez" => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
                let off = self.on.get("clock-offset");
                let off: i64 = off.map_or(0, |ms| ms.trim_end_matches("ms").parse().unwrap());
                let version = self.release.as_deref().unwrap_or(VERSION);
                (200, json!({"status": "ok", "wall_ms": now + off, "version": version}))
            }
            "/admin/drain" => (200, well),
            "/healthz" if self.hits("health-red") => (503, json!({"status": "failing"})),
            "/healthz" if self.is_passive => (503, json!({"status": "passive"})),
            "/healthz" => (200, json!({"status": "ok"})),
            "/v1/posts" => {
                self.posts.0 += 1;
                let id = self.posts.0.to_string();
                if !self.hits("fan-out-dropped") {
                    self.posts.1.push(id.clone());
                }
                (201, json!({"id": id}))
            }
            _ if path.contains("/timeline") => {
                let newest = self.posts.1.iter().rev().take(50);
                (200, json!({"posts": newest.map(|id| json!({"id": id})).collect::<Vec<_>>()}))
            }
            _ if path.starts_with("/v1/posts/") || path.starts_with("/v1/users/landfall-probe-") => (200, well),
            "/v1/sessions" if self.on.contains_key("token-key-missing") => (503, well),
            "/v1/sessions" => (201, well),
            "/v1/previews" => {
                self.calls += 1;
                match () {
                    () if self.on.contains_key("provider-hangs") => return None,
                    // Of a share of its calls: every other one.
                    () if self.on.contains_key("provider-fails") && self.calls.is_multiple_of(2) => (500, well),
                    () => (200, well),
                }
            }
            _ if self.hits("http-errors") => (self.on["http-errors"].parse().unwrap(), json!({"error": "on purpose"})),
            _ => (404, json!({"error": "no such user"})),
        };
        Some(answer)
    }

    fn set(&mut self, condition: &Value) {
        let text = |key: &str| condition[key].as_str().unwrap().to_owned();
        if !self.is_deaf {
            let (name, value) = (text("name"), text("value"));
            self.shares.insert(name.clone(), condition["share"].as_f64().unwrap());
            if self.on.insert(name.clone(), value).is_none() {
                self.stand(&name, true);
            }
        }
    }

    /// Whether that condition is on and hits whatever comes now.
    pub(crate) fn hits(&mut self, condition: &str) -> bool {
        // Knuth's generator, of which the upper bits are odd enough.
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = (self.chance >> 33) as f64 / (1_u64 << 31) as f64;
        self.on.contains_key(condition) && drawn < self.shares[condition]
    }

    /// What a condition makes stand, or go on.
    fn stand(&mut self, condition: &str, stands: bool) {
        match condition {
            "storage-stalled" => self.log.as_mut().unwrap().stand(stands),
            "replication-stopped" => self.taken_in.stand(stands),
            "dns-frozen" => self.zone.stand(stands),
            _ => {}
        }
    }

    /// How long an answer is held back.
    fn pause(&self, path: &str) -> Duration {
        let slow = self.on.get("storage-slow").filter(|_| path == "/healthz");
        slow.map_or(Duration::ZERO, |by| milliseconds(by))
    }

    /// What is done with its processes. Whoever asked may wait no more: a look that takes too long is cut off.
    fn handle(&mut self, request: ProcessRequest) {
        let reply = match request {
            ProcessRequest::KeepData { reply, .. } => {
                self.kept = Some(self.entries);
                reply
            }
            ProcessRequest::PutBackData { reply, .. } => {
                let kept = self.kept.take().unwrap();
                self.entries = if self.forgets_nothing { self.entries } else { kept };
                reply
            }
            ProcessRequest::Kill { reply, .. } => {
                if !self.is_deaf {
                    self.door.take().unwrap().abort();
                }
                reply
            }
            // Whoever calls this has done it.
            ProcessRequest::Start { reply, .. } => reply,
            ProcessRequest::LimitDescriptors { reply, left, .. } => {
                if !(if left.is_some() { self.is_deaf } else { self.clings }) {
                    self.connections_max = left.map(|left| left as usize);
                }
                reply
            }
            ProcessRequest::Replace { reply, release, .. } => {
                if !(if release.is_some() { self.is_deaf } else { self.clings }) {
                    self.release = release.map(|release| release.arguments[1].clone());
                }
                reply
            }
            ProcessRequest::Id { reply, .. } => return drop(reply.send(Ok(self.process()))),
            ProcessRequest::Throttle { reply, running, .. } => {
                let stands = running == Share::NONE;
                if !(if stands { self.is_deaf } else { self.clings }) {
                    self.stands_still = stands;
                }
                reply
            }
        };
        drop(reply.send(Ok("done".to_owned())));
    }

    /// Which process it is to the kernel.
    fn process(&self) -> u32 {
        let (well, pressed) = self.processes.as_ref().expect("a test that asks has started them");
        if self.on.is_empty() { well.0.id() } else { pressed.0.id() }
    }

    /// Processes of which one does nothing, and the other what that script says once it is ready.
    pub(crate) fn start_processes(&mut self, script: &str) {
        self.processes = Some((Process::start("echo ready; read end"), Process::start(script)));
    }
}

/// A process that says when it is ready, and ends with its owner.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn start(script: &str) -> Self {
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Where the other region tells of its logs.
const AWAY: &str = "/peer/logs of the other region";

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.trim_end_matches("ms").parse().unwrap())
}

async fn serve(stream: TcpStream, played: Arc<Mutex<Played>>, is_away: bool) {
    let has_place = {
        let mut played = played.lock().unwrap();
        played.connections += 1;
        !played.stands_still && played.connections_max.is_none_or(|most| played.connections <= most)
    };
    exchange(stream, has_place, is_away, &played).await;
    played.lock().unwrap().connections -= 1;
}

async fn exchange(mut stream: TcpStream, has_place: bool, is_away: bool, played: &Mutex<Played>) -> Option<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let (head, body) = loop {
        let length = stream.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&buffer[..length]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if request.len() >= end + 4 + length.unwrap_or(0) {
            break (head, request[end + 4..].to_vec());
        }
    };
    let path = if is_away { AWAY } else { head.split(' ').nth(1)? };
    let pause = played.lock().unwrap().pause(path);
    sleep(pause).await;
    let answer = if has_place { played.lock().unwrap().answer(path, &body) } else { None };
    if let Some((status, answer)) = &answer {
        let answer = answer.to_string();
        let head = format!("HTTP/1.1 {status} So\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()?;
    }
    if answer.is_none() || !head.contains("connection: close") {
        // The other side keeps it as long as it likes.
        while stream.read(&mut buffer).await.ok()? > 0 {}
    }
    Some(())
}

/// A plan with this fault, and a region that plays along.
pub(crate) struct Stage {
    pub(crate) plan: ResolvedPlan,
    pub(crate) environment: Environment,
    events: mpsc::Receiver<Entry>,
    output: mpsc::Sender<Entry>,
    pub(crate) played: Arc<Mutex<Played>>,
}

/// Serves connections to an address of its own; answers that.
async fn play(played: &Arc<Mutex<Played>>, is_away: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, played) = (listener.local_addr().unwrap(), Arc::clone(played));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&played), is_away));
        }
    });
    address
}

pub(crate) async fn stage(kind: impl Into<FaultKind>) -> Stage {
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let users = door.local_addr().unwrap();
    let played = Arc::new(Mutex::new(Played { door: Some(open(door)), ..Played::default() }));
    let address = play(&played, false).await;
    let zone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = zone.local_addr().unwrap();
    zone::serve(zone, Arc::clone(&played));
    let mut plan = plan::resolved::read(include_str!("../plan.json")).unwrap();
    let fault = Fault::new(name(), kind.into(), Duration::ZERO, Duration::from_secs(5));
    plan.faults = vec![Fault { lease: Duration::from_secs(30), verify_within: Duration::from_secs(2), ..fault }];
    let (output, events) = mpsc::channel(64);
    let everywhere = |address: SocketAddr| vec![address; plan.regions.len()];
    let environment = Environment {
        regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
        user_addresses: vec![vec![users]],
        populations: plan.populations.len(),
        network: wan::Network::from_plan(&plan),
        peer_addresses: BTreeMap::new(),
        relay: None,
        kernel: None,
        processes: Some(play_lab(users, &played)),
        chirp: Some(ChirpPorts {
            regions: everywhere(address),
            users: everywhere(address),
            edges: Vec::new(),
            steering: address,
            resolver,
            name: "chirp.test".to_owned(),
            tls: None,
            doors: vec![vec![address]; plan.regions.len()],
            targets: vec![SteeringTarget { name: "us-east-1".to_owned(), addresses: vec![zone::HERE] }],
            health_interval: Duration::from_secs(1),
            askers: vec![zone::HERE],
            third_parties: BTreeMap::from([(ThirdParty::Previews, ThirdPartyPort { calls: address, admin: address })]),
        }),
        holder: Vec::new(),
        hook_log: std::env::temp_dir().join("landfall-test-hooks.log"),
        hook_folder: std::env::temp_dir(),
        hook_variables: BTreeMap::new(),
    };
    Stage { plan, environment, events, output, played }
}

/// Users who come in and are heard no further.
fn open(door: TcpListener) -> JoinHandle<()> {
    tokio::spawn(async move { while door.accept().await.is_ok() {} })
}

/// A lab whose only region is the played one.
fn play_lab(users: SocketAddr, played: &Arc<Mutex<Played>>) -> mpsc::Sender<ProcessRequest> {
    let (port, mut requests) = mpsc::channel(4);
    let played = Arc::clone(played);
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let starts = matches!(request, ProcessRequest::Start { .. }) && {
                let played = played.lock().unwrap();
                played.door.is_none() && !played.clings
            };
            if starts {
                let door = open(TcpListener::bind(users).await.unwrap());
                played.lock().unwrap().door = Some(door);
            }
            played.lock().unwrap().handle(request);
        }
    });
    port
}

impl Stage {
    /// Puts another region beside the played one.
    pub(crate) async fn with_another(mut self) -> Self {
        let away = play(&self.played, true).await;
        self.environment.regions.push(RegionName::new("eu-west-1"));
        self.environment.chirp.as_mut().unwrap().regions.push(away);
        self
    }

    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::start(&self.plan, self.environment.clone(), Instant::now(), &self.output).unwrap()
    }

    /// The next events until one of this kind; answers what that says.
    pub(crate) async fn until(&mut self, wanted: &EventKind) -> String {
        self.until_one_of(std::slice::from_ref(wanted)).await
    }

    /// The same until one of one of these kinds.
    pub(crate) async fn until_one_of(&mut self, wanted: &[EventKind]) -> String {
        let mut others = Vec::new();
        loop {
            let entry = timeout(BOUND, self.events.recv()).await;
            let entry = entry.unwrap_or_else(|_| panic!("{wanted:?} does not come, but {others:?}")).unwrap();
            let Entry::Event(event) = entry else { panic!("{entry:?}") };
            if wanted.contains(&event.kind) {
                return event.text;
            }
            others.push((event.kind, event.text));
        }
    }
}

pub(crate) fn region() -> RegionName {
    RegionName::new("us-east-1")
}

pub(crate) fn name() -> FaultName {
    FaultName::new("wrong")
}
