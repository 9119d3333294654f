//! Faults of a running Chirp against a process that plays one region of it: told, renewed and cleared over HTTP, and proven by
//! what is measured and not by what it says.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod played;
mod prevented;
mod zone;

use plan::{
    fault::{Clock, ClockError, DataAge, HealthCheck, HealthSays, Http, HttpWrong, Promoted, Promotion, RegionLoss},
    resolved::FaultKind,
};
use played::{BOUND, name, region, stage};
use record::EventKind;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use units::Share;

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
async fn a_health_check_that_says_passive_when_the_fault_is_over_is_no_lie() {
    let (says, share, every) = (HealthSays::Failing, "100%".parse::<Share>().unwrap(), Duration::ZERO);
    let mut stage = stage(HealthCheck { regions: vec![region()], says, share, every }).await;
    let keeper = stage.keeper();
    keeper.inject(0);
    stage.until(&EventKind::FaultActive(name())).await;
    stage.played.lock().unwrap().is_passive = true;
    keeper.heal(0);
    let proof = stage.until(&EventKind::FaultHealed(name())).await;
    assert!(proof.contains("no check fails any more"), "{proof}");
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

#[tokio::test]
async fn a_region_that_is_to_have_old_data_is_seen_to_lack_what_it_had() {
    let old = RegionLoss { data_age: Some(DataAge(BOUND)), ..RegionLoss::of("us-east-1") };
    for forgets_nothing in [false, true] {
        let mut stage = stage(old.clone()).await;
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
