//! What the ledger's sessions did, a line per operation.
//!
//! ```text
//!   session turn who    through from  to    what
//!   "1.0 europe  eu     4.0   4.1   w7"      a user of europe writes 7 through eu, from 4.0 s to 4.1 s
//!   "2.0 at-us   us     5.0   5.1   r-"      a prober at us reads nothing
//!   "k2 1.0 …" on key 2;  a8 appends, l1,2 a list, d1,2 where it is delivered, x deletes, +3 -3 c2 a counter
//!   marks behind it: ? unknown, ! refused, f final
//! ```

use super::{AMERICA, EUROPE, at};
use record::{LedgerAction, LedgerOperation, Reader, WriteOutcome};

/// Reads the lines.
pub(crate) fn operations(lines: &str) -> Vec<LedgerOperation> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(operation).collect()
}

fn operation(line: &str) -> LedgerOperation {
    let mut words = line.split_whitespace().peekable();
    let key = words.next_if(|word| word.starts_with('k')).map_or(1, |word| word[1..].parse().unwrap());
    let mut next = || words.next().unwrap_or_else(|| panic!("a word is missing in {line:?}"));
    let (session, turn) = next().split_once('.').unwrap();
    let by = match next() {
        "europe" => Reader::Population(EUROPE),
        "america" => Reader::Population(AMERICA),
        "at-eu" => Reader::Region(0),
        "at-us" => Reader::Region(1),
        other => panic!("{other} is nobody"),
    };
    let served_by = match next() {
        "eu" => Some(0),
        "us" => Some(1),
        _ => None,
    };
    let (sent, done) = (next().parse().unwrap(), next().parse().unwrap());
    let action = action(next());
    let marks: Vec<&str> = words.collect();
    let outcome = match () {
        () if marks.contains(&"?") => WriteOutcome::Unknown,
        () if marks.contains(&"!") => WriteOutcome::Failed,
        () => WriteOutcome::Acknowledged,
    };
    LedgerOperation {
        agent: 0,
        session: session.parse().unwrap(),
        turn: turn.parse().unwrap(),
        by,
        key,
        action,
        sent: Some(at(sent)),
        done: at(done),
        outcome,
        reason: String::new(),
        served_by,
        attempts: 1,
        is_final: marks.contains(&"f"),
    }
}

fn action(word: &str) -> LedgerAction {
    let (kind, rest) = word.split_at(1);
    let number = || rest.parse().unwrap();
    let values = || rest.split(',').filter(|value| !value.is_empty()).map(|value| value.parse().unwrap()).collect();
    match kind {
        "w" => LedgerAction::Write { value: number() },
        "x" => LedgerAction::Delete,
        "r" => LedgerAction::Read { value: rest.parse().ok() },
        "a" => LedgerAction::Append { value: number() },
        "l" => LedgerAction::List { values: values(), delivered: false },
        "d" => LedgerAction::List { values: values(), delivered: true },
        "+" => LedgerAction::Add { member: number() },
        "-" => LedgerAction::Remove { member: number() },
        "c" => LedgerAction::Count { count: rest.parse().ok() },
        other => panic!("{other:?} is no operation"),
    }
}
