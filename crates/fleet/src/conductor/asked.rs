//! What is asked of a run while it goes on: faults, notes, its load held, its end.

use super::Conductor;
use crate::control::{Answer, Ask, MistakeSaid};
use fault::{Keeper, called};
use record::EventKind;
use std::time::Duration;
use tokio::time::Instant;
use units::{RunTime, duration::Text};

impl Conductor<'_> {
    /// What somebody asks of the run.
    pub(super) fn answer(&mut self, ask: Ask, keeper: &Keeper) -> Answer {
        match ask {
            Ask::Inject { fault } => self.inject(&fault, keeper),
            Ask::Heal { fault } => match self.desk.to_heal(fault.as_ref()) {
                Ok(faults) => {
                    let what = fault.map_or_else(|| "all faults".to_owned(), |fault| format!("`{fault}`"));
                    self.event(EventKind::Note, format!("{what} to be healed at once, as was asked"));
                    faults.into_iter().for_each(|fault| keeper.heal_as_asked(fault));
                    Answer::Done
                }
                Err(why) => Answer::Refused { why },
            },
            Ask::Faults => Answer::Faults { faults: self.desk.standing(self.since_load()) },
            Ask::Note { text } => {
                self.event(EventKind::Note, text);
                Answer::Done
            }
            Ask::Hold { how } => self.hold(&how),
            Ask::EndHold { how } => self.end_hold(&how),
            Ask::Stop { why } => {
                self.trouble = self.trouble.take().or(Some(format!("stopped, as was asked: {why}")));
                Answer::Done
            }
        }
    }

    /// Breaks what is not in the plan, and says so before.
    fn inject(&mut self, text: &str, keeper: &Keeper) -> Answer {
        let (now, begins, ends) = (Instant::now(), self.load_start, self.load_start + self.plan.load_duration());
        if self.closing || self.trouble.is_some() || now < begins || now >= ends {
            let why = if now < begins { "the load has not begun" } else { "the load is over" };
            return Answer::Refused { why: format!("{why}: nobody would meet the fault") };
        }
        match self.desk.give(text, self.since_load()) {
            Ok((index, fault)) => {
                let text = format!("{} is given, for {}", called(&fault), Text(fault.lasts()));
                self.event(EventKind::FaultGiven(Box::new(fault.clone())), text);
                let kept = keeper.keep(&fault, &self.plan);
                assert_eq!(kept, index, "the desk and the keeper know the same faults");
                keeper.inject(kept);
                Answer::Given { fault: fault.name }
            }
            Err(mistakes) => Answer::Mistakes { mistakes: MistakeSaid::all(&mistakes) },
        }
    }

    /// Keeps the load at the rate that it has.
    fn hold(&mut self, how: &str) -> Answer {
        let held = self.can_change_load().and_then(|()| self.holds.hold(self.since_load()));
        let (from, rate) = match held {
            Ok(held) => held,
            Err(why) => return Answer::Refused { why },
        };
        self.tell_holds(from);
        let text = format!(
            "the load is held at {rate:.1} a second from T+{:.1} s on, as was asked {how}; the plan's own time stands still",
            from.as_secs_f64()
        );
        self.event(EventKind::LoadHeld { from: self.at_load(from), how: how.to_owned() }, text);
        Answer::Done
    }

    /// Lets the load go on with its plan.
    fn end_hold(&mut self, how: &str) -> Answer {
        let to = match self.can_change_load().and_then(|()| self.holds.end(self.since_load())) {
            Ok(to) => to,
            Err(why) => return Answer::Refused { why },
        };
        self.tell_holds(to);
        let text = format!("the load goes on with its plan from T+{:.1} s on, as was asked {how}", to.as_secs_f64());
        self.event(EventKind::HoldEnded { from: self.at_load(to) }, text);
        Answer::Done
    }

    fn can_change_load(&self) -> Result<(), String> {
        if self.closing || self.trouble.is_some() {
            return Err("the run is ending".to_owned());
        }
        let has_begun = Instant::now() >= self.load_start;
        if has_begun { Ok(()) } else { Err("the load has not begun".to_owned()) }
    }

    fn tell_holds(&mut self, from: Duration) {
        self.agents.hold(self.holds.all(), (self.load_start + from).into_std());
    }

    /// That time of the load on the run's clock.
    fn at_load(&self, time: Duration) -> RunTime {
        RunTime::from((self.load_start + time).saturating_duration_since(self.run_start))
    }
}
