//! A region that plays along, and a lab that plays its owner: told what is to be wrong, and wrong or not as a test wants.

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
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};
use units::{FaultName, RegionName};

pub(crate) const BOUND: Duration = Duration::from_secs(60);
/// What it says that it is.
const VERSION: &str = "1.0.0";

/// What the played region was told, and what it does about it.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// Every condition that it was told, in order.
    pub(crate) told: Vec<Value>,
    /// What is on now.
    pub(crate) on: BTreeMap<String, String>,
    /// It says yes to whatever is to be wrong, and does nothing of it.
    pub(crate) is_deaf: bool,
    /// It says yes to whatever is to be right again, and does nothing of it.
    pub(crate) clings: bool,
    /// It takes no conditions.
    pub(crate) refuses: bool,
    /// Entries of its own log.
    pub(crate) entries: u64,
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
                if !self.clings {
                    self.on.remove(body["name"].as_str().unwrap());
                }
                (200, well)
            }
            "/peer/logs" => (200, json!({"logs": [{"origin": "us-east-1", "log": "one", "seq": self.entries}]})),
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
            "/healthz" if self.on.contains_key("health-red") => (503, json!({"status": "failing"})),
            "/healthz" if self.is_passive => (503, json!({"status": "passive"})),
            "/healthz" => (200, json!({"status": "ok"})),
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
            _ => match self.on.get("http-errors") {
                Some(status) => (status.parse().unwrap(), json!({"error": "on purpose"})),
                None => (404, json!({"error": "no such user"})),
            },
        };
        Some(answer)
    }

    fn set(&mut self, condition: &Value) {
        let text = |key: &str| condition[key].as_str().unwrap().to_owned();
        if !self.is_deaf {
            self.on.insert(text("name"), text("value"));
        }
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
            other @ ProcessRequest::Throttle { .. } => panic!("{other:?}"),
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

async fn serve(stream: TcpStream, played: Arc<Mutex<Played>>) {
    let has_place = {
        let mut played = played.lock().unwrap();
        played.connections += 1;
        played.connections_max.is_none_or(|most| played.connections <= most)
    };
    exchange(stream, has_place, &played).await;
    played.lock().unwrap().connections -= 1;
}

async fn exchange(mut stream: TcpStream, has_place: bool, played: &Mutex<Played>) -> Option<()> {
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
    let path = head.split(' ').nth(1)?;
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

pub(crate) async fn stage(kind: impl Into<FaultKind>) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let users = door.local_addr().unwrap();
    let played = Arc::new(Mutex::new(Played { door: Some(open(door)), ..Played::default() }));
    let theirs = Arc::clone(&played);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&theirs)));
        }
    });
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
            resolver: address,
            name: "chirp.test".to_owned(),
            tls: None,
            doors: vec![vec![address]; plan.regions.len()],
            targets: vec![SteeringTarget { name: "us-east-1".to_owned(), addresses: vec![Ipv4Addr::LOCALHOST] }],
            health_interval: Duration::from_secs(1),
            askers: vec![Ipv4Addr::LOCALHOST],
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
    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::start(&self.plan, self.environment.clone(), Instant::now(), &self.output).unwrap()
    }

    /// The next events until one of this kind; answers what that says.
    pub(crate) async fn until(&mut self, wanted: &EventKind) -> String {
        let mut others = Vec::new();
        loop {
            let entry = timeout(BOUND, self.events.recv()).await;
            let entry = entry.unwrap_or_else(|_| panic!("{wanted:?} does not come, but {others:?}")).unwrap();
            let Entry::Event(event) = entry else { panic!("{entry:?}") };
            if event.kind == *wanted {
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
