//! Who is there: what agents on a bus say of themselves, listened to for a moment.

use crate::{
    link::nats::{
        controller::Bus,
        subjects::{ALL_HERE, Whose, parse_own},
    },
    message::{ClockSaid, Here, Standing},
    monotonic,
    station::HERE_EVERY,
};
use async_nats::SubscribeError;
use futures_util::StreamExt as _;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, timeout_at};
use units::duration::Text;

/// Everybody says that they are there within this, twice: two agents of one name are both heard.
pub const LISTEN: Duration = HERE_EVERY.saturating_mul(2).saturating_add(Duration::from_millis(500));
/// A clock that nobody has asked before is known within this, besides.
const CLOCK_MAX: Duration = Duration::from_secs(5);
/// An agent with less room for what isn't stored can't bridge even a short silence.
const SPOOL_MIN: u64 = 64 << 20;
/// The widest bound of a clock with which seconds of two places can still be laid beside each other.
pub const BOUND_MAX: Duration = Duration::from_millis(250);

/// Everybody who was heard, by region and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// The agents.
    pub agents: Vec<Present>,
}

/// An agent that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Its region and name.
    pub whose: Whose,
    /// What it said last; what was said that nobody can read.
    pub here: Result<Here, String>,
    /// Others that are there under the same name: where, and their instances.
    pub others: Vec<String>,
}

/// What was heard under one name, in one instance.
#[derive(Debug)]
struct Heard {
    here: Result<Here, String>,
    /// Numbers of the first and the last message.
    first: usize,
    last: usize,
}

/// Everything that was heard. Pure, so that it can be tested without time.
#[derive(Debug, Default)]
struct Listening {
    heard: BTreeMap<(Whose, String), Heard>,
    messages: usize,
}

impl Roster {
    /// Listens until everybody has spoken twice, and a little longer for clocks that are not known yet.
    ///
    /// # Errors
    /// The subscription is refused.
    pub async fn listen(bus: &Bus) -> Result<Self, SubscribeError> {
        let mut messages = bus.client().subscribe(ALL_HERE).await?;
        let mut listening = Listening::default();
        let began = Instant::now();
        let boot = monotonic::boot();
        let mut until = began + LISTEN;
        loop {
            match timeout_at(until, messages.next()).await {
                Ok(Some(message)) => {
                    if let Some(whose) = parse_own(&message.subject) {
                        let here = serde_json::from_slice(&message.payload).map_err(|error| error.to_string());
                        listening.take(whose, here);
                    }
                }
                Ok(None) => return Ok(listening.roster()),
                Err(_) => {
                    let roster = listening.roster();
                    let unknown = roster.agents.iter().any(|agent| agent.is_free() && agent.clock(&boot).is_none());
                    if !unknown || began.elapsed() >= LISTEN + CLOCK_MAX {
                        return Ok(roster);
                    }
                    until = Instant::now() + HERE_EVERY / 2;
                }
            }
        }
    }
}

impl Listening {
    fn take(&mut self, whose: Whose, here: Result<Here, String>) {
        self.messages += 1;
        let instance = here.as_ref().map_or(String::new(), |here| here.hello.instance.clone());
        let (first, last) = (self.messages, self.messages);
        let heard = self.heard.entry((whose, instance)).or_insert(Heard { here: here.clone(), first, last });
        (heard.here, heard.last) = (here, last);
    }

    /// One agent for each name: the one that spoke last. Others of that name are there when they spoke in between; one that only
    /// spoke before was started again.
    fn roster(&self) -> Roster {
        let mut names: BTreeMap<&str, Vec<(&Whose, &Heard)>> = BTreeMap::new();
        for ((whose, _), heard) in &self.heard {
            names.entry(whose.agent()).or_default().push((whose, heard));
        }
        let present = names.into_values().filter_map(|mut all| {
            all.sort_by_key(|(_, heard)| heard.last);
            let (whose, newest) = all.pop()?;
            if newest.has_left() {
                return None;
            }
            let others = all.iter().filter(|(_, other)| other.last > newest.first && !other.has_left());
            let others = others.map(|(whose, other)| other.called(whose)).collect();
            Some(Present { whose: whose.clone(), here: newest.here.clone(), others })
        });
        let mut agents: Vec<Present> = present.collect();
        agents.sort_by(|one, other| one.whose.cmp(&other.whose));
        Roster { agents }
    }
}

impl Heard {
    fn has_left(&self) -> bool {
        self.here.as_ref().is_ok_and(|here| here.standing == Standing::Left)
    }

    fn called(&self, whose: &Whose) -> String {
        let on = |here: &Here| format!("instance {} on {} in {}", here.hello.instance, here.hello.host, whose.region());
        self.here.as_ref().map_or_else(|_| format!("another version in {}", whose.region()), on)
    }
}

impl Present {
    /// Whether it waits for a run.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.here.as_ref().is_ok_and(|here| here.standing == Standing::Free)
    }

    /// The run that it is in.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        match &self.here.as_ref().ok()?.standing {
            Standing::InRun(run) | Standing::Leaving(run) => Some(run),
            Standing::Free | Standing::Left => None,
        }
    }

    /// What it knows of the clock of that boot.
    #[must_use]
    pub fn clock(&self, boot: &str) -> Option<&ClockSaid> {
        self.here.as_ref().ok()?.clock(boot)
    }

    /// What it can offer to a run of a controller on the machine of that boot.
    ///
    /// # Errors
    /// Why it can't take part, in words.
    pub fn offer(&self, boot: &str) -> Result<(&Here, &ClockSaid), String> {
        let name = self.whose.agent();
        let here = self.here.as_ref().map_err(|error| {
            format!("agent {name} says something that this version can't read ({error}): use the same Landfall on both sides")
        })?;
        here.hello.check().map_err(|refusal| refusal.reason)?;
        if !self.others.is_empty() {
            let (instance, host) = (&here.hello.instance, &here.hello.host);
            let others = self.others.join(", ");
            return Err(format!(
                "two agents are called {name}: instance {instance} on {host} in {}, and {others}: stop one of them",
                self.whose.region()
            ));
        }
        if here.standing != Standing::Free {
            return Err(format!("agent {name} is {}", here.does()));
        }
        if here.spool_free < SPOOL_MIN {
            let (free, least) = (here.spool_free >> 20, SPOOL_MIN >> 20);
            return Err(format!(
                "the disk of agent {name}'s spool is full: {free} MiB are free, {least} MiB are needed"
            ));
        }
        let clock = here.clock(boot).ok_or_else(|| {
            format!(
                "agent {name} does not know this machine's clock: its questions, or their answers, don't come through"
            )
        })?;
        Ok((here, clock))
    }

    /// What a person should know of it although it can take part.
    #[must_use]
    pub fn warning(&self, boot: &str) -> Option<String> {
        let bound = self.clock(boot)?.bound();
        let (name, at_most) = (self.whose.agent(), Text(BOUND_MAX));
        (bound > BOUND_MAX).then(|| {
            let bound = Text(Duration::from_millis(u64::try_from(bound.as_millis()).unwrap_or(u64::MAX)));
            format!(
                "the clock of agent {name} is known to ± {bound} only, more than {at_most}: its seconds lie beside others' only \
                 roughly"
            )
        })
    }
}

#[cfg(test)]
mod tests;
