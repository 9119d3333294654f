//! Conditions: what is wrong with a running process, on purpose, for as long as somebody wants it to be.
//!
//! ```text
//!  chirp condition set ──▶ admin listener ──▶ held: name, value, share, until ──lease is over──▶ gone
//!                                               │
//!               the place that it breaks ──is it on?──▶ one branch
//! ```
//!
//! Each has a **lease**: nobody who renews it, and it ends by itself. So whoever sets one may be killed at any time. A
//! process that starts has none. A [defect](crate::defects) can be set in the same way, on top of those of the
//! configuration.
//!
//! **Off costs nothing**: the question whether a condition is on is one load of one number.
//!
//! Each that is on is told loudly: an event and a warning when it begins and when it ends, and a metric.

mod admin;
mod health;
mod hop;
mod name;
mod pressure;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::defects::Defects;
use crate::events::{self, Event};
use crate::mix::mix;
use crate::stop::Stop;
use crate::wall_clock::unix_micros;

pub(crate) use admin::{Shown, bind, router, run as serve_admin};
pub(crate) use health::Lie;
pub(crate) use hop::hop;
pub(crate) use name::{Condition, Name, Role, UnknownName};
pub(crate) use pressure::press;
pub(crate) use value::{Form, Value, ValueError};

/// The shortest and the longest lease.
const LEASE_MIN: Duration = Duration::from_millis(100);
const LEASE_MAX: Duration = Duration::from_secs(3600);
/// Conditions that may be held at a time: more than there are, for a provider can have some for each region.
const HELD_MAX: usize = 256;

/// What is wrong with this process. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Conditions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    role: Role,
    defects: Defects,
    /// Those that this process cannot have as it is configured, and why.
    impossible: BTreeMap<Name, &'static str>,
    /// Where askers can be sent.
    places: Vec<String>,
    /// A bit for each condition that is on.
    on: AtomicU64,
    held: Mutex<BTreeMap<Key, Held>>,
    /// Held by whoever looks whether to wait, and by whoever tells of a change.
    turn: Mutex<()>,
    changed: Condvar,
    /// Counts changes.
    changes: watch::Sender<u64>,
}

/// What is held: the name, and for whose calls.
type Key = (Name, Option<String>);

/// A condition that is on.
#[derive(Debug)]
struct Held {
    value: Value,
    share: f64,
    since: Instant,
    until: Instant,
    /// What it could have met so far; makes the exact share.
    met: u64,
    /// What is left to let through, and when that was so.
    budget: (f64, Instant),
}

/// What is to be wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    /// What.
    pub(crate) name: Name,
    /// How.
    pub(crate) value: Value,
    /// For which share of what happens, above 0 and up to 1.
    pub(crate) share: f64,
    /// For the calls of which region; none: for all.
    pub(crate) region: Option<String>,
}

/// Why a condition cannot be set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConditionError {
    /// Nothing is called so.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The value is not of its form.
    #[error("{name}: {source}")]
    Value {
        /// Whose.
        name: &'static str,
        /// Why.
        source: ValueError,
    },
    /// It is of other processes.
    #[error("{name} is nothing that {role} has")]
    Role {
        /// What.
        name: &'static str,
        /// Who was asked.
        role: &'static str,
    },
    /// This process cannot have it as it is configured.
    #[error("{name} cannot be set here: {reason}")]
    Impossible {
        /// What.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// It is for everything.
    #[error("{0} is for all that happens, not for a share of it")]
    Shared(&'static str),
    /// Not a share.
    #[error("a share is above 0 and at most 1")]
    Share,
    /// It is for everybody.
    #[error("{0} is not for a region")]
    Region(&'static str),
    /// Nobody can be sent there.
    #[error("nobody can be sent to `{place}`; there are: {known}")]
    Place {
        /// Where.
        place: String,
        /// Where else.
        known: String,
    },
    /// Not a lease.
    #[error("a lease is {} ms to {} s", LEASE_MIN.as_millis(), LEASE_MAX.as_secs())]
    Lease,
    /// There are too many.
    #[error("{HELD_MAX} are held already")]
    Full,
}

impl Conditions {
    /// None is on, but for the defects of the configuration.
    pub(crate) fn new(role: Role, defects: &Defects) -> Self {
        Self::with(role, defects, BTreeMap::new(), Vec::new())
    }

    /// The same, with what this process cannot have and why, and where askers can be sent.
    pub(crate) fn with(
        role: Role,
        defects: &Defects,
        impossible: BTreeMap<Name, &'static str>,
        places: Vec<String>,
    ) -> Self {
        Self(Arc::new(Shared {
            role,
            defects: defects.clone(),
            impossible,
            places,
            on: AtomicU64::new(0),
            held: Mutex::default(),
            turn: Mutex::default(),
            changed: Condvar::new(),
            changes: watch::Sender::new(0),
        }))
    }

    /// The defects of this process, as they are at any time.
    pub(crate) fn defects(&self) -> &Defects {
        &self.0.defects
    }

    /// Whether a condition is on; of one that is for a share it is [`Self::strikes`] that counts.
    pub(crate) fn is(&self, condition: Condition) -> bool {
        self.0.on.load(Ordering::Relaxed) & condition.bit() != 0
    }

    /// The value of a condition that is on, and for how long it has been.
    pub(crate) fn value(&self, condition: Condition) -> Option<(Value, Duration)> {
        if !self.is(condition) {
            return None;
        }
        let held = self.held();
        let held = held.get(&(Name::Condition(condition), None))?;
        Some((held.value.clone(), held.since.elapsed()))
    }

    /// The value of a condition whose value is a time.
    pub(crate) fn time(&self, condition: Condition) -> Option<Duration> {
        match self.value(condition)?.0 {
            Value::Time(time) => Some(time),
            _ => None,
        }
    }

    /// Whether a condition meets what happens now; its value if it does. Of ten times with a half it is five, every
    /// time.
    pub(crate) fn strikes(&self, condition: Condition) -> Option<Value> {
        if !self.is(condition) {
            return None;
        }
        self.held().get_mut(&(Name::Condition(condition), None))?.strike()
    }

    /// The same for the calls of a region: what is set for it goes before what is set for all.
    pub(crate) fn strikes_region(&self, condition: Condition, region: &str) -> Option<Value> {
        if !self.is(condition) {
            return None;
        }
        let mut held = self.held();
        let mut own = |region| held.get_mut(&(Name::Condition(condition), region)).map(Held::strike);
        own(Some(region.to_owned())).or_else(|| own(None)).flatten()
    }

    /// The value and the share of a condition that is on, for who draws the share by something else than the order of
    /// what happens.
    pub(crate) fn shared(&self, condition: Condition) -> Option<(Value, f64)> {
        if !self.is(condition) {
            return None;
        }
        let held = self.held();
        let held = held.get(&(Name::Condition(condition), None))?;
        Some((held.value.clone(), held.share))
    }

    /// How many of `wanted` a condition lets through now whose value is a number for each second; none if it is off.
    /// What was not taken is kept for at most `burst`.
    pub(crate) fn lets_through(&self, condition: Condition, wanted: u64, burst: Duration) -> Option<u64> {
        if !self.is(condition) {
            return None;
        }
        self.held().get_mut(&(Name::Condition(condition), None))?.let_through(wanted, burst, Instant::now())
    }

    /// Sets a condition, or renews it: until when it holds is counted from now.
    pub(crate) fn set(&self, setting: Setting, lease: Duration) -> Result<(), ConditionError> {
        self.check(&setting)?;
        if !(LEASE_MIN..=LEASE_MAX).contains(&lease) {
            return Err(ConditionError::Lease);
        }
        let Setting { name, value, share, region } = setting;
        let until = Instant::now() + lease;
        let mut table = self.held();
        let key = (name, region);
        if let Some(held) = table.get_mut(&key)
            && held.value == value
            && held.share.total_cmp(&share).is_eq()
        {
            held.until = until;
            drop(table);
            self.tell_of_change();
            return Ok(());
        }
        if table.len() >= HELD_MAX && !table.contains_key(&key) {
            return Err(ConditionError::Full);
        }
        let since = Instant::now();
        announce(&key, &value, Some((share, lease)));
        table.insert(key, Held { value, share, since, until, met: 0, budget: (0.0, since) });
        self.publish(&table);
        drop(table);
        self.tell_of_change();
        Ok(())
    }

    /// Ends a condition, for a region or for all; without a name all of them. Answers how many have ended.
    pub(crate) fn clear(&self, name: Option<Name>, region: Option<&str>) -> usize {
        self.end(|(held, of), _| {
            name.is_none_or(|name| name == *held) && region.is_none_or(|region| of.as_deref() == Some(region))
        })
    }

    /// What is on now.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        let now = Instant::now();
        self.held().iter().map(|(key, held)| Shown::new(key, held, now)).collect()
    }

    /// Ends what nobody has renewed, until `stop`.
    pub(crate) async fn keep(self, stop: Stop) {
        let mut changes = self.0.changes.subscribe();
        loop {
            changes.borrow_and_update();
            let next = self.held().values().map(|held| held.until).min();
            let until_next = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.requested() => return,
                // The sender is in self.
                _ = changes.changed() => {}
                () = until_next => {
                    let now = Instant::now();
                    self.end(|_, held| held.until <= now);
                }
            }
        }
    }

    /// Tells of each change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Waits until a condition is on, or is not.
    pub(crate) async fn wait_until(&self, condition: Condition, on: bool) {
        let mut changes = self.changes();
        changes.wait_for(|_| self.is(condition) == on).await.expect("the sender is in self");
    }

    /// Waits on this thread for as long as `wait` says, which is asked again after each change.
    pub(crate) fn block_while(&self, mut wait: impl FnMut() -> Option<Duration>) {
        let mut turn = self.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(at_most) = wait() {
            turn = self.0.changed.wait_timeout(turn, at_most).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Wakes up whoever waits for a change.
    pub(crate) fn tell_of_change(&self) {
        // Nobody is between a look and the sleep after it.
        drop(self.0.turn.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_all();
        self.0.changes.send_modify(|count| *count += 1);
    }

    fn check(&self, setting: &Setting) -> Result<(), ConditionError> {
        let name = setting.name.text();
        if let Some(reason) = self.0.impossible.get(&setting.name) {
            return Err(ConditionError::Impossible { name, reason });
        }
        if setting.share.is_nan() || setting.share <= 0.0 || setting.share > 1.0 {
            return Err(ConditionError::Share);
        }
        let (is_of, takes_share, takes_region) = match setting.name {
            Name::Condition(condition) => {
                (condition.is_of(self.0.role), condition.takes_share(), condition.takes_region())
            }
            Name::Defect(_) => (self.0.role != Role::Provider, false, false),
        };
        if !is_of {
            return Err(ConditionError::Role { name, role: self.0.role.name() });
        }
        if !takes_share && setting.share < 1.0 {
            return Err(ConditionError::Shared(name));
        }
        if !takes_region && setting.region.is_some() {
            return Err(ConditionError::Region(name));
        }
        if let (Form::Place, Value::Word(place)) = (setting.name.form(), &setting.value)
            && !self.0.places.contains(place)
        {
            return Err(ConditionError::Place { place: place.clone(), known: self.0.places.join(", ") });
        }
        Ok(())
    }

    fn end(&self, ends: impl Fn(&Key, &Held) -> bool) -> usize {
        let mut table = self.held();
        let ended: Vec<Key> = table.iter().filter(|(key, held)| ends(key, held)).map(|(key, _)| key.clone()).collect();
        for key in &ended {
            if let Some(held) = table.remove(key) {
                announce(key, &held.value, None);
            }
        }
        self.publish(&table);
        drop(table);
        if !ended.is_empty() {
            self.tell_of_change();
        }
        ended.len()
    }

    /// What is asked without the table.
    fn publish(&self, table: &BTreeMap<Key, Held>) {
        let names = || table.keys().map(|(name, _)| *name);
        let bits = names().filter_map(|name| if let Name::Condition(of) = name { Some(of.bit()) } else { None });
        self.0.on.store(bits.fold(0, |all, bit| all | bit), Ordering::Release);
        let defects = names().filter_map(|name| if let Name::Defect(defect) = name { Some(defect) } else { None });
        self.0.defects.set_live(defects);
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Key, Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Conditions {
    /// Of a process that nobody sets any on.
    fn default() -> Self {
        Self::new(Role::Region, &Defects::default())
    }
}

impl Held {
    fn strike(&mut self) -> Option<Value> {
        self.met += 1;
        let due = |met: u64| (met as f64 * self.share).floor();
        (due(self.met) > due(self.met - 1)).then(|| self.value.clone())
    }

    fn let_through(&mut self, wanted: u64, burst: Duration, now: Instant) -> Option<u64> {
        let Value::PerSecond(rate) = self.value else { return None };
        let (left, then) = self.budget;
        // Less than one at a time would be none for ever.
        let most = (rate as f64 * burst.as_secs_f64()).max(1.0);
        let left = (left + rate as f64 * now.duration_since(then).as_secs_f64()).min(most);
        let through = wanted.min(left.floor() as u64);
        self.budget = (left - through as f64, now);
        Some(through)
    }
}

/// Whether something is of the share that its hash draws: always the same ones.
pub(crate) fn is_of_share(hash: u64, share: f64) -> bool {
    ((mix(hash) % 1_000_000) as f64) < share * 1_000_000.0
}

/// Says loudly that a condition begins (for which share, for how long), or that it ends.
fn announce((name, region): &Key, value: &Value, begins: Option<(f64, Duration)>) {
    let (name, value) = (*name, value.to_string());
    match begins {
        Some((share, lease)) => {
            let lease_ms = lease.as_millis() as u64;
            tracing::warn!(
                condition = name.text(),
                value,
                share,
                region,
                lease_ms,
                "WRONG ON PURPOSE: {}",
                name.description()
            );
        }
        None => tracing::warn!(condition = name.text(), value, region, "no longer wrong on purpose"),
    }
    events::emit(&Event::Condition {
        name: name.text(),
        value,
        region: region.clone(),
        on: begins.is_some(),
        time_unix_us: unix_micros(),
    });
}

#[cfg(test)]
use crate::defects::Defect;

/// For tests of what defects break.
#[cfg(test)]
impl Conditions {
    /// With these defects.
    pub(crate) fn of_defects(defects: &[Defect]) -> Self {
        Self::new(Role::Region, &Defects::new(defects.iter().copied()))
    }

    /// Sets a condition for longer than any test takes.
    pub(crate) fn set_for_test(&self, condition: Condition, value: Value) {
        let setting = Setting { name: Name::Condition(condition), value, share: 1.0, region: None };
        self.set(setting, LEASE_MAX).expect("a test sets what can be set");
    }
}
