//! The faults of a run or of a lab, and how each stands: those of the plan, and those that were given since. Pure: time comes in as a
//! value, the time since the load's start.

use plan::{
    Mistakes, Source,
    fault::{Fault, live::Given},
    resolved::ResolvedPlan,
};
use record::{Event, EventKind};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use units::FaultName;

/// Knows the faults. Their indices are the keeper's.
pub struct Desk {
    plan: Arc<ResolvedPlan>,
    tracked: Vec<Tracked>,
    /// A load is under way that faults must fit.
    under_load: bool,
}

/// One fault.
struct Tracked {
    fault: Fault,
    /// It was given, so nothing else ends it: when that is due, until it is ordered.
    ends: Option<Duration>,
    state: FaultState,
    text: String,
}

/// How a fault stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultState {
    /// Its time has not come.
    Planned,
    /// It is injected, and its effect is being proven.
    Injecting,
    /// It has its effect: proven, or assumed as its `verify` says.
    Active,
    /// Its effect could not be proven, or it could not be injected.
    Unproven,
    /// It is being healed.
    Healing,
    /// It is gone: proven, or assumed.
    Healed,
    /// Its removal could not be proven.
    NotHealed,
}

impl FaultState {
    /// Something may be broken.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Injecting | Self::Active | Self::Unproven | Self::Healing)
    }

    /// It was, and will not be again.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Healed | Self::NotHealed)
    }

    /// What an event says of a fault.
    fn of(kind: &EventKind) -> Option<(&FaultName, Self)> {
        Some(match kind {
            EventKind::FaultInjecting(fault) => (fault, Self::Injecting),
            EventKind::FaultActive(fault) => (fault, Self::Active),
            EventKind::FaultUnproven(fault) | EventKind::FaultFailed(fault) => (fault, Self::Unproven),
            EventKind::FaultHealing(fault) => (fault, Self::Healing),
            EventKind::FaultHealed(fault) => (fault, Self::Healed),
            EventKind::FaultNotHealed(fault) => (fault, Self::NotHealed),
            _ => return None,
        })
    }
}

/// A fault and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub name: FaultName,
    /// What it breaks, in words.
    pub breaks: String,
    /// How it stands.
    pub state: FaultState,
    /// What was said of that last, the proof above all.
    pub text: String,
    /// It was given while the run went on.
    pub given: bool,
    /// After so many milliseconds it is healed; `None` when that is past, or its time has not come.
    pub left_ms: Option<u64>,
}

impl Desk {
    /// Of a run of that plan, or of a lab that was only booted for one.
    #[must_use]
    pub fn new(plan: Arc<ResolvedPlan>, under_load: bool) -> Self {
        let planned = |fault: &Fault| Tracked {
            fault: fault.clone(),
            ends: None,
            state: FaultState::Planned,
            text: String::new(),
        };
        let tracked = plan.faults.iter().map(planned).collect();
        Self { plan, tracked, under_load }
    }

    /// Reads a fault that is given now, or finds that of the plan which `text` names; answers it with its index. It is to be injected
    /// at once.
    ///
    /// # Errors
    /// What is wrong with it, as of a plan.
    pub fn give(&mut self, text: &str, now: Duration) -> Result<(usize, Fault), Mistakes> {
        // What plans can write, and people can read.
        let now = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let around: Vec<Fault> =
            self.tracked.iter().filter(|one| !self.is_over(one, now)).map(|one| one.fault.clone()).collect();
        let names: Vec<FaultName> = self.tracked.iter().map(|one| one.fault.name.clone()).collect();
        let given = Given { plan: &self.plan, at: now, around: &around, names: &names, under_load: self.under_load };
        let source = Source { name: "the fault".to_owned(), text: text.to_owned() };
        let fault = match self.plan.faults.iter().find(|planned| planned.name.as_str() == text.trim()) {
            Some(planned) => given.again(planned)?,
            None => given.read(&source, wan::Atlas::embedded())?,
        };
        let (ends, state) = (Some(now + fault.lasts()), FaultState::Injecting);
        self.tracked.push(Tracked { fault: fault.clone(), ends, state, text: String::new() });
        Ok((self.tracked.len() - 1, fault))
    }

    /// Whether it was there and will not be again: one that comes several times is healed in between.
    fn is_over(&self, one: &Tracked, now: Duration) -> bool {
        one.state.is_over() && (one.fault.repeat.times == 1 || now >= one.fault.until(self.plan.seed))
    }

    /// Those that were given and whose time is over; each is told once.
    pub fn due(&mut self, now: Duration) -> Vec<usize> {
        let over = |(index, one): (usize, &mut Tracked)| one.ends.take_if(|ends| *ends <= now).map(|_| index);
        self.tracked.iter_mut().enumerate().filter_map(over).collect()
    }

    /// Those that are to be healed when that fault is (`None`: all that are in force).
    ///
    /// # Errors
    /// Why not, in words.
    pub fn to_heal(&self, name: Option<&FaultName>) -> Result<Vec<usize>, String> {
        let all = || self.tracked.iter().enumerate().filter(|(_, one)| one.state.is_in_force());
        let Some(name) = name else { return Ok(all().map(|(index, _)| index).collect()) };
        match self.tracked.iter().position(|one| one.fault.name == *name) {
            Some(index) if self.tracked[index].state.is_in_force() => Ok(vec![index]),
            Some(_) => Err(format!("`{name}` is not in force")),
            None => {
                let names: Vec<String> = all().map(|(_, one)| format!("`{}`", one.fault.name)).collect();
                let known = if names.is_empty() { "nothing is in force".to_owned() } else { names.join(", ") };
                Err(format!("no fault is called `{name}`: {known}"))
            }
        }
    }

    /// What happened to a fault.
    pub fn take(&mut self, event: &Event) {
        let Some((name, state)) = FaultState::of(&event.kind) else { return };
        if let Some(one) = self.tracked.iter_mut().find(|one| one.fault.name == *name) {
            (one.state, one.text) = (state, event.text.clone());
        }
    }

    /// How all stand.
    #[must_use]
    pub fn standing(&self, now: Duration) -> Vec<Standing> {
        let standing = |one: &Tracked| {
            let until = one.fault.until(self.plan.seed);
            let left = until.checked_sub(now).filter(|_| one.state.is_in_force());
            Standing {
                name: one.fault.name.clone(),
                breaks: one.fault.kind.words(&|time| units::duration::Text(time).to_string()),
                state: one.state,
                text: one.text.clone(),
                given: !self.plan.faults.iter().any(|planned| planned.name == one.fault.name),
                left_ms: left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
            }
        };
        self.tracked.iter().map(standing).collect()
    }

    /// The longest that a proof of one of them may take.
    #[must_use]
    pub fn verify_within_max(&self) -> Duration {
        self.tracked.iter().map(|one| one.fault.verify_within).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use units::RunTime;

    fn desk() -> Desk {
        let text = "version: 1\ntarget: {chirp: {regions: [us-east-1, eu-west-1], users: 20}}\n\
                    load: {rate: 10/s, for: 60s, warm_up: 2s}\n\
                    faults: [{name: lost, region-loss: {region: eu-west-1}, at: 30s, for: 10s}]\n";
        let source = Source { name: "plan.yaml".to_owned(), text: text.to_owned() };
        Desk::new(Arc::new(plan::check(&source, wan::Atlas::embedded()).unwrap()), true)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn happens(desk: &mut Desk, kind: EventKind) {
        desk.take(&Event::new(RunTime::from(seconds(0)), kind, "fault", "seen"));
    }

    #[test]
    fn a_fault_that_is_given_stands_among_the_others_and_ends_once_by_itself() {
        let mut desk = desk();
        let (index, fault) = desk.give("clock: {region: us-east-1, offset: 1s}\nfor: 5s", seconds(10)).unwrap();
        assert_eq!((index, fault.at), (1, seconds(10)));
        happens(&mut desk, EventKind::FaultActive(fault.name.clone()));
        let standing = desk.standing(seconds(12));
        assert_eq!(standing[0].state, FaultState::Planned);
        assert!(standing[1].given && !standing[0].given);
        assert_eq!(
            (standing[1].state, standing[1].left_ms, &*standing[1].text),
            (FaultState::Active, Some(3_000), "seen")
        );
        assert!(desk.due(seconds(14)).is_empty());
        assert_eq!(desk.due(seconds(15)), [1]);
        assert!(desk.due(seconds(16)).is_empty(), "it is told once");
    }

    #[test]
    fn a_fault_of_the_plan_is_given_by_its_name_once_more() {
        let mut desk = desk();
        let (index, fault) = desk.give(" lost ", seconds(10)).unwrap();
        assert_eq!((index, &*fault.name.to_string(), fault.at, fault.lasts()), (1, "lost 2", seconds(10), seconds(10)));
        let in_the_way = format!("{:?}", desk.give("lost", seconds(15)).unwrap_err());
        assert!(in_the_way.contains("lost 2"), "{in_the_way}");
    }

    #[test]
    fn what_is_in_force_can_be_healed_and_nothing_else() {
        let mut desk = desk();
        let lost = FaultName::new("lost");
        assert_eq!(desk.to_heal(None), Ok(vec![]));
        assert_eq!(desk.to_heal(Some(&lost)).unwrap_err(), "`lost` is not in force");
        happens(&mut desk, EventKind::FaultInjecting(lost.clone()));
        assert_eq!(desk.to_heal(Some(&lost)), Ok(vec![0]));
        assert_eq!(desk.to_heal(None), Ok(vec![0]));
        assert_eq!(desk.to_heal(Some(&FaultName::new("last"))).unwrap_err(), "no fault is called `last`: `lost`");
    }

    #[test]
    fn what_is_broken_or_will_be_is_in_the_way_and_what_is_over_is_not() {
        let mut desk = desk();
        let again = "region-loss: {region: eu-west-1}\nfor: 5s";
        assert!(desk.give(again, seconds(28)).is_err());
        happens(&mut desk, EventKind::FaultHealed(FaultName::new("lost")));
        assert!(desk.give(again, seconds(42)).is_ok());
    }
}
