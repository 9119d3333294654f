//! Histories as tests write them: a line per operation, small enough to be read.
//!
//! ```text
//!   session turn region  from  to    what
//!   "1.0 eu  10  20   w7"       session 1 writes 7 through eu, from 10 to 20
//!   "2.0 us  30  35   r-"       session 2 reads nothing
//!   "1.1 eu  40  50   a8 ?"     appends 8, outcome unknown     ("!": refused)
//!   "9.0 us  90  95   l1,2 f"   a final read of the list: 1, 2 (d1,2: where it is delivered)
//!   "k2 1.2 …"                  on key 2 instead of key 1
//! ```
//!
//! Further words: `x` deletes, `+3` adds 3, `-3` removes 3, `c2` counts 2.

use record::{LedgerAction, LedgerOperation, Reader, WriteOutcome};
use units::RunTime;

/// Reads a history.
pub(crate) fn story(lines: &str) -> Vec<LedgerOperation> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(operation).collect()
}

fn operation(line: &str) -> LedgerOperation {
    let mut words = line.split_whitespace().peekable();
    let key = words.next_if(|word| word.starts_with('k')).map_or(1, |word| word[1..].parse().expect("a key"));
    let mut next = || words.next().unwrap_or_else(|| panic!("a word is missing in {line:?}"));
    let (session, turn) = next().split_once('.').expect("session.turn");
    let region = match next() {
        "eu" => 0,
        "us" => 1,
        other => panic!("{other} is no region"),
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{text:?} is no number"));
    let (sent, done) = (number(next()), number(next()));
    let action = action(next());
    let marks: Vec<&str> = words.collect();
    let outcome = match () {
        () if marks.contains(&"?") => WriteOutcome::Unknown,
        () if marks.contains(&"!") => WriteOutcome::Failed,
        () => WriteOutcome::Acknowledged,
    };
    LedgerOperation {
        agent: 0,
        session: number(session),
        turn: u32::try_from(number(turn)).expect("a turn"),
        by: Reader::Region(region),
        key,
        action,
        sent: Some(RunTime::from_micros(sent)),
        done: RunTime::from_micros(done),
        outcome,
        reason: String::new(),
        served_by: Some(region),
        attempts: 1,
        is_final: marks.contains(&"f"),
    }
}

fn action(word: &str) -> LedgerAction {
    let (kind, rest) = word.split_at(1);
    let number = || rest.parse::<u64>().unwrap_or_else(|_| panic!("{word:?} has no number"));
    let values =
        || rest.split(',').filter(|value| !value.is_empty()).map(|value| value.parse().expect("a value")).collect();
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
