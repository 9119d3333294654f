//! Keeps the faults: injects, proves, renews, heals, proves, and reports each step as an event of the recording.
//!
//! The keeper is a thread of its own with one small task per fault. It holds every fault by a lease: the conductor of the run
//! renews it; when the conductor is gone (its end of the channel is dropped, by a panic too) or silent for longer than the
//! lease, the fault heals itself. What outlives this process (a command hook) has its own holder ([`crate::hold`]).

use crate::{Actuator, Environment, FaultError, Proof};
use plan::resolved::{Fault, ResolvedPlan};
use record::{Entry, Event, EventKind};
use std::{thread::JoinHandle, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::LocalSet,
    time::{Instant, sleep_until},
};
use units::RunTime;

/// Orders to one fault that may wait: it is injected once, and healing twice is no more than healing once.
const ORDERS_MAX: usize = 8;

/// Orders from the conductor to one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Inject,
    Heal,
}

/// The conductor's handle. Dropping it heals everything.
pub struct Keeper {
    orders: Vec<mpsc::Sender<Order>>,
    renewed: watch::Sender<Instant>,
    broken: Vec<watch::Receiver<bool>>,
    thread: Option<JoinHandle<()>>,
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
        let (renewed, renewal) = watch::channel(Instant::now());
        let (mut orders, mut broken, mut tended) = (Vec::new(), Vec::new(), Vec::new());
        for fault in &plan.faults {
            let (order, obeys) = mpsc::channel(ORDERS_MAX);
            let (state, is_broken) = watch::channel(false);
            orders.push(order);
            broken.push(is_broken);
            let reporter = Reporter { run_start, output: output.clone(), fault: fault.clone() };
            let actuator = Actuator::new(fault, plan);
            tended.push(Tended { reporter, actuator, orders: obeys, renewal: renewal.clone(), state });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("fault-keeper".to_owned()).spawn(move || {
            let tasks = LocalSet::new();
            for one in tended {
                let environment = environment.clone();
                tasks.spawn_local(async move { one.tend(&environment).await });
            }
            runtime.block_on(tasks);
        })?;
        Ok(Self { orders, renewed, broken, thread: Some(thread) })
    }

    /// Injects the fault with that index. Its proof or failure is reported as an event.
    pub fn inject(&self, fault: usize) {
        // Refused only when the keeper's thread died, or still has orders enough; the fault then stays unproven.
        let _ = self.orders[fault].try_send(Order::Inject);
    }

    /// Heals the fault with that index; harmless when it isn't active.
    pub fn heal(&self, fault: usize) {
        let _ = self.orders[fault].try_send(Order::Heal);
    }

    /// Heals all faults, whatever their state.
    pub fn heal_all(&self) {
        (0..self.orders.len()).for_each(|fault| self.heal(fault));
    }

    /// Renews every lease.
    pub fn renew(&self) {
        self.renewed.send_replace(Instant::now());
    }

    /// Whether anything may still be broken.
    #[must_use]
    pub fn any_broken(&self) -> bool {
        self.broken.iter().any(|broken| *broken.borrow())
    }

    /// Waits until nothing is broken any more, or `within` is over. Answers whether all is healed.
    pub async fn healed(&self, within: Duration) -> bool {
        let all = async {
            for mut broken in self.broken.iter().cloned() {
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
        self.orders.clear();
        if let Some(thread) = self.thread.take() {
            // A panic in the keeper has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// One fault and what it takes to tend it.
struct Tended {
    reporter: Reporter,
    actuator: Actuator,
    orders: mpsc::Receiver<Order>,
    renewal: watch::Receiver<Instant>,
    state: watch::Sender<bool>,
}

impl Tended {
    async fn tend(mut self, environment: &Environment) {
        let mut next = self.orders.recv().await;
        while let Some(order) = next {
            next = match order {
                Order::Inject => self.break_and_prove(environment).await,
                Order::Heal => self.orders.recv().await,
            };
            if *self.state.borrow() {
                next = self.hold(environment, next).await;
            }
        }
    }

    /// Injects and proves; answers the order that cut it short, if one did.
    async fn break_and_prove(&mut self, environment: &Environment) -> Option<Order> {
        self.state.send_replace(true);
        let began = Instant::now();
        let name = self.reporter.fault.name.clone();
        self.reporter.event(began, EventKind::FaultInjecting(name.clone()), "injecting");
        if let Err(error) = self.actuator.inject(environment).await {
            self.reporter.event(Instant::now(), EventKind::FaultFailed(name), &error.to_string());
            return Some(Order::Heal);
        }
        let within = self.reporter.fault.verify_within;
        tokio::select! {
            proof = self.actuator.verify_effect(environment, within) => {
                self.reporter.proof(proof, EventKind::FaultActive(name.clone()), EventKind::FaultUnproven(name));
                None
            }
            order = self.orders.recv() => {
                let text = "healed before its effect was proven";
                self.reporter.event(Instant::now(), EventKind::FaultUnproven(name), text);
                Some(order.unwrap_or(Order::Heal))
            }
        }
    }

    /// Holds the broken fault until it is to be healed, then heals; answers the next order.
    async fn hold(&mut self, environment: &Environment, mut order: Option<Order>) -> Option<Order> {
        let lease = self.reporter.fault.lease;
        let mut why = "as planned";
        while order != Some(Order::Heal) {
            let lease_until = *self.renewal.borrow_and_update() + lease;
            tokio::select! {
                next = self.orders.recv() => order = match next {
                    Some(next) => Some(next),
                    None => { why = "the run is gone"; Some(Order::Heal) }
                },
                renewed = self.renewal.changed() => if renewed.is_err() {
                    why = "the run is gone";
                    order = Some(Order::Heal);
                } else if let Err(error) = self.actuator.renew(environment).await {
                    self.reporter.note(&format!("the lease could not be renewed: {error}"));
                },
                () = sleep_until(lease_until) => { why = "its lease ran out"; order = Some(Order::Heal); }
            }
        }
        self.heal_and_prove(environment, why).await;
        self.orders.recv().await
    }

    async fn heal_and_prove(&mut self, environment: &Environment, why: &str) {
        let name = self.reporter.fault.name.clone();
        self.reporter.event(Instant::now(), EventKind::FaultHealing(name.clone()), &format!("healing: {why}"));
        let within = self.reporter.fault.verify_within;
        let healed = match self.actuator.heal(environment).await {
            Ok(()) => self.actuator.verify_removal(environment, within).await,
            Err(error) => Err(error),
        };
        self.reporter.proof(healed, EventKind::FaultHealed(name.clone()), EventKind::FaultNotHealed(name));
        self.state.send_replace(false);
    }
}

/// Turns what happens to one fault into events.
struct Reporter {
    run_start: Instant,
    output: mpsc::Sender<Entry>,
    fault: Fault,
}

impl Reporter {
    fn proof(&self, proof: Result<Proof, FaultError>, proven: EventKind, unproven: EventKind) {
        match proof {
            Ok(proof) => {
                let bracket = units::duration::Text(round(proof.seen - proof.not_before));
                self.event(proof.seen, proven, &format!("{} (seen within {bracket})", proof.text));
            }
            Err(error) => self.event(Instant::now(), unproven, &error.to_string()),
        }
    }

    fn note(&self, text: &str) {
        self.event(Instant::now(), EventKind::Note, text);
    }

    fn event(&self, at: Instant, kind: EventKind, text: &str) {
        let at = RunTime::from(at.saturating_duration_since(self.run_start));
        let text = format!("{} {}: {text}", self.fault.kind.as_str(), self.fault.name);
        // Nobody listens only when the run is over.
        let _ = self.output.try_send(Event::new(at, kind, "fault", text).into());
    }
}

/// To the millisecond: the probes are no finer.
fn round(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1))
}
