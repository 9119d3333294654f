//! The candidate and the holder.
//!
//! ```text
//!            may campaign, nobody holds                       majority             prepared
//!   Waiting ───────────────────────────▶ Asking: trial, real ─────────▶ Holding: Preparing ─▶ Writing
//!      ▲  ▲                                │                              │  │                │ hand over
//!      │  └── no majority within a round ──┘         could not prepare ───┘  │                ▼
//!      └───────── the lease ran out, or was handed over ◀────────────────────┴─────────── Leaving
//! ```
//!
//! Candidates don't draw lots: each waits for its **rank** times a third of a lease beyond the moment in
//! which nobody holds, so the best one that lives is alone. Two can still collide when messages are
//! slow; then both give their epoch back, and wait by rank again.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::{Ask, Promise, Terms, Vote};
use crate::names::RegionName;

/// Rounds of a holder whose votes are still counted.
const ROUNDS_MAX: usize = 4;

/// What the outside has to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ask our own voter, and once it has granted all others.
    Ask {
        /// Names the round; comes back with the votes.
        round: u64,
        /// What to ask.
        ask: Ask,
    },
    /// Tell every voter that this epoch is given up.
    Release {
        /// Which.
        epoch: u64,
    },
    /// The epoch is won: get what those who granted it hold, then say [`Tenure::prepared`].
    Prepare {
        /// Which.
        epoch: u64,
        /// A majority, this region among them.
        granted: BTreeSet<RegionName>,
    },
    /// From now on this region writes.
    Write {
        /// With which epoch.
        epoch: u64,
    },
    /// The epoch is over, here: stop acknowledging.
    Lost {
        /// Which.
        epoch: u64,
    },
}

/// What the region looks like from outside of this state machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// Whether the region may become the writer by itself: allowed to, caught up, well.
    pub(crate) may_campaign: bool,
    /// Its place among those who may, without the last holder; from 0.
    pub(crate) rank: u32,
    /// When its own voter is free.
    pub(crate) free_at: Duration,
    /// The highest epoch that its own voter has promised.
    pub(crate) promised: u64,
}

/// What the region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No writer.
    Following,
    /// It has the lease and is not ready yet, or about to hand over.
    Holding(u64),
    /// It writes, with this epoch.
    Writing(u64),
}

#[derive(Clone, Debug)]
struct Round {
    number: u64,
    asked: Duration,
    granted: BTreeSet<RegionName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    Preparing,
    Writing,
    Leaving,
}

#[derive(Clone, Debug)]
enum Phase {
    Waiting { until: Duration },
    Asking { ask: Ask, round: Round, bound: Duration },
    Holding { epoch: u64, duty: Duty, valid_until: Duration, rounds: VecDeque<Round>, next_round: Duration },
}

/// One region's way to and through the lease of one partition.
#[derive(Clone, Debug)]
pub(crate) struct Tenure {
    terms: Terms,
    phase: Phase,
    rounds: u64,
    /// The highest epoch heard of in refusals.
    heard: u64,
    /// Asked to campaign as soon as the circumstances allow, whatever the rank, until then.
    urged: Option<Urge>,
}

#[derive(Clone, Copy, Debug)]
struct Urge {
    until: Duration,
    handed_over: Option<u64>,
}

impl Tenure {
    /// A region that holds nothing.
    pub(crate) fn new(terms: Terms) -> Self {
        Self { terms, phase: Phase::Waiting { until: Duration::ZERO }, rounds: 0, heard: 0, urged: None }
    }

    /// What the region is at `now`. It writes only while its lease lasts, whether or not anybody has
    /// called [`Self::tick`] since.
    pub(crate) fn standing(&self, now: Duration) -> Standing {
        match &self.phase {
            Phase::Holding { epoch, duty, valid_until, .. } if now < *valid_until => match duty {
                Duty::Writing => Standing::Writing(*epoch),
                Duty::Preparing | Duty::Leaving => Standing::Holding(*epoch),
            },
            _ => Standing::Following,
        }
    }

    /// Whether a write that was begun with `epoch` may be acknowledged now: also while handing over, for
    /// the lease is still ours then.
    pub(crate) fn may_acknowledge(&self, now: Duration, epoch: u64) -> bool {
        match &self.phase {
            Phase::Holding { epoch: held, duty, valid_until, .. } => {
                *held == epoch && *duty != Duty::Preparing && now < *valid_until
            }
            _ => false,
        }
    }

    /// Asks for an early campaign, until `until`: by hand, or because the holder of epoch `handed_over`
    /// has handed over to us.
    pub(crate) fn urge(&mut self, until: Duration, handed_over: Option<u64>) {
        self.urged = Some(Urge { until, handed_over });
        if let Phase::Waiting { until } = &mut self.phase {
            *until = Duration::ZERO;
        }
    }

    /// Lets time pass.
    pub(crate) fn tick(&mut self, now: Duration, around: &Circumstances) -> Vec<Action> {
        if self.urged.is_some_and(|urge| now >= urge.until) {
            self.urged = None;
        }
        match &mut self.phase {
            Phase::Waiting { until } => {
                let until = *until;
                self.campaign(now, until, around)
            }
            Phase::Asking { round, .. } if now >= round.asked + self.terms.round() => self.give_up(now, around),
            Phase::Asking { .. } => Vec::new(),
            Phase::Holding { epoch, valid_until, .. } if now >= *valid_until => {
                let epoch = *epoch;
                self.leave(now, epoch)
            }
            Phase::Holding { epoch, duty, rounds, next_round, .. } => {
                if *duty == Duty::Leaving || now < *next_round {
                    return Vec::new();
                }
                *next_round = now + self.terms.round();
                self.rounds += 1;
                rounds.push_back(Round { number: self.rounds, asked: now, granted: BTreeSet::new() });
                if rounds.len() > ROUNDS_MAX {
                    rounds.pop_front();
                }
                let ask = asked(&self.terms, *epoch, false, None);
                vec![Action::Ask { round: self.rounds, ask }]
            }
        }
    }

    /// When [`Self::tick`] has something to do at the latest, if nothing else happens.
    pub(crate) fn next_tick(&self, around: &Circumstances) -> Duration {
        match &self.phase {
            Phase::Waiting { until } => self.campaign_at(*until, around),
            Phase::Asking { round, .. } => round.asked + self.terms.round(),
            Phase::Holding { duty: Duty::Leaving, valid_until, .. } => *valid_until,
            Phase::Holding { valid_until, next_round, .. } => (*valid_until).min(*next_round),
        }
    }

    /// A vote came in. A round without our own vote counts for nothing: who can't write its own disk must
    /// not keep a lease.
    pub(crate) fn vote(&mut self, now: Duration, number: u64, from: RegionName, vote: &Vote) -> Vec<Action> {
        if let Vote::Refused { promise: Some(promise), .. } = vote {
            self.heard = self.heard.max(promise.epoch);
        }
        let (majority, lease) = (self.terms.majority(), self.terms.lease - self.terms.allowance());
        let is_enough =
            |granted: &BTreeSet<RegionName>| granted.len() >= majority && granted.contains(&self.terms.region);
        match (&mut self.phase, vote) {
            (Phase::Asking { ask, round, .. }, Vote::Granted) if round.number == number => {
                round.granted.insert(from);
                if !is_enough(&round.granted) || now >= round.asked + lease {
                    return Vec::new();
                }
                if ask.is_trial {
                    let ask = Ask { is_trial: false, ..ask.clone() };
                    return self.ask(now, ask);
                }
                let (epoch, granted, asked) = (ask.epoch, round.granted.clone(), round.asked);
                self.urged = None;
                self.phase = Phase::Holding {
                    epoch,
                    duty: Duty::Preparing,
                    valid_until: asked + lease,
                    rounds: VecDeque::new(),
                    next_round: asked + self.terms.round(),
                };
                vec![Action::Prepare { epoch, granted }]
            }
            (Phase::Asking { bound, round, .. }, Vote::Refused { bound_ms, .. }) if round.number == number => {
                *bound = (*bound).max(now + Duration::from_millis(*bound_ms));
                Vec::new()
            }
            (Phase::Holding { valid_until, rounds, .. }, Vote::Granted) => {
                if let Some(round) = rounds.iter_mut().find(|round| round.number == number) {
                    round.granted.insert(from);
                    // A lease that has run out stays so: another may have it by now.
                    if is_enough(&round.granted) && now < *valid_until {
                        *valid_until = (*valid_until).max(round.asked + lease);
                    }
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// What the majority holds is here, or could not be had.
    pub(crate) fn prepared(&mut self, now: Duration, prepared: u64, is_ready: bool) -> Vec<Action> {
        match &mut self.phase {
            Phase::Holding { epoch, duty, valid_until, .. } if *epoch == prepared && *duty == Duty::Preparing => {
                if is_ready && now < *valid_until {
                    *duty = Duty::Writing;
                    return vec![Action::Write { epoch: prepared }];
                }
                self.leave(now, prepared)
            }
            _ => Vec::new(),
        }
    }

    /// Begins to hand over: nothing new is written. Answers the epoch, if we write at all.
    pub(crate) fn hand_over(&mut self, now: Duration) -> Option<u64> {
        let Standing::Writing(epoch) = self.standing(now) else { return None };
        if let Phase::Holding { duty, .. } = &mut self.phase {
            *duty = Duty::Leaving;
        }
        Some(epoch)
    }

    /// Ends the tenure for good, because the process stops.
    pub(crate) fn resign(&mut self, now: Duration) -> Vec<Action> {
        self.held().map_or_else(Vec::new, |epoch| self.leave(now, epoch))
    }

    /// Ends the tenure of `epoch` after [`Self::hand_over`]; answers whether it still was ours to give. The
    /// voters are not told: the one who gets it shows them our word, and nobody comes in between.
    pub(crate) fn handed_over(&mut self, now: Duration, epoch: u64) -> bool {
        let is_ours = self.may_acknowledge(now, epoch);
        if self.held() == Some(epoch) {
            self.leave(now, epoch);
        }
        is_ours
    }

    /// The epoch that is held, in whatever way, even if its lease has run out.
    pub(crate) fn held(&self) -> Option<u64> {
        match &self.phase {
            Phase::Holding { epoch, .. } => Some(*epoch),
            _ => None,
        }
    }

    fn campaign(&mut self, now: Duration, until: Duration, around: &Circumstances) -> Vec<Action> {
        let may = around.may_campaign || self.urged.is_some();
        if !may || now < self.campaign_at(until, around) {
            return Vec::new();
        }
        let epoch = self.heard.max(around.promised) + 1;
        let handed_over = self.urged.and_then(|urge| urge.handed_over);
        let ask = asked(&self.terms, epoch, handed_over.is_none(), handed_over);
        self.ask(now, ask)
    }

    fn ask(&mut self, now: Duration, ask: Ask) -> Vec<Action> {
        self.rounds += 1;
        let round = Round { number: self.rounds, asked: now, granted: BTreeSet::new() };
        self.phase = Phase::Asking { ask: ask.clone(), round, bound: now };
        vec![Action::Ask { round: self.rounds, ask }]
    }

    fn campaign_at(&self, until: Duration, around: &Circumstances) -> Duration {
        if self.urged.is_some_and(|urge| urge.handed_over.is_some()) {
            return until;
        }
        let rank = if self.urged.is_some() { 0 } else { around.rank };
        until.max(around.free_at + self.terms.round() * rank)
    }

    /// No majority in time: what was granted is given back, and the others come first.
    fn give_up(&mut self, now: Duration, around: &Circumstances) -> Vec<Action> {
        let Phase::Asking { ask, bound, .. } = &self.phase else { return Vec::new() };
        let (epoch, bound, is_trial) = (ask.epoch, *bound, ask.is_trial);
        let rank = if self.urged.is_some() { 0 } else { around.rank };
        let pause = self.terms.round() / 4;
        self.phase = Phase::Waiting { until: bound.max(now + pause) + self.terms.round() * rank };
        if is_trial {
            return Vec::new();
        }
        self.heard = self.heard.max(epoch);
        vec![Action::Release { epoch }]
    }

    fn leave(&mut self, now: Duration, epoch: u64) -> Vec<Action> {
        self.heard = self.heard.max(epoch);
        self.phase = Phase::Waiting { until: now + self.terms.lease };
        vec![Action::Lost { epoch }, Action::Release { epoch }]
    }
}

fn asked(terms: &Terms, epoch: u64, is_trial: bool, handed_over: Option<u64>) -> Ask {
    Ask { epoch, candidate: terms.region.clone(), is_trial, handed_over }
}

impl Ask {
    /// What is promised when this is granted.
    pub(crate) fn promise(&self) -> Promise {
        Promise { epoch: self.epoch, holder: self.candidate.clone() }
    }
}
