//! Several processes that share a load by parts send exactly what one process sends, write by write and word by word.

use crate::support::{Recording, Reply, Server, open, plan, plans, recording, server};
use load::{Parts, TakeOver, TargetAddresses, limits::Needs};
use plan::{
    Source,
    resolved::{Check, Journey, Ledger, LedgerReader, ResolvedPlan},
};
use record::{Entry, LedgerEntry, LedgerRead, LedgerWrite};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use units::{Part, Rate};

/// Everything a user may say: who it is, what it draws, what is unique.
const WORDS: &str = "/{{ population }}/{{ user }}/{{ random 1 1000 }}/{{ unique }}";

fn shared_plan() -> ResolvedPlan {
    let mut load = open(120.0, 1.0);
    load.threads = Some(2);
    let mut plan = plan(load);
    plan.populations = vec![plans::population("europe", 60), plans::population("asia", 40)];
    let journey = |name: &str, weight| {
        let step = plans::step(name, plans::get(&format!("/{name}{WORDS}")));
        Journey { name: name.into(), weight, steps: vec![step] }
    };
    plan.journeys = vec![journey("look", 3), journey("seek", 1)];
    let mut read = plans::get("/item/{{ ledger.value }}/{{ unique }}");
    read.checks = vec![Check::Status(vec![200])];
    plan.ledger = Some(Ledger {
        rate: Rate::per_second(25.0).unwrap(),
        write: plans::post("/item", "{{ ledger.value }} {{ unique }} {{ random 1 1000 }}"),
        read,
        present: Vec::new(),
        readers: LedgerReader::Entry,
        first_read_after: Duration::from_millis(10),
        reads_max: 1,
        quiet: Duration::ZERO,
        final_passes: 1,
        sessions: None,
    });
    plan
}

/// What the server heard, by kind and sorted, and what was recorded by all.
struct Heard {
    journeys: Vec<String>,
    writes: Vec<String>,
    reads: Vec<String>,
    recordings: Vec<Recording>,
}

/// A server, and all requests that it has heard.
fn listening() -> (Server, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&requests);
    let server = Server::start(move |request| {
        let line = request.head.lines().next().unwrap_or_default();
        sink.lock().unwrap().push(format!("{line} {}", request.body));
        Reply::Pieces(vec![server::ok("here")])
    });
    (server, requests)
}

/// Runs each agent's parts, one after the other, against one server.
async fn heard(agents: &[Parts]) -> Heard {
    let (server, requests) = listening();
    let mut recordings = Vec::new();
    for parts in agents {
        let (mut setup, output) = recording::setup(recording::addresses(&[&server]));
        setup.parts = parts.clone();
        setup.stamp = "run".to_owned();
        let mut load = load::start(Arc::new(shared_plan()), setup).unwrap();
        load.wait().await.unwrap();
        let finals = load.final_reads(|_| ()).await;
        assert_eq!(finals.is_ok(), !parts.is_nothing(), "who made writes reads them: {finals:?}");
        recordings.push(recording::collect(load, output).await);
    }
    sorted(&requests, recordings)
}

fn sorted(requests: &Mutex<Vec<String>>, recordings: Vec<Recording>) -> Heard {
    let mut all = requests.lock().unwrap().clone();
    all.sort();
    let chosen = |start: &str| all.iter().filter(|line| line.starts_with(start)).cloned().collect::<Vec<_>>();
    let journeys = [chosen("GET /look/"), chosen("GET /seek/")].concat();
    Heard { journeys, writes: chosen("POST /item"), reads: chosen("GET /item/"), recordings }
}

fn entries<'a, T>(heard: &'a Heard, choose: impl Fn(&'a LedgerEntry) -> Option<T> + Copy) -> Vec<T> {
    let entries = heard.recordings.iter().flat_map(|recording| &recording.entries);
    let ledger = entries.filter_map(|entry| if let Entry::Ledger(entry) = entry { Some(entry) } else { None });
    ledger.filter_map(choose).collect()
}

fn writes(heard: &Heard) -> Vec<&LedgerWrite> {
    entries(heard, |entry| if let LedgerEntry::Write(write) = entry { Some(write) } else { None })
}

fn final_reads(heard: &Heard) -> Vec<&LedgerRead> {
    entries(heard, |entry| match entry {
        LedgerEntry::Read(read) if read.is_final => Some(read),
        _ => None,
    })
}

#[tokio::test]
async fn a_fleet_sends_what_one_process_sends() {
    let part = |index, of| Part::new(index, of);
    let fleet =
        [Parts::new(vec![part(0, 2), None]), Parts::new(vec![None, None]), Parts::new(vec![part(1, 2), part(0, 1)])];
    assert_eq!(Parts::add_up(&fleet, 2), Ok(()));
    let (one, many) = (heard(&[Parts::whole(2)]).await, heard(&fleet).await);
    assert_eq!((one.journeys.len(), one.writes.len()), (120, 25));
    assert_eq!(many.journeys, one.journeys, "the same users draw the same journeys and words");
    assert_eq!(many.writes, one.writes, "each write is made once, with the same value");
    let mut unique = many.reads.clone();
    unique.dedup();
    assert_eq!(unique.len(), many.reads.len(), "no two reads of the fleet share a unique value");
    let numbers = |heard: &Heard| {
        let mut numbers: Vec<u64> = writes(heard).iter().map(|write| write.number).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(numbers(&many), numbers(&one));
    for number in numbers(&many) {
        let reads = final_reads(&many);
        let readers = reads.iter().filter(|read| read.write == number).count();
        assert_eq!(readers, 2, "write {number} is read once by each population in the end, whoever else is there");
    }
    let own: Vec<usize> = many.recordings.iter().map(|recording| recording.arrivals().intended as usize).collect();
    assert_eq!(own, [36, 0, 36 + 48], "nobody generates what is not its own");
}

#[tokio::test]
async fn what_one_gives_away_in_the_middle_another_sends_and_nothing_comes_twice() {
    let one = heard(&[Parts::whole(2)]).await;
    let (server, requests) = listening();
    let from = Duration::from_millis(400);
    let given = Parts::new(vec![Part::of_slots(vec![0, 2], 3), Part::new(1, 2)]);
    let mut loads = Vec::new();
    let mut start_at = None;
    for (parts, take_over) in [(Parts::whole(2), None), (given.clone(), Some(TakeOver { from, ..TakeOver::default() }))]
    {
        let (mut setup, output) = recording::setup(recording::addresses(&[&server]));
        setup.start_at = *start_at.get_or_insert(setup.start_at);
        (setup.parts, setup.take_over) = (parts, take_over);
        setup.stamp = "run".to_owned();
        loads.push((load::start(Arc::new(shared_plan()), setup).unwrap(), output));
    }
    loads[0].0.handle().give(given, from);
    let mut recordings = Vec::new();
    for (mut load, output) in loads {
        load.wait().await.unwrap();
        load.final_reads(|_| ()).await.unwrap();
        recordings.push(recording::collect(load, output).await);
    }
    let both = sorted(&requests, recordings);
    assert_eq!(both.journeys, one.journeys, "the same users, wherever they come from");
    assert_eq!(both.writes, one.writes, "each write is made once, with the same value");
    let own: Vec<u64> = both.recordings.iter().map(|recording| recording.arrivals().intended).collect();
    assert_eq!(own.iter().sum::<u64>(), 120, "{own:?}");
    // Of the last 0.6 s, two thirds of 72/s and half of 48/s.
    assert!((38..=50).contains(&own[1]), "{own:?}");
}

#[tokio::test]
async fn a_user_that_is_given_away_walks_with_one_and_then_with_the_other() {
    let mut plan = plan(plans::closed(20, 1.0));
    plan.load.threads = Some(2);
    plan.populations = vec![plans::population("europe", 60), plans::population("asia", 40)];
    let mut step = plans::step("look", plans::get("/{{ population }}/{{ user }}/{{ iteration }}"));
    step.think.mean = Duration::from_millis(20);
    plan.journeys = vec![Journey { name: "look".into(), weight: 1, steps: vec![step] }];
    let (server, requests) = listening();
    // Of twelve users, eight; of the eight others, all.
    let given = Parts::new(vec![Part::of_slots(vec![0, 2], 3), Part::new(0, 1)]);
    let from = Duration::from_millis(400);
    let mut loads = Vec::new();
    let mut start_at = None;
    for (parts, take_over) in [(Parts::whole(2), None), (given.clone(), Some(TakeOver { from, ..TakeOver::default() }))]
    {
        let (mut setup, output) = recording::setup(recording::addresses(&[&server]));
        setup.start_at = *start_at.get_or_insert(setup.start_at);
        (setup.parts, setup.take_over) = (parts, take_over);
        loads.push((load::start(Arc::new(plan.clone()), setup).unwrap(), output));
    }
    loads[0].0.handle().give(given, from);
    let mut recorded = 0;
    for (mut load, output) in loads {
        load.wait().await.unwrap();
        recorded += recording::collect(load, output).await.arrivals().started;
    }
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len() as u64, recorded, "what was sent is recorded by one of the two");
    let mut journeys: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for request in requests.iter() {
        let path = request.split(' ').nth(1).unwrap();
        let (user, iteration) = path.rsplit_once('/').unwrap();
        journeys.entry(user).or_default().push(iteration.parse().unwrap());
    }
    assert_eq!(journeys.len(), 20, "{journeys:?}");
    // Who goes on with a user doesn't know how many journeys it had, and begins with the microsecond as their number.
    let goes_on = from.as_micros() as u64;
    let mut moved = 0;
    for (user, numbers) in &journeys {
        let (before, after): (Vec<u64>, Vec<u64>) = numbers.iter().partition(|number| **number < goes_on);
        assert_eq!(before, (0..before.len() as u64).collect::<Vec<_>>(), "{user} walks one journey after the other");
        assert_eq!(after, (goes_on..).take(after.len()).collect::<Vec<_>>(), "{user}");
        // With 20 ms of thinking after each, however fast or slow the machine is.
        assert!(after.is_empty() || before.len() <= 20 && after.len() <= 30, "{user} walks with both: {numbers:?}");
        moved += usize::from(!after.is_empty());
    }
    assert_eq!(moved, 16, "{journeys:?}");
}

#[test]
fn the_scenario_of_100_000_users_fits_six_processes_and_loses_the_region_of_all() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/users/plan.yaml");
    let plan = plan::check(&Source::read(&path).unwrap(), wan::Atlas::embedded()).unwrap();
    let users: u32 = (0..plan.populations.len()).map(|population| plan.users_of(population)).sum();
    assert!(plan.populations.len() >= 5 && users >= 100_000, "{users} users");
    assert!(plan.populations.iter().all(|population| population.nearest[0] == 0), "the first region is everybody's");
    let addresses = TargetAddresses::attached(&plan).unwrap();
    for agent in 0..6 {
        let parts = Parts::each(Part::new(agent, 6).unwrap(), plan.populations.len());
        let needs = Needs::of(&plan, &addresses, &parts, 1);
        assert!(needs.descriptors <= 20_000, "{needs:?}");
        assert!(needs.ports.iter().all(|ports| ports.connections <= ports.sources * 14_000), "{needs:?}");
    }
}
