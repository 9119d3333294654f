//! Each fault of a link is proven by measuring it, and not by having been told; and proven gone.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::{Environment, Keeper, RelayRequest};
use futures_util::future::join_all;
use plan::{
    fault::{
        ConnectRefused, ConnectSlow, ConnectionsCut, CutManner, Established, Fault, FaultKind, IsolatedFrom,
        LinkBandwidth, LinkBytes, LinkDelay, LinkEnds, LinkLoss, LinkMtu, LinkStall, Manner, Middlebox, NoisyNeighbour,
        RegionIsolated,
    },
    resolved::ResolvedPlan,
};
use record::{Entry, EventKind};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use units::{Bandwidth, FaultName, Share};
use wan::shaped::Probed;

const BOUND: Duration = Duration::from_secs(60);

fn share(percent: u32) -> Share {
    Share::from_parts_per_million(percent * 10_000).unwrap()
}

fn rate(mbits: u64) -> Bandwidth {
    Bandwidth::from_bits_per_second(mbits * 1_000_000).unwrap()
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The link of all users to the only region.
fn link() -> LinkEnds {
    LinkEnds { region: "us-east-1".into(), peer: None }
}

fn each_kind() -> Vec<FaultKind> {
    let bytes = |does| LinkBytes { link: link(), does }.into();
    let cut = |manner, percent| ConnectionsCut { link: link(), share: share(percent), manner }.into();
    let stalled = RegionIsolated {
        region: "us-east-1".into(),
        from: IsolatedFrom::Users,
        manner: Manner::Stall,
        established: Established::Cut,
    };
    vec![
        LinkLoss { link: link(), loss: share(10), burst: 2 }.into(),
        LinkBandwidth { link: link(), rate: rate(2) }.into(),
        NoisyNeighbour { link: link(), capacity: rate(10), takes: rate(8) }.into(),
        LinkStall { link: link() }.into(),
        LinkMtu { link: link(), bytes: 1_000 }.into(),
        bytes(Middlebox::Slice { bytes: 50, pause: ms(20) }),
        bytes(Middlebox::Limit { bytes: 2_000 }),
        bytes(Middlebox::SlowClose { delay: ms(200) }),
        ConnectSlow { link: link(), delay: ms(300) }.into(),
        ConnectRefused { link: link(), share: share(50) }.into(),
        cut(CutManner::Reset, 100),
        cut(CutManner::Silent, 50),
        stalled.into(),
    ]
}

fn name() -> FaultName {
    FaultName::new("broken")
}

fn planned(kind: FaultKind) -> (ResolvedPlan, Environment) {
    let mut plan = plan::resolved::read(include_str!("plan.json")).unwrap();
    let fault = Fault::new(name(), kind, Duration::ZERO, ms(5_000));
    plan.faults = vec![Fault { lease: BOUND, verify_within: ms(20_000), ..fault }];
    let environment = Environment::of(&plan, wan::Network::from_plan(&plan), &std::env::temp_dir());
    (plan, environment)
}

/// The next event of one of these kinds, with its text.
async fn next(events: &mut mpsc::Receiver<Entry>, wanted: &[EventKind]) -> (EventKind, String) {
    loop {
        let entry = timeout(BOUND, events.recv()).await.expect("the event comes").unwrap();
        let Entry::Event(event) = entry else { panic!("{entry:?}") };
        if wanted.contains(&event.kind) {
            return (event.kind, event.text);
        }
    }
}

#[tokio::test]
async fn each_is_seen_to_have_its_effect_and_seen_to_be_gone() {
    let all = each_kind().into_iter().map(|kind| async {
        let what = format!("{kind:?}");
        let (plan, environment) = planned(kind);
        let (output, mut events) = mpsc::channel(64);
        let keeper = Keeper::start(&plan, environment.clone(), Instant::now(), &output).unwrap();
        keeper.inject(0);
        let effect = [EventKind::FaultActive(name()), EventKind::FaultUnproven(name()), EventKind::FaultFailed(name())];
        let (kind, text) = next(&mut events, &effect).await;
        assert_eq!(kind, effect[0], "{what}: {text}");
        keeper.heal(0);
        let removal = [EventKind::FaultHealed(name()), EventKind::FaultNotHealed(name())];
        let (kind, text) = next(&mut events, &removal).await;
        assert_eq!(kind, removal[0], "{what}: {text}");
        assert!(environment.network.faults().is_empty(), "{what}");
    });
    join_all(all).await;
}

#[tokio::test]
async fn what_hits_nobody_is_not_proven() {
    let delay = LinkDelay { region: "us-east-1".into(), peer: None, delay: ms(100), jitter: ms(0) };
    let all = each_kind().into_iter().chain([delay.into()]).map(|kind| async {
        let what = format!("{kind:?}");
        let (mut plan, environment) = planned(kind);
        plan.faults[0].verify_within = ms(300);
        plan.faults[0].exempt.populations = plan.populations.iter().map(|population| population.name.clone()).collect();
        let (output, mut events) = mpsc::channel(64);
        let keeper = Keeper::start(&plan, environment, Instant::now(), &output).unwrap();
        keeper.inject(0);
        let effect = [EventKind::FaultActive(name()), EventKind::FaultUnproven(name())];
        let (kind, text) = next(&mut events, &effect).await;
        assert_eq!(kind, effect[1], "{what}: {text}");
    });
    join_all(all).await;
}

#[tokio::test]
async fn a_relay_that_does_nothing_proves_nothing() {
    let between = LinkEnds { region: "us-east-1".into(), peer: Some("eu-west-1".into()) };
    let (mut plan, mut environment) = planned(LinkStall { link: between }.into());
    plan.faults[0].verify_within = ms(500);
    let mut second = plan.regions[0].clone();
    second.name = "eu-west-1".into();
    plan.regions.push(second);
    environment.regions.push("eu-west-1".into());
    environment.network = wan::Network::transparent(1, 2);
    let (relay, mut requests) = mpsc::channel(4);
    environment.relay = Some(relay);
    tokio::spawn(async move {
        let whole = Probed::Answered { connected: ms(1), answered: ms(1), closed: Some(ms(1)) };
        while let Some(request) = requests.recv().await {
            match request {
                RelayRequest::Apply { reply, .. }
                | RelayRequest::Renew { reply, .. }
                | RelayRequest::Remove { reply, .. } => reply.send(Ok(())).unwrap(),
                RelayRequest::Probe { links, reply, .. } => reply.send(Ok(vec![vec![whole]; links.len()])).unwrap(),
                RelayRequest::Traffic { .. } => {}
            }
        }
    });
    let (output, mut events) = mpsc::channel(64);
    let keeper = Keeper::start(&plan, environment, Instant::now(), &output).unwrap();
    keeper.inject(0);
    let effect = [EventKind::FaultActive(name()), EventKind::FaultUnproven(name())];
    assert_eq!(next(&mut events, &effect).await.0, effect[1]);
    keeper.heal(0);
    assert_eq!(next(&mut events, &[EventKind::FaultHealed(name())]).await.0, EventKind::FaultHealed(name()));
}
