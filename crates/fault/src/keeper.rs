//! Keeps the faults: injects, proves, renews, heals, proves, and reports each step as an event of the recording.
//!
//! The keeper is a thread of its own with one small task per fault; faults that are given while the run goes on come to it as those
//! of the plan do. It holds every fault by a lease: the conductor of the run
//! renews it; when the conductor is gone (its end of the channel is dropped, by a panic too) or silent for longer than the
//! lease, the fault heals itself. What outlives this process (a command hook) has its own holder ([`crate::hold`]).

use crate::{
    Environment, FaultError, Proof,
    actuator::{Actuator, actuator},
};
use plan::{
    fault::{Proving, Strength, Turn},
    resolved::{Fault, ResolvedPlan},
};
use record::{Entry, Event, EventKind};
use std::{cell::RefCell, thread::JoinHandle, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::{LocalSet, spawn_local},
    time::{Instant, sleep_until},
};
use units::RunTime;

/// Orders to one fault that may wait: it is injected once, and healing twice is no more than healing once.
const ORDERS_MAX: usize = 8;
/// Faults on their way to the keeper's thread; a plan has fewer.
const GIVEN_MAX: usize = 4_096;

/// Orders from the conductor to one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Prepare,
    Inject,
    Heal(Why),
}

/// The conductor's handle. Dropping it heals everything.
pub struct Keeper {
    /// Those that are kept: the plan's, then those that were given since. Borrowed for no longer than a call.
    kept: RefCell<Vec<Kept>>,
    /// The way of another fault to the keeper's thread.
    given: Option<mpsc::Sender<Tended>>,
    renewed: watch::Sender<Instant>,
    run_start: Instant,
    output: mpsc::Sender<Entry>,
    thread: Option<JoinHandle<()>>,
}

/// The conductor's end of one fault.
struct Kept {
    order: mpsc::Sender<Order>,
    broken: watch::Receiver<bool>,
}

impl Keeper {
    /// Starts keeping the plan's faults. Instants are reported relative to `run_start`; events go to `output`.
    ///
    /// # Errors
    /// The thread or its runtime could not be made.
    pub fn start(
        plan: &ResolvedPlan,
        environment: Environment,
        run_start: Instant,
        output: &mpsc::Sender<Entry>,
    ) -> std::io::Result<Self> {
        let (renewed, _) = watch::channel(Instant::now());
        let (given, mut takes) = mpsc::channel::<Tended>(GIVEN_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("fault-keeper".to_owned()).spawn(move || {
            let tasks = LocalSet::new();
            tasks.spawn_local(async move {
                while let Some(one) = takes.recv().await {
                    let environment = environment.clone();
                    spawn_local(async move { one.tend(&environment).await });
                }
            });
            runtime.block_on(tasks);
        })?;
        let keeper = Self {
            kept: RefCell::default(),
            given: Some(given),
            renewed,
            run_start,
            output: output.clone(),
            thread: Some(thread),
        };
        for fault in &plan.faults {
            keeper.keep(fault, plan);
        }
        Ok(keeper)
    }

    /// Keeps another fault of a run of that plan; answers its index. It is not injected yet.
    pub fn keep(&self, fault: &Fault, plan: &ResolvedPlan) -> usize {
        let (order, orders) = mpsc::channel(ORDERS_MAX);
        let (state, broken) = watch::channel(false);
        let reporter =
            Reporter { run_start: self.run_start, output: self.output.clone(), fault: fault.clone(), turn: 0 };
        let turns = fault.turns().map(|turn| (actuator(fault, &turn.kind, plan), turn)).collect();
        let leash = Leash { orders, renewal: self.renewed.subscribe(), lease: fault.lease };
        let tended = Tended { reporter, turns, leash, state };
        // Refused only when the keeper's thread died; the fault then stays unproven.
        if let Some(given) = &self.given {
            let _ = given.try_send(tended);
        }
        let mut kept = self.kept.borrow_mut();
        kept.push(Kept { order, broken });
        kept.len() - 1
    }

    /// Makes ready what the fault with that index needs when it comes. What was done is reported as an event.
    pub fn prepare(&self, fault: usize) {
        // Refused only when the keeper's thread died; the fault then stays unproven.
        let _ = self.kept.borrow()[fault].order.try_send(Order::Prepare);
    }

    /// Injects the fault with that index. Its proof or failure is reported as an event.
    pub fn inject(&self, fault: usize) {
        // Refused only when the keeper's thread died, or still has orders enough; the fault then stays unproven.
        let _ = self.kept.borrow()[fault].order.try_send(Order::Inject);
    }

    /// Heals the fault with that index, whose time is over; harmless when it isn't active.
    pub fn heal(&self, fault: usize) {
        self.heal_for(fault, PLANNED);
    }

    /// Heals the fault with that index before its time, for somebody asked for it; harmless when it isn't active.
    pub fn heal_as_asked(&self, fault: usize) {
        self.heal_for(fault, "as was asked");
    }

    /// Heals all faults, whatever their state: the load is over.
    pub fn heal_all(&self) {
        let count = self.kept.borrow().len();
        (0..count).for_each(|fault| self.heal_for(fault, "the load is over"));
    }

    fn heal_for(&self, fault: usize, why: Why) {
        // Refused only when the keeper's thread died, or still has orders enough, one of them to heal.
        let _ = self.kept.borrow()[fault].order.try_send(Order::Heal(why));
    }

    /// Renews every lease.
    pub fn renew(&self) {
        self.renewed.send_replace(Instant::now());
    }

    /// Whether anything may still be broken.
    #[must_use]
    pub fn any_broken(&self) -> bool {
        self.kept.borrow().iter().any(|kept| *kept.broken.borrow())
    }

    /// Waits until nothing is broken any more, or `within` is over. Answers whether all is healed.
    pub async fn healed(&self, within: Duration) -> bool {
        let states: Vec<_> = self.kept.borrow().iter().map(|kept| kept.broken.clone()).collect();
        let all = async {
            for mut broken in states {
                // An error means that the keeper's thread is gone, which the flag's last value then tells.
                let _ = broken.wait_for(|broken| !broken).await;
            }
        };
        let _ = tokio::time::timeout(within, all).await;
        !self.any_broken()
    }
}

impl Drop for Keeper {
    /// Heals what is still broken and waits for it: every step of it is bounded.
    fn drop(&mut self) {
        self.given = None;
        self.kept.get_mut().clear();
        if let Some(thread) = self.thread.take() {
            // A panic in the keeper has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// One fault and what it takes to tend it.
struct Tended {
    reporter: Reporter,
    /// Each time that it comes, and who acts it out.
    turns: Vec<(Box<dyn Actuator>, Turn)>,
    leash: Leash,
    state: watch::Sender<bool>,
}

/// What may end a fault before its time.
struct Leash {
    orders: mpsc::Receiver<Order>,
    renewal: watch::Receiver<Instant>,
    lease: Duration,
}

/// Why a fault is healed, in words.
type Why = &'static str;

/// Its time is over.
const PLANNED: Why = "as planned";

impl Leash {
    /// Waits until `until` (`None`: for ever), renewing the lease with the actuator meanwhile; answers why the fault is to be
    /// healed, if it is before that.
    async fn hold(
        &mut self,
        until: Option<Instant>,
        actuator: &dyn Actuator,
        environment: &Environment,
        reporter: &Reporter,
    ) -> Option<Why> {
        loop {
            let lease_until = *self.renewal.borrow_and_update() + self.lease;
            tokio::select! {
                // What is to happen first when several are due: healing.
                biased;
                order = self.orders.recv() => match order {
                    Some(Order::Heal(why)) => return Some(why),
                    Some(Order::Prepare | Order::Inject) => {}
                    None => return Some("the run is gone"),
                },
                renewed = self.renewal.changed() => if renewed.is_err() {
                    return Some("the run is gone");
                } else if let Err(error) = actuator.renew(environment).await {
                    reporter.note(&format!("the lease could not be renewed: {error}"));
                },
                () = sleep_until(lease_until) => return Some("its lease ran out"),
                () = sleep_until(until.unwrap_or(lease_until)), if until.is_some() => return None,
            }
        }
    }
}

impl Tended {
    async fn tend(mut self, environment: &Environment) {
        while let Some(order) = self.leash.orders.recv().await {
            match order {
                Order::Prepare => self.prepare(environment).await,
                Order::Inject => {
                    self.state.send_replace(true);
                    self.course(environment).await;
                    self.state.send_replace(false);
                }
                Order::Heal(_) => {}
            }
        }
    }

    /// Makes ready what its first time needs.
    async fn prepare(&mut self, environment: &Environment) {
        let Self { reporter, turns, .. } = self;
        let start = Instant::now();
        for (actuator, turn) in turns.iter_mut().take(1) {
            Acting { actuator: actuator.as_mut(), turn, reporter, start, environment }.prepare().await;
        }
    }

    /// All its times, each injected, proven, held, healed and proven gone, and each told; cut short when it is to be healed before
    /// its end.
    async fn course(&mut self, environment: &Environment) {
        let Self { reporter, turns, leash, .. } = self;
        let start = Instant::now();
        let last = turns.len().saturating_sub(1);
        for (index, (actuator, turn)) in turns.iter_mut().enumerate() {
            reporter.turn = turn.number;
            let mut acting = Acting { actuator: actuator.as_mut(), turn, reporter, start, environment };
            // Between two times it is healed already.
            if acting.until_it_starts(leash).await.is_some() {
                return;
            }
            let why = acting.hold(leash, index == last).await;
            acting.heal(why.unwrap_or(PLANNED)).await;
            if why.is_some() {
                return;
            }
        }
    }
}

/// One of the times that a fault comes.
struct Acting<'a> {
    actuator: &'a mut dyn Actuator,
    turn: &'a Turn,
    reporter: &'a Reporter,
    /// When the fault's first time began.
    start: Instant,
    environment: &'a Environment,
}

impl Acting<'_> {
    /// Waits for its time, and makes ready what it needs before that; for its first time others have done both.
    async fn until_it_starts(&mut self, leash: &mut Leash) -> Option<Why> {
        if self.turn.number == 0 {
            return None;
        }
        let (starts, lead) = (self.turn.starts(), self.turn.kind.lead());
        if !lead.is_zero() {
            if let Some(why) = self.wait(leash, Some(starts.saturating_sub(lead))).await {
                return Some(why);
            }
            self.prepare().await;
        }
        self.wait(leash, Some(starts)).await
    }

    /// Makes ready what it needs. Where that fails, it fails as well when it comes.
    async fn prepare(&mut self) {
        match self.actuator.prepare(self.environment).await {
            Ok(done) => self.reporter.note(&format!("made ready: {done}")),
            Err(error) => self.reporter.note(&format!("it can't be made ready: {error}")),
        }
    }

    /// Injects, proves, and keeps it until its end; answers why it is to be healed before that.
    async fn hold(&mut self, leash: &mut Leash, is_last: bool) -> Option<Why> {
        if let Err(error) = self.inject().await {
            self.reporter.event(Instant::now(), EventKind::FaultFailed(self.reporter.name()), &error.to_string());
            return Some("it could not be injected");
        }
        for (after, strength) in &self.turn.rise[1..] {
            if let Some(why) = self.wait(leash, Some(*after)).await {
                self.reporter.unproven("healed before it had its full strength");
                return Some(why);
            }
            self.strengthen(*strength).await;
        }
        if let Some(why) = self.verify_effect(leash).await {
            return Some(why);
        }
        for (after, strength) in &self.turn.fall {
            if let Some(why) = self.wait(leash, Some(*after)).await {
                return Some(why);
            }
            self.strengthen(*strength).await;
        }
        // The end of the last time is the conductor's to order, for it may come earlier than planned.
        self.wait(leash, (!is_last).then_some(self.turn.ends)).await
    }

    async fn inject(&mut self) -> Result<(), FaultError> {
        self.reporter.event(Instant::now(), EventKind::FaultInjecting(self.reporter.name()), "injecting");
        let strength = self.turn.rise.first().map_or(Strength::FULL, |(_, strength)| *strength);
        self.actuator.strengthen(strength, self.environment).await?;
        self.actuator.inject(self.environment).await
    }

    async fn strengthen(&mut self, strength: Strength) {
        if let Err(error) = self.actuator.strengthen(strength, self.environment).await {
            self.reporter.unproven(&format!("its strength could not be changed: {error}"));
        }
    }

    /// Proves the effect; answers why it is to be healed, if that came first.
    async fn verify_effect(&self, leash: &mut Leash) -> Option<Why> {
        let name = self.reporter.name();
        match self.reporter.fault.verify.effect {
            Proving::Prove => {}
            Proving::Skip => {
                self.reporter.unproven("the plan wants no proof of its effect");
                return None;
            }
            Proving::Assume => {
                self.reporter.event(Instant::now(), EventKind::FaultActive(name), "injected; its effect is assumed");
                return None;
            }
        }
        let within = self.reporter.fault.verify_within;
        tokio::select! {
            proof = self.actuator.verify_effect(self.environment, within) => {
                self.reporter.proof(proof, EventKind::FaultActive(name.clone()), EventKind::FaultUnproven(name));
            },
            why = leash.hold(None, &*self.actuator, self.environment, self.reporter) => {
                self.reporter.unproven("healed before its effect was proven");
                return why;
            }
        }
        None
    }

    /// Heals and proves that it is gone.
    async fn heal(&mut self, why: Why) {
        let name = self.reporter.name();
        let text = format!("healing: {why}");
        self.reporter.event(Instant::now(), EventKind::FaultHealing(name.clone()), &text);
        let healed = match self.actuator.heal(self.environment).await {
            Ok(()) => self.verify_removal().await,
            Err(error) => Err(error),
        };
        self.reporter.proof(healed, EventKind::FaultHealed(name.clone()), EventKind::FaultNotHealed(name));
    }

    async fn verify_removal(&self) -> Result<Proof, FaultError> {
        let assumed = |text: &str| Proof { not_before: Instant::now(), seen: Instant::now(), text: text.to_owned() };
        match self.reporter.fault.verify.removal {
            Proving::Prove => self.actuator.verify_removal(self.environment, self.reporter.fault.verify_within).await,
            Proving::Skip => Err(FaultError::NotWanted),
            Proving::Assume => Ok(assumed("healed; that it is gone is assumed")),
        }
    }

    async fn wait(&self, leash: &mut Leash, after: Option<Duration>) -> Option<Why> {
        let until = after.map(|after| self.start + after);
        leash.hold(until, &*self.actuator, self.environment, self.reporter).await
    }
}

/// Turns what happens to one fault into events.
struct Reporter {
    run_start: Instant,
    output: mpsc::Sender<Entry>,
    fault: Fault,
    /// Which of its times is acted out, from 0.
    turn: u32,
}

impl Reporter {
    fn name(&self) -> units::FaultName {
        self.fault.name.clone()
    }

    fn unproven(&self, text: &str) {
        self.event(Instant::now(), EventKind::FaultUnproven(self.name()), text);
    }

    fn proof(&self, proof: Result<Proof, FaultError>, proven: EventKind, unproven: EventKind) {
        match proof {
            Ok(proof) => {
                let bracket = round(proof.seen - proof.not_before).as_millis();
                self.event(proof.seen, proven, &format!("{} (seen within {bracket} ms)", proof.text));
            }
            Err(error) => self.event(Instant::now(), unproven, &error.to_string()),
        }
    }

    fn note(&self, text: &str) {
        self.event(Instant::now(), EventKind::Note, text);
    }

    fn event(&self, at: Instant, kind: EventKind, text: &str) {
        let at = RunTime::from(at.saturating_duration_since(self.run_start));
        let called = called(&self.fault);
        let text = match self.fault.repeat.times {
            1 => format!("{called}: {text}"),
            times => format!("{called} ({} of {times}): {text}", self.turn + 1),
        };
        // Nobody listens only when the run is over.
        let _ = self.output.try_send(Event::new(at, kind, "fault", text).into());
    }
}

/// What a fault is called in the events of a run: its kind and its name, or the name alone where that begins with the kind, as it does
/// where the plan gives none.
#[must_use]
pub fn called(fault: &Fault) -> String {
    with_kind(fault.kind.as_str(), fault.name.as_str())
}

fn with_kind(kind: &str, name: &str) -> String {
    if name.starts_with(kind) { name.to_owned() } else { format!("{kind} {name}") }
}

/// To the millisecond: the probes are no finer.
fn round(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_without_a_name_of_its_own_is_not_called_by_its_kind_twice() {
        assert_eq!(with_kind("region-loss", "lose-europe"), "region-loss lose-europe");
        assert_eq!(with_kind("region-loss", "region-loss eu-west-1"), "region-loss eu-west-1");
    }
}
