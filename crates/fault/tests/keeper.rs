//! Faults are injected, proven, healed and proven gone; a keeper that is dropped or forgotten heals.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::{Environment, Keeper, ProcessRequest};
use plan::{
    fault::{Established, LinkDelay, Proving, Ramp, RegionIsolated, RegionLoss, RegionPaused, RegionSlow, Repeat},
    resolved::{Fault, FaultKind, IsolatedFrom, Manner, ResolvedPlan},
};
use record::{Entry, EventKind};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    time::{Instant, timeout},
};
use units::{FaultName, RegionName, Share};

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
    // Answers whatever it is asked.
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 256];
                while stream.read(&mut asked).await.is_ok_and(|count| count > 0) {
                    stream.write_all(b"x").await?;
                }
                Ok::<(), std::io::Error>(())
            });
        }
    });
    let mut plan = plan::resolved::read(include_str!("plan.json")).unwrap();
    let fault = Fault::new(FaultName::new("broken"), kind, Duration::ZERO, Duration::from_secs(5));
    plan.faults = vec![Fault { lease, verify_within: Duration::from_secs(10), ..fault }];
    let (output, events) = mpsc::channel(64);
    let network = wan::Network::from_plan(&plan);
    let environment = Environment {
        user_addresses: vec![vec![address]; plan.regions.len()],
        ..Environment::of(&plan, network, &std::env::temp_dir())
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
    RegionIsolated {
        region: RegionName::new("us-east-1"),
        from: IsolatedFrom::Users,
        manner,
        established: Established::default(),
    }
    .into()
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

type Heal = fn(&Keeper);

#[tokio::test]
async fn a_healing_says_why_it_comes() {
    let mut stage = stage(isolated(Manner::Reject), BOUND).await;
    let keeper = stage.keeper();
    let ways: [(Heal, &str); 3] = [
        (|keeper| keeper.heal(0), "healing: as planned"),
        (|keeper| keeper.heal_as_asked(0), "healing: as was asked"),
        (Keeper::heal_all, "healing: the load is over"),
    ];
    for (heal, expected) in ways {
        keeper.inject(0);
        stage.until(&EventKind::FaultActive(name())).await;
        heal(&keeper);
        let entry = timeout(BOUND, stage.events.recv()).await.expect("the event comes").unwrap();
        let Entry::Event(event) = entry else { panic!("{entry:?}") };
        assert!(event.text.ends_with(expected), "{}", event.text);
        stage.until(&EventKind::FaultHealed(name())).await;
    }
}

#[tokio::test]
async fn a_delay_is_proven_by_probes_that_take_longer() {
    let region = RegionName::new("us-east-1");
    let delay = Duration::from_millis(200);
    let mut stage = stage(LinkDelay { region, peer: None, delay, jitter: Duration::ZERO }.into(), BOUND).await;
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
    let mut stage = stage(RegionLoss::of("us-east-1").into(), BOUND).await;
    stage.plan.faults[0].verify_within = Duration::from_millis(200);
    let (port, mut requests) = mpsc::channel(4);
    stage.environment.processes = Some(port);
    // A lab that says it killed the region and didn't: the address goes on accepting connections.
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let (ProcessRequest::Kill { reply, .. } | ProcessRequest::Start { reply, .. }) = request else {
                panic!("{request:?}");
            };
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
    let mut stage = stage(RegionLoss::of("us-east-1").into(), BOUND).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let kinds = stage.until(&EventKind::FaultNotHealed(name())).await;
    assert!(kinds.contains(&EventKind::FaultFailed(name())), "{kinds:?}");
    drop(keeper);
}

/// A region that can be reached and isn't; for how the envelope is kept.
async fn flapping(times: u32, every: Duration, lasts: Duration) -> Stage {
    let mut stage = stage(isolated(Manner::Reject), BOUND).await;
    let fault = &mut stage.plan.faults[0];
    fault.duration = lasts;
    fault.repeat = Repeat { times, every, rolling: false };
    stage
}

#[tokio::test]
async fn a_fault_that_is_repeated_is_injected_proven_healed_and_proven_gone_each_time() {
    let mut stage = flapping(3, Duration::from_millis(600), Duration::from_millis(300)).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    let (mut kinds, mut texts) = (Vec::new(), Vec::new());
    while kinds.iter().filter(|kind| **kind == EventKind::FaultHealed(name())).count() < 3 {
        let Entry::Event(event) = timeout(BOUND, stage.events.recv()).await.unwrap().unwrap() else { panic!() };
        // The end of the last time is the conductor's to order.
        if event.kind == EventKind::FaultActive(name()) && event.text.contains("(3 of 3)") {
            keeper.heal(0);
        }
        kinds.push(event.kind);
        texts.push(event.text);
    }
    let once = [EventKind::FaultInjecting, EventKind::FaultActive, EventKind::FaultHealing, EventKind::FaultHealed];
    let expected: Vec<EventKind> = (0..3).flat_map(|_| once.map(|kind| kind(name()))).collect();
    assert_eq!(kinds, expected, "{texts:#?}");
    assert!(texts[4].contains("(2 of 3): injecting"), "{texts:#?}");
    assert!(stage.environment.network.faults().is_empty());
}

#[tokio::test]
async fn a_fault_that_is_repeated_is_healed_between_two_times_too() {
    let mut stage = flapping(2, Duration::from_secs(3_600), Duration::from_millis(100)).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultHealed(name())).await;
    assert!(keeper.any_broken(), "the next time is still to come");
    keeper.heal(0);
    assert!(keeper.healed(BOUND).await);
    assert!(stage.environment.network.faults().is_empty());
}

#[tokio::test]
async fn a_ramp_rises_to_its_full_strength_before_it_is_proven() {
    let region = RegionName::new("us-east-1");
    let delay = Duration::from_millis(400);
    let mut stage = stage(LinkDelay { region, peer: None, delay, jitter: Duration::ZERO }.into(), BOUND).await;
    stage.plan.faults[0].ramp = Ramp { on: Duration::from_secs(1), off: Duration::ZERO };
    let keeper = stage.keeper();
    let base = stage.environment.network.user_link(0, 0).base().round_trip();
    let mut changes = stage.environment.network.watch();
    let mut seen = Vec::new();
    keeper.inject(0);
    while seen.last() != Some(&delay) {
        timeout(BOUND, changes.changed()).await.unwrap().unwrap();
        seen.push(stage.environment.network.user_link(0, 0).link().round_trip() - base);
    }
    assert!(seen.is_sorted() && seen.len() >= 3, "{seen:?}");
    stage.until(&EventKind::FaultActive(name())).await;
    drop(keeper);
}

#[tokio::test]
async fn a_proof_that_is_not_wanted_is_not_claimed() {
    for (proving, active, healed) in [
        (Proving::Skip, EventKind::FaultUnproven(name()), EventKind::FaultNotHealed(name())),
        (Proving::Assume, EventKind::FaultActive(name()), EventKind::FaultHealed(name())),
    ] {
        let mut stage = stage(isolated(Manner::Reject), BOUND).await;
        let verify = &mut stage.plan.faults[0].verify;
        (verify.effect, verify.removal) = (proving, proving);
        let keeper = stage.keeper();
        keeper.inject(0);
        stage.until(&active).await;
        keeper.heal(0);
        stage.until(&healed).await;
        assert!(stage.environment.network.faults().is_empty(), "it is healed all the same");
    }
}

#[tokio::test]
async fn who_is_exempt_is_not_hit() {
    let mut stage = stage(isolated(Manner::Reject), BOUND).await;
    stage.plan.faults[0].exempt.populations = vec![stage.plan.populations[0].name.clone()];
    let keeper = stage.keeper();
    keeper.inject(0);
    timeout(BOUND, stage.events.recv()).await.unwrap().unwrap();
    assert!(stage.environment.network.user_link(0, 0).faults().is_empty());
    drop(keeper);
}

#[tokio::test]
async fn a_region_that_says_it_stands_still_and_answers_is_not_proven() {
    for kind in [
        RegionPaused { regions: vec!["us-east-1".into()] }.into(),
        RegionSlow { regions: vec!["us-east-1".into()], speed: Share::from_parts_per_million(300_000).unwrap() }.into(),
    ] {
        let mut stage = stage(kind, BOUND).await;
        stage.plan.faults[0].verify_within = Duration::from_millis(500);
        let (port, mut requests) = mpsc::channel(4);
        stage.environment.processes = Some(port);
        tokio::spawn(async move {
            while let Some(ProcessRequest::Throttle { reply, .. }) = requests.recv().await {
                reply.send(Ok("done".to_owned())).unwrap();
            }
        });
        let keeper = stage.keeper();
        keeper.inject(0);
        stage.until(&EventKind::FaultUnproven(name())).await;
        keeper.heal(0);
        stage.until(&EventKind::FaultHealed(name())).await;
    }
}
