//! What is said to be so and isn't: each fault here is told to somebody who says yes and does nothing. Its effect, or its end,
//! must not be proven.

use crate::played::{BOUND, Beating, Stage, name, region, stage};
use fault::Keeper;
use futures_util::future::join_all;
use plan::{
    fault::{
        Clock, ClockError, DataAge, Dependency, DependencyState, Deploy, Dns, DnsAnswer, DnsWrong, Evacuation, FanOut,
        HealthCheck, HealthSays, Http, HttpWrong, KeyMissing, Pace, Pressure, PressureOn, Process, ProcessState,
        RegionLoss, RegionPaused, Replication, Storage, StorageState, ThirdParty,
    },
    resolved::FaultKind,
};
use record::EventKind;
use std::time::Duration;
use units::Share;

/// Each kind, with what is seen of it while it is there.
fn kinds() -> Vec<(FaultKind, &'static str)> {
    let share = |text: &str| text.parse::<Share>().unwrap();
    let pressure = |on| Pressure { region: region(), on };
    let previews = |is, part: &str| Dependency {
        of: ThirdParty::Previews,
        region: Some(region()),
        is,
        delay: Duration::ZERO,
        share: share(part),
    };
    let storage = |is, ms| Storage { region: region(), is, delay: Duration::from_millis(ms) }.into();
    let replication = |pace| Replication { region: region(), pace, gauge_frozen: false }.into();
    let dns = |wrong| Dns { wrong, share: Share::WHOLE }.into();
    let servfail = DnsWrong::Answers { what: DnsAnswer::Servfail };
    let fan_out = |part| FanOut { region: region(), dropped: share(part) }.into();
    let http = |part| Http { region: region(), wrong: HttpWrong::Status { code: 503 }, share: share(part) }.into();
    let health = |part| {
        let (regions, says) = (vec![region()], HealthSays::Failing);
        HealthCheck { regions, says, every: Duration::ZERO, share: share(part) }.into()
    };
    let (defects, program) = (Vec::new(), Vec::new());
    let version = "0.9.0".to_owned();
    let deploy = Deploy { regions: vec![region()], version, program, defects, drain: Duration::ZERO };
    vec![
        (pressure(PressureOn::Processor { taken: share("10%") }).into(), "of a processor, 0% before"),
        (pressure(PressureOn::Memory { mib: 64 }).into(), "MiB in memory"),
        (pressure(PressureOn::Descriptors { left: 2 }).into(), "of 34 new connections to us-east-1 are answered"),
        (deploy.into(), "us-east-1 says it is 0.9.0"),
        (KeyMissing { regions: vec![region()] }.into(), "who asks for a token at us-east-1 gets 503"),
        (previews(DependencyState::Hanging, "100%").into(), "2 of 2 calls for us-east-1 are as the fault wants"),
        (previews(DependencyState::Failing, "50%").into(), "3 of 6 calls for us-east-1 are as the fault wants"),
        (storage(StorageState::Stalled, 0), "the log of us-east-1 stands at"),
        (storage(StorageState::Slow, 600), "a write of us-east-1 takes"),
        (replication(Pace::Stopped), "in 2.5 s nothing was taken in"),
        (replication(Pace::Lag { by: Duration::from_secs(3) }), "a new entry is taken in after"),
        (health("100%"), "the checks of us-east-1 fail, and didn't before"),
        (health("20%"), "the checks of us-east-1 fail, and didn't before"),
        (fan_out("100%"), "1 of 1 posts are not in the follower's time line"),
        (fan_out("10%"), "of 10 posts are not in the follower's time line"),
        (Clock { region: region(), error: ClockError::Offset { ms: -5_000 } }.into(), "ms further ahead than before"),
        (http("100%"), "answers of us-east-1 are as the fault wants them"),
        (http("10%"), "answers of us-east-1 are as the fault wants them"),
        (dns(servfail.clone()), "12 of 12 answers of the geo-DNS"),
        (Dns { wrong: servfail, share: share("10%") }.into(), "of 12 answers of the geo-DNS"),
        (dns(DnsWrong::Ttl { keep: Duration::from_secs(900) }), "12 of 12 answers of the geo-DNS"),
        (dns(DnsWrong::Frozen), "two and a half health checks before"),
        (dns(DnsWrong::SendTo { region: region() }), "100% of the askers are sent to us-east-1, 0% before"),
        (Evacuation { region: region() }.into(), "0% of the askers are sent to us-east-1, 100% before"),
        (Process { edge: None, edges: None, is: ProcessState::Paused }.into(), "12 of 12 questions to the geo-DNS"),
        (RegionPaused { regions: vec![region()] }.into(), "were not answered"),
        (RegionLoss { data_age: Some(DataAge(BOUND)), ..RegionLoss::of("us-east-1") }.into(), "no longer accepts"),
    ]
}

/// What isn't so by then is not so.
const WITHIN: Duration = Duration::from_secs(8);

async fn played(kind: &FaultKind) -> Stage {
    let mut stage = stage(kind.clone()).await;
    stage.plan.faults[0].verify_within = WITHIN;
    stage.played.lock().unwrap().entries = 40;
    match kind {
        FaultKind::Storage(_) => stage.played.lock().unwrap().log = Some(Beating::default()),
        FaultKind::Replication(_) => stage = stage.with_another().await,
        FaultKind::Evacuation(_) => stage.played.lock().unwrap().sends_here = true,
        FaultKind::Process(_) => stage.played.lock().unwrap().sends_here = true,
        // Where users come in somebody answers.
        FaultKind::RegionPaused(_) => {
            stage.environment.user_addresses = vec![stage.environment.chirp.as_ref().unwrap().users.clone()];
        }
        _ => {}
    }
    let script = match kind {
        // It ends by itself, should nobody be left to end it.
        FaultKind::Pressure(Pressure { on: PressureOn::Processor { .. }, .. }) => {
            "echo ready; i=0; while [ $i -lt 50000000 ]; do i=$((i+1)); done"
        }
        FaultKind::Pressure(Pressure { on: PressureOn::Memory { .. }, .. }) => {
            "taken=$(head -c 80000000 /dev/zero | tr '\\0' x); echo ready; read end"
        }
        _ => "echo ready; read end",
    };
    stage.played.lock().unwrap().start_processes(script);
    stage
}

/// Keeps the fault, made ready for where it needs that.
async fn kept(stage: &mut Stage) -> Keeper {
    let keeper = stage.keeper();
    if stage.plan.faults[0].kind.lead() > Duration::ZERO {
        keeper.prepare(0);
        stage.until(&EventKind::Note).await;
        stage.played.lock().unwrap().entries = 55;
    }
    keeper
}

#[tokio::test]
async fn an_effect_that_is_prevented_is_not_proven() {
    join_all(kinds().into_iter().map(async |(kind, _)| {
        let mut stage = played(&kind).await;
        stage.played.lock().unwrap().is_deaf = true;
        let keeper = kept(&mut stage).await;
        keeper.inject(0);
        let why = stage.until(&EventKind::FaultUnproven(name())).await;
        assert!(why.contains("not proven within") && !why.contains("did not end"), "{why}");
        keeper.heal(0);
        // On a busy machine it may not be seen in time that all is well.
        stage.until_one_of(&[EventKind::FaultHealed(name()), EventKind::FaultNotHealed(name())]).await;
    }))
    .await;
}

#[tokio::test]
async fn an_end_that_is_prevented_is_not_proven() {
    join_all(kinds().into_iter().map(async |(kind, effect)| {
        let mut stage = played(&kind).await;
        let keeper = kept(&mut stage).await;
        stage.played.lock().unwrap().clings = true;
        keeper.inject(0);
        let proof = stage.until(&EventKind::FaultActive(name())).await;
        assert!(proof.contains(effect), "{proof}");
        keeper.heal(0);
        let why = stage.until(&EventKind::FaultNotHealed(name())).await;
        // The look at the end of a share is long: one that a busy machine cuts off proves nothing either.
        assert!(why.contains("not proven within"), "{why}");
    }))
    .await;
}
