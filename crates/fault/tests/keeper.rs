//! Faults are injected, proven, healed and proven gone; a keeper that is dropped or forgotten heals.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::{Environment, Keeper, ProcessRequest};
use plan::resolved::{Fault, FaultKind, IsolatedFrom, Manner, ResolvedPlan};
use record::{Entry, EventKind};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    sync::mpsc,
    time::{Instant, timeout},
};
use units::{FaultName, RegionName};

const BOUND: Duration = Duration::from_secs(30);

/// A plan of one population and one region with this fault, its network, and a region that accepts connections.
struct Stage {
    plan: ResolvedPlan,
    environment: Environment,
    events: mpsc::Receiver<Entry>,
    output: mpsc::Sender<Entry>,
    address: SocketAddr,
}

async fn stage(kind: FaultKind, lease: Duration) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let mut plan = plan::resolved::read(include_str!("plan.json")).unwrap();
    plan.faults = vec![Fault {
        name: FaultName::new("broken"),
        kind,
        at: Duration::ZERO,
        duration: Duration::from_secs(5),
        lease,
        verify_within: Duration::from_secs(10),
    }];
    let (output, events) = mpsc::channel(64);
    let environment = Environment {
        regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
        user_addresses: vec![vec![address]; plan.regions.len()],
        populations: plan.populations.len(),
        network: wan::Network::from_plan(&plan),
        peer_addresses: BTreeMap::new(),
        relay: None,
        processes: None,
        holder: Vec::new(),
        hook_log: std::env::temp_dir().join("landfall-test-hooks.log"),
        hook_folder: std::env::temp_dir(),
        hook_variables: BTreeMap::new(),
    };
    Stage { plan, environment, events, output, address }
}

impl Stage {
    fn keeper(&self) -> Keeper {
        Keeper::start(&self.plan, self.environment.clone(), Instant::now(), &self.output).unwrap()
    }

    /// The kinds of the next events until `last` is among them.
    async fn until(&mut self, last: &EventKind) -> Vec<EventKind> {
        let mut seen = Vec::new();
        while seen.last() != Some(last) {
            let entry = timeout(BOUND, self.events.recv()).await.expect("the event comes").unwrap();
            let Entry::Event(event) = entry else { panic!("{entry:?}") };
            seen.push(event.kind);
        }
        seen
    }
}

fn isolated(manner: Manner) -> FaultKind {
    FaultKind::RegionIsolated { region: RegionName::new("us-east-1"), from: IsolatedFrom::Users, manner }
}

fn name() -> FaultName {
    FaultName::new("broken")
}

#[tokio::test]
async fn an_isolated_region_is_proven_cut_and_proven_whole_again() {
    let mut stage = stage(isolated(Manner::Reject), BOUND).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let kinds = stage.until(&EventKind::FaultActive(name())).await;
    assert_eq!(kinds, [EventKind::FaultInjecting(name()), EventKind::FaultActive(name())]);
    assert!(keeper.any_broken());
    assert_eq!(stage.environment.network.faults(), [name()]);
    keeper.heal(0);
    let kinds = stage.until(&EventKind::FaultHealed(name())).await;
    assert_eq!(kinds, [EventKind::FaultHealing(name()), EventKind::FaultHealed(name())]);
    assert!(stage.environment.network.faults().is_empty(), "an overlay was left behind");
}

#[tokio::test]
async fn a_delay_is_proven_by_probes_that_take_longer() {
    let region = RegionName::new("us-east-1");
    let delay = Duration::from_millis(200);
    let mut stage = stage(FaultKind::LinkDelay { region, peer: None, delay, jitter: Duration::ZERO }, BOUND).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultActive(name())).await;
    keeper.heal(0);
    stage.until(&EventKind::FaultHealed(name())).await;
}

#[tokio::test]
async fn a_dropped_keeper_heals() {
    let mut stage = stage(isolated(Manner::Reject), BOUND).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultActive(name())).await;
    tokio::task::spawn_blocking(move || drop(keeper)).await.unwrap();
    assert!(stage.environment.network.faults().is_empty());
    stage.until(&EventKind::FaultHealed(name())).await;
}

#[tokio::test]
async fn a_lease_that_nobody_renews_heals() {
    let mut stage = stage(isolated(Manner::Reject), Duration::from_millis(300)).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultHealed(name())).await;
    assert!(stage.environment.network.faults().is_empty());
    drop(keeper);
}

#[tokio::test]
async fn an_effect_that_does_not_come_is_not_proven() {
    let region = RegionName::new("us-east-1");
    let mut stage = stage(FaultKind::RegionLoss { region }, BOUND).await;
    stage.plan.faults[0].verify_within = Duration::from_millis(200);
    let (port, mut requests) = mpsc::channel(4);
    stage.environment.processes = Some(port);
    // A lab that says it killed the region and didn't: the address goes on accepting connections.
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let (ProcessRequest::Kill { reply, .. } | ProcessRequest::Start { reply, .. }) = request;
            reply.send(Ok("done".to_owned())).unwrap();
        }
    });
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultUnproven(name())).await;
    keeper.heal(0);
    stage.until(&EventKind::FaultHealed(name())).await;
    assert!(stage.address.ip().is_loopback());
}

#[tokio::test]
async fn a_fault_the_target_cannot_have_fails_and_says_why() {
    let region = RegionName::new("us-east-1");
    let mut stage = stage(FaultKind::RegionLoss { region }, BOUND).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let kinds = stage.until(&EventKind::FaultNotHealed(name())).await;
    assert!(kinds.contains(&EventKind::FaultFailed(name())), "{kinds:?}");
    drop(keeper);
}
