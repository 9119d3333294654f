//! A controller is killed, its agents go on, stop, wait, and another goes on with the recording: what the target counted is what is
//! recorded, each batch once.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of other things")]
mod world;

use fleet::{
    Observation, ResumeError, StopLevel, conduct,
    link::{self, AgentEnd, ControllerEnd, Incoming},
    message::{FromAgent, ToAgent},
    resume,
};
use plan::resolved::ResolvedPlan;
use record::{AgentNews, Entry, EventKind, LedgerEntry, ReadResult, Recording, WriteOutcome};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use world::{Service, agent, checked, setup};

const PATIENCE: Duration = Duration::from_secs(60);

fn plan(service: &Service) -> ResolvedPlan {
    checked(format!(
        "version: 1\nname: resume\ntarget:\n  endpoints: {{us-east-1: \"{}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 60/s, for: 60s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /, timeout: {{total: 1s}}}}]}}]\n\
         ledger:\n  rate: 5/s\n  quiet: 0s\n  write: {{put: \"/{{{{ ledger.value }}}}\"}}\n\
         \x20 read: {{get: \"/{{{{ ledger.value }}}}\", check: {{status: [200, 404]}}}}\n  present: {{status: 200}}\n\
         faults:\n  - name: slow\n    link-delay: {{region: us-east-1, delay: 30ms}}\n    at: 7s\n    for: 40s\n    lease: 1s\n\
         fleet: {{controller_loss_after: 2s}}\n",
        service.url
    ))
}

/// A link that outlives its controller: what nobody hears is lost.
#[derive(Clone)]
struct Bus {
    name: String,
    to_agent: mpsc::Sender<ToAgent>,
    /// Who hears the agent.
    heard_by: Arc<Mutex<Option<mpsc::Sender<Incoming>>>>,
    /// Why the agent can't go on as it should, as it said last.
    trouble: watch::Receiver<Option<String>>,
}

impl Bus {
    /// Takes the place of the controller at that link.
    fn over(link: ControllerEnd) -> Self {
        let ControllerEnd { name, outgoing, mut incoming, .. } = link;
        let heard_by: Arc<Mutex<Option<mpsc::Sender<Incoming>>>> = Arc::default();
        let (tell, trouble) = watch::channel(None);
        let listeners = Arc::clone(&heard_by);
        tokio::spawn(async move {
            while let Some(message) = incoming.recv().await {
                if let Incoming::Message(FromAgent::State(state)) = &message {
                    tell.send_replace(state.trouble.clone());
                }
                if let Some(listener) = &*listeners.lock().unwrap() {
                    let _ = listener.try_send(message);
                }
            }
        });
        Self { name, to_agent: outgoing, heard_by, trouble }
    }

    /// Whoever calls this is the controller from now on.
    fn connect(&self) -> ControllerEnd {
        let (end, AgentEnd { outgoing, mut incoming }) = link::channel(&self.name);
        *self.heard_by.lock().unwrap() = Some(outgoing);
        let to_agent = self.to_agent.clone();
        tokio::spawn(async move {
            while let Some(message) = incoming.recv().await {
                // An agent that has ended hears nothing.
                let _ = to_agent.send(message).await;
            }
        });
        end
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap().flatten() {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn of<T>(recording: &Recording, wanted: impl Fn(&Entry) -> Option<T>) -> Vec<T> {
    recording.entries.iter().filter_map(wanted).collect()
}

fn kinds(recording: &Recording) -> Vec<EventKind> {
    of(recording, |entry| if let Entry::Event(event) = entry { Some(event.kind.clone()) } else { None })
}

/// Carries the plan out over the bus, until the fault is in effect and some batches are recorded; then it is as if the controller was
/// killed: it says no word more, and what its files hold at that moment is in `left`, with half a line more.
async fn killed(plan: ResolvedPlan, bus: &Bus, mut recruit: fleet::Recruit, folder: &Path, left: &Path) {
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    recruit.link = bus.connect();
    let (run, to) = (folder.to_owned(), left.to_owned());
    let setup = setup(plan, vec![recruit], folder, stopped);
    let (mut active, mut intervals) = (false, 0);
    let mut observe = move |observation: Observation<'_>| {
        if let Observation::Entry(entry) = &observation {
            active |= matches!(entry, Entry::Event(event) if matches!(event.kind, EventKind::FaultActive(_)));
            intervals += u32::from(active && matches!(entry, Entry::Interval(_)));
        }
        if intervals >= 3 {
            copy(&run, &to);
            std::panic::resume_unwind(Box::new("killed"));
        }
    };
    let controller = async move { conduct(setup, &mut observe).await.map(|_| ()) };
    let local = tokio::task::LocalSet::new();
    let ended = local.run_until(async { tokio::task::spawn_local(controller).await }).await;
    assert!(ended.is_err_and(|error| error.is_panic()), "it ended in order");
    let torn = fs::read(left.join("intervals.ndjson")).unwrap();
    fs::write(left.join("intervals.ndjson"), [&torn[..], b"{\"seq\":99,\"order\""].concat()).unwrap();
}

/// Each acknowledged write was read after the load, and was there.
fn every_write_is_seen_in_the_end(recording: &Recording) {
    let acknowledged = of(recording, |entry| match entry {
        Entry::Ledger(LedgerEntry::Write(write)) => {
            (write.outcome == WriteOutcome::Acknowledged).then_some(write.number)
        }
        _ => None,
    });
    let seen: BTreeSet<u64> = of(recording, |entry| match entry {
        Entry::Ledger(LedgerEntry::Read(read)) => {
            (read.is_final && read.result == ReadResult::Present).then_some(read.write)
        }
        _ => None,
    })
    .into_iter()
    .collect();
    assert!(acknowledged.len() > 20, "{acknowledged:?}");
    assert!(acknowledged.iter().all(|number| seen.contains(number)), "{acknowledged:?} but {seen:?}");
}

#[tokio::test]
async fn what_agents_kept_while_there_was_no_controller_is_fetched_once_and_the_recording_ends() {
    let service = Service::start().await;
    let plan = plan(&service);
    let folder = tempfile::tempdir().unwrap();
    let (run, left) = (folder.path().join("run"), folder.path().join("left"));
    let mut recruit = agent(&plan);
    let link = std::mem::replace(&mut recruit.link, link::channel("nobody").0);
    let bus = Bus::over(link);
    timeout(PATIENCE, Box::pin(killed(plan, &bus, recruit, &run, &left))).await.unwrap();

    // Without a controller the agent stops its load by itself, and waits.
    let mut trouble = bus.trouble.clone();
    let said = timeout(PATIENCE, trouble.wait_for(Option::is_some)).await.unwrap().unwrap().clone().unwrap();
    assert_eq!(said, "it heard nothing of the controller for 2s and stopped its load");
    let before = Recording::read(&left).unwrap();
    assert!(!before.integrity.complete && before.integrity.damages.is_empty(), "{:?}", before.integrity);

    let mut said = Vec::new();
    let resumed = timeout(
        PATIENCE,
        resume(&left, vec![bus.connect()], SystemTime::now(), &mut |text| said.push(text.to_owned())),
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!((resumed.drained, resumed.lost), (vec!["agent 1".to_owned()], Vec::new()));
    // What an agent told was taken while there was a controller; little else may have happened for long. The last batch may be there in
    // part: then it is asked for again.
    let told = of(&before, |entry| {
        let Entry::Agent(entry) = entry else { return None };
        Some((entry.at, matches!(entry.news, AgentNews::Batch { .. })))
    });
    let whole = told.iter().rposition(|(_, is_batch)| *is_batch).unwrap();
    let taken = &told[..whole];
    assert!(taken.iter().all(|(at, _)| *at <= resumed.lost_at), "{taken:?} after {:?}", resumed.lost_at);
    let recording = Recording::read(&left).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    assert!(recording.entries.len() > before.entries.len());
    let attempts = of(&recording, |entry| if let Entry::Interval(one) = entry { Some(one.attempts) } else { None });
    let probes = of(&recording, |entry| matches!(entry, Entry::Ledger(_)).then_some(1));
    let all = attempts.iter().sum::<u64>() + probes.iter().sum::<u64>();
    assert_eq!(all, service.requests(), "recorded, and counted by the target");
    every_write_is_seen_in_the_end(&recording);
    let batches = of(&recording, |entry| match entry {
        Entry::Agent(entry) => match entry.news {
            AgentNews::Batch { number, .. } => Some(number),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(batches, (1..=batches.len() as u64).collect::<Vec<_>>(), "each once, in order");
    let news = of(&recording, |entry| if let Entry::Agent(entry) = entry { Some(entry.news.clone()) } else { None });
    assert!(news.contains(&AgentNews::Drained), "{news:?}");
    assert!(news.iter().any(|news| matches!(news, AgentNews::Missing { .. })), "its users are missing from then on");
    let kinds = kinds(&recording);
    let slow = units::FaultName::new("slow");
    let wanted = [EventKind::Aborted, EventKind::FaultNotHealed(slow), EventKind::FinalReadsEnded, EventKind::RunEnded];
    for kind in wanted {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
    assert!(said.contains(&"final reads complete".to_owned()), "{said:?}");
    let again = resume(&left, Vec::new(), SystemTime::now(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(again, ResumeError::Recording(record::ResumeError::Ended { .. })), "{again}");
}
