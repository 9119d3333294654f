//! Faults of a running Chirp against a process that plays one region of it: told, renewed and cleared over HTTP, and proven by
//! what is measured and not by what it says.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::{ChirpPorts, Environment, Keeper, ProcessRequest, SteeringTarget};
use plan::{
    fault::{Clock, ClockError, DataAge, Http, HttpWrong, Promoted, Promotion, RegionLoss},
    resolved::{Fault, FaultKind, ResolvedPlan},
};
use record::{Entry, EventKind};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};
use units::{FaultName, RegionName, Share};

const BOUND: Duration = Duration::from_secs(30);

/// What the played region was told, and what it does about it.
#[derive(Debug, Default)]
struct Played {
    /// Every condition that it was told, in order.
    told: Vec<Value>,
    /// What is on now.
    on: BTreeMap<String, String>,
    /// It takes conditions in and does nothing of it.
    is_deaf: bool,
    /// It takes none.
    refuses: bool,
    /// Entries of its own log.
    entries: u64,
    /// What was kept of them.
    kept: Option<u64>,
    /// It comes back with all that it had, whatever is put in its place.
    forgets_nothing: bool,
    /// Who writes.
    writer: Option<String>,
}

impl Played {
    fn answer(&mut self, path: &str, body: &[u8]) -> (u16, Value) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match path {
            "/admin/conditions" if self.refuses => (400, json!({"error": "not here"})),
            "/admin/conditions" => {
                self.told.push(body.clone());
                let text = |key: &str| body[key].as_str().unwrap().to_owned();
                self.on.insert(text("name"), text("value"));
                (200, json!({}))
            }
            "/admin/conditions/clear" => {
                self.on.remove(body["name"].as_str().unwrap());
                (200, json!({}))
            }
            "/peer/logs" => (200, json!({"logs": [{"origin": "us-east-1", "log": "one", "seq": self.entries}]})),
            "/peer/lease" => (200, json!([{"partition": "all", "epoch": 1, "writer": self.writer}])),
            "/admin/promote" => {
                self.told.push(body.clone());
                if !self.is_deaf && body["withdrawn"] == false {
                    self.writer = Some("us-east-1".to_owned());
                }
                (200, json!({}))
            }
            "/livez" => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
                let off = self.on.get("clock-offset").filter(|_| !self.is_deaf);
                let off: i64 = off.map_or(0, |ms| ms.trim_end_matches("ms").parse().unwrap());
                (200, json!({"status": "ok", "wall_ms": now + off}))
            }
            _ => match self.on.get("http-errors").filter(|_| !self.is_deaf) {
                Some(status) => (status.parse().unwrap(), json!({"error": "on purpose"})),
                None => (404, json!({"error": "no such user"})),
            },
        }
    }
}

async fn serve(mut stream: TcpStream, played: Arc<Mutex<Played>>) {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let body = loop {
        let Ok(length @ 1..) = stream.read(&mut buffer).await else { return };
        request.extend_from_slice(&buffer[..length]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if request.len() >= end + 4 + length.unwrap_or(0) {
            break request[end + 4..].to_vec();
        }
    };
    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap().to_owned();
    let (status, answer) = played.lock().unwrap().answer(&path, &body);
    let answer = answer.to_string();
    let head = format!("HTTP/1.1 {status} So\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    // The probe may have gone away.
    let _ = stream.write_all(format!("{head}{answer}").as_bytes()).await;
}

/// A plan with this fault, and a region that plays along.
struct Stage {
    plan: ResolvedPlan,
    environment: Environment,
    events: mpsc::Receiver<Entry>,
    output: mpsc::Sender<Entry>,
    played: Arc<Mutex<Played>>,
}

async fn stage(kind: impl Into<FaultKind>) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let played = Arc::new(Mutex::new(Played::default()));
    let theirs = Arc::clone(&played);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&theirs)));
        }
    });
    let mut plan = plan::resolved::read(include_str!("plan.json")).unwrap();
    let fault = Fault::new(FaultName::new("wrong"), kind.into(), Duration::ZERO, Duration::from_secs(5));
    plan.faults = vec![Fault { lease: BOUND, verify_within: Duration::from_secs(2), ..fault }];
    let (output, events) = mpsc::channel(64);
    let everywhere = |address: SocketAddr| vec![address; plan.regions.len()];
    let environment = Environment {
        regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
        user_addresses: Vec::new(),
        populations: plan.populations.len(),
        network: wan::Network::from_plan(&plan),
        peer_addresses: BTreeMap::new(),
        relay: None,
        kernel: None,
        processes: None,
        chirp: Some(ChirpPorts {
            regions: everywhere(address),
            users: everywhere(address),
            edges: Vec::new(),
            steering: address,
            resolver: address,
            name: "chirp.test".to_owned(),
            doors: vec![vec![address]; plan.regions.len()],
            targets: vec![SteeringTarget { name: "us-east-1".to_owned(), addresses: vec![Ipv4Addr::LOCALHOST] }],
            health_interval: Duration::from_secs(1),
            askers: vec![Ipv4Addr::LOCALHOST],
            third_parties: BTreeMap::new(),
        }),
        holder: Vec::new(),
        hook_log: std::env::temp_dir().join("landfall-test-hooks.log"),
        hook_folder: std::env::temp_dir(),
        hook_variables: BTreeMap::new(),
    };
    Stage { plan, environment, events, output, played }
}

impl Stage {
    fn keeper(&self) -> Keeper {
        Keeper::start(&self.plan, self.environment.clone(), Instant::now(), &self.output).unwrap()
    }

    /// The next events until one of this kind; answers what that says.
    async fn until(&mut self, wanted: &EventKind) -> String {
        loop {
            let entry = timeout(BOUND, self.events.recv()).await.expect("the event comes").unwrap();
            let Entry::Event(event) = entry else { panic!("{entry:?}") };
            if event.kind == *wanted {
                return event.text;
            }
        }
    }
}

fn region() -> RegionName {
    RegionName::new("us-east-1")
}

fn name() -> FaultName {
    FaultName::new("wrong")
}

fn behind() -> Clock {
    Clock { region: region(), error: ClockError::Offset { ms: -5_000 } }
}

#[tokio::test]
async fn a_clock_is_told_measured_and_measured_to_be_right_again() {
    let mut stage = stage(behind()).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let proof = stage.until(&EventKind::FaultActive(name())).await;
    assert!(proof.contains("-5000 ms") || proof.contains("-499") || proof.contains("-500"), "{proof}");
    let told = stage.played.lock().unwrap().told.clone();
    assert_eq!(
        told,
        [json!({"name": "clock-offset", "value": "-5000ms", "share": 1.0, "for": null, "lease_ms": 30_000})]
    );
    let deadline = Instant::now() + BOUND;
    while stage.played.lock().unwrap().told.len() < 2 {
        assert!(Instant::now() < deadline, "the lease is not renewed");
        // The run does so again and again.
        keeper.renew();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    keeper.heal(0);
    stage.until(&EventKind::FaultHealed(name())).await;
    assert!(stage.played.lock().unwrap().on.is_empty());
}

#[tokio::test]
async fn what_a_process_takes_in_and_does_not_do_is_not_proven() {
    let kind = |share: &str| Http {
        region: region(),
        wrong: HttpWrong::Status { code: 503 },
        share: share.parse::<Share>().unwrap(),
    };
    for kind in [FaultKind::from(behind()), kind("100%").into(), kind("20%").into()] {
        let mut stage = stage(kind).await;
        stage.played.lock().unwrap().is_deaf = true;
        stage.plan.faults[0].verify_within = Duration::from_millis(300);
        let keeper = stage.keeper();
        keeper.inject(0);
        let why = stage.until(&EventKind::FaultUnproven(name())).await;
        assert!(why.contains("not proven within"), "{why}");
        drop(keeper);
    }
}

#[tokio::test]
async fn a_fault_that_is_refused_says_why_and_one_without_a_chirp_too() {
    let mut refused = stage(behind()).await;
    refused.played.lock().unwrap().refuses = true;
    let keeper = refused.keeper();
    keeper.inject(0);
    let why = refused.until(&EventKind::FaultFailed(name())).await;
    assert!(why.contains("refuses with 400: not here"), "{why}");
    drop(keeper);
    let mut alone = stage(behind()).await;
    alone.environment.chirp = None;
    let keeper = alone.keeper();
    keeper.inject(0);
    let why = alone.until(&EventKind::FaultFailed(name())).await;
    assert!(why.contains("the processes of a lab's Chirp"), "{why}");
    drop(keeper);
}

/// A lab whose only region is the played one.
fn play_lab(stage: &mut Stage) {
    let (port, mut requests) = mpsc::channel(4);
    stage.environment.processes = Some(port);
    let played = Arc::clone(&stage.played);
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let reply = {
                let mut played = played.lock().unwrap();
                match request {
                    ProcessRequest::KeepData { reply, .. } => {
                        played.kept = Some(played.entries);
                        reply
                    }
                    ProcessRequest::PutBackData { reply, .. } => {
                        let kept = played.kept.take().unwrap();
                        played.entries = if played.forgets_nothing { played.entries } else { kept };
                        reply
                    }
                    ProcessRequest::Kill { reply, .. } | ProcessRequest::Start { reply, .. } => reply,
                    other => panic!("{other:?}"),
                }
            };
            reply.send(Ok("done".to_owned())).unwrap();
        }
    });
}

#[tokio::test]
async fn a_region_that_is_to_have_old_data_is_seen_to_lack_what_it_had() {
    let old = RegionLoss { data_age: Some(DataAge(BOUND)), ..RegionLoss::of("us-east-1") };
    for forgets_nothing in [false, true] {
        let mut stage = stage(old.clone()).await;
        play_lab(&mut stage);
        let set = |entries| stage.played.lock().unwrap().entries = entries;
        set(40);
        stage.played.lock().unwrap().forgets_nothing = forgets_nothing;
        let keeper = stage.keeper();
        keeper.prepare(0);
        assert!(stage.until(&EventKind::Note).await.contains("made ready"));
        stage.played.lock().unwrap().entries = 55;
        keeper.inject(0);
        stage.until(&EventKind::FaultActive(name())).await;
        keeper.heal(0);
        let (kind, has) = match forgets_nothing {
            false => (EventKind::FaultHealed(name()), "came back with 40 of the 55 entries of its own log"),
            true => (EventKind::FaultNotHealed(name()), "came back with 55 of the 55 entries of its own log"),
        };
        let said = stage.until(&kind).await;
        assert!(said.contains(has), "{said}");
        drop(keeper);
    }
}

#[tokio::test]
async fn a_region_of_which_no_copy_was_made_is_not_lost() {
    let old = RegionLoss { data_age: Some(DataAge(BOUND)), ..RegionLoss::of("us-east-1") };
    let mut stage = stage(old).await;
    play_lab(&mut stage);
    let keeper = stage.keeper();
    keeper.inject(0);
    let said = stage.until(&EventKind::FaultFailed(name())).await;
    assert!(said.contains("no copy of its data"), "{said}");
    stage.until(&EventKind::FaultHealed(name())).await;
    drop(keeper);
}

#[tokio::test]
async fn who_is_promoted_is_who_all_say_that_writes() {
    let promoted = |is_deaf: bool| async move {
        let kind = Promotion { to: Promoted::Region(region()), preferred: region() };
        let stage = stage(kind).await;
        stage.played.lock().unwrap().is_deaf = is_deaf;
        stage
    };
    let mut stage = promoted(false).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let said = stage.until(&EventKind::FaultActive(name())).await;
    assert!(said.contains("us-east-1 writes, as all 1 regions say"), "{said}");
    keeper.heal(0);
    stage.until(&EventKind::FaultHealed(name())).await;
    let told: Vec<Value> = stage.played.lock().unwrap().told.iter().map(|told| told["withdrawn"].clone()).collect();
    assert_eq!(
        told,
        [json!(false), json!(true), json!(false)],
        "the wish is withdrawn before the preferred one is told"
    );
    drop(keeper);
    let mut stage = promoted(true).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultUnproven(name())).await;
    keeper.heal(0);
    stage.until(&EventKind::FaultNotHealed(name())).await;
    drop(keeper);
}
