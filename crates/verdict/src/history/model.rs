//! Random executions of replicated registers and lists, correct ones and broken ones, for differential tests: what a checker says
//! of them must be what a slow, obviously right one says.
//!
//! A correct execution is that of one copy: each operation takes effect at an instant between its beginning and its end. A broken
//! one has two copies that hear of each other late or never, and sessions that move between them. Broken lists also repeat, lose
//! and swap entries. Whether an execution came out broken is for the slow checker to say: the model only has to make both kinds.

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
    operations
}

/// An execution of a list with that many copies; with several, entries may also be lost, repeated or swapped.
pub(crate) fn list(steps: &[Step], copies: usize) -> Vec<LedgerOperation> {
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
    operations
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
