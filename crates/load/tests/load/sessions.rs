//! The ledger's sessions against a service that keeps registers, lists and counters by description.

use crate::support::{Recording, Reply, Request, Server, open, plan, plans, recording, server};
use plan::resolved::{
    Carried, Check, Extract, ExtractFrom, Ledger, LedgerObject, LedgerObjectKind, LedgerReader, LedgerSessions,
    ResolvedPlan,
};
use record::{Entry, LedgerAction, LedgerEntry, LedgerOperation, Reader, WriteOutcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use units::Rate;

/// What is kept under each name.
#[derive(Default)]
struct Kept {
    registers: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
    members: BTreeMap<String, BTreeSet<String>>,
    /// Tokens that requests brought along.
    tokens: BTreeSet<String>,
    answers: u64,
}

#[derive(Clone, Default)]
struct Store(Arc<Mutex<Kept>>);

impl Store {
    fn answer(&self, request: &Request) -> Reply {
        let mut kept = self.0.lock().unwrap();
        kept.answers += 1;
        let token = request.head.lines().find_map(|line| line.strip_prefix("x-seen: ")).map(str::to_owned);
        kept.tokens.extend(token);
        let mut words = request.head.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let body = match (method, parts.as_slice()) {
            ("POST", ["prepare", name]) => format!("{{\"id\":\"id-{name}\"}}"),
            ("PUT", ["register", name]) => {
                kept.registers.insert((*name).to_owned(), request.body.clone());
                "{}".to_owned()
            }
            ("DELETE", ["register", name]) => {
                kept.registers.remove(*name);
                "{}".to_owned()
            }
            ("GET", ["register", name]) => match kept.registers.get(*name) {
                Some(value) => format!("{{\"value\":\"{value}\"}}"),
                None => return Reply::Pieces(vec![server::status(404)]),
            },
            ("POST", ["list", name]) => {
                kept.lists.entry((*name).to_owned()).or_default().push(request.body.clone());
                "{}".to_owned()
            }
            ("GET", ["list", name]) => {
                let newest_first = kept.lists.get(*name).into_iter().flatten().rev();
                let entries: Vec<String> = newest_first.map(|value| format!("{{\"text\":\"{value}\"}}")).collect();
                format!("{{\"entries\":[{}]}}", entries.join(","))
            }
            ("PUT", ["set", name, member]) => {
                kept.members.entry((*name).to_owned()).or_default().insert((*member).to_owned());
                "{}".to_owned()
            }
            ("DELETE", ["set", name, member]) => {
                kept.members.entry((*name).to_owned()).or_default().remove(*member);
                "{}".to_owned()
            }
            ("GET", ["set", name]) => {
                format!("{{\"count\":{}}}", kept.members.get(*name).map_or(0, BTreeSet::len))
            }
            _ => return Reply::Pieces(vec![server::status(400)]),
        };
        let token = format!("x-position: p{}\r\n", kept.answers);
        let reply = format!("HTTP/1.1 200 OK\r\n{token}content-length: {}\r\n\r\n{body}", body.len());
        Reply::Pieces(vec![reply.into_bytes()])
    }
}

fn put(path: &str, body: Option<&str>) -> plan::resolved::Request {
    plan::resolved::Request { method: "PUT".to_owned(), body: body.map(plans::text), ..plans::get(path) }
}

fn delete(path: &str) -> plan::resolved::Request {
    plan::resolved::Request { method: "DELETE".to_owned(), ..plans::get(path) }
}

fn object(kind: LedgerObjectKind) -> LedgerObject {
    let mut prepare = plans::post("/prepare/{{ ledger.key }}", "");
    prepare.extract = vec![Extract { variable: "id".to_owned(), from: ExtractFrom::Json("$.id".to_owned()) }];
    let (write, remove, read, shows) = match kind {
        LedgerObjectKind::Register => {
            let mut read = plans::get("/register/{{ ledger.id }}");
            read.checks = vec![Check::Status(vec![200, 404])];
            let write = put("/register/{{ ledger.id }}", Some("{{ ledger.value }}"));
            (write, Some(delete("/register/{{ ledger.id }}")), read, "$.value")
        }
        LedgerObjectKind::List => {
            let write = plans::post("/list/{{ ledger.key }}", "{{ ledger.value }}");
            (write, None, plans::get("/list/{{ ledger.key }}"), "$.entries[*].text")
        }
        LedgerObjectKind::Counter => {
            let write = put("/set/{{ ledger.key }}/{{ ledger.value }}", None);
            let remove = delete("/set/{{ ledger.key }}/{{ ledger.value }}");
            (write, Some(remove), plans::get("/set/{{ ledger.key }}"), "$.count")
        }
    };
    LedgerObject {
        kind,
        prepare: vec![prepare],
        write,
        remove,
        read,
        shows: shows.to_owned(),
        newest_first: kind == LedgerObjectKind::List,
        delivered: (kind == LedgerObjectKind::List).then(|| plans::get("/list/{{ ledger.key }}")),
    }
}

fn plan_with_sessions() -> ResolvedPlan {
    let mut plan = plan(open(1.0, 2.0));
    plan.regions = ["here", "there"].into_iter().map(plans::region).collect();
    plan.ledger = Some(Ledger {
        rate: Rate::per_second(1.0).unwrap(),
        write: plans::post("/list/writes", "{{ ledger.value }}"),
        read: plans::get("/list/writes"),
        present: Vec::new(),
        readers: LedgerReader::EachRegion,
        first_read_after: Duration::from_millis(10),
        reads_max: 1,
        quiet: Duration::ZERO,
        final_passes: 2,
        sessions: Some(LedgerSessions {
            rate: Rate::per_second(15.0).unwrap(),
            operations: 6,
            pause: Duration::from_millis(5),
            key_for: Duration::from_millis(500),
            carry: vec![Carried { from: "x-position".to_owned(), to: "x-seen".to_owned() }],
            objects: [LedgerObjectKind::Register, LedgerObjectKind::List, LedgerObjectKind::Counter]
                .map(object)
                .to_vec(),
        }),
    });
    plan
}

fn operations(recording: &Recording) -> Vec<&LedgerOperation> {
    let operation = |entry| match entry {
        &Entry::Ledger(LedgerEntry::Operation(ref operation)) => Some(operation),
        _ => None,
    };
    recording.entries.iter().filter_map(operation).collect()
}

#[tokio::test]
async fn sessions_of_users_and_of_probers_share_keys_that_are_read_in_the_end() {
    let store = Store::default();
    let servers = [0, 1].map(|_| {
        let store = store.clone();
        Server::start(move |request| store.answer(request))
    });
    let (recording, _) = recording::run_with_final_reads(plan_with_sessions(), &[&servers[0], &servers[1]]).await;
    let operations = operations(&recording);
    let refused = operations.iter().find(|one| one.outcome != WriteOutcome::Acknowledged);
    assert!(refused.is_none(), "one copy that answers everything: {refused:?}");
    let during = || operations.iter().filter(|one| !one.is_final);
    let sessions: BTreeSet<u64> = during().map(|one| one.session).collect();
    // One that is due just before the load's end finds it over when the machine is busy.
    assert!((50..=60).contains(&sessions.len()), "15 a second for two seconds, each with a companion next to a region");
    let by = |wanted: fn(&Reader) -> bool| during().filter(|one| wanted(&one.by)).count();
    assert!(by(|by| matches!(by, Reader::Population(_))) >= 100 && by(|by| matches!(by, Reader::Region(_))) >= 100);
    for session in &sessions {
        let turns: Vec<u32> = during().filter(|one| one.session == *session).map(|one| one.turn).collect();
        assert_eq!(turns, (0..turns.len() as u32).collect::<Vec<_>>(), "one after the other");
    }
    let mut values = BTreeSet::new();
    for one in during() {
        if let LedgerAction::Write { value } | LedgerAction::Append { value } = one.action {
            assert!(values.insert(value), "{value} is written twice");
        }
    }
    let kept = store.0.lock().unwrap();
    assert!(kept.tokens.len() > 100, "a session hands on what it was given");
    let keys: BTreeSet<u64> = during().map(|one| one.key).collect();
    assert!(keys.len() >= 9, "three objects, a new key of each every half second");
    for key in &keys {
        let finals: BTreeSet<Reader> =
            operations.iter().filter(|one| one.is_final && one.key == *key).map(|one| one.by).collect();
        assert_eq!(finals.len(), 2, "key {key} is read in the end next to each region");
    }
}

/// What may have been done, of the operations on one key.
struct Past<'a>(Vec<&'a LedgerOperation>);

impl<'a> Past<'a> {
    fn of(operations: &[&'a LedgerOperation], key: u64) -> Self {
        let is_change = |one: &&&LedgerOperation| one.key == key && !one.is_final && !one.action.is_read();
        let may_be_done = |one: &&&LedgerOperation| one.outcome != WriteOutcome::Failed;
        Self(operations.iter().filter(is_change).filter(may_be_done).copied().collect())
    }

    /// What of that kind is certain, and what is possible.
    fn counted<T: Ord>(&self, value: impl Fn(&LedgerAction) -> Option<T>) -> (BTreeSet<T>, BTreeSet<T>) {
        let certain = |one: &&&LedgerOperation| one.outcome == WriteOutcome::Acknowledged;
        let certain = self.0.iter().filter(certain).filter_map(|one| value(&one.action)).collect();
        (certain, self.0.iter().filter_map(|one| value(&one.action)).collect())
    }

    /// Whether a change may be the last: none that is certain was begun after it was over.
    fn may_be_last(&self, change: &LedgerOperation) -> bool {
        let certain = |one: &&&LedgerOperation| one.outcome == WriteOutcome::Acknowledged;
        change.outcome == WriteOutcome::Unknown
            || !self.0.iter().filter(certain).any(|other| other.sent.is_some_and(|sent| sent > change.done))
    }

    /// Whether a register may show that in the end. A removal that others wrote beside may have come before them.
    fn may_show(&self, value: Option<u64>) -> bool {
        let shows = |one: &LedgerOperation| match one.action {
            LedgerAction::Write { value: written } => value == Some(written),
            LedgerAction::Delete => value.is_none(),
            _ => false,
        };
        let was_never_set = !self.0.iter().any(|one| one.outcome == WriteOutcome::Acknowledged);
        (value.is_none() && was_never_set) || self.0.iter().any(|one| shows(one) && self.may_be_last(one))
    }
}

#[tokio::test]
async fn what_a_final_read_shows_is_what_was_written() {
    let store = Store::default();
    let servers = [0, 1].map(|_| {
        let store = store.clone();
        Server::start(move |request| store.answer(request))
    });
    let (recording, _) = recording::run_with_final_reads(plan_with_sessions(), &[&servers[0], &servers[1]]).await;
    let operations = operations(&recording);
    let answered = |one: &&&LedgerOperation| one.is_final && one.outcome == WriteOutcome::Acknowledged;
    let mut seen = BTreeSet::new();
    for last in operations.iter().filter(answered) {
        let past = Past::of(&operations, last.key);
        let kind = match &last.action {
            LedgerAction::List { values, .. } => {
                let (certain, possible) = past.counted(|action| match action {
                    LedgerAction::Append { value } => Some(*value),
                    _ => None,
                });
                let shown: BTreeSet<u64> = values.iter().copied().collect();
                assert_eq!(shown.len(), values.len(), "nothing is there twice");
                assert!(certain.is_subset(&shown) && shown.is_subset(&possible), "{shown:?} of {possible:?}");
                "list"
            }
            LedgerAction::Count { count } => {
                let (added, maybe_added) = past.counted(|action| match action {
                    LedgerAction::Add { member } => Some(*member),
                    _ => None,
                });
                let (removed, maybe_removed) = past.counted(|action| match action {
                    LedgerAction::Remove { member } => Some(*member),
                    _ => None,
                });
                assert!(maybe_removed.is_subset(&added), "only what was surely added is taken out again");
                let least = added.difference(&maybe_removed).count() as i64;
                let most = maybe_added.difference(&removed).count() as i64;
                assert!(count.is_some_and(|count| (least..=most).contains(&count)), "{least} to {most}: {count:?}");
                "counter"
            }
            LedgerAction::Read { value } => {
                assert!(past.may_show(*value), "{value:?} after {:?}", past.0);
                "register"
            }
            other => panic!("{other:?} is no final read"),
        };
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 3, "each kind of key was read in the end: {seen:?}");
}

#[tokio::test]
async fn final_reads_begin_when_every_session_is_over() {
    let store = Store::default();
    // Whatever changes something is answered late, so that sessions are under way when the load ends.
    let server = Server::start(move |request| match store.answer(request) {
        Reply::Pieces(pieces) if !request.head.starts_with("GET") => {
            Reply::Late(Duration::from_millis(200), pieces.concat())
        }
        reply => reply,
    });
    let mut plan = plan_with_sessions();
    plan.load = open(1.0, 1.0);
    plan.regions.truncate(1);
    let ledger = plan.ledger.as_mut().unwrap();
    // All writes but those of sessions are over long before.
    ledger.rate = Rate::per_second(0.001).unwrap();
    let (recording, _) = recording::run_with_final_reads(plan, &[&server]).await;
    let operations = operations(&recording);
    let last = operations.iter().filter(|one| !one.is_final).map(|one| one.done).max().unwrap();
    let first_final = operations.iter().filter(|one| one.is_final).filter_map(|one| one.sent).min().unwrap();
    assert!(last <= first_final, "something was still written {:?} after", last.saturating_since(first_final));
}

#[test]
fn the_longest_request_may_be_one_of_a_session() {
    let mut plan = plan_with_sessions();
    let before = plan.request_time_max();
    let objects = &mut plan.ledger.as_mut().unwrap().sessions.as_mut().unwrap().objects;
    objects[1].delivered.as_mut().unwrap().timeouts.total = before + Duration::from_secs(1);
    assert_eq!(plan.request_time_max(), before + Duration::from_secs(1));
    let objects = &mut plan.ledger.as_mut().unwrap().sessions.as_mut().unwrap().objects;
    objects[0].prepare[0].timeouts.total = before + Duration::from_secs(2);
    assert_eq!(plan.request_time_max(), before + Duration::from_secs(2));
}
