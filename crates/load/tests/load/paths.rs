//! Requests over emulated paths: what a round trip costs each phase, and what a cut path does to users.

use crate::support::{Recording, Server, open, plan, plans, recording};
use plan::fault::{Established, RegionIsolated};
use plan::resolved::{IsolatedFrom, Manner, Path, PathBasis, ResolvedPlan};
use record::{Outcome, Phase};
use std::{sync::Arc, time::Duration};

const ROUND_TRIP: Duration = Duration::from_millis(60);

fn far_away(rate: f64, seconds: f64) -> ResolvedPlan {
    let mut plan = plan(open(rate, seconds));
    plan.populations[0].paths =
        vec![Path { round_trip: ROUND_TRIP, jitter: Duration::ZERO, up: None, down: None, basis: PathBasis::Chosen }];
    plan
}

/// Runs the plan over its own network, with a fault that lies over it from the start, if any.
async fn run(plan: ResolvedPlan, server: &Server, fault: Option<Manner>) -> Recording {
    let (mut setup, output) = recording::setup(recording::addresses(&[server]));
    let network = wan::Network::from_plan(&plan);
    if let Some(manner) = fault {
        let kind = RegionIsolated {
            region: plans::region("here").name,
            from: IsolatedFrom::Users,
            manner,
            established: Established::default(),
        }
        .into();
        assert!(network.inject(&"cut".into(), &kind) > 0, "the fault touches the users' link");
    }
    setup.network = network;
    let load = load::start(Arc::new(plan), setup).unwrap();
    recording::collect(load, output).await
}

#[tokio::test]
async fn a_connect_and_a_request_cost_a_round_trip_each() {
    let server = Server::plain("hello");
    let mut plan = far_away(20.0, 0.5);
    plan.load.connections.keep_alive = false;
    let recording = run(plan, &server, None).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 10)]);
    let least = |histogram: record::Histogram| histogram.buckets().next().unwrap().0;
    assert!(least(recording.phase(Phase::Connect)) >= ROUND_TRIP, "{:?}", recording.phase(Phase::Connect));
    assert!(least(recording.service()) >= ROUND_TRIP, "{:?}", recording.service());
    assert!(least(recording.response()) >= ROUND_TRIP * 2, "{:?}", recording.response());
    let lag = recording.arrivals().send_lag.value_at(50.0).unwrap();
    assert!(lag < ROUND_TRIP, "the way there is not the generator's fault: {lag:?}");
}

#[tokio::test]
async fn a_path_that_rejects_refuses_and_one_that_drops_is_silent() {
    for (manner, outcome) in [(Manner::Reject, Outcome::Refused), (Manner::Drop, Outcome::Timeout)] {
        let server = Server::plain("hello");
        let mut plan = far_away(20.0, 0.5);
        if manner == Manner::Drop {
            plan.journeys[0].steps[0].request.timeouts.connect = Duration::from_millis(300);
        }
        let recording = run(plan, &server, Some(manner)).await;
        assert_eq!(recording.outcomes(), [(outcome, 10)], "{manner:?}");
        assert_eq!(server.requests(), 0, "{manner:?}");
    }
}
