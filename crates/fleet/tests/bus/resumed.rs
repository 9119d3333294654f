//! A controller is killed, and another goes on with the run over the bus.

use crate::{
    runs::{attempts, joined, plan as plan_of},
    servers::Plain,
    stations::{Agent, roster},
    world::{Service, setup},
};
use fleet::{Observation, StopLevel, conduct, enlist, link::nats::controller::Bus, roster::Roster};
use plan::resolved::ResolvedPlan;
use record::{Entry, Recording};
use std::{
    path::Path,
    time::{Duration, SystemTime},
};
use tokio::sync::watch;

/// Carries a plan out until some batches are recorded; then it is as if the controller was killed: what its files hold at that moment is
/// in `left`.
async fn killed(bus: Bus, plan: ResolvedPlan, run: &str, folder: &Path, left: &Path) {
    let addresses = load::TargetAddresses::attached(&plan).unwrap();
    let muster = enlist::muster(&plan, &addresses, &roster(&bus, 1).await).unwrap();
    let enlisted = muster.enlist(&bus, run, &addresses).await.unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    let setup = setup(plan, enlisted.recruits, folder, stopped);
    let (from, to) = (folder.to_owned(), left.to_owned());
    let (mut enlistment, mut intervals) = (Some(enlisted.enlistment), 0);
    let mut observe = move |observation: Observation<'_>| {
        intervals += u32::from(matches!(observation, Observation::Entry(Entry::Interval(_))));
        if intervals > 5 {
            std::fs::create_dir(&to).unwrap();
            for file in std::fs::read_dir(&from).unwrap().flatten() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
            // It says no word more, not even that it leaves.
            drop(enlistment.take());
            std::panic::resume_unwind(Box::new("killed"));
        }
    };
    let controller = async move { conduct(setup, &mut observe).await.map(|_| ()) };
    let local = tokio::task::LocalSet::new();
    let ended = local.run_until(async { tokio::task::spawn_local(controller).await }).await;
    assert!(ended.is_err_and(|error| error.is_panic()), "it ended in order");
}

#[tokio::test]
async fn a_run_whose_controller_was_killed_is_resumed_by_another_and_nothing_is_lost_or_doubled() {
    let server = Plain::start(1 << 20);
    let service = Service::start().await;
    let agent = Agent::start(server.access(), None, "a", server.folder.path());
    let mut plan = plan_of(&service.url, 60);
    plan.fleet.controller_loss_after = Duration::from_secs(2);
    let left = server.folder.path().join("left");
    let bus = Bus::connect(&server.access()).await.unwrap();
    Box::pin(killed(bus, plan, "elsewhere-1", &server.folder.path().join("run"), &left)).await;
    // Its load stops by itself; it stays in the run and waits.
    let mut before = 0;
    while before != service.requests() {
        before = service.requests();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    let bus = Bus::connect(&server.access()).await.unwrap();
    let roster = Roster::listen(&bus).await.unwrap();
    let instances = joined(&Recording::read(&left).unwrap()).into_iter().map(|joined| joined.instance).collect();
    let rejoined = enlist::rejoin(&bus, &roster, &instances).await.unwrap().expect("it waits");
    assert_eq!(rejoined.run, "elsewhere-1");
    let resumed = fleet::resume(&left, rejoined.links, SystemTime::now(), &mut |_| {}).await.unwrap();
    rejoined.enlistment.close().await;
    assert_eq!((resumed.drained, resumed.lost), (vec!["a".to_owned()], Vec::new()), "{:?}", agent.said());
    let recording = Recording::read(&left).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert!(service.requests() > 200, "{}", service.requests());
    assert_eq!(attempts(&recording), service.requests(), "recorded, and counted by the target");
    agent.leave().await;
}
