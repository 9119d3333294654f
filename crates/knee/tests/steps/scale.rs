//! The plan of a step.

use crate::world::{checked, plan};
use knee::scale::{ScaleError, basis, peak, scaled, words};
use plan::resolved::{LoadModel, ResponseLimit, Stage};
use std::time::Duration;
use units::{Rate, Share};

const FAULTS: &str =
    "faults: [{name: cut, region-isolated: {region: us-east-1, from: users, manner: reject}, at: 20s, for: 10s}]\n";

fn rates(stages: &[Stage]) -> Vec<f64> {
    let each = |stage: &Stage| match stage {
        Stage::Constant { rate, .. } => vec![rate.value()],
        Stage::Linear { from, to, .. } | Stage::Exponential { from, to, .. } => vec![from.value(), to.value()],
    };
    stages.iter().flat_map(each).collect()
}

#[test]
fn every_stage_is_scaled_and_nothing_else() {
    let stages = "stages: [{constant: {rate: 10/s, for: 20s}}, {linear: {from: 10/s, to: 40/s, for: 20s}}]";
    let plan = plan(&format!("load: {{{stages}}}\n"), "");
    let twice = scaled(&plan, 2.5).unwrap();
    assert_eq!(rates(&twice.load.stages), [25.0, 25.0, 100.0]);
    assert_eq!((peak(&plan), peak(&twice)), (40.0, 100.0));
    assert_eq!(twice.name, "small ×2.5");
    let mut back = scaled(&twice, 0.4).unwrap();
    back.name.clone_from(&plan.name);
    back.load.connections = plan.load.connections;
    assert_eq!(back, plan);
}

#[test]
fn users_max_grows_with_the_load_and_does_not_shrink() {
    let plan = plan("load: {rate: 10/s, for: 30s, connections: {users_max: 50}}\n", "");
    assert_eq!(scaled(&plan, 3.01).unwrap().load.connections.users_max, 151);
    assert_eq!(scaled(&plan, 0.1).unwrap().load.connections.users_max, 50);
}

#[test]
fn a_closed_load_is_scaled_in_users() {
    let plan = plan("load: {model: closed, users: 3000, for: 30s}\n", "");
    let more = scaled(&plan, 4.0).unwrap();
    assert_eq!((peak(&more), more.load.connections.users_max), (12_000.0, 12_000));
}

#[test]
fn more_than_a_rate_can_be_is_refused() {
    let mut plan = plan("load: {rate: 10/s, for: 30s}\n", "");
    plan.load.stages = vec![Stage::Constant { rate: Rate::per_second(1e9).unwrap(), duration: Duration::from_secs(9) }];
    assert_eq!(scaled(&plan, 2.0), Err(ScaleError::TooMuch { factor: 2.0 }));
}

#[test]
fn without_faults_their_promises_go_too_and_a_default_guard_stands_in() {
    let text = format!(
        "{FAULTS}objectives: [{{recovery_time: 5s}}, {{availability: 99%}}, {{response_time: {{percentile: 99, max: 200ms}}}}]\n"
    );
    let text = text.as_str();
    let plan = checked("load: {rate: 10/s, for: 60s}\n", text);
    let calm = basis(plan.clone(), false).unwrap();
    assert!(calm.faults.is_empty());
    let names: Vec<&str> = calm.objectives.iter().map(|objective| objective.name.as_str()).collect();
    assert_eq!(names, ["availability", "response_time p99"]);
    let guard = calm.stop_guard.unwrap();
    assert_eq!(guard.failed_max, Share::from_parts_per_million(500_000));
    assert_eq!(guard.response_time, Some(ResponseLimit { percentile: 50.0, max: Duration::from_millis(800) }));
    // What a fault breaks says nothing about load.
    let with_faults = basis(plan.clone(), true).unwrap();
    assert_eq!(with_faults, plan);
}

#[test]
fn a_guard_of_the_plans_own_stays() {
    let plan = plan("load: {rate: 10/s, for: 60s}\n", "stop_guard: {failed_max: 7%}\n");
    let guard = plan.stop_guard.clone();
    assert_eq!(basis(plan, false).unwrap().stop_guard, guard);
}

#[test]
fn a_plan_that_load_cannot_break_has_no_knee() {
    let plan = checked("load: {rate: 10/s, for: 60s}\n", &format!("{FAULTS}objectives: [{{recovery_time: 5s}}]\n"));
    assert_eq!(basis(plan.clone(), false), Err(ScaleError::NothingPromised));
    assert!(basis(plan, true).is_ok());
}

#[test]
fn loads_are_told_in_the_words_of_their_model() {
    for (model, load, text) in [
        (LoadModel::Open, 283.4, "283/s"),
        (LoadModel::Open, 28.34, "28.3/s"),
        (LoadModel::Open, 2.5, "2.5/s"),
        (LoadModel::Open, 20.0, "20/s"),
        (LoadModel::Closed, 40.2, "40 users"),
        (LoadModel::PartlyOpen { journeys_mean: 4.0 }, 12.0, "12 sessions/s"),
    ] {
        assert_eq!(words(model, load), text);
    }
}
