//! Sessions: somebody makes several operations one after the other on a key that others use at the same time.
//!
//! ```text
//!   a user of a population, through the entry     write  read  write  read  read …     switches regions as users do
//!   its companion, next to a region               write  read  read  write  read …     asks that region's own endpoint
//! ```
//!
//! Each session is one caller with one connection, and hands on the headers that the plan says (its token). Its first operation is
//! a write, so that it has something of its own to find again; the others are drawn from its seed, so that the same plan does the
//! same. It ends early when the load does: nothing is written after that.
//!
//! An operation is recorded from before its first attempt to the end of its last, since it may take effect at any instant between.

use super::{
    final_reads::{PAUSE, WORKERS},
    keys::Key,
    prober::{Counted, Prober},
    writes::{outcome, reason},
};
use crate::{
    arrivals::{Arrival, Draws, Schedule, Shape},
    client::{Caller, Job, Report},
    running::Briefing,
    script::{Call, LedgerNames, ObjectScript, Scope},
};
use plan::resolved::{Arrivals, LedgerObjectKind, LedgerSessions, ResolvedPlan, Stage};
use record::{LedgerAction, LedgerEntry, LedgerOperation, Outcome, Reader, WriteOutcome};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use units::Part;

/// How often somebody looks whether the load was stopped.
const LOOK: Duration = Duration::from_millis(20);
/// Sessions of final reads are numbered from here: no session of the load has such a number.
const FINAL_SESSIONS: u64 = 1 << 62;
/// Final answers that a key gets from each reader.
const FINAL_ANSWERS: u32 = 2;
/// Values of a session: more than it has operations.
const SESSION_VALUES: u64 = 1_024;
/// See [`Scope::iteration`].
const ITERATION: u64 = 1 << 62;

/// Somebody who makes the operations of a session.
struct Actor {
    prober: Rc<Prober>,
    caller: Caller,
    scope: Scope,
    by: Reader,
    /// Which of the plan's objects its key is.
    object: usize,
    session: u64,
    turn: u32,
    is_final: bool,
    /// Members of a counter that it added, was told so, and didn't begin to remove. Nobody else removes them: who hasn't seen an
    /// add can't be expected to undo it.
    added: Vec<u64>,
}

/// Keys that are still to be read in the end, each with the place of its reader.
type Unread = Rc<RefCell<Vec<(Rc<Key>, usize)>>>;

/// What an operation is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Write,
    Remove,
    Read,
    ReadDelivered,
}

/// Begins the sessions of every population that is generated here; each task ends when its last session is begun.
pub(super) fn begin(prober: &Rc<Prober>, briefing: &Briefing) -> Vec<JoinHandle<()>> {
    let Some(sessions) = prober.ledger.sessions.clone().map(Rc::new) else { return Vec::new() };
    let mut beginning = Vec::new();
    for population in 0..briefing.plan.populations.len() {
        let Some(part) = briefing.parts.of(population).cloned() else { continue };
        let schedule = schedule(&briefing.plan, &sessions, population, part).since(briefing.from);
        let ends = briefing.load_start + briefing.plan.load_duration();
        let (shared, giver) = (Arc::clone(&briefing.shared), Arc::clone(&briefing.shared));
        let stopped = move || shared.is_stopped() || Instant::now() >= ends;
        // What another agent was given is begun there.
        let given = move |arrival: &Arrival| {
            giver.given(population, arrival.number).is_some_and(|from| arrival.intended >= from)
        };
        let run = begin_all(
            Rc::clone(prober),
            Rc::clone(&sessions),
            population,
            schedule,
            briefing.load_start,
            stopped,
            given,
        );
        beginning.push(tokio::task::spawn_local(run));
    }
    beginning
}

/// When the sessions of a population begin.
fn schedule(plan: &ResolvedPlan, sessions: &LedgerSessions, population: usize, part: Part) -> Schedule {
    let shape = Shape::new(&[Stage::Constant { rate: sessions.rate, duration: plan.load_duration() }]);
    let writer = &plan.populations[population];
    let seed = plan.seed.derive("ledger sessions").derive(writer.name.as_str());
    Schedule::new(Arc::new(shape), writer.share, Arrivals::Regular, seed, part)
}

async fn begin_all(
    prober: Rc<Prober>,
    sessions: Rc<LedgerSessions>,
    population: usize,
    schedule: Schedule,
    load_start: Instant,
    stopped: impl Fn() -> bool + Clone + 'static,
    given: impl Fn(&Arrival) -> bool,
) {
    let _guard = prober.client.alarm.guard();
    let has_regions = prober.readers().iter().any(|reader| matches!(reader, Reader::Region(_)));
    for arrival in schedule {
        let intended = load_start + arrival.intended;
        while Instant::now() < intended && !stopped() {
            wan::timer::sleep_until(intended.min(Instant::now() + LOOK).into()).await;
        }
        if stopped() {
            return;
        }
        if given(&arrival) {
            continue;
        }
        let key = key(&prober, &sessions, arrival);
        let region = arrival.number as usize % prober.client.world.regions.max(1);
        let companion = has_regions.then_some(Reader::Region(region));
        for (by, is_companion) in [(Some(Reader::Population(population)), 0), (companion, 1)] {
            let Some(by) = by else { continue };
            let number =
                (arrival.number * prober.client.world.populations as u64 + population as u64) * 2 + is_companion;
            let (sessions, key, writing) = (Rc::clone(&sessions), Rc::clone(&key), Counted::up(&prober.writing));
            let walk = walk(Rc::clone(&prober), sessions, key, by, number, writing, stopped.clone());
            tokio::task::spawn_local(walk);
        }
    }
}

/// The key of a session that begins then.
fn key(prober: &Prober, sessions: &LedgerSessions, arrival: Arrival) -> Rc<Key> {
    let objects = sessions.objects.len() as u64;
    let stretch = arrival.intended.as_micros() / sessions.key_for.as_micros().max(1);
    let object = arrival.number % objects;
    let number = u64::try_from(stretch).unwrap_or(u64::MAX / objects) * objects + object;
    prober.keys.get(number, object as usize, prober.client.script.stamp())
}

/// One session, from its first operation to its last.
async fn walk(
    prober: Rc<Prober>,
    sessions: Rc<LedgerSessions>,
    key: Rc<Key>,
    by: Reader,
    number: u64,
    _writing: Counted,
    stopped: impl Fn() -> bool,
) {
    let mut actor = Actor::new(&prober, by, number, key.object, false);
    let prepared = key.id.get_or_try_init(|| actor.prepare(&key, &stopped)).await.is_ok();
    let mut choices = Draws::new(prober.seeds.probes.derive("sessions").derive_number(number));
    let kind = sessions.objects[key.object].kind;
    for turn in 0..sessions.operations {
        if !prepared || stopped() {
            break;
        }
        let is_last = turn + 1 == sessions.operations;
        let chosen = choose(&mut choices, turn == 0, is_last, kind, actor.object());
        actor.operate(&key, kind, chosen).await;
        let next = Instant::now() + sessions.pause;
        while Instant::now() < next && !stopped() && !is_last {
            wan::timer::sleep_until(next.min(Instant::now() + LOOK).into()).await;
        }
    }
    actor.leave();
}

/// What a session does next: two writes to three reads; one removal in its last operation every other time.
fn choose(choices: &mut Draws, is_first: bool, is_last: bool, kind: LedgerObjectKind, object: &ObjectScript) -> Turn {
    // Always the same number of draws, so that what one operation does changes no other.
    let (drawn, second) = (choices.within(0, 9), choices.within(0, 9));
    match () {
        () if is_first => Turn::Write,
        () if is_last && second < 5 && object.remove.is_some() => Turn::Remove,
        () if drawn < 4 => Turn::Write,
        () if kind == LedgerObjectKind::List && object.delivered.is_some() && second < 3 => Turn::ReadDelivered,
        () => Turn::Read,
    }
}

/// After quiet: each key through each reader, until there were two definite answers, or as often as the plan says.
pub(super) async fn final_reads(prober: &Rc<Prober>) {
    let readers = prober.readers();
    let mut items: Vec<(Rc<Key>, usize)> = Vec::new();
    for key in prober.keys.prepared() {
        items.extend((0..readers.len()).map(|reader| (Rc::clone(&key), reader)));
    }
    items.reverse();
    let workers = WORKERS.min(items.len());
    let left = Rc::new(RefCell::new(items));
    let readers = Rc::new(readers);
    let work = |_| tokio::task::spawn_local(read_finally(Rc::clone(prober), Rc::clone(&left), Rc::clone(&readers)));
    let tasks: Vec<_> = (0..workers).map(work).collect();
    for task in tasks {
        // A worker that panicked has left its key unread: it stays undecided.
        let _panicked = task.await;
    }
}

async fn read_finally(prober: Rc<Prober>, left: Unread, readers: Rc<Vec<Reader>>) {
    loop {
        let Some((key, reader)) = left.borrow_mut().pop() else { return };
        let session = FINAL_SESSIONS + key.number * readers.len() as u64 + reader as u64;
        let mut actor = Actor::new(&prober, readers[reader], session, key.object, true);
        let kind = prober.ledger.sessions.as_ref().map(|sessions| sessions.objects[key.object].kind);
        let Some(kind) = kind else { return };
        for turn in [Turn::Read, Turn::ReadDelivered] {
            if turn == Turn::ReadDelivered && actor.object().delivered.is_none() {
                continue;
            }
            let mut answers = 0;
            for _ in 0..prober.ledger.final_passes.max(FINAL_ANSWERS) {
                answers += u32::from(actor.operate(&key, kind, turn).await == WriteOutcome::Acknowledged);
                if answers >= FINAL_ANSWERS {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        actor.leave();
    }
}

impl Actor {
    fn new(prober: &Rc<Prober>, by: Reader, session: u64, object: usize, is_final: bool) -> Self {
        let (standpoint, host, population) = prober.place(by);
        let caller = prober.borrow_caller(standpoint, host);
        let mut scope =
            Scope::new(population, session, Draws::new(prober.seeds.probes.derive("said").derive_number(session)));
        // No journey and no other probe has this iteration, so that its unique values are its own.
        scope.iteration = ITERATION;
        scope.begin(prober.script().objects[object].variables());
        Self { prober: Rc::clone(prober), caller, scope, by, object, session, turn: 0, is_final, added: Vec::new() }
    }

    fn leave(self) {
        let (standpoint, host, _) = self.prober.place(self.by);
        self.prober.give_back(standpoint, host, self.caller);
    }

    /// What its key is, as requests.
    fn object(&self) -> &ObjectScript {
        &self.prober.script().objects[self.object]
    }

    /// Brings a key into being; gives what the service calls it. Not once the load has ended.
    async fn prepare(&mut self, key: &Key, stopped: &impl Fn() -> bool) -> Result<String, ()> {
        let prober = Rc::clone(&self.prober);
        let object = &prober.script().objects[key.object];
        for call in &object.prepare {
            let id = self.id(object);
            let names = LedgerNames { value: "", id: &id, key: &key.name };
            if stopped() || self.request(call, names).await.0.outcome != Outcome::Ok {
                return Err(());
            }
        }
        Ok(self.id(object))
    }

    fn id(&self, object: &ObjectScript) -> String {
        object.id.and_then(|index| self.scope.variables.get(index)).cloned().unwrap_or_default()
    }

    /// Makes one operation and records it; gives how it ended.
    async fn operate(&mut self, key: &Key, kind: LedgerObjectKind, chosen: Turn) -> WriteOutcome {
        let prober = Rc::clone(&self.prober);
        let object = &prober.script().objects[self.object];
        let (call, value) = match (self.allowed(key, kind, chosen), kind, &object.remove, &object.delivered) {
            (Turn::Write, LedgerObjectKind::Counter, ..) => (&object.write, key.new_member()),
            (Turn::Write, ..) => (&object.write, self.new_value()),
            (Turn::Remove, LedgerObjectKind::Counter, Some(call), _) => match self.added.pop() {
                Some(member) => (call, member),
                None => (&object.read, 0),
            },
            (Turn::Remove, _, Some(call), _) => (call, 0),
            (Turn::ReadDelivered, _, _, Some(call)) => (call, 0),
            _ => (&object.read, 0),
        };
        let is = |other: Option<&Call>| other.is_some_and(|other| std::ptr::eq(call, other));
        let (removes, delivered) = (is(object.remove.as_ref()), is(object.delivered.as_ref()));
        let writes = is(Some(&object.write));
        key.is_removed.set(key.is_removed.get() || (removes && kind == LedgerObjectKind::Register));
        let text = match kind {
            LedgerObjectKind::Counter => value.to_string(),
            _ => prober.keys.text(value, prober.client.script.stamp()),
        };
        let id = key.id.get().cloned().unwrap_or_default();
        let began = Instant::now();
        let (report, shown) = self.request(call, LedgerNames { value: &text, id: &id, key: &key.name }).await;
        let is_ok = report.outcome == Outcome::Ok;
        let action = match (kind, writes, removes) {
            (LedgerObjectKind::Register, true, _) => LedgerAction::Write { value },
            (LedgerObjectKind::Register, _, true) => LedgerAction::Delete,
            (LedgerObjectKind::Register, ..) => LedgerAction::Read { value: self.register(&shown) },
            (LedgerObjectKind::List, true, _) => LedgerAction::Append { value },
            (LedgerObjectKind::List, ..) => LedgerAction::List { values: self.list(&shown), delivered },
            (LedgerObjectKind::Counter, true, _) => LedgerAction::Add { member: value },
            (LedgerObjectKind::Counter, _, true) => LedgerAction::Remove { member: value },
            (LedgerObjectKind::Counter, ..) => {
                LedgerAction::Count { count: shown.first().and_then(|count| count.parse().ok()) }
            }
        };
        let ended = match (action.is_read(), is_ok) {
            (true, true) => WriteOutcome::Acknowledged,
            (true, false) => WriteOutcome::Failed,
            (false, _) => outcome(&report),
        };
        if let (LedgerAction::Add { member }, WriteOutcome::Acknowledged) = (&action, ended) {
            self.added.push(*member);
        }
        let clock = prober.client.clock;
        let operation = LedgerOperation {
            agent: 0,
            session: self.session,
            turn: self.turn,
            by: self.by,
            key: key.number,
            action,
            sent: report.sent.map(|_| clock.at(began)),
            done: clock.at(report.done),
            outcome: ended,
            reason: if ended == WriteOutcome::Acknowledged { String::new() } else { reason(&report) },
            served_by: report.served_by,
            attempts: report.attempts,
            is_final: self.is_final,
        };
        self.turn += 1;
        prober.emit(LedgerEntry::Operation(operation)).await;
        ended
    }

    /// What may be done of what was chosen: nothing is written after somebody began to remove a register's value.
    fn allowed(&self, key: &Key, kind: LedgerObjectKind, chosen: Turn) -> Turn {
        let changes = matches!(chosen, Turn::Write | Turn::Remove);
        if changes && kind == LedgerObjectKind::Register && key.is_removed.get() { Turn::Read } else { chosen }
    }

    /// A value that no other operation of this agent writes.
    fn new_value(&self) -> u64 {
        self.session * SESSION_VALUES + u64::from(self.turn) + 1
    }

    /// Makes a request; gives what its answer showed.
    async fn request(&mut self, call: &Call, names: LedgerNames<'_>) -> (Report, Box<[String]>) {
        let prober = Rc::clone(&self.prober);
        let _guard = prober.client.alarm.guard();
        let _turn = prober.turns.acquire().await.expect("nobody closes the turns");
        self.scope.shown = Box::default();
        let mut job = Job { call, scope: &mut self.scope, ledger: Some(names), further: None };
        let report = prober.client.request(&mut self.caller, &mut job).await;
        (report, std::mem::take(&mut self.scope.shown))
    }

    fn register(&self, shown: &[String]) -> Option<u64> {
        self.prober.keys.value(shown.first()?, self.prober.client.script.stamp())
    }

    /// Oldest first; 0 for what isn't the ledger's.
    fn list(&self, shown: &[String]) -> Vec<u64> {
        let value = |text: &String| self.prober.keys.value(text, self.prober.client.script.stamp()).unwrap_or_default();
        let mut values: Vec<u64> = shown.iter().map(value).collect();
        let sessions = self.prober.ledger.sessions.as_ref();
        if sessions.is_some_and(|sessions| sessions.objects[self.object].newest_first) {
            values.reverse();
        }
        values
    }
}
