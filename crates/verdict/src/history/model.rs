//! Random executions of replicated registers and lists, correct ones and broken ones, for differential tests: what a checker says
//! of them must be what a slow, obviously right one says.
//!
//! A correct execution is that of one copy: each operation takes effect at an instant between its beginning and its end. A broken
//! one has two copies that hear of each other late or never, and sessions that move between them. Broken lists also repeat, lose
//! and swap entries. Whether an execution came out broken is for the slow checker to say: the model only has to make both kinds.

use super::begun;
use proptest::prelude::*;
use record::{LedgerAction, LedgerOperation, Reader, WriteOutcome};
use units::RunTime;

/// One step of a random execution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) session: u64,
    /// The copy that it asks, where there are two.
    pub(crate) copy: usize,
    pub(crate) kind: u8,
    /// From beginning to effect, and from effect to end.
    pub(crate) before: u64,
    pub(crate) after: u64,
    /// Whether its outcome stays unknown, and then whether it took effect.
    pub(crate) unknown: bool,
    pub(crate) effect: bool,
    /// Whether the copies exchange what they have before it.
    pub(crate) exchange: bool,
    /// What goes wrong with it in a broken list.
    pub(crate) mishap: u8,
}

/// Random steps, at most so many.
pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..3_u64, 0..2_usize, 0..8_u8, 0..12_u64, 1..12_u64, 0..8_u8, any::<bool>(), any::<bool>(), 0..16_u8)
        .prop_map(|(session, copy, kind, before, after, unknown, effect, exchange, mishap)| Step {
            session,
            copy,
            kind,
            before,
            after,
            unknown: unknown == 0,
            effect,
            exchange,
            mishap,
        });
    prop::collection::vec(step, 1..=most)
}

/// When a step takes effect; sessions make one operation at a time.
fn instants(steps: &[Step]) -> Vec<(u64, u64, u64)> {
    let mut free = [0_u64; 3];
    let mut clock = 100;
    let instant = |step: &Step| {
        clock += 5;
        let effect = clock.max(free[step.session as usize] + step.before + 1);
        clock = effect;
        let begun = (effect - step.before).max(free[step.session as usize] + 1);
        free[step.session as usize] = effect + step.after;
        (begun, effect, effect + step.after)
    };
    steps.iter().map(instant).collect()
}

fn operation(step: &Step, turn: u32, (begun, _, end): (u64, u64, u64), action: LedgerAction) -> LedgerOperation {
    let unknown = step.unknown && !action.is_read();
    LedgerOperation {
        agent: 0,
        session: step.session,
        turn,
        by: Reader::Region(step.copy),
        key: 1,
        action,
        sent: Some(RunTime::from_micros(begun)),
        done: RunTime::from_micros(end),
        outcome: if unknown { WriteOutcome::Unknown } else { WriteOutcome::Acknowledged },
        reason: String::new(),
        served_by: Some(step.copy),
        attempts: 1,
        is_final: false,
    }
}

/// An execution of a register with that many copies.
pub(crate) fn register(steps: &[Step], copies: usize) -> Vec<LedgerOperation> {
    register_to_end(steps, copies).0
}

/// The same, and what each copy would show in the end.
pub(crate) fn register_to_end(steps: &[Step], copies: usize) -> (Vec<LedgerOperation>, Vec<LedgerAction>) {
    // Each copy's value with the place of the step that wrote it: the later one wins when copies exchange.
    let mut state: Vec<(usize, Option<u64>)> = vec![(0, None); copies];
    let times = instants(steps);
    let mut operations = Vec::new();
    for (place, (step, times)) in steps.iter().zip(times).enumerate() {
        if step.exchange {
            let newest = state.iter().copied().max().unwrap_or_default();
            state.fill(newest);
        }
        let copy = step.copy % copies;
        let has_effect = !step.unknown || step.effect;
        let value = place as u64 + 1;
        let action = match step.kind {
            0..=2 => LedgerAction::Write { value },
            3 => LedgerAction::Delete,
            _ => LedgerAction::Read { value: state[copy].1 },
        };
        match action {
            LedgerAction::Write { value } if has_effect => state[copy] = (place + 1, Some(value)),
            LedgerAction::Delete if has_effect => state[copy] = (place + 1, None),
            _ => {}
        }
        operations.push(operation(step, place as u32, times, action));
    }
    (operations, state.into_iter().map(|(_, value)| LedgerAction::Read { value }).collect())
}

/// An execution of a list with that many copies; with several, entries may also be lost, repeated or swapped.
pub(crate) fn list(steps: &[Step], copies: usize) -> Vec<LedgerOperation> {
    list_to_end(steps, copies).0
}

/// The same, and what each copy would show in the end.
pub(crate) fn list_to_end(steps: &[Step], copies: usize) -> (Vec<LedgerOperation>, Vec<LedgerAction>) {
    let mut state: Vec<Vec<u64>> = vec![Vec::new(); copies];
    let times = instants(steps);
    let mut operations = Vec::new();
    for (place, (step, times)) in steps.iter().zip(times).enumerate() {
        if step.exchange {
            exchange(&mut state);
        }
        let copy = step.copy % copies;
        let value = place as u64 + 1;
        let action = if step.kind < 4 {
            if !step.unknown || step.effect {
                state[copy].push(value);
            }
            LedgerAction::Append { value }
        } else {
            let mut values = state[copy].clone();
            if copies > 1 {
                mishap(&mut values, step.mishap);
            }
            LedgerAction::List { values, delivered: false }
        };
        operations.push(operation(step, place as u32, times, action));
    }
    (operations, state.into_iter().map(|values| LedgerAction::List { values, delivered: false }).collect())
}

/// An execution of a counter of one copy: who has not added adds, who has removes, others count. With `shift` the counts are wrong by
/// that.
pub(crate) fn counter_to_end(steps: &[Step], shift: i64) -> (Vec<LedgerOperation>, Vec<LedgerAction>) {
    let mut members: Vec<u64> = Vec::new();
    let mut began = [(false, false); 3];
    let mut operations = Vec::new();
    for (place, (step, times)) in steps.iter().zip(instants(steps)).enumerate() {
        let (member, has_effect) = (step.session, !step.unknown || step.effect);
        let (has_added, has_removed) = &mut began[member as usize];
        let action = match (step.kind, *has_added, *has_removed) {
            (0..=3, false, _) => {
                *has_added = true;
                members.extend(has_effect.then_some(member));
                LedgerAction::Add { member }
            }
            (0..=1, true, false) => {
                *has_removed = true;
                members.retain(|one| *one != member || !has_effect);
                LedgerAction::Remove { member }
            }
            _ => LedgerAction::Count { count: Some(members.len() as i64 + shift) },
        };
        operations.push(operation(&Step { copy: 0, ..*step }, place as u32, times, action));
    }
    (operations, vec![LedgerAction::Count { count: Some(members.len() as i64 + shift) }])
}

/// Every copy gets what it lacks, behind what it has.
fn exchange(state: &mut [Vec<u64>]) {
    let all: Vec<u64> = state.iter().flatten().copied().collect();
    for copy in state {
        let lacked: Vec<u64> = all.iter().copied().filter(|value| !copy.contains(value)).collect();
        copy.extend(lacked);
    }
}

fn mishap(values: &mut Vec<u64>, mishap: u8) {
    let middle = values.len() / 2;
    match mishap {
        0 if !values.is_empty() => {
            values.remove(middle);
        }
        1 if !values.is_empty() => values.push(values[middle]),
        2 if values.len() > 1 => values.swap(0, middle.max(1)),
        _ => {}
    }
}

/// When a write had taken effect at the latest, by looking at every read.
pub(crate) fn effect(operations: &[LedgerOperation], write: &LedgerOperation) -> Option<RunTime> {
    let LedgerAction::Write { value } = write.action else {
        return (write.outcome == WriteOutcome::Acknowledged).then_some(write.done);
    };
    let saw = |one: &&LedgerOperation| one.action == LedgerAction::Read { value: Some(value) };
    let own = (write.outcome == WriteOutcome::Acknowledged).then_some(write.done);
    operations.iter().filter(saw).map(|one| one.done).chain(own).min()
}

/// Whether all that may have made a read's state had taken effect before that write was begun.
pub(crate) fn is_older(operations: &[LedgerOperation], read: &LedgerOperation, than: &LedgerOperation) -> bool {
    let LedgerAction::Read { value } = read.action else { unreachable!("a read") };
    let makers: Vec<&LedgerOperation> = operations
        .iter()
        .filter(|one| match (&one.action, value) {
            (LedgerAction::Write { value: written }, Some(value)) => *written == value,
            (LedgerAction::Delete, None) => begun(one) < read.done,
            _ => false,
        })
        .collect();
    (value.is_none() || !makers.is_empty())
        && makers.into_iter().all(|maker| effect(operations, maker).is_some_and(|effect| effect < begun(than)))
}

/// The same execution with its end: when all is quiet each copy is read, by a session of its own that asks nothing else.
pub(crate) fn with_end(mut operations: Vec<LedgerOperation>, end: &[LedgerAction]) -> Vec<LedgerOperation> {
    let last = operations.iter().map(|one| one.done).max().unwrap_or_default();
    for (copy, action) in end.iter().enumerate() {
        let quiet = std::time::Duration::from_millis(1 + copy as u64);
        operations.push(LedgerOperation {
            agent: 0,
            session: 90 + copy as u64,
            turn: 0,
            by: Reader::Region(copy),
            key: 1,
            action: action.clone(),
            sent: Some(last + quiet),
            done: last + quiet + std::time::Duration::from_micros(5),
            outcome: WriteOutcome::Acknowledged,
            reason: String::new(),
            served_by: Some(copy),
            attempts: 1,
            is_final: true,
        });
    }
    operations
}
