//! One agent, as the controller knows it.

use super::{CONFIRMED_WITHIN, bound::Bound, complete::Completeness, later, moves::Moves, unconfirmed::Changes};
use crate::{
    agent::spool::Spool,
    link::{Distance, Incoming},
    merge::Inbox,
    message::{Batch, FromAgent, MissingSeconds, Moved, Phase, State, Tell, ToAgent},
};
use plan::resolved::ResolvedPlan;
use record::{AgentEntry, AgentJoined, AgentNews, Entry, Event, EventKind, LedgerEntry, batch};
use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use units::{FaultName, Part, RunTime};

/// One agent.
pub(super) struct Member {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) joined: AgentJoined,
    pub(super) outgoing: mpsc::Sender<ToAgent>,
    /// How long before an instant it has to be told of it.
    pub(super) notice: Duration,
    pub(super) inbox: Inbox,
    pub(super) state: State,
    /// Number of the last [`Tell`].
    pub(super) told: u64,
    /// Each [`Tell`] that changed what faults do to its users' paths, and when; until that is confirmed, or is not proven.
    pub(super) overlaid: VecDeque<(u64, Instant, Changes)>,
    /// Those that were not confirmed in time, and whose overlays they took away.
    pub(super) doubted: Vec<(u64, BTreeSet<FaultName>)>,
    /// The [`Tell`] with the last change of the load's holds, and when that comes; until it is confirmed, or late.
    pub(super) held: Option<(u64, Instant)>,
    pub(super) stored: u64,
    /// By population: what it generates, as far as it has agreed to it.
    pub(super) holds: Vec<Option<Part>>,
    /// All that it was told to take over and to give away.
    pub(super) moved: Vec<Moved>,
    /// From that second of the run on others generate what it did.
    pub(super) taken_over: Option<u64>,
    /// It was counted as lost, and is heard again.
    pub(super) is_back: bool,
    /// What a share of it is worth beside others'.
    pub(super) weight: u64,
    pub(super) late: Option<Duration>,
    pub(super) bound: Bound,
    pub(super) heard: Instant,
    /// When it was lost, and why.
    pub(super) lost: Option<(Instant, String)>,
    /// When it first said that it can't go on as it should, and why.
    pub(super) trouble: Option<(Instant, String)>,
    /// Its link has ended.
    pub(super) over: bool,
    /// Where its spool is, when that is on this machine.
    pub(super) spool: Option<PathBuf>,
    /// Everything that it had to tell was taken.
    pub(super) drained: bool,
    /// The same, and stored: it may go.
    pub(super) released: bool,
    pub(super) complete: Completeness,
    pub(super) missing: Vec<MissingSeconds>,
}

/// What there is to do with what came from an agent.
#[derive(Debug)]
pub(crate) enum Found {
    /// To be recorded.
    Entry(Entry),
    /// To be recorded as the line that it came in.
    Line(Entry, String),
    /// Everything of that agent up to that batch was given.
    Mark(usize, u64),
}

impl Member {
    /// One of which nothing was heard yet, over a link of that distance.
    pub(super) fn new(
        index: usize,
        joined: AgentJoined,
        link: (mpsc::Sender<ToAgent>, Distance),
        weight: u64,
        spool: Option<PathBuf>,
    ) -> Self {
        Self {
            holds: joined.shares.clone(),
            index,
            name: joined.name.clone(),
            inbox: Inbox::new(joined.instance.clone()),
            joined,
            outgoing: link.0,
            notice: link.1.notice(),
            state: State::default(),
            told: 0,
            overlaid: VecDeque::new(),
            doubted: Vec::new(),
            held: None,
            stored: 0,
            moved: Vec::new(),
            taken_over: None,
            is_back: false,
            weight,
            late: None,
            bound: Bound::new(link.1.clock_bound()),
            heard: Instant::now(),
            lost: None,
            trouble: None,
            over: false,
            spool,
            drained: false,
            released: false,
            complete: Completeness::default(),
            missing: Vec::new(),
        }
    }

    pub(super) fn take(
        &mut self,
        incoming: Incoming,
        plan: &Arc<ResolvedPlan>,
        moves: &mut Moves,
        at: RunTime,
    ) -> Vec<Found> {
        self.over |= matches!(incoming, Incoming::Over(_));
        if self.drained {
            return Vec::new();
        }
        self.heard = Instant::now();
        self.is_back |= self.lost.is_some();
        match incoming {
            Incoming::Over(why) => self.left_behind(why, plan, moves, at),
            Incoming::Message(FromAgent::Batch(batch)) => self.batch(batch, plan, moves, at),
            Incoming::Message(FromAgent::State(state)) if later(&self.state, &state) => self.state(*state, at),
            Incoming::Message(FromAgent::Refused(refusal)) => self.lose(refusal.reason, at).into_iter().collect(),
            Incoming::Message(FromAgent::Hello(hello)) if hello.instance != self.joined.instance => {
                self.lose(format!("it was started again as instance {}", hello.instance), at).into_iter().collect()
            }
            Incoming::Message(FromAgent::State(_) | FromAgent::Hello(_) | FromAgent::Ready) => Vec::new(),
        }
    }

    /// Lost when nothing was heard of it for too long.
    pub(super) fn silence(&mut self, now: Instant, at: RunTime, longest: Duration) -> Option<Found> {
        let silent = now.saturating_duration_since(self.heard) >= longest;
        let length = units::duration::Text(longest);
        if silent && !self.drained { self.lose(format!("nothing was heard of it for {length}"), at) } else { None }
    }

    /// What is not proven, since it has not acted on a change of what faults do although it is there; and whose removal it has
    /// confirmed after all.
    pub(super) fn unconfirmed(
        &mut self,
        now: Instant,
        at: RunTime,
        agents: usize,
    ) -> (Vec<Event>, BTreeSet<FaultName>) {
        // Its users are gone, and what lay over their paths with them.
        if self.lost.is_some() {
            self.overlaid.clear();
            self.doubted.clear();
        }
        let (heard, who) = (self.state.heard, self.called(agents));
        let is_over = |(number, since, _): &mut (u64, Instant, Changes)| {
            *number <= heard || now.saturating_duration_since(*since) >= CONFIRMED_WITHIN
        };
        let mut doubts = Vec::new();
        while let Some((number, _, changes)) = self.overlaid.pop_front_if(is_over) {
            if heard < number {
                let length = units::duration::Text(CONFIRMED_WITHIN);
                let why = format!("{who} has not confirmed within {length} that its users' paths changed");
                doubts.extend(changes.doubts(&why, at));
                self.doubted.push((number, changes.taken));
            }
        }
        let confirmed = self.doubted.extract_if(.., |(number, _)| *number <= heard);
        (doubts, confirmed.flat_map(|(_, taken)| taken).collect())
    }

    /// Gives it up; nobody is lost twice. What it still has to tell is taken all the same, when it is heard again.
    pub(super) fn lose(&mut self, why: String, at: RunTime) -> Option<Found> {
        if self.lost.is_some() {
            return None;
        }
        self.lost = Some((Instant::now(), why.clone()));
        Some(self.news(at, AgentNews::Lost { reason: why }))
    }

    /// Whether something more is to be expected of it.
    pub(super) fn is_telling(&self) -> bool {
        !self.drained && !self.over && (self.lost.is_none() || self.is_back)
    }

    pub(super) fn tell(&self, tell: Tell) {
        // One that finds no room is followed by another.
        let _ = self.outgoing.try_send(ToAgent::Tell(tell));
    }

    pub(super) fn missing(&self) -> Vec<u64> {
        self.inbox.missing(self.state.last_batch)
    }

    /// What it is called in a run of so many agents.
    pub(super) fn called(&self, agents: usize) -> String {
        if agents == 1 { "the generator".to_owned() } else { self.name.clone() }
    }

    /// Removes what it may have left on this machine.
    pub(super) fn clean_up(&self) {
        if let Some(folder) = self.spool.as_ref().filter(|_| self.over) {
            // It is mostly gone already: an agent that ends in order removes it.
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    /// It died: what it had kept on this machine's disk is still there.
    fn left_behind(&mut self, why: String, plan: &Arc<ResolvedPlan>, moves: &mut Moves, at: RunTime) -> Vec<Found> {
        let mut found = Vec::new();
        let spool = self.spool.as_ref().and_then(|folder| Spool::open(folder, Arc::clone(plan), u64::MAX).ok());
        if let Some(mut spool) = spool.filter(|spool| spool.instance() == self.joined.instance) {
            while let Some(number) = spool.after(self.inbox.taken())
                && let Ok(Some(batch)) = spool.send(number)
            {
                let before = self.inbox.taken();
                found.extend(self.batch(batch, plan, moves, at));
                if self.inbox.taken() == before {
                    break;
                }
            }
        }
        if !self.drained {
            found.extend(self.lose(why, at));
        }
        found
    }

    fn batch(&mut self, batch: Batch, plan: &Arc<ResolvedPlan>, moves: &mut Moves, at: RunTime) -> Vec<Found> {
        let ready = match self.inbox.take(batch) {
            Ok(ready) => ready,
            Err(error) => return self.lose(error.to_string(), at).into_iter().collect(),
        };
        let mut found = Vec::new();
        for one in ready {
            let entries = match batch::read_lines(&one.lines, plan) {
                Ok(entries) => entries,
                Err(error) => {
                    found.extend(self.lose(format!("batch {} can't be used: {error}", one.number), at));
                    return found;
                }
            };
            let mut whole: Vec<Found> =
                entries.into_iter().filter_map(|(entry, line)| self.found(entry, line, moves)).collect();
            if let Some(second) = one.complete {
                self.complete.says(second, one.through);
                whole.extend(self.completed(at));
            }
            let (number, through) = (one.number, one.through);
            found.push(self.news(at, AgentNews::Batch { number, through, entries: whole.len() as u64 }));
            found.append(&mut whole);
            found.push(Found::Mark(self.index, through));
        }
        found.extend(self.drained(at));
        found
    }

    /// As the line that it came in, where nothing of it may have to be another: events are few and may be told in other words, or be
    /// known; and who says of itself that it is another agent is corrected.
    ///
    /// What others generate is theirs: nothing of that is taken from who was lost, should it have sent it nevertheless.
    fn found(&self, entry: Entry, line: &str, moves: &mut Moves) -> Option<Found> {
        match entry {
            _ if self.taken_over.is_some_and(|second| intended(&entry).is_some_and(|own| own >= second)) => None,
            Entry::Event(mut event) => moves.take(self.index, &mut event).then_some(Found::Entry(Entry::Event(event))),
            _ if entry.agent().is_some_and(|agent| agent != self.index) => {
                Some(Found::Entry(entry.by_agent(self.index)))
            }
            _ => Some(Found::Line(entry, line.to_owned())),
        }
    }

    fn state(&mut self, state: State, at: RunTime) -> Vec<Found> {
        let mut found = Vec::new();
        if let (None, Some(late)) = (self.late, state.late_us) {
            self.late = Some(Duration::from_micros(late));
            found.push(self.news(at, AgentNews::Began { late: Duration::from_micros(late) }));
        }
        for one in state.missing.iter().filter(|one| !self.missing.contains(one)) {
            let MissingSeconds { from, to, reason } = one.clone();
            found.push(self.news(at, AgentNews::Missing { from, to, reason }));
        }
        self.missing.clone_from(&state.missing);
        let bound = state.clock_bound_us.map(Duration::from_micros);
        if let Some(text) = bound.and_then(|bound| self.bound.news(bound, &self.name)) {
            found.push(Found::Entry(Event::new(at, EventKind::Note, "landfall", text).into()));
        }
        // Who is lost can't be in worse trouble.
        if let (None, None, Some(trouble)) = (&self.lost, &self.trouble, &state.trouble) {
            self.trouble = Some((Instant::now(), trouble.clone()));
        }
        // A controller that goes on with another's run has to be heard after it.
        self.told = self.told.max(state.heard);
        self.complete.heard(state.heard, state.last_batch);
        self.state = state;
        found.extend(self.completed(at));
        found.extend(self.drained(at));
        found
    }

    /// How far it is complete, when that is news.
    fn completed(&mut self, at: RunTime) -> Option<Found> {
        let (second, batch) = self.complete.news()?;
        Some(self.news(at, AgentNews::Complete { second, batch }))
    }

    /// Whether its last batch has been taken.
    fn drained(&mut self, at: RunTime) -> Option<Found> {
        let all = self.state.phase == Phase::Ended && self.inbox.taken() >= self.state.last_batch;
        (all && !self.drained).then(|| {
            self.drained = true;
            self.news(at, AgentNews::Drained)
        })
    }

    pub(super) fn news(&self, at: RunTime, news: AgentNews) -> Found {
        Found::Entry(Entry::Agent(AgentEntry { at, agent: self.index, news }))
    }
}

/// The second in which a request or a probe write was intended.
fn intended(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Interval(one) => Some(one.second),
        Entry::Phase(one) => Some(one.second),
        Entry::Arrivals(one) => Some(one.second),
        Entry::Ledger(LedgerEntry::Write(one)) => Some(one.intended.second()),
        Entry::Ledger(LedgerEntry::Read(_) | LedgerEntry::Operation(_))
        | Entry::Generator(_)
        | Entry::Event(_)
        | Entry::Agent(_) => None,
    }
}
