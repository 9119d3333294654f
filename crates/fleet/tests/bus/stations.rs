//! Agents that stand somewhere: who they leave room for, and what they say when they go.

use crate::{nats_server::PATIENCE, servers::Plain};
use fleet::{
    link::nats::{access::Access, controller::Bus},
    message::Standing,
    roster::{Present, Roster},
    station::{self, Health, StationError, StationOptions},
};
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// A station in this process.
pub(crate) struct Agent {
    stop: watch::Sender<bool>,
    said: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<Result<(), StationError>>,
}

impl Agent {
    pub(crate) fn start(access: Access, region: Option<&str>, name: &str, spool: &Path) -> Self {
        let options = StationOptions {
            name: name.to_owned(),
            region: region.map(str::to_owned),
            access,
            spool: spool.join(format!("spool-{name}")),
        };
        let (stop, stopped) = watch::channel(false);
        let said = Arc::new(Mutex::new(Vec::new()));
        let saying = Arc::clone(&said);
        let task = tokio::spawn(async move {
            let (health, _) = watch::channel(Health::default());
            let mut say = |text: &str| saying.lock().unwrap().push(text.to_owned());
            station::run(options, stopped, &health, &mut say).await
        });
        Self { stop, said, task }
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said something.
    pub(crate) async fn until_it_says(&self, text: &str) {
        let said = async {
            while !self.said().iter().any(|said| said.contains(text)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("it never said {text:?}: {:?}", self.said()));
    }

    /// Tells it to leave, and waits until it has.
    pub(crate) async fn leave(self) -> Vec<String> {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.expect("it leaves in time").unwrap().unwrap();
        self.said.lock().unwrap().clone()
    }

    /// Why it did not stand.
    pub(crate) async fn refused(self) -> StationError {
        timeout(PATIENCE, self.task).await.expect("it ends in time").unwrap().unwrap_err()
    }
}

/// Who is there, once everybody is.
pub(crate) async fn roster(bus: &Bus, agents: usize) -> Roster {
    let all = async {
        loop {
            let roster = Roster::listen(bus).await.unwrap();
            if roster.agents.len() == agents {
                return roster;
            }
        }
    };
    timeout(PATIENCE, all).await.expect("everybody is there in time")
}

#[tokio::test]
async fn who_is_there_is_seen_and_who_leaves_is_not() {
    let server = Plain::start(1 << 20);
    let eu = Agent::start(server.access(), Some("eu-west-1"), "eu-0", server.folder.path());
    let spare = Agent::start(server.access(), None, "spare", server.folder.path());
    let bus = Bus::connect(&server.access()).await.unwrap();
    let found = roster(&bus, 2).await;
    let boot = fleet::monotonic::boot();
    let places: Vec<_> = found.agents.iter().map(|agent| agent.offer(&boot).unwrap().0.hello.place.clone()).collect();
    assert_eq!(places, [None, Some("eu-west-1".to_owned())]);
    for agent in &found.agents {
        let clock = agent.clock(&boot).unwrap();
        // Both clocks are this machine's: the truth is zero.
        assert!(clock.time_of_day_ns.unsigned_abs() <= clock.bound_ns + 1_000_000, "{clock:?}");
    }
    let said = spare.leave().await;
    assert_eq!(said.last().map(String::as_str), Some("left"), "{said:?}");
    let found = roster(&bus, 1).await;
    assert!(matches!(&found.agents[0], Present { here: Ok(here), .. } if here.standing == Standing::Free));
    eu.leave().await;
}

#[tokio::test]
async fn of_two_agents_with_one_name_the_second_is_refused() {
    let server = Plain::start(1 << 20);
    let bus = Bus::connect(&server.access()).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let first = Agent::start(server.access(), None, "a", server.folder.path());
    // Before a controller has spoken to that name, nobody can know: the controller sees both, and takes neither.
    let second = Agent::start(server.access(), None, "a", other.path());
    let seen = async {
        loop {
            let found = roster(&bus, 1).await.agents.remove(0);
            if !found.others.is_empty() {
                return found.offer(&fleet::monotonic::boot()).unwrap_err();
            }
        }
    };
    let said = timeout(PATIENCE, seen).await.expect("both are seen in time");
    assert!(said.starts_with("two agents are called a: instance "), "{said}");
    second.leave().await;
    // Later the second one sees the first.
    let whose = fleet::link::nats::subjects::Whose::new("anywhere", "a").unwrap();
    let refusal = fleet::message::Refusal { reason: "only to speak to it".to_owned() };
    bus.refuse("run-1", &whose, refusal).await.unwrap();
    first.until_it_says("run run-1 refuses this agent: only to speak to it").await;
    let third = Agent::start(server.access(), None, "a", other.path());
    assert_eq!(third.refused().await.to_string(), "another agent is called a, and is there");
    first.leave().await;
}
