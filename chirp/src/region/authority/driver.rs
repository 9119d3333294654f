//! The driver of a seat: one task per partition that lets time pass, carries votes there and back, and does
//! what the tenure decides.
//!
//! Everything that happens comes through one mailbox, so there is one order of events per partition. What
//! takes long (a peer that is far, the take-over itself) is done by tasks that write a letter when they
//! are done; the driver never waits for anything but its mail and its clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::super::{Region, succession};
use super::messages::{AskMessage, HandOver, HandedOver, ReleaseMessage, VoteMessage};
use super::{Place, Seat};
use crate::defects::Defect;
use crate::events::{self, Event};
use crate::lease::{Action, Ask, Circumstances, Promise, Vote};
use crate::names::RegionName;

/// Tasks of a driver at a time; a round of asks to 20 regions is 20.
const TASKS_MAX: usize = 256;
/// How long writes that are under way may take to end when the partition is handed over.
const DRAIN: Duration = Duration::from_secs(1);
/// How often it is looked whether the preferred region could have its partition back.
const LOOK: Duration = Duration::from_millis(100);

/// A letter to the driver.
#[derive(Debug)]
pub(super) enum Mail {
    /// Something changed: look.
    Nudge,
    /// An answer to an ask.
    Vote { round: u64, epoch: u64, from: RegionName, message: VoteMessage },
    /// The take-over of an epoch is done, or failed.
    Prepared { epoch: u64, is_ready: bool },
    /// Another region wants the partition.
    HandOver { to: RegionName, reply: oneshot::Sender<Result<HandedOver, &'static str>> },
    /// Nothing is under way any more.
    Drained { epoch: u64, position: Value, reply: oneshot::Sender<Result<HandedOver, &'static str>> },
    /// We asked the holder for the partition, and this is what it said.
    Received { from: RegionName, outcome: Result<HandedOver, String> },
    /// Somebody wants this region to have the partition, or not any more.
    Promote { withdrawn: bool },
}

/// Drives a seat until the region stops.
pub(in crate::region) async fn run(region: Arc<Region>, index: usize) {
    let seat = &region.authority.seats[index];
    let taken = seat.mail.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let Some(mut mail) = taken else { return };
    let mut driver = Driver {
        region: &region,
        index,
        tasks: JoinSet::new(),
        positions: BTreeMap::new(),
        following: None,
        read_only: None,
        settled: None,
        wanted: false,
        asking: false,
        forgetting: false,
    };
    loop {
        let next = driver.look();
        let letter = tokio::select! {
            () = region.stop.requested() => break,
            letter = mail.recv() => letter,
            () = tokio::time::sleep(next) => None,
        };
        if let Some(letter) = letter {
            driver.read(letter);
        }
        while driver.tasks.try_join_next().is_some() {}
    }
    driver.resign().await;
}

struct Driver<'a> {
    region: &'a Arc<Region>,
    index: usize,
    tasks: JoinSet<()>,
    /// What those hold who granted us the epoch.
    positions: BTreeMap<RegionName, Value>,
    /// Whom the engine was told to follow.
    following: Option<Promise>,
    /// What was said last about whether users can write.
    read_only: Option<bool>,
    /// Since when the preferred region has been caught up while another writes.
    settled: Option<Duration>,
    /// Somebody wants us to have the partition.
    wanted: bool,
    /// A hand-over has been asked for and not been answered.
    asking: bool,
    /// Our side is being thrown away, by a defect.
    forgetting: bool,
}

impl<'a> Driver<'a> {
    fn seat(&self) -> &'a Seat {
        &self.region.authority.seats[self.index]
    }

    /// Lets time pass; answers when to look again.
    fn look(&mut self) -> Duration {
        let around = self.around();
        let now = self.seat().now();
        let actions = self.seat().state().tenure.tick(now, &around);
        self.act(actions);
        self.tell();
        self.forget();
        self.go_back();
        let around = self.around();
        let next = self.seat().state().tenure.next_tick(&around);
        // Looking costs nothing; a clock that is asked often is never late.
        next.saturating_sub(self.seat().now()).clamp(Duration::from_millis(5), LOOK)
    }

    fn around(&self) -> Circumstances {
        let seat = self.seat();
        let last = seat.last_promise();
        let state = seat.state();
        let is_candidate = seat.partition.candidates.contains(&self.region.name);
        let is_last = last.as_ref().is_some_and(|last| last.holder == self.region.name);
        let is_first = last.is_none() && *seat.partition.preferred() == self.region.name;
        let by_itself = self.region.authority.deployment.promotes_itself || is_last || is_first;
        Circumstances {
            may_campaign: is_candidate && by_itself && self.region.is_serving(),
            rank: rank(seat, &self.region.name, last.as_ref()),
            free_at: state.voter.free_at(),
            promised: state.voter.promise().map_or(0, |promise| promise.epoch),
        }
    }

    fn read(&mut self, letter: Mail) {
        let now = self.seat().now();
        match letter {
            Mail::Nudge => {}
            Mail::Vote { round, epoch, from, message } => {
                if let Vote::Refused { promise: Some(promise), bound_ms } = &message.vote
                    && *bound_ms > 0
                    && promise.holder != self.region.name
                {
                    self.hear(promise.clone(), now + Duration::from_millis(*bound_ms));
                }
                if !message.position.is_null() && self.seat().state().tenure.held().is_none() {
                    self.positions.insert(from.clone(), message.position);
                }
                tracing::trace!(epoch, round, %from, vote = ?message.vote, "vote");
                let actions = self.seat().state().tenure.vote(now, round, from, &message.vote);
                self.act(actions);
            }
            Mail::Prepared { epoch, is_ready } => {
                let actions = self.seat().state().tenure.prepared(now, epoch, is_ready);
                self.act(actions);
            }
            Mail::HandOver { to, reply } => self.hand_over(now, &to, reply),
            Mail::Drained { epoch, position, reply } => {
                let handed_over = self.seat().state().tenure.handed_over(now, epoch);
                self.lose(epoch);
                let answer = if handed_over { Ok(HandedOver { epoch, position }) } else { Err("the lease ran out") };
                // Who asked may be gone; then the voters wait until the lease has run out.
                let _ = reply.send(answer);
            }
            Mail::Received { from, outcome } => {
                (self.asking, self.settled) = (false, None);
                match outcome {
                    Ok(handed_over) => {
                        tracing::info!(%from, epoch = handed_over.epoch, "the partition is handed over to us");
                        self.positions = BTreeMap::from([(from, handed_over.position)]);
                        let until = now + self.region.authority.deployment.lease;
                        self.seat().state().tenure.urge(until, Some(handed_over.epoch));
                    }
                    Err(error) => tracing::warn!(%from, error, "the partition is not handed over"),
                }
            }
            Mail::Promote { withdrawn } => self.wanted = !withdrawn,
        }
    }

    fn hear(&mut self, promise: Promise, until: Duration) {
        let mut state = self.seat().state();
        let newer = |(known, _): &(Promise, Duration)| promise.epoch >= known.epoch;
        if state.hearsay.as_ref().is_none_or(newer) {
            state.hearsay = Some((promise, until));
        }
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Ask { round, ask } => self.ask(round, ask),
                Action::Release { epoch } => self.release(epoch),
                Action::Prepare { epoch, granted } => self.prepare(epoch, granted.into_iter().collect()),
                Action::Write { epoch } => {
                    let seat = self.seat();
                    let (partition, region) = (seat.partition.name.to_string(), self.region.name.to_string());
                    tracing::info!(partition, epoch, "this region writes from now on");
                    events::emit(&Event::Writer { partition, region, epoch });
                    self.wanted = false;
                    seat.state().unfenced = None;
                }
                Action::Lost { epoch } => self.lose(epoch),
            }
        }
    }

    /// Our own voter first; the others once it has promised.
    fn ask(&mut self, round: u64, ask: Ask) {
        if self.tasks.len() >= TASKS_MAX {
            return; // As if the round were lost on its way.
        }
        let (region, index) = (Arc::clone(self.region), self.index);
        if !ask.is_trial && self.seat().state().tenure.held().is_none() {
            // What others hold counts from this round on; what a hand-over brought stays.
            if ask.handed_over.is_none() {
                self.positions.clear();
            }
        }
        self.tasks.spawn(async move {
            let seat = &region.authority.seats[index];
            let own = region.authority.vote(seat, &ask).await;
            let vote = match own {
                Ok(vote) => vote,
                Err(error) => {
                    tracing::warn!(%error, "our own vote is not on disk");
                    return;
                }
            };
            let granted = vote == Vote::Granted;
            let message = VoteMessage { vote, position: Value::Null };
            let (from, epoch) = (region.name.clone(), ask.epoch);
            let _ = seat.mailbox.send(Mail::Vote { round, epoch, from, message }).await;
            if granted {
                ask_peers(&region, seat, round, &ask).await;
            }
        });
    }

    fn release(&mut self, epoch: u64) {
        let seat = self.seat();
        seat.state().voter.release(epoch, &self.region.name);
        let message =
            ReleaseMessage { partition: seat.partition.name.clone(), epoch, holder: self.region.name.clone() };
        if self.tasks.len() >= TASKS_MAX {
            return; // The voters' clocks release it as well.
        }
        let (region, timeout) = (Arc::clone(self.region), seat.terms.round());
        self.tasks.spawn(async move { tell_peers(&region, &message, timeout).await });
    }

    /// Lets the engine take over; what it needs to have is what the majority holds.
    fn prepare(&mut self, epoch: u64, granted: Vec<RegionName>) {
        let (region, index) = (Arc::clone(self.region), self.index);
        let positions = std::mem::take(&mut self.positions);
        let partition = self.seat().partition.name.clone();
        tracing::info!(%partition, epoch, ?granted, "the epoch is won; reading what the majority holds");
        self.following = None;
        self.tasks.spawn(async move {
            let seat = &region.authority.seats[index];
            let voters = granted.into_iter().chain(positions.keys().cloned()).filter(|voter| *voter != region.name);
            let voters = voters.collect();
            let turn = succession::Turn { partition, epoch, voters, positions, patience: seat.terms.lease * 5 };
            let taken = succession::take_over(&region, &turn).await;
            if let Err(reason) = &taken {
                tracing::warn!(epoch, reason, "cannot take over");
            }
            let _ = seat.mailbox.send(Mail::Prepared { epoch, is_ready: taken.is_ok() }).await;
        });
    }

    fn lose(&mut self, epoch: u64) {
        let partition = self.seat().partition.name.clone();
        tracing::warn!(%partition, epoch, "this region does not write any more");
        if self.region.defects.has(Defect::NoFencing) {
            // DEFECT no-fencing
            let head = *self.region.writer.durable().borrow();
            self.seat().state().unfenced = Some((epoch, head));
        }
        let region = Arc::clone(self.region);
        self.tasks.spawn(async move { succession::stand_down(&region, &partition, epoch).await });
    }

    fn hand_over(&mut self, now: Duration, to: &RegionName, reply: oneshot::Sender<Result<HandedOver, &'static str>>) {
        let Some(epoch) = self.seat().state().tenure.hand_over(now) else {
            let _ = reply.send(Err("this region does not write the partition"));
            return;
        };
        tracing::info!(%to, epoch, "handing over");
        let (region, index) = (Arc::clone(self.region), self.index);
        self.tasks.spawn(async move {
            let seat = &region.authority.seats[index];
            seat.drained(DRAIN.min(seat.terms.round())).await;
            let position = succession::position(&region).await.unwrap_or(Value::Null);
            let _ = seat.mailbox.send(Mail::Drained { epoch, position, reply }).await;
        });
    }

    /// With the defect `no-fencing`, once another side is known to have won: our side is thrown away.
    fn forget(&mut self) {
        let seat = self.seat();
        let from = {
            let state = seat.state();
            state.unfenced.filter(|_| state.is_succeeded(&self.region.name)).map(|(_, from)| from)
        };
        let Some(from) = from.filter(|_| !self.forgetting) else { return };
        self.forgetting = true;
        let (region, index) = (Arc::clone(self.region), self.index);
        self.tasks.spawn(async move {
            let deadline = region.limits.write_deadline;
            match region.writer.write(deadline, move |session| session.forget_after(from)).await {
                Ok(entries) => tracing::warn!(entries, "what was written without a lease is thrown away on purpose"),
                Err(error) => tracing::error!(%error, "what was written without a lease is not thrown away"),
            }
            region.authority.seats[index].state().unfenced = None;
        });
    }

    /// Tells users, programs and the engine who writes, when that has changed.
    fn tell(&mut self) {
        let seat = self.seat();
        let (partition, region) = (seat.partition.name.clone(), self.region.name.to_string());
        let place = seat.place();
        let holder = seat.state().holder(seat.now()).cloned();
        let read_only = place == Place::Nowhere;
        if self.read_only != Some(read_only) && (read_only || self.read_only.is_some()) {
            events::emit(&Event::ReadOnly { partition: partition.to_string(), region, read_only });
        }
        self.read_only = Some(read_only);
        if let (Place::Elsewhere(writer), Some(holder)) = (&place, holder)
            && holder.holder == *writer
            && self.following.as_ref() != Some(&holder)
            && self.tasks.len() < TASKS_MAX
        {
            tracing::info!(%partition, %writer, epoch = holder.epoch, "following");
            let (region, promise) = (Arc::clone(self.region), holder.clone());
            self.following = Some(holder);
            self.tasks.spawn(async move { succession::follow(&region, &partition, &promise).await });
        }
    }

    /// Asks the holder for the partition: because it is ours by preference and we have been well for long
    /// enough, or because somebody wants us to have it.
    fn go_back(&mut self) {
        let place = self.seat().place();
        let now = self.seat().now();
        if self.wanted && place == Place::Nowhere {
            self.seat().state().tenure.urge(now + self.region.authority.deployment.lease, None);
        }
        let Place::Elsewhere(writer) = place else {
            self.settled = None;
            return;
        };
        let is_ours = *self.seat().partition.preferred() == self.region.name;
        let failback = self.region.authority.deployment.failback_after.filter(|_| is_ours);
        if self.asking || (failback.is_none() && !self.wanted) {
            return;
        }
        if !self.region.is_serving() || !succession::is_caught_up(self.region, &writer) {
            self.settled = None;
            return;
        }
        let since = *self.settled.get_or_insert(now);
        let is_time = failback.is_some_and(|after| now >= since + after);
        if (is_time || self.wanted) && self.tasks.len() < TASKS_MAX {
            self.asking = true;
            self.ask_for_it(writer);
        }
    }

    fn ask_for_it(&mut self, writer: RegionName) {
        let (region, index) = (Arc::clone(self.region), self.index);
        self.tasks.spawn(async move {
            let seat = &region.authority.seats[index];
            let wish = HandOver { partition: seat.partition.name.clone(), to: region.name.clone() };
            let timeout = DRAIN + seat.terms.lease;
            let asked = region.authority.links[&writer].ask("/peer/lease/hand-over", &wish, timeout).await;
            let outcome = asked.map_err(|error| error.to_string());
            let _ = seat.mailbox.send(Mail::Received { from: writer, outcome }).await;
        });
    }

    /// The region stops: others need not wait until the lease has run out.
    async fn resign(mut self) {
        let (now, timeout) = (self.seat().now(), self.seat().terms.round());
        let actions = self.seat().state().tenure.resign(now);
        self.act(actions);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(timeout.min(DRAIN), ended).await;
    }
}

/// The place among those who may have the partition; the last holder comes last, for it has just gone
/// silent. Before there ever was one the preferred region gets a whole lease of advance.
fn rank(seat: &Seat, region: &RegionName, last: Option<&Promise>) -> u32 {
    let candidates = &seat.partition.candidates;
    let is_last = |name: &RegionName| last.is_some_and(|last| last.holder == *name);
    let before = candidates.iter().take_while(|name| *name != region).filter(|name| !is_last(name)).count() as u32;
    match last {
        None => before * 3,
        Some(_) if is_last(region) => candidates.len() as u32 - 1,
        Some(_) => before,
    }
}

async fn ask_peers(region: &Arc<Region>, seat: &Seat, round: u64, ask: &Ask) {
    let message = AskMessage { partition: seat.partition.name.clone(), ask: ask.clone() };
    let asks = region.authority.links.iter().map(|(peer, link)| {
        let message = &message;
        async move {
            let answer = link.ask::<VoteMessage>("/peer/lease/ask", message, seat.terms.round()).await;
            match answer {
                Ok(message) => {
                    let (from, epoch) = (peer.clone(), ask.epoch);
                    let _ = seat.mailbox.send(Mail::Vote { round, epoch, from, message }).await;
                }
                Err(error) => tracing::debug!(%peer, %error, "no vote"),
            }
        }
    });
    at_once(asks).await;
}

async fn tell_peers(region: &Arc<Region>, message: &ReleaseMessage, timeout: Duration) {
    let tells = region.authority.links.iter().map(|(peer, link)| async move {
        if let Err(error) = link.ask::<Value>("/peer/lease/release", message, timeout).await {
            tracing::debug!(%peer, %error, "a release was not told");
        }
    });
    at_once(tells).await;
}

/// Runs futures side by side in one task.
async fn at_once(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut futures: Vec<_> = futures.map(|future| Some(Box::pin(future))).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for slot in &mut futures {
            if let Some(future) = slot {
                if future.as_mut().poll(context).is_ready() {
                    *slot = None;
                } else {
                    is_done = false;
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
