//! Who takes part, and what a person is told of those that don't.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::{
    agent::AgentOptions,
    link::nats::subjects::Whose,
    message::{ClockSaid, Here, Standing},
};
use plan::Source;

fn plan() -> ResolvedPlan {
    let text = "version: 1\nname: who\ntarget:\n  endpoints: {us-east-1: \"http://192.0.2.1\"}\n\
                populations: [{name: ohio, place: us-east-2, share: 100%}]\n\
                load: {model: open, rate: 20/s, for: 10s, warm_up: 1s}\n\
                journeys: [{name: look, weight: 1, steps: [{name: home, get: /}]}]\n\
                objectives: [{availability: {min: 99%}}]\n";
    let source = Source { name: "who.yaml".to_owned(), text: text.to_owned() };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn present(name: &str, change: impl FnOnce(&mut Here)) -> Present {
    let mut hello = AgentOptions::new(name, None, "spool".into()).hello();
    (hello.descriptors, hello.ports) = (100_000, 28_232);
    let clock = ClockSaid { boot: monotonic::boot(), bound_ns: 1_000, round_trip_ns: 2_000, time_of_day_ns: 0 };
    let mut here = Here {
        hello,
        domain: None,
        standing: Standing::Free,
        silent_ms: 0,
        memory: None,
        spool_free: 1 << 30,
        clocks: vec![clock],
    };
    change(&mut here);
    Present { whose: Whose::new("anywhere", name).unwrap(), here: Ok(here), others: Vec::new() }
}

fn mustered(agents: Vec<Present>) -> Result<Muster, EnlistError> {
    let plan = plan();
    muster(&plan, &TargetAddresses::attached(&plan).unwrap(), &Roster { agents })
}

#[test]
fn whoever_can_takes_part_and_whoever_can_not_is_named() {
    let other_version = present("old", |here| here.hello.format = "1.1".to_owned());
    let busy = present("busy", |here| here.standing = Standing::InRun("x-1".to_owned()));
    let muster = mustered(vec![busy.clone(), other_version.clone(), present("able", |_| {})]).unwrap();
    assert_eq!(muster.taking_part.len(), 1);
    let told = muster.told.join("\n");
    for said in [
        "agent busy is in run x-1",
        "agent old (Landfall ",
        "speaks messages of version 1.1, this controller 3.0: use the same Landfall on both sides",
        "1 agent takes part: able (nowhere in particular)",
    ] {
        assert!(told.contains(said), "{said:?} is not in {told}");
    }
    let nobody = mustered(vec![busy, other_version]).unwrap_err().to_string();
    assert!(
        nobody.starts_with("no agent that is there can take part: agent busy is in run x-1; agent old "),
        "{nobody}"
    );
    assert_eq!(mustered(Vec::new()).unwrap_err().to_string(), "no agent is there");
}

#[test]
fn a_lab_is_reached_from_its_own_machine_only_and_nobody_stands_in_its_places() {
    let text = "version: 1\nname: lab\ntarget: {chirp: {regions: [us-east-1, eu-west-1]}}\n\
                populations: [{name: dublin, place: eu-west-1, share: 100%}]\n\
                load: {model: open, rate: 20/s, for: 10s, warm_up: 1s}\n\
                journeys: [{name: look, weight: 1, steps: [{name: home, get: /}]}]\n\
                objectives: [{availability: {min: 99%}}]\n";
    let source = Source { name: "lab.yaml".to_owned(), text: text.to_owned() };
    let plan = plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let in_place = present("here", |here| here.hello.place = Some("eu-west-1".to_owned()));
    let boot = monotonic::boot();
    assert_eq!(able_to(&plan, &in_place, &boot).unwrap().place, None, "its paths are emulated");
    let elsewhere = present("there", |here| here.hello.boot = "another".to_owned());
    let said = able_to(&plan, &elsewhere, &boot).unwrap_err();
    assert_eq!(said, "agent there is on another machine, and the target is booted on this one");
}

#[test]
fn a_small_disk_is_not_filled() {
    assert_eq!(spool_bytes_max(&present("a", |here| here.spool_free = 400 << 20)), 300 << 20);
    assert_eq!(spool_bytes_max(&present("a", |here| here.spool_free = 1 << 40)), SPOOL_BYTES_MAX);
}
