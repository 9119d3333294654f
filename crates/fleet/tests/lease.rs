//! An agent that hears nothing heals what faults do to its users' paths when the lease is over, long before it stops its load.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of whole runs")]
mod world;

use fleet::{
    agent::{self, AgentOptions},
    link::{self, ControllerEnd, Incoming},
    message::{
        AddressesFormat, Assignment, ClockFormat, FORMAT, FromAgent, OverlayOfLink, PartFormat, State, Tell, ToAgent,
    },
    monotonic,
};
use plan::resolved::{Direction, ResolvedPlan};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;
use units::FaultName;
use wan::{LinkId, Overlay};
use world::{Service, checked};

const LEASE: Duration = Duration::from_millis(1_500);
/// Everything that is waited for comes within this, on a machine that is busy with other things too.
const PATIENCE: Duration = Duration::from_secs(30);

fn plan(service: &Service) -> ResolvedPlan {
    checked(format!(
        "version: 1\nname: lease\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 50/s, for: 50s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         fleet: {{controller_loss_after: 40s}}\n",
        service.url
    ))
}

fn assignment(plan: &ResolvedPlan) -> Assignment {
    Assignment {
        format: FORMAT.to_owned(),
        agent: 0,
        agents: 1,
        plan: Arc::new(plan.clone()),
        addresses: AddressesFormat::from(&load::TargetAddresses::attached(plan).unwrap()),
        shares: PartFormat::of(&[Some(units::Part::WHOLE)]),
        emulated: vec![true],
        threads: Some(1),
        stamp: load::stamp(),
        clock: ClockFormat::Shared { boot: monotonic::boot(), start_ns: monotonic::to_nanos(Instant::now()) },
        spool_bytes_max: 1 << 20,
    }
}

/// The agent's next message that `wanted` makes something of.
async fn next<T>(link: &mut ControllerEnd, mut wanted: impl FnMut(FromAgent) -> Option<T>) -> T {
    let found = async {
        loop {
            match link.incoming.recv().await {
                Some(Incoming::Message(message)) => {
                    if let Some(found) = wanted(message) {
                        return found;
                    }
                }
                other => panic!("the agent has ended: {other:?}"),
            }
        }
    };
    timeout(PATIENCE, found).await.expect("it says so in time")
}

fn state(message: FromAgent) -> Option<State> {
    if let FromAgent::State(state) = message { Some(*state) } else { None }
}

#[tokio::test]
async fn a_fault_over_users_paths_ends_with_its_lease_while_the_load_goes_on() {
    let service = Service::start().await;
    let plan = plan(&service);
    let folder = tempfile::tempdir().unwrap();
    let (mut link, end) = link::channel("agent 1");
    let options = AgentOptions::new("agent 1", None, folder.path().join("spool"));
    let agent = tokio::spawn(agent::run(end, options));
    link.outgoing.send(ToAgent::Assign(Box::new(assignment(&plan)))).await.unwrap();
    next(&mut link, |message| (message == FromAgent::Ready).then_some(())).await;

    let (fault, users) = (FaultName::new("cut"), LinkId::User { population: 0, region: 0 });
    let cut = OverlayOfLink::new(fault, users, Overlay::state(Direction::Both, wan::State::Reject)).unwrap();
    let begin = Tell { number: 1, begin_us: Some(0), lease_ms: LEASE.as_millis() as u64, ..Tell::default() };
    link.outgoing.send(ToAgent::Tell(begin.clone())).await.unwrap();
    timeout(PATIENCE, service.reaches(1)).await.expect("it sends");
    let laid = Tell { number: 2, overlays: vec![cut], ..begin };
    link.outgoing.send(ToAgent::Tell(laid)).await.unwrap();
    next(&mut link, |message| state(message).filter(|state| state.heard == 2)).await;

    // From here on nothing is told. Requests that were on their way may still come, no more: 50 a second would be many.
    let at_first = service.requests();
    let told = Instant::now();
    let heals = service.reaches(at_first + 30);
    tokio::pin!(heals);
    let healed = tokio::time::timeout(PATIENCE, async {
        loop {
            tokio::select! {
                () = &mut heals => return,
                // Its queue is read, or it would wait with what it has to say.
                incoming = link.incoming.recv() => assert!(matches!(incoming, Some(Incoming::Message(_))), "{incoming:?}"),
            }
        }
    });
    healed.await.expect("the fault is gone although nobody said so");
    assert!(told.elapsed() >= LEASE - Duration::from_millis(100), "it was not cut at all: {:?}", told.elapsed());
    let state = next(&mut link, state).await;
    assert_eq!((state.heard, state.trouble), (2, None), "it goes on with its load");

    drop(link);
    let ended = timeout(PATIENCE, agent).await.expect("it ends with its link").unwrap();
    assert!(ended.is_err(), "the controller is gone");
}
