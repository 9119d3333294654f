//! Who can't take part is refused by name before anything begins: other versions, two of one name, shares that aren't the whole.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of whole runs")]
mod world;

use fleet::{
    AssembleError, Observation, Recruit, RunError, StopLevel, conduct,
    link::{self, AgentEnd, Incoming},
    message::{FORMAT, FromAgent, Hello, Refusal, ToAgent},
};
use plan::resolved::ResolvedPlan;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::sync::watch;
use units::Part;
use world::{Service, checked, setup};

async fn plan() -> ResolvedPlan {
    let url = Service::start().await.url;
    checked(format!(
        "version: 1\nname: barrier\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 10/s, for: 2s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n"
    ))
}

fn hello(name: &str, instance: &str) -> Hello {
    Hello {
        format: FORMAT.to_owned(),
        plan_format: plan::resolved::FORMAT.to_owned(),
        recording_format: record::batch::FORMAT.to_owned(),
        landfall: "0.0.1".to_owned(),
        name: name.to_owned(),
        instance: instance.to_owned(),
        place: None,
        host: "elsewhere".to_owned(),
        boot: String::new(),
        descriptors: 1,
        ports: 1,
        cores: 1,
    }
}

/// An agent that says Hello, answers its assignment in that way, and keeps what it was told last.
fn agent(
    plan: &ResolvedPlan,
    hello: Hello,
    answer: FromAgent,
    share: (u64, u64),
) -> (Recruit, watch::Receiver<String>) {
    let (link, AgentEnd { outgoing, mut incoming }) = link::channel(&hello.name);
    let (told, last) = watch::channel(String::new());
    tokio::spawn(async move {
        outgoing.send(Incoming::Message(FromAgent::Hello(Box::new(hello)))).await.unwrap();
        while let Some(message) = incoming.recv().await {
            match message {
                // The other side may have ended.
                ToAgent::Assign(_) => drop(outgoing.send(Incoming::Message(answer.clone())).await),
                ToAgent::Refuse(refusal) => drop(told.send_replace(refusal.reason)),
                ToAgent::Tell(_) => {}
            }
        }
    });
    (Recruit { link, ..recruit(plan, share) }, last)
}

/// One over a link that nobody is at the other end of.
fn recruit(plan: &ResolvedPlan, share: (u64, u64)) -> Recruit {
    Recruit {
        link: link::channel("nobody").0,
        addresses: load::TargetAddresses::attached(plan).unwrap(),
        shares: vec![Part::new(share.0, share.1)],
        emulated: vec![true],
        weight: 1,
        threads: None,
        spool_bytes_max: 1 << 20,
        spool: None,
    }
}

/// Returns when that holds; a test that waits for ever is ended by whoever runs it.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Why a run with these agents doesn't begin.
async fn refused(plan: ResolvedPlan, agents: Vec<Recruit>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    match conduct(setup(plan, agents, folder.path(), stopped), &mut |_| {}).await {
        Err(RunError::Fleet(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_agent_of_another_version_is_refused_by_name_with_both_versions_and_learns_it() {
    let plan = plan().await;
    let newer = Hello { format: "9.0".to_owned(), ..hello("tokyo", "1") };
    let (good, _) = agent(&plan, hello("dublin", "2"), FromAgent::Ready, (0, 2));
    let (bad, mut told) = agent(&plan, newer, FromAgent::Ready, (1, 2));
    let said = refused(plan, vec![good, bad]).await;
    let expected = format!("messages of version 9.0, this controller {FORMAT}");
    assert!(said.starts_with("tokyo can't take part: agent tokyo (Landfall 0.0.1 on elsewhere)"), "{said}");
    assert!(said.contains(&expected), "{said}");
    assert!(told.wait_for(|told| told.contains(&expected)).await.is_ok());
}

#[tokio::test]
async fn two_agents_of_one_name_are_told_apart_and_refused() {
    let plan = plan().await;
    let (one, _) = agent(&plan, hello("dublin", "1"), FromAgent::Ready, (0, 2));
    let (other, _) = agent(&plan, hello("dublin", "2"), FromAgent::Ready, (1, 2));
    assert_eq!(refused(plan, vec![one, other]).await, "two agents are called dublin");
}

#[tokio::test]
async fn an_agent_that_cant_do_its_share_ends_the_run_before_it_begins() {
    let plan = plan().await;
    let answer = FromAgent::Refused(Refusal { reason: "the plan doesn't fit this machine: no ports".to_owned() });
    let (one, _) = agent(&plan, hello("dublin", "1"), FromAgent::Ready, (0, 2));
    let (other, _) = agent(&plan, hello("tokyo", "2"), answer, (1, 2));
    let said = refused(plan, vec![one, other]).await;
    assert_eq!(said, "tokyo can't take part: the plan doesn't fit this machine: no ports");
}

/// A child that never says anything, and would live for long.
fn mute(plan: &ResolvedPlan, folder: &Path, share: (u64, u64)) -> Recruit {
    let program = ["sh".to_owned(), "-c".to_owned(), format!("echo $$ >{0}/process; exec sleep 600", folder.display())];
    Recruit { link: link::pipe::spawn("mute", &program, &folder.join("log")).unwrap(), ..recruit(plan, share) }
}

#[tokio::test]
async fn a_stop_while_agents_get_ready_ends_it_at_once_and_leaves_nothing_running() {
    let (plan, folder) = (plan().await, tempfile::tempdir().unwrap());
    let (good, _) = agent(&plan, hello("dublin", "1"), FromAgent::Ready, (0, 2));
    let recruits = vec![good, mute(&plan, folder.path(), (1, 2))];
    let (stop, stopped) = watch::channel(StopLevel::Run);
    let mut observe = |_: Observation<'_>| {};
    let run = conduct(setup(plan, recruits, &folder.path().join("run"), stopped), &mut observe);
    let process = folder.path().join("process");
    let stopping = async {
        until(|| std::fs::read_to_string(&process).is_ok_and(|text| text.ends_with('\n'))).await;
        stop.send_replace(StopLevel::Stop);
        Instant::now()
    };
    let (end, stopped) = tokio::join!(run, stopping);
    assert!(matches!(end, Err(RunError::Fleet(AssembleError::Stopped))), "{end:?}");
    // Without the stop it waits for a minute.
    assert!(stopped.elapsed() < Duration::from_secs(30), "{:?}", stopped.elapsed());
    let process = std::fs::read_to_string(&process).unwrap();
    until(|| !Path::new("/proc").join(process.trim()).exists()).await;
}

#[tokio::test]
async fn shares_that_are_not_the_whole_exactly_once_are_refused() {
    for shares in [vec![(0, 2)], vec![(0, 2), (0, 2)], vec![(0, 3), (1, 3)], vec![(0, 1), (1, 2)]] {
        let plan = plan().await;
        let recruit = |(index, share): (usize, &(u64, u64))| {
            agent(&plan, hello(&format!("agent {index}"), "1"), FromAgent::Ready, *share).0
        };
        let agents = shares.iter().enumerate().map(recruit).collect();
        let said = refused(plan.clone(), agents).await;
        assert_eq!(said, "the shares of the agents are not the whole of population 0", "{shares:?}");
    }
}
