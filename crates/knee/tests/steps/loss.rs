//! The variants in which a region is lost.

use crate::world::{checked, plan};
use knee::{Loss, losses, scale::ScaleError};
use plan::{
    fault::{FaultKind, Manner, Repeat},
    resolved::ResolvedPlan,
};
use std::time::Duration;

const LOAD: &str = "load: {rate: 10/s, for: 60s}\n";

/// Three regions of Chirp, with these faults.
fn lab(faults: &str) -> ResolvedPlan {
    let text = format!(
        "version: 1\nname: lab\ntarget: {{chirp: {{regions: [us-east-1, eu-west-1, ap-southeast-1]}}}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n{LOAD}faults: [{faults}]\nobjectives: [{{availability: 99%}}]\n"
    );
    let source = plan::Source { name: "lab.yaml".to_owned(), text };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn regions(losses: &[Loss]) -> Vec<&str> {
    losses.iter().map(|loss| loss.region.as_str()).collect()
}

#[test]
fn a_loss_is_carried_to_each_region_with_everything_else_as_it_is() {
    let faults = "{name: slow, link-delay: {region: us-east-1, delay: 50ms}, at: 10s, for: 5s}, \
                  {name: lose, region-loss: {region: eu-west-1}, at: 20s, for: 5s, lease: 9s, repeat: {times: 2, every: 15s}}";
    let plan = lab(faults);
    let losses = losses(&plan).unwrap();
    assert_eq!(regions(&losses), ["us-east-1", "eu-west-1", "ap-southeast-1"]);
    for loss in &losses {
        let [fault] = loss.plan.faults.as_slice() else { panic!("{:?}", loss.plan.faults) };
        let FaultKind::RegionLoss(lost) = &fault.kind else { panic!("{fault:?}") };
        assert_eq!(
            (&lost.regions, fault.name.as_str()),
            (&vec![loss.region.clone()], &*format!("lose-{}", loss.region))
        );
        let seconds = |duration: Duration| duration.as_secs();
        assert_eq!([seconds(fault.at), seconds(fault.duration), seconds(fault.lease)], [20, 5, 9]);
        assert_eq!(fault.repeat, Repeat::default());
        assert_eq!(ResolvedPlan { faults: plan.faults.clone(), ..loss.plan.clone() }, plan);
    }
}

#[test]
fn a_region_that_is_cut_off_is_lost_too_in_the_same_manner() {
    let plan = lab("{name: cut, region-isolated: {region: us-east-1, from: both, manner: reject}, at: 20s, for: 10s}");
    let losses = losses(&plan).unwrap();
    assert_eq!(regions(&losses), ["us-east-1", "eu-west-1", "ap-southeast-1"]);
    let FaultKind::RegionIsolated(last) = &losses[2].plan.faults[0].kind else { panic!("{losses:?}") };
    assert_eq!((last.region.as_str(), last.manner), ("ap-southeast-1", Manner::Reject));
}

#[test]
fn commands_are_carried_nowhere() {
    let command = |name: &str, region: &str, at: u32| {
        format!(
            "{{name: {name}, at: {at}s, for: 5s, command: {{{region}inject: [a], heal: [b], verify_effect: [c], verify_removal: [d]}}}}"
        )
    };
    let own = command("own", "region: us-east-1, ", 10);
    let losses_of = |faults: &str| losses(&plan(LOAD, &format!("faults: [{faults}]\n")));
    let found = losses_of(&format!("{own}, {}", command("other", "", 20))).unwrap();
    assert_eq!(regions(&found), ["us-east-1"]);
    assert_eq!(found[0].plan.faults[0].name.as_str(), "own");
    assert_eq!(losses_of(&command("other", "", 20)), Err(ScaleError::NothingLost));
    assert_eq!(losses(&checked(LOAD, "objectives: [{availability: 99%}]\n")), Err(ScaleError::NothingLost));
}
