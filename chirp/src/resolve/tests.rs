#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod delivery;
mod joining;

use super::*;
use crate::clock::Stamp;

fn stamp(text: &str) -> Stamp {
    text.parse().unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Two regions change a record that both know, and then hear of each other.
fn meet(resolver: Resolver, here: (Field, Value), there: (Field, Value)) -> (Record, Vec<Conflict>) {
    let mut record = Record::default();
    let first = record.update(Changes::new([(Field::Bio, text("first"))]), stamp("1.0@eu"), resolver);
    record.apply(&first, resolver);
    let fields = (here.0, there.0);
    let here = record.update(Changes::new([here]), stamp("5.0@eu"), resolver);
    let there = record.update(Changes::new([there]), stamp("9.0@us"), resolver);
    let mut other = record.clone();
    assert_eq!(record.apply(&here, resolver), []);
    let ours = record.clone();
    let conflicts = record.apply(&there, resolver);
    other.apply(&there, resolver);
    let mut theirs = other.clone();
    assert_eq!(other.apply(&here, resolver), conflicts, "both regions count the same");
    // A state tells what is still there, of the same field.
    let told = if resolver.scope() == Scope::WholeRecord || fields.0 == fields.1 { &conflicts[..] } else { &[] };
    assert_eq!(theirs.join(&ours, resolver).unwrap(), told, "by a state");
    assert_eq!(theirs, record, "and it ends the same");
    assert_eq!(record, other, "and end the same");
    assert_eq!(record.apply(&here, resolver), [], "twice is once");
    assert_eq!(record, other);
    (record, conflicts)
}

#[test]
fn each_resolver_keeps_what_its_table_says() {
    let contact = |verified| Value::Contact(Contact { address: format!("{verified}@example.org"), verified });
    let (on, off) = (Value::Flag(true), Value::Flag(false));
    // (what the earlier write gives, what the later one gives, kept: last-write-wins, crdt, semantic)
    let cases = [
        ((Field::Removal, text("spam")), (Field::Text, text("edited")), ["edit", "both", "removal"]),
        ((Field::Block, on.clone()), (Field::Follow, on.clone()), ["follow", "both", "block"]),
        ((Field::Contact, contact(true)), (Field::Contact, contact(false)), ["contact", "contact", "verified-contact"]),
        ((Field::Contact, contact(true)), (Field::DisplayName, text("A")), ["display-name", "", ""]),
        ((Field::Follow, on.clone()), (Field::Follow, off.clone()), ["unfollow", "follow", "follow"]),
        ((Field::Like, on.clone()), (Field::Like, off), ["unlike", "like", "like"]),
        ((Field::Like, on.clone()), (Field::Like, on), ["", "", ""]),
    ];
    for (earlier, later, kept) in cases {
        for (resolver, kept) in Resolver::ALL.into_iter().zip(kept) {
            let (_, conflicts) = meet(resolver, earlier.clone(), later.clone());
            let found: Vec<&str> = conflicts.iter().map(|conflict| conflict.kept).collect();
            let expected: Vec<&str> = [kept].into_iter().filter(|kept| !kept.is_empty()).collect();
            assert_eq!(found, expected, "{resolver}: {earlier:?} and then {later:?}: {conflicts:?}");
        }
    }
}

#[test]
fn a_write_that_has_seen_another_replaces_it_whatever_the_stamps_and_the_meaning() {
    for resolver in Resolver::ALL {
        let mut record = Record::default();
        let block = record.update(Changes::new([(Field::Block, Value::Flag(true))]), stamp("1.0@eu"), resolver);
        record.apply(&block, resolver);
        let unblock = record.update(Changes::new([(Field::Block, Value::Flag(false))]), stamp("2.0@us"), resolver);
        assert_eq!(record.apply(&unblock, resolver), [], "{resolver}: it is no conflict");
        assert!(!record.is_on(Field::Block, resolver), "{resolver}");
        let mut late = Record::default();
        late.apply(&unblock, resolver);
        assert_eq!(late.apply(&block, resolver), [], "{resolver}: also if it arrives first");
        assert_eq!(late, record, "{resolver}");
    }
}

#[test]
fn a_resolver_is_found_by_its_name() {
    for resolver in Resolver::ALL {
        assert_eq!(resolver.name().parse::<Resolver>().unwrap(), resolver);
    }
    assert!("newest".parse::<Resolver>().unwrap_err().to_string().contains("newest"));
}
